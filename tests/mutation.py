#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures how many small faults in the source the unit tests notice.

usage: mutation.py [--count N] [--seed N] [--room base,ipc,...] [--jobs N]
                   [--at-least PERCENT] [--json FILE] [--only FILE:LINE]

Changes one token or statement of src/{base,...,remote} at a
time, in a copy of the tree, and runs the unit tests that link the changed
file. The seed decides which changes are made. A change that does not compile
(warnings are errors), or that gives the same object code, does not count.

Arrays and allocations only get smaller, and -1 becomes 0: more room, or another
negative number, is not a fault. Arguments whose order means nothing, like
those of strcmp() or calloc(), stay. Other changes without any effect count as
survivors.

A change is noticed if a test fails, twice in a row, in the gcc build or in
the one with ASan and UBSan; `make check` runs the same tests in both, and in
clang's. One test is left out: fast_path, which measures time. A change that
only makes tests run out of time is counted apart, and not as noticed. Each
survivor is listed as `file:line: before -> after`.

The exit status is 1 if fewer than --at-least percent were noticed, 2 if the
measurement itself failed. Every process that a test started is ended, in
whatever session or scheduling class it is.
"""
import argparse
import ctypes
import json
import os
import pathlib
import random
import re
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["base", "modinfo", "registry", "loader", "board", "device", "ipc",
         "remote"]
BUILDS = {"gcc": "build", "asan": "build-asan"}
SLOW_S = 1.5            # tests that took longer run after all others
# It waits for a time without others, with a priority that is denied here.
LEFT_OUT = {"fast_path"}
TIMEOUTS_MAX = 2        # tests that may run out of time for one change
BUILD_LIMIT_S = 1200


# --- the changes ------------------------------------------------------------

TOKEN = re.compile(r"""
    (?P<space>\s+) |
    (?P<skip>/\*.*?\*/ | //[^\n]*) |
    (?P<text>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*') |
    (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*) |
    (?P<name>[A-Za-z_]\w*) |
    (?P<sign>\.\.\. | <<= | >>= | -> | \+\+ | -- | << | >> | [<>=!+\-*/%&|^]= |
             && | \|\| | [\[\](){}<>=!+\-*/%&|^~?:;,.])
    """, re.VERBOSE | re.DOTALL)
SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&", "+": "-", "-": "+", "*": "/", "/": "*",
    "%": "/", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=",
    "-=": "+=", "|=": "&=", "&=": "|=", "++": "--", "--": "++",
}
TYPES = {"const", "static", "struct", "union", "enum", "unsigned", "signed",
         "char", "int", "long", "short", "float", "double", "void", "bool",
         "typedef", "extern", "volatile"}
FLOW = {"if", "for", "while", "switch", "do", "else", "case", "default",
        "goto", "sizeof", "return"}
# Of these, swapped arguments are not a fault: the result is compared with 0, or
# the two are multiplied, or the smaller is taken.
SYMMETRIC = {"strcmp", "strcasecmp", "MIN", "MAX", "str_min", "arena_zeros",
             "calloc"}
# The same of their first two.
SYMMETRIC_FIRST = {"strncmp", "memcmp"}
ALLOCATIONS = {"malloc", "calloc", "g_malloc", "g_malloc0", "g_new", "g_new0",
               "arena_alloc", "arena_zeros"}


class Token:
    def __init__(self, kind, text, at):
        self.kind, self.text, self.at = kind, text, at
        self.end = at + len(text)
        self.partner = None     # the index of the bracket at the other end
        self.in_body = False    # of a function


def tokens_of(text):
    """Tokens without comments and preprocessor lines, brackets paired."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*",
                  lambda m: re.sub(r"[^\n]", " ", m.group()), text,
                  flags=re.MULTILINE)
    found, stack, at, body = [], [], 0, 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            at += 1
            continue
        kind = match.lastgroup
        if kind not in ("space", "skip"):
            token = Token(kind, match.group(), at)
            if token.text == "{":
                body += bool(body) or (bool(found) and found[-1].text == ")")
            token.in_body = body > 0
            if kind == "sign" and token.text in "([{":
                stack.append(len(found))
            elif kind == "sign" and token.text in ")]}" and stack:
                token.partner = stack.pop()
                found[token.partner].partner = len(found)
                if token.text == "}" and body:
                    body -= 1
            found.append(token)
        at = match.end()
    return found


class Change:
    """The text from `at` to `end` of a file becomes `new`."""

    def __init__(self, file, kind, at, end, new):
        self.file, self.kind = file, kind
        self.at, self.end, self.new = at, end, new

    def line(self, text):
        return text.count("\n", 0, self.at) + 1

    def applied(self, text):
        """The changed text: its lines keep their numbers."""
        old = text[self.at:self.end]
        lines = old.count("\n") - self.new.count("\n")
        return text[:self.at] + self.new + "\n" * lines + text[self.end:]

    def shown(self, text):
        """`file:line: before -> after`, the whole lines that change."""
        start = text.rfind("\n", 0, self.at) + 1
        stop = text.find("\n", self.end)
        both = (text[start:stop],
                text[start:self.at] + self.new + text[self.end:stop])
        both = [" ".join(piece.split()) for piece in both]
        return f"{self.file}:{self.line(text)}: {both[0]} -> {both[1]}"


def is_binary(text, token):
    """Written with a space on both sides, unlike a pointer or a sign."""
    return text[token.at - 1] in " \n" and text[token.end] in " \n"


def change_signs(file, text, tokens):
    for t in tokens:
        if t.kind != "sign" or not t.in_body or t.text not in SWAPS:
            continue
        if t.text in ("++", "--") or is_binary(text, t):
            yield Change(file, "operator", t.at, t.end, SWAPS[t.text])


def is_declaration(tokens, i):
    t, after = tokens[i], tokens[i + 1]
    if t.text in TYPES:
        return True
    return t.kind == "name" and t.text not in FLOW and (
        after.kind == "name" or
        (after.text == "*" and tokens[i + 2].at == after.end))


def declares(tokens, i):
    """Is it in a declaration? A larger array would be no fault."""
    while i > 0 and tokens[i - 1].text not in (";", "{", "}"):
        i -= 1
    return is_declaration(tokens, i)


def in_allocation(tokens, i):
    """Is it an argument of a function that gives memory?"""
    return any(t.text in ALLOCATIONS and tokens[j + 1].partner and
               tokens[j + 1].partner > i
               for j, t in enumerate(tokens[:i]) if i - j < 20)


def change_numbers(file, text, tokens):
    for i, t in enumerate(tokens):
        if t.kind == "name" and t.text in ("true", "false") and t.in_body:
            yield Change(file, "constant", t.at, t.end,
                         "false" if t.text == "true" else "true")
        match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", t.text)
        if t.kind != "number" or not match:
            continue
        base = 16 if match[1][1:2] in ("x", "X") else \
            8 if match[1][0] == "0" else 10
        form = {16: "0x{:x}", 8: "0{:o}", 10: "{}"}[base]
        value = int(match[1], base)
        size = any(u.text == "[" and u.at < t.at < tokens[u.partner].at
                   for u in tokens[max(0, i - 8):i] if u.partner) and \
            declares(tokens, i)
        # More room, or another negative number for "no", is not a fault.
        only_less = size or tokens[i - 1].text == "-" and \
            not is_binary(text, tokens[i - 1]) or in_allocation(tokens, i)
        for new in (value - 1,) if only_less else (value + 1, value - 1):
            if new >= 0:
                shown = form.format(new) if value else str(new)
                yield Change(file, "constant", t.at, t.end, shown + match[2])


def change_errors(file, text, tokens):
    for t in tokens:
        if t.kind == "name" and re.fullmatch(r"E[A-Z0-9]{3,}", t.text) and \
                t.in_body:
            yield Change(file, "error code", t.at, t.end,
                         "EIO" if t.text != "EIO" else "EINVAL")


def change_conditions(file, text, tokens):
    for i, t in enumerate(tokens[:-1]):
        after = tokens[i + 1]
        if t.text in ("if", "while") and after.text == "(" and after.partner:
            inner = text[after.end:tokens[after.partner].at]
            yield Change(file, "condition", after.end,
                         tokens[after.partner].at, f"!({inner})")


def arguments_of(tokens, i):
    """(first, last) token indices of each argument of the call at i: `(`."""
    found, first, j = [], i + 1, i + 1
    while j < tokens[i].partner:
        if tokens[j].text == ",":
            found.append((first, j - 1))
            first = j + 1
        j = tokens[j].partner if tokens[j].text in "([{" and \
            tokens[j].partner else j
        j += 1
    return found + [(first, tokens[i].partner - 1)]


def change_arguments(file, text, tokens):
    for i, t in enumerate(tokens):
        if t.text != "(" or not t.in_body or not t.partner or i == 0 or \
                tokens[i - 1].kind != "name" or \
                tokens[i - 1].text in FLOW | SYMMETRIC:
            continue
        parts = arguments_of(tokens, i)
        if tokens[i - 1].text in SYMMETRIC_FIRST:
            parts = parts[1:]
        for one, two in zip(parts, parts[1:]):
            if one[0] > one[1] or two[0] > two[1]:
                continue
            a = text[tokens[one[0]].at:tokens[one[1]].end]
            between = text[tokens[one[1]].end:tokens[two[0]].at]
            b = text[tokens[two[0]].at:tokens[two[1]].end]
            if a != b:
                yield Change(file, "arguments", tokens[one[0]].at,
                             tokens[two[1]].end, b + between + a)


def starts_statement(tokens, i):
    before = tokens[i - 1]
    if before.text in (";", "{", "}", "else"):
        return True
    if before.text != ")" or before.partner is None:
        return False
    return tokens[before.partner - 1].text in ("if", "for", "while")


def change_statements(file, text, tokens):
    for i, t in enumerate(tokens[:-2]):
        if i == 0 or not t.in_body or not starts_statement(tokens, i):
            continue
        if t.kind == "name" and t.text in FLOW and t.text != "return":
            continue
        if t.kind not in ("name", "sign") or t.text in "{};" or \
                is_declaration(tokens, i):
            continue
        j = i
        while tokens[j].text not in (";", "{", "}"):
            j = tokens[j].partner if tokens[j].text in "([" and \
                tokens[j].partner else j
            j += 1
        if tokens[j].text == ";" and tokens[j].at < len(text):
            yield Change(file, "statement", t.at, tokens[j].at, "")


def change_bounds(file, text, tokens):
    for t in tokens:
        if t.text != "[" or not t.in_body or not t.partner:
            continue
        inner = text[t.end:tokens[t.partner].at]
        if inner.strip() and not inner.isdigit():
            step = "- 1" if inner.isupper() else "+ 1"
            yield Change(file, "bound", t.end, tokens[t.partner].at,
                         f"{inner} {step}")


MAKERS = [change_signs, change_numbers, change_errors, change_conditions,
          change_arguments, change_statements, change_bounds]


def changes_of(room, tree):
    """Every change there is in the room's files, in a fixed order."""
    found = []
    for path in sorted((tree / "src" / room).rglob("*.[ch]")):
        text = path.read_text()
        tokens = tokens_of(text)
        for make in MAKERS:
            for change in make(str(path.relative_to(tree)), text, tokens):
                inside = path.suffix == ".c" or any(
                    t.in_body and t.at <= change.at < t.end for t in tokens)
                if inside:
                    found.append(change)
    return found


def shuffled(changes, seed, room):
    """Kinds take turns at random, so that common ones do not hide rare ones."""
    rng = random.Random(f"{seed}:{room}")
    kinds = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change)
    for list_ in kinds.values():
        rng.shuffle(list_)
    order = []
    while kinds:
        kind = rng.choice(sorted(kinds))
        order.append(kinds[kind].pop())
        if not kinds[kind]:
            del kinds[kind]
    return order


# --- processes --------------------------------------------------------------

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 24, 36
CAP_SYS_NICE = 23


def adopt_orphans():
    """From now on, a descendant whose parent ends becomes our child."""
    if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def children_of(pid):
    """Those of all its threads; it may end while we look."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as list_:
                found += [int(word) for word in list_.read().split()]
    except OSError:
        pass
    return found


def descendants(pid, seen=None):
    """All processes below pid."""
    seen = set() if seen is None else seen
    for child in children_of(pid):
        if child not in seen:
            seen.add(child)
            descendants(child, seen)
    return seen


def end_descendants(spare=()):
    """Kill and reap all there are below us, and those they start meanwhile."""
    while True:
        left = [pid for pid in descendants(os.getpid()) if pid not in spare]
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if not left:
            return
        time.sleep(0.005)


def limits_set(sanitized):
    """What one test may use: before exec, in the child."""
    LIBC.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)
    for what, value in ((resource.RLIMIT_CORE, 0),
                        (resource.RLIMIT_RTPRIO, 0),
                        (resource.RLIMIT_CPU, 300)):
        resource.setrlimit(what, (value, value))
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))


def run_bounded(argv, cwd, env, limit_s, sanitized=False):
    """Exit status, or None where time ran out; nothing is left behind."""
    child = subprocess.Popen(argv, cwd=cwd, env=env, start_new_session=True,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: limits_set(sanitized))
    try:
        return child.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_descendants()


# --- one copy of the tree ---------------------------------------------------

def environment(copy, cache_read_only):
    """As scripts/check.py's, with what is made kept in the copy."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("OUTBOARD_", "QEMU_", "LD_", "MESON_", "MAKE"))
           and k not in ("CFLAGS", "LDFLAGS", "CC", "PYTHONPATH")}
    env.update(LC_ALL="C.UTF-8", TMPDIR=str(copy / "tmp"),
               CCACHE_BASEDIR=str(copy), CCACHE_NOHASHDIR="1",
               MALLOC_PERTURB_="165", G_SLICE="always-malloc",
               ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:"
                            "hard_rss_limit_mb=3000",
               UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    if cache_read_only:
        env["CCACHE_READONLY"] = "1"
    return env


class Test:
    def __init__(self, build, entry, targets):
        self.build, self.name = build, entry["name"]
        self.argv, self.env = entry["cmd"], entry["env"]
        self.targets = targets      # to be built before it runs
        self.inputs = set()         # the objects that it is made of
        self.seconds = 0.0


class Copy:
    """A copy of the tree with its two builds; a worker's own."""

    def __init__(self, place):
        self.place = place
        self.tree = place / "tree"
        self.tests, self.pristine = [], {}

    def ninja(self, build, targets):
        argv = ["ninja", "-C", str(self.tree / BUILDS[build]), "-j1",
                "--quiet", *targets]
        status = run_bounded(argv, self.tree, environment(self.place, True),
                             BUILD_LIMIT_S, True)
        return status == 0

    def make(self):
        """Copy, configure, build the tests; find out what they link."""
        (self.place / "tmp").mkdir(parents=True, exist_ok=True)
        names = subprocess.run(["git", "ls-files", "-z", "--cached",
                                "--others", "--exclude-standard"], cwd=ROOT,
                               capture_output=True, check=True).stdout
        names = {n for n in names.decode().split("\0") if n}
        for name in sorted(names):
            self.copy(name)
        for build, folder in BUILDS.items():
            self.configure(build, folder)
        for test in self.tests:
            test.inputs = self.inputs_of(test)

    def copy(self, name):
        """One file of the tree, unless it is here as it should be."""
        ours, theirs = self.tree / name, ROOT / name
        if not theirs.is_file():
            ours.unlink(missing_ok=True)
        elif not ours.exists() or ours.read_bytes() != theirs.read_bytes():
            ours.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(theirs, ours)

    def configure(self, build, folder):
        env = environment(self.place, False)
        run = {"cwd": self.tree, "env": env, "check": True,
               "stdout": subprocess.DEVNULL}
        subprocess.run(["scripts/setup.sh", folder, build], **run)
        where = self.tree / folder
        outputs = {target["id"]: target["filename"] for target in
                   json.loads((where / "meson-info" /
                               "intro-targets.json").read_text())}
        entries = json.loads((where / "meson-info" /
                              "intro-tests.json").read_text())
        for entry in entries:
            suites = {name.split(":")[-1] for name in entry["suite"]}
            if suites & {"unit", "fuzz"} and entry["name"] not in LEFT_OUT:
                files = [name for id_ in entry["depends"]
                         for name in outputs[id_]] + entry["cmd"][:1]
                targets = sorted({os.path.relpath(name, where)
                                  for name in files
                                  if name.startswith(str(where))})
                self.tests.append(Test(build, entry, targets))
        wanted = sorted({t for test in self.tests if test.build == build
                         for t in test.targets})
        subprocess.run(["ninja", "-C", folder, "-j1", "--quiet", *wanted],
                       **run)

    def inputs_of(self, test):
        said = subprocess.run(["ninja", "-t", "inputs", *test.targets],
                              cwd=self.tree / BUILDS[test.build],
                              capture_output=True, text=True, check=True)
        return {name for name in said.stdout.split() if name.endswith(".o")}

    def objects_of(self, file, build):
        """What `file` is compiled into; a header, its whole room."""
        where = self.tree / BUILDS[build]
        listed = json.loads((where / "compile_commands.json").read_text())
        room = file.rsplit("/", 1)[0]
        found = []
        for entry in listed:
            source = os.path.relpath(where / entry["file"], self.tree)
            if source == file or (file.endswith(".h") and
                                  os.path.dirname(source) == room):
                found.append(entry["output"])
        return found

    def code_of(self, objects):
        """The objects' code and data, without what debuggers read."""
        found = []
        stripped = self.place / "stripped.o"
        for name in objects:
            subprocess.run(["strip", "-g", "-o", stripped,
                            self.tree / "build" / name], check=True)
            found.append(stripped.read_bytes())
        return found

    def write(self, change, text):
        (self.tree / change.file).write_text(text)

    def is_effective(self, change):
        """Does it compile, and into other code?"""
        text = (self.tree / change.file).read_text()
        objects = self.objects_of(change.file, "gcc")
        if not objects:
            return False
        if change.file not in self.pristine:
            self.ninja("gcc", objects)
            self.pristine[change.file] = self.code_of(objects)
        self.write(change, change.applied(text))
        try:
            return self.ninja("gcc", objects) and \
                self.code_of(objects) != self.pristine[change.file]
        finally:
            self.write(change, text)

    def select(self, room, seed, count, only):
        """The first `count` effective changes of the room."""
        changes = changes_of(room, self.tree)
        tried, taken = 0, []
        for change in shuffled(changes, seed, room):
            text = (self.tree / change.file).read_text()
            if only and f"{change.file}:{change.line(text)}" not in only:
                continue
            if len(taken) == count and not only:
                break
            tried += 1
            if self.is_effective(change):
                taken.append(change)
        return tried, taken

    # --- the tests

    def run(self, test, limit_s):
        env = environment(self.place, True)
        env.update(test.env)
        status = run_bounded(test.argv, self.tree / BUILDS[test.build], env,
                             limit_s, test.build == "asan")
        shutil.rmtree(self.place / "tmp", ignore_errors=True)
        (self.place / "tmp").mkdir(exist_ok=True)
        return status

    def time_tests(self):
        """Every test passes as things are, or nothing can be said."""
        for test in self.tests:
            start = time.monotonic()
            status = self.run(test, 600)
            test.seconds = time.monotonic() - start
            if status not in (0, 77):
                raise SystemExit(f"mutation.py: {test.name} ({test.build}) "
                                 f"fails without any change (status "
                                 f"{status}); fix it first")
        return {f"{t.build} {t.name}": t.seconds for t in self.tests}

    def tests_for(self, change, seconds):
        room = change.file.split("/")[1]
        objects = {build: set(self.objects_of(change.file, build))
                   for build in BUILDS}

        def order(test):
            took = seconds[f"{test.build} {test.name}"]
            own = test.name.removeprefix("fuzz_").split("_")[0] == room
            return (took > SLOW_S, not own, test.build == "asan", took)
        return sorted((t for t in self.tests if t.inputs & objects[t.build]),
                      key=order)

    def judge(self, change, seconds):
        """("noticed", by what), ("timed out", where) or ("survived", "")."""
        text = (self.tree / change.file).read_text()
        self.write(change, change.applied(text))
        late = []
        try:
            for test in self.tests_for(change, seconds):
                name = f"{test.name} ({test.build})"
                if test.name in late:
                    continue
                if not self.ninja(test.build, test.targets):
                    return "noticed", f"build of {name}"
                limit = 15 + 10 * seconds[f"{test.build} {test.name}"]
                status = self.run(test, limit)
                if status is None:
                    late.append(test.name)
                    if len(late) == TIMEOUTS_MAX:
                        break
                elif status not in (0, 77) and \
                        self.run(test, limit) not in (0, 77, None):
                    return "noticed", name
        finally:
            self.write(change, text)
        return ("timed out", ", ".join(late)) if late else ("survived", "")


# --- workers ----------------------------------------------------------------

class Worker:
    """A process with a copy of its own, which does one task at a time."""

    def __init__(self, place, others):
        self.sock, theirs = socket.socketpair(socket.AF_UNIX,
                                              socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            for worker in [self, *others]:
                worker.sock.close()
            serve(theirs, Copy(place))
        theirs.close()

    def ask(self, task):
        self.sock.send(json.dumps(task).encode())

    def answer(self):
        said = self.sock.recv(1 << 20)
        if not said:
            raise SystemExit("mutation.py: a worker ended; see above")
        return json.loads(said)


def serve(sock, copy):
    """The worker's side; never returns."""
    status = 1
    try:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        adopt_orphans()
        while True:
            said = sock.recv(1 << 20)
            if not said:
                break
            sock.send(json.dumps(do(copy, **json.loads(said))).encode())
        status = 0
    except SystemExit as why:
        print(why, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_descendants()
        os._exit(status)


def do(copy, what, **task):
    if what == "make":
        copy.make()
        return {}
    if what == "time":
        return copy.time_tests()
    if what == "select":
        tried, taken = copy.select(**task)
        return {"tried": tried, "taken": [vars(change) for change in taken]}
    change = Change(**task["change"])
    text = (copy.tree / change.file).read_text()
    start = time.monotonic()
    verdict, why = copy.judge(change, task["seconds"])
    return {"verdict": verdict, "by": why, "kind": change.kind,
            "room": change.file.split("/")[1], "line": change.shown(text),
            "seconds": round(time.monotonic() - start, 1)}


def share(workers, tasks, told=lambda n, answer: None):
    """Hand out the tasks; the answers, in the tasks' order."""
    answers, waiting = [None] * len(tasks), list(range(len(tasks)))
    idle, busy = list(workers), {}
    selector = selectors.DefaultSelector()
    for worker in workers:
        selector.register(worker.sock, selectors.EVENT_READ, worker)
    while waiting or busy:
        while waiting and idle:
            worker = idle.pop()
            busy[worker] = waiting.pop(0)
            worker.ask(tasks[busy[worker]])
        for key, _ in selector.select():
            answer = key.data.answer()
            n = busy.pop(key.data)
            answers[n] = answer
            told(n, answer)
            idle.append(key.data)
    return answers


def end_workers(workers):
    """A closed socket ends a worker; whatever is left is killed."""
    for worker in workers:
        worker.sock.close()
    limit = time.monotonic() + 10
    for worker in workers:
        while time.monotonic() < limit:
            try:
                if os.waitpid(worker.pid, os.WNOHANG)[0]:
                    break
            except ChildProcessError:
                break
            os.kill(worker.pid, signal.SIGTERM)
            time.sleep(0.05)
    end_descendants()


def processes_in(place):
    """Processes that run, or run a program, below `place`."""
    found = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        for link in ("exe", "cwd"):
            try:
                if os.readlink(proc / link).startswith(str(place)):
                    found.append(int(proc.name))
                    break
            except OSError:
                pass
    return found


# --- the measurement --------------------------------------------------------

def quotas(rooms, count):
    return {room: count // len(rooms) + (i < count % len(rooms))
            for i, room in enumerate(rooms)}


def measure(workers, options):
    """All results, and how many changes were tried to get so many."""
    share(workers, [{"what": "make"}] * len(workers))
    workers[0].ask({"what": "time"})
    seconds = workers[0].answer()
    print(f"{len(seconds)} tests pass in {sum(seconds.values()):.0f} s; "
          f"choosing changes", flush=True)
    picks = share(workers, [
        {"what": "select", "room": room, "seed": options.seed, "count": n,
         "only": options.only}
        for room, n in quotas(options.room, options.count).items()])
    tasks = [{"what": "judge", "change": change, "seconds": seconds}
             for pick in picks for change in pick["taken"]]

    def told(n, answer):
        by = f" by {answer['by']}" if answer["by"] else ""
        print(f"[{n + 1}/{len(tasks)}] {answer['verdict']}{by}: "
              f"{answer['line']}", flush=True)
    return share(workers, tasks, told), sum(pick["tried"] for pick in picks)


def summary(results):
    """{room or "all": {verdict: count}}"""
    sums = {}
    for result in results:
        for key in (result["room"], "all"):
            row = sums.setdefault(key, {"noticed": 0, "survived": 0,
                                        "timed out": 0})
            row[result["verdict"]] += 1
    return sums


def report(results, tried, options):
    sums = summary(results)
    for verdict in ("survived", "timed out"):
        for result in results:
            if result["verdict"] == verdict:
                print(f"{verdict}: {result['line']}")
    print(f"\n{'room':<10} {'noticed':>8} {'survived':>9} {'timed out':>10}")
    for room, row in sums.items():
        print(f"{room:<10} {row['noticed']:>8} {row['survived']:>9} "
              f"{row['timed out']:>10}")
    percent = 100 * sums["all"]["noticed"] / len(results)
    print(f"seed {options.seed}: {sums['all']['noticed']} of {len(results)} "
          f"noticed ({percent:.0f} %); {tried - len(results)} more did not "
          f"compile or changed no code")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(
            {"seed": options.seed, "tried": tried, "sums": sums,
             "results": results}, indent=1) + "\n")
    return 0 if percent >= options.at_least else 1


def options_of(argv):
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", type=lambda s: s.split(","), default=ROOMS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--at-least", type=float, default=0)
    parser.add_argument("--json", help="write all results to this file")
    parser.add_argument("--place", type=pathlib.Path,
                        help="keep the copies here; the next run builds less")
    parser.add_argument("--only", type=lambda s: s.split(","), default=[],
                        help="all changes at these places: FILE:LINE,...")
    options = parser.parse_args(argv)
    strange = set(options.room) - set(ROOMS)
    if strange or options.count < 1 or options.jobs < 1:
        parser.error(f"--room: none of {', '.join(ROOMS)} "
                     f"({', '.join(sorted(strange))})" if strange else
                     "--count, --jobs: at least 1")
    return options


def main():
    options = options_of(sys.argv[1:])
    os.nice(19)
    adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    place = options.place or pathlib.Path(
        tempfile.mkdtemp(prefix="outboard-mutation-"))
    workers, left = [], []
    try:
        for i in range(options.jobs):
            workers.append(Worker(place / str(i), workers))
        status = report(*measure(workers, options), options)
    except KeyboardInterrupt:
        status = 2
    finally:
        end_workers(workers)
        left = processes_in(place)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if not options.place:
            shutil.rmtree(place, ignore_errors=True)
    if left:
        print(f"mutation.py: {len(left)} processes were left, and ended",
              file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
