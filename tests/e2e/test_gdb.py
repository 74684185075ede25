# SPDX-License-Identifier: MIT
"""gdb, attached to a running QEMU or model's process, as docs/debug.md says."""
import pathlib
import shutil
import subprocess

import pytest

import probing
from conftest import CACHE, COLUMN, HERE

# gdb and what it looks at share this system's libraries: one column has it.
pytestmark = pytest.mark.skipif(
    COLUMN not in (None, HERE), reason=f"gdb is tested in column {HERE}")

def gdb(pid, function):
    """Break in `function` of the process, show how it came there, let go."""
    assert shutil.which("gdb"), "run scripts/deps.sh test"
    return subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p",
         str(pid), "-ex", f"break {function}", "-ex", "continue", "-ex", "bt",
         "-ex", "delete", "-ex", "detach"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False).stdout


def model_below(pid):
    """The process of a model that QEMU `pid` has started, or None."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        parents[int(path.parent.name)] = (
            int(text.rsplit(")", 1)[1].split()[1]),
            text.split("(", 1)[1].rsplit(")", 1)[0])
    for one, (parent, name) in parents.items():
        above = parents.get(parent, (0, ""))[0]
        if name == "outboard-model" and pid in (parent, above):
            return one
    return None


# The program waits by reading the timer, again and again.
@pytest.mark.parametrize("options",
                         [(), ("--isolate=all", "--time-limit=0")],
                         ids=["in-process", "isolated"])
def test_gdb_stops_in_a_model_by_its_functions_name(outboard, machine,
                                                    tmp_path, options):
    program = CACHE / "pico" / "board.elf"
    assert program.exists(), "run scripts/pico-assets.sh"
    made = machine(
        outboard.command, *options, "qemu-system-arm", "-M", "raspi-pico",
        "-kernel", program, "-display", "none", "-monitor", "none", "-serial",
        f"file:{tmp_path / 'out'}")
    probing.wait_for(lambda: "ready" in (tmp_path / "out").read_text())
    pid = model_below(made.process.pid) if options else made.process.pid
    shown = gdb(pid, "timer_now")
    assert "Breakpoint 1, timer_now (" in shown, shown
    assert "#0  timer_now (" in shown and "in raw_read (" in shown, shown
    assert "detached]" in shown, shown
    assert made.qmp("query-status")["running"]
