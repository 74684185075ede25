#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compares Outboard with plain QEMU and writes benchmarks/RESULTS.md.

usage: run.py STAGE [-n RUNS] [-o FILE] [--only NAME[,NAME]] [--alone]

Other programs use the same machine. So each figure is compared with another
one, and the two are measured in turn in the same run. STAGE is a tree that
`make install` made. Benchmarks are not tests: they do not pass or fail.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
QEMU = "qemu-system-aarch64"
CACHE = pathlib.Path(
    os.environ.get("OUTBOARD_CACHE")
    or os.path.join(os.environ.get("XDG_CACHE_HOME")
                    or os.path.expanduser("~/.cache"), "outboard"))
QUIT = b'{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n'


def seconds(argv, stdin=None, env=None, limit=120):
    """(wall-clock, processor) seconds of one run, which must succeed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(argv, input=stdin, env=env, timeout=limit,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    taken = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"run.py: {argv[0]} ended with {done.returncode}: "
                 f"{done.stderr.decode(errors='replace').strip()[-300:]}")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, (now.ru_utime + now.ru_stime
                   - used.ru_utime - used.ru_stime)


def in_turn(count, *jobs):
    """Run the jobs count times in turn, after one warm-up; lists of times.

    The order changes from round to round, so that no job always follows the
    same other job.
    """
    for job in jobs:
        job()
    times = [[] for _ in jobs]
    turn = list(zip(times, jobs))
    for _ in range(count):
        for list_, job in turn:
            list_.append(job())
        turn.reverse()
    return times


def spread(values, scale=1.0, digits=2):
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{mid * scale:.{digits}f} ({low * scale:.{digits}f} to " \
           f"{high * scale:.{digits}f})"


def start_argv(front=()):
    return [*front, QEMU, "-M", "none", "-nodefaults", "-display", "none",
            "-qmp", "stdio"]


def bare_tree(stage, where):
    """A copy of the installed tree without boards and modules."""
    tree = where / "bare"
    shutil.copytree(stage, tree, symlinks=True)
    for folder in ("share/outboard/boards", "lib/outboard/modules"):
        shutil.rmtree(tree / folder, ignore_errors=True)
    return tree / "bin" / "outboard"


def many_modules(where, modules=1000, types=10):
    """A modinfo file of `modules` modules, `types` types each."""
    path = where / "many" / "many.json"
    path.parent.mkdir(mode=0o755)
    path.write_text(json.dumps({
        f"m{m}": {"name": f"vendor-m{m}",
                  "objs": [f"vendor-m{m}-device-{t}" for t in range(types)]}
        for m in range(modules)}))
    path.chmod(0o644)
    return path


def bench_start(stage, runs, where):
    bare = str(bare_tree(stage, where))
    full = str(stage / "bin" / "outboard")
    many = many_modules(where).parent
    env = dict(os.environ, HOME=str(where))
    env.pop("OUTBOARD_PATH", None)
    env.pop("XDG_DATA_HOME", None)
    # Installed modules may lack their files; announced modules may not.
    jobs = [lambda argv=argv, env=env: seconds(argv, QUIT, env)
            for argv, env in (
                (start_argv(), env), (start_argv([bare]), env),
                (start_argv([full]), env),
                (start_argv([bare]), dict(env, OUTBOARD_PATH=str(many))))]
    plain, *others = in_turn(runs * 6, *jobs)
    rows = []
    for kind, index in (("wall clock", 0), ("processor", 1)):
        base = [run[index] for run in plain]
        rows.append((f"start-up, plain QEMU: ms, {kind}",
                     spread(base, 1000), "1"))
        for label, runs_ in zip(("no boards and modules",
                                 "boards and modules installed",
                                 "1,000 modules, 10,000 types installed"),
                                others):
            ours = [run[index] for run in runs_]
            over = [a - b for a, b in zip(ours, base)]
            least = (min(ours) - min(base)) * 1000
            times = statistics.median(ours) / statistics.median(base)
            rows.append((f"start-up, {label}: ms over plain QEMU, {kind}; "
                         f"difference of the minima {least:.2f}",
                         spread(over, 1000), f"{times:.3f}"))
    return rows


# --- accesses by a guest ------------------------------------------------------

# The accesses: name, address (benchmarks/mmio/board.json), store or load, the
# number in a round, and the access to compare with.
RAM, PCI_BAR0 = 0, 1
ACCESSES = [
    ("RAM, read", RAM, 0, 100000, None),
    ("RAM, write", RAM, 1, 100000, None),
    ("built-in (pl031), read", 0x09010004, 0, 50000, "in process, read"),
    ("built-in (pl031), write", 0x09010010, 1, 50000,
     "in process, write with a hook"),
    ("in process, read", 0x09020000, 0, 50000, None),
    ("in process, write that stores", 0x09020004, 1, 50000, None),
    ("in process, write with a hook", 0x09020008, 1, 50000, None),
    ("in process, read as memory", 0x09021000, 0, 100000, "RAM, read"),
    ("isolated, read as memory", 0x09031000, 0, 100000, "RAM, read"),
    ("isolated, read", 0x09030000, 0, 20000, "in process, read"),
    ("isolated, write that stores (posted)", 0x09030004, 1, 20000,
     "in process, write that stores"),
    ("isolated, write with a hook (waits)", 0x09030008, 1, 20000,
     "in process, write with a hook"),
    ("Python peer, read", 0x09050000, 0, 200, "in process, read"),
    ("Python peer, write", 0x09050000, 1, 200,
     "in process, write with a hook"),
    ("blocking UNIX socket, read", 0x09040000, 0, 300, "in process, read"),
    ("blocking UNIX socket, write", 0x09040000, 1, 300,
     "in process, write with a hook"),
]
VFIO = [
    ("RAM, read", RAM, 0, 100000, None),
    ("RAM, write", RAM, 1, 100000, None),
    ("vfio-user, read", PCI_BAR0, 0, 300, None),
    ("vfio-user, write", PCI_BAR0, 1, 300, None),
]
# On one processor, each request to another process costs two switches.
ONE_CORE = [row for row in ACCESSES
            if row[0].startswith(("RAM", "isolated, w", "blocking")) or
            row[0] == "isolated, read"]
SUITES = {None: "7.2", "trixie": "10.0", "sid": "11.1"}


def build_guest(where, name, targets, rounds):
    """Build NAME.elf, which makes the accesses of `targets`."""
    lines = [f"{{ {address:#x}, {write}, {count} }},"
             for _, address, write, count, _ in targets]
    folder = where / f"{name}.d"
    folder.mkdir()
    (folder / "targets.h").write_text("\n".join(lines) + "\n")
    mmio = HERE / "mmio"
    subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-ffreestanding",
                    "-nostdlib", "-static", "-fno-pic", "-no-pie",
                    "-mgeneral-regs-only", "-Wl,--build-id=none",
                    "-Wl,--no-warn-rwx-segments", f"-DROUNDS={rounds}",
                    f"-I{folder}", "-T", mmio / "accesses.ld",
                    mmio / "start.S", mmio / "accesses.c",
                    "-o", where / f"{name}.elf"], check=True)
    return where / f"{name}.elf"


def build_models(where):
    """Build the board and its models, as a vendor does."""
    for name, source in (("local", "probe"), ("remote", "probe"),
                         ("plain", "plain")):
        subprocess.run(["cc", "-O2", "-shared", "-fPIC",
                        HERE / "mmio" / f"{source}.c", "-o",
                        where / f"{name}.so", f'-DPROBE="{name}"',
                        f"-I{HERE.parent / 'include'}"], check=True)
    (where / "models.json").write_text(json.dumps({
        **{name: {"name": name, "objs": [f"bench-{name}"], "license": "MIT"}
           for name in ("local", "remote", "plain")},
        "adder": {"name": "adder", "objs": ["py-adder"],
                  "command": ["./peer.py"]}}))
    shutil.copy(HERE / "mmio" / "board.json", where / "bench-mmio.json")
    for name in ("peer.py", "protocol.py"):
        shutil.copy(HERE.parent / "examples" / "peer" / name, where)
    where.chmod(0o755)
    for made in where.iterdir():
        if made.is_file():
            made.chmod(made.stat().st_mode & ~0o022)
    (where / "peer.py").chmod(0o755)


def guest_times(argv, targets):
    """{name: [ns of each round]}, as the guest measures them."""
    _, text = console_until(argv, b"done")
    text = text.decode(errors="replace")
    tick_ns = 1e9 / int(re.search(r"freq (\d+)", text)[1])
    rounds = [list(map(int, line.split()[1:])) for line in text.splitlines()
              if line.startswith("round")]
    return {name: [ticks[i] * tick_ns / count for ticks in rounds]
            for i, (name, _, _, count, _) in enumerate(targets)}


def loop_included(name):
    return name.startswith("RAM") or name.endswith("as memory")


def over_ram(times):
    """The same times without the time of the loop."""
    return {name: values if loop_included(name) else
            [v - r for v, r in zip(values, times[
                "RAM, write" if "write" in name else "RAM, read"])]
            for name, values in times.items()}


def access_rows(title, times, targets):
    rows = []
    for name, _, _, _, peer in targets:
        ratio = ""
        if peer in times:
            ratio = spread([a / b for a, b in zip(times[name], times[peer])])
        over = ", loop included" if loop_included(name) else ""
        rows.append((f"{title}: {name}: ns{over}",
                     spread(times[name], 1, 1), ratio))
    return rows


def suite_front(suite):
    return [] if suite is None else \
        [str(HERE.parent / "scripts" / "in-root.sh"), suite]


def bench_accesses(stage, runs, where):
    rounds = 4 * runs + 1
    build_models(where)
    elf = build_guest(where, "all", ACCESSES, rounds)
    one = build_guest(where, "one", ONE_CORE, rounds)
    rows = []
    for suite, version in SUITES.items():
        title = f"QEMU {version}"
        if suite and (os.geteuid() or
                      not (CACHE / "qemu" / suite).exists()):
            rows.append((f"{title}: skipped, run `scripts/qemu-root.sh "
                         f"{suite}` first, and this as root", "", ""))
            continue
        board = [
            str(stage / "bin" / "outboard"), "--isolate=remote", QEMU,
            "-add_modinfo", str(where / "models.json"), "-add_machines",
            str(where / "bench-mmio.json"), "-M", "bench-mmio", "-nographic",
            "-monitor", "none", "-serial", "stdio", "-device"]
        front = suite_front(suite)
        times = over_ram(guest_times(
            [*front, *board, f"loader,file={elf},cpu-num=0"], ACCESSES))
        rows += access_rows(title, times, ACCESSES)
        slow = over_ram(guest_times(
            ["taskset", "-c", "0", *front, *board,
             f"loader,file={one},cpu-num=0"], ONE_CORE))
        rows += access_rows(f"{title}, one core", slow, ONE_CORE[2:])
        for name, many in (("", times), (", one core", slow)):
            rows.append((
                f"{title}{name}: blocking UNIX socket over isolated, read",
                "", spread([a / b for a, b in zip(
                    many["blocking UNIX socket, read"],
                    many["isolated, read"])], 1, 1)))
        if suite == "sid":
            rows += vfio_rows(stage, where, rounds, front, times)
    return rows


def vfio_rows(stage, where, rounds, front, ours):
    """The same guest on virt, with vfio-user's client and our server."""
    server = stage.parent / "benchmarks" / "vfio-user-server"
    if not server.exists():
        return [("vfio-user: skipped, not beside a build", "", "")]
    elf = build_guest(where, "vfio", VFIO, rounds)
    rows = []
    for name, pin in (("", []), (", one core", ["taskset", "-c", "0"])):
        path = where / f"vfio{len(pin)}"
        peer = subprocess.Popen([*pin, server, path], text=True,
                                stdout=subprocess.PIPE)
        try:
            peer.stdout.readline()
            times = over_ram(guest_times(
                [*pin, *front, QEMU, "-M", "virt,highmem=off", "-cpu",
                 "cortex-a72", "-m", "16M", "-nographic", "-nodefaults",
                 "-monitor", "none", "-serial", "stdio", "-device",
                 json.dumps({"driver": "vfio-user-pci", "socket": {
                     "type": "unix", "path": str(path)}}),
                 "-device", f"loader,file={elf},cpu-num=0"], VFIO))
        finally:
            peer.kill()
            peer.wait()
        rows += access_rows(f"QEMU 11.1{name}", times, VFIO[2:])
        if not name:
            base = statistics.median(ours["isolated, read"])
            rows.append(("QEMU 11.1: vfio-user over isolated, read", "",
                         spread(times["vfio-user, read"], 1 / base, 1)))
    return rows


# --- boots --------------------------------------------------------------------

def console_until(argv, marker, limit=240):
    """(seconds, text) until `marker` is on the console. Then end QEMU."""
    start = time.monotonic()
    # timeout also ends the children of the command.
    run = subprocess.Popen(["timeout", str(limit), *argv],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    text = b""
    try:
        while chunk := run.stdout.read1(65536):
            text += chunk
            if marker in text:
                return time.monotonic() - start, text
    finally:
        run.terminate()
        run.wait()
        if os.sched_getscheduler(0) == os.SCHED_RR:
            time.sleep(2)       # so that waiting programs can run
    sys.exit(f"run.py: no {marker!r} on the console of {argv}: "
             + text[-300:].decode(errors="replace"))


def bench_boot(stage, runs, where):
    assets = CACHE / "rpi4"
    if not (assets / "Image").exists():
        return [("kernel to shell: skipped, run `make demo` first", "", "")]
    common = ["-smp", "4", "-m", "1G", "-nographic", "-monitor", "none",
              "-serial", "null", "-kernel", str(assets / "Image"),
              "-initrd", str(assets / "initramfs.cpio.gz")]
    marker = b"outboard: shell ready"

    def pi(*switches):
        return console_until(
            [str(stage / "bin" / "outboard"), *switches, QEMU, "-M",
             "raspi4b", "-smp", "4", "-m", "1G", "-nographic", "-monitor",
             "none", "-serial", "stdio",
             "-kernel", str(assets / "Image"),
             "-dtb", str(assets / "bcm2711-rpi-4-b.dtb"),
             "-initrd", str(assets / "initramfs.cpio.gz"),
             "-append", "console=ttyS1,115200 outboard.run=shell"],
            marker)[0]

    def virt():
        argv = [QEMU, "-M", "virt", "-cpu", "cortex-a72", *common,
                "-append", "console=ttyAMA0 outboard.run=shell"]
        argv[argv.index("null")] = "stdio"
        return console_until(argv, marker)[0]

    ours, remote, theirs = in_turn(runs, pi, lambda: pi("--isolate=all"), virt)
    ratios = [a / b for a, b in zip(ours, theirs)]
    costs = [a / b for a, b in zip(remote, ours)]
    return [("Debian kernel to shell, QEMU's own virt: s", spread(theirs),
             "1"),
            ("Debian kernel to shell, raspi4b with Outboard: s", spread(ours),
             spread(ratios)),
            ("Debian kernel to shell, raspi4b, all models isolated: s, and "
             "over in process", spread(remote), spread(costs))]


def bench_bench(stage, _runs, _where):
    """The test bench: accesses a second, from its own benchmark."""
    program = stage.parent / "benchmarks" / "bench_access"
    if not program.exists():
        return [("test bench: skipped, not beside a build", "", "")]
    done = subprocess.run([program], capture_output=True, text=True,
                          check=True, timeout=300)
    rows = re.findall(r"^(.+?)\s+([\d.]+)\s+([\d.]+)$", done.stdout, re.M)
    return [(f"test bench, {what}: ns; million a second", ns, rate)
            for what, ns, rate in rows]


def selfchecks(stage, front):
    """(version, {emulator: ms}): run doctor once on each emulator."""
    script = ("qemu-system-arm --version | head -n 1; "
              "for q in /usr/bin/qemu-system-*; do "
              "echo \"== $q\"; \"$1\" doctor --json \"$q\"; done")
    done = subprocess.run([*front, "sh", "-c", script, "sh",
                           stage / "bin" / "outboard"], text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    head, *parts = done.stdout.split("== ")
    found = {}
    for part in parts:
        name, _, text = part.partition("\n")
        if text.strip():        # no text: the QEMU exports nothing
            report = json.loads(text)
            if not report["ok"] or not report["live"]:
                sys.exit(f"run.py: {name}: {report['error']}")
            found[name] = report["cpu_us"] / 1000
    return re.search(r"version (\S+)", head)[1], found


def bench_selfcheck(stage, runs, _where):
    """The time of the bridge's self-check: the minimum of each emulator."""
    rows = []
    for suite in (None, "trixie", "sid"):
        front = [] if suite is None else \
            [HERE.parent / "scripts" / "in-root.sh", suite]
        if suite and not (CACHE / "qemu" / suite).exists():
            rows.append((f"self-check, {suite}: skipped, run "
                         f"`scripts/qemu-root.sh {suite}` first", "", ""))
            continue
        rounds = [selfchecks(stage, front) for _ in range(runs)]
        best = [min(found[name] for _, found in rounds)
                for name in rounds[0][1]]
        rows.append((f"self-check, {len(best)} emulators of QEMU "
                     f"{rounds[0][0]}, minimum of each: ms, processor",
                     spread(best), ""))
    return rows


BENCHES = {"bench": bench_bench, "start": bench_start,
           "selfcheck": bench_selfcheck,
           "accesses": bench_accesses, "boot": bench_boot}


HEAD = """# Benchmark results

`make bench` writes this page. Each figure is the median, with the minimum and
the maximum in parentheses, of runs in turn. Other programs use the same
machines, so the ratios mean more than the figures.
"""


def sections_read(path):
    """{name: text}: the present sections. Those not run again are kept."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    return {name: f"\n## {name}\n{body.rstrip()}\n" for name, body in
            re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S)}


def section_text(name, rows, alone):
    lines = ["", f"## {name}", "", f"On {machine()}"
             + (", with real-time priority (`--alone`)." if alone else "."),
             "", "| what | figure | ratio |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {ratio} |"
              for what, figure, ratio in rows]
    return "\n".join(lines) + "\n"


def machine():
    # Only on x86 the kernel names the processor; lscpu also knows arm64's.
    shown = subprocess.run(["lscpu"], capture_output=True, text=True,
                           env={**os.environ, "LC_ALL": "C"}).stdout
    cpu = next((line.split(":", 1)[1].strip() for line in shown.splitlines()
                if line.startswith("Model name")), platform.machine())
    qemu = subprocess.run([QEMU, "--version"], capture_output=True, text=True)
    return (f"{os.cpu_count()} cores of {cpu}, "
            f"Linux {platform.release()}, {qemu.stdout.splitlines()[0]}")


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("stage", type=pathlib.Path)
    parse.add_argument("-n", "--runs", type=int, default=5)
    parse.add_argument("-o", "--output", type=pathlib.Path,
                       default=HERE / "RESULTS.md")
    parse.add_argument("--only", default=",".join(BENCHES))
    parse.add_argument("--alone", action="store_true", help="run with "
                       "real-time priority, before other programs (root)")
    args = parse.parse_args()
    if args.alone:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    sections = sections_read(args.output)
    for name in args.only.split(","):
        if name not in BENCHES:
            sys.exit(f"run.py: no benchmark {name!r}; "
                     f"there are {', '.join(BENCHES)}")
        print(f"== {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="outboard-bench-") as where:
            rows = BENCHES[name](args.stage.resolve(), args.runs,
                                 pathlib.Path(where))
        sections[name] = section_text(name, rows, args.alone)
    text = HEAD + "".join(sections[name] for name in BENCHES
                          if name in sections)
    args.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
