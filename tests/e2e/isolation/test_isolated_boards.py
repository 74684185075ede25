# SPDX-License-Identifier: MIT
"""The boards' own tests, where isolated, are about isolated models."""

import pathlib

import pytest

from support.paths import CACHE
from support.processes import models, wait_for


@pytest.mark.slow
@pytest.mark.places("isolated")
@pytest.mark.parametrize("arch, name, files, count", [
    ("aarch64", "raspi4b", ["-kernel", CACHE / "rpi4" / "u-boot.bin"], 3),
    ("arm", "raspi-pico", ["-kernel", CACHE / "pico" / "board.elf"], 2),
    ("riscv64", "rv64", ["-kernel", CACHE / "riscv64" / "u-boot.bin"], 1),
])
def test_isolated_boards_have_no_module_in_qemu(
        place, machine, arch, name, files, count):
    made = machine(*place.argv(
        f"qemu-system-{arch}", "-M", name, "-display", "none", "-monitor",
        "none", "-serial", "null", *files))
    pid = made.process.pid
    wait_for(lambda: len(models(pid)) == count)
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    assert "outboard-bridge.so" in maps
    assert "/outboard/modules/" not in maps
