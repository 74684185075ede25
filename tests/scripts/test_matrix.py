# SPDX-License-Identifier: MIT
"""scripts/matrix.py: a red cell, a changed file, a lost column all show."""
import importlib.util
import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPORT = """<testsuites><testsuite>
<testcase classname="e2e.test_a" name="test_x[one]"/>
<testcase classname="e2e.test_a" name="test_x[two]">{two}</testcase>
<testcase classname="e2e.test_a" name="test_y"><skipped/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def matrix(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location(
        "matrix", ROOT / "scripts" / "matrix.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOGS", tmp_path)
    monkeypatch.setattr(module, "BUILD", tmp_path)
    return module


def column(matrix, tmp_path, name="trixie", two="", status=0, sums="0"):
    made = matrix.Column(name)
    report = tmp_path / f"{name}.xml"
    report.write_text(REPORT.format(two=two))
    made.sums = {str(tmp_path / "bridge.so"): sums}
    made.read(report, tmp_path / "none", status, False)
    return made


def test_matrix_green_ends_with_0(matrix, tmp_path, capsys):
    assert matrix.finish([column(matrix, tmp_path)], []) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["test_a::test_x", "ok", "2"] for line in lines)
    assert "0  bridge.so" in lines


def test_matrix_red_cell_ends_with_1_and_is_named(matrix, tmp_path, capsys):
    made = column(matrix, tmp_path, two="<failure/>", status=1)
    assert matrix.finish([made], []) == 1
    out = capsys.readouterr().out
    assert "1 FAILED" in out
    assert "failed: trixie: test_a::test_x[two]" in out
    sums = json.loads((tmp_path / "summary.json").read_text())
    assert (sums["passed"], sums["failed"], sums["skipped"]) == (1, 1, 1)


def test_matrix_failure_is_told_with_its_text(matrix, tmp_path, capsys):
    made = column(matrix, tmp_path, two="<failure>E assert 2 == 1</failure>",
                  status=1)
    assert matrix.finish([made], []) == 1
    assert "   E assert 2 == 1\n" in capsys.readouterr().out


@pytest.mark.parametrize("statuses, unsteady", [
    ([0, 0], True), ([0, 1], False), ([1, 0], False),
])
def test_matrix_failure_that_passes_alone_counts_as_failed(
        matrix, tmp_path, monkeypatch, capsys, statuses, unsteady):
    made = column(matrix, tmp_path, two="<failure/>", status=1)
    asked = []

    def run(argv, _env, _limit_s):
        asked.append(argv)
        return statuses[len(asked) - 1]

    monkeypatch.setattr(made, "tests_run", run)
    made.again()
    assert set(map(tuple, asked)) == {("tests/e2e/test_a.py::test_x[two]",)}
    assert matrix.finish([made], []) == 1
    end = " (unsteady: passed 2 times alone)" if unsteady else ""
    assert capsys.readouterr().out.endswith(
        f"failed: trixie: test_a::test_x[two]{end}\n")
    sums = json.loads((tmp_path / "summary.json").read_text())
    assert (sums["passed"], sums["failed"], sums["skipped"]) == (1, 1, 1)


def test_matrix_many_failures_are_not_tried_again(matrix, tmp_path,
                                                  monkeypatch):
    made = column(matrix, tmp_path, two="<failure/>", status=1)
    made.failures *= matrix.AGAIN_MOST + 1
    monkeypatch.setattr(made, "tests_run", None)
    made.again()
    assert matrix.finish([made], []) == 1


def test_matrix_other_bytes_are_a_failure(matrix, tmp_path):
    columns = [column(matrix, tmp_path, "trixie", sums="0"),
               column(matrix, tmp_path, "sid", sums="1")]
    faults = matrix.sums_compare(columns)
    assert faults == ["the columns saw different files"]
    assert matrix.finish(columns, faults) == 1


def test_matrix_column_without_report_is_a_failure(matrix, tmp_path):
    made = matrix.Column("sid")
    made.read(tmp_path / "none.xml", tmp_path / "none", 124, False)
    assert made.broken == ["sid: no report (status 124)"]
    assert matrix.finish([made], []) == 1


@pytest.mark.parametrize("status, skipped, broken", [
    (3, "the archive cannot be reached", []),
    (1, "", ["sid: scripts/qemu-root.sh ended with 1"]),
])
def test_matrix_column_is_left_out_only_if_out_of_reach(
        matrix, tmp_path, monkeypatch, status, skipped, broken):
    def run(argv, **_):
        return subprocess.CompletedProcess(argv, status)
    monkeypatch.setattr(matrix.subprocess, "run", run)
    made = matrix.Column("sid")
    assert not made.prepare()
    assert (made.skipped, made.broken) == (skipped, broken)
    good = column(matrix, tmp_path)
    assert matrix.finish([good, made], []) == (1 if broken else 0)


def test_matrix_unknown_column_is_refused():
    done = subprocess.run([ROOT / "scripts" / "matrix.py", "woody"],
                          stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 2
    assert "woody: no such column; use bookworm, trixie" in done.stderr


def test_matrix_tells_why_a_test_is_not_for_a_column(matrix, tmp_path,
                                                     capsys):
    columns = [column(matrix, tmp_path, name)
               for name in ("bookworm", "trixie", "bullseye")]
    columns[1].apart["test_a::test_z"] = "a script is shipped there only"
    columns[2].apart["test_a::test_z"] = "a script is shipped there only"
    assert matrix.finish(columns, []) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ("- test_a::test_z: not on trixie: a script is shipped there only"
            in lines)
