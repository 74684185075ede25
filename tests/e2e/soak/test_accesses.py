# SPDX-License-Identifier: MIT
"""Guests may touch every register of a board in any way.

The test makes some thousands of accesses. OUTBOARD_SOAK=full (make soak) makes
300,000 in-process and as many isolated. If an access ends or hangs QEMU, the
test fails with it, except for the ends that docs/security.md names. Other
tests check that these ends still happen, so that the list shrinks.
"""

import os
import shutil
import subprocess

import pytest

import access_sweep
from access_stream import Board

from support.paths import CACHE, ROOT
from support.processes import run

FULL = os.environ.get("OUTBOARD_SOAK") == "full"
COUNT = 20000 if FULL else 1000
SEED = os.environ.get("OUTBOARD_SEED", "2026")

SOURCES = {
    "m68k-bare": (["m68k-linux-gnu-gcc", "-m68040", "-Wl,-Ttext=0x1000"], """
        .globl _start
_start: move.l  #'u', 0xff008000
        move.l  #'p', 0xff008000
1:      addq.l  #1, 0x800
        move.l  0xff006000, %d0
        bra.s   1b
"""),
    "first": (["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb",
               "-Wl,-Ttext=0"], """
        .syntax unified
        .globl _start
        .thumb
_start: .word   0, go + 1
        .thumb_func
go:     ldr     r1, =0x40000000
1:      ldr     r0, [r1]
        str     r0, [r1, #4]
        b       1b
"""),
    # A fault, and no handler for it.
    "lockup": (["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb",
                "-Wl,-Ttext=0"], """
        .syntax unified
        .globl _start
        .thumb
_start: .word   0, go + 1, 0, 0
        .thumb_func
go:     udf     #0
"""),
}
KNOWN = {"raspi-pico": ["lockup"], "first": ["lockup"],
         "acme-devkit": ["lockup"], "acme-devkit-c": ["lockup"]}


@pytest.fixture(scope="session")
def examples(outboard, tmp_path_factory):
    """A folder for OUTBOARD_PATH with the example's modules and boards."""
    folder = tmp_path_factory.mktemp("examples")
    folder.chmod(0o755)
    subprocess.run(["cc", "-shared", "-fPIC", ROOT / "examples/first/first.c",
                    "-o", folder / "first.so",
                    f"-I{outboard.stage / 'include'}"], check=True)
    for path in [ROOT / "examples/first/first-board.json",
                 *(ROOT / "examples/peer").glob("*.*")]:
        shutil.copy(path, folder)
    for path in folder.iterdir():
        path.chmod(0o755 if path.suffix == ".py" else 0o644)
    return folder


@pytest.fixture(scope="session")
def firmware(tmp_path_factory):
    """firmware(board): an ELF file of a few instructions that runs."""
    folder = tmp_path_factory.mktemp("firmware")

    def make(board):
        compiler, source = SOURCES[board]
        path = folder / f"{board}.elf"
        if not path.exists():
            subprocess.run(
                [*compiler, "-nostdlib", "-static", "-x", "assembler",
                 "-Wl,--build-id=none", "-", "-o", path],
                input=source, text=True, check=True)
        return path
    return make


@pytest.fixture
def board(request, acme, examples, firmware):
    rpi, pico, riscv = CACHE / "rpi4", CACHE / "pico", CACHE / "riscv64"
    own = ["-add_modinfo", acme / "acme.json"]
    return {
        "raspi4b": lambda: Board(
            "raspi4b", "aarch64", 0x20000000,
            ["-m", "1G", "-kernel", rpi / "u-boot.bin", "-dtb",
             rpi / "bcm2711-rpi-4-b.dtb"], b"RPI 4 Model B"),
        "raspi-pico": lambda: Board(
            "raspi-pico", "arm", 0x20030000,
            ["-kernel", pico / "board.elf"], b"ready"),
        "rv64": lambda: Board(
            "rv64", "riscv64", 0xa0000000,
            ["-smp", "2", "-m", "1G", "-kernel", riscv / "u-boot.bin"],
            b"U-Boot 20"),
        "m68k-bare": lambda: Board(
            "m68k-bare", "m68k", 0x800000,
            ["-kernel", firmware("m68k-bare")], b"up"),
        "acme-devkit": lambda: Board(
            "acme-devkit", "arm", 0x20020000,
            ["-kernel", acme / "firmware.elf"], b"ACME DevKit", own),
        "acme-devkit-c": lambda: Board(
            "acme-devkit-c", "arm", 0x20020000,
            ["-kernel", acme / "firmware.elf"], b"ACME DevKit", own),
        "first": lambda: Board(
            "first", "arm", 0, ["-kernel", firmware("first")], b"",
            ["-add_machines", f"{examples / 'first.so'},"
             f"{examples / 'first-board.json'}"]),
        "py-adder-board": lambda: Board(
            "py-adder-board", "arm", 0x20000000, [], b"",
            ["-add_modinfo", examples / "py-adder.json", "-add_machines",
             examples / "adder-board.json"], seldom=10),
    }[request.param]()


def told(found):
    return "\n".join(
        f"{one['board']}: {one['region']}+{one['offset']:#x}: {one['line']}: "
        f"{one['how']}\n  alone: {one['few'] and one['few'][-8:]}\n  "
        f"{one['said'][-600:]}" for one in found)


@pytest.mark.limit(3000)
@pytest.mark.parametrize("board", [
    "raspi4b", "raspi-pico", "rv64", "m68k-bare", "acme-devkit",
    "acme-devkit-c", "first", "py-adder-board"], indirect=True)
def test_accesses_leave_the_machine(place, qemu, board):
    known = KNOWN.get(board.name, [])
    if board.name == "rv64" and qemu.version < (8, 0):
        known = ["power-off"]
    sweep = access_sweep.Sweep(board, place.argv(*board.argv()), SEED, known)
    sweep.run(COUNT // board.seldom)
    print(f"{board.name} {place.name}: {sweep.count} accesses, "
          f"{len(sweep.found)} ends, {sweep.known_ends} known ones")
    assert not sweep.found, told(sweep.found)
    assert sweep.count >= COUNT // board.seldom, "too many known ends"


@pytest.mark.parametrize("known", sorted(access_sweep.KNOWN))
def test_known_end_is_in_the_documentation(known):
    text = (ROOT / "docs" / "security.md").read_text()
    assert f"| {access_sweep.KNOWN[known].title} |" in text


def test_known_lockup_still_ends_qemu(outboard, examples, firmware):
    done = outboard(
        "qemu-system-arm", "-add_machines",
        f"{examples / 'first.so'},{examples / 'first-board.json'}", "-M",
        "first", "-kernel", firmware("lockup"), "-display", "none",
        "-serial", "none", "-monitor", "none")
    assert done.status == -6
    assert "Lockup" in done.err


@pytest.mark.qemus("bookworm", reason="QEMU 7.2 alone has it")
def test_known_power_off_still_ends_qemu(outboard):
    done = run([outboard.command, "qemu-system-riscv64", "-M", "rv64", "-S",
                "-no-shutdown", "-display", "none", "-serial", "none",
                "-monitor", "none", "-qtest", "stdio", "-qtest-log", "none"],
               stdin="writel 0x100000 0x73333\n")
    assert done.status == 7
