# SPDX-License-Identifier: MIT
"""The order in which examples/peer/protocol.py touches the shared words.

The words that both sides use are loaded and stored by GLib's atomic functions
alone, in the order of docs/ipc.md.
"""
import importlib.util
import mmap
import pathlib
import struct

import pytest

PROTOCOL = (pathlib.Path(__file__).resolve().parents[2] /
            "examples/peer/protocol.py")
SLOTS = 16


class Spy:
    """Stands in front of the four functions; keeps what was in the memory."""

    def __init__(self, peer, monkeypatch):
        self.memory = mmap.mmap(-1, 4096 + SLOTS * 64)
        self.ring = peer.Ring(self.memory, 0, SLOTS)
        self.calls, self.held, self.wakes = [], [], []
        for name in ("load32", "store32", "load64", "store64"):
            monkeypatch.setattr(peer, name, self.watched(
                name, getattr(peer, name)))
        monkeypatch.setattr(peer, "futex", lambda word, *_:
                            self.wakes.append(word - self.ring.tail))

    def watched(self, name, function):
        def call(address, *value):
            self.calls.append((name, address - self.ring.tail, *value))
            self.held.append(bytes(self.memory))
            return function(address, *value)
        return call


def load():
    spec = importlib.util.spec_from_file_location("protocol", PROTOCOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def peer():
    return load()


@pytest.fixture
def spy(peer, monkeypatch):
    return Spy(peer, monkeypatch)


def slot(number, at=0):
    return 4096 + number * 64 + at


def test_peer_publishes_a_message_after_all_of_it(peer, spy):
    fields = (peer.MAGIC, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0)
    spy.ring.put(fields, b"abcd")
    assert spy.calls == [("load64", 0), ("store64", slot(2, 56), 0),
                         ("store64", slot(0, 56), 1), ("load32", 64)]
    held = spy.held[2]
    assert struct.unpack_from("<I", held, slot(0))[0] == peer.MAGIC
    assert held[slot(1):slot(1) + 4] == b"abcd"
    assert struct.unpack_from("<Q", spy.memory, slot(0, 56))[0] == 1


def test_peer_frees_a_message_after_it_was_copied(peer, spy):
    fields = peer.MESSAGE.pack(peer.MAGIC, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1)
    spy.memory[slot(0):slot(1)] = fields
    spy.memory[slot(1):slot(1) + 4] = b"abcd"
    assert spy.ring.ready()
    assert spy.ring.take()[1] == b"abcd"
    assert spy.calls == [("load64", slot(0, 56)), ("store64", 0, 2),
                         ("load32", 128)]


def test_peer_wakes_a_reader_that_sleeps(peer, spy):
    struct.pack_into("<I", spy.memory, 64, 1)
    spy.ring.put((peer.MAGIC, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), b"")
    assert spy.calls[-2:] == [("load32", 64), ("store32", 64, 0)]
    assert spy.wakes == [64]


@pytest.mark.parametrize("machine, number", [
    ("x86_64", 202), ("aarch64", 98), ("riscv64", 98)])
def test_peer_knows_the_futex_of_each_machine(monkeypatch, machine, number):
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert load().SYS_FUTEX == number
