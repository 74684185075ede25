# SPDX-License-Identifier: MIT
"""The ACME DevKit of examples/acme: how the tests build and start it."""

import re
import shutil

from support.paths import ROOT
from support.processes import run

BOARDS = ["acme-devkit", "acme-devkit-c"]
BANNER = "ACME DevKit rev B, started by power-on"


def build(folder, *words, made=None, env=None):
    """A copy of the example, built with its own Makefile.

    `made` is a copy that is built already; make has nothing left to do there.
    """
    copy = shutil.copytree(
        made or ROOT / "examples/acme", folder,
        ignore=None if made else shutil.ignore_patterns("*.so", "*.elf"))
    done = run(["make", "-C", copy, *words, "all"], env=env)
    assert done.status == 0, done.out + done.err
    return copy


def words(acme, board, *more):
    """QEMU's command line for one of the boards in the folder `acme`."""
    return ["qemu-system-arm", "-add_modinfo", acme / "acme.json", "-M", board,
            "-kernel", acme / "firmware.elf", *more]


def command(outboard, acme, board, *more):
    """The whole command line, in QEMU's process unless the module forbids."""
    return [str(word) for word in (outboard.command,
                                   *words(acme, board, *more))]


def blinks_echoes_and_powers_off(screen):
    """The firmware's whole life, from its banner to the end of QEMU."""
    screen.see(BANNER)
    for lit in ("*...", ".*..", "..*.", "...*", "*..."):
        screen.see(re.escape(f"leds {lit} step"))
    screen.type("x")
    screen.see("x")
    screen.type("q")
    screen.see("bye")
    assert screen.ended() == 0
