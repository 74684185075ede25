# SPDX-License-Identifier: MIT
"""A model in another language, as a user starts it: "command" in modinfo."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from support import sample_modules
from support.paths import ROOT
from support.processes import LIMIT_S, clean_environment, wait_for
from support.qtest import Bus

PEER = ROOT / "examples" / "peer"
A, B, SUM = 0x40000000, 0x40000004, 0x40000008
BUTTON, LEVEL = 0x4000000c, 0x40010000 + 0x10
SANDBOX = ("on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
           "resourcecontrol=deny")


@pytest.fixture
def folder(outboard, tmp_path):
    """The example's files, and a board where a probe sees the adder's line."""
    tmp_path.chmod(0o755)
    sample_modules.build(outboard.stage, tmp_path, "probe")
    for path in PEER.glob("*.*"):
        shutil.copy(path, tmp_path)
        (tmp_path / path.name).chmod(0o755 if path.suffix == ".py" else 0o644)
    board = json.loads((PEER / "adder-board.json").read_text())
    board["parts"]["adder"]["irq"] = ["probe.in.0", "probe.in.1"]
    board["parts"]["probe"] = {"type": "test-probe", "at": "0x40010000"}
    write(tmp_path / "board.json", board)
    return tmp_path


def write(path, content):
    path.write_text(json.dumps(content))
    path.chmod(0o644)


def announce(folder, **fields):
    """The adder's modinfo with other fields."""
    entry = json.loads((PEER / "py-adder.json").read_text())["py-adder"]
    write(folder / "py-adder.json", {"py-adder": {**entry, **fields}})


def program(folder, text):
    """A peer that is another program: a shell script."""
    (folder / "peer.py").write_text("#!/bin/sh\n" + text)
    (folder / "peer.py").chmod(0o755)


def argv(outboard, folder, *more):
    return [str(word) for word in (
        outboard.command, "qemu-system-arm",
        "-add_modinfo", folder / "probe.json",
        "-add_modinfo", folder / "py-adder.json",
        "-add_machines", folder / "board.json", "-M", "py-adder-board",
        "-display", "none", "-monitor", "none", *more)]


@pytest.fixture
def board(outboard, folder, machine):
    """board(arguments...): (machine, bus) of the adder and its probe."""
    def start(*arguments, env=None):
        bus = Bus(folder)
        made = machine(*argv(outboard, folder, *bus.options(), *arguments),
                       env=env)
        bus.connect()
        return made, bus
    return start


def peers(folder, name="peer.py"):
    """Processes that have the folder's program in their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder / name).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return [pid for pid in found if runs(pid)]


def runs(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] not in "ZX"


def test_peer_adds_and_raises_its_line(board):
    _, bus = board()
    bus.write(A, 40)
    bus.write(B, 2)
    assert bus.read(SUM) == 42
    assert bus.read(LEVEL) == 0
    bus.write(A, 0xffffffff)
    assert bus.read(LEVEL) == 1
    bus.write(B, 0)
    assert bus.read(LEVEL) == 0


def test_peer_raises_a_line_without_a_request(board, folder):
    _, bus = board()
    for _ in range(3):
        assert bus.read(LEVEL) == 0
        os.kill(peers(folder)[0], signal.SIGUSR1)
        wait_for(lambda: bus.read(LEVEL) == 2)
        assert bus.read(BUTTON) == 1
        bus.write(BUTTON, 0)


def test_peer_is_reset_with_the_machine(board):
    made, bus = board()
    bus.write(A, 5)
    made.qmp("system_reset")
    wait_for(lambda: bus.read(A) == 0)


def test_peer_snapshot_is_restored(board, folder):
    disk = folder / "snapshots.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"],
                   check=True)
    made, bus = board("-drive", f"if=none,format=qcow2,file={disk}")
    bus.write(A, 0xffffffff)
    bus.write(B, 2)
    assert made.hmp("savevm one") == ""
    bus.write(B, 0)
    assert bus.read(LEVEL) == 0
    assert made.hmp("loadvm one") == ""
    assert (bus.read(SUM), bus.read(LEVEL)) == (1, 1)


def test_peer_that_dies_leaves_the_machine(board, folder):
    made, bus = board()
    os.kill(peers(folder)[0], signal.SIGKILL)
    assert bus.read(SUM) == 0xffffffff
    made.qmp("query-status")
    out = made.end()
    assert f"{folder}/peer.py: the process at the other end is gone" in out
    assert "ended by signal 9 (Killed)" in out


def test_peer_is_restarted(board, folder):
    made, bus = board()
    made.qmp("qom-set", path="/machine/adder", property="on-crash",
             value="restart")
    bus.write(A, 1)
    for _ in range(2):
        old = peers(folder)
        os.kill(old[0], signal.SIGKILL)
        made.event("OUTBOARD_MODEL_GONE")
        wait_for(lambda old=old: bus.read(A) == 0 and len(peers(folder)) == 1
                 and peers(folder) != old)
        os.kill(peers(folder)[0], signal.SIGUSR1)
        wait_for(lambda: bus.read(LEVEL) == 2)
        bus.write(BUTTON, 0)
        bus.write(A, 1)


def test_peer_is_restarted_under_sandbox(board, folder):
    made, bus = board("-sandbox", SANDBOX)
    made.qmp("qom-set", path="/machine/adder", property="on-crash",
             value="restart")
    bus.write(A, 5)
    first = peers(folder)
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: bus.read(A) == 0)
    assert bus.read(SUM) == 0
    bus.write(B, 7)
    assert bus.read(SUM) == 7
    assert len(peers(folder)) == 1 and peers(folder) != first


def test_peer_of_a_daemon_ends_with_it(outboard, folder):
    pid_file = folder / "pid"
    words = argv(outboard, folder, "-serial", "null", "-S", "-daemonize",
                 "-pidfile", pid_file)
    assert subprocess.run(words, env=clean_environment(), timeout=LIMIT_S,
                          check=False).returncode == 0
    pid = int(pid_file.read_text())
    assert peers(folder)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not runs(pid) and not peers(folder))


def test_peer_under_sandbox(board):
    _, bus = board("-sandbox", SANDBOX)
    bus.write(A, 1)
    assert bus.read(SUM) == 1


def test_peer_has_the_users_environment_and_words(board, folder):
    announce(folder, command=["./peer.py", "two words", ""])
    (folder / "real.py").write_text((PEER / "peer.py").read_text())
    program(folder, 'printf "%s|%s|%s|%s|" "$#" "$1" "$OUTBOARD_TEST"'
            f' "$LD_PRELOAD" > {folder}/seen\n'
            f"echo hello; exec /usr/bin/python3 {folder}/real.py\n")
    made, bus = board("-serial", "stdio", env={"OUTBOARD_TEST": "yes"})
    assert bus.read(SUM) == 0
    assert (folder / "seen").read_text() == "2|two words|yes||"
    assert "hello" in made.end()        # its output is on stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("stubborn", [False, True])
def test_peer_ends_with_qemu(board, folder, how, stubborn):
    """Also a peer that leaves a process in another session."""
    if stubborn:
        (folder / "real.py").write_text((PEER / "peer.py").read_text())
        program(folder, f"setsid sh -c 'trap \"\" TERM HUP; : {folder}/peer.py"
                "; while :; do sleep 1; done' &\n"
                f"exec /usr/bin/python3 {folder}/real.py {folder}/peer.py\n")
    made, bus = board()
    assert bus.read(SUM) == 0
    wait_for(lambda: len(peers(folder)) == 1 + stubborn)
    made.process.send_signal(how)
    made.process.wait(LIMIT_S)
    wait_for(lambda: not peers(folder))


def refused(outboard, folder, text):
    done = outboard(*argv(outboard, folder)[1:])
    assert done.status == 1
    assert text in done.err, done.err


def test_peer_that_is_not_a_program_is_refused(outboard, folder):
    place = f"{folder}/py-adder.json:1:2: module \"py-adder\""
    announce(folder, command=["./nothing"])
    refused(outboard, folder, f"{place}: {folder}/./nothing: cannot be opened "
            "(No such file or directory); check the name and your permission")
    announce(folder, command=["./peer.py"])
    (folder / "peer.py").chmod(0o644)
    refused(outboard, folder, f"{place}: {folder}/./peer.py: cannot be run "
            "(Permission denied); chmod +x "
            f"{folder}/./peer.py")
    (folder / "peer.py").chmod(0o777)
    refused(outboard, folder, f"{place}: {folder}/./peer.py: others may write "
            f"it (mode 0777); chmod go-w {folder}/./peer.py")


def test_peer_that_the_kernel_cannot_start_is_refused(outboard, folder):
    (folder / "peer.py").write_text("#!/no/such/interpreter\n")
    refused(outboard, folder, f"{folder}/peer.py: cannot be started (No such "
            "file or directory)")


def test_peer_that_says_nothing_is_refused(outboard, folder):
    program(folder, "exit 3\n")
    refused(outboard, folder, f"{folder}/peer.py: in a process of its own: "
            "the process at the other end is gone, ended by itself, status 3")


def test_peer_without_the_announced_type_is_refused(outboard, folder):
    announce(folder, objs=["py-adder", "py-other"])
    board = json.loads((folder / "board.json").read_text())
    board["parts"]["adder"]["type"] = "py-other"
    write(folder / "board.json", board)
    refused(outboard, folder, 'holds no type "py-other", though it is '
            "announced to")


def test_peer_is_counted_on_a_verbose_run(outboard, folder, machine):
    words = argv(outboard, folder, "-S")
    made = machine(words[0], "--verbose", *words[1:])
    made.qmp("quit")
    assert re.search(r"outboard: note: adder \(py-adder\): asked \d+ times, "
                     r"0 writes posted\n", made.end())


def test_peer_is_listed_and_checked(outboard, folder):
    done = outboard("list", folder / "py-adder.json")
    assert ("py-adder             runs as ./peer.py, licence MIT, for any; "
            "announced") in done.out
    assert "runs in a process of its own: it is a program" in done.out
    done = outboard("list", "--json", folder / "py-adder.json")
    fields = {one["module"]: one for one in json.loads(done.out)["modules"]}
    assert fields["py-adder"]["command"] == ["./peer.py"]
    assert fields["py-adder"]["isolation"] == "process"
    assert "command" not in fields.get("riscv", {})
    done = outboard("check", folder / "py-adder.json")
    assert f"good, module py-adder ({folder}/peer.py)" in done.out


# --- a part on an I2C bus ----------------------------------------------------

SENSOR, TEMPERATURE = 0x49, 0           # the address that a test states
PCI_ADDRESS, PCI_DATA, SMBUS = 0xcf8, 0xcfc, 0x8000fb00     # 00:1f.3 of q35
PORTS = 0xb100          # where the test maps the controller; no device is there


class Smbus:
    """q35's controller of I2C, driven by its ports: Intel's ICH9."""

    STATUS, CONTROL, COMMAND, ADDRESS, DATA0, DATA1 = 0, 2, 3, 4, 5, 6
    BUSY, DONE, FAILED, START, BYTE, WORD = 1, 2, 4, 0x40, 0x08, 0x0c

    def __init__(self, bus):
        self.bus = bus
        for register, value in (0x20, PORTS), (0x04, 1), (0x40, 1):
            bus.ask(f"outl {PCI_ADDRESS:#x} {SMBUS + register:#x}")
            bus.ask(f"outw {PCI_DATA:#x} {value:#x}")

    def get(self, register):
        return int(self.bus.ask(f"inb {PORTS + register:#x}")[0], 16)

    def set(self, register, value):
        self.bus.ask(f"outb {PORTS + register:#x} {value:#x}")

    def run(self, protocol, address, command):
        """Is the whole transfer acknowledged?"""
        self.set(self.STATUS, 0xff)
        self.set(self.ADDRESS, address)
        self.set(self.COMMAND, command)
        self.set(self.CONTROL, self.START | protocol)
        # The controller begins when its status is read.
        wait_for(lambda: self.get(self.STATUS) & (self.DONE | self.FAILED))
        return not self.get(self.STATUS) & self.FAILED

    def read(self, command, address=SENSOR):
        """Two bytes of a register, high first; None: no acknowledge."""
        if not self.run(self.WORD, address << 1 | 1, command):
            return None
        return self.get(self.DATA0) << 8 | self.get(self.DATA1)

    def write(self, command, value):
        self.set(self.DATA0, value)
        return self.run(self.BYTE, SENSOR << 1, command)


@pytest.fixture
def pc(outboard, folder, machine):
    """pc(arguments..., properties): (machine, controller) of a stopped q35."""
    def start(*arguments, properties=f"address={SENSOR:#x}"):
        bus = Bus(folder)
        made = machine(*(str(word) for word in (
            outboard.command, "qemu-system-x86_64", "-add_modinfo",
            folder / "py-sensor.json", "-M", "q35", "-nodefaults", "-S",
            "-display", "none", *bus.options(), "-device",
            f"py-sensor,id=t,{properties}", *arguments)))
        bus.connect()
        return made, Smbus(bus)
    return start


def temperature_set(made, value):
    made.qmp("qom-set", path="/machine/peripheral/t", property="temperature",
             value=value)


def temperature_get(made):
    return made.qmp("qom-get", path="/machine/peripheral/t",
                    property="temperature")


@pytest.mark.parametrize("value, register", [
    (25000, 0x1900), (62500, 0x3e80), (0, 0), (-500, 0xff80),
    (-55000, 0xc900), (125000, 0x7d00)])
def test_peer_on_i2c_is_read_by_the_controller(pc, value, register):
    made, smbus = pc()
    assert smbus.read(TEMPERATURE) == 0x1900
    temperature_set(made, value)
    assert temperature_get(made) == value
    assert smbus.read(TEMPERATURE) == register


def test_peer_on_i2c_has_its_own_address_and_no_other(pc):
    _, smbus = pc(properties="temperature=1000,address=0x2a")
    assert smbus.read(TEMPERATURE, 0x2a) == 0x0100
    assert smbus.read(TEMPERATURE) is None
    assert smbus.read(TEMPERATURE, 0x2a) == 0x0100


def test_peer_on_i2c_has_the_address_of_its_description(pc):
    made, smbus = pc(properties="temperature=-1000")
    assert smbus.read(TEMPERATURE) == 0xff00
    tree = made.hmp("info qtree")
    assert 'dev: py-sensor, id "t"' in tree
    assert "address = 73 (0x49)" in tree


def test_peer_on_i2c_has_other_registers_that_read_ones(pc):
    _, smbus = pc()
    assert smbus.read(1) == 0xffff
    assert smbus.write(1, 0x60)
    assert smbus.read(1) == 0xffff
    assert smbus.read(TEMPERATURE) == 0x1900


def test_peer_on_i2c_refuses_a_value_out_of_range(pc):
    made, smbus = pc()
    answer = made.ask("qom-set", path="/machine/peripheral/t",
                      property="temperature", value=125001)
    assert answer["error"]["desc"] == (
        "py-sensor t: property temperature: 125001 is out of range; use "
        "-55000 to 125000")
    assert smbus.read(TEMPERATURE) == 0x1900


def test_peer_on_i2c_snapshot_is_restored(pc, folder):
    disk = folder / "snapshots.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"],
                   check=True)
    made, smbus = pc("-drive", f"if=none,format=qcow2,file={disk}")
    temperature_set(made, 40000)
    assert made.hmp("savevm one") == ""
    temperature_set(made, 50000)
    assert smbus.read(TEMPERATURE) == 0x3200
    assert made.hmp("loadvm one") == ""
    assert smbus.read(TEMPERATURE) == 0x2800
    assert temperature_get(made) == 40000


def test_peer_on_i2c_that_dies_gives_no_acknowledge(pc, folder):
    made, smbus = pc()
    temperature_set(made, 40000)
    os.kill(peers(folder, "sensor.py")[0], signal.SIGKILL)
    made.event("OUTBOARD_MODEL_GONE")
    assert smbus.read(TEMPERATURE) is None
    made.qmp("qom-set", path="/machine/peripheral/t", property="crashed",
             value=False)
    wait_for(lambda: smbus.read(TEMPERATURE) == 0x2800)


def test_peer_on_i2c_is_listed_and_checked(outboard, folder):
    done = outboard("list", folder / "py-sensor.json")
    assert "on the i2c bus, needs ob.i2c-target/0" in done.out
    done = outboard("check", folder / "py-sensor.json")
    assert f"good, module py-sensor ({folder}/sensor.py)" in done.out
