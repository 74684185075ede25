# SPDX-License-Identifier: MIT
"""An end of QEMU before its first reset completes is one line, status 1."""

import json
import re

import pytest


LONG_S = 220        # ten seconds of CPU time, on a machine that is busy
QUIET = ("-display", "none", "-serial", "none", "-monitor", "none")
ARMV7M = {"type": "armv7m", "clocks": {"cpuclk": "16 MHz"},
          "props": {"cpu-type": "cortex-m3-arm-cpu"}}
FLASH = {"flash": {"at": 0, "size": "64 KiB", "kind": "rom"}}


@pytest.fixture
def start(outboard, tmp_path):
    """start(parts, ...): QEMU with that board, to its end; the Result."""
    def go(parts, *more, arch="arm", memory=FLASH, before=()):
        path = tmp_path / "board.json"
        path.write_text(json.dumps({
            "outboard": 1, "board": "guarded", "arch": [arch],
            "memory": memory, "parts": parts}))
        tmp_path.chmod(0o755)
        path.chmod(0o644)
        return outboard(f"qemu-system-{arch}", *before, "-add_machines", path,
                        "-M", "guarded", "-S", *QUIET, *more,
                        limit_s=LONG_S)
    return go


def refused(done, line):
    assert done.status == 1, done
    assert done.out == ""
    assert re.fullmatch(rf"outboard: \S*board\.json:1:\d+: {line}\n",
                        done.err), done.err


PART = '"swept": this QEMU\'s part '


@pytest.mark.qemus("bookworm", "sid", reason="10.0 hangs as 7.2 does")
@pytest.mark.slow
def test_guard_ends_a_part_that_is_wired_to_itself(start):
    """It loops in 7.2, which takes ten seconds, and recurses in 11.1."""
    done = start({"cpu": {"type": "m68040-m68k-cpu"},
                  "swept": {"type": "goldfish_pic", "at": "0xff000000",
                            "irq": "swept.0"}}, arch="m68k", memory={})
    refused(done, "a line to part " + PART + "(made no progress in 10 s of CPU "
            "time|called itself without end); see whether its lines or links "
            "lead back to it")


def test_guard_ends_a_crash_at_the_first_reset(start):
    done = start({"cpu": ARMV7M,
                  "sound": {"type": "cmsdk-apb-uart", "at": "0x80000000",
                            "props": {"pclk-frq": 1000000}},
                  "swept": {"type": "imx25.gpt", "at": "0x90000000"}})
    refused(done, "part " + PART + "crashed when the board was reset; see "
            "what links and properties it needs")


@pytest.mark.qemus("bookworm", reason="later ones refuse the part")
def test_guard_ends_an_assertion_at_the_first_reset(start):
    done = start({"cpu": ARMV7M, "swept": {"type": "aspeed.sdmc-ast2600",
                                           "at": "0x90000000"}})
    refused(done, "part " + PART + r"gave up when the board was reset "
            r"\(\*\* ERROR:.*code should not be reached\); see what .*")


def test_guard_ends_an_assertion_in_a_cpu_thread(start):
    """The board says one CPU, and has two."""
    done = start({"cpu": ARMV7M,
                  "swept": {**ARMV7M, "links": {"memory": "own"}}},
                 memory={**FLASH, "own": {"kind": "container",
                                          "size": "4 GiB"}})
    refused(done, "part " + PART + r"gave up \(.*tcg_register_thread: "
            r"assertion failed: .*\); see what .*")


@pytest.mark.parametrize("way, how", [
    (1, "crashed"), (2, "gave up"), (3, "ended QEMU"), (5, "ended QEMU")])
def test_guard_distinguishes_a_model_from_a_part_of_qemus(start, crasher, way,
                                                          how):
    done = start({"cpu": {"type": "cortex-a15-arm-cpu"},
                  "swept": {"type": "test-crasher", "at": "0x40000000",
                            "props": {"in-reset": way}}},
                 before=("-add_modinfo", crasher / "crasher.json"))
    refused(done, f'part "swept": the model of module "crasher" {how} when '
            "the board was reset; report it to the module's author, or keep "
            "it out of QEMU with --isolate=crasher")


def test_guard_leaves_qemus_own_refusal_alone(start):
    done = start({"cpu": ARMV7M}, *(word for at in (0, 16) for word in (
        "-device", f"loader,file=/bin/true,addr={at},force-raw=on")))
    assert done.status == 1
    assert done.err.startswith("qemu-system-arm: Some ROM regions are over")
    assert "outboard" not in done.err


def test_guard_gives_out_what_it_held_back(start):
    done = start({"cpu": {"type": "cortex-a15-arm-cpu"}}, "-d", "cpu_reset",
                 "-loadvm", "nothing")
    assert "CPU Reset" in done.err
    assert done.err.endswith("\nqemu-system-arm: no block device can store "
                             "vmstate for snapshot\n")


@pytest.mark.parametrize("more", [(), ("-S",), ("-incoming", "defer")])
def test_guard_is_down_when_the_machine_is_there(outboard, crasher, machine,
                                                 more):
    made = machine(outboard.command, "qemu-system-arm", "-add_modinfo",
                   crasher / "crasher.json", "-add_machines",
                   crasher / "board.json", "-M", "crashers", "-kernel",
                   crasher / "guest.elf", *QUIET, *more)
    with open(f"/proc/{made.process.pid}/status") as status:
        caught = int(re.search(r"SigCgt:\s*(\w+)", status.read())[1], 16)
    for signo in (6, 8, 11, 27):    # SIGABRT, SIGFPE, SIGSEGV, SIGPROF
        assert not caught >> (signo - 1) & 1
