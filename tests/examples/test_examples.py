# SPDX-License-Identifier: MIT
"""The examples do what their READMEs say: copied out, built, tested."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGE = pathlib.Path(os.environ.get("OUTBOARD_STAGE", ROOT / "build/stage"))
EXAMPLES = ROOT / "examples"


def types_of(module):
    """The types that a modinfo file states, by either key, in order."""
    return sorted({*module.get("types", {}), *module.get("objs", [])})


def environment():
    env = dict(os.environ)
    env["PKG_CONFIG_PATH"] = str(STAGE / "lib/pkgconfig")
    env["PATH"] = f"{STAGE / 'bin'}:{env['PATH']}"
    return env


def run(*argv, cwd, ok=True):
    done = subprocess.run(argv, cwd=cwd, env=environment(), text=True,
                          stdin=subprocess.DEVNULL, timeout=120,
                          capture_output=True, check=False)
    if ok:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def acme(tmp_path):
    """A vendor's copy, outside our tree."""
    return shutil.copytree(EXAMPLES / "acme", tmp_path / "acme",
                           ignore=shutil.ignore_patterns("*.so", "*.elf"))


def test_first_model_in_readme_is_the_example():
    block = re.search(r"```c\n(.*?)```", (ROOT / "README.md").read_text(),
                      re.S).group(1)
    source = (EXAMPLES / "first/first.c").read_text().splitlines(True)
    assert block == "".join(source[1:])


def test_first_model_in_readme_compiles_with_its_command(tmp_path):
    command = re.search(r"^cc .*$", (ROOT / "README.md").read_text(),
                        re.M).group(0)
    shutil.copy(EXAMPLES / "first/first.c", tmp_path)
    done = run("sh", "-ec", command.replace("cc ", "cc -Wall -Wextra "),
               cwd=tmp_path)
    assert done.stderr == ""
    info = json.loads(run("outboard", "modinfo", "first.so",
                          cwd=tmp_path).stdout)
    assert info["first"]["objs"] == ["first-counter"]


def test_acme_builds_outside_the_tree_without_warnings(acme):
    done = run("make", "all", cwd=acme)
    assert done.stderr == ""
    symbols = run("nm", "-D", "--defined-only", "acme.so", cwd=acme).stdout
    assert [line.split()[2] for line in symbols.splitlines()] == [
        "outboard_module"]


def test_acme_unit_tests_pass_outside_the_tree(acme):
    assert "25 tests passed" in run("make", "test", cwd=acme).stdout


def test_acme_unit_tests_notice_a_broken_model(acme):
    timer = acme / "timer.c"
    text = timer.read_text()
    broken = text.replace("t->stat |= t->stat & STAT_TICK ? STAT_MISS",
                          "t->stat |= t->stat & STAT_TICK ? 0")
    assert broken != text
    timer.write_text(broken)
    assert run("make", "test", cwd=acme, ok=False).returncode != 0


@pytest.mark.parametrize("module", ["acme", "acme-board"])
def test_acme_json_is_what_modinfo_writes(acme, module):
    run("make", "all", cwd=acme)
    written = json.loads(run("outboard", "modinfo", f"{module}.so",
                             cwd=acme).stdout)[module]
    kept = json.loads((acme / "acme.json").read_text())[module]
    for key in ("name", "license", "arch", "deps"):
        assert written.get(key, []) == kept.get(key, []), key
    assert types_of(written) == types_of(kept)
    assert sorted(written.get("boards", [])) == sorted(kept.get("boards", []))


@pytest.mark.parametrize("path", sorted(
    (ROOT / "models/modules").glob("*.json")), ids=lambda path: path.stem)
def test_installed_json_is_what_modinfo_writes(path):
    module = STAGE / f"lib/outboard/modules/{path.stem}.so"
    written = json.loads(run("outboard", "modinfo", str(module),
                             cwd=ROOT).stdout)
    kept = json.loads(path.read_text())
    for key in ("name", "license", "arch"):
        assert written[path.stem].get(key) == kept[path.stem].get(key)
    assert types_of(written[path.stem]) == types_of(kept[path.stem])


def test_device_files_are_short():
    for path in [*(ROOT / "models").glob("*/*.c"), *EXAMPLES.glob("*/*.c")]:
        if path.parent.name == "tests" or path.stem.startswith("test-"):
            continue
        lines = path.read_text().splitlines()
        assert len(lines) <= 350, path
        assert max(map(len, lines)) <= 80, path


def test_every_model_is_in_the_models_page():
    page = (ROOT / "docs/models.md").read_text()
    for path in (ROOT / "models/modules").glob("*.json"):
        for module in json.loads(path.read_text()).values():
            for name in types_of(module):
                row = re.search(rf"^\| `{name}` \| (\S+) \|", page, re.M)
                assert row and row.group(1) == path.stem, name
                assert f"\n## {name}\n" in page


PAGES = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md",
         ROOT / "CONTRIBUTING.md", EXAMPLES / "acme/README.md"]


def test_every_page_is_in_the_index_or_in_its_folders():
    index = (ROOT / "docs/README.md").read_text()
    for path in (ROOT / "docs").rglob("*.md"):
        own = path.parent / "README.md"
        name = str(path.relative_to(ROOT / "docs"))
        assert name == "README.md" or f"]({name})" in index or (
            own.exists() and f"]({path.name})" in own.read_text()), path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(
    path.relative_to(ROOT)))
def test_links_of_page_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target
