# SPDX-License-Identifier: MIT
"""What boards load, and how they refuse to: one line, exit status 1."""

import gzip
import json
import struct

import pytest

from support.processes import wait_for

CORTEX_M = {
    "outboard": 1, "board": "small", "title": "Small", "arch": ["arm"],
    "memory": {
        "flash": {"at": "0x08000000", "size": "64 KiB", "kind": "rom"},
        "sram": {"at": "0x20000000", "size": "16 KiB"}},
    "parts": {
        "cpu": {"type": "armv7m",
                "props": {"cpu-type": "cortex-m3-arm-cpu", "num-irq": 32},
                "clocks": {"cpuclk": "8 MHz"}}},
    "boot": {"kind": "cortex-m", "cpu": "cpu", "load": "flash"}}

BARE = {
    "outboard": 1, "board": "bare", "title": "Bare", "arch": ["arm"],
    "memory": {"sram": {"at": "0x0", "size": "16 KiB"}},
    "parts": {"cpu": {"type": "cortex-a15-arm-cpu"}}}

# A vector table, and at 8: movs r0, #42; b .
PROGRAM = struct.pack("<II", 0x20004000, 0x08000009) + b"\x2a\x20\xfe\xe7"


@pytest.fixture
def run(outboard, tmp_path):
    """run(board, arguments...): Result of a board on QEMU for ARM."""
    def go(board, *arguments):
        path = tmp_path / "board.json"
        path.write_text(json.dumps(board))
        path.chmod(0o644)
        return outboard("qemu-system-arm", "-add_machines", path, "-M",
                        board["board"], "-display", "none", "-serial",
                        "none", "-monitor", "none", "-S", *arguments)
    return go


def pi(outboard, *arguments):
    return outboard("qemu-system-aarch64", "-M", "raspi4b", "-display",
                    "none", "-serial", "none", "-monitor", "none", "-S",
                    *arguments)


def refused(done, text):
    assert done.status == 1
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("outboard: ")
    assert text in lines[0]


def a_file(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def test_raw_binary_starts_at_its_vectors(outboard, machine, tmp_path):
    board = a_file(tmp_path, "board.json", json.dumps(CORTEX_M).encode())
    board.chmod(0o644)
    made = machine(outboard.command, "qemu-system-arm", "-add_machines",
                   board, "-M", "small", "-display", "none", "-monitor",
                   "none", "-serial", "none", "-kernel",
                   a_file(tmp_path, "program.bin", PROGRAM))
    wait_for(lambda: "R00=0000002a" in made.hmp("info registers"))
    assert "R15=0800000a" in made.hmp("info registers")


def test_raw_binary_starts_again_after_reset(outboard, machine, tmp_path):
    board = a_file(tmp_path, "board.json", json.dumps(CORTEX_M).encode())
    board.chmod(0o644)
    made = machine(outboard.command, "qemu-system-arm", "-add_machines",
                   board, "-M", "small", "-display", "none", "-monitor",
                   "none", "-serial", "none", "-S", "-kernel",
                   a_file(tmp_path, "program.bin", PROGRAM))
    assert "R15=08000008" in made.hmp("info registers")
    made.qmp("cont")
    wait_for(lambda: "R00=0000002a" in made.hmp("info registers"))
    made.qmp("stop")
    made.qmp("system_reset")
    wait_for(lambda: "R15=08000008" in made.hmp("info registers"))


def test_no_program_on_a_cortex_m_is_refused_before_it_locks_up(outboard,
                                                                tmp_path):
    board = a_file(tmp_path, "board.json", json.dumps(CORTEX_M).encode())
    board.chmod(0o644)
    refused(outboard("qemu-system-arm", "-add_machines", board, "-M", "small",
                     "-display", "none", "-serial", "none", "-monitor",
                     "none"),
            "board small has no program to run; give it one with -kernel or "
            "-device loader, or -S to wait for gdb")


def test_program_of_a_loader_runs_on_a_cortex_m(outboard, machine, tmp_path):
    board = a_file(tmp_path, "board.json", json.dumps(CORTEX_M).encode())
    board.chmod(0o644)
    program = a_file(tmp_path, "program.bin", PROGRAM)
    made = machine(outboard.command, "qemu-system-arm", "-add_machines",
                   board, "-M", "small", "-display", "none", "-monitor",
                   "none", "-serial", "none", "-device",
                   f"loader,file={program},addr=0x08000000,force-raw=on")
    wait_for(lambda: "R00=0000002a" in made.hmp("info registers"))


def test_missing_kernel_is_refused(run, tmp_path):
    refused(run(CORTEX_M, "-kernel", tmp_path / "none"), "-kernel: ")


@pytest.mark.parametrize("option", ["-initrd", "-dtb"])
def test_linux_options_without_linux_boot_are_refused(run, tmp_path, option):
    program = a_file(tmp_path, "program.bin", PROGRAM)
    refused(run(CORTEX_M, "-kernel", program, option, program),
            f"{option}: this board takes none ({program}); leave it out")


def test_directory_as_kernel_is_refused(run, tmp_path):
    refused(run(CORTEX_M, "-kernel", tmp_path), "-kernel: ")


def test_empty_kernel_is_refused(run, tmp_path):
    refused(run(CORTEX_M, "-kernel", a_file(tmp_path, "empty", b"")),
            "the file is empty")


def test_kernel_longer_than_its_memory_is_refused(run, tmp_path):
    long = a_file(tmp_path, "long", bytes(64 * 1024 + 1))
    refused(run(CORTEX_M, "-kernel", long),
            "is too long (65537); the board has room for 64 KiB")


def test_elf_of_another_architecture_is_refused(run):
    refused(run(CORTEX_M, "-kernel", "/bin/true"), "-kernel: /bin/true: ")


def test_bios_on_a_board_without_is_refused(run, tmp_path):
    bios = a_file(tmp_path, "bios", PROGRAM)
    refused(run(CORTEX_M, "-bios", bios), "-bios: this board takes none")


def test_kernel_on_a_board_that_does_not_boot_is_refused(run, tmp_path):
    refused(run(BARE, "-kernel", a_file(tmp_path, "program", PROGRAM)),
            "board bare does not say how it boots")


def test_damaged_dtb_is_refused(outboard, tmp_path):
    refused(pi(outboard, "-kernel", a_file(tmp_path, "k", PROGRAM), "-dtb",
               a_file(tmp_path, "t.dtb", b"no tree")),
            "is not a device tree blob")


def test_damaged_gzip_is_refused(outboard, tmp_path):
    data = gzip.compress(bytes(4096))[:-20]
    refused(pi(outboard, "-kernel", a_file(tmp_path, "Image.gz", data)),
            "looks like gzip, but does not unpack")


def test_initrd_that_does_not_fit_is_refused(outboard, tmp_path):
    path = tmp_path / "initrd"
    with open(path, "wb") as stream:
        stream.truncate(600 << 20)
    refused(pi(outboard, "-kernel", a_file(tmp_path, "k", PROGRAM),
               "-initrd", path), "-initrd: ")


def test_image_of_impossible_head_is_refused(outboard, tmp_path):
    head = struct.pack("<IIQQ", 0, 0, 0x80000, 1 << 60).ljust(56, b"\0")
    refused(pi(outboard, "-kernel", a_file(
        tmp_path, "Image", head + b"ARM\x64" + bytes(64))),
            "an arm64 Image with an impossible head")


def test_part_that_aborts_names_its_place(run):
    board = json.loads(json.dumps(BARE))
    board["parts"]["dma"] = {"type": "bcm2835-dma", "at": "0x10000000"}
    done = run(board)
    refused(done, 'part "dma": this QEMU\'s part gave up')
    assert "dma-mr" in done.err


def test_part_that_refuses_keeps_qemus_words(run):
    board = json.loads(json.dumps(CORTEX_M))
    board["parts"]["cpu"]["props"]["cpu-type"] = "nonsense"
    refused(run(board), "nonsense")
