# SPDX-License-Identifier: MIT
"""The ACME DevKit as its README shows it: a vendor's copy, on QEMU."""

import json
import os
import re
import shutil
import subprocess

import pytest

from support.acme import (BANNER, BOARDS, blinks_echoes_and_powers_off,
                          command, words)
from support.paths import ROOT, STAGE
from support.processes import LIMIT_S, clean_environment, run, wait_for_text


@pytest.mark.parametrize("board", BOARDS)
def test_acme_firmware_blinks_echoes_and_powers_off(place, acme, console,
                                                    board):
    blinks_echoes_and_powers_off(console(place.argv(
        *words(acme, board, "-nographic"))))


@pytest.mark.parametrize("board", BOARDS)
def test_acme_same_files_run_from_another_folder(acme, console, qemu, tmp_path,
                                                 board):
    """Copied, with names relative to the user's own folder."""
    shutil.copytree(STAGE, tmp_path / "stage", symlinks=True)
    shutil.copytree(acme, tmp_path / "acme")
    screen = console(["sh", "-c", f"cd {tmp_path / 'acme'} && "
                      "exec ../stage/bin/outboard qemu-system-arm "
                      "-add_modinfo acme.json -add_machines "
                      f"./acme-devkit.json,acme-board -M {board} "
                      "-kernel firmware.elf -nographic"])
    screen.see(BANNER)
    step, edges = screen.see(r"step (\d+) edges (\d+)\s").groups()
    assert step == edges
    screen.type("q")
    screen.see("bye")
    assert screen.ended() == 0


def test_acme_jumper_brings_every_step_back(place, acme, console):
    screen = console(place.argv(*words(acme, "acme-devkit", "-nographic")))
    for _ in range(5):
        step, edges = screen.see(r"step (\d+) edges (\d+)\s").groups()
        assert step == edges


def test_acme_pause_stops_and_goes_on(outboard, acme, console):
    screen = console(command(outboard, acme, "acme-devkit", "-nographic"))
    screen.steps()
    screen.type("p")
    screen.see("paused")
    screen.type("p")
    screen.see("continued")
    screen.steps()


def test_acme_reset_by_software_is_reported(place, acme, console):
    screen = console(place.argv(*words(acme, "acme-devkit", "-nographic")))
    screen.see(BANNER)
    # A host that stalls cannot reach this step in the time after the reset.
    while screen.steps() < 12:
        pass
    screen.type("r")
    screen.see("started by software")
    assert screen.steps() < 12


def test_acme_reset_by_monitor_is_power_on(place, acme, console):
    screen = console(place.argv(*words(acme, "acme-devkit", "-nographic")))
    screen.see(BANNER)
    screen.type("\x01c")
    screen.see(r"\(qemu\)")
    screen.type("system_reset\n")
    screen.type("\x01c")
    # Coming back to the console breaks whatever line is being printed.
    screen.see("[\r\n]*".join(re.escape(char) for char in BANNER))


def test_acme_icount_runs_alike_twice(place, acme, tmp_path):
    """With -icount a run is repeatable: both print the same bytes."""
    texts = []
    for name in ("first", "second"):
        path = tmp_path / name
        argv = place.argv(*words(
            acme, "acme-devkit", "-icount", "shift=4", "-display", "none",
            "-monitor", "none", "-serial", f"file:{path}"))
        process = subprocess.Popen(argv, env=clean_environment(),
                                   stdin=subprocess.DEVNULL)
        try:
            texts.append(wait_for_text(path, "step 5 "))
        finally:
            process.terminate()
            process.wait(LIMIT_S)
    end = texts[0].index("step 5 ")
    assert texts[0][:end] == texts[1][:end]


def test_acme_gdb_stops_in_main_and_reads_registers(outboard, acme, machine,
                                                    tmp_path):
    gdb = tmp_path / "gdb"
    machine(*command(outboard, acme, "acme-devkit", "-S", "-display", "none",
                     "-serial", "null", "-gdb",
                     f"unix:{gdb},server=on,wait=off"))
    done = run(["gdb-multiarch", "-nx", "-batch", acme / "firmware.elf",
                "-ex", f"target remote {gdb}", "-ex", "break put_text",
                "-ex", "continue", "-ex", "backtrace 2",
                "-ex", "x/1xw 0x4001100c", "-ex", "x/1xw 0x40011008"])
    assert "put_text" in done.out and "main ()" in done.out
    # BAUD is 168 MHz / 16 / 115200, CTRL has EN and RXIE.
    assert re.search(r"0x4001100c:\s+0x0000005b", done.out), done.out
    assert re.search(r"0x40011008:\s+0x00000011", done.out), done.out


@pytest.mark.parametrize("board", BOARDS)
def test_acme_snapshot_in_mid_blink_is_restored(place, acme, console, disk,
                                                board):
    screen = console(place.argv(*words(acme, board, "-nographic", *disk)))
    while screen.steps() < 3:
        pass
    screen.type("\x01c")
    screen.see(r"\(qemu\)")
    screen.type("savevm mid\n")
    screen.see(r"\(qemu\)")
    later = screen.steps() + 4
    while screen.steps() < later:
        pass
    screen.type("loadvm mid\n")
    steps = [screen.steps()]
    while steps[-1] >= later or len(steps) < 2:
        steps.append(screen.steps())
        assert len(steps) < 50, "it never went back"
    assert steps[-1] < later
    step, edges = screen.see(r"step (\d+) edges (\d+)\s").groups()
    assert step == edges


@pytest.mark.parametrize("board", BOARDS)
def test_acme_parts_show_in_monitor(outboard, acme, machine, board):
    made = machine(*command(outboard, acme, board, "-S", "-display", "none",
                            "-serial", "null"))
    tree = made.hmp("info qtree")
    for name in ("acme-uart", "acme-timer", "acme-gpio", "acme-power"):
        assert f'dev: {name}, id "' in tree
    assert tree.count("dev: acme-uart,") == 3
    assert "0000000040011000-00000000400113ff" in made.hmp("info mtree -f")
    names = {item["name"] for item in made.qmp("qom-list", path="/machine")}
    assert {"uart0", "uart1", "uart2", "timer", "porta", "power"} <= names


def test_acme_is_listed_and_described(outboard, acme):
    done = run(command(outboard, acme, "help")[:-2])
    assert re.search(r"^acme-devkit +ACME DevKit rev B$", done.out, re.M)
    assert re.search(r"^acme-devkit-c +ACME DevKit rev B \(in C\)$", done.out,
                     re.M)
    done = run(command(outboard, acme, "none", "-device", "acme-uart,help"))
    assert re.search(r"fifo-depth=<\w+>.*characters in either FIFO", done.out)


def test_acme_three_uarts_have_their_own_back_ends(outboard, acme, machine,
                                                   tmp_path):
    made = machine(*command(outboard, acme, "acme-devkit-c", "-display",
                            "none", "-serial", f"file:{tmp_path / 'a'}",
                            "-serial", f"file:{tmp_path / 'b'}"))
    wait_for_text(tmp_path / "a", BANNER)
    assert (tmp_path / "b").read_text() == ""
    labels = {item["label"] for item in made.qmp("query-chardev")}
    assert {"serial0", "serial1"} <= labels


def test_acme_guest_error_names_part_and_register(outboard, acme, machine,
                                                  tmp_path):
    log = tmp_path / "log"
    made = machine(*command(outboard, acme, "acme-devkit", "-S", "-display",
                            "none", "-serial", "null", "-d", "guest_errors",
                            "-D", log))
    # The monitor reads as a guest would: DATA, with nothing received.
    made.hmp("xp /1xw 0x40011000")
    assert "receive FIFO is empty" in wait_for_text(log, "uart0")


# --- wrong inputs: exit status 1 and one line --------------------------------

def refused(outboard, acme, change, *more):
    """The line that a changed copy of the board file is refused with."""
    path = acme / "changed.json"
    document = json.loads((acme / "acme-devkit.json").read_text())
    change(document["parts"])
    path.write_text(json.dumps(document, indent=2))
    done = run([outboard.command, "qemu-system-arm", "-add_modinfo",
                acme / "acme.json", "-add_machines", path, "-M",
                "acme-devkit", "-nographic", *more])
    path.unlink()
    assert done.status == 1
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1, done.err
    return lines[0]


def test_acme_depth_zero_is_refused(outboard, acme):
    line = refused(outboard, acme, lambda parts: parts["uart0"].update(
        props={"fifo-depth": 0}))
    assert "changed.json:" in line and "fifo-depth" in line
    assert "1" in line and "64" in line


def test_acme_property_unknown_is_refused(outboard, acme):
    line = refused(outboard, acme, lambda parts: parts["uart0"].update(
        props={"fifo-dept": 8}))
    assert "changed.json:" in line and "fifo-dept" in line


def test_acme_interrupt_past_the_last_is_refused(outboard, acme):
    line = refused(outboard, acme,
                   lambda parts: parts["uart0"].update(irq="cpu.96"))
    assert "changed.json:" in line and "96" in line


def test_acme_type_unknown_is_refused_with_nearest(outboard, acme):
    line = refused(outboard, acme,
                   lambda parts: parts["uart0"].update(type="acme-urt"))
    assert '"acme-urt"' in line and "acme-uart" in line


def test_acme_module_writable_by_all_is_refused(outboard, acme):
    module = acme / "acme.so"
    os.chmod(module, 0o777)
    try:
        done = run(command(outboard, acme, "acme-devkit", "-nographic"))
    finally:
        os.chmod(module, 0o755)
    assert done.status == 1
    assert "acme.so" in done.err and "chmod go-w" in done.err


def test_acme_firmware_missing_is_refused(outboard, acme):
    argv = command(outboard, acme, "acme-devkit", "-nographic")
    argv[argv.index("-kernel") + 1] = "/nonexistent/firmware.elf"
    done = run(argv)
    assert done.status == 1
    assert "/nonexistent/firmware.elf" in done.err


# --- the first model, as the README shows it ----------------------------------

def test_first_model_counts_its_reads(outboard, machine, tmp_path):
    for name in ("first.c", "first-board.json"):
        shutil.copy(ROOT / "examples/first" / name, tmp_path)
    cflags = ["-I", STAGE / "include"]
    assert run(["cc", "-shared", "-fPIC", tmp_path / "first.c", "-o",
                tmp_path / "first.so", *cflags]).status == 0
    made = machine(outboard.command, "qemu-system-arm", "-add_machines",
                   f"{tmp_path / 'first.so'},{tmp_path / 'first-board.json'}",
                   "-M", "first", "-S", "-display", "none")
    for reads in range(3):
        assert f"0x{reads:08x}" in made.hmp("xp 0x40000000")
