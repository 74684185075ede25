# SPDX-License-Identifier: MIT
"""scripts/qemu-root.sh and in-root.sh, with small commands in apt's place."""
import os
import pathlib
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"

APT_GET = """#!/bin/bash
here=$(dirname "$0")
case " $* " in
    *" indextargets "*) ;;
    *" --print-uris "*)
        codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
        echo "'http://mirror.test/debian/dists/$codename/main/binary-x/P' p 0"
        ;;
    *" update "*)
        [ ! -f "$here/unreachable" ] || { echo "no route" && exit 100; }
        ;;
esac
"""
DEBOOTSTRAP = """#!/bin/bash
here=$(dirname "$0")
echo "$*" >>"$here/debootstrap.calls"
echo "I: Retrieving something"
new=${@: -2:1}
mkdir -p "$new/usr/bin" "$new/var/lib/dpkg"
: >"$new/var/lib/dpkg/status"
[ ! -f "$here/broken" ] || { echo "E: broken" && exit 1; }
install -m 755 /dev/null "$new/usr/bin/qemu-system-aarch64"
"""


class World:
    """A PATH with our apt-get and debootstrap first, and an empty cache."""

    def __init__(self, folder):
        self.bin = folder / "bin"
        self.cache = folder / "cache"
        self.bin.mkdir()
        for name, text in (("apt-get", APT_GET), ("debootstrap", DEBOOTSTRAP)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def run(self, script, *argv):
        env = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}",
               "OUTBOARD_CACHE": str(self.cache)}
        return subprocess.run([SCRIPTS / script, *argv], env=env, text=True,
                              stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def calls(self):
        path = self.bin / "debootstrap.calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_root_is_made_of_the_systems_mirror(world):
    done = world.run("qemu-root.sh", "trixie")
    assert (done.returncode, done.stdout) == \
        (0, f"{world.cache}/qemu/trixie\n"), done.stderr
    call, = world.calls()
    assert "--variant=minbase" in call and "qemu-system-misc" in call
    assert call.endswith(f"trixie {world.cache}/qemu/trixie.new "
                         "http://mirror.test/debian/")


def test_root_of_sid_has_risc_v_from_its_own_package(world):
    world.run("qemu-root.sh", "sid")
    world.run("qemu-root.sh", "trixie")
    sid, trixie = world.calls()
    assert "qemu-system-riscv" in sid
    assert "qemu-system-riscv" not in trixie


def test_root_that_is_there_is_left_alone(world):
    world.run("qemu-root.sh", "trixie")
    done = world.run("qemu-root.sh", "trixie")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(world.calls()) == 1


def test_root_broken_leaves_none_and_is_made_next_time(world):
    (world.bin / "broken").touch()
    done = world.run("qemu-root.sh", "sid")
    assert done.returncode == 1
    assert "sid: debootstrap failed; all it said is in " in done.stderr
    assert not (world.cache / "qemu" / "sid").exists()
    (world.bin / "broken").unlink()
    assert world.run("qemu-root.sh", "sid").returncode == 0
    assert not list((world.cache / "qemu").glob("sid.*"))


def test_root_archive_out_of_reach_is_told_apart(world):
    (world.bin / "unreachable").touch()
    done = world.run("qemu-root.sh", "sid")
    assert done.returncode == 3
    assert done.stderr == ("no route\nqemu-root.sh: sid: the archive cannot "
                           "be reached, or has it no longer\n")
    assert world.calls() == []


def test_root_unknown_suite_is_refused(world):
    done = world.run("qemu-root.sh", "woody")
    assert done.returncode == 1
    assert done.stderr == ("qemu-root.sh: woody: no such suite; use bullseye, "
                           "trixie, sid\n")


def test_inside_without_root_tells_how_to_make_it(world):
    done = world.run("in-root.sh", "trixie", "true")
    assert done.returncode == 1
    assert "make it with scripts/qemu-root.sh trixie" in done.stderr


def test_inside_shows_the_roots_qemu_and_hides_ours(world):
    world.run("qemu-root.sh", "trixie")
    before = pathlib.Path("/proc/self/mounts").read_text()
    done = world.run("in-root.sh", "trixie", "sh", "-c",
                     "pwd; ls /usr/bin/qemu-system-*; ls /usr/share/qemu; "
                     "exit 7")
    assert done.returncode == 7
    assert done.stdout == f"{os.getcwd()}\n/usr/bin/qemu-system-aarch64\n"
    assert pathlib.Path("/proc/self/mounts").read_text() == before
