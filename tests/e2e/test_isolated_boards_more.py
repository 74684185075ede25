# SPDX-License-Identifier: MIT
"""More of the boards' own tests with all models isolated, on one QEMU."""

import pytest

from test_isolated_boards import outboard   # noqa: F401 (fixtures and tests)
from test_pico import (     # noqa: F401
    pico, spawn,
    test_clocks_are_what_the_program_set,
    test_led_is_seen_from_outside, test_reset_forgets_and_starts_again,
    test_sdk_stdlib_counts_bits_by_the_rom)
from test_raspi4b import (  # noqa: F401
    pi, test_bios_starts_in_el3, test_eight_gib, test_fewer_cpus,
    test_framebuffer_shows_what_u_boot_says, test_reboot_starts_again,
    test_sensors)
from test_rv64 import (     # noqa: F401
    board, files, test_linux_on_two_harts_reboots,
    test_smp_and_m_are_in_the_tree,
    test_u_boot_resets_the_board_to_where_it_began)

pytestmark = [pytest.mark.slow, pytest.mark.columns(
    "bookworm", reason="of isolated boards, the most telling run on each")]
