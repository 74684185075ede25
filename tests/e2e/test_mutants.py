# SPDX-License-Identifier: MIT
"""Mutants of every board and modinfo file: checked, and those that pass run.

Some hundreds by default; OUTBOARD_SOAK=full (make soak) takes 60,000, of
which each column starts a third. mutants.py makes one by its number.
"""

import concurrent.futures
import json
import os
import pathlib
import resource
import shutil
import subprocess

import pytest

import mutants
from conftest import COLUMN, HERE, ROOT, STAGE, clean_environment, run
from test_acme import acme      # noqa: F401 (a fixture)
from test_bad_input import SANITIZED

FULL = os.environ.get("OUTBOARD_SOAK") == "full"
COLUMNS = ("bookworm", "trixie", "sid")
CHECKED, SANE, STARTED = (60000, 6000, 20000) if FULL else (1200, 300, 260)
ARCHES = ("aarch64", "arm", "riscv64", "m68k", "x86_64")
START_CPU_S, START_WALL_S = 40, 400
# Its models crash when they are told to, and so may its board.
LEFT_OUT = ("crashers",)


@pytest.fixture(scope="session")
def modules(outboard, acme, tmp_path_factory):      # noqa: F811
    """A folder with every module that a file of the tree names."""
    folder = tmp_path_factory.mktemp("modules")
    folder.chmod(0o755)
    for name in ("crasher", "direct", "dma", "order", "probe"):
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
    shutil.copy(ROOT / "examples" / "peer" / "peer.py", folder)
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


@pytest.mark.columns("bookworm", reason="checked without any QEMU")
@pytest.mark.limit(1500)
def test_mutants_are_checked_with_lines_and_no_bad_end(outboard, modules,
                                                       tmp_path):
    good = check_all(outboard.command, modules, 0, CHECKED, tmp_path / "m")
    assert len(good) > CHECKED // 20, "too few pass to start any"


@pytest.mark.columns("bookworm", reason="checked without any QEMU")
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
        self.sources = mutants.Mutants()
        for path in modules.iterdir():
            (folder / path.name).symlink_to(path)
        self.installed = folder / "installed"
        self.installed.mkdir()
        self.boards = []        # (path, name, arches, types)
        for path in modules.iterdir():
            shutil.copy(path, self.installed)
        for source in self.sources.sources:
            name = "-".join(source.path.parts[-2:])
            path = self.installed / name
            shutil.copy(source.path, path)
            path.chmod(0o644)
            if source.is_board:
                self.note(source.path, path)

    def note(self, source, path):
        board = json.loads(path.read_bytes())
        types = {part["type"] for part in board["parts"].values()
                 if isinstance(part, dict)}
        if board["board"] not in LEFT_OUT:
            self.boards.append((path, board["board"], board["arch"], types))
        shutil.copy(source, self.folder / source.name)

    def words(self, path):
        """The end of a command that needs the mutant, or None."""
        tree = json.loads(path.read_bytes())
        if "outboard" in tree and isinstance(tree["outboard"], int):
            arch = [arch for arch in ARCHES if arch in tree.get("arch", ())]
            if not arch or tree["board"] in LEFT_OUT:
                return None
            return [f"qemu-system-{arch[0]}", "-add_machines", path, "-M",
                    tree["board"]]
        modules = [module for module in tree.values()
                   if isinstance(module, dict)]
        types = {word for module in modules for word in
                 module.get("objs", ())}
        for board, name, arches, used in self.boards:
            arch = [arch for arch in ARCHES if arch in arches]
            if types & used and arch:
                return [f"qemu-system-{arch[0]}", "-add_modinfo", path,
                        "-add_machines", board, "-M", name]
        return ["qemu-system-aarch64", "-add_modinfo", path, "-M", "none"]

    def start(self, path):
        """What is wrong with how it ended; "" if nothing is."""
        words = self.words(path)
        if words is None:
            return ""
        argv = [self.command, *words, "-S", "-display", "none", "-serial",
                "none", "-monitor", "stdio"]
        env = clean_environment({"OUTBOARD_PATH": str(self.installed)})
        try:
            done = subprocess.run(
                [str(word) for word in argv], input=b"quit\n", env=env,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                timeout=START_WALL_S, preexec_fn=limits)
        except subprocess.TimeoutExpired:
            return f"{path.name}: hangs"
        err = done.stderr.decode("utf-8", "replace").splitlines()
        return start_fault(path, done.returncode, [
            line for line in err if " warning: " not in line])


def start_fault(path, status, err):
    said = f"{path.name}: status {status}: {err[-6:]}"
    if status == 0:
        return ""
    if status != 1 or len(err) != 1:
        return said
    if not err[0].startswith(("qemu-system-", "outboard: ")):
        return said
    return said if mutants.is_harmful(err[0]) else ""


@pytest.mark.slow
@pytest.mark.limit(5000)
def test_mutants_that_pass_start_or_are_refused(outboard, modules, tmp_path):
    column = COLUMNS.index(COLUMN or HERE)
    good = check_all(outboard.command, modules, 200000 + column * STARTED,
                     STARTED, tmp_path / "m")
    folder = tmp_path / "starts"
    folder.mkdir()
    starter = Starter(outboard.command, modules, folder)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        moved = [path.rename(folder / path.name) for path in good]
        faults = [fault for fault in pool.map(starter.start, moved) if fault]
    print(f"{len(good)} started, {len(faults)} ended badly")
    assert not faults, "\n".join(faults[:30])
