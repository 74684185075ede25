# SPDX-License-Identifier: MIT
"""Devices of modules in QEMU: every service, on a board and by -device."""

import pytest

from support.probe import (A, ALARM, ASK, B, BIG, BYTES, DMA_AT, DMA_GET,
                           DMA_PUT, FIRED, FORWARD, HZ, ID, IRQ, LEVEL, OUT,
                           RAM, RANDOM, SCRATCH, SEND)
from support.processes import LIMIT_S, wait_for
from support.qtest import Bus


def test_registers_on_a_board_are_read_and_written(board):
    _, bus = board()
    assert bus.read(A + ID) == 0x70726f62
    assert bus.read(A + SCRATCH) == 0x5a
    bus.write(A + SCRATCH, 0x12345678)
    assert bus.read(A + SCRATCH) == 0x12345678
    assert bus.read(B + SCRATCH) == 0x5a


def test_narrow_reads_see_their_part_of_a_register(board):
    _, bus = board()
    bus.write(A + SCRATCH, 0x12345678)
    assert bus.read(A + SCRATCH, "b") == 0x78
    assert bus.read(A + SCRATCH + 2, "w") == 0x1234


def test_big_endian_region_has_its_bytes_in_order(board):
    _, bus = board()
    for n, byte in enumerate((0x11, 0x22, 0x33, 0x44)):
        bus.write(BIG + n, byte, "b")
    # qtest speaks as the CPU does, which is little endian.
    assert bus.read(BIG) == 0x44332211
    bus.write(BIG + 8, 0x0102, "w")
    assert bus.read(BIG + 8, "b") == 0x02


def test_region_of_bytes_is_split_and_joined_by_qemu(board):
    _, bus = board()
    bus.write(BYTES, 0xddccbbaa)
    assert bus.read(BYTES + 1, "b") == 0xbb
    assert bus.read(BYTES) == 0xddccbbaa


def test_dma_goes_through_the_linked_container(board):
    _, bus = board()
    bus.write(RAM + 8, 0xcafe)
    bus.write(A + DMA_AT, 0x1008)
    assert bus.read(A + DMA_GET) == 0xcafe
    bus.write(A + DMA_PUT, 0xbeef)
    assert bus.read(RAM + 8) == 0xbeef


def test_dma_without_a_link_is_the_systems_memory(board):
    _, bus = board()
    bus.write(RAM + 8, 0xcafe)
    bus.write(B + DMA_AT, RAM + 8)
    assert bus.read(B + DMA_GET) == 0xcafe


def test_dma_to_nothing_fails(board):
    _, bus = board()
    bus.write(A + DMA_AT, 0x80000)
    assert bus.read(A + DMA_GET) == 0xffffffff


def test_forwarding_reaches_a_part_of_ours(board):
    _, bus = board()
    bus.write(A + DMA_AT, SCRATCH)
    assert bus.read(A + FORWARD) == 0x5a
    bus.write(A + FORWARD, 0x77)
    assert bus.read(B + SCRATCH) == 0x77
    assert bus.read(A + FORWARD) == 0x77


def test_forwarding_reaches_a_part_of_qemus(board):
    _, bus = board()
    bus.write(B + DMA_AT, 0xfe0)
    assert bus.read(B + FORWARD) == 0x11


def test_interrupts_and_gpio_reach_their_inputs(board):
    _, bus = board()
    assert bus.read(B + LEVEL) == 0
    bus.write(A + IRQ, 2)
    assert bus.read(B + LEVEL) == 2
    bus.write(A + IRQ, 1)
    assert bus.read(B + LEVEL) == 1


def test_two_outputs_on_one_input_are_ored(board):
    _, bus = board()
    bus.write(A + OUT, 3)
    assert bus.read(B + LEVEL) == 4
    bus.write(A + OUT, 2)
    assert bus.read(B + LEVEL) == 4
    bus.write(A + OUT, 0)
    assert bus.read(B + LEVEL) == 0


def test_clock_reports_what_the_board_feeds(board):
    _, bus = board()
    assert abs(bus.read(A + HZ) - 54000000) <= 1
    assert bus.read(B + HZ) == 0


def test_timer_fires_once(board):
    _, bus = board()
    bus.write(A + ALARM, 5)
    wait_for(lambda: bus.read(A + FIRED))
    assert bus.read(A + FIRED) == 1


def test_characters_go_out(board, tmp_path):
    made, bus = board("-serial", f"file:{tmp_path / 'out'}")
    for char in b"hello":
        bus.write(A + SEND, char)
    made.end()
    assert (tmp_path / "out").read_text() == "hello"


def test_random_numbers_differ(board):
    _, bus = board()
    assert len({bus.read(A + RANDOM) for _ in range(8)}) > 1


def test_reset_puts_registers_back(board):
    made, bus = board()
    bus.write(A + SCRATCH, 1)
    made.qmp("system_reset")
    wait_for(lambda: bus.read(A + SCRATCH) == 0x5a)


def test_poweroff_by_the_model_ends_with_status_0(board):
    made, bus = board()
    bus.write(A + ASK, 2)
    assert made.process.wait(timeout=LIMIT_S) == 0


def test_guest_errors_are_logged_by_name(board):
    made, bus = board("-d", "guest_errors")
    bus.write(A + ID, 1)
    out = made.end()
    assert "test-probe a: " in out and "ID" in out


@pytest.mark.parametrize("options, told", [
    ((), False), (("-d", "guest_errors,unimp"), False),
    (("-d", "plugin"), True),
])
def test_traces_are_logged_only_when_asked_for(board, options, told):
    made, bus = board(*options)
    bus.write(A + OUT, 3)
    assert ("test-probe a: puts out 3" in made.end()) == told


def test_properties_are_qemus(board):
    made, _ = board()

    def get(name):
        return made.qmp("qom-get", path="/machine/b", property=name)

    assert get("depth") == 7
    assert get("room") == 65536
    assert get("flag") is False
    assert get("label") == "bee"
    assert get("mode") == "fast"
    assert get("target") == "/machine/uart"


def test_property_after_realize_is_refused(board):
    made, _ = board()
    answer = made.ask("qom-set", path="/machine/b", property="depth", value=8)
    assert "depth" in answer["error"]["desc"]
    assert made.qmp("qom-get", path="/machine/b", property="depth") == 7


def test_monitor_shows_parts_and_regions(board):
    made, _ = board()
    tree = made.hmp("info qtree")
    assert "dev: test-probe" in tree and 'gpio-in "in" 4' in tree
    assert "mmio 0000000040010000/0000000000000100" in tree
    memory = made.hmp("info mtree")
    assert "0000000040001000-000000004000100f (prio 0, i/o): a.big" in memory
    assert "/b (test-probe)" in made.hmp("info qom-tree")


def test_device_help_describes_properties(command, outboard):
    done = outboard(*command("-device", "test-probe,help")[1:])
    assert done.status == 0
    for line in ("depth=<uint32>         - a small number (default: 16)",
                 "how fast; one of: slow, fast (default: slow)",
                 "at=<uint64>            - address on the system bus"):
        assert line in done.out.replace('"', "")     # 7.2 quotes texts


@pytest.mark.parametrize("good, bad, text", [
    ('"first": "b', '"frist": "b', 'has no interrupt output "frist"; use '
     '"first", "second"'),
    ('"out": ["b', '"uot": ["b', 'has no output uot.0; use "out"'),
    ("b.in.0", "b.ni.0", '"b" (test-probe) has no input ni.0; use "in"'),
    ('"at": "0x40010000"', '"at": { "rges": "0x40010000" }',
     'has no region "rges"; use "regs", "big", "bytes"'),
])
def test_unknown_name_is_reported_with_the_known_ones(
        command, outboard, probe, tmp_path, good, bad, text):
    text_of_board = (probe / "board.json").read_text()
    assert good in text_of_board
    tmp_path.chmod(0o755)
    board = tmp_path / "board.json"
    board.write_text(text_of_board.replace(good, bad))
    board.chmod(0o644)
    done = outboard(*command("-add_machines", board, "-M", "probes")[1:])
    assert done.status == 1
    assert text in done.err and len(done.err.splitlines()) == 1


# --- by -device, on a machine of QEMU's own ---------------------------------

def elsewhere(command, *devices):
    """A machine of QEMU's that has no such part, stopped."""
    return command("-M", "lm3s6965evb", "-S", "-monitor", "none",
                   "-serial", "null", *devices)


def find_cpu(made):
    """The path of the machine's armv7m, which takes interrupts.

    The last of the places is 10.0's; a path that is not there has an error.
    """
    for path in ("/machine", "/machine/unattached", "/machine/soc"):
        for entry in made.ask("qom-list", path=path).get("return", ()):
            if entry["type"] == "child<armv7m>":
                return f"{path}/{entry['name']}"
    raise AssertionError("no armv7m")


def test_device_on_qemus_machine_is_mapped(command, machine, tmp_path):
    bus = Bus(tmp_path)
    made = machine(*elsewhere(command, "-device",
                              "test-probe,id=p,at=0x60000000,depth=3",
                              *bus.options()))
    bus.connect()
    assert bus.read(0x60000000) == 0x70726f62
    assert made.qmp("qom-get", path="/machine/peripheral/p",
                    property="depth") == 3


def test_device_irq_is_joined_by_path(command, machine, tmp_path):
    cpu = find_cpu(machine(*elsewhere(command)))
    bus = Bus(tmp_path)
    machine(*elsewhere(
        command, "-device", f"test-probe,at=0x60000000,irq={cpu}:40",
        *bus.options()))
    bus.connect()
    # The NVIC's pending bits of inputs 32 to 63 (NVIC_ISPR1).
    pending = 0xe000e204
    assert not bus.read(pending) & 1 << 8
    bus.write(0x60000000 + IRQ, 1)
    assert bus.read(pending) & 1 << 8


def test_device_on_a_machine_with_its_own_rules_is_refused(command, outboard):
    done = outboard(*command("-M", "virt", "-device",
                             "test-probe,at=0x0b000000")[1:])
    assert done.status == 1
    assert "expects a dynamic sysbus device type" in done.err


REFUSALS = [
    ("test-probe,depth=65",
     "depth"),
    ("test-probe,mode=brisk",
     "brisk"),
    ("test-probe,depth=13",
     "depth 13 brings bad luck; use another"),
    ("test-probe,chardev=nobody",
     "no chardev 'nobody'"),
    ("test-probe,irq=/machine/nowhere:3",
     'nothing at "/machine/nowhere"'),
    ("test-probe,irq=17",
     'wants PATH:NUMBER ("17" seen)'),
    ("test-probe,at=0xffffffffffffffff",
     "does not fit at 0xffffffffffffffff"),
]


@pytest.mark.parametrize("device, text", REFUSALS,
                         ids=[device for device, _ in REFUSALS])
def test_device_refusals_are_reported(command, outboard, device, text):
    done = outboard(*elsewhere(command, "-device", device)[1:])
    assert done.status == 1
    assert text in done.err
    assert len([line for line in done.err.splitlines()
                if line.startswith("qemu-system-arm: ")]) == 1
