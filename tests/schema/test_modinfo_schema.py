#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The modinfo schema and the reader agree on every sample.

The reader's verdict is the folder that a sample lies in (test_modinfo_json.c
asserts it); the schema's is computed here. BEYOND names what no schema can
see: the reader alone refuses these.
"""

import json
import pathlib
import re
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "src/modinfo/modinfo.schema.json").read_text())
BAD = sorted((ROOT / "tests/bad/modinfo").glob("*.json"))
GOOD = sorted((ROOT / "tests/good/modinfo").glob("*.json"))

NOT_JSON = {"empty", "truncated", "not-utf8"}
BEYOND = {
    "duplicate-key", "duplicate-module",        # lost in any parsed document
    "descs-unknown-near", "descs-unknown-far",  # one list against another
    "types-desc-differs",                       # one text against another
    "board-ram-limits", "board-cpus-limits",    # one number against another
}


def schema_accepts(path):
    document = json.loads(path.read_bytes().decode("utf-8"))
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_good_sample_is_accepted(path):
    assert schema_accepts(path)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad_sample_is_refused(path):
    if path.stem in NOT_JSON:
        with pytest.raises(ValueError):
            schema_accepts(path)
    else:
        assert schema_accepts(path) == (path.stem in BEYOND)


def strings_of(table, file="json_file.c"):
    """The strings of a table in src/modinfo, by the table's name."""
    source = (ROOT / "src/modinfo" / file).read_text()
    body = re.search(table + r"\[.*?\] = \{(.*?)\};", source, re.S)[1]
    return [text for text in re.findall(r'"([^"]*)"', body) if text]


@pytest.mark.parametrize("table, part", [
    ("modinfo_keys", "module"), ("modinfo_board_keys", "board"),
    ("modinfo_ram_keys", "ram"), ("modinfo_cpus_keys", "cpus"),
])
def test_keys_are_the_readers(table, part):
    assert set(strings_of(table)) == set(SCHEMA["$defs"][part]["properties"])


TYPE = SCHEMA["$defs"]["type"]["properties"]


def test_keys_of_types_are_the_readers():
    assert strings_of("fields_type_keys", "fields_type.c") == list(TYPE)


@pytest.mark.parametrize("key", ["bus", "category"])
def test_names_of_types_are_the_readers(key):
    names = strings_of(f"modinfo_{key}_names", "fields_type.c")
    assert names == TYPE[key]["enum"]
    assert all(f"`{name}`" in DOC for name in names)


def modinfo_files():
    """Our modinfo files; those that have "outboard" are boards."""
    paths = [*ROOT.glob("models/**/*.json"), *ROOT.glob("examples/**/*.json")]
    return [path for path in sorted(paths)
            if "outboard" not in json.loads(path.read_text())]


@pytest.mark.parametrize("path", modinfo_files(), ids=lambda p: p.stem)
def test_modinfo_of_ours_is_accepted(path):
    assert schema_accepts(path)


DOC = (ROOT / "docs/modinfo.md").read_text()


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", DOC, re.S))
def test_example_of_the_page_is_accepted(text):
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(text))


def test_page_names_every_key():
    keys = {key for part in ("module", "board", "type")
            for key in SCHEMA["$defs"][part]["properties"]}
    missing = {key for key in keys if f"`{key}`" not in DOC}
    assert not missing


def test_c_of_the_page_compiles():
    source = re.search(r"```c\n(.*?)```", DOC, re.S)[1]
    done = subprocess.run(
        ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
         f"-I{ROOT / 'include'}", "-xc", "-"],
        input=source, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
