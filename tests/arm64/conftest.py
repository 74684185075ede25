# SPDX-License-Identifier: MIT
"""Fixtures of the tests that run arm64 programs on another machine.

build-arm64 (scripts/setup.sh build-arm64 arm64) has what is tested. Programs
run under Debian's qemu-user-static, with the libraries of arm64-root.sh.
"""
import os
import pathlib
import platform
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD_ARM64",
                                    ROOT / "build-arm64"))
NATIVE = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
LIMIT_S = 120
# What of the build goes where in an installed tree.
STAGED = {"src/cli/outboard": "bin/outboard",
          "src/bridge/outboard-bridge.so":
          "lib/outboard/outboard-bridge.so",
          "src/runner/outboard-runner": "lib/outboard/outboard-runner"}


def clean_environment():
    """The caller's environment without what could change a run."""
    return {key: value for key, value in os.environ.items()
            if not key.startswith(("OUTBOARD_", "QEMU_", "LD_"))
            or key == "OUTBOARD_CACHE"}


def run(*argv, limit_s=LIMIT_S):
    """Run argv to its end."""
    return subprocess.run([str(word) for word in argv], timeout=limit_s,
                          env=clean_environment(), text=True,
                          stdin=subprocess.DEVNULL, errors="replace",
                          capture_output=True, check=False)


@pytest.fixture(scope="session", autouse=True)
def build():
    """The cross build; on an arm64 host `make check` tests the real thing."""
    if platform.machine() == "aarch64":
        pytest.skip("this is an arm64 host: make check tests it as it is")
    for path in STAGED:
        if not (BUILD / path).exists():
            pytest.fail(f"{BUILD / path} is missing: run make check-arm64")
    return BUILD


@pytest.fixture(scope="session")
def root():
    """root("sid"): a tree of scripts/arm64-root.sh, made if it is not there."""
    def make(name):
        done = run(ROOT / "scripts/arm64-root.sh", name, limit_s=1200)
        assert done.returncode == 0, done.stderr
        return pathlib.Path(done.stdout.strip())
    return make


@pytest.fixture(scope="session")
def stage(build, tmp_path_factory):
    """An installed tree of what the cross build made."""
    stage = tmp_path_factory.mktemp("stage")
    for source, to in STAGED.items():
        (stage / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(build / source, stage / to)
    return stage


@pytest.fixture(scope="session")
def emulated(tmp_path_factory):
    """emulated(root, program): a script that runs an arm64 program."""
    folder = tmp_path_factory.mktemp("bin")
    interpreter = folder / "run-script"
    done = run("gcc", "-static", "-O1", "-Wall", "-Wextra", "-o", interpreter,
               pathlib.Path(__file__).with_name("run_script.c"))
    assert done.returncode == 0, done.stderr

    def script(root, program):
        path = folder / root.name / program.name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(f"#!{interpreter} {root}:{program}\n")
            path.chmod(0o755)
        return path
    return script


@pytest.fixture(scope="session")
def outboard(root, stage, emulated):
    """The command, as a script."""
    return emulated(root("build"), stage / "bin/outboard")


@pytest.fixture(scope="session")
def qemu(root, emulated):
    """qemu("sid", "arm"): that suite's emulator, as a script."""
    def find(suite, arch):
        tree = root(suite)
        return emulated(tree, tree / f"usr/bin/qemu-system-{arch}")
    return find


@pytest.fixture(scope="session")
def acme(tmp_path_factory):
    """A copy of the example, its modules built for arm64."""
    copy = shutil.copytree(ROOT / "examples/acme",
                           tmp_path_factory.mktemp("vendor") / "acme",
                           ignore=shutil.ignore_patterns("*.so", "*.elf"))
    done = run("make", "-C", copy, "CC=aarch64-linux-gnu-gcc",
               f"SDK=-I{ROOT / 'include'}", "all")
    assert done.returncode == 0, done.stderr
    return copy
