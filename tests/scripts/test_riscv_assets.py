# SPDX-License-Identifier: MIT
"""scripts/riscv-assets.sh: what it makes, and that it boots without rv64."""
import gzip
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.downloads


def make():
    return subprocess.run([str(ROOT / "scripts" / "riscv-assets.sh")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, timeout=600)


@pytest.fixture(scope="module")
def assets():
    done = make()
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


def test_second_run_makes_nothing(assets):
    before = {path: path.stat().st_mtime_ns for path in assets.iterdir()}
    done = make()
    assert (done.returncode, done.stderr) == (0, "")
    assert before == {path: path.stat().st_mtime_ns
                      for path in assets.iterdir()}


def test_kernel_is_a_risc_v_image(assets):
    with open(assets / "Image", "rb") as image:
        assert image.read(64)[56:60] == b"RSC\x05"


def test_initramfs_has_modules_after_what_they_depend_on(assets):
    text = gzip.decompress((assets / "initramfs.cpio.gz").read_bytes())
    order = re.search(rb"virtio_mmio\.ko\n(?:[\w-]+\.ko\n)+", text).group(0)
    names = order.decode().split()
    assert names.index("net_failover.ko") < names.index("virtio_net.ko")
    assert "virtio_blk.ko" in names


@pytest.mark.slow
def test_virt_of_qemus_own_tells_its_tale_and_powers_off(assets):
    done = subprocess.run(
        ["qemu-system-riscv64", "-M", "virt", "-smp", "2", "-m", "512M",
         "-nographic", "-no-reboot", "-bios", str(assets / "fw_dynamic.bin"),
         "-kernel", str(assets / "Image"), "-initrd",
         str(assets / "initramfs.cpio.gz"), "-append",
         "console=ttyS0 quiet outboard.run=tale"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", timeout=180)
    assert done.returncode == 0
    assert len(re.findall(r"^processor\s*:", done.stdout, re.M)) == 2
    assert "outboard: tale: done" in done.stdout
