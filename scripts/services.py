#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the tables of services in docs/ipc.md from src/ipc/services.def.

    scripts/services.py            rewrite the tables
    scripts/services.py --check    change nothing; fail if they differ

Tests import it, to compare other files with the table.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = "src/ipc/services.def"
PAGE = "docs/ipc.md"
OPERAND = re.compile(r"(U32|S32|U64|BOOL)\((\w), (\w+)\)")
NOTES = {"S32": " (low 32 bits, signed)", "BOOL": " (lowest bit)"}


def arguments(text):
    """The arguments of a macro's call, split at the commas between them."""
    found, depth, quoted, start = [], 0, False, 0
    for n, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif not quoted and c in "()":
            depth += 1 if c == "(" else -1
        elif not quoted and c == "," and depth == 0:
            found.append(text[start:n].strip())
            start = n + 1
    return found + [text[start:].strip()]


def calls(text):
    """Each SERVICE(...) and REPLY(...) as its name and its arguments."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for m in re.finditer(r"^(SERVICE|REPLY)\(", text, re.M):
        depth, quoted, n = 1, False, m.end()
        while depth:
            if text[n] == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(text[n], 0)
            n += 1
        yield m[1], arguments(text[m.end():n - 1])


def sentence(literal):
    """The text of a C literal that may have several pieces."""
    return "".join(re.findall(r'"([^"]*)"', literal))


def operands(text):
    """[(type, field, name)] of operands or results."""
    return [m.groups() for m in OPERAND.finditer(text)]


def services(root=ROOT):
    """The lines of the table as dictionaries, in its order."""
    for macro, a in calls((root / TABLE).read_text()):
        if macro == "REPLY":
            yield {"number": int(a[0]), "NAME": a[1], "to": a[2],
                   "reply": True, "text": sentence(a[4])}
        else:
            yield {"number": int(a[0]), "NAME": a[1], "name": a[2],
                   "to": a[3], "answered": a[4] == "true", "about": a[5],
                   "limit": a[6], "operands": operands(a[7]),
                   "results": operands(a[8]), "reply": False,
                   "text": sentence(a[9])}


def cell(items):
    return ", ".join(f"{field}: {name}{NOTES.get(kind, '')}"
                     for kind, field, name in items)


def answer(service):
    if not service["answered"]:
        return "none"
    return cell(service["results"])


def table(to, root=ROOT):
    """The Markdown table of the services that go one way."""
    rows = ["| kind | | fields | answer | |", "|---|---|---|---|---|"]
    for s in services(root):
        if s["to"] != to:
            continue
        first = f"| {s['number']} | {s['NAME']} |"
        if s["reply"]:
            rows.append(f"{first} | | {s['text']} |")
        else:
            cells = [cell(s["operands"]), answer(s), s["text"]]
            rows.append(first + "".join(f" {c} |" if c else " |"
                                        for c in cells))
    return "\n".join(rows) + "\n"


def page(text, root=ROOT):
    """The page with its tables made new."""
    for to in ("RUNNER", "QEMU"):
        begin = f"<!-- services.def: {to} -->\n"
        end = "<!-- end -->\n"
        if begin not in text:
            raise SystemExit(f"{PAGE}: has no line {begin.strip()}; add it "
                             "where the table belongs")
        head, rest = text.split(begin, 1)
        text = head + begin + table(to, root) + end + \
            rest.split(end, 1)[1]
    return text


def main():
    path = ROOT / PAGE
    old = path.read_text()
    new = page(old)
    if "--check" in sys.argv[1:]:
        if old != new:
            sys.exit(f"{PAGE}: differs from {TABLE}; run scripts/services.py")
    else:
        path.write_text(new)


if __name__ == "__main__":
    main()
