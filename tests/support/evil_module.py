# SPDX-License-Identifier: MIT
"""The module that means no good (tests/unit/evil.c), on ACME's board."""

import json
import pathlib
import re
import subprocess

from support.module_maker import Maker
from support.paths import ROOT

UNIT = ROOT / "tests" / "unit"
AT = 0x50000000
DO, VICTIM = AT, AT + 4
ONES = 0xffffffff


def numbers():
    """NAME -> (number, kind, texts), as evil.h counts them."""
    text = re.sub(r"/\*.*?\*/", "", (UNIT / "evil.def").read_text(),
                  flags=re.S)
    calls = re.findall(r"EVIL_(CRASH|HANG|RAW|ESCAPE)\((\w+)(.*)", text)
    found = {name: (n, kind) for n, (kind, name, _) in enumerate(calls, 1)}
    rest = re.search(r"#undef EVIL_ESCAPE(.*?)EVIL_END",
                     (UNIT / "evil.h").read_text(), flags=re.S)[1]
    for name in re.findall(r"EVIL_(\w+),", rest):
        found[name] = (len(found) + 1, "OTHER")
    return found


NUMBERS = numbers()


def build(stage, folder, *flags):
    """evil.so in `folder`, with `flags` for the compiler."""
    folder.chmod(0o755)
    glib = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], check=True,
                          text=True, stdout=subprocess.PIPE).stdout.split()
    return Maker(stage, folder).compile(
        "evil", (UNIT / "evil.c").read_text(), "-D_GNU_SOURCE", f"-I{UNIT}",
        f"-I{ROOT / 'src'}", *glib, *flags)


def board(acme, folder, **props):
    """ACME's board with the part `evil`, whose line is the CPU's input 60."""
    made = json.loads((acme / "acme-devkit.json").read_text())
    made["board"] = "under-attack"
    made["parts"]["evil"] = {"type": "evil", "at": hex(AT), "irq": "cpu.60",
                             "props": props}
    path = pathlib.Path(folder) / "under-attack.json"
    path.write_text(json.dumps(made))
    path.chmod(0o644)
    return path
