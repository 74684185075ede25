# SPDX-License-Identifier: MIT
"""Boards on a terminal: what a user in front of the console sees and types."""

import os

import pexpect

from support.processes import LIMIT_S, clean_environment


def spawn(argv, limit_s=LIMIT_S, encoding="utf-8", echo=True):
    """Start argv on a terminal of its own."""
    return pexpect.spawn(
        str(argv[0]), [str(word) for word in argv[1:]], timeout=limit_s,
        env=clean_environment(), encoding=encoding, codec_errors="replace",
        echo=echo)


def hang_up(child):
    """End a pexpect child, which gives a process 0.1 s after SIGKILL."""
    try:
        child.close(force=True)
    except pexpect.ExceptionPexpect:
        os.waitpid(child.pid, 0)


class Console:
    """The console of the ACME board."""

    def __init__(self, argv):
        self.child = spawn(argv, encoding="ascii", echo=False)

    def see(self, pattern):
        """Wait for the pattern; what matched it."""
        self.child.expect(pattern)
        return self.child.match

    def steps(self):
        """The next step that is shown."""
        return int(self.see(r"step (\d+) edges").group(1))

    def type(self, text):
        self.child.send(text)

    def ended(self):
        """Wait for the end; the exit status."""
        self.child.expect(pexpect.EOF)
        self.child.wait()
        return self.child.exitstatus
