/* SPDX-License-Identifier: MIT */
/* Names, quantities shown, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/units.h"

static const char *const names[] = {
    "memory", "parts", "boot", "title", "acme-uart", NULL,
};

static void test_distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(str_distance("", ""), 0);
    assert_int_equal(str_distance("abc", ""), 3);
    assert_int_equal(str_distance("", "ab"), 2);
    assert_int_equal(str_distance("abc", "abc"), 0);
    assert_int_equal(str_distance("abc", "ABC"), 0);
    assert_int_equal(str_distance("abc", "abd"), 1);
    assert_int_equal(str_distance("abc", "acb"), 1);
    assert_int_equal(str_distance("abcd", "bcd"), 1);
    assert_int_equal(str_distance("kitten", "sitting"), 3);
}

static void test_distance_long_names_stay_in_bounds(void **state)
{
    char a[500], b[500];

    (void)state;
    memset(a, 'a', sizeof(a) - 1);
    memset(b, 'b', sizeof(b) - 1);
    a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
    assert_int_equal(str_distance(a, b), 64);
    assert_int_equal(str_distance(a, a), 0);
}

static void test_nearest_finds_what_was_meant(void **state)
{
    (void)state;
    assert_string_equal(str_nearest("memroy", names), "memory");
    assert_string_equal(str_nearest("part", names), "parts");
    assert_string_equal(str_nearest("acme_uart", names), "acme-uart");
}

static void test_nearest_far_name_gives_null(void **state)
{
    (void)state;
    assert_null(str_nearest("zzzzzz", names));
    assert_null(str_nearest("xy", names));
    assert_null(str_nearest("min", (const char *const[]){ "max", NULL }));
    assert_null(str_nearest("a", NULL));
}

/* How much a name may differ, by its length; case does not count. */
static void test_nearest_reaches_as_far_as_the_name_is_long(void **state)
{
    static const struct {
        const char *name, *candidate;
        bool near;
    } rows[] = {
        { "abc", "abx", true },
        { "abc", "axx", false },
        { "abcd", "abxx", true },
        { "abcd", "axxx", false },
        { "abcdefgh", "abcdefxx", true },
        { "abcdefgh", "abcdexxx", false },
        { "abcdefghi", "abcdefxxx", true },
        { "abcdefghi", "abcdexxxx", false },
        { "abcdefghijk", "abcdefghxxx", true },
        { "abcdefghijk", "abcdefgxxxx", false },
        { "abcdefghijkl", "abcdefghxxxx", true },
        { "ABC", "abd", true },
        { "ab", "a", false },
        { "abc", "ab", true },
        { "a", "b", false },
        { "abcd", "acbd", true },
    };

    (void)state;
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        const char *const list[] = { rows[n].candidate, NULL };

        if (!str_nearest(rows[n].name, list) == rows[n].near)
            fail_msg("%s, %s", rows[n].name, rows[n].candidate);
    }
}

/* The nearest counts, and of two as near the first. */
static void test_nearest_of_several_is_the_first_best(void **state)
{
    const char *const list[] = { "boat", "boot", "root", NULL };

    (void)state;
    assert_string_equal(str_nearest("boot", list), "boot");
    assert_string_equal(str_nearest("boo", list), "boot");
    assert_string_equal(str_nearest("boxt", list), "boat");
    assert_string_equal(str_nearest("xoot", list), "boot");
}

static void test_lists_are_searched_and_counted(void **state)
{
    (void)state;
    assert_true(str_in("boot", names));
    assert_false(str_in("boo", names));
    assert_false(str_in("boot", NULL));
    assert_int_equal(str_count(names), 5);
    assert_int_equal(str_count(NULL), 0);
}

static void test_ident_flaws_are_named(void **state)
{
    char longest[STR_IDENT_MAX + 2];

    (void)state;
    assert_null(str_ident_flaw("acme-Uart_1.0+x"));
    assert_null(str_ident_flaw("0a"));
    assert_string_equal(str_ident_flaw(""), "is empty");
    assert_string_equal(str_ident_flaw(".."), "starts with a dot");
    assert_string_equal(str_ident_flaw("-a"), "starts with a dash");
    assert_string_equal(str_ident_flaw("a/b"), "holds a slash");
    assert_string_equal(str_ident_flaw("a b"),
                        "holds a character that is "
                        "not one of A-Z a-z 0-9 . _ + -");
    memset(longest, 'a', sizeof(longest));
    longest[STR_IDENT_MAX + 1] = '\0';
    assert_string_equal(str_ident_flaw(longest), "is longer than 128 "
                                                 "characters");
    longest[STR_IDENT_MAX] = '\0';
    assert_null(str_ident_flaw(longest));
}

/* Every character by itself, behind a good one and at the begin. */
static void test_names_are_of_these_characters(void **state)
{
    (void)state;
    for (unsigned ch = 1; ch < 256; ch++) {
        const char text[] = { 'x', (char)ch, 0 };
        bool alnum = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                     (ch >= 'a' && ch <= 'z');

        assert_int_equal(!str_ident_flaw(text),
                         alnum || strchr("._+-", (int)ch) != NULL);
        assert_int_equal(!str_type_flaw(text),
                         alnum || strchr("._-", (int)ch) != NULL);
        assert_int_equal(!str_ident_flaw(text + 1),
                         alnum || ch == '_' || ch == '+');
        assert_int_equal(!str_type_flaw(text + 1), alnum && ch != '0');
    }
}

/* What may be shown: as many bytes as it has, or 0. */
static void test_shown_bytes_are_those_of_characters(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
    } rows[] = {
        { "\xc3\xa4", 2 }, { "\xe2\x82\xac", 3 }, { "\xf0\x9f\x98\x80", 4 },
        { "\xc3", 0 },     { "\xc3x", 0 },        { "\x80", 0 },
        { "\xff", 0 },     { "\xe2\x80\xa8", 0 }, { "\xe2\x80\xa9", 0 },
        { "\xc2\x85", 0 }, { "\xe2\x80\x8b", 0 }, { "", 0 },
    };

    (void)state;
    for (unsigned ch = 1; ch < 0x80; ch++) {
        const char text[] = { (char)ch, 0 };

        assert_int_equal(str_shown_bytes(text), ch >= 0x20 && ch < 0x7f);
    }
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
        if (str_shown_bytes(rows[n].text) != rows[n].bytes)
            fail_msg("row %zu", n);
}

static void test_type_flaws_are_named(void **state)
{
    (void)state;
    assert_null(str_type_flaw("acme-uart"));
    assert_string_equal(str_type_flaw("0acme"), "starts with a 0");
    assert_string_equal(str_type_flaw("_acme"), "starts with an underscore");
    assert_string_equal(str_type_flaw("a+b"), "holds a character that is "
                                              "not one of A-Z a-z 0-9 . _ -");
    assert_string_equal(str_type_flaw(""), "is empty");
}

/* Every unit, at the last value that fits, and what is refused. */
static const struct {
    int (*parse)(const char *text, uint64_t *ret);
    const char *text;
    int code;
    uint64_t value;
} quantities[] = {
    { units_u64, "0", 0, 0 },
    { units_u64, "0xFf", 0, 255 },
    { units_u64, "0X10", 0, 16 },
    { units_u64, "019", 0, 19 },
    { units_u64, "18446744073709551615", 0, UINT64_MAX },
    { units_u64, "18446744073709551616", -ERANGE, 0 },
    { units_u64, "0x10000000000000000", -ERANGE, 0 },
    { units_u64, "184467440737095516150", -ERANGE, 0 },
    { units_u64, "", -EINVAL, 0 },
    { units_u64, "0x", -EINVAL, 0 },
    { units_u64, "1x", -EINVAL, 0 },
    { units_u64, "-1", -EINVAL, 0 },
    { units_u64, "0xg", -EINVAL, 0 },
    { units_u64, "1a", -EINVAL, 0 },
    { units_u64, "/", -EINVAL, 0 },
    { units_u64, ":", -EINVAL, 0 },
    { units_bytes, "7", 0, 7 },
    { units_bytes, "7 B", 0, 7 },
    { units_bytes, "7KiB", 0, 7168 },
    { units_bytes, "1 GiB", 0, 1 << 30 },
    { units_bytes, "1.5 KiB", 0, 1536 },
    { units_bytes, "1.50KiB", 0, 1536 },
    { units_bytes, "0x2 MiB", 0, 2 << 20 },
    { units_bytes, "16777215 TiB", 0, UINT64_C(16777215) << 40 },
    { units_bytes, "16777216 TiB", -ERANGE, 0 },
    { units_bytes, "1.3 B", -ERANGE, 0 },
    { units_bytes, "1.0 B", 0, 1 },
    { units_bytes, "1. KiB", -EINVAL, 0 },
    { units_bytes, "1.5", -EINVAL, 0 },
    { units_bytes, ".5 KiB", -EINVAL, 0 },
    { units_bytes, "0x1.8 KiB", -EINVAL, 0 },
    { units_bytes, "1  KiB", -EINVAL, 0 },
    { units_bytes, "1 kib", -EINVAL, 0 },
    { units_bytes, "1.00000000000000000001 KiB", -ERANGE, 0 },
    { units_bytes, "1.5 XiB", -EINVAL, 0 },
    { units_bytes, "1 ", -EINVAL, 0 },
    { units_hz, "168 MHz", 0, 168000000 },
    { units_hz, "1.2 GHz", 0, 1200000000 },
    { units_hz, "32.768 kHz", 0, 32768 },
    { units_hz, "1 Hz", 0, 1 },
    { units_ns, "1.5 us", 0, 1500 },
    { units_ns, "2 ms", 0, 2000000 },
    { units_ns, "1 s", 0, 1000000000 },
    { units_ns, "3 ns", 0, 3 },
    { units_ns, "3 Hz", -EINVAL, 0 },
};

static void test_quantities_are_read_to_their_bounds(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof(quantities) / sizeof(quantities[0]); n++) {
        uint64_t value = 0x5a;
        int r = quantities[n].parse(quantities[n].text, &value);

        if (r != quantities[n].code ||
            value != (r ? 0x5a : quantities[n].value))
            fail_msg("\"%s\": %d, %llu", quantities[n].text, r,
                     (unsigned long long)value);
    }
}

static void test_show_bytes_takes_the_largest_unit(void **state)
{
    char buf[UNITS_TEXT_BYTES];

    (void)state;
    assert_string_equal(units_show_bytes(0, buf), "0");
    assert_string_equal(units_show_bytes(1023, buf), "1023");
    assert_string_equal(units_show_bytes(192 << 10, buf), "192 KiB");
    assert_string_equal(units_show_bytes(1ull << 40, buf), "1 TiB");
    assert_string_equal(units_show_bytes(3ull << 50, buf), "3072 TiB");
    assert_string_equal(units_show_bytes(UINT64_MAX, buf),
                        "18446744073709551615");
}

static void test_arena_gives_aligned_memory_of_any_size(void **state)
{
    struct arena *arena = arena_new(64);

    (void)state;
    for (size_t bytes = 0; bytes < 5000; bytes += 37) {
        char *mem = arena_zeros(arena, 1, bytes);

        assert_int_equal((uintptr_t)mem % 16, 0);
        memset(mem, 0x5a, bytes);
    }
    arena_free(arena);
    arena_free(NULL);
}

/* Blocks of all sizes, each filled, none in another. */
static void test_arena_blocks_do_not_meet(void **state)
{
    enum { BLOCKS = 400 };
    unsigned char *at[BLOCKS];

    (void)state;
    for (size_t step = 16; step <= 4096; step *= 4) {
        struct arena *arena = arena_new(step);

        for (size_t n = 0; n < BLOCKS; n++) {
            at[n] = arena_alloc(arena, n * 13 % 301);
            memset(at[n], (int)(n % 251), n * 13 % 301);
        }
        for (size_t n = 0; n < BLOCKS; n++)
            for (size_t i = 0; i < n * 13 % 301; i++)
                assert_int_equal(at[n][i], n % 251);
        arena_free(arena);
    }
}

static void test_arena_zeros_every_item(void **state)
{
    struct arena *arena = arena_new(0);

    (void)state;
    for (size_t n = 1; n < 40; n++) {
        unsigned char *items;

        memset(arena_alloc(arena, 400), 0xee, 400);
        items = arena_zeros(arena, n, 24);
        for (size_t i = 0; i < n * 24; i++)
            assert_int_equal(items[i], 0);
        memset(items, 0xee, n * 24);
    }
    arena_free(arena);
}

static void test_arena_copies_texts_and_lists(void **state)
{
    struct arena *arena = arena_new(0);
    const char *const *copy = arena_list(arena, names);

    (void)state;
    assert_int_equal(str_count(copy), 5);
    assert_string_equal(copy[4], "acme-uart");
    assert_ptr_not_equal(copy[4], names[4]);
    assert_string_equal(arena_text(arena, "abcdef", 3), "abc");
    assert_null(arena_strdup(arena, NULL));
    assert_null(*arena_list(arena, NULL));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_counts_edits),
        cmocka_unit_test(test_distance_long_names_stay_in_bounds),
        cmocka_unit_test(test_nearest_finds_what_was_meant),
        cmocka_unit_test(test_nearest_far_name_gives_null),
        cmocka_unit_test(test_nearest_reaches_as_far_as_the_name_is_long),
        cmocka_unit_test(test_nearest_of_several_is_the_first_best),
        cmocka_unit_test(test_lists_are_searched_and_counted),
        cmocka_unit_test(test_ident_flaws_are_named),
        cmocka_unit_test(test_names_are_of_these_characters),
        cmocka_unit_test(test_shown_bytes_are_those_of_characters),
        cmocka_unit_test(test_type_flaws_are_named),
        cmocka_unit_test(test_quantities_are_read_to_their_bounds),
        cmocka_unit_test(test_show_bytes_takes_the_largest_unit),
        cmocka_unit_test(test_arena_gives_aligned_memory_of_any_size),
        cmocka_unit_test(test_arena_blocks_do_not_meet),
        cmocka_unit_test(test_arena_zeros_every_item),
        cmocka_unit_test(test_arena_copies_texts_and_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
