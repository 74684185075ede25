# SPDX-License-Identifier: MIT
"""The ABI's versions: what a module says of itself, and old headers."""

import subprocess

import pytest

from support import acme as acme_board
from support.module_maker import Maker
from support.paths import ROOT

DIRECT = (ROOT / "tests" / "modules" / "direct" / "direct.c").read_text()


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The ACME modules, built with the headers of 1.0."""
    copy = acme_board.build(tmp_path_factory.mktemp("old") / "acme",
                            f"SDK=-I{ROOT / 'tests/abi/1.0'}")
    assert b"abi=1.0\0" in (copy / "acme.so").read_bytes()
    return copy


@pytest.mark.parametrize("board", acme_board.BOARDS)
def test_abi_modules_of_1_0_run_on_todays_host(outboard, acme, console, board):
    acme_board.blinks_echoes_and_powers_off(console(acme_board.command(
        outboard, acme, board, "-nographic")))


def compiled(maker, text, *flags):
    """What the compiler says of `text`; None if it is content."""
    try:
        maker.compile("direct", text, *flags)
    except subprocess.CalledProcessError:
        done = subprocess.run(
            ["cc", "-fsyntax-only", f"-I{maker.include}", *flags, "-x", "c",
             "-"], input=text, text=True, stderr=subprocess.PIPE, check=False)
        return done.stderr
    return None


def test_abi_is_1_0_unless_more_is_asked_for(maker):
    path = maker.module("plain")
    assert b"abi=1.0\0" in path.read_bytes()


def test_abi_is_what_is_asked_for(outboard, maker):
    assert compiled(maker, DIRECT) is None
    path = maker.folder / "direct.so"
    assert b"abi=1.1\0" in path.read_bytes()
    done = outboard("check", path)
    assert (done.status, done.out) == (
        0, f"{path}: good, module direct (MIT)\n")


def test_abi_that_was_not_asked_for_is_not_declared(maker):
    said = compiled(maker, DIRECT.replace("#define OB_ABI_NEEDS 1", ""))
    assert "OB_REG_DIRECT" in said and "undeclared" in said
    assert "direct_at" in said and "ob_direct_set" in said


def test_abi_above_the_headers_is_refused(maker):
    said = compiled(maker, DIRECT.replace("NEEDS 1", "NEEDS 2"))
    assert ('#error "OB_ABI_NEEDS is above OB_ABI_MINOR; install newer '
            'headers"') in said
