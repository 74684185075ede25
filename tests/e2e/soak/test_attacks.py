# SPDX-License-Identifier: MIT
"""A hostile model attacks a machine whose guest keeps running.

With OUTBOARD_SOAK=full all of its ways are tried at each moment of its life.
"""

import os
import subprocess

import pytest

from support import evil_module
from support.evil_module import DO, NUMBERS, ONES
from support.processes import (GROWTH_KIB, LIMIT_S, all_end, children,
                               clean_environment, resident_kib, wait_for)
from support.qtest import Bus

WAYS = [name for name, (_, kind) in NUMBERS.items() if kind != "OTHER"]
if os.environ.get("OUTBOARD_SOAK") != "full":
    WAYS = ["SEGV", "EXIT", "LOOP", "MAGIC", "ANSWER", "OPEN"]


@pytest.fixture(scope="module")
def evil(outboard, tmp_path_factory):
    return evil_module.build(outboard.stage, tmp_path_factory.mktemp("evil"))


@pytest.fixture(scope="module")
def evil_inside(outboard, tmp_path_factory):
    """The same under a licence that lets it into QEMU."""
    return evil_module.build(outboard.stage, tmp_path_factory.mktemp("inside"),
                             '-DEVIL_LICENSE="MIT"')


@pytest.fixture
def words(outboard, acme, tmp_path):
    """words(module, own=, more=, props...): a command; the guest says its
    steps in the file `serial`."""
    def make(module, *own, more=(), **props):
        return [str(word) for word in (
            outboard.command, *own, "qemu-system-arm",
            "-add_modinfo", acme / "acme.json", "-add_machines",
            f"{module},{evil_module.board(acme, tmp_path, **props)}",
            "-M", "under-attack", "-kernel", acme / "firmware.elf",
            "-display", "none", "-monitor", "none", "-serial",
            f"file:{tmp_path / 'serial'}", *more)]
    return make


@pytest.fixture
def attack(words, machine, tmp_path):
    """attack(as words()): (machine, bus)."""
    def start(module, *own, more=(), **props):
        bus = Bus(tmp_path)
        made = machine(*words(module, *own, more=(*bus.options(), *more),
                              **props))
        bus.connect()
        return made, bus
    return start


def steps(tmp_path):
    return (tmp_path / "serial").read_text().count("step ")


def guest_runs_on(tmp_path):
    before = steps(tmp_path)
    wait_for(lambda: steps(tmp_path) > before)


@pytest.mark.parametrize("where", ["evil", "evil_inside"])
@pytest.mark.parametrize("more", [(), ("-icount", "shift=6")])
def test_attack_timer_storm_leaves_the_monitor(request, attack, tmp_path,
                                               where, more):
    """A timer that is due again and again, with an edge each time."""
    made, bus = attack(request.getfixturevalue(where), more=more)
    bus.write(DO, NUMBERS["STORM"][0])
    for _ in range(20):
        assert made.qmp("query-status")["running"]
    assert bus.read(DO) == NUMBERS["STORM"][0]
    if not more:        # by instructions counted, it has a nanosecond each
        guest_runs_on(tmp_path)


def test_attack_resets_leave_the_monitor(attack, evil):
    """It asks for a reset whenever it is reset."""
    made, _ = attack(evil, **{"in-reset": NUMBERS["AGAIN"][0]})
    for _ in range(20):
        assert made.qmp("query-status")["running"]


def test_attack_flood_of_signals_leaves_the_monitor(attack, evil, tmp_path):
    """The model raises and lowers its line as fast as QEMU takes it."""
    made, bus = attack(evil, "--time-limit=1")
    before = resident_kib(made.process.pid)
    bus.write(DO, NUMBERS["FLOOD"][0])
    for _ in range(20):
        assert made.qmp("query-status")["running"]
    assert resident_kib(made.process.pid) < before + GROWTH_KIB
    guest_runs_on(tmp_path)
    assert bus.read(DO) == ONES
    assert "evil.so" in made.end()


def test_attack_dead_model_leaves_the_guest(attack, evil, tmp_path):
    made, bus = attack(evil)
    bus.write(DO, NUMBERS["SEGV"][0])
    assert bus.read(DO) == ONES
    guest_runs_on(tmp_path)
    assert "ended by signal 11" in made.end()


# --- at each moment of its life ----------------------------------------------

@pytest.mark.parametrize("way", WAYS)
def test_attack_in_create_refuses_the_board(words, evil, way):
    """One line, exit status 1, and no process is left."""
    process = subprocess.Popen(
        words(evil, "--time-limit=1", **{"in-create": NUMBERS[way][0]}),
        env=clean_environment(), stdin=subprocess.DEVNULL, text=True,
        stderr=subprocess.PIPE)
    below = set()

    def over():
        below.update(children(process.pid))
        return process.poll() is not None

    try:
        wait_for(over)
    finally:
        process.kill()
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "evil" in err.splitlines()[-1], err
    assert all_end(below)


@pytest.mark.parametrize("way", WAYS)
def test_attack_in_reset_leaves_the_guest(attack, evil, tmp_path, way):
    made, bus = attack(evil, "--time-limit=1",
                       **{"in-reset": NUMBERS[way][0]})
    assert bus.read(DO) == ONES
    guest_runs_on(tmp_path)
    made.qmp("system_reset")
    guest_runs_on(tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_attack_in_restored_leaves_the_machine(attack, evil, tmp_path, way):
    disk = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "16M"],
                   check=True)
    made, bus = attack(evil, "--time-limit=1",
                       more=["-drive", f"if=none,format=qcow2,file={disk}"],
                       **{"in-restored": NUMBERS[way][0]})
    assert bus.read(DO) == 0
    assert made.hmp("savevm good") == ""
    said = made.hmp("loadvm good")
    assert bus.read(DO) == ONES, said
    assert made.qmp("query-status")["status"] in ("running", "paused",
                                                  "restore-vm")
    made.qmp("system_reset")
    made.ask("cont")
    guest_runs_on(tmp_path)
