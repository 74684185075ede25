# SPDX-License-Identifier: MIT
"""`outboard check` reports each mutant of a file; QEMU starts the good ones.

The default is some hundreds. With OUTBOARD_SOAK=full (make soak), 60,000 are
checked once, and each QEMU checks 20,000 others. All of these that pass (about
a fifth) start halted and have to quit, in order of their numbers. After 12
minutes the rest is not started; the last line on stderr gives the number that
was. mutants.py makes one by its number.
"""

import collections
import concurrent.futures
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time

import pytest

import mutants
from mutant_maker import sources
from support.paths import ROOT, SANITIZED, STAGE
from support.processes import clean_environment, run
from support.qemus import SUPPORTED

FULL = os.environ.get("OUTBOARD_SOAK") == "full"
CHECKED, SANE, STARTED = (60000, 6000, 20000) if FULL else (1200, 300, 260)
ARCHES = ("aarch64", "arm", "riscv64", "m68k", "x86_64")
# The guard ends a part that makes no progress in 10 s of CPU time, which are
# minutes on a busy machine.
START_CPU_S, START_WALL_S, START_LONG_S = 40, 600, 20
STARTS_S = 720          # none is started later: a machine may be very slow


@pytest.fixture(scope="session")
def modules(outboard, acme, tmp_path_factory):
    """A folder with every module that a file of the tree names."""
    folder = tmp_path_factory.mktemp("modules")
    folder.chmod(0o755)
    for name in ("clash", "crasher", "direct", "dma", "order", "probe"):
        source = ROOT / "tests" / "modules" / name / f"{name}.c"
        subprocess.run(["cc", "-shared", "-fPIC", source, "-o",
                        folder / f"{name}.so",
                        f"-I{outboard.stage / 'include'}"], check=True)
    subprocess.run(["cc", "-shared", "-fPIC", ROOT / "examples/first/first.c",
                    "-o", folder / "first.so",
                    f"-I{outboard.stage / 'include'}"], check=True)
    for path in [*acme.glob("*.so"),
                 *(STAGE / "lib/outboard/modules").glob("*.so")]:
        shutil.copy(path, folder)
    for path in (ROOT / "examples" / "peer").glob("*.py"):
        shutil.copy(path, folder)
    for path in folder.iterdir():
        path.chmod(0o755)
    return folder


def check_all(program, modules, first, count, folder):
    """Check them, in as many runs side by side as there are processors."""
    folder.mkdir()
    checked = mutants.check_range(program, sorted(modules.iterdir()), first,
                                  count, folder)
    assert checked.count == count
    assert not checked.faults, "\n".join(checked.faults[:20])
    return checked.good


@pytest.mark.qemus("bookworm", reason="checked without any QEMU")
@pytest.mark.limit(1500)
def test_mutants_are_checked_with_lines_and_no_bad_end(outboard, modules,
                                                       tmp_path):
    good = check_all(outboard.command, modules, 0, CHECKED, tmp_path / "m")
    assert len(good) > CHECKED // 20, "too few pass to start any"


@pytest.mark.qemus("bookworm", reason="checked without any QEMU")
@pytest.mark.limit(1500)
def test_mutants_are_checked_without_a_fault_of_memory(modules, tmp_path):
    if not SANITIZED.exists():
        pytest.skip(f"{SANITIZED} is not built: make check builds it")
    check_all(SANITIZED, modules, 100000, SANE, tmp_path / "m")


# --- starts ------------------------------------------------------------------

def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (START_CPU_S, START_CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Starter:
    """Starts QEMU with a mutant, halted, and lets it quit."""

    def __init__(self, command, modules, folder):
        self.command, self.folder = command, folder
        self.path = []          # folders that are searched
        self.boards = []        # (path, name, arches, types)
        for path in modules.iterdir():
            (folder / path.name).symlink_to(path)
        self.announce("first", modules)
        for source in sources():
            if source.path.match("tests/good/*/*"):
                continue        # they announce what is not there
            self.install(source, modules)

    def place(self, name, modules):
        """A folder that is searched, with all modules in it."""
        installed = self.folder / "installed" / name
        if str(installed) not in self.path:
            installed.mkdir(parents=True)
            self.path.append(str(installed))
            for path in modules.iterdir():
                (installed / path.name).symlink_to(path)
        return installed

    def announce(self, name, modules):
        """For a module that has no modinfo file in the tree."""
        done = run([self.command, "modinfo", modules / f"{name}.so"])
        assert done.status == 0, done
        path = self.place(name, modules) / f"{name}.json"
        path.write_text(done.out)
        path.chmod(0o644)

    def install(self, source, modules):
        """A copy of it, at its own name beside its modules."""
        path = self.place(source.path.parent.name, modules) / source.path.name
        if path.exists():
            return
        shutil.copy(source.path, path)
        path.chmod(0o644)
        if source.is_board:
            self.note(path)
            shutil.copy(path, self.folder)

    def note(self, path):
        board = json.loads(path.read_bytes())
        types = {part["type"] for part in board["parts"].values()
                 if isinstance(part, dict)}
        self.boards.append((path, board["board"], board["arch"], types))

    def words(self, path):
        """The end of a command that needs the mutant, or None."""
        tree = json.loads(path.read_bytes())
        if "outboard" in tree and isinstance(tree["outboard"], int):
            arch = [arch for arch in ARCHES if arch in tree.get("arch", ())]
            if not arch:
                return None
            return [f"qemu-system-{arch[0]}", "-add_machines", path, "-M",
                    tree["board"]]
        modules = [module for module in tree.values()
                   if isinstance(module, dict)]
        types = {word for module in modules for word in
                 module.get("objs") or ()}
        for board, name, arches, used in self.boards:
            arch = [arch for arch in ARCHES if arch in arches]
            if types & used and arch:
                return [f"qemu-system-{arch[0]}", "-add_modinfo", path,
                        "-add_machines", board, "-M", name]
        return ["qemu-system-aarch64", "-add_modinfo", path, "-M", "none"]

    def start(self, path):
        """(how it ended: one of ENDS, what is wrong with that or "")."""
        words = self.words(path)
        if words is None:
            return "left out", ""
        argv = [self.command, *words, "-S", "-display", "none", "-serial",
                "none", "-monitor", "stdio"]
        env = clean_environment({"OUTBOARD_PATH": ":".join(self.path)})
        try:
            done = subprocess.run(
                [str(word) for word in argv], input=b"quit\n", env=env,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                timeout=START_WALL_S, preexec_fn=limits)
        except subprocess.TimeoutExpired:
            return "hung", f"{path.name}: no end in {START_WALL_S} s"
        fault = start_fault(path, done.returncode, done.stderr)
        return "bad" if fault else ENDS[done.returncode], fault


# By number of status, and those that are faults. The others are "left out" and
# "not started".
ENDS = ("ran", "refused", "bad", "hung")
# What QEMU itself says of a part: it knows no remedy.
QEMUS = re.compile(r'outboard: [^"]+\.json:\d+:\d+: "[^"]*" \([^()]*\): .+')


def start_fault(path, status, err):
    """It runs and quits with 0, or one line says why not."""
    lines = err.decode("utf-8", "surrogateescape").split("\n")[:-1]
    said = f"{path.name}: status {status}: {lines[-6:]}"
    errors = [line for line in lines if " warning: " not in line]
    if status not in (0, 1) or len(errors) != status:
        return said
    for line in lines:
        if not line.startswith(("qemu-system-", "outboard: ")) or \
                mutants.is_harmful(line):
            return said
        if line.startswith("outboard: ") and not QEMUS.fullmatch(line) and \
                mutants.line_fault(line):
            return f"{said}: {mutants.line_fault(line)}"
    return ""


def start_all(starter, paths, tell):
    """What ended badly; reports each, long ones, and the progress."""
    faults, ends, begun = [], collections.Counter(), time.monotonic()

    def start(path):
        before = time.monotonic()
        if before > begun + STARTS_S:
            return "not started", ""
        result = starter.start(path)
        if time.monotonic() > before + START_LONG_S:
            tell(f"{path.name} took {time.monotonic() - before:.0f} s")
        return result

    def figures():
        known = [f"{ends[end]} {end}" for end in (*ENDS, *ends.keys() -
                                                  {*ENDS})]
        return (f"{sum(ends.values())} of {len(paths)} in "
                f"{time.monotonic() - begun:.0f} s: {', '.join(known)}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(start, path) for path in paths]):
            end, fault = done.result()
            ends[end] += 1
            if fault:
                faults.append(fault)
                tell(fault)
            if sum(ends.values()) % 200 == 0:
                tell(figures())
    tell(figures())
    return faults


@pytest.mark.slow
@pytest.mark.limit(5000)
def test_mutants_that_pass_start_or_are_refused(outboard, qemu, modules,
                                                tmp_path, capfd):
    def tell(text):
        with capfd.disabled():
            print(f"mutants: {text}", file=sys.stderr, flush=True)
    column = SUPPORTED.index(qemu.name)
    good = check_all(outboard.command, modules, 200000 + column * STARTED,
                     STARTED, tmp_path / "m")
    tell(f"{STARTED} checked, {len(good)} passed")
    folder = tmp_path / "starts"
    folder.mkdir()
    starter = Starter(outboard.command, modules, folder)
    moved = [path.rename(folder / path.name) for path in good]
    faults = start_all(starter, moved, tell)
    assert not faults, "\n".join(faults[:30])
