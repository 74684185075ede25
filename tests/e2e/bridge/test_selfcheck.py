# SPDX-License-Identifier: MIT
"""The bridge's self-check, on real emulators and on impostors."""

import re

import pytest

from support.paths import BUILD
from support.qemus import BARE_QEMU, emulators

LIVE = ("-M", "outboard-doctor", "-display", "none", "-nodefaults")
MICROVM = "/usr/bin/qemu-system-x86_64-microvm"
FAKE = BUILD / "tests" / "e2e" / "fake-qemu"
BARE = BUILD / "tests" / "e2e" / "bare-qemu"


def checkable():
    """The emulators that can be checked.

    Not: what exports nothing, and a wrapper of Ubuntu that prints a warning.
    """
    return [pytest.param(path, id=path.rsplit("-", 1)[1])
            for path in emulators()
            if path != MICROVM and not path.endswith("-spice")]


@pytest.mark.parametrize("emulator", checkable())
def test_selfcheck_installed_emulator_passes(qemu, emulator):
    done, report = qemu.doctor(emulator, *LIVE)
    assert (done.status, done.err) == (0, "")
    assert report["ok"] and report["live"] and report["error"] is None
    rows = report["layout"] + report["checks"]
    assert [row["name"] for row in rows if row["value"] is None] == []


def test_selfcheck_checks_every_target(qemu):
    # One exports nothing, and is for x86-64 hosts alone; bookworm's i386 is a
    # script that starts another.
    all_of = {"bookworm": 32 + BARE_QEMU}
    assert len(emulators()) >= all_of.get(qemu.name, 24)


def test_selfcheck_report_names_value_and_way(qemu):
    _, report = qemu.doctor("qemu-system-aarch64", *LIVE)
    rows = {row["name"]: row for row in report["layout"]}
    assert rows["sizeof(MemoryRegionOps)"]["value"] == 80
    assert rows["DeviceClass.realize"]["value"] == 144
    assert rows["MachineClass.desc"]["value"] == 120
    assert all(row["how"] for row in report["layout"])
    assert re.match(r"QEMU \d+\.\d+\.\d+ .*build-id [0-9a-f]{8,}",
                    report["qemu"])
    assert report["symbols"]["bound"] > 100


def test_selfcheck_without_doctor_machine_stops_before_qemu_goes_on(qemu):
    done, report = qemu.doctor("qemu-system-arm", "-M", "help")
    assert done == (0, "", "")
    assert report["ok"] and not report["live"]
    assert [row["value"] for row in report["checks"]] == [None] * 5


def test_selfcheck_takes_under_25_ms(qemu):
    """This is CPU time, which other processes do not change."""
    times = [qemu.doctor("qemu-system-aarch64", *LIVE)[1]["cpu_us"]
             for _ in range(5)]
    assert 0 < min(times) < 25000, times


def test_selfcheck_doctor_fd_closed_is_refused(qemu):
    done = qemu.session("--doctor-fd", "77", "--", "qemu-system-arm")
    assert done.status == 1
    assert done.err == ("outboard: OUTBOARD_SESSION: the doctor's descriptor "
                        "is not open (77); use outboard doctor\n")


def test_selfcheck_missing_functions_are_named(qemu):
    done = qemu.session("--", BARE)
    assert done.status == 1
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert re.match(r"outboard: QEMU of unknown version, build-id \w+: "
                    r"\d+ function\(s\) that the bridge needs are not exported "
                    r"\(.*\bbql_lock_impl or qemu_mutex_lock_iothread_impl, "
                    r".*, \.\.\.\); use ", done.err)


@pytest.mark.parametrize("fake, item, seen", [
    ("unlocked", "machine lock at the hook", 0),
    ("machine", "machines at the hook", 1),
    ("badtype", "TypeImpl", 0),
    ("notype", "TypeImpl.class_size", 0),
    ("twotypes", "TypeImpl.class_size", 2),
    ("noclass", "device", 0),
    ("zeroclass", "sizeof(SysBusDevice)", 2048),
    ("randclass", "sizeof(SysBusDevice)", 2048),
    ("sized", "DeviceClass.realize", 0),
])
def test_selfcheck_unknown_layout_is_refused(qemu, fake, item, seen):
    done = qemu.session("--", FAKE, env={"FAKE": fake})
    assert done.status == 1
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"outboard: self-check: {item}: {seen} where ")
    assert ", in QEMU of unknown version, build-id " in done.err


def test_selfcheck_refusal_reaches_the_doctor(qemu):
    done, report = qemu.doctor(BARE)
    assert done.status == 1 and done.err == ""
    assert not report["ok"] and "not exported" in report["error"]
