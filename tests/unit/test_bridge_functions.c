/* SPDX-License-Identifier: MIT */
/* The bridge's reader of .eh_frame_hdr, on tables of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/qemu/functions.h"

enum { COUNT = 3 };

/* Functions start 256 bytes before the table, and 64 and 512 after it. */
static const struct table {
    uint8_t forms[4];
    int32_t frames;
    uint32_t count;
    int32_t entries[COUNT][2];
} good = {
    { 1, 0x1b, 3, 0x3b },
    0,
    COUNT,
    { { -256, 0 }, { 64, 0 }, { 512, 0 } },
};

static bool table_read(struct functions *f, const struct table *t,
                       size_t bytes)
{
    return functions_read(f, (uintptr_t)t, (uintptr_t)t + bytes);
}

static void test_functions_start_where_the_table_says(void **state)
{
    struct functions f;
    uintptr_t at = (uintptr_t)&good;

    (void)state;
    assert_true(table_read(&f, &good, sizeof(good)));
    for (int n = -300; n < 600; n++)
        assert_int_equal(functions_start(&f, at + (uintptr_t)(intptr_t)n),
                         n == -256 || n == 64 || n == 512);
}

static void test_functions_one_alone_is_found(void **state)
{
    struct table t = good;
    struct functions f;

    (void)state;
    t.count = 1;
    assert_true(table_read(&f, &t, sizeof(t)));
    assert_true(functions_start(&f, (uintptr_t)&t - 256));
    assert_false(functions_start(&f, (uintptr_t)&t + 64));
}

static void test_functions_span_reaches_from_first_to_last(void **state)
{
    struct functions f;
    uintptr_t at = (uintptr_t)&good;

    (void)state;
    assert_true(table_read(&f, &good, sizeof(good)));
    assert_false(functions_span(&f, at - 257));
    assert_true(functions_span(&f, at - 256));
    assert_true(functions_span(&f, at + 100));
    assert_true(functions_span(&f, at + 512));
    assert_false(functions_span(&f, at + 513));
}

/* Whatever its size, the pointer to the frames is only passed over. */
static void test_functions_pointer_of_four_bytes_is_taken(void **state)
{
    struct table t = good;
    struct functions f;

    (void)state;
    t.forms[1] = 0x03;
    assert_true(table_read(&f, &t, sizeof(t)));
}

static void test_functions_other_form_is_refused(void **state)
{
    static const uint8_t other[4][3] = {
        { 0, 2, 255 },                  /* version */
        { 0x1a, 0x1c, 0xff },           /* 2 bytes, 8 bytes, none */
        { 0x0b, 0x04, 0xff },           /* signed, 8 bytes, none */
        { 0x1b, 0x33, 0xff },           /* from its place, unsigned, none */
    };

    (void)state;
    for (int n = 0; n < 4; n++) {
        for (int i = 0; i < 3; i++) {
            struct table t = good;
            struct functions f = { 1, NULL, 1 };

            t.forms[n] = other[n][i];
            assert_false(table_read(&f, &t, sizeof(t)));
            assert_int_equal(f.count, 0);
        }
    }
}

static void test_functions_table_past_its_end_is_refused(void **state)
{
    struct functions f;

    (void)state;
    for (size_t bytes = 0; bytes < sizeof(good); bytes++)
        assert_false(table_read(&f, &good, bytes));
    assert_false(functions_read(&f, (uintptr_t)&good, (uintptr_t)&good - 1));
}

static void test_functions_huge_count_is_refused(void **state)
{
    static const uint32_t huge[] = { COUNT + 1, 1u << 29, 1u << 31, ~0u };
    struct functions f;

    (void)state;
    for (int n = 0; n < 4; n++) {
        struct table t = good;

        t.count = huge[n];
        assert_false(table_read(&f, &t, sizeof(t)));
    }
}

static void test_functions_empty_or_unaligned_table_is_refused(void **state)
{
    struct table t = good;
    struct functions f;

    (void)state;
    t.count = 0;
    assert_false(table_read(&f, &t, sizeof(t)));
    assert_false(functions_read(&f, (uintptr_t)&good + 2,
                                (uintptr_t)&good + sizeof(good)));
}

static void test_functions_without_a_table_has_none(void **state)
{
    const struct functions f = { 0 };

    (void)state;
    assert_false(functions_start(&f, 0));
    assert_false(functions_span(&f, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_start_where_the_table_says),
        cmocka_unit_test(test_functions_one_alone_is_found),
        cmocka_unit_test(test_functions_span_reaches_from_first_to_last),
        cmocka_unit_test(test_functions_pointer_of_four_bytes_is_taken),
        cmocka_unit_test(test_functions_other_form_is_refused),
        cmocka_unit_test(test_functions_table_past_its_end_is_refused),
        cmocka_unit_test(test_functions_huge_count_is_refused),
        cmocka_unit_test(test_functions_empty_or_unaligned_table_is_refused),
        cmocka_unit_test(test_functions_without_a_table_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
