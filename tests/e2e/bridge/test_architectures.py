# SPDX-License-Identifier: MIT
"""One module and one modinfo file on every architecture.

The same firmware (tests/modules/order/guest.c), compiled for each CPU, stores
bytes as numbers of the CPU's own order into regions of either endianness. What
it says has to be the same everywhere.
"""

import json
import re
import shutil
import subprocess

import pytest

from support.paths import ROOT
from support.processes import wait_for
from support.qemus import MACHINE

SOURCE = ROOT / "tests" / "modules" / "order"
TALE = """\
little 1 seen 11 back 11
little 2 seen 2211 back 11 22
little 4 seen 44332211 back 11 22 33 44
big 1 seen 11 back 11
big 2 seen 1122 back 11 22
big 4 seen 11223344 back 11 22 33 44
dma 88 77 66 55 44 33 22 11
irq none, one
end
"""
X86 = ["gcc", "-m32"] if MACHINE == "x86_64" else ["i686-linux-gnu-gcc"]
COMPILERS = {
    "aarch64": ["aarch64-linux-gnu-gcc", "-mgeneral-regs-only",
                "-mstrict-align"],
    "m68k": ["m68k-linux-gnu-gcc", "-m68040"],
    "x86": [*X86, "-march=i686", "-mgeneral-regs-only"],
}


@pytest.fixture(scope="module")
def order(outboard, tmp_path_factory):
    """The folder with order.so and its modinfo."""
    folder = tmp_path_factory.mktemp("order")
    folder.chmod(0o755)
    subprocess.run(
        ["cc", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
         "-shared", "-fPIC",
         f"-I{outboard.stage / 'include'}", SOURCE / "order.c",
         "-o", folder / "order.so"], check=True)
    for path in SOURCE.glob("*.json"):
        shutil.copy(path, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


@pytest.fixture
def firmware(tmp_path):
    """firmware(cpu, load, probe): the guest's ELF file for that CPU."""
    def make(cpu, load, probe):
        path = tmp_path / f"{cpu}.elf"
        subprocess.run(
            [*COMPILERS[cpu], "-ffreestanding", "-fno-pic", "-no-pie", "-O1",
             "-Wall",
             "-Wextra", "-Werror", "-fno-stack-protector", "-nostdlib",
             "-static", f"-DPROBE={probe:#x}u",
             f"-Wl,-T,{SOURCE / 'guest.ld'},--defsym=LOAD={load:#x}",
             "-Wl,--build-id=none,--no-warn-rwx-segments",
             SOURCE / "guest.c", SOURCE / f"{cpu}.c",
             "-o", path], check=True)
        return path
    return make


def probe_at(at, irq):
    return ["-chardev", "stdio,id=console", "-device",
            f"order-probe,at={at:#x},at1={at + 0x1000:#x},"
            f"at2={at + 0x2000:#x},irq={irq},chardev=console"]


@pytest.mark.parametrize("machine", ["q35", "microvm"])
def test_device_on_a_pc_serves_a_guest_and_interrupts_it(
        outboard, order, firmware, machine):
    elf = firmware("x86", 0x100000, 0xd0000000)
    done = outboard("qemu-system-x86_64", "-add_modinfo", order / "order.json",
                    "-M", machine, "-m", "32", "-display", "none",
                    "-monitor", "none", "-kernel", elf,
                    *probe_at(0xd0000000, "ioapic:20"))
    assert (done.status, done.err) == (0, "")
    assert done.out == "cpu little\n" + TALE


# Debian 12 has the compiler for x86-64 hosts alone.
@pytest.mark.skipif(not shutil.which(COMPILERS["m68k"][0]) and
                    MACHINE != "x86_64", reason="no compiler for m68k")
def test_device_on_a_big_endian_board_of_ours(outboard, order, firmware):
    elf = firmware("m68k", 0x1000, 0xf0000000)
    done = outboard("qemu-system-m68k", "-add_modinfo", order / "order.json",
                    "-M", "m68k-bare", "-display", "none", "-monitor",
                    "none", "-kernel", elf,
                    *probe_at(0xf0000000, "/machine/irqc:2"))
    assert (done.status, done.err) == (0, "")
    assert done.out == "cpu big\n" + TALE


def gic_path(outboard, order):
    """Where this QEMU's virt has its GIC among its objects."""
    done = outboard("qemu-system-aarch64", "-add_modinfo",
                    order / "order.json", "-M", "virt", "-display", "none",
                    "-S", "-serial", "none", "-monitor", "stdio",
                    stdin="info qom-tree /machine/unattached\nquit\n")
    return "/machine/unattached/" + re.search(
        r"/(\S+) \(arm_gic\)", done.out).group(1)


def test_device_on_virt_with_a_tree_of_the_users(outboard, order, firmware,
                                                 tmp_path):
    """virt describes devices that it knows; a user's tree may have more."""
    tree = tmp_path / "virt.dtb"
    virt = ["qemu-system-aarch64", "-add_modinfo", order / "order.json",
            "-cpu", "cortex-a57", "-display", "none", "-monitor", "none"]
    outboard(*virt, "-M", f"virt,dumpdtb={tree}")
    probe = probe_at(0x0b000000, f"{gic_path(outboard, order)}:100")
    elf = firmware("aarch64", 0x40100000, 0x0b000000)
    done = outboard(*virt, "-M", "virt", "-dtb", tree, "-kernel", elf, *probe)
    assert (done.status, done.err) == (0, "")
    assert done.out == "cpu little\n" + TALE
    refused = outboard(*virt, "-M", "virt", "-kernel", elf, *probe)
    assert refused.status == 1
    assert "expects a dynamic sysbus device type" in refused.err


@pytest.mark.parametrize("make, text", [
    (lambda path: None, "-kernel: "),
    (lambda path: path.write_bytes(b""), "the file is empty"),
    (lambda path: path.write_bytes(bytes(2 << 20)),
     "is too long (2 MiB); the board has room for 1 MiB there"),
])
def test_bare_kernel_that_cannot_be_is_refused(outboard, tmp_path, make,
                                               text):
    path = tmp_path / "kernel"
    make(path)
    done = outboard("qemu-system-m68k", "-M", "m68k-bare", "-m", "1M",
                    "-display", "none", "-kernel", path)
    assert done.status == 1
    assert text in done.err and str(path) in done.err
    assert done.err.count("\n") == 1


def test_bare_boot_without_a_cpu_is_refused(outboard, tmp_path):
    board = tmp_path / "board.json"
    board.write_text(json.dumps({
        "outboard": 1, "board": "odd", "ram": "1 MiB",
        "memory": {"dram": {"alias": "ram", "at": "0x0", "size": "1 MiB"}},
        "parts": {"cpu": {"type": "m68040-m68k-cpu"},
                  "power": {"type": "virt-ctrl", "at": "0xff009000"}},
        "boot": {"kind": "bare", "cpu": "power", "load": "dram"}}))
    board.chmod(0o644)
    done = outboard("qemu-system-m68k", "-add_machines", board, "-M", "odd",
                    "-display", "none", "-kernel", board)
    assert done.status == 1
    assert ('"boot": part "power" (virt-ctrl) is not a CPU; name the one that '
            'starts') in done.err


def test_bare_binary_starts_where_it_is_loaded_and_at_each_reset(
        outboard, machine, tmp_path):
    """moveq #42, d0; then in a circle. The loader sends the CPU there."""
    path = tmp_path / "raw"
    path.write_bytes(bytes([0x70, 0x2a, 0x60, 0xfe]))
    made = machine(outboard.command, "qemu-system-m68k", "-M", "m68k-bare",
                   "-display", "none", "-kernel", path)
    wait_for(lambda: "D0 = 0000002a" in made.hmp("info registers"))
    made.qmp("stop")
    made.qmp("system_reset")
    wait_for(lambda: "D0 = 0000002a" not in
                     made.hmp("info registers"))
    made.qmp("cont")
    wait_for(lambda: "D0 = 0000002a" in made.hmp("info registers"))


def test_module_for_other_targets_is_passed_over_by_name(outboard, order):
    done = outboard("--verbose", "qemu-system-or1k", "-add_modinfo",
                    order / "order.json", "-M", "none", "-display", "none",
                    "-device", "order-probe")
    assert done.status == 1
    assert ('a module is ignored ("order" is for x86_64, m68k, aarch64, '
            'riscv64, this is or1k)') in done.err
