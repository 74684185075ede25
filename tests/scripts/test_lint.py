# SPDX-License-Identifier: MIT
"""scripts/lint.py notices a bad file of each kind, and finds its base."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
GOOD_C = "int f(int a)\n{\n    return a;\n}\n"
BAD_C = "int f(int a)\n{\n    return a == a;\n}\n"


@pytest.fixture
def tree(tmp_path):
    """A small tree that passes, with one commit, as if it had been built."""
    for name in (".clang-format", ".clang-tidy", ".flake8", ".shellcheckrc"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".gitignore").write_text("/build/\n")
    sources = ["src/a.c", "src/b.c"]
    (tmp_path / "src").mkdir()
    (tmp_path / "build").mkdir()
    for name in sources:
        (tmp_path / name).write_text(GOOD_C)
    (tmp_path / "build" / "compile_commands.json").write_text(json.dumps([
        {"directory": str(tmp_path / "build"), "file": f"../{name}",
         "command": f"cc -c ../{name}"} for name in sources]))
    (tmp_path / "good.py").write_text("print('good')\n")
    (tmp_path / "good.sh").write_text("#!/bin/sh\necho good\n")
    commit(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    return tmp_path


def commit(tree, *argv):
    subprocess.run([*GIT, "-C", tree, *argv], check=True,
                   stdout=subprocess.DEVNULL)


def commit_all(tree):
    commit(tree, "add", "-A")
    commit(tree, "commit", "-q", "-m", "all")


def lint(tree, *argv):
    env = dict(os.environ, OUTBOARD_LINT_ROOT=str(tree))
    return subprocess.run([ROOT / "scripts" / "lint.py", *argv], text=True,
                          env=env, stdout=subprocess.PIPE, timeout=200,
                          stderr=subprocess.STDOUT, check=False)


def test_lint_good_tree_is_content(tree):
    done = lint(tree)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("4 of 4 tools are content\n")
    assert json.loads((tree / "build" / "lint.json").read_text()) == {
        "passed": 4, "failed": 0, "skipped": 0, "broken": []}


@pytest.mark.parametrize("tool, name, text, said", [
    ("format", "src/a.c", "int f( int a ) { return a; }\n",
     "src/a.c: is not formatted; run make format"),
    ("shellcheck", "bad.sh", "#!/bin/sh\nrm $1\n", "SC2086"),
    ("shellcheck", "bad", "#!/bin/bash\nrm $1\n", "SC2086"),
    ("flake8", "bad.py", "import os\n", "bad.py:1:1: F401"),
    ("flake8", "long.py", f"print('{'x' * 80}')\n", "long.py:1:81: E501"),
    ("flake8", "bad", "#!/usr/bin/python3\nimport os\n", "bad:2:1: F401"),
    ("tidy", "src/a.c", BAD_C, "misc-redundant-expression"),
])
def test_lint_bad_file_is_noticed(tree, tool, name, text, said):
    (tree / name).write_text(text)
    done = lint(tree, tool)
    assert done.returncode == 1
    assert said in done.stdout
    assert f"{tool}: complains: " in done.stdout
    assert json.loads((tree / "build" / "lint.json").read_text()) == {
        "passed": 0, "failed": 1, "skipped": 0, "broken": [tool]}


def test_lint_format_shows_through_a_tree_of_its_own(tree):
    assert lint(tree, "format").stdout.startswith("format: ok: 2 C files")


def test_lint_clone_of_one_commit_takes_all_files(tree):
    assert ("tidy: ok: 2 C files (all, as there is no commit to compare with)"
            in lint(tree, "tidy").stdout)


def test_lint_on_main_compares_with_the_commit_before(tree):
    (tree / "src" / "b.c").write_text(GOOD_C + "\n/* More. */\n")
    commit_all(tree)
    assert "tidy: ok: 1 C files (changed since " in lint(tree, "tidy").stdout


def test_lint_on_a_branch_compares_with_where_it_left_main(tree):
    commit(tree, "checkout", "-q", "-b", "topic")
    for name in ("a.c", "b.c"):
        (tree / "src" / name).write_text(GOOD_C + "\n/* More. */\n")
        commit_all(tree)
    assert "tidy: ok: 2 C files (changed since " in lint(tree, "tidy").stdout


def test_lint_changed_header_takes_the_sources_that_include_it(tree):
    (tree / "src" / "a.h").write_text("int f(int a);\n")
    (tree / "src" / "a.c").write_text('#include "a.h"\n\n' + GOOD_C)
    commit_all(tree)
    (tree / "src" / "a.h").write_text("int f(int a);\nint g(int a);\n")
    commit_all(tree)
    assert "tidy: ok: 1 C files (changed since " in lint(tree, "tidy").stdout


def test_lint_all_takes_every_file_that_is_built(tree):
    commit(tree, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert "tidy: ok: 0 C files" in lint(tree, "tidy").stdout
    assert "tidy: ok: 2 C files (all that are built)" in \
        lint(tree, "--all", "tidy").stdout


def test_lint_out_of_time_names_how_many_files_are_left(tree):
    done = lint(tree, "--seconds", "0.000001", "tidy")
    assert done.returncode == 0
    assert "no time for 2 more: make lint ALL=1 reads them" in done.stdout


def test_lint_without_build_is_a_failure(tree):
    (tree / "build" / "compile_commands.json").unlink()
    done = lint(tree, "tidy")
    assert done.returncode == 1
    assert "build/compile_commands.json: is missing; run make" in done.stdout


def test_lint_unknown_base_is_refused(tree):
    done = lint(tree, "--base", "gone", "tidy")
    assert done.returncode == 1
    assert done.stdout == (
        'lint.py: --base: no such commit ("gone"); name one that `git log` '
        "shows\n")


def test_lint_unknown_tool_is_refused(tree):
    done = lint(tree, "spell")
    assert done.returncode == 2
    assert "spell: is not a tool; use format, shellcheck, flake8, tidy" in \
        done.stdout


def test_lint_missing_tool_is_a_failure(tree, monkeypatch):
    empty = tree / "build" / "bin"
    empty.mkdir()
    for name in ("env", "git", "python3"):
        (empty / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(empty))
    for tool, program in (("flake8", "flake8"), ("tidy", "clang-tidy-14"),
                          ("shellcheck", "shellcheck")):
        done = lint(tree, tool)
        assert done.returncode == 1
        assert f"{program}: is not installed; run scripts/deps.sh test" in \
            done.stdout
