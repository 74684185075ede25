# SPDX-License-Identifier: MIT
"""make demo: Debian's kernel on a board that QEMU 7.2 does not have."""
import pathlib
import re
import subprocess

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.downloads
DEMO = [str(ROOT / "scripts" / "demo.sh"), str(ROOT / "build" / "stage")]

# What a kernel that is not content with its board says.
COMPLAINTS = re.compile(r"Blocked re-entrant IO|WARNING:|Oops|BUG:|Call trace"
                        r"|Kernel panic|rcu: INFO|not loaded")


@pytest.mark.slow
def test_demo_without_terminal_tells_and_ends_with_0():
    done = subprocess.run(DEMO, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300)
    said = done.stdout
    assert done.returncode == 0, said
    assert "a board that stands outside" in said
    assert said.count("CPU part\t: 0xd08") == 4
    assert "arch_timer" in said and "IPI0" in said
    assert "outboard: tale: done" in said
    assert not COMPLAINTS.search(said), COMPLAINTS.search(said)


@pytest.mark.slow
def test_demo_with_terminal_gives_a_shell_that_can_be_left():
    child = pexpect.spawn(DEMO[0], DEMO[1:], timeout=120, encoding="utf-8",
                          codec_errors="replace")
    try:
        child.expect_exact("Ctrl-A x leaves")
        child.expect_exact("outboard: shell ready")
        child.expect_exact("/ # ")
        child.send("echo $((6 * 7)) cpus $(nproc)\r")
        child.expect_exact("42 cpus 4")
        child.send("\x01x")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0


@pytest.mark.slow
def test_demo_with_terminal_ends_when_the_board_is_switched_off():
    child = pexpect.spawn(DEMO[0], DEMO[1:], timeout=120, encoding="utf-8",
                          codec_errors="replace")
    try:
        child.expect_exact("/ # ")
        child.send("poweroff -f\r")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0


def test_demo_that_cannot_start_does_not_end_with_0(tmp_path):
    """A tree without the command, so that no success can be faked."""
    done = subprocess.run([DEMO[0], str(tmp_path)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60)
    assert done.returncode not in (0, 1)


def test_demo_whose_board_is_silent_does_not_end_with_0(tmp_path):
    fake = tmp_path / "bin" / "outboard"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho nothing\n")
    fake.chmod(0o755)
    done = subprocess.run([DEMO[0], str(tmp_path)], stdin=subprocess.DEVNULL,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == 1
    assert "the board ended without its tale" in done.stdout
