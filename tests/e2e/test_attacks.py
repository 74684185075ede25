# SPDX-License-Identifier: MIT
"""A hostile model against a machine whose guest runs on."""

import pytest

import hostile
import probing
from hostile import DO, NUMBERS, ONES
from test_acme import acme, wait_for_text   # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def evil(outboard, tmp_path_factory):
    return hostile.build(outboard.stage, tmp_path_factory.mktemp("evil"))


@pytest.fixture(scope="module")
def evil_inside(outboard, tmp_path_factory):
    """The same under a licence that lets it into QEMU."""
    return hostile.build(outboard.stage, tmp_path_factory.mktemp("inside"),
                         '-DEVIL_LICENSE="MIT"')


@pytest.fixture
def attack(outboard, acme, machine, tmp_path):  # noqa: F811
    """attack(module, own=, more=, props...): (machine, bus); the guest says
    its steps in the file `serial`."""
    def start(module, *own, more=(), **props):
        bus = probing.Bus(tmp_path)
        made = machine(
            outboard.command, *own, "qemu-system-arm",
            "-add_modinfo", acme / "acme.json", "-add_machines",
            f"{module},{hostile.board(acme, tmp_path, **props)}",
            "-M", "under-attack", "-kernel", acme / "firmware.elf",
            "-display", "none", "-monitor", "none", "-serial",
            f"file:{tmp_path / 'serial'}", *bus.options(), *more)
        bus.connect()
        return made, bus
    return start


def steps(tmp_path):
    return (tmp_path / "serial").read_text().count("step ")


def guest_runs_on(tmp_path):
    before = steps(tmp_path)
    probing.wait_for(lambda: steps(tmp_path) > before)


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
    """Its line goes up and down by itself, as fast as QEMU takes it."""
    made, bus = attack(evil, "--time-limit=1")
    bus.write(DO, NUMBERS["FLOOD"][0])
    for _ in range(20):
        assert made.qmp("query-status")["running"]
    guest_runs_on(tmp_path)
    assert bus.read(DO) == ONES
    assert "evil.so" in made.end()


def test_attack_dead_model_leaves_the_guest(attack, evil, tmp_path):
    made, bus = attack(evil)
    bus.write(DO, NUMBERS["SEGV"][0])
    assert bus.read(DO) == ONES
    guest_runs_on(tmp_path)
    assert "ended by signal 11" in made.end()
