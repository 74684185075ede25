# SPDX-License-Identifier: MIT
"""The Raspberry Pi Pico: the Pico SDK's own programs, and one of ours."""

import re
import subprocess

import pytest

from support.paths import CACHE, ROOT
from support.qemus import one_qemu_isolated

FIRMWARE = CACHE / "pico"
ROM = ROOT / "models" / "rom"
SIO_IN, SIO_OE = 0xd0000004, 0xd0000020
LED = 1 << 25


in_process = pytest.mark.places("in-process")


@pytest.fixture
def pico(place):
    """pico(program, arguments...): the command that runs it, in each place."""
    def command(program, *more):
        path = FIRMWARE / f"{program}.elf"
        assert path.exists(), "run scripts/pico-assets.sh"
        return place.argv("qemu-system-arm", "-M", "raspi-pico", "-kernel",
                          path, "-display", "none", *more)
    return command


@pytest.fixture
def spawn(terminal):
    """spawn(argv): the board on a terminal, ended by its pid."""
    return lambda argv: terminal(argv, encoding="ascii", echo=False)


@pytest.fixture
def board(pico, spawn):
    """Our program, ready, UART0 on the terminal."""
    child = spawn(pico("board", "-serial", "stdio", "-monitor", "none"))
    child.expect(r"ready[\r\n]")
    return child


def test_pico_is_listed(outboard):
    listed = outboard("qemu-system-arm", "-M", "help").out
    assert re.search(r"^raspi-pico +Raspberry Pi Pico \(RP2040", listed, re.M)


@in_process
def test_pico_waits_for_resets_by_reading_memory(pico, machine):
    made = machine(*pico("board", "-serial", "null", "-monitor", "none",
                         "-S"))
    flat = made.hmp("info mtree -f")
    for part in ("resets.regs", "chip.sysinfo", "chip.tbman"):
        assert re.search(rf"romd\): {part}", flat), flat
    made.qmp("cont")


# A program that returns from main ends in the SDK's breakpoint, which without
# a debugger locks the processor up: QEMU ends, as with its own boards.
@pytest.mark.parametrize("program, last", [
    ("sem", "semaphore test: Success"),
    ("cmsis", "PASSED"),
    ("irq", "IRQ Handler test: Success"),
    ("pwm", "PWM SDK Test harness: Success"),
])
def test_sdk_program_says_it_passes(pico, spawn, program, last):
    child = spawn(pico(program, "-serial", "stdio", "-monitor", "none"))
    child.expect([re.escape(last) + r"[\r\n]", "qemu: fatal"])
    assert child.after.startswith(last), child.before
    assert "ailed" not in child.before, child.before


@one_qemu_isolated
def test_sdk_stdlib_counts_bits_by_the_rom(pico, spawn):
    child = spawn(pico("stdlib", "-serial", "stdio", "-monitor", "none"))
    child.expect(r"Hello world 2[\r\n]")
    child.expect(r"Count is (-?\d+)[\r\n]")
    assert child.match.group(1) == "1475508680"
    child.expect("DONE|FAILED")
    assert child.after == "DONE"


@one_qemu_isolated
def test_clocks_are_what_the_program_set(pico, spawn):
    child = spawn(pico("board", "-serial", "stdio", "-monitor", "none"))
    child.expect(r"clk_sys (\d+) Hz, measured (\d+) kHz")
    assert child.match.groups() == ("125000000", "125000")


@in_process
def test_typed_characters_come_back(board):
    for char in "aZ5":
        board.send(char)
        board.expect(r"\[(.)\] after \d+ blinks")
        assert board.match.group(1) == char


@in_process
def test_divider_serves_the_program(board):
    board.send("d")
    board.expect(r"-1000 / 7 = (-?\d+) rest (-?\d+)")
    assert board.match.groups() == ("-142", "-6")


@in_process
def test_floating_point_is_the_compilers(board):
    board.send("f")
    board.expect(r"22 / 7 = (\S+)[\r\n]")
    assert board.match.group(1) == "3.1429"


@in_process
def test_led_blinks_and_its_pin_interrupts(board):
    seen = set()
    for _ in range(100):
        board.send("x")
        board.expect(r"after (\d+) blinks, (\d+) rises")
        blinks, rises = map(int, board.match.groups())
        assert abs(2 * rises - blinks) <= 2
        seen.add(blinks)
        if max(seen) > 10:
            break
    assert len(seen) > 1


def word(machine, address):
    text = machine.hmp(f"xp/1xw {address:#x}")
    return int(text.split(": ")[1], 16)


def led_levels(machine):
    """The levels that the LED is seen at, until both were or none comes."""
    levels = set()
    for _ in range(20000):
        if word(machine, SIO_OE) & LED:
            levels.add(word(machine, SIO_IN) & LED)
        if len(levels) == 2:
            break
    return levels


@one_qemu_isolated
def test_led_is_seen_from_outside(pico, machine):
    started = machine(*pico("board", "-serial", "null", "-monitor", "none"))
    assert led_levels(started) == {0, LED}


def test_snapshot_goes_on_blinking(pico, machine, disk):
    argv = pico("board", "-serial", "null", "-monitor", "none", *disk)
    started = machine(*argv)
    assert led_levels(started) == {0, LED}
    assert started.hmp("savevm one") == ""
    started.end()
    again = machine(*argv, "-S", "-loadvm", "one")
    assert word(again, SIO_OE) & LED
    again.qmp("cont")
    assert led_levels(again) == {0, LED}


@in_process
def test_watchdog_resets_and_is_remembered(board):
    board.send("w")
    board.expect(r"clk_sys 125000000 Hz")
    board.expect(r"the watchdog bit, scratch (\w+)[\r\n]")
    assert board.match.group(1) == "1234"
    board.expect(r"ready[\r\n]")


@one_qemu_isolated
def test_reset_forgets_and_starts_again(pico, machine, tmp_path):
    log = tmp_path / "serial"
    started = machine(*pico("board", "-serial", f"file:{log}", "-monitor",
                            "none"))
    for times in (1, 2):
        for _ in range(20000):
            started.qmp("query-status")
            if log.read_text().count("ready") == times:
                break
        assert log.read_text().count("ready") == times
        started.qmp("system_reset")
    assert "watchdog" not in log.read_text()


@pytest.mark.qemus("bookworm", reason="assembles, runs no QEMU")
def test_boot_rom_is_its_source(tmp_path):
    made = tmp_path / "rom.o"
    subprocess.run(["arm-none-eabi-gcc", "-c", ROM / "rp2040-bootrom.S",
                    "-o", made], check=True)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", made,
                    tmp_path / "rom"], check=True)
    text = (ROM / "rp2040-bootrom.c").read_text()
    array = re.search(r"code\[\] = \{(.*?)\};", text, re.S).group(1)
    halves = [int(half, 16) for half in re.findall(r"0x\w+", array)]
    kept = b"".join(half.to_bytes(2, "little") for half in halves)
    assert kept == (tmp_path / "rom").read_bytes()
