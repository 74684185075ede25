# SPDX-License-Identifier: MIT
"""A guest that asks for what is not modelled: the user sees it."""
import pytest

DMA, SNIFF, HOLE = 0x50000000, 0x50000434, 0x40060ff0
EN_TREQ_16 = 1 | 16 << 15
WARNING = ("outboard: warning: rp2040-dma dma: channel {} does not wait for "
           "request {} (not modelled; shown once, -d unimp shows all)\n")


@pytest.fixture
def pico(place, bus_machine):
    """pico(arguments...): (machine, bus) of a Pico that is stopped."""
    def start(*arguments):
        return bus_machine(*place.argv(
            "qemu-system-arm", "-M", "raspi-pico", "-S", "-display", "none",
            "-serial", "null", "-monitor", "none", *arguments))
    return start


def test_feature_that_is_lacking_warns_once(pico):
    made, bus = pico()
    bus.write(DMA + 0x0c, EN_TREQ_16)
    bus.write(DMA + 0x4c, EN_TREQ_16 + (1 << 15))
    bus.read(DMA + 0x0c)
    out = made.end()
    assert WARNING.format(0, 16) in out
    assert out.count("does not wait") == 1


def test_feature_that_is_lacking_is_in_the_log_each_time(pico,
                                                         tmp_path):
    made, bus = pico("-d", "unimp", "-D", tmp_path / "log")
    bus.write(DMA + 0x0c, EN_TREQ_16)
    bus.write(DMA + 0x4c, EN_TREQ_16)
    bus.read(DMA + 0x0c)
    assert WARNING.format(0, 16) in made.end()
    log = (tmp_path / "log").read_text()
    assert log.count("does not wait for request 16") == 2


def test_access_that_no_register_covers_does_not_warn(pico):
    made, bus = pico()
    bus.read(HOLE)
    bus.write(HOLE, 1)
    bus.read(HOLE)
    assert "warning" not in made.end()
