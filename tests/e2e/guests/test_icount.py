# SPDX-License-Identifier: MIT
"""With -icount, two runs have the same output and the same device accesses."""

import re
import subprocess
import time

from support.acme import command
from support.paths import CACHE
from support.processes import LIMIT_S, clean_environment

# What differs between two processes alike in all else: when, and where.
ACCIDENTS = re.compile(r"^\d+@[0-9.]+:|\bmr 0x[0-9a-f]+", re.M)


def seen(path):
    return path.read_text(errors="replace") if path.exists() else ""


def traced_run(argv, words, folder):
    """(console up to `words`, accesses until then, as lines)."""
    console, trace = folder / "console", folder / "trace"
    folder.mkdir()
    process = subprocess.Popen(
        [*map(str, argv), "-icount", "shift=4", "-display", "none",
         "-monitor", "none", "-serial", f"file:{console}",
         "-trace", "memory_region_ops_read",
         "-trace", "memory_region_ops_write", "-D", str(trace)],
        env=clean_environment(), stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + LIMIT_S
        while words not in seen(console):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.02)
    finally:
        process.terminate()
        process.wait(LIMIT_S)
    text = seen(console)
    lines = ACCIDENTS.sub("", seen(trace)).splitlines()
    return text[:text.index(words) + len(words)], lines[:-1]


def runs_alike(argv, words, least, folder):
    """Compare two runs up to the end of the shorter one."""
    first, second = (traced_run(argv, words, folder / name)
                     for name in ("first", "second"))
    shared = min(len(first[1]), len(second[1]))
    assert shared >= least, first[1][:5]
    assert first[0] == second[0]
    for number in range(shared):
        assert first[1][number] == second[1][number], number


def test_icount_acme_runs_alike(outboard, acme, tmp_path):
    runs_alike(command(outboard, acme, "acme-devkit"), "step 5 ", 1000,
               tmp_path)


def test_icount_u_boot_on_the_pi_runs_alike(outboard, tmp_path):
    argv = [outboard.command, "qemu-system-aarch64", "-M", "raspi4b", "-m",
            "1G", "-kernel", CACHE / "rpi4" / "u-boot.bin", "-dtb",
            CACHE / "rpi4" / "bcm2711-rpi-4-b.dtb"]
    runs_alike(argv, "Net:", 1000, tmp_path)
