# SPDX-License-Identifier: MIT
"""A test that skips itself fails in make check, unless it is allowed."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = '''
import pytest
{top}

def test_a():
    pytest.skip("{reason}")


def test_b():
    pass
'''
CONFTEST = '''
from support import skips


def pytest_configure(config):
    config.pluginmanager.register(skips.Plugin())
'''
LIBRARY = "this host has no qemu-system-x86_64-microvm"


@pytest.fixture
def pytest_run(tmp_path):
    """pytest on one file, whose first test skips itself for a reason."""
    def run(reason="lost a program", top="", strict="1"):
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "test_it.py").write_text(
            TESTS.format(reason=reason, top=top))
        env = dict(os.environ, OUTBOARD_STRICT=strict,
                   PYTHONPATH=str(ROOT / "tests"))
        return subprocess.run(
            ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p",
             "no:cacheprovider", str(tmp_path)], text=True, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return run


def test_skip_that_is_not_allowed_fails_by_name(pytest_run):
    done = pytest_run()
    assert done.returncode == 1
    assert "test_it.py::test_a: was skipped (lost a program), which is not " \
        "allowed; install what is missing" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_skip_that_is_allowed_is_skipped(pytest_run):
    done = pytest_run(LIBRARY)
    assert (done.returncode, "1 passed, 1 skipped" in done.stdout) == (0, True)


def test_skip_without_strictness_is_skipped(pytest_run):
    done = pytest_run(strict="")
    assert (done.returncode, "1 passed, 1 skipped" in done.stdout) == (0, True)


def test_file_that_lacks_a_library_fails_by_name(pytest_run):
    done = pytest_run(top='pytest.importorskip("no_such_library")')
    assert done.returncode != 0
    assert "could not import 'no_such_library'" in done.stdout
    assert "which is not allowed" in done.stdout


def test_root_only_test_fails_if_root_skips_it(pytest_run):
    done = pytest_run("needs root")
    assert done.returncode == (1 if os.geteuid() == 0 else 0)
