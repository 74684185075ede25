/* SPDX-License-Identifier: MIT */
/*
 * Pages that the guest reads as memory: which they are, that they follow the
 * model, and what a model is told whose declaration is not true. The bench
 * reads such pages as a guest does, and asks the model as well.
 */
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

/* --- a model with every kind of page -------------------------------------- */

struct st {
    uint32_t ctrl, seen, mix, wo;
    uint16_t half;
    uint32_t rows[1024];
    uint32_t hidden, big;
    uint32_t fn;
    uint32_t lie;               /* LIE_* */
    const struct ob_link *peer;
    uint64_t peer_saw;
};

enum { LIE_NONE, LIE_VALUE, LIE_STATE, LIE_SERVICE };
enum { REGS, BIG, FN };
enum { CTRL = 0, SEEN = 4, MIX = 8, WO = 12, HALF = 16, ID = 0x20 };
enum { ROWS = 0x1000, HIDDEN = 0x2000, FN_PAGE = 0x1000 };

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct st *s = ob_state(dev);

    s->seen = ~(uint32_t)w->value;
    ob_irq_set(dev, 0, 0, w->value & 1);
}

static uint64_t hidden_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct st *s = ob_state(dev);

    return r->stored + s->mix++;
}

static void fn_set(struct ob_dev *dev, uint32_t value)
{
    struct st *s = ob_state(dev);

    s->fn = value;
    ob_direct_set(dev, FN, FN_PAGE + 8, value, 4);
}

static uint64_t fn_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    struct st *s = ob_state(dev);

    (void)bytes;
    if (s->lie == LIE_STATE)
        s->peer_saw++;
    if (s->lie == LIE_SERVICE)
        ob_irq_set(dev, 0, 0, true);
    if (s->lie == LIE_VALUE && offset == FN_PAGE + 8)
        return 77;
    return offset == FN_PAGE + 8 ? s->fn : 0;
}

static void fn_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes)
{
    struct st *s = ob_state(dev);

    (void)bytes;
    if (offset == FN_PAGE + 8)
        fn_set(dev, (uint32_t)value);
    else if (offset == 0)
        s->lie = (uint32_t)value;
    else if (offset == 4)
        ob_direct_set(dev, FN, value, 1, 4);
}

/* What the other part's page says while that part is in a call. */
static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct st *s = ob_state(dev);
    uint64_t v = 0;

    s->seen = 100 + n + (uint32_t)level;
    if (s->peer && !ob_link_read(dev, s->peer, REGS, SEEN, 4, &v))
        s->peer_saw = v;
}

static void expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    ((struct st *)ob_state(dev))->seen = 200;
}

static void clk_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    ((struct st *)ob_state(dev))->seen = (uint32_t)ob_clock_hz(dev, 0, 0);
}

static uint32_t room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    ((struct st *)ob_state(dev))->half++;
    return 8;
}

static void receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                    const uint8_t *bytes, uint32_t count)
{
    ((struct st *)ob_state(dev))->seen = bytes[count - 1];
}

static void event(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                  uint32_t event)
{
    ((struct st *)ob_state(dev))->mix = event;
}

static void reset(struct ob_dev *dev, uint32_t kind)
{
    struct st *s = ob_state(dev);

    s->seen = 300;
    fn_set(dev, 5);
    ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + 1000);
}

static int32_t restored(struct ob_dev *dev)
{
    fn_set(dev, ((struct st *)ob_state(dev))->fn);
    return 0;
}

static const struct ob_field mix_fields[] = {
    OB_BITS("LOW", 0xff, OB_RW),
    OB_BITS("WO", 0xff00, OB_WO),
};
static const struct ob_reg regs[] = {
    { OB_REG32("CTRL", CTRL, struct st, ctrl), .hints = OB_REG_DIRECT,
      .on_write = ctrl_write },
    { OB_REG32("SEEN", SEEN, struct st, seen), .hints = OB_REG_DIRECT,
      .access = OB_RO },
    { OB_REG32("MIX", MIX, struct st, mix), .hints = OB_REG_DIRECT,
      .fields = OB_ARRAY(mix_fields), .reset = 0xab000000 },
    { OB_REG32("WO", WO, struct st, wo), .hints = OB_REG_DIRECT,
      .access = OB_WO },
    { OB_REG16("HALF", HALF, struct st, half), .flags = OB_REG_SHARED,
      .hints = OB_REG_DIRECT },
    { OB_REG32_HOOKED("ID", ID), .access = OB_RO, .hints = OB_REG_DIRECT,
      .reset = 0x1d1d, .count = 2 },
    { OB_REG32_ARRAY("ROWS", ROWS, struct st, rows), .hints = OB_REG_DIRECT },
    { OB_REG32("HIDDEN", HIDDEN, struct st, hidden), .flags = OB_REG_SHARED,
      .on_read = hidden_read },
    { OB_REG32("NEXT", HIDDEN + 4, struct st, hidden), .flags = OB_REG_SHARED,
      .hints = OB_REG_DIRECT },
};
static const struct ob_reg big_regs[] = {
    { OB_REG32("BIG", 4, struct st, big), .hints = OB_REG_DIRECT },
    { OB_REG16("BIGHALF", 8, struct st, half), .flags = OB_REG_SHARED,
      .hints = OB_REG_DIRECT },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x2800, .access_min = 1, .access_max = 4,
      .regs = OB_ARRAY(regs) },
    { .name = "big", .bytes = 0x1000, .flags = OB_REGION_BIG_ENDIAN,
      .regs = OB_ARRAY(big_regs) },
    { .name = "fn", .bytes = 0x2000, .access_min = 4, .access_max = 4,
      .on_read = fn_read, .on_write = fn_write, .direct_at = FN_PAGE,
      .direct_bytes = 0x1000 },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_gpio inputs[] = { { .name = "in", .count = 2,
    .changed = in_changed } };
static const struct ob_timer timers[] = { { .name = "tick",
    .expired = expired } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clk_changed },
};
static const struct ob_chardev chardevs[] = {
    { .name = "chardev", .room = room, .receive = receive, .event = event },
};
static const struct ob_prop props[] = {
    { OB_PROP_LINK_AT("peer", struct st, peer) },
};
static const struct ob_saved saved[] = { OB_SAVED(struct st, fn) };
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "pages", .state_bytes = sizeof(struct st),
    .state_version = 1, .state_oldest = 1, .props = OB_ARRAY(props),
    .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
    .inputs = OB_ARRAY(inputs), .timers = OB_ARRAY(timers),
    .clocks = OB_ARRAY(clocks), .chardevs = OB_ARRAY(chardevs),
    .saved = OB_ARRAY(saved), .reset = reset, .restored = restored,
};
static const struct ob_device_type *const types[] = { &type };
static const struct ob_module module = {
    OB_MODULE_HEAD("pages", "1", "MIT"), .devices = OB_ARRAY(types),
};

static struct ob_bench *bench_new(struct ob_bench_dev **ret)
{
    struct ob_bench *b = ob_bench_new();

    assert_int_equal(ob_bench_module(b, &module), 0);
    *ret = ob_bench_make(b, "pages", "p0", NULL);
    assert_non_null(*ret);
    return b;
}

/* --- which pages ---------------------------------------------------------- */

static void direct_is(const struct ob_device_type *t, uint32_t region,
                      uint64_t at, uint64_t bytes)
{
    struct device_decl *decl = declared(t);
    const struct decl_region *r = &decl->regions.at[region];
    struct device_pages all = { 0, 0 };

    if (r->pages.count)
        all = r->pages.at[0];
    assert_int_equal(r->pages.count, bytes != 0);
    assert_int_equal(all.at, at);
    assert_int_equal(all.bytes, bytes);
    device_decl_free(decl);
}

/* Two whole pages; the third has a hook, and is not whole in any case. */
static void test_pages_are_those_of_direct_registers_alone(void **state)
{
    (void)state;
    direct_is(&type, REGS, 0, 0x2000);
    direct_is(&type, BIG, 0, 0x1000);
    direct_is(&type, FN, FN_PAGE, 0x1000);
}

/* `regs` in one region of 8 KiB, with or without read(). */
static void one_region_is(const struct ob_reg *list, uint32_t count,
                          bool reads, uint64_t at, uint64_t bytes)
{
    struct ob_region r = {
        .name = "r", .bytes = 0x2000, .regs = { list, count, sizeof(*list) },
        .on_read = reads ? fn_read : NULL,
    };
    struct ob_device_type t = type;

    t.regions = (struct ob_array){ &r, 1, sizeof(r) };
    direct_is(&t, 0, at, bytes);
}

static void test_page_with_gaps_of_functions_is_none(void **state)
{
    struct ob_reg gap[] = {
        { OB_REG32_HOOKED("A", 0), .count = 1023, .hints = OB_REG_DIRECT },
    };

    (void)state;
    one_region_is(gap, 1, false, 0, 0x1000);
    one_region_is(gap, 1, true, 0, 0);
    gap[0].count = 1024;
    one_region_is(gap, 1, true, 0, 0x1000);
}

static void test_register_across_pages_spoils_both(void **state)
{
    struct ob_reg across[] = {
        { OB_REG32_HOOKED("A", 0), .hints = OB_REG_DIRECT },
        { OB_REG32_HOOKED("B", 0xffe), .hints = OB_REG_DIRECT },
        { OB_REG32_HOOKED("C", 0x1ff0), .hints = OB_REG_DIRECT },
    };

    (void)state;
    one_region_is(across, 3, false, 0, 0);
    across[1].offset = 0xff0;
    one_region_is(across, 3, false, 0, 0x2000);
    across[0].hints = 0;
    one_region_is(across, 3, false, 0x1000, 0x1000);
}

static void test_ranges_past_the_eighth_are_read_as_ever(void **state)
{
    struct ob_reg many[10];
    struct ob_region r = { .name = "r", .bytes = 0x20000,
                           .regs = OB_ARRAY(many) };
    struct ob_device_type t = type;
    struct device_decl *decl;
    char names[10][2] = { 0 };

    (void)state;
    for (uint32_t n = 0; n < 10; n++) {
        names[n][0] = (char)('A' + n);
        many[n] = (struct ob_reg){ OB_REG32_HOOKED(names[n], n * 0x2000),
                                   .hints = OB_REG_DIRECT };
    }
    t.regions = (struct ob_array){ &r, 1, sizeof(r) };
    decl = declared(&t);
    assert_int_equal(decl->regions.at[0].pages.count, 8);
    device_decl_free(decl);
}

/* --- they follow ---------------------------------------------------------- */

static void test_page_follows_writes_and_their_functions(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_write32(d, REGS, CTRL, 0x12345670);
    assert_int_equal(ob_bench_read32(d, REGS, CTRL), 0x12345670);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 0xedcba98f);
    ob_bench_write8(d, REGS, CTRL + 1, 0xff);
    assert_int_equal(ob_bench_read32(d, REGS, CTRL), 0x1234ff70);
    ob_bench_write32(d, REGS, MIX, 0x77);
    assert_int_equal(ob_bench_read32(d, REGS, MIX), 0xab000077);
    ob_bench_write32(d, REGS, WO, 0x77);
    assert_int_equal(ob_bench_read32(d, REGS, WO), 0);
    assert_int_equal(ob_bench_read32(d, REGS, ID), 0x1d1d);
    assert_int_equal(ob_bench_read32(d, REGS, ID + 4), 0x1d1d);
    for (uint32_t n = 0; n < 1024; n += 341) {
        ob_bench_write32(d, REGS, ROWS + 4 * n, n + 9);
        assert_int_equal(ob_bench_read32(d, REGS, ROWS + 4 * n), n + 9);
    }
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_page_follows_every_other_call(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 300);
    ob_bench_input(d, 0, 1, 1);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 102);
    ob_bench_step(b, 1000);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 200);
    ob_bench_clock_set(d, 0, 0, 1000000);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 1000000);
    ob_bench_chr_feed(d, 0, 0, "x", 1);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 'x');
    assert_true(ob_bench_read16(d, REGS, HALF) > 0);
    ob_bench_chr_event(d, 0, 0, OB_CHR_BREAK);
    assert_int_equal(ob_bench_read8(d, REGS, MIX), OB_CHR_BREAK);
    /* A hook's own read of the page next door. */
    ob_bench_read32(d, REGS, HIDDEN);
    assert_int_equal(ob_bench_read8(d, REGS, MIX), OB_CHR_BREAK + 1);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read32(d, REGS, SEEN), 300);
    assert_int_equal(ob_bench_read32(d, REGS, CTRL), 0);
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_page_follows_a_restore(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);
    uint8_t *block;
    size_t count;

    (void)state;
    ob_bench_write32(d, REGS, CTRL, 0x10);
    ob_bench_write32(d, FN, FN_PAGE + 8, 0x20);
    block = ob_bench_save(d, &count);
    ob_bench_reset(d);
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 8), 5);
    assert_int_equal(ob_bench_restore(d, block, count), 0);
    assert_int_equal(ob_bench_read32(d, REGS, CTRL), 0x10);
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 8), 0x20);
    free(block);
    assert_int_equal(ob_bench_free(b), 0);
}

/* The line rises inside the hook: who sees it sees the new register. */
static void test_page_is_new_before_a_line_changes(void **state)
{
    struct ob_bench_dev *d, *watcher;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    watcher = ob_bench_make(b, "pages", "p1", "peer=p0");
    ob_bench_wire_irq(d, 0, 0, watcher, 0, 0);
    ob_bench_write32(d, REGS, CTRL, 0xf1);
    assert_int_equal(((struct st *)ob_bench_state(watcher))->peer_saw,
                     0xffffff0e);
    /* And the two are apart. */
    assert_int_equal(ob_bench_read32(watcher, REGS, CTRL), 0);
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_page_is_in_the_regions_byte_order(void **state)
{
    static const uint8_t want[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 };
    uint8_t bytes[6];
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_map(ob_bench_system(b), 0x1000, d, BIG);
    ob_bench_write32(d, BIG, 4, 0x11223344);
    ob_bench_write16(d, BIG, 8, 0x5566);
    assert_int_equal(ob_bench_read32(d, BIG, 4), 0x11223344);
    assert_int_equal(ob_bench_read8(d, BIG, 4), 0x11);
    ob_bench_bus_read(ob_bench_system(b), 0x1004, bytes, 6);
    assert_memory_equal(bytes, want, 6);
    assert_int_equal(ob_bench_read64(d, BIG, 4), 0x1122334455660000);
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_page_is_read_in_any_way_and_in_no_log(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_write32(d, REGS, CTRL, 0x11223344);
    assert_int_equal(ob_bench_read16(d, REGS, CTRL + 1), 0x2233);
    assert_int_equal(ob_bench_read64(d, REGS, ID), 0x1d1d00001d1d);
    assert_int_equal(ob_bench_read32(d, REGS, 0x800), 0);
    assert_int_equal(ob_bench_read8(d, FN, FN_PAGE + 8), 5);
    assert_int_equal(ob_bench_log_count(b), 0);
    /* Outside of it all is as ever. */
    ob_bench_read8(d, FN, 0);
    assert_string_equal(ob_bench_log_line(b, 0),
                        "pages p0: read of 1 bytes at 0x0 of fn: is of a size "
                        "that the region does not take");
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_functions_lay_down_what_is_read(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 8), 5);
    ob_bench_write32(d, FN, FN_PAGE + 8, 0xabc);
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 8), 0xabc);
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 12), 0);
    assert_int_equal(ob_bench_free(b), 0);
}

/* --- models that lie ------------------------------------------------------ */

static void told(struct ob_bench *b, const char *line)
{
    if (!ob_bench_log_has(b, line))
        print_error("wanted: %s\nlast: %s\n", line,
                    ob_bench_log_line(b, ob_bench_log_count(b) - 1));
    assert_true(ob_bench_log_has(b, line));
    assert_int_equal(ob_bench_mistakes(b), 1);
    ob_bench_free(b);
}

static void test_register_changed_behind_the_hosts_back_is_told(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_strict(b, false);
    ((struct st *)ob_bench_state(d))->rows[3] = 9;
    assert_int_equal(ob_bench_read32(d, REGS, ROWS + 12), 0);
    told(b, "pages p0: ROWS[3] is OB_REG_DIRECT: its value is 0x9, and the "
            "guest reads 0x0 as memory; change it only while the model is "
            "called");
}

static void test_function_that_gives_other_values_is_told(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_strict(b, false);
    ob_bench_write32(d, FN, 0, LIE_VALUE);
    assert_int_equal(ob_bench_read32(d, FN, FN_PAGE + 8), 5);
    told(b,
         "pages p0: on_read() of 0x1008 of fn, 4 bytes: gives 0x4d, and the "
         "guest reads 0x5 there as memory; set it with "
         "ob_direct_set()");
}

static void test_read_that_changes_the_state_is_told(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);
    char line[256];

    (void)state;
    ob_bench_strict(b, false);
    ob_bench_write32(d, FN, 0, LIE_STATE);
    ob_bench_read32(d, FN, FN_PAGE + 16);
    snprintf(line, sizeof(line),
             "pages p0: on_read() of 0x1010 of fn: changes byte %zu of the "
             "state "
             "struct, and lies in pages that the guest reads as memory; a "
             "read there may have no side effect",
             offsetof(struct st, peer_saw));
    told(b, line);
}

static void test_read_that_calls_out_is_told(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_strict(b, false);
    ob_bench_write32(d, FN, 0, LIE_SERVICE);
    ob_bench_read32(d, FN, FN_PAGE + 16);
    assert_false(ob_bench_irq(d, 0, 0));
    told(b, "pages p0: irq_set: called from a read that is declared to have "
            "no side effect");
}

static void test_laying_down_elsewhere_is_told(void **state)
{
    struct ob_bench_dev *d;
    struct ob_bench *b = bench_new(&d);

    (void)state;
    ob_bench_strict(b, false);
    ob_bench_write32(d, FN, 4, 0xffe);
    told(b, "pages p0: direct_set: 4 bytes at 0xffe of fn are not in the "
            "pages that it declares by direct_at");
}

static void test_laying_down_ends_with_the_pages(void **state)
{
    static const struct {
        uint32_t at;
        bool fits;
    } rows[] = {
        { 0xffc, false },  { 0xffd, false },  { 0xfff, false },
        { 0x1000, true },  { 0x1001, true },  { 0x1ffb, true },
        { 0x1ffc, true },  { 0x1ffd, false }, { 0x1fff, false },
        { 0x2000, false }, { 0x2001, false }, { 0xffffffff, false },
    };

    (void)state;
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        struct ob_bench_dev *d;
        struct ob_bench *b = bench_new(&d);

        ob_bench_strict(b, false);
        ob_bench_write32(d, FN, 4, rows[n].at);
        assert_int_equal(ob_bench_mistakes(b), !rows[n].fits);
        ob_bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_those_of_direct_registers_alone),
        cmocka_unit_test(test_page_with_gaps_of_functions_is_none),
        cmocka_unit_test(test_register_across_pages_spoils_both),
        cmocka_unit_test(test_ranges_past_the_eighth_are_read_as_ever),
        cmocka_unit_test(test_page_follows_writes_and_their_functions),
        cmocka_unit_test(test_page_follows_every_other_call),
        cmocka_unit_test(test_page_follows_a_restore),
        cmocka_unit_test(test_page_is_new_before_a_line_changes),
        cmocka_unit_test(test_page_is_in_the_regions_byte_order),
        cmocka_unit_test(test_page_is_read_in_any_way_and_in_no_log),
        cmocka_unit_test(test_functions_lay_down_what_is_read),
        cmocka_unit_test(
            test_register_changed_behind_the_hosts_back_is_told),
        cmocka_unit_test(test_function_that_gives_other_values_is_told),
        cmocka_unit_test(test_read_that_changes_the_state_is_told),
        cmocka_unit_test(test_read_that_calls_out_is_told),
        cmocka_unit_test(test_laying_down_elsewhere_is_told),
        cmocka_unit_test(test_laying_down_ends_with_the_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
