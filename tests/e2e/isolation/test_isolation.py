# SPDX-License-Identifier: MIT
"""What decides where a model runs, as the command shows it."""

import json

import pytest

from support.module_maker import Maker

FORBIDDEN = "LicenseRef-Acme"
NO_BOARD = ["-M", "none", "-display", "none"]
WHY = (f'module "acme" is to run in-process, and its licence ("{FORBIDDEN}") '
       "cannot be combined with QEMU's; let it run in a process of its own")


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


def place(outboard, *arguments):
    """(where, why) of the module acme, as `outboard list` says in JSON."""
    done = outboard(*arguments[:-1], "list", "--json", arguments[-1])
    assert (done.status, done.err) == (0, "")
    module = next(one for one in json.loads(done.out)["modules"]
                  if one["module"] == "acme")
    text = outboard(*arguments[:-1], "list", arguments[-1]).out
    shown = {"process": "in a process of its own",
             "in-process": "in QEMU's process"}[module["isolation"]]
    assert f"runs {shown}: {module['why']}\n" in text
    return module["isolation"], module["why"]


@pytest.mark.parametrize("fields, own, expect", [
    ({}, [], ("in-process", "its licence allows it")),
    ({"isolation": "process"}, [], ("process", "its modinfo says so")),
    ({"isolation": "in-process"}, [], ("in-process", "its modinfo says so")),
    ({"isolation": "in-process"}, ["--isolate=all"],
     ("process", "--isolate=all")),
    ({"isolation": "in-process"}, ["--isolate=acme"],
     ("process", "--isolate names it")),
    ({"license": FORBIDDEN}, [],
     ("process", "its licence cannot be combined with QEMU's")),
])
def test_list_says_where_and_why(outboard, maker, fields, own, expect):
    info = maker.modinfo("acme", **{"license": "MIT", **fields})
    assert place(outboard, *own, info) == expect


@pytest.mark.parametrize("own, said, expect", [
    ([], "process", ("process", "-add_modinfo says so")),
    ([], "in-process", ("in-process", "-add_modinfo says so")),
    (["--isolate=all"], "in-process", ("in-process", "-add_modinfo says so")),
    (["--isolate=acme"], "in-process", ("process", "--isolate names it")),
])
def test_list_says_what_the_user_says_of_a_file(outboard, maker, own, said,
                                                expect):
    info = maker.modinfo("acme", license="MIT", isolation="process")
    assert place(outboard, *own, f"{info},isolation={said}") == expect


def test_list_says_which_parts_of_a_board_run_where(outboard, maker):
    info = maker.modinfo("acme", license="MIT")
    uart = {"type": "acme-uart", "at": "0x10000"}
    board = maker.folder / "kit.json"
    board.write_text(json.dumps({
        "outboard": 1, "board": "kit", "title": "Kit", "arch": ["arm"],
        "memory": {"ram": {"at": "0", "size": "64 KiB"}},
        "parts": {"here": uart, "cpu": {"type": "cortex-a15-arm-cpu"},
                  "far": {**uart, "at": "0x11000", "isolation": "process"},
                  "too": {**uart, "at": "0x12000", "isolation": "process"}}}))
    board.chmod(0o644)
    done = outboard("list", "--json", info, board)
    kit = next(one for one in json.loads(done.out)["boards"]
               if one["name"] == "kit")
    says = "the board says so"
    assert [(one["name"], one["isolation"], one["why"])
            for one in kit["parts"]] == [
        ("here", "in-process", "its licence allows it"),
        ("far", "process", says), ("too", "process", says)]
    indent = " " * 23
    text = outboard("list", info, board).out
    assert (f"{indent}parts in processes of their own: far: {says}\n"
            f"{indent}{' ' * 32} too: {says}\n") in text
    text = outboard("list", f"{info},isolation=in-process", board).out
    assert "parts in processes of their own" not in text


def test_key_travels_through_the_section(outboard, maker):
    path = maker.module("acme", ISOLATION="process")
    assert place(outboard, path) == ("process", "its modinfo says so")
    info = maker.folder / "acme.json"
    info.write_text(outboard("modinfo", path).out)
    info.chmod(0o644)
    assert json.loads(info.read_text())["acme"]["isolation"] == "process"
    assert place(outboard, info) == ("process", "its modinfo says so")
    assert outboard("check", path, info).status == 0


def refused(outboard, text, *arguments):
    done = outboard(*arguments)
    assert (done.status, done.out, done.err) == (1, "", f"outboard: {text}\n")


def test_key_that_disagrees_is_refused(outboard, maker):
    path = maker.module("acme", ISOLATION="process")
    info = maker.modinfo("acme")
    end = f"; write the file again: outboard modinfo {path}"
    refused(outboard, f"{info}:1:2: \"isolation\" is missing, and the "
            f'module\'s own is "process" (module acme){end}',
            "qemu-system-arm", *NO_BOARD, "-add_modinfo", info,
            "-device", "acme-uart")
    info = maker.modinfo("acme", isolation="in-process")
    refused(outboard, f"{info}:1:2: \"isolation\" differs from the module's "
            f'own ("in-process", module acme: "process"){end}',
            "qemu-system-arm", *NO_BOARD, "-add_modinfo", info,
            "-device", "acme-uart")


def test_in_process_against_the_licence_is_refused_when_read(outboard, maker):
    info = maker.modinfo("acme", license=FORBIDDEN, isolation="in-process")
    refused(outboard, f"{info}:1:2: {WHY}",
            "qemu-system-arm", "-add_modinfo", info)
    refused(outboard, f"{info}:1:2: {WHY}", "list", info)
    refused(outboard, f"{info}:1:2: {WHY}", "check", info)
    path = maker.module("acme", LICENSE=FORBIDDEN, ISOLATION="in-process")
    refused(outboard, f"{path}: {WHY}",
            "qemu-system-arm", "-add_machines", path)


def test_in_process_against_the_licence_installed_is_a_warning(outboard,
                                                               maker):
    info = maker.modinfo("acme", license=FORBIDDEN, isolation="in-process")
    done = outboard("qemu-system-arm", "-device", "help",
                    env={"OUTBOARD_PATH": str(maker.folder)})
    assert done.err == f"outboard: warning: {info}:1:2: {WHY}\n"
    assert done.status == 0 and "acme-uart" not in done.out


def test_in_process_by_the_user_against_the_licence_is_refused(outboard,
                                                               maker):
    info = maker.modinfo("acme", license=FORBIDDEN)
    item = f"{info},isolation=in-process"
    refused(outboard, f"-add_modinfo {item}: {WHY}",
            "qemu-system-arm", "-add_modinfo", item)


def test_in_process_against_the_licence_of_the_section_is_refused(outboard,
                                                                  maker):
    path = maker.module("acme", LICENSE=FORBIDDEN)
    info = maker.modinfo("acme")        # does not name the licence
    refused(outboard, f"{path}: {WHY}", "qemu-system-arm", *NO_BOARD, "-device",
            "acme-uart", "-add_modinfo", f"{info},isolation=in-process")


def test_in_process_of_a_program_is_refused(outboard, maker):
    info = maker.modinfo("acme", command=["./acme.py"])
    item = f"{info},isolation=in-process"
    refused(outboard, f'-add_modinfo {item}: module "acme" is a program, which '
            "runs in a process of its own; leave isolation= out",
            "qemu-system-arm", "-add_modinfo", item)


def test_isolation_unknown_word_is_refused(outboard, maker):
    info = maker.modinfo("acme")
    refused(outboard, '-add_modinfo: isolation "full"; use process or '
            "in-process, or leave it out",
            "qemu-system-arm", "-add_modinfo", f"{info},isolation=full")


def runs_in_qemu(outboard, maker, *arguments):
    """Does the module's constructor run where it can make its mark?"""
    maker.mark("acme").unlink(missing_ok=True)
    done = outboard(*arguments[:-1], "qemu-system-arm", "-add_modinfo",
                    arguments[-1], "-device", "acme-uart,help")
    assert done.status == 0 and "depth" in done.out, done.err
    return maker.mark("acme").exists()


def test_user_overrides_what_modinfo_says(outboard, maker):
    maker.module("acme")
    calm = maker.modinfo("acme", license="MIT", isolation="in-process")
    assert runs_in_qemu(outboard, maker, calm)
    info = maker.modinfo("acme", license="MIT", isolation="process")
    assert runs_in_qemu(outboard, maker, f"{info},isolation=in-process")
    assert runs_in_qemu(outboard, maker, "--isolate=all",
                        f"{info},isolation=in-process")
