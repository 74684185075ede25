# SPDX-License-Identifier: MIT
"""The rules of the house, as functions of a tree.

Each takes the root of a checkout (or of a staged install) and returns a list
of complaints, one line each; none means that the rule holds.
"""
import re
import subprocess

# Which room may include which. Its own headers and include/outboard/ are
# always allowed. docs/architecture.md has the picture.
ALLOWED = {
    "include": set(),
    "src/base": set(),
    "src/modinfo": {"base"},
    "src/registry": {"base", "modinfo"},
    "src/session": {"base", "modinfo", "registry"},
    "src/loader": {"base", "modinfo", "registry", "session"},
    "src/board": {"base", "modinfo"},
    "src/device": {"base"},
    "src/ipc": {"base", "device"},
    "src/remote": {"base", "device", "ipc"},
    "src/runner": {"base", "modinfo", "registry", "loader", "device", "ipc",
                   "remote", "bench"},
    "src/bridge": {"base", "modinfo", "registry", "session", "loader",
                   "board", "device", "ipc", "remote"},
    "src/bench": {"base", "device"},
    "src/cli": {"base", "modinfo", "registry", "session", "loader", "board",
                "device", "ipc", "remote", "bench", "runner"},
    "models": set(),
    "examples": set(),
}

# Folders of one room: which may include which other. "." is the room's own
# files. Arrows point one way, so a room that has folders has its order here.
FOLDERS = {
    "src/board": {
        ".": set(),
        "boot": {"."},
        "plans": {".", "boot"},
    },
    "src/device": {
        "decl": set(),
        ".": {"decl"},
    },
    "src/bridge": {
        "qemu": set(),
        "process": {"qemu"},
        "guard": {"process", "qemu"},
        "memory": {"process", "qemu"},
        "buses": {"process", "qemu"},
        "devices": {"buses", "guard", "memory", "process", "qemu"},
        "remote": {"devices", "memory", "process", "qemu"},
        "modules": {"buses", "devices", "process", "qemu", "remote"},
        "machines": {"devices", "guard", "memory", "modules", "process",
                     "qemu"},
        "watch": {"guard", "process", "qemu", "remote"},
        "entry": {"devices", "guard", "machines", "memory", "modules",
                  "process", "qemu", "remote", "watch"},
    },
    "src/cli": {
        ".": set(),
        "new": set(),
        "verbs": {"."},
        "main": {".", "verbs"},
    },
}

# Headers of libraries, and the rooms that may know the library.
LIBRARIES = {
    "glib": "src/",
    "gio/": "src/",
    "yajl/": "src/base",
    "libelf": "src/cli",
    "gelf": "src/cli",
    "libfdt": ("src/base", "src/bridge", "src/board"),
    "seccomp": "src/runner",
}

# What a model may take from the C library: nothing that reaches the world.
MODEL_HEADERS = {
    "errno.h", "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdarg.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h",
}
# The SDK's headers: as little as a module can do with (stdio.h: vsnprintf).
SDK_HEADERS = {
    "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
    "stdio.h", "string.h",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)

SOURCES = (".c", ".h", ".S", ".ld", ".py", ".sh", ".build")
MIT, GPL = "MIT", "GPL-2.0-or-later"

# Machines that serve packages. Where they are is the system's configuration.
REGISTRY = re.compile(
    r"\b(?:deb|ftp|security|snapshot|archive)[.-]debian\.org"
    r"|\b(?:archive|security|ports)\.ubuntu\.com"
    r"|\bpypi\.org|\bpythonhosted\.org|\bregistry\.npmjs"
    r"|\bcrates\.io|\bproxy\.golang\.org|\bpkg\.dev\b|\bdocker\.io\b")
# Built of pieces, so that this file does not hold what it looks for.
PRIVATE = re.compile("/work/" + "(?:shared|main)")


def tracked(root):
    """Files of the checkout, as git sees them; all files of a plain tree."""
    if (root / ".git").exists():
        # Root may check a tree that another user owns.
        names = subprocess.run(["git", "-c", "safe.directory=*", "-C",
                                str(root), "ls-files", "-z"],
                               stdout=subprocess.PIPE, check=True,
                               text=True).stdout.split("\0")
        return [root / name for name in names
                if name and (root / name).is_file()]
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def room_of(name):
    """The room of a file's name relative to the root, or None."""
    for room in ALLOWED:
        if name.startswith(room + "/"):
            return room
    return None


def include_fault(room, name, kind, header):
    """What is wrong with one #include of a file in `room`, or None."""
    if header.startswith("outboard/"):
        return None
    for prefix, rooms in LIBRARIES.items():
        if header.startswith(prefix):
            return None if room.startswith(rooms) else "library not known here"
    if header.startswith(("qemu/", "qapi/", "qom/", "hw/", "exec/", "sysemu/")):
        return "no file may know QEMU's headers"
    if room in ("models", "examples", "include"):
        return outsider_fault(room, name, kind, header)
    if kind == "<":
        return None
    other = header.split("/")[0]
    if "/" not in header:
        return None
    if other == room.split("/")[1]:
        return folder_fault(room, folder_of(name), folder_of("src/" + header))
    return None if other in ALLOWED[room] else f"{room} may not know {other}"


def folder_of(name):
    """The folder inside its room of a file of src/; "." for none.

    The main file of a program is above all folders, and has a row "main".
    """
    if re.fullmatch(r"src/\w+/main(\.c)?", name):
        return "main"
    return name.split("/")[2] if name.count("/") > 2 else "."


def folder_fault(room, folder, other):
    """What is wrong with an arrow between two folders of a room, or None."""
    if folder == other:
        return None
    table = FOLDERS.get(room, {".": set(), "main": {"."}})
    for each in (folder, other):
        if each not in table:
            return f"{room} has no row for its folder {each}"
    return None if other in table[folder] else \
        f"{room}/{folder} may not know {room}/{other}"


def outsider_fault(room, name, kind, header):
    """The same for those who know include/ only."""
    if kind == '"':
        return None if "/" not in header else "only <outboard/...> is known"
    if room == "include":
        return None if header in SDK_HEADERS else "too much for the SDK"
    if is_test(name):
        return None
    return None if header in MODEL_HEADERS else "a model reaches no further"


def is_test(name):
    return bool(re.search(r"(^|/)(test[-_][^/]*$|tests/)", name))


def check_includes(root):
    faults = []
    for path in tracked(root):
        name = str(path.relative_to(root))
        room = room_of(name)
        if room is None or path.suffix not in (".c", ".h", ".S", ".def"):
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            fault = include_fault(room, name, match[1], match[2])
            if fault:
                line = text.count("\n", 0, match.start()) + 1
                faults.append(f"{name}:{line}: #include {match[2]}: {fault}")
    return faults


def check_rooms(root):
    """Each room and folder of src/ has a row, and each row a room."""
    faults = []
    found = {f"src/{path.name}" for path in (root / "src").iterdir()
             if path.is_dir()}
    rows = {room for room in ALLOWED if room.startswith("src/")}
    faults += [f"{room}: has no row in ALLOWED" for room in found - rows]
    faults += [f"{room}: has a row in ALLOWED and does not exist"
               for room in rows - found]
    for room in sorted(found):
        folders = {path.name for path in (root / room).iterdir()
                   if path.is_dir()}
        rows = set(FOLDERS.get(room, ())) - {".", "main"}
        faults += [f"{room}/{folder}: has no row in FOLDERS"
                   for folder in sorted(folders - rows)]
        faults += [f"{room}/{folder}: has a row in FOLDERS and does not exist"
                   for folder in sorted(rows - folders)]
    return faults


def table_circles(table):
    """Rows of a table that lead back to themselves."""
    def reached(row, seen):
        for other in table[row]:
            if other not in seen:
                seen.add(other)
                reached(other, seen)
        return seen

    return sorted(row for row in table if row in reached(row, set()))


def check_tables():
    """{room: complaint} of tables whose arrows do not point one way."""
    rooms = {room.split("/")[-1]: others for room, others in ALLOWED.items()}
    found = {".": table_circles(rooms)}
    for room, table in FOLDERS.items():
        found[room] = table_circles(table)
    return {room: [f"{room}: a circle through {', '.join(rows)}"]
            for room, rows in found.items() if rows}


def check_spdx(root):
    """Line 1 (2 after #!) of every source names its licence."""
    faults = []
    for path in tracked(root):
        name = str(path.relative_to(root))
        head = path.read_bytes()[:400].decode("utf-8", "replace")
        lines = head.splitlines() + [""]
        script = lines[0].startswith("#!")
        if path.suffix not in SOURCES and not script and \
                path.name not in ("Makefile", "meson_options.txt"):
            continue
        found = re.search(r"SPDX-License-Identifier: (\S+)", lines[int(script)])
        want = GPL if name.startswith("src/bridge/") else MIT
        if not found:
            faults.append(f"{name}: no SPDX-License-Identifier on its first "
                          "line")
        elif found[1] != want:
            faults.append(f"{name}: licence is {found[1]}; here it is {want}")
    return faults


def check_hosts(root):
    """No file names a package registry, or a place on a developer's machine."""
    faults = []
    for path in tracked(root):
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            found = REGISTRY.search(line) or PRIVATE.search(line)
            if found:
                faults.append(f"{path.relative_to(root)}:{number}: names "
                              f"{found[0]}")
    return faults


def compilers():
    """Strict C11 and C++11, by both compilers."""
    strict = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror",
              "-fsyntax-only"]
    for cc, cxx in (("gcc", "g++"), ("clang-14", "clang++-14")):
        yield [cc, "-x", "c", "-std=c11", *strict]
        yield [cxx, "-x", "c++", "-std=c++11", *strict]


def check_headers(root):
    """Each public header compiles alone, as strict C11 and as C++11."""
    faults = []
    headers = sorted((root / "include" / "outboard").glob("*.h"))
    if not headers:
        return ["include/outboard: no headers"]
    for header in headers:
        text = f"#include <outboard/{header.name}>\nint main(void);\n" \
               "int main(void) { return 0; }\n"
        for argv in compilers():
            if argv[2] == "c++":
                text = text.replace("(void)", "()")
            done = subprocess.run(
                argv + ["-I", str(root / "include"), "-"], input=text,
                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                faults.append(f"{header.name}: {argv[0]} {argv[3]}: "
                              f"{done.stdout.strip()}")
    return faults


def exported(library):
    """Names that a shared object defines for others."""
    text = subprocess.run(["nm", "-D", "--defined-only", "--format=posix",
                           str(library)], stdout=subprocess.PIPE, check=True,
                          text=True).stdout
    return {line.split()[0].split("@")[0] for line in text.splitlines()}


def check_exports(library, allowed):
    """Exactly `allowed`: any other name may bind to QEMU's, silently."""
    names = exported(library)
    faults = [f"{library.name}: exports {name}"
              for name in sorted(names - set(allowed))]
    faults += [f"{library.name}: does not export {name}"
               for name in sorted(set(allowed) - names)]
    return faults


def check_undefined(library):
    """Every name is found in the libraries that it lists; none in QEMU.

    One undefined data symbol would break each program the library gets into.
    """
    text = subprocess.run(["ldd", "-r", str(library)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True).stdout
    return [f"{library.name}: {line.strip()}" for line in text.splitlines()
            if "undefined symbol" in line or "not found" in line]


def needed(library):
    """The shared libraries that it lists."""
    text = subprocess.run(["readelf", "-d", str(library)],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


def check_needed(library, allowed):
    return [f"{library.name}: needs {name}" for name in needed(library)
            if not re.fullmatch(allowed, name)]


LONGEST_LINE, LONGEST_FUNCTION = 80, 60


def check_lengths(root):
    """Lines of 80 columns; functions of 60 lines between their braces."""
    faults = []
    for path in tracked(root):
        if path.suffix not in (*SOURCES, ".def"):
            continue
        name, start = path.relative_to(root), 0
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > LONGEST_LINE:
                faults.append(f"{name}:{number}: {len(line)} columns")
            if path.suffix == ".c" and line == "{":
                start = number
            elif line == "}" and start:
                if number - start - 1 > LONGEST_FUNCTION:
                    faults.append(f"{name}:{start}: a function of "
                                  f"{number - start - 1} lines; split it")
                start = 0
    return faults


# Who may end the process and print what went wrong (the bridge's doctor is
# asked to end QEMU). The command also prints what it was asked for, wherever a
# verb is, and the bench what a model under test logs.
EDGES = {"src/cli/main.c", "src/runner/main.c", "src/bridge/process/report.c",
         "src/bridge/entry/doctor.c", "src/bridge/guard/process_exit.c"}
PRINTERS = ("src/cli/", "src/bench/")
ENDS = re.compile(r"(?<![\w.>])(exit|abort|_Exit|quick_exit|g_abort|g_error|"
                  r"errx?|verrx?)\s*\(")
PRINTS = re.compile(r"(?<![\w.>])(v?printf|puts|putchar|perror|warnx?|psignal|"
                    r"g_print|g_printerr|g_warning|g_message|g_critical)\s*\("
                    r"|\bf(?:printf|puts|putc)\s*\([^;]*\bstderr\b")
SILENT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def code_of(path):
    """A C file with its comments and strings blanked, lines kept."""
    text = path.read_text(encoding="utf-8")
    return SILENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def check_edges(root):
    """Nothing but main() and the bridge's edge ends the process or prints."""
    faults = []
    for path in tracked(root):
        name = str(path.relative_to(root))
        if path.suffix != ".c" or name in EDGES or is_test(name) or \
                not name.startswith(("src/", "models/", "include/")):
            continue
        code = code_of(path)
        found = list(ENDS.finditer(code))
        if not name.startswith(PRINTERS):
            found += PRINTS.finditer(code)
        for match in found:
            line = code.count("\n", 0, match.start()) + 1
            faults.append(f"{name}:{line}: {match[0].split('(')[0].strip()}(): "
                          "return an error instead")
    return faults


def check_statics(module):
    """A model keeps nothing outside its instances."""
    text = subprocess.run(["objdump", "-t", str(module)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = re.findall(r" O \.(?:data|bss|tdata|tbss)\s+(\S+)\s+(\S+)$", text,
                       re.M)
    return [f"{module.name}: mutable static {name}" for size, name in found
            if int(size, 16) and not re.fullmatch(r"completed\.\d+", name)]
