# SPDX-License-Identifier: MIT
"""The rules of the house hold, and each of them can tell when it does not."""
import pathlib
import shutil
import subprocess

import pytest

import house
import waiting
from holding import hold, hold_but, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGE = ROOT / "build" / "stage"
BRIDGE = STAGE / "lib" / "outboard" / "outboard-bridge.so"
MODULES = STAGE / "lib" / "outboard" / "modules"

# GLib is QEMU's own, so it is there; the rest is the C library's.
BRIDGE_NEEDS = r"lib(c|m|dl|pthread|glib-2\.0)\.so\.\d+|ld-linux.*"
MODULE_NEEDS = r"lib(c|m)\.so\.\d+"


def shared_object(folder, text, *flags):
    """Compile text into a shared object, with plain cc."""
    source = write(folder, "sample.c", text)
    library = folder / "sample.so"
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library),
                    *flags], check=True)
    return library


# --- the tree as it is --------------------------------------------------

def test_includes_of_the_tree_keep_to_the_table():
    hold(house.check_includes(ROOT))


def test_sources_name_their_licence():
    hold(house.check_spdx(ROOT))


def test_tree_names_no_registry():
    hold(house.check_hosts(ROOT))


def test_public_headers_compile_alone():
    hold(house.check_headers(ROOT))


def test_bridge_exports_what_ends_a_process():
    hold(house.check_exports(BRIDGE, ["_Exit", "__assert_fail", "_exit",
                                      "abort", "quick_exit"]))


def test_bridge_needs_no_symbol_of_qemu():
    hold(house.check_undefined(BRIDGE))
    hold(house.check_needed(BRIDGE, BRIDGE_NEEDS))


def test_installed_modules_export_one_symbol():
    modules = sorted(MODULES.glob("*.so"))
    assert modules, f"{MODULES}: no modules installed"
    for module in modules:
        hold(house.check_exports(module, ["outboard_module"]))


def test_installed_modules_link_nothing_of_ours():
    for module in sorted(MODULES.glob("*.so")):
        hold(house.check_undefined(module))
        hold(house.check_needed(module, MODULE_NEEDS))


def test_installed_modules_have_no_mutable_statics():
    for module in sorted(MODULES.glob("*.so")):
        hold(house.check_statics(module))


def test_only_the_edges_print_and_exit():
    hold(house.check_edges(ROOT))


def test_lines_and_functions_are_short():
    hold(house.check_lengths(ROOT))


def test_rooms_and_folders_of_the_tree_are_in_the_tables():
    hold(house.check_rooms(ROOT))


def test_tables_of_the_house_point_one_way():
    hold_but(house.check_tables(), waiting.TABLES)


# --- a broken tree ------------------------------------------------------

@pytest.mark.parametrize("name, line, fault", [
    ("src/base/a.c", '#include "device/host_ops.h"', "may not know device"),
    ("src/board/a.h", '#include "loader/open.h"', "may not know loader"),
    ("src/bench/a.c", ' #  include "bridge/q.h"', "may not know bridge"),
    ("src/cli/a.c", '#include "bridge/q.h"', "may not know bridge"),
    ("src/ipc/a.c", '#include <yajl/yajl_parse.h>', "library not known"),
    ("src/board/a.c", '#include "board/boot/boot.h"',
     "src/board/. may not know src/board/boot"),
    ("src/bridge/a.c", '#include "bridge/odd/odd.h"', "no row for its folder"),
    ("src/bridge/a.c", '#include "qemu/osdep.h"', "no file may know"),
    ("models/uart/a.c", '#include "base/err.h"', "only <outboard/...>"),
    ("models/uart/a.c", '#include <glib.h>', "library not known"),
    ("models/uart/a.c", '#include <time.h>', "reaches no further"),
    ("examples/acme/a.c", '#include "../src/a.h"', "only <outboard/...>"),
    ("include/outboard/a.h", '#include <stdlib.h>', "too much for the SDK"),
])
def test_include_against_the_table_is_found(tmp_path, name, line, fault):
    write(tmp_path, name, f"/* one */\n{line}\n")
    faults = house.check_includes(tmp_path)
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}:2: ")
    assert fault in faults[0]


@pytest.mark.parametrize("name, line", [
    ("src/remote/a.c", '#include "ipc/ring.h"'),
    ("src/base/a.c", '#include <yajl/yajl_parse.h>'),
    ("src/bridge/a.c", '#include "device/host_ops.h"'),
    ("src/cli/a.c", '#include "cli/verbs.h"'),
    ("src/board/boot/a.c", '#include "board/plan.h"'),
    ("models/uart/a.c", '#include <outboard/outboard.h>'),
    ("models/uart/a.c", '#include "uart.h"'),
    ("include/outboard/a.h", '#include <stdint.h>'),
])
def test_include_within_the_table_passes(tmp_path, name, line):
    write(tmp_path, name, line + "\n")
    hold(house.check_includes(tmp_path))


def test_room_and_folder_without_a_row_are_found(tmp_path):
    for room in house.ALLOWED:
        (tmp_path / room).mkdir(parents=True)
    for room, folders in house.FOLDERS.items():
        for folder in set(folders) - {"main"}:
            (tmp_path / room / folder).mkdir(exist_ok=True)
    hold(house.check_rooms(tmp_path))
    (tmp_path / "src/odd").mkdir()
    (tmp_path / "src/board/boot").rmdir()
    (tmp_path / "src/board/dir").mkdir()
    (tmp_path / "src/ipc").rmdir()
    assert house.check_rooms(tmp_path) == [
        "src/odd: has no row in ALLOWED",
        "src/ipc: has a row in ALLOWED and does not exist",
        "src/board/dir: has no row in FOLDERS",
        "src/board/boot: has a row in FOLDERS and does not exist"]


def test_table_with_a_circle_is_found(monkeypatch):
    monkeypatch.setitem(house.ALLOWED, "src/base", {"ipc"})
    monkeypatch.setitem(house.FOLDERS, "src/board",
                        {".": {"boot"}, "boot": {"."}})
    found = house.check_tables()
    assert "base" in found["."][0] and "ipc" in found["."][0]
    assert found["src/board"] == ["src/board: a circle through ., boot"]


@pytest.mark.parametrize("name, text, fault", [
    ("src/base/a.c", "int a;\n", "no SPDX"),
    ("scripts/a", "#!/bin/sh\necho\n", "no SPDX"),
    ("src/bridge/a.c", "/* SPDX-License-Identifier: MIT */\n", "GPL-2.0"),
    ("models/a.c", "/* SPDX-License-Identifier: GPL-2.0-or-later */\n",
     "here it is MIT"),
])
def test_licence_that_is_not_the_rooms_is_found(tmp_path, name, text, fault):
    write(tmp_path, name, text)
    faults = house.check_spdx(tmp_path)
    assert len(faults) == 1 and fault in faults[0]


def test_registry_is_found_with_its_line(tmp_path):
    write(tmp_path, "a.sh", "#\ncurl http://deb." + "debian.org/debian\n")
    assert house.check_hosts(tmp_path) == [
        "a.sh:2: names deb." + "debian.org"]


@pytest.mark.parametrize("text, std", [
    ("static inline int f(void) { return typeof(1) 2; }\n", "-std=c11"),
    ("struct a { int class; };\n", "-std=c++11"),
    ("static inline char *f(void *p) { return p; }\n", "-std=c++11"),
    ("uint32_t no_stdint_included;\n", "-std=c11"),
])
def test_header_that_is_not_strict_is_found(tmp_path, text, std):
    write(tmp_path, "include/outboard/a.h", text)
    assert any(std in fault for fault in house.check_headers(tmp_path))


def test_tree_without_headers_is_found(tmp_path):
    assert house.check_headers(tmp_path)


def test_symbol_too_many_is_found(tmp_path):
    library = shared_object(
        tmp_path, "int outboard_module; int connect(void) { return 0; }\n")
    assert house.check_exports(library, ["outboard_module"]) == [
        "sample.so: exports connect"]


def test_symbol_too_few_is_found(tmp_path):
    library = shared_object(tmp_path, "static int a; int *f(void);\n")
    assert house.check_exports(library, ["outboard_module"]) == [
        "sample.so: does not export outboard_module"]


@pytest.mark.parametrize("text", [
    "extern int qemu_loglevel; int *f(void) { return &qemu_loglevel; }\n",
    "void qemu_log(void); void f(void) { qemu_log(); }\n",
])
def test_undefined_symbol_is_found(tmp_path, text):
    library = shared_object(tmp_path, text)
    faults = house.check_undefined(library)
    assert len(faults) == 1 and "undefined symbol: qemu_log" in faults[0]


def test_library_too_many_is_found(tmp_path):
    library = shared_object(tmp_path, "int a;\n", "-Wl,--no-as-needed", "-lm")
    assert house.check_needed(library, r"libc\.so\.6") == [
        "sample.so: needs libm.so.6"]


def test_mutable_static_is_found(tmp_path):
    library = shared_object(
        tmp_path, "static int count; static const int fixed = 1;\n"
        "int f(void) { static char once; return ++count + once++ + fixed; }\n")
    assert sorted(house.check_statics(library)) == [
        "sample.so: mutable static count",
        "sample.so: mutable static once.0"]


@pytest.mark.parametrize("name, code, fault", [
    ("src/base/a.c", "void f(void) { exit(1); }", "exit()"),
    ("src/device/a.c", "void f(void) { abort (); }", "abort()"),
    ("src/cli/list.c", "void f(void) { exit(0); }", "exit()"),
    ("src/bridge/a.c", "void f(void) { puts(s); }", "puts()"),
    ("src/board/a.c", 'void f(void) { fprintf(stderr, "x"); }', "fprintf()"),
    ("models/a/a.c", 'void f(void) { printf("x"); }', "printf()"),
])
def test_print_or_exit_in_a_room_is_found(tmp_path, name, code, fault):
    write(tmp_path, name, f"/* one */\n{code}\n")
    faults = house.check_edges(tmp_path)
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}:2: {fault}")


@pytest.mark.parametrize("name, code", [
    ("src/cli/main.c", "void f(void) { exit(1); }"),
    ("src/bridge/process/report.c", 'void f(void) { fprintf(stderr, "x"); }'),
    ("src/cli/list.c", "void f(void) { puts(s); }"),
    ("src/base/a.c", '/* exit(1) */ const char *s = "abort()";'),
    ("src/base/a.c", "void f(void) { snprintf(s, 1, t); ops->exit(1); }"),
])
def test_print_and_exit_at_the_edges_pass(tmp_path, name, code):
    write(tmp_path, name, code + "\n")
    hold(house.check_edges(tmp_path))


def test_copy_of_the_tree_with_one_wrong_include_is_found(tmp_path):
    """The whole of src/, with one line added to a file that is there."""
    shutil.copytree(ROOT / "src", tmp_path / "src")
    hold(house.check_includes(tmp_path))
    victim = tmp_path / "src" / "base" / "err.h"
    with open(victim, "a") as out:
        out.write('#include "cli/main.h"\n')
    assert ["src/base may not know cli" in fault
            for fault in house.check_includes(tmp_path)] == [True]


def test_long_line_and_function_are_found(tmp_path):
    write(tmp_path, "src/base/a.c", "x" * 80 + "\n" + "x" * 81 + "\n")
    write(tmp_path, "src/base/b.c", "int f(void)\n{\n" + "    g();\n" * 61 +
          "}\n\nint h(void)\n{\n" + "    g();\n" * 60 + "}\n")
    assert house.check_lengths(tmp_path) == [
        "src/base/a.c:2: 81 columns",
        "src/base/b.c:2: a function of 61 lines; split it"]
