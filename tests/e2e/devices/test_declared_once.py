# SPDX-License-Identifier: MIT
"""The gate makes one declaration for each type, however many parts use it."""
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.qemus(
    "bookworm", reason="gdb and what it looks at share that system's libraries")


def declarations_made(pid):
    """How many declarations the bridge in process `pid` has made."""
    assert shutil.which("gdb"), "run scripts/deps.sh test"
    shown = subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p",
         str(pid), "-ex", "print 'declare.c'::made"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False).stdout
    found = re.search(r"^\$1 = (\d+)$", shown, re.MULTILINE)
    assert found, shown
    return int(found[1])


def test_two_parts_of_one_type_are_declared_once(board):
    made, bus = board()
    qtree = made.hmp("info qom-tree")
    parts = re.findall(r"^\s+/(?:a|b) \((\S+)\)\s*$", qtree, re.MULTILINE)
    assert len(parts) > len(set(parts)), qtree
    assert declarations_made(made.process.pid) == len(set(parts))
