# SPDX-License-Identifier: MIT
"""Isolated on one processor: no process spins where the other has to run."""

import os

import pytest

from support import acme as acme_board
from support import raspi4b
from support.processes import models, wait_for_text

pytestmark = pytest.mark.places("isolated")


@pytest.fixture(autouse=True)
def one_core():
    """All that a test starts has one processor of this machine."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def test_one_core_runs_acme(place, acme, running, tmp_path):
    process = running(place.argv(*acme_board.words(acme, "acme-devkit")))
    wait_for_text(tmp_path / "serial", "step ")
    assert len(models(process.pid)) == 1
    assert os.sched_getaffinity(process.pid) == os.sched_getaffinity(0)
    assert len(os.sched_getaffinity(models(process.pid)[0])) == 1
    assert process.poll() is None


def test_one_core_boots_u_boot_on_the_pi(place, terminal):
    raspi4b.u_boot_comes_to_its_prompt(terminal(
        place.argv(*raspi4b.words("u-boot.bin")), limit_s=raspi4b.BOOT_S))
