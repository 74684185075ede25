# SPDX-License-Identifier: MIT
"""Guests that once ended or hung QEMU by a part of a board."""

import socket

import pytest

from support.processes import LIMIT_S, wait_for

DMA, MAIL_WRITE, MAIL_READ, UART0 = (0xfe007000, 0xfe00b8a0, 0xfe00b880,
                                     0xfe201000)
OTG = 0xfe980000
PIC, TTY = 0xff000000, 0xff008000
CS, BLOCK = 0x00, 0x04
ACTIVE, END, INT, DREQ, PAUSED, RESET = 1, 2, 4, 8, 16, 1 << 31
INTEN, COPY = 1, 1 << 4 | 1 << 8
READY, CMD, PTR, LEN = TTY + 0x04, TTY + 0x08, TTY + 0x10, TTY + 0x14
INT_ENABLE, WRITE_BUFFER, READ_BUFFER = 1, 2, 3
SPIN = bytes.fromhex("7f2003d5ffffff17")        # wfi, and again


@pytest.fixture
def pi(place, bus_machine, tmp_path):
    """pi(cpus=): (machine, bus) of a Pi that idles."""
    def start(cpus=1):
        (tmp_path / "idle.bin").write_bytes(SPIN)
        return bus_machine(*place.argv(
            "qemu-system-aarch64", "-M", "raspi4b", "-m", "1G", "-smp", cpus,
            "-display", "none", "-monitor", "none", "-serial", "null", "-d",
            "guest_errors", "-kernel", tmp_path / "idle.bin"))
    return start


def put(bus, address, *words):
    for n, word in enumerate(words):
        bus.write(address + 4 * n, word)


def pending(bus, spi):
    """Does the distributor see the interrupt?"""
    return bus.read(0xff841200 + 4 * ((32 + spi) // 32)) >> spi % 32 & 1


def alive(made):
    """The monitor answers, and QEMU ends on request."""
    assert made.qmp("query-status")["running"]
    said = made.end()
    assert made.process.returncode in (0, -15), said
    return said


@pytest.fixture
def m68k(place, bus_machine, tmp_path):
    """m68k(serial, memory, ...): (machine, bus) of a board that idles."""
    def start(serial, memory, *more):
        (tmp_path / "idle.bin").write_bytes(bytes([0x60, 0xfe]))
        return bus_machine(*place.argv(
            "qemu-system-m68k", "-M", "m68k-bare", "-m", memory, "-display",
            "none", "-monitor", "none", "-serial", serial, "-d",
            "guest_errors", "-kernel", tmp_path / "idle.bin", *more))
    return start


def test_dma_block_that_links_to_itself_can_be_reset(pi):
    made, bus = pi()
    put(bus, 0x1000, 0, 0, 0, 0, 0, 0x1000)
    bus.write(DMA + BLOCK, 0x1000)
    bus.write(DMA + CS, ACTIVE)
    wait_for(lambda: bus.read(DMA + CS) == ACTIVE | END | DREQ)
    bus.write(DMA + CS, RESET)
    assert bus.read(DMA + CS) == DREQ | PAUSED
    alive(made)


def test_dma_copies_and_interrupts(pi):
    made, bus = pi()
    put(bus, 0x100000, *range(256))
    put(bus, 0x1000, INTEN | COPY, 0xc0100000, 0xc0200000, 1021, 0, 0)
    bus.write(DMA + 0x500 + BLOCK, 0xc0001000)
    bus.write(DMA + 0x500 + CS, ACTIVE)
    wait_for(lambda: bus.read(DMA + 0x500 + CS) & END)
    assert bus.read(0x200000 + 1016) == 254
    assert bus.read(0x200000 + 1020) == 255
    assert bus.read(DMA + 0xfe0) == 1 << 5
    wait_for(lambda: pending(bus, 85))
    alive(made)


def test_dma4_copies_from_the_devices_window(pi):
    made, bus = pi()
    put(bus, 0x1000, INTEN, 0x7e201fe0, 0x1004, 0x200000, 0x1000, 32, 0)
    bus.write(DMA + 0xb00 + BLOCK, 0x1000 >> 5)
    bus.write(DMA + 0xb00 + CS, ACTIVE)
    wait_for(lambda: bus.read(DMA + 0xb00 + CS) & END)
    assert [bus.read(0x200000 + 4 * n) for n in range(4)] == [
        0x11, 0x10, 0x24, 0]
    wait_for(lambda: pending(bus, 89))
    alive(made)


def message(bus, *words):
    """Send a message of the property channel; its code afterwards."""
    put(bus, 0x2000, *words)
    bus.write(MAIL_WRITE, 0x2008)
    assert bus.read(MAIL_READ) == 0x2008
    return bus.read(0x2004)


def test_mailbox_tag_past_its_message_is_refused(pi):
    made, bus = pi()
    assert message(bus, 0x20, 0, 1, 0xfffffff4, 0, 0, 0) == 0x80000001
    assert "the message at 0x2000: a tag's value passes its end" in alive(made)


def test_mailbox_palette_past_its_end_is_refused(pi):
    made, bus = pi()
    assert message(bus, 0x40, 0, 0x4800b, 16, 0, 0, 0xffffffff) == 0x80000000
    assert bus.read(0x2014) == 1
    assert message(bus, 0x40, 0, 0x4800b, 16, 0, 1, 2, 3, 4) == 0x80000000
    assert bus.read(0x2014) == 0
    assert bus.read(0x3c000000 + 4 * 2) == 4
    assert bus.read(0x3c000000 + 4 * 3) == 0
    alive(made)


def test_mailbox_answers_two_parts_at_once(pi):
    made, bus = pi()
    assert message(bus, 0x44, 0, 0x10002, 4, 0, 0, 0x10004, 8, 0, 0, 0,
                   0x30006, 8, 0, 0, 0) == 0x80000000
    assert bus.read(0x2014) == 0xa03115
    assert bus.read(0x2024) == 0xc0dec0de
    assert bus.read(0x203c) == 25000
    alive(made)


def test_framebuffer_message_with_any_sizes(pi):
    made, bus = pi()
    put(bus, 0x3000, *[0xffffffff] * 10)
    bus.write(MAIL_WRITE, 0x3001)
    assert bus.read(MAIL_READ) == 1
    assert bus.read(MAIL_READ) == 0xf       # empty: one answer, not eight
    assert bus.read(0x3010) == 3840 * 2
    assert "a display cannot have a depth of 4294967295 bits" in alive(made)


def test_usb_bytes_are_refused(pi):
    made, bus = pi()
    for offset in (0x0fd, 0x101, 0x3fe, 0xe01, 0xfff):
        assert bus.read(OTG + offset, "b") == 0
        bus.write(OTG + offset, 1, "b")
    assert bus.read(OTG + 0x40) == 0x4f54294a
    alive(made)


def test_uart_divisor_of_zero(pi):
    made, bus = pi()
    bus.write(UART0 + 0x24, 0x40000000)
    assert bus.read(UART0 + 0x24) == 0
    alive(made)


def test_dma4_does_not_reach_the_interrupt_controller(pi):
    """It looks at which processor asks; on a timer none does."""
    made, bus = pi(cpus=4)
    put(bus, 0x1000, INTEN, 0x7f841000, 0x1004, 0x200000, 0x1000, 4, 0)
    bus.write(DMA + 0xb00 + BLOCK, 0x1000 >> 5)
    bus.write(DMA + 0xb00 + CS, ACTIVE)
    wait_for(lambda: bus.read(DMA + 0xb0c) & 4)
    assert "channel 11: reading 0x47f841000 fails" in alive(made)


def test_goldfish_length_above_2_gib_ends_where_memory_does(m68k,
                                                            tmp_path):
    out, log = tmp_path / "serial", tmp_path / "log"
    log.touch()
    log.chmod(0o666)                    # QEMU may be another user
    made, bus = m68k(f"file:{out}", "1M", "-D", log)
    bus.write(LEN, 0xe0, "b")
    bus.write(CMD, WRITE_BUFFER)
    wait_for(lambda: "0x100000 fails; 3757047808 bytes are not sent"
             in log.read_text())
    assert out.stat().st_size == 1 << 20
    alive(made)


def test_goldfish_long_buffer_leaves_the_machine_alive(m68k):
    made, bus = m68k("null", "1G")
    bus.write(LEN, 1 << 30)
    bus.write(CMD, WRITE_BUFFER)
    made.qmp("query-status")
    bus.write(CMD, WRITE_BUFFER)
    made.qmp("system_reset")
    made.qmp("query-status")
    assert "of the buffer before are not sent yet; ignored" in alive(made)


def test_goldfish_buffer_among_registers_is_refused(m68k, tmp_path):
    out = tmp_path / "serial"
    made, bus = m68k(f"file:{out}", "1M")
    bus.write(PTR, PIC)
    bus.write(LEN, 4)
    bus.write(CMD, WRITE_BUFFER)
    assert "WRITE_BUFFER: reading memory at 0xff000000 fails" in alive(made)
    assert out.read_bytes() == b""


def test_goldfish_receives_and_interrupts(m68k, tmp_path):
    path = tmp_path / "line"
    made, bus = m68k(f"unix:{path},server=on,wait=off", "1M")
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(LIMIT_S)
    line.connect(str(path))
    line.sendall(bytes(range(200)))
    wait_for(lambda: bus.read(READY) == 128)
    bus.write(PIC + 0x10, 1)
    assert bus.read(PIC) == 0
    bus.write(CMD, INT_ENABLE)
    assert bus.read(PIC) == 1
    bus.write(PTR, 0x2000)
    bus.write(LEN, 128)
    bus.write(CMD, READ_BUFFER)
    wait_for(lambda: bus.read(READY) == 72)
    bus.write(PTR, 0x2080)
    bus.write(CMD, READ_BUFFER)
    assert bus.read(PIC) == 0
    assert bus.read(0x2000) == 0x00010203
    assert bus.read(0x20c4) == 0xc4c5c6c7
    bus.write(TTY, 0x21)
    assert line.recv(1) == b"!"
    line.close()
    alive(made)
