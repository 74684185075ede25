/* SPDX-License-Identifier: MIT */
/* Unit tests: the firmware's tags that the property shim adds. */
#include "fakes.h"

enum { MSG_AT = 0x1000, RAM_BYTES = 0x4000, CODE = 4, TAGS = 8 };

struct setup {
    struct ob_bench *b;
    struct ob_bench_dev *behind, *d;
    uint8_t *ram;
};

static struct setup set_up(const char *props)
{
    struct setup s = { .b = fakes_bench() };

    s.ram = ob_bench_ram(ob_bench_system(s.b), 0, RAM_BYTES);
    s.behind = ob_bench_make(s.b, "fake-part", "property", NULL);
    s.d = ob_bench_make(s.b, "bcm2711-property-shim", "d", props);
    assert_non_null(s.d);
    return s;
}

static uint32_t word(struct setup s, uint32_t at)
{
    const uint8_t *p = s.ram + MSG_AT + at;

    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put(struct setup s, uint32_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        s.ram[MSG_AT + at + i] = (uint8_t)(value >> 8 * i);
}

static void send(struct setup s)
{
    ob_bench_write32(s.d, 0, 0, MSG_AT | 8);
}

/* One tag with `count` words of value; the answer's words come back. */
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

static void test_property_message_reaches_part_behind(void **state)
{
    struct setup s = set_up("target=property");
    struct fake *behind = ob_bench_state(s.behind);

    (void)state;
    ask(s, 0x10002, (uint32_t[]){ 0 }, 1);
    assert_int_equal(behind->boxed, 1);
    assert_int_equal(behind->words[0], MSG_AT | 8);
    assert_int_equal(word(s, TAGS + 8), 0);
    assert_int_equal(ob_bench_read32(s.d, 0, 0), MSG_AT | 8);
    fakes_end(s.b);
}

static void test_property_busy_part_gets_nothing(void **state)
{
    struct setup s = set_up("target=property");
    struct fake *behind = ob_bench_state(s.behind);

    (void)state;
    behind->busy = 1;
    send(s);
    assert_int_equal(behind->boxed, 0);
    assert_true(ob_bench_log_has(s.b, "before the last was read"));
    fakes_end(s.b);
}

static void test_property_serial_is_property(void **state)
{
    struct setup s = set_up("target=property,serial=0x123456789abcdef0");
    uint32_t v[2] = { 0, 0 };

    (void)state;
    ask(s, 0x10004, v, 2);
    assert_int_equal(v[0], 0x9abcdef0);
    assert_int_equal(v[1], 0x12345678);
    assert_int_equal(word(s, TAGS + 8), 0x80000008);
    fakes_end(s.b);
}

static void test_property_expander_level_is_kept(void **state)
{
    struct setup s = set_up("target=property");
    uint32_t set[2] = { 128 + 4, 1 }, get[2] = { 128 + 4, 0 };

    (void)state;
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
    struct setup s = set_up("target=property");
    uint32_t set[6] = { 128 + 2, 0, 1, 1, 1, 0 }, get[5] = { 128 + 2 };

    (void)state;
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
    struct setup s = set_up("target=property");
    uint32_t get[2] = { 136, 0 };

    (void)state;
    ask(s, 0x30041, get, 2);
    assert_int_equal(get[0], 136);
    assert_true(ob_bench_log_has(s.b, "the expander has no line 136"));
    fakes_end(s.b);
}

static void test_property_clock_set_stays_within_limits(void **state)
{
    struct setup s = set_up("target=property");
    uint32_t set[3] = { 3, 4000000000u, 1 }, get[2] = { 3, 0 };

    (void)state;
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
    struct setup s = set_up("target=property");
    uint32_t v[34];
    unsigned n = 0;

    (void)state;
    memset(v, 0xff, sizeof(v));
    ask(s, 0x10007, v, 34);
    while (v[2 * n + 1] && n < 16)
        n++;
    assert_int_equal(n, 8);
    assert_int_equal(v[2 * n], 0);
    assert_int_equal(word(s, TAGS + 8), 0x80000000 | 8 * (n + 1));
    fakes_end(s.b);
}

/* No room for an answer: what does not fit is left out, nothing else moves. */
static void test_property_short_value_is_not_overrun(void **state)
{
    struct setup s = set_up("target=property");
    uint32_t v[1] = { 0 };

    (void)state;
    put(s, TAGS + 12 + 8, 0xfeedface);
    ask(s, 0x10004, v, 1);
    assert_int_equal(word(s, TAGS + 12 + 4), 0);
    assert_int_equal(word(s, TAGS + 12 + 8), 0xfeedface);
    fakes_end(s.b);
}

static void test_property_two_tags_are_both_answered(void **state)
{
    struct setup s = set_up("target=property");

    (void)state;
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
} bad_messages[] = {
    { 0, 0x10004, 8 },
    { 4, 0x10004, 8 },
    { 0xffffffff, 0x10004, 0xffffffff },
    { 0xffffffff, 0x10004, 0xfffffff4 },
    { 28, 0x10004, 0x80000000 },
    { 19, 0x10004, 8 },
    { 24, 0x10004, 12 },
    { 0xffffffff, 0x77777777, 3 },
};

/* Whatever a guest writes there: nothing past the message, no mistake. */
static void test_property_bad_lengths_are_survived(void **state)
{
    struct setup s = set_up("target=property");

    (void)state;
    for (unsigned n = 0; n < sizeof(bad_messages) / sizeof(bad_messages[0]);
         n++) {
        memset(s.ram + MSG_AT, 0, RAM_BYTES - MSG_AT);
        put(s, 0, bad_messages[n].total);
        put(s, TAGS, bad_messages[n].tag);
        put(s, TAGS + 4, bad_messages[n].room);
        send(s);
        assert_int_equal(word(s, TAGS + 8), 0);
    }
    fakes_end(s.b);
}

static void test_property_message_nowhere_is_survived(void **state)
{
    struct setup s = set_up("target=property");

    (void)state;
    ob_bench_write32(s.d, 0, 0, 0xfffffff8);
    ob_bench_write32(s.d, 0, 0, RAM_BYTES - 0x10 + 8);
    fakes_end(s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property_message_reaches_part_behind),
        cmocka_unit_test(test_property_busy_part_gets_nothing),
        cmocka_unit_test(test_property_serial_is_property),
        cmocka_unit_test(test_property_expander_level_is_kept),
        cmocka_unit_test(test_property_expander_configuration_is_kept),
        cmocka_unit_test(test_property_expander_line_unknown_is_an_error),
        cmocka_unit_test(test_property_clock_set_stays_within_limits),
        cmocka_unit_test(test_property_clock_list_ends_in_zeros),
        cmocka_unit_test(test_property_short_value_is_not_overrun),
        cmocka_unit_test(test_property_two_tags_are_both_answered),
        cmocka_unit_test(test_property_bad_lengths_are_survived),
        cmocka_unit_test(test_property_message_nowhere_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
