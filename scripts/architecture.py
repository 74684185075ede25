#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draw the rooms of src/ and their arrows into docs/architecture.md.

usage: architecture.py [--check]

The picture and the tables stand between markers in docs/architecture.md and
CONTRIBUTING.md. They come from the #includes of the sources and from the
symbols that the objects in build/ use, so a build is needed. Without --check
the script writes the pages; with it, it reports a page that differs.
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "house"))

import circles  # noqa: E402
import house    # noqa: E402

PURPOSES = {
    "include": "the SDK: the headers for the authors of models",
    "src/base": "errors, strings, paths, units, JSON",
    "src/modinfo": "what one module says about itself: ELF section and JSON",
    "src/registry": "all modules, types, boards; which takes precedence",
    "src/loader": "checks a module (the gates) before its code runs, opens it",
    "src/board": "reads a board's JSON, makes a plan, builds live parts",
    "src/device": "the device core: declaration, registers, state, services",
    "src/ipc": "messages and rings between a host and a runner",
    "src/remote": "a device whose model runs in another process",
    "src/session": "the data that the command hands to the bridge",
    "src/runner": "the program that runs models outside QEMU",
    "src/bridge": "the library in QEMU, the only code that knows QEMU (GPL)",
    "src/bench": "the test bench: a host without QEMU",
    "src/cli": "the command `outboard`, one file for each verb",
    "models": "the standard device library",
    "examples": "boards and modules to copy",
    "bridge/qemu": "QEMU's symbols and the layout of its structures",
    "bridge/process": "arguments, session, messages, exit",
    "bridge/guard": "a crash or an exit of a part becomes one error line",
    "bridge/memory": "RAM that is shared with runners; address spaces",
    "bridge/buses": "buses of QEMU that a part can sit on",
    "bridge/devices": "a device as a QEMU device",
    "bridge/remote": "runners: start, crash, restart",
    "bridge/modules": "opens modules; native QEMU modules",
    "bridge/machines": "a board as a QEMU machine",
    "bridge/watch": "a thread that reports a hang",
    "bridge/entry": "how QEMU enters the bridge; the self-check",
}


def room_arrows(graph):
    """{room: rooms that it uses}, for src/ alone."""
    arrows = {room[4:]: set() for room in house.ALLOWED
              if room.startswith("src/")}
    for start in graph.edges:
        for end in graph.edges[start]:
            here, there = (circles.room_of(node)[4:] for node in (start, end))
            if here != there:
                arrows[here].add(there)
    return arrows


def folder_arrows(graph, room):
    """The same for the folders of one room, without its own files."""
    arrows = {folder: set() for folder in house.FOLDERS[room]
              if folder not in (".", "main")}
    for start in graph.edges:
        for end in graph.edges[start]:
            if start.startswith(room + "/") and end.startswith(room + "/"):
                here, there = map(house.folder_of, (start, end))
                if here != there and {here, there} <= set(arrows):
                    arrows[here].add(there)
    return arrows


def reach(arrows, start, seen=None):
    seen = set() if seen is None else seen
    for end in arrows[start]:
        if end not in seen:
            seen.add(end)
            reach(arrows, end, seen)
    return seen


def picture(arrows):
    """Mermaid text; an arrow that follows from two others is left out."""
    lines = ["```mermaid", "flowchart TD"]
    for start in arrows:
        indirect = set()
        for end in arrows[start]:
            indirect |= reach(arrows, end)
        kept = sorted(arrows[start] - indirect)
        lines += [f"    {start} --> {end}" for end in kept]
        if not kept:
            lines.append(f"    {start}")
    return lines + ["```"]


def row(prefix, name, arrows):
    uses = ", ".join(sorted(arrows[name])) or "nothing"
    folder = f"{prefix}{name}"
    purpose = PURPOSES.get(folder) or PURPOSES["src/" + name]
    return f"| `src/{folder}` | {purpose} | {uses} |"


def drawn_rooms(graph):
    arrows = room_arrows(graph)
    return "\n".join(
        picture(arrows) + ["", "| room | what it does | uses |",
                           "|---|---|---|"] +
        [row("", name, arrows) for name in arrows])


def drawn_bridge(graph):
    arrows = folder_arrows(graph, "src/bridge")
    return "\n".join(
        picture(arrows) + ["", "| folder | what it does | uses |",
                           "|---|---|---|"] +
        [row("bridge/", name, arrows) for name in arrows])


def allowed_rooms(graph):
    """What may include what: the table of house.py as a page has it."""
    lines = ["| room | what it does | may include |", "|---|---|---|"]
    for room, others in house.ALLOWED.items():
        may = ", ".join(sorted(others)) or "its own files"
        if room in ("models", "examples"):
            may = "`include/` only"
        lines.append(f"| `{room}/` | {PURPOSES[room]} | {may} |")
    return "\n".join(lines)


PLACES = [("docs/architecture.md", "rooms", drawn_rooms),
          ("docs/architecture.md", "bridge", drawn_bridge),
          ("CONTRIBUTING.md", "table", allowed_rooms)]


def put(text, mark, drawn):
    """The page with what is drawn between its two markers."""
    begin, end = f"<!-- drawn: {mark} -->\n", f"<!-- end: {mark} -->"
    if begin not in text or end not in text:
        raise ValueError(f"no place for \"{mark}\"")
    before, rest = text.split(begin, 1)
    return before + begin + drawn + "\n" + end + rest.split(end, 1)[1]


def pages(root=ROOT):
    """{name: text as it should be}."""
    graph, texts = circles.graph_of(root, root / "build"), {}
    for name, mark, draw in PLACES:
        text = texts.get(name) or (root / name).read_text(encoding="utf-8")
        texts[name] = put(text, mark, draw(graph))
    return texts


def main():
    options = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    options.add_argument("--check", action="store_true")
    check, differ = options.parse_args().check, False
    for name, text in pages().items():
        if (ROOT / name).read_text(encoding="utf-8") == text:
            continue
        differ = True
        if check:
            print(f"{name}: differs from the sources; run "
                  "scripts/architecture.py")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
    return int(check and differ)


if __name__ == "__main__":
    sys.exit(main())
