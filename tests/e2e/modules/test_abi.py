# SPDX-License-Identifier: MIT
"""The SDK's headers: versions, what the compiler refuses, other languages."""

import subprocess

import pytest

from support.module_maker import Maker
from support.paths import ROOT

DIRECT = (ROOT / "tests" / "modules" / "direct" / "direct.c").read_text()
SOUP = (ROOT / "tests" / "modules" / "soup" / "soup.h").read_text()

MODEL = """
#include <outboard/outboard.h>
struct st { uint32_t word, array[2]; uint16_t half; uint8_t flag; };
static const struct ob_reg regs[] = { { REG } };
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(regs) },
};
static const struct ob_saved saved[] = { SAVED };
static const struct ob_prop props[] = { { PROP } };
OB_DEVICE(x_type, "x-type", struct st, "a type", .regions = OB_ARRAY(regions),
          .props = OB_ARRAY(props), .saved = OB_ARRAY(saved));
OB_MODULE("x", "1", "MIT", &x_type);
"""
GOOD = {"REG": 'OB_REG32("A", 0, struct st, word)',
        "SAVED": "OB_SAVED(struct st, half)",
        "PROP": 'OB_PROP_BOOL_AT("on", struct st, flag)'}


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


def said(maker, text, compiler="cc", *flags):
    """What the compiler says of `text`; "" if it is content."""
    language = "c++" if "++" in compiler else "c"
    return subprocess.run(
        [compiler, "-fsyntax-only", f"-I{maker.include}", *flags, "-x",
         language, "-"], input=text, text=True, stderr=subprocess.PIPE,
        check=False).stderr


def model(**changed):
    text = MODEL
    for name, value in {**GOOD, **changed}.items():
        text = text.replace(name, value)
    return text


def test_abi_is_the_headers(outboard, maker):
    maker.compile("direct", DIRECT)
    path = maker.folder / "direct.so"
    assert b"abi=0.1\0" in path.read_bytes()
    done = outboard("check", path)
    assert (done.status, done.out) == (
        0, f"{path}: good, module direct (MIT)\n")


def test_abi_before_the_first_is_refused(outboard, maker):
    """0.0 means "not stated", so no older minor than 0.1 can be stated."""
    maker.compile("direct", DIRECT, "-DOB_ABI_NEEDS=0")
    path = maker.folder / "direct.so"
    done = outboard("check", path)
    assert done.status == 1
    assert done.err == (
        f'outboard: {path}: .modinfo: "abi" is not MAJOR.MINOR ("0.0"); '
        "build it with the sdk's headers\n")


def test_abi_above_the_headers_is_refused(maker):
    assert ('#error "OB_ABI_NEEDS is above OB_ABI_MINOR; install newer '
            'headers"') in said(maker, DIRECT, "cc", "-DOB_ABI_NEEDS=2")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("changed, reason", [
    ({"REG": 'OB_REG32("A", 0, struct st, half)'},
     "the_member_is_not_as_wide_as_the_register"),
    ({"REG": 'OB_REG16("A", 0, struct st, word)'},
     "the_member_is_not_as_wide_as_the_register"),
    ({"REG": 'OB_REG32("A", 0, struct st, array)'},
     "the_member_is_not_as_wide_as_the_register"),
    ({"REG": 'OB_REG16_ARRAY("A", 0, struct st, array)'},
     "the_elements_are_not_as_wide_as_the_register"),
    ({"PROP": 'OB_PROP_SIZE_AT("on", struct st, word)'},
     "the_member_is_not_as_wide_as_the_property"),
    ({"SAVED": "OB_SAVED(struct st, array)"}, "invalid operands to binary"),
])
def test_mistake_in_an_initialiser_does_not_compile(maker, compiler, changed,
                                                    reason):
    flags = ["-std=c11", "-Wall", "-Wextra", "-pedantic-errors"]
    assert said(maker, model(), compiler, *flags) == ""
    assert reason in said(maker, model(**changed), compiler, *flags)


@pytest.mark.parametrize("compiler, standard", [
    ("gcc", "c11"), ("gcc", "gnu17"), ("clang", "c11"), ("g++", "c++11"),
    ("g++", "c++20"), ("clang++", "c++11"), ("clang++", "c++20")])
@pytest.mark.parametrize("before", [
    "", "#include <tgmath.h>\n", "#include <unistd.h>\n",
    "#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    "#include <setjmp.h>\n#include <cmocka.h>\n", SOUP],
    ids=["alone", "tgmath", "unistd", "cmocka", "soup"])
def test_headers_compile_behind_others(maker, compiler, standard, before):
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-O2",
             "-D_FORTIFY_SOURCE=2"]
    text = before + "#include <outboard/bench.h>\n"
    if "++" not in compiler:
        text += model()
    assert said(maker, text, compiler, *flags) == ""
