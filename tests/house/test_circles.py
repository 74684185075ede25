# SPDX-License-Identifier: MIT
"""No files in a circle, neither by #include nor by the symbols they use."""
import json
import os
import pathlib
import subprocess

import circles
import waiting
from holding import by_room, hold, hold_but, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def build_tree(root, files):
    """A tree with these sources, compiled as the build's list says."""
    entries = []
    (root / "build").mkdir()
    for name, text in files.items():
        write(root, name, text)
    for name in files:
        if not name.endswith(".c"):
            continue
        output = name.replace("/", "_") + ".o"
        subprocess.run(["cc", "-I", str(root / "src"), "-c", str(root / name),
                        "-o", str(root / "build" / output)], check=True)
        entries.append({"directory": str(root / "build"),
                        "file": f"../{name}", "output": output})
    write(root, "build/compile_commands.json", json.dumps(entries))
    return root


def described(root):
    return [text for members, text in circles.circles(root, root / "build")]


# --- the tree as it is --------------------------------------------------

def test_build_has_a_new_object_of_each_source():
    hold(circles.check_objects(ROOT, BUILD))


def test_files_of_the_tree_make_no_circle():
    found = {}
    for members, description in circles.circles(ROOT, BUILD):
        room = circles.room_of(members[0])
        found.setdefault(room, []).append(description)
    hold_but(found, waiting.CIRCLES)


def test_uses_of_symbols_keep_to_the_tables():
    hold_but(by_room(circles.check_arrows(ROOT, BUILD), circles.room_of),
             waiting.ARROWS)


# --- a broken tree ------------------------------------------------------

def test_circle_of_includes_is_found_with_its_chain(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.h": '#include "base/b.h"\n',
        "src/base/b.h": '#  include "c.h"\n',
        "src/base/c.h": '#include "base/a.h"\n',
        "src/base/d.h": '#include "base/a.h"\n',
    })
    assert described(tmp_path) == [
        'a circle of 3 files: src/base/a: includes "base/b.h" -> src/base/b: '
        'includes "c.h" -> src/base/c: includes "base/a.h" -> src/base/a']


def test_circle_of_calls_is_found_with_its_chain(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.c": "void b(void);\nvoid a(void) { b(); }\n",
        "src/ipc/b.c": "extern int c;\nvoid b(void) { c = 1; }\n",
        "src/ipc/c.c": "void a(void);\nint c;\nvoid d(void) { a(); }\n",
    })
    assert described(tmp_path) == [
        "a circle of 3 files: src/base/a: uses b -> src/ipc/b: uses c -> "
        "src/ipc/c: uses a -> src/base/a"]


def test_circle_of_an_include_and_a_call_is_found(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.h": "void a(void);\n",
        "src/base/a.c": "void b(void);\nvoid a(void) { b(); }\n",
        "src/base/b.c": '#include "base/a.h"\nvoid b(void) { }\n',
    })
    assert described(tmp_path) == [
        'a circle of 2 files: src/base/a: uses b -> src/base/b: includes '
        '"base/a.h" -> src/base/a']


def test_shortest_chain_of_a_large_circle_is_shown(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.h": '#include "base/b.h"\n',
        "src/base/b.h": '#include "base/c.h"\n',
        "src/base/c.h": '#include "base/a.h"\n#include "base/d.h"\n',
        "src/base/d.h": '#include "base/c.h"\n',
    })
    text, = described(tmp_path)
    assert text.startswith("a circle of 4 files: src/base/c: ")
    assert text.endswith("-> src/base/c (with src/base/a, src/base/b)")


def test_source_with_its_header_and_a_chain_pass(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.h": '#include "base/b.h"\nvoid a(void);\n',
        "src/base/a.c": '#include "base/a.h"\nvoid a(void) { b(); }\n',
        "src/base/b.h": "void b(void);\n",
        "src/base/b.c": '#include "base/b.h"\nvoid b(void) { }\n',
    })
    hold(described(tmp_path))


def test_names_of_two_programs_make_no_circle(tmp_path):
    build_tree(tmp_path, {
        "src/cli/main.c": "void c(void);\nint main(void) { c(); return 0; }\n"
                          "void end(void) { }\n",
        "src/cli/c.c": "void c(void) { }\n",
        "src/runner/main.c": "void c(void);\nint main(void) { return 0; }\n"
                             "void end(void) { }\n",
        "src/runner/d.c": "void end(void);\nvoid d(void) { end(); }\n",
        "src/bridge/x.c": "void _exit(int a) { for (;;) { } }\n",
    })
    hold(described(tmp_path))
    graph = circles.graph_of(tmp_path, tmp_path / "build")
    assert graph.edges["src/runner/d"] == {"src/runner/main": "uses end"}


def test_static_function_of_the_same_name_makes_no_edge(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.c": "void b(void);\nvoid a(void) { b(); }\n",
        "src/base/b.c": "static void a(void) { }\nvoid b(void) { a(); }\n",
    })
    hold(described(tmp_path))


def test_use_against_the_tables_is_found(tmp_path):
    build_tree(tmp_path, {
        "src/base/a.c": "void b(void);\nvoid a(void) { b(); }\n",
        "src/ipc/b.c": "void b(void) { }\n",
        "src/board/c.c": "void d(void);\nvoid c(void) { d(); }\n",
        "src/board/boot/d.c": "void d(void) { }\n",
    })
    assert circles.check_arrows(tmp_path, tmp_path / "build") == [
        "src/base/a: uses b of src/ipc/b: src/base may not know ipc",
        "src/board/c: uses d of src/board/boot/d: src/board/. may not know "
        "src/board/boot"]


def test_absent_build_is_found(tmp_path):
    write(tmp_path, "src/base/a.c", "int a;\n")
    assert circles.check_objects(tmp_path, tmp_path / "build") == [
        f"{tmp_path}/build/compile_commands.json: no build; run make"]


def test_object_that_is_old_or_missing_is_found(tmp_path):
    build_tree(tmp_path, {"src/base/a.c": "int a;\n",
                          "src/base/b.c": "int b;\n"})
    write(tmp_path, "src/base/c.c", "int c;\n")
    hold([fault for fault in
          circles.check_objects(tmp_path, tmp_path / "build")
          if "c.c" not in fault])
    os.utime(tmp_path / "src/base/a.c", (4e9, 4e9))
    (tmp_path / "build/src_base_b.c.o").unlink()
    assert circles.check_objects(tmp_path, tmp_path / "build") == [
        "src/base/a.c: is newer than its object; run ninja -C build",
        "src/base/b.c: has no object; run ninja -C build",
        "src/base/c.c: no target of the build compiles it"]
