# SPDX-License-Identifier: MIT
"""scripts/deps.sh and scripts/setup.sh say what they want."""
import pathlib
import subprocess

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


def run(*argv):
    return subprocess.run([str(SCRIPTS / argv[0]), *argv[1:]], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_deps_that_are_there_are_silent():
    done = run("deps.sh", "build", "test", "demo")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_deps_unknown_group_is_refused():
    done = run("deps.sh", "kitchen")
    assert done.returncode == 1
    assert done.stderr == "deps.sh: kitchen: no such group; use build, " \
                          "test, demo\n"


def test_setup_unknown_kind_is_refused(tmp_path):
    done = run("setup.sh", str(tmp_path / "b"), "icc")
    assert done.returncode == 1
    assert done.stderr == "setup.sh: icc: no such kind; use gcc, clang, " \
                          "asan, arm64\n"
    assert not (tmp_path / "b").exists()
