# SPDX-License-Identifier: MIT
"""A PC with Debian's kernel, whose console runs one line after the other."""

import pathlib
import re
import socket
import tempfile

import pytest

from support.paths import CACHE
from support.processes import LIMIT_S
from support.qmp import Machine

FILES = CACHE / "x86"


class Guest:
    """A q35 that runs the guest of scripts/x86-assets.sh; QMP in machine."""

    def __init__(self, place, *options):
        if not (FILES / ".made").exists():
            pytest.fail(f"nothing in {FILES}: run scripts/x86-assets.sh")
        self.seen = ""
        with tempfile.TemporaryDirectory(prefix="ob") as short, \
                socket.socket(socket.AF_UNIX) as listener:
            path = pathlib.Path(short) / "serial"
            listener.bind(str(path))
            path.chmod(0o666)           # QEMU may be another user
            listener.listen(1)
            listener.settimeout(LIMIT_S)
            self.machine = Machine(place.argv(
                "qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-m", "256",
                "-nodefaults", "-display", "none", "-serial", f"unix:{path}",
                "-kernel", FILES / "bzImage", "-initrd",
                FILES / "initramfs.cpio.gz", "-append",
                "console=ttyS0 quiet", *options), None, pathlib.Path(short))
            self.serial, _ = listener.accept()
        self.serial.settimeout(LIMIT_S)

    def see(self, pattern):
        """Wait for a line of the console; what was before it, and the match."""
        while not (match := re.search(pattern + r"\r?\n", self.seen)):
            more = self.serial.recv(4096)
            assert more, f"the guest ended: {self.seen}"
            self.seen += more.decode(errors="replace")
        before, self.seen = (self.seen[:match.start()],
                             self.seen[match.end():])
        return before, match

    def ready(self):
        """Wait until the guest has booted; what it printed."""
        return self.see("outboard: ready")[0]

    def run(self, line):
        """What the guest prints for a line of its shell, which succeeds."""
        self.serial.sendall(line.encode() + b"\n")
        out, match = self.see(r"outboard: status (\d+)")
        assert match[1] == "0", f"{line}: {out}"
        return out.strip()

    def end(self):
        """End it; the output of QEMU."""
        out = self.machine.end()
        self.serial.close()
        return out
