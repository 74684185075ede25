# SPDX-License-Identifier: MIT
"""The QEMU that the tests run, and what differs between releases and hosts."""

import functools
import glob
import json
import os
import platform
import re
import shutil
import sysconfig

import pytest

from support.paths import BUILD
from support.processes import run

# Debian's releases by the QEMU that they ship: 7.2, 10.0, 11.1, and 5.2,
# which Outboard refuses. scripts/matrix.py has the same as its columns.
RELEASES = ("bookworm", "trixie", "sid", "bullseye")
SUPPORTED = RELEASES[:3]
OWN = "bookworm"        # the release of the system that builds and tests

MACHINE = platform.machine()
MULTIARCH = sysconfig.get_config_var("MULTIARCH")
# Debian builds an emulator that exports nothing for x86-64 hosts alone.
BARE_QEMU = MACHINE == "x86_64"
needs_bare_qemu = pytest.mark.skipif(
    not BARE_QEMU, reason="this host has no qemu-system-x86_64-microvm")

# QEMU's own sandbox, as strict as it can be.
SANDBOX = ("on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
           "resourcecontrol=deny")


def emulators():
    """The paths of all emulators that are installed."""
    return sorted(glob.glob("/usr/bin/qemu-system-*"))


class Qemu:
    """The QEMU of a release, which is this system's while the tests run."""

    def __init__(self, name):
        self.name = name
        self.bridge = BUILD / "src" / "bridge" / "outboard-bridge.so"
        self.session_run = BUILD / "tests" / "e2e" / "session-run"

    def __call__(self, arch):
        """The path of the emulator for that target."""
        path = shutil.which(f"qemu-system-{arch}")
        if path is None:
            pytest.fail(f"qemu-system-{arch} is not installed: "
                        "run scripts/deps.sh test")
        return path

    @functools.cached_property
    def version(self):
        """(major, minor) of the emulators."""
        said = run([self("aarch64"), "--version"]).out
        numbers = re.search(r"version (\d+)\.(\d+)", said).groups()
        return tuple(map(int, numbers))

    def session_argv(self, *argv):
        """The command line that runs argv with the bridge and a session."""
        return [self.session_run, self.bridge, *argv]

    def session(self, *argv, **options):
        """Run session-run's arguments, to their end."""
        return run(self.session_argv(*argv), **options)

    def doctor(self, emulator, *argv, env=None):
        """The bridge's own report about an emulator: (status, report)."""
        read_fd, write_fd = os.pipe()
        try:
            done = self.session(
                "--doctor-fd", str(write_fd), "--", emulator, *argv,
                pass_fds=(write_fd,), env=env)
        finally:
            os.close(write_fd)
            with os.fdopen(read_fd) as pipe:
                text = pipe.read()
        return done, json.loads(text) if text else None


def boards_listed(done):
    """The boards that `-M help` listed, with their titles."""
    assert done.status == 0, done
    lines = [line.split(None, 1) for line in done.out.splitlines()[1:]]
    return {line[0]: line[1] for line in lines if len(line) == 2}


# With isolated models, only the most telling tests run with each QEMU.
one_qemu_isolated = pytest.mark.qemus(
    OWN, place="isolated",
    reason="isolated, the most telling tests of a board run with each QEMU")
