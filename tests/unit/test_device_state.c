/* SPDX-License-Identifier: MIT */
/* Saved state: what comes back, and what damaged or hostile blocks are told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/bench.h>

#include "device/device.h"

#include "declared.h"
#include "state_dev.h"

static const struct ob_device_type type = { STATE_DEV_TYPE };
static const struct ob_device_type *const types[] = { &type };
static const struct ob_module module = {
    OB_MODULE_HEAD("acme", "1", "MIT"), .devices = OB_ARRAY(types),
};

/* A block built by hand, so that the format is written down twice. */
struct block {
    uint8_t bytes[1024];
    size_t len;
};

static void put(struct block *b, unsigned bytes, uint64_t v)
{
    for (unsigned n = 0; n < bytes; n++)
        b->bytes[b->len++] = (uint8_t)(v >> (8 * n));
}

static void put_text(struct block *b, const char *text)
{
    put(b, 2, strlen(text));
    memcpy(b->bytes + b->len, text, strlen(text));
    b->len += strlen(text);
}

static void put_head(struct block *b, const char *name, uint32_t version,
                     uint32_t entries)
{
    b->len = 0;
    put(b, 4, 0x5453424f);      /* "OBST" */
    put(b, 4, 1);
    put_text(b, name);
    put(b, 4, version);
    put(b, 4, entries);
}

static void put_entry(struct block *b, uint8_t kind, const char *name,
                      uint8_t width, uint32_t count, uint64_t value)
{
    put(b, 1, kind);
    put_text(b, name);
    put(b, 1, width);
    put(b, 4, count);
    for (uint32_t n = 0; n < count; n++)
        put(b, width, value + n);
}

enum { REG = 1, SAVED, TIMER, INPUT };

/* All entries but "later", which version 3 brought. */
static void put_old(struct block *b, uint32_t version, uint32_t entries)
{
    put_head(b, "acme-state", version, entries);
    put_entry(b, REG, "regs.CTRL", 4, 1, 0xffffff01);
    put_entry(b, REG, "regs.WIDE", 8, 1, UINT64_C(0x1122334455667788));
    put_entry(b, REG, "regs.CHAN", 2, 3, 0x4000);
    put_entry(b, SAVED, "fifo", 1, 16, 0x61);
    put_entry(b, SAVED, "head", 4, 1, 9);
    put_entry(b, TIMER, "tick", 8, 1, 500);
    put_entry(b, TIMER, "tock", 8, 1, UINT64_MAX);
    put_entry(b, INPUT, "in", 4, 2, 1);
}

static void put_all(struct block *b)
{
    put_old(b, 3, 9);
    put_entry(b, SAVED, "later", 4, 1, 0x99);
}

static struct ob_bench *bench;
static struct ob_bench_dev *dev;
static struct state_dev *s;

static int set_up(void **unused)
{
    (void)unused;
    bench = ob_bench_new();
    if (ob_bench_module(bench, &module))
        return -1;
    dev = ob_bench_make(bench, "acme-state", "x", NULL);
    if (!dev)
        return -1;
    s = ob_bench_state(dev);
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    return ob_bench_free(bench) ? -1 : 0;
}

static int restore(const struct block *b)
{
    return ob_bench_restore(dev, b->bytes, b->len);
}

static void test_state_written_block_is_read(void **unused)
{
    struct block b;

    (void)unused;
    put_all(&b);
    assert_int_equal(restore(&b), 0);
    assert_string_equal(ob_bench_error(bench), "");
    /* Bits outside the fields stay as in reset, whatever a snapshot says. */
    assert_int_equal(s->ctrl, 0x81);
    assert_true(s->wide == UINT64_C(0x1122334455667788));
    assert_int_equal(s->chan[2], 0x4002);
    assert_int_equal(s->fifo[15], 0x70);
    assert_int_equal(s->head, 9);
    assert_int_equal(s->later, 0x99);
    assert_int_equal(s->restored, 1);
    assert_true(ob_bench_irq(dev, 0, 0));
    assert_int_equal(ob_bench_next_deadline(bench), 500);
    /* Line 0 is high already: only its fall is news. */
    ob_bench_input(dev, 0, 0, 1);
    assert_int_equal(s->level, 0);
    ob_bench_input(dev, 0, 1, 0);
    assert_int_equal(s->level, 0);
    ob_bench_input(dev, 0, 0, 3);
    assert_int_equal(s->level, 3);
}

/* What is saved of a part whose process ended after a reset. */
static void test_state_of_reset_part_resets_in_process_too(void **unused)
{
    static const char block[] = "OBRS\x0a\0acme-state";

    (void)unused;
    s->ctrl = 0x41;
    assert_int_equal(ob_bench_restore(dev, block, sizeof(block) - 1), 0);
    assert_int_equal(s->ctrl, 0x80);
    assert_int_equal(ob_bench_restore(dev, block, sizeof(block) - 2),
                     OB_E_INVALID);
}

static void test_state_is_as_long_as_declared(void **unused)
{
    size_t bytes;
    uint8_t *block = ob_bench_save(dev, &bytes);

    struct device_decl *decl = declared(&type);

    (void)unused;
    assert_int_equal(bytes, device_decl_block_bytes(decl));
    device_decl_free(decl);
    free(block);
}

static void test_state_round_trip_into_fresh_device(void **unused)
{
    struct ob_bench_dev *fresh;
    struct state_dev *f;
    uint8_t *bytes, *again;
    size_t count, count_again;

    (void)unused;
    ob_bench_write32(dev, 0, 0, 0x83);
    ob_bench_write64(dev, 0, 8, UINT64_C(0x8877665544332211));
    ob_bench_write16(dev, 0, 0x14, 0xbeef);
    ob_bench_input(dev, 0, 1, -5);
    memcpy(s->fifo, "0123456789abcdef", 16);
    s->head = 5;
    bytes = ob_bench_save(dev, &count);
    fresh = ob_bench_make(bench, "acme-state", "y", NULL);
    f = ob_bench_state(fresh);
    assert_int_equal(ob_bench_restore(fresh, bytes, count), 0);
    assert_memory_equal(f->fifo, "0123456789abcdef", 16);
    assert_int_equal(ob_bench_read16(fresh, 0, 0x14), 0xbeef);
    assert_true(ob_bench_irq(fresh, 0, 0));
    again = ob_bench_save(fresh, &count_again);
    assert_int_equal(count, count_again);
    assert_memory_equal(bytes, again, count);
    ob_bench_step(bench, 100);
    assert_int_equal(f->fired, 1);
    free(bytes);
    free(again);
}

static void test_state_older_version_keeps_newer_at_reset(void **unused)
{
    struct block b;

    (void)unused;
    s->later = 0x55;
    put_old(&b, 2, 8);
    assert_int_equal(restore(&b), 0);
    assert_int_equal(s->later, 0x55);
    assert_int_equal(s->head, 9);
}

static void test_state_older_version_may_have_more(void **unused)
{
    struct block b;

    (void)unused;
    put_old(&b, 2, 9);
    put_entry(&b, SAVED, "dropped", 8, 2, 1);
    assert_int_equal(restore(&b), 0);
}

/* --- refusals ------------------------------------------------------------- */

static void refused(const struct block *b, const char *text)
{
    struct state_dev before = *s;

    assert_int_equal(restore(b), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench), text);
    assert_memory_equal(&before, s, sizeof(before));
    assert_true(ob_bench_next_deadline(bench) == UINT64_MAX);
}

static void test_state_cut_anywhere_is_refused(void **unused)
{
    struct block b;
    size_t whole;

    (void)unused;
    put_all(&b);
    whole = b.len;
    for (b.len = 0; b.len < whole; b.len++) {
        struct state_dev before = *s;

        assert_int_equal(restore(&b), OB_E_INVALID);
        assert_memory_equal(&before, s, sizeof(before));
    }
    b.len = 3;
    refused(&b, "acme-state x: saved state: ends early; the snapshot is "
                "damaged");
}

static void test_state_other_start_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_all(&b);
    b.bytes[4] = 2;
    refused(&b, "acme-state x: saved state: does not start as format 1 does; "
                "the snapshot is damaged, or newer than this build");
}

static void test_state_other_type_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_head(&b, "acme-timer", 3, 0);
    refused(&b, "acme-state x: saved state: is of type acme-timer; "
                "restore it into one of those");
}

static void test_state_other_version_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_head(&b, "acme-state", 4, 0);
    refused(&b, "acme-state x: saved state: has version 4 and this model "
                "takes 2 to 3; use the module that wrote it");
    put_head(&b, "acme-state", 1, 0);
    refused(&b, "acme-state x: saved state: has version 1 and this model "
                "takes 2 to 3; use the module that wrote it");
}

static void test_state_missing_entry_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_old(&b, 3, 8);
    refused(&b, "acme-state x: saved state: entry later: is missing; use the "
                "module that wrote it");
}

static void test_state_unknown_entry_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_all(&b);
    put_entry(&b, SAVED, "label", 8, 1, 0x4141414141414141);
    b.bytes[24] = 10;
    refused(&b, "acme-state x: saved state: entry label: the model has none "
                "of that name; use the module that wrote it");
}

static void test_state_twice_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_all(&b);
    put_entry(&b, SAVED, "head", 4, 1, 1);
    b.bytes[24] = 10;
    refused(&b, "acme-state x: saved state: entry head: is there twice; the "
                "snapshot is damaged");
}

static void test_state_other_shape_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_head(&b, "acme-state", 3, 1);
    put_entry(&b, SAVED, "fifo", 1, 17, 0);
    refused(&b, "acme-state x: saved state: entry fifo: 17 elements of 1 "
                "bytes, the model has 16 of 1; use the module that wrote it");
}

static void test_state_count_past_the_block_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_head(&b, "acme-state", 3, 1);
    put(&b, 1, SAVED);
    put_text(&b, "fifo");
    put(&b, 1, 8);
    put(&b, 4, 0xffffffff);
    refused(&b, "acme-state x: saved state: entry fifo: 4294967295 elements "
                "of 8 bytes do not fit in the block; the snapshot is damaged");
}

static void test_state_name_that_cannot_be_is_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_head(&b, "acme-state", 3, 1);
    put(&b, 1, SAVED);
    put(&b, 2, 0xffff);
    refused(&b, "acme-state x: saved state: has a name of 65535 bytes that "
                "cannot be; the snapshot is damaged");
}

static void test_state_bytes_behind_are_refused(void **unused)
{
    struct block b;

    (void)unused;
    put_all(&b);
    put(&b, 2, 0);
    refused(&b, "acme-state x: saved state: has 2 bytes after its end; the "
                "snapshot is damaged");
}

static void test_state_that_the_model_refuses_is_undone(void **unused)
{
    struct block b;
    uint8_t *before, *after;
    size_t n_before, n_after;

    (void)unused;
    put_all(&b);
    assert_int_equal(restore(&b), 0);
    before = ob_bench_save(dev, &n_before);
    put_head(&b, "acme-state", 3, 9);
    put_entry(&b, REG, "regs.CTRL", 4, 1, 0);
    put_entry(&b, REG, "regs.WIDE", 8, 1, 0);
    put_entry(&b, REG, "regs.CHAN", 2, 3, 0);
    put_entry(&b, SAVED, "fifo", 1, 16, 0);
    put_entry(&b, SAVED, "head", 4, 1, 16);
    put_entry(&b, TIMER, "tick", 8, 1, 1);
    put_entry(&b, TIMER, "tock", 8, 1, 2);
    put_entry(&b, INPUT, "in", 4, 2, 0);
    put_entry(&b, SAVED, "later", 4, 1, 0);
    assert_int_equal(restore(&b), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench), "acme-state x: fifo head 16 is "
                                               "past the 16 bytes");
    after = ob_bench_save(dev, &n_after);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_before);
    assert_int_equal(ob_bench_next_deadline(bench), 500);
    free(before);
    free(after);
}

static void test_state_before_create_is_refused(void **unused)
{
    struct ob_bench_dev *raw = ob_bench_dev_new(bench, "acme-state", "raw");
    struct block b;

    (void)unused;
    put_all(&b);
    assert_int_equal(ob_bench_restore(raw, b.bytes, b.len), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench),
                        "acme-state raw: saved state: cannot be restored now; "
                        "create the part first");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_state_written_block_is_read),
        T(test_state_of_reset_part_resets_in_process_too),
        T(test_state_is_as_long_as_declared),
        T(test_state_round_trip_into_fresh_device),
        T(test_state_older_version_keeps_newer_at_reset),
        T(test_state_older_version_may_have_more),
        T(test_state_cut_anywhere_is_refused),
        T(test_state_other_start_is_refused),
        T(test_state_other_type_is_refused),
        T(test_state_other_version_is_refused),
        T(test_state_missing_entry_is_refused),
        T(test_state_unknown_entry_is_refused),
        T(test_state_twice_is_refused),
        T(test_state_other_shape_is_refused),
        T(test_state_count_past_the_block_is_refused),
        T(test_state_name_that_cannot_be_is_refused),
        T(test_state_bytes_behind_are_refused),
        T(test_state_that_the_model_refuses_is_undone),
        T(test_state_before_create_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
