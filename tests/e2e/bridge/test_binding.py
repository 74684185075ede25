# SPDX-License-Identifier: MIT
"""What is shipped binds to nothing newer than the oldest QEMU's host has."""

import re

import pytest

from support.paths import STAGE
from support.processes import run

# Debian 12, where QEMU 7.2 is at home. GLib's symbols have no versions: what
# counts there is that this system's library has each of them.
NEWEST = {"GLIBC": (2, 36), "GCC": (12, 0)}
LIBRARIES = {"libc.so.6", "libm.so.6", "libglib-2.0.so.0", "libgcc_s.so.1",
             "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# What is never loaded into QEMU may need more.
MORE = {"lib/outboard/outboard-runner": {"libseccomp.so.2"}}


def shipped():
    """Every ELF file of the staged tree that is loaded or run."""
    return sorted(path for path in STAGE.rglob("*")
                  if path.is_file() and not path.is_symlink() and
                  path.read_bytes()[:4] == b"\x7fELF")


def too_new(path, newest):
    """`symbol@VERSION` of each symbol bound to something newer."""
    done = run(["readelf", "--dyn-syms", "--wide", path])
    assert done.status == 0, done.err
    found = []
    for name, kind, number in re.findall(
            r" UND (\S+?)@+([A-Z]+)_([0-9.]+)", done.out):
        limit = newest.get(kind, (0, 0))
        if tuple(int(part) for part in number.split(".")) > limit:
            found.append(f"{name}@{kind}_{number}")
    return found


def names():
    return [str(path.relative_to(STAGE)) for path in shipped()]


def test_binding_everything_shipped_is_looked_at():
    assert {"bin/outboard", "lib/outboard/outboard-bridge.so"} <= set(names())
    assert any(name.startswith("lib/outboard/modules/") for name in names())


@pytest.mark.parametrize("name", names())
def test_binding_is_to_nothing_newer(name):
    assert too_new(STAGE / name, NEWEST) == []


def test_binding_newer_is_noticed():
    """By a limit that is too old, since nothing shipped is too new."""
    found = too_new(STAGE / "lib/outboard/outboard-bridge.so",
                    {"GLIBC": (2, 33)})
    assert "dlsym@GLIBC_2.34" in found
    assert not [name for name in found if name.endswith("GLIBC_2.2.5")]


@pytest.mark.parametrize("name", names())
def test_binding_finds_every_symbol_in_this_columns_libraries(name):
    done = run(["ldd", "-r", STAGE / name])
    wrong = [line for line in (done.out + done.err).splitlines()
             if "undefined" in line or "not found" in line]
    assert wrong == []


@pytest.mark.parametrize("name", names())
def test_binding_needs_few_libraries(name):
    done = run(["readelf", "--dynamic", "--wide", STAGE / name])
    assert set(re.findall(r"\(NEEDED\).*\[(.*)\]", done.out)) <= \
        LIBRARIES | MORE.get(name, set())
