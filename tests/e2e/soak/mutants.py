#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks mutants of boards and modinfo files: what `outboard check` says.

usage: mutants.py NUMBER            print that mutant
       mutants.py --outboard PROGRAM [--modules FOLDER] FIRST COUNT
                                    run `PROGRAM check` on some of them

mutant_maker.py makes them. Each has to end with status 0 or 1, and each line
about it has to be one of ours: where, what is wrong, what to do.
"""
import argparse
import json
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unicodedata

from mutant_maker import Mutants

CPU_S = 10              # for a file; for a batch too, which is stricter
WALL_S = 300            # the machine may be busy
BATCH = 100
SHAPE = re.compile(r"outboard: (warning: )?[^:]+(:.*)?: .+; .+")


def is_harmful(line):
    """Characters that a terminal should not get from a file."""
    return any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp",
                                            "Cn") for ch in line)


def line_fault(line):
    """What is wrong with a line of ours; "" if nothing is."""
    if not line.startswith("outboard: "):
        return "not a line of ours"
    if not SHAPE.fullmatch(line):
        return "not where: what; what to do"
    if is_harmful(line):
        return "characters that are not harmless"
    return "" if len(line) < 2000 else "too long"


def is_json(path):
    """By another reader than ours."""
    try:
        json.loads(path.read_bytes().decode("utf-8"))
        return True
    except ValueError:
        return False


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check(program, paths):
    """(status, lines on stdout, lines on stderr) of one run, as it was."""
    try:
        done = subprocess.run(
            [program, "check", *paths], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            timeout=WALL_S, preexec_fn=limits)
    except subprocess.TimeoutExpired:
        return "no end", [], []
    return (done.returncode,
            done.stdout.decode("utf-8", "surrogateescape").splitlines(),
            done.stderr.decode("utf-8", "surrogateescape").split("\n")[:-1])


# A program that runs where it was built has no outboard-runner beside it.
NO_HOST = "outboard: check: descriptors are not checked ("


def check_fault(status, out, err):
    """What is wrong with how one file was checked; "" if nothing is."""
    err = [line for line in err if not line.startswith(NO_HOST)]
    if status not in (0, 1):
        return f"status {status}: {err[-12:]}"
    if (status == 1) != bool([line for line in err if " warning: " not in
                              line]):
        return f"status {status}, but it says {err}"
    if status == 0 and not out and not err:
        return "status 0 without a word"
    for line in err:
        if line_fault(line):
            return f"{line_fault(line)}: {line!r}"
    return ""


class Checked:
    """The results of many: those that pass, and what was wrong."""

    def __init__(self):
        self.count, self.good, self.faults = 0, [], []

    def add(self, path, status, out, err):
        self.count += 1
        fault = check_fault(status, out, err)
        if fault:
            self.faults.append(f"{path.name}: {fault}")
        elif status == 0 and not is_json(path):
            self.faults.append(f"{path.name}: good, but not valid JSON")
        elif status == 0:
            self.good.append(path)

    def batch(self, program, paths):
        """Check all in one run; or each alone if their lines are mixed."""
        status, out, err = check(program, paths)
        said = {path: ([], []) for path in paths}
        lost = status not in (0, 1)
        for lines, which in ((out, 0), (err, 1)):
            for line in lines:
                name = re.match(r"(?:outboard: )?(?:warning: )?"
                                r"(\S*/m\d+\.json)\b", line)
                path = pathlib.Path(name[1]) if name else None
                if path in said:
                    said[path][which].append(line)
                else:
                    lost = True
        errors = {path: [line for line in err if " warning: " not in line]
                  for path, (_, err) in said.items()}
        lost |= (status == 1) != any(errors.values())
        for path, (good, bad) in said.items():
            if lost or not good and not bad or len(errors[path]) > 1:
                self.add(path, *check(program, [path]))
            else:
                self.add(path, 1 if errors[path] else 0, good, bad)


def check_range(program, modules, first, count, folder):
    """Check mutants first.. in `folder`, where their modules are too."""
    mutants, checked = Mutants(), Checked()
    for path in modules:
        (folder / path.name).symlink_to(path.resolve())
    for source in mutants.sources:
        if source.is_board and not (folder / source.path.name).exists():
            shutil.copy(source.path, folder)    # modinfo files name them
            (folder / source.path.name).chmod(0o644)
    for start in range(first, first + count, BATCH):
        paths = [mutants.write(folder, number) for number in
                 range(start, min(start + BATCH, first + count))]
        checked.batch(program, paths)
        for path in set(paths) - set(checked.good):
            path.unlink()
    return checked


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outboard", type=pathlib.Path)
    parser.add_argument("--modules", type=pathlib.Path)
    parser.add_argument("number", type=int)
    parser.add_argument("count", type=int, nargs="?", default=1)
    options = parser.parse_args()
    if options.outboard is None:
        sys.stdout.buffer.write(Mutants().make(options.number))
        return 0
    modules = sorted(options.modules.glob("*.so")) if options.modules else []
    with tempfile.TemporaryDirectory() as folder:
        checked = check_range(options.outboard, modules, options.number,
                              options.count, pathlib.Path(folder))
    print(f"{checked.count} mutants, {len(checked.good)} good")
    print("\n".join(checked.faults))
    return 1 if checked.faults else 0


if __name__ == "__main__":
    sys.exit(main())
