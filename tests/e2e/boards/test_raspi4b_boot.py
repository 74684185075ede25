# SPDX-License-Identifier: MIT
"""The Pi as people use it: Debian's kernel to a shell, U-Boot to its prompt."""

import pexpect
import pytest

from support import raspi4b


@pytest.fixture
def board(outboard, terminal):
    """board(kernel, ...): a Pi on a terminal of its own."""
    def start(kernel, *more):
        return terminal([outboard.command, *raspi4b.words(kernel, *more)],
                        limit_s=raspi4b.BOOT_S)
    return start


@pytest.mark.slow
def test_raspi4b_boots_debians_kernel_to_a_shell(board):
    child = board("Image", "-smp", "4", "-initrd",
                  raspi4b.ASSETS / "initramfs.cpio.gz", "-append",
                  "console=ttyS1,115200 quiet outboard.run=shell")
    child.expect_exact("/ # ")
    child.send("echo $((6 * 7)) cpus $(nproc)\r")
    child.expect_exact("42 cpus 4")
    child.send("poweroff -f\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_raspi4b_boots_u_boot_to_its_prompt(board):
    raspi4b.u_boot_comes_to_its_prompt(board("u-boot.bin"))
