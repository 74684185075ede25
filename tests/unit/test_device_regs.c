/* SPDX-License-Identifier: MIT */
/* Declared registers and the model's two functions, as the guest meets them. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/bench.h>

#include "regs_ref.h"

/* --- against the reference ------------------------------------------------ */

static const uint64_t patterns[] = {
    0, ~UINT64_C(0), UINT64_C(0xa55a0ff0123478fe),
                 UINT64_C(0x5aa5f00fedcb8701),
};

static void compare(struct ref *r, bool write, uint64_t offset, uint64_t value,
                    unsigned bytes, const char *what)
{
    const char *wrong = ref_compare(r, write, offset, value, bytes);

    if (wrong)
        fail_msg("%s: %s %u bytes at 0x%" PRIx64 " value 0x%" PRIx64
                 ", flags %u: %s",
                 what, write ? "write" : "read", bytes, offset, value,
                 r->region.flags, wrong);
}

/* Every place and size around the registers at 0x10, every pattern. */
static void all_accesses(struct ref *r, const char *what)
{
    for (unsigned bytes = 1; bytes <= 8; bytes *= 2) {
        for (uint64_t offset = 0x8; offset < 0x28; offset++) {
            for (size_t n = 0; n < 4; n++) {
                uint64_t v = patterns[n] & (~UINT64_C(0) >> (64 - 8 * bytes));

                compare(r, true, offset, v, bytes, what);
                compare(r, false, offset, 0, bytes, what);
            }
        }
    }
}

/*
 * Every access kind, whole and in a field, in a register of every size, in
 * both byte orders, with and without alignment: each by every access.
 */
static void test_regs_every_kind_size_place_agrees(void **unused)
{
    struct ob_err err = { 0 };
    char what[64];

    (void)unused;
    for (unsigned flags = 0; flags < 4; flags++) {
        for (uint16_t bytes = 1; bytes <= 8; bytes *= 2) {
            for (uint8_t access = OB_RW; access <= OB_WO; access++) {
                struct ref r;
                struct ob_reg *g;

                ref_init(&r, flags);
                ref_add(&r, 0x10, bytes, access,
                        patterns[2] & (~UINT64_C(0) >> (64 - 8 * bytes)));
                g = ref_add(&r, 0x18, bytes, OB_RW, 0x81);
                ref_field(&r, g, 2, (uint8_t)(8 * bytes - 4), access);
                snprintf(what, sizeof(what), "%u bytes, access %u", bytes,
                         access);
                assert_int_equal(ref_start(&r, &err), 0);
                all_accesses(&r, what);
                ref_end(&r);
            }
        }
    }
}

static void test_regs_random_types_agree(void **unused)
{
    uint64_t seed = 1;
    unsigned started = 0;

    (void)unused;
    for (unsigned round = 0; round < 600; round++) {
        struct ob_err err = { 0 };
        uint8_t data[1024];
        struct ref_bytes b = { data, data + sizeof(data) };
        struct ref r;

        for (size_t n = 0; n < sizeof(data); n++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            data[n] = (uint8_t)(seed >> 56);
        }
        ref_generate(&r, &b);
        if (ref_start(&r, &err)) {
            ref_end(&r);
            continue;
        }
        started++;
        while (b.at < b.end) {
            bool write = ref_take(&b, 2);
            unsigned bytes = 1u << ref_take(&b, 4);
            uint64_t offset = ref_take(&b, 256);
            uint64_t v = ref_take64(&b) & (~UINT64_C(0) >> (64 - 8 * bytes));

            compare(&r, write, offset, v, bytes, "random type");
        }
        ref_end(&r);
    }
    /* The generator makes valid types; else nothing was compared. */
    assert_in_range(started, 500, 600);
}

/* --- by hand -------------------------------------------------------------- */

struct st {
    uint32_t ctrl, stat, data, chan[4], seen_index;
    uint64_t wide;
    struct ob_reg_write last;
    uint32_t writes, fn_calls;
    uint64_t fn_at, fn_value;
    uint32_t fn_bytes;
};

static uint64_t id_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct st *s = ob_state(dev);

    s->seen_index = r->index;
    return r->stored + 1;
}

static void any_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct st *s = ob_state(dev);

    s->last = *w;
    s->writes++;
}

/* A hook that stores into the register it reads: RC must not undo that. */
static uint64_t stat_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct st *s = ob_state(dev);
    s->stat |= 0x100;
    return r->stored;
}

static uint64_t fn_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    struct st *s = ob_state(dev);
    uint64_t v = 0;

    s->fn_calls++;
    s->fn_at = offset;
    s->fn_bytes = bytes;
    for (uint32_t n = 0; n < bytes; n++)
        v |= (0x10 + offset + n) << (8 * n);
    return v;
}

static void fn_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes)
{
    struct st *s = ob_state(dev);

    s->fn_calls++;
    s->fn_at = offset;
    s->fn_bytes = bytes;
    s->fn_value = value;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("EN", 0x1, OB_RW),
    OB_BITS("BUSY", 0x2, OB_RO),
    OB_BITS("MODE", 0xf00, OB_RW),
};

static const struct ob_reg regs[] = {
    { OB_REG32("CTRL", 0x00, struct st, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .reset = 0x10000100,
      .on_write = any_write },
    { OB_REG32("STAT", 0x04, struct st, stat), .access = OB_RC, .reset = 0x3,
      .on_read = stat_read },
    { OB_REG32_CONST("ID", 0x08, 0xacce5501) },
    { OB_REG32_HOOKED("COUNT", 0x0c), .access = OB_RO, .on_read = id_read },
    { OB_REG32_ARRAY("CHAN", 0x10, struct st, chan), .step = 8, .reset = 7,
      .on_write = any_write },
    { OB_REG64("WIDE", 0x40, struct st, wide), .on_write = any_write },
    { OB_REG32("DMA", 0x48, struct st, data), .flags = OB_REG_UNIMPL },
};

static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 1, .access_max = 8,
      .regs = OB_ARRAY(regs) },
    { .name = "fn", .bytes = 0x40, .access_min = 1, .access_max = 8,
      .impl_min = 2, .impl_max = 4, .on_read = fn_read, .on_write = fn_write },
    { .name = "fnbe", .bytes = 0x40, .access_min = 1, .access_max = 8,
      .impl_min = 2, .impl_max = 4, .flags = OB_REGION_BIG_ENDIAN,
      .on_read = fn_read, .on_write = fn_write },
};

static const struct ob_device_type type = {
    .size = sizeof(type), .name = "acme-uart",
        .state_bytes = sizeof(struct st),
    .state_version = 1, .state_oldest = 1, .regions = OB_ARRAY(regions),
};
static const struct ob_device_type *const types[] = { &type };
static const struct ob_module module = {
    OB_MODULE_HEAD("acme", "1", "MIT"), .devices = OB_ARRAY(types),
};

struct fix {
    struct ob_bench *b;
    struct ob_bench_dev *d;
    struct st *s;
};

static int set_up(void **state)
{
    static struct fix f;

    f.b = ob_bench_new();
    if (ob_bench_module(f.b, &module))
        return -1;
    f.d = ob_bench_make(f.b, "acme-uart", "uart0", NULL);
    if (!f.d)
        return -1;
    f.s = ob_bench_state(f.d);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fix *f = *state;

    return ob_bench_free(f->b) ? -1 : 0;
}

static void one_line(struct fix *f, uint32_t kind, const char *text)
{
    assert_int_equal(ob_bench_log_count(f->b), 1);
    assert_string_equal(ob_bench_log_line(f->b, 0), text);
    assert_int_equal(ob_bench_log_kind(f->b, 0), kind);
}

static void test_regs_reset_shows_reset_values(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x00), 0x10000100);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x28), 7);
}

static void test_regs_reserved_bit_is_kept_and_named(void **state)
{
    struct fix *f = *state;

    ob_bench_write32(f->d, 0, 0x00, 0x10000111);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x00), 0x10000101);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: write 0x10000111 to CTRL: bits 0x10 are "
             "reserved");
}

static void test_regs_read_only_bit_is_kept_and_named(void **state)
{
    struct fix *f = *state;

    ob_bench_write32(f->d, 0, 0x00, 0x10000002);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x00), 0x10000000);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: write 0x10000002 to CTRL: bits 0x2 are "
             "read-only");
}

static void test_regs_read_only_hooked_names_any_write(void **state)
{
    struct fix *f = *state;

    ob_bench_write32(f->d, 0, 0x0c, 1);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: write 0x1 to COUNT: bits 0xffffffff are "
             "read-only");
}

static void test_regs_constant_without_storage_reads_reset(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x08), 0xacce5501);
    assert_int_equal(ob_bench_read16(f->d, 0, 0x0a), 0xacce);
}

static void test_regs_hook_without_storage_serves_read(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x0c), 1);
}

static void test_regs_read_clear_keeps_what_the_hook_set(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x04), 0x3);
    assert_int_equal(f->s->stat, 0x100);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x04), 0x100);
}

static void test_regs_write_hook_sees_narrow_write(void **state)
{
    struct fix *f = *state;

    ob_bench_write16(f->d, 0, 0x1a, 0xbeef);
    assert_int_equal(f->s->last.index, 1);
    assert_int_equal(f->s->last.old, 7);
    assert_int_equal(f->s->last.raw, 0xbeef0000);
    assert_int_equal(f->s->last.mask, 0xffff0000);
    assert_int_equal(f->s->last.value, 0xbeef0007);
    assert_int_equal(f->s->last.size, sizeof(f->s->last));
}

static void test_regs_wide_access_splits_over_registers(void **state)
{
    struct fix *f = *state;

    ob_bench_write64(f->d, 0, 0x40, UINT64_C(0x1122334455667788));
    assert_int_equal(f->s->writes, 1);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x44), 0x11223344);
    ob_bench_write32(f->d, 0, 0x44, 0xaabbccdd);
    assert_true(f->s->wide == UINT64_C(0xaabbccdd55667788));
    assert_int_equal(ob_bench_read64(f->d, 0, 0x08) & 0xffffffff, 0xacce5501);
}

static void test_regs_unimplemented_is_named(void **state)
{
    struct fix *f = *state;

    ob_bench_write32(f->d, 0, 0x48, 5);
    one_line(f, OB_LOG_UNIMPL,
             "acme-uart uart0: write 0x5 to DMA: not implemented");
    ob_bench_log_clear(f->b);
    assert_int_equal(ob_bench_read32(f->d, 0, 0x48), 5);
    one_line(f, OB_LOG_UNIMPL,
             "acme-uart uart0: read of DMA: not implemented");
}

static void test_region_gap_between_elements_is_unserved(void **state)
{
    struct fix *f = *state;

    /* 0x14 lies between two elements of CHAN. */
    ob_bench_write32(f->d, 0, 0x14, 5);
    one_line(f, OB_LOG_UNIMPL,
             "acme-uart uart0: write 0x5 to 0x14 of regs, 4 bytes: not "
             "implemented");
}

static void test_region_past_end_reads_zero(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x100), 0);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: read of 4 bytes at 0x100 of regs: is past the "
             "region's end");
    ob_bench_log_clear(f->b);
    ob_bench_write(f->d, 0, ~UINT64_C(0), 1, 8);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: write of 8 bytes at 0xffffffffffffffff of "
             "regs: is past the region's end");
}

static bool past_end(struct fix *f)
{
    bool ret = ob_bench_log_count(f->b) &&
               strstr(ob_bench_log_line(f->b, 0), "is past the region's end");

    ob_bench_log_clear(f->b);
    return ret;
}

/* With every size: the last place, and each of those behind it. */
static void test_region_ends_where_it_says(void **state)
{
    struct fix *f = *state;

    for (uint32_t r = 0; r < 3; r++) {
        for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
            uint64_t last = regions[r].bytes - bytes;

            ob_bench_read(f->d, r, last, bytes);
            assert_false(past_end(f));
            ob_bench_write(f->d, r, last, 0x1234, bytes);
            assert_false(past_end(f));
            f->s->fn_calls = 0;
            for (uint64_t at = last + 1; at <= last + bytes + 1; at++) {
                assert_int_equal(ob_bench_read(f->d, r, at, bytes), 0);
                assert_true(past_end(f));
                ob_bench_write(f->d, r, at, 0x1234, bytes);
                assert_true(past_end(f));
            }
            assert_int_equal(f->s->fn_calls, 0);
        }
    }
}

static void test_region_unaligned_is_refused(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read32(f->d, 0, 0x02), 0);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: read of 4 bytes at 0x2 of regs: is not "
             "aligned");
}

static void test_region_odd_size_is_refused(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read(f->d, 0, 0, 3), 0);
    one_line(f, OB_LOG_GUEST,
             "acme-uart uart0: read of 3 bytes at 0x0 of regs: is of a size "
             "that the region does not take");
    ob_bench_log_clear(f->b);
    assert_int_equal(ob_bench_read(f->d, 0, 0, 0), 0);
    assert_int_equal(ob_bench_read(f->d, 0, 0, 16), 0);
    /* A register with a hook has no quick road that 0 bytes could take. */
    assert_int_equal(ob_bench_read(f->d, 0, 0x0c, 0), 0);
    assert_int_equal(ob_bench_read(f->d, 0, 0x0c, 255), 0);
    assert_int_equal(ob_bench_log_count(f->b), 4);
}

static void test_region_unwanted_log_is_not_made(void **state)
{
    struct fix *f = *state;

    ob_bench_log_want(f->b, 0);
    ob_bench_write32(f->d, 0, 0x00, 0xffffffff);
    ob_bench_read32(f->d, 0, 0x80);
    assert_int_equal(ob_bench_log_count(f->b), 0);
}

static void test_functions_narrow_read_takes_its_lane(void **state)
{
    struct fix *f = *state;

    assert_int_equal(ob_bench_read8(f->d, 1, 0x05), 0x15);
    assert_int_equal(f->s->fn_at, 0x04);
    assert_int_equal(f->s->fn_bytes, 2);
    /* Big endian: the byte at 5 is the low one of the number at 4. */
    assert_int_equal(ob_bench_read8(f->d, 2, 0x05), 0x14);
}

static void test_functions_wide_read_joins_pieces(void **state)
{
    struct fix *f = *state;

    assert_true(ob_bench_read64(f->d, 1, 0x08) ==
                UINT64_C(0x1f1e1d1c1b1a1918));
    assert_int_equal(f->s->fn_calls, 2);
    assert_true(ob_bench_read64(f->d, 2, 0x08) ==
                UINT64_C(0x1b1a19181f1e1d1c));
}

static void test_functions_narrow_write_is_widened(void **state)
{
    struct fix *f = *state;

    ob_bench_write8(f->d, 1, 0x07, 0xab);
    assert_int_equal(f->s->fn_at, 0x06);
    assert_int_equal(f->s->fn_bytes, 2);
    assert_int_equal(f->s->fn_value, 0xab00);
    ob_bench_write8(f->d, 2, 0x07, 0xab);
    assert_int_equal(f->s->fn_value, 0x00ab);
}

static void test_functions_fitting_access_passes_as_it_is(void **state)
{
    struct fix *f = *state;

    ob_bench_write32(f->d, 1, 0x10, 0x12345678);
    assert_int_equal(f->s->fn_calls, 1);
    assert_int_equal(f->s->fn_at, 0x10);
    assert_int_equal(f->s->fn_bytes, 4);
    assert_int_equal(f->s->fn_value, 0x12345678);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regs_every_kind_size_place_agrees),
        cmocka_unit_test(test_regs_random_types_agree),
        T(test_regs_reset_shows_reset_values),
        T(test_regs_reserved_bit_is_kept_and_named),
        T(test_regs_read_only_bit_is_kept_and_named),
        T(test_regs_read_only_hooked_names_any_write),
        T(test_regs_constant_without_storage_reads_reset),
        T(test_regs_hook_without_storage_serves_read),
        T(test_regs_read_clear_keeps_what_the_hook_set),
        T(test_regs_write_hook_sees_narrow_write),
        T(test_regs_wide_access_splits_over_registers),
        T(test_regs_unimplemented_is_named),
        T(test_region_gap_between_elements_is_unserved),
        T(test_region_past_end_reads_zero),
        T(test_region_ends_where_it_says),
        T(test_region_unaligned_is_refused),
        T(test_region_odd_size_is_refused),
        T(test_region_unwanted_log_is_not_made),
        T(test_functions_narrow_read_takes_its_lane),
        T(test_functions_wide_read_joins_pieces),
        T(test_functions_narrow_write_is_widened),
        T(test_functions_fitting_access_passes_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
