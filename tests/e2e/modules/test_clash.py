# SPDX-License-Identifier: MIT
"""Types of modules that QEMU has by the same names (decision 0018)."""

import json
import re
import shutil

import pytest

from support import sample_modules
from support.processes import models

# The board of tests/modules/clash, and what its parts read as.
A, B, OWN, ONLY, FULL = range(0x40000000, 0x40050000, 0x10000)
ID, SCRATCH, IRQ, LEVEL, DEPTH = range(0, 0x14, 4)
OURS, PL031 = 0x636c6173, 0x31      # at ID, and at PERIPH_ID
PERIPH_ID = 0xfe0
# Where QEMU's own boards have their pl031.
VIRT, VERSATILE = 0x09010000, 0x101e8000
FREE = 0x50000000                   # nothing on "versatilepb"
QUIET = ("-display", "none", "-monitor", "none", "-serial", "none")

TAKES = ("outboard: note: -device {0}: takes QEMU's own type, not that of "
         "module \"clash\"; write -device clash.{0} for the module's\n")
SETS = ("outboard: note: -global {0}: sets QEMU's own type, not that of "
        "module \"clash\"; write -global driver=clash.{0},property=...,"
        "value=... for the module's\n")


@pytest.fixture(scope="module")
def clash(outboard, tmp_path_factory):
    """The folder with clash.so, its modinfo and the board."""
    folder = tmp_path_factory.mktemp("clash")
    sample_modules.build(outboard.stage, folder, "clash")
    return folder


@pytest.fixture
def installed(clash, tmp_path):
    """The environment in which the module is installed, and its board."""
    for name in ("clash.so", "clash.json", "board.json"):
        shutil.copy(clash / name, tmp_path)
    tmp_path.chmod(0o755)
    return {"OUTBOARD_PATH": str(tmp_path)}


@pytest.fixture
def announced(clash):
    """Arguments that announce the module."""
    return ("-add_modinfo", clash / "clash.json")


@pytest.fixture
def board(place, clash, announced, bus_machine):
    """board(arguments...): (machine, bus) of the module's board."""
    def start(*arguments):
        return bus_machine(*place.argv(
            "qemu-system-arm", *announced, "-add_machines",
            clash / "board.json", "-M", "clashes", *QUIET, *arguments))
    return start


def warned(machine):
    """The messages of a machine that has ended."""
    return [line for line in machine.end().splitlines()
            if line.startswith("outboard: ")]


# --- boards ------------------------------------------------------------------

def test_clash_on_a_board_is_the_modules_type(board):
    made, bus = board()
    assert [bus.read(part + ID) for part in (A, B)] == [OURS, OURS]
    assert [bus.read(part + DEPTH) for part in (A, B)] == [16, 3]
    assert bus.read(OWN + PERIPH_ID) == PL031
    assert warned(made) == []


def test_clash_type_without_one_has_both_names_on_a_board(board):
    _, bus = board()
    assert [bus.read(part + ID) for part in (ONLY, FULL)] == [OURS, OURS]


def test_clash_or_gates_of_a_board_are_qemus(board):
    """The module has a type "or-irq", which has no inputs of a gate."""
    _, bus = board()
    bus.write(A + IRQ, 1)
    bus.write(B + IRQ, 1)
    assert bus.read(ONLY + LEVEL) == 1
    bus.write(A + IRQ, 0)
    assert bus.read(ONLY + LEVEL) == 1
    bus.write(B + IRQ, 0)
    assert bus.read(ONLY + LEVEL) == 0


def test_clash_qtree_shows_the_full_name(board):
    made, _ = board()
    types = re.findall(r"dev: (\S+),", made.hmp("info qtree"))
    assert sorted(types) == ["clash-only", "clash-only", "clash.pl031",
                             "clash.pl031", "pl031"]
    assert re.findall(r"/(\S+-or) \((\S+)\)",
                      made.hmp("info qom-tree /machine")) == [
        ("only-in-0-or", "or-irq")]


def test_clash_part_is_saved_and_loaded(board, disk):
    made, bus = board(*disk)
    bus.write(A + SCRATCH, 0xabc)
    assert made.hmp("savevm one") == ""
    bus.write(A + SCRATCH, 1)
    assert made.hmp("loadvm one") == ""
    assert bus.read(A + SCRATCH) == 0xabc
    bus.write(A + SCRATCH, 2)
    made.end()
    _, bus = board(*disk, "-loadvm", "one")
    assert bus.read(A + SCRATCH) == 0xabc


PLAIN = """{ "outboard": 1, "board": "plain",
  "memory": { "sram": { "at": "0x20000000", "size": "64 KiB" } },
  "parts": { "cpu": { "type": "cortex-a15-arm-cpu",
                      "props": { "start-powered-off": true } },
             "a": { "type": "TYPE", "at": "0x40000000"MORE } } }
"""


@pytest.fixture
def plain(clash, tmp_path):
    """plain(type): a board file with one part of that type, and its words."""
    def write(type_name, more=""):
        tmp_path.chmod(0o755)
        path = tmp_path / "plain.json"
        path.write_text(PLAIN.replace("TYPE", type_name)
                        .replace("MORE", more))
        path.chmod(0o644)
        return ("-add_machines", path, "-M", "plain", *QUIET)
    return write


def test_clash_snapshot_of_the_plain_name_loads_under_the_full(
        outboard, announced, plain, bus_machine, disk):
    """A snapshot of a QEMU without the type fits one that has it."""
    words = [outboard.command, "qemu-system-arm", *announced, *disk]
    made, bus = bus_machine(*words, *plain("clash-only"))
    bus.write(A + SCRATCH, 0xabc)
    assert made.hmp("savevm one") == ""
    made.end()
    made, bus = bus_machine(*words, *plain("clash.clash-only"), "-loadvm",
                            "one")
    assert bus.read(A + SCRATCH) == 0xabc


@pytest.mark.parametrize("type_name, why", [
    ("qemu:clash-only",
     "type \"qemu:clash-only\": this QEMU has no type of its own with that "
     "name; leave \"qemu:\" out for the type of module \"clash\""),
    ("other.pl031",
     "unknown type \"other.pl031\": neither this QEMU nor a module has it; "
     "announce its module with -add_modinfo"),
])
def test_clash_unknown_type_is_refused_by_name(outboard, announced, plain,
                                               type_name, why):
    words = plain(type_name)
    done = outboard("qemu-system-arm", *announced, *words)
    assert done == (1, "", f"outboard: {words[1]}:5:29: {why}\n")


def test_clash_qemus_own_part_runs_in_qemu(outboard, announced, plain):
    words = plain("qemu:pl031", ', "isolation": "process"')
    done = outboard("qemu-system-arm", *announced, *words)
    assert done == (1, "", f"outboard: {words[1]}:5:76: type \"qemu:pl031\" "
                    "is QEMU's own part, which runs in QEMU; leave "
                    "\"isolation\" out\n")


def test_clash_modules_part_may_run_in_a_process(outboard, announced, plain,
                                                 bus_machine):
    words = plain("pl031", ', "isolation": "process"')
    made, bus = bus_machine(outboard.command, "qemu-system-arm", *announced,
                            *words)
    assert bus.read(A + ID) == OURS
    assert models(made.process.pid)


def test_clash_refusal_of_a_part_shows_the_full_name(outboard, announced,
                                                     plain):
    words = plain("pl031", ', "props": { "depht": 3 }')
    done = outboard("qemu-system-arm", *announced, *words)
    assert done.status == 1
    assert '"a" (clash.pl031)' in done.err


# --- QEMU's own boards -------------------------------------------------------

@pytest.mark.parametrize("arch, name, address", [
    ("arm", "versatilepb", VERSATILE), ("aarch64", "virt", VIRT)])
def test_clash_installed_changes_no_board_of_qemu(outboard, installed,
                                                  bus_machine, arch, name,
                                                  address):
    made, bus = bus_machine(outboard.command, f"qemu-system-{arch}", "-M",
                            name, *QUIET, env=installed)
    assert bus.read(address + PERIPH_ID) == PL031
    assert warned(made) == []


def test_clash_installed_is_silent_in_listings(outboard, installed):
    for words in (("-M", "help"), ("-device", "help"), ("-version",)):
        done = outboard("qemu-system-arm", *words, env=installed)
        assert (done.status, done.err) == (0, "")


# --- -device and -global -----------------------------------------------------

def test_clash_device_by_full_name_is_the_modules(place, announced,
                                                  bus_machine):
    made, bus = bus_machine(*place.argv(
        "qemu-system-arm", *announced, "-M", "versatilepb", "-device",
        f"clash.pl031,id=x,at={FREE:#x},depth=5", *QUIET))
    assert bus.read(FREE + ID) == OURS
    assert bus.read(FREE + DEPTH) == 5
    assert bus.read(VERSATILE + PERIPH_ID) == PL031
    assert warned(made) == []


def test_clash_device_by_full_name_needs_no_clash(outboard, announced,
                                                  bus_machine):
    """One command line works with and without a type of QEMU's."""
    _, bus = bus_machine(
        outboard.command, "qemu-system-arm", *announced, "-M", "versatilepb",
        "-device", f"clash.clash-only,at={FREE:#x}", "-device",
        f"clash-only,at={FREE + 0x1000:#x}", *QUIET)
    assert bus.read(FREE + ID) == OURS
    assert bus.read(FREE + 0x1000 + ID) == OURS


@pytest.mark.parametrize("value", [
    "pl031", "pl031,id=x", "driver=pl031,id=x", "id=x,driver=pl031",
    '{"driver": "pl031", "id": "x"}', '{"driver": "pl\\u0030\\u0033\\u0031"}'])
def test_clash_device_by_plain_name_is_qemus_and_says_so(outboard, announced,
                                                         value):
    done = outboard("qemu-system-arm", *announced, "-M", "versatilepb",
                    "-device", value, *QUIET)
    assert done.status == 1     # QEMU's own can only be on a board
    assert done.err.startswith(TAKES.format("pl031"))
    assert done.err.count("outboard: ") == 1
    assert done.err.endswith("expects a pluggable device type\n")


@pytest.mark.parametrize("value", ["{", "[1]", '{"driver": 3}', "",
                                   "id=pl031,driver=nope"])
def test_clash_device_that_names_no_type_is_qemus_matter(outboard, announced,
                                                         value):
    done = outboard("qemu-system-arm", *announced, "-M", "none", "-device",
                    value, *QUIET)
    assert done.status == 1
    assert "outboard" not in done.err.replace(str(outboard.command), "")


LOADER = ("-device", "loader,addr=0x100,data=1,data-len=4")


def test_clash_device_that_qemu_can_create_works_as_before(
        outboard, announced, bus_machine):
    made, bus = bus_machine(outboard.command, "qemu-system-arm", *announced,
                            "-M", "versatilepb", *LOADER, "-device",
                            "loader,addr=0x104,data=2,data-len=4", *QUIET)
    assert (bus.read(0x100), bus.read(0x104)) == (1, 2)
    assert warned(made) == [TAKES.format("loader").strip()]


def test_clash_device_of_qemu_is_silent_if_the_module_is_installed(
        outboard, installed, bus_machine):
    made, bus = bus_machine(outboard.command, "qemu-system-arm", "-M",
                            "versatilepb", *LOADER, "-global",
                            "loader.force-raw=off", *QUIET,
                            env=installed)
    assert bus.read(0x100) == 1
    assert warned(made) == []


@pytest.mark.parametrize("option", ["-M", "-machine"])
@pytest.mark.parametrize("value", ["clashes", "type=clashes", "clashes,dtb=x"])
def test_clash_device_on_an_installed_board_says_so(outboard, installed,
                                                    option, value):
    done = outboard("qemu-system-arm", option, value, "-device",
                    "loader,help", env=installed)
    assert done.err == TAKES.format("loader")
    assert "data-len=" in done.out and done.status == 0


def test_clash_device_that_only_the_module_has_for_it_says_so(outboard,
                                                              installed):
    done = outboard("qemu-system-arm", "-M", "versatilepb", "-device",
                    "pl031", *QUIET, env=installed)
    assert done.err.startswith(TAKES.format("pl031"))


def test_clash_device_help_lists_both(outboard, announced):
    done = outboard("qemu-system-arm", *announced, "-device", "help")
    assert (done.status, done.err) == (0, "")
    names = re.findall(r'name "([^"]+)"', done.out)
    for name in ("loader", "clash.loader", "clash.pl031", "clash-only"):
        assert names.count(name) == 1
    assert "clash.clash-only" not in names
    assert 'name "clash.pl031", bus System, desc "a module\'s type"' \
        in done.out


def test_clash_device_help_of_the_full_name_is_the_modules(outboard,
                                                           announced):
    done = outboard("qemu-system-arm", *announced, "-device",
                    "clash.loader,help")
    assert (done.status, done.err) == (0, "")
    assert "depth=" in done.out and "data-len=" not in done.out


def test_clash_types_are_in_qmp(outboard, announced, machine):
    made = machine(outboard.command, "qemu-system-arm", *announced, "-M",
                   "none", *QUIET)
    names = {entry["name"] for entry in
             made.qmp("qom-list-types", implements="outboard-device")}
    assert {"clash.pl031", "clash.or-irq", "clash.loader",
            "clash.virtio-gpu-pci", "clash-only"} <= names
    assert not {"pl031", "loader", "clash.clash-only"} & names
    props = made.qmp("device-list-properties", typename="clash.loader")
    assert "depth" in {prop["name"] for prop in props}


@pytest.mark.parametrize("value", [
    "loader.force-raw=off", "driver=loader,property=force-raw,value=off"])
def test_clash_global_of_the_plain_name_is_qemus_and_says_so(
        outboard, announced, clash, bus_machine, value):
    made, bus = bus_machine(
        outboard.command, "qemu-system-arm", *announced, "-add_machines",
        clash / "board.json", "-M", "clashes", *QUIET, "-global", value)
    assert bus.read(A + DEPTH) == 16
    assert warned(made) == [SETS.format("loader").strip()]


def test_clash_global_of_the_full_name_is_the_modules(board):
    made, bus = board("-global",
                      "driver=clash.pl031,property=depth,value=9")
    assert [bus.read(part + DEPTH) for part in (A, B, ONLY)] == [9, 3, 16]
    assert bus.read(OWN + PERIPH_ID) == PL031
    assert warned(made) == []


def test_clash_option_group_sets_the_modules_types(board):
    made, bus = board("-clash", "depth=9")
    assert [bus.read(part + DEPTH) for part in (A, B, ONLY)] == [9, 3, 9]
    assert warned(made) == []


# --- types in QEMU's own modules ---------------------------------------------

def test_clash_with_a_module_of_qemu_does_not_abort(outboard, announced):
    """QEMU registers such a type when it loads its module."""
    for name, theirs in (("virtio-gpu-pci", True),
                         ("clash.virtio-gpu-pci", False)):
        done = outboard("qemu-system-aarch64", *announced, "-device",
                        f"{name},help")
        assert done.status == 0
        assert ("depth=" in done.out, "max_outputs=" in done.out) == \
            (not theirs, theirs)
        assert done.err == (TAKES.format(name) if theirs else "")


# --- names that meet ---------------------------------------------------------

@pytest.mark.parametrize("modules", [
    {"a": ["pl031"], "b": ["a.pl031"]}, {"b": ["a.pl031"], "a": ["pl031"]}])
def test_clash_full_name_that_is_a_plain_one_gets_a_number(qemu, tmp_path,
                                                           modules):
    """QEMU aborts if a type is registered twice."""
    path = tmp_path / "two.json"
    path.write_text(json.dumps({
        name: {"name": name, "license": "MIT", "objs": objs}
        for name, objs in modules.items()}))
    done = qemu.session("--modinfo", path, "--", "qemu-system-arm", "-device",
                        "help")
    assert (done.status, done.err) == (0, "")
    assert set(re.findall(r'name "(a\.[^"]+)"', done.out)) == {
        "a.pl031", "a.pl031-2"}


def test_clash_module_name_that_qemu_refuses_is_changed(qemu, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({
        "0c++": {"name": "c", "license": "MIT", "objs": ["pl031"]}}))
    done = qemu.session("--modinfo", path, "--", "qemu-system-arm", "-device",
                        "help")
    assert (done.status, done.err) == (0, "")
    assert 'name "m0c__.pl031"' in done.out


def test_clash_name_of_one_character_gets_the_full_name(qemu, tmp_path):
    """From 9.0 on, QEMU aborts on such a type."""
    path = tmp_path / "short.json"
    path.write_text(json.dumps({
        "a": {"name": "a", "license": "MIT", "objs": ["x"]}}))
    done = qemu.session("--modinfo", path, "--", "qemu-system-arm", "-device",
                        "help")
    assert (done.status, done.err) == (0, "")
    assert 'name "a.x"' in done.out


# --- outboard list -----------------------------------------------------------

def test_clash_list_shows_the_modules_types_and_parts(outboard, clash):
    files = (clash / "clash.json", clash / "board.json")
    fields = json.loads(outboard("list", "--json", *files).out)
    assert {"name": "pl031", "full-name": "clash.pl031", "module": "clash",
            "desc": "a module's type", "bus": "system", "category": "",
            "needs": []} in fields["types"]
    mine = next(made for made in fields["boards"] if made["name"] == "clashes")
    assert {part["name"]: part["type"] for part in mine["parts"]} == {
        "a": "pl031", "b": "clash.pl031", "only": "clash-only",
        "full": "clash.clash-only"}
    assert re.search(r"^  pl031 +in clash: a module's type$",
                     outboard("list", *files).out, re.M)


def test_clash_list_help_says_what_device_takes(outboard):
    text = outboard("list", "--help").out
    assert "-device MODULE.TYPE takes the module's" in text
