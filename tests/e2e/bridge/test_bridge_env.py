# SPDX-License-Identifier: MIT
"""How the bridge gets in, and that nothing of it gets out."""

import os
import time

import pytest

from support.processes import run
from support.qemus import MULTIARCH, boards_listed, needs_bare_qemu

LIBM = f"/lib/{MULTIARCH}/libm.so.6"
BOARD = ("--board", "acme-devkit:Acme DevKit")
NONE = ("-M", "none", "-display", "none", "-S")


def child_says(machine, script, path):
    """What a shell that QEMU starts writes to path."""
    machine.ask("migrate", uri=f"exec:({script}) >{path}.part; "
                f"mv {path}.part {path}; cat >/dev/null")
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, "the child wrote nothing"
        machine.qmp("query-migrate")
    return path.read_text()


def test_bridge_board_is_listed(qemu):
    done = qemu.session(*BOARD, "--", "qemu-system-arm", "-M", "help")
    assert boards_listed(done)["acme-devkit"] == "Acme DevKit"
    assert done.err == ""


@pytest.mark.parametrize("way", [
    ("env",),
    ("timeout", "50"),
    ("nice",),
    ("sh", "-c", 'exec "$@"', "sh"),
    ("sh", "-c", '"$@"; exit $?', "sh"),
    ("env", "sh", "-c", 'exec env "$@"', "sh"),
])
def test_bridge_passes_through_other_programs(qemu, way):
    done = qemu.session(*BOARD, "--", *way, "qemu-system-arm", "-M", "help")
    assert "acme-devkit" in boards_listed(done)
    assert done.err == ""


@pytest.mark.qemus("bookworm", reason="only there a script is shipped")
def test_bridge_wrapper_script_reaches_its_emulator(qemu):
    path = "/usr/bin/qemu-system-i386"
    with open(path, "rb") as file:
        assert file.read(2) == b"#!"
    done = qemu.session(*BOARD, "--", path, "-M", "help")
    assert "acme-devkit" in boards_listed(done)


def test_bridge_other_program_keeps_its_environment(qemu):
    done = qemu.session(*BOARD, "--", "env")
    names = dict(line.split("=", 1) for line in done.out.splitlines())
    assert names["OUTBOARD_SESSION"].isdigit()
    assert names["LD_PRELOAD"] == str(qemu.bridge)


@pytest.mark.parametrize("tool", ["qemu-img", "qemu-storage-daemon"])
def test_bridge_other_tools_of_qemu_are_left_alone(qemu, tool):
    plain = run([tool, "--version"])
    done = qemu.session(*BOARD, "--", tool, "--version")
    assert plain.status == 0
    assert done == plain


def test_bridge_without_session_does_nothing(qemu):
    plain = run([qemu("arm"), "-M", "help"])
    loaded = run([qemu("arm"), "-M", "help"],
                 env={"LD_PRELOAD": str(qemu.bridge)})
    assert loaded == plain


@needs_bare_qemu
def test_bridge_emulator_that_exports_nothing_is_left_alone(qemu):
    path = "/usr/bin/qemu-system-x86_64-microvm"
    done = qemu.session(*BOARD, "--", path, "-M", "help")
    assert "acme-devkit" not in boards_listed(done)


@pytest.mark.parametrize("others", ["", LIBM, f"{LIBM}:{LIBM}"])
def test_bridge_child_inherits_nothing(qemu, machine, tmp_path, others):
    env = {"LD_PRELOAD": others} if others else {}
    made = machine(*qemu.session_argv(*BOARD, "--", "qemu-system-arm"),
                   *NONE, env=env)
    text = child_says(made, "env; ls -l /proc/self/fd", tmp_path / "child")
    lines = text.splitlines()
    assert "OUTBOARD" not in text
    assert "memfd" not in text
    assert "outboard-bridge" not in text
    preload = [line for line in lines if line.startswith("LD_PRELOAD=")]
    assert preload == ([f"LD_PRELOAD={others}"] if others else [])


def test_bridge_entry_by_another_name_is_dropped(qemu, machine, tmp_path):
    link = tmp_path / "other.so"
    link.symlink_to(qemu.bridge)
    made = machine(*qemu.session_argv(*BOARD, "--", "qemu-system-arm"),
                   *NONE, env={"LD_PRELOAD": str(link)})
    text = child_says(made, "env", tmp_path / "child")
    assert "LD_PRELOAD" not in text


def test_bridge_qemu_itself_holds_no_session_descriptor(qemu, machine):
    made = machine(*qemu.session_argv(*BOARD, "--", "qemu-system-arm"),
                   *NONE)
    folder = f"/proc/{made.process.pid}/fd"
    names = [os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)]
    assert not [name for name in names if "session" in name]


@pytest.mark.parametrize("value", ["abc", "-1", "999", "7x", "", "0x3", " 3",
                                   "99999999999999999999"])
def test_bridge_bad_session_is_refused(qemu, value):
    done = qemu.session("--env", value, "--", "qemu-system-arm", "-M", "help")
    assert done == (1, "", "outboard: OUTBOARD_SESSION: not an open "
                    f"descriptor (\"{value}\"); let outboard start QEMU\n")


def test_bridge_unsealed_session_is_refused(qemu):
    done = qemu.session("--unsealed", "--", "qemu-system-arm", "-M", "help")
    assert done.status == 1
    assert done.err.startswith("outboard: OUTBOARD_SESSION: descriptor ")
    assert done.err.endswith(" is not a sealed memfd; let outboard start "
                             "QEMU\n")


def test_bridge_rubbish_session_is_refused(qemu):
    done = qemu.session("--junk", "--", "qemu-system-arm", "-M", "help")
    assert done.status == 1
    assert done.err.startswith("outboard: OUTBOARD_SESSION: session: ")
    assert done.err.count("\n") == 1


def test_bridge_daemonize_works(qemu, tmp_path):
    pidfile = tmp_path / "pid"
    done = qemu.session(*BOARD, "--", "qemu-system-arm", *NONE, "-daemonize",
                        "-pidfile", pidfile)
    assert (done.status, done.err) == (0, "")
    os.kill(int(pidfile.read_text()), 15)


def test_bridge_sandbox_works(qemu, machine):
    made = machine(*qemu.session_argv(*BOARD, "--", "qemu-system-arm"),
                   *NONE, "-sandbox", "on,obsolete=deny,spawn=deny,"
                   "elevateprivileges=deny,resourcecontrol=deny")
    names = {entry["name"] for entry in made.qmp("query-machines")}
    assert "acme-devkit" in names
