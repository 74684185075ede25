# SPDX-License-Identifier: MIT
"""Saved state: savevm and loadvm of devices of modules."""

import pytest

from support.module_maker import Maker
from support.probe import A, ALARM, B, BYTES, FIRED, IRQ, LEVEL, SCRATCH
from support.processes import wait_for


def test_state_comes_back(board, disk):
    made, bus = board(*disk)
    bus.write(A + SCRATCH, 0xabc)
    bus.write(BYTES, 0x44332211)
    bus.write(A + IRQ, 1)
    assert made.hmp("savevm one") == ""
    bus.write(A + SCRATCH, 1)
    bus.write(BYTES, 0)
    bus.write(A + IRQ, 0)
    assert made.hmp("loadvm one") == ""
    assert bus.read(A + SCRATCH) == 0xabc
    assert bus.read(BYTES) == 0x44332211
    assert bus.read(B + LEVEL) == 1


def test_state_comes_back_in_another_process(board, disk):
    made, bus = board(*disk)
    bus.write(A + SCRATCH, 0xabc)
    assert made.hmp("savevm one") == ""
    made.end()
    made, bus = board(*disk, "-loadvm", "one")
    assert bus.read(A + SCRATCH) == 0xabc


BIG = """
#include <outboard/outboard.h>
struct big { uint64_t words[8 << 20]; };
static const struct ob_saved saved[] = { OB_SAVED_ARRAY(struct big, words) };
OB_DEVICE(big, NAME "-uart", struct big, "64 MiB of state",
          .saved = OB_ARRAY(saved));
OB_MODULE(NAME, "1", "MIT", &big);
"""


def test_state_of_the_largest_struct_comes_back(outboard, board, disk,
                                                tmp_path):
    tmp_path.chmod(0o755)
    maker = Maker(outboard.stage, tmp_path)
    maker.compile("big", BIG)
    made, _ = board(*disk, "-add_modinfo", maker.modinfo("big"), "-device",
                    "big-uart")
    assert made.hmp("savevm one") == ""
    assert made.hmp("loadvm one") == ""
    assert "outboard" not in made.end()


# DEVICE_BLOCK_MAX. A state struct has at most 64 MiB, so two saved members
# share bytes. What is not their elements: the block's head, two entries' heads.
BOUND = 80 << 20
HEADS = 18 + len("big-uart") + 8 + len("words") + 8 + len("more")
MORE = BIG.replace(
    "OB_SAVED_ARRAY(struct big, words)",
    "OB_SAVED_ARRAY(struct big, words), { .name = \"more\", .bytes = 1, "
    f".count = {BOUND - HEADS - (64 << 20)} + ABOVE }}")


@pytest.fixture
def big(outboard, tmp_path):
    """The modinfo file of a type with so many bytes above the bound."""
    def make(above):
        tmp_path.chmod(0o755)
        maker = Maker(outboard.stage, tmp_path)
        maker.compile("big", MORE, f"-DABOVE={above}")
        return maker.modinfo("big")
    return make


@pytest.mark.parametrize("isolation", ["in-process", "process"])
def test_state_of_the_largest_block_comes_back(board, disk, big, isolation):
    made, bus = board(*disk, "-add_modinfo", f"{big(0)},isolation={isolation}",
                      "-device", "big-uart")
    bus.write(A + SCRATCH, 0xabc)
    assert made.hmp("savevm one") == ""
    bus.write(A + SCRATCH, 1)
    assert made.hmp("loadvm one") == ""
    assert bus.read(A + SCRATCH) == 0xabc
    assert "outboard" not in made.end()


@pytest.mark.parametrize("isolation", ["in-process", "process"])
def test_state_one_byte_above_the_largest_block_is_refused(outboard, big,
                                                           isolation):
    done = outboard("qemu-system-arm", "-M", "none", "-add_modinfo",
                    f"{big(1)},isolation={isolation}", "-device", "big-uart")
    assert done.status == 1
    assert (f"type big-uart: a saved state of {BOUND + 1} bytes is more than "
            f"{BOUND}; save less, or what can be computed again not at all\n"
            ) in done.err


def test_armed_timer_fires_after_loading(board, disk):
    made, bus = board(*disk, "-S")
    bus.write(A + ALARM, 10)
    assert made.hmp("savevm one") == ""
    made.end()
    made, bus = board(*disk, "-loadvm", "one")
    wait_for(lambda: bus.read(A + FIRED) == 1)


def test_state_that_the_model_refuses_is_reported(board, disk):
    made, bus = board(*disk)
    bus.write(A + SCRATCH, 0xdead)
    assert made.hmp("savevm one") == ""
    assert "Error" in made.hmp("loadvm one")
    out = made.end()
    assert "outboard: " in out
    assert "SCRATCH cannot be 0xdead" in out
