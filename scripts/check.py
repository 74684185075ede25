#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds with every compiler, runs every test, sums it up.

usage: check.py [--quick | --fork | --arm64]

It says first how long it takes: as the last run on this machine did, which
build/check-times keeps, else as documented. Before its sum it lists the tests
that took longest. The last line is `N passed, N failed, N skipped`; the exit
status is 1 if anything failed. Each step's full output is kept in build/check/.
--quick leaves out the other compiler, the sanitizers, the other QEMUs, arm64
and tests marked slow. --fork leaves out what needs root, the network or a QEMU
too: it is for the CI of forks. --arm64 tests arm64 hosts alone, in full: on an
x86-64 machine, by user-mode emulation and in an emulated machine
(docs/matrix.md).
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as etree

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "check"
# Enough for a slow machine; a step that hangs ends here, not at a user's ^C.
BUILD_LIMIT_S = 900
TEST_LIMIT_S = 1500
MATRIX_LIMIT_S = 2400   # of which making the roots may take half, once
ARM64_LIMIT_S = 6000    # downloads, all emulators, two kernels
SUITES = ["trixie", "sid", "bullseye"]
ARM64 = "build-arm64"
# What the part of tests/arm64 that make check runs needs of the cross build.
ARM64_PROGRAMS = ["src/cli/outboard", "src/runner/outboard-runner",
                  "src/bridge/outboard-bridge.so"]
# Unit tests that may be skipped, and why: "PROGRAM", or "PROGRAM: TEST" where
# a test calls cmocka's skip(). Tests in Python: tests/support/skips.py.
SKIPS_ALLOWED = {
    "fast_path: test_accesses_make_no_system_call":
        "without real-time priority, other processes may delay both sides",
}
# Root is what a user may not have; root has to run them.
SKIPS_ALLOWED_TO_USERS = {
    "base_file: test_open_foreign_owner_is_refused":
        "gives a file away",
    "base_file: test_open_foreign_directory_is_refused":
        "gives a directory away",
    "base_file: test_open_by_a_user_takes_roots_and_own_files":
        "changes to another user",
    "base_path: test_dirs_privileged_run_ignores_environment":
        "changes to another user",
}
LONGEST = 20
LINT_S = 40             # for clang-tidy, which reads the changed files first
# On two cores, when no run on this machine is known.
DOCUMENTED_S = {"check": 18 * 60, "check-quick": 4 * 60, "check-fork": 5 * 60,
                "check-arm64": 10 * 60}


class Step:
    """A command, its log, and what it counted."""

    def __init__(self, name, argv, count, limit_s):
        self.name, self.argv, self.count = name, argv, count
        self.limit_s = limit_s
        self.log = LOGS / (re.sub(r"\W+", "-", name) + ".log")
        self.passed = self.failed = self.skipped = 0
        self.seconds = 0.0
        self.broken = []
        self.times = []         # (seconds, test) as the reports have them

    def run(self, env):
        print(f"== {self.name}", flush=True)
        start = time.monotonic()
        status = run_bounded(self.argv, self.log, env, self.limit_s)
        self.seconds = time.monotonic() - start
        self.count(self, status)
        if status != 0 and self.failed == 0:
            self.failed = 1
            self.broken.append(f"{self.argv[0]} ended with {status}")
        if self.failed:
            self.tell()

    def tell(self):
        """The end of the log, where a failed step says why."""
        lines = self.log.read_text(errors="replace").splitlines()
        print("\n".join(f"   {line}" for line in lines[-60:]))
        for name in self.broken:
            print(f"   FAILED: {name}")
        print(f"   all of it: {self.log.relative_to(ROOT)}", flush=True)


def run_bounded(argv, log, env, limit_s):
    """Exit status of argv; its whole process group ends at the limit."""
    with open(log, "wb") as out:
        child = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=out,
                                 stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL,
                                 start_new_session=True)
        try:
            return child.wait(limit_s)
        except subprocess.TimeoutExpired:
            out.write(f"\ncheck.py: no end within {limit_s} s\n".encode())
            return 124
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def count_build(step, status):
    step.passed, step.failed = (1, 0) if status == 0 else (0, 1)
    if status:
        step.broken.append(step.name)


def count_whole_build(build):
    """A counter for a build; what a missing library left out has failed."""
    left_out = ROOT / build / "left-out"

    def count(step, status):
        count_build(step, status)
        if left_out.exists():
            lines = [line for line in left_out.read_text().splitlines()
                     if line.strip()]
            step.failed += len(lines)
            step.broken += [f"left out: {line}" for line in lines]
    return count


def skip_allowed(name):
    return name in SKIPS_ALLOWED or \
        (os.geteuid() != 0 and name in SKIPS_ALLOWED_TO_USERS)


def count_skip(step, name):
    """A skipped unit test: it fails, unless the lists above have it."""
    if skip_allowed(name):
        step.skipped += 1
    else:
        step.failed += 1
        step.broken.append(f"{name}: was skipped, which is not allowed "
                           "(SKIPS_ALLOWED in check.py)")


def cases_skipped(test):
    """The cases that called skip(): cmocka's exit status hides them."""
    program = test["name"].rsplit(" / ", 1)[-1]
    cases = re.findall(r"\[  SKIPPED \] (\w+)$", test.get("stdout") or "",
                       re.M)
    return [f"{program}: {case}" for case in cases]


def count_meson(build):
    """A counter that reads what `meson test` wrote into build."""
    log = ROOT / build / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)

    def count(step, status):
        if not log.exists():
            return
        for line in log.read_text().splitlines():
            test = json.loads(line)
            step.times.append((test.get("duration", 0.0), test["name"]))
            for case in cases_skipped(test):
                count_skip(step, case)
            if test["result"] in ("OK", "EXPECTEDFAIL"):
                step.passed += 1
            elif test["result"] == "SKIP":
                count_skip(step, test["name"])
            else:
                step.failed += 1
                step.broken.append(f"{test['name']}: {test['result']}")
    return count


def case_time(case):
    """(seconds, test) of a test case in a JUnit report."""
    return (float(case.get("time") or 0),
            f"{case.get('classname')}.{case.get('name')}")


def count_pytest(report):
    """A counter that reads pytest's JUnit report."""
    report.unlink(missing_ok=True)

    def count(step, status):
        if not report.exists():
            return
        for case in etree.parse(report).iter("testcase"):
            kinds = {child.tag for child in case}
            step.times.append(case_time(case))
            if kinds & {"failure", "error"}:
                step.failed += 1
                step.broken.append(f"{case.get('classname')}."
                                   f"{case.get('name')}")
            elif "skipped" in kinds:
                step.skipped += 1
            else:
                step.passed += 1
        if status == 5:         # pytest's "no tests collected"
            step.failed += 1
            step.broken.append("no tests found")
    return count


def build_step(kind, build, targets=()):
    """Configure build if it is not, then compile these, or all of it."""
    setup = f"scripts/setup.sh {build} {kind}"
    ninja = " ".join(["ninja", "-C", build, "-j2", *targets])
    return Step(f"build {kind}", ["bash", "-c", f"{setup} && {ninja}"],
                count_whole_build(build), BUILD_LIMIT_S)


def stage_step():
    return Step("stage", ["meson", "install", "-C", "build", "--no-rebuild",
                          "--quiet", "--only-changed", "--destdir",
                          str(ROOT / "build" / "stage")],
                count_build, BUILD_LIMIT_S)


def unit_step(kind, build, names=()):
    return Step(f"unit tests {kind}",
                ["meson", "test", "-C", build, "--no-rebuild",
                 "--print-errorlogs", "--num-processes", "2", *names],
                count_meson(build), TEST_LIMIT_S)


def pytest_step(folder, chosen="not whole", limit_s=TEST_LIMIT_S):
    """The tests of a folder whose marks are as chosen."""
    report = LOGS / f"{folder.name}.xml"
    argv = ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-rfEs",
            "--durations=8", "-p", "no:cacheprovider",
            "-c", "tests/pytest.ini", "--rootdir", "tests",
            f"--junitxml={report}", "-m", chosen]
    return Step(f"tests/{folder.name}", argv + [str(folder)],
                count_pytest(report), limit_s)


def count_summary(summary):
    """A counter that reads the sums of scripts/lint.py or matrix.py."""
    summary.unlink(missing_ok=True)

    def count(step, _status):
        if not summary.exists():
            return
        sums = json.loads(summary.read_text())
        step.passed, step.failed = sums["passed"], sums["failed"]
        step.skipped, step.broken = sums["skipped"], sums["broken"]
    return count


def count_matrix(summary):
    """A counter that reads the sums and the reports of scripts/matrix.py."""
    sums_count = count_summary(summary)

    def count(step, status):
        sums_count(step, status)
        if not summary.exists():
            return
        for report in sorted(summary.parent.glob("*.xml")):
            step.times += [
                (seconds, f"{report.stem}: {name}") for seconds, name in
                map(case_time, etree.parse(report).iter("testcase"))]
    return count


def lint_step():
    """The sources, read by tools; clang-tidy for LINT_S at most."""
    return Step("lint", ["/usr/bin/python3", "-B", "scripts/lint.py",
                         f"--seconds={LINT_S}"],
                count_summary(ROOT / "build" / "lint.json"), TEST_LIMIT_S)


def matrix_step():
    """tests/e2e on every QEMU."""
    return Step("matrix", ["/usr/bin/python3", "-B", "scripts/matrix.py"],
                count_matrix(ROOT / "build" / "matrix" / "summary.json"),
                MATRIX_LIMIT_S)


def pytest_folders():
    """Folders with tests in Python: the quick house first, QEMU last."""
    tests = ROOT / "tests"
    folders = {tests / path.relative_to(tests).parts[0]
               for path in tests.glob("*/**/test_*.py")} - {tests / "arm64"}
    return sorted(folders, key=lambda path: (path.name != "house",
                                             path.name == "e2e", path.name))


# The folders of tests that run without root, network and a guest.
FORK_FOLDERS = ("house", "docs", "examples", "schema", "scripts")


def fork_steps():
    """What a fork's CI can run, in order."""
    yield build_step("gcc", "build")
    yield stage_step()
    yield lint_step()
    yield unit_step("gcc", "build")
    for name in FORK_FOLDERS:
        yield pytest_step(ROOT / "tests" / name,
                          "not slow and not whole and not downloads")


class Roots:
    """Makes the other Debians while all else goes on; the matrix waits."""

    def __init__(self, env):
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(LOGS / "roots.log", "wb") as out:
            self.child = subprocess.Popen(
                ["scripts/qemu-root.sh", *SUITES], cwd=ROOT, env=env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True)

    def end(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            self.child.wait()


def arm64_steps():
    """A part of what --arm64 does: it costs about a minute."""
    if platform.machine() == "x86_64":
        yield build_step("arm64", ARM64, ARM64_PROGRAMS)
        yield pytest_step(ROOT / "tests" / "arm64")


def arm64_unit_names():
    """The unit tests for user-mode emulation; read when it is built."""
    script = ROOT / "tests" / "arm64" / "machine.py"
    done = subprocess.run([sys.executable, "-B", script, "--others", ARM64],
                          cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          check=False)
    return done.stdout.split()


def arm64_whole():
    yield build_step("arm64", ARM64)
    yield unit_step("arm64", ARM64, arm64_unit_names())
    yield pytest_step(ROOT / "tests" / "arm64", "whole or not whole",
                      ARM64_LIMIT_S)


def steps(quick):
    """Everything, in order. What is built runs only if it was built."""
    yield build_step("gcc", "build")
    yield stage_step()
    if not quick:
        yield build_step("clang", "build-clang")
        yield build_step("asan", "build-asan")
    yield lint_step()
    yield unit_step("gcc", "build")
    if not quick:
        yield unit_step("clang", "build-clang")
        yield unit_step("asan", "build-asan")
    for folder in pytest_folders():
        if quick:
            yield pytest_step(folder, "not slow and not whole")
        elif folder.name != "e2e":
            yield pytest_step(folder)
    if not quick:
        yield matrix_step()
        yield from arm64_steps()


def environment():
    """Nothing of the user's own set-up gets into the tests."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("OUTBOARD_", "QEMU_", "LD_", "MESON_", "MAKE"))
           and k not in ("CFLAGS", "LDFLAGS", "CC", "PYTHONPATH")}
    if "OUTBOARD_CACHE" in os.environ:
        env["OUTBOARD_CACHE"] = os.environ["OUTBOARD_CACHE"]
    env["LC_ALL"] = "C.UTF-8"
    env["OUTBOARD_STRICT"] = "1"    # tests/support/skips.py
    env["ASAN_OPTIONS"] = "detect_leaks=1:abort_on_error=0"
    # Else GLib keeps what was leaked in pools of its own.
    env["G_SLICE"] = "always-malloc"
    env["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
    return env


def table(done):
    print(f"\n{'step':<20} {'passed':>7} {'failed':>7} {'skipped':>8} "
          f"{'seconds':>8}")
    for step in done:
        print(f"{step.name:<20} {step.passed:>7} {step.failed:>7} "
              f"{step.skipped:>8} {step.seconds:>8.1f}")
    print()


def times_file():
    """Outlives build/check, which each run begins by removing."""
    return ROOT / "build" / "check-times"


def times_known():
    """Seconds by name, of the last runs that went through."""
    try:
        known = json.loads(times_file().read_text())
        return {name: float(known[name]) for name in known}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def clock_text(seconds):
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def duration_tell(name):
    known = times_known().get(name)
    if known is None:
        print(f"{name}: takes about {clock_text(DOCUMENTED_S[name])} on two "
              "cores, longer the first time", flush=True)
    else:
        print(f"{name}: took {clock_text(known)} the last time", flush=True)


def duration_keep(name, seconds):
    """For the next run; without it that one tells what is documented."""
    known = dict(times_known(), **{name: seconds})
    try:
        times_file().write_text(json.dumps(known) + "\n")
    except OSError:
        pass


def longest_tell(done):
    times = sorted(((seconds, f"{step.name}: {test}") for step in done
                    for seconds, test in step.times), reverse=True)
    if times:
        print(f"the {min(LONGEST, len(times))} tests that took longest:")
    for seconds, test in times[:LONGEST]:
        print(f"{seconds:>8.1f} s  {test}")


def steps_run(chosen, env):
    """The steps that were run, in order."""
    done = []
    for step in chosen:
        LOGS.mkdir(parents=True, exist_ok=True)
        step.run(env)
        done.append(step)
        if step.name in ("build gcc", "stage", "build arm64") and \
                not step.passed:
            break               # nothing that follows would mean anything
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--quick", action="store_true")
    kind.add_argument("--fork", action="store_true")
    kind.add_argument("--arm64", action="store_true")
    options = parser.parse_args()
    if options.arm64 and platform.machine() != "x86_64":
        sys.exit("check.py: --arm64 is for x86-64 machines; use make check, "
                 "which tests this one as it is")
    name = "check-arm64" if options.arm64 else \
        "check-quick" if options.quick else \
        "check-fork" if options.fork else "check"
    start = time.monotonic()
    duration_tell(name)
    shutil.rmtree(LOGS, ignore_errors=True)
    env = environment()
    roots = Roots(env) if name == "check" else None
    try:
        done = steps_run(arm64_whole() if options.arm64 else
                         fork_steps() if options.fork else
                         steps(options.quick), env)
    finally:
        if roots:
            roots.end()
    table(done)
    longest_tell(done)
    for step in done:
        for name in step.broken:
            print(f"failed: {step.name}: {name}")
    passed, failed, skipped = (sum(getattr(step, what) for step in done)
                               for what in ("passed", "failed", "skipped"))
    summary = f"{passed} passed, {failed} failed, {skipped} skipped"
    (LOGS / "summary").write_text(summary + "\n")
    if not failed:
        duration_keep(name, time.monotonic() - start)
    print(summary)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
