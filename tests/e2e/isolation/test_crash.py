# SPDX-License-Identifier: MIT
"""Isolated models that crash or hang, in a real QEMU."""

import os
import pathlib
import signal
import subprocess
import threading

import pytest

from support.crasher import (A, ABORT, ALARM, ASKED, AT, B, CRASH, EXIT, FIRED,
                             FORWARD, FRAGILE, HZ, ID, IRQ, LEVELS, LOOP, ONES,
                             SEEN, SEGV, TURNS, VALUE)
from support.processes import LIMIT_S, all_end, children, models, run, wait_for
from support.qemus import SANDBOX
from support.qtest import Bus


@pytest.fixture
def board(outboard, crasher, machine, tmp_path):
    """board(own options..., more=QEMU's): (machine, bus) of the board."""
    def start(*own, more=(), file=crasher / "board.json"):
        bus = Bus(tmp_path)
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
    made, bus = board("--time-limit=3")
    assert bus.read(A + ID) == 0x63727368
    bus.write(A + CRASH, LOOP)
    assert bus.read(A + ID) == ONES
    assert ("crasher.so: the process at the other end does nothing for 3 s"
            in made.end())


def test_crash_stopped_process_counts_as_hung(board):
    made, bus = board("--time-limit=3")
    os.kill(models(made.process.pid)[0], signal.SIGSTOP)
    assert bus.read(A + ID) == ONES
    assert "does nothing for 3 s" in made.end()
    assert not models(made.process.pid)


def test_crash_without_a_time_limit_a_stopped_process_is_waited_for(board):
    made, bus = board("--time-limit=0")
    model = models(made.process.pid)[0]
    os.kill(model, signal.SIGSTOP)
    values = []
    reader = threading.Thread(target=lambda: values.append(bus.read(A + ID)))
    reader.start()
    # It waits longer than the default limit.
    reader.join(6)
    assert reader.is_alive()
    os.kill(model, signal.SIGCONT)
    reader.join(LIMIT_S)
    assert values == [0x63727368]


def test_crash_without_a_time_limit_death_is_noticed(board):
    made, bus = board("--time-limit=0")
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + ID) == ONES
    assert "ended by signal 11" in made.end()


@pytest.mark.parametrize("text", ["", "soon", "-1", "1 s", "0.0001", "86401",
                                  "1e3"])
def test_crash_time_limit_out_of_range_is_refused(outboard, text):
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
    assert f"# time limit {ns} ns\n" in done.out


# --- the effect of a crash ---------------------------------------------------

def set_on_crash(made, part, action):
    made.qmp("qom-set", path=f"/machine/{part}", property="on-crash",
             value=action)


def crashed(made, part):
    return made.qmp("qom-get", path=f"/machine/{part}", property="crashed")


def restart(made, part):
    made.qmp("qom-set", path=f"/machine/{part}", property="crashed",
             value=False)


def gone(made):
    """The data of the next event about a model that has ended."""
    return made.event("OUTBOARD_MODEL_GONE")["data"]


def both_gone(made):
    """The events of a and b, which share a process: one of each."""
    both = {one["path"]: one for one in (gone(made), gone(made))}
    assert sorted(both) == ["/machine/a", "/machine/b"]
    return [both["/machine/a"], both["/machine/b"]]


def status(made):
    return made.qmp("query-status")["status"]


def test_crash_by_default_parts_read_as_ones(board):
    made, bus = board()
    bus.write(A + CRASH, SEGV)
    reason = ("the process at the other end is gone, ended by signal 11 "
              "(Segmentation fault)")
    assert both_gone(made)[0] == {
        "path": "/machine/a", "module": "crasher", "reason": reason,
        "action": "error"}
    assert (bus.read(A + ID), bus.read(B + ID)) == (ONES, ONES)
    assert (crashed(made, "a"), crashed(made, "b")) == (True, True)
    assert status(made) == "running"
    made.qmp("system_reset")
    assert bus.read(A + ID) == ONES
    out = made.end()
    assert (f"crasher.so: {reason}; its parts do nothing from now on, and "
            "read as all ones\n") in out
    assert out.count("outboard: warning: ") == 1


def test_crash_last_requests_are_reported(board):
    made, bus = board("--time-limit=60", more=("-S",))
    for n in range(8):
        bus.read(A + (VALUE, LEVELS)[n % 2])
    bus.write(A + ALARM, 10)
    bus.write(B + VALUE, 0x1234)
    bus.write(A + CRASH, EXIT)
    out = made.end()
    told = [line.split(" was asked: ")[1] for line in out.splitlines()
            if line.startswith("outboard: note: crasher was asked: ")]
    assert told == 2 * [
        "a: read of 4 bytes at regs + 0xc: 0x0, at 0 ns",
        "a: read of 4 bytes at regs + 0x4: 0x5a, at 0 ns",
    ] + [
        "a: read of 4 bytes at regs + 0xc: 0x0, at 0 ns",
        "a: write of 4 bytes at regs + 0x14: 0xa, at 0 ns",
        "b: write of 4 bytes at regs + 0x4: 0x1234",
        "a: write of 4 bytes at regs + 0x8: 0x3, at 0 ns"]
    assert "ended by itself, status 3" in out


def test_crash_killed_while_idle_is_noticed(board):
    made, _ = board()
    os.kill(models(made.process.pid)[0], signal.SIGKILL)
    assert "ended by signal 9 (Killed)" in gone(made)["reason"]


# --- stop --------------------------------------------------------------------

def test_crash_stop_pauses_until_the_user_continues(board):
    made, bus = board()
    set_on_crash(made, "a", "stop")
    bus.write(A + CRASH, SEGV)
    assert [one["action"] for one in both_gone(made)] == ["stop", "error"]
    made.event("STOP")
    assert status(made) == "paused"
    assert bus.read(A + ID) == ONES
    made.qmp("cont")
    assert status(made) == "running"
    assert bus.read(A + ID) == ONES
    assert "; the machine stops (a); does nothing from now on, and reads as " \
        "all ones: b\n" in made.end()


def test_crash_stopped_machine_goes_on_with_a_new_model(board):
    made, bus = board()
    set_on_crash(made, "a", "stop")
    bus.write(A + VALUE, 1)
    bus.write(A + CRASH, SEGV)
    made.event("STOP")
    restart(made, "a")
    assert status(made) == "paused"
    made.qmp("cont")
    assert bus.read(A + VALUE) == 0x5a
    assert crashed(made, "b") is False


def test_crash_before_the_machine_runs_stops_it(board, fragile):
    made, bus = board(file=fragile("stop"))
    wait_for(lambda: status(made) == "paused")
    assert bus.read(B + ID) == ONES
    made.qmp("cont")
    assert status(made) == "running"
    assert "; the machine stops (b); " in made.end()


def test_crash_stopped_machine_is_saved(board, disk):
    made, bus = board(more=disk)
    set_on_crash(made, "a", "stop")
    bus.write(A + VALUE, 1)
    bus.write(A + CRASH, SEGV)
    made.event("STOP")
    assert made.hmp("savevm one") == ""
    made.end()
    made, bus = board(more=(*disk, "-loadvm", "one"))
    assert bus.read(A + VALUE) == 0x5a


# --- under a guest that runs -------------------------------------------------

@pytest.fixture
def guest(board, crasher):
    """guest(action, options...): the board, whose guest reads a's VALUE."""
    def start(action, *more):
        made, bus = board(more=("-kernel", crasher / "guest.elf", *more))
        wait_for(lambda: bus.read(TURNS))
        set_on_crash(made, "a", action)
        return made, bus
    return start


@pytest.mark.parametrize("more", [(), ("-icount", "shift=6")])
def test_crash_guest_gets_a_new_model(guest, more):
    made, bus = guest("restart", *more)
    set_on_crash(made, "b", "restart")
    for how in (SEGV, ABORT, EXIT):
        bus.write(A + VALUE, how)
        wait_for(lambda how=how: bus.read(SEEN) == how)
        bus.write(ASKED, how)
        assert [one["action"] for one in both_gone(made)] == 2 * ["restart"]
        wait_for(lambda: bus.read(SEEN) == 0x5a)
    assert status(made) == "running"


def test_crash_guest_goes_on_without_the_model(guest):
    made, bus = guest("error")
    bus.write(ASKED, SEGV)
    wait_for(lambda: bus.read(SEEN) == ONES)
    turns = bus.read(TURNS)
    wait_for(lambda: bus.read(TURNS) > turns)
    assert status(made) == "running"


def test_crash_guest_stands_still_until_it_is_continued(guest):
    made, bus = guest("stop")
    bus.write(ASKED, SEGV)
    made.event("STOP")
    turns = bus.read(TURNS)
    restart(made, "a")
    assert status(made) == "paused"
    assert bus.read(TURNS) == turns
    made.qmp("cont")
    wait_for(lambda: bus.read(TURNS) > turns)
    wait_for(lambda: bus.read(SEEN) == 0x5a)


# --- restart -----------------------------------------------------------------

def test_crash_restart_by_the_user(board):
    made, bus = board()
    bus.write(A + VALUE, 1)
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + VALUE) == ONES
    restart(made, "a")
    assert (crashed(made, "a"), crashed(made, "b")) == (False, False)
    assert bus.read(A + VALUE) == 0x5a
    assert bus.read(B + VALUE) == 0x5a
    assert abs(bus.read(A + HZ) - 54000000) <= 1
    assert len(models(made.process.pid)) == 1


def test_crash_restart_by_the_user_in_the_monitor(board):
    made, bus = board()
    bus.write(A + CRASH, SEGV)
    assert made.hmp("qom-set /machine/a crashed false") == ""
    assert bus.read(A + VALUE) == 0x5a


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
    assert "; restarted: a; does nothing from now on, and reads as all ones: " \
        "b\n" in made.end()


def test_crash_restart_needs_no_access(board):
    made, bus = board()
    set_on_crash(made, "a", "restart")
    bus.write(A + FRAGILE, SEGV)
    bus.write(A + ALARM, 1)
    assert both_gone(made)[0]["action"] == "restart"
    wait_for(lambda: not crashed(made, "a"))
    bus.write(A + ALARM, 1)
    wait_for(lambda: bus.read(A + FIRED) == 1)


def test_crash_restart_of_a_model_that_hangs(board):
    made, bus = board("--time-limit=3")
    set_on_crash(made, "a", "restart")
    bus.write(A + CRASH, LOOP)
    assert bus.read(A + VALUE) == 0x5a
    assert "does nothing for 3 s" in made.end()


def test_crash_restart_within_a_request_waits_for_its_end(board):
    made, bus = board()
    for part in "ab":
        set_on_crash(made, part, "restart")
    bus.write(A + AT, CRASH)
    bus.write(A + FORWARD, SEGV)
    assert (bus.read(A + VALUE), bus.read(B + VALUE)) == (0x5a, 0x5a)
    assert bus.read(A + FORWARD) == 0x63727368


def test_crash_restart_brings_the_saved_state(board, disk):
    made, bus = board(more=disk)
    for part in "ab":
        set_on_crash(made, part, "restart")
    bus.write(A + VALUE, 0x111)
    bus.write(A + IRQ, 1)
    assert made.hmp("savevm one") == ""
    bus.write(A + VALUE, 0x222)
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + VALUE) == 0x111
    assert bus.read(B + LEVELS) == 1
    # The reset state is what is known last, from now on.
    made.qmp("system_reset")
    wait_for(lambda: bus.read(A + VALUE) == 0x5a)
    bus.write(A + VALUE, 0x333)
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + VALUE) == 0x5a
    assert bus.read(B + LEVELS) == 0


def test_crash_restart_reports_input_levels_again(board):
    made, bus = board()
    set_on_crash(made, "b", "restart")
    bus.write(A + IRQ, 1)
    assert bus.read(B + LEVELS) == 1
    bus.write(B + CRASH, SEGV)
    # The model that drove the line has crashed, and the line keeps its level.
    assert bus.read(A + ID) == ONES
    assert bus.read(B + LEVELS) == 1


def test_crash_loadvm_restarts(board, disk):
    made, bus = board(more=disk)
    bus.write(A + VALUE, 0x111)
    assert made.hmp("savevm one") == ""
    bus.write(A + CRASH, SEGV)
    assert made.hmp("loadvm one") == ""
    assert bus.read(A + VALUE) == 0x111
    assert crashed(made, "b") is False


def test_crash_again_and_again_is_given_up(board):
    made, bus = board()
    set_on_crash(made, "a", "restart")
    for _ in range(5):
        bus.write(A + CRASH, EXIT)
        assert bus.read(A + VALUE) == 0x5a
    bus.write(A + CRASH, EXIT)
    assert bus.read(A + VALUE) == ONES
    # The other part ended with the first process, and is reported once.
    assert both_gone(made)[1]["action"] == "error"
    assert [(one["path"], one["action"]) for one in
            (gone(made) for _ in range(5))] == \
        4 * [("/machine/a", "restart")] + [("/machine/a", "error")]
    # The user may try again, and the count starts at zero.
    restart(made, "a")
    bus.write(A + CRASH, EXIT)
    assert bus.read(A + VALUE) == 0x5a
    assert ("ended by itself, status 3; it was restarted too often; its parts "
            "do nothing from now on, and read as all ones\n") in made.end()


def test_crash_restarts_leave_nothing_behind(board):
    made, bus = board()
    pid = made.process.pid

    def descriptors():
        return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))

    before = None
    for how in 5 * (SEGV, ABORT, EXIT):
        bus.write(A + CRASH, how)
        restart(made, "a")
        assert bus.read(B + VALUE) == 0x5a
        before = before or descriptors()
    assert descriptors() == before
    wait_for(lambda: len(children(pid)) == 2)
    below = children(pid)
    assert sorted(below.values()) == ["outboard-model", "outboard-runner"]
    made.process.kill()
    made.process.wait(LIMIT_S)
    assert all_end(below)


def test_crash_without_a_launcher_nothing_is_restarted(board):
    made, bus = board()
    set_on_crash(made, "a", "restart")
    host, = [pid for pid, name in children(made.process.pid).items()
             if name == "outboard-runner"]
    os.kill(host, signal.SIGKILL)
    assert gone(made)["reason"] == (
        "the process at the other end is gone")
    assert bus.read(A + ID) == ONES
    answer = made.ask("qom-set", path="/machine/a", property="crashed",
                      value=False)
    assert answer["error"]["desc"].startswith(
        "a: cannot be restarted: outboard-runner: gives no process: ")
    assert status(made) == "running"
    assert ("crasher.so: cannot be restarted (outboard-runner: gives no "
            "process: ") in made.end()


@pytest.fixture
def fragile(crasher, tmp_path):
    """The board, with a part that dies in each reset."""
    def make(on_crash):
        text = (crasher / "board.json").read_text()
        old = '"irq": "a.in.1"'
        assert old in text
        tmp_path.chmod(0o755)
        path = tmp_path / "fragile.json"
        path.write_text(text.replace(
            old, f'{old}, "on-crash": "{on_crash}", '
            f'"props": {{ "in-reset": {SEGV} }}'))
        path.chmod(0o644)
        return path
    return make


def test_crash_in_each_reset_leaves_the_machine(board, fragile):
    made, bus = board(file=fragile("error"))
    wait_for(lambda: crashed(made, "b"))
    set_on_crash(made, "b", "restart")
    answer = made.ask("qom-set", path="/machine/b", property="crashed",
                      value=False)
    assert answer["error"]["desc"] == (
        "b: cannot be restarted: the process at the other end is gone")
    data = [gone(made)]
    while data[-1]["path"] != "/machine/b" or data[-1]["action"] != "error":
        data.append(gone(made))
    assert bus.read(B + ID) == ONES
    assert status(made) == "running"
    out = made.end()
    assert "it was restarted too often" in out
    # The first reset, the user's restart, and four that followed by themselves.
    assert out.count("outboard: warning: ") == 6
    assert "cannot be restarted (" not in out


def test_crash_in_reset_restarts_before_the_machine_runs(board, fragile):
    made, bus = board(file=fragile("restart"))
    assert bus.read(B + ID) == ONES
    assert status(made) == "running"


def test_crash_of_what_was_never_reset_cannot_be_saved(board, fragile, disk):
    made, _ = board(file=fragile("error"), more=disk)
    assert "Error" in made.hmp("savevm one")
    assert made.hmp("info snapshots").startswith("There is no snapshot")
    assert ("outboard: warning: b: its model's process has ended without a "
            "saved state, so there is nothing to save; restart it\n"
            ) in made.end()


# --- texts -------------------------------------------------------------------

def test_crash_properties_refuse_what_they_do_not_take(board):
    made, _ = board()
    answer = made.ask("qom-set", path="/machine/a", property="on-crash",
                      value="reboot")
    assert answer["error"]["desc"] == (
        'property on-crash: "reboot"; use error, stop or restart')
    answer = made.ask("qom-set", path="/machine/a", property="crashed",
                      value=True)
    assert answer["error"]["desc"] == (
        "a: only its model can make crashed true; set it to false to restart "
        "one that has ended")
    get = made.qmp("qom-get", path="/machine/a", property="on-crash")
    assert get == "error"
    restart(made, "a")      # of one that lives: nothing to do


def test_crash_by_device_option(outboard, crasher, machine, tmp_path):
    bus = Bus(tmp_path)
    made = machine(
        outboard.command, "--isolate=all", "qemu-system-arm",
        "-add_modinfo", crasher / "crasher.json", "-M", "lm3s6965evb", "-S",
        "-display", "none", "-monitor", "none", "-serial", "null", "-device",
        "test-crasher,id=c,at=0x60000000,on-crash=restart", *bus.options())
    bus.connect()
    bus.write(0x60000000 + CRASH, SEGV)
    assert bus.read(0x60000000 + VALUE) == 0x5a
    assert gone(made)["path"] == "/machine/peripheral/c"


def test_crash_device_help_shows_the_properties(outboard, crasher):
    command = ["qemu-system-arm", "-add_modinfo", crasher / "crasher.json",
               "-device", "test-crasher,help"]
    done = outboard("--isolate=all", *command)
    assert "on-crash=<str> " in done.out
    assert "stop (the machine pauses) or restart" in done.out
    assert "on-crash" not in outboard(*command).out


# --- what a board file says --------------------------------------------------

@pytest.fixture
def said(outboard, crasher, machine, tmp_path):
    """said(part a's keys, options...): (machine, bus) of such a board."""
    def start(keys, *options, more=(), end=False):
        old = '"a": { '
        text = (crasher / "board.json").read_text()
        assert old in text
        tmp_path.chmod(0o755)
        path = tmp_path / "said.json"
        path.write_text(text.replace(old, old + keys + ", "))
        path.chmod(0o644)
        command = [*options, "qemu-system-arm", "-add_modinfo",
                   crasher / "crasher.json", "-add_machines", path, "-M",
                   "crashers", "-display", "none", "-monitor", "none",
                   *more]
        if end:
            return outboard(*command)
        bus = Bus(tmp_path)
        made = machine(outboard.command, *command, *bus.options())
        bus.connect()
        return made, bus
    return start


def test_crash_board_file_sets_on_crash(said):
    made, bus = said('"on-crash": "restart"', "--isolate=all")
    assert made.qmp("qom-get", path="/machine/a",
                    property="on-crash") == "restart"
    assert made.qmp("qom-get", path="/machine/b",
                    property="on-crash") == "error"
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + VALUE) == 0x5a


def test_crash_board_isolates_one_part(said):
    made, bus = said('"isolation": "process", "on-crash": "stop"')
    assert len(models(made.process.pid)) == 1
    bus.write(A + IRQ, 1)
    assert bus.read(B + LEVELS) == 1
    bus.write(A + CRASH, SEGV)
    made.event("STOP")
    assert bus.read(A + ID) == ONES
    assert bus.read(B + ID) == 0x63727368
    maps = pathlib.Path(f"/proc/{made.process.pid}/maps").read_text()
    assert "crasher.so" in maps
    restart(made, "a")
    # The model that drove the line has crashed; the new one does not drive it.
    assert bus.read(B + LEVELS) == 0


def test_crash_line_that_the_new_model_does_not_drive_falls(said):
    made, bus = said('"isolation": "process", "on-crash": "restart"',
                     more=("-global", "test-crasher.lazy=on"))
    bus.write(A + IRQ, 1)
    assert bus.read(B + LEVELS) == 1
    bus.write(A + CRASH, SEGV)
    assert bus.read(A + VALUE) == 0x5a
    assert bus.read(B + LEVELS) == 0


def test_crash_command_line_is_stronger_than_the_board(said):
    made, _ = said('"isolation": "in-process"', "--isolate=all")
    assert crashed(made, "a") is False and crashed(made, "b") is False


def test_crash_board_in_process_has_no_such_properties(said):
    made, bus = said('"isolation": "in-process", "on-crash": "stop"')
    assert not models(made.process.pid)
    assert bus.read(A + ID) == 0x63727368
    assert "error" in made.ask("qom-get", path="/machine/a",
                               property="crashed")


def test_crash_board_is_prepared_for_before_the_sandbox(said):
    made, bus = said('"isolation": "process"', more=("-sandbox", SANDBOX))
    assert bus.read(A + ID) == 0x63727368
    assert len(models(made.process.pid)) == 1


def test_crash_session_names_boards_with_processes(outboard, crasher, said):
    done = outboard("--print", "qemu-system-arm", "-add_machines",
                    crasher / "board.json")
    assert "part-process" not in done.out
    done = said('"isolation": "process"', "--print", end=True)
    assert "# parts in a process of their own: board crashers\n" in done.out


@pytest.mark.parametrize("key, value", [("isolation", "process"),
                                        ("on-crash", "stop")])
def test_crash_board_cannot_say_it_of_qemus_own_parts(outboard, tmp_path, key,
                                                      value):
    tmp_path.chmod(0o755)
    path = tmp_path / "own.json"
    path.write_text(
        '{ "outboard": 1, "board": "own", "title": "QEMU\'s own",\n'
        '  "arch": ["arm"],\n'
        f'  "parts": {{ "u": {{ "type": "pl011", "{key}": "{value}" }} }} }}')
    path.chmod(0o644)
    done = outboard("qemu-system-arm", "-add_machines", path, "-M", "own",
                    "-display", "none")
    column = 42 + len(key)
    assert (done.status, done.err) == (
        1, f'outboard: {path}:3:{column}: type "pl011" is QEMU\'s own part, '
        f'which runs in QEMU; leave "{key}" out\n')


def test_crash_board_cannot_say_in_process_against_the_licence(
        outboard, evil, tmp_path):
    path = tmp_path / "evil.json"
    path.write_text(
        '{ "outboard": 1, "board": "evil", "title": "Evil",\n'
        '  "arch": ["arm"],\n  "parts": { "e": { "type": "evil",\n'
        '  "isolation": "in-process" } } }')
    path.chmod(0o644)
    done = outboard("qemu-system-arm", "-add_machines", f"{evil},{path}",
                    "-M", "evil", "-display", "none")
    assert (done.status, done.err) == (
        1, f'outboard: {path}:4:16: {evil}: module "evil" is to run '
        'in-process, and its licence ("LicenseRef-Proprietary") cannot be '
        "combined with QEMU's; let it run in a process of its own\n")


# --- a kernel without Landlock -----------------------------------------------

NO_LANDLOCK = ("this kernel has no Landlock: models in processes of their own "
               "are kept from files and the network by their filter of system "
               "calls alone\n")


@pytest.fixture(scope="module")
def without_landlock(tmp_path_factory):
    """A program that runs another one, for which Landlock is not there."""
    path = tmp_path_factory.mktemp("kernel") / "without"
    source = r"""
    #include <errno.h>
    #include <linux/filter.h>
    #include <linux/seccomp.h>
    #include <stddef.h>
    #include <sys/prctl.h>
    #include <unistd.h>
    int main(int argc, char **argv)
    {
        struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                     offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { 4, code };
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (argc < 2 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
            return 99;
        execv(argv[1], argv + 1);
        return 98;
    }
    """
    subprocess.run(["cc", "-x", "c", "-", "-o", path], input=source,
                   text=True, check=True)
    return path


def test_crash_kernel_without_landlock_is_reported_once(
        outboard, crasher, machine, without_landlock, tmp_path):
    bus = Bus(tmp_path)
    made = machine(
        without_landlock, outboard.command, "--isolate=all",
        "qemu-system-arm", "-add_modinfo", crasher / "crasher.json",
        "-add_machines", crasher / "board.json", "-M", "crashers", "-display",
        "none", "-monitor", "none", *bus.options())
    bus.connect()
    bus.write(A + CRASH, SEGV)
    restart(made, "a")
    assert bus.read(A + VALUE) == 0x5a
    assert made.end().count(f"outboard: note: {NO_LANDLOCK}") == 1


def test_crash_doctor_reports_a_kernel_without_landlock(
        outboard, without_landlock):
    done = run([without_landlock, outboard.command, "doctor",
                "qemu-system-arm"])
    assert (done.status, done.err) == (0, f"outboard: {NO_LANDLOCK}")
    row = [line for line in done.out.splitlines() if "host: Landlock" in line]
    assert " 0  version of what closes files" in row[0]
