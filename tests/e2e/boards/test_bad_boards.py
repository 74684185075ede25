#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every bad board ends QEMU with status 1 and exactly one line.

NAME.expect holds the line. NAME.run holds it if the command itself finds that
the file is not a board. The test ignores the line numbers of QEMU's source in
it, because they differ from version to version.
"""

import re

import pytest

from support.paths import ROOT

BAD = ROOT / "tests" / "bad" / "board"
NAMES = sorted(path.stem for path in BAD.glob("*.json"))


def without_source(line):
    return re.sub(r"\bat \S+\.c:\d+: ", "at SOURCE: ", line)


@pytest.mark.parametrize("name", NAMES)
def test_bad_board_is_refused_with_its_line(outboard, qemu, name):
    board = BAD / f"{name}.json"
    line = BAD / f"{name}.run"
    if not line.exists():
        line = BAD / f"{name}.expect"
    expect = without_source(line.read_text(encoding="utf-8").strip())
    done = outboard(qemu("aarch64"), "-add_machines", board, "-M", "bad",
                    "-display", "none", "-serial", "none", "-monitor", "none",
                    "-S")
    lines = without_source(done.err).strip().splitlines()
    assert lines == [f"outboard: {BAD}/{expect}"]
    assert done.status == 1
