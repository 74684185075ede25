# SPDX-License-Identifier: MIT
"""Makes accesses to a board while its firmware runs, and finds what ends it.

They go through qtest's protocol beside TCG: the guest runs on. All answers
come in the order of the questions, so the first one that has no answer is the
access that ended or hung QEMU; it is tried alone in a new QEMU, and with as
few of those before it as are needed.
"""

import os
import pathlib
import re
import select
import shutil
import socket
import tempfile
import time

from access_stream import Stream, regions
from support.qmp import Machine

BATCH = 64
SOON_S, LATE_S, HANG_CPU_S = 20, 180, 10
BEFORE = 400            # accesses of a board's run that a replay may need


class Known:
    """An end of QEMU's own that docs/security.md names by this title: what
    QEMU says of it, or how it ends at an access to a region of that name."""

    def __init__(self, title, says=None, region=None, how=None):
        self.title, self.says = title, says
        self.region, self.how = region, how

    def is_it(self, end, region):
        if self.says:
            return re.search(self.says, end.said) is not None
        return region == self.region and \
            re.fullmatch(self.how, end.how) is not None


KNOWN = {
    "lockup": Known("`armv7m` (Cortex-M boards)", "qemu: fatal: Lockup"),
    # The guest chooses the status; a signal's number would be below 0.
    "power-off": Known("`riscv.sifive.test` (rv64)",
                       region="riscv.sifive.test", how=r"ends with \d+"),
}


class End(Exception):
    """QEMU ended, or hung, at an access."""

    def __init__(self, how, index, said):
        super().__init__(how)
        self.how, self.index, self.said = how, index, said


class Guest:
    """A board that runs, qtest's connection, and QMP."""

    def __init__(self, argv):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ob"))
        self.out = self.folder / "out"
        self.bus = Bus(self.folder)
        self.machine = None
        try:
            self.machine = Machine(
                ["sh", "-c", 'exec "$@" > "$0" 2>&1', self.out, *argv,
                 "-serial", f"file:{self.folder / 'serial'}",
                 *self.bus.options()], {}, self.folder)
            self.bus.connect()
        except BaseException:
            self.close()
            raise
        self.pid = self.machine.process.pid
        self.machine.stream.flush()

    def serial(self):
        return (self.folder / "serial").read_bytes()

    def said(self):
        return self.out.read_text(errors="replace")

    def cpu_s(self):
        """What the main thread has used; the processor has its own."""
        try:
            stat = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/stat")
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def how_ended(self):
        return f"ends with {self.machine.process.wait(30)}"

    def do(self, lines):
        """The answers to all; raises End."""
        answers = self.bus.ask_all(lines, self)
        if len(answers) < len(lines):
            how = "hangs" if self.bus.hangs else self.how_ended()
            raise End(how, len(answers), self.said()[-2000:])
        return answers

    def alive(self):
        """The monitor answers; a stopped machine continues. Raises End."""
        try:
            status = self.machine.qmp("query-status")
            if not status["running"]:
                self.machine.qmp("system_reset")
                self.machine.qmp("cont")
        except (OSError, ValueError, AssertionError) as error:
            how = "monitor does not answer"
            for _ in range(100):
                if self.machine.process.poll() is not None:
                    how = self.how_ended()
                    break
                time.sleep(0.05)
            raise End(how, None, self.said()[-2000:]) from error

    def close(self):
        if self.machine:
            self.machine.process.kill()
            self.machine.process.wait()
            self.machine.end()
        self.bus.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Bus:
    """qtest's protocol, many questions at a time."""

    def __init__(self, folder):
        self.path = folder / "qtest"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(1)
        self.listener.settimeout(60)
        self.connection, self.hangs = None, False

    def options(self):
        return ["-qtest", f"unix:{self.path}", "-qtest-log", "none"]

    def connect(self):
        self.connection, _ = self.listener.accept()

    def ask_all(self, lines, guest):
        """As many answers as came."""
        try:
            self.connection.sendall(("\n".join(lines) + "\n").encode())
        except OSError:
            return []
        seen, start, cpu_s = b"", time.monotonic(), guest.cpu_s()
        while seen.count(b"\n") < len(lines):
            if not select.select([self.connection], [], [], 1)[0]:
                waited = time.monotonic() - start
                used = guest.cpu_s() - cpu_s
                if waited > LATE_S or waited > SOON_S and used > HANG_CPU_S:
                    self.hangs = True
                    break
                continue
            try:
                some = self.connection.recv(1 << 16)
            except OSError:
                break
            if not some:
                break
            seen += some
            start, cpu_s = time.monotonic(), guest.cpu_s()
        return seen.decode().split("\n")[:-1]

    def close(self):
        self.listener.close()
        if self.connection:
            self.connection.close()


class Sweep:
    """Many accesses to a board; what ended or hung it, each once."""

    def __init__(self, board, argv, seed, known=()):
        self.board, self.argv, self.seed = board, argv, seed
        self.known, self.known_ends = known, 0
        self.count, self.found, self.passed_over = 0, [], 0
        self.guest = self.stream = self.flat = None
        self.history = []
        self.avoid = set()      # (region's name, offset, reads or writes)

    def start(self):
        self.stop()
        self.guest = Guest(self.argv)
        if self.flat is None:
            # The board as it is made; the guest may move things later.
            self.flat = regions(self.guest.machine.hmp("info mtree -f"))
            self.stream = Stream(self.board, self.flat, self.seed)
        wait_for_serial(self.guest, self.board.words)
        self.history = []
        self.send([(None, 0, line) for line in self.stream.descriptors()])

    def stop(self):
        if self.guest:
            self.guest.close()
            self.guest = None

    def draw(self):
        """The next access that is not known to end it."""
        while True:
            region, at, line = self.stream.next()
            key = (region.name, at & ~3, line[0]) if region else None
            if key not in self.avoid:
                return region, at, line
            self.passed_over += 1

    def send(self, batch):
        try:
            self.guest.do([line for _, _, line in batch])
        except End as end:
            self.history += batch[:end.index]
            self.ended(end, batch[end.index])
            return
        self.history += batch
        self.count += len(batch)
        try:
            self.guest.alive()
        except End as end:
            self.ended(end, batch[-1])

    def ended(self, end, access):
        region, at, line = access
        name = region.name if region else "-"
        if any(KNOWN[known].is_it(end, name) for known in self.known):
            self.known_ends += 1
            if region:
                self.avoid.add((name, at & ~3, line[0]))
            self.start()
            return
        few = self.fewest(access)
        self.found.append({
            "board": self.board.name, "region": name, "offset": at,
            "line": line, "how": end.how, "said": end.said, "few": few})
        if region:
            self.avoid.add((name, at & ~3, line[0]))
        self.start()

    def ends(self, lines):
        """Whether a new QEMU ends by these accesses alone."""
        guest = Guest(self.argv)
        try:
            wait_for_serial(guest, self.board.words)
            guest.do(lines)
            guest.alive()
            guest.do(["readl 0x0"])
        except End:
            return True
        finally:
            guest.close()
        return False

    def fewest(self, access):
        """The accesses that are needed before it: none, or few; or None."""
        line = access[2]
        self.stop()
        if self.ends([line]):
            return [line]
        before = [other[2] for other in self.history[-BEFORE:]]
        same = [other[2] for other in self.history[-BEFORE * 8:]
                if access[0] and other[0] is access[0]]
        for some in (same, before):
            if self.ends([*some, line]):
                return self.halved(some, line)
        return None

    def halved(self, some, line, tries=24):
        """Leave out what is not needed, half of it first."""
        step = max(1, len(some) // 2)
        while tries and some:
            at = 0
            while at < len(some) and tries:
                fewer = some[:at] + some[at + step:]
                tries -= 1
                if self.ends([*fewer, line]):
                    some = fewer
                else:
                    at += step
            if step == 1:
                break
            step = max(1, step // 2)
        return [*some, line]

    def run(self, count, ends_most=40):
        try:
            self.start()
            while self.count < count and \
                    len(self.found) + self.known_ends < ends_most:
                self.send([self.draw() for _ in range(BATCH)])
            return self
        finally:
            if self.guest:
                self.last_said = self.guest.said()
            self.stop()


def wait_for_serial(guest, words):
    """The firmware runs."""
    end = time.monotonic() + 120
    while words not in guest.serial():
        assert guest.machine.process.poll() is None, guest.said()
        assert time.monotonic() < end, (words, guest.serial()[-500:])
        time.sleep(0.02)
