#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Formats the C sources with clang-format, except what is laid out by hand.

A table reads best in columns of its own: file-scope and local initialisers,
enumerations, struct declarations, macros, and lines that end in a comment stay
as they are written. clang-format lays out all the other lines (.clang-format).

    scripts/format.py            rewrite all tracked C files
    scripts/format.py --check    change nothing; name each file that differs
    scripts/format.py FILE...    only these files
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(os.environ.get("OUTBOARD_LINT_ROOT") or
                    pathlib.Path(__file__).resolve().parents[1])
CLANG_FORMAT = "clang-format-14"
# The first line of a table: an initialiser, a compound literal, a type.
TABLE = re.compile(r"=\s*(\(.*\))?\{|\)\{ \.|\(struct \w+\)\{"
                   r"|^\s*(typedef )?(enum|struct|union)\b[^();=]*\{")
COMMENT = re.compile(r"\S.*/\*")


def statement_start(lines, first):
    """The first line of the statement that line `first` belongs to."""
    while first > 0 and lines[first - 1] and \
            not lines[first - 1].rstrip().endswith((";", "{", "}", "*/", ":")) \
            and not lines[first - 1].startswith("#"):
        first -= 1
    return first


def statement_end(lines, first):
    """The last line of the table that starts at `first`."""
    depth = 0
    for n in range(first, len(lines)):
        depth += lines[n].count("{") - lines[n].count("}")
        if depth <= 0 and lines[n].rstrip().endswith((";", "*/")):
            return n
    return len(lines) - 1


def by_hand(lines):
    """The set of line numbers (from 0) that clang-format must not touch."""
    kept, n = set(), 0
    while n < len(lines):
        last = n
        if lines[n].lstrip().startswith("#"):
            while lines[last].endswith("\\") and last + 1 < len(lines):
                last += 1
            kept.update(range(n, last + 1))
        elif TABLE.search(lines[n]):
            last = statement_end(lines, n)
            kept.update(range(statement_start(lines, n), last + 1))
        elif COMMENT.search(lines[n]):
            kept.add(n)
        n = last + 1
    return kept


def ranges(text):
    """The lines to format: a list of (first, last), from 1, inclusive."""
    lines = text.split("\n")
    kept = by_hand(lines)
    found = []
    for n in range(len(lines)):
        if n in kept:
            continue
        if found and found[-1][1] == n:
            found[-1][1] = n + 1
        else:
            found.append([n + 1, n + 1])
    return found


def formatted(path):
    """The text of `path` as it should be."""
    text = path.read_text(encoding="utf-8")
    argv = [CLANG_FORMAT, f"--assume-filename={path}"]
    argv += [f"--lines={first}:{last}" for first, last in ranges(text)]
    if len(argv) == 2:
        return text
    return subprocess.run(argv, input=text, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def sources(names):
    if names:
        return [pathlib.Path(name).resolve() for name in names]
    found = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT),
                            "ls-files", "-z", "*.c", "*.h"],
                           stdout=subprocess.PIPE, check=True,
                           text=True).stdout.split("\0")
    return [ROOT / name for name in found if name and (ROOT / name).exists()]


def main(argv):
    check = "--check" in argv
    paths = sources([word for word in argv if word != "--check"])
    differ = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for path, text in zip(paths, pool.map(formatted, paths)):
            if text == path.read_text(encoding="utf-8"):
                continue
            differ += 1
            if check:
                print(f"{path.relative_to(ROOT)}: is not formatted; run make "
                      "format")
            else:
                path.write_text(text, encoding="utf-8")
    return 1 if check and differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
