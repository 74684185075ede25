# SPDX-License-Identifier: MIT
"""Guests that ended or hung QEMU by one of its own parts: each once."""

import pytest

import probing

DMA, MAIL_WRITE, MAIL_READ, UART0 = (0xfe007000, 0xfe00b8a0, 0xfe00b880,
                                     0xfe201000)
OTG = 0xfe980000
CS, BLOCK = 0x00, 0x04
ACTIVE, END, INT, DREQ, PAUSED, RESET = 1, 2, 4, 8, 16, 1 << 31
INTEN, COPY = 1, 1 << 4 | 1 << 8
SPIN = bytes.fromhex("7f2003d5ffffff17")        # wfi, and again


@pytest.fixture
def pi(outboard, machine, tmp_path):
    """pi(options of outboard...): (machine, bus) of a Pi that idles."""
    def start(*options):
        (tmp_path / "idle.bin").write_bytes(SPIN)
        bus = probing.Bus(tmp_path)
        made = machine(
            outboard.command, *options, "qemu-system-aarch64", "-M",
            "raspi4b", "-m", "1G", "-smp", "1", "-display", "none",
            "-monitor", "none", "-serial", "null", "-d", "guest_errors",
            "-kernel", tmp_path / "idle.bin", *bus.options())
        bus.connect()
        return made, bus
    return start


def put(bus, address, *words):
    for n, word in enumerate(words):
        bus.write(address + 4 * n, word)


def pending(bus, spi):
    """Does the distributor see the interrupt?"""
    return bus.read(0xff841200 + 4 * ((32 + spi) // 32)) >> spi % 32 & 1


def alive(made):
    """The monitor answers, and QEMU ends when it is told to."""
    assert made.qmp("query-status")["running"]
    said = made.end()
    assert made.process.returncode in (0, -15), said
    return said
    return said


@pytest.mark.parametrize("isolation", [(), ("--isolate=all",)],
                         ids=["in-process", "isolated"])
def test_dma_block_that_links_to_itself_can_be_reset(pi, isolation):
    made, bus = pi(*isolation)
    put(bus, 0x1000, 0, 0, 0, 0, 0, 0x1000)
    bus.write(DMA + BLOCK, 0x1000)
    bus.write(DMA + CS, ACTIVE)
    probing.wait_for(lambda: bus.read(DMA + CS) == ACTIVE | END | DREQ)
    bus.write(DMA + CS, RESET)
    assert bus.read(DMA + CS) == DREQ | PAUSED
    alive(made)


@pytest.mark.parametrize("isolation", [(), ("--isolate=all",)],
                         ids=["in-process", "isolated"])
def test_dma_copies_and_interrupts(pi, isolation):
    made, bus = pi(*isolation)
    put(bus, 0x100000, *range(256))
    put(bus, 0x1000, INTEN | COPY, 0xc0100000, 0xc0200000, 1021, 0, 0)
    bus.write(DMA + 0x500 + BLOCK, 0xc0001000)
    bus.write(DMA + 0x500 + CS, ACTIVE)
    probing.wait_for(lambda: bus.read(DMA + 0x500 + CS) & END)
    assert bus.read(0x200000 + 1016) == 254
    assert bus.read(0x200000 + 1020) == 255
    assert bus.read(DMA + 0xfe0) == 1 << 5
    probing.wait_for(lambda: pending(bus, 85))
    alive(made)


def test_dma4_copies_from_the_devices_window(pi):
    made, bus = pi()
    put(bus, 0x1000, INTEN, 0x7e201fe0, 0x1004, 0x200000, 0x1000, 32, 0)
    bus.write(DMA + 0xb00 + BLOCK, 0x1000 >> 5)
    bus.write(DMA + 0xb00 + CS, ACTIVE)
    probing.wait_for(lambda: bus.read(DMA + 0xb00 + CS) & END)
    assert [bus.read(0x200000 + 4 * n) for n in range(4)] == [
        0x11, 0x10, 0x24, 0]
    probing.wait_for(lambda: pending(bus, 89))
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


@pytest.mark.parametrize("isolation", [(), ("--isolate=all",)],
                         ids=["in-process", "isolated"])
def test_mailbox_answers_two_parts_at_once(pi, isolation):
    made, bus = pi(*isolation)
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
    assert "no display has a depth of 4294967295 bits" in alive(made)


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
