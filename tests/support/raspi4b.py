# SPDX-License-Identifier: MIT
"""The Raspberry Pi 4B: its downloaded files, and U-Boot on its console."""

from support.paths import CACHE

ASSETS = CACHE / "rpi4"
BOOT_S = 240        # the matrix runs two columns on two CPUs


def words(kernel, *more):
    """QEMU's command line for a Pi with that kernel on its terminal."""
    assert (ASSETS / kernel).exists(), "run scripts/rpi4-assets.sh"
    return ["qemu-system-aarch64", "-M", "raspi4b", "-m", "2G", "-nographic",
            "-kernel", ASSETS / kernel, "-dtb",
            ASSETS / "bcm2711-rpi-4-b.dtb", *more]


def u_boot_comes_to_its_prompt(child):
    """U-Boot finds its memory and its board, and takes commands."""
    child.expect(r"DRAM:.*MiB")
    child.expect("RPI 4 Model B")
    child.expect("autoboot:")
    child.send("\r")
    child.expect_exact("U-Boot> ")
    child.send("md.l 0 1; echo $((0)) prompt works\r")
    child.expect("00000000: [0-9a-f]{8} ")
    child.expect_exact("prompt works")
