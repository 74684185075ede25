# SPDX-License-Identifier: MIT
"""A target that a missing library leaves out is named, and fails."""
import importlib.util
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HIDDEN = ("libseccomp", "cmocka")


def configure(build, **env):
    done = subprocess.run([ROOT / "scripts" / "setup.sh", build], text=True,
                          env=dict(os.environ, **env), timeout=200,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()


@pytest.fixture
def libraries(tmp_path):
    """The .pc files of this system without those that are hidden."""
    folder = tmp_path / "pc"
    folder.mkdir()
    words = subprocess.run(["pkg-config", "--variable", "pc_path",
                            "pkg-config"], text=True, check=True,
                           stdout=subprocess.PIPE).stdout.strip().split(":")
    for path in (path for word in words for path in
                 pathlib.Path(word).glob("*.pc")):
        if path.stem not in HIDDEN and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    return str(folder)


def count_build(build):
    """The step of scripts/check.py that counts this build."""
    spec = importlib.util.spec_from_file_location(
        "check", ROOT / "scripts" / "check.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    step = check.Step("a build", ["true"], check.count_whole_build(build), 60)
    step.count(step, 0)
    return step


def test_missing_libraries_are_named_and_fail_until_they_are_there(
        tmp_path, libraries):
    build = tmp_path / "build"
    said = configure(build, PKG_CONFIG_LIBDIR=libraries)
    for line in ("outboard-runner: libseccomp is missing (Debian: "
                 "libseccomp-dev)",
                 "test ipc: cmocka is missing (Debian: libcmocka-dev)",
                 "test remote: cmocka is missing (Debian: libcmocka-dev)",
                 "benchmark remote: libseccomp is missing (Debian: "
                 "libseccomp-dev)"):
        assert f"setup.sh: left out: {line}" in said
        assert f"left out: {line}" in count_build(build).broken
    assert count_build(build).failed == len(said)
    assert configure(build) == []
    assert count_build(build).failed == 0
