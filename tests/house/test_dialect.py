# SPDX-License-Identifier: MIT
"""All rooms speak one dialect of C, and each file says what it is for."""
import pathlib

import pytest

import dialect
import waiting
import words
from holding import by_room, hold, hold_but, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
LICENCE = "/* SPDX-License-Identifier: MIT */\n"


# --- the tree as it is --------------------------------------------------

def test_rooms_of_the_tree_speak_one_dialect():
    hold_but(by_room(dialect.check_dialect(ROOT), words.room),
             waiting.DIALECT)


def test_files_of_the_tree_say_what_they_are_for():
    hold_but(by_room(dialect.check_openings(ROOT), words.room),
             waiting.OPENINGS)


def test_comments_of_the_tree_have_their_share():
    hold_but(by_room(dialect.check_shares(ROOT), str), waiting.SHARES)


def test_folders_of_the_tree_are_not_crowded():
    hold(dialect.check_folders(ROOT))


# --- a broken tree ------------------------------------------------------

@pytest.mark.parametrize("code, fault", [
    ("if (p == NULL)", 'write !p or p'),
    ("return a->b != NULL;", 'write !p or p'),
    ("if (NULL == p)", 'write !p or p'),
    ("    int rc = f();", 'a status called "rc"; call it ret'),
    ("    ssize_t r;", 'a status called "r"; call it ret'),
    ("    int i, rc;", 'a status called "rc"; call it ret'),
])
def test_other_dialect_is_found(tmp_path, code, fault):
    write(tmp_path, "src/base/a.c", f"{LICENCE}{code}\n")
    faults = dialect.check_dialect(tmp_path)
    assert len(faults) == 1
    assert faults[0].startswith("src/base/a.c:2: ") and fault in faults[0]


@pytest.mark.parametrize("name, code", [
    ("src/base/a.c", "if (!p) { q = NULL; }"),
    ("src/base/a.c", '/* p == NULL */ f("int rc;");'),
    ("src/base/a.c", "    struct rect r; uint64_t r; int ret, row;"),
    ("models/a/a.c", "    int rc;"),
])
def test_house_dialect_passes(tmp_path, name, code):
    write(tmp_path, name, f"{LICENCE}{code}\n")
    hold(dialect.check_dialect(tmp_path))


@pytest.mark.parametrize("name, text", [
    ("src/base/a.c", LICENCE + '#include "base/a.h"\n'),
    ("src/base/a.h", LICENCE + "/* a */\n"),
    ("models/a/a.c", LICENCE + "\nint a; /* A late sentence is here. */\n"),
    ("tests/a.py", "# SPDX-License-Identifier: MIT\nimport re\n"),
    ("scripts/a.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\necho\n"),
    ("benchmarks/a.def", LICENCE + "X(a)\n"),
])
def test_file_that_does_not_say_what_it_is_for_is_found(tmp_path, name, text):
    write(tmp_path, name, text)
    faults = dialect.check_openings(tmp_path)
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}: begins with no sentence")


@pytest.mark.parametrize("name, text", [
    ("src/base/a.c", LICENCE + "/*\n * The names of files.\n */\nint a;\n"),
    ("src/base/a.h", LICENCE + "\n/* It parses a name. */\n"),
    ("tests/a.py", "# SPDX\n\"\"\"Test the names of files.\"\"\"\n"),
    ("scripts/a.sh", "#!/bin/sh\n# SPDX\n#\n# Build it.\necho\n"),
    ("src/base/a.json", "{}\n"),
    ("docs/a.sh", "echo\n"),
])
def test_file_that_says_what_it_is_for_passes(tmp_path, name, text):
    write(tmp_path, name, text)
    hold(dialect.check_openings(tmp_path))


def test_share_of_comments_counts_lines(tmp_path):
    write(tmp_path, "src/base/a.c",
          LICENCE + "/*\n * Why it is.\n */\n\nint a;\nint b; /* x */\n"
          'const char *c = "/* no */";\nint d;\nint e;\nint f;\n')
    assert dialect.shares(tmp_path) == {"src/base": 100 * 4 / 9}


def test_room_with_too_few_comments_is_found(tmp_path):
    write(tmp_path, "src/base/a.c", "int a;\n" * 9 + "/* x */\n")
    write(tmp_path, "src/cli/a.c", "int a;\n")
    write(tmp_path, "include/outboard/a.h", "int a;\n/* x */\nint b;\n")
    assert dialect.check_shares(tmp_path) == [
        "include/outboard: 33.3 % of the lines hold a comment; at least 50 % "
        "say why",
        "src/base: 10.0 % of the lines hold a comment; at least 15 % say why"]


def test_crowded_folder_is_found(tmp_path):
    for number in range(17):
        write(tmp_path, f"src/base/a{number}.c", "int a;\n")
        write(tmp_path, f"src/base/a{number}.h", "int a;\n")
    for number in range(16):
        write(tmp_path, f"src/base/b/a{number}.c", "int a;\n")
    assert dialect.check_folders(tmp_path) == [
        "src/base: 17 C files side by side; at most 16, so make a folder"]


# --- the list of what waits ---------------------------------------------

def test_room_that_waits_and_keeps_the_rule_is_found():
    with pytest.raises(AssertionError, match="src/b: keeps the rule now"):
        hold_but({"src/a": ["x"]}, ["src/a", "src/b"])


def test_room_that_does_not_wait_is_held():
    with pytest.raises(AssertionError, match="src/c/x.c: y"):
        hold_but({"src/a": ["x"], "src/c": ["src/c/x.c: y"]}, ["src/a"])
