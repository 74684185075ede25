#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""A device model in Python that runs in a process of its own (docs/ipc.md).

Descriptor 3 is a socket to QEMU or to a test bench. The device `py-adder` has
four registers of 4 bytes: A at 0, B at 4, SUM at 8 (A + B), and BUTTON at 12.
If the sum does not fit, the device raises the line `irq` until the guest writes
A or B. The signal SIGUSR1 to this process sets BUTTON to 1 and raises the line
`button` until the guest writes BUTTON. This is an event from outside: no access
of the guest causes it.
"""
import struct

from protocol import IRQ, Model, count, description, line, serve, text

(LINE_IRQ, LINE_BUTTON), REGION_BYTES = range(2), 0x1000
SAVED = struct.Struct("<III")


class Adder(Model):
    """The model."""

    NAME = "py-adder"

    def __init__(self, peer, number, block):
        super().__init__(peer, number, block)
        self.a = self.b = self.button = 0

    @staticmethod
    def describe():
        """One region, for accesses of 4 bytes, and two lines."""
        region = text("regs") + struct.pack("<QIBB", REGION_BYTES, 0, 4, 4)
        region += count(0) + count(0)       # no posted writes, no pages
        return description(Adder.NAME, "adds, in Python", regions=[region],
                           lines=[line("irq", LINE_IRQ),
                                  line("button", LINE_BUTTON)])

    def read(self, m):
        return {"y": {0: self.a, 4: self.b,
                      8: (self.a + self.b) & 0xffffffff,
                      12: self.button}.get(m.x, 0)}

    def write(self, m):
        self.store(m.x, m.y)
        for offset, value in struct.iter_unpack("<IQ", m.payload):
            self.store(offset, value)

    def store(self, offset, value):
        if offset == 0:
            self.a = value & 0xffffffff
        elif offset == 4:
            self.b = value & 0xffffffff
        elif offset == 12:
            self.button = 0
        self.update_irq()

    def pressed(self):
        """An event from outside: raise the line without a request."""
        self.button = 1
        self.peer.signal(self.number, LINE_BUTTON, 1)

    def update_irq(self):
        self.peer.ask(self.number, IRQ, a=LINE_IRQ,
                      y=int(self.a + self.b >> 32))
        self.peer.ask(self.number, IRQ, a=LINE_BUTTON, y=self.button)

    def reset(self, _):
        self.a = self.b = self.button = 0
        self.update_irq()

    def save(self):
        return SAVED.pack(self.a, self.b, self.button)

    def restore(self, block):
        if len(block) != 12 or block[8:] not in (b"\0\0\0\0", b"\1\0\0\0"):
            return "saved state is not two numbers and a button"
        self.a, self.b, self.button = SAVED.unpack(block)
        self.update_irq()
        return None


if __name__ == "__main__":
    serve(Adder)
