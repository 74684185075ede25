# SPDX-License-Identifier: MIT
"""scripts/check.py counts what happened, and a failure cannot hide."""
import importlib.util
import os
import pathlib
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location(
        "check", ROOT / "scripts" / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOGS", tmp_path)
    return module


def counts(step):
    return step.passed, step.failed, step.skipped


def run(check, argv, count, limit_s=60):
    step = check.Step("a step", argv, count, limit_s)
    step.run(dict(os.environ))
    return step


def test_build_that_works_counts_one_passed(check):
    assert counts(run(check, ["true"], check.count_build)) == (1, 0, 0)


def test_build_that_fails_counts_one_failed(check):
    assert counts(run(check, ["false"], check.count_build)) == (0, 1, 0)


def test_meson_log_is_counted_by_result(check, tmp_path):
    log = tmp_path / "b" / "meson-logs" / "testlog.json"
    log.parent.mkdir(parents=True)
    log.write_text("left over from an earlier run")
    count = check.count_meson("b")
    log.write_text("".join(
        '{"name": "n", "result": "%s"}\n' % result
        for result in ("OK", "OK", "SKIP", "FAIL", "TIMEOUT", "ERROR")))
    assert counts(run(check, ["true"], count)) == (2, 3, 1)


def test_meson_without_log_and_with_status_is_a_failure(check, tmp_path):
    count = check.count_meson("b")
    assert counts(run(check, ["false"], count)) == (0, 1, 0)


def test_pytest_report_is_counted_by_result(check, tmp_path):
    report = tmp_path / "r.xml"
    count = check.count_pytest(report)
    report.write_text(
        '<testsuites><testsuite><testcase name="a"/><testcase name="b">'
        '<failure/></testcase><testcase name="c"><error/></testcase>'
        '<testcase name="d"><skipped/></testcase></testsuite></testsuites>')
    assert counts(run(check, ["false"], count)) == (1, 2, 1)


def test_pytest_that_found_no_tests_is_a_failure(check, tmp_path):
    report = tmp_path / "r.xml"
    count = check.count_pytest(report)
    report.write_text("<testsuites/>")
    step = run(check, ["sh", "-c", "exit 5"], count)
    assert counts(step) == (0, 1, 0)
    assert step.broken == ["no tests found"]


def test_step_that_hangs_is_ended_and_fails(check):
    start = time.monotonic()
    step = run(check, ["sh", "-c", "sleep 1000 & wait"], check.count_build,
               limit_s=1)
    assert counts(step) == (0, 1, 0)
    assert time.monotonic() - start < 30
    assert "no end within 1 s" in step.log.read_text()


def test_matrix_summary_is_counted(check, tmp_path):
    summary = tmp_path / "summary.json"
    count = check.count_matrix(summary)
    summary.write_text('{ "passed": 7, "failed": 1, "skipped": 2, '
                       '"broken": ["sid: test_a::test_b"] }')
    step = run(check, ["false"], count)
    assert counts(step) == (7, 1, 2)
    assert step.broken == ["sid: test_a::test_b"]


def test_matrix_without_summary_is_a_failure(check, tmp_path):
    summary = tmp_path / "summary.json"
    summary.write_text("left over from an earlier run")
    count = check.count_matrix(summary)
    assert counts(run(check, ["false"], count)) == (0, 1, 0)
