# SPDX-License-Identifier: MIT
"""The test module probe, compiled as a vendor would, and a bus to poke."""

import pathlib
import shutil
import socket
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "modules" / "probe"
LIMIT_S = 60


def build(stage, folder):
    """Compile the probe into `folder`; its modinfo file there."""
    subprocess.run(
        ["cc", "-Wall", "-Werror", "-shared", "-fPIC",
         f"-I{stage / 'include'}", SOURCE / "probe.c",
         "-o", folder / "probe.so"], check=True)
    (folder / "probe.so").chmod(0o644)
    for name in ("probe.json", "board.json"):
        shutil.copy(SOURCE / name, folder)
        (folder / name).chmod(0o644)
    return folder / "probe.json"


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


def wait_for(condition, limit_s=LIMIT_S):
    """Until condition() is true, or an assertion after limit_s."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
