/* SPDX-License-Identifier: MIT */
/* Unit tests of the RP2040's parts, except DMA, PWM and RTC. */
#include "fakes.h"

#include "models.h"

static const struct ob_device_type *const devices[] = {
    &rp2040_atomic_type, &rp2040_bootrom_type, &rp2040_clocks_type,
    &rp2040_io_bank0_type, &rp2040_pads_type, &rp2040_pll_type,
    &rp2040_resets_type, &rp2040_rosc_type, &rp2040_sio_type,
    &rp2040_system_type, &rp2040_timer_type, &rp2040_watchdog_type,
    &rp2040_xosc_type, &rp2040_dma_type, &rp2040_pwm_type,
    &rp2040_rtc_type,
};
static const struct ob_module module = FAKES_MODULE("rp2040", devices);

enum { MHZ = 1000000, US = 1000 };

static struct ob_bench *bench(void)
{
    struct ob_bench *b = fakes_bench();

    assert_int_equal(ob_bench_module(b, &module), 0);
    return b;
}

static uint32_t clock_of(struct ob_bench_dev *d, const char *name)
{
    uint32_t n = ob_bench_index(d, OB_BENCH_CLOCKS, name);

    assert_int_not_equal(n, UINT32_MAX);
    return n;
}

static uint64_t hz(struct ob_bench_dev *d, const char *name)
{
    return ob_bench_clock_hz(d, clock_of(d, name), 0);
}

static void set_hz(struct ob_bench_dev *d, const char *name, uint64_t value)
{
    ob_bench_clock_set(d, clock_of(d, name), 0, value);
}

/*
 * Restore `d` from its own saved state, with another value in entry `name`. An
 * entry has its name, 1 byte of width, 4 of count, and the value. Fails if the
 * model accepts it.
 */
static void restore_refused(struct ob_bench_dev *d, const char *name,
                            uint64_t value, uint32_t bytes)
{
    size_t count, len = strlen(name), at = 0;
    uint8_t *saved = ob_bench_save(d, &count);

    while (at + len + 5 + bytes <= count && memcmp(saved + at, name, len))
        at++;
    assert_in_range(at + len + 5 + bytes, 0, count);
    ob_put_le(saved + at + len + 5, bytes, value);
    assert_int_not_equal(ob_bench_restore(d, saved, count), 0);
    free(saved);
}

static void refusal_says(struct ob_bench *b, const char *text)
{
    if (!strstr(ob_bench_error(b), text))
        fail_msg("the refusal is \"%s\"", ob_bench_error(b));
}

/* --- atomic windows ------------------------------------------------------- */

/* Windows in front of a fake part at 0x8000 of the APB; AHB is empty. */
static struct ob_bench_dev *windows(struct ob_bench *b,
                                    struct ob_bench_dev **ret_part)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, "rp2040-atomic", "d");
    struct ob_bench_bus *apb = ob_bench_bus_new(b);

    *ret_part = ob_bench_make(b, "fake-part", "part", NULL);
    assert_int_equal(ob_bench_map(apb, 0x8000, *ret_part, 0), 0);
    assert_int_equal(ob_bench_link_bus(d, "apb", apb), 0);
    assert_int_equal(ob_bench_link_bus(d, "ahb", ob_bench_bus_new(b)), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

static void test_atomic_windows_change_bits(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *part, *d = windows(b, &part);

    ob_bench_write32(part, 0, 0x10, 0x0000ff0f);
    ob_bench_write32(d, 0, 0x9010, 0x000000ff);
    assert_int_equal(ob_bench_read32(part, 0, 0x10), 0x0000fff0);
    ob_bench_write32(d, 0, 0xa010, 0x80000001);
    assert_int_equal(ob_bench_read32(part, 0, 0x10), 0x8000fff1);
    ob_bench_write32(d, 0, 0xb010, 0x0000f001);
    assert_int_equal(ob_bench_read32(part, 0, 0x10), 0x80000ff0);
    assert_int_equal(ob_bench_read32(d, 0, 0xb010), 0x80000ff0);
    assert_int_equal(ob_bench_log_count(b), 0);
    fakes_end(b);
}

static void test_atomic_windows_without_part_are_logged(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *part, *d = windows(b, &part);

    assert_int_equal(ob_bench_read32(d, 1, 0x1010), 0);
    assert_true(ob_bench_log_has(b, "no part answers at 0x10 of the AHB bus"));
    ob_bench_write32(d, 0, 0x4000, 1);
    assert_true(ob_bench_log_has(b, "no part answers at 0x4000 of the APB"));
    fakes_end(b);
}

/* Windows in front of a part of type `type` at `at` of the APB. */
static struct ob_bench_dev *behind(struct ob_bench *b, const char *type,
                                   uint64_t at, struct ob_bench_dev **ret_part)
{
    struct ob_bench_dev *d = ob_bench_dev_new(b, "rp2040-atomic", "d");
    struct ob_bench_bus *apb = ob_bench_bus_new(b);

    *ret_part = ob_bench_make(b, type, "part", NULL);
    assert_int_equal(ob_bench_map(apb, at, *ret_part, 0), 0);
    assert_int_equal(ob_bench_link_bus(d, "apb", apb), 0);
    assert_int_equal(ob_bench_link_bus(d, "ahb", ob_bench_bus_new(b)), 0);
    assert_int_equal(ob_bench_create(d), 0);
    return d;
}

/* As rtc_disable_alarm() does, which waits for MATCH_ACTIVE to fall. */
static void test_atomic_clear_ends_an_rtc_match(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *rtc, *d = behind(b, "rp2040-rtc", 0x5c000, &rtc);

    ob_bench_write32(d, 0, 0x5e010, 1u << 28);
    assert_int_equal(ob_bench_read32(rtc, 0, 0x10), 3u << 28);
    ob_bench_write32(d, 0, 0x5f010, 1u << 28);
    assert_int_equal(ob_bench_read32(rtc, 0, 0x10), 0);
    fakes_end(b);
}

/* As the SDK clears one alarm's interrupt while another is pending. */
static void test_atomic_write_clears_the_named_flags_alone(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *t, *d = behind(b, "rp2040-timer", 0x54000, &t);

    set_hz(t, "tick", 1 * MHZ);
    ob_bench_write32(t, 0, 0x10, 1);
    ob_bench_write32(t, 0, 0x14, 1);
    ob_bench_step(b, 2 * US);
    assert_int_equal(ob_bench_read32(t, 0, 0x34), 3);
    ob_bench_write32(d, 0, 0x57034, 2);
    assert_int_equal(ob_bench_read32(t, 0, 0x34), 1);
    ob_bench_write32(d, 0, 0x56034, 0);
    assert_int_equal(ob_bench_read32(t, 0, 0x34), 1);
    ob_bench_write(d, 0, 0x57034, 1, 1);
    assert_int_equal(ob_bench_read32(t, 0, 0x34), 0);
    fakes_end(b);
}

static void test_atomic_without_bus_is_refused(void **state)
{
    struct ob_bench *b = bench();

    assert_null(ob_bench_make(b, "rp2040-atomic", "d", NULL));
    assert_non_null(strstr(ob_bench_error(b), "apb"));
    fakes_end(b);
}

/* --- resets, system ------------------------------------------------------- */

static void test_resets_done_follows_reset(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-resets", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, 0), 0x01ffffff);
    assert_int_equal(ob_bench_read32(d, 0, 8), 0);
    assert_int_equal(ob_bench_output(d, 0, 22), 1);
    ob_bench_write32(d, 0, 0, 0x01ffffff & ~(1u << 22));
    assert_int_equal(ob_bench_read32(d, 0, 8), 1u << 22);
    assert_int_equal(ob_bench_output(d, 0, 22), 0);
    fakes_restore(d);
    assert_int_equal(ob_bench_output(d, 0, 22), 0);
    assert_int_equal(ob_bench_output(d, 0, 21), 1);
    fakes_end(b);
}

static void test_system_is_an_rp2040_b2(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-system", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, 0), 0x20002927);
    assert_int_equal(ob_bench_read32(d, 0, 4) & 3, 2);
    assert_int_equal(ob_bench_read32(d, 4, 0) & 3, 1);
    fakes_end(b);
}

static void test_system_power_forced_off_is_not_done(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-system", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 2, 0xc), 0x1ffff);
    ob_bench_write32(d, 2, 4, 1u << 16);
    assert_int_equal(ob_bench_read32(d, 2, 0xc), 0xffff);
    fakes_end(b);
}

/* --- clocks --------------------------------------------------------------- */

static void test_xosc_enabled_runs_and_counts(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-xosc", "d", NULL);

    assert_int_equal(hz(d, "out"), 0);
    assert_int_equal(ob_bench_read32(d, 0, 4), 0);
    ob_bench_write32(d, 0, 0, 0x00fabaa0);
    assert_int_equal(hz(d, "out"), 12 * MHZ);
    assert_int_equal(ob_bench_read32(d, 0, 4) >> 31, 1);
    ob_bench_write32(d, 0, 0x1c, 24);
    ob_bench_step(b, 1 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x1c), 12);
    fakes_restore(d);
    assert_int_equal(hz(d, "out"), 12 * MHZ);
    ob_bench_step(b, 2 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x1c), 0);
    ob_bench_write32(d, 0, 0, 0x00d1eaa0);
    assert_int_equal(hz(d, "out"), 0);
    fakes_end(b);
}

static void test_xosc_bad_enable_is_noted(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-xosc", "d",
                                           "frequency=14745600");

    ob_bench_write32(d, 0, 0, 0x00fabaa0);
    assert_int_equal(hz(d, "out"), 14745600);
    ob_bench_write32(d, 0, 0, 0x00123aa0);
    assert_int_equal(hz(d, "out"), 14745600);
    assert_int_equal(ob_bench_read32(d, 0, 4) >> 24 & 1, 1);
    ob_bench_write32(d, 0, 4, 1u << 24);
    assert_int_equal(ob_bench_read32(d, 0, 4) >> 24 & 1, 0);
    ob_bench_write32(d, 0, 8, 0x636f6d61);
    assert_true(ob_bench_log_has(b, "DORMANT"));
    fakes_end(b);
}

static void test_xosc_impossible_count_is_refused(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-xosc", "d", NULL);

    restore_refused(d, "count", 256, 4);
    refusal_says(b, "saved state is not possible (on 0, count 256)");
    fakes_end(b);
}

static void test_rosc_divides_and_is_random(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-rosc", "d", NULL);
    uint32_t ones = 0;

    assert_int_equal(hz(d, "out"), 6500000);
    ob_bench_write32(d, 0, 0x10, 0xaa0 + 8);
    assert_int_equal(hz(d, "out"), 13000000);
    ob_bench_write32(d, 0, 0, 0xd1eaa0);
    assert_int_equal(hz(d, "out"), 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x18), 0);
    for (int i = 0; i < 64; i++)
        ones += ob_bench_read32(d, 0, 0x1c);
    assert_in_range(ones, 8, 56);
    fakes_end(b);
}

/* As the SDK sets pll_sys: 12 MHz / 1 * 125 / 6 / 2 = 125 MHz. */
static void test_pll_locks_and_divides(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-pll", "d", NULL);

    set_hz(d, "ref", 12 * MHZ);
    assert_int_equal(ob_bench_read32(d, 0, 0), 1);
    ob_bench_write32(d, 0, 8, 125);
    ob_bench_write32(d, 0, 4, 0x2d & ~0x21);
    assert_int_equal(ob_bench_read32(d, 0, 0) >> 31, 1);
    assert_int_equal(hz(d, "out"), 0);
    ob_bench_write32(d, 0, 0xc, 6 << 16 | 2 << 12);
    ob_bench_write32(d, 0, 4, 0x04);
    assert_int_equal(hz(d, "out"), 125 * MHZ);
    fakes_restore(d);
    assert_int_equal(hz(d, "out"), 125 * MHZ);
    set_hz(d, "ref", 0);
    assert_int_equal(hz(d, "out"), 0);
    assert_int_equal(ob_bench_read32(d, 0, 0) >> 31, 0);
    fakes_end(b);
}

static struct ob_bench_dev *clocks(struct ob_bench *b)
{
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-clocks", "d", NULL);

    set_hz(d, "rosc", 6500000);
    set_hz(d, "xosc", 12 * MHZ);
    set_hz(d, "pll-sys", 125 * MHZ);
    set_hz(d, "pll-usb", 48 * MHZ);
    return d;
}

static void test_clocks_begin_on_ring_oscillator(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = clocks(b);

    assert_int_equal(hz(d, "ref"), 6500000);
    assert_int_equal(hz(d, "sys"), 6500000);
    assert_int_equal(hz(d, "peri"), 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x38), 1);
    assert_int_equal(ob_bench_read32(d, 0, 0x44), 1);
    fakes_end(b);
}

static void test_clocks_switch_and_divide(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = clocks(b);

    ob_bench_write32(d, 0, 0x30, 2);
    assert_int_equal(ob_bench_read32(d, 0, 0x38), 4);
    ob_bench_write32(d, 0, 0x3c, 1);
    assert_int_equal(ob_bench_read32(d, 0, 0x44), 2);
    ob_bench_write32(d, 0, 0x48, 1u << 11);
    ob_bench_write32(d, 0, 0x6c, 1u << 11);
    ob_bench_write32(d, 0, 0x70, 1024u << 8);
    assert_int_equal(hz(d, "ref"), 12 * MHZ);
    assert_int_equal(hz(d, "sys"), 125 * MHZ);
    assert_int_equal(hz(d, "peri"), 125 * MHZ);
    assert_int_equal(hz(d, "rtc"), 46875);
    ob_bench_write32(d, 0, 0x40, 0x280);
    assert_int_equal(hz(d, "sys"), 50 * MHZ);
    assert_int_equal(hz(d, "peri"), 50 * MHZ);
    fakes_restore(d);
    assert_int_equal(hz(d, "rtc"), 46875);
    fakes_end(b);
}

static void test_clocks_counter_measures(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = clocks(b);

    ob_bench_write32(d, 0, 0x94, 2);
    assert_int_equal(ob_bench_read32(d, 0, 0x98), 0x11);
    assert_int_equal(ob_bench_read32(d, 0, 0x9c) >> 5, 48000);
    ob_bench_write32(d, 0, 0x94, 9);
    assert_int_equal(ob_bench_read32(d, 0, 0x9c) >> 5, 6500);
    ob_bench_write32(d, 0, 0x94, 0xff);
    assert_int_equal(ob_bench_read32(d, 0, 0x9c), 0);
    fakes_end(b);
}

/* --- timer, watchdog ------------------------------------------------------ */

static struct ob_bench_dev *timer(struct ob_bench *b)
{
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-timer", "d", NULL);

    set_hz(d, "tick", 1 * MHZ);
    return d;
}

static void test_timer_counts_ticks(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = timer(b);

    ob_bench_step(b, 1234 * US + 999);
    assert_int_equal(ob_bench_read32(d, 0, 0x28), 1234);
    ob_bench_write32(d, 0, 0x30, 1);
    ob_bench_step(b, 50 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x28), 1234);
    ob_bench_write32(d, 0, 0x30, 0);
    set_hz(d, "tick", 2 * MHZ);
    ob_bench_step(b, 10 * US);
    assert_in_range(ob_bench_read32(d, 0, 0x28), 1253, 1255);
    fakes_end(b);
}

static void test_timer_high_word_is_held(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = timer(b);

    ob_bench_write32(d, 0, 4, 0xffffffff);
    ob_bench_write32(d, 0, 0, 7);
    assert_int_equal(ob_bench_read32(d, 0, 0x0c), 0xffffffff);
    ob_bench_step(b, 2 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x08), 7);
    assert_int_equal(ob_bench_read32(d, 0, 0x24), 8);
    assert_int_equal(ob_bench_read32(d, 0, 0x28), 1);
    fakes_end(b);
}

static void test_timer_alarm_fires_once(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = timer(b);

    ob_bench_write32(d, 0, 0x38, 4);
    ob_bench_write32(d, 0, 0x18, 100);
    assert_int_equal(ob_bench_read32(d, 0, 0x20), 4);
    ob_bench_step(b, 100 * US - 1);
    assert_false(ob_bench_irq(d, 0, 2));
    fakes_restore(d);
    ob_bench_step(b, 1);
    assert_true(ob_bench_irq(d, 0, 2));
    assert_int_equal(ob_bench_read32(d, 0, 0x40), 4);
    assert_int_equal(ob_bench_read32(d, 0, 0x20), 0);
    ob_bench_write32(d, 0, 0x34, 4);
    assert_false(ob_bench_irq(d, 0, 2));
    assert_int_equal(ob_bench_next_deadline(b), UINT64_MAX);
    fakes_end(b);
}

static void test_timer_alarm_disarmed_or_forced(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = timer(b);

    ob_bench_write32(d, 0, 0x10, 10);
    ob_bench_write32(d, 0, 0x20, 1);
    ob_bench_step(b, 20 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x34), 0);
    ob_bench_write32(d, 0, 0x3c, 8);
    assert_true(ob_bench_irq(d, 0, 3));
    ob_bench_write32(d, 0, 0x3c, 0);
    assert_false(ob_bench_irq(d, 0, 3));
    fakes_end(b);
}

static void test_timer_from_the_future_is_refused(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = timer(b);

    restore_refused(d, "from_ns", 1, 8);
    refusal_says(b, "saved count begins in the future");
    fakes_end(b);
}

static void test_watchdog_tick_divides(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-watchdog", "d", NULL);

    set_hz(d, "ref", 12 * MHZ);
    assert_int_equal(hz(d, "tick"), 0);
    ob_bench_write32(d, 0, 0x2c, 1u << 9 | 12);
    assert_int_equal(hz(d, "tick"), 1 * MHZ);
    assert_int_equal(ob_bench_read32(d, 0, 0x2c) >> 10 & 1, 1);
    ob_bench_write32(d, 0, 0x2c, 12);
    assert_int_equal(hz(d, "tick"), 0);
    fakes_end(b);
}

static void test_watchdog_unfed_resets_and_remembers(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-watchdog", "d", NULL);

    set_hz(d, "ref", 12 * MHZ);
    ob_bench_write32(d, 0, 0x2c, 1u << 9 | 12);
    ob_bench_write32(d, 0, 0x0c + 4 * 4, 0xb007c0d3);
    ob_bench_write32(d, 0, 0x04, 2000);
    ob_bench_write32(d, 0, 0x00, 1u << 30);
    ob_bench_step(b, 900 * US);
    ob_bench_write32(d, 0, 0x04, 2000);
    ob_bench_step(b, 900 * US);
    assert_int_equal(ob_bench_read32(d, 0, 0x00) & 0xffffff, 200);
    assert_int_equal(ob_bench_request_take(b), 0);
    ob_bench_step(b, 100 * US);
    assert_int_equal(ob_bench_request_take(b), OB_MACHINE_RESET);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read32(d, 0, 0x08), 1);
    assert_int_equal(ob_bench_read32(d, 0, 0x0c + 4 * 4), 0xb007c0d3);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read32(d, 0, 0x08), 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x0c + 4 * 4), 0);
    fakes_end(b);
}

static void test_watchdog_trigger_resets_now(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-watchdog", "d", NULL);

    ob_bench_write32(d, 0, 0x00, 1u << 31);
    assert_int_equal(ob_bench_request_take(b), OB_MACHINE_RESET);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read32(d, 0, 0x08), 2);
    fakes_end(b);
}

static void test_watchdog_impossible_count_is_refused(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-watchdog", "d", NULL);

    restore_refused(d, "count", 0x1000000, 4);
    refusal_says(b, "saved count 16777216 is not possible");
    fakes_end(b);
}

/* --- gpio ----------------------------------------------------------------- */

/* SIO and the IO bank, wired as on the chip; returns the SIO. */
static struct ob_bench_dev *gpio(struct ob_bench *b, struct ob_bench_dev **io)
{
    struct ob_bench_dev *sio = ob_bench_make(b, "rp2040-sio", "sio", NULL);

    *io = ob_bench_make(b, "rp2040-io-bank0", "io", NULL);
    for (uint32_t n = 0; n < 30; n++) {
        ob_bench_wire(sio, 0, n, *io, 0, n);
        ob_bench_wire(sio, 1, n, *io, 1, n);
        ob_bench_wire(*io, 1, n, sio, 0, n);
    }
    return sio;
}

static void test_gpio_pin_of_sio_is_driven(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *io, *sio = gpio(b, &io);

    ob_bench_write32(sio, 0, 0x24, 1u << 25);
    ob_bench_write32(sio, 0, 0x14, 1u << 25);
    assert_int_equal(ob_bench_output(io, 0, 25), 0);
    ob_bench_write32(io, 0, 25 * 8 + 4, 5);
    assert_int_equal(ob_bench_output(io, 0, 25), 1);
    assert_int_equal(ob_bench_read32(sio, 0, 4), 1u << 25);
    ob_bench_write32(sio, 0, 0x1c, 1u << 25);
    assert_int_equal(ob_bench_output(io, 0, 25), 0);
    ob_bench_write32(io, 0, 25 * 8 + 4, 5 | 1 << 8);
    assert_int_equal(ob_bench_output(io, 0, 25), 1);
    assert_int_equal(ob_bench_read32(io, 0, 25 * 8), 0x050a3200);
    fakes_restore(io);
    assert_int_equal(ob_bench_output(io, 0, 25), 1);
    fakes_end(b);
}

static void test_gpio_edges_and_levels_interrupt(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *io, *sio = gpio(b, &io);

    ob_bench_write32(io, 0, 0x100, 0x8 << 4 * 4);
    ob_bench_input(io, 2, 4, 1);
    assert_true(ob_bench_irq(io, 0, 0));
    assert_int_equal(ob_bench_read32(io, 0, 0x120), 0x8 << 4 * 4);
    assert_int_equal(ob_bench_read32(sio, 0, 4), 1u << 4);
    fakes_restore(io);
    assert_true(ob_bench_irq(io, 0, 0));
    ob_bench_write32(io, 0, 0xf0, 0x8 << 4 * 4);
    assert_false(ob_bench_irq(io, 0, 0));
    ob_bench_write32(io, 0, 0x100, 0x2 << 4 * 4);
    assert_true(ob_bench_irq(io, 0, 0));
    ob_bench_input(io, 2, 4, 0);
    assert_false(ob_bench_irq(io, 0, 0));
    fakes_end(b);
}

static void test_sio_lock_is_taken_once(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-sio", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, 0x100 + 4 * 31), 1u << 31);
    assert_int_equal(ob_bench_read32(d, 0, 0x100 + 4 * 31), 0);
    fakes_restore(d);
    assert_int_equal(ob_bench_read32(d, 0, 0x5c), 1u << 31);
    ob_bench_write32(d, 0, 0x100 + 4 * 31, 1);
    assert_int_equal(ob_bench_read32(d, 0, 0x5c), 0);
    fakes_end(b);
}

static void divide(struct ob_bench_dev *d, uint32_t at, uint32_t a,
                   uint32_t by, uint32_t quotient, uint32_t remainder)
{
    ob_bench_write32(d, 0, at, a);
    ob_bench_write32(d, 0, at + 4, by);
    assert_int_equal(ob_bench_read32(d, 0, 0x78), 3);
    assert_int_equal(ob_bench_read32(d, 0, 0x74), remainder);
    assert_int_equal(ob_bench_read32(d, 0, 0x70), quotient);
    assert_int_equal(ob_bench_read32(d, 0, 0x78), 1);
}

static void test_sio_divides_as_the_manual_says(void **state)
{
    enum { UNSIGNED = 0x60, SIGNED = 0x68 };
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-sio", "d", NULL);

    divide(d, UNSIGNED, 1000, 7, 142, 6);
    divide(d, UNSIGNED, 0xfffffc18, 7, 0x24924895, 5);
    divide(d, UNSIGNED, 5, 0, 0xffffffff, 5);
    divide(d, SIGNED, (uint32_t)-1000, 7, (uint32_t)-142, (uint32_t)-6);
    divide(d, SIGNED, 1000, (uint32_t)-7, (uint32_t)-142, 6);
    divide(d, SIGNED, 0x80000000, 0xffffffff, 0x80000000, 0);
    divide(d, SIGNED, (uint32_t)-5, 0, 1, (uint32_t)-5);
    divide(d, SIGNED, 5, 0, 0xffffffff, 5);
    fakes_end(b);
}

static void test_sio_has_core_0_alone(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-sio", "d", NULL);

    assert_int_equal(ob_bench_read32(d, 0, 0), 0);
    assert_int_equal(ob_bench_read32(d, 0, 0x50), 2);
    ob_bench_write32(d, 0, 0x54, 1);
    assert_true(ob_bench_log_has(b, "has no core 1"));
    fakes_end(b);
}

static void test_sio_overfull_fifo_is_refused(void **state)
{
    struct ob_bench *b = bench();
    struct ob_bench_dev *d = ob_bench_make(b, "rp2040-sio", "d", NULL);

    restore_refused(d, "fifo_words", 9, 4);
    refusal_says(b, "saved FIFO has 9 words, the limit is 8");
    fakes_end(b);
}

/* --- boot ROM ------------------------------------------------------------- */

static uint32_t half(const uint8_t *rom, uint32_t at)
{
    return rom[at] | (uint32_t)rom[at + 1] << 8;
}

static void test_bootrom_has_its_functions(void **state)
{
    static const char codes[][3] = { "P3", "R3", "L3", "T3", "MS", "S4",
                                     "MC", "C4", "UB" };
    struct ob_bench *b = bench();
    uint8_t *rom = ob_bench_ram(ob_bench_system(b), 0x1000, 0x4000);
    uint32_t at;

    assert_non_null(ob_bench_make(b, "rp2040-bootrom", "d", "address=4096"));
    assert_memory_equal(rom + 0x10, "Mu\1", 3);
    at = half(rom, 0x14);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++, at += 4) {
        assert_memory_equal(rom + at, codes[i], 2);
        assert_in_range(half(rom, at + 2), at, 0x4000);
        assert_int_equal(half(rom, at + 2) & 1, 1);
    }
    fakes_end(b);
}

static void test_bootrom_without_memory_is_logged(void **state)
{
    struct ob_bench *b = bench();

    assert_non_null(ob_bench_make(b, "rp2040-bootrom", "d", NULL));
    assert_true(ob_bench_log_has(b, "the board has no memory for the ROM"));
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atomic_windows_change_bits),
        cmocka_unit_test(test_atomic_windows_without_part_are_logged),
        cmocka_unit_test(test_atomic_clear_ends_an_rtc_match),
        cmocka_unit_test(test_atomic_write_clears_the_named_flags_alone),
        cmocka_unit_test(test_atomic_without_bus_is_refused),
        cmocka_unit_test(test_resets_done_follows_reset),
        cmocka_unit_test(test_system_is_an_rp2040_b2),
        cmocka_unit_test(test_system_power_forced_off_is_not_done),
        cmocka_unit_test(test_xosc_enabled_runs_and_counts),
        cmocka_unit_test(test_xosc_bad_enable_is_noted),
        cmocka_unit_test(test_xosc_impossible_count_is_refused),
        cmocka_unit_test(test_rosc_divides_and_is_random),
        cmocka_unit_test(test_pll_locks_and_divides),
        cmocka_unit_test(test_clocks_begin_on_ring_oscillator),
        cmocka_unit_test(test_clocks_switch_and_divide),
        cmocka_unit_test(test_clocks_counter_measures),
        cmocka_unit_test(test_timer_counts_ticks),
        cmocka_unit_test(test_timer_high_word_is_held),
        cmocka_unit_test(test_timer_alarm_fires_once),
        cmocka_unit_test(test_timer_alarm_disarmed_or_forced),
        cmocka_unit_test(test_timer_from_the_future_is_refused),
        cmocka_unit_test(test_watchdog_tick_divides),
        cmocka_unit_test(test_watchdog_unfed_resets_and_remembers),
        cmocka_unit_test(test_watchdog_trigger_resets_now),
        cmocka_unit_test(test_watchdog_impossible_count_is_refused),
        cmocka_unit_test(test_gpio_pin_of_sio_is_driven),
        cmocka_unit_test(test_gpio_edges_and_levels_interrupt),
        cmocka_unit_test(test_sio_lock_is_taken_once),
        cmocka_unit_test(test_sio_divides_as_the_manual_says),
        cmocka_unit_test(test_sio_has_core_0_alone),
        cmocka_unit_test(test_sio_overfull_fifo_is_refused),
        cmocka_unit_test(test_bootrom_has_its_functions),
        cmocka_unit_test(test_bootrom_without_memory_is_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
