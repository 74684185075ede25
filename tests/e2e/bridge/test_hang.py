# SPDX-License-Identifier: MIT
"""A signal ends a QEMU whose main loop hangs in a device.

The fixture starts every machine that hangs before the first test. It sends all
their signals together, because the guard needs two seconds of CPU time to find
each hang.
"""

import os
import re
import signal
import subprocess
import threading
import types

import pytest

from support.crasher import A, CRASH, LOOP
from support.processes import LIMIT_S, clean_environment, wait_for

DMA_BOARD = """{ "outboard": 1, "board": "dma", "arch": ["arm"],
  "memory": { "sram": { "at": 0, "size": "64 KiB" } },
  "parts": {
    "cpu": { "type": "cortex-a15-arm-cpu" },
    "dma": { "type": "bcm2835-dma", "at": ["0x40000000", "0x40010000"],
             "links": { "dma-mr": "system" } } } }
"""
# A control block that names itself as the next one.
DMA_LOOP = [(0x1000, 0), (0x1014, 0x1000), (0x40000004, 0x1000),
            (0x40000000, 1)]
SPIN = [(A + CRASH, LOOP)]
QUIET = ("-display", "none", "-monitor", "none", "-serial", "none")
QTEST = ("-S", "-qtest", "stdio", "-qtest-log", "none")
# The guest makes the model spin, without qtest.
BY_GUEST = ("-device", "loader,addr=0x20008000,data=4,data-len=4")


class Hung:
    """One machine on its way to hang: writes by qtest, or by its guest."""

    def __init__(self, argv, writes, signo):
        self.signo = signo
        self.process = subprocess.Popen(
            [str(word) for word in argv], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment())
        for address, value in writes:
            self.process.stdin.write(f"writel {address:#x} {value:#x}\n")
        self.process.stdin.flush()

    def handles_it(self):
        """Has QEMU a handler of the signal?"""
        with open(f"/proc/{self.process.pid}/status") as status:
            mask = re.search(r"SigCgt:\s*(\w+)", status.read())[1]
        return int(mask, 16) >> (self.signo - 1) & 1

    def spins(self):
        """It has used more CPU time than any start takes."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            used = stat.read().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, used)) >= os.sysconf("SC_CLK_TCK") // 2

    def end(self):
        self.process.send_signal(self.signo)
        try:
            _, err = self.process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, err = self.process.communicate()
            err += "\n(had to be killed)"
        return types.SimpleNamespace(status=self.process.returncode, err=err)


def machines(outboard, folder, dma):
    base = [outboard.command, "qemu-system-arm", "-add_modinfo",
            folder / "crasher.json", "-add_machines", folder / "board.json",
            "-M", "crashers", *QUIET]
    apart = [base[0], "--isolate=all", "--time-limit=0", *base[1:]]
    guest = ["-kernel", folder / "guest.elf", *BY_GUEST]
    return {
        "qtest": Hung([*base, *QTEST], SPIN, signal.SIGTERM),
        "guest": Hung([*base, *guest], [], signal.SIGINT),
        "apart": Hung([*apart, *QTEST], SPIN, signal.SIGHUP),
        "qemu": Hung([outboard.command, "qemu-system-arm", "-add_machines",
                      dma, "-M", "dma", *QUIET, *QTEST], DMA_LOOP,
                     signal.SIGTERM),
    }


@pytest.fixture(scope="module")
def hung(outboard, crasher, tmp_path_factory):
    """name -> how that machine ended."""
    dma = tmp_path_factory.mktemp("dma") / "dma.json"
    dma.write_text(DMA_BOARD)
    dma.parent.chmod(0o755)
    started = machines(outboard, crasher, dma)
    ends = {}
    for name, one in started.items():
        wait_for(one.handles_it)
        if name != "apart":         # there QEMU sleeps
            wait_for(one.spins)
    waiting = [threading.Thread(target=lambda n=name, o=one:
                                ends.update({n: o.end()}))
               for name, one in started.items()]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    return ends


def ended_by(end, signo, line):
    assert end.status == -signo, end
    name = signal.Signals(signo).name
    assert re.search(rf"^outboard: .*{line}.*; QEMU ends by {name}, and its "
                     r"drives were not flushed$", end.err, re.M), end.err
    assert end.err.count("\n") == 1


MODEL = r'part "a": the model of module "crasher" hangs in its register "CRASH"'


def test_hang_of_a_model_in_the_main_loop_ends_by_sigterm(hung):
    ended_by(hung["qtest"], signal.SIGTERM, MODEL)


def test_hang_of_a_model_in_a_cpu_ends_by_sigint(hung):
    ended_by(hung["guest"], signal.SIGINT, MODEL)


def test_hang_of_a_process_without_a_limit_ends_by_sighup(hung):
    ended_by(hung["apart"], signal.SIGHUP,
             r'the process of module "crasher" does not answer \(asked: a: '
             r"write of 4 bytes at regs \+ 0x8")


def test_hang_of_a_part_of_qemus_ends_by_sigterm(hung):
    ended_by(hung["qemu"], signal.SIGTERM,
             r'part "dma": this QEMU\'s part hangs')


# --- machines that do not hang ------------------------------------------------

def healthy(outboard, folder, *more):
    return [outboard.command, "qemu-system-arm", "-add_modinfo",
            folder / "crasher.json", "-add_machines", folder / "board.json",
            "-M", "crashers", "-display", "none", "-monitor", "none",
            "-kernel", folder / "guest.elf", *more]


@pytest.mark.parametrize("more", [(), ("-S",), ("-no-shutdown",)])
@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_hang_is_not_seen_in_a_machine_that_runs(outboard, crasher, machine,
                                                 more, signo):
    made = machine(*healthy(outboard, crasher, *more))
    assert made.qmp("query-status")["running"] == ("-S" not in more)
    made.process.send_signal(signo)
    out, _ = made.process.communicate(timeout=LIMIT_S)
    assert made.process.returncode == 0
    assert re.fullmatch(r"qemu-system-arm: terminating on signal "
                        rf"{int(signo)} .*\n", out)


def test_hang_is_not_seen_in_a_daemon(outboard, crasher,
                                      tmp_path):
    pidfile = tmp_path / "pid"
    done = outboard(*healthy(outboard, crasher, "-daemonize", "-pidfile",
                             pidfile)[1:])
    assert done == (0, "", "")
    pid = int(pidfile.read_text())
    assert all(os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"
               for fd in range(3))
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"))
    assert not pidfile.exists()     # QEMU removes it when it ends


@pytest.mark.qemus("bookworm", reason="the same code in all; takes 5 s")
def test_hang_is_not_seen_in_a_long_command(outboard, crasher, machine,
                                            tmp_path):
    """The main loop writes a dump for as long as a pipe takes its bytes."""
    fifo = tmp_path / "dump"
    os.mkfifo(fifo)
    made = machine(*healthy(outboard, crasher))
    made.stream.write('{"execute": "dump-guest-memory", "arguments": '
                      f'{{"paging": false, "protocol": "file:{fifo}"}}}}\n')
    made.stream.flush()
    reader = os.open(fifo, os.O_RDONLY)     # QEMU waits for it in open()
    made.process.send_signal(signal.SIGTERM)
    # Longer than a hang takes to be found: it has to be alive still.
    with pytest.raises(subprocess.TimeoutExpired):
        made.process.wait(timeout=5)
    while os.read(reader, 1 << 16):
        pass
    os.close(reader)
    assert made.process.wait(timeout=LIMIT_S) == 0
