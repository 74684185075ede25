# SPDX-License-Identifier: MIT
"""The Pi as people use it: Debian's kernel to a shell, U-Boot to its prompt."""

import pexpect
import pytest

from conftest import CACHE, clean_environment, hang_up

ASSETS = CACHE / "rpi4"
BOOT_S = 240        # the matrix runs two columns on two CPUs


@pytest.fixture
def board(outboard):
    """board(kernel, ...): a Pi on a terminal of its own."""
    started = []

    def start(kernel, *more):
        assert (ASSETS / kernel).exists(), "run scripts/rpi4-assets.sh"
        argv = ["qemu-system-aarch64", "-M", "raspi4b", "-m", "2G",
                "-nographic", "-kernel", ASSETS / kernel, "-dtb",
                ASSETS / "bcm2711-rpi-4-b.dtb", *more]
        started.append(pexpect.spawn(
            str(outboard.command), [str(word) for word in argv],
            timeout=BOOT_S, env=clean_environment(), encoding="utf-8",
            codec_errors="replace"))
        return started[-1]

    yield start
    for child in started:
        hang_up(child)


@pytest.mark.slow
def test_raspi4b_boots_debians_kernel_to_a_shell(board):
    child = board("Image", "-smp", "4", "-initrd",
                  ASSETS / "initramfs.cpio.gz", "-append",
                  "console=ttyS1,115200 quiet outboard.run=shell")
    child.expect_exact("/ # ")
    child.send("echo $((6 * 7)) cpus $(nproc)\r")
    child.expect_exact("42 cpus 4")
    child.send("poweroff -f\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_raspi4b_boots_u_boot_to_its_prompt(board):
    child = board("u-boot.bin")
    child.expect(r"DRAM:.*MiB")
    child.expect("RPI 4 Model B")
    child.expect("autoboot:")
    child.send("\r")
    child.expect_exact("U-Boot> ")
    child.send("md.l 0 1; echo $((0)) prompt works\r")
    child.expect("00000000: [0-9a-f]{8} ")
    child.expect_exact("prompt works")
