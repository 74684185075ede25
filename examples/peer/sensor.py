#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""A part on an I2C bus, in Python, in a process of its own (docs/ipc.md).

The device `py-sensor` has one register of two bytes, the temperature at 0: a
signed number in 1/256 of a degree Celsius, high byte first. The guest writes
the number of a register, and then reads its bytes. The other registers read as
255, and writes to them do nothing. The user sets the property `temperature`, in
thousandths of a degree, while the machine runs.
"""
import struct

from protocol import (INVALID, NOT_SUPPORTED, Model, count, description, serve,
                      text)

# outboard/device.h: a signed number that changes while the machine runs.
PROP_INT, PROP_LIVE = 7, 2
TEMPERATURE, LEAST, MOST = 25000, -55000, 125000    # 0.001 degrees Celsius

# The extension, and its functions: src/device/decl/ext_i2c_target.h.
EXTENSION, EXT_NEEDED, ADDRESS = "ob.i2c-target/0", 1, 0x49
START, WRITE, READ, STOP = range(4)
TO_TARGET, FROM_TARGET = range(2)       # arguments of START
IDLE_BUS = 0xffff                       # two bytes of 255

# A saved state as in src/device/state.c. It has two entries, each with its
# kind, name, width, count and value. In this format QEMU finds `temperature`,
# so qom-get shows the restored value.
SAVED = struct.Struct("<4sIH9sII BH8sBIBBH BH11sBIq")
KIND_SAVED, KIND_PROP = 2, 5


def block_of(pointer, written, shifter, temperature):
    """The saved state."""
    return SAVED.pack(
        b"OBST", 1, 9, b"py-sensor", 1, 2,
        KIND_SAVED, 8, b"transfer", 1, 4, pointer, written, shifter,
        KIND_PROP, 11, b"temperature", 8, 1, temperature)


class Sensor(Model):
    """The model."""

    NAME = "py-sensor"

    def __init__(self, peer, number, block):
        """The block has the device's name, and then its only property: a byte
        that is 1 if the user has set it, and the value."""
        super().__init__(peer, number, block)
        self.temperature = TEMPERATURE
        at = 2 + struct.unpack_from("<H", block)[0]
        if block[at]:
            self.temperature, = struct.unpack_from("<q", block, at + 1)
        self.reset(None)

    @staticmethod
    def describe():
        """One property and one extension, with its values `size` and
        `address`."""
        prop = text("temperature") + text("thousandths of a degree Celsius")
        prop += struct.pack("<IIIqqq", PROP_INT, PROP_LIVE, 4, TEMPERATURE,
                            LEAST, MOST)
        prop += text(None) + count(0)       # no default text, no choices
        target = text(EXTENSION) + struct.pack("<III", EXT_NEEDED, 8, ADDRESS)
        return description(Sensor.NAME, "temperature on I2C, in Python",
                           props=[prop], extensions=[target])

    def reset(self, _):
        """The temperature is that of the surroundings, so it stays."""
        self.pointer, self.written, self.shifter = 0, 0, IDLE_BUS

    def prop(self, m):
        """QEMU has checked the value by the description."""
        self.temperature, = struct.unpack("<q", struct.pack("<Q", m.x))

    def ext(self, m):
        """A step of a transfer. An answer other than OK: no acknowledge."""
        if len(m.payload) != 4:
            return {"status": INVALID}
        argument, = struct.unpack("<I", m.payload)
        if m.b == START and argument in (TO_TARGET, FROM_TARGET):
            return self.start(argument)
        if m.b == WRITE and argument < 256:
            return self.byte(argument)
        if m.b == READ:
            return self.next(m.x)
        if m.b == STOP:
            return None
        return {"status": NOT_SUPPORTED if m.b > STOP else INVALID}

    def start(self, direction):
        """A transfer begins. Both bytes are of one conversion."""
        self.written, self.shifter = 0, IDLE_BUS
        if direction == FROM_TARGET and self.pointer == 0:
            self.shifter = self.temperature * 256 // 1000 & 0xffff

    def byte(self, value):
        """The first byte of a transfer is the number of a register."""
        if not self.written:
            self.pointer = value
        self.written = 1

    def next(self, room):
        """The next byte for the controller, as a number of 4 bytes."""
        value = self.shifter >> 8
        self.shifter = (self.shifter << 8 | 0xff) & 0xffff
        return {"payload": count(value)[:room]}

    def save(self):
        return block_of(self.pointer, self.written, self.shifter,
                        self.temperature)

    def restore(self, block):
        if len(block) == SAVED.size:
            fields = SAVED.unpack(block)
            values = (*fields[11:14], fields[19])
            if (block == block_of(*values) and values[1] < 2
                    and LEAST <= values[3] <= MOST):
                (self.pointer, self.written, self.shifter,
                 self.temperature) = values
                return None
        return "saved state is not a transfer and a temperature"


if __name__ == "__main__":
    serve(Sensor)
