# SPDX-License-Identifier: MIT
"""Models in processes of their own that die or hang, under a real QEMU."""

import os
import pathlib
import shutil
import signal
import subprocess
import threading

import pytest

import probing
from test_isolated import models

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "modules" / "crasher"
A, B = 0x40000000, 0x40010000
(ID, VALUE, CRASH, LEVELS, HZ, ALARM, FIRED, IRQ, AT, FORWARD,
 FRAGILE) = range(0, 0x2c, 4)
SEGV, ABORT, EXIT, LOOP = range(1, 5)
ONES = 0xffffffff


@pytest.fixture(scope="module")
def crasher(outboard, tmp_path_factory):
    """The folder with crasher.so, its modinfo and the board."""
    folder = tmp_path_factory.mktemp("crasher")
    folder.chmod(0o755)
    subprocess.run(
        ["cc", "-Wall", "-Werror", "-shared", "-fPIC",
         f"-I{outboard.stage / 'include'}", SOURCE / "crasher.c",
         "-o", folder / "crasher.so"], check=True)
    for name in ("crasher.json", "board.json"):
        shutil.copy(SOURCE / name, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


@pytest.fixture
def board(outboard, crasher, machine, tmp_path):
    """board(own options..., more=QEMU's): (machine, bus) of the board."""
    def start(*own, more=(), file=crasher / "board.json"):
        bus = probing.Bus(tmp_path)
        made = machine(
            outboard.command, "--isolate=all", *own, "qemu-system-arm",
            "-add_modinfo", crasher / "crasher.json", "-add_machines", file,
            "-M", "crashers", "-display", "none", "-monitor", "none",
            *bus.options(), *more)
        bus.connect()
        return made, bus
    return start


# --- the time limit ----------------------------------------------------------

def test_crash_hang_is_given_up_after_the_time_limit(board):
    made, bus = board("--time-limit=0.5")
    assert bus.read(A + ID) == 0x63727368
    bus.write(A + CRASH, LOOP)
    assert bus.read(A + ID) == ONES
    assert ("crasher.so: the process at the other end does nothing for 0.5 s"
            in made.end())


def test_crash_stopped_process_counts_as_hung(board):
    made, bus = board("--time-limit=0.5")
    os.kill(models(made.process.pid)[0], signal.SIGSTOP)
    assert bus.read(A + ID) == ONES
    assert "does nothing for 0.5 s" in made.end()
    assert not models(made.process.pid)


def test_crash_without_a_time_limit_a_stopped_process_is_waited_for(board):
    made, bus = board("--time-limit=0")
    model = models(made.process.pid)[0]
    os.kill(model, signal.SIGSTOP)
    values = []
    reader = threading.Thread(target=lambda: values.append(bus.read(A + ID)))
    reader.start()
    # It waits for longer than it would by default.
    reader.join(6)
    assert reader.is_alive()
    os.kill(model, signal.SIGCONT)
    reader.join(probing.LIMIT_S)
    assert values == [0x63727368]


def test_crash_without_a_time_limit_death_is_noticed(board):
    made, bus = board("--time-limit=0")
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + ID) == ONES
    assert "ended by signal 11" in made.end()


@pytest.mark.parametrize("text", ["", "soon", "-1", "1 s", "0.0001", "86401",
                                  "1e3"])
def test_crash_time_limit_that_is_none_is_refused(outboard, text):
    done = outboard(f"--time-limit={text}", "qemu-system-arm", "-M", "none")
    assert (done.status, done.err) == (
        1, f'outboard: --time-limit: "{text}" does not do; give seconds from '
        '0.001 to 86400, or 0 for no limit\n')


@pytest.mark.parametrize("text, ns", [
    ("5", 5000000000), ("0.25", 250000000), ("0", 0), ("86400", 86400 * 10**9),
])
def test_crash_time_limit_is_handed_over(outboard, crasher, text, ns):
    done = outboard(f"--time-limit={text}", "--print", "qemu-system-arm",
                    "-add_modinfo", crasher / "crasher.json")
    assert f"# note time-limit-ns: {ns}\n" in done.out


# --- restart -----------------------------------------------------------------

def set_on_crash(made, part, action):
    made.qmp("qom-set", path=f"/machine/{part}", property="on-crash",
             value=action)


def crashed(made, part):
    return made.qmp("qom-get", path=f"/machine/{part}", property="crashed")


def restart(made, part):
    made.qmp("qom-set", path=f"/machine/{part}", property="crashed",
             value=False)


def test_crash_restart_by_the_user(board):
    made, bus = board()
    bus.write(A + VALUE, 1)
    bus.write(A + CRASH, SEGV)
    assert (crashed(made, "a"), crashed(made, "b")) == (True, True)
    assert bus.read(A + VALUE) == ONES
    restart(made, "a")
    assert (crashed(made, "a"), crashed(made, "b")) == (False, False)
    assert bus.read(A + VALUE) == 0x5a
    assert bus.read(B + VALUE) == 0x5a
    assert abs(bus.read(A + HZ) - 54000000) <= 1


def test_crash_restart_by_itself(board):
    made, bus = board()
    set_on_crash(made, "a", "restart")
    bus.write(A + VALUE, 1)
    bus.write(A + CRASH, ABORT)
    assert bus.read(A + VALUE) == 0x5a
    assert bus.read(B + VALUE) == ONES
    assert (crashed(made, "a"), crashed(made, "b")) == (False, True)
    restart(made, "b")
    assert bus.read(B + VALUE) == 0x5a
