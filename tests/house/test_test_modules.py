# SPDX-License-Identifier: MIT
"""Test modules stand alone, say what they are for, and no test hides another.

What two test modules share is in tests/support, or is a fixture of the
nearest conftest.py. A test that runs in-process and isolated, or with several
QEMUs, takes that as a parameter (tests/e2e/conftest.py); it is not imported a
second time.
"""
import ast
import collections
import pathlib

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
FILES = sorted(TESTS.rglob("*.py"))


def imported(tree):
    """(line, name) of every module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def check_imports(text):
    """A complaint for each test module or conftest.py that is imported."""
    return [f"{line}: imports {name}" for line, name in
            imported(ast.parse(text))
            if name.split(".")[-1].startswith("test_")
            or name.split(".")[-1] == "conftest"]


def check_first_words(text):
    """A complaint if the file does not begin with a sentence."""
    words = ast.get_docstring(ast.parse(text))
    if words and words.splitlines()[0].endswith((".", "?")):
        return []
    return ["1: begins with no sentence that says what the file is for"]


def fixtures(tree):
    """The functions that are fixtures."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
                "fixture" in ast.dump(one) for one in node.decorator_list):
            yield node


def check_shared(text):
    """A complaint for each fixture of a conftest.py without words."""
    return [f"{node.lineno}: fixture {node.name} does not say what it gives"
            for node in fixtures(ast.parse(text))
            if not ast.get_docstring(node)]


def check_twice(text):
    """A complaint for each test that a later one of its name replaces."""
    names = collections.Counter(
        node.name for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
    return [f"{name} stands {times} times"
            for name, times in names.items() if times > 1]


def faults(check, files):
    return [f"{path.relative_to(TESTS)}:{fault}" for path in files
            for fault in check(path.read_text())]


@pytest.mark.parametrize("check", [check_imports, check_first_words,
                                   check_twice])
def test_test_modules_of_the_tree_hold(check):
    assert FILES and faults(check, FILES) == []


def test_shared_fixtures_say_what_they_give():
    shared = [path for path in FILES if path.name == "conftest.py"]
    assert shared and faults(check_shared, shared) == []


@pytest.mark.parametrize("check, text, fault", [
    (check_imports, "import test_acme\n", "1: imports test_acme"),
    (check_imports, "\nfrom test_acme import acme\n", "2: imports test_acme"),
    (check_imports, "def f():\n    from e2e.test_a import b\n",
     "2: imports e2e.test_a"),
    (check_imports, "from conftest import run\n", "1: imports conftest"),
    (check_first_words, "import os\n",
     "1: begins with no sentence that says what the file is for"),
    (check_twice, "def test_a():\n    pass\n\n\ndef test_a():\n    pass\n",
     "test_a stands 2 times"),
    (check_shared, "@pytest.fixture\ndef disk():\n    return 1\n",
     "2: fixture disk does not say what it gives"),
])
def test_test_module_against_a_rule_is_found(check, text, fault):
    assert check(text) == [fault]


@pytest.mark.parametrize("check, text", [
    (check_imports, "import pytest\nfrom support.acme import command\n"),
    (check_first_words, '"""Boards that start."""\n'),
    (check_shared, '@pytest.fixture\ndef disk():\n    """A disk."""\n'),
    (check_twice, "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n"),
])
def test_test_module_within_the_rules_passes(check, text):
    assert check(text) == []
