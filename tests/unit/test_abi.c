/* SPDX-License-Identifier: MIT */
/*
 * The ABI, pinned: sizes and offsets of every public struct on a 64-bit
 * machine. A line that fails here means that modules built yesterday break:
 * append members at the end, and add lines; never change one.
 */
#define OB_ABI_NEEDS 1

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include <outboard/outboard.h>

struct pin {
    const char *what;
    size_t is, want;
};

#define SIZE(s, n)      { "sizeof " #s, sizeof(struct s), n }
#define AT(s, m, n)     { #s "." #m, offsetof(struct s, m), n }
#define VALUE(v, n)     { #v, v, n }

static const struct pin pins[] = {
    VALUE(OB_ABI_MAJOR, 1), VALUE(OB_ABI_MINOR, 1),

    SIZE(ob_array, 16),
    AT(ob_array, items, 0), AT(ob_array, count, 8), AT(ob_array, stride, 12),

    SIZE(ob_module, 72),
    AT(ob_module, size, 0), AT(ob_module, abi_major, 4),
    AT(ob_module, abi_minor, 6), AT(ob_module, flags, 8),
    AT(ob_module, n_devices, 12), AT(ob_module, name, 16),
    AT(ob_module, version, 24), AT(ob_module, license, 32),
    AT(ob_module, desc, 40), AT(ob_module, devices, 48),
    AT(ob_module, boards, 56), AT(ob_module, n_boards, 64),
    AT(ob_module, reserved, 68),

    SIZE(ob_dev, 24),
    AT(ob_dev, host, 0), AT(ob_dev, state, 8), AT(ob_dev, id, 16),

    SIZE(ob_prop, 72),
    AT(ob_prop, name, 0), AT(ob_prop, desc, 8), AT(ob_prop, type, 16),
    AT(ob_prop, flags, 20), AT(ob_prop, offset, 24), AT(ob_prop, bytes, 28),
    AT(ob_prop, def, 32), AT(ob_prop, min, 40), AT(ob_prop, max, 48),
    AT(ob_prop, def_text, 56), AT(ob_prop, choices, 64),
    VALUE(OB_PROP_BOOL, 1), VALUE(OB_PROP_UINT, 2), VALUE(OB_PROP_SIZE, 3),
    VALUE(OB_PROP_STRING, 4), VALUE(OB_PROP_LINK, 5), VALUE(OB_PROP_ENUM, 6),
    VALUE(OB_PROP_REQUIRED, 1),

    SIZE(ob_irq, 8), AT(ob_irq, name, 0),

    SIZE(ob_gpio, 24),
    AT(ob_gpio, name, 0), AT(ob_gpio, count, 8), AT(ob_gpio, reserved, 12),
    AT(ob_gpio, changed, 16),

    SIZE(ob_clock, 24),
    AT(ob_clock, name, 0), AT(ob_clock, direction, 8),
    AT(ob_clock, reserved, 12), AT(ob_clock, changed, 16),
    VALUE(OB_CLOCK_IN, 0), VALUE(OB_CLOCK_OUT, 1),

    SIZE(ob_timer, 16), AT(ob_timer, name, 0), AT(ob_timer, expired, 8),

    SIZE(ob_chardev, 32),
    AT(ob_chardev, name, 0), AT(ob_chardev, room, 8),
    AT(ob_chardev, receive, 16), AT(ob_chardev, event, 24),
    VALUE(OB_CHR_OPENED, 1), VALUE(OB_CHR_CLOSED, 2), VALUE(OB_CHR_BREAK, 3),

    SIZE(ob_region, 72),
    AT(ob_region, name, 0), AT(ob_region, bytes, 8), AT(ob_region, flags, 16),
    AT(ob_region, access_min, 20), AT(ob_region, access_max, 21),
    AT(ob_region, impl_min, 22), AT(ob_region, impl_max, 23),
    AT(ob_region, regs, 24), AT(ob_region, read, 40), AT(ob_region, write, 48),
    AT(ob_region, direct_at, 56), AT(ob_region, direct_bytes, 64),
    VALUE(OB_REGION_BIG_ENDIAN, 1), VALUE(OB_REGION_UNALIGNED, 2),

    SIZE(ob_saved, 24),
    AT(ob_saved, name, 0), AT(ob_saved, offset, 8), AT(ob_saved, bytes, 12),
    AT(ob_saved, since, 14), AT(ob_saved, count, 16),
    AT(ob_saved, reserved, 20),

    SIZE(ob_device_type, 208),
    AT(ob_device_type, size, 0), AT(ob_device_type, flags, 4),
    AT(ob_device_type, name, 8), AT(ob_device_type, desc, 16),
    AT(ob_device_type, state_bytes, 24), AT(ob_device_type, state_version, 28),
    AT(ob_device_type, state_oldest, 30), AT(ob_device_type, props, 32),
    AT(ob_device_type, regions, 48), AT(ob_device_type, irqs, 64),
    AT(ob_device_type, inputs, 80), AT(ob_device_type, outputs, 96),
    AT(ob_device_type, clocks, 112), AT(ob_device_type, timers, 128),
    AT(ob_device_type, chardevs, 144), AT(ob_device_type, saved, 160),
    AT(ob_device_type, create, 176), AT(ob_device_type, destroy, 184),
    AT(ob_device_type, reset, 192), AT(ob_device_type, restored, 200),

    SIZE(ob_field, 16),
    AT(ob_field, name, 0), AT(ob_field, lsb, 8), AT(ob_field, bits, 9),
    AT(ob_field, access, 10), AT(ob_field, reserved, 11),

    SIZE(ob_reg_write, 40),
    AT(ob_reg_write, size, 0), AT(ob_reg_write, index, 4),
    AT(ob_reg_write, old, 8), AT(ob_reg_write, value, 16),
    AT(ob_reg_write, raw, 24), AT(ob_reg_write, mask, 32),

    SIZE(ob_reg, 64),
    AT(ob_reg, name, 0), AT(ob_reg, offset, 8), AT(ob_reg, bytes, 12),
    AT(ob_reg, access, 14), AT(ob_reg, flags, 15), AT(ob_reg, count, 16),
    AT(ob_reg, step, 20), AT(ob_reg, state, 24), AT(ob_reg, n_fields, 28),
    AT(ob_reg, fields, 32), AT(ob_reg, reset, 40), AT(ob_reg, on_read, 48),
    AT(ob_reg, on_write, 56),
    VALUE(OB_RW, 0), VALUE(OB_RO, 1), VALUE(OB_W1C, 2), VALUE(OB_W1S, 3),
    VALUE(OB_RC, 4), VALUE(OB_WO, 5), VALUE(OB_REG_UNIMPL, 1),
    VALUE(OB_REG_DIRECT, 2),
    VALUE(OB_NO_STATE, 0xffffffff),

    SIZE(ob_host, 176),
    AT(ob_host, size, 0), AT(ob_host, abi_major, 4), AT(ob_host, abi_minor, 6),
    AT(ob_host, irq_set, 8), AT(ob_host, output_set, 16),
    AT(ob_host, now_ns, 24), AT(ob_host, timer_arm, 32),
    AT(ob_host, timer_cancel, 40), AT(ob_host, timer_deadline, 48),
    AT(ob_host, clock_hz, 56), AT(ob_host, clock_drive, 64),
    AT(ob_host, chr_send, 72), AT(ob_host, chr_ready, 80),
    AT(ob_host, mem_read, 88), AT(ob_host, mem_write, 96),
    AT(ob_host, link_read, 104), AT(ob_host, link_write, 112),
    AT(ob_host, random, 120), AT(ob_host, machine_request, 128),
    AT(ob_host, log, 136), AT(ob_host, log_wanted, 144),
    AT(ob_host, fail, 152), AT(ob_host, extension, 160),
    AT(ob_host, direct_set, 168),
    VALUE(OB_LOG_GUEST, 1), VALUE(OB_LOG_UNIMPL, 2), VALUE(OB_LOG_TRACE, 3),
    VALUE(OB_MACHINE_RESET, 1), VALUE(OB_MACHINE_POWEROFF, 2),
    VALUE(OB_MACHINE_CRASHED, 3),

    SIZE(ob_board, 24),
    AT(ob_board, host, 0), AT(ob_board, ram_bytes, 8), AT(ob_board, cpus, 16),
    AT(ob_board, reserved, 20),

    SIZE(ob_board_host, 24),
    AT(ob_board_host, size, 0), AT(ob_board_host, abi_major, 4),
    AT(ob_board_host, abi_minor, 6), AT(ob_board_host, add, 8),
    AT(ob_board_host, fail, 16),

    SIZE(ob_board_type, 72),
    AT(ob_board_type, size, 0), AT(ob_board_type, flags, 4),
    AT(ob_board_type, name, 8), AT(ob_board_type, title, 16),
    AT(ob_board_type, arch, 24), AT(ob_board_type, ram_default, 32),
    AT(ob_board_type, ram_min, 40), AT(ob_board_type, ram_max, 48),
    AT(ob_board_type, cpus_default, 56), AT(ob_board_type, cpus_max, 60),
    AT(ob_board_type, build, 64),
};

static void test_abi_layout_is_as_published(void **unused)
{
    unsigned wrong = 0;

    (void)unused;
    for (size_t n = 0; n < sizeof(pins) / sizeof(pins[0]); n++) {
        if (pins[n].is == pins[n].want)
            continue;
        print_error("%s is %zu, published as %zu\n", pins[n].what, pins[n].is,
                    pins[n].want);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_abi_layout_is_as_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
