# SPDX-License-Identifier: MIT
"""scripts/check.py counts what happened, and a failure cannot hide."""
import importlib.util
import json
import os
import pathlib
import subprocess
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


def test_build_names_what_it_left_out_as_failed(check, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "left-out").write_text(
        "test ipc: cmocka is missing\noutboard-runner: no\n")
    step = run(check, ["true"], check.count_whole_build("b"))
    assert counts(step) == (1, 2, 0)
    assert step.broken == ["left out: test ipc: cmocka is missing",
                           "left out: outboard-runner: no"]


def test_build_that_left_nothing_out_counts_one_passed(check, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "left-out").write_text("\n")
    assert counts(run(check, ["true"], check.count_whole_build("b"))) == \
        (1, 0, 0)


def test_meson_skip_is_counted_only_if_it_is_allowed(check, tmp_path,
                                                     monkeypatch):
    monkeypatch.setattr(check, "SKIPS_ALLOWED", {"n": "a reason"})
    log = tmp_path / "b" / "meson-logs" / "testlog.json"
    log.parent.mkdir(parents=True)
    count = check.count_meson("b")
    log.write_text('{"name": "n", "result": "SKIP"}\n'
                   '{"name": "ipc", "result": "SKIP"}\n')
    step = run(check, ["true"], count)
    assert counts(step) == (0, 1, 1)
    assert step.broken == ["ipc: was skipped, which is not allowed "
                           "(SKIPS_ALLOWED in check.py)"]


CASE = "program: test_case"
SKIPPED = ("[ RUN      ] test_case\n[  SKIPPED ] test_case\n"
           "[ RUN      ] test_b\n[       OK ] test_b\n"
           "[==========] 2 test(s) run.\n[  SKIPPED ] 1 test(s).\n")


@pytest.fixture
def unit_counted(check, tmp_path):
    """The step of a unit test that ended well and printed this."""
    def run_on(printed):
        log = tmp_path / "b" / "meson-logs" / "testlog.json"
        log.parent.mkdir(parents=True)
        count = check.count_meson("b")
        log.write_text(json.dumps({"name": "outboard:unit / program",
                                   "result": "OK", "stdout": printed}) + "\n")
        return run(check, ["true"], count)
    return run_on


def test_unit_case_that_skips_itself_fails_by_name(unit_counted):
    step = unit_counted(SKIPPED)
    assert counts(step) == (1, 1, 0)
    assert step.broken == [f"{CASE}: was skipped, which is not allowed "
                           "(SKIPS_ALLOWED in check.py)"]


def test_unit_case_that_is_allowed_is_skipped(check, unit_counted,
                                              monkeypatch):
    monkeypatch.setattr(check, "SKIPS_ALLOWED", {CASE: "a reason"})
    assert counts(unit_counted(SKIPPED)) == (1, 0, 1)


@pytest.mark.parametrize("uid, counted", [(0, (1, 1, 0)), (1000, (1, 0, 1))])
def test_unit_case_for_root_may_be_skipped_by_users_alone(
        check, unit_counted, monkeypatch, uid, counted):
    monkeypatch.setattr(check.os, "geteuid", lambda: uid)
    monkeypatch.setattr(check, "SKIPS_ALLOWED_TO_USERS", {CASE: "a reason"})
    assert counts(unit_counted(SKIPPED)) == counted


def test_unit_cases_that_ran_are_not_skipped(unit_counted):
    assert counts(unit_counted("[       OK ] test_case\n")) == (1, 0, 0)


def test_unit_skip_of_cmocka_itself_is_seen(unit_counted, tmp_path):
    """The text is cmocka's: a program of this machine's cmocka writes it."""
    source, program = tmp_path / "skip.c", tmp_path / "skip"
    source.write_text("""
        #include <setjmp.h>
        #include <stdarg.h>
        #include <stddef.h>
        #include <stdint.h>
        #include <cmocka.h>
        static void test_case(void **state) { (void)state; skip(); }
        int main(void)
        {
            const struct CMUnitTest tests[] = { cmocka_unit_test(test_case) };
            return cmocka_run_group_tests(tests, NULL, NULL);
        }
    """)
    subprocess.run(["cc", source, "-o", program, "-lcmocka"], check=True,
                   timeout=60)
    done = subprocess.run([program], text=True, timeout=60, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert counts(unit_counted(done.stdout)) == (1, 1, 0)


def test_unit_skips_that_are_allowed_exist(check):
    for name in [*check.SKIPS_ALLOWED, *check.SKIPS_ALLOWED_TO_USERS]:
        program, case = name.split(": ")
        source = (ROOT / f"tests/unit/test_{program}.c").read_text()
        body = source.split(f"static void {case}(void **state)")[1]
        assert "skip();" in body.split("\n}\n")[0]


def test_meson_log_is_counted_by_result(check, tmp_path, monkeypatch):
    monkeypatch.setattr(check, "SKIPS_ALLOWED", {"n": "a reason"})
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


def test_longest_tests_of_all_reports_are_told(check, tmp_path, capsys):
    log = tmp_path / "b" / "meson-logs" / "testlog.json"
    log.parent.mkdir(parents=True)
    report, summary = tmp_path / "r.xml", tmp_path / "m" / "summary.json"
    summary.parent.mkdir()
    counts_of = (check.count_meson("b"), check.count_pytest(report),
                 check.count_matrix(summary))
    log.write_text('{"name": "unit", "result": "OK", "duration": 2.5}\n')
    report.write_text("<testsuites>" + "".join(
        f'<testcase classname="c" name="t{n}" time="0.{n:02}"/>'
        for n in range(30)) + "</testsuites>")
    summary.write_text('{ "passed": 1, "failed": 0, "skipped": 0, '
                       '"broken": [] }')
    (summary.parent / "sid.xml").write_text(
        '<testsuites><testcase classname="e" name="boot" time="71.04"/>'
        "</testsuites>")
    done = [run(check, ["true"], count) for count in counts_of]
    capsys.readouterr()
    check.longest_tell(done)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["the 20 tests that took longest:",
                         "    71.0 s  a step: sid: e.boot",
                         "     2.5 s  a step: unit",
                         "     0.3 s  a step: c.t29"]
    assert len(lines) == 21


def test_no_reports_tell_no_longest_tests(check, capsys):
    check.longest_tell([])
    assert capsys.readouterr().out == ""


def test_first_run_tells_the_documented_time(check, capsys):
    check.duration_tell("check")
    assert capsys.readouterr().out == (
        "check: takes about 18 min 0 s on two cores, longer the first time\n")


def test_next_run_tells_the_last_ones_time(check, tmp_path, capsys):
    (tmp_path / "build").mkdir()
    check.duration_keep("check-quick", 9)
    check.duration_keep("check", 754.6)
    check.duration_tell("check")
    check.duration_tell("check-quick")
    assert capsys.readouterr().out == (
        "check: took 12 min 35 s the last time\n"
        "check-quick: took 9 s the last time\n")


@pytest.mark.parametrize("text", ["", "[]", "{\"check\": null}", "no"])
def test_damaged_times_are_as_none(check, tmp_path, capsys, text):
    (tmp_path / "build").mkdir()
    check.times_file().write_text(text)
    check.duration_tell("check")
    assert "takes about" in capsys.readouterr().out


@pytest.mark.parametrize("machine, names", [
    ("x86_64", ["build arm64", "tests/arm64"]), ("aarch64", [])])
def test_arm64_is_emulated_on_x86_64_alone(check, monkeypatch, machine,
                                           names):
    monkeypatch.setattr(check.platform, "machine", lambda: machine)
    assert [step.name for step in check.arm64_steps()] == names


def test_arm64_on_an_arm64_host_is_refused(check, monkeypatch):
    monkeypatch.setattr(check.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr("sys.argv", ["check.py", "--arm64"])
    with pytest.raises(SystemExit) as refusal:
        check.main()
    assert refusal.value.code == (
        "check.py: --arm64 is for x86-64 machines; use make check, which "
        "tests this one as it is")


def test_fork_tier_builds_lints_and_tests_without_the_matrix(check):
    assert [step.name for step in check.fork_steps()] == [
        "build gcc", "stage", "lint", "unit tests gcc", "tests/house",
        "tests/docs", "tests/examples", "tests/schema", "tests/scripts"]


@pytest.mark.parametrize("argv, said", [
    (["--tier", "half"], "run: half: is not a tier; use full or fork\n"),
    (["quick"], "run: quick: is not an argument; use --tier full or "
                "--tier fork\n"),
])
def test_ci_run_unknown_argument_is_refused(argv, said):
    done = subprocess.run([ROOT / ".ci" / "run", *argv], text=True,
                          stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (2, said)
