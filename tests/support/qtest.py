# SPDX-License-Identifier: MIT
"""A board's memory as the bus sees it, by QEMU's qtest protocol."""

import socket

from support.processes import LIMIT_S


class Bus:
    """The machine's memory, by qtest's protocol on a socket of ours."""

    def __init__(self, folder):
        self.path = folder / "qtest"
        if self.path.exists():
            self.path.unlink()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(1)
        self.listener.settimeout(LIMIT_S)
        self.stream = None

    def options(self):
        return ["-qtest", f"unix:{self.path}", "-qtest-log", "none"]

    def connect(self):
        """Once QEMU runs."""
        connection, _ = self.listener.accept()
        connection.settimeout(LIMIT_S)
        self.stream = connection.makefile("rw")

    def ask(self, line):
        self.stream.write(line + "\n")
        self.stream.flush()
        answer = self.stream.readline().split()
        assert answer and answer[0] == "OK", (line, answer)
        return answer[1:]

    def read(self, address, size="l"):
        """A read of size b, w, l or q."""
        return int(self.ask(f"read{size} {address:#x}")[0], 16)

    def write(self, address, value, size="l"):
        self.ask(f"write{size} {address:#x} {value:#x}")
