# SPDX-License-Identifier: MIT
"""The RP2040's registers against the chip's description in Debian's Pico SDK.

The SDK's headers say for each field whether a write changes it. They are read
as facts where scripts/pico-assets.sh puts them; nothing of them is kept here.
"""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("OUTBOARD_CACHE", pathlib.Path(
    os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) /
    "outboard"))
HEADERS = CACHE / "debian/pico-sdk/usr/src/pico-sdk/src/rp2040" / \
    "hardware_regs/include/hardware/regs"
RW, RO, W1C, W1S, RC, WO = range(6)
UNIMPLEMENTED = 1

# (type, region): the header of the block.
BLOCKS = {
    ("rp2040-clocks", "regs"): "clocks",
    ("rp2040-dma", "regs"): "dma",
    ("rp2040-io-bank0", "regs"): "io_bank0",
    ("rp2040-pads", "regs"): "pads_bank0",
    ("rp2040-pll", "regs"): "pll",
    ("rp2040-pwm", "regs"): "pwm",
    ("rp2040-resets", "regs"): "resets",
    ("rp2040-rosc", "regs"): "rosc",
    ("rp2040-rtc", "regs"): "rtc",
    ("rp2040-sio", "regs"): "sio",
    ("rp2040-system", "sysinfo"): "sysinfo",
    ("rp2040-system", "syscfg"): "syscfg",
    ("rp2040-system", "psm"): "psm",
    ("rp2040-system", "vreg"): "vreg_and_chip_reset",
    ("rp2040-system", "tbman"): "tbman",
    ("rp2040-timer", "regs"): "timer",
    ("rp2040-watchdog", "regs"): "watchdog",
    ("rp2040-xosc", "regs"): "xosc",
}
# What a write may do to a bit that the header calls ...: ours, as declared.
MAY_BE = {"RO": {RO, W1C, None}, "RF": {RO, RC}, "WC": {W1C},
          "RW": {RW, WO}, "WO": {RW, WO}, "WF": {RW, WO}, "SC": {RW, WO}}
# Channels that the DMA does not have have bits in the header.
ABSENT = {("dma", offset): 0xf000 for offset in (
    0x400, 0x404, 0x408, 0x40c, 0x414, 0x418, 0x41c)}
# The header names no fields of an alias of CTRL. Ours has those of CTRL_TRIG:
# bits 24 to 31 are BUSY, which is read-only, the errors, and reserved ones.
ABSENT.update({("dma", 0x40 * channel + alias): 0xff000000
               for channel in range(12) for alias in (0x10, 0x20, 0x30)})


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """(type, region): offset: (name, flags, reset, access of each bit)."""
    program = tmp_path_factory.mktemp("registers") / "registers"
    sources = sorted((ROOT / "models").glob("*/rp2040-*.c"))
    subprocess.run(["cc", f"-I{ROOT / 'include'}",
                    f"-I{ROOT / 'models'}",
                    ROOT / "tests/models/registers.c", *sources,
                    "-o", program], check=True)
    found = {}
    for line in subprocess.run([program], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines():
        kind, region, name, offset, flags, reset, *fields = line.split()
        bits = {}
        for lsb, count, access in (map(int, f.split(":")) for f in fields):
            bits.update(dict.fromkeys(range(lsb, lsb + count), access))
        found.setdefault((kind, region), {})[int(offset, 16)] = (
            name, int(flags), int(reset, 16), bits)
    return found


def chip(header):
    """offset: (name, {bit: access}) as the header says."""
    text = (HEADERS / f"{header}.h").read_text()
    numbers = {name: int(value, 16) for name, value in re.findall(
        r"#define (\w+)\s+_u\((0x[0-9a-fA-F]+)\)", text)}
    names = [name[:-7] for name in numbers if name.endswith("_OFFSET")]
    found = {name: {} for name in names}
    for field, access in re.findall(r'#define (\w+)_ACCESS\s+"(\w+)"', text):
        owner = max((name for name in names
                     if field == name or field.startswith(name + "_")),
                    key=len)
        mask = numbers[field + "_BITS"]
        found[owner].update((bit, access) for bit in range(32)
                            if mask >> bit & 1)
    return {numbers[name + "_OFFSET"]: (name, bits)
            for name, bits in found.items()}


@pytest.mark.parametrize("block", sorted(BLOCKS), ids="-".join)
def test_bit_that_the_chip_protects_is_not_stored(ours, block):
    assert HEADERS.is_dir(), "run scripts/pico-assets.sh"
    header, wrong = BLOCKS[block], []
    for offset, (name, bits) in chip(header).items():
        _, flags, _, mine = ours[block].get(offset, (None, UNIMPLEMENTED,
                                                     0, {}))
        if flags & UNIMPLEMENTED:
            continue
        wrong += [f"{name} bit {bit}: {access}, ours {mine.get(bit)}"
                  for bit, access in bits.items()
                  if mine.get(bit) not in MAY_BE[access]
                  and not ABSENT.get((header, offset), 0) >> bit & 1]
    assert not wrong, "\n".join(wrong)
