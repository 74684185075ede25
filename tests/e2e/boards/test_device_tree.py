# SPDX-License-Identifier: MIT
"""What the bridge puts into a device tree, seen in the guest's memory."""
import json
import subprocess

import pytest

from support.paths import CACHE, ROOT

PI = ROOT / "boards/raspberrypi/raspi4b.json"
AT, ROOM = 0x08000000, 0x20000
ROOT_CELLS = "#address-cells = <2>; #size-cells = <2>;"


@pytest.fixture
def tree(outboard, machine, tmp_path):
    """tree(dts, set, arguments...): the tree in memory, as dtc prints it.

    The board is a Pi 4 whose dtb.set is `set`. If QEMU makes no
    tree, the result is QEMU's output.
    """
    def make(dts, changes=None, *arguments, failing=False):
        board = json.loads(PI.read_text())
        board["board"] = "pi"
        board["boot"]["dtb"]["set"] = changes or {}
        for name, text in (("pi.json", json.dumps(board)),
                           ("kernel", "kernel")):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o644)
        compiled = subprocess.run(
            ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "in.dtb",
             "-"], input=f"/dts-v1/; / {{ {dts} }};", text=True, check=False)
        assert compiled.returncode == 0
        argv = [outboard.command, "qemu-system-aarch64", "-add_machines",
                tmp_path / "pi.json", "-M", "pi", "-display", "none",
                "-serial", "null", "-kernel", tmp_path / "kernel", "-dtb",
                tmp_path / "in.dtb", *arguments]
        if failing:
            return outboard(*argv[1:])
        made = machine(*argv, "-monitor", "none", "-S")
        made.qmp("pmemsave", val=AT, size=ROOM,
                 filename=str(tmp_path / "out.dtb"))
        return subprocess.run(
            ["dtc", "-q", "-I", "dtb", "-O", "dts", tmp_path / "out.dtb"],
            stdout=subprocess.PIPE, text=True, check=True).stdout
    return make


def node(text, name):
    """The properties of the node whose name comes first, sorted."""
    assert f"{name} {{" in text, text
    lines = text.split(f"{name} {{", 1)[1].split("}", 1)[0].splitlines()
    return " ".join(sorted(line.strip() for line in lines)).strip()


BANK = ('device_type = "memory"; reg = <0x00 0x00 0x00 0x3c000000>;')


def test_memory_node_that_is_missing_is_made_whole(tree):
    assert node(tree(ROOT_CELLS, None, "-m", "1G"), "memory@0") == BANK


def test_memory_node_without_type_gets_it(tree):
    text = tree(ROOT_CELLS + "memory@0 { reg = <0 0 0 0>; };", None,
                "-m", "1G")
    words = node(text, "memory@0")
    assert 'device_type = "memory";' in words and "0x3c000000" in words


@pytest.mark.parametrize("name", ["memory", "memory@80000000", "ram"])
def test_memory_node_of_another_name_is_the_only_one(tree, name):
    text = tree(ROOT_CELLS + f'{name} {{ device_type = "memory"; '
                "reg = <0 0x80000000 0 0x10000000>; };", None, "-m", "1G")
    assert node(text, name) == BANK
    assert text.count("device_type") == 1


def test_second_memory_node_is_deleted(tree):
    text = tree(ROOT_CELLS + 'memory@0 { device_type = "memory"; '
                "reg = <0 0 0 0x1000>; }; "
                'memory@100000000 { device_type = "memory"; '
                "reg = <1 0 1 0>; };", None, "-m", "1G")
    assert node(text, "memory@0") == BANK
    assert "memory@100000000" not in text


def test_root_without_cells_gets_those_that_memory_uses(tree):
    text = tree("compatible = \"x\";", None, "-m", "1G")
    assert "#address-cells = <0x02>" in text
    assert "#size-cells = <0x01>" in text
    assert node(text, "memory@0") == \
        'device_type = "memory"; reg = <0x00 0x00 0x3c000000>;'


def test_root_with_one_cell_of_each_is_kept(tree):
    text = tree("#address-cells = <1>; #size-cells = <1>;", None, "-m", "2G")
    assert node(text, "memory@0") == ('device_type = "memory"; reg = '
                                      "<0x00 0x3c000000 0x40000000 "
                                      "0x40000000>;")


def test_memory_past_one_cell_is_refused(tree):
    done = tree("#address-cells = <1>; #size-cells = <1>;", None, "-m", "8G",
                failing=True)
    assert done.status == 1
    assert ("the root's #address-cells is 1, and memory ends at 0x200000000; "
            "use 2, or less memory") in done.err


def test_chosen_is_made_for_the_command_line(tree):
    text = tree(ROOT_CELLS, None, "-append", "console=x")
    assert node(text, "chosen") == 'bootargs = "console=x";'


def test_node_is_made_where_its_parent_is(tree):
    text = tree(ROOT_CELLS + "soc { };", {
        "/soc/x@1": {"reg": 1}, "/soc/x@1/y": {"z": True},
        "/new": {"a": "b"}, "/new/c": {"d": 2}})
    soc = text.split("soc {", 1)[1]
    assert node(soc, "x@1") == "reg = <0x01>; y { z;"
    assert node(text, "new") == 'a = "b"; c { d = <0x02>;'


def test_node_is_found_without_its_unit_address(tree):
    text = tree(ROOT_CELLS + "soc@0 { uart@100 { }; };",
                {"/soc/uart": {"status": "okay"}, "/soc/new": {"a": 1}})
    assert node(text, "uart@100") == 'status = "okay";'
    assert "soc {" not in text and "new {" in text


def test_node_whose_parent_is_missing_is_refused(tree):
    done = tree(ROOT_CELLS + "soc { };", {"/soc/a/b/c": {"x": 1}},
                failing=True)
    assert done.status == 1
    assert ('cannot add node "/soc/a/b/c": its parent "/soc/a" does not '
            "exist; use this board's device tree, or set a property of the "
            "parent first") in done.err


def test_node_without_a_name_is_refused(tree):
    done = tree(ROOT_CELLS, {"/soc/": {"x": 1}}, failing=True)
    assert done.status == 1
    assert 'node "/soc/" has no name; leave out the last "/"' in done.err


def test_tree_that_the_board_fills_up_is_refused(tree):
    done = tree(ROOT_CELLS, {"/": {"x": "y" * 70000}}, failing=True)
    assert done.status == 1
    assert ('cannot set x of node "/" (the board adds more than 64 KiB to the '
            "tree)") in done.err


@pytest.mark.slow
def test_kernel_boots_with_a_tree_that_has_no_memory_node(outboard, machine,
                                                          tmp_path):
    files = CACHE / "rpi4"
    assert (files / "Image").exists(), "run scripts/rpi4-assets.sh"
    whole = (files / "bcm2711-rpi-4-b.dtb").read_bytes()
    (tmp_path / "less.dtb").write_bytes(whole)
    subprocess.run(["fdtput", "-r", tmp_path / "less.dtb", "/memory@0"],
                   check=True)
    made = machine(
        outboard.command, "qemu-system-aarch64", "-M", "raspi4b", "-m", "2G",
        "-display", "none", "-monitor", "none", "-serial",
        f"file:{tmp_path / 'out'}", "-kernel", files / "Image", "-initrd",
        files / "initramfs.cpio.gz", "-dtb", tmp_path / "less.dtb", "-append",
        "console=ttyS1,115200 panic=-1 outboard.run=tale", "-no-reboot")
    made.process.wait(timeout=220)
    text = (tmp_path / "out").read_text(errors="replace")
    assert "Kernel panic" not in text and "processor" in text
