# SPDX-License-Identifier: MIT
"""scripts/fetch-debian.sh, with an apt that is made of small scripts."""
import os
import pathlib
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / \
    "fetch-debian.sh"

# Knows the package `one`, the metapackage `meta`, which depends on `one`, and
# `app`, for which apt would install `one` and `two`;
# breaks off in the middle of a download when the file `broken` exists.
APT_GET = """#!/bin/bash
here=$(dirname "$0")
echo "apt-get $*" >>"$here/calls"
case " $* " in
    *" indextargets "*) cat "$here/origins" ;;
    *" --print-uris "*) cat "$here/uris" ;;
    *" update "*)
        status=$(cat "$here/update-status" 2>/dev/null || echo 0)
        [ ! -f "$here/once" ] || rm "$here/update-status" "$here/once"
        exit "$status"
        ;;
    *" install app "*) printf 'Inst %s (1 sid)\\n' two one; echo "Conf one" ;;
    *" install "*) exit 100 ;;
    *" download "*)
        while [ "$1" != download ]; do shift; done
        shift
        for name; do
            [ -f "$here/$name.deb" ] || exit 100
            cp "$here/$name.deb" .
        done
        [ ! -f "$here/broken" ] || exit 100
        ;;
esac
"""
APT_CACHE = """#!/bin/bash
case " $* " in
    *" meta "*) printf 'Package: meta\\nDepends: one (= 1), two\\n' ;;
    *" show linux-image-a "*) cat "$(dirname "$0")/kernel" ;;
    *" show linux-image-7-a "*) cat "$(dirname "$0")/image" ;;
    *) exit 100 ;;
esac
"""
CONTROL = """Package: one
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: a package
"""


def package(root, name):
    """Make name.deb below root/bin, with one file."""
    tree = root / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        CONTROL.replace("Package: one", f"Package: {name}"))
    (tree / "usr").mkdir()
    (tree / "usr" / ("file" if name == "one" else name)).write_text(
        "content\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree),
                    str(root / "bin" / f"{name}.deb")], check=True,
                   stdout=subprocess.DEVNULL)


class Apt:
    def __init__(self, root):
        self.bin, self.cache = root / "bin", root / "cache"
        self.bin.mkdir()
        for name, text in (("apt-get", APT_GET), ("apt-cache", APT_CACHE)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.targets(("http://mirror/debian/", "bookworm", "Debian"))
        for name in ("one", "two"):
            package(root, name)

    def targets(self, *sources, component="main"):
        """Sources for the release that this test runs on: URI, suite, origin.

        An origin of None means that the system has not read its lists.
        """
        code = subprocess.run(
            ["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        uris = origins = ""
        for uri, suite, origin in sources:
            suite = suite.replace("bookworm", code)
            uris += f"'{uri}dists/{suite}/InRelease' a_InRelease 0 \n" \
                    f"'{uri}dists/{suite}/{component}/binary-amd64/" \
                    "Packages.xz' a_Packages 0 \n"
            if origin:
                origins += f"{uri} {suite} {origin}\n"
        (self.bin / "uris").write_text(uris)
        (self.bin / "origins").write_text(origins)

    def run(self, *args):
        env = dict(os.environ, OUTBOARD_CACHE=str(self.cache),
                   PATH=f"{self.bin}:{os.environ['PATH']}")
        return subprocess.run([str(SCRIPT), *args], env=env, text=True,
                              stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def calls(self):
        path = self.bin / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def sources(self, name):
        path = self.cache / "apt" / name / "sources.list"
        return path.read_text().splitlines()


@pytest.fixture
def apt(tmp_path):
    return Apt(tmp_path)


def test_package_is_unpacked_below_the_cache(apt):
    assert apt.run("trixie", "riscv64", "d/t", "one").returncode == 0
    assert (apt.cache / "d/t/usr/file").read_text() == "content\n"


def test_second_run_calls_no_apt(apt):
    apt.run("trixie", "riscv64", "d/t", "one")
    before = apt.calls()
    again = apt.run("trixie", "riscv64", "d/t", "one")
    assert (again.returncode, again.stderr) == (0, "")
    assert apt.calls() == before


def test_other_packages_than_before_are_fetched(apt):
    apt.run("trixie", "riscv64", "d/t", "one")
    assert apt.run("trixie", "riscv64", "d/t", "@meta").returncode == 0
    first = (apt.cache / "d/t/.fetched").read_text().splitlines()
    assert first == ["trixie riscv64 @meta", "one 1"]


# As in bookworm; as in sid, where the base comes first; and with the image
# itself in a package of another name.
@pytest.mark.parametrize("kernel, image, wanted", [
    ("linux-image-7-a (= 7)", "kmod, linux-base", "linux-image-7-a"),
    ("linux-base (>= 4), linux-image-7-a (= 7)", "kmod", "linux-image-7-a"),
    ("linux-base (>= 4), linux-image-7-a (= 7)",
     "linux-base, linux-binary-7-a (= 7), linux-modules-7-a",
     "linux-binary-7-a"),
    ("linux-base:any, linux-binary-7-a (= 7) | x", "", "linux-binary-7-a"),
])
def test_kernels_metapackage_stands_for_the_kernel(apt, kernel, image,
                                                   wanted):
    (apt.bin / "kernel").write_text(f"Package: k\nDepends: {kernel}\n")
    (apt.bin / "image").write_text(f"Package: i\nDepends: {image}\n")
    (apt.bin / "one.deb").rename(apt.bin / f"{wanted}.deb")
    done = apt.run("sid", "arm64", "d/t", "@linux-image-a")
    assert done.returncode == 0, done.stderr
    assert f"downloading {wanted} " in done.stderr


def test_metapackage_that_is_not_there_is_named(apt):
    done = apt.run("trixie", "riscv64", "d/t", "@none")
    assert done.returncode == 1
    assert "none: trixie for riscv64 has no such metapackage" in done.stderr


def test_package_with_all_that_it_needs_is_fetched(apt):
    done = apt.run("sid", "arm64", "d/t", "+app")
    assert done.returncode == 0, done.stderr
    assert (apt.cache / "d/t/.fetched").read_text().splitlines() == [
        "sid arm64 +app", "one 1", "two 1"]
    assert (apt.cache / "d/t/usr/two").exists()


def test_package_that_is_needed_twice_is_fetched_once(apt):
    apt.run("sid", "arm64", "d/t", "+app", "one")
    call = next(call for call in apt.calls() if " download " in call)
    assert call.split(" download ")[1].split() == ["one", "two"]


def test_package_that_cannot_be_installed_is_named(apt):
    done = apt.run("sid", "arm64", "d/t", "+none")
    assert done.returncode == 1
    assert "none: sid for arm64 cannot install it; see apt's message above" \
        in done.stderr


def test_broken_download_leaves_nothing(apt):
    (apt.bin / "broken").touch()
    done = apt.run("trixie", "riscv64", "d/t", "one")
    assert done.returncode == 1
    assert "not all of one could be downloaded" in done.stderr
    assert not list((apt.cache / "d").iterdir())


def test_broken_download_keeps_what_was_there(apt):
    apt.run("trixie", "riscv64", "d/t", "one")
    (apt.bin / "broken").touch()
    assert apt.run("trixie", "riscv64", "d/t", "@meta").returncode == 1
    assert (apt.cache / "d/t/usr/file").exists()


def test_lists_that_fail_their_check_stop_it(apt):
    (apt.bin / "update-status").write_text("100")
    done = apt.run("trixie", "riscv64", "d/t", "one")
    assert done.returncode == 1
    assert "not complete or not as signed" in done.stderr
    assert not any("download" in call for call in apt.calls())


def test_release_alone_will_do_while_a_mirror_is_being_updated(apt):
    apt.targets(("http://mirror/debian/", "bookworm", "Debian"),
                ("http://mirror/debian/", "bookworm-updates", "Debian"))
    (apt.bin / "update-status").write_text("100")
    (apt.bin / "once").touch()
    done = apt.run("trixie", "riscv64", "d/t", "one")
    assert done.returncode == 0, done.stderr
    assert "going on with trixie itself alone" in done.stderr
    assert len(apt.sources("trixie-riscv64")) == 1
    assert apt.sources("trixie-riscv64")[0].endswith(" trixie main")


KEY = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.mark.parametrize("origin", ["Debian", None])
def test_sources_move_to_the_suite(apt, origin):
    apt.targets(("http://m/debian/", "bookworm", origin),
                ("http://m/debian-security/", "bookworm-security", origin),
                ("http://m/debian/", "bookworm-updates", origin))
    apt.run("trixie", "riscv64", "d/t", "one")
    assert apt.sources("trixie-riscv64") == [
        f"deb [arch=riscv64 {KEY}] http://m/debian-security/ "
        "trixie-security main",
        f"deb [arch=riscv64 {KEY}] http://m/debian/ trixie main",
        f"deb [arch=riscv64 {KEY}] http://m/debian/ trixie-updates main"]


def test_sid_has_neither_security_nor_updates(apt):
    apt.targets(("http://m/debian/", "bookworm", "Debian"),
                ("http://m/sec/", "bookworm-security", "Debian"))
    apt.run("sid", "riscv64", "d/t", "one")
    assert apt.sources("sid-riscv64") == [
        f"deb [arch=riscv64 {KEY}] http://m/debian/ sid main"]


def test_sources_of_others_are_left_out(apt):
    apt.targets(("http://m/anything/", "bookworm", "Debian"),
                ("http://other/debian/", "bookworm", "Other"),
                ("http://other/debian/12/prod/", "bookworm", None),
                ("http://other/packages/", "stable", None),
                ("http://node/debian/", "nodistro", None))
    apt.run("trixie", "riscv64", "d/t", "one")
    assert apt.sources("trixie-riscv64") == [
        f"deb [arch=riscv64 {KEY}] http://m/anything/ trixie main"]


def test_source_without_main_is_left_out(apt):
    apt.targets(("http://m/debian/", "bookworm", "Debian"),
                component="contrib")
    assert apt.run("trixie", "riscv64", "d/t", "one").returncode == 1


def test_no_debian_source_is_said(apt):
    apt.targets(("http://other/", "nodistro", "Other"))
    done = apt.run("trixie", "riscv64", "d/t", "one")
    assert done.returncode == 1
    assert "no source of Debian's own archive" in done.stderr


def test_sources_are_for_their_owner_alone(apt):
    apt.run("trixie", "riscv64", "d/t", "one")
    path = apt.cache / "apt/trixie-riscv64/sources.list"
    assert path.stat().st_mode & 0o077 == 0


def test_insecure_archives_are_never_allowed(apt):
    apt.run("trixie", "riscv64", "d/t", "one")
    conf = (apt.cache / "apt/trixie-riscv64/apt.conf").read_text()
    assert 'Acquire::AllowInsecureRepositories "false";' in conf
    assert 'APT::Get::AllowUnauthenticated "false";' in conf


def test_too_few_arguments_show_the_usage(apt):
    done = apt.run("trixie", "riscv64")
    assert done.returncode == 1
    assert "usage: fetch-debian.sh SUITE ARCH DEST PKG" in done.stderr
