# SPDX-License-Identifier: MIT
"""Each wrong file gives status 1 and one line that says what is wrong.

Each row of CASES makes one bad file and has the exact line for it: file,
place, value, what to do. The command is the staged one and, where make check
has built it, the one with AddressSanitizer, in which a leak is an error too
(its status is not 1 then, and the report is more than one line).
"""

import collections
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from support.module_maker import (BODY, HEAD, MODULE, Maker, descriptor,
                                  other_architecture)
from support.paths import ROOT, SANITIZED
from support.processes import run
from support.qemus import MACHINE

BAD = ROOT / "tests" / "bad" / "board"

pytestmark = pytest.mark.qemus(
    "bookworm", reason="refused before it matters which QEMU it is; boards "
    "that QEMU refuses are in test_bad_boards.py")

Case = collections.namedtuple("Case", "make line inside")
CASES = {}


def case(line, name=None, inside=False):
    """Register make(folder, maker) -> path; {p} in `line` is that path.

    `inside`: only QEMU finds it, so the command without a bridge cannot.
    """
    def register(make):
        CASES[name or make.__name__.replace("_", " ")] = \
            Case(make, line, inside)
        return make
    return register


def write(path, content):
    """A file that only its owner may write."""
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    path.chmod(0o644)
    return path


# --- any file ---------------------------------------------------

@case("{p}:1:1: the file is empty (0 bytes); write a json object into it")
def empty_file(folder, maker):
    return write(folder / "a.json", "")


@case("{p}:1:16: the file ends too early (inside an object); complete it")
def truncated_json(folder, maker):
    return write(folder / "a.json", '{ "outboard": 1')


@case("{p}: is a directory; name a file in it")
def directory(folder, maker):
    (folder / "a.json").mkdir()
    return folder / "a.json"


@case("{p}: is a directory; name a file in it")
def directory_as_module(folder, maker):
    (folder / "a.so").mkdir()
    return folder / "a.so"


@case("{p}: is too large (104857600 bytes); the limit is 4194304 bytes")
def file_of_100_mb(folder, maker):
    path = write(folder / "a.json", "{")
    os.truncate(path, 100 << 20)
    return path


@case("{p}: is too large (1099511627776 bytes); the limit is 4194304 bytes")
def sparse_file_of_1_tb(folder, maker):
    path = write(folder / "a.json", "{")
    os.truncate(path, 1 << 40)
    return path


@case("{p}:1:5: not utf-8 (byte 0xff); save it as utf-8")
def invalid_utf8(folder, maker):
    return write(folder / "a.json", b'{ "a\xff": 1 }')


@case("{p}:1:65: lists and objects are nested too deep (more than 64 "
      "levels); nest less")
def deep_lists(folder, maker):
    return write(folder / "a.json", "[" * 100000)


@case("{p}:1:321: lists and objects are nested too deep (more than 64 "
      "levels); nest less")
def deep_objects(folder, maker):
    return write(folder / "a.json", '{"a":' * 100000)


@case('{p}:1:8: the key "a" stands twice (first in line 1, column 2); remove '
      "one")
def key_twice(folder, maker):
    return write(folder / "a.json", '{"a":1,"a":1}')


@case("{p}: is not a regular file (mode 010000); name a regular file")
def fifo(folder, maker):
    os.mkfifo(folder / "a.json", 0o600)
    return folder / "a.json"


@case("{p}: is not a regular file (mode 0140000); name a regular file")
def unix_socket(folder, maker):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(folder / "a.json"))
    return folder / "a.json"


@case("{p}: is not a regular file (mode 020000); name a regular file")
def device_by_a_link(folder, maker):
    (folder / "a.json").symlink_to("/dev/null")
    return folder / "a.json"


@case("{p}: cannot be opened (Too many levels of symbolic links); check the "
      "name and your permission")
def link_to_itself(folder, maker):
    (folder / "a.json").symlink_to("a.json")
    return folder / "a.json"


@case("{p}: cannot be opened (No such file or directory); check the name and "
      "your permission")
def missing_file(folder, maker):
    return folder / "a.json"


@case("{p}: others may write it (mode 0666); chmod go-w {p}")
def world_writable_board(folder, maker):
    path = write(folder / "a.json", "{}")
    path.chmod(0o666)
    return path


@case("{p}: others may write its directory ({d}, mode 0777); chmod go-w {d}")
def world_writable_directory(folder, maker):
    folder.chmod(0o777)
    return write(folder / "a.json", "{}")


# --- boards -----------------------------------------------------

WRONG_TYPES = {
    "outboard": ([1], '{p}: is not a board file (no "outboard": 1 in it); '
                 "announce modinfo with -add_modinfo"),
    "board": ({}, '{p}:1:26: "board" is not a string (an object of 0); write '
              'it in "quotes"'),
    "title": (3, '{p}:1:42: "title" is not a string (3); write it in '
              '"quotes"'),
    "arch": ("arm", '{p}:1:41: "arch" is not a list ("arm"); write [ ... ]'),
    "memory": ([], '{p}:1:43: "memory" is not an object (a list of 0); write '
               "{{ ... }}"),
    "parts": (True, '{p}:1:42: "parts" is not an object (true); write '
              "{{ ... }}"),
    "boot": (None, '{p}:1:41: "boot" is not an object (null); write '
             "{{ ... }}"),
}


def wrong_type(key):
    """A board whose `key` is of a wrong type."""
    def make(folder, maker):
        board = {"outboard": 1, "board": "bad", key: WRONG_TYPES[key][0]}
        return write(folder / "a.json", json.dumps(board))
    case(WRONG_TYPES[key][1], f"wrong type of {key}")(make)


for KEY in WRONG_TYPES:
    wrong_type(KEY)


@case('{p}:2:12: "title" holds a control character ("a\\x1b[31m"); remove it')
def escape_in_title(folder, maker):
    return write(folder / "a.json", '{ "outboard": 1, "board": "bad",\n'
                 '  "title": "a\\u001b[31m" }')


def bad_board(name, inside):
    """One of tests/bad/board, copied: the mode of a checkout varies."""
    text = (BAD / f"{name}.expect").read_text(encoding="utf-8").strip()
    text = text.replace("{", "{{").replace("}", "}}")
    case(re.sub("^" + re.escape(f"{name}.json"), "{p}", text), name, inside)(
        lambda folder, maker: write(folder / f"{name}.json",
                                    (BAD / f"{name}.json").read_bytes()))


for NAME, INSIDE in {
        "memory-overlap": False, "at-overlap": False, "qemu-overlap": True,
        "irq-shared-too-often": False, "qemu-irq-input": True,
        "qemu-cpu": True, "boot-cpu": False, "link-unknown": False,
        "qemu-type": True}.items():
    bad_board(NAME, INSIDE)


# --- modules ----------------------------------------------------

@case("{p}: is empty (0 bytes); name a module, a shared object built on the "
      "sdk")
def module_empty(folder, maker):
    return write(folder / "a.so", "")


@case('{p}: is not a module (it starts with "hello, w", not with an elf '
      "header); name a shared object built on the sdk")
def module_is_text(folder, maker):
    return write(folder / "a.so", "hello, world\n")


@case("{p}: the module is damaged (its header is cut short, 4, in a file of "
      "4 bytes); build or copy it again")
def module_cut_short(folder, maker):
    return write(folder / "a.so", b"\x7fELF")


@case("{p}: the module is for another architecture (ppc64); build it for "
      + MACHINE)
def module_of_another_architecture(folder, maker):
    return other_architecture(folder / "a.so")


@case("{p}: exports no symbol outboard_module; declare it with OB_MODULE")
def module_without_entry_symbol(folder, maker):
    return maker.compile("a", HEAD + 'OB_MODINFO("name", NAME);\n'
                         'OB_MODINFO("license", "MIT");\n')


@case("{p}: needs ABI 0.99, and this Outboard has 0.1; install a newer "
      "Outboard")
def module_of_a_newer_abi(folder, maker):
    return raw(maker, "name=a", "license=MIT", "abi=0.99")


@case("{p}: built for ABI 2.0, and this Outboard has 0.1; rebuild the module "
      "with its headers")
def module_of_another_abi(folder, maker):
    return raw(maker, "name=a", "license=MIT", "abi=2.0")


def raw(maker, *strings):
    """A module a.so with just these strings in its section."""
    section = "".join(
        '__attribute__((section(".modinfo"), used, aligned(1))) static const '
        f'char s{i}[] = "{text}";' for i, text in enumerate(strings))
    return maker.compile("a", "#define OUTBOARD_MODINFO_H" + HEAD + section +
                         descriptor())


@case("{p}: others may write it (mode 0666); chmod go-w {p}")
def module_world_writable(folder, maker):
    path = maker.module("a")
    path.chmod(0o666)
    return path


@case("{p}:1:2: \"objs\" names what the module itself does not (\"a-ghost\", "
      "module a); write the file again: outboard modinfo {d}/a.so")
def section_and_json_disagree(folder, maker):
    maker.module("a")
    return maker.modinfo("a", objs=["a-uart", "a-ghost"])


def other_descriptor(maker, **changed):
    """A module a.so that is good except for its descriptor."""
    return maker.compile("a", HEAD + BODY.replace(MODULE, """
        OB_MODINFO("name", NAME);
        OB_MODINFO("license", LICENSE);
        static const struct ob_device_type *const types[] = { &uart };
        """ + descriptor(**{"devices": ".devices = OB_ARRAY(types)",
                            **changed})))


@case('{p}: outboard_module names the licence "Proprietary", its .modinfo '
      'section "MIT"; make them agree', inside=True)
def section_and_descriptor_disagree(folder, maker):
    return other_descriptor(maker, licence='"Proprietary"')


@case("{p}: outboard_module says it holds 4294967295 devices, more than 4096; "
      "correct it", inside=True)
def absurd_count_of_types(folder, maker):
    return other_descriptor(
        maker, devices=".devices = { types, 4294967295u, sizeof(types[0]) }")


@case("{p}: type a-uart: property: 4294967295 items are more than 4096; "
      "declare fewer", inside=True)
def absurd_count_of_properties(folder, maker):
    return maker.compile("a", HEAD + BODY.replace(
        ".props = OB_ARRAY(props)",
        ".props = { props, 4294967295u, sizeof(props[0]) }"))


# --- all of them ------------------------------------------------

@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def maker(outboard, folder):
    return Maker(outboard.stage, folder)


def arguments(path):
    """What asks for `path`: announced if it is a.json beside a module."""
    if path.suffix == ".json" and path.with_suffix(".so").exists():
        return ["-add_modinfo", path, "-add_machines", path.stem]
    return ["-add_machines", path, "-M", "bad"]


def commands_and_names():
    """Each case for both commands, if the command itself finds the fault.

    QEMU finds the others, and it takes no sanitized bridge.
    """
    return [(kind, name) for kind in ("staged", "sanitized")
            for name in sorted(CASES)
            if kind == "staged" or not CASES[name].inside]


def command_of(outboard, kind):
    if kind == "staged":
        return outboard.command
    if not SANITIZED.exists():
        pytest.skip(f"{SANITIZED} is not built: make check builds it")
    return SANITIZED


@pytest.mark.parametrize("kind, name", commands_and_names())
def test_bad_input_gets_its_line(outboard, folder, maker, name, kind):
    made = CASES[name]
    command = command_of(outboard, kind)
    path = made.make(folder, maker)
    done = run([command, "qemu-system-aarch64", "-display", "none",
                "-serial", "none", "-monitor", "none", "-S",
                *arguments(path)])
    line = made.line.format(p=path, d=path.parent)
    assert done == (1, "", f"outboard: {line}\n")
    assert not maker.mark("a").exists() or made.inside


def test_bad_input_names_are_shown_harmless(outboard, folder):
    """Newlines, escapes, C1 controls and marks that turn a line around."""
    path = write(folder / "a\n\x1b[31m\u009b\u202e.json", "{")
    done = outboard("qemu-system-arm", "-add_machines", path)
    assert done == (1, "", f"outboard: {folder}/a\\x0a\\x1b[31m\\xc2\\x9b\\xe2"
                    "\\x80\\xae.json:1:2: the file ends too early (inside an "
                    "object); complete it\n")


# --- libraries from where the user stands -----------------------

HELPER = "int helper(void) { return 1; }"
STRANGER = HELPER + """
#include <fcntl.h>
__attribute__((constructor)) static void s(void)
{ (void)open(STRANGER, O_CREAT | O_RDWR, 0600); }
"""


def library(path, source, *flags):
    path.parent.mkdir(exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", *flags, "-x", "c", "-", "-o",
                    path], input=source, text=True, check=True)


def with_helper(maker, folder, *flags):
    """A module that needs libhelper.so, linked by `flags` in `folder`."""
    maker.compile("a", HEAD + BODY)
    source = write(folder / "a.c", HEAD + BODY + "extern int helper(void);\n"
                   "int (*const keep)(void) = helper;\n")
    path = folder / "a.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", f"-I{maker.include}", '-DNAME="a"',
         '-DLICENSE="MIT"', f'-DMARK="{maker.mark("a")}"', source, "-o", path,
         *flags], cwd=folder, check=True)
    path.chmod(0o644)
    return path


IN_CWD = ("{p}: the module looks for libraries in the current directory (its "
          'rpath is "{value}"); link it with absolute directories')
BY_PATH = ("{p}: the module needs a library by a path from the current "
           'directory ("{value}"); link it with -l, or give the library a '
           "soname")


@pytest.mark.parametrize("flags, line, value", [
    (["-Lgood", "-lhelper", "-Wl,-rpath,."], IN_CWD, "."),
    (["-Lgood", "-lhelper", "-Wl,-rpath,/opt:"], IN_CWD, "/opt:"),
    (["-Lgood", "-lhelper", "-Wl,-rpath,good", "-Wl,--disable-new-dtags"],
     IN_CWD, "good"),
    (["good/libhelper.so"], BY_PATH, "good/libhelper.so"),
])
def test_libraries_of_the_current_directory_are_refused(
        outboard, maker, folder, flags, line, value):
    """In a stranger's directory, a stranger's library would be taken."""
    mark = folder / "stranger.ran"
    library(folder / "good" / "libhelper.so", HELPER)
    path = with_helper(maker, folder, *flags)
    where = folder / "elsewhere"
    for place in (where, where / "good"):
        library(place / "libhelper.so", STRANGER, f'-DSTRANGER="{mark}"')
    done = outboard("qemu-system-arm", "-M", "none", "-add_machines", path,
                    cwd=where)
    assert done == (1, "", "outboard: " + line.format(p=path, value=value) +
                    "\n")
    assert not mark.exists() and not maker.mark("a").exists()


def test_libraries_of_an_absolute_directory_are_taken(outboard, maker,
                                                      folder):
    library(folder / "good" / "libhelper.so", HELPER)
    path = with_helper(maker, folder, "-Lgood", "-lhelper",
                       f"-Wl,-rpath,{folder}/good")
    done = outboard("qemu-system-arm", "-add_machines", path, "-M", "help")
    assert (done.status, done.err) == (0, "")
    assert maker.mark("a").exists()


# --- rights that are another's ----------------------------------

@pytest.fixture
def public(outboard):
    """A copy of the staged tree that every user can reach."""
    base = pathlib.Path("/var/tmp") / f"outboard-bad-input-{os.getpid()}"
    shutil.copytree(outboard.stage, base, symlinks=True)
    base.chmod(0o755)
    yield base
    shutil.rmtree(base)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("mode, rights", [
    (0o4755, "uid 0, gid 65533; yours are 65534, 65533"),
    (0o2755, "uid 65534, gid 0; yours are 65534, 65533"),
])
def test_rights_of_another_are_refused(public, mode, rights):
    """The dynamic linker would drop the bridge, and QEMU run without it."""
    (public / "bin" / "outboard").chmod(mode)
    done = run(["setpriv", "--reuid=65534", "--regid=65533", "--clear-groups",
                public / "bin" / "outboard", "qemu-system-aarch64", "-M",
                "help"])
    assert done == (1, "", "outboard: outboard runs with another's rights ("
                    f"{rights}), where nothing may be added to QEMU; run it "
                    "with your own\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_rights_of_a_qemu_with_capabilities_are_refused(outboard, public,
                                                        qemu):
    path = public / "bin" / "qemu-system-aarch64"
    shutil.copy(os.path.realpath(qemu("aarch64")), path)
    # cap_net_admin, permitted and effective, as setcap writes it
    os.setxattr(path, "security.capability",
                bytes.fromhex("0100000200100000000000000000000000000000"))
    done = outboard(path, "-M", "help")
    assert done == (1, "", f"outboard: {path}: runs with capabilities (see "
                    f"getcap {path}), where nothing may be added to it; use "
                    "one without\n")
