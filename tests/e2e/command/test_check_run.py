# SPDX-License-Identifier: MIT
"""`outboard check --run`: each type runs on the test bench, confined."""

import json

import pytest

from support.module_maker import Maker
from support.paths import ROOT

MODEL = """
#include <outboard/outboard.h>
#include <stdlib.h>
struct light { uint32_t on; };
static void put(struct ob_dev *dev)
{
    struct light *l = ob_state(dev);

    ob_irq_set(dev, 0, 0, l->on & 1);
}
static void on_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
#ifdef CRASH
    if (w->value == 0)
        abort();
#endif
#ifdef SLOW
    for (volatile int n = 0; n < 20000000; n++)
        ;
#endif
#ifdef FORBIDDEN
    (void)system("true");
#endif
#ifdef HANG
    while (w->value == 0)
        ;
#endif
    put(dev);
}
static void light_reset(struct ob_dev *dev, uint32_t kind)
{
    put(dev);
}
static int32_t light_restored(struct ob_dev *dev)
{
#ifndef FORGOTTEN
    put(dev);
#endif
    return OB_OK;
}
static const struct ob_reg regs[] = {
    { OB_REG32("ON", 0x0, struct light, on), .on_write = on_written },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
OB_DEVICE(light, NAME "-light", struct light, "light",
          .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
          .reset = light_reset, .restored = light_restored);
OB_DEVICE(lamp, NAME "-lamp", struct light, "lamp",
          .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
          .reset = light_reset, .restored = light_restored);
OB_MODULE(NAME, "1", LICENSE, &light, &lamp);
"""


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


def make(maker, *flags, **defines):
    return maker.compile("acme", MODEL, *flags, **defines)


def test_run_of_a_good_module_names_its_types(outboard, maker):
    path = make(maker)
    done = outboard("check", "--run", path)
    assert (done.status, done.err) == (0, "")
    assert done.out == (f"{path}: good, module acme (MIT)\n"
                        f"{path}: good, type acme-light\n"
                        f"{path}: good, type acme-lamp\n")


def test_check_without_run_runs_no_type(outboard, maker):
    path = make(maker, "-DFORGOTTEN")
    done = outboard("check", path)
    assert (done.status, done.err) == (0, "")
    assert done.out == f"{path}: good, module acme (MIT)\n"


def test_run_reports_each_broken_law(outboard, maker):
    path = make(maker, "-DFORGOTTEN")
    done = outboard("check", "--run", path)
    assert done.status == 1
    light, lamp = done.err.splitlines()
    assert light.startswith(
        f"outboard: {path}: acme-light: restored: interrupt irq is 0 "
        "(expected 1), after a restore (run ")
    assert lamp.startswith(f"outboard: {path}: acme-lamp: restored: ")
    assert "good, type" not in done.out


def test_run_of_a_modinfo_file_runs_its_modules(outboard, maker):
    path = make(maker, "-DFORGOTTEN")
    info = maker.folder / "acme.json"
    info.write_text(outboard("modinfo", path).out)
    info.chmod(0o644)
    done = outboard("check", "--run", info)
    assert done.status == 1
    assert done.out == f"{info}: good, module acme ({path})\n"
    assert done.err.count(": restored: ") == 2


def test_run_survives_a_crash(outboard, maker):
    path = make(maker, "-DCRASH")
    done = outboard("check", "--run", path)
    assert done.status == 1
    assert done.err == "".join(
        f"outboard: {path}: acme-{name}: process: ended by signal 6 (Aborted)"
        ", during a write of 0x0 to ON\n" for name in ["light", "lamp"])


@pytest.mark.parametrize("fault", ["HANG", "SLOW"])
def test_run_ends_a_model_that_does_not_end(outboard, maker, fault):
    path = make(maker, f"-D{fault}")
    done = outboard("--time-limit=0.05", "check", "--run", path)
    assert done.status == 1
    for line, name in zip(done.err.splitlines(), ["light", "lamp"]):
        assert line.startswith(
            f"outboard: {path}: acme-{name}: process: does not end within "
            "0.6 s, during a ")
        assert line.endswith(" ON")


def test_run_ends_a_call_that_is_not_allowed(outboard, maker):
    path = make(maker, "-DFORBIDDEN")
    done = outboard("check", "--run", path)
    assert done.status == 1
    assert done.err.startswith(
        f"outboard: {path}: acme-light: process: ended by signal 31 (Bad "
        "system call)\n")


def test_run_runs_a_module_of_any_licence(outboard, maker):
    path = make(maker, LICENSE="LicenseRef-None")
    done = outboard("check", "--run", path)
    assert done.status == 0, done.err
    assert f"{path}: good, type acme-lamp\n" in done.out


def test_run_takes_installed_modules_and_types(outboard, maker):
    path = make(maker)
    info = maker.folder / "acme.json"
    info.write_text(outboard("modinfo", path).out)
    info.chmod(0o644)
    env = {"OUTBOARD_PATH": str(maker.folder)}
    done = outboard("check", "--run", "acme", env=env)
    assert (done.status, done.err) == (0, "")
    assert done.out == (f"{path}: good, type acme-light\n"
                        f"{path}: good, type acme-lamp\n")
    done = outboard("check", "--run", "acme-lamp", env=env)
    assert (done.status, done.err) == (0, "")
    assert done.out == f"{path}: good, type acme-lamp\n"


def test_run_of_an_unknown_name_is_an_error(outboard):
    done = outboard("check", "--run", "acme-lump")
    assert done.status == 1
    assert done.err == ('outboard: check: no file, module or type is called '
                        '"acme-lump"; see outboard list\n')


def test_run_says_that_a_program_is_not_run(outboard):
    peer = ROOT / "examples" / "peer" / "py-adder.json"
    assert json.loads(peer.read_text())
    done = outboard("check", "--run", peer)
    assert done.status == 0, done.err
    assert done.err == ("outboard: py-adder: its types do not run on the test "
                        "bench, because it is a program\n")


@pytest.mark.parametrize("module", ["arm-boot", "arm-serial", "bcm2711",
                                    "goldfish", "riscv", "rp2040"])
def test_our_models_obey_the_laws_confined(outboard, module):
    done = outboard("check", "--run", module)
    assert (done.status, done.err) == (0, "")
    assert ": good, type " in done.out
