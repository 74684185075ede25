# SPDX-License-Identifier: MIT
"""The command: what it takes, what it hands on, and what it refuses."""

import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess

import pytest

from support.module_maker import BODY, HEAD, MODULE, Maker
from support.paths import ROOT
from support.processes import clean_environment, run
from support.qemus import needs_bare_qemu

ARCH_WITHOUT = "avr"        # nothing installed is for it


@pytest.fixture
def maker(outboard, tmp_path):
    tmp_path.chmod(0o755)
    return Maker(outboard.stage, tmp_path)


@pytest.fixture
def acme(maker):
    """A modinfo file whose module leaves a mark when it is opened."""
    maker.module("acme")
    return maker.modinfo("acme")


def write(path, text, mode=0o644):
    path.write_text(text)
    path.chmod(mode)
    return path


# --- plain QEMU, and becoming it --------------------------------

def test_nothing_external_runs_plain_qemu(outboard, qemu):
    name = f"qemu-system-{ARCH_WITHOUT}"
    done = outboard("--print", name, "-M", "help", "-append", "a b")
    assert done.out == (f"{qemu(ARCH_WITHOUT)} -M help -append 'a b'\n"
                        "# nothing external: plain QEMU\n")
    assert done.status == 0


def test_print_shows_command_and_session(outboard, qemu, acme, tmp_path):
    done = outboard("--print", f"qemu-system-{ARCH_WITHOUT}", "-M", "none",
                    "-add_modinfo", acme, "-S", cwd=tmp_path,
                    env={"OUTBOARD_PATH": "/none", "HOME": "/nowhere"})
    assert done.out == (
        f"OUTBOARD_SESSION=3 LD_PRELOAD={outboard.bridge} "
        f"{qemu(ARCH_WITHOUT)} -M none -S\n"
        f"# target {ARCH_WITHOUT}\n"
        f"# module acme (announced, {acme}), opened when needed; types "
        "acme-uart\n"
        f"# started in {tmp_path}\n"
        "# looks for modules in /none\n"
        "# looks for modules in /nowhere/.local/share/outboard/modules\n"
        f"# looks for modules in {outboard.stage}/lib/outboard/modules\n")
    assert done.status == 0


def test_users_preload_is_kept_behind_ours(outboard, acme):
    done = outboard("--print", "qemu-system-avr", "-add_modinfo", acme,
                    env={"LD_PRELOAD": "libm.so.6"})
    assert f"LD_PRELOAD={outboard.bridge}:libm.so.6 " in done.out


@pytest.mark.parametrize("arguments", [
    ["-add_modinfo", "{acme}"], ["--add_modinfo", "{acme}"],
    ["-add_modinfo={acme}"], ["--add_modinfo={acme}"],
])
@pytest.mark.parametrize("first", [True, False])
def test_option_is_taken_from_anywhere(outboard, acme, arguments, first):
    ours = [word.replace("{acme}", str(acme)) for word in arguments]
    theirs = ["-device", "help"]
    done = outboard("qemu-system-arm", *(ours + theirs if first
                                         else theirs + ours))
    assert done.status == 0, done.err
    assert 'name "acme-uart"' in done.out


def test_option_as_anothers_value_is_left(outboard, qemu):
    done = outboard("--print", "qemu-system-avr", "-append", "-add_modinfo")
    assert done.out.splitlines()[0] == \
        f"{qemu('avr')} -append -add_modinfo"


def test_exit_status_and_text_are_qemus(outboard, qemu, acme):
    plain = subprocess.run([qemu("arm"), "-M", "nosuch"], text=True,
                           capture_output=True, check=False)
    done = outboard("qemu-system-arm", "-M", "nosuch", "-add_modinfo", acme)
    assert done.status == plain.returncode == 1
    assert done.err == plain.stderr


def running(outboard, *argv):
    """A QEMU that waits at its monitor, and its process."""
    process = subprocess.Popen(
        [outboard.command, *argv, "-M", "none", "-display", "none", "-S",
         "-monitor", "stdio"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=clean_environment())
    process.stdin.write(b"info status\n")
    process.stdin.flush()
    seen = b""
    while b"VM status" not in seen:     # only the main loop answers
        one = os.read(process.stdout.fileno(), 4096)
        assert one, seen
        seen += one
    return process


def end(process):
    process.stdin.close()
    process.stdout.close()
    if process.poll() is None:
        process.kill()
    process.wait(timeout=30)


def test_exec_keeps_the_pid(outboard, qemu, acme):
    process = running(outboard, "qemu-system-arm", "-add_modinfo", acme)
    try:
        assert os.readlink(f"/proc/{process.pid}/exe") == \
            os.path.realpath(qemu("arm"))
        environment = pathlib.Path(f"/proc/{process.pid}/environ")
        assert environment.exists()
    finally:
        end(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT,
                                    signal.SIGKILL, signal.SIGSEGV])
def test_signals_end_it_as_they_end_qemu(outboard, qemu, acme, number):
    ends = []
    for words in (["qemu-system-avr"],
                  ["qemu-system-avr", "-add_modinfo", str(acme)]):
        process = running(outboard, *words)
        try:
            process.send_signal(number)
            ends.append(process.wait(timeout=30))
        finally:
            end(process)
    assert ends[0] == ends[1]


def test_lists_run_no_module_code(outboard, maker, acme):
    for arguments in (["-M", "help"], ["-device", "help"]):
        done = outboard("qemu-system-arm", "-add_modinfo", acme, *arguments)
        assert done.status == 0, done.err
    assert not maker.mark("acme").exists()


# --- which QEMU -------------------------------------------------

def test_debians_script_works(outboard, acme):
    done = outboard("qemu-system-i386", "-add_modinfo", acme, "-device",
                    "help")
    assert done.status == 0, done.err
    assert 'name "acme-uart"' in done.out


def test_wrapper_script_works(outboard, qemu, acme, tmp_path):
    script = write(tmp_path / "qemu-system-arm",
                   f'#!/bin/sh\nexec {qemu("arm")} "$@"\n', 0o755)
    done = outboard(script, "-add_modinfo", acme, "-device", "help")
    assert done.status == 0, done.err
    assert 'name "acme-uart"' in done.out


def test_wrapper_script_of_another_name_gets_the_target(outboard, qemu,
                                                        acme, tmp_path):
    script = write(tmp_path / "my-emulator",
                   f'#!/bin/sh\nexec {qemu("arm")} "$@"\n', 0o755)
    done = outboard("--arch", "arm", script, "-add_modinfo", acme, "-device",
                    "help")
    assert done.status == 0, done.err
    assert 'name "acme-uart"' in done.out


def test_wrapper_script_of_another_name_offers_its_targets_own(
        outboard, qemu, maker, tmp_path):
    """The emulator's name gives the target if the script's name does not."""
    script = write(tmp_path / "my-emulator",
                   f'#!/bin/sh\nexec {qemu("avr")} "$@"\n', 0o755)
    board = write(tmp_path / "b.json", """{ "outboard": 1, "board": "b",
        "title": "for arm", "arch": ["arm"], "memory": {}, "parts": {} }""")
    maker.module("ours")
    done = outboard(script, "-add_machines", board, "-add_modinfo",
                    maker.modinfo("theirs", arch=["arm"]), "-add_modinfo",
                    maker.modinfo("ours"), "-M", "none", "-device", "help")
    assert done.status == 0, done.err
    assert 'name "ours-uart"' in done.out
    assert 'name "theirs-uart"' not in done.out
    listed = outboard(script, "-add_machines", board, "-M", "help")
    assert "for arm" not in listed.out


def test_called_as_outboard_system_arch(outboard, acme):
    link = outboard.stage / "bin" / "outboard-system-arm"
    done = subprocess.run([link, "-add_modinfo", acme, "-device", "help"],
                          text=True, capture_output=True, check=False,
                          env=clean_environment(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert 'name "acme-uart"' in done.stdout


@needs_bare_qemu
def test_bare_qemu_runs_plain_if_nothing_is_asked_for(outboard):
    done = outboard("qemu-system-x86_64-microvm", "-M", "help")
    assert done.status == 0
    assert "microvm" in done.out


@needs_bare_qemu
def test_bare_qemu_with_something_asked_for_is_refused(outboard, maker):
    done = outboard("qemu-system-x86_64-microvm", "-M", "help",
                    "-add_modinfo", maker.modinfo("acme"))
    path = shutil.which("qemu-system-x86_64-microvm")
    assert done.err == (
        f"outboard: {path}: exports none of QEMU's functions (built for "
        "microvm alone), so nothing external can be added to it; use "
        "qemu-system-x86_64\n")
    assert done.status == 1


GIVE = "give the path of a qemu-system-ARCH program"


@pytest.mark.parametrize("name, text", [
    ("no-such-qemu", "no-such-qemu: no such program on PATH; install it "
     "(Debian: qemu-system-arm, qemu-system-misc, ...) or give its path"),
    ("./no-such-qemu", f"./no-such-qemu: no such program; {GIVE}"),
    ("/tmp", f"/tmp: is a directory; {GIVE}"),
    ("/dev/null", f"/dev/null: is not a program; {GIVE}"),
    ("/etc/passwd", f"/etc/passwd: is not executable; {GIVE}"),
    ("/bin/true", f"/bin/true: is not QEMU; {GIVE}"),
    ("true", f"{shutil.which('true')}: is not QEMU; {GIVE}"),
    ("chek", 'chek: neither a verb nor a program on PATH; did you mean '
     '"check"?'),
])
def test_program_that_is_not_qemu_is_refused(outboard, name, text):
    done = outboard(name, "-M", "help")
    assert done.err == f"outboard: {text}\n"
    assert (done.status, done.out) == (1, "")


@pytest.mark.parametrize("content, text", [
    (b"", "is empty"),
    (b"neither this nor that\n", "is neither a program nor a script"),
    (b"\x7fELF", "is neither a program nor a script"),
    (b"\x7fELF\x02\x01\x01" + bytes(9),
     "is a program for another architecture (cut short)"),
    (b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x02\x00\x28\x00" + bytes(99),
     "is a program for another architecture (32-bit ARM)"),
    (b"\x7fELF\x02\x02\x01" + bytes(9) + b"\x00\x02\x00\x16" + bytes(99),
     "is a program for another architecture (64-bit S/390)"),
    (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + b"\xff" * 99,
     "is not QEMU"),
])
def test_odd_programs_are_refused(outboard, tmp_path, content, text):
    path = tmp_path / "qemu-system-arm"
    path.write_bytes(content)
    path.chmod(0o755)
    done = outboard(path, "-M", "help")
    assert done.err.startswith(f"outboard: {path}: {text}; ")
    assert (done.status, done.err.count("\n")) == (1, 1)


def test_link_to_outboard_itself_is_refused(outboard, tmp_path):
    link = tmp_path / "qemu-system-arm"
    link.symlink_to(outboard.command)
    done = outboard(link, "-M", "help")
    assert done.err == (f"outboard: {link}: is outboard itself; give the path "
                        "of the real QEMU\n")
    assert done.status == 1


def test_prefix_with_a_blank_is_refused(outboard, tmp_path, acme):
    copy = tmp_path / "a tree"
    shutil.copytree(outboard.stage, copy, symlinks=True)
    done = subprocess.run(
        [copy / "bin" / "outboard", "qemu-system-arm", "-add_modinfo", acme,
         "-M", "help"], text=True, capture_output=True, check=False,
        env=clean_environment(), timeout=60)
    assert done.stderr == (
        f"outboard: {copy}/lib/outboard/outboard-bridge.so: LD_PRELOAD cannot "
        "take a path with a blank or a colon; install Outboard somewhere "
        "else\n")
    assert done.returncode == 1


def test_tree_without_the_bridge_is_refused(outboard, tmp_path, acme):
    copy = tmp_path / "half"
    shutil.copytree(outboard.stage, copy, symlinks=True)
    (copy / "lib" / "outboard" / "outboard-bridge.so").unlink()
    done = subprocess.run(
        [copy / "bin" / "outboard", "qemu-system-arm", "-add_modinfo", acme,
         "-M", "help"], text=True, capture_output=True, check=False,
        env=clean_environment(), timeout=60)
    assert done.stderr == (
        f"outboard: {copy}/lib/outboard/outboard-bridge.so: the library that "
        "goes into QEMU is not there (No such file or directory); install "
        "Outboard again\n")
    assert done.returncode == 1


def test_tree_works_where_it_is_moved_to(outboard, tmp_path, acme):
    copy = tmp_path / "moved"
    shutil.copytree(outboard.stage, copy, symlinks=True)
    done = subprocess.run(
        [copy / "bin" / "outboard", "qemu-system-arm", "-add_modinfo", acme,
         "-device", "help"], text=True, capture_output=True, check=False,
        env=clean_environment(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert 'name "acme-uart"' in done.stdout


# --- bad files that were named: one line, status 1, before QEMU -

BAD_JSON = {
    "missing": None, "empty": "", "truncated": '{ "acme": {', "text": "hello",
    "list": "[]", "number": "7", "keys": '{ "a": { "nam": "b" } }',
    "twice": '{ "a": { "name": "b" }, "a": { "name": "c" } }',
    "deep": "[" * 5000,
}


@pytest.mark.parametrize("option", ["-add_modinfo", "-add_machines"])
@pytest.mark.parametrize("kind", sorted(BAD_JSON))
def test_bad_file_is_refused_before_qemu(outboard, tmp_path, kind, option):
    path = tmp_path / f"{kind}.json"
    tmp_path.chmod(0o755)
    if BAD_JSON[kind] is not None:
        write(path, BAD_JSON[kind])
    done = outboard("qemu-system-arm", "-M", "help", option, path)
    assert done.err.startswith(f"outboard: {path}")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("option", ["-add_modinfo", "-add_machines"])
def test_bad_file_binary_huge_directory_or_writable(outboard, tmp_path,
                                                    option):
    tmp_path.chmod(0o755)
    binary = tmp_path / "binary.json"
    binary.write_bytes(b'{ "a\xff\xfe": 1 }')
    huge = tmp_path / "huge.json"
    with open(huge, "wb") as file:
        file.truncate(100 << 20)
    folder = tmp_path / "folder.json"
    folder.mkdir()
    shared = write(tmp_path / "shared.json", "{}", 0o666)
    for path in (binary, huge):
        path.chmod(0o644)
    for path in (binary, huge, folder, shared):
        done = outboard("qemu-system-arm", "-M", "help", option, path)
        assert done.err.startswith(f"outboard: {path}"), done.err
        assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"others may write it (mode 0666); chmod go-w {shared}" in done.err


def test_board_given_to_add_modinfo_is_refused_as_a_board(outboard, tmp_path):
    tmp_path.chmod(0o755)
    board = write(tmp_path / "b.json", '{ "outboard": 1, "board": "b" }')
    info = write(tmp_path / "i.json", '{ "i": { "name": "i" } }')
    done = outboard("qemu-system-arm", "-add_modinfo", board)
    assert done.err == (f"outboard: {board}: is a board file; name it with "
                        "-add_machines\n")
    done = outboard("qemu-system-arm", "-add_machines", info)
    assert done.err == (f'outboard: {info}: is not a board file (no '
                        '"outboard": 1 in it); announce modinfo with '
                        "-add_modinfo\n")


def test_bad_installed_file_is_a_warning(outboard, tmp_path):
    tmp_path.chmod(0o755)
    write(tmp_path / "bad.json", "{ nonsense")
    done = outboard("qemu-system-arm", "-M", "none", "-device", "help",
                    env={"OUTBOARD_PATH": str(tmp_path)})
    assert done.status == 0
    lines = [line for line in done.err.splitlines() if "bad.json" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"outboard: warning: {tmp_path}/bad.json:1:3:")


def test_wrong_arch_is_said_on_verbose_runs(outboard, maker):
    info = maker.modinfo("acme", arch=["arm"])
    silent = outboard("qemu-system-avr", "-add_modinfo", info, "-M", "help")
    loud = outboard("--verbose", "qemu-system-avr", "-add_modinfo", info,
                    "-M", "help")
    assert silent.err == ""
    assert '"acme" is for arm, this is avr' in loud.err
    assert silent.status == loud.status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_privileged_run_ignores_the_environment(outboard, tmp_path, acme):
    base = pathlib.Path("/var/tmp") / f"outboard-{os.getpid()}"
    shutil.copytree(outboard.stage, base, symlinks=True)
    try:
        base.chmod(0o755)
        (base / "bin" / "outboard").chmod(0o4755)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups",
             base / "bin" / "outboard", "--print", "qemu-system-avr"],
            text=True, capture_output=True, check=False, timeout=60,
            env=clean_environment({"OUTBOARD_PATH": str(tmp_path),
                                   "LD_PRELOAD": "libm.so.6"}))
    finally:
        shutil.rmtree(base)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("# nothing external: plain QEMU\n")


# --- verbs ------------------------------------------------------

@pytest.mark.parametrize("verb", ["check", "doctor", "list", "modinfo", "new"])
def test_verbs_have_help(outboard, verb):
    done = outboard(verb, "--help")
    assert done.out.startswith(f"usage: outboard {verb}")
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("verb", ["check", "doctor", "list", "modinfo", "new"])
def test_verbs_refuse_unknown_options(outboard, verb):
    done = outboard(verb, "--nonsense")
    assert done.err == (f"outboard: {verb}: unknown option --nonsense; see "
                        f"outboard {verb} --help\n")
    assert done.status == 1


@pytest.mark.parametrize("arguments, text", [
    (["--nonsense"], "--nonsense: unknown option, before QEMU's name; see "
     "outboard --help"),
    (["check"], "check: no file given; see outboard check --help"),
    (["modinfo"], "modinfo: one module is wanted (0 given); see outboard "
     "modinfo --help"),
    (["new"], "new: a name and at most one directory are wanted (0 words "
     "given); see outboard new --help"),
    (["new", "../x"], 'new: "../x" cannot name a module; use 1 to 40 of a-z, '
     "0-9 and -, a letter first"),
    (["list", "--arch"], "list: no value after --arch; see outboard list "
     "--help"),
])
def test_misuse_is_reported(outboard, arguments, text):
    done = outboard(*arguments)
    assert done.err == f"outboard: {text}\n"
    assert (done.status, done.out) == (1, "")


def test_help_and_no_arguments(outboard):
    shown = outboard("--help")
    assert outboard("help").out == shown.out
    assert outboard("help", "new").out == outboard("new", "--help").out
    assert shown.out.startswith("usage: outboard ")
    assert shown.status == 0
    bare = outboard()
    assert bare.err == shown.out
    assert bare.status == 1


def test_version_names_qemu_and_package(outboard, qemu):
    done = outboard("--version", "qemu-system-arm")
    own = subprocess.run([qemu("arm"), "--version"], text=True, check=True,
                         capture_output=True).stdout.splitlines()[0]
    package = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}",
         "qemu-system-arm"], text=True, capture_output=True, check=True)
    lines = done.out.splitlines()
    assert lines[0].startswith("outboard ") and "(ABI 0." in lines[0]
    assert lines[1] == f"QEMU: {qemu('arm')}"
    assert lines[2] == f"  version:  {own}"
    assert lines[3] == f"  package:  {package.stdout}"
    assert len(lines[4].split()[-1]) == 40
    assert done.status == 0


def test_modinfo_writes_what_the_section_says(outboard, maker):
    path = maker.module("acme", DEPS="base")
    done = outboard("modinfo", path)
    fields = json.loads(done.out)
    assert fields["acme"]["objs"] == ["acme-uart"]
    assert fields["acme"]["deps"] == ["base"]
    assert fields["acme"]["license"] == "MIT"
    assert done.status == 0
    assert not maker.mark("acme").exists()


def test_modinfo_of_its_own_output_agrees(outboard, maker):
    path = maker.module("acme")
    write(maker.folder / "acme.json", outboard("modinfo", path).out)
    done = outboard("check", maker.folder / "acme.json")
    assert (done.status, done.err) == (0, "")


def test_check_reports_good_and_bad_files(outboard, maker, tmp_path):
    good = maker.module("acme")
    bad = write(tmp_path / "bad.so", "text")
    board = write(tmp_path / "b.json", '{ "outboard": 1, "bord": "b" }')
    done = outboard("check", good, bad, board)
    assert done.out == f"{good}: good, module acme (MIT)\n"
    first, second = done.err.splitlines()
    assert first.startswith(f"outboard: {bad}: ")
    assert second.startswith(f"outboard: {board}:1:")
    assert done.status == 1
    assert not maker.mark("acme").exists()


def test_list_shows_what_is_announced(outboard, maker, acme):
    done = outboard("list", "--json", acme)
    fields = json.loads(done.out)
    assert {"name": "acme-uart", "full-name": "acme.acme-uart", "desc": "",
            "module": "acme", "bus": "system", "category": "", "needs": []
            } in fields["types"]
    module = next(m for m in fields["modules"] if m["module"] == "acme")
    assert (module["origin"], module["path"]) == ("announced", str(acme))
    text = outboard("list", acme)
    assert "acme-uart" in text.out
    assert done.status == text.status == 0
    assert not maker.mark("acme").exists()


ROM = {"desc": "ROM of 32 KiB", "bus": "spi", "category": "storage",
       "needs": ["ob.i2c-target/0", "ob.a/1"]}


def test_list_shows_bus_category_and_needs(outboard, maker):
    info = maker.modinfo("acme", types={
        "acme-rom": ROM, "acme-disk": {"category": "storage"}})
    fields = json.loads(outboard("list", "--json", info).out)
    assert {"name": "acme-rom", "full-name": "acme.acme-rom",
            "module": "acme", **ROM} in fields["types"]
    text = outboard("list", info).out
    assert ("  acme-rom                     in acme: ROM of 32 KiB\n"
            "                               category storage, on the spi "
            "bus, needs ob.i2c-target/0, ob.a/1\n") in text
    assert ("  acme-disk                    in acme\n"
            "                               category storage\n") in text


@pytest.mark.parametrize("words", [
    ["list"], ["qemu-system-arm", "-M", "none", "-device", "help",
               "-add_modinfo"]])
def test_unknown_key_of_a_type_is_a_warning(outboard, maker, words):
    """A file for a newer Outboard: the rest of the type is read."""
    maker.module("acme")
    info = maker.modinfo("acme", types={
        "acme-uart": {"colour": "red", "desc": "the rest"}})
    done = outboard(*words, info)
    assert done.status == 0
    assert "the rest" in done.out
    assert done.err.count("\n") == 1
    assert re.fullmatch(
        re.escape(f"outboard: warning: {info}:1:") + r"\d+: unknown key "
        r'\("colour"\) of type "acme-uart" is ignored; a newer Outboard may '
        r"know it\n", done.err)


TYPE_KEYS = """
OB_MODINFO("bus." NAME "-uart", "spi");
OB_DEVICE_CATEGORY(NAME "-uart", STORAGE);
OB_MODINFO("needs." NAME "-uart", "ob.i2c-target/0,ob.a/1");
OB_MODINFO("colour." NAME "-uart", "red");
"""
COLOUR = ('outboard: warning: {path}: .modinfo: unknown key ("colour") of '
          'type "acme-uart" is ignored; a newer Outboard may know it\n')


def test_modinfo_writes_what_the_section_says_of_types(outboard, maker):
    path = maker.compile("acme", HEAD + TYPE_KEYS + BODY)
    done = outboard("modinfo", path)
    entry = json.loads(done.out)["acme"]
    assert entry["objs"] == ["acme-uart"]
    assert entry["types"] == {"acme-uart": {**ROM, "desc": "a test's uart"}}
    assert done.err == COLOUR.format(path=path)
    assert not maker.mark("acme").exists()


def test_board_with_a_part_on_another_bus_is_refused(outboard, place, maker):
    """Wherever its models run, and before any code of the module does."""
    path = maker.compile("acme", HEAD + TYPE_KEYS + BODY)
    info = write(maker.folder / "acme.json", outboard("modinfo", path).out)
    board = write(maker.folder / "b.json", """{ "outboard": 1, "board": "b",
        "title": "B", "arch": ["arm"], "memory": {},
        "parts": { "rom": { "type": "acme-uart" } } }""")
    done = run(place.argv("qemu-system-arm", "-M", "b", "-display", "none",
                          "-add_modinfo", info, "-add_machines", board))
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"outboard: {board}:3:37: {info}:2:3: this Outboard cannot put a part "
        'on the spi bus (type "acme-uart", module "acme"); update Outboard, '
        "or use another type\n")
    assert not maker.mark("acme").exists()


ROM_TYPE = """
OB_MODINFO("bus." NAME "-rom", "spi");
OB_DEVICE(rom, NAME "-rom", struct uart, "a test's rom",
          .props = OB_ARRAY(props));
OB_MODULE(NAME, "1", LICENSE, &uart, &rom);
"""


def test_option_group_passes_over_a_type_of_another_bus(place, outboard,
                                                        maker):
    path = maker.compile("acme", HEAD + BODY.replace(MODULE, ROM_TYPE),
                         OPTS="acme")
    info = write(maker.folder / "acme.json", outboard("modinfo", path).out)
    done = run(place.argv("qemu-system-arm", "-M", "none", "-display", "none",
                          "-add_modinfo", info, "-acme", "depth=3", "-device",
                          "acme-uart,help"))
    assert (done.status, done.err) == (0, "")
    assert "depth=" in done.out


def test_named_module_shows_its_warnings(outboard, maker):
    path = maker.compile("acme", HEAD + TYPE_KEYS + BODY)
    done = outboard("list", path)
    assert done.status == 0
    assert done.err == COLOUR.format(path=path)


def test_category_that_does_not_exist_does_not_compile(maker):
    source = HEAD + 'OB_DEVICE_CATEGORY("a", SERIAL);' + BODY
    with pytest.raises(subprocess.CalledProcessError):
        maker.compile("acme", source)


def test_bus_that_the_file_leaves_out_is_an_error_with_the_module(outboard,
                                                                  maker):
    """The file alone says "system"; the module's section is read later."""
    path = maker.compile("acme", HEAD + TYPE_KEYS + BODY)
    info = maker.modinfo("acme")
    done = outboard("list", info, path)
    assert done.status == 1
    assert done.err.endswith(
        f'outboard: {info}:1:2: "bus" of type "acme-uart" differs from the '
        f'module\'s own ("system", module acme: "spi"); write the file again: '
        f"outboard modinfo {path}\n")
    assert not maker.mark("acme").exists()


def test_list_goes_by_arch(outboard, maker):
    info = maker.modinfo("acme", arch=["arm"])
    assert "acme-uart" in outboard("list", "--arch", "arm", info).out
    assert "acme-uart" not in outboard("list", "--arch", "avr", info).out


def test_new_module_builds_and_passes_its_test(outboard, tmp_path):
    tmp_path.chmod(0o755)
    made = outboard("new", "zeta-1", cwd=tmp_path)
    assert made.status == 0, made.err
    for made_file in (tmp_path / "zeta-1").iterdir():
        made_file.chmod(0o644)
    done = subprocess.run(
        ["make", f"PKG_CONFIG_PATH={outboard.stage}/lib/pkgconfig",
         f"OUTBOARD={outboard.command}", "CFLAGS=-Wall -Wextra -Werror",
         "test"], cwd=tmp_path / "zeta-1", text=True, capture_output=True,
        check=False, env=clean_environment(), timeout=120)
    assert done.returncode == 0, done.stderr
    assert "zeta-1: passed" in done.stdout
    again = outboard("new", "zeta-1", cwd=tmp_path)
    assert again.err == ("outboard: zeta-1/zeta-1.c: is there already; name "
                         "another directory\n")
    assert again.status == 1


def test_new_test_reports_why_a_type_is_refused(outboard, tmp_path):
    outboard("new", "zeta", cwd=tmp_path)
    model = tmp_path / "zeta" / "zeta.c"
    model.write_text(model.read_text().replace('"STAT", 0x08', '"STAT", 0x04'))
    done = subprocess.run(
        "make test_zeta >/dev/null && ./test_zeta", shell=True, text=True,
        cwd=tmp_path / "zeta", capture_output=True, check=False, timeout=120,
        env=clean_environment(
            {"PKG_CONFIG_PATH": f"{outboard.stage}/lib/pkgconfig"}))
    assert done.returncode == 1
    assert done.stderr.startswith("type zeta-counter: register ")
    assert done.stderr.count("\n") == 1, done.stderr


def test_new_test_reports_a_broken_law(outboard, tmp_path):
    outboard("new", "zeta", cwd=tmp_path)
    model = tmp_path / "zeta" / "zeta.c"
    text = model.read_text()
    spoilt = text.replace(".restored = counter_restored", ".hints = 0")
    assert spoilt != text
    model.write_text(spoilt)
    done = subprocess.run(
        "make test_zeta >/dev/null && ./test_zeta", shell=True, text=True,
        cwd=tmp_path / "zeta", capture_output=True, check=False, timeout=120,
        env=clean_environment(
            {"PKG_CONFIG_PATH": f"{outboard.stage}/lib/pkgconfig"}))
    assert done.returncode == 1
    assert ("zeta-counter: restored: interrupt hit is 0 (expected 1), after a "
            "restore (run ") in done.stderr
    assert 'ob_bench_check(bench, "zeta-counter", NULL, NULL) == 0' in \
        done.stderr


def test_new_board_starts(outboard, tmp_path, machine):
    tmp_path.chmod(0o755)
    outboard("new", "zeta", cwd=tmp_path)
    folder = tmp_path / "zeta"
    subprocess.run(["make", f"PKG_CONFIG_PATH={outboard.stage}/lib/pkgconfig",
                    f"OUTBOARD={outboard.command}"], cwd=folder, check=True,
                   capture_output=True, env=clean_environment(), timeout=120)
    vm = machine(outboard.command, "qemu-system-arm", "-M", "zeta", "-S",
                 "-display", "none", "-add_modinfo", folder / "zeta.json")
    assert "counter.regs" in vm.hmp("info mtree")


def test_doctor_passes_on_a_full_qemu(outboard, qemu):
    done = outboard("doctor", "qemu-system-arm")
    assert done.out.splitlines()[-1] == \
        f"{qemu('arm')}: external boards work"
    rows = {line.strip().split("  ", 1)[0]: line for line in
            done.out.splitlines()}
    assert "144  where its setter writes" in rows["DeviceClass.realize"]
    assert "8  written to the machine's own RAM" in rows["live: RAM bytes"]
    assert " us of processor time), live check done" in done.out
    assert (done.status, done.err) == (0, "")
    report = outboard("doctor", "--json", "qemu-system-arm")
    assert json.loads(report.out)["ok"] is True
    assert report.status == 0


def test_doctor_names_version_kernel_and_machine(outboard):
    host = platform.uname()
    version = outboard("--version").out.split()[1]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    done = outboard("doctor", "qemu-system-arm")
    assert done.out.splitlines()[0] == \
        f"outboard {version}, Linux {host.release}, {host.machine}"
    report = json.loads(outboard("doctor", "--json", "qemu-system-arm").out)
    assert (report["outboard"], report["kernel"], report["machine"]) == \
        (version, f"Linux {host.release}", host.machine)


def test_doctor_json_has_the_documented_keys(outboard):
    report = json.loads(outboard("doctor", "--json", "qemu-system-arm").out)
    page = (ROOT / "docs" / "matrix.md").read_text()
    table = page.split("one object for each QEMU:")[1].split("\n\n")[1]
    keys = [key for line in table.splitlines()[2:]
            for key in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert list(report) == keys


@needs_bare_qemu
def test_doctor_fails_on_a_bare_qemu(outboard):
    done = outboard("doctor", "qemu-system-x86_64-microvm")
    assert "exports none of QEMU's functions" in done.err
    assert done.status == 1


def test_named_for_another_target_is_a_warning(outboard, maker):
    path = maker.module("acme")
    board = write(maker.folder / "b.json", """{ "outboard": 1, "board": "b",
        "title": "t", "arch": ["arm"], "memory": {}, "parts": {} }""")
    done = outboard("qemu-system-avr", "-add_machines", board, "-M", "help")
    assert done.err == (f'outboard: warning: {board}: "b" is for arm, this is '
                        "avr; it is ignored\n")
    assert done.status == 0
    assert outboard("qemu-system-avr", "-add_machines", path, "-M",
                    "help").err == ""
