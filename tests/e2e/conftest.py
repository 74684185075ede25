# SPDX-License-Identifier: MIT
"""The QEMU and the place of each test that runs QEMU, and shared fixtures.

What is tested is the staged tree (build/stage) and, for the bridge alone, the
helpers of build/tests/e2e. OUTBOARD_BUILD names another build directory. Every
program is run with a limit, and ended by its own pid when a test is over.

Two parameters are in the names of the tests, as in test_x[isolated-sid]:

- `qemu`: the release whose QEMU runs. pytest's option --qemu chooses it;
  scripts/matrix.py runs the same tests with each. The mark `qemus` keeps a
  test for some of them.
- `place`: where the models run, in QEMU's process or each module in its own.
  A test that uses it runs in both. The mark `places` keeps it for one.
"""

import os
import pathlib
import subprocess
import tempfile

import pytest

from support import acme as acme_board
from support import sample_modules
from support.paths import STAGE
from support.processes import LIMIT_S, clean_environment
from support.qemus import SUPPORTED, Qemu
from support.qmp import Machine
from support.qtest import Bus
from support.staged import PLACES, Place, Staged
from support.terminal import Console, hang_up, spawn


def pytest_generate_tests(metafunc):
    """Give each test its place and its QEMU, and name it by them."""
    if "place" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("places")
        metafunc.parametrize("place", mark.args if mark else PLACES,
                             indirect=True)
    if "qemu" in metafunc.fixturenames:
        metafunc.parametrize("qemu", [metafunc.config.getoption("qemu")],
                             indirect=True, scope="session")


def left_out(item, name):
    """Why a test does not run with the QEMU `name`; None if it does."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    marks = [mark for mark in item.iter_markers("qemus")
             if mark.kwargs.get("place") in (None, params.get("place"))]
    for mark in marks:
        if name not in mark.args:
            return mark.kwargs["reason"]
    return None if marks or name in SUPPORTED else ""


def pytest_collection_modifyitems(config, items):
    """Leave out what is not for this QEMU, and say why to the matrix."""
    kept, out, lines = [], [], set()
    for item in items:
        why = left_out(item, config.getoption("qemu"))
        (kept if why is None else out).append(item)
        if why:
            lines.add(f"{item.module.__name__}::{item.originalname}\t{why}\n")
    items[:] = kept
    config.hook.pytest_deselected(items=out)
    if "OUTBOARD_APART" in os.environ:      # for the matrix's legend
        pathlib.Path(os.environ["OUTBOARD_APART"]).write_text(
            "".join(sorted(lines)))


# --- what runs ---------------------------------------------------------------

@pytest.fixture(scope="session")
def qemu(request):
    """The QEMU; qemu("arm") is the path of its emulator for that target."""
    return Qemu(request.param)


@pytest.fixture(scope="session")
def outboard(qemu):
    """The staged tree and its command."""
    staged = Staged(STAGE)
    if not staged.command.exists():
        pytest.fail(f"{staged.command} is missing: run make first")
    return staged


@pytest.fixture
def place(request, outboard):
    """Where the models run; place.argv(...) is the command line for it."""
    return Place(request.param, outboard, *PLACES[request.param])


# --- how it runs -------------------------------------------------------------

@pytest.fixture
def machine(qemu):
    """machine(argv...): start a program that is or becomes QEMU, with QMP."""
    started = []

    def start(*argv, env=None):
        with tempfile.TemporaryDirectory(prefix="ob") as short:
            made = Machine(argv, env, pathlib.Path(short))
        started.append(made)
        return made

    yield start
    for made in started:
        made.end()


@pytest.fixture
def bus_machine(machine, tmp_path):
    """bus_machine(argv...): (machine, bus) of a board, by QMP and qtest."""
    def start(*argv, env=None):
        bus = Bus(tmp_path)
        made = machine(*argv, *bus.options(), env=env)
        bus.connect()
        return made, bus
    return start


@pytest.fixture
def terminal(qemu):
    """terminal(argv, ...): a board on a terminal of its own, by pexpect."""
    started = []

    def start(argv, **options):
        started.append(spawn(argv, **options))
        return started[-1]

    yield start
    for child in started:
        hang_up(child)


@pytest.fixture
def console(qemu):
    """console(argv): the ACME board on a terminal of its own."""
    started = []

    def start(argv):
        started.append(Console(argv))
        return started[-1]

    yield start
    for made in started:
        hang_up(made.child)


@pytest.fixture
def running(qemu, tmp_path):
    """running(argv): a board whose serial port goes to the file `serial`."""
    started = []

    def start(argv):
        process = subprocess.Popen(
            argv + ["-display", "none", "-monitor", "none", "-serial",
                    f"file:{tmp_path / 'serial'}"],
            env=clean_environment(), stdin=subprocess.DEVNULL,
            stderr=open(tmp_path / "stderr", "w"))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(LIMIT_S)


# --- what is run -------------------------------------------------------------

@pytest.fixture(scope="session")
def acme(tmp_path_factory):
    """The example's folder, copied out of the tree and built there.

    In the matrix it is built already, once for all QEMUs.
    """
    return acme_board.build(
        tmp_path_factory.mktemp("vendor") / "acme",
        made=os.environ.get("OUTBOARD_ACME"),
        env={"PKG_CONFIG_PATH": str(STAGE / "lib/pkgconfig")})


@pytest.fixture(scope="module")
def crasher(outboard, tmp_path_factory):
    """The folder with crasher.so, its modinfo, its board and its guest."""
    folder = tmp_path_factory.mktemp("crasher")
    sample_modules.build(outboard.stage, folder, "crasher")
    return folder


@pytest.fixture
def disk(tmp_path):
    """Arguments for a disk that holds snapshots."""
    path = tmp_path / "snapshots.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "1M"],
                   check=True)
    return ["-drive", f"if=none,format=qcow2,file={path}"]
