/* SPDX-License-Identifier: MIT */
/*
 * The ABI, pinned: sizes and offsets of every public struct, and its numbers.
 * A line that fails here means that modules built yesterday break. While the
 * major is 0: raise OB_ABI_MINOR with the next release. From 1.0 on: append
 * members at the end, and add lines; never change one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include <outboard/ext/draft/i2c-target.h>
#include <outboard/outboard.h>

struct pin {
    const char *what;
    size_t is, want;
};

#define SIZE(s, n)      { "sizeof " #s, sizeof(struct s), n }
#define AT(s, m, n)     { #s "." #m, offsetof(struct s, m), n }
#define VALUE(v, n)     { #v, (size_t)(v), (size_t)(n) }

static const struct pin pins[] = {
    VALUE(OB_ABI_MAJOR, 0), VALUE(OB_ABI_MINOR, 1), VALUE(OB_PROP_BOOL, 1),
    VALUE(OB_PROP_UINT, 2), VALUE(OB_PROP_SIZE, 3), VALUE(OB_PROP_STRING, 4),
    VALUE(OB_PROP_LINK, 5), VALUE(OB_PROP_ENUM, 6), VALUE(OB_PROP_INT, 7),
    VALUE(OB_PROP_REQUIRED, 1), VALUE(OB_PROP_LIVE, 2),
    VALUE(OB_EXT_NEEDED, 1), VALUE(OB_I2C_WRITE, 0), VALUE(OB_I2C_READ, 1),
    VALUE(OB_CLOCK_IN, 0), VALUE(OB_CLOCK_OUT, 1),
    VALUE(OB_CHR_OPENED, 1), VALUE(OB_CHR_CLOSED, 2), VALUE(OB_CHR_BREAK, 3),
    VALUE(OB_REGION_BIG_ENDIAN, 1), VALUE(OB_REGION_UNALIGNED, 2),
    VALUE(OB_RW, 0), VALUE(OB_RO, 1), VALUE(OB_W1C, 2), VALUE(OB_W1S, 3),
    VALUE(OB_RC, 4), VALUE(OB_WO, 5), VALUE(OB_REG_UNIMPL, 1),
    VALUE(OB_REG_SHARED, 2), VALUE(OB_REG_DIRECT, 1), VALUE(OB_RESET_COLD, 0),
    VALUE(OB_RESET_WATCHDOG, 1), VALUE(OB_RESET_SOFTWARE, 2),
    VALUE(OB_LOG_GUEST, 1), VALUE(OB_LOG_UNIMPL, 2), VALUE(OB_LOG_TRACE, 3),
    VALUE(OB_MACHINE_RESET, 1), VALUE(OB_MACHINE_POWEROFF, 2),
    VALUE(OB_MACHINE_CRASHED, 3), VALUE(OB_OK, 0), VALUE(OB_E_INVALID, -1),
    VALUE(OB_E_FAULT, -2), VALUE(OB_E_EXISTS, -3), VALUE(OB_E_NOT_FOUND, -4),
    VALUE(OB_E_NOT_SUPPORTED, -5), VALUE(OB_E_ENDED, -6),

    SIZE(ob_array, 16), AT(ob_array, items, 0), AT(ob_array, count, 8),
    AT(ob_array, stride, 12),

    SIZE(ob_extension, 24), AT(ob_extension, id, 0),
    AT(ob_extension, flags, 8), AT(ob_extension, reserved, 12),
    AT(ob_extension, data, 16),

    SIZE(ob_module, 80), AT(ob_module, size, 0), AT(ob_module, abi_major, 4),
    AT(ob_module, abi_minor, 6), AT(ob_module, flags, 8),
    AT(ob_module, hints, 12), AT(ob_module, name, 16),
    AT(ob_module, version, 24), AT(ob_module, license, 32),
    AT(ob_module, desc, 40), AT(ob_module, devices, 48),
    AT(ob_module, boards, 64),

    SIZE(ob_field, 24), AT(ob_field, name, 0), AT(ob_field, mask, 8),
    AT(ob_field, access, 16), AT(ob_field, reserved, 20),

    SIZE(ob_reg_read, 32), AT(ob_reg_read, size, 0),
    AT(ob_reg_read, index, 4), AT(ob_reg_read, tag, 8),
    AT(ob_reg_read, region, 12), AT(ob_reg_read, mask, 16),
    AT(ob_reg_read, stored, 24),

    SIZE(ob_reg_write, 48), AT(ob_reg_write, size, 0),
    AT(ob_reg_write, index, 4), AT(ob_reg_write, tag, 8),
    AT(ob_reg_write, region, 12), AT(ob_reg_write, mask, 16),
    AT(ob_reg_write, old, 24), AT(ob_reg_write, value, 32),
    AT(ob_reg_write, raw, 40),

    SIZE(ob_reg, 88), AT(ob_reg, name, 0), AT(ob_reg, offset, 8),
    AT(ob_reg, bytes, 12), AT(ob_reg, access, 14), AT(ob_reg, count, 16),
    AT(ob_reg, step, 20), AT(ob_reg, state, 24), AT(ob_reg, state_step, 28),
    AT(ob_reg, state_bytes, 32), AT(ob_reg, tag, 36), AT(ob_reg, flags, 40),
    AT(ob_reg, hints, 44), AT(ob_reg, fields, 48), AT(ob_reg, reset, 64),
    AT(ob_reg, on_read, 72), AT(ob_reg, on_write, 80),

    SIZE(ob_dev, 24), AT(ob_dev, host, 0), AT(ob_dev, state, 8),
    AT(ob_dev, id, 16),

    SIZE(ob_prop, 80), AT(ob_prop, name, 0), AT(ob_prop, desc, 8),
    AT(ob_prop, type, 16), AT(ob_prop, flags, 20), AT(ob_prop, offset, 24),
    AT(ob_prop, bytes, 28), AT(ob_prop, def, 32), AT(ob_prop, min, 40),
    AT(ob_prop, max, 48), AT(ob_prop, def_text, 56), AT(ob_prop, choices, 64),
    AT(ob_prop, changed, 72),

    SIZE(ob_irq, 16), AT(ob_irq, name, 0), AT(ob_irq, count, 8),
    AT(ob_irq, reserved, 12),

    SIZE(ob_gpio, 24), AT(ob_gpio, name, 0), AT(ob_gpio, count, 8),
    AT(ob_gpio, reserved, 12), AT(ob_gpio, changed, 16),

    SIZE(ob_clock, 24), AT(ob_clock, name, 0), AT(ob_clock, direction, 8),
    AT(ob_clock, count, 12), AT(ob_clock, changed, 16),

    SIZE(ob_timer, 24), AT(ob_timer, name, 0), AT(ob_timer, count, 8),
    AT(ob_timer, reserved, 12), AT(ob_timer, expired, 16),

    SIZE(ob_chardev, 40), AT(ob_chardev, name, 0), AT(ob_chardev, count, 8),
    AT(ob_chardev, reserved, 12), AT(ob_chardev, room, 16),
    AT(ob_chardev, receive, 24), AT(ob_chardev, event, 32),

    SIZE(ob_region, 80), AT(ob_region, name, 0), AT(ob_region, bytes, 8),
    AT(ob_region, flags, 16), AT(ob_region, hints, 20),
    AT(ob_region, access_min, 24), AT(ob_region, access_max, 25),
    AT(ob_region, impl_min, 26), AT(ob_region, impl_max, 27),
    AT(ob_region, reserved, 28), AT(ob_region, regs, 32),
    AT(ob_region, on_read, 48), AT(ob_region, on_write, 56),
    AT(ob_region, direct_at, 64), AT(ob_region, direct_bytes, 72),

    SIZE(ob_saved, 32), AT(ob_saved, name, 0), AT(ob_saved, was, 8),
    AT(ob_saved, offset, 16), AT(ob_saved, bytes, 20),
    AT(ob_saved, since, 22), AT(ob_saved, count, 24), AT(ob_saved, step, 28),

    SIZE(ob_device_type, 232), AT(ob_device_type, size, 0),
    AT(ob_device_type, flags, 4), AT(ob_device_type, hints, 8),
    AT(ob_device_type, state_bytes, 12), AT(ob_device_type, name, 16),
    AT(ob_device_type, desc, 24), AT(ob_device_type, state_version, 32),
    AT(ob_device_type, state_oldest, 34), AT(ob_device_type, reserved, 36),
    AT(ob_device_type, props, 40), AT(ob_device_type, regions, 56),
    AT(ob_device_type, irqs, 72), AT(ob_device_type, inputs, 88),
    AT(ob_device_type, outputs, 104), AT(ob_device_type, clocks, 120),
    AT(ob_device_type, timers, 136), AT(ob_device_type, chardevs, 152),
    AT(ob_device_type, saved, 168), AT(ob_device_type, extensions, 184),
    AT(ob_device_type, create, 200), AT(ob_device_type, destroy, 208),
    AT(ob_device_type, reset, 216), AT(ob_device_type, restored, 224),

    SIZE(ob_host, 176), AT(ob_host, size, 0), AT(ob_host, abi_major, 4),
    AT(ob_host, abi_minor, 6), AT(ob_host, irq_set, 8),
    AT(ob_host, output_set, 16), AT(ob_host, now_ns, 24),
    AT(ob_host, timer_arm, 32), AT(ob_host, timer_cancel, 40),
    AT(ob_host, timer_deadline, 48), AT(ob_host, clock_period, 56),
    AT(ob_host, clock_drive, 64), AT(ob_host, chr_send, 72),
    AT(ob_host, chr_ready, 80), AT(ob_host, mem_read, 88),
    AT(ob_host, mem_write, 96), AT(ob_host, link_read, 104),
    AT(ob_host, link_write, 112), AT(ob_host, random_fill, 120),
    AT(ob_host, machine_request, 128), AT(ob_host, log_line, 136),
    AT(ob_host, log_wanted, 144), AT(ob_host, refuse, 152),
    AT(ob_host, extension, 160), AT(ob_host, direct_set, 168),

    SIZE(ob_board, 24), AT(ob_board, host, 0), AT(ob_board, ram_bytes, 8),
    AT(ob_board, cpus, 16), AT(ob_board, reserved, 20),

    SIZE(ob_board_host, 24), AT(ob_board_host, size, 0),
    AT(ob_board_host, abi_major, 4), AT(ob_board_host, abi_minor, 6),
    AT(ob_board_host, add, 8), AT(ob_board_host, refuse, 16),

    SIZE(ob_board_type, 80), AT(ob_board_type, size, 0),
    AT(ob_board_type, flags, 4), AT(ob_board_type, hints, 8),
    AT(ob_board_type, reserved, 12), AT(ob_board_type, name, 16),
    AT(ob_board_type, title, 24), AT(ob_board_type, arch, 32),
    AT(ob_board_type, ram_default, 40), AT(ob_board_type, ram_min, 48),
    AT(ob_board_type, ram_max, 56), AT(ob_board_type, cpus_default, 64),
    AT(ob_board_type, cpus_max, 68), AT(ob_board_type, build, 72),

    SIZE(ob_i2c_target, 40), AT(ob_i2c_target, size, 0),
    AT(ob_i2c_target, address, 4), AT(ob_i2c_target, on_start, 8),
    AT(ob_i2c_target, on_write, 16), AT(ob_i2c_target, on_read, 24),
    AT(ob_i2c_target, on_stop, 32),
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
