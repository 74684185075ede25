# SPDX-License-Identifier: MIT
"""Isolated models in a real QEMU: their processes, and where they run."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from support import acme as acme_board
from support.processes import (LIMIT_S, all_end, children, clean_environment,
                               models, models_of, wait_for_text)
from support.qemus import SANDBOX


def board(outboard, acme, *more):
    """The command line of the ACME board, with each module isolated."""
    return [str(word) for word in (
        outboard.command, "--isolate=all",
        *acme_board.words(acme, "acme-devkit", *more))]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM,
                                 signal.SIGSEGV])
def test_isolated_processes_end_with_qemu(outboard, acme, running, tmp_path,
                                          how):
    process = running(board(outboard, acme))
    wait_for_text(tmp_path / "serial", "step ")
    below = children(process.pid)
    assert sorted(below.values()) == ["outboard-model", "outboard-runner"]
    process.send_signal(how)
    process.wait(LIMIT_S)
    assert all_end(below)


def test_isolated_under_sandbox(outboard, acme, running, tmp_path):
    process = running(board(outboard, acme, "-sandbox", SANDBOX))
    wait_for_text(tmp_path / "serial", "step ")
    assert len(models(process.pid)) == 1


def test_isolated_daemonized(outboard, acme, tmp_path):
    pid_file = tmp_path / "pid"
    # A copy, so that its process differs from those of other tests.
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
        outboard, acme, running, tmp_path):
    process = running(board(outboard, acme))
    wait_for_text(tmp_path / "serial", "step ")
    model = models(process.pid)[0]
    os.kill(model, signal.SIGSEGV)
    text = wait_for_text(tmp_path / "stderr", "all ones")
    assert ("acme.so: the process at the other end is gone, ended by signal "
            "11 (Segmentation fault); its parts do nothing from now on, and "
            "read as all ones") in text
    assert process.poll() is None


def test_isolated_proprietary_is_not_in_qemu(outboard, evil, running):
    process = running([str(outboard.command), "qemu-system-arm", "-M", "none",
                       "-add_machines", str(evil), "-device", "evil"])
    deadline = time.monotonic() + LIMIT_S
    while not models(process.pid) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text()
    assert "outboard-bridge.so" in maps and "evil" not in maps
    # The model's process has it, so the search above is able to find it.
    model = models(process.pid)[0]
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if "evil.so" in pathlib.Path(f"/proc/{model}/maps").read_text():
            return
        time.sleep(0.02)
    pytest.fail("evil.so is nowhere")


def test_isolated_list_says_where_and_why(outboard, acme, evil):
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


def test_isolated_asked_for_with_the_file(outboard, acme):
    done = outboard("--print", "qemu-system-arm", "-add_modinfo",
                    f"{acme / 'acme.json'},isolation=process")
    assert "# isolation -add_modinfo: process acme\n" in done.out
