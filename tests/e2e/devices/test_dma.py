# SPDX-License-Identifier: MIT
"""DMA of models is the same in-process and isolated, and does not pass QEMU."""

import pathlib

import pytest

from support import sample_modules
from support.processes import children, wait_for
from support.qemus import SANDBOX

SOURCE = sample_modules.MODULES / "dma" / "dma.c"
A, B, C = 0x40000000, 0x40001000, 0x40002000
ROM, SRAM, MAIN, UART = 0x10000000, 0x20000000, 0x80000000, 0x40020000
(SRC, SRC_HI, DST, DST_HI, COUNT, VALUE, GO, STATUS, SUM) = range(0, 36, 4)
AT, AT_HI = 0x28, 0x2c
COPY, READ, FILL, POKE, CRASH, EACH = range(1, 7)
ANSWER, ANSWERED, CALLS = SRAM + 0x4000, SRAM + 0x8000, SRAM + 0x8004
MOV_R0 = 0xe3a00000                     # mov r0, #n
MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(outboard, tmp_path_factory):
    """dma.so, its modinfo, the board and its guest."""
    to = tmp_path_factory.mktemp("dma")
    sample_modules.build(outboard.stage, to, "dma", "-O1")
    return to


class Mover:
    """A test-dma part, controlled over the bus."""

    def __init__(self, bus, base):
        self.bus, self.base = bus, base

    def set(self, register, value):
        self.bus.write(self.base + register, value)

    def go(self, what, src=0, dst=0, count=0, value=0, at=0):
        """STATUS afterwards: 0, or 1 for a fault."""
        for register, number in ((SRC, src), (DST, dst), (AT, at)):
            self.set(register, number & 0xffffffff)
            self.set(register + 4, number >> 32)
        self.set(COUNT, count)
        self.set(VALUE, value)
        self.set(GO, what)
        return self.bus.read(self.base + STATUS)

    def sum(self):
        return self.bus.read(self.base + SUM)


def sum_of(content):
    total = 0
    for byte in content:
        total = (total * 31 + byte) & 0xffffffff
    return total


class Board:
    """board(arguments...): (machine, bus), the models in that place."""

    def __init__(self, place, folder, start):
        self.place, self.folder, self.start = place, folder, start

    def __call__(self, *arguments, emulator="qemu-system-arm"):
        if "-M" not in arguments:
            arguments = ("-add_machines", self.folder / "board.json", "-M",
                         "movers", *arguments)
        self.made, bus = self.start(*self.place.argv(
            emulator, "-add_modinfo", self.folder / "dma.json", "-display",
            "none", "-monitor", "none", *arguments))
        return self.made, bus

    def shared(self):
        """Sizes of guest memory that models' processes have, each."""
        found = []
        for pid, name in children(self.made.process.pid).items():
            if name != "outboard-model":
                continue
            for line in pathlib.Path(f"/proc/{pid}/maps").open():
                if "/memfd:outboard-ram" in line or "/memfd:memory" in line:
                    low, high = line.split()[0].split("-")
                    assert line.split()[1] == "rw-s"
                    found.append(int(high, 16) - int(low, 16))
        return sorted(found)

    def expect_shared(self, *sizes):
        assert self.shared() == (sorted(sizes) if self.place.isolated
                                 else [])


@pytest.fixture
def board(place, folder, bus_machine):
    """A Board of the movers, in each place."""
    return Board(place, folder, bus_machine)


def pattern(bus, address, count):
    """Distinct words there, by the bus; their bytes."""
    content = b""
    for n in range(0, count, 4):
        word = (address + 7 * n) & 0xffffffff
        bus.write(address + n, word)
        content += word.to_bytes(4, "little")
    return content


def test_dma_moves_ram_of_the_board_and_of_the_machine(board):
    _, bus = board("-S", "-m", "8M")
    mover = Mover(bus, A)
    content = pattern(bus, SRAM + 0x100, 64)
    for _ in range(3):              # by message first, then past QEMU
        assert mover.go(COPY, SRAM + 0x100, MAIN + 0x200, 64) == 0
        assert mover.go(READ, MAIN + 0x200, count=64) == 0
        assert mover.sum() == sum_of(content)
        assert mover.go(FILL, dst=SRAM + 0x100, count=64, value=0x11) == 0
        assert bus.read(SRAM + 0x13c) == 0x11
        assert mover.go(COPY, MAIN + 0x200, SRAM + 0x100, 64) == 0
        assert bus.read(SRAM + 0x100) == SRAM + 0x100
        assert bus.read(SRAM + 0x13c) == SRAM + 0x100 + 7 * 60
    board.expect_shared(64 << 10, 8 * MIB)


def test_dma_finds_what_was_there_before(board, folder):
    """RAM becomes shared with the kernel in it, and -device's own."""
    _, bus = board("-S", "-kernel", folder / "guest.elf", "-device",
                   f"loader,file={SOURCE},addr={MAIN + 5:#x},"
                   "force-raw=on")
    mover = Mover(bus, A)
    content = SOURCE.read_bytes()[:1000]
    for _ in range(2):
        assert mover.go(READ, MAIN + 5, count=1000) == 0
        assert mover.sum() == sum_of(content)
    assert mover.go(READ, ANSWER, count=4) == 0
    assert mover.sum() == sum_of((MOV_R0 + 1).to_bytes(4, "little"))


def test_dma_past_the_end_and_where_nothing_is_fails(board):
    _, bus = board("-S", "-m", "1M")
    mover = Mover(bus, A)
    end = MAIN + MIB
    assert mover.go(FILL, dst=end - 64, count=64, value=5) == 0
    assert mover.go(FILL, dst=end - 64, count=64, value=6) == 0
    assert mover.go(FILL, dst=end - 32, count=64, value=7) == 1
    assert bus.read(end - 64) == 6
    assert mover.go(READ, end - 4, count=8) == 1
    assert mover.go(READ, 0xffffffffffffff00, count=8) == 1
    assert mover.go(READ, 0, count=8) == 1


def test_dma_reads_rom_and_does_not_write_it(board):
    _, bus = board("-S", "-device", f"loader,file={SOURCE},"
                   f"addr={ROM:#x},force-raw=on")
    mover = Mover(bus, A)
    content = SOURCE.read_bytes()[:64]
    for _ in range(2):
        assert mover.go(FILL, dst=SRAM, count=16, value=1) == 0
        mover.go(FILL, dst=ROM, count=16, value=1)
        assert mover.go(READ, ROM, count=64) == 0
        assert mover.sum() == sum_of(content)


def test_dma_through_a_container_and_through_memory(board):
    _, bus = board("-S")
    window, apart, sram = Mover(bus, B), Mover(bus, B), Mover(bus, C)
    for value in (3, 4, 5):
        assert window.go(FILL, dst=0x1000, count=4096, value=value) == 0
        assert bus.read(SRAM + 0xffc) == value
        assert window.go(FILL, dst=0x1800, count=4096, value=9) == 1
        assert bus.read(SRAM + 0x1000) == 0
        assert apart.go(FILL, dst=0x100000, count=64, value=value) == 0
        assert apart.go(COPY, 0x100000, 0x1000, 64) == 0
        assert sram.go(FILL, dst=0x8000, count=64, value=value) == 0
        assert bus.read(SRAM + 0x8000) == value
        assert sram.go(FILL, dst=0xffe0, count=64, value=value) == 1
    board.expect_shared(64 << 10, 64 << 10)


def test_dma_reaches_devices_as_before(board):
    """The UART's baud rate register; and between, memory."""
    _, bus = board("-S")
    mover = Mover(bus, A)
    for value in (1, 2, 3):
        assert mover.go(EACH, dst=UART + 0x24, count=4, value=value) == 0
        assert bus.read(UART + 0x24) == value
        assert mover.go(EACH, dst=SRAM, count=64, value=value) == 0
        assert bus.read(SRAM + 60) == value


def test_dma_over_code_that_has_run_is_seen_by_the_guest(board, folder):
    _, bus = board("-kernel", folder / "guest.elf")
    mover = Mover(bus, A)
    wait_for(lambda: bus.read(ANSWERED) == 1)
    assert mover.go(FILL, dst=MAIN, count=4, value=0) == 0
    for answer in (2, 3, 200, 4):
        before = bus.read(CALLS)
        assert mover.go(FILL, dst=ANSWER, count=4,
                        value=MOV_R0 + answer) == 0
        wait_for(lambda: bus.read(ANSWERED) == answer)
        wait_for(lambda: bus.read(CALLS) != before)
    if board.place.isolated:
        assert 64 << 10 in board.shared()


@pytest.mark.places("isolated")
def test_dma_written_before_a_crash_is_seen_by_the_guest(board, folder):
    made, bus = board("-kernel", folder / "guest.elf")
    mover = Mover(bus, A)
    wait_for(lambda: bus.read(ANSWERED) == 1)
    assert mover.go(FILL, dst=MAIN, count=4, value=0) == 0
    assert mover.go(CRASH, dst=ANSWER, count=4,
                    value=MOV_R0 + 77) == 0xffffffff
    wait_for(lambda: bus.read(ANSWERED) == 77)
    assert made.qmp("query-status")["running"]


def test_dma_and_snapshots(board, disk):
    made, bus = board("-S", *disk)
    mover = Mover(bus, A)
    for value in (1, 2):
        assert mover.go(FILL, dst=MAIN, count=4096, value=value) == 0
    assert made.hmp("savevm one") == ""
    assert mover.go(FILL, dst=MAIN, count=4096, value=3) == 0
    assert made.hmp("loadvm one") == ""
    assert bus.read(MAIN + 4092) == 2
    assert mover.go(COPY, MAIN, MAIN + 8192, 4096) == 0
    assert bus.read(MAIN + 8192) == 2
    made.end()
    made, bus = board("-S", *disk, "-loadvm", "one")
    mover = Mover(bus, A)
    assert mover.go(COPY, MAIN, MAIN + 8192, 4096) == 0
    assert bus.read(MAIN + 8192) == 2


def test_dma_is_migrated(board, tmp_path):
    """What is written when all was sent once is sent again."""
    made, bus = board("-S", "-m", "4M")
    mover = Mover(bus, A)
    for value in (1, 2):
        assert mover.go(FILL, dst=MAIN + 4096, count=64, value=value) == 0
    made.qmp("migrate-set-capabilities", capabilities=[
        {"capability": "pause-before-switchover", "state": True}])
    made.qmp("migrate", uri=f"exec:cat > {tmp_path / 'stream'}")
    wait_for(lambda: made.qmp("query-migrate").get("status") ==
             "pre-switchover")
    assert mover.go(FILL, dst=MAIN + 4096, count=64, value=3) == 0
    made.qmp("migrate-continue", state="pre-switchover")
    wait_for(lambda: made.qmp("query-migrate").get("status") ==
             "completed")
    made.end()
    made, bus = board("-S", "-m", "4M", "-incoming",
                      f"exec:cat {tmp_path / 'stream'}")
    wait_for(lambda: made.qmp("query-migrate").get("status") ==
             "completed")
    mover = Mover(bus, A)
    for _ in range(2):
        assert mover.go(COPY, MAIN + 4096, MAIN, 64) == 0
        assert bus.read(MAIN + 60) == 3
    board.expect_shared()


@pytest.mark.parametrize("backend, shared", [
    ("memory-backend-memfd,share=on", True),
    ("memory-backend-memfd,share=off", False),
    ("memory-backend-memfd,share=on,seal=off", False),
    ("memory-backend-ram", True),
    ("memory-backend-ram,prealloc=on", True),
    ("memory-backend-file,share=on,mem-path=FILE", False),
    ("memory-backend-file,share=off,mem-path=FILE", False),
], ids=lambda value: str(value).replace("memory-backend-", ""))
def test_dma_with_memory_of_the_users(board, tmp_path, backend, shared):
    backend = backend.replace("FILE", str(tmp_path / "ram"))
    kind, _, rest = backend.partition(",")
    options = f"{kind},id=mine,size=4M{',' + rest if rest else ''}"
    _, bus = board("-S", "-m", "4M", "-object", options, "-machine",
                   "memory-backend=mine")
    mover = Mover(bus, A)
    for value in (1, 2, 3):
        assert mover.go(FILL, dst=MAIN + 3 * MIB, count=64, value=value) == 0
        assert mover.go(COPY, MAIN + 3 * MIB, MAIN, 64) == 0
        assert bus.read(MAIN + 60) == value
    sizes = [64 << 10] + ([4 * MIB] if shared else [])
    board.expect_shared(*sizes)


@pytest.mark.parametrize("how", [
    ("-overcommit", "mem-lock=on"), ("-mem-prealloc",),
    ("-machine", "dump-guest-core=off"), ("-machine", "mem-merge=off"),
    ("-sandbox", SANDBOX),
], ids=lambda how: how[-1][:20])
def test_dma_with_memory_that_is_treated_so(board, how):
    _, bus = board("-S", "-m", "2M", *how)
    mover = Mover(bus, A)
    for value in (1, 2, 3):
        assert mover.go(FILL, dst=MAIN, count=64, value=value) == 0
        assert bus.read(MAIN + 60) == value
    board.expect_shared(64 << 10, 2 * MIB)


# A machine of QEMU with a PCI bus whose memory window the test can use.
VERSATILE = ("-M", "versatilepb", "-m", "32M", "-serial", "null", "-S",
             "-device", "test-dma,id=m,at=0x80000000")
CONFIG, IMAP1, SLOT = 0x42000000, 0x10001004, 13
COMMAND, BAR2 = 0x04, 0x18


def test_dma_on_a_machine_of_qemus(board):
    _, bus = board(*VERSATILE)
    mover = Mover(bus, 0x80000000)
    for value in (1, 2, 3):
        assert mover.go(FILL, dst=0x100000, count=64, value=value) == 0
        assert mover.go(COPY, 0x100000, 0x1ffffc0, 64) == 0
        assert bus.read(0x1fffffc) == value
        assert mover.go(FILL, dst=0x1ffffe0, count=64, value=9) == 1
    board.expect_shared(32 * MIB)


def test_dma_follows_memory_that_moves(board):
    """RAM behind PCI, moved by the guest, and by the model in mid-request."""
    _, bus = board(
        *VERSATILE, "-object", "memory-backend-memfd,id=shm,share=on,size=1M",
        "-device", f"ivshmem-plain,memdev=shm,addr={SLOT:#x}")
    mover = Mover(bus, 0x80000000)
    slot = CONFIG + (SLOT << 11)
    here, there = 0x50000000, 0x50100000
    bus.write(IMAP1, 5)
    assert bus.read(slot) == 0x11101af4
    assert mover.go(FILL, dst=0x100000, count=64, value=1) == 0
    assert mover.go(FILL, dst=here, count=64, value=1) == 1
    bus.write(slot + BAR2, here)
    bus.write(slot + COMMAND, 2, "w")
    assert mover.go(FILL, dst=here, count=64, value=2) == 0
    assert bus.read(here + 60) == 2
    board.expect_shared(MIB, 32 * MIB)
    bus.write(slot + BAR2, there)
    assert mover.go(FILL, dst=here, count=64, value=3) == 1
    assert bus.read(there + 60) == 2
    # Filled with `here` where it is; then moved there, where nothing was.
    assert mover.go(POKE, src=here, dst=there, count=64, value=here,
                    at=slot + BAR2) == 1
    assert mover.go(READ, here, count=64) == 0
    assert mover.sum() == sum_of(here.to_bytes(4, "little") * 16)
    assert mover.go(COPY, here, 0x200000, 64) == 0
    assert bus.read(0x20003c) == here
    board.expect_shared(MIB, 32 * MIB)


@pytest.mark.places("isolated")
def test_dma_after_a_restart(board):
    _, bus = board(*VERSATILE[:-1], VERSATILE[-1] + ",on-crash=restart")
    mover = Mover(bus, 0x80000000)
    for value in (1, 2):
        assert mover.go(FILL, dst=0x100000, count=64, value=value) == 0
    mover.go(CRASH, dst=0x100000, count=64, value=3)
    wait_for(lambda: mover.go(FILL, dst=0x100000, count=64,
                              value=4) == 0)
    assert mover.go(COPY, 0x100000, 0x200000, 64) == 0
    assert bus.read(0x20003c) == 4
    board.expect_shared(32 * MIB)


PC = ("-M", "pc", "-S", "-nodefaults", "-device",
      "test-dma,id=m,at=0xfe000000")


def pam_set(bus, value):
    """How a PC (i440FX, register 0x59) maps 0xf0000: 0 ROM, 1 RAM to be read,
    3 RAM."""
    bus.ask("outl 0xcf8 0x80000058")
    bus.ask(f"outb 0xcfd {value << 4:#x}")


def test_dma_where_ram_can_only_be_read(board):
    _, bus = board(*PC, "-m", "64M", emulator="qemu-system-x86_64")
    mover, shadow = Mover(bus, 0xfe000000), 0xf0000
    for value in (1, 2):
        assert mover.go(FILL, dst=0x100000, count=64, value=value) == 0
    pam_set(bus, 3)
    assert mover.go(FILL, dst=shadow, count=64, value=7) == 0
    pam_set(bus, 1)
    # QEMU lets DMA write there; what counts is that both do the same.
    mover.go(FILL, dst=shadow + 32, count=32, value=9)
    now = bus.read(shadow + 32)
    assert now in (7, 9)
    assert mover.go(COPY, shadow + 32, 0x100000, 32) == 0
    assert bus.read(0x10001c) == now
    assert mover.go(COPY, shadow, 0x100000, 32) == 0
    assert bus.read(0x10001c) == 7
    pam_set(bus, 3)
    assert mover.go(FILL, dst=shadow + 32, count=32, value=10) == 0
    assert bus.read(shadow + 32) == 10
    board.expect_shared(64 * MIB)


def test_dma_to_memory_of_nodes(board):
    """NUMA memory is not the machine's one backend: by message, and right."""
    _, bus = board(*PC, "-m", "64M", "-smp", "2", "-object",
                   "memory-backend-ram,id=n0,size=32M", "-object",
                   "memory-backend-memfd,id=n1,size=32M,share=on", "-numa",
                   "node,memdev=n0,cpus=0", "-numa", "node,memdev=n1,cpus=1",
                   emulator="qemu-system-x86_64")
    mover = Mover(bus, 0xfe000000)
    for value in (1, 2, 3):
        assert mover.go(FILL, dst=32 * MIB - 32, count=64, value=value) == 0
        assert bus.read(32 * MIB + 28) == value
        assert mover.go(FILL, dst=48 * MIB, count=64, value=value) == 0
        assert mover.go(COPY, 48 * MIB, MIB, 64) == 0
        assert bus.read(MIB + 60) == value
    board.expect_shared(32 * MIB)
