# SPDX-License-Identifier: MIT
"""One module and one modinfo file on every architecture.

The same firmware (tests/modules/order/guest.c), compiled for each CPU, stores
bytes as numbers of the CPU's own order into regions of either endianness. What
it says has to be the same everywhere.
"""

import shutil
import subprocess

import pytest

from conftest import ROOT

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
COMPILERS = {
    "x86": ["gcc", "-m32", "-march=i686", "-mgeneral-regs-only"],
}


@pytest.fixture(scope="module")
def order(outboard, tmp_path_factory):
    """The folder with order.so and its modinfo."""
    folder = tmp_path_factory.mktemp("order")
    folder.chmod(0o755)
    subprocess.run(
        ["cc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
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


def test_module_for_other_targets_is_passed_over_by_name(outboard, order):
    done = outboard("--verbose", "qemu-system-or1k", "-add_modinfo",
                    order / "order.json", "-M", "none", "-display", "none",
                    "-device", "order-probe")
    assert done.status == 1
    assert ('a module is passed over ("order" is for x86_64, m68k, aarch64, '
            'riscv64, this is or1k)') in done.err
