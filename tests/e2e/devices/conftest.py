# SPDX-License-Identifier: MIT
"""The board of probes (tests/modules/probe), on which devices are tested."""

import pytest

from support import sample_modules


@pytest.fixture(scope="module")
def probe(outboard, tmp_path_factory):
    """The folder with probe.so, its modinfo and the board."""
    folder = tmp_path_factory.mktemp("probe")
    sample_modules.build(outboard.stage, folder, "probe")
    return folder


@pytest.fixture
def command(outboard, probe):
    """command(arguments...): QEMU for ARM, with the probe announced."""
    def make(*arguments):
        return [outboard.command, "qemu-system-arm",
                "-add_modinfo", probe / "probe.json", "-display", "none",
                *arguments]
    return make


@pytest.fixture
def board(command, probe, bus_machine):
    """board(arguments...): (machine, bus) of the board of probes."""
    def start(*arguments):
        return bus_machine(*command(
            "-add_machines", probe / "board.json", "-M", "probes",
            "-monitor", "none", *arguments))
    return start
