# SPDX-License-Identifier: MIT
"""Names, messages, comments and pages keep to docs/glossary.md."""
import pathlib

import pytest

import waiting
import words
from holding import hold, hold_but, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / words.GLOSSARY).read_text(encoding="utf-8")


def faults_of(root, name, text):
    """Complaints about one file of a tree that has the real glossary."""
    write(root, str(words.GLOSSARY), PAGE)
    write(root, name, text)
    return [fault for faults in words.check_words(root).values()
            for fault in faults]


# --- the tree as it is --------------------------------------------------

def test_glossary_is_whole():
    hold(words.check_glossary(ROOT))


def test_words_of_the_tree_are_those_of_the_glossary():
    hold_but(words.check_words(ROOT), waiting.WORDS)


# --- a broken tree ------------------------------------------------------

@pytest.mark.parametrize("name, text, fault", [
    ("src/base/a.c", "int rig_open(void);", 'rig_open: "rig" is an old word; '
     'the word is "device"'),
    ("src/base/a.h", "struct my_nursery;", '"launcher"'),
    ("src/base/a.c", "static int pins_set;", '"line"'),
    ("src/base/a.c", "/*\n * It is far\n * away.\n */", 'comment: "far away"'),
    ("src/base/a.c", 'f("%s is "\n  "no word");', 'message: "is no"'),
    ("src/base/a.c", "// made anew", '"anew"; write: again'),
    ("src/base/a.def", "X(far_ram)", '"remote"'),
    ("tests/e2e/test_a.py", '"""It asks\nin vain."""', "without success"),
    ("tests/e2e/test_a.py", "def test_rig_falls():\n    pass", '"device"'),
    ("tests/e2e/test_a.py", "pass  # mended", "fix, repair"),
    ("scripts/a.py", 'print("mend it")', 'message: "mend"'),
    ("scripts/a.sh", "echo  # for want of it", "is missing"),
    ("docs/a.md", "There is\nnone.", '"is none"'),
    ("docs/a.md", "Start `outboard-host`.", '; write: runner'),
    ("models/a/a.c", "/* Whoever reads it. */", '"Whoever"'),
])
def test_old_word_is_found_with_its_line(tmp_path, name, text, fault):
    faults = faults_of(tmp_path, name, "\n" + text + "\n")
    assert len(faults) == 1
    line = 3 if "\n * " in text or "asks\n" in text else 2
    assert faults[0].startswith(f"{name}:{line}: ")
    assert fault in faults[0]


@pytest.mark.parametrize("name", [
    "src/base/nursery.c", "src/base/pins.c", "src/bridge/far_ram.c",
    "src/cli/named.c", "src/bridge/edge.c", "src/bridge/space.h",
    "tests/unit/test_rig.c",
])
def test_old_word_in_a_files_name_is_found(tmp_path, name):
    faults = faults_of(tmp_path, name, "int a;\n")
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}: the file's name has the old word")


@pytest.mark.parametrize("name, text", [
    ("src/base/a.c", "address_space_rw(a, edge_of, is_named, trigger);"),
    ("src/base/a.c", "/* The named file is far larger. */"),
    ("src/base/a.c", "/* It is no longer there; there is no other. */"),
    ("src/base/a.c", 'f("no"); g("is", "no"); /* This is */ no();'),
    ("src/base/a.c", "/* recommend, amended, brig */"),
    ("tests/e2e/test_a.py", 'assert "nobody" in users'),
    ("models/a/a.c", "uint32_t gather, edge, pins, hooks;"),
    ("boards/a.json", '{ "title": "a rig" }'),
    ("docs/a.md", "A device is named by its board; the edge falls."),
])
def test_right_word_passes(tmp_path, name, text):
    hold(faults_of(tmp_path, name, text + "\n"))


@pytest.mark.parametrize("row, fault", [
    ("| device | again | | | |", '"device" has two rows'),
    ("| thing | | | | |", '"thing" has no meaning'),
    ("| thing | a | | | `rig` |", '"rig" is replaced twice'),
])
def test_glossary_with_a_flaw_is_found(tmp_path, row, fault):
    page = PAGE.replace("| board |", row + "\n| board |", 1)
    write(tmp_path, str(words.GLOSSARY), page)
    faults = words.check_glossary(tmp_path)
    assert len(faults) == 1 and fault in faults[0]


def test_glossary_with_other_columns_is_found(tmp_path):
    write(tmp_path, str(words.GLOSSARY),
          PAGE + "\n| word | old |\n|---|---|\n| a | b |\n")
    assert words.check_glossary(tmp_path) == [
        "docs/glossary.md: a table with the columns word, old"]
