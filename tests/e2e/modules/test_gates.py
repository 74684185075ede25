# SPDX-License-Identifier: MIT
"""A named module is checked before QEMU starts, with one and the same line.

`outboard check` says it, and so does a run, in-process or isolated.
"""

import json
import shutil
import subprocess

import pytest

from support.module_maker import BODY, Maker, descriptor
from support.paths import ROOT
from support.processes import run as start

GOOD = "#include <outboard/outboard.h>\n" + BODY

MINE = """
#include <outboard/outboard.h>
OB_MODINFO("name", NAME);
OB_MODINFO("license", "MIT");
struct uart { uint32_t depth; };
static const struct ob_region regions[] = { { .name = "r", .bytes = 64 } };
OB_DEVICE(uart, NAME "-uart", struct uart, "a test's uart", .flags = FLAGS,
          .regions = OB_ARRAY(regions));
static const struct ob_device_type *const types[] = { &uart };
""" + descriptor(name="HEAD_NAME", devices=".devices = OB_ARRAY(types)")
NOTHING = ("; a module links nothing from QEMU or Outboard, so define it or "
           "link the library that has it")


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


def run(outboard, *words, isolate=()):
    return outboard(*isolate, "qemu-system-arm", "-M", "none", "-display",
                    "none", *words)


def check(outboard, path):
    return outboard("check", path)


def everywhere(outboard, path, text, places=3):
    """The same line from check, from a run, and from an isolated one."""
    for done in (check(outboard, path),
                 run(outboard, "-add_machines", path, "-device",
                     f"{path.stem}-uart,help"),
                 run(outboard, "-add_machines", path, "-device",
                     f"{path.stem}-uart", isolate=["--isolate=all"]))[:places]:
        assert done.err == f"outboard: {path}: {text}\n"
        assert (done.status, done.out) == (1, "")


def write(path, document):
    path.write_text(json.dumps(document))
    path.chmod(0o644)
    return path


# --- what is announced ----------------------------------------------------

def both(outboard, path):
    """A run stops as check does, in the same words."""
    said = check(outboard, path)
    done = run(outboard, "-add_modinfo", path)
    assert (done.status, done.out, done.err) == (1, "", said.err)
    assert said.status == 1 and said.err.count("\n") == 1
    return said.err


def test_announced_circles_are_refused(outboard, tmp_path):
    tmp_path.chmod(0o755)
    one = write(tmp_path / "one.json", {"a": {"name": "a", "deps": ["a"]}})
    assert "in a circle (a -> a)" in both(outboard, one)
    two = write(tmp_path / "two.json", {"a": {"name": "a", "deps": ["b"]},
                                        "b": {"name": "b", "deps": ["a"]}})
    assert "in a circle (a -> b -> a)" in both(outboard, two)


def test_announced_module_without_a_file_is_refused(outboard, maker):
    assert "no file acme.so in " in both(outboard, maker.modinfo("acme"))


def test_announced_dependency_without_a_file_is_refused(outboard, maker):
    maker.module("top", DEPS="low")
    maker.modinfo("low")
    maker.modinfo("top", deps=["low"])
    path = maker.folder / "both.json"
    write(path, {**json.loads((maker.folder / "top.json").read_text()),
                 **json.loads((maker.folder / "low.json").read_text())})
    assert "no file low.so in " in both(outboard, path)


def test_announced_module_that_says_otherwise_is_refused(outboard, maker):
    maker.module("acme")
    info = maker.modinfo("acme", objs=["acme-uart", "acme-ghost"])
    assert '"objs" names what the module itself does not' in both(outboard,
                                                                  info)
    assert not maker.mark("acme").exists()


def test_announced_module_others_may_write_is_refused(outboard, maker):
    maker.module("acme").chmod(0o666)
    assert "acme.so: " in both(outboard, maker.modinfo("acme"))


def test_announced_board_that_is_wrong_is_refused(outboard, maker):
    maker.module("acme")
    write(maker.folder / "kit.json", {
        "outboard": 1, "board": "kit", "title": "kit", "arch": ["arm"],
        "memory": {}, "parts": {"u": {"type": "acme-uart", "at": "odd"}}})
    assert "kit.json:1:" in both(outboard, maker.modinfo(
        "acme", boards={"kit": {"file": "kit.json"}}))


def test_announced_for_another_target_needs_no_file(outboard, maker):
    info = maker.modinfo("acme", arch=["riscv64"])
    assert run(outboard, "-add_modinfo", info, "-version").status == 0


def test_announced_good_module_is_not_run(outboard, maker):
    maker.module("acme")
    info = maker.modinfo("acme")
    assert run(outboard, "-add_modinfo", info, "-version").status == 0
    assert check(outboard, info).status == 0
    assert not maker.mark("acme").exists()


# --- what it links --------------------------------------------------------

@pytest.mark.parametrize("name", ["nowhere_at_all", "qemu_get_cpu", "g_free"])
def test_undefined_name_is_refused(outboard, maker, name):
    source = (f"extern void {name}(void);\n" + GOOD +
              f"OB_EXPORT void (*keep)(void) = {name};\n")
    path = maker.compile("acme", source)
    everywhere(outboard, path, f"undefined symbol: {name}{NOTHING}")


def test_names_of_libraries_and_weak_ones_are_fine(outboard, maker):
    source = ("#include <string.h>\n#include <math.h>\n" + GOOD +
              "extern int may_be __attribute__((weak));\n"
              "OB_EXPORT int *keep_a = &may_be;\n"
              "OB_EXPORT double (*keep_b)(double) = sin;\n"
              "OB_EXPORT void *(*keep_c)(void *, int, size_t) = memset;\n")
    path = maker.compile("acme", source)
    assert check(outboard, path).status == 0
    assert run(outboard, "-add_machines", path, "-version").status == 0


def test_library_that_is_missing_is_named(outboard, maker):
    own = maker.compile("own", "int own(void) { return 5; }",
                        "-Wl,-soname,libown.so.7")
    path = maker.compile("acme", "int own(void);\n" + GOOD +
                         "OB_EXPORT int (*keep)(void) = own;\n",
                         "-Wl,--no-as-needed", str(own))
    everywhere(outboard, path, "cannot be opened (libown.so.7: cannot open "
               "shared object file: No such file or directory); see ldd "
               f"{path}", places=2)


# --- what it exports ------------------------------------------------------

def clash(path, name, owner):
    return (f'exports "{name}", which {owner} has too: the module would use '
            "that one; make it static, or compile with -fvisibility=hidden, "
            "as pkg-config --cflags outboard says")


@pytest.mark.parametrize("export", [
    "void *qemu_get_cpu(int n) { (void)n; return 0; }", "int error_abort;"])
def test_export_that_qemu_has_is_refused(outboard, maker, export):
    """Two files: the other one's name is not static."""
    other = maker.folder / "other.c"
    other.write_text(export)
    path = maker.compile("acme", "#include <fcntl.h>\n" + GOOD, "-x", "c",
                         str(other))
    name = "qemu_get_cpu" if "cpu" in export else "error_abort"
    done = run(outboard, "-add_machines", path)
    assert done.err == (f"outboard: {path}: "
                        f"{clash(path, name, 'qemu-system-arm')}\n")
    said = check(outboard, path)
    assert said.status == 1
    assert f'acme.so: exports "{name}", which qemu-system-' in said.err
    hidden = maker.compile("acme", GOOD, "-fvisibility=hidden", "-x", "c",
                           str(other))
    assert check(outboard, hidden).status == 0
    assert run(outboard, "-add_machines", hidden, "-version").status == 0


@pytest.mark.parametrize("name, owner", [("qsort", "libc.so.6"),
                                         ("g_free", "libglib-2.0.so.0")])
def test_export_that_a_library_has_is_refused(outboard, maker, name, owner):
    path = maker.compile("acme", GOOD + f"void {name}(void *p) {{ (void)p; }}")
    everywhere(outboard, path, clash(path, name, owner))


def test_export_of_its_own_is_a_warning_of_check(outboard, maker):
    path = maker.compile("acme", GOOD + "int my_helper(void) { return 1; }")
    said = check(outboard, path)
    assert said.status == 0
    assert said.err.startswith(
        f"outboard: warning: {path}: exports 1 name besides outboard_module "
        '("my_helper"), which a QEMU may have too; make it static, ')
    symbolic = maker.compile("acme", GOOD + "int my_helper(void);\n"
                             "int my_helper(void) { return 1; }",
                             "-Wl,-Bsymbolic")
    assert check(outboard, symbolic).err == ""


def test_flags_of_pkg_config_keep_the_modules_symbol(outboard, maker):
    pc = (outboard.stage / "lib/pkgconfig/outboard.pc").read_text()
    assert "-fvisibility=hidden" in pc
    path = maker.compile("acme", GOOD, "-fvisibility=hidden")
    said = check(outboard, path)
    assert (said.status, said.err) == (0, "")
    cxx = maker.folder / "cxx.so"
    subprocess.run(["g++", "-std=c++11", "-shared", "-fPIC",
                    "-fvisibility=hidden", f"-I{outboard.stage}/include",
                    ROOT / "tests/modules/cxx/cxx.cc", "-o", cxx], check=True)
    cxx.chmod(0o644)
    said = check(outboard, cxx)
    assert (said.status, said.err) == (0, "")


# --- what its descriptor says ----------------------------------------------

@pytest.mark.parametrize("fields, text", [
    ({"LICENSE": "GPL-2.0-only"},
     'outboard_module names the licence "GPL-2.0-only", its .modinfo section '
     '"MIT"; make them agree'),
    ({"HEAD_NAME": "other"},
     'outboard_module calls itself "other", its .modinfo section "acme"; make '
     "them agree"),
    ({"more": 'OB_MODINFO("objs", "acme-ghost");'},
     'announces the type "acme-ghost", but outboard_module does not hold it; '
     "add it to .devices"),
    ({"flags": "9"}, "type acme-uart: flags 0x9 are unknown; use 0"),
])
def test_descriptor_is_refused_alike(outboard, maker, fields, text):
    fields = dict(fields)
    source = MINE.replace("FLAGS", fields.pop("flags", "0"))
    source += fields.pop("more", "")
    path = maker.compile("acme", source, **{"HEAD_NAME": "acme", **fields})
    everywhere(outboard, path, text)


def test_module_that_cannot_be_confined_is_noted(outboard, maker):
    """Its constructor asks for what a confined process may not do."""
    path = maker.compile("acme", "#include <sys/socket.h>\n" + GOOD + """
        __attribute__((constructor)) static void ask(void)
        { (void)socket(AF_UNIX, SOCK_STREAM, 0); }""")
    said = check(outboard, path)
    assert said.status == 0 and "good, module acme" in said.out
    assert "its descriptor is not checked, because it does not" in said.err
    assert run(outboard, "-add_machines", path, "-version").status == 0


def test_check_without_the_host_says_what_it_left_out(outboard, maker,
                                                      tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(outboard.stage / "bin", tree / "bin", symlinks=True)
    path = maker.module("acme")
    said = check(outboard, path)
    assert (said.status, said.err) == (0, "")
    said = start([tree / "bin" / "outboard", "check", path])
    assert said.status == 0
    assert "check: descriptors are not checked (" in said.err
