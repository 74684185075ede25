# SPDX-License-Identifier: MIT
"""Parts on q35's SMBus, read and written by Linux's own drivers."""

import subprocess

import pytest

from support.module_maker import Maker
from support.pc_guest import Guest
from support.staged import PLACES, Place

BUS = "/sys/bus/i2c/devices/i2c-0"
SENSOR = "/sys/bus/i2c/devices/0-0048/hwmon/hwmon*"
EEPROM = "/sys/bus/i2c/devices/0-0058/eeprom"
BLOCK = 100             # bytes: more than three pages, and no whole ones


class Board(Guest):
    """The guest, after its drivers found the parts."""

    def drivers_start(self):
        assert "not loaded" not in self.ready()
        self.run(f"echo tmp105 0x48 > {BUS}/new_device")
        self.run(f"echo 24c32 0x58 > {BUS}/new_device")

    def temperature_set(self, value):
        self.machine.qmp("qom-set", path="/machine/peripheral/t",
                         property="temperature", value=value)

    def sensor(self, name):
        """A number that lm75 shows."""
        return int(self.run(f"cat {SENSOR}/{name}"))

    def sensor_set(self, name, value):
        self.run(f"echo {value} > $(echo {SENSOR}/{name})")

    def store(self, block, data):
        """Write a block of BLOCK bytes into the EEPROM, by at24."""
        text = "".join(f"\\{byte:03o}" for byte in data)
        self.run(f"printf '{text}' | dd of={EEPROM} bs={BLOCK} seek={block} "
                 "conv=notrunc 2>/dev/null")

    def load(self, block):
        """Read such a block."""
        return bytes.fromhex(self.run(
            f"dd if={EEPROM} bs={BLOCK} skip={block} count=1 2>/dev/null | "
            "od -An -v -tx1"))


@pytest.fixture(scope="module", params=PLACES)
def board(request, outboard, tmp_path_factory):
    """One guest in each place, for all tests: each sets what it needs.

    The EEPROM has no write cycles: QEMU's controller stays busy if a part does
    not acknowledge a block write. QEMU's own EEPROMs are at 0x50 to 0x57.
    """
    disk = tmp_path_factory.mktemp("disk") / "snapshots.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"],
                   check=True)
    place = Place(request.param, outboard, *PLACES[request.param])
    made = Board(place, "-device", "outboard-tmp105,id=t", "-device",
                 "outboard-at24c,id=e,address=0x58,write-time-us=0", "-drive",
                 f"if=none,format=qcow2,file={disk}")
    try:
        made.drivers_start()
        made.first = made.sensor("temp1_input")
        yield made
    finally:
        out = made.end()
    assert "outboard" not in out


def pattern(seed):
    return bytes((seed + 7 * n) & 0xff for n in range(BLOCK))


def test_lm75_reads_the_default_temperature(board):
    assert board.first == 25000


# 128 degrees have no code; the step of 12 bits is a sixteenth of a degree.
@pytest.mark.parametrize("value, shown", [
    (-12500, -12500), (127000, 127000), (128000, 127937), (-55000, -55000),
    (62, 62), (0, 0)])
def test_lm75_reads_the_temperature_that_was_set(board, value, shown):
    board.temperature_set(value)
    assert board.sensor("temp1_input") == shown


def test_lm75_writes_limits_that_the_part_keeps(board):
    board.sensor_set("temp1_max", 60500)
    board.sensor_set("temp1_max_hyst", -40000)
    # The driver's copies of the registers end with it.
    board.run(f"echo 0x48 > {BUS}/delete_device")
    board.run(f"echo tmp105 0x48 > {BUS}/new_device")
    assert board.sensor("temp1_max") == 60500
    assert board.sensor("temp1_max_hyst") == -40000


def test_at24_reads_what_it_wrote_over_several_pages(board):
    board.store(1, pattern(1))
    board.store(2, pattern(2))
    assert board.load(1) == pattern(1)
    assert board.load(2) == pattern(2)


def test_at24_reads_ones_from_a_new_part(board):
    assert board.load(39) == b"\xff" * BLOCK


def test_driver_finds_no_part_at_another_address(board):
    board.run(f"echo tmp105 0x49 > {BUS}/new_device")
    assert board.run("test -e /sys/bus/i2c/devices/0-0049/hwmon || echo no"
                     ) == "no"
    board.run(f"echo 0x49 > {BUS}/delete_device")


@pytest.mark.slow
def test_reset_keeps_contents_and_resets_limits(board):
    board.store(3, pattern(3))
    board.temperature_set(31000)
    board.sensor_set("temp1_max", 60000)
    board.machine.qmp("system_reset")
    board.drivers_start()
    assert board.load(3) == pattern(3)
    assert board.sensor("temp1_input") == 31000
    assert board.sensor("temp1_max") == 80000


def test_snapshot_brings_back_registers_and_contents(board):
    board.store(4, pattern(4))
    board.temperature_set(-1000)
    board.sensor_set("temp1_max", 50000)
    assert board.machine.hmp("savevm here") == ""
    board.store(4, pattern(5))
    board.sensor_set("temp1_max", 70000)
    assert board.machine.hmp("loadvm here") == ""
    assert board.load(4) == pattern(4)
    assert board.sensor("temp1_input") == -1000
    board.run(f"echo 0x48 > {BUS}/delete_device")
    board.run(f"echo tmp105 0x48 > {BUS}/new_device")
    assert board.sensor("temp1_max") == 50000


# --- refusals ----------------------------------------------------------------

PART = """
#include <outboard/ext/draft/i2c-target.h>
#include <outboard/outboard.h>
struct part { uint32_t byte; };
static int32_t part_write(struct ob_dev *dev, uint32_t byte)
{ return OB_OK; }
static const struct ob_i2c_target target = {
    .size = sizeof(target), .address = 0x20, .on_write = part_write,
};
static const struct ob_extension extensions[] = {
    OB_EXT(OB_I2C_TARGET, target, OB_EXT_NEEDED),
};
OB_DEVICE(part, NAME "-uart", struct part, "says nothing of its bus",
          .extensions = OB_ARRAY(extensions));
OB_MODULE(NAME, "1", "MIT", &part);
"""


@pytest.fixture
def start(outboard, place):
    """start(arguments...): a PC that is not to start; what it says."""
    def run(*arguments):
        done = outboard(*place.options, "qemu-system-x86_64", "-M", "q35",
                        "-nodefaults", "-display", "none", *arguments)
        assert done.status == 1, done
        assert done.err.count("\n") == 1, done.err
        return done.err
    return run


def test_type_whose_modinfo_says_another_bus_is_refused(outboard, start,
                                                        tmp_path):
    tmp_path.chmod(0o755)
    maker = Maker(outboard.stage, tmp_path)
    maker.compile("acme", PART)
    path = maker.modinfo("acme")
    err = start("-add_modinfo", path, "-device", "acme-uart")
    assert err == (
        f'outboard: {path}: type "acme-uart" is on the i2c bus, and its '
        "modinfo says system; write its modinfo again ('outboard modinfo')\n")


@pytest.mark.parametrize("options, text", [
    ("address=0x80",
     "property address: 0x80 is out of range; use 0x1 to 0x7f"),
    ("address=0", "property address: 0x0 is out of range; use 0x1 to 0x7f"),
    ("address=256", "Parameter 'address' expects uint8_t"),
    ("bus=smbus", "Bus 'smbus' not found"),
    ("bus=pcie.0", "Device 'outboard-tmp105' can't go on PCIE bus"),
    ("temperature=128001",
     "outboard-tmp105 outboard-tmp105: property temperature: 128001 is out "
     "of range; use -55000 to 128000"),
])
def test_wrong_address_bus_or_value_is_refused(start, options, text):
    err = start("-device", f"outboard-tmp105,{options}")
    assert err == (f"qemu-system-x86_64: -device outboard-tmp105,{options}: "
                   f"{text}\n")


@pytest.mark.places("in-process")
def test_machine_without_an_i2c_bus_is_refused(start):
    err = start("-M", "none", "-device", "outboard-at24c")
    assert "No 'i2c-bus' bus found for device 'outboard-at24c'\n" in err


@pytest.mark.places("in-process")
def test_device_help_shows_the_parts_and_their_bus(place, outboard):
    done = outboard(*place.options, "qemu-system-x86_64", "-device", "help")
    assert done.status == 0
    assert ('name "outboard-tmp105", bus i2c-bus, desc "Temperature sensor '
            '(TMP105)"\n') in done.out
    assert ('name "outboard-at24c", bus i2c-bus, desc "Serial EEPROM (24C '
            'family)"\n') in done.out
