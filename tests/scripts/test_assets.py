# SPDX-License-Identifier: MIT
"""scripts/rpi4-assets.sh: what it makes, and that it boots without a Pi."""
import gzip
import hashlib
import pathlib
import re
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.downloads


def make():
    return subprocess.run([str(ROOT / "scripts" / "rpi4-assets.sh")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, timeout=600)


@pytest.fixture(scope="module")
def assets():
    done = make()
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


def boot_virt(assets, append):
    """Exit status and console of QEMU's own virt with our initramfs."""
    done = subprocess.run(
        ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp",
         "4", "-m", "512M", "-nographic", "-no-reboot", "-kernel",
         str(assets / "Image"), "-initrd", str(assets / "initramfs.cpio.gz"),
         "-append", "console=ttyAMA0 quiet " + append],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120)
    return done.returncode, done.stdout


def test_second_run_makes_nothing(assets):
    before = {path: path.stat().st_mtime_ns for path in assets.iterdir()}
    again = make()
    assert (again.returncode, again.stderr) == (0, "")
    assert {path: path.stat().st_mtime_ns
            for path in assets.iterdir()} == before


def test_kernel_is_an_arm64_image(assets):
    assert (assets / "Image").read_bytes()[56:60] == b"ARM\x64"


def test_card_has_one_partition_to_its_end(assets):
    size = (assets / "sd.img").stat().st_size
    assert size & (size - 1) == 0
    with open(assets / "sd.img", "rb") as card:
        mbr = card.read(512)
    kind, first, count = struct.unpack_from("<4xB3xII", mbr, 446)
    assert (kind, first, first + count) == (0x83, 2048, size // 512)
    assert mbr[462:] == bytes(48) + b"\x55\xaa"


def test_card_holds_the_test_file_of_the_checksum(assets, tmp_path):
    part, out = tmp_path / "part", tmp_path / "out"
    with open(assets / "sd.img", "rb") as card:
        card.seek(2048 * 512)
        part.write_bytes(card.read())
    subprocess.run(["/usr/sbin/debugfs", "-R", f"dump /test.bin {out}",
                    str(part)], check=True, stderr=subprocess.DEVNULL)
    want = (assets / "sd.sha256").read_text().split()[0]
    assert hashlib.sha256(out.read_bytes()).hexdigest() == want
    assert out.stat().st_size == 4 << 20


def cpio_files(data):
    """Names and contents of a "newc" archive, in its order."""
    at, files = 0, {}
    while True:
        assert data[at:at + 6] == b"070701"
        field = [int(data[at + 6 + 8 * n:at + 14 + 8 * n], 16)
                 for n in range(13)]
        size, name_size = field[6], field[11]
        name = data[at + 110:at + 110 + name_size - 1].decode()
        at = (at + 110 + name_size + 3) & ~3
        if name == "TRAILER!!!":
            return files
        files[name] = data[at:at + size]
        at = (at + size + 3) & ~3


def test_modules_come_after_what_they_depend_on(assets):
    files = cpio_files(gzip.open(assets / "initramfs.cpio.gz").read())
    order = files["lib/modules/order"].decode().split()
    assert {"ext4.ko", "sdhci-iproc.ko", "iproc-rng200.ko"} <= set(order)
    loaded = set()
    for name in order:
        depends = re.search(rb"\0depends=([^\0]*)\0",
                            b"\0" + files[f"lib/modules/{name}"])[1]
        assert set(depends.decode().split(",")) - {""} <= loaded, name
        loaded.add(name[:-len(".ko")].replace("-", "_"))
        loaded.add(name[:-len(".ko")])


def test_virt_tells_its_tale_and_powers_off(assets):
    status, console = boot_virt(assets, "outboard.run=tale")
    assert status == 0
    ready = console.index("outboard: shell ready")
    assert ready < console.index("outboard: tale: done")
    assert console.count("CPU part\t: 0xd08") == 4
    assert "not loaded" not in console


def test_virt_unknown_run_is_said(assets):
    status, console = boot_virt(assets,
                                "outboard.modules=no outboard.run=dance")
    assert status == 0
    assert "outboard: dance: failed: no such run" in console
