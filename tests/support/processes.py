# SPDX-License-Identifier: MIT
"""Running programs with a limit, and looking at the processes below them."""

import collections
import os
import pathlib
import subprocess
import time

LIMIT_S = 60
GROWTH_KIB = 2048       # what a process may grow by that leaks nothing

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


def wait_for(condition, limit_s=LIMIT_S):
    """Return when condition() is true; fail after limit_s."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"not within {limit_s} s"
        time.sleep(0.01)


def wait_for_text(path, text):
    """Wait until the file at `path` holds `text`; the whole of the file."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if path.exists() and text in path.read_text(errors="replace"):
            return path.read_text(errors="replace")
        time.sleep(0.02)
    raise AssertionError(f"{path} never had {text!r}")


def processes():
    """pid -> (parent, name) of all processes that are not zombies."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        state, parent = text.rsplit(")", 1)[1].split()[:2]
        if state not in "ZX":
            found[int(path.parent.name)] = (
                int(parent), text.split("(", 1)[1].rsplit(")", 1)[0])
    return found


def children(pid):
    """All processes below pid: pid -> name."""
    everyone, below, grown = processes(), {pid: ""}, True
    while grown:
        more = {one: name for one, (parent, name) in everyone.items()
                if parent in below and one not in below}
        below.update(more)
        grown = bool(more)
    del below[pid]
    return below


def models(pid):
    """The pids of the processes below pid that run a model."""
    return [one for one, name in children(pid).items()
            if name == "outboard-model"]


def models_of(module):
    """The pids of all model processes that have the file `module` mapped."""
    found = []
    for pid, (_, name) in processes().items():
        try:
            maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
        except OSError:
            continue
        if name == "outboard-model" and str(module) in maps:
            found.append(pid)
    return found


def all_end(pids):
    """True when none of pids runs any more; False after LIMIT_S."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if not set(pids) & set(processes()):
            return True
        time.sleep(0.02)
    return False


def descriptors(pid="self"):
    """How many descriptors the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    """How much memory the process has resident, in KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")
