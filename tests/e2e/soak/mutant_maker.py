# SPDX-License-Identifier: MIT
"""Makes mutants of every board and modinfo file of the tree, by number.

A mutant is a valid file with one to four mistakes: bytes flipped, parts cut
out, keys twice, values of another kind or size, names exchanged for others
that exist, wires exchanged, addresses moved, expressions, odd characters. Its
number is the seed, and all that it depends on.
"""
import json
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDERS = ("boards/*", "examples/*", "models/modules", "tests/good/*",
           "tests/modules/*")

NUMBERS = [0, 1, -1, 2, 3, 7, 31, 32, 33, 64, 255, 256, 4095, 4096, 65535,
           65536, 200000, 200001, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53,
           2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**31, -2**63, 10**40,
           0.5, -0.0, 1e300]
TEXTS = ["", " ", "0", "-1", "0x", "0xffffffff", "0xffffffffffffffff",
         "0x10000000000000000", "{i}", "{", "}", "{{", "{1/0}", "{1 % 0}",
         "{ram}", "{cpus}", "{ram * ram}", "{1 << 63}", "{1 << 64}",
         "{-1}", "{0 - 1}", "{" + "(" * 60 + "1" + ")" * 60 + "}",
         "{" + "(" * 999 + "1", "{i + 18446744073709551615}", "{a b}",
         "system", "ram", "memory", "cpu.0", "cpu.99999", "cpu.-1", "cpu.",
         ".", "..", "../..", "/", "/dev/zero", "/dev/null", "a.b.c",
         "cpu.{i}", "x[0]", "harts.harts[{i}].3", "harts.harts[9].3",
         "4 KiB", "0 KiB", "1 PiB", "16 EiB", "999999999999 GiB", "-4 KiB",
         "168 MHz", "0 MHz", "1 THz", "1 mHz", "rom", "container", "bare",
         "cortex-m", "linux-arm64", "linux-riscv64", "none", "\u202e",
         "\u0000", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ud800", "\U0001f600",
         "é", "%s%n%p", "a,b=c", "a" * 5000, "\n", "\\", "\"", "'"]
KEYS = ["", "outboard", "board", "arch", "ram", "cpus", "memory", "parts",
        "unimplemented", "boot", "type", "at", "size", "in", "irq", "out",
        "gpio", "links", "clocks", "props", "bus", "serial", "drive", "alias",
        "offset", "kind", "priority", "repeat", "each", "dtb", "set", "new",
        "nodes", "load", "cpu", "name", "license", "objs", "deps", "opts",
        "boards", "file", "descs", "isolation", "command", "title", "x-",
        "types", "category", "needs", "desc",
        "min", "max", "default", "banks", "node", "\u202e", "a.b", "{i}",
        "net", "store", "start", "image", "firmware", "bios", "initrd"]


class Object(list):
    """A JSON object: pairs, so that a key can stand twice."""


def dump(value):
    """JSON text; a lone surrogate stays one, as \\ud800."""
    if isinstance(value, Object):
        return "{" + ",\n".join(f"{json.dumps(key)}: {dump(below)}"
                                for key, below in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(below) for below in value) + "]"
    return json.dumps(value)


def places(value, path=()):
    """(container, index, path of keys) of every value below `value`."""
    for at, below in enumerate(value):
        key, inner = below if isinstance(value, Object) else (at, below)
        yield value, at, (*path, key)
        if isinstance(inner, list):
            yield from places(inner, (*path, key))


def get(container, at):
    return container[at][1] if isinstance(container, Object) \
        else container[at]


def put(container, at, value):
    if isinstance(container, Object):
        container[at] = (container[at][0], value)
    else:
        container[at] = value


def copied(value):
    if isinstance(value, Object):
        return Object((key, copied(below)) for key, below in value)
    return [copied(below) for below in value] \
        if isinstance(value, list) else value


class Source:
    """A file of the tree, and what can be taken from it."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_bytes()
        self.tree = json.loads(self.text, object_pairs_hook=Object)
        self.is_board = any(key == "outboard" for key, _ in self.tree)
        self.values = {}        # key -> values that stand there
        for container, at, where in places(self.tree):
            if not str(where[-1]).startswith(("x-", "$", "title")):
                self.values.setdefault(self.key(where), []).append(
                    get(container, at))

    @staticmethod
    def key(where):
        return next((key for key in reversed(where)
                     if isinstance(key, str)), "")


def sources():
    """Boards as often as all else together: more can be wrong there."""
    paths = sorted(path for glob in FOLDERS for path in
                   ROOT.glob(glob + "/*.json"))
    found = [Source(path) for path in paths]
    boards = [source for source in found if source.is_board]
    rest = [source for source in found if not source.is_board]
    return [source for pair in range(max(len(boards), len(rest)))
            for source in (boards[pair % len(boards)],
                           rest[pair % len(rest)])]


class Mutator:
    """One mutant; every choice is its generator's."""

    def __init__(self, source, pool, rng):
        self.rng, self.source = rng, source
        self.pool = [other for other in pool if other.values]
        self.tree = copied(source.tree)

    def place(self, want=None):
        found = [place for place in places(self.tree)
                 if not str(place[2][-1]).startswith(("x-", "$"))
                 and (want is None or want(*place))]
        return self.rng.choice(found) if found else None

    def odd(self):
        kind = self.rng.randrange(9)
        if kind < 3:
            return self.rng.choice(NUMBERS)
        if kind < 6:
            return self.rng.choice(TEXTS)
        if kind == 6:
            value = self.rng.choice(NUMBERS)
            for _ in range(self.rng.choice([1, 3, 40, 63, 64, 65])):
                value = [value] if self.rng.random() < 0.5 \
                    else Object([("a", value)])
            return value
        return self.rng.choice([None, True, False, [], Object()])

    # --- each changes the tree once; False: there is nothing to change -------

    def value_odd(self):
        container, at, _ = self.place()
        put(container, at, self.odd())

    def value_gone(self):
        container, at, _ = self.place()
        del container[at]

    def value_twice(self):
        container, at, _ = self.place()
        container.insert(self.rng.randrange(len(container) + 1),
                         copied_entry(container, at))

    def value_of_another(self):
        """A value that stands under the same key in some file."""
        container, at, where = self.place()
        source = self.rng.choice(self.pool)
        values = source.values.get(Source.key(where)) or \
            self.source.values.get(Source.key(where))
        if values:
            put(container, at, copied(self.rng.choice(values)))

    def values_exchanged(self):
        """Two of one kind: wires, types, addresses, whole parts."""
        first = self.place()
        second = self.place(lambda c, a, w: len(w) == len(first[2]) and
                            isinstance(get(c, a), type(get(*first[:2]))))
        if second and first[2] not in (second[2][:len(first[2])],) and \
                second[2] != first[2][:len(second[2])]:
            one, two = get(*first[:2]), get(*second[:2])
            put(*first[:2], two)
            put(*second[:2], one)

    def key_renamed(self):
        found = self.place(lambda c, a, w: isinstance(c, Object))
        if found:
            container, at, _ = found
            key = self.rng.choice(KEYS) if self.rng.random() < 0.6 else \
                self.rng.choice(list(self.rng.choice(self.pool).values))
            container[at] = (key, container[at][1])

    def key_added(self):
        found = self.place(lambda c, a, w: isinstance(c, Object))
        if not found:
            return
        container = found[0]
        source = self.rng.choice(self.pool)
        key = self.rng.choice(list(source.values) + KEYS)
        value = copied(self.rng.choice(source.values.get(key, [None])))
        container.insert(self.rng.randrange(len(container) + 1),
                         (key, self.odd() if value is None else value))

    def address_moved(self):
        found = self.place(lambda c, a, w: Source.key(w) in
                           ("at", "size", "offset"))
        if not found or isinstance(get(*found[:2]), list):
            return
        text = str(get(*found[:2]))
        number = int(re.sub(r"[^0-9a-fx]", "", text) or "0", 16) \
            if re.fullmatch(r"0x[0-9a-f]+", text) else 4096
        number += self.rng.choice([1, -1, 3, 4, 256, 4096, -4096, 1 << 20,
                                   1 << 32, -(1 << 32), 1 << 63])
        put(*found[:2], hex(number) if self.rng.random() < 0.8 else number)

    def repeated(self):
        found = self.place(lambda c, a, w: isinstance(c, Object) and
                           isinstance(get(c, a), Object))
        if not found:
            return
        container, at, _ = found
        key, value = container[at]
        value.insert(0, ("repeat", self.rng.choice(
            [0, 1, 2, 8, 200000, 1 << 40, -1, "cpus", "{i}", "8 * cpus"])))
        if self.rng.random() < 0.7:
            container[at] = (f"{key}{{i}}", value)

    def text_changed(self):
        found = self.place(lambda c, a, w: isinstance(get(c, a), str))
        if not found:
            return
        text = list(get(*found[:2]))
        for _ in range(self.rng.randrange(1, 3)):
            at = self.rng.randrange(len(text) + 1)
            what = self.rng.randrange(4)
            if what == 0:
                text[at:at + 1] = []
            elif what == 1:
                text.insert(at, self.rng.choice("0123456789{}().*/%-+ ,=x"))
            elif what == 2:
                text.insert(at, self.rng.choice(TEXTS)[:8])
            elif text:
                text[at:at + 1] = self.rng.choice("0123456789abcdef")
        put(*found[:2], "".join(text))

    TREE = (value_odd, value_odd, value_gone, value_gone, value_twice,
            value_of_another, value_of_another, value_of_another,
            values_exchanged, values_exchanged, values_exchanged,
            key_renamed, key_added, address_moved, address_moved, repeated,
            text_changed, text_changed)

    # --- the same on the bytes of the file ------------------------------------

    def flipped(self, data):
        at = self.rng.randrange(len(data))
        data[at] ^= 1 << self.rng.randrange(8)

    def cut(self, data):
        at = self.rng.randrange(len(data))
        del data[at:at + self.rng.choice([1, 2, 8, 64])]

    def truncated(self, data):
        del data[self.rng.randrange(len(data)):]

    def doubled(self, data):
        at = self.rng.randrange(len(data))
        some = data[at:at + self.rng.choice([1, 8, 64, 512])]
        data[at:at] = some

    def inserted(self, data):
        at = self.rng.randrange(len(data))
        data[at:at] = self.rng.choice([
            b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc3", b"[" * 70, b"{", b"}",
            b",", b":", b'"', b"\\", b"\\u0000", b"//", b"/**/", b"1e999",
            b"-", b"NaN", b"\x1b[1m", b"\xe2\x80\xae", b"\xed\xa0\x80"])

    def tokens_swapped(self, data):
        tokens = list(re.finditer(rb'"[^"\n]*"|[0-9]+|[\[\]{}:,]', data))
        if len(tokens) < 2:
            return
        one, two = sorted(self.rng.sample(range(len(tokens)), 2))
        one, two = tokens[one], tokens[two]
        data[:] = (data[:one.start()] + two[0] + data[one.end():two.start()] +
                   one[0] + data[two.end():])

    BYTES = (flipped, cut, truncated, doubled, inserted, tokens_swapped)

    def make(self):
        if self.rng.random() < 0.25:
            data = bytearray(self.source.text)
            for _ in range(self.rng.choice([1, 1, 1, 2, 4])):
                if data:
                    self.rng.choice(self.BYTES)(self, data)
            return bytes(data)
        for _ in range(self.rng.choice([1, 1, 1, 1, 2, 2, 3, 4])):
            if self.place():
                self.rng.choice(self.TREE)(self)
        return dump(self.tree).encode("utf-8", "surrogatepass")


def copied_entry(container, at):
    if isinstance(container, Object):
        return container[at][0], copied(container[at][1])
    return copied(container[at])


class Mutants:
    """Mutants by number."""

    def __init__(self):
        self.sources = sources()

    def source(self, number):
        return self.sources[number % len(self.sources)]

    def make(self, number):
        return Mutator(self.source(number), self.sources,
                       random.Random(f"mutant {number}")).make()

    def write(self, folder, number):
        path = folder / f"m{number}.json"
        path.write_bytes(self.make(number))
        path.chmod(0o644)
        return path
