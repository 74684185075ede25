# SPDX-License-Identifier: MIT
"""Boards and device types as QEMU lists, describes and names them."""

import json
import re

import pytest

from support.processes import run
from support.qemus import boards_listed

NONE = ("-M", "none", "-display", "none", "-S")


def modinfo(tmp_path, modules):
    for module in modules.values():     # else it may have to run apart
        module.setdefault("license", "MIT")
    path = tmp_path / "announced.json"
    path.write_text(json.dumps(modules))
    return ("--modinfo", path)


@pytest.fixture
def acme(tmp_path):
    """A module that is announced and does not exist: nothing may open it."""
    return modinfo(tmp_path, {"acme": {
        "name": "acme", "objs": ["acme-uart", "acme-timer"],
        "descs": {"acme-uart": "Acme serial port"}}})


@pytest.fixture
def many(tmp_path):
    """1,000 modules with 10,000 types."""
    return modinfo(tmp_path, {f"mod{m}": {
        "name": f"mod{m}", "objs": [f"mod{m}-dev{n}" for n in range(10)]}
        for m in range(1000)})


def test_types_board_wins_name_and_qemus_steps_aside(qemu):
    plain = boards_listed(qemu.session("--", "qemu-system-aarch64", "-M",
                                       "help"))
    done = boards_listed(qemu.session("--board", "raspi3b:Mine", "--",
                                      "qemu-system-aarch64", "-M", "help"))
    assert done["raspi3b"] == "Mine"
    assert done["raspi3b-qemu"] == plain["raspi3b"]


def test_types_board_wins_alias_of_qemu(qemu):
    plain = qemu.session("--", "qemu-system-aarch64", "-M", "help")
    assert "(alias of virt-" in boards_listed(plain)["virt"]
    done = qemu.session("--board", "virt:Mine", "--", "qemu-system-aarch64",
                        "-M", "help")
    assert boards_listed(done)["virt"] == "Mine"


def test_types_qemus_board_runs_under_its_other_name(qemu):
    done = qemu.session("--board", "raspi3b:Mine", "--",
                        "qemu-system-aarch64", "-M", "raspi3b-qemu",
                        "-display", "none", "-S", "-monitor", "stdio",
                        stdin="info qtree\nquit\n")
    assert (done.status, done.err) == (0, "")
    assert "dev: bcm2835-" in done.out


def test_types_board_aliases_are_listed(qemu):
    done = boards_listed(qemu.session("--board", "acme-devkit:Acme:acme:devkit",
                                      "--", "qemu-system-arm", "-M", "help"))
    assert done["acme-devkit"] == "Acme"
    assert done["acme"] == "Acme (alias of acme-devkit)"
    assert done["devkit"] == "Acme (alias of acme-devkit)"


NONE_TAKEN = ("board \"none\": the name is QEMU's own (tools probe it); rename "
              "the board\n")


@pytest.mark.parametrize("board", [
    "none:Mine", "acme-x:Mine:none", "acme-x:Mine:b:none"])
def test_types_installed_board_named_none_is_ignored(qemu, board):
    """An installed board does not stop a run that does not need it."""
    done = qemu.session("--board", board, "--board", "acme-devkit:Acme", "--",
                        "qemu-system-arm", "-M", "help")
    boards = boards_listed(done)
    assert boards["none"] == "empty machine" and "acme-x" not in boards
    assert boards["acme-devkit"] == "Acme"
    assert done.err == f"outboard: warning: {NONE_TAKEN}"


@pytest.mark.parametrize("content", [
    '{ "outboard": 1, "board": "none" }',
    '{ "outboard": 1, "board": "a", "aliases": [ "none" ] }'])
def test_types_announced_board_named_none_is_refused(outboard, tmp_path,
                                                     content):
    tmp_path.chmod(0o755)
    path = tmp_path / "a.json"
    path.write_text(content)
    path.chmod(0o644)
    done = outboard("qemu-system-arm", "-M", "help", "-add_machines", path)
    assert done == (1, "", f"outboard: {NONE_TAKEN}")


@pytest.mark.parametrize("boards", [
    ("virt-outboard:A", "virt:B"),
    ("virt-outboard2:A", "virt-outboard:B", "virt:C"),
    ("a:A:x:y", "y:B", "c:C:z:y", "d:D:zz:y"),
])
def test_types_names_that_meet_do_not_abort(qemu, boards):
    """QEMU aborts if a type is registered twice."""
    arguments = [word for board in boards for word in ("--board", board)]
    done = qemu.session(*arguments, "--", "qemu-system-aarch64", "-M", "help")
    for board in boards:
        name, title = board.split(":")[:2]
        assert boards_listed(done)[name].split(" (")[0] == title
    assert done.err == ""


def test_types_board_is_in_query_machines(qemu, machine):
    made = machine(*qemu.session_argv("--board", "acme-devkit:Acme", "--",
                                      "qemu-system-arm"), *NONE)
    entries = {entry["name"]: entry for entry in made.qmp("query-machines")}
    assert entries["acme-devkit"]["cpu-max"] == 4
    assert entries["acme-devkit"]["default-ram-id"] == "outboard.ram"


def test_types_every_machine_reads_as_the_layout_says(qemu, machine):
    """max_cpus was not taken from query-machines: it must agree with it."""
    made = machine(*qemu.session_argv("--board", "acme-devkit:Acme", "--",
                                      "qemu-system-aarch64"), *NONE)
    entries = {entry["name"]: entry for entry in made.qmp("query-machines")}
    assert entries["none"]["cpu-max"] == 1
    assert entries["raspi3b"]["cpu-max"] == 4
    assert entries["acme-devkit"]["cpu-max"] == 4


def test_types_installed_board_wins(outboard):
    done = outboard("qemu-system-aarch64", "-M", "help")
    assert "BCM2711" in boards_listed(done)["raspi4b"]
    assert outboard.command.exists()


def test_types_machine_help_lists_options(qemu):
    done = qemu.session("--board", "acme-devkit:Acme", "--",
                        "qemu-system-arm", "-M", "acme-devkit,help")
    assert done.status == 0
    assert "kernel=" in done.out


def test_types_too_many_cpus_is_qemus_own_refusal(qemu):
    done = qemu.session("--board", "acme-devkit:Acme", "--",
                        "qemu-system-arm", "-M", "acme-devkit", "-smp", "5")
    assert done.status == 1
    assert "max CPUs supported by machine 'acme-devkit' is 4" in done.err


def test_types_cpu_without_effect_is_reported(qemu):
    done = qemu.session("--board", "acme-devkit:Acme", "--",
                        "qemu-system-arm", "-M", "acme-devkit", "-display",
                        "none", "-cpu", "cortex-m3")
    assert done.status == 1     # this board has no file
    assert done.err.startswith(
        "outboard: warning: -cpu: board acme-devkit has its own CPUs "
        "(\"cortex-m3\" has no effect); leave -cpu out\n")


@pytest.mark.parametrize("mebibytes", [16, 2048])
def test_types_ram_out_of_range_is_refused(qemu, mebibytes):
    done = qemu.session("--board", "acme-devkit:Acme", "--",
                        "qemu-system-arm", "-M", "acme-devkit",
                        "-m", mebibytes, "-display", "none")
    assert done == (1, "", "outboard: -m: board acme-devkit takes 32 to 1024 "
                    f"MiB ({mebibytes} MiB asked for); use one of these\n")


def test_types_device_help_lists_announced_types(qemu, acme):
    done = qemu.session(*acme, "--", "qemu-system-arm", "-device", "help")
    assert 'name "acme-uart", bus System, desc "Acme serial port"' in done.out
    assert 'name "acme-timer", bus System\n' in done.out


# QEMU's own titles, which 7.2 to 11.1 share.
TITLES = {
    "bridge": "Controller/Bridge/Hub", "usb": "USB", "storage": "Storage",
    "network": "Network", "input": "Input", "display": "Display",
    "sound": "Sound", "misc": "Misc", "cpu": "CPU", "watchdog": "Watchdog",
}


def titles_of(listing):
    """name of a type -> the titles under which -device help lists it."""
    found = {}
    for block in listing.split("\n\n"):
        title, *lines = block.strip().splitlines()
        for line in lines:
            name = re.match(r'name "([^"]+)"', line)[1]
            found.setdefault(name, []).append(title)
    return found


def test_types_device_help_lists_types_in_their_category(qemu, tmp_path):
    types = {f"acme-{name}": {"category": name} for name in TITLES}
    info = modinfo(tmp_path, {"acme": {
        "name": "acme", "types": {**types, "acme-plain": {}}}})
    done = qemu.session(*info, "--", "qemu-system-arm", "-device", "help")
    assert (done.status, done.err) == (0, "")
    found = titles_of(done.out)
    assert found["acme-plain"] == ["Uncategorized devices:"]
    assert {name: found[name] for name in types} == {
        f"acme-{name}": [f"{title} devices:"]
        for name, title in TITLES.items()}


def test_types_our_models_are_listed_in_their_category(place):
    done = run(place.argv("qemu-system-arm", "-device", "help"))
    assert (done.status, done.err) == (0, "")
    found = titles_of(done.out)
    assert found["arm-pl011"] == ["Input devices:"]
    assert found["rp2040-watchdog"] == ["Watchdog devices:"]
    assert found["bcm2711-otg-shim"] == ["USB devices:"]
    ours = [name for name in found if name.startswith(("bcm2711", "rp2040"))]
    assert len(ours) >= 24
    assert not [name for name in ours
                if found[name] == ["Uncategorized devices:"]]


@pytest.mark.parametrize("arch", ["avr", "m68k", "riscv64", "x86_64"])
def test_types_every_target_shows_where_categories_are(qemu, tmp_path, arch):
    info = modinfo(tmp_path, {"acme": {
        "name": "acme", "types": {"acme-disk": {"category": "storage"}}}})
    done = qemu.session(*info, "--", f"qemu-system-{arch}", "-device", "help")
    assert titles_of(done.out)["acme-disk"] == ["Storage devices:"]


@pytest.fixture
def newer(tmp_path):
    """What this bridge cannot make: two types for a newer Outboard."""
    return modinfo(tmp_path, {"acme": {"name": "acme", "types": {
        "acme-can": {"bus": "can"},
        "acme-next": {"needs": ["ob.next/7"]}, "acme-uart": {}}}})


UNSUPPORTED = [
    ("acme-can", 'this Outboard cannot put a part on the can bus (type '
     '"acme-can", module "acme"); update Outboard, or use another type'),
    ("acme-next", 'this Outboard lacks an extension that a type needs '
     '("ob.next/7", type "acme-next", module "acme"); update Outboard, or '
     'use another type'),
]


@pytest.mark.parametrize("name, text", UNSUPPORTED)
@pytest.mark.parametrize("more", ["", ",help", ",id=a0"])
def test_types_unsupported_is_refused_by_name(qemu, tmp_path, newer, name,
                                              text, more):
    """The module does not exist: the refusal comes before it is opened."""
    done = qemu.session(*newer, "--", "qemu-system-arm", "-M", "none",
                        "-display", "none", "-device", name + more)
    assert done == (1, "", f"outboard: {tmp_path}/announced.json:1:2: "
                    f"{text}\n")


@pytest.mark.parametrize("name, text", UNSUPPORTED)
def test_types_unsupported_is_named_in_the_monitor(qemu, newer, name, text):
    """A running machine goes on."""
    done = qemu.session(*newer, "--", "qemu-system-arm", *NONE, "-monitor",
                        "stdio", stdin=f"device_add {name},help\nquit\n")
    assert done.status == 0
    assert re.fullmatch(r"outboard: warning: \S+:1:2: " + re.escape(text) +
                        r"\n", done.err)


def test_types_unsupported_is_not_in_device_help(qemu, newer):
    done = qemu.session(*newer, "--", "qemu-system-arm", "-device", "help")
    assert (done.status, done.err) == (0, "")
    found = titles_of(done.out)
    assert "acme-uart" in found
    assert not {"acme-can", "acme-next"} & set(found)


@pytest.fixture
def eeprom(tmp_path):
    """A part for I2C, which not every QEMU has."""
    return modinfo(tmp_path, {"acme": {"name": "acme", "types": {
        "acme-eeprom": {"bus": "i2c"}, "acme-uart": {}}}})


@pytest.mark.parametrize("more", ["", ",help"])
def test_types_of_a_bus_that_this_qemu_lacks_is_refused(qemu, tmp_path, eeprom,
                                                        more):
    done = qemu.session(*eeprom, "--", "qemu-system-avr", "-M", "none",
                        "-display", "none", "-device", "acme-eeprom" + more)
    assert done == (1, "", f"outboard: {tmp_path}/announced.json:1:2: this "
                    'QEMU has no i2c bus that Outboard can use (type '
                    '"acme-eeprom", module "acme"); use another QEMU, or '
                    'another type\n')


@pytest.mark.parametrize("arch, has", [("arm", True), ("avr", False)])
def test_types_are_listed_where_their_bus_is(qemu, eeprom, arch, has):
    done = qemu.session(*eeprom, "--", f"qemu-system-{arch}", "-device", "help")
    assert (done.status, done.err) == (0, "")
    found = titles_of(done.out)
    assert "acme-uart" in found
    assert ("acme-eeprom" in found) == has


def test_types_qom_list_types_sees_all_of_ten_thousand(qemu, machine, many):
    made = machine(*qemu.session_argv(*many, "--", "qemu-system-arm"), *NONE)
    names = {entry["name"] for entry in
             made.qmp("qom-list-types", implements="sys-bus-device")}
    assert {f"mod{m}-dev{n}" for m in range(1000)
            for n in range(10)} <= names


def test_types_are_there_before_the_machine_in_preconfig(qemu, machine, acme):
    made = machine(*qemu.session_argv(*acme, "--", "qemu-system-arm"),
                   "-M", "none", "-display", "none", "-preconfig")
    names = {entry["name"] for entry in
             made.qmp("qom-list-types", implements="outboard-device")}
    assert names == {"acme-uart", "acme-timer"}


def named_by_option_reaches_module(qemu, acme, *option, stdin=None):
    done = qemu.session(*acme, "--", "qemu-system-arm", "-M", "none",
                        "-display", "none", *option, stdin=stdin)
    assert done.status == 1
    assert "acme" in done.err
    assert "not a valid device model name" not in done.err


@pytest.mark.parametrize("value", [
    "acme-uart,id=u0", "driver=acme-uart,id=u0",
    '{"driver": "acme-uart", "id": "u0"}',
    '{"driver": "acme\\u002duart", "id": "u0"}'])
def test_types_named_by_device_reach_their_module(qemu, acme, value):
    named_by_option_reaches_module(qemu, acme, "-device", value)


def test_types_named_in_a_file_reach_their_module(qemu, acme):
    named_by_option_reaches_module(
        qemu, acme, "-readconfig", "/dev/stdin",
        stdin='[device "u0"]\n  driver = "acme-uart"\n')


def test_types_unknown_device_is_qemus_own_refusal(qemu, acme):
    done = qemu.session(*acme, "--", "qemu-system-arm", "-M", "none",
                        "-display", "none", "-device", "acme-urat")
    assert done.status == 1
    assert "'acme-urat' is not a valid device model name" in done.err


def test_types_clash_with_qemus_own_has_its_full_name(qemu, tmp_path):
    both = modinfo(tmp_path, {"x": {"name": "x",
                                    "objs": ["pl011", "x-uart"]}})
    done = qemu.session(*both, "--", "qemu-system-arm", "-device", "help")
    assert (done.status, done.err) == (0, "")
    assert 'name "x.pl011"' in done.out and 'name "x-uart"' in done.out


def test_types_nothing_announced_changes_no_listing(qemu):
    bare = qemu.session("--", "qemu-system-arm", "-M", "help")
    with_types = qemu.session("--board", "acme-devkit:Acme", "--",
                              "qemu-system-arm", "-M", "help")
    assert sorted(with_types.out.splitlines()) == sorted(
        bare.out.splitlines() + ["acme-devkit          Acme"])
