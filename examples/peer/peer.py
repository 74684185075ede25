#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A device model in Python that runs in a process of its own (docs/ipc.md).

Descriptor 3 is a socket to QEMU or to a test bench. The device `py-adder` has
four registers of 4 bytes: A at 0, B at 4, SUM at 8 (A + B), and BUTTON at 12.
If the sum does not fit, the device raises the line `irq` until the guest writes
A or B. The signal SIGUSR1 to this process sets BUTTON to 1 and raises the line
`button` until the guest writes BUTTON. This is an event from outside: no access
of the guest causes it.

Both sides use the shared memory at the same time. docs/ipc.md requires an order
of loads and stores. Python has no ordered stores, and neither its locks nor its
byte code order memory for another process. So this program uses GLib's atomic
functions. It needs the standard library and GLib, which every QEMU needs too,
on a 64-bit machine.
"""
import ctypes
import mmap
import os
import platform
import select
import signal
import socket
import struct
import sys

MAGIC, TYPE_MAGIC = 0x3157424f, 0x5457424f
HELLO = struct.Struct("<IHHIIIiQ64s1024s")
MESSAGE = struct.Struct("<IHHIIIIIiQQQQ")
SLOT, PAGE, PAYLOAD_MAX = 64, 4096, 32768
(DESCRIBE, FETCH, STORE, CREATE, DESTROY, RESET, READ, WRITE, POST, INPUT,
 TIMER, CLOCK, CHR_ROOM, CHR_RECEIVE, CHR_EVENT, SAVE, RESTORE, DONE,
 MEMORY, MAP) = range(1, 21)
ANSWER, IRQ, SIGNAL = 64, 65, 81

# All newer machines have the same numbers: arm64, riscv64, loongarch64.
SYS_FUTEX = {"x86_64": 202}.get(platform.machine(), 98)
FUTEX_WAIT, FUTEX_WAKE = 0, 1
LIBC = ctypes.CDLL(None, use_errno=True)
GLIB = ctypes.CDLL("libglib-2.0.so.0")


def atomic(name, result, *arguments):
    """A GLib function. Each of them is sequentially consistent."""
    function = getattr(GLIB, name)
    function.restype, function.argtypes = result, arguments
    return function


# Load or store a word at an address. Loads and stores of this process are not
# reordered across such a call.
load32 = atomic("g_atomic_int_get", ctypes.c_uint32, ctypes.c_void_p)
store32 = atomic("g_atomic_int_set", None, ctypes.c_void_p, ctypes.c_uint32)
load64 = atomic("g_atomic_pointer_get", ctypes.c_uint64, ctypes.c_void_p)
store64 = atomic("g_atomic_pointer_set", None, ctypes.c_void_p,
                 ctypes.c_uint64)


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("ns", ctypes.c_long)]


class Closed(Exception):
    """The other side has closed the connection, or sends invalid data."""


class Ring:
    """One direction of the connection. Messages are bytes in `memory`. The
    functions above read and write the words that both sides use."""

    def __init__(self, memory, base, slots):
        self.memory, self.base, self.slots, self.at = memory, base, slots, 0
        self.first = ctypes.c_char.from_buffer(memory, base)
        self.tail = ctypes.addressof(self.first)
        self.asleep, self.full = self.tail + 64, self.tail + 128

    def place(self, number):
        return self.base + PAGE + number % self.slots * SLOT

    def seq(self, number):
        """The address of a slot's sequence number, its last 8 bytes."""
        return self.tail + PAGE + number % self.slots * SLOT + 56

    def slot(self, number):
        at = self.place(number)
        return bytes(self.memory[at:at + SLOT])

    def ready(self):
        return load64(self.seq(self.at)) == self.at + 1

    def put(self, fields, payload):
        need = 1 + (len(payload) + SLOT - 1) // SLOT
        while self.at + need + 1 - load64(self.tail) > self.slots:
            pass
        for n in range(need - 1):
            piece = payload[n * SLOT:(n + 1) * SLOT]
            at = self.place(self.at + 1 + n)
            self.memory[at:at + len(piece)] = piece
        store64(self.seq(self.at + need), 0)
        at = self.place(self.at)
        self.memory[at:at + 56] = MESSAGE.pack(*fields, 0)[:56]
        store64(self.seq(self.at), self.at + 1)
        self.at += need
        wake(self.asleep)

    def take(self):
        fields = MESSAGE.unpack(self.slot(self.at))
        if fields[0] != MAGIC or fields[4] > PAYLOAD_MAX:
            raise Closed("invalid message")
        need = 1 + (fields[4] + SLOT - 1) // SLOT
        payload = b"".join(
            self.slot(self.at + 1 + n) for n in range(need - 1))[:fields[4]]
        self.at += need
        store64(self.tail, self.at)
        wake(self.full)
        return fields, payload


def futex(word, operation, value, timeout=None):
    LIBC.syscall(SYS_FUTEX, ctypes.c_void_p(word), operation,
                 ctypes.c_uint32(value), timeout, None, 0)


def wake(word):
    """Wake the other side if it sleeps. Call it after the stores."""
    if load32(word):
        store32(word, 0)
        futex(word, FUTEX_WAKE, 1)


# --- the declaration of the type ---------------------------------------------

def text(value):
    if value is None:
        return struct.pack("<H", 0xffff)
    return struct.pack("<H", len(value)) + value.encode()


def count(items):
    return struct.pack("<I", items)


def line(name, item):
    """An interrupt line, and the index of the item in the type's list."""
    return text(name) + struct.pack("<I", item)


def describe():
    """The declaration for DESCRIBE: one region and two lines."""
    region = text("regs") + struct.pack("<QIBB", 0x1000, 0, 4, 4)
    region += count(0) + count(0)       # no posted writes, no pages
    return (struct.pack("<II", TYPE_MAGIC, 2) + text("py-adder") +
            text("adds, in Python") + count(0) + count(1) + region +
            count(2) + line("irq", 0) + line("button", 1) + count(0) * 5)


class Adder:
    """The model."""

    def __init__(self, peer, number):
        self.peer, self.number = peer, number
        self.a = self.b = self.button = 0

    def read(self, offset):
        return {0: self.a, 4: self.b,
                8: (self.a + self.b) & 0xffffffff,
                12: self.button}.get(offset, 0)

    def pressed(self):
        """An event from outside: raise the line without a request."""
        self.button = 1
        self.peer.signal(self.number, 1, 1)

    def write(self, offset, value):
        if offset == 0:
            self.a = value & 0xffffffff
        elif offset == 4:
            self.b = value & 0xffffffff
        elif offset == 12:
            self.button = 0
        self.update_irq()

    def update_irq(self):
        self.peer.ask(self.number, IRQ, a=0, y=int(self.a + self.b >> 32))
        self.peer.ask(self.number, IRQ, a=1, y=self.button)

    def reset(self):
        self.a = self.b = self.button = 0
        self.update_irq()

    def save(self):
        return struct.pack("<III", self.a, self.b, self.button)

    def restore(self, block):
        if len(block) != 12 or block[8:] not in (b"\0\0\0\0", b"\1\0\0\0"):
            return "saved state is not two numbers and a button"
        self.a, self.b, self.button = struct.unpack("<III", block)
        self.update_irq()
        return None


# --- the connection ----------------------------------------------------------

class Peer:
    def __init__(self, sock):
        self.sock, self.devices, self.open = sock, {}, 0
        self.presses = 0
        self.stored, self.fetched = b"", b""
        data, fds, _, _ = socket.recv_fds(sock, HELLO.size, 2)
        magic, major, _, size, slots, *_ = HELLO.unpack(data)
        if magic != MAGIC or major != 1 or size != HELLO.size:
            raise Closed("invalid greeting")
        # The other descriptor is for memory that QEMU shares: docs/ipc.md.
        half = PAGE + slots * SLOT
        memory = mmap.mmap(fds[0], 2 * half)
        self.incoming, self.outgoing = (Ring(memory, n * half, slots)
                                        for n in (0, 1))
        sock.send(HELLO.pack(MAGIC, 1, 0, HELLO.size, slots, 1, 0, 0, b"",
                             b""))

    def closed(self):
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def wait(self):
        ring, pause = self.incoming, 1000000
        for _ in range(200):
            if ring.ready():
                return
        while not ring.ready():
            self.pressed()
            store32(ring.asleep, 1)
            if not ring.ready():
                futex(ring.asleep, FUTEX_WAIT, 1,
                      ctypes.byref(Timespec(0, pause)))
            if not ring.ready() and self.closed():
                raise Closed("closed")
            pause = min(pause * 2, 64000000)
        store32(ring.asleep, 0)

    def send(self, kind, depth, dev, a=0, status=0, x=0, y=0, payload=b""):
        self.outgoing.put((MAGIC, kind, depth, dev, len(payload), a, 0, 0,
                           status, x, y, 0), payload)

    def ask(self, dev, kind, **fields):
        """Send a request to QEMU. Serve QEMU's requests until the answer."""
        self.send(kind, self.open, dev, **fields)
        self.open += 1
        while not self.serve():
            pass
        self.open -= 1

    def signal(self, dev, line, level):
        """Report a line that changes without a request, and wake QEMU."""
        self.send(SIGNAL, self.open, dev, a=line, y=level)
        try:
            self.sock.send(b"!", socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass                # earlier bytes will wake it

    def press(self, *_):
        """The signal handler. It can run anywhere, so it only counts."""
        self.presses += 1

    def pressed(self):
        """Between two messages, report the events from outside."""
        if self.presses:
            self.presses = 0
            for device in self.devices.values():
                device.pressed()

    def serve(self):
        """Serve a message. True if it answers the last request."""
        self.wait()
        fields, payload = self.incoming.take()
        _, kind, depth, dev, _, a, b, c, status, x, y, now, _ = fields
        if kind == DONE:
            return True
        if kind in (MEMORY, MAP):
            return False        # shared memory is optional
        waits = kind != POST
        self.open += waits
        answer = self.request(kind, dev, a, x, y, payload)
        self.open -= waits
        if waits:
            self.send(ANSWER, depth, dev, **(answer or {}))
        return False

    def request(self, kind, dev, a, x, y, payload):
        if kind == DESCRIBE:
            self.fetched = describe()
            return {"x": len(self.fetched)}
        if kind == FETCH:
            return {"payload": self.fetched[x:x + PAYLOAD_MAX]}
        if kind == STORE:
            self.stored = self.stored[:x] + payload
            return None
        if kind == CREATE:
            self.devices[dev] = Adder(self, dev)
            return None
        return self.event(self.devices[dev], kind, x, y, payload)

    def event(self, device, kind, x, y, payload):
        if kind == READ:
            return {"y": device.read(x)}
        if kind in (WRITE, POST):
            device.write(x, y)
            for offset, value in struct.iter_unpack("<IQ", payload):
                device.write(offset, value)
        elif kind == RESET:
            device.reset()
        elif kind == DESTROY:
            del self.devices[device.number]
        elif kind == SAVE:
            self.fetched = device.save()
            return {"x": len(self.fetched)}
        elif kind == RESTORE:
            why = device.restore(self.stored)
            if why:
                return {"status": -22, "payload":
                        f"py-adder: {why}".encode()}
        return None


def main():
    try:
        peer = Peer(socket.socket(fileno=3))
        signal.signal(signal.SIGUSR1, peer.press)
        while True:
            peer.serve()
    except Closed:
        # The mapped memory has views, so Python cannot close it: exit at once.
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
