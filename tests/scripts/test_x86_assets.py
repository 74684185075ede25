# SPDX-License-Identifier: MIT
"""scripts/x86-assets.sh: what it makes. tests/e2e boots it."""
import gzip
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.downloads


def make():
    return subprocess.run([str(ROOT / "scripts" / "x86-assets.sh")],
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


def test_kernel_is_an_x86_image(assets):
    with open(assets / "bzImage", "rb") as image:
        assert image.read(518)[514:] == b"HdrS"


def test_initramfs_has_modules_after_what_they_depend_on(assets):
    text = gzip.decompress((assets / "initramfs.cpio.gz").read_bytes())
    order = re.search(rb"(?:[\w-]+\.ko\n)+", text).group(0)
    names = order.decode().split()
    assert names.index("i2c-smbus.ko") < names.index("i2c-i801.ko")
    assert {"lm75.ko", "at24.ko"} <= set(names)
