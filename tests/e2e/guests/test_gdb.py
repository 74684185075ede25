# SPDX-License-Identifier: MIT
"""gdb, attached to a running QEMU or model's process, as docs/debug.md says."""
import re
import shutil
import subprocess

import pytest

from support.paths import CACHE
from support.processes import models, wait_for

pytestmark = pytest.mark.qemus(
    "bookworm", reason="gdb and what it looks at share that system's libraries")


def gdb(pid, function):
    """Break in `function` of the process, show how it came there, let go."""
    assert shutil.which("gdb"), "run scripts/deps.sh test"
    return subprocess.run(
        ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p",
         str(pid), "-ex", f"break {function}", "-ex", "continue", "-ex", "bt",
         "-ex", "delete", "-ex", "detach"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False).stdout


# The program waits by reading the timer and by setting an alarm, again and
# again: gdb stops at whichever comes first.
def test_gdb_stops_in_a_model_by_its_functions_name(place, machine, tmp_path):
    program = CACHE / "pico" / "board.elf"
    assert program.exists(), "run scripts/pico-assets.sh"
    patient = ["--time-limit=0"] if place.isolated else []
    made = machine(*place.argv(
        *patient, "qemu-system-arm", "-M", "raspi-pico", "-kernel", program,
        "-display", "none", "-monitor", "none", "-serial",
        f"file:{tmp_path / 'out'}"))
    wait_for(lambda: "ready" in (tmp_path / "out").read_text())
    pid = models(made.process.pid)[0] if place.isolated else made.process.pid
    shown = gdb(pid, "timer_now")
    # The compiler may put the function into its callers: "Breakpoint 1.2".
    assert re.search(r"Breakpoint 1(\.\d+)?, timer_now \(", shown), shown
    assert "#0  timer_now (" in shown, shown
    assert re.search(r"#1 .*(timerawh|timerawl|timelr|alarm)_\w+ \(", shown), \
        shown
    assert "detached]" in shown, shown
    assert made.qmp("query-status")["running"]
