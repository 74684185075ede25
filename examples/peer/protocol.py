# SPDX-License-Identifier: MIT
"""The protocol of docs/ipc.md: what every model of this folder shares.

`serve(MODEL)` connects the program to QEMU, and calls the model's methods. A
subclass of Model has a method for each request that its type can get. All other
requests are answered with "not supported".

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
import types

MAGIC, TYPE_MAGIC, TYPE_FORMAT = 0x3157424f, 0x5457424f, 3
HELLO = struct.Struct("<IHHIIIiQ64s1024s")
MESSAGE = struct.Struct("<IHHIIIIIiQQQQ")
SLOT, RING_PAGE, PAYLOAD_MAX = 64, 4096, 32768
(DESCRIBE, FETCH, STORE, CREATE, DESTROY, RESET, READ, WRITE, POST, INPUT,
 TIMER, CLOCK, CHR_ROOM, CHR_RECEIVE, CHR_EVENT, SAVE, RESTORE, DONE,
 MEMORY, MAP, PAGE, EXT, PROP) = range(1, 24)
ANSWER, IRQ, SIGNAL = 64, 65, 81

# Results (outboard/abi.h), and an errno for RESTORE.
OK, INVALID, NOT_SUPPORTED = 0, -1, -5
EINVAL = -22

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
        return self.base + RING_PAGE + number % self.slots * SLOT

    def seq(self, number):
        """The address of a slot's sequence number, its last 8 bytes."""
        return self.tail + RING_PAGE + number % self.slots * SLOT + 56

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


# --- descriptions -----------------------------------------------------------

def text(value):
    if value is None:
        return struct.pack("<H", 0xffff)
    return struct.pack("<H", len(value)) + value.encode()


def count(items):
    return struct.pack("<I", items)


def listed(items):
    """A list of blocks: their count, and each with its length."""
    return count(len(items)) + b"".join(count(len(i)) + i for i in items)


def line(name, number):
    """An interrupt line, and the number of the group that it belongs to."""
    return text(name) + count(number)


def description(name, desc, props=(), regions=(), lines=(), extensions=()):
    """A type, for DESCRIBE. Its other lists are empty."""
    return (struct.pack("<II", TYPE_MAGIC, TYPE_FORMAT) + text(name) +
            text(desc) + listed(props) + listed(regions) + listed(lines) +
            listed(()) * 5 + listed(extensions))


class Model:
    """A device. HANDLERS names the methods that a subclass may have. They get
    the message, whose fields are those of docs/ipc.md, and return the fields
    of the answer, or None."""

    def __init__(self, peer, number, block):
        """`block` is that of CREATE: the name, and the properties."""
        self.peer, self.number = peer, number

    @staticmethod
    def describe():
        """The type, for DESCRIBE."""
        raise NotImplementedError

    def save(self):
        """The saved state, in bytes."""
        raise NotImplementedError

    def restore(self, block):
        """Take a saved state. None, or why it cannot be taken."""
        raise NotImplementedError

    def pressed(self):
        """The signal SIGUSR1 came: an event from outside."""


HANDLERS = {RESET: "reset", READ: "read", WRITE: "write", POST: "write",
            INPUT: "input", TIMER: "timer", CLOCK: "clock",
            CHR_ROOM: "chr_room", CHR_RECEIVE: "chr_receive",
            CHR_EVENT: "chr_event", EXT: "ext", PROP: "prop"}


# --- the connection ----------------------------------------------------------

class Peer:
    """The connection of a program that has one type of device."""

    def __init__(self, sock, model):
        self.sock, self.model, self.devices, self.open = sock, model, {}, 0
        self.presses = 0
        self.stored, self.fetched = b"", b""
        data, fds, _, _ = socket.recv_fds(sock, HELLO.size, 2)
        magic, major, _, size, slots, *_ = HELLO.unpack(data)
        if magic != MAGIC or major != 1 or size != HELLO.size:
            raise Closed("invalid greeting")
        # The other descriptor is for memory that QEMU shares: docs/ipc.md.
        half = RING_PAGE + slots * SLOT
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
        _, kind, depth, dev, _, a, b, c, _, x, y, now, _ = fields
        if kind == DONE:
            return True
        if kind in (MEMORY, MAP):
            return False        # shared memory is optional
        waits = kind != POST
        self.open += waits
        answer = self.request(types.SimpleNamespace(
            kind=kind, dev=dev, a=a, b=b, c=c, x=x, y=y, now=now,
            payload=payload))
        self.open -= waits
        if waits:
            self.send(ANSWER, depth, dev, **(answer or {}))
        return False

    def request(self, m):
        """The connection's own requests; the fields of the answer."""
        if m.kind == DESCRIBE:
            return self.prepare(self.model.describe())
        if m.kind == FETCH:
            return {"payload": self.fetched[m.x:m.x + PAYLOAD_MAX]}
        if m.kind == STORE:
            self.stored = self.stored[:m.x] + m.payload
            return None
        if m.kind == CREATE:
            self.devices[m.dev] = self.model(self, m.dev, self.stored)
            return None
        if m.kind == DESTROY:
            del self.devices[m.dev]
            return None
        return self.event(self.devices.get(m.dev), m)

    def prepare(self, block):
        """Keep a block for FETCH, and answer with its length."""
        self.fetched = block
        return {"x": len(block)}

    def event(self, device, m):
        """A request to a device. A peer answers every request, also one that
        is newer than this file or not for this type."""
        if device and m.kind == SAVE:
            return self.prepare(device.save())
        if device and m.kind == RESTORE:
            why = device.restore(self.stored)
            return why and {"status": EINVAL, "payload":
                            f"{device.NAME}: {why}".encode()}
        method = getattr(device, HANDLERS.get(m.kind, ""), None)
        return method(m) if method else {"status": NOT_SUPPORTED}


def serve(model):
    """The program: serve the other side until it closes the connection."""
    try:
        peer = Peer(socket.socket(fileno=3), model)
        signal.signal(signal.SIGUSR1, peer.press)
        while True:
            peer.serve()
    except Closed:
        # The mapped memory has views, so Python cannot close it: exit at once.
        sys.stdout.flush()
        os._exit(0)
