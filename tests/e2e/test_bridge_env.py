# SPDX-License-Identifier: MIT
"""How the bridge gets in, and that nothing of it gets out."""

import os
import time

import pytest

from conftest import MULTIARCH, needs_bare_qemu, run

LIBM = f"/lib/{MULTIARCH}/libm.so.6"
BOARD = ("--board", "acme-devkit:Acme DevKit")
NONE = ("-M", "none", "-display", "none", "-S")


def listed(done):
    """The boards that -M help listed, with their titles."""
    assert done.status == 0, done
    lines = [line.split(None, 1) for line in done.out.splitlines()[1:]]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def session_argv(place, *argv):
    """What starts session-run here, for a machine that goes on."""
    tool = place.bridge.parents[2] / "tests" / "e2e" / "session-run"
    return (tool, place.bridge, *argv)


def child_says(machine, script, path):
    """What a shell that QEMU starts writes to path."""
    machine.ask("migrate", uri=f"exec:({script}) >{path}.part; "
                f"mv {path}.part {path}; cat >/dev/null")
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, "the child wrote nothing"
        machine.qmp("query-migrate")
    return path.read_text()


def test_bridge_board_is_listed(place):
    done = place.session(*BOARD, "--", "qemu-system-arm", "-M", "help")
    assert listed(done)["acme-devkit"] == "Acme DevKit"
    assert done.err == ""


@pytest.mark.parametrize("way", [
    ("env",),
    ("timeout", "50"),
    ("nice",),
    ("sh", "-c", 'exec "$@"', "sh"),
    ("sh", "-c", '"$@"; exit $?', "sh"),
    ("env", "sh", "-c", 'exec env "$@"', "sh"),
])
def test_bridge_passes_through_other_programs(here, way):
    done = here.session(*BOARD, "--", *way, "qemu-system-arm", "-M", "help")
    assert "acme-devkit" in listed(done)
    assert done.err == ""


@pytest.mark.columns("bookworm", reason="only there a script is shipped")
def test_bridge_wrapper_script_reaches_its_emulator(here):
    path = "/usr/bin/qemu-system-i386"
    with open(path, "rb") as file:
        assert file.read(2) == b"#!"
    done = here.session(*BOARD, "--", path, "-M", "help")
    assert "acme-devkit" in listed(done)


def test_bridge_other_program_keeps_its_environment(here):
    done = here.session(*BOARD, "--", "env")
    names = dict(line.split("=", 1) for line in done.out.splitlines())
    assert names["OUTBOARD_SESSION"].isdigit()
    assert names["LD_PRELOAD"] == str(here.bridge)


@pytest.mark.parametrize("tool", ["qemu-img", "qemu-storage-daemon"])
def test_bridge_other_tools_of_qemu_are_left_alone(here, tool):
    plain = run([tool, "--version"])
    done = here.session(*BOARD, "--", tool, "--version")
    assert plain.status == 0
    assert done == plain


def test_bridge_without_session_does_nothing(here, qemu):
    plain = run([qemu("arm"), "-M", "help"])
    loaded = run([qemu("arm"), "-M", "help"],
                 env={"LD_PRELOAD": str(here.bridge)})
    assert loaded == plain


@needs_bare_qemu
def test_bridge_emulator_that_exports_nothing_is_left_alone(here):
    path = "/usr/bin/qemu-system-x86_64-microvm"
    done = here.session(*BOARD, "--", path, "-M", "help")
    assert "acme-devkit" not in listed(done)


@pytest.mark.parametrize("others", ["", LIBM, f"{LIBM}:{LIBM}"])
def test_bridge_child_inherits_nothing(here, machine, tmp_path, others):
    env = {"LD_PRELOAD": others} if others else {}
    made = machine(*session_argv(here, *BOARD, "--", "qemu-system-arm"),
                   *NONE, env=env)
    text = child_says(made, "env; ls -l /proc/self/fd", tmp_path / "child")
    lines = text.splitlines()
    assert "OUTBOARD" not in text
    assert "memfd" not in text
    assert "outboard-bridge" not in text
    preload = [line for line in lines if line.startswith("LD_PRELOAD=")]
    assert preload == ([f"LD_PRELOAD={others}"] if others else [])


def test_bridge_entry_by_another_name_is_dropped(here, machine, tmp_path):
    link = tmp_path / "other.so"
    link.symlink_to(here.bridge)
    made = machine(*session_argv(here, *BOARD, "--", "qemu-system-arm"),
                   *NONE, env={"LD_PRELOAD": str(link)})
    text = child_says(made, "env", tmp_path / "child")
    assert "LD_PRELOAD" not in text


def test_bridge_qemu_itself_holds_no_session_descriptor(here, machine):
    made = machine(*session_argv(here, *BOARD, "--", "qemu-system-arm"),
                   *NONE)
    folder = f"/proc/{made.process.pid}/fd"
    names = [os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)]
    assert not [name for name in names if "session" in name]


@pytest.mark.parametrize("value", ["abc", "-1", "999", "7x", "", "0x3", " 3",
                                   "99999999999999999999"])
def test_bridge_bad_session_is_refused(place, value):
    done = place.session("--env", value, "--", "qemu-system-arm", "-M", "help")
    assert done == (1, "", "outboard: OUTBOARD_SESSION: not an open "
                    f"descriptor (\"{value}\"); let outboard start QEMU\n")


def test_bridge_unsealed_session_is_refused(here):
    done = here.session("--unsealed", "--", "qemu-system-arm", "-M", "help")
    assert done.status == 1
    assert done.err.startswith("outboard: OUTBOARD_SESSION: descriptor ")
    assert done.err.endswith(" is not a sealed memfd; let outboard start "
                             "QEMU\n")


def test_bridge_rubbish_session_is_refused(here):
    done = here.session("--junk", "--", "qemu-system-arm", "-M", "help")
    assert done.status == 1
    assert done.err.startswith("outboard: OUTBOARD_SESSION: index: ")
    assert done.err.count("\n") == 1


def test_bridge_daemonize_works(here, tmp_path):
    pidfile = tmp_path / "pid"
    done = here.session(*BOARD, "--", "qemu-system-arm", *NONE, "-daemonize",
                        "-pidfile", pidfile)
    assert (done.status, done.err) == (0, "")
    os.kill(int(pidfile.read_text()), 15)


def test_bridge_sandbox_works(here, machine):
    made = machine(*session_argv(here, *BOARD, "--", "qemu-system-arm"),
                   *NONE, "-sandbox", "on,obsolete=deny,spawn=deny,"
                   "elevateprivileges=deny,resourcecontrol=deny")
    names = {entry["name"] for entry in made.qmp("query-machines")}
    assert "acme-devkit" in names
