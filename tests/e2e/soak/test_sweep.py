# SPDX-License-Identifier: MIT
"""Each device type of QEMU as a part of a board: QEMU runs, or names the part.

The test asks QEMU for its types. Each becomes a part of a minimal board,
without a property, a link or a line. Many of QEMU's parts do not expect that.
QEMU starts, quits over QMP with status 0, or ends with status 1 and a last
line that names the part. The default is a sample with a fixed seed;
OUTBOARD_SOAK=full (make soak) takes all of them.
"""

import collections
import concurrent.futures
import json
import os
import random
import subprocess

import pytest

from support.processes import clean_environment

FULL = os.environ.get("OUTBOARD_SOAK") == "full"
SEED, SAMPLE = 7, 6             # types of each target in the sample
# A part may take 10 s of CPU time before the guard ends it.
LIMIT_S = 180
QUIT = '{"execute":"qmp_capabilities"}{"execute":"quit"}\n'
QUIET = ("-display", "none", "-serial", "none", "-monitor", "none",
         "-nodefaults", "-qmp", "stdio")

RAM = {"dram": {"alias": "ram", "at": "0x0", "size": "{ram}"}}
# CPUs of each target, as parts; the type under test is added.
TARGETS = {
    "arm": {"cpu": {"type": "armv7m", "clocks": {"cpuclk": "16 MHz"},
                    "props": {"cpu-type": "cortex-m3-arm-cpu"}}},
    "aarch64": {"cpu": {"type": "cortex-a53-arm-cpu"}},
    "riscv64": {"cpu": {"type": "riscv.hart_array", "props": {
        "num-harts": 1, "cpu-type": "rv64-riscv-cpu"}}},
    "m68k": {"cpu": {"type": "m68040-m68k-cpu"}},
    "x86_64": {},
}


def board_of(target, kind, at):
    part = {"type": kind}
    if at:
        part["at"] = "0x90000000"
    return {"outboard": 1, "board": "sweep", "arch": [target],
            "ram": "16 MiB", "cpus": 1, "memory": RAM,
            "parts": {**TARGETS[target], "swept": part}}


def types_of(machine, target):
    """The device types that are not abstract; those of the system bus."""
    made = machine(f"qemu-system-{target}", "-M", "none", "-display", "none",
                   "-nodefaults")
    return tuple(sorted(item["name"] for item in made.qmp(
        "qom-list-types", implements=kind, abstract=False))
        for kind in ("device", "sys-bus-device"))


Outcome = collections.namedtuple("Outcome", "status err")


class Sweep:
    """Starts one board for each type, and judges how it ended."""

    def __init__(self, outboard, target, folder):
        self.outboard = outboard
        self.target = target
        self.folder = folder

    def start(self, kind, at):
        # A comma would separate two files.
        path = self.folder / f"{kind.replace(',', '.')}-{at}.json"
        path.write_text(json.dumps(board_of(self.target, kind, at)))
        argv = [self.outboard.command, f"qemu-system-{self.target}",
                "-add_machines", path, "-M", "sweep", "-S", *QUIET]
        try:
            done = subprocess.run(
                [str(word) for word in argv], input=QUIT, text=True,
                errors="replace", timeout=LIMIT_S, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=clean_environment(), check=False)
        except subprocess.TimeoutExpired:
            return Outcome("hang", "")
        finally:
            path.unlink()
        return Outcome(done.returncode, done.stderr)

    @staticmethod
    def is_good(outcome):
        if outcome.status == 0:
            return True
        # What QEMU warned of before is held back, and comes first.
        *qemus, last = outcome.err.splitlines() or [""]
        return (outcome.status == 1 and last.startswith("outboard: ") and
                '"swept"' in last and
                all(line.startswith("qemu-system-") for line in qemus))

    def fault(self, kind, is_sysbus):
        """A text if it ends badly, in any way that it can be placed; None."""
        for at in (False, True) if is_sysbus else (False,):
            outcome = self.start(kind, at)
            if not self.is_good(outcome):
                return f"{self.target} {kind} at={at}: {outcome}"
            if outcome.status != 0:
                break
        return None


@pytest.fixture
def sweep(outboard, machine, tmp_path):
    """sweep(target): the faults of all its types, or of a sample of them."""
    def go(target):
        every, sysbus = types_of(machine, target)
        assert len(sysbus) > 20 and set(sysbus) <= set(every)
        if not FULL:
            chosen = random.Random(SEED).sample(sysbus, SAMPLE)
        else:
            chosen = every
        tmp_path.chmod(0o755)
        one = Sweep(outboard, target, tmp_path)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            faults = list(pool.map(
                lambda kind: one.fault(kind, kind in sysbus), chosen))
        print(f"{target}: {len(chosen)} types")
        return [fault for fault in faults if fault]
    return go


@pytest.mark.limit(3000 if FULL else 240)
@pytest.mark.parametrize("target", TARGETS)
def test_sweep_of_types_ends_with_a_line(sweep, target):
    faults = sweep(target)
    assert not faults, "\n".join(faults)
