/* SPDX-License-Identifier: MIT */
/*
 * Saved states that an earlier build wrote, byte for byte. They have to load,
 * and today's build has to write the same bytes, so the format cannot change by
 * accident. After an intended change, raise FORMAT in src/device/state.c, and
 * copy the bytes that the failed test prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/bench.h>

/* The model itself: the test compares the members of its state. */
#include "../../examples/acme/timer.c" /* NOLINT(bugprone-suspicious-include) */

#include "state_dev.h"

enum { TIMER_LOAD = 0x00, TIMER_CTRL = 0x08, PSC_3 = 0x300 };

static const struct ob_device_type state_dev_type = { STATE_DEV_TYPE };
static const struct ob_device_type *const types[] = {
    &state_dev_type, &acme_timer_type,
};
static const struct ob_module module = {
    OB_MODULE_HEAD("acme", "1", "MIT"), .devices = OB_ARRAY(types),
};

static const uint8_t kept_state_dev[] = {
    0x4f, 0x42, 0x53, 0x54, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x61, 0x63,
    0x6d, 0x65, 0x2d, 0x73, 0x74, 0x61, 0x74, 0x65, 0x03, 0x00, 0x00, 0x00,
    0x09, 0x00, 0x00, 0x00, 0x01, 0x09, 0x00, 0x72, 0x65, 0x67, 0x73, 0x2e,
    0x43, 0x54, 0x52, 0x4c, 0x04, 0x01, 0x00, 0x00, 0x00, 0x83, 0x00, 0x00,
    0x00, 0x01, 0x09, 0x00, 0x72, 0x65, 0x67, 0x73, 0x2e, 0x57, 0x49, 0x44,
    0x45, 0x08, 0x01, 0x00, 0x00, 0x00, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33,
    0x22, 0x11, 0x01, 0x09, 0x00, 0x72, 0x65, 0x67, 0x73, 0x2e, 0x43, 0x48,
    0x41, 0x4e, 0x02, 0x03, 0x00, 0x00, 0x00, 0xaa, 0x99, 0xcc, 0xbb, 0xee,
    0xdd, 0x02, 0x04, 0x00, 0x66, 0x69, 0x66, 0x6f, 0x01, 0x10, 0x00, 0x00,
    0x00, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61,
    0x62, 0x63, 0x64, 0x65, 0x66, 0x02, 0x04, 0x00, 0x68, 0x65, 0x61, 0x64,
    0x04, 0x01, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x02, 0x05, 0x00,
    0x6c, 0x61, 0x74, 0x65, 0x72, 0x04, 0x01, 0x00, 0x00, 0x00, 0x78, 0x56,
    0x34, 0x12, 0x03, 0x04, 0x00, 0x74, 0x69, 0x63, 0x6b, 0x08, 0x01, 0x00,
    0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03, 0x04,
    0x00, 0x74, 0x6f, 0x63, 0x6b, 0x08, 0x01, 0x00, 0x00, 0x00, 0x67, 0x02,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x02, 0x00, 0x69, 0x6e, 0x04,
    0x02, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0xfb, 0xff, 0xff, 0xff,
};

static const uint8_t kept_timer[] = {
    0x4f, 0x42, 0x53, 0x54, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x61, 0x63,
    0x6d, 0x65, 0x2d, 0x74, 0x69, 0x6d, 0x65, 0x72, 0x01, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x01, 0x09, 0x00, 0x72, 0x65, 0x67, 0x73, 0x2e,
    0x4c, 0x4f, 0x41, 0x44, 0x04, 0x01, 0x00, 0x00, 0x00, 0xe8, 0x03, 0x00,
    0x00, 0x01, 0x09, 0x00, 0x72, 0x65, 0x67, 0x73, 0x2e, 0x43, 0x54, 0x52,
    0x4c, 0x04, 0x01, 0x00, 0x00, 0x00, 0x03, 0x03, 0x00, 0x00, 0x01, 0x09,
    0x00, 0x72, 0x65, 0x67, 0x73, 0x2e, 0x53, 0x54, 0x41, 0x54, 0x04, 0x01,
    0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x0c, 0x00, 0x68, 0x61,
    0x6c, 0x74, 0x65, 0x64, 0x5f, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x04, 0x01,
    0x00, 0x00, 0x00, 0xe8, 0x03, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x66, 0x72,
    0x6f, 0x6d, 0x5f, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x04, 0x01, 0x00, 0x00,
    0x00, 0xe8, 0x03, 0x00, 0x00, 0x02, 0x07, 0x00, 0x66, 0x72, 0x6f, 0x6d,
    0x5f, 0x6e, 0x73, 0x08, 0x01, 0x00, 0x00, 0x00, 0x28, 0x46, 0x0f, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x68, 0x7a, 0x08, 0x01, 0x00,
    0x00, 0x00, 0x00, 0x09, 0x3d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x04,
    0x00, 0x74, 0x69, 0x63, 0x6b, 0x08, 0x01, 0x00, 0x00, 0x00, 0xb2, 0x17,
    0x13, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static struct ob_bench *bench;

static int set_up(void **unused)
{
    (void)unused;
    bench = ob_bench_new();
    return ob_bench_module(bench, &module) ? -1 : 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    return ob_bench_free(bench) ? -1 : 0;
}

static struct ob_bench_dev *make(const char *type, const char *id)
{
    struct ob_bench_dev *dev = ob_bench_make(bench, type, id, NULL);

    if (!dev)
        fail_msg("%s", ob_bench_error(bench));
    return dev;
}

static struct ob_bench_dev *timer_make(void)
{
    struct ob_bench_dev *dev = make("acme-timer", "t");

    ob_bench_clock_set(dev, 0, 0, 16000000);
    return dev;
}

/* As C, for the arrays above. */
static void bytes_print(const uint8_t *bytes, size_t count)
{
    for (size_t n = 0; n < count; n++)
        print_message("%s0x%02x,", n % 12 ? " " : "\n    ", bytes[n]);
    print_message("\n");
}

static void saved_as(struct ob_bench_dev *dev, const uint8_t *kept,
                     size_t count)
{
    size_t now_count;
    uint8_t *now = ob_bench_save(dev, &now_count);
    bool same = now_count == count && !memcmp(now, kept, count);

    if (!same)
        bytes_print(now, now_count);
    free(now);
    if (!same)
        fail_msg("the saved state has other bytes than before");
}

static void loaded(struct ob_bench_dev *dev, const uint8_t *kept, size_t count)
{
    if (ob_bench_restore(dev, kept, count))
        fail_msg("%s", ob_bench_error(bench));
}

/* Every kind of entry and every width, with bytes that differ. */
static struct ob_bench_dev *state_dev_run(void)
{
    struct ob_bench_dev *dev = make("acme-state", "s");
    struct state_dev *s = ob_bench_state(dev);

    ob_bench_step(bench, 0x010203);
    ob_bench_write32(dev, 0, 0x00, 0x83);
    ob_bench_write64(dev, 0, 0x08, UINT64_C(0x1122334455667788));
    ob_bench_write16(dev, 0, 0x10, 0x99aa);
    ob_bench_write16(dev, 0, 0x12, 0xbbcc);
    ob_bench_write16(dev, 0, 0x14, 0xddee);
    ob_bench_input(dev, 0, 0, 7);
    ob_bench_input(dev, 0, 1, -5);
    memcpy(s->fifo, "0123456789abcdef", sizeof(s->fifo));
    s->head = 5;
    s->later = 0x12345678;
    return dev;
}

static void test_kept_state_of_each_kind_is_written_again(void **unused)
{
    (void)unused;
    saved_as(state_dev_run(), kept_state_dev, sizeof(kept_state_dev));
}

static void test_kept_state_of_each_kind_is_loaded(void **unused)
{
    struct ob_bench_dev *dev = make("acme-state", "s");
    const struct state_dev *s = ob_bench_state(dev);

    (void)unused;
    loaded(dev, kept_state_dev, sizeof(kept_state_dev));
    assert_int_equal(s->ctrl, 0x83);
    assert_true(s->wide == UINT64_C(0x1122334455667788));
    assert_int_equal(s->chan[0], 0x99aa);
    assert_int_equal(s->chan[1], 0xbbcc);
    assert_int_equal(s->chan[2], 0xddee);
    assert_memory_equal(s->fifo, "0123456789abcdef", sizeof(s->fifo));
    assert_int_equal(s->head, 5);
    assert_int_equal(s->later, 0x12345678);
    assert_int_equal(s->restored, 1);
    assert_true(ob_bench_irq(dev, 0, 0));
    /* "tock" was armed 100 ns ahead; "tick" was not armed. */
    assert_int_equal(ob_bench_next_deadline(bench), 0x010203 + 100);
    /* The inputs' levels are known: only another level is news. */
    ob_bench_input(dev, 0, 0, 7);
    ob_bench_input(dev, 0, 1, -5);
    assert_int_equal(s->level, 0);
    ob_bench_input(dev, 0, 1, 7);
    assert_int_equal(s->level, 7);
}

/* 1,001 counts of 16 MHz / 4 take 250.25 us: four ticks in 1.1 ms. */
static struct ob_bench_dev *timer_run(void)
{
    struct ob_bench_dev *dev = timer_make();

    ob_bench_write32(dev, 0, TIMER_LOAD, 1000);
    ob_bench_write32(dev, 0, TIMER_CTRL, CTRL_EN | CTRL_IE | PSC_3);
    ob_bench_step(bench, 1100000);
    return dev;
}

static void test_kept_state_of_acme_timer_is_written_again(void **unused)
{
    (void)unused;
    saved_as(timer_run(), kept_timer, sizeof(kept_timer));
}

static void test_kept_state_of_acme_timer_is_loaded(void **unused)
{
    struct ob_bench_dev *dev = timer_make();
    const struct timer *t = ob_bench_state(dev);

    (void)unused;
    ob_bench_step(bench, 1100000);      /* the time at which it was saved */
    loaded(dev, kept_timer, sizeof(kept_timer));
    assert_int_equal(t->load, 1000);
    assert_int_equal(t->ctrl, CTRL_EN | CTRL_IE | PSC_3);
    assert_int_equal(t->stat, STAT_TICK | STAT_MISS);
    assert_int_equal(t->halted_value, 1000);
    assert_int_equal(t->from_value, 1000);
    assert_int_equal(t->from_ns, 1001000);
    assert_int_equal(t->hz, 4000000);
    assert_true(ob_bench_irq(dev, 0, 0));
    assert_int_equal(ob_bench_next_deadline(bench), 1251250);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_kept_state_of_each_kind_is_written_again),
        T(test_kept_state_of_each_kind_is_loaded),
        T(test_kept_state_of_acme_timer_is_written_again),
        T(test_kept_state_of_acme_timer_is_loaded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
