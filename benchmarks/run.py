#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures Outboard against plain QEMU and writes benchmarks/RESULTS.md.

usage: run.py STAGE [-n RUNS] [-o FILE] [--only NAME[,NAME]]

Every figure is a ratio or a difference against a peer, taken in turn in the
same run, because the machines that run this are shared. STAGE is a tree that
`make install` made. Benchmarks are not tests: nothing here passes or fails.
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
    """(wall-clock, processor) seconds of one run, which has to succeed."""
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
    """Run the jobs count times in turn, after one warm-up; lists of times."""
    for job in jobs:
        job()
    times = [[] for _ in jobs]
    for _ in range(count):
        for list_, job in zip(times, jobs):
            list_.append(job())
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
    for gone in ("share/outboard/boards", "lib/outboard/modules"):
        shutil.rmtree(tree / gone, ignore_errors=True)
    return tree / "bin" / "outboard"


def many_modules(where, modules=1000, types=10):
    """A modinfo file of `modules` modules, `types` types each."""
    path = where / "many.json"
    path.write_text(json.dumps({
        f"m{m}": {"name": f"vendor-m{m}",
                  "objs": [f"vendor-m{m}-device-{t}" for t in range(types)]}
        for m in range(modules)}))
    path.chmod(0o644)
    return path


def bench_start(stage, runs, where):
    bare = str(bare_tree(stage, where))
    full = str(stage / "bin" / "outboard")
    many = str(many_modules(where))
    env = dict(os.environ, HOME=str(where))
    env.pop("OUTBOARD_PATH", None)
    env.pop("XDG_DATA_HOME", None)
    jobs = [lambda argv=argv: seconds(argv, QUIT, env) for argv in (
        start_argv(), start_argv([bare]), start_argv([full]),
        [bare, *start_argv(), "-add_modinfo", many])]
    plain, *others = in_turn(runs * 6, *jobs)
    rows = []
    for kind, index in (("wall clock", 0), ("processor", 1)):
        base = [run[index] for run in plain]
        rows.append((f"start-up, plain QEMU: ms, {kind}",
                     spread(base, 1000), "1"))
        for label, runs_ in zip(("nothing external",
                                 "boards and modules installed",
                                 "1,000 modules, 10,000 types announced"),
                                others):
            ours = [run[index] for run in runs_]
            over = [a - b for a, b in zip(ours, base)]
            least = (min(ours) - min(base)) * 1000
            times = statistics.median(ours) / statistics.median(base)
            rows.append((f"start-up, {label}: ms over plain QEMU, {kind}; "
                         f"least minus least {least:.2f}",
                         spread(over, 1000), f"{times:.3f}"))
    return rows


def build_guest(where):
    elf, module = where / "reads.elf", where / "probe.so"
    mmio = HERE / "mmio"
    subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-ffreestanding",
                    "-nostdlib", "-static", "-fno-pic", "-no-pie",
                    "-mgeneral-regs-only", "-Wl,--build-id=none",
                    "-Wl,--no-warn-rwx-segments", "-T", mmio / "reads.ld",
                    mmio / "start.S", mmio / "reads.c", "-o", elf], check=True)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", mmio / "probe.c", "-o",
                    module, f"-I{HERE.parent / 'include'}"], check=True)
    (where / "probe.json").write_text(json.dumps(
        {"probe": {"name": "probe", "objs": ["bench-probe"],
                   "license": "MIT"}}))
    shutil.copy(mmio / "board.json", where / "bench-mmio.json")
    for made in where.iterdir():
        if made.is_file():
            made.chmod(made.stat().st_mode & ~0o022)
    return elf


def bench_reads(stage, runs, where):
    elf = build_guest(where)
    done = subprocess.run(
        [stage / "bin" / "outboard", QEMU, "-add_modinfo",
         where / "probe.json", "-add_machines", where / "bench-mmio.json",
         "-M", "bench-mmio", "-device", f"loader,file={elf},cpu-num=0",
         "-nographic", "-monitor", "none",
         "-serial", "stdio"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300)
    head = re.search(r"freq (\d+) loads (\d+)", done.stdout)
    rounds = [list(map(int, line.split()[1:]))
              for line in done.stdout.splitlines() if line.startswith("round")]
    if not head or not rounds or "done" not in done.stdout:
        sys.exit("run.py: the register benchmark did not finish: "
                 + (done.stderr or done.stdout).strip()[-300:])
    tick_ns = 1e9 / int(head[1]) / int(head[2])
    built = [((b1 + b2) / 2 - ram) for ram, b1, _, _, b2 in rounds]
    ours = [((e1 + e2) / 2 - ram) for ram, _, e1, e2, _ in rounds]
    ratios = [e / b for e, b in zip(ours, built)]
    return [
        ("read of RAM, loop included: ns",
         spread([r[0] for r in rounds], tick_ns), ""),
        ("read of pl031's match register: ns over RAM",
         spread(built, tick_ns, 1), "1"),
        ("read of an SDK model's register: ns over RAM",
         spread(ours, tick_ns, 1), spread(ratios, 1, 3)),
    ]


def boot_seconds(argv, marker, limit=240):
    """Seconds until `marker` stands on the console; then QEMU is ended."""
    start = time.monotonic()
    run = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = b""
    try:
        while time.monotonic() - start < limit:
            chunk = run.stdout.read1(65536)
            text += chunk
            if marker in text:
                return time.monotonic() - start
            if not chunk:
                break
    finally:
        run.kill()
        run.wait()
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

    def pi():
        return boot_seconds(
            [str(stage / "bin" / "outboard"), QEMU, "-M", "raspi4b", "-smp",
             "4", "-m", "1G", "-nographic", "-monitor", "none",
             "-serial", "stdio",
             "-kernel", str(assets / "Image"),
             "-dtb", str(assets / "bcm2711-rpi-4-b.dtb"),
             "-initrd", str(assets / "initramfs.cpio.gz"),
             "-append", "console=ttyS1,115200 outboard.run=shell"], marker)

    def virt():
        argv = [QEMU, "-M", "virt", "-cpu", "cortex-a72", *common,
                "-append", "console=ttyAMA0 outboard.run=shell"]
        argv[argv.index("null")] = "stdio"
        return boot_seconds(argv, marker)

    ours, theirs = in_turn(runs, pi, virt)
    ratios = [a / b for a, b in zip(ours, theirs)]
    return [("Debian kernel to shell, QEMU's own virt: s", spread(theirs),
             "1"),
            ("Debian kernel to shell, raspi4b from outside: s", spread(ours),
             spread(ratios))]


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
    """(version, {emulator: ms}) of one round of the doctor on them all."""
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
        if text.strip():        # else it exports nothing
            report = json.loads(text)
            if not report["ok"] or not report["live"]:
                sys.exit(f"run.py: {name}: {report['error']}")
            found[name] = report["cpu_us"] / 1000
    return re.search(r"version (\S+)", head)[1], found


def bench_selfcheck(stage, runs, _where):
    """What the bridge's self-check takes: the best of each emulator's."""
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
                     f"{rounds[0][0]}, each at its best: ms, processor",
                     spread(best), ""))
    return rows


BENCHES = {"bench": bench_bench, "start": bench_start,
           "selfcheck": bench_selfcheck,
           "reads": bench_reads, "boot": bench_boot}


def machine():
    cpu = next((line.split(":", 1)[1].strip()
                for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), platform.machine())
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
    args = parse.parse_args()
    rows = []
    for name in args.only.split(","):
        if name not in BENCHES:
            sys.exit(f"run.py: no benchmark {name!r}; "
                     f"there are {', '.join(BENCHES)}")
        print(f"== {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="outboard-bench-") as where:
            rows += BENCHES[name](args.stage.resolve(), args.runs,
                                  pathlib.Path(where))
    lines = ["# Measured", "",
             f"On {machine()}; a shared machine, so the ratios count. "
             "Median (least to most) of interleaved runs; written by "
             "`make bench`.", "",
             "| what | figure | ratio to its peer |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {ratio} |"
              for what, figure, ratio in rows]
    text = "\n".join(lines) + "\n"
    args.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
