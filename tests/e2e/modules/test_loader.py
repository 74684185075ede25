# SPDX-License-Identifier: MIT
"""What stands between a module's file and its code, seen from outside."""

import os
import re
import shutil

import pytest

from support.module_maker import HEAD, Maker, descriptor, other_architecture


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


def refused(result, text):
    """One line, status 1, and nothing of QEMU."""
    assert result.err == f"outboard: {text}\n"
    assert result.out == ""
    assert result.status == 1


def start(outboard, *argv, **options):
    return outboard("qemu-system-arm", "-M", "none", "-display", "none",
                    *argv, **options)


def test_module_named_is_loaded_at_once(outboard, maker):
    path = maker.module("acme")
    done = start(outboard, "-add_machines", path, "-M", "help")
    assert done.status == 0, done.err
    assert maker.mark("acme").exists()


def test_module_announced_is_not_loaded_by_lists(outboard, maker):
    maker.module("acme")
    info = maker.modinfo("acme")
    for arguments in (["-M", "help"], ["-device", "help"], ["-cpu", "help"],
                      ["-version"]):
        done = start(outboard, "-add_modinfo", info, *arguments)
        assert done.status == 0, done.err
        assert not maker.mark("acme").exists()
    listed = start(outboard, "-add_modinfo", info, "-device", "help")
    assert 'name "acme-uart"' in listed.out


def test_module_announced_is_loaded_when_needed(outboard, maker):
    maker.module("acme")
    info = maker.modinfo("acme")
    done = start(outboard, "-add_modinfo", info, "-device", "acme-uart,help")
    assert done.status == 0, done.err
    assert "depth=<uint32>" in done.out
    assert maker.mark("acme").exists()


@pytest.mark.parametrize("first", [True, False])
def test_module_named_and_announced_is_loaded_in_silence(outboard, maker,
                                                         first):
    named = ["-add_machines", maker.module("acme")]
    announced = ["-add_modinfo", maker.modinfo("acme")]
    done = start(outboard, *(named + announced if first
                             else announced + named), "-M", "help")
    assert (done.status, done.err) == (0, "")
    assert maker.mark("acme").exists()


def test_module_named_and_announced_otherwise_is_refused(outboard, maker):
    path = maker.module("acme")
    info = maker.modinfo("acme", objs=["acme-uart", "acme-ghost"])
    done = start(outboard, "-add_machines", path, "-add_modinfo", info)
    assert done.status == 1
    assert f'{info}:1:2: "objs"' in done.err and done.err.count("\n") == 1
    assert not maker.mark("acme").exists()


def test_module_announced_twice_is_reported(outboard, maker):
    maker.module("acme")
    one = maker.modinfo("acme")
    two = maker.folder / "two.json"
    shutil.copy(one, two)
    done = start(outboard, "-add_modinfo", f"{one},{two}", "-M", "help")
    assert done.status == 0
    assert done.err == (f"outboard: warning: {two}:1:2: a module is announced "
                        f'twice ("acme", also in {one}:1:2); this one is '
                        "used\n")


def test_module_named_by_name_is_found_in_outboard_path(outboard, maker):
    maker.module("acme")
    done = start(outboard, "-add_machines", "acme", "-M", "help",
                 env={"OUTBOARD_PATH": str(maker.folder)})
    assert done.status == 0, done.err
    assert maker.mark("acme").exists()


def test_module_name_is_not_looked_for_in_current_directory(outboard, maker):
    maker.module("acme")
    for env in ({}, {"OUTBOARD_PATH": "."}, {"OUTBOARD_PATH": ""}):
        done = start(outboard, "-add_machines", "acme", cwd=maker.folder,
                     env=env)
        assert 'no module "acme" is announced' in done.err
        assert done.status == 1
        assert not maker.mark("acme").exists()


@pytest.mark.parametrize("name, flaw", [
    (".hidden", "starts with a dot"),
    ("-dash", "starts with a dash"),
    ("a b", "holds ' '"),
])
def test_module_name_hostile_is_refused(outboard, name, flaw):
    done = start(outboard, f"-add_machines={name}")
    assert done.status == 1
    assert done.err.startswith(f'outboard: -add_machines: the module name '
                               f'"{name}" ')
    assert done.err.count("\n") == 1


def test_module_name_traversal_is_a_path(outboard, maker):
    done = start(outboard, "-add_machines", "../acme", cwd=maker.folder)
    assert done.status == 1
    assert "../acme" in done.err and done.err.count("\n") == 1


def test_dependencies_missing_and_cycles_are_named(outboard, maker):
    maker.module("top", DEPS="gone")
    info = maker.modinfo("top", deps=["gone"])
    done = start(outboard, "-add_modinfo", info, "-add_machines", "top")
    assert done.status == 1
    assert '"gone"' in done.err and done.err.count("\n") == 1
    assert not maker.mark("top").exists()
    maker.module("a", DEPS="b")
    maker.module("b", DEPS="a")
    done = start(outboard, "-add_modinfo", maker.modinfo("a", deps=["b"]),
                 "-add_modinfo", maker.modinfo("b", deps=["a"]),
                 "-add_machines", "a")
    assert done.status == 1
    assert "a -> b -> a" in done.err and done.err.count("\n") == 1


def test_dependencies_are_loaded_first(outboard, maker):
    maker.module("base")
    maker.module("top", DEPS="base")
    done = start(outboard, "-add_modinfo", maker.modinfo("base"),
                 "-add_modinfo", maker.modinfo("top", deps=["base"]),
                 "-device", "top-uart,help")
    assert done.status == 0, done.err
    base, top = maker.mark("base"), maker.mark("top")
    assert base.stat().st_mtime_ns <= top.stat().st_mtime_ns


# --- each gate has its own text -----------------------------

def test_gate_missing_file(outboard, tmp_path):
    done = start(outboard, "-add_machines", tmp_path / "no.so")
    assert done.status == 1
    assert done.err.startswith(f"outboard: {tmp_path}/no.so: ")
    assert done.err.count("\n") == 1


def test_gate_text_file(outboard, maker):
    path = maker.folder / "text.so"
    path.write_text("hello, world\n")
    path.chmod(0o644)
    refused(start(outboard, "-add_machines", path),
            f'{path}: is not a module (it starts with "hello, w", not with an '
            'elf header); name a shared object built on the sdk')


def test_gate_directory(outboard, maker):
    path = maker.folder / "dir.so"
    path.mkdir()
    refused(start(outboard, "-add_machines", path),
            f"{path}: is a directory; name a file in it")


def test_gate_world_writable(outboard, maker):
    path = maker.module("acme")
    path.chmod(0o666)
    refused(start(outboard, "-add_machines", path),
            f"{path}: others may write it (mode 0666); chmod go-w {path}")
    assert not maker.mark("acme").exists()


def test_gate_directory_writable(outboard, maker):
    path = maker.module("acme")
    maker.folder.chmod(0o777)
    done = start(outboard, "-add_machines", path)
    assert done.status == 1
    assert str(maker.folder) in done.err and "chmod" in done.err
    assert not maker.mark("acme").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_gate_other_owner(outboard, maker):
    path = maker.module("acme")
    os.chown(path, 12345, 12345)
    done = start(outboard, "-add_machines", path)
    assert done.status == 1
    assert "belongs to neither root nor you (owner is uid 12345" in done.err
    assert not maker.mark("acme").exists()


def test_gate_other_architecture(outboard, maker):
    path = other_architecture(maker.folder / "foreign.so")
    done = start(outboard, "-add_machines", path)
    assert done.status == 1
    assert "(ppc64)" in done.err
    assert done.err.count("\n") == 1


def test_gate_refuses_a_program(outboard):
    done = start(outboard, "-add_machines", "/bin/true")
    assert done.status == 1
    assert done.err.startswith("outboard: /bin/true: ")
    assert done.err.count("\n") == 1


def test_gate_no_entry_symbol(outboard, maker):
    path = maker.compile("bare", HEAD + 'OB_MODINFO("name", NAME);\n'
                         'OB_MODINFO("license", "MIT");\n')
    refused(start(outboard, "-add_machines", path),
            f"{path}: exports no symbol outboard_module; declare it with "
            "OB_MODULE")
    assert not maker.mark("bare").exists()


def test_gate_newer_abi(outboard, maker):
    path = maker.compile("newer", """
        #define OUTBOARD_MODINFO_H
        """ + HEAD + """
        #define S __attribute__((section(".modinfo"), used, aligned(1))) \\
            static const char
        S a[] = "name=newer"; S b[] = "license=MIT"; S c[] = "abi=0.9";
        """ + descriptor())
    refused(start(outboard, "-add_machines", path),
            f"{path}: needs ABI 0.9, and this Outboard has 0.1; install a "
            "newer Outboard")
    assert not maker.mark("newer").exists()


def test_gate_licence(outboard, maker):
    """It runs isolated, where it cannot open its file."""
    path = maker.module("closed", LICENSE="Proprietary")
    done = start(outboard, "-add_machines", path, "-M", "help")
    assert done.status == 0, done.err
    assert not maker.mark("closed").exists()


def test_gate_json_and_section_disagree(outboard, maker):
    maker.module("acme")
    info = maker.modinfo("acme", objs=["acme-uart", "acme-ghost"])
    done = start(outboard, "-add_modinfo", info, "-device", "acme-ghost")
    assert done.status == 1
    assert f"{info}:1:2: \"objs\"" in done.err
    assert not maker.mark("acme").exists()


def test_gate_undefined_symbol(outboard, maker):
    path = maker.compile("undef", HEAD + """
        extern void no_such_function(void);
        void (*call)(void) = no_such_function;
        OB_MODULE_WITH(NAME, "1", "MIT", .desc = "links nothing");
        """)
    done = start(outboard, "-add_machines", path)
    assert done.status == 1
    assert "undefined symbol: no_such_function; a module links nothing from " \
        "QEMU or Outboard" in done.err
    assert not maker.mark("undef").exists()


def test_gate_named_module_is_checked_whole(outboard, maker):
    path = maker.compile("wrong", HEAD + """
        OB_MODINFO("objs", "wrong-uart");
        static const struct ob_device_type uart = {
            .size = 8, .name = "wrong-uart" };
        OB_MODULE(NAME, "1", "MIT", &uart);
        """)
    done = start(outboard, "-add_machines", path)
    assert done.status == 1
    assert f"{path}: type: its struct has 8 bytes" in done.err
    assert done.err.count("\n") == 1


# --- option groups ----------------------------------------------

def test_option_group_opens_its_module_and_sets_defaults(outboard, maker):
    maker.module("acme", OPTS="acme")
    info = maker.modinfo("acme", opts=["acme"])
    done = start(outboard, "-add_modinfo", info, "-acme", "depth=64",
                 "-M", "help")
    assert done.status == 0, done.err
    assert maker.mark("acme").exists()


BOARD = """{ "outboard": 1, "board": "acme", "title": "a test", "arch": ["arm"],
  "memory": { "flash": { "at": 0, "size": "64 KiB", "kind": "rom" } },
  "parts": {
    "cpu": { "type": "armv7m", "clocks": { "cpuclk": "16 MHz" },
             "props": { "cpu-type": "cortex-m3-arm-cpu" },
             "links": { "memory": "system" } },
    "u": { "type": "acme-uart", "at": "0x40000000" } },
  "boot": { "kind": "cortex-m", "cpu": "cpu", "load": "flash" } }
"""


def test_option_group_reaches_the_device(outboard, maker, machine):
    maker.module("acme", OPTS="acme")
    info = maker.modinfo("acme", opts=["acme"])
    board = maker.folder / "board.json"
    board.write_text(BOARD)
    board.chmod(0o644)
    vm = machine(outboard.command, "qemu-system-arm", "-M", "acme",
                 "-display", "none", "-S", "-add_machines", board,
                 "-add_modinfo", info, "-acme", "depth=64")
    assert vm.qmp("qom-get", path="/machine/u", property="depth") == 64


def test_option_group_unknown_key_is_refused(outboard, maker):
    maker.module("acme", OPTS="acme")
    info = maker.modinfo("acme", opts=["acme"])
    refused(start(outboard, "-add_modinfo", info, "-acme", "dept=64"),
            '-acme dept=64: no type of module "acme" has a property "dept"; '
            'did you mean "depth"')


def test_option_group_of_qemus_own_name_stays_qemus(outboard, maker):
    maker.module("acme", OPTS="name")
    info = maker.modinfo("acme", opts=["name"])
    done = start(outboard, "-add_modinfo", info, "-name", "x", "-M", "help")
    assert done.status == 0
    assert done.err == (f'outboard: warning: {info}: option group "name" of '
                        'module "acme" is an option of QEMU\'s own, which gets '
                        "it; give it another name\n")
    assert not maker.mark("acme").exists()


def test_option_group_without_value_is_refused(outboard, maker):
    maker.module("acme", OPTS="acme")
    info = maker.modinfo("acme", opts=["acme"])
    refused(start(outboard, "-add_modinfo", info, "-acme"),
            "-acme: no value after it; give key=value[,...]")


# --- native QEMU modules ----------------------------------------

NATIVE = """
#include <fcntl.h>
struct TypeInfo;
extern void register_dso_module_init(void (*fn)(void), int type);
extern void *type_register_static(const void *info);
void STAMP(void) {}
static const struct {
    const char *name, *parent;
    unsigned long rest[11];
} info = { "native-test", "device", { 0 } };
static void types(void)
{
    type_register_static(&info);
    (void)open(MARK, O_CREAT | O_RDWR, 0600);
}
__attribute__((constructor)) static void init(void)
{
    register_dso_module_init(types, 3);
}
"""


def stamp_of(path):
    with open(path, "rb") as file:
        found = re.search(rb"qemu_stamp_[0-9a-f]{40}", file.read())
    return found.group().decode()


def test_native_module_of_this_build_is_loaded(outboard, qemu, maker):
    stamp = stamp_of(qemu("arm"))
    path = maker.compile("native", NATIVE, f"-DSTAMP={stamp}")
    done = start(outboard, "-add_machines", path, "-device", "help")
    assert done.status == 0, done.err
    assert maker.mark("native").exists()
    assert 'name "native-test"' in done.out


def test_native_module_leaves_qemus_own_modules_working(outboard, qemu,
                                                        maker):
    """QEMU asserts that no initialiser is left over from another load."""
    stamp = stamp_of(qemu("arm"))
    path = maker.compile("native", NATIVE, f"-DSTAMP={stamp}")
    plain = outboard("qemu-system-arm", "-display", "help")
    done = outboard("qemu-system-arm", "-add_machines", path, "-display",
                    "help")
    assert done.status == plain.status == 0
    assert done.out == plain.out


def test_native_module_of_another_build_is_refused(outboard, qemu, maker):
    other = "qemu_stamp_" + "0123456789" * 4
    path = maker.compile("native", NATIVE, f"-DSTAMP={other}")
    refused(start(outboard, "-add_machines", path),
            f"{path}: native QEMU module of another build ({other}; "
            f"{qemu('arm')} is {stamp_of(qemu('arm'))}); build it with this "
            "QEMU's sources and configuration")
    assert not maker.mark("native").exists()


def test_native_module_behind_a_wrapper_is_refused_in_qemu(outboard, maker):
    other = "qemu_stamp_" + "0123456789" * 4
    path = maker.compile("native", NATIVE, f"-DSTAMP={other}")
    done = outboard("qemu-system-i386", "-M", "none", "-display", "none",
                    "-add_machines", path)
    assert done.status == 1
    assert "native QEMU module of another build" in done.err
    assert done.err.count("\n") == 1
    assert not maker.mark("native").exists()
