# SPDX-License-Identifier: MIT
"""Native QEMU modules through both options, as the 2022 proposal has them.

tests/native holds their sources; they are built for the QEMU of the column.
"""

import json
import os
import re
import shutil
import subprocess

import pytest

from support.module_maker import Maker
from support.paths import ROOT

SOURCES = ROOT / "tests" / "native"
OTHER = "qemu_stamp_" + "0123456789" * 4


def stamp_of(path):
    with open(path, "rb") as file:
        return re.search(rb"qemu_stamp_[0-9a-f]{40}", file.read())[0].decode()


def build(qemu, folder, *stamp):
    subprocess.run([SOURCES / "build.sh", qemu, folder, *stamp], check=True,
                   umask=0o022)
    return folder


@pytest.fixture(scope="module")
def built(qemu, tmp_path_factory):
    """A folder with all of them, and mods.json, for the column's QEMU."""
    return build(qemu("arm"), tmp_path_factory.mktemp("native"))


class Native:
    """A copy of the folder, and what was loaded from it in which order."""

    def __init__(self, outboard, built, folder):
        self.command = outboard.command
        self.outboard = outboard
        self.folder = folder / "mods"
        shutil.copytree(built, self.folder)
        self.folder.chmod(0o755)
        self.mods = self.folder / "mods.json"
        self.log = folder / "log"
        self.env = {"NATIVE_LOG": str(self.log)}

    def write(self, modules, name="mods.json"):
        path = self.folder / name
        path.write_text(json.dumps(modules))
        path.chmod(0o644)
        return path

    def read(self):
        return json.loads(self.mods.read_text())

    def start(self, *argv, arch="arm", env=None):
        return self.outboard(f"qemu-system-{arch}", "-display", "none", *argv,
                             env={**self.env, **(env or {})})

    def announced(self, *argv, **options):
        return self.start("-add_modinfo", self.mods, *argv, **options)

    def loaded(self):
        return self.log.read_text().split("\n")[:-1] if self.log.exists() \
            else []


@pytest.fixture
def native(outboard, built, tmp_path):
    tmp_path.chmod(0o755)
    return Native(outboard, built, tmp_path)


def refused(result, text):
    assert result.err == f"outboard: {text}\n"
    assert (result.out, result.status) == ("", 1)


# --- the proposal's own flow ------------------------------------

MACHINE = ["-M", "custom-arm", "-serial", "none", "-parallel", "none", "-S"]


@pytest.mark.parametrize("arch", ["arm", "aarch64"])
def test_proposal_machine_loads_its_devices_on_demand(native, machine, arch):
    vm = machine(native.command, f"qemu-system-{arch}", "-display", "none",
                 "-add_modinfo", native.mods, "-add_machines",
                 "custom-arm-machine", "-custom", "level=7,mode=x", *MACHINE,
                 env=native.env)
    assert vm.qmp("qom-get", path="/machine/counter", property="type") == \
        "first-counter"
    assert vm.qmp("qom-get", path="/machine/counter",
                  property="step-is-three") is True
    assert native.loaded() == ["machine", "group", "machine starts",
                               "level=7", "common", "first"]


def test_device_help_lists_native_types(native):
    done = native.announced("-M", "none", "-device", "help")
    assert (done.status, done.err) == (0, "")
    assert 'name "first-counter"' in done.out
    assert 'name "common-thing"' in done.out
    assert "group" not in native.loaded()


def test_device_x_help_loads_what_it_needs_in_order(native):
    done = native.announced("-M", "none", "-device", "first-counter,help")
    assert done.status == 0, done.err
    assert "step-is-three=<bool>" in done.out
    assert native.loaded() == ["common", "first"]


def test_nothing_is_loaded_that_is_not_needed(native):
    done = native.announced("-M", "none", "-cpu", "help")
    assert (done.status, done.err, native.loaded()) == (0, "", [])


def test_running_machine_finds_native_types(native, machine):
    vm = machine(native.command, "qemu-system-aarch64", "-M", "virt",
                 "-display", "none", "-S", "-device",
                 "pcie-root-port,id=rp,slot=1", "-add_modinfo", native.mods,
                 env=native.env)
    assert native.loaded() == []
    named = vm.qmp("device-list-properties", typename="first-counter")
    assert "step-is-three" in [entry["name"] for entry in named]
    vm.qmp("device_add", driver="common-thing", id="c", bus="rp")
    assert vm.qmp("qom-get", path="/machine/peripheral/c",
                  property="type") == "common-thing"
    assert native.loaded() == ["common", "first"]


@pytest.mark.parametrize("arch, there", [
    ("arm", True), ("aarch64", True), ("riscv64", False), ("x86_64", False)])
def test_arch_list_decides(native, arch, there):
    done = native.announced("-M", "none", "-device", "first-counter,help",
                            arch=arch)
    assert ("step-is-three" in done.out) == there
    assert ("first" in native.loaded()) == there


def test_named_for_another_target_is_passed_over(native):
    done = native.announced("-add_machines", "custom-arm-machine", "-M",
                            "help", arch="riscv64")
    assert done.err == (
        f"outboard: warning: {native.mods}: \"custom-arm-machine\" is for "
        "arm, aarch64, this is riscv64; it is ignored\n")
    assert "custom-arm" not in done.out and native.loaded() == []
    path = native.folder / "custom-arm-machine.so"
    done = native.announced("-add_machines", path, "-M", "help",
                            arch="riscv64")
    assert "it is ignored" in done.err and native.loaded() == []


@pytest.mark.parametrize("words", [["-M", "help"], ["-machine", "?"]])
def test_machine_list_shows_announced_machines(native, words):
    done = native.announced(*words)
    assert re.search(r"^custom-arm +a native machine", done.out, re.M)
    assert done.err == ""


@pytest.mark.parametrize("words", [
    ["-M", "custom-arm"], ["-machine", "custom-arm"],
    ["-machine", "type=custom-arm,usb=off"]])
def test_machine_that_is_asked_for_is_loaded(native, words):
    done = native.announced(*words, "-device", "virtio-gpu-device,help")
    assert done.status == 0, done.err
    assert native.loaded() == ["machine"]


def test_another_machine_leaves_it_alone(native):
    native.announced("-M", "virt,help")
    assert native.loaded() == []


def test_named_by_path_and_announced_is_loaded_once(native):
    done = native.announced("-add_machines",
                            native.folder / "custom-arm-machine.so", "-M",
                            "help")
    assert (done.status, done.err) == (0, "")
    assert native.loaded() == ["machine"]


# --- where it is looked for -------------------------------------

def test_native_in_qemus_module_dir_is_found(native):
    elsewhere = native.folder / "deep" / "er"
    elsewhere.mkdir(parents=True)
    elsewhere.parent.chmod(0o755)
    elsewhere.chmod(0o755)
    for name in ("first", "custom-arm-machine"):
        os.rename(native.folder / f"{name}.so", elsewhere / f"{name}.so")
    done = native.announced(
        "-add_machines", "custom-arm-machine", "-device",
        "first-counter,help", "-M", "none",
        env={"QEMU_MODULE_DIR": str(elsewhere)})
    assert done.status == 0, done.err
    assert native.loaded() == ["machine", "common", "first"]


def test_native_named_alone_in_qemus_module_dir_is_found(native):
    done = native.start("-add_machines", "custom-arm-machine", "-M", "help",
                        env={"QEMU_MODULE_DIR": str(native.folder)})
    assert done.status == 0, done.err
    assert native.loaded() == ["machine"]


def test_module_dir_of_the_user_stays_qemus(native, machine):
    """QEMU's own modules and children see the variable as the user set it."""
    value = str(native.folder / ".." / "mods")
    vm = machine(native.command, "qemu-system-arm", "-M", "none", "-display",
                 "none", "-add_modinfo", native.mods, "-device",
                 "first-counter", env={**native.env, "QEMU_MODULE_DIR": value})
    with open(f"/proc/{vm.process.pid}/environ", "rb") as file:
        assert f"QEMU_MODULE_DIR={value}".encode() in file.read().split(b"\0")
    assert native.loaded() == ["common", "first"]


def test_dependency_on_a_module_of_qemus_own(native):
    modules = native.read()
    modules["first counter of ours"]["deps"] += ["hw-display-virtio-gpu"]
    native.write(modules)
    done = native.announced("-M", "none", "-device", "first-counter,help")
    assert (done.status, done.err) == (0, "")
    assert native.loaded() == ["common", "first"]
    done = native.announced("-M", "virt", "-device", "virtio-gpu-device,help",
                            "-device", "first-counter")
    assert done.status == 0, done.err


def test_directory_that_others_may_write_is_refused(native):
    native.folder.chmod(0o777)
    done = native.announced("-M", "help")
    native.folder.chmod(0o755)
    assert done.status == 1 and native.loaded() == []
    assert re.fullmatch(rf"outboard: {native.mods}: others may write its "
                        r"directory \(.*\n", done.err)
    (native.folder / "first.so").chmod(0o666)
    done = native.announced("-M", "help")
    refused(done, f"{native.folder}/first.so: others may write it (mode "
                  f"0666); chmod go-w {native.folder}/first.so")
    assert native.loaded() == []


# --- what does not fit ------------------------------------------

def test_announced_of_another_build_is_refused(native, qemu):
    build(qemu("arm"), native.folder, OTHER)
    path = native.folder / "first.so"
    refused(native.announced("-M", "none", "-S"),
            f"{path}: native QEMU module of another build ({OTHER}; "
            f"{qemu('arm')} is {stamp_of(qemu('arm'))}); build it with this "
            "QEMU's sources and configuration")
    assert native.loaded() == []


def test_announced_of_another_build_behind_a_wrapper_is_refused(native, qemu,
                                                                tmp_path):
    """Which QEMU a script starts is known inside it only."""
    script = tmp_path / "qemu-system-arm"
    script.write_text(f'#!/bin/sh\nexec {qemu("arm")} "$@"\n')
    script.chmod(0o755)
    env = {"NATIVE_LOG": str(native.log)}
    done = native.outboard(script, "-M", "none", "-add_modinfo", native.mods,
                           "-device", "first-counter,help", env=env)
    assert done.status == 0 and native.loaded() == ["common", "first"]
    native.log.unlink()
    build(qemu("arm"), native.folder, OTHER)
    done = native.outboard(script, "-M", "none", "-add_modinfo", native.mods,
                           env=env)
    assert done.status == 1 and done.err.count("\n") == 1
    assert f"first.so: native QEMU module of another build ({OTHER}; " \
        in done.err
    assert native.loaded() == []


def test_announced_without_a_stamp_is_refused(native, qemu):
    build(qemu("arm"), native.folder, "not_a_stamp")
    refused(native.announced("-M", "none", "-S"),
            f"{native.folder}/first.so: says nothing of itself (no .modinfo "
            "section, no symbol outboard_module, and no qemu_stamp_ as a "
            "native QEMU module has); use OB_MODINFO, and do not strip the "
            "section")


def test_installed_and_wrong_is_a_warning(native, qemu):
    build(qemu("arm"), native.folder, OTHER)
    done = native.start("-M", "none", "-device", "help",
                        env={"OUTBOARD_PATH": str(native.folder)})
    lines = done.err.splitlines()
    assert done.status == 0 and len(lines) == 4
    for line, name in zip(sorted(lines), ("common", "custom-arm-machine",
                                          "first", "group")):
        assert f"{name}.so: native QEMU module of another build" in line
        assert line.startswith("outboard: warning: ")
    assert "first-counter" not in done.out and native.loaded() == []


def test_installed_works_like_announced(native):
    done = native.start("-M", "none", "-device", "first-counter,help",
                        env={"OUTBOARD_PATH": str(native.folder)})
    assert (done.status, done.err) == (0, "")
    assert native.loaded() == ["common", "first"]


def test_type_that_qemu_has_is_refused(native):
    modules = native.read()
    modules["shared, and needed"]["objs"] += ["pl011"]
    native.write(modules)
    done = native.announced("-M", "none", "-S")
    assert done.status == 1 and done.err.count("\n") == 1
    assert ('the type "pl011" of native module "shared, and needed" exists '
            "already (in this QEMU itself), and QEMU aborts on a second one; "
            "rename it") in done.err


def test_type_that_a_module_of_qemus_own_has_is_refused(native):
    modules = native.read()
    modules["shared, and needed"]["objs"] += ["virtio-gpu-device"]
    native.write(modules)
    done = native.announced("-M", "none", "-S")
    assert done.status == 1 and done.err.count("\n") == 1
    assert "exists already (in hw-display-virtio-gpu)" in done.err


def test_missing_symbol_is_named_at_need(native):
    """Without its dependency, first.so has no native_common_step()."""
    modules = native.read()
    modules["first counter of ours"]["deps"] = []
    native.write(modules)
    done = native.announced("-M", "none", "-device", "first-counter")
    assert done.status == 1
    assert "'first-counter' is not a valid device model name" in done.err
    done = native.announced("-M", "none", "-add_machines", "first")
    assert done.status == 1 and done.err.count("\n") == 1
    assert "first.so: undefined symbol: native_common_step" in done.err


def test_dependency_without_its_file_is_refused_for_that(native):
    (native.folder / "common.so").unlink()
    done = native.announced("-M", "none", "-S")
    assert done.status == 1 and done.err.count("\n") == 1
    assert ('module "shared, and needed": no file common.so in '
            f"{native.folder}") in done.err
    assert "remove it" not in done.err


def test_circle_is_refused(native):
    modules = native.read()
    modules["shared, and needed"]["deps"] = ["first"]
    native.write(modules)
    done = native.announced("-M", "none", "-S")
    assert done.status == 1 and done.err.count("\n") == 1
    assert "depend on each other in a circle" in done.err


def test_module_of_ours_and_native_do_not_depend_on_each_other(
        native, outboard):
    maker = Maker(outboard.stage, native.folder)
    maker.module("acme", DEPS="common")
    path = native.write({**native.read(), "acme": {
        "name": "acme", "objs": ["acme-uart"], "deps": ["common"]}})
    done = native.announced("-M", "none", "-device", "acme-uart,help")
    assert done.status == 1 and done.err.count("\n") == 1
    assert ('module "acme" depends on "common", and one of them is a native '
            'QEMU module ("shared, and needed"); remove it from "deps"') \
        in done.err
    modules = native.read()
    del modules["acme"]["deps"]
    modules["shared, and needed"]["deps"] = ["acme"]
    native.write(modules, path.name)
    done = native.announced("-M", "none")
    assert done.status == 1 and 'depends on "acme"' in done.err
    assert native.loaded() == []


@pytest.mark.parametrize("words, text", [
    (["--isolate=first counter of ours"],
     'module "first counter of ours" is a native QEMU module, which runs in '
     "QEMU's process only (--isolate names it); let it run there"),
    (["--isolate=shared,, and needed"],
     'module "first counter of ours" needs "shared, and needed": '
     'module "shared, and needed" is a native QEMU module, which runs in '
     "QEMU's process only (--isolate names it); let it run there"),
])
def test_native_module_cannot_be_isolated(native, words, text):
    done = native.outboard(*words, "qemu-system-arm", "-M", "none",
                           "-add_modinfo", native.mods, env=native.env)
    refused(done, text)


def test_isolation_of_all_is_about_models(native):
    done = native.outboard("--isolate=all", "qemu-system-arm", "-M", "none",
                           "-add_modinfo", native.mods, "-device",
                           "first-counter,help", env=native.env)
    assert (done.status, done.err) == (0, "")


# --- option groups ----------------------------------------------

def test_option_group_without_key_takes_the_implied_one(native, machine):
    machine(native.command, "qemu-system-arm", "-display", "none",
            "-add_modinfo", native.mods, "-custom", "9", *MACHINE,
            env=native.env)
    assert "level=9" in native.loaded()


@pytest.mark.parametrize("value, text", [
    ("levle=1", "-custom levle=1: Invalid parameter 'levle'"),
    ("level=x", "-custom level=x: Parameter 'level' expects a number"),
])
def test_option_group_refused_by_qemu_is_one_line(native, value, text):
    refused(native.announced("-custom", value, "-M", "none"), text)


# --- boards in JSON, and the verbs ------------------------------

BOARD = {
    "outboard": 1, "board": "both", "title": "both kinds", "arch": ["arm"],
    "memory": {"flash": {"at": 0, "size": "64 KiB", "kind": "rom"}},
    "parts": {
        "cpu": {"type": "armv7m", "clocks": {"cpuclk": "16 MHz"},
                "props": {"cpu-type": "cortex-m3-arm-cpu"},
                "links": {"memory": "system"}},
        "counter": {"type": "first-counter"}},
    "boot": {"kind": "cortex-m", "cpu": "cpu", "load": "flash"}}


def test_board_in_json_has_a_native_part(native, machine):
    board = native.write(BOARD, "board.json")
    vm = machine(native.command, "qemu-system-arm", "-M", "both", "-display",
                 "none", "-S", "-add_machines", board, "-add_modinfo",
                 native.mods, env=native.env)
    assert vm.qmp("qom-get", path="/machine/counter",
                  property="step-is-three") is True


def test_board_cannot_isolate_a_native_part(native):
    board = {**BOARD, "parts": {**BOARD["parts"], "counter": {
        "type": "first-counter", "isolation": "process"}}}
    done = native.announced("-add_machines", native.write(board, "b.json"),
                            "-M", "both", "-S")
    assert done.status == 1 and done.err.count("\n") == 1
    assert ('type "first-counter" is a native QEMU module\'s, which runs in '
            'QEMU; leave "isolation" out') in done.err


def test_check_and_list_know_native_modules(native):
    done = native.outboard("check", native.mods)
    assert (done.status, done.err) == (0, "")
    assert (f"{native.mods}: good, module first counter of ours "
            f"({native.folder}/first.so)") in done.out.splitlines()
    done = native.outboard("list", native.mods)
    assert "runs in QEMU's process: it is a native QEMU module" in done.out


# --- misspelt options -------------------------------------------

@pytest.mark.parametrize("words, meant", [
    (["-add_machine", "x"], "-add_machines"),
    (["--add-machines", "x"], "-add_machines"),
    (["-add-modinfo=x.json"], "-add_modinfo"),
    (["-addmodinfo", "x.json"], "-add_modinfo"),
    (["-add_mod", "x.json"], "-add_modinfo"),
    (["-modinfo", "x.json"], "-add_modinfo"),
    (["-add_module", "x.so"], "-add_machines"),
])
def test_misspelt_option_gets_a_hint(outboard, words, meant):
    done = outboard("qemu-system-arm", "-M", "none", *words)
    assert done.status == 1 and done.err.count("\n") == 1
    assert done.err.startswith(f"outboard: {words[0]}: is not an option; did "
                               f"you mean {meant}, which takes ")


# --- files of the proposal for modules on Outboard's own ABI ----

@pytest.fixture
def ours(outboard, tmp_path):
    """first.so, which depends on common.so, and a file for both."""
    tmp_path.chmod(0o755)
    maker = Maker(outboard.stage, tmp_path)
    maker.module("common")
    maker.module("first", DEPS="common")
    path = tmp_path / "mods.json"
    path.write_text(json.dumps({
        "first counter, of \"ours\" é": {
            "name": "first", "arch": ["arm"], "objs": ["first-uart"],
            "deps": ["shared thing"], "opts": None},
        "shared thing": {"name": "common", "arch": ["arm", "aarch64"]}}))
    path.chmod(0o644)
    return path


def test_file_of_the_proposal_works_for_modules_of_ours(outboard, ours):
    done = outboard("qemu-system-arm", "-M", "none", "-display", "none",
                    "-add_modinfo", ours, "-device", "first-uart,help")
    assert (done.status, done.err) == (0, "")
    assert "depth=<uint32>" in done.out
    done = outboard("check", ours)
    assert (done.status, done.err) == (0, "")


def test_file_that_says_less_narrows_the_module(outboard, ours):
    for arch, name in (("aarch64", "first-uart"), ("arm", "common-uart")):
        done = outboard(f"qemu-system-{arch}", "-M", "none", "-display",
                        "none", "-add_modinfo", ours, "-device",
                        f"{name},help")
        assert f"Device '{name}' not found" in done.err


def test_file_narrows_a_module_that_is_named_by_path(outboard, ours):
    done = outboard("qemu-system-aarch64", "-M", "none", "-display", "none",
                    "-add_modinfo", ours, "-add_machines",
                    ours.parent / "first.so", "-device", "first-uart,help")
    assert done.err == (
        f'outboard: warning: {ours}: "first" is for arm, this is aarch64; it '
        "is ignored\nqemu-system-aarch64: -device first-uart,help: Device "
        "'first-uart' not found\n")


@pytest.mark.parametrize("where", [
    "--isolate=first counter,, of \"ours\" é", None])
def test_module_with_any_short_name_is_isolated(outboard, ours, where):
    words = [where] if where else []
    file = str(ours) if where else f"{ours},isolation=process"
    done = outboard(*words, "-v", "qemu-system-arm", "-M", "none", "-display",
                    "none", "-add_modinfo", file, "-device",
                    "first-uart,help")
    assert done.status == 0, done.err
    assert "depth=<uint32>" in done.out
    done = outboard(*words, "list", file)
    assert "runs in a process of its own" in done.out
