# SPDX-License-Identifier: MIT
"""make install: where the tree goes, and the variables of a package's build."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MODULE = "#include <outboard/outboard.h>\nint a;\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Installed in one place, then moved to another."""
    root = tmp_path_factory.mktemp("install")
    make("install", f"PREFIX={root / 'first'}")
    (root / "first").rename(root / "second")
    return root / "second"


def make(*words, **env):
    subprocess.run(["make", "--no-print-directory", "-C", str(ROOT), *words],
                   check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, **env))


def output(argv, **env):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, **env), timeout=60).stdout


def test_install_has_every_kind_of_file(tree):
    for name in ("bin/outboard", "bin/outboard-system-aarch64",
                 "lib/outboard/outboard-bridge.so",
                 "lib/outboard/modules/bcm2711.so",
                 "lib/outboard/modules/bcm2711.json",
                 "lib/pkgconfig/outboard.pc", "lib/liboutboard-bench.a",
                 "include/outboard/outboard.h"):
        assert (tree / name).exists(), name
    assert list((tree / "share/outboard/boards").glob("*/raspi4b.json"))
    assert list((tree / "share/outboard/schema").glob("*.json"))


def test_install_writes_nothing_outside_its_prefix(tree):
    assert sorted(path.name for path in tree.iterdir()) == [
        "bin", "include", "lib", "share"]
    assert [path.name for path in tree.parent.iterdir()] == [tree.name]


def test_moved_tree_is_found_by_pkg_config(tree, tmp_path):
    pc = str(tree / "lib" / "pkgconfig")
    version = output(["pkg-config", "--modversion", "outboard"],
                     PKG_CONFIG_PATH=pc).strip()
    assert version == "0.1.0"
    source = tmp_path / "a.c"
    source.write_text(MODULE)
    subprocess.run(f"cc -shared -fPIC {source} -o {tmp_path / 'a.so'} "
                   "$(pkg-config --cflags outboard)", shell=True, check=True,
                   env=dict(os.environ, PKG_CONFIG_PATH=pc))


def test_moved_command_knows_its_version(tree):
    assert "0.1.0" in output([str(tree / "bin" / "outboard"), "--version"])


def test_moved_command_lists_the_installed_board(tree):
    boards = output([str(tree / "bin" / "outboard"), "qemu-system-aarch64",
                     "-M", "help"])
    assert any(line.startswith("raspi4b ") for line in boards.splitlines())


# The prefix is a place of the test's: a mistake must not reach /usr.
@pytest.mark.parametrize("name", ["PREFIX", "prefix"])
def test_install_destdir_holds_the_prefix(tmp_path, name):
    make("install", f"DESTDIR={tmp_path}/root", f"{name}={tmp_path}/usr")
    assert [path.name for path in tmp_path.iterdir()] == ["root"]
    inside = pathlib.Path(f"{tmp_path}/root{tmp_path}/usr")
    assert (inside / "bin" / "outboard").exists()


def test_install_destdir_is_taken_from_the_environment(tmp_path):
    make("install", f"PREFIX={tmp_path}/usr", DESTDIR=f"{tmp_path}/root")
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def flags_of(build):
    """The last -O of each file's command."""
    commands = json.loads((build / "compile_commands.json").read_text())
    return {[word for word in one["command"].split()
             if word.startswith("-O")][-1] for one in commands}


def test_setup_cflags_change_configures_again(tmp_path):
    setup, build = ROOT / "scripts" / "setup.sh", tmp_path / "build"
    clean = {key: value for key, value in os.environ.items()
             if key not in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")}
    subprocess.run([setup, build], check=True, env=clean)
    assert flags_of(build) == {"-O2"}
    subprocess.run([setup, build], check=True, env={**clean, "CFLAGS": "-O1"})
    assert flags_of(build) == {"-O1"}
    # Not set: as the build has it.
    subprocess.run([setup, build], check=True, env=clean)
    assert flags_of(build) == {"-O1"}
