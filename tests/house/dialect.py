# SPDX-License-Identifier: MIT
"""Hold all rooms to one dialect of C, and files to an opening sentence."""
import re

import house
import text

NULLS = re.compile(r"[!=]=\s*NULL\b|\bNULL\s*[!=]=")
STATUS = re.compile(r"\b(?:int|long|ssize_t|gboolean|bool)\s+"
                    r"(?:\w+\s*(?:=[^;,()]*)?,\s*)*(rc|r)\b\s*[=;,]")

OPENED = ("src/", "include/", "models/", "tests/", "scripts/", "benchmarks/")
OPENED_KINDS = (".c", ".h", ".def", ".S", ".py", ".sh")
# Samples that a test compiles as they are, and what a tool wrote.
NOT_OPENED = re.compile(r"tests/abi/\d|tests/(good|bad)/")

# The least share of comment lines among the lines that are not blank.
SHARES = {
    "include/outboard": 50,
}
CORE_SHARE = 15
CORE = ("src/base", "src/modinfo", "src/registry", "src/loader", "src/board",
        "src/device", "src/ipc", "src/remote", "src/session", "src/runner",
        "src/bridge")

MOST_SIDE_BY_SIDE = 16


def c_files(root, *suffixes):
    """(name, text) of the files of src/ with these suffixes."""
    for path in house.tracked(root):
        name = str(path.relative_to(root))
        if name.startswith("src/") and path.suffix in suffixes:
            yield name, path.read_text(encoding="utf-8")


def check_dialect(root):
    """[complaint]: a pointer is tested by !p, a status is called ret."""
    faults = []
    for name, content in c_files(root, ".c", ".h", ".def"):
        names = text.c_views(content)[0]
        for match in NULLS.finditer(names):
            faults.append(f"{name}:{text.line_of(names, match.start())}: "
                          f"\"{match[0]}\"; write !p or p")
        for match in STATUS.finditer(names):
            faults.append(f"{name}:{text.line_of(names, match.start())}: a "
                          f"status called \"{match[1]}\"; call it ret")
    return faults


def opening(name, content):
    """The words that open a file, after its licence."""
    lines = content.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    rest = "\n".join(lines[1:]).lstrip()
    if name.endswith((".c", ".h", ".def", ".S")):
        found = re.match(r"/\*(.*?)\*/", rest, re.S)
    elif name.endswith(".py") or rest.startswith('"""'):
        found = re.match(r'r?"""(.*?)"""', rest, re.S)
    else:
        found = re.match(r"((?:#[^\n]*\n)+)", rest + "\n")
    return " ".join(re.sub(r"(?m)^\s*[*#]+", " ", found[1]).split()) \
        if found else ""


def check_openings(root):
    """Each file begins with a sentence that says what it is for."""
    faults = []
    for path in house.tracked(root):
        name = str(path.relative_to(root))
        if not name.startswith(OPENED) or NOT_OPENED.match(name) or \
                path.suffix not in OPENED_KINDS:
            continue
        words = opening(name, path.read_text(encoding="utf-8"))
        if not re.search(r"\w+\s+\S+.*[.:]", words):
            faults.append(f"{name}: begins with no sentence that says what "
                          "the file is for")
    return faults


def comment_lines(content):
    """(lines with a comment, lines that are not blank)."""
    names, comments, strings = text.c_views(content)
    commented = total = 0
    for code, comment, line in zip(names.split("\n"), comments.split("\n"),
                                   content.split("\n")):
        if not line.strip() or "SPDX-License-Identifier" in line:
            continue
        total += 1
        said = comment.replace("\0", "").strip()
        # The frame of a comment has neither code nor a string.
        frame = not code.strip() and '"' not in line and "'" not in line
        commented += bool(said or frame)
    return commented, total


def shares(root):
    """{room: per cent of its lines that hold a comment}."""
    counts = {}
    for path in house.tracked(root):
        name = str(path.relative_to(root))
        if path.suffix not in (".c", ".h") or \
                not name.startswith(("src/", "include/")):
            continue
        room = "/".join(name.split("/")[:2])
        commented, total = comment_lines(path.read_text(encoding="utf-8"))
        before = counts.get(room, (0, 0))
        counts[room] = before[0] + commented, before[1] + total
    return {room: 100 * commented / total
            for room, (commented, total) in counts.items()}


def check_shares(root):
    found, faults = shares(root), []
    for room, share in sorted(found.items()):
        least = SHARES.get(room, CORE_SHARE if room in CORE else 0)
        if share < least:
            faults.append(f"{room}: {share:.1f} % of the lines hold a "
                          f"comment; at least {least} % say why")
    return faults


def check_folders(root):
    """No folder of src/ holds more than sixteen C files side by side."""
    counts = {}
    for name, content in c_files(root, ".c"):
        folder = name.rsplit("/", 1)[0]
        counts[folder] = counts.get(folder, 0) + 1
    return [f"{folder}: {count} C files side by side; at most "
            f"{MOST_SIDE_BY_SIDE}, so make a folder"
            for folder, count in sorted(counts.items())
            if count > MOST_SIDE_BY_SIDE]
