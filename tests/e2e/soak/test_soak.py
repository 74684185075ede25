# SPDX-License-Identifier: MIT
"""Many starts and stops leave nothing behind.

Short by default; OUTBOARD_SOAK=full (make soak) makes 200 of the acme board's
and 20 of the Pi's, and more than a thousand crashes of a model. Looked at:
processes with our mark in their environment, our own descriptors, new files
where QEMU and the bridge may make some, what a start takes of memory; and,
within one QEMU, descriptors and memory over many resets and crashes.
"""

import os
import pathlib
import signal
import statistics
import subprocess
import time

import pytest


from support import evil_module
from support.acme import BANNER, command
from support.paths import CACHE
from support.processes import (GROWTH_KIB, LIMIT_S, all_end, children,
                               clean_environment, descriptors, models,
                               resident_kib, wait_for)
from support.qtest import Bus

FULL = os.environ.get("OUTBOARD_SOAK") == "full"
ACME_STARTS, PI_STARTS, RESETS = (200, 20, 200) if FULL else (40, 4, 60)
CRASH_ROUNDS = 12 if FULL else 1    # of some ninety ways each


def marked_processes(mark):
    """Pids of the processes with the mark in their environment."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def files_of_ours():
    """What QEMU or the bridge may have left in places that all share."""
    return {path for folder in ("/tmp", "/dev/shm", "/run")
            for path in pathlib.Path(folder).glob("*")
            if any(word in path.name.lower()
                   for word in ("outboard", "qemu", "ob-", "vl.", "memfd"))}


class Soak:
    """Starts, waits for words on the console, and stops; counts."""

    def __init__(self, folder):
        self.folder = folder
        self.mark = f"SOAK_MARK={folder}"
        self.peaks_kib = []

    def start_and_stop(self, argv, words, last_key):
        """One run: by the guest's own power-off if `last_key`, or a signal."""
        env = clean_environment({"TMPDIR": str(self.folder),
                                 "SOAK_MARK": str(self.folder)})
        process = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            self.wait_for(process, words)
            if last_key:
                process.stdin.write(last_key)
                process.stdin.flush()
            else:
                process.send_signal(signal.SIGTERM)
            self.drain(process)
            self.reap(process)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            process.stdin.close()
            process.stdout.close()
        assert process.returncode == 0

    def reap(self, process):
        """Wait for one that has closed its output; what it took at most."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peaks_kib.append(usage.ru_maxrss)

    @staticmethod
    def wait_for(process, words):
        end, seen = time.monotonic() + LIMIT_S, b""
        while words not in seen:
            part = os.read(process.stdout.fileno(), 4096)
            assert part and time.monotonic() < end, seen[-500:]
            seen += part

    @staticmethod
    def drain(process):
        end = time.monotonic() + LIMIT_S
        while os.read(process.stdout.fileno(), 4096):
            assert time.monotonic() < end, "it goes on and on"

    def check(self, before):
        assert marked_processes(self.mark) == []
        assert descriptors() == before[0]
        end = time.monotonic() + LIMIT_S    # another test's go by themselves
        while files_of_ours() - before[1] and time.monotonic() < end:
            time.sleep(0.1)
        assert files_of_ours() - before[1] == set()
        assert list(self.folder.iterdir()) == []
        quarter = max(1, len(self.peaks_kib) // 4)
        first, last = (statistics.median(peaks) for peaks in
                       (self.peaks_kib[:quarter], self.peaks_kib[-quarter:]))
        assert last < first * 1.1 + GROWTH_KIB, self.peaks_kib


@pytest.fixture
def soak(tmp_path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    return Soak(folder)


def test_soak_mark_finds_a_process(soak):
    """The search for what was left is able to find something."""
    process = subprocess.Popen(["sleep", "60"], env=clean_environment(
        {"SOAK_MARK": str(soak.folder)}))
    try:
        end = time.monotonic() + LIMIT_S
        while marked_processes(soak.mark) != [process.pid]:
            assert time.monotonic() < end
    finally:
        process.kill()
        process.wait()


def test_soak_acme_starts_leave_nothing(outboard, acme, soak):
    argv = command(outboard, acme, "acme-devkit", "-display", "none",
                   "-monitor", "none", "-serial", "stdio")
    before = descriptors(), files_of_ours()
    for n in range(ACME_STARTS):
        soak.start_and_stop(argv, BANNER.encode(), b"q" if n % 2 else None)
    soak.check(before)


def test_soak_pi_starts_leave_nothing(outboard, soak):
    argv = [outboard.command, "qemu-system-aarch64", "-M", "raspi4b", "-m",
            "1G", "-display", "none", "-monitor", "none", "-serial", "stdio",
            "-kernel", CACHE / "rpi4" / "u-boot.bin", "-dtb",
            CACHE / "rpi4" / "bcm2711-rpi-4-b.dtb"]
    before = descriptors(), files_of_ours()
    for _ in range(PI_STARTS):
        soak.start_and_stop([str(word) for word in argv], b"RPI 4 Model B",
                            None)
    soak.check(before)


@pytest.mark.parametrize("board", ["acme-devkit", "acme-devkit-c"])
def test_soak_resets_keep_memory_and_descriptors(outboard, acme, machine,
                                                 board):
    made = machine(*command(outboard, acme, board, "-S", "-display", "none",
                            "-serial", "null"))
    pid = made.process.pid
    for _ in range(RESETS // 3):
        made.qmp("system_reset")
    before = descriptors(pid), resident_kib(pid)
    for _ in range(RESETS):
        made.qmp("system_reset")
    assert descriptors(pid) == before[0]
    assert resident_kib(pid) < before[1] + GROWTH_KIB


class Victim:
    """A board with a hostile part, under a guest that runs on."""

    def __init__(self, outboard, acme, module, machine, folder):
        self.serial = folder / "serial"
        self.bus = Bus(folder)
        # Its lines go to a file: there are thousands.
        self.machine = machine(
            "sh", "-c", 'exec "$@" 2> "$0"', folder / "stderr",
            outboard.command, "--time-limit=1", "qemu-system-arm",
            "-add_modinfo", acme / "acme.json", "-add_machines",
            f"{module},{evil_module.board(acme, folder)}", "-M", "under-attack",
            "-kernel", acme / "firmware.elf", "-display", "none", "-monitor",
            "none", "-serial", f"file:{self.serial}", *self.bus.options())
        self.bus.connect()
        self.pid = self.machine.process.pid

    def steps(self):
        return self.serial.read_text().count("step ")

    def guest_runs_on(self):
        before = self.steps()
        wait_for(lambda: self.steps() > before)

    def dead(self):
        return (self.bus.read(evil_module.DO) == evil_module.ONES and
                self.machine.qmp("qom-get", path="/machine/evil",
                                 property="crashed"))

    def restart(self):
        """A new process serves; one that was slow to may be given up."""
        def serves():
            self.machine.qmp("qom-set", path="/machine/evil",
                             property="crashed", value=False)
            return self.bus.read(evil_module.DO) == 0
        wait_for(serves)

    def crash(self, number):
        self.bus.write(evil_module.VICTIM, self.pid)
        self.bus.write(evil_module.DO, number)
        assert self.dead(), f"{number} of {evil_module.NUMBERS}"
        self.restart()

    def kill(self, how):
        """From outside: by the user, or by the kernel when memory is short."""
        for model in models(self.pid):
            os.kill(model, how)
        wait_for(self.dead)
        self.restart()

    def crash_in_all_ways(self):
        """How many."""
        ways = [number for number, kind in evil_module.NUMBERS.values()
                if kind != "OTHER"]
        ways += [evil_module.NUMBERS[name][0] for name in ("TALK", "ASK")]
        for number in ways:
            self.crash(number)
        signals = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)
        for how in signals:
            self.kill(how)
        return len(ways) + len(signals)

    def holds(self):
        """Its descriptors, its processes, its memory in KiB."""
        def settled():
            return sorted(children(self.pid).values()) == [
                "outboard-model", "outboard-runner"]
        wait_for(settled)
        return descriptors(self.pid), resident_kib(self.pid)


@pytest.fixture(scope="module")
def evil(outboard, tmp_path_factory):
    return evil_module.build(outboard.stage, tmp_path_factory.mktemp("evil"))


@pytest.mark.slow
@pytest.mark.limit(1500 if FULL else 240)
def test_soak_crashes_leave_the_machine(outboard, acme, evil,
                                        machine, tmp_path):
    victim = Victim(outboard, acme, evil, machine, tmp_path)
    victim.crash(evil_module.NUMBERS["SEGV"][0])
    victim.guest_runs_on()
    fds, before_kib = victim.holds()
    crashes = 0
    for _ in range(CRASH_ROUNDS):
        crashes += victim.crash_in_all_ways()
        victim.guest_runs_on()
    after = victim.holds()
    print(f"{crashes} crashes; {fds} descriptors, then {after[0]}; "
          f"{before_kib} KiB, then {after[1]}")
    assert after[0] == fds
    assert after[1] < before_kib + 2 * GROWTH_KIB
    assert victim.machine.qmp("query-status")["running"]
    below = children(victim.pid)
    victim.machine.end()
    assert all_end(below)
