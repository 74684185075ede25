# SPDX-License-Identifier: MIT
"""What a management layer gives to every machine: boards take it."""

import pytest

# As libvirt 9.0 starts a machine of a type that it does not know.
ALWAYS = [
    "-name", "guest=d,debug-threads=on", "-S", "-accel", "tcg",
    "-overcommit", "mem-lock=off", "-uuid",
    "adfac997-4a8c-4281-95bf-c45061a5bc00", "-display", "none",
    "-no-user-config", "-nodefaults", "-rtc", "base=utc", "-no-shutdown",
    "-boot", "strict=on", "-chardev", "null,id=charserial0", "-serial",
    "chardev:charserial0", "-audiodev", '{"id":"audio1","driver":"none"}',
    "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
    "resourcecontrol=deny", "-msg", "timestamp=on"]


def words(machine, mebibytes, *more):
    return ["-machine", f"{machine},usb=off,dump-guest-core=off,acpi=off",
            "-m", str(mebibytes), "-smp", "1,sockets=1,cores=1,threads=1",
            *ALWAYS, *more]


def backend(mebibytes):
    return ["-object", '{"qom-type":"memory-backend-ram","id":"outboard.ram",'
            f'"size":{mebibytes << 20}}}']


@pytest.mark.parametrize("mebibytes", [1, 256])
def test_libvirt_starts_a_board_with_memory_of_its_own(outboard, machine,
                                                       tmp_path, mebibytes):
    image = tmp_path / "image.bin"
    image.write_bytes(bytes(2 << 20))   # more than -m 1 has
    made = machine(outboard.command, "qemu-system-arm",
                   *words("raspi-pico", mebibytes), "-device",
                   f"loader,file={image},addr=0x10000000")
    assert made.qmp("query-status")["status"] == "prelaunch"
    assert (f"outboard: warning: -m: board raspi-pico has its own memory "
            f"({mebibytes} MiB asked for have no effect); leave -m out\n"
            in made.end())


def test_libvirt_starts_a_board_with_ram(outboard, machine):
    made = machine(outboard.command, "qemu-system-aarch64", *words(
        "raspi4b,memory-backend=outboard.ram", 2048, *backend(2048)))
    assert made.qmp("query-status")["status"] == "prelaunch"
    assert "outboard" not in made.end().replace("outboard.ram", "")


def test_memory_backend_of_a_board_without_ram_is_a_warning(outboard,
                                                            machine):
    made = machine(outboard.command, "qemu-system-arm", *words(
        "raspi-pico,memory-backend=outboard.ram", 16, *backend(16)))
    assert made.qmp("query-status")["status"] == "prelaunch"
    assert made.end().count("leave -m out") == 1


def test_memory_outside_a_boards_limits_is_refused(outboard):
    done = outboard("qemu-system-aarch64", *words("raspi4b", 512))
    assert done.err == ("outboard: -m: board raspi4b takes 1024 to 8192 MiB "
                        "(512 MiB asked for); use one of these\n")
    assert done.status == 1


def test_acpi_that_is_wanted_is_refused(outboard):
    done = outboard("qemu-system-arm", "-M", "raspi-pico,acpi=on")
    assert ('acpi: board raspi-pico has no ACPI tables ("on" asked for); use '
            "acpi=off\n") in done.err
    assert done.status == 1
