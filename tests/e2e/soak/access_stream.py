# SPDX-License-Identifier: MIT
"""Which accesses a sweep makes: a board's regions, and a seed's choices."""

import random
import re

SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}


class Board:
    """How to start one with firmware, and where RAM may be written."""

    def __init__(self, name, arch, scratch, firmware, words, more=(),
                 seldom=1):
        self.name, self.arch, self.scratch = name, arch, scratch
        self.firmware, self.words, self.more = firmware, words, more
        self.seldom = seldom    # one that is slow gets fewer

    def argv(self):
        """QEMU's command line."""
        return [f"qemu-system-{self.arch}", *self.more, "-M", self.name,
                *self.firmware, "-display", "none", "-monitor", "none",
                "-no-shutdown"]


class Region:
    """A row of `info mtree -f`."""

    def __init__(self, start, end, kind, name):
        self.start, self.end, self.kind, self.name = start, end, kind, name

    def is_io(self):
        return self.kind in ("i/o", "romd")


def regions(text):
    """What the first CPU sees, which is what qtest's protocol goes to."""
    views = {}
    for view in text.split("FlatView #")[1:]:
        found = []
        for line in view.splitlines():
            row = re.match(r"  ([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, "
                           r"([^)]+)\): (.*)", line)
            if row:
                found.append(Region(int(row[1], 16), int(row[2], 16) + 1,
                                    row[3], re.sub(r" @[0-9a-f]+.*", "",
                                                   row[4])))
        for name in re.findall(r'AS "([^"]+)"', view):
            views.setdefault(name, found)
    return views.get("cpu-memory-0") or views["memory"]


# Registers of the processor's own: QEMU's parts look at which CPU asks, and
# change what it holds. An access from outside is one that no guest can make.
PRIVATE = re.compile(r"gic_|nvic|v7m_|systick|kvm-gic|bcm2836-control")


class Stream:
    """Accesses without end, from a seed: lines of qtest's protocol."""

    def __init__(self, board, flat, seed):
        self.rng = random.Random(f"{board.name} {seed}")
        self.board = board
        private = [region for region in flat
                   if PRIVATE.match(region.name)]
        self.private = [(region.start - 8, region.end) for region in private]
        self.io = [region for region in flat if region.is_io()
                   and region not in private]
        self.ram = [region for region in flat if not region.is_io()]

    def descriptors(self):
        """RAM full of structures that point at themselves, or nowhere."""
        lines = []
        for at in range(self.board.scratch, self.board.scratch + 4096, 32):
            kind = (at // 32) % 4
            words = [[at] * 8,
                     [self.rng.getrandbits(32) for _ in range(8)],
                     [0xffffffff] * 4 + [at] * 4,
                     [at & ~0xfff, 0xfffffff4, 3, at, 0x80000000, 0, at, at],
                     ][kind]
            data = b"".join((word & 0xffffffff).to_bytes(4, "little")
                            for word in words)
            lines.append(f"write {at:#x} 32 0x{data.hex()}")
        return lines

    def value(self):
        rng = self.rng
        kind = rng.randrange(10)
        if kind == 0:
            return 0
        if kind == 1:
            return (1 << 64) - 1
        if kind in (2, 3):
            return 1 << rng.randrange(33)
        if kind == 4:
            return rng.randrange(17)
        if kind in (5, 6):
            return self.board.scratch + 32 * rng.randrange(128) + \
                rng.choice([0, 0, 0, 1, 3, 8])
        if kind == 7:
            return rng.choice([0xfffffff4, 0xffffffff, 0x80000000, 0x7fffffff,
                               0xffff, 0x10000, 0x5555, 0x3333, 0x7777])
        return rng.getrandbits(rng.choice([8, 16, 32, 64]))

    def offset(self, region, size):
        """Registers near the start more often than all else."""
        rng, length = self.rng, region.end - region.start
        kind = rng.randrange(20)
        if kind < 9:
            return rng.randrange(0, min(length, 0x80), 4)
        if kind < 15:
            return rng.randrange(0, min(length, 0x1000), 4)
        if kind < 17:
            return rng.randrange(length) & ~(size - 1)
        if kind < 19:
            return rng.randrange(length)
        return length - rng.randrange(1, 9)         # across its end

    @staticmethod
    def read(size, at):
        """A read. qtest's own short reads crash over the end of memory, on
        QEMU's own boards too; it reads bytes in another way, as DMA does."""
        if at % SIZES[size]:
            return f"read {at:#x} {SIZES[size]}"
        return f"read{size} {at:#x}"

    def next(self):
        """(region or None, offset, line) of one that a guest can make."""
        while True:
            region, at, line = self.any()
            where = int(line.split()[1], 16)
            if not any(start < where < end for start, end in self.private):
                return region, at, line

    def any(self):
        rng = self.rng
        size = rng.choice("bwllllllq")
        if rng.random() < 0.03:
            region = rng.choice(self.ram) if self.ram else None
            at = rng.randrange(region.start, region.end) \
                if region and rng.random() < 0.7 else \
                rng.getrandbits(rng.choice([32, 32, 40, 64]))
            return None, at, self.read(size, at)
        if rng.random() < 0.02:
            at = self.board.scratch + rng.randrange(4096)
            return None, at, f"write{size} {at:#x} {self.value():#x}"
        region = rng.choice(self.io)
        at = self.offset(region, SIZES[size])
        if rng.random() < 0.35:
            return region, at, self.read(size, region.start + at)
        value = self.value() & (1 << 8 * SIZES[size]) - 1
        return region, at, \
            f"write{size} {region.start + at:#x} {value:#x}"
