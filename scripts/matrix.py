#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One build against every QEMU: a table of tests and QEMUs.

usage: matrix.py [--soak] [-k EXPRESSION] [COLUMN...]

Columns: bookworm (this system's QEMU, 7.2), trixie (10.0), sid (11.1), and
bullseye (5.2, which must be refused). The same tests (tests/e2e) run in each,
on the same bytes of bridge and modules, whose checksums are told and compared.
Exit status 1 if any cell is red. A column is left out only if the archive
cannot be reached. --soak runs the starts, stops and crashes alone, all of them.

A test that fails is run again, twice and alone, once all columns are through.
It counts as failed in any case. If it passes both times, the script names it
as unsteady, which shows that the cause is the load or the order of the tests.

All output is kept in build/matrix/, the table in build/matrix/table.txt.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as etree

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
BUILD = pathlib.Path(os.environ.get("OUTBOARD_BUILD", ROOT / "build"))
STAGE = BUILD / "stage"
LOGS = BUILD / "matrix"
HERE = "bookworm"
COLUMNS = (HERE, "trixie", "sid", "bullseye")
# Two run at once. A hanging column ends here, not at a user's ^C.
COLUMN_LIMIT_S = {False: 1200, True: 5400}
OUT_OF_REACH = 3        # qemu-root.sh
TESTS, SOAKS = "tests/e2e", "tests/e2e/soak"
# More failures than this in a column are not due to chance.
AGAIN_MOST, AGAIN_TIMES, AGAIN_LIMIT_S = 6, 2, 300
TOLD_LINES = 40         # of what pytest says of a failure

# What must be the same bytes in every column.
SHARED = ("lib/outboard/*.so", "lib/outboard/modules/*.so",
          "share/outboard/boards/**/*.json", "bin/outboard")


class Failure:
    """A test that failed: how to name it, and how to run it."""

    def __init__(self, column, test, case):
        module = case.get("classname").replace(".", "/")
        self.test = test
        self.node = f"tests/{module}.py::{case.get('name')}"
        self.line = (f"{column}: {test.split('::')[0]}::"
                     f"{case.get('name')}")
        self.text = "\n".join(child.text or "" for child in case
                              if child.tag in ("failure", "error"))

    def told(self):
        """The end of what pytest said, indented."""
        return [f"   {line}" for line in
                self.text.splitlines()[-TOLD_LINES:]]


class Column:
    """A QEMU: what came of its tests."""

    def __init__(self, name):
        self.name = name
        self.version = ""
        self.sums = {}
        self.cells = {}         # test -> [passed, failed, skipped]
        self.apart = {}         # test -> why it is not for this column
        self.broken = []        # one line each
        self.failures = []
        self.unsteady = []      # one line each
        self.skipped = ""       # why the column is not there
        self.seconds = 0.0

    def inside(self, argv, **options):
        """Run argv where this column's QEMU is the system's."""
        if self.name != HERE:
            argv = [SCRIPTS / "in-root.sh", self.name, *argv]
        return subprocess.run([str(word) for word in argv], cwd=ROOT,
                              stdin=subprocess.DEVNULL, **options)

    def prepare(self):
        """Make its root; False if it cannot be tested."""
        if self.name == HERE:
            return True
        done = subprocess.run([SCRIPTS / "qemu-root.sh", self.name],
                              stdout=subprocess.DEVNULL, check=False)
        if done.returncode == OUT_OF_REACH:
            self.skipped = "the archive cannot be reached"
        elif done.returncode != 0:
            self.broken.append(f"{self.name}: scripts/qemu-root.sh ended with "
                               f"{done.returncode}")
        return done.returncode == 0

    def look(self, files):
        """QEMU's version and the files' checksums, as they are in there."""
        script = "qemu-system-aarch64 --version && exec sha256sum \"$@\""
        done = self.inside(["sh", "-c", script, "sh", *files], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           check=False)
        if done.returncode != 0:
            self.broken.append(f"{self.name}: {done.stderr.strip()}")
            return {}
        self.version = re.search(r"version (\d+\.\d+\.\d+)", done.stdout)[1]
        return dict(reversed(line.split(maxsplit=1))
                    for line in done.stdout.splitlines()
                    if re.match(r"[0-9a-f]{64} ", line))

    def test(self, files, soak, chosen):
        """Everything, in this order; call once."""
        start = time.monotonic()
        self.sums = self.look(files)
        if not self.sums:
            return
        report = LOGS / f"{self.name}.xml"
        apart = LOGS / f"{self.name}.apart"
        argv = [f"--junitxml={report}", SOAKS if soak else TESTS]
        if chosen:
            argv += ["-k", chosen]
        status = self.tests_run(argv, {"OUTBOARD_APART": str(apart),
                                       "OUTBOARD_SOAK": "full" if soak
                                       else ""}, COLUMN_LIMIT_S[soak])
        self.read(report, apart, status, soak or chosen)
        if self.look(files) != self.sums:
            self.broken.append(f"{self.name}: the files changed meanwhile")
        self.seconds = time.monotonic() - start

    def tests_run(self, argv, env, limit_s):
        """pytest's exit status; what it says is added to the log."""
        argv = ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-rfEs",
                "-p", "no:cacheprovider", "-c", "tests/pytest.ini",
                "--rootdir", "tests", f"--qemu={self.name}", *argv]
        env = {**os.environ, "OUTBOARD_ACME": str(LOGS / "acme"), **env}
        with open(LOGS / f"{self.name}.log", "ab") as log:
            try:
                return self.inside(argv, env=env, stdout=log, check=False,
                                   stderr=subprocess.STDOUT,
                                   timeout=limit_s).returncode
            except subprocess.TimeoutExpired:
                return 124

    def again(self):
        """Run what failed again, alone, to learn whether it is unsteady."""
        if len(self.failures) > AGAIN_MOST:
            return
        for failure in self.failures:
            if any(self.tests_run([failure.node], {}, AGAIN_LIMIT_S)
                   for _ in range(AGAIN_TIMES)):
                continue
            self.unsteady.append(failure.line)

    def read(self, report, apart, status, few):
        if apart.exists():
            for line in apart.read_text().splitlines():
                test, why = line.split("\t")
                self.apart[test] = why
        if not report.exists():
            self.broken.append(f"{self.name}: no report (status {status})")
            return
        for case in etree.parse(report).iter("testcase"):
            self.count(case)
        if status not in ((0, 1, 5) if few else (0, 1)):
            self.broken.append(f"{self.name}: pytest ended with {status}")

    def count(self, case):
        name = case.get("name")
        test = case.get("classname").split(".")[-1] + "::" + \
            name.split("[")[0]
        cell = self.cells.setdefault(test, [0, 0, 0])
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            cell[1] += 1
            self.failures.append(Failure(self.name, test, case))
            self.broken.append(self.failures[-1].line)
        elif "skipped" in kinds:
            cell[2] += 1
        else:
            cell[0] += 1

    def total(self, kind):
        return sum(cell[kind] for cell in self.cells.values())


def acme_make():
    """The example's modules and firmware, built once for all columns."""
    shutil.copytree(ROOT / "examples" / "acme", LOGS / "acme",
                    ignore=shutil.ignore_patterns("*.so", "*.elf"))
    with open(LOGS / "acme.log", "wb") as log:
        subprocess.run(["make", "-C", LOGS / "acme", "all",
                        f"PKG_CONFIG_PATH={STAGE}/lib/pkgconfig"],
                       stdout=log, stderr=subprocess.STDOUT, check=True)
    return sorted((LOGS / "acme").glob("*.so"))


def shared_files():
    return sorted({path for glob in SHARED for path in STAGE.glob(glob)})


def sums_compare(columns):
    """Every column has seen the same bytes."""
    seen = {json.dumps(column.sums, sort_keys=True)
            for column in columns if column.sums}
    return [] if len(seen) < 2 else ["the columns saw different files"]


def cell_text(column, test):
    if column.skipped:
        return "skipped"
    passed, failed, skipped = column.cells.get(test, (0, 0, 0))
    if failed:
        return f"{failed} FAILED"
    if passed:
        return f"ok {passed}" if passed > 1 else "ok"
    return "skipped" if skipped else "-"


def table(columns):
    """The lines of the table, and of what stands below it."""
    tests = sorted({test for column in columns for test in column.cells})
    width = max([len(test) for test in tests] + [10])
    head = [f"{c.name} {c.version}".strip() for c in columns]
    yield f"{'':<{width}}  " + "  ".join(f"{text:<16}" for text in head)
    for test in tests:
        yield f"{test:<{width}}  " + "  ".join(
            f"{cell_text(column, test):<16}" for column in columns)
    yield ""
    why = collections.OrderedDict()
    for column in columns:
        if column.skipped:
            yield f"{column.name} is left out: {column.skipped}"
        if column.name == "bullseye":
            continue
        for test, text in column.apart.items():
            why.setdefault((test, text), []).append(column.name)
    for (test, text), names in why.items():
        yield f"- {test}: not on {', '.join(names)}: {text}"
    if any(column.name == "bullseye" for column in columns):
        yield "- bullseye: 5.2 is older than what is supported; there only " \
            "its refusal is tested"


def sums_table(columns):
    seen = next((c.sums for c in columns if c.sums), {})
    yield "the same bytes in every column (sha256):"
    for path, text in sorted(seen.items()):
        yield f"{text}  {os.path.relpath(path, BUILD)}"


def finish(columns, faults):
    """Print and keep everything; the exit status."""
    lines = [*table(columns), "", *sums_table(columns), ""]
    broken = faults + [line for c in columns for line in c.broken]
    passed = sum(column.total(0) for column in columns)
    failed = max(sum(column.total(1) for column in columns), len(broken))
    skipped = sum(column.total(2) + bool(column.skipped)
                  for column in columns)
    for column in columns:
        lines.append(f"{column.name:<9} {column.version:<8} "
                     f"{column.total(0):>5} passed {column.total(1):>4} failed"
                     f" {column.total(2):>4} skipped {column.seconds:>7.1f} s")
    for failure in (failure for c in columns for failure in c.failures):
        lines += ["", failure.line, *failure.told()]
    unsteady = {line for c in columns for line in c.unsteady}
    broken = [f"{line} (unsteady: passed {AGAIN_TIMES} times alone)"
              if line in unsteady else line for line in broken]
    lines += [f"failed: {line}" for line in broken]
    (LOGS / "table.txt").write_text("\n".join(lines) + "\n")
    (LOGS / "summary.json").write_text(json.dumps({
        "passed": passed, "failed": failed, "skipped": skipped,
        "broken": broken}))
    print("\n".join(lines))
    return 1 if broken or passed == 0 else 0


def column_run(column, files, options):
    print(f"matrix: {column.name}: {len(files)} shared files, testing",
          flush=True)
    column.test(files, options.soak, options.k)
    print(f"matrix: {column.name}: {column.version}: {column.total(0)} passed, "
          f"{column.total(1)} failed ({column.seconds:.0f} s)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("-k", metavar="EXPRESSION")
    parser.add_argument("columns", nargs="*", metavar="COLUMN",
                        help=", ".join(COLUMNS))
    options = parser.parse_args()
    wrong = set(options.columns) - set(COLUMNS)
    if wrong:
        parser.error(f"{', '.join(wrong)}: no such column; use "
                     f"{', '.join(COLUMNS)}")
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    columns = [Column(name) for name in COLUMNS
               if name in (options.columns or COLUMNS)
               and not (options.soak and name == "bullseye")]
    files = shared_files() + acme_make()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ready = [column for column, there in
                 zip(columns, list(pool.map(Column.prepare, columns)))
                 if there]
        for done in [pool.submit(column_run, column, files, options)
                     for column in ready]:
            done.result()
    for column in ready:
        column.again()
    return finish(columns, sums_compare(columns))


if __name__ == "__main__":
    sys.exit(main())
