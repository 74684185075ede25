# SPDX-License-Identifier: MIT
"""A test that hangs fails; those after it still run."""
import pathlib
import subprocess

TESTS = pathlib.Path(__file__).resolve().parents[1]

HANGS = """
import subprocess, time
import pytest

@pytest.mark.limit(0.5)
def test_hangs():
    subprocess.run(["sleep", "1000"])

@pytest.mark.limit(0.5)
def test_spins():
    while True:
        pass

def test_after():
    pass
"""


def test_hanging_tests_fail_and_the_rest_runs(tmp_path):
    (tmp_path / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (tmp_path / "test_sample.py").write_text(HANGS)
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p",
         "no:cacheprovider", "-c", str(TESTS / "pytest.ini"), "-o",
         f"pythonpath={TESTS}", "--rootdir", str(tmp_path), str(tmp_path)],
        stdout=subprocess.PIPE, text=True, timeout=60)
    assert "2 failed, 1 passed" in done.stdout
    assert done.stdout.count("no end within 0.5 s") >= 2
