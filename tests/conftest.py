# SPDX-License-Identifier: MIT
"""For every test in Python: which QEMU it runs with, and its time limit."""
import os
import pathlib
import signal
import sys

import pytest

from support import skips
from support.qemus import OWN, RELEASES

LIMIT_S = 240
IN_ROOT = pathlib.Path(__file__).resolve().parents[1] / "scripts/in-root.sh"


def pytest_addoption(parser):
    parser.addoption(
        "--qemu", metavar="RELEASE", default=OWN, choices=RELEASES,
        help="run the tests with the QEMU of this release of Debian, which "
        f"scripts/qemu-root.sh has unpacked (default: {OWN}, the QEMU that "
        "is installed)")


def pytest_configure(config):
    """Start again where the QEMU of that release is the system's."""
    config.pluginmanager.register(skips.Plugin())
    name = config.getoption("qemu")
    if name == os.environ.get("OUTBOARD_QEMU", OWN):
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)    # the new one gets our output
    os.execv(IN_ROOT, [str(IN_ROOT), name, sys.executable, "-B", "-m",
                       "pytest", *config.invocation_params.args])


@pytest.fixture(autouse=True)
def limit(request):
    """Fail a test that runs longer than LIMIT_S, or its limit mark says."""
    mark = request.node.get_closest_marker("limit")
    seconds = mark.args[0] if mark else LIMIT_S

    def over(signum, frame):
        pytest.fail(f"no end within {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
