# SPDX-License-Identifier: MIT
"""A board with parts on the I2C bus of QEMU's controller, and their lines."""

import copy
import json

import pytest

from support.processes import wait_for

CONTROLLER, GPIO = 0x10000000, 0x10001000     # addresses of the board below
SET, CLEAR = CONTROLLER, CONTROLLER + 4
SCL, SDA = 1, 2
IN_ALERT, OUT_WP = 0, 1                 # pins of the port
GPIO_DIR = GPIO + 0x400
SENSOR, EEPROM = 0x4a, 0x51

# The controller is two lines, and a test moves each edge. The CPU stays off.
BOARD = {
    "outboard": 1, "board": "two-wire", "title": "I2C parts", "arch": ["arm"],
    "memory": {"sram": {"at": 0, "size": "64 KiB"}},
    "parts": {
        "cpu": {"type": "cortex-a15-arm-cpu",
                "props": {"start-powered-off": True}},
        "port": {"type": "pl061", "at": hex(GPIO), "props": {"pullups": 0},
                 "out": [None, "eeprom.wp"]},
        "i2c": {"type": "versatile_i2c", "at": hex(CONTROLLER)},
        "sensor": {"type": "outboard-tmp105", "bus": "i2c.i2c",
                   "props": {"address": SENSOR},
                   "gpio": {"alert": f"port.{IN_ALERT}"}},
        "eeprom": {"type": "outboard-at24c", "bus": "i2c.i2c",
                   "props": {"address": EEPROM, "size": "8 KiB"}}}}


class Wires:
    """A controller of I2C that moves the two lines by qtest."""

    def __init__(self, bus):
        self.bus = bus

    def put(self, scl=None, sda=None):
        for line, level in ((SDA, sda), (SCL, scl)):
            if level is not None:
                self.bus.write(SET if level else CLEAR, line)

    def bit(self, level):
        """Send a bit; 1 leaves the line to the part. The line's level."""
        self.put(sda=level)
        self.put(scl=1)
        seen = bool(self.bus.read(CONTROLLER) & SDA)
        self.put(scl=0)
        return seen

    def start(self, address, read=False):
        """Does the part acknowledge its address?"""
        self.put(sda=1)
        self.put(scl=1)
        self.put(sda=0)
        self.put(scl=0)
        return self.send(address << 1 | read)

    def stop(self):
        self.put(sda=0)
        self.put(scl=1)
        self.put(sda=1)

    def send(self, byte):
        """Does the part acknowledge the byte?"""
        for n in range(7, -1, -1):
            self.bit(byte >> n & 1)
        return not self.bit(1)

    def receive(self, last):
        byte = 0
        for _ in range(8):
            byte = byte << 1 | self.bit(1)
        self.bit(int(last))
        return byte

    def write(self, address, *data):
        """One transfer; does the part acknowledge all of it?"""
        answer = self.start(address) and all(self.send(byte) for byte in data)
        self.stop()
        return answer

    def read(self, address, count, *at):
        """Write `at`, then read after a repeated start."""
        assert not at or (self.start(address) and
                          all(self.send(byte) for byte in at))
        assert self.start(address, read=True)
        data = [self.receive(n == count - 1) for n in range(count)]
        self.stop()
        return data


@pytest.fixture
def board(bus_machine, place, tmp_path):
    """(machine, bus, wires) of the board, whose clock stands still."""
    path = tmp_path / "board.json"
    path.write_text(json.dumps(BOARD))
    path.chmod(0o644)
    made, bus = bus_machine(*place.argv(
        "qemu-system-arm", "-add_machines", path, "-M", "two-wire", "-S",
        "-display", "none", "-serial", "none", "-monitor", "none"))
    return made, bus, Wires(bus)


def temperature_set(made, value):
    made.qmp("qom-set", path="/machine/sensor", property="temperature",
             value=value)


def alert(bus):
    """The level of the sensor's line, which is active low."""
    return bus.read(GPIO + (4 << IN_ALERT)) >> IN_ALERT & 1


def write_protect(bus, level):
    bus.write(GPIO_DIR, 1 << OUT_WP)
    bus.write(GPIO + (4 << OUT_WP), level << OUT_WP)


def test_parts_answer_at_the_addresses_of_the_board_alone(board):
    _, _, wires = board
    assert [n for n in range(1, 0x80) if wires.write(n)] == [SENSOR, EEPROM]


def test_sensor_is_read_and_its_alert_drives_an_input(board):
    made, bus, wires = board
    assert wires.read(SENSOR, 2, 0) == [25, 0]
    temperature_set(made, 85500)
    assert wires.read(SENSOR, 2, 0) == [85, 0x80]
    assert alert(bus) == 0
    temperature_set(made, 74000)
    assert alert(bus) == 1


def test_page_is_written_at_once_and_polled_for(board):
    made, _, wires = board
    page = list(range(0x40, 0x60))
    assert wires.write(EEPROM, 0x01, 0x20, *page)
    assert not wires.write(EEPROM)          # the clock stands: it is busy
    made.qmp("cont")
    wait_for(lambda: wires.write(EEPROM))
    assert wires.read(EEPROM, 34, 0x01, 0x1f) == [0xff, *page, 0xff]


def test_write_protect_of_a_gpio_pin_keeps_the_contents(board):
    _, bus, wires = board
    write_protect(bus, 1)
    assert wires.write(EEPROM, 0, 0, 0x55)
    assert wires.read(EEPROM, 1, 0, 0) == [0xff]
    write_protect(bus, 0)
    assert wires.write(EEPROM, 0, 0, 0x55)
    assert not wires.write(EEPROM)


@pytest.mark.parametrize("change, text", [
    ({"bus": "i2c.none"},
     '"i2c" (versatile_i2c) has no bus "none"; it has "i2c"'),
    ({"bus": "port.i2c"}, '"port" (pl061) has no bus "i2c"; it has none'),
    ({"props": {"address": 128}},
     '"sensor" (outboard-tmp105): property address: 0x80 is out of range; '
     "use 0x1 to 0x7f"),
    ({"at": "0x20000"},
     '"sensor" (outboard-tmp105) is not on the system bus and has no regions; '
     'leave "at" out'),
])
def test_part_at_a_wrong_place_is_refused(outboard, place, tmp_path,
                                          change, text):
    wrong = copy.deepcopy(BOARD)
    wrong["parts"]["sensor"].update(change)
    path = tmp_path / "board.json"
    path.write_text(json.dumps(wrong))
    path.chmod(0o644)
    done = outboard(*place.options, "qemu-system-arm", "-add_machines", path,
                    "-M", "two-wire", "-display", "none")
    assert done.status == 1
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"outboard: {path}:1:")
    assert done.err.endswith(f": {text}\n")
