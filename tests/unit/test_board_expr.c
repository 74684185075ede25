/* SPDX-License-Identifier: MIT */
/* Expressions in braces: values and texts. What is refused: tests/bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>

#include "board/expr.h"

static const struct expr_env env = {
    .ram = 4ull << 30, .cpus = 4, .index = { 3, 5 }, .depth = 2, .has_ram = 1,
};

static void test_expr_values(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        { "12", 12 },
        { "0x1f", 31 },
        { "4 GiB", 4ull << 30 },
        { "64KiB", 65536 },
        { "i", 3 },
        { "j", 5 },
        { "cpus", 4 },
        { "ram", 4ull << 30 },
        { "1 + 2 * 3", 7 },
        { "(1 + 2) * 3", 9 },
        { "10 - 2 - 3", 5 },
        { "7 / 2", 3 },
        { "7 % 4", 3 },
        { "1 << 4 | 1", 17 },
        { "0xff >> 4 & 3", 3 },
        { "1 + 1 << 2", 8 },
        { "i > 0", 1 },
        { "i <= 2", 0 },
        { "i == 3 && j != 5", 0 },
        { "i == 3 || j != 5", 1 },
        { "min(ram, 1 GiB)", 1ull << 30 },
        { "max(i, j)", 5 },
        { " 224 + 32 * i + 30 ", 350 },
        { "0xffffffffffffffff", UINT64_MAX },
        { "1 << 63", 1ull << 63 },
    };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        char why[EXPR_WHY_BYTES] = "";
        uint64_t value = 0;

        if (expr_value(cases[n].text, &env, &value, why) < 0)
            fail_msg("%s: %s", cases[n].text, why);
        if (value != cases[n].value)
            fail_msg("%s is %" G_GUINT64_FORMAT, cases[n].text, value);
    }
}

static void test_expr_fill_puts_values_into_texts(void **state)
{
    static const struct {
        const char *text, *filled;
        enum expr_kind kind;
    } cases[] = {
        { "cpu{i}.0", "cpu3.0", EXPR_TEXT },
        { "{i}{j}", "35", EXPR_TEXT },
        { "{i + 1}", "4", EXPR_NUMBER },
        { "{i > 0}", "1", EXPR_TRUTH_VALUE },
        { "{(i > 4)}", "0", EXPR_TRUTH_VALUE },
        { "{1 + (i > 0)}", "2", EXPR_NUMBER },
        { "{{i}}", "{i}", EXPR_TEXT },
        { "plain", "plain", EXPR_TEXT },
    };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        char why[EXPR_WHY_BYTES] = "";
        enum expr_kind kind;
        GString *filled;

        if (expr_fill(cases[n].text, &env, &filled, &kind, why) < 0)
            fail_msg("%s: %s", cases[n].text, why);
        assert_string_equal(filled->str, cases[n].filled);
        assert_int_equal(kind, cases[n].kind);
        g_string_free(filled, TRUE);
    }
}

static const struct {
    const char *text, *why;
} wrong[] = {
    { "", "a number or a name is missing (\"\"); put one here" },
    { " ", "a number or a name is missing (\"\"); put one here" },
    { "1 +", "a number or a name is missing (\"\"); put one here" },
    { "+ 1", "a number or a name is missing (\"+ 1\"); put one here" },
    { "(1", "an expression is not closed (\"\"); put a \")\" here" },
    { "1)", "an expression goes on after its end (\")\"); remove this or "
            "put an operator before it" },
    { "1 2", "an expression goes on after its end (\"2\"); remove this or "
             "put an operator before it" },
    { "min(1)", "an expression is not closed (\")\"); put a \",\" here" },
    { "min(1, 2", "an expression is not closed (\"\"); put a \")\" here" },
    { "min 1, 2)",
      "min and max want two numbers (\"1, 2)\"); write min(a, b)" },
    { "max(1, 2, 3)",
      "an expression is not closed (\", 3)\"); put a \")\" here" },
    { "max()", "a number or a name is missing (\")\"); put one here" },
    { "1 / 0", "an expression divides by zero; keep it from 0 to 2^64 - 1" },
    { "1 % 0", "an expression divides by zero; keep it from 0 to 2^64 - 1" },
    { "1 - 2", "an expression is below zero; keep it from 0 to 2^64 - 1" },
    { "0xffffffffffffffff + 1",
      "an expression is too large; keep it from 0 to 2^64 - 1" },
    { "0xffffffffffffffff * 2",
      "an expression is too large; keep it from 0 to 2^64 - 1" },
    { "1 << 64", "an expression shifts too far; keep it from 0 to 2^64 - 1" },
    { "1 >> 64", "an expression shifts too far; keep it from 0 to 2^64 - 1" },
    { "0x10000000000000000",
      "a number cannot be read (\"0x10000000000000000\"); write 12, "
      "0x1f or 4 GiB" },
    { "12 XB", "an expression goes on after its end (\"XB\"); remove this or "
               "put an operator before it" },
    { "i j", "an expression goes on after its end (\"j\"); remove this or "
             "put an operator before it" },
    { "1 &", "a number or a name is missing (\"\"); put one here" },
    { "()", "a number or a name is missing (\")\"); put one here" },
    { "k", "a name in braces is unknown (\"k\"); use i, j, ram, cpus, "
           "min() or max()" },
    { "cpu", "a name in braces is unknown (\"cpu\"); use i, j, ram, cpus, "
             "min() or max()" },
    { "rams", "a name in braces is unknown (\"rams\"); use i, j, ram, cpus, "
              "min() or max()" },
    { "3 << 63", "an expression shifts too far; keep it from 0 to 2^64 - 1" },
};

/* Each is refused, and says why; what it wrote to stays. */
static void test_expr_wrong_ones_are_refused(void **state)
{
    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(wrong); n++) {
        char why[EXPR_WHY_BYTES] = "";
        uint64_t value = 0x5a;

        if (expr_value(wrong[n].text, &env, &value, why) != -EINVAL)
            fail_msg("\"%s\" is taken", wrong[n].text);
        assert_string_equal(why, wrong[n].why);
        assert_true(value == 0x5a);
    }
}

/* The last that fits, and the precedence of each operator to the next. */
static void test_expr_bounds_and_precedence(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        { "0xfffffffffffffffe + 1", UINT64_MAX },
        { "2 - 2", 0 },
        { "0x7fffffffffffffff * 2", UINT64_MAX - 1 },
        { "1 << 63 >> 63", 1 },
        { "0 % 1", 0 },
        { "5 % 3 * 2", 4 },
        { "12 / 3 / 2", 2 },
        { "2 * 3 % 4", 2 },
        { "1 | 2 & 2", 2 },
        { "1 << 1 + 1", 4 },
        { "4 & 6 == 6", 4 & (6 == 6) },
        { "1 < 2", 1 },
        { "2 < 2", 0 },
        { "2 <= 2", 1 },
        { "3 <= 2", 0 },
        { "2 > 2", 0 },
        { "3 > 2", 1 },
        { "2 >= 2", 1 },
        { "1 >= 2", 0 },
        { "1 != 1", 0 },
        { "1 == 2", 0 },
        { "0 && 1", 0 },
        { "1 && 2", 1 },
        { "0 || 0", 0 },
        { "0 || 2", 1 },
        { "1 || 0 && 0", 1 },
        { "min(1, 2)", 1 },
        { "min(2, 1)", 1 },
        { "min(2, 2)", 2 },
        { "max(1, 2)", 2 },
        { "max(2, 1)", 2 },
        { "max(2, 2)", 2 },
        { "min(max(1, 3), 2)", 2 },
        { "i + j * cpus", 23 },
        { "3 KiB + 1", 3073 },
        { "3 MiB + 1", 3145729 },
        { "3 GiB + 1", 3221225473 },
        { "2KiB * 2", 4096 },
    };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        char why[EXPR_WHY_BYTES] = "";
        uint64_t value = 0;
        int r = expr_value(cases[n].text, &env, &value, why);

        if (r || value != cases[n].value)
            fail_msg("%s is %" G_GUINT64_FORMAT " %s", cases[n].text, value,
                     why);
    }
}

static void test_expr_fill_refuses_wrong_braces(void **state)
{
    static const char *const wrong[] = { "{", "{i", "a{", "{}", "{i}{",
        "{k}" };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(wrong); n++) {
        char why[EXPR_WHY_BYTES] = "";
        enum expr_kind kind;
        GString *filled;

        assert_int_equal(expr_fill(wrong[n], &env, &filled, &kind, why),
                         -EINVAL);
        assert_true(why[0]);
    }
}

static void test_expr_index_needs_its_repeat(void **state)
{
    char why[EXPR_WHY_BYTES];
    uint64_t value;

    (void)state;
    assert_int_equal(expr_value("k", &env, &value, why), -EINVAL);
    assert_string_equal(why, "a name in braces is unknown (\"k\"); use i, j, "
                             "ram, cpus, min() or max()");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_values),
        cmocka_unit_test(test_expr_fill_puts_values_into_texts),
        cmocka_unit_test(test_expr_wrong_ones_are_refused),
        cmocka_unit_test(test_expr_bounds_and_precedence),
        cmocka_unit_test(test_expr_fill_refuses_wrong_braces),
        cmocka_unit_test(test_expr_index_needs_its_repeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
