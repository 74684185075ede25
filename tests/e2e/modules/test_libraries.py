# SPDX-License-Identifier: MIT
"""Libraries that modules link, in QEMU's process and in their own."""

import json
import pathlib
import subprocess

import pytest

from support.module_maker import BODY, Maker
from support.paths import ROOT
from support.processes import models, wait_for

SOURCE = ROOT / "tests/modules/cxx/cxx.cc"
NO_BOARD = ["-M", "none", "-display", "none"]
KIT = {"outboard": 1, "board": "kit", "title": "", "arch": ["arm"],
       "memory": {"ram": {"at": "0", "size": "64 KiB"}},
       "parts": {"sums": {"type": "cxx-sums", "at": "0x10000"}}}


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def maker(outboard, folder):
    return Maker(outboard.stage, folder)


def compile_to(path, *words):
    subprocess.run([*words, "-shared", "-fPIC", "-o", str(path)], check=True)
    path.chmod(0o644)
    return path


@pytest.fixture
def cxx(outboard, folder):
    """The module in C++, and a board that has one."""
    compile_to(folder / "cxx.so", "g++", "-std=c++11", "-Wall", "-Wextra",
               f"-I{outboard.stage / 'include'}", str(SOURCE))
    board = folder / "kit.json"
    board.write_text(json.dumps(KIT))
    board.chmod(0o644)
    return [str(outboard.command), "qemu-system-arm", "-add_machines",
            f"{folder / 'cxx.so'},{board}", "-M", "kit", "-S", "-display",
            "none"]


def value(vm, at):
    """What the guest would read from a register."""
    return int(vm.hmp(f"xp /1xw {0x10000 + at:#x}").split()[1], 16)


def values(vm):
    return [value(vm, at) for at in (0, CAUGHT, CAUGHT, 8, 12)]


CAUGHT = 4          # counts its reads
EXPECT = [1042, 1, 2, 0x1000, 1414214]


def test_cxx_module_works_in_process(cxx, machine):
    vm = machine(*cxx)
    assert values(vm) == EXPECT
    assert models(vm.process.pid) == []


def test_cxx_module_works_isolated(cxx, machine):
    vm = machine(cxx[0], "--isolate=all", *cxx[1:])
    assert values(vm) == EXPECT
    vm.hmp("system_reset")
    wait_for(lambda: value(vm, CAUGHT) == 1)
    [model] = models(vm.process.pid)
    maps = pathlib.Path(f"/proc/{model}/maps").read_text()
    assert "libstdc++.so.6" in maps and "cxx.so" in maps
    assert "cxx.so" not in pathlib.Path(
        f"/proc/{vm.process.pid}/maps").read_text()


def library(folder, source="int own(void) { return 5; }", *words):
    """libown.so in a directory outside the system's."""
    path = folder / "libown.c"
    path.write_text(source)
    return compile_to(folder / "libown.so", "cc", str(path), *words)


def module(maker, *words):
    """A module that calls own() and links what `words` say."""
    return maker.compile(
        "acme", "#include <outboard/outboard.h>\nint own(void);\n"
        "int (*keep)(void) = own;\n" + BODY, *words)


def refused(outboard, path, text):
    done = outboard("--isolate=all", "qemu-system-arm", *NO_BOARD,
                    "-add_machines", path, "-device", "acme-uart")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"outboard: {path}: {text}\n"


MISSING = ('in a process of its own: the library "libown.so", which it needs, '
           "is not in the system's directories or cannot be opened (cannot "
           "open shared object file: No such file or directory); install it "
           "there, or link it in")


def test_library_that_is_missing_is_named(outboard, folder, maker):
    library(folder, "int own(void) { return 5; }", "-Wl,-soname,libown.so")
    path = module(maker, f"-L{folder}", "-Wl,--no-as-needed", "-lown")
    refused(outboard, path, MISSING)


def test_library_by_rpath_is_the_processs_alone(outboard, folder, maker):
    """Only QEMU's linker follows a module's rpath, not that of the runner."""
    library(folder, "int own(void) { return 5; }", "-Wl,-soname,libown.so")
    path = module(maker, f"-L{folder}", f"-Wl,-rpath,{folder}",
                  "-Wl,--no-as-needed", "-lown")
    done = outboard("qemu-system-arm", *NO_BOARD, "-add_machines", path,
                    "-device", "acme-uart,help")
    assert done.status == 0 and "depth" in done.out, done.err
    refused(outboard, path, MISSING)


def test_library_in_the_users_environment_is_not_taken(outboard, folder,
                                                       maker):
    library(folder, "int own(void) { return 5; }", "-Wl,-soname,libown.so")
    path = module(maker, f"-L{folder}", "-Wl,--no-as-needed", "-lown")
    done = outboard("--isolate=all", "qemu-system-arm", *NO_BOARD,
                    "-add_machines", path, "-device", "acme-uart",
                    env={"LD_LIBRARY_PATH": str(folder)})
    assert (done.status, done.err) == (1, f"outboard: {path}: {MISSING}\n")


def test_library_by_path_is_refused(outboard, folder, maker):
    own = library(folder)
    path = module(maker, "-Wl,--no-as-needed", str(own))
    refused(outboard, path, "in a process of its own: the name of a library "
            f'that it needs holds a slash ("{own}"), where only the system\'s '
            "are opened, by their names; link it with -l, or link it in")
