# SPDX-License-Identifier: MIT
"""The board rv64: OpenSBI, U-Boot and Linux of Debian's packages."""

import json
import re
import struct

import pexpect
import pytest

from support.paths import CACHE, ROOT
from support.processes import LIMIT_S, run, wait_for
from support.qemus import one_qemu_isolated

FILES = CACHE / "riscv64"
LINUX_S = 180


@pytest.fixture(scope="module")
def files():
    """The directory of what scripts/riscv-assets.sh made."""
    if not (FILES / ".made").exists():
        pytest.fail(f"nothing in {FILES}: run scripts/riscv-assets.sh")
    return FILES


@pytest.fixture
def board(place, terminal):
    """board(arguments...): the board on a terminal, in each place."""
    def start(*arguments, limit_s=LIMIT_S):
        return terminal(place.argv("qemu-system-riscv64", "-M", "rv64",
                                   "-nographic", *arguments),
                        limit_s=limit_s, encoding="ascii", echo=False)
    return start


def ended(child):
    """Wait for the end; the exit status."""
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus


def u_boot(child):
    child.expect("Hit any key to stop autoboot")
    child.send("\r")
    child.expect("\r\n=> ")


def ask(child, command, pattern):
    child.send(command + "\r")
    child.expect(pattern)
    return child.match


def test_u_boot_comes_to_its_prompt_and_ends(board, files):
    child = board("-kernel", files / "u-boot.bin", "-bios",
                  files / "fw_dynamic.bin")
    child.expect("Platform Name +: Outboard RV64")
    child.expect("Platform HART Count +: 4")
    child.expect("Next Mode +: S-mode")
    child.expect("U-Boot 20")
    child.expect("DRAM: +1 GiB")
    u_boot(child)
    ask(child, "poweroff", "poweroff ...")
    assert ended(child) == 0


@one_qemu_isolated
def test_u_boot_resets_the_board_to_where_it_began(board, files):
    child = board("-kernel", files / "u-boot.bin")
    u_boot(child)
    ask(child, "reset", "resetting ...")
    child.expect("OpenSBI v")
    u_boot(child)


@one_qemu_isolated
def test_smp_and_m_are_in_the_tree(board, files):
    child = board("-kernel", files / "u-boot.bin", "-smp", "2", "-m", "3G")
    child.expect("Platform HART Count +: 2")
    child.expect("DRAM: +3 GiB")
    u_boot(child)
    ask(child, "fdt addr ${fdtcontroladdr}", "=> ")
    ask(child, "fdt print /memory@80000000 reg",
        "reg = <0x00000000 0x80000000 0x00000000 0xc0000000>")
    ask(child, "fdt print /cpus/cpu@1 reg", "reg = <0x00000001>")
    ask(child, "fdt print /cpus/cpu@2", "libfdt fdt_path_offset.. returned "
        "FDT_ERR_NOTFOUND")


@pytest.mark.places("in-process")
def test_tree_of_the_users_is_taken_instead(board, files, outboard, tmp_path):
    """QEMU's own virt describes itself; our memory is put into it."""
    tree = tmp_path / "virt.dtb"
    done = outboard("qemu-system-riscv64", "-display", "none", "-M",
                    f"virt,dumpdtb={tree}")
    assert done.status == 0, done.err
    child = board("-kernel", files / "u-boot.bin", "-dtb", tree, "-m", "512M")
    child.expect("Platform Name +: riscv-virtio,qemu")
    child.expect("DRAM: +512 MiB")


@pytest.mark.parametrize("options, text", [
    (["-bios", "/dev/null", "-kernel", "{u-boot}"],
     "-bios: /dev/null: "),
    (["-bios", "{image}", "-kernel", "{u-boot}"],
     "the board has room for 2 MiB there"),
    (["-m", "256M", "-kernel", "{image}", "-initrd", "{big}"],
     "-initrd: does not fit into the machine's RAM"),
    (["-smp", "5"], "CPUs"),
    (["-m", "64M"], "64"),
])
def test_impossible_options_are_refused(outboard, files, tmp_path, options,
                                        text):
    big = tmp_path / "big"
    with open(big, "wb") as out:
        out.truncate(256 << 20)
    names = {"u-boot": files / "u-boot.bin", "image": files / "Image",
             "big": big}
    words = [str(names.get(word.strip("{}"), word)) for word in options]
    done = outboard("qemu-system-riscv64", "-M", "rv64", "-display", "none",
                    *words)
    assert done.status == 1
    assert text in done.err
    assert done.err.count("\n") == 1


def edit_line(board, *inputs):
    board["parts"]["aclint"]["gpio"]["timer"] = list(inputs)


def edit_tree(board, node):
    board["boot"]["dtb"]["set"] = {node: {"x": 1}}


@pytest.mark.parametrize("edit, text", [
    (lambda b: edit_line(b, "harts.harts[9].7"),
     '"harts" (riscv.hart_array) has no input harts[9].7'),
    (lambda b: edit_line(b, "harts.harts[0].999"),
     '"harts" (rv64-riscv-cpu) has no input 999; use 0 to '),
    (lambda b: edit_line(b, "harts.harts[0].14"),
     'odd.json:1:{column}: a line to part "harts": '
     "this QEMU's part gave up ("),
    (lambda b: b["parts"]["plic"]["props"].update({"hart-config": ["M", 3]}),
     "Invalid parameter type for 'hart-config', expected: string"),
    (lambda b: b["boot"].update({"firmware": "none-such.bin"}),
     "-bios: none-such.bin: cannot be opened"),
    (lambda b: edit_tree(b, "/a/b"),
     "the board's device tree: cannot add node \"/a/b\": its parent "
     "\"/a\" does not exist; use this board's device tree, or set a "
     "property of the parent first"),
])
def test_boards_like_it_that_are_wrong_are_refused(outboard, files, tmp_path,
                                                   edit, text):
    board = json.loads((ROOT / "boards/outboard/rv64.json").read_text())
    board["board"] = "odd"
    edit(board)
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(board))
    path.chmod(0o644)
    done = outboard("qemu-system-riscv64", "-add_machines", path, "-M", "odd",
                    "-display", "none", "-kernel", files / "u-boot.bin")
    assert done.status == 1
    column = path.read_text().find('"harts.harts[0].14"') + 1
    assert text.replace("{column}", str(column)) in done.err
    assert done.err.count("\n") == 1


def test_kernel_without_firmware_starts_in_machine_mode(outboard, files,
                                                        machine, tmp_path):
    """csrr a3, misa, which only M mode may; then in a circle."""
    program = tmp_path / "program"
    program.write_bytes(struct.pack("<II", 0x301026f3, 0x0000006f))
    made = machine(outboard.command, "qemu-system-riscv64", "-M", "rv64",
                   "-display", "none", "-bios", "none", "-kernel", program)
    wait_for(lambda: re.search(r"x13/a3 +8[0-9a-f]{15}",
                               made.hmp("info registers")))
    assert re.search(r"pc +0*80200004", made.hmp("info registers"))


def test_snapshot_of_a_running_board_goes_on(board, files, tmp_path):
    disk = tmp_path / "disk.qcow2"
    done = run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "16M"])
    assert done.status == 0, done.err
    child = board("-kernel", files / "u-boot.bin", "-drive",
                  f"if=none,id=d,file={disk}", "-device",
                  "virtio-blk-device,drive=d")
    u_boot(child)
    ask(child, "setenv where before", "=> ")
    child.send("\x01c")
    child.expect(r"\(qemu\) ")
    ask(child, "savevm here", r"\r\n\(qemu\) ")
    child.send("\x01c\r")
    child.expect("=> ")
    ask(child, "setenv where after", "=> ")
    child.send("\x01c")
    child.expect(r"\(qemu\) ")
    ask(child, "loadvm here", r"\r\n\(qemu\) ")
    child.send("\x01c\r")
    child.expect("=> ")
    ask(child, "sleep 1; echo it was $where", "it was before")


@pytest.mark.slow
def test_linux_comes_to_a_shell_with_all_its_devices(board, files, tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(b"outboard" * 64 * 1024)
    child = board("-kernel", files / "Image", "-initrd",
                  files / "initramfs.cpio.gz", "-append", "console=ttyS0",
                  "-drive", f"if=none,id=d,format=raw,file={disk}",
                  "-device", "virtio-blk-device,drive=d",
                  "-netdev", "user,id=n", "-device",
                  "virtio-net-device,netdev=n",
                  "-device", "virtio-rng-device", limit_s=LINUX_S)
    child.expect("outboard: shell ready")
    child.expect("# ")
    ask(child, "grep -c ^processor /proc/cpuinfo", "\n4\r")
    ask(child, "cat /proc/interrupts", r"SiFive PLIC +10 Edge +ttyS0")
    ask(child, "head -c 8 /dev/vda; echo", "\noutboard\r")
    ask(child, "head -c 16 /dev/hwrng | wc -c", "\n16\r")
    ask(child, "ip link | grep -c eth0", "\n1\r")
    ask(child, "cat /sys/class/rtc/rtc0/name", "goldfish_rtc")
    child.send("poweroff -f\r")
    child.expect("Power down")
    assert ended(child) == 0


@pytest.mark.slow
@one_qemu_isolated
def test_linux_on_two_harts_reboots(board, files):
    child = board("-kernel", files / "Image", "-initrd",
                  files / "initramfs.cpio.gz", "-append",
                  "console=ttyS0 outboard.run=reboot", "-smp", "2", "-m",
                  "256M", "-no-reboot", limit_s=LINUX_S)
    child.expect("Brought up 1 node, 2 CPUs")
    child.expect("Restarting system")
    assert ended(child) == 0
