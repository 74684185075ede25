# SPDX-License-Identifier: MIT
"""Isolated models under other users, other roots and limits of QEMU."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from support.paths import STAGE
from support.processes import models, wait_for, wait_for_text
from support.qemus import SANDBOX

NOBODY = 65534


@pytest.fixture
def folder_for_all(acme):
    """A directory that all may read: stage, acme; all may write to `out`."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="ob", dir="/tmp"))
    scratch.chmod(0o755)
    shutil.copytree(STAGE, scratch / "stage", symlinks=True)
    shutil.copytree(acme, scratch / "acme")
    (scratch / "out").mkdir()
    (scratch / "out").chmod(0o777)
    yield scratch
    shutil.rmtree(scratch)


def board(folder, *more):
    """The command; the guest says its steps in out/serial."""
    return [folder / "stage/bin/outboard", "--isolate=all", "qemu-system-arm",
            "-add_modinfo", folder / "acme/acme.json", "-add_machines",
            folder / "acme/acme-devkit.json", "-M", "acme-devkit", "-kernel",
            folder / "acme/firmware.elf", "-display", "none", "-monitor",
            "none", "-serial", f"file:{folder / 'out/serial'}", *more]


def user_of(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Uid:"):
            return int(line.split()[1])
    raise AssertionError("no Uid")


def serves_and_comes_back(made, folder):
    """The guest counts; the user restarts a model that was killed."""
    serial = folder / "out" / "serial"
    pid = made.process.pid
    wait_for_text(serial, "step ")
    first = models(pid)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: made.qmp(
        "qom-get", path="/machine/timer", property="crashed"))
    made.qmp("qom-set", path="/machine/timer", property="crashed",
             value=False)
    wait_for(lambda: models(pid) not in ([], first))
    steps = serial.read_text().count("step ")
    made.qmp("system_reset")
    wait_for(lambda: serial.read_text().count("step ") > steps + 2)


def as_user(qemu, name, root=None):
    """QEMU's own options for it, which changed their names."""
    if qemu.version < (9, 1):
        return ["-runas", name, *(["-chroot", root] if root else [])]
    root = f",chroot={root}" if root else ""
    return ["-run-with", f"user={name}{root}"]


def test_users_runas_nobody(machine, qemu, folder_for_all):
    """Processes start before and after QEMU changes its user."""
    made = machine(*board(folder_for_all, *as_user(qemu, "nobody")))
    wait_for_text(folder_for_all / "out" / "serial", "step ")
    assert user_of(made.process.pid) == NOBODY
    serves_and_comes_back(made, folder_for_all)


def test_users_runas_chroot_and_sandbox(machine, qemu, folder_for_all,
                                        tmp_path):
    tmp_path.chmod(0o755)
    # `elevateprivileges=deny` would forbid what -runas does.
    sandbox = SANDBOX.replace("elevateprivileges=deny", "elevateprivileges="
                              "allow")
    made = machine(*board(folder_for_all, *as_user(qemu, "nobody", tmp_path),
                          "-sandbox", sandbox))
    wait_for_text(folder_for_all / "out" / "serial", "step ")
    assert os.readlink(f"/proc/{made.process.pid}/root") == str(tmp_path)
    serves_and_comes_back(made, folder_for_all)


@contextlib.contextmanager
def wrapped(machine, folder, *words):
    made = machine(*words, *board(folder, "-sandbox", SANDBOX))
    yield made
    made.end()


def test_users_without_rights(machine, folder_for_all):
    """A user with no rights at all, and no way to any."""
    with wrapped(machine, folder_for_all, "setpriv", f"--reuid={NOBODY}",
                 f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
                 "--bounding-set=-all", "--inh-caps=-all") as made:
        serves_and_comes_back(made, folder_for_all)
        assert user_of(models(made.process.pid)[0]) == NOBODY


def test_users_without_user_namespaces(machine, folder_for_all):
    """In a namespace that may have none below it."""
    if subprocess.run(["unshare", "--user", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        words = []          # the list is empty at first
    else:
        words = ["unshare", "--user", "--map-root-user", "sh", "-c",
                 "echo 0 > /proc/sys/user/max_user_namespaces && "
                 "! unshare --user true 2>/dev/null && exec \"$@\"", "sh"]
    with wrapped(machine, folder_for_all, *words) as made:
        serves_and_comes_back(made, folder_for_all)


@pytest.mark.parametrize("limit", ["--nproc=1", "--nofile=64"])
def test_users_under_limits_of_their_own(machine, folder_for_all, limit):
    """What the user's limits are, a model's process does not need more."""
    with wrapped(machine, folder_for_all, "prlimit", limit) as made:
        serves_and_comes_back(made, folder_for_all)
