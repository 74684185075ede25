# SPDX-License-Identifier: MIT
"""An emulated arm64 machine that runs tests of the cross build.

The initramfs has everything: busybox, the programs, and of the libraries and of
Python what they need. No kernel module, disk or network is used.
"""
import functools
import json
import os
import pathlib
import re
import stat
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Run by processes: these see another kernel than user-mode emulation shows.
NAMED = {"peer", "device_peer", "host_libraries", "bridge_ram", "wire",
         "device_direct", "base_file", "base_json"}
# Of Python's library, what examples/peer does not take.
UNUSED = {"test", "idlelib", "lib2to3", "ensurepip", "tkinter", "unittest",
          "pydoc_data", "distutils", "asyncio", "email", "xml", "sqlite3",
          "turtledemo", "__pycache__", "multiprocessing", "http",
          "config-3.11-aarch64-linux-gnu"}


@functools.cache
def linked(path):
    """(libraries, directories) that an ELF file asks for."""
    text = subprocess.run(["aarch64-linux-gnu-readelf", "-d", path],
                          capture_output=True, text=True, check=False).stdout
    return (re.findall(r"\(NEEDED\).*\[(.*)\]", text),
            [word for line in re.findall(r"\(R(?:UN)?PATH\).*\[(.*)\]", text)
             for word in line.split(":")])


class Image:
    """What the machine's memory holds at first: a cpio archive."""

    def __init__(self, root):
        self.root = root        # of Debian's libraries
        self.files = {}         # path without its first slash -> source

    def add(self, source, to):
        """A file at an absolute path, with the libraries that it needs."""
        source = pathlib.Path(source)
        key = str(to).lstrip("/")
        if key in self.files:
            return
        self.files[key] = source.resolve()
        if source.read_bytes()[:4] == b"\x7fELF":
            self.add_libraries(source.resolve())

    def add_libraries(self, program):
        names, folders = linked(program)
        folders = [*folders, "/lib/aarch64-linux-gnu",
                   "/usr/lib/aarch64-linux-gnu"]
        for name in names:
            for folder in folders:
                path = self.root / folder.lstrip("/") / name
                if path.exists():
                    self.add(path, f"{folder}/{name}")

    def add_tree(self, source, to, unused=frozenset()):
        for path in sorted(pathlib.Path(source).rglob("*")):
            inside = path.relative_to(source)
            if path.is_file() and not unused & set(inside.parts):
                self.add(path, f"{to}/{inside}")

    def entries(self):
        """(path, mode, content) of all, folders first."""
        folders = {str(parent) for key in self.files
                   for parent in pathlib.Path(key).parents} - {"."}
        folders |= {"dev", "proc", "sys", "tmp"}
        for key in sorted(folders):
            yield key, stat.S_IFDIR | 0o755, b""
        for key, source in sorted(self.files.items()):
            if isinstance(source, str):
                yield key, stat.S_IFREG | 0o755, source.encode()
            else:
                mode = source.stat().st_mode & 0o777
                yield key, stat.S_IFREG | mode, source.read_bytes()

    def write(self, path):
        with open(path, "wb") as out:
            for number, entry in enumerate(self.entries(), 1):
                record(out, number, *entry)
            record(out, 0, "TRAILER!!!", 0, b"")


def record(out, number, name, mode, content):
    """One entry of the kernel's format (initramfs, "newc")."""
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0,
              len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + \
        name.encode() + b"\0"
    for block in (head, content):
        out.write(block + bytes(-len(block) % 4))


def introspect(build, what):
    """What meson knows of a build directory."""
    return json.loads(subprocess.run(
        ["meson", "introspect", f"--{what}", str(build)], text=True,
        stdout=subprocess.PIPE, check=True).stdout)


def unit_tests(build, real_kernel):
    """The cross build's unit tests: those for a real kernel, or the others."""
    return [test for test in introspect(build, "tests") if real_kernel ==
            ("OB_HOST" in test["env"] or test["name"] in NAMED)]


def add_imported(image, program):
    """A program in Python imports files that are beside it."""
    if program.suffix == ".py":
        for path in program.parent.glob("*.py"):
            image.add(path, path.resolve())


def add_test(image, build, test, targets):
    """A unit test's files, at the same paths, and a script that runs it."""
    words = [word for text in [*test["cmd"], *test["env"].values()]
             for word in text.split(":")]
    for word in [*words, *(name for target in test["depends"]
                           for name in targets.get(target, ()))]:
        path = build / word     # an absolute one stays as it is
        if path.is_file() and str(path.resolve()).startswith(
                (str(build.resolve()), str(HERE.parents[1]))):
            image.add(path, path.resolve())
            add_imported(image, path)
    quoted = " ".join(f"'{name}={value}'"
                      for name, value in test["env"].items())
    command = " ".join(f"'{os.path.normpath(word)}'" for word in test["cmd"])
    image.files[f"tests/{test['name']}"] = (
        f"#!/bin/sh\ncd '{build}' && exec env {quoted} {command}\n")


def target_files(build):
    """id of a target -> the files that it makes."""
    return {target["id"]: target["filename"]
            for target in introspect(build, "targets")}


def add_python(image):
    version = (image.root / "usr/bin/python3").readlink().name
    image.add(image.root / "usr/bin" / version, "/usr/bin/python3")
    image.add_tree(image.root / "usr/lib" / version, f"/usr/lib/{version}",
                   UNUSED)


def image_make(build, root, stage, acme, path):
    """Write the initramfs; the names of its tests."""
    image = Image(root)
    image.add(HERE / "init", "/init")
    image.add(root / "bin/busybox", "/bin/busybox")
    image.files["bin/sh"] = image.files["bin/busybox"]
    image.add(root / "lib/ld-linux-aarch64.so.1",
              "/lib/ld-linux-aarch64.so.1")
    add_python(image)
    image.add(root / "usr/bin/qemu-system-aarch64",
              "/usr/bin/qemu-system-aarch64")
    image.add_tree(stage, "/stage")
    image.add_tree(acme, "/acme")
    image.add(HERE / "acme_isolated", "/tests/acme_isolated")
    image.files["tests/doctor"] = (
        "#!/bin/sh\nexec /stage/bin/outboard doctor qemu-system-aarch64\n")
    targets = target_files(build)
    for test in unit_tests(build, True):
        add_test(image, build, test, targets)
    image.write(path)
    return sorted(key.split("/")[1] for key in image.files
                  if key.startswith("tests/"))


def run(kernel, initramfs, log, limit_s):
    """Start the machine, wait for its end; what it said, line by line."""
    argv = ["qemu-system-aarch64", "-M", "virt", "-cpu",
            "max,pauth-impdef=on", "-smp", "2", "-m", "1536", "-nographic",
            "-no-reboot", "-nic", "none", "-kernel", kernel, "-initrd",
            initramfs, "-append", "console=ttyAMA0 quiet panic=-1"]
    with open(log, "wb") as out:
        try:
            subprocess.run([str(word) for word in argv], stdout=out,
                           stderr=subprocess.STDOUT, timeout=limit_s,
                           stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            out.write(b"\nmachine.py: no end within the limit\n")
    return pathlib.Path(log).read_text(errors="replace").splitlines()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "--others":
        sys.exit("usage: machine.py --others BUILD")
    print(*(test["name"] for test in unit_tests(sys.argv[2], False)))
