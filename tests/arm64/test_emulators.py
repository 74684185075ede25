# SPDX-License-Identifier: MIT
"""The bridge in Debian's arm64 emulators, under user-mode emulation."""
import concurrent.futures
import json
import re

import pexpect
from pexpect.popen_spawn import PopenSpawn
import pytest

from cross import LIMIT_S, clean_environment, run

BOARDS = ["acme-devkit", "acme-devkit-c"]
# How many each suite has; aliases (ppc64le) count.
EMULATORS = {"bookworm": 32, "trixie": 26, "sid": 25}


def examine(outboard, emulator):
    """What is wrong with this emulator, as one line; None if nothing is."""
    done = run(outboard, "doctor", "--json", emulator)
    if done.returncode != 0:
        return f"{emulator.name}: {done.stdout}{done.stderr}"
    report = json.loads(done.stdout)
    empty = [row["name"] for row in report["layout"] + report["checks"]
             if row["value"] is None]
    return f"{emulator.name}: nothing for {empty}" if empty else None


def test_arm64_emulator_passes_the_doctor(outboard, qemu):
    assert examine(outboard, qemu("build", "aarch64")) is None


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.limit(900)
@pytest.mark.parametrize("suite", EMULATORS)
def test_arm64_all_emulators_of_a_suite_pass_the_doctor(outboard, root, qemu,
                                                        suite):
    names = [path.name.split("-", 2)[2] for path in
             sorted(root(suite).glob("usr/bin/qemu-system-*"))
             if path.read_bytes()[:4] == b"\x7fELF"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = list(pool.map(lambda name: examine(outboard,
                                                   qemu(suite, name)), names))
    assert [line for line in wrong if line] == []
    assert len(names) >= EMULATORS[suite]


def acme_plays(outboard, emulator, acme, board):
    """The firmware's banner, its steps, an echo, and the guest's power-off.

    On pipes: user-mode emulation knows no TCGETS2, by which newer C libraries
    set terminals.
    """
    argv = [str(word) for word in (
        outboard, emulator, "-add_modinfo", acme / "acme.json", "-M", board,
        "-kernel", acme / "firmware.elf", "-nographic")]
    child = PopenSpawn(argv, timeout=LIMIT_S, encoding="ascii",
                       codec_errors="replace", env=clean_environment())
    try:
        child.expect("ACME DevKit rev B, started by power-on")
        for lit in ("*...", ".*..", "..*."):
            child.expect(re.escape(f"leds {lit} step"))
        child.send("q")
        child.expect("bye")
        child.expect(pexpect.EOF)
        assert child.wait() == 0
    finally:
        if child.proc.poll() is None:
            child.proc.kill()
            child.proc.wait()


def test_arm64_acme_runs_in_process(outboard, qemu, acme):
    acme_plays(outboard, qemu("build", "arm"), acme, "acme-devkit")


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.parametrize("suite", EMULATORS)
@pytest.mark.parametrize("board", BOARDS)
def test_arm64_acme_runs_in_process_on_each_suite(outboard, qemu, acme, suite,
                                                  board):
    acme_plays(outboard, qemu(suite, "arm"), acme, board)
