# SPDX-License-Identifier: MIT
"""Fixtures of the tests that run arm64 programs on another machine.

build-arm64 (scripts/setup.sh build-arm64 arm64) has what is tested. Programs
run under Debian's qemu-user-static, with the libraries of arm64-root.sh.
"""
import pathlib
import platform
import shutil

import pytest

from cross import BUILD, ROOT, STAGED, run


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
