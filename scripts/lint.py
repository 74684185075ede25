#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Looks for faults in the sources without running them.

usage: lint.py [--all] [--base COMMIT] [--seconds N] [TOOL...]

Four tools, side by side; without a TOOL all of them:

    format      scripts/format.py --check, on every C file
    shellcheck  every shell script (.shellcheckrc)
    flake8      every Python file (.flake8)
    tidy        clang-tidy on the C files that changed (.clang-tidy); it takes
                the compilers' options from build/

clang-tidy takes seconds per file, so it reads what differs from a base: the
commit where this branch left main, or the commit before on main itself. A
changed header counts for the sources that include it. Without a base (a clone
of one commit) every file counts as changed. --all takes every file that is
built. --seconds bounds clang-tidy: the script names how many files it did not
reach, and it begins at another place for each commit.

The last line is `N of 4 tools are content`; the exit status is 1 if a tool
complains. build/lint.json holds the same for scripts/check.py.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(os.environ.get("OUTBOARD_LINT_ROOT") or
                    pathlib.Path(__file__).resolve().parents[1])
SCRIPTS = pathlib.Path(__file__).resolve().parent
CLANG_TIDY = "clang-tidy-14"
MAINS = ("origin/main", "main")
SHELL = re.compile(rb"#!\s*(/usr)?/bin/(env )?(ba)?sh\b")
SHELL_HINT = b"# shellcheck shell="
PYTHON = re.compile(rb"#!.*\bpython3?\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)
# Not ours to lint: clang does not know what gcc alone accepts.
UNKNOWN_OPTIONS = ("-Wno-unknown-warning-option",)


def git(*argv):
    """What git prints, in words; none if it fails."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT),
                           *argv], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def tracked(*patterns):
    """The files of the tree, also those that git does not know yet."""
    names = git("ls-files", "--cached", "--others", "--exclude-standard",
                *patterns)
    return sorted({ROOT / name for name in names if (ROOT / name).is_file()})


def head_of(path):
    with open(path, "rb") as file:
        return file.read(300)


def shell_scripts():
    return [path for path in tracked()
            if SHELL.match(head_of(path)) or SHELL_HINT in head_of(path)]


def python_files():
    return [path for path in tracked()
            if path.suffix == ".py" or PYTHON.match(head_of(path))]


class Report:
    """What a tool found: complaints, and a word on what it read."""

    def __init__(self, complaints, read):
        self.complaints, self.read = complaints, read


def tool_run(argv, files, noun):
    """Run a tool that prints its complaints, on files."""
    if not files:
        return Report([], f"0 {noun}")
    if not shutil.which(str(argv[0])):
        return Report([f"{argv[0]}: is not installed; run scripts/deps.sh "
                       "test"], f"0 {noun}")
    done = subprocess.run([*argv, *map(str, files)], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    lines = done.stdout.replace(f"{ROOT}/", "").splitlines()
    if done.returncode and not lines:
        lines = [f"{argv[0]} ended with status {done.returncode}"]
    return Report(lines if done.returncode else [],
                  f"{len(files)} {noun}")


def format_check(_):
    return tool_run([SCRIPTS / "format.py", "--check"],
                    tracked("*.c", "*.h"), "C files")


def shellcheck(_):
    return tool_run(["shellcheck"], shell_scripts(), "shell scripts")


def flake8(_):
    return tool_run(["flake8"], python_files(), "Python files")


def base_find(wanted):
    """The commit to compare with; None if this tree has none."""
    if wanted:
        found = git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}")
        if not found:
            sys.exit(f"lint.py: --base: no such commit (\"{wanted}\"); name "
                     "one that `git log` shows")
        return found[0]
    head = git("rev-parse", "--verify", "--quiet", "HEAD")
    for main in MAINS:
        fork = git("merge-base", "HEAD", main)
        if fork and fork != head:
            return fork[0]
    return (git("rev-parse", "--verify", "--quiet", "HEAD~1") or [None])[0]


def built():
    """source -> directory of its build, of each C file that build/ makes."""
    commands = ROOT / "build" / "compile_commands.json"
    if not commands.exists():
        return None
    found = {}
    for entry in json.loads(commands.read_text()):
        path = pathlib.Path(os.path.normpath(
            pathlib.Path(entry["directory"], entry["file"])))
        if path.suffix == ".c" and path.exists():
            found[path] = entry["directory"]
    return found


def includers(headers, sources):
    """The sources that include one of these headers themselves."""
    tails = {tuple(header.parts[-2:]) for header in headers}
    names = {header.name for header in headers}
    for source in sources:
        text = source.read_text(encoding="utf-8", errors="replace")
        for word in INCLUDE.findall(text):
            parts = pathlib.PurePath(word).parts
            if parts[-2:] in tails or (len(parts) == 1 and parts[0] in names):
                yield source
                break


def changed(sources, base):
    """Those sources that differ from base, or whose headers do."""
    names = git("diff", "--name-only", base, "--") + \
        git("ls-files", "--others", "--exclude-standard")
    paths = {ROOT / name for name in names}
    headers = {path for path in paths if path.suffix == ".h"}
    return paths & set(sources) | set(includers(headers, sources))


def tidy_files(options):
    """(files, why these) for clang-tidy; no list at all without a build."""
    sources = built()
    if sources is None:
        return None, ""
    if options.all:
        return sorted(sources), "all that are built"
    base = base_find(options.base)
    if not base:
        return sorted(sources), "all, as there is no commit to compare with"
    return sorted(changed(sources, base)), f"changed since {base[:10]}"


def tidy_one(path, end):
    """clang-tidy's complaints on a file; None if there was no time for it."""
    left = end - time.monotonic()
    if left <= 0:
        return None
    argv = [CLANG_TIDY, "-p", str(ROOT / "build"), "--quiet",
            "--warnings-as-errors=*",
            *(f"--extra-arg={word}" for word in UNKNOWN_OPTIONS), str(path)]
    try:
        done = subprocess.run(argv, cwd=ROOT, text=True, check=False,
                              stdout=subprocess.PIPE, timeout=left,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return []
    lines = [line for line in done.stdout.replace(
        f"{ROOT}/build/../", "").replace(f"{ROOT}/", "").splitlines()
        if not re.match(r"\d+ warnings? ", line)]
    return lines or [f"{path.relative_to(ROOT)}: clang-tidy ended with status "
                     f"{done.returncode}"]


def tidy(options):
    if not shutil.which(CLANG_TIDY):
        return Report([f"{CLANG_TIDY}: is not installed; run scripts/deps.sh "
                       "test"], "0 C files")
    files, why = tidy_files(options)
    if files is None:
        return Report(["build/compile_commands.json: is missing; run make"],
                      "0 C files")
    # Another order for each commit, so that in time all files are reached.
    random.Random("".join(git("rev-parse", "HEAD"))).shuffle(files)
    end = time.monotonic() + (options.seconds or 24 * 3600)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda path: tidy_one(path, end), files))
    missed = found.count(None)
    read = f"{len(files) - missed} C files ({why})"
    if missed:
        read += f"; no time for {missed} more: make lint ALL=1 reads them"
    return Report([line for lines in found for line in lines or []], read)


TOOLS = {"format": format_check, "shellcheck": shellcheck, "flake8": flake8,
         "tidy": tidy}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base", metavar="COMMIT")
    parser.add_argument("--seconds", type=float, metavar="N")
    parser.add_argument("tools", nargs="*", metavar="TOOL",
                        help=", ".join(TOOLS))
    options = parser.parse_args()
    wrong = [name for name in options.tools if name not in TOOLS]
    if wrong:
        parser.error(f"{wrong[0]}: is not a tool; use {', '.join(TOOLS)}")
    return options


def main():
    options = arguments()
    names = options.tools or list(TOOLS)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        reports = dict(zip(names, pool.map(
            lambda name: TOOLS[name](options), names)))
    broken = [name for name in names if reports[name].complaints]
    for name in names:
        for line in reports[name].complaints:
            print(line)
        state = "complains" if name in broken else "ok"
        print(f"{name}: {state}: {reports[name].read}")
    if (ROOT / "build").is_dir():
        (ROOT / "build" / "lint.json").write_text(json.dumps({
            "passed": len(names) - len(broken), "failed": len(broken),
            "skipped": 0, "broken": broken}))
    print(f"{len(names) - len(broken)} of {len(names)} tools are content")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
