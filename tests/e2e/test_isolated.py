# SPDX-License-Identifier: MIT
"""Models in processes of their own, under a real QEMU."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

import test_acme
from conftest import LIMIT_S, ROOT, clean_environment
from making import Maker
from test_acme import (  # noqa: F401 (fixtures, and tests that run again)
    acme, console, wait_for_text,
    test_acme_firmware_blinks_echoes_and_powers_off,
    test_acme_icount_runs_alike_twice,
    test_acme_jumper_brings_every_step_back,
    test_acme_reset_by_monitor_is_power_on,
    test_acme_reset_by_software_is_told,
    test_acme_snapshot_in_mid_blink_is_restored)

SANDBOX = ("on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
           "resourcecontrol=deny")
in_process = test_acme.command


@pytest.fixture(autouse=True)
def isolated(monkeypatch):
    """The ACME tests' command, with every module in a process of its own."""
    def command(*arguments):
        argv = in_process(*arguments)
        return argv[:1] + ["--isolate=all"] + argv[1:]

    monkeypatch.setattr(test_acme, "command", command)


def processes():
    """pid -> (parent, name) of all that run and are no zombies."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        state, parent = text.rsplit(")", 1)[1].split()[:2]
        if state not in "ZX":
            found[int(path.parent.name)] = (
                int(parent), text.split("(", 1)[1].rsplit(")", 1)[0])
    return found


def children(pid):
    """All processes below pid: pid -> name."""
    everyone, below, grown = processes(), {pid: ""}, True
    while grown:
        more = {one: name for one, (parent, name) in everyone.items()
                if parent in below and one not in below}
        below.update(more)
        grown = bool(more)
    del below[pid]
    return below


def models(pid):
    return [one for one, name in children(pid).items()
            if name == "outboard-model"]


def models_of(module):
    """Models' processes that have the file `module` mapped, whoever's."""
    found = []
    for pid, (_, name) in processes().items():
        try:
            maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
        except OSError:
            continue
        if name == "outboard-model" and str(module) in maps:
            found.append(pid)
    return found


def all_end(pids):
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if not set(pids) & set(processes()):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def running(tmp_path):
    """running(argv): a board whose serial port goes to the file `serial`."""
    started = []

    def start(argv):
        process = subprocess.Popen(
            argv + ["-display", "none", "-monitor", "none", "-serial",
                    f"file:{tmp_path / 'serial'}"],
            env=clean_environment(), stdin=subprocess.DEVNULL,
            stderr=open(tmp_path / "stderr", "w"))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(LIMIT_S)


def board(outboard, acme, *more):  # noqa: F811
    return test_acme.command(outboard, acme, "acme-devkit", *more)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM,
                                 signal.SIGSEGV])
def test_isolated_nobody_is_left(outboard, acme, running,  # noqa: F811
                                 tmp_path, how):
    process = running(board(outboard, acme))
    wait_for_text(tmp_path / "serial", "step ")
    below = children(process.pid)
    assert sorted(below.values()) == ["outboard-model", "outboard-runner"]
    process.send_signal(how)
    process.wait(LIMIT_S)
    assert all_end(below)


def test_isolated_under_sandbox(outboard, acme, running,  # noqa: F811
                                tmp_path):
    process = running(board(outboard, acme, "-sandbox", SANDBOX))
    wait_for_text(tmp_path / "serial", "step ")
    assert len(models(process.pid)) == 1


def test_isolated_daemonized(outboard, acme, tmp_path):  # noqa: F811
    pid_file = tmp_path / "pid"
    # Of our own, so that its process is told from other tests'.
    acme = shutil.copytree(acme, tmp_path / "acme")
    argv = board(outboard, acme, "-display", "none", "-monitor", "none",
                 "-serial", f"file:{tmp_path / 'serial'}", "-daemonize",
                 "-pidfile", str(pid_file))
    assert subprocess.run(argv, env=clean_environment(), timeout=LIMIT_S,
                          check=False).returncode == 0
    pid = int(pid_file.read_text())
    try:
        wait_for_text(tmp_path / "serial", "step ")
        own = models_of(acme / "acme.so")
        assert len(own) == 1
    finally:
        os.kill(pid, signal.SIGKILL)
    assert all_end([pid, *own])


def test_isolated_model_that_dies_leaves_the_machine(
        outboard, acme, running, tmp_path):  # noqa: F811
    process = running(board(outboard, acme))
    wait_for_text(tmp_path / "serial", "step ")
    model = models(process.pid)[0]
    os.kill(model, signal.SIGSEGV)
    text = wait_for_text(tmp_path / "stderr", "all ones")
    assert ("acme.so: the process at the other end is gone, ended by signal "
            "11 (Segmentation fault); its parts do nothing from now on, and "
            "read as all ones") in text
    assert process.poll() is None


@pytest.fixture
def evil(outboard, tmp_path):
    """The module of the unit tests that means no good; not GPL-compatible."""
    tmp_path.chmod(0o755)
    maker = Maker(outboard.stage, tmp_path)
    glib = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], check=True,
                          text=True, stdout=subprocess.PIPE).stdout.split()
    return maker.compile("evil", (ROOT / "tests/unit/evil.c").read_text(),
                         "-D_GNU_SOURCE", f"-I{ROOT / 'tests/unit'}",
                         f"-I{ROOT / 'src'}", *glib)


def test_isolated_proprietary_is_not_in_qemu(outboard, evil, running):
    process = running([str(outboard.command), "qemu-system-arm", "-M", "none",
                       "-add_machines", str(evil), "-device", "evil"])
    deadline = time.monotonic() + LIMIT_S
    while not models(process.pid) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text()
    assert "outboard-bridge.so" in maps and "evil" not in maps
    # It is where it should be: the test would notice.
    model = models(process.pid)[0]
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if "evil.so" in pathlib.Path(f"/proc/{model}/maps").read_text():
            return
        time.sleep(0.02)
    pytest.fail("evil.so is nowhere")


def test_isolated_list_says_where_and_why(outboard, acme, evil):  # noqa: F811
    done = outboard("list", acme / "acme.json", evil)
    assert ("runs in QEMU's process: its licence allows it") in done.out
    assert ("runs in a process of its own: its licence cannot be combined "
            "with QEMU's") in done.out
    done = outboard("--isolate=acme", "list", acme / "acme.json")
    assert "runs in a process of its own: --isolate names it" in done.out


@pytest.mark.parametrize("arguments, text", [
    (["--isolate=nope", "qemu-system-arm"],
     '--isolate: no module "nope" is installed or announced; see outboard '
     'list'),
    (["qemu-system-arm", "-add_modinfo", "isolation=process"],
     "-add_modinfo: isolation=process stands before any file; write "
     "FILE.json,isolation=process"),
    (["qemu-system-arm", "-add_modinfo", "isolation=full"],
     '-add_modinfo: isolation=full stands before any file; write '
     'FILE.json,isolation=full'),
])
def test_isolated_wrong_words_are_refused(outboard, arguments, text):
    done = outboard(*arguments)
    assert (done.status, done.err) == (1, f"outboard: {text}\n")


def test_isolated_asked_for_with_the_file(outboard, acme):  # noqa: F811
    done = outboard("--print", "qemu-system-arm", "-add_modinfo",
                    f"{acme / 'acme.json'},isolation=process")
    assert "# note isolation: process acme\n" in done.out
