# SPDX-License-Identifier: MIT
"""docs/architecture.md is drawn from the sources and names what is there."""
import importlib.util
import pathlib
import re

import pytest

import text
from holding import hold, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = pathlib.Path("docs") / "architecture.md"
STEP = re.compile(r"^\| `(\w+)` \| `([\w/.]+)` \|", re.M)


def script():
    path = ROOT / "scripts" / "architecture.py"
    spec = importlib.util.spec_from_file_location("architecture", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_walks(root):
    """Each step of a walk names a function that its file defines."""
    page, faults = (root / PAGE).read_text(encoding="utf-8"), []
    steps = list(STEP.finditer(page))
    if not steps:
        return [f"{PAGE}: no step of any walk"]
    for step in steps:
        where = f"{PAGE}:{text.line_of(page, step.start())}"
        path = root / step[2]
        if not path.is_file():
            faults.append(f"{where}: no file {step[2]}")
        elif not re.search(rf"(?m)^(?:\w[^;\n]*[ *])?{step[1]}\([^;]*?\)\s*\{{",
                           text.c_views(path.read_text())[0]):
            faults.append(f"{where}: {step[2]} defines no {step[1]}()")
    return faults


def test_pictures_are_those_that_the_script_draws():
    for name, drawn in script().pages().items():
        assert (ROOT / name).read_text(encoding="utf-8") == drawn, \
            f"{name} differs from the sources; run scripts/architecture.py"


def test_walks_name_functions_that_exist():
    hold(check_walks(ROOT))


def test_walks_of_the_page_are_the_four():
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    walks = [part.splitlines()[0] for part in page.split("\n## ")
             if STEP.search(part)]
    assert walks == ["From `-add_modinfo` to a registered type",
                     "A guest's write, in process",
                     "A guest's write, remote", "An interrupt", "`savevm`"]


@pytest.mark.parametrize("step, fault", [
    ("| `f` | `src/b.c` | x |", "no file src/b.c"),
    ("| `g` | `src/a.c` | x |", "src/a.c defines no g()"),
    ("| `h` | `src/a.c` | x |", "src/a.c defines no h()"),
])
def test_step_that_does_not_exist_is_found(tmp_path, step, fault):
    write(tmp_path, "src/a.c", "int h(void);\n/* g() { */\nint f(int a,\n"
          "      int b)\n{\n    return g(h());\n}\n")
    write(tmp_path, str(PAGE), f"\n| `f` | `src/a.c` | x |\n{step}\n")
    assert check_walks(tmp_path) == [f"{PAGE}:3: {fault}"]


def test_picture_leaves_out_arrows_that_follow():
    lines = script().picture({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    assert lines == ["```mermaid", "flowchart TD", "    a --> b",
                     "    b --> c", "    c", "```"]


def test_picture_without_its_place_is_refused():
    with pytest.raises(ValueError, match='no place for "rooms"'):
        script().put("text", "rooms", "x")
