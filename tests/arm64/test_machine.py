# SPDX-License-Identifier: MIT
"""Models' processes on an emulated arm64 machine, with Debian's kernels."""
import pathlib
import re

import pytest

import machine
from cross import BUILD, ROOT, run

LIMIT_S = 1500


@pytest.fixture(scope="module")
def image(build, root, stage, acme, tmp_path_factory):
    """The initramfs, and the names of the tests that it has."""
    path = tmp_path_factory.mktemp("machine") / "initramfs.cpio"
    return path, machine.image_make(build, root("build"), stage, acme, path)


def kernel_4k(root):
    done = run(ROOT / "scripts/rpi4-assets.sh", limit_s=1200)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip()) / "Image"


def kernel_16k(root):
    return next(root("linux-16k").glob("boot/vmlinuz-*"))


@pytest.mark.whole
@pytest.mark.slow
@pytest.mark.limit(LIMIT_S + 100)
@pytest.mark.parametrize("kernel, page", [(kernel_4k, 4096),
                                          (kernel_16k, 16384)])
def test_arm64_machine_passes_the_tests_of_processes(image, root, kernel,
                                                     page):
    path, names = image
    log = BUILD / f"machine-{page}.log"
    lines = machine.run(kernel(root), path, log, LIMIT_S)
    assert f"outboard: page size {page}" in lines, log
    ended = dict(match.groups() for match in
                 (re.match(r"outboard: (\w+): status (\d+)", line)
                  for line in lines) if match)
    assert {name: status for name, status in ended.items()
            if status != "0"} == {}, log
    assert sorted(ended) == names
    assert "outboard: done" in lines
