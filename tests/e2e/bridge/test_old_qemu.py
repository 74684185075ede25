# SPDX-License-Identifier: MIT
"""QEMU 5.2, which is older than what the bridge knows: refused, by name."""

import json
import re

import pytest

pytestmark = pytest.mark.qemus(
    "bullseye", reason="5.2 alone is to be refused")

REFUSAL = (r"self-check: memory-region: 0 where a type was expected, in QEMU "
           r"5\.2\.\d+ \(Debian [^)]+\), build-id [0-9a-f]{40}; this QEMU "
           r"differs from all that the bridge knows, nothing was changed; run "
           r"it without outboard, or update outboard\n")
TARGETS = ["arm", "aarch64"]


@pytest.mark.parametrize("arch", TARGETS)
@pytest.mark.parametrize("more", [
    ("-M", "help"), ("-M", "raspi4b"), ("-device", "help"),
    ("-M", "virt", "-display", "none", "-S"),
])
def test_old_qemu_is_refused_with_one_line(outboard, arch, more, tmp_path):
    modinfo = tmp_path / "acme.json"
    modinfo.write_text("{}")
    done = outboard(f"qemu-system-{arch}", "-add_modinfo", modinfo, *more)
    assert (done.status, done.out) == (1, "")
    assert re.fullmatch("outboard: " + REFUSAL, done.err)


@pytest.mark.parametrize("arch", TARGETS)
def test_old_qemu_doctor_says_no(outboard, qemu, arch):
    done = outboard("doctor", f"qemu-system-{arch}")
    assert done.status == 1
    assert re.fullmatch(f"outboard: {qemu(arch)}: {REFUSAL}", done.err)
    assert "external boards work" not in done.out


def test_old_qemu_doctor_reports_what_was_not_reached(outboard):
    done = outboard("doctor", "--json", "qemu-system-arm")
    report = json.loads(done.out)
    assert (done.status, report["ok"], report["live"]) == (1, False, False)
    rows = {row["name"]: row["value"] for row in report["layout"]}
    assert rows["sizeof(MachineClass)"] == 352
    assert rows["MachineClass.init"] is None


def test_old_qemu_runs_without_outboard(qemu):
    """It is not the test's way of starting it that fails."""
    done = qemu.session("--env", "", "--", "env", "-u", "OUTBOARD_SESSION",
                        "qemu-system-arm", "-M", "help")
    assert done.status == 0
    assert "raspi2b" in done.out
