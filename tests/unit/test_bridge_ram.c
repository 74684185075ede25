/* SPDX-License-Identifier: MIT */
/* Where shared RAM is, as a QEMU made of a few functions tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "bridge/process/report.h"
#include "bridge/memory/ram_int.h"
#include "bridge/qemu/symbols.h"

enum { RAM_BYTES = 0x10000 };

struct bridge_symbols q;

/* Stand for QEMU's; only their addresses count. */
static char regions[3], spaces[8];
static uint8_t bytes_of[2][RAM_BYTES];
static struct ram rams[2];

static struct qemu_listener *listener;
static struct qemu_section there[8];
static unsigned n_there;
static GString *told;
static char warned[256];
static bool lies;               /* address_space_map() finds other memory */

#define MR(n) ((struct MemoryRegion *)&regions[n])
#define AS(n) ((struct AddressSpace *)&spaces[n])

void report_warning(const char *fmt, ...)
{
    va_list ap;

    assert_string_equal(warned, "");
    va_start(ap, fmt);
    vsnprintf(warned, sizeof(warned), fmt, ap);
    va_end(ap);
}

struct ram *ram_find(struct MemoryRegion *mr)
{
    return mr == MR(0) ? &rams[0] : mr == MR(1) ? &rams[1] : NULL;
}

bool ram_ready(void)
{
    return true;
}

static void listener_register(struct qemu_listener *l, struct AddressSpace *as)
{
    (void)as;
    listener = l;
    l->begin(l);
    for (unsigned n = 0; n < n_there; n++)
        l->region_add(l, &there[n]);
    l->commit(l);
}

static void *space_map(struct AddressSpace *as, uint64_t addr, uint64_t *len,
                       bool is_write, uint64_t attrs)
{
    (void)as;
    (void)attrs;
    if (lies)
        return bytes_of[0] + 1;
    for (unsigned n = 0; n < n_there; n++) {
        const struct qemu_section *s = &there[n];

        if (addr - s->addr >= s->bytes[0] || !ram_find(s->mr) ||
            (is_write && s->read_only))
            continue;
        *len = MIN(*len, s->bytes[0] - (addr - s->addr));
        return ram_find(s->mr)->host + s->offset + (addr - s->addr);
    }
    return NULL;
}

static void space_unmap(struct AddressSpace *as, void *buffer, uint64_t len,
                        bool is_write, uint64_t access_len)
{
    unsigned which = (uint8_t *)buffer >= bytes_of[1] &&
                     (uint8_t *)buffer < bytes_of[1] + RAM_BYTES;

    (void)as;
    (void)len;
    if (is_write)
        g_string_append_printf(told, "%u:%x+%x;", which,
                               (unsigned)((uint8_t *)buffer - bytes_of[which]),
                               (unsigned)access_len);
}

/* `count` pieces of address, bytes, region, offset, read-only. */
static void lay(const uint64_t (*pieces)[5], unsigned count)
{
    n_there = count;
    memset(there, 0, sizeof(there));
    for (unsigned n = 0; n < count; n++) {
        there[n].addr = pieces[n][0];
        there[n].bytes[0] = pieces[n][1];
        there[n].mr = MR(pieces[n][2]);
        there[n].offset = pieces[n][3];
        there[n].read_only = pieces[n][4];
    }
}

static void change(const uint64_t (*pieces)[5], unsigned count)
{
    struct qemu_section old = there[0];

    listener->begin(listener);
    listener->region_del(listener, &old);
    lay(pieces, count);
    for (unsigned n = 0; n < n_there; n++)
        listener->region_nop(listener, &there[n]);
    listener->commit(listener);
}

static int setup(void **state)
{
    (void)state;
    q.memory_listener_register = listener_register;
    q.address_space_map = space_map;
    q.address_space_unmap = space_unmap;
    for (int n = 0; n < 2; n++)
        rams[n] = (struct ram){ { 1 + (uint64_t)n, -1, RAM_BYTES, false },
                                bytes_of[n] };
    told = g_string_new(NULL);
    warned[0] = '\0';
    lies = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    g_string_free(told, TRUE);
    return 0;
}

static void range_is(const struct host_map *map, uint32_t n, uint64_t addr,
                     uint64_t bytes, unsigned which, uint64_t offset,
                     bool read_only)
{
    assert_true(n < map->count);
    assert_int_equal(map->ranges[n].addr, addr);
    assert_int_equal(map->ranges[n].bytes, bytes);
    assert_ptr_equal(map->ranges[n].memory, &rams[which].memory);
    assert_int_equal(map->ranges[n].offset, offset);
    assert_int_equal(map->ranges[n].read_only, read_only);
}

static void test_ram_is_told_and_nothing_else(void **state)
{
    static const uint64_t pieces[][5] = {
        { 0x0000, 0x4000, 0, 0, 0 }, { 0x4000, 0x1000, 2, 0, 0 },
        { 0x5000, 0x1000, 0, 0x4000, 1 }, { 0x6000, 0x1000, 1, 0x100, 0 },
    };
    const struct host_map *map;

    (void)state;
    lay(pieces, 4);
    map = ram_map(AS(0), 0, UINT64_MAX);
    assert_int_equal(map->count, 3);
    range_is(map, 0, 0x0000, 0x4000, 0, 0, false);
    range_is(map, 1, 0x5000, 0x1000, 0, 0x4000, true);
    range_is(map, 2, 0x6000, 0x1000, 1, 0x100, false);
    assert_string_equal(warned, "");
}

static void test_ram_that_goes_on_is_one_range(void **state)
{
    static const uint64_t pieces[][5] = {
        { 0x1000, 0x1000, 0, 0, 0 }, { 0x2000, 0x1000, 0, 0x1000, 0 },
        { 0x3000, 0x1000, 0, 0x3000, 0 }, { 0x4000, 0x1000, 0, 0x4000, 1 },
    };
    const struct host_map *map;

    (void)state;
    lay(pieces, 4);
    map = ram_map(AS(1), 0, UINT64_MAX);
    assert_int_equal(map->count, 3);
    range_is(map, 0, 0x1000, 0x2000, 0, 0, false);
    range_is(map, 1, 0x3000, 0x1000, 0, 0x3000, false);
    range_is(map, 2, 0x4000, 0x1000, 0, 0x4000, true);
}

static void test_window_is_cut_out_and_counted_from_its_start(void **state)
{
    static const uint64_t pieces[][5] = {
        { 0x0800, 0x1000, 0, 0, 0 }, { 0x2000, 0x4000, 1, 0, 0 },
        { 0x8000, 0x1000, 0, 0, 0 },
    };
    const struct host_map *map;

    (void)state;
    lay(pieces, 3);
    map = ram_map(AS(2), 0x1000, 0x2000);
    assert_int_equal(map->count, 2);
    range_is(map, 0, 0, 0x800, 0, 0x800, false);
    range_is(map, 1, 0x1000, 0x1000, 1, 0, false);
    ram_wrote(AS(2), 0x700, 0x920);
    assert_string_equal(told->str, "0:f00+100;1:0+20;");
}

static void test_changes_are_told_once(void **state)
{
    static const uint64_t before[][5] = { { 0x1000, 0x1000, 0, 0, 0 } };
    static const uint64_t after[][5] = { { 0x2000, 0x1000, 0, 0, 0 } };
    const struct host_map *map;
    uint64_t generation, seen;

    (void)state;
    lay(before, 1);
    map = ram_map(AS(3), 0, UINT64_MAX);
    generation = map->generation;
    seen = host_maps_generation;
    change(before, 1);
    assert_int_equal(host_maps_generation, seen);
    assert_int_equal(ram_map(AS(3), 0, UINT64_MAX)->generation, generation);
    change(after, 1);
    assert_true(host_maps_generation != seen);
    map = ram_map(AS(3), 0, UINT64_MAX);
    assert_true(map->generation != generation);
    range_is(map, 0, 0x2000, 0x1000, 0, 0, false);
    change(NULL, 0);
    assert_int_equal(ram_map(AS(3), 0, UINT64_MAX)->count, 0);
    /* Of another address space: nothing is called between. */
    change(after, 1);
    listener->begin(listener);
    listener->commit(listener);
    assert_int_equal(ram_map(AS(3), 0, UINT64_MAX)->count, 1);
}

static void test_what_was_written_ends_where_it_may(void **state)
{
    static const uint64_t pieces[][5] = {
        { 0x0000, 0x1000, 0, 0, 0 }, { 0x1000, 0x1000, 0, 0x1000, 1 },
        { 0x2000, 0x1000, 0, 0x2000, 0 }, { 0x3000, 0x1000, 2, 0, 0 },
    };

    (void)state;
    lay(pieces, 4);
    ram_map(AS(4), 0, UINT64_MAX);
    ram_wrote(AS(4), 0x10, 4);
    ram_wrote(AS(4), 0xff0, 0x2000);
    ram_wrote(AS(4), 0x1000, 0x10);
    ram_wrote(AS(4), 0x3000, 0x10);
    ram_wrote(AS(4), 0, UINT64_MAX);
    ram_wrote(AS(7), 0, 16);
    assert_string_equal(told->str, "0:10+4;0:ff0+10;0:2000+ff0;0:0+1000;"
                                   "0:2000+1000;");
}

#define WARNING "the place of this QEMU's memory is unknown; DMA of models "  \
    "in processes of their own goes by messages"

static void test_sections_of_another_layout_are_not_believed(void **state)
{
    static const uint64_t good[][5] = { { 0x1000, 0x1000, 0, 0, 0 } };
    static const uint64_t past[][5] = { { 0x1000, 0x1000, 0, 0xff00, 0 } };
    static const uint64_t back[][5] = { { 0x5000, 0x1000, 0, 0, 0 },
                                        { 0x1000, 0x1000, 1, 0, 0 } };

    (void)state;
    lay(past, 1);
    assert_int_equal(ram_map(AS(5), 0, UINT64_MAX)->count, 0);
    assert_string_equal(warned, WARNING);
    /* For good, and said once. */
    change(good, 1);
    assert_int_equal(ram_map(AS(5), 0, UINT64_MAX)->count, 0);
    warned[0] = '\0';
    lay(back, 2);
    assert_int_equal(ram_map(AS(6), 0, UINT64_MAX)->count, 0);
    assert_string_equal(warned, WARNING);
}

static void test_other_memory_than_qemus_is_not_believed(void **state)
{
    static const uint64_t good[][5] = { { 0x1000, 0x1000, 0, 0, 0 } };

    (void)state;
    lay(good, 1);
    lies = true;
    assert_int_equal(ram_map(AS(7), 0, UINT64_MAX)->count, 0);
    assert_string_equal(warned, WARNING);
    ram_wrote(AS(7), 0, UINT64_MAX);
    assert_string_equal(told->str, "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ram_is_told_and_nothing_else),
        TEST(test_ram_that_goes_on_is_one_range),
        TEST(test_window_is_cut_out_and_counted_from_its_start),
        TEST(test_changes_are_told_once),
        TEST(test_what_was_written_ends_where_it_may),
        TEST(test_sections_of_another_layout_are_not_believed),
        TEST(test_other_memory_than_qemus_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
