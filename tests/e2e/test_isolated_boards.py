# SPDX-License-Identifier: MIT
"""The boards' own tests again, all their models in processes of their own."""

import pathlib
import shlex

import pytest

import probing
from conftest import CACHE, STAGE, Staged
from test_isolated import models
from test_pico import (     # noqa: F401 (fixtures, and tests that run again)
    pico, spawn, test_sdk_program_says_it_passes,
    test_snapshot_goes_on_blinking)
from test_raspi4b import (  # noqa: F401
    pi, test_card_reads_back_what_was_written, test_four_cpus_and_poweroff,
    test_icount, test_snapshot_comes_back_in_another_process,
    test_u_boot_loads_the_kernel_from_the_card)
from test_rv64 import (     # noqa: F401
    board, files, test_linux_comes_to_a_shell_with_all_its_devices,
    test_snapshot_of_a_running_board_goes_on,
    test_u_boot_comes_to_its_prompt_and_ends)

pytestmark = pytest.mark.slow

@pytest.fixture(scope="session")
def outboard(tmp_path_factory):
    """The staged command, which isolates all modules."""
    folder = tmp_path_factory.mktemp("isolating")
    folder.chmod(0o755)
    staged = Staged(STAGE)
    script = folder / "outboard"
    script.write_text("#!/bin/sh\nexec "
                      f'{shlex.quote(str(staged.command))} --isolate=all "$@"'
                      "\n")
    script.chmod(0o755)
    staged.command = script
    return staged


@pytest.mark.parametrize("arch, name, files, count", [
    ("aarch64", "raspi4b", ["-kernel", CACHE / "rpi4" / "u-boot.bin"], 3),
    ("arm", "raspi-pico", ["-kernel", CACHE / "pico" / "board.elf"], 2),
    ("riscv64", "rv64", ["-kernel", CACHE / "riscv64" / "u-boot.bin"], 1),
])
def test_isolated_boards_have_no_module_in_qemu(
        outboard, machine, arch, name, files, count):   # noqa: F811
    """The tests above are about what they say that they are about."""
    made = machine(outboard.command, f"qemu-system-{arch}", "-M", name,
                   "-display", "none", "-monitor", "none", "-serial", "null",
                   *files)
    pid = made.process.pid
    probing.wait_for(lambda: len(models(pid)) == count)
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    assert "outboard-bridge.so" in maps
    assert "/outboard/modules/" not in maps
