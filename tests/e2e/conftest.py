# SPDX-License-Identifier: MIT
"""Fixtures of the tests that run QEMU.

What is tested is the staged tree (build/stage) and, for the bridge alone, the
helpers of build/tests/e2e. OUTBOARD_BUILD names another build directory. Every
program is run with a limit, and ended by its own pid when a test is over.

The same tests run in each column of the matrix (scripts/matrix.py), where this
system's QEMU is another one's: OUTBOARD_COLUMN names it. Without it, tests of
the fixture `place` go through all that are unpacked here.
"""

import collections
import glob
import json
import os
import pathlib
import platform
import shutil
import socket
import subprocess
import sysconfig
import tempfile

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
STAGE = BUILD / "stage"
CACHE = pathlib.Path(os.environ.get(
    "OUTBOARD_CACHE",
    pathlib.Path(os.environ.get("XDG_CACHE_HOME",
                                pathlib.Path.home() / ".cache")) /
    "outboard"))
LIMIT_S = 60
COLUMN = os.environ.get("OUTBOARD_COLUMN")
HERE = "bookworm"       # what the system is where no column is named
MACHINE = platform.machine()
MULTIARCH = sysconfig.get_config_var("MULTIARCH")
# Debian builds an emulator that exports nothing for x86-64 hosts alone.
BARE_QEMU = MACHINE == "x86_64"
needs_bare_qemu = pytest.mark.skipif(
    not BARE_QEMU, reason="this host has no qemu-system-x86_64-microvm")

Result = collections.namedtuple("Result", "status out err")


def clean_environment(extra=None):
    """The caller's environment without what could change a run."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("OUTBOARD_", "QEMU_", "LD_"))}
    env["LC_ALL"] = "C.UTF-8"
    env.update(extra or {})
    return env


def run(argv, limit_s=LIMIT_S, stdin=None, env=None, pass_fds=(), cwd=None):
    """Run argv to its end; Result of its exit status and texts."""
    done = subprocess.run(
        [str(arg) for arg in argv], timeout=limit_s, env=clean_environment(env),
        input=stdin if stdin is not None else "", text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=pass_fds,
        cwd=cwd, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


class Staged:
    """The installed tree: outboard(arguments...) runs its command."""

    def __init__(self, stage):
        self.stage = stage
        self.command = stage / "bin" / "outboard"
        self.bridge = stage / "lib" / "outboard" / "outboard-bridge.so"

    def __call__(self, *argv, **options):
        return run([self.command, *argv], **options)


@pytest.fixture(scope="session")
def outboard():
    """The staged tree and its command."""
    staged = Staged(STAGE)
    if not staged.command.exists():
        pytest.fail(f"{staged.command} is missing: run make first")
    return staged


@pytest.fixture(scope="session")
def qemu():
    """qemu("arm"): the path of the system's emulator for that target."""
    def find(arch):
        path = shutil.which(f"qemu-system-{arch}")
        if path is None:
            pytest.fail(f"qemu-system-{arch} is not installed: "
                        "run scripts/deps.sh test")
        return path
    return find


class Place:
    """A Debian whose QEMU is used: this one, or one below a directory."""

    def __init__(self, name, root):
        self.name = name
        self.root = root
        self.bridge = BUILD / "src" / "bridge" / "outboard-bridge.so"

    def there(self):
        if self.root is None:
            return True
        return os.geteuid() == 0 and (self.root / "usr" / "bin").is_dir()

    def emulators(self):
        below = str(self.root or "")
        found = glob.glob(below + "/usr/bin/qemu-system-*")
        return sorted(path[len(below):] for path in found)

    def session(self, *argv, **options):
        """Run session-run's arguments with this place's QEMU."""
        tool = BUILD / "tests" / "e2e" / "session-run"
        if self.root is None:
            return run([tool, self.bridge, *argv], **options)
        with tempfile.TemporaryDirectory(dir=self.root / "tmp") as scratch:
            os.chmod(scratch, 0o755)
            copy = shutil.copy(self.bridge, scratch)
            inside = copy[len(str(self.root)):]
            return run([tool, inside, "--root", self.root, *argv], **options)

    def outboard(self, *argv, **options):
        """Run the staged command with this place's QEMU and its libraries."""
        if self.root is None:
            return run([STAGE / "bin" / "outboard", *argv], **options)
        inside = ('mount -t proc proc "$1/proc" && root=$1 && shift && '
                  'exec chroot "$root" "$@"')
        with tempfile.TemporaryDirectory(dir=self.root / "tmp") as scratch:
            os.chmod(scratch, 0o755)
            tree = pathlib.Path(scratch) / "tree"
            shutil.copytree(STAGE, tree, symlinks=True)
            command = str(tree / "bin" / "outboard")[len(str(self.root)):]
            return run(["unshare", "--mount", "sh", "-c", inside, "sh",
                        self.root, command, *argv], **options)

    def doctor(self, emulator, *argv, env=None):
        """The bridge's own report about an emulator: (status, report)."""
        read_fd, write_fd = os.pipe()
        try:
            done = self.session(
                "--note", f"doctor-fd={write_fd}", "--", emulator, *argv,
                pass_fds=(write_fd,), env=env)
        finally:
            os.close(write_fd)
            with os.fdopen(read_fd) as pipe:
                text = pipe.read()
        return done, json.loads(text) if text else None


PLACES = [Place(COLUMN or HERE, None)]
if COLUMN is None:
    PLACES += [Place(name, CACHE / "qemu" / name)
               for name in ("trixie", "sid", "noble")]


def pytest_collection_modifyitems(config, items):
    """Leave out what is not for this column, by the marker `columns`."""
    column, kept, out, lines = COLUMN or HERE, [], [], set()
    for item in items:
        mark = item.get_closest_marker("columns")
        wanted = mark.args if mark else ("bookworm", "trixie", "sid", "noble")
        (kept if column in wanted else out).append(item)
        if mark and column not in wanted:
            lines.add(f"{item.module.__name__}::{item.originalname}\t"
                      f"{mark.kwargs['reason']}\n")
    items[:] = kept
    config.hook.pytest_deselected(items=out)
    if "OUTBOARD_APART" in os.environ:      # for the matrix's legend
        pathlib.Path(os.environ["OUTBOARD_APART"]).write_text(
            "".join(sorted(lines)))


@pytest.fixture(params=PLACES, ids=lambda place: place.name)
def place(request):
    """Each Debian in turn; those that are not unpacked here are skipped."""
    if not request.param.there():
        pytest.skip(f"no root of {request.param.name} with QEMU in "
                    f"{request.param.root}, or not run by root")
    return request.param


@pytest.fixture
def here():
    """This system's own QEMU."""
    return PLACES[0]


def hang_up(child):
    """End a pexpect child, which gives a process 0.1 s after SIGKILL."""
    try:
        child.close(force=True)
    except pexpect.ExceptionPexpect:
        os.waitpid(child.pid, 0)


class Machine:
    """A QEMU that is running, and its QMP connection."""

    def __init__(self, argv, env, directory):
        self.path = directory / "qmp"
        self.events = []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        directory.chmod(0o755)      # QEMU may be another user
        self.path.chmod(0o666)
        listener.listen(1)
        listener.settimeout(LIMIT_S)
        self.process = subprocess.Popen(
            [str(arg) for arg in argv] +
            ["-qmp", f"unix:{self.path}"], env=clean_environment(env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        try:
            connection, _ = listener.accept()
        except OSError:
            self.end()
            raise
        finally:
            listener.close()
        connection.settimeout(LIMIT_S)
        self.stream = connection.makefile("rw")
        connection.close()
        json.loads(self.stream.readline())
        self.qmp("qmp_capabilities")

    def ask(self, command, **arguments):
        """The whole answer to a QMP command; events are kept."""
        request = {"execute": command, "arguments": arguments}
        self.stream.write(json.dumps(request) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "event" not in answer:
                return answer
            self.events.append(answer)

    def event(self, name):
        """The next event of that name, waited for; those before are lost."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == name:
                    return event
            self.events.append(json.loads(self.stream.readline()))

    def qmp(self, command, **arguments):
        """The result of a QMP command that is to succeed."""
        answer = self.ask(command, **arguments)
        assert "error" not in answer, answer
        return answer["return"]

    def hmp(self, line):
        """What the monitor prints for a line."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def end(self):
        """End it by its pid and wait; its output."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            out, _ = self.process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, _ = self.process.communicate()
        return out


@pytest.fixture
def machine():
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
