/* SPDX-License-Identifier: MIT */
/* Unit tests of the property shim: its checks and the tags that it adds. */
#include "fakes.h"

enum { MSG_AT = 0x1000, RAM_BYTES = 0x8000, CODE = 4, TAGS = 8 };
enum { COPY_AT = 0x7c000000, COPY_BYTES = 0x10000, FB_AT = 0xf000,
    SLOT = 140 };
#define BAD 0x80000001

struct setup {
    struct ob_bench *b;
    struct ob_bench_dev *behind, *fb, *d;
    uint8_t *ram, *copy;
};

static struct setup set_up(const char *serial)
{
    struct setup s = { .b = fakes_bench() };
    struct ob_bench_bus *bus = ob_bench_bus_new(s.b);

    s.ram = ob_bench_ram(ob_bench_system(s.b), 0, RAM_BYTES);
    s.copy = ob_bench_ram(bus, COPY_AT, COPY_BYTES);
    s.behind = ob_bench_make(s.b, "fake-part", "property", NULL);
    s.fb = ob_bench_make(s.b, "fake-part", "fb", NULL);
    s.d = ob_bench_dev_new(s.b, "bcm2711-property-shim", "d");
    assert_int_equal(ob_bench_set(s.d, "target", "property"), 0);
    assert_int_equal(ob_bench_set(s.d, "fb", "fb"), 0);
    assert_int_equal(ob_bench_link_bus(s.d, "copy-mr", bus), 0);
    if (serial)
        assert_int_equal(ob_bench_set(s.d, "serial", serial), 0);
    assert_int_equal(ob_bench_create(s.d), 0);
    return s;
}

static uint32_t copied(struct setup s, uint32_t at)
{
    return (uint32_t)ob_get_le(s.copy + at, 4);
}

static uint32_t word(struct setup s, uint32_t at)
{
    return (uint32_t)ob_get_le(s.ram + MSG_AT + at, 4);
}

static void put(struct setup s, uint32_t at, uint32_t value)
{
    ob_put_le(s.ram + MSG_AT + at, 4, value);
}

static void send(struct setup s)
{
    ob_bench_write32(s.d, 0, 0, MSG_AT | 8);
}

/* Send a tag with `count` words. `values` receives the answer's words. */
static void ask(struct setup s, uint32_t tag, uint32_t *values, unsigned count)
{
    put(s, 0, TAGS + 12 + 4 * count + 4);
    put(s, CODE, 0);
    put(s, TAGS, tag);
    put(s, TAGS + 4, 4 * count);
    put(s, TAGS + 8, 0);
    for (unsigned n = 0; n < count; n++)
        put(s, TAGS + 12 + 4 * n, values[n]);
    put(s, TAGS + 12 + 4 * count, 0);
    send(s);
    for (unsigned n = 0; n < count; n++)
        values[n] = word(s, TAGS + 12 + 4 * n);
}

static void test_property_message_reaches_target(void **state)
{
    struct setup s = set_up(NULL);
    struct fake *behind = ob_bench_state(s.behind);

    ask(s, 0x10002, (uint32_t[]){ 0 }, 1);
    assert_int_equal(behind->boxed, 1);
    assert_int_equal(behind->words[0], COPY_AT | 8);
    assert_int_equal(copied(s, 0), TAGS + SLOT + 4);
    assert_int_equal(copied(s, TAGS), 0x10002);
    assert_int_equal(copied(s, TAGS + 4), SLOT - 12);
    assert_int_equal(copied(s, TAGS + SLOT), 0);
    assert_int_equal(word(s, TAGS + 4), 4);
    assert_int_equal(word(s, TAGS + 8), 0);
    fakes_restore(s.d);
    assert_int_equal(ob_bench_read32(s.d, 0, 0), MSG_AT | 8);
    fakes_end(s.b);
}

static void test_property_busy_part_gets_nothing(void **state)
{
    struct setup s = set_up(NULL);
    struct fake *behind = ob_bench_state(s.behind);

    behind->busy = 1;
    send(s);
    assert_int_equal(behind->boxed, 0);
    assert_true(ob_bench_log_has(s.b, "before the last answer was read"));
    fakes_end(s.b);
}

static void test_property_serial_is_property(void **state)
{
    struct setup s = set_up("0x123456789abcdef0");
    uint32_t v[2] = { 0, 0 };

    ask(s, 0x10004, v, 2);
    assert_int_equal(v[0], 0x9abcdef0);
    assert_int_equal(v[1], 0x12345678);
    assert_int_equal(word(s, TAGS + 8), 0x80000008);
    fakes_end(s.b);
}

static void test_property_expander_level_is_kept(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t set[2] = { 128 + 4, 1 }, get[2] = { 128 + 4, 0 };

    ask(s, 0x38041, set, 2);
    assert_int_equal(set[0], 0);
    fakes_restore(s.d);
    ask(s, 0x30041, get, 2);
    assert_int_equal(get[0], 0);
    assert_int_equal(get[1], 1);
    fakes_end(s.b);
}

static void test_property_expander_configuration_is_kept(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t set[6] = { 128 + 2, 0, 1, 1, 1, 0 }, get[5] = { 128 + 2 };

    ask(s, 0x38043, set, 6);
    assert_int_equal(word(s, TAGS + 8), 0x80000018);
    ask(s, 0x30043, get, 5);
    assert_int_equal(get[0], 0);
    assert_int_equal(get[1], 0);
    assert_int_equal(get[2], 1);
    assert_int_equal(get[4], 1);
    assert_int_equal(word(s, TAGS + 8), 0x80000014);
    fakes_end(s.b);
}

static void test_property_expander_line_unknown_is_an_error(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t get[2] = { 136, 0 };

    ask(s, 0x30041, get, 2);
    assert_int_equal(get[0], 136);
    assert_true(ob_bench_log_has(s.b, "the expander has no line 136"));
    fakes_end(s.b);
}

static void test_property_clock_set_stays_within_limits(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t set[3] = { 3, 4000000000u, 1 }, get[2] = { 3, 0 };

    ask(s, 0x38002, set, 3);
    assert_int_equal(set[1], 1500000000);
    set[1] = 1;
    ask(s, 0x38002, set, 3);
    fakes_restore(s.d);
    ask(s, 0x30002, get, 2);
    assert_int_equal(get[1], 600000000);
    ask(s, 0x30004, get, 2);
    assert_int_equal(get[1], 1500000000);
    fakes_end(s.b);
}

static void test_property_clock_list_ends_in_zeros(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t v[34];
    unsigned n = 0;

    memset(v, 0xff, sizeof(v));
    ask(s, 0x10007, v, 34);
    while (v[2 * n + 1] && n < 16)
        n++;
    assert_int_equal(n, 8);
    assert_int_equal(v[2 * n], 0);
    assert_int_equal(word(s, TAGS + 8), 0x80000000 | 8 * (n + 1));
    fakes_end(s.b);
}

/* If the tag has too little room, the shim drops the words that do not fit. */
static void test_property_short_value_is_not_overrun(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t v[1] = { 0 };

    put(s, TAGS + 12 + 8, 0xfeedface);
    ask(s, 0x10004, v, 1);
    assert_int_equal(word(s, TAGS + 12 + 4), 0);
    assert_int_equal(word(s, TAGS + 12 + 8), 0xfeedface);
    fakes_end(s.b);
}

static void test_property_two_tags_are_both_answered(void **state)
{
    struct setup s = set_up(NULL);

    put(s, 0, TAGS + 16 + 20 + 4);
    put(s, TAGS, 0x30046);
    put(s, TAGS + 4, 4);
    put(s, TAGS + 12, 0xffff);
    put(s, TAGS + 16, 0x10004);
    put(s, TAGS + 20, 8);
    put(s, TAGS + 36, 0);
    send(s);
    assert_int_equal(word(s, TAGS + 12), 0);
    assert_int_equal(word(s, TAGS + 24), 0x80000008);
    fakes_end(s.b);
}

static const struct {
    uint32_t total, tag, room;
    const char *wrong;
} bad_messages[] = {
    { 0, 0x10004, 8, "it is shorter than its header" },
    { 4, 0x10004, 8, "it is shorter than its header" },
    { 0xffffffff, 0x10004, 8, "its end is not in memory" },
    { 0x20000, 0x10004, 8, "a tag's value passes its end" },
    { 0x4000, 0x10004, 0xffffffff, "a tag's value passes its end" },
    { 0x20, 0x10004, 0xfffffff4, "a tag's value passes its end" },
    { 28, 0x10004, 0x80000000, "a tag's value passes its end" },
    { 19, 0x10004, 8, "a tag's header passes its end" },
    { 24, 0x10004, 12, "a tag's value passes its end" },
    { 0x4000, 0x77777777, 0x3fec, "it has no end tag in 16 KiB" },
};

/* QEMU's part gets a message without tags; the guest gets the error. */
static void test_property_bad_message_is_refused(void **state)
{
    for (unsigned n = 0; n < sizeof(bad_messages) / sizeof(bad_messages[0]);
         n++) {
        struct setup s = set_up(NULL);
        struct fake *behind = ob_bench_state(s.behind);

        if (bad_messages[n].total == 0x20000)
            ob_bench_ram(ob_bench_system(s.b), RAM_BYTES, 0x20000);
        put(s, 0, bad_messages[n].total);
        put(s, TAGS, bad_messages[n].tag);
        put(s, TAGS + 4,
            bad_messages[n].total == 0x20000 ? 0x1fff0 : bad_messages[n].room);
        send(s);
        assert_true(ob_bench_log_has(s.b, bad_messages[n].wrong));
        assert_int_equal(word(s, CODE), BAD);
        assert_int_equal(word(s, TAGS + 8), 0);
        assert_int_equal(behind->boxed, 1);
        assert_int_equal(copied(s, 0), TAGS + 4);
        assert_int_equal(copied(s, TAGS), 0);
        fakes_end(s.b);
    }
}

static void test_property_too_many_tags_are_refused(void **state)
{
    struct setup s = set_up(NULL);

    put(s, 0, TAGS + 129 * 12 + 4);
    for (unsigned n = 0; n < 129; n++)
        put(s, TAGS + 12 * n, 0x77777777);
    send(s);
    assert_true(ob_bench_log_has(s.b, "it has too many tags"));
    assert_int_equal(word(s, CODE), BAD);
    fakes_end(s.b);
}

static void test_property_missing_end_tag_is_added(void **state)
{
    struct setup s = set_up(NULL);

    put(s, 0, TAGS + 12 + 6);
    put(s, TAGS, 0x10003);
    put(s, TAGS + 4, 6);
    send(s);
    assert_int_equal(word(s, CODE), 0);
    assert_int_equal(copied(s, 0), TAGS + SLOT + 4);
    assert_int_equal(copied(s, TAGS + SLOT), 0);
    fakes_end(s.b);
}

/* A message among peripherals, for example in the mailbox itself. */
static void test_property_message_among_peripherals_is_refused(void **state)
{
    struct setup s = set_up(NULL);

    ob_bench_ram(ob_bench_system(s.b), 0x7e000000, 0x1000);
    ob_bench_write32(s.d, 0, 0, 0x7e000000 | 8);
    assert_true(ob_bench_log_has(s.b, "0x7e000000: it is not in memory"));
    ob_bench_write32(s.d, 1, 0, 0x7e000000 | 1);
    assert_int_equal(((struct fake *)ob_bench_state(s.fb))->boxed, 0);
    fakes_end(s.b);
}

static const struct {
    uint32_t first, count, room, word0, word1;
} palettes[] = {
    { 0, 2, 16, 0, 2 },    { 2, 3, 20, 2, 3 },
    { 200, 10, 48, 0, 0 }, { 10, 0, 8, 0, 0 },
    { 1, 0, 3, 0, 0 },     { 0, 0xffffffff, 16, 0, 0 },
    { 255, 2, 16, 0, 0 },  { 0xffffffff, 2, 16, 0, 0 },
    { 0, 3, 16, 0, 0 },
};

/* QEMU's part loops over as many colours as the tag has, or none. */
static void test_property_palette_is_bounded(void **state)
{
    for (unsigned n = 0; n < sizeof(palettes) / sizeof(palettes[0]); n++) {
        struct setup s = set_up(NULL);
        bool bad = palettes[n].word1 == 0;

        put(s, 0, 0x80);
        put(s, TAGS, 0x4800b);
        put(s, TAGS + 4, palettes[n].room);
        put(s, TAGS + 12, palettes[n].first);
        put(s, TAGS + 16, palettes[n].count);
        if (palettes[n].room < 8)
            put(s, TAGS + 16, 0);
        send(s);
        assert_int_equal(copied(s, TAGS + 12), palettes[n].word0);
        assert_int_equal(copied(s, TAGS + 16), palettes[n].word1);
        assert_int_equal(ob_bench_log_has(s.b, "a palette cannot have"), bad);
        fakes_end(s.b);
    }
}

static void test_property_depth_is_one_of_four(void **state)
{
    struct setup s = set_up(NULL);
    uint32_t v[1] = { 0xfffffff8 };

    ask(s, 0x48005, v, 1);
    assert_int_equal(copied(s, TAGS + 12), 16);
    assert_true(ob_bench_log_has(s.b, "cannot have a depth of 4294967288"));
    v[0] = 32;
    ask(s, 0x48005, v, 1);
    assert_int_equal(copied(s, TAGS + 12), 32);
    fakes_end(s.b);
}

static void test_property_fb_message_is_copied_and_checked(void **state)
{
    struct setup s = set_up(NULL);
    struct fake *fb = ob_bench_state(s.fb);

    for (uint32_t n = 0; n < 10; n++)
        put(s, 4 * n, 0x80000000 + n);
    ob_bench_write32(s.d, 1, 0, MSG_AT | 1);
    assert_int_equal(fb->words[0], (COPY_AT + FB_AT) | 1);
    assert_int_equal(copied(s, FB_AT), 0x80000000);
    assert_int_equal(copied(s, FB_AT + 20), 16);
    assert_int_equal(word(s, 20), 0x80000005);
    ob_bench_input(s.d, 0, 0, 1);
    fakes_restore(s.d);
    assert_true(ob_bench_irq(s.d, 0, 0));
    ob_bench_input(s.d, 0, 0, 0);
    assert_false(ob_bench_irq(s.d, 0, 0));
    fb->busy = 1;
    ob_bench_write32(s.d, 1, 0, MSG_AT | 1);
    assert_int_equal(fb->boxed, 1);
    assert_int_equal(ob_bench_read32(s.d, 1, 4), 1);
    fakes_end(s.b);
}

static void test_property_message_nowhere_is_survived(void **state)
{
    struct setup s = set_up(NULL);

    ob_bench_write32(s.d, 0, 0, 0xfffffff8);
    ob_bench_write32(s.d, 0, 0, RAM_BYTES - 0x10 + 8);
    fakes_end(s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property_message_reaches_target),
        cmocka_unit_test(test_property_busy_part_gets_nothing),
        cmocka_unit_test(test_property_serial_is_property),
        cmocka_unit_test(test_property_expander_level_is_kept),
        cmocka_unit_test(test_property_expander_configuration_is_kept),
        cmocka_unit_test(test_property_expander_line_unknown_is_an_error),
        cmocka_unit_test(test_property_clock_set_stays_within_limits),
        cmocka_unit_test(test_property_clock_list_ends_in_zeros),
        cmocka_unit_test(test_property_short_value_is_not_overrun),
        cmocka_unit_test(test_property_two_tags_are_both_answered),
        cmocka_unit_test(test_property_bad_message_is_refused),
        cmocka_unit_test(test_property_too_many_tags_are_refused),
        cmocka_unit_test(test_property_missing_end_tag_is_added),
        cmocka_unit_test(test_property_message_among_peripherals_is_refused),
        cmocka_unit_test(test_property_palette_is_bounded),
        cmocka_unit_test(test_property_depth_is_one_of_four),
        cmocka_unit_test(test_property_fb_message_is_copied_and_checked),
        cmocka_unit_test(test_property_message_nowhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
