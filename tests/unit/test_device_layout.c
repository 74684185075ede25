/* SPDX-License-Identifier: MIT */
/*
 * Registers of every size side by side: in both byte orders, in any order of
 * declaration, at any alignment, each byte of the page that the guest reads,
 * of the state struct and of a saved state is where it belongs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include <outboard/bench.h>

enum { N_REGS = 8, PAGE = 4096, SHIFTED_AT = 1, MAP_AT = 0x10000 };

/* Their places, in the region and, packed, in the state struct. */
static const struct ob_reg ascending[N_REGS] = {
    { .name = "R0", .offset = 0, .bytes = 8, .count = 2, .state = 1 },
    { .name = "R1", .offset = 16, .bytes = 1, .count = 3, .state = 17 },
    { .name = "R2", .offset = 19, .bytes = 1, .state = 20 },
    { .name = "R3", .offset = 20, .bytes = 2, .count = 2, .state = 21 },
    { .name = "R4", .offset = 24, .bytes = 4, .count = 3, .state = 25 },
    { .name = "R5", .offset = 40, .bytes = 4, .count = 2, .step = 8,
      .state = 41 },
    { .name = "R6", .offset = 44, .bytes = 2, .count = 2, .step = 8,
      .state = 49 },
    { .name = "R7", .offset = 64, .bytes = 2, .state = 57 },
};

static uint32_t count_of(const struct ob_reg *g)
{
    return g->count ? g->count : 1;
}

/* One device with the registers above, and what its page has to hold. */
struct board {
    struct ob_reg regs[N_REGS];
    struct ob_region region;
    struct ob_device_type type;
    const struct ob_device_type *types[1];
    struct ob_module module;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
    uint8_t page[PAGE], state[64];
    bool big;
};

static void board_make(struct board *b, unsigned flags, bool reverse,
                       bool direct)
{
    memset(b, 0, sizeof(*b));
    for (unsigned n = 0; n < N_REGS; n++) {
        struct ob_reg *g = &b->regs[reverse ? N_REGS - 1 - n : n];

        *g = ascending[n];
        g->offset += flags & OB_REGION_UNALIGNED ? SHIFTED_AT : 0;
        g->flags = direct ? OB_REG_DIRECT : 0;
    }
    b->big = flags & OB_REGION_BIG_ENDIAN;
    b->region = (struct ob_region){
        .name = "regs", .bytes = PAGE, .flags = flags, .access_min = 1,
        .access_max = 8, .regs = OB_ARRAY(b->regs),
    };
    b->type = (struct ob_device_type){
        .size = sizeof(b->type), .name = "layout", .state_bytes = 64,
        .state_version = 1, .state_oldest = 1,
        .regions = { &b->region, 1, sizeof(b->region) },
    };
    b->types[0] = &b->type;
    b->module = (struct ob_module){
        OB_MODULE_HEAD("layout", "1", "MIT"), .devices = OB_ARRAY(b->types),
    };
    b->bench = ob_bench_new();
    assert_int_equal(ob_bench_module(b->bench, &b->module), 0);
    b->dev = ob_bench_make(b->bench, "layout", "l0", NULL);
    assert_non_null(b->dev);
    assert_int_equal(
        ob_bench_map(ob_bench_system(b->bench), MAP_AT, b->dev, 0), 0);
}

static void board_free(struct board *b)
{
    assert_int_equal(ob_bench_free(b->bench), 0);
}

/* `value` where the guest sees it, and where the model does. */
static void note(struct board *b, const struct ob_reg *g, uint32_t i,
                 uint64_t value)
{
    uint32_t at = g->offset + i * (g->step ? g->step : g->bytes);

    for (unsigned n = 0; n < g->bytes; n++)
        b->page[b->big ? at + g->bytes - 1 - n : at + n] = (uint8_t)(value >>
                                                                     (8 * n));
    for (unsigned n = 0; n < g->bytes; n++)
        b->state[g->state - 1 + i * g->bytes + n] =
            (uint8_t)(value >> 8 * (G_BYTE_ORDER == G_BIG_ENDIAN
                                        ? g->bytes - 1 - n
                                        : n));
}

/* The number that `bytes` bytes of the page make. */
static uint64_t number(const struct board *b, uint32_t at, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned n = 0; n < bytes; n++)
        v = v << 8 | b->page[b->big ? at + n : at + bytes - 1 - n];
    return v;
}

static void check(const struct board *b, const char *what)
{
    const unsigned step = b->region.flags & OB_REGION_UNALIGNED ? 1 : 0;
    uint8_t seen[96];

    assert_int_equal(ob_bench_bus_read(ob_bench_system(b->bench), MAP_AT, seen,
                                       sizeof(seen)),
                     0);
    for (unsigned n = 0; n < sizeof(seen); n++)
        if (seen[n] != b->page[n])
            fail_msg("%s: byte 0x%x is 0x%02x, not 0x%02x", what, n, seen[n],
                     b->page[n]);
    assert_memory_equal(ob_bench_state(b->dev), b->state, 64);
    for (unsigned bytes = 1; bytes <= 8; bytes *= 2)
        for (uint32_t at = 0; at <= 40; at += step ? step : bytes)
            if (ob_bench_read(b->dev, 0, at, bytes) != number(b, at, bytes))
                fail_msg("%s: %u bytes at 0x%x", what, bytes, at);
}

static uint64_t next(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *random;
}

/* Writes of one element at a time: no neighbour changes. */
static void test_layout_write_changes_its_register_alone(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned kind = 0; kind < 16; kind++) {
        struct board b;
        char what[32];

        board_make(&b, kind & 3, kind & 4, kind & 8);
        for (unsigned turn = 0; turn < 3 * N_REGS; turn++) {
            const struct ob_reg *g = &b.regs[turn * 5 % N_REGS];
            uint32_t i = turn % count_of(g);
            uint64_t v = next(&random) >> (64 - 8 * g->bytes);

            ob_bench_write(b.dev, 0,
                           g->offset + i * (g->step ? g->step : g->bytes), v,
                           g->bytes);
            note(&b, g, i, v);
            snprintf(what, sizeof(what), "kind %u, %s[%u]", kind, g->name, i);
            check(&b, what);
        }
        board_free(&b);
    }
}

/* Bytes of a register written one by one, from both its ends. */
static void test_layout_bytes_make_up_their_register(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 16; kind++) {
        struct board b;

        board_make(&b, kind & 3, kind & 4, kind & 8);
        for (unsigned n = 0; n < N_REGS; n++) {
            const struct ob_reg *g = &b.regs[n];
            uint64_t v = 0;

            for (unsigned byte = 0; byte < g->bytes; byte++) {
                unsigned lane = b.big ? g->bytes - 1 - byte : byte;

                ob_bench_write(b.dev, 0, g->offset + byte,
                               0x11 * (n + 1) + byte, 1);
                v |= (uint64_t)(0x11 * (n + 1) + byte) << (8 * lane);
                note(&b, g, 0, v);
                check(&b, g->name);
            }
        }
        board_free(&b);
    }
}

static void test_layout_saved_state_comes_back(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (unsigned kind = 0; kind < 16; kind++) {
        struct board b, fresh;
        uint8_t *bytes;
        size_t count;

        board_make(&b, kind & 3, kind & 4, kind & 8);
        board_make(&fresh, kind & 3, kind & 4, kind & 8);
        for (unsigned n = 0; n < N_REGS; n++) {
            for (uint32_t i = 0; i < count_of(&b.regs[n]); i++) {
                const struct ob_reg *g = &b.regs[n];
                uint64_t v = next(&random) >> (64 - 8 * g->bytes);

                ob_bench_write(b.dev, 0,
                               g->offset + i * (g->step ? g->step : g->bytes),
                               v, g->bytes);
                note(&fresh, g, i, v);
            }
        }
        bytes = ob_bench_save(b.dev, &count);
        assert_int_equal(ob_bench_restore(fresh.dev, bytes, count), 0);
        check(&fresh, "restored");
        free(bytes);
        board_free(&b);
        board_free(&fresh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_write_changes_its_register_alone),
        cmocka_unit_test(test_layout_bytes_make_up_their_register),
        cmocka_unit_test(test_layout_saved_state_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
