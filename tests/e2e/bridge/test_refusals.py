# SPDX-License-Identifier: MIT
"""A QEMU in which one thing is not as anywhere else: refused, by its name.

tests/stubqemu is a QEMU in which the self-check finds all. Every row of
layout.def is made wrong in it, one at a time, in each way that can be.
"""

import re

import pytest

from support.paths import BUILD, ROOT

STUB = BUILD / "tests" / "stubqemu" / "stub-qemu"
MIXED = STUB.with_name("stub-qemu-mixed")
UNTABLED = STUB.with_name("stub-qemu-untabled")
NEITHER = STUB.with_name("stub-qemu-mixed-untabled")
BOARD = ("--board", "acme-devkit:Acme DevKit")
ONE = "one candidate"
SIZE = "a size of that type"

# field of layout.def -> {way: (what is seen, what was expected)}
EITHER = {"none": (0, ONE), "two": (2, ONE)}
WRONG = {
    "type_class_size": EITHER, "type_instance_size": EITHER,
    "device_class": {"bad": (24, SIZE)}, "device": {"bad": (24, SIZE)},
    "sysbus_class": {"bad": (24, SIZE)},
    "sysbus": {"bad": (24, SIZE), "big": (4096, "at most 2048")},
    "machine_class": {"bad": (24, SIZE)}, "machine": {"bad": (24, SIZE)},
    "region": {"bad": (24, SIZE)},
    "region_ops": {"elf": (96, "80")},
    "dc_realize": EITHER, "dc_unrealize": EITHER,
    "dc_user_creatable": {"none": (0, ONE)},
    "dc_categories": {},    # refuses no QEMU: see UNCATEGORIZED
    "dc_desc": {"two": (2, ONE)},
    "dc_bus_type": {**EITHER, "bad": (0, ONE)},
    "mc_name": EITHER,
    "mc_alias": {"none": (24, "16 bytes from name to desc"),
                 "bad": (0xbad1d, "a text")},
    "mc_desc": EITHER, "mc_init": EITHER, "mc_max_cpus": EITHER,
    "mc_flags": {"bad": (0xd, "the low four bits")},
    "mc_ram_size": EITHER, "mc_ram_id": EITHER, "mc_dynamic": EITHER,
    "clock_period": EITHER,
    "vmsd": {"elf": (264, "64 to 256")},
    "vmsd_fields": EITHER, "vmsd_subsections": EITHER,
    "field": EITHER, "field_offset": EITHER, "field_size": EITHER,
    "field_info": EITHER, "field_flags": EITHER,
    "field_end": {"none": (0, "a flag or no name"),
                  "bad": (0x30000, "one bit")},
    "info": {"elf": (32, "24 or 40"), "bad": (24, "two functions at its end")},
}
WRONG["dc_user_creatable"]["two"] = (2, ONE)


def rows():
    """field -> the name that people read, of every row of layout.def."""
    text = (ROOT / "src" / "bridge" / "qemu" / "layout.def").read_text()
    return dict(re.findall(r'^L\((\w+),\s*"([^"]+)"', text, re.M))


def refused(done, item, seen, want):
    """One line that says so, status 1, and nothing was registered."""
    assert done.status == 1
    assert done.out == ""
    assert re.fullmatch(
        re.escape(f"outboard: self-check: {item}: {seen} where {want} was "
                  "expected, in QEMU 99.0.0 (stub), build-id ") +
        r"[0-9a-f]{40}; this QEMU differs from all that the bridge knows, "
        r"nothing was changed; run it without outboard, or update outboard\n",
        done.err), done.err


def test_refusals_have_every_row_of_the_table():
    assert list(WRONG) == list(rows())


def test_refusals_stub_as_it_is_goes_on_and_registers(qemu):
    """Only so does nothing registered mean that it was refused."""
    done = qemu.session(*BOARD, "--", STUB)
    assert done == (0, "registered acme-devkit-machine\nwent on\n", "")


def test_refusals_bridge_data_begins_behind_what_parents_use(qemu, tmp_path):
    """A parent may use more bytes than it declares; the stub declares 824."""
    (tmp_path / "a.json").write_text(
        '{ "a": { "name": "a", "objs": ["acme-thing"], '
        '"license": "MIT" } }')
    done = qemu.session("--modinfo", tmp_path / "a.json", "--", STUB,
                        env={"STUB": "sizes"})
    assert done.status == 0, done.err
    taken = dict(re.findall(r"^(\S+) takes (\d+) bytes$", done.out, re.M))
    assert taken["outboard-device"] == str(2048 + 8)


@pytest.mark.parametrize("program", [MIXED, UNTABLED])
def test_refusals_linked_in_another_way_goes_on_and_registers(qemu, program):
    """As linkers for arm64 do it, and without a table of functions."""
    done = qemu.session(*BOARD, "--", program)
    assert done == (0, "registered acme-devkit-machine\nwent on\n", "")


@pytest.mark.parametrize("program", [STUB, MIXED, UNTABLED])
def test_refusals_descriptions_are_found_in_each_way_of_linking(qemu,
                                                                program):
    _, report = qemu.doctor(program)
    values = {row["name"]: row["value"] for row in report["layout"]}
    assert values["DeviceClass.categories"] == 104
    assert values["DeviceClass.desc"] == 112
    assert values["MachineClass.init"] == 152


UNCATEGORIZED = ["none", "two", "bad", "type"]


@pytest.mark.parametrize("way", UNCATEGORIZED)
def test_refusals_categories_that_are_not_found_refuse_nothing(qemu, way):
    """Only lists show them, so the bridge goes on without."""
    mode = {"STUB": f"dc_categories:{way}"}
    done = qemu.session(*BOARD, "--", STUB, env=mode)
    assert done == (0, "registered acme-devkit-machine\nwent on\n", "")
    _, report = qemu.doctor(STUB, env=mode)
    values = {row["name"]: row["value"] for row in report["layout"]}
    assert values["DeviceClass.categories"] == 0
    assert values["DeviceClass.desc"] == 112


def test_refusals_code_like_constants_are_refused(qemu):
    """init, and the texts name, desc and default_ram_id, look like code."""
    done = qemu.session(*BOARD, "--", NEITHER)
    refused(done, "MachineClass.init", 4, ONE)


@pytest.mark.parametrize("field, way", [
    (field, way) for field, ways in WRONG.items() for way in ways])
def test_refusals_name_the_row(qemu, field, way):
    program, mode = STUB, f"{field}:{way}"
    if way == "elf":
        program, mode = STUB.with_name(f"{STUB.name}-{field}"), ""
    done = qemu.session(*BOARD, "--", program, env={"STUB": mode})
    refused(done, rows()[field], *WRONG[field][way])


@pytest.mark.parametrize("field, way", [
    (field, way) for field in ("dc_desc", "mc_init", "mc_alias", "info")
    for way in WRONG[field] if way != "elf"])
def test_refusals_name_the_row_in_mixed_segments(qemu, field, way):
    done = qemu.session(*BOARD, "--", MIXED, env={"STUB": f"{field}:{way}"})
    refused(done, rows()[field], *WRONG[field][way])


@pytest.mark.parametrize("mode, item, seen, want", [
    ("unlocked", "machine lock at the hook", 0, "a held lock"),
    ("machine", "machines at the hook", 1, "none"),
    ("memory-region", "memory-region", 0, "a type"),
])
def test_refusals_of_the_moment_and_of_types(qemu, mode, item, seen, want):
    done = qemu.session(*BOARD, "--", STUB, env={"STUB": mode})
    refused(done, item, seen, want)


@pytest.mark.parametrize("field", ["mc_init", "clock_period", "field_end"])
def test_refusals_reach_the_doctor(qemu, field):
    """Rows before the wrong one have values, those behind it have none."""
    way = next(way for way in WRONG[field] if way != "elf")
    env = {"STUB": f"{field}:{way}"}
    done, report = qemu.doctor(STUB, env=env)
    assert (done.status, done.out, done.err) == (1, "", "")
    assert not report["ok"] and not report["live"]
    assert f"self-check: {rows()[field]}: " in report["error"]
    values = {row["name"]: row["value"] for row in report["layout"]}
    assert values["sizeof(DeviceClass)"] == 184
    assert values["sizeof(VMStateInfo)"] is None
