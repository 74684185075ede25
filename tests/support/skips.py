# SPDX-License-Identifier: MIT
"""Which tests may be skipped by `make check`, and why.

scripts/check.py sets OUTBOARD_STRICT. A test that skips itself then is a
failure, unless its reason is in this list. So a test cannot disappear because
a program or a library is missing.
"""

import os

import pytest

# The reason that the test gives, and why the project accepts it.
ALLOWED = {
    "this host has no qemu-system-x86_64-microvm":
        "Debian builds it for x86-64 hosts alone",
    "no compiler for m68k":
        "Debian has the cross compiler for x86-64 hosts alone",
    "this is an arm64 host: make check tests it as it is":
        "tests/arm64 emulates such a host on x86-64",
}
# Root is what a user may not have; make check needs it for three QEMUs.
ROOT_ALLOWED = {
    "needs root": "the test mounts, or changes to another user",
    "needs root to give files away": "the test changes a file's owner",
}


def reason_of(report):
    """The reason of a skipped report: pytest keeps (file, line, text)."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) \
        else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def allowed(reason):
    return reason in ALLOWED or (os.geteuid() != 0 and reason in ROOT_ALLOWED)


def fail_if_not_allowed(report):
    """Make a failure of a skipped report, as the list above wants it."""
    if not report.skipped or hasattr(report, "wasxfail") or \
            not os.environ.get("OUTBOARD_STRICT"):
        return
    reason = reason_of(report)
    if not allowed(reason):
        report.outcome = "failed"
        report.longrepr = (f"{report.nodeid}: was skipped ({reason}), which "
                           "is not allowed; install what is missing, or add "
                           "the reason to tests/support/skips.py")


class Plugin:
    """Looks at the reports of tests, and of files that skip themselves."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self):
        outcome = yield
        fail_if_not_allowed(outcome.get_result())

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self):
        outcome = yield
        fail_if_not_allowed(outcome.get_result())
