# SPDX-License-Identifier: MIT
"""Registers that the guest reads as memory, in process and isolated."""


import pytest

from support import sample_modules
from support.processes import run, wait_for
from support.qemus import SANDBOX

A, B = 0x40000000, 0x40010000
READS, TICK, PEER, DIE = 0, 4, 8, 12
COUNT, SCRATCH, ECHO, LEVEL, ROW = 0x1000, 0x1004, 0x1008, 0x100c, 0x1040
BIG_WORD, FN_VALUE = 0x4004, 0x7010
LOOKED, CHANGED, WRONG, TICK_FIRST = (0x20008000, 0x20008004, 0x20008008,
                                      0x20008010)


@pytest.fixture(scope="module")
def folder(outboard, tmp_path_factory):
    """direct.so, its modinfo, the board and its guest."""
    to = tmp_path_factory.mktemp("direct")
    sample_modules.build(outboard.stage, to, "direct")
    return to


@pytest.fixture
def board(place, folder, bus_machine):
    """board(arguments...): (machine, bus), the models in that place."""
    def start(*arguments):
        return bus_machine(*place.argv(
            "qemu-system-arm", "-add_modinfo", folder / "direct.json",
            "-add_machines", folder / "board.json", "-M", "directs",
            "-display", "none", "-monitor", "none", *arguments))
    return start


def test_direct_pages_follow_writes_and_are_apart(board):
    _, bus = board("-S")
    bus.write(A + SCRATCH, 0x12345678)
    assert bus.read(A + SCRATCH) == 0x12345678
    assert bus.read(A + ECHO) == 0xedcba987
    assert bus.read(B + SCRATCH) == 0x5a and bus.read(B + ECHO) == 0
    bus.write(A + SCRATCH + 1, 0xff, "b")
    assert bus.read(A + SCRATCH) == 0x1234ff78
    for n in range(16):
        bus.write(B + ROW + 4 * n, n + 1)
    assert [bus.read(B + ROW + 4 * n) for n in range(16)] == [*range(1, 17)]


def test_direct_pages_are_read_in_any_size(board):
    _, bus = board("-S")
    bus.write(A + SCRATCH, 0x12345678)
    assert bus.read(A + SCRATCH + 1, "w") == 0x3456
    assert bus.read(A + SCRATCH, "q") == 0xedcba98712345678
    assert bus.read(A + ROW + 0x100) == 0


def test_direct_big_endian_region_has_its_bytes_in_order(board):
    _, bus = board("-S")
    bus.write(A + BIG_WORD, 0x44332211)
    assert bus.read(A + BIG_WORD) == 0x44332211
    assert bus.read(A + BIG_WORD + 3, "b") == 0x44


def test_direct_pages_of_functions_show_what_was_written(board):
    _, bus = board("-S")
    assert bus.read(A + FN_VALUE) == 0xf00
    bus.write(A + FN_VALUE, 0x1234)
    assert bus.read(A + FN_VALUE) == 0x1234
    assert bus.read(B + FN_VALUE) == 0xf00


def test_direct_page_is_read_by_another_part(board):
    _, bus = board("-S")
    bus.write(B + SCRATCH, 0x321)
    bus.write(A + PEER, SCRATCH)
    assert bus.read(A + ECHO) == 0x321


def test_direct_page_beside_another_one_calls_the_model(board):
    _, bus = board("-S")
    before = bus.read(B + READS)
    assert [bus.read(B + READS) for _ in range(3)] == [
        before + 1, before + 2, before + 3]


def test_direct_pages_are_seen_by_the_monitor(board):
    made, bus = board("-S")
    bus.write(A + SCRATCH, 0xabc)
    assert "0x00000abc" in made.hmp(f"xp /1wx {A + SCRATCH:#x}")
    assert "romd" in made.hmp("info mtree -f")


def test_direct_pages_where_no_page_of_the_guest_is(board):
    """-device puts it beside a page's start: the guest's reads exit."""
    at = 0x50000400
    made, bus = board("-S", "-device", f"test-direct,at={at:#x}",
                      "-sandbox", SANDBOX)
    bus.write(at + SCRATCH, 0x12345678)
    assert bus.read(at + SCRATCH) == 0x12345678
    assert bus.read(at + ECHO) == 0xedcba987
    assert bus.read(at + 0x1bfe, "w") == 0
    assert bus.read(A + SCRATCH) == 0x5a


def test_direct_pages_follow_a_reset(board):
    made, bus = board("-S")
    bus.write(A + SCRATCH, 7)
    bus.write(A + FN_VALUE, 7)
    made.qmp("system_reset")
    wait_for(lambda: bus.read(A + SCRATCH) == 0x5a)
    assert bus.read(A + ECHO) == 0 and bus.read(A + FN_VALUE) == 0xf00


def test_direct_pages_follow_a_snapshot(board, disk):
    made, bus = board("-S", *disk)
    bus.write(A + SCRATCH, 7)
    bus.write(A + FN_VALUE, 8)
    bus.write(B + ROW, 9)
    assert made.hmp("savevm one") == ""
    bus.write(A + SCRATCH, 1)
    bus.write(A + FN_VALUE, 1)
    bus.write(B + ROW, 1)
    assert made.hmp("loadvm one") == ""
    assert bus.read(A + SCRATCH) == 7
    assert bus.read(A + ECHO) == 0xfffffff8
    assert bus.read(A + FN_VALUE) == 8
    assert bus.read(B + ROW) == 9
    made.end()
    made, bus = board("-S", *disk, "-loadvm", "one")
    assert bus.read(A + SCRATCH) == 7 and bus.read(A + FN_VALUE) == 8


def test_direct_reads_of_a_guest_are_current_and_no_exits(board, folder,
                                                          tmp_path):
    """QEMU's own trace of MMIO reads has one line: the guest's control."""
    trace = tmp_path / "trace"
    made, bus = board("-kernel", folder / "guest.elf", "-d",
                      "trace:memory_region_ops_read", "-D", trace, "-S")
    bus.write(A + TICK, 100000)
    made.qmp("cont")
    wait_for(lambda: bus.read(CHANGED) >= 20)
    made.qmp("stop")
    assert bus.read(WRONG) == 0
    assert bus.read(LOOKED) > bus.read(CHANGED)
    reads = [line for line in trace.read_text().splitlines()
             if "memory_region_ops_read" in line]
    assert len(reads) == 1 and "a.regs" in reads[0], reads[:5]


def test_direct_reads_with_icount_are_repeatable(outboard, folder, tmp_path):
    """The guest polls the register equally often in both places."""
    told = set()
    for number, own in enumerate([[], [], ["--isolate=all"],
                                  ["--isolate=all"]]):
        log = tmp_path / f"log{number}"
        done = run([
            outboard.command, *own, "qemu-system-arm", "-add_modinfo",
            folder / "direct.json", "-add_machines", folder / "board.json",
            "-M", "directs", "-display", "none", "-monitor", "none",
            "-kernel", folder / "guest.elf", "-icount", "shift=4",
            "-device", f"loader,addr={TICK_FIRST:#x},data=100000,data-len=4",
            "-d", "guest_errors", "-D", log])
        assert done.status == 0, done.err
        told.add(log.read_text())
    assert len(told) == 1 and "test-direct a: told " in min(told), told


@pytest.mark.places("isolated")
def test_direct_pages_of_a_model_that_dies_read_all_ones(board):
    made, bus = board("-S")
    bus.write(A + SCRATCH, 7)
    assert bus.read(A + SCRATCH) == 7
    bus.write(A + DIE, 1)
    for at in (SCRATCH, ROW, BIG_WORD, FN_VALUE, READS):
        assert bus.read(A + at) == 0xffffffff
        assert bus.read(B + at) == 0xffffffff
    bus.write(A + SCRATCH, 7)
    assert bus.read(A + SCRATCH) == 0xffffffff
    assert "0xffffffff" in made.hmp(f"xp /1wx {A + SCRATCH:#x}")


@pytest.mark.places("isolated")
def test_direct_pages_are_those_of_a_new_process(board):
    made, bus = board("-S")
    bus.write(B + ROW, 3)
    bus.write(A + DIE, 1)
    assert bus.read(A + SCRATCH) == bus.read(B + ROW) == 0xffffffff
    for part in ("a", "b"):
        made.qmp("qom-set", path=f"/machine/{part}", property="crashed",
                 value=False)
    assert bus.read(A + SCRATCH) == 0x5a and bus.read(A + FN_VALUE) == 0xf00
    assert bus.read(B + ROW) == 0
    bus.write(A + SCRATCH, 9)
    assert bus.read(A + SCRATCH) == 9 and bus.read(A + ECHO) == 0xfffffff6
    bus.write(B + DIE, 1)
    assert bus.read(A + SCRATCH) == 0xffffffff
