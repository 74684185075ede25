# SPDX-License-Identifier: MIT
"""Making modules for tests: one plain command, as a vendor would."""

import json
import subprocess

HEAD = """
#include <outboard/outboard.h>
#include <fcntl.h>
__attribute__((constructor)) static void mark(void)
{ (void)open(MARK, O_CREAT | O_RDWR, 0600); }
"""

MODULE = 'OB_MODULE(NAME, "1", LICENSE, &uart);'


def descriptor(name="NAME", licence="LICENSE", devices=""):
    """The descriptor alone, for modules whose modinfo says otherwise."""
    return ("OB_EXPORT const struct ob_module outboard_module = {"
            f' OB_MODULE_HEAD({name}, "1", {licence}), {devices} }};')


BODY = """
#ifdef DEPS
OB_MODINFO("deps", DEPS);
#endif
#ifdef BOARD
OB_MODINFO("boards", BOARD);
OB_MODINFO("board." BOARD ".file", BOARD_FILE);
#endif
#ifdef ISOLATION
OB_MODINFO("isolation", ISOLATION);
#endif
#ifdef OPTS
OB_MODINFO("opts", OPTS);
#endif
struct uart { uint32_t depth; };
static const struct ob_prop props[] = {
    { OB_PROP_UINT_AT("depth", struct uart, depth), .def = 16 },
};
static const struct ob_region regions[] = { { .name = "r", .bytes = 64 } };
OB_DEVICE(uart, NAME "-uart", struct uart, "a test's uart",
          .props = OB_ARRAY(props), .regions = OB_ARRAY(regions));
""" + MODULE


def other_architecture(path):
    """A shared object that says it is for a machine that no test runs on."""
    subprocess.run(["cc", "-shared", "-fPIC", "-nostdlib", "-x", "c", "-",
                    "-o", path], input="int x;", text=True, check=True)
    image = bytearray(path.read_bytes())
    image[18:20] = (21).to_bytes(2, "little")       # e_machine: EM_PPC64
    path.write_bytes(image)
    path.chmod(0o644)
    return path


class Maker:
    """Compiles modules into a directory, against the staged SDK."""

    def __init__(self, stage, folder):
        self.include = stage / "include"
        self.folder = folder

    def compile(self, name, source, *flags, **defines):
        """NAME.so of C text; `defines` become string macros."""
        path = self.folder / f"{name}.so"
        texts = {"NAME": name, "LICENSE": "MIT",
                 "MARK": str(self.mark(name)), **defines}
        command = ["cc", "-shared", "-fPIC", f"-I{self.include}",
                   *(f'-D{key}="{text}"' for key, text in texts.items()),
                   *flags, "-x", "c", "-", "-o", str(path)]
        subprocess.run(command, input=source, text=True, check=True)
        path.chmod(0o644)
        return path

    def module(self, name, **defines):
        """A good module with one type, NAME-uart."""
        return self.compile(name, HEAD + BODY, **defines)

    def mark(self, name):
        """The file that the module's constructor makes."""
        return self.folder / f"{name}.ran"

    def modinfo(self, name, **fields):
        """NAME.json that announces NAME.so."""
        path = self.folder / f"{name}.json"
        entry = {"name": name, "objs": [f"{name}-uart"], **fields}
        path.write_text(json.dumps({name: entry}))
        path.chmod(0o644)
        return path
