# SPDX-License-Identifier: MIT
"""Isolated on one processor: nobody spins where the other has to run."""

import os

import pytest

import test_acme
from test_acme import acme, wait_for_text           # noqa: F401 (fixture)
from test_isolated import models, running           # noqa: F401 (fixture)
from test_raspi4b_boot import (                     # noqa: F401
    board, test_raspi4b_boots_u_boot_to_its_prompt)


@pytest.fixture(autouse=True)
def one_core():
    """All that a test starts has one processor of this machine."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(autouse=True)
def isolating(outboard, tmp_path, monkeypatch):
    """The staged command, which isolates all modules."""
    script = tmp_path / "isolating"
    script.write_text(f'#!/bin/sh\nexec {outboard.command} --isolate=all '
                      '"$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(outboard, "command", script)


def test_acme_runs_isolated_on_one_core(outboard, acme,     # noqa: F811
                                        running, tmp_path):  # noqa: F811
    process = running(test_acme.command(outboard, acme, "acme-devkit"))
    wait_for_text(tmp_path / "serial", "step ")
    assert len(models(process.pid)) == 1
    assert os.sched_getaffinity(process.pid) == os.sched_getaffinity(0)
    assert len(os.sched_getaffinity(models(process.pid)[0])) == 1
    assert process.poll() is None
