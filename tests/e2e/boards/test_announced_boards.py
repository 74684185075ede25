# SPDX-License-Identifier: MIT
"""Boards in JSON that a modinfo file names."""

import json
import os
import shutil

import pytest

from support.module_maker import Maker
from support.paths import BUILD, ROOT

KIT = {"outboard": 1, "board": "kit", "title": "The kit", "arch": ["arm"],
       "memory": {"ram": {"at": "0", "size": "64 KiB"}},
       "parts": {"uart": {"type": "acme-uart", "at": "0x10000"}}}
FILE = {"boards": {"kit": {"file": "kit.json"}}}


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def built(outboard, tmp_path_factory):
    """acme.so and more.so, which what is announced has to have."""
    place = tmp_path_factory.mktemp("built")
    made = Maker(outboard.stage, place)
    return [made.module(name) for name in ("acme", "more")]


@pytest.fixture
def maker(outboard, folder, built):
    for path in built:
        shutil.copy(path, folder)
    return Maker(outboard.stage, folder)


def write(path, document, mode=0o644):
    path.parent.mkdir(mode=0o755, exist_ok=True)
    path.write_text(json.dumps(document))
    path.chmod(mode)
    return path


def listed(outboard, *arguments, **options):
    """Names and titles under -M help, and what was said of them."""
    done = outboard("qemu-system-arm", *arguments, "-M", "help", **options)
    assert done.status == 0, done.err
    lines = [line.split(None, 1) for line in done.out.splitlines()[1:]]
    return {name: title for name, title in lines}, done.err


def test_announced_board_is_there(outboard, folder, maker):
    write(folder / "kit.json", KIT)
    boards, said = listed(outboard, "-add_modinfo",
                          maker.modinfo("acme", **FILE))
    assert (boards["kit"], said) == ("The kit", "")


def test_announced_board_starts_and_opens_its_module(outboard, folder, maker,
                                                     machine):
    maker.module("acme")
    write(folder / "kit.json", KIT)
    vm = machine(outboard.command, "qemu-system-arm", "-add_modinfo",
                 maker.modinfo("acme", **FILE), "-M", "kit", "-S", "-display",
                 "none")
    assert "uart.r" in vm.hmp("info mtree")
    assert maker.mark("acme").exists()


def test_announced_board_is_found_from_anywhere(outboard, folder, maker):
    write(folder / "kit.json", KIT)
    maker.modinfo("acme", **FILE)
    for cwd, name in ((folder, "acme.json"), (folder, "./acme.json"),
                      ("/", str(folder / "acme.json")[1:])):
        boards, said = listed(outboard, "-add_modinfo", name, cwd=cwd)
        assert ("kit" in boards, said) == (True, "")


def test_announced_board_may_lie_deeper(outboard, folder, maker):
    write(folder / "boards" / "kit.json", KIT)
    info = maker.modinfo("acme", boards={"kit": {"file": "boards/kit.json"}})
    assert "kit" in listed(outboard, "-add_modinfo", info)[0]


def test_announced_board_named_too_is_accepted(outboard, folder, maker):
    kit = write(folder / "kit.json", KIT)
    info = maker.modinfo("acme", **FILE)
    for words in (("-add_modinfo", info, "-add_machines", kit),
                  ("-add_machines", kit, "-add_modinfo", info),
                  ("-add_modinfo", info, "-add_modinfo", info)):
        boards, said = listed(outboard, *words)
        assert ("kit" in boards, said) == (True, "")


def test_changed_board_that_is_named_wins_quietly(outboard, folder, maker):
    write(folder / "kit.json", KIT)
    changed = write(folder / "try.json", {**KIT, "title": "Changed"})
    boards, said = listed(
        outboard, "-add_modinfo", maker.modinfo("acme", **FILE),
        "-add_machines", changed)
    assert (boards["kit"], said) == ("Changed", "")


def test_board_announced_by_two_modules_is_a_warning(outboard, folder, maker):
    one = write(folder / "kit.json", KIT)
    two = write(folder / "other.json", {**KIT, "title": "Other"})
    boards, said = listed(
        outboard, "-add_modinfo", maker.modinfo("acme", **FILE),
        "-add_modinfo", maker.modinfo(
            "more", boards={"kit": {"file": "other.json"}}))
    assert boards["kit"] == "Other"
    assert said == (f'outboard: warning: {two}: a board is announced twice '
                    f'("kit", also in {one}); this one is used\n')


def test_board_of_the_section_comes_with_the_module(outboard, folder, maker):
    write(folder / "kit.json", KIT)
    path = maker.module("acme", BOARD="kit", BOARD_FILE="kit.json")
    assert "kit" in listed(outboard, "-add_machines", path)[0]
    info = write(folder / "acme.json",
                 json.loads(outboard("modinfo", path).out))
    assert json.loads(info.read_text())["acme"]["boards"] == FILE["boards"]
    boards, said = listed(outboard, "-add_modinfo", info, "-add_machines",
                          path)
    assert ("kit" in boards, said) == (True, "")


def test_installed_modinfo_brings_its_boards(outboard, folder, maker):
    """Beside it, below it, and where boards are not looked for."""
    modules = folder / "data/outboard/modules"
    modules.mkdir(parents=True)
    for path in (folder / "data", folder / "data/outboard", modules):
        path.chmod(0o755)
    write(modules / "kit.json", KIT)
    write(modules / "deeper/far.json", {**KIT, "board": "far"})
    write(modules / "acme.json", {"acme": {"name": "acme", "boards": {
        "kit": {"file": "kit.json"}, "far": {"file": "deeper/far.json"}}}})
    boards, said = listed(outboard, env={"XDG_DATA_HOME":
                                         str(folder / "data")})
    assert ({"kit", "far"} <= set(boards), said) == (True, "")


def test_list_and_check_know_announced_boards(outboard, folder, maker):
    maker.module("acme")
    kit = write(folder / "kit.json", KIT)
    info = maker.modinfo("acme", **FILE)
    board = next(one for one in json.loads(
        outboard("list", "--json", info).out)["boards"]
        if one["name"] == "kit")
    assert (board["origin"], board["path"]) == ("announced", str(kit))
    done = outboard("check", info)
    assert done.out.splitlines() == [
        f"{info}: good, module acme ({folder}/acme.so)",
        f"{info}: good, board kit ({kit})"]
    write(kit, {**KIT, "parts": {"uart": {"type": "acme-uart", "att": "0"}}})
    done = outboard("check", info)
    assert done.status == 1
    assert done.err.startswith(f"outboard: {kit}:1:")


def test_program_may_come_with_a_board(outboard, folder, maker):
    write(folder / "kit.json", KIT)
    write(folder / "acme.py", "", 0o755)
    boards, said = listed(outboard, "-add_modinfo", maker.modinfo(
        "acme", command=["./acme.py"], **FILE))
    assert ("kit" in boards, said) == (True, "")


# --- what is wrong with one: a line, exit status 1 ----------------------------

def wrong(folder, how):
    """Make the board wrong; the text behind the path of the board file."""
    kit = folder / "kit.json"
    if how == "missing":
        return ("cannot be opened (No such file or directory); check the "
                "name and your permission")
    if how == "modinfo":
        write(kit, {"other": {"name": "other"}})
        return 'is not a board file (no "outboard": 1 in it); name one'
    if how == "list":
        write(kit, [])
        return 'is not a board file (no "outboard": 1 in it); name one'
    if how == "name":
        write(kit, {**KIT, "board": "kat"})
        return 'is the board "kat"; call it the same in both'
    if how == "arch":
        write(kit, {**KIT, "arch": ["riscv64", "riscv32"]})
        return ('is for riscv64, riscv32, and the module for arm, aarch64; '
                'correct "arch"')
    if how == "writable":
        write(kit, KIT, 0o666)
        return f"others may write it (mode 0666); chmod go-w {kit}"
    if how == "directory":
        kit.mkdir()
        return "is a directory; name a file in it"
    kit.symlink_to(ROOT / "boards/outboard/rv64.json")
    return ("leads out of the directory of the file that names it "
            f"({folder}); put the board file there")


WAYS = ["missing", "modinfo", "list", "name", "arch", "writable", "directory",
        "link"]


@pytest.mark.parametrize("how", WAYS)
def test_wrong_board_that_is_announced_is_refused(outboard, folder, maker,
                                                  how):
    text = wrong(folder, how)
    info = maker.modinfo("acme", arch=["arm", "aarch64"], **FILE)
    line = f'{info}:1:2: board "kit": {folder}/kit.json: {text}\n'
    for words in (["qemu-system-arm", "-M", "help", "-add_modinfo", info],
                  ["list", info], ["check", info]):
        done = outboard(*words)
        assert (done.status, done.out, done.err) == (1, "",
                                                     f"outboard: {line}")


@pytest.mark.parametrize("how", WAYS)
def test_wrong_board_that_is_installed_is_a_warning(outboard, folder, maker,
                                                    how):
    text = wrong(folder, how)
    info = maker.modinfo("acme", arch=["arm", "aarch64"], **FILE)
    done = outboard("qemu-system-arm", "-M", "none", "-device", "help",
                    env={"OUTBOARD_PATH": str(folder)})
    assert f'outboard: warning: {info}:1:2: board "kit": {folder}/kit.json: ' \
        f"{text}\n" in done.err
    assert done.status == 0 and 'name "acme-uart"' in done.out


def test_malformed_board_is_reported_with_both_places(outboard, folder, maker):
    write(folder / "kit.json", KIT).write_text('{ "outboard": 1,')
    info = maker.modinfo("acme", **FILE)
    done = outboard("qemu-system-arm", "-M", "help", "-add_modinfo", info)
    assert done.status == 1
    assert done.err.startswith(f'outboard: {info}:1:2: board "kit": '
                               f"{folder}/kit.json:1:")
    assert done.err.count("\n") == 1


def test_board_of_a_module_for_other_targets_is_not_read(outboard, folder,
                                                         maker):
    info = maker.modinfo("acme", arch=["riscv64"], **FILE)
    boards, said = listed(outboard, "-add_modinfo", info)
    assert ("kit" in boards, said) == (False, "")


def test_link_within_the_tree_is_followed(outboard, folder, maker):
    write(folder / "real" / "kit.json", KIT)
    os.symlink("real/kit.json", folder / "kit.json")
    assert "kit" in listed(outboard, "-add_modinfo",
                           maker.modinfo("acme", **FILE))[0]


def test_modinfo_that_is_a_link_has_its_boards_at_home(outboard, folder,
                                                       maker):
    """As packages are put together from links: each file on its own."""
    write(folder / "kit.json", KIT)
    info = maker.modinfo("acme", **FILE)
    farm = folder / "farm"
    farm.mkdir(mode=0o755)
    os.symlink(info, farm / "acme.json")
    os.symlink(folder / "acme.so", farm / "acme.so")
    os.symlink(folder / "kit.json", farm / "kit.json")
    boards, said = listed(outboard, "-add_modinfo", farm / "acme.json")
    assert ("kit" in boards, said) == (True, "")


def test_acme_runs_with_the_command_of_the_readme(outboard, folder):
    """The one in README.md is word for word the example's."""
    copy = shutil.copytree(ROOT / "examples/acme", folder / "acme")
    for name in ("acme.so", "acme-board.so"):
        shutil.copy(BUILD / "examples" / name, copy)
    command = ("outboard qemu-system-arm -add_modinfo acme.json -M "
               "acme-devkit -kernel firmware.elf -nographic")
    for page in ("README.md", "examples/acme/README.md"):
        assert f"    {command}\n" in (ROOT / page).read_text()
    boards, said = listed(outboard, "-add_modinfo", "acme.json", cwd=copy)
    assert (boards["acme-devkit"], said) == ("ACME DevKit rev B", "")
    assert boards["acme-devkit-c"] == "ACME DevKit rev B (in C)"
