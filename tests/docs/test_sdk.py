#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/sdk.md is right: its files compile by its commands, and run.

Against the staged tree (build/stage, or OUTBOARD_BUILD), as an author outside
this tree would: pkg-config alone leads to the headers and the bench.
"""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
PKG_CONFIG = BUILD / "stage" / "lib" / "pkgconfig"
PAGE = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def environment():
    return dict(os.environ, PKG_CONFIG_PATH=str(PKG_CONFIG), LC_ALL="C.UTF-8")


def run(command, folder):
    return subprocess.run(["sh", "-euc", command], cwd=folder, text=True,
                          env=environment(), capture_output=True, timeout=120,
                          check=False)


def commands():
    return [text.strip() for kind, _, text in BLOCK.findall(PAGE)
            if kind == "sh"]


@pytest.fixture(name="folder")
def made_of_the_page(tmp_path):
    """The page's files, put together from their blocks, in order."""
    for kind, name, text in BLOCK.findall(PAGE):
        if kind == "c":
            assert name, f"a block of C without a file: {text[:40]!r}"
            with open(tmp_path / name, "a", encoding="utf-8") as out:
                out.write(text + "\n")
    return tmp_path


def test_page_has_both_files_and_commands(folder):
    assert {path.name for path in folder.iterdir()} == \
        {"tick.c", "test_tick.c"}
    assert len(commands()) == 2


def test_page_compiles_without_a_word_and_its_test_passes(folder):
    for command in commands():
        done = run(command, folder)
        assert (done.returncode, done.stderr) == (0, "")


def test_module_of_the_page_links_nothing(folder):
    assert run(commands()[0], folder).returncode == 0
    needed = run("objdump -p tick.so", folder).stdout
    assert re.findall(r"NEEDED\s+(\S+)", needed) in ([], ["libc.so.6"])


def test_test_of_the_page_can_fail(folder):
    source = folder / "tick.c"
    text = source.read_text(encoding="utf-8")
    spoilt = text.replace("t->stat |= STAT_DONE;", "")
    assert spoilt != text
    source.write_text(spoilt, encoding="utf-8")
    assert run(commands()[0], folder).returncode == 0
    assert run(commands()[1], folder).returncode != 0
