# SPDX-License-Identifier: MIT
"""The Pi under Debian's kernel: CPUs, card, reset, power, snapshots."""

import os
import re
import shutil
import subprocess

import pexpect
import pytest

from support.processes import wait_for
from support.qemus import one_qemu_isolated
from support.raspi4b import ASSETS
from support.terminal import hang_up, spawn

pytestmark = pytest.mark.slow

BOOT_S = 200
# What a sound boot never says.
COMPLAINTS = ("Blocked re-entrant IO", "WARNING:", "Oops", "Call trace",
              "Kernel panic")


class Pi:
    """A running Pi on a terminal; all it said is in .text."""

    def __init__(self, place, *arguments):
        self.child = spawn(place.argv(
            "qemu-system-aarch64", "-M", "raspi4b", "-nographic", *arguments),
            limit_s=BOOT_S)
        self.child.logfile_read = self
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def said(self):
        """The text without the kernel's lines, which come amid others."""
        return re.sub(r"\[ *\d+\.\d{6}\] [^\r\n]*\r*\n", "", self.text)

    def expect(self, text):
        self.child.expect_exact(text)

    def send(self, text):
        self.child.send(text)

    def end(self):
        """Wait until QEMU ends; its exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def pi(place):
    """pi(run, arguments...): a Pi whose init does `run`, in each place."""
    started = []

    def start(run, *arguments, kernel="Image"):
        assert (ASSETS / kernel).exists(), "run scripts/rpi4-assets.sh"
        started.append(Pi(
            place, "-kernel", ASSETS / kernel, "-dtb",
            ASSETS / "bcm2711-rpi-4-b.dtb", *([] if run is None else [
                "-initrd", ASSETS / "initramfs.cpio.gz", "-append",
                f"console=ttyS1,115200 outboard.run={run}"]), *arguments))
        return started[-1]

    yield start
    for made in started:
        hang_up(made.child)


def sound(made):
    for complaint in COMPLAINTS:
        assert complaint not in made.text


def test_four_cpus_and_poweroff(pi):
    made = pi("tale", "-d", "guest_errors")
    assert made.end() == 0
    sound(made)
    assert made.said().count("processor\t:") == 4, made.text
    assert "CPU: All CPU(s) started at EL2" in made.text
    assert "7 counters available" in made.text


@pytest.mark.parametrize("cpus", [1, 3])
@one_qemu_isolated
def test_fewer_cpus(pi, cpus):
    made = pi("tale", "-smp", cpus, "-m", "1G")
    assert made.end() == 0
    sound(made)
    assert made.said().count("processor\t:") == cpus, made.text


@one_qemu_isolated
def test_eight_gib(pi):
    made = pi("shell", "-m", "8G")
    made.expect("/ # ")
    made.send("grep MemTotal /proc/meminfo; poweroff -f\r")
    made.expect("MemTotal:")
    made.child.expect(r"(\d+) kB")
    assert int(made.child.match.group(1)) > 7500000
    assert made.end() == 0


def test_icount(pi):
    assert pi("tale", "-icount", "shift=auto,sleep=off").end() == 0


def test_card_reads_back_what_was_written(pi, tmp_path):
    card = shutil.copy(ASSETS / "sd.img", tmp_path / "sd.img")
    made = pi("sd", "-drive", f"if=sd,format=raw,file={card}")
    assert made.end() == 0
    sound(made)
    assert "test.bin: OK" in made.text
    assert "sd: equal" in made.text


@one_qemu_isolated
def test_reboot_starts_again(pi):
    made = pi("reboot")
    made.expect("reboot: Restarting system")
    made.expect("outboard: shell ready")
    sound(made)
    assert made.text.count("Booting Linux") == 2


@one_qemu_isolated
def test_sensors(pi):
    made = pi("sensors")
    assert made.end() == 0
    sound(made)
    assert "sensors: done" in made.text


def test_u_boot_loads_the_kernel_from_the_card(pi, tmp_path):
    card = shutil.copy(ASSETS / "sd.img", tmp_path / "sd.img")
    made = pi(None, "-drive", f"if=sd,format=raw,file={card}",
              kernel="u-boot.bin")
    made.expect("autoboot:")
    made.send("\r")
    made.expect("U-Boot> ")
    for line in ("setenv bootargs console=ttyS1,115200 outboard.run=poweroff",
                 "ext4load mmc 1:1 ${kernel_addr_r} /boot/Image",
                 "ext4load mmc 1:1 ${ramdisk_addr_r} "
                 "/boot/initramfs.cpio.gz"):
        made.send(line + "\r")
        made.expect("U-Boot> ")
    made.send("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} "
              "${fdt_addr}\r")
    # Not what init says just before: the kernel may speak in between.
    made.expect("reboot: Power down")
    assert made.end() == 0
    sound(made)


@one_qemu_isolated
def test_bios_starts_in_el3(place):
    made = Pi(place, "-bios", ASSETS / "u-boot.bin", "-dtb",
              ASSETS / "bcm2711-rpi-4-b.dtb")
    try:
        made.expect("stop autoboot")
    finally:
        hang_up(made.child)


def test_snapshot_comes_back_in_another_process(pi, tmp_path):
    disk = tmp_path / "snapshots.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "64M"],
                   check=True)
    drive = ["-drive", f"if=none,format=qcow2,file={disk}", "-m", "1G"]
    made = pi("shell", *drive)
    made.expect("/ # ")
    made.send("X=kept; echo first-$X\r")
    made.expect("first-kept")
    made.send("\x01c")
    made.expect("(qemu) ")
    made.send("savevm one\r")
    made.send("info snapshots\r")
    made.child.expect("VM.CLOCK")      # 7.2 has a blank there
    made.send("quit\r")
    assert made.end() == 0
    assert os.path.getsize(disk) > 1 << 20
    made = pi("shell", *drive, "-loadvm", "one")
    made.send("echo again-$X\r")
    made.expect("again-kept")
    made.send("poweroff -f\r")
    assert made.end() == 0


def lit_pixels(picture):
    """Width, height and the pixels that are not black, of a binary PPM."""
    magic, width, height, _, pixels = picture.split(maxsplit=4)
    assert magic == b"P6"
    lit = sum(any(pixels[at:at + 3]) for at in range(0, len(pixels), 3))
    return int(width), int(height), lit


@one_qemu_isolated
def test_framebuffer_shows_what_u_boot_says(place, machine, tmp_path):
    made = machine(*place.argv(
        "qemu-system-aarch64", "-M", "raspi4b", "-display", "none", "-monitor",
        "none", "-serial", "null", "-kernel", ASSETS / "u-boot.bin", "-dtb",
        ASSETS / "bcm2711-rpi-4-b.dtb"))
    path = tmp_path / "screen.ppm"

    def shown():
        made.qmp("screendump", filename=str(path))
        width, height, lit = lit_pixels(path.read_bytes())
        return width >= 640 and height >= 480 and lit > 1000

    wait_for(shown)
