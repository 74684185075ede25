# SPDX-License-Identifier: MIT
"""scripts/arm64-root.sh asks fetch-debian.sh for the right trees."""
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
FETCH = """#!/bin/sh
echo "$*" >>"$OUTBOARD_CACHE/calls"
mkdir -p "$OUTBOARD_CACHE/$3"
[ "$1" != bookworm ] || mkdir -p "$OUTBOARD_CACHE/$3/lib"
"""


@pytest.fixture
def script(tmp_path):
    """script(names...): a copy beside a fetch-debian.sh that only notes."""
    for name in ("arm64-root.sh", "cache.sh"):
        shutil.copy(SCRIPTS / name, tmp_path)
    (tmp_path / "fetch-debian.sh").write_text(FETCH)
    (tmp_path / "fetch-debian.sh").chmod(0o755)

    def run(*names):
        return subprocess.run([tmp_path / "arm64-root.sh", *names], text=True,
                              env={"OUTBOARD_CACHE": str(tmp_path),
                                   "PATH": "/usr/bin:/bin"},
                              capture_output=True, check=False)
    return run


def test_arm64_root_without_a_name_shows_the_usage(script):
    done = script()
    assert done.returncode == 1
    assert "usage: arm64-root.sh NAME..." in done.stderr


def test_arm64_root_unknown_name_is_refused(script, tmp_path):
    done = script("potato")
    assert done.returncode == 1
    assert "potato: no such tree; use build, bookworm, trixie, sid, " \
        "linux-16k" in done.stderr
    assert not (tmp_path / "calls").exists()


def test_arm64_root_prints_each_tree(script, tmp_path):
    done = script("trixie", "linux-16k")
    assert (done.returncode, done.stdout.splitlines()) == (0, [
        f"{tmp_path}/arm64/trixie", f"{tmp_path}/arm64/linux-16k"])
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0].startswith("trixie arm64 arm64/trixie +qemu-system-arm ")
    assert calls[1] == \
        "trixie arm64 arm64/linux-16k @linux-image-arm64-16k"


def test_arm64_root_has_lib_where_programs_look_for_it(script, tmp_path):
    script("sid", "bookworm")
    assert (tmp_path / "arm64/sid/lib").readlink() == pathlib.Path("usr/lib")
    assert (tmp_path / "arm64/bookworm/lib").is_dir()
    assert not (tmp_path / "arm64/bookworm/lib").is_symlink()
