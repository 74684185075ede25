# SPDX-License-Identifier: MIT
"""The QEMU and the place of a test: its name, its marks, and the option."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOARDS = ROOT / "tests" / "e2e" / "boards"


def collected(path, qemu, **env):
    """(status, output) of pytest, which collects the tests and runs none."""
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "--collect-only",
         "-p", "no:cacheprovider", "-c", ROOT / "tests" / "pytest.ini",
         "--rootdir", ROOT / "tests", "--qemu", qemu, path],
        env={**os.environ, **env}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("qemu", ["bookworm", "sid"])
def test_parameters_are_in_the_names(qemu):
    _, out = collected(BOARDS / "test_pico.py", qemu, OUTBOARD_QEMU=qemu)
    for place in ("in-process", "isolated"):
        assert f"test_snapshot_goes_on_blinking[{place}-{qemu}]" in out
    assert f"test_pico_is_listed[{qemu}]" in out


def test_parameters_place_mark_keeps_one_place():
    _, out = collected(BOARDS / "test_pico.py", "sid", OUTBOARD_QEMU="sid")
    assert "test_divider_serves_the_program[in-process-sid]" in out
    assert "test_divider_serves_the_program[isolated" not in out


@pytest.mark.parametrize("qemu, there", [("bookworm", True), ("sid", False)])
def test_parameters_qemu_mark_keeps_a_place_for_one_qemu(qemu, there):
    _, out = collected(BOARDS / "test_pico.py", qemu, OUTBOARD_QEMU=qemu)
    test = "test_led_is_seen_from_outside"
    assert f"{test}[in-process-{qemu}]" in out
    assert (f"{test}[isolated-{qemu}]" in out) == there


def test_parameters_refused_qemu_gets_its_own_tests_alone():
    _, out = collected(ROOT / "tests" / "e2e", "bullseye",
                       OUTBOARD_QEMU="bullseye")
    names = [line for line in out.splitlines() if "::" in line]
    assert names and all("test_old_qemu.py::" in name for name in names)


def test_parameters_unknown_qemu_is_refused_with_the_known_ones():
    status, out = collected(BOARDS, "woody")
    assert status == 4
    assert "invalid choice: 'woody'" in out and "'trixie', 'sid'" in out


def test_parameters_qemu_that_is_not_unpacked_names_the_script(tmp_path):
    status, out = collected(BOARDS, "sid", OUTBOARD_CACHE=str(tmp_path),
                            OUTBOARD_QEMU="bookworm")
    assert status == 1
    assert "make it with scripts/qemu-root.sh sid" in out
