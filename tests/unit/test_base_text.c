/* SPDX-License-Identifier: MIT */
/* Names, quantities shown, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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
    assert_null(str_nearest("min", (const char *const[]) { "max", NULL }));
    assert_null(str_nearest("a", NULL));
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
    assert_string_equal(str_ident_flaw("a b"), "holds a character that is "
                        "none of A-Z a-z 0-9 . _ + -");
    memset(longest, 'a', sizeof(longest));
    longest[STR_IDENT_MAX + 1] = '\0';
    assert_string_equal(str_ident_flaw(longest), "is longer than 128 "
                        "characters");
    longest[STR_IDENT_MAX] = '\0';
    assert_null(str_ident_flaw(longest));
}

static void test_type_flaws_are_named(void **state)
{
    (void)state;
    assert_null(str_type_flaw("acme-uart"));
    assert_string_equal(str_type_flaw("0acme"), "starts with a 0");
    assert_string_equal(str_type_flaw("a+b"), "holds a character that is "
                        "none of A-Z a-z 0-9 . _ -");
    assert_string_equal(str_type_flaw(""), "is empty");
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
        cmocka_unit_test(test_lists_are_searched_and_counted),
        cmocka_unit_test(test_ident_flaws_are_named),
        cmocka_unit_test(test_type_flaws_are_named),
        cmocka_unit_test(test_show_bytes_takes_the_largest_unit),
        cmocka_unit_test(test_arena_gives_aligned_memory_of_any_size),
        cmocka_unit_test(test_arena_copies_texts_and_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
