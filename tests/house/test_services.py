# SPDX-License-Identifier: MIT
"""The table of services, and what has to agree with it.

The C compiler finds a service without a handler, because the dispatchers are
made of the table. These tests look at what no compiler sees: the documents,
the example in another language, and the shape of the table itself.
"""
import importlib.util
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDE = {"U64", "S32", "BOOL"}
SERVERS = {"RUNNER": "src/runner/serve.c", "QEMU": "src/remote/serve.c"}


def load():
    path = ROOT / "scripts/services.py"
    spec = importlib.util.spec_from_file_location("services", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


services = load()
ALL = list(services.services())
SERVICES = [s for s in ALL if not s["reply"]]


def test_table_has_all_services():
    # One pattern in a hurry would read half of the table.
    text = (ROOT / services.TABLE).read_text()
    assert len(ALL) == len(re.findall(r"^(?:SERVICE|REPLY)\(\d", text, re.M))
    assert len(SERVICES) > 30


def test_numbers_and_names_are_used_once():
    for key in "number", "NAME":
        values = [s[key] for s in ALL]
        assert sorted(set(values)) == sorted(values)
    assert all(0 < s["number"] < 64 for s in ALL
               if s["to"] == "RUNNER")
    assert all(64 <= s["number"] < 128 for s in ALL
               if s["to"] == "QEMU")


@pytest.mark.parametrize("s", SERVICES, ids=lambda s: s["NAME"])
def test_service_is_consistent(s):
    assert s["name"] == s["NAME"].lower()
    assert s["text"]
    for part in s["operands"], s["results"]:
        fields = [field for _, field, _ in part if field]
        assert len(set(fields)) == len(fields)
        for kind, field, _ in part:
            if field:
                assert field in ("xy" if kind in WIDE else "abc")
    # `c` is the mask of log lines in all that goes to a runner.
    if s["to"] == "RUNNER":
        assert "c" not in [field for _, field, _ in s["operands"]]
    # Text says what a payload is.
    if s["limit"] != "0":
        assert "payload" in s["text"] or s["NAME"] == "MAP"
    if not s["answered"]:
        assert not s["results"]


@pytest.mark.parametrize("s", SERVICES, ids=lambda s: s["NAME"])
def test_service_has_its_handler(s):
    other = {"RUNNER": "QEMU", "QEMU": "RUNNER"}[s["to"]]
    handler = re.compile(rf"^static void serve_{s['name']}\(", re.M)
    assert len(handler.findall((ROOT / SERVERS[s["to"]]).read_text())) == 1
    assert not handler.findall((ROOT / SERVERS[other]).read_text())


@pytest.mark.parametrize("s", ALL, ids=lambda s: s["NAME"])
def test_service_is_documented(s):
    text = (ROOT / services.PAGE).read_text()
    rows = re.findall(rf"^\| {s['number']} \| {s['NAME']} \|.*$", text, re.M)
    assert len(rows) == 1
    assert s["text"] in rows[0]


def test_tables_of_the_page_are_those_of_the_table():
    text = (ROOT / services.PAGE).read_text()
    assert services.page(text) == text, "run scripts/services.py"


def test_page_that_differs_is_found(tmp_path, monkeypatch):
    for name in services.TABLE, services.PAGE:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text((ROOT / name).read_text().replace(
            "x: offset, y: value", "x: value, y: offset"))
    monkeypatch.setattr(services, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["services.py", "--check"])
    with pytest.raises(SystemExit, match="docs/ipc.md: differs from "
                       "src/ipc/services.def; run scripts/services.py"):
        services.main()
    monkeypatch.setattr(sys, "argv", ["services.py"])
    services.main()
    assert (tmp_path / services.PAGE).read_text() == services.page(
        (tmp_path / services.PAGE).read_text(), tmp_path)


def test_page_without_a_place_for_a_table_is_refused():
    with pytest.raises(SystemExit, match="has no line <!-- services.def: "
                       "RUNNER -->; add it"):
        services.page("# Nothing\n")


def test_example_peer_has_the_numbers_of_the_table():
    text = (ROOT / "examples/peer/protocol.py").read_text()
    m = re.search(r"^\((DESCRIBE[^)]*)\)\s*=\s*range\((\d+), (\d+)\)", text,
                  re.M)
    names = re.split(r",\s*", m[1].strip())
    numbers = {s["NAME"]: s["number"] for s in ALL}
    assert [numbers[name] for name in names] == list(
        range(int(m[2]), int(m[3])))
