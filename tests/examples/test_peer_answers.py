# SPDX-License-Identifier: MIT
"""What the programs in examples/peer answer to requests that they lack.

The test is the other side of the protocol, and sends what QEMU never sends.
"""
import array
import importlib.util
import mmap
import os
import pathlib
import select
import socket
import subprocess
import sys
import time

import pytest

PEER = pathlib.Path(__file__).resolve().parents[2] / "examples/peer"
SLOTS, LIMIT_S = 1024, 60
NOT_SUPPORTED = -5
UNKNOWN = 200
# Start a program (argument 2) with a socket (argument 1) as descriptor 3.
START = ("import os, sys; os.dup2(int(sys.argv[1]), 3); "
         "os.execv(sys.argv[2], sys.argv[2:])")


def load():
    spec = importlib.util.spec_from_file_location("protocol",
                                                  PEER / "protocol.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


P = load()


class Host:
    """The side of QEMU, for one program."""

    def __init__(self, name):
        half = P.RING_PAGE + SLOTS * P.SLOT
        memory = os.memfd_create("rings", 0)
        os.ftruncate(memory, 2 * half)
        self.memory = mmap.mmap(memory, 2 * half)
        self.out, self.back = (P.Ring(self.memory, n * half, SLOTS)
                               for n in (0, 1))
        self.sock, theirs = socket.socketpair(socket.AF_UNIX,
                                              socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, str(theirs.fileno()),
                 PEER / name], pass_fds=[theirs.fileno()])
        self.sock.settimeout(LIMIT_S)
        # The second descriptor stands for the socket of shared memory.
        socket.send_fds(self.sock, [P.HELLO.pack(
            P.MAGIC, 1, 0, P.HELLO.size, SLOTS, 0, 0, 0, b"", b"")],
            array.array("i", [memory, memory]))
        os.close(memory)
        assert P.HELLO.unpack(self.sock.recv(P.HELLO.size))[5] == 1

    def put(self, kind, dev=0, a=0, b=0, x=0, payload=b"", depth=0):
        self.out.put((P.MAGIC, kind, depth, dev, len(payload), a, b, 0, 0, x,
                      0, 0), payload)

    def take(self):
        end = time.monotonic() + LIMIT_S
        while not self.back.ready():
            assert time.monotonic() < end and self.process.poll() is None
            select.select([], [], [], 0.001)
        return self.back.take()

    def ask(self, kind, **fields):
        """(status, y, payload); requests within it are answered by DONE."""
        self.put(kind, **fields)
        while True:
            got, payload = self.take()
            if got[1] == P.ANSWER:
                return got[8], got[10], payload
            self.put(P.DONE, depth=got[2], dev=got[3])

    def end(self):
        """Close the connection; the program's status."""
        self.sock.close()
        try:
            return self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(params=["peer.py", "sensor.py"])
def host(request):
    """A program that has made device 0."""
    made = Host(request.param)
    block = P.text("one") + b"\0"
    assert made.ask(P.STORE, payload=block)[0] == 0
    assert made.ask(P.CREATE)[0] == 0
    yield made
    assert made.end() == 0


def test_peer_answers_an_unknown_request_and_goes_on(host):
    for dev in 0, 7:
        assert host.ask(UNKNOWN, dev=dev, payload=b"abcd") == (
            NOT_SUPPORTED, 0, b"")
    assert host.ask(P.RESET)[0] == 0


@pytest.mark.parametrize("kind", ["INPUT", "TIMER", "CLOCK", "CHR_ROOM",
                                  "CHR_RECEIVE", "CHR_EVENT", "PAGE"])
def test_peer_answers_a_request_that_its_type_lacks(host, kind):
    assert host.ask(getattr(P, kind)) == (NOT_SUPPORTED, 0, b"")
    assert host.ask(P.RESET)[0] == 0


@pytest.mark.parametrize("host", ["peer.py"], indirect=True)
@pytest.mark.parametrize("kind", ["EXT", "PROP"])
def test_adder_has_no_extension_and_no_property(host, kind):
    assert host.ask(getattr(P, kind), payload=bytes(4), x=4)[0] == NOT_SUPPORTED
    assert host.ask(P.READ)[:2] == (0, 0)


@pytest.mark.parametrize("host", ["sensor.py"], indirect=True)
@pytest.mark.parametrize("function, argument, status", [
    (0, bytes(4), 0), (0, b"\2\0\0\0", -1), (1, b"\0\1\0\0", -1),
    (1, b"\1", -1), (4, bytes(4), NOT_SUPPORTED)])
def test_sensor_checks_a_call_of_its_extension(host, function, argument,
                                               status):
    assert host.ask(P.EXT, b=function, payload=argument)[0] == status
    assert host.ask(P.EXT, b=2, payload=bytes(4), x=4) == (
        0, 0, b"\xff\0\0\0")
    assert host.ask(P.READ)[0] == NOT_SUPPORTED


@pytest.mark.parametrize("host", ["sensor.py"], indirect=True)
@pytest.mark.parametrize("damage", ["short", "name", "written", "range"])
def test_sensor_refuses_a_damaged_state(host, damage):
    total = host.ask(P.SAVE)
    assert total[0] == 0
    state = bytearray(host.ask(P.FETCH)[2])
    assert len(state) == 74
    at, value = {"short": (0, state[0]), "name": (10, 0),
                 "written": (44, 2), "range": (73, 0x70)}[damage]
    state[at] = value
    if damage == "short":
        del state[-1]
    assert host.ask(P.STORE, payload=bytes(state))[0] == 0
    status, _, why = host.ask(P.RESTORE)
    assert (status, why) == (-22, b"py-sensor: saved state is not a transfer "
                             b"and a temperature")
