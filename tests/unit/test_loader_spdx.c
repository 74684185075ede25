/* SPDX-License-Identifier: MIT */
/* Test which licences may be combined with QEMU's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "loader/spdx.h"

#include "given_back.h"

static const struct {
    const char *expr;
    int code;
} cases[] = {
    { "MIT", 0 },
    { "mit", 0 },
    { "GPL-2.0-or-later", 0 },
    { "GPL-2.0+", 0 },
    { " MIT ", 0 },
    { "(MIT)", 0 },
    { "MIT AND BSD-3-Clause", 0 },
    { "MIT OR Proprietary", 0 },
    { "Proprietary OR MIT", 0 },
    { "MIT AND Proprietary", -EPERM },
    { "Proprietary AND MIT OR ISC", 0 },
    { "Proprietary AND (MIT OR ISC)", -EPERM },
    { "((MIT) AND (ISC OR Foo-1.0))", 0 },
    { "GPL-2.0-only WITH GCC-exception-2.0", 0 },
    { "GPL-2.0-only WITH Made-up-exception", -EPERM },
    { "Apache-2.0", -EPERM },
    { "Apache-2.0 WITH LLVM-exception", 0 },
    { "GPL-3.0-or-later", -EPERM },
    { "GPL-3.0-or-later OR GPL-2.0-only", 0 },
    { "LicenseRef-Acme", -EPERM },
    { "MIT2", -EPERM },
    { "MIT and ISC", 0 },
    { "MIT Or Foo", 0 },
    { "MIT OR WITH", -EINVAL },
    { "MIT WITH OR", -EINVAL },
    { "AND", -EINVAL },
    { "WITH MIT", -EINVAL },
    { "MIT ANDISC", -EINVAL },
    { "Foo OR (Bar AND MIT)", -EPERM },
    { "MIT AND (Foo OR ISC) AND X11", 0 },
    { "MIT AND Foo AND ISC", -EPERM },
    { "Foo OR Bar OR ISC", 0 },
    { "( MIT )", 0 },
    { "(MIT) (ISC)", -EINVAL },
    { "GPL-2.0-only with gcc-exception-2.0", 0 },
    { "MIT WITH LLVM-exception", 0 },
    { "", -EINVAL },
    { " ", -EINVAL },
    { "MIT ISC", -EINVAL },
    { "MIT OR", -EINVAL },
    { "OR MIT", -EINVAL },
    { "MIT AND AND ISC", -EINVAL },
    { "(MIT", -EINVAL },
    { "MIT)", -EINVAL },
    { "()", -EINVAL },
    { "MIT WITH", -EINVAL },
    { "MIT/ISC", -EINVAL },
    { "MIT, ISC", -EINVAL },
};

static void test_spdx_expressions_give_their_verdicts(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ob_err err = { 0 };
        int r = spdx_check(cases[i].expr, "a.so", &err);

        if (r != cases[i].code || err.code != r)
            fail_msg("\"%s\": %d (%s), not %d", cases[i].expr, r, err.text,
                     cases[i].code);
    }
}

/* Every character by itself: part of a word, or none of an expression. */
static void test_spdx_words_are_of_these_characters(void **state)
{
    (void)state;
    for (unsigned ch = 1; ch < 256; ch++) {
        const char text[] = { 'x', (char)ch, 'y', 0 };
        bool word = g_ascii_isalnum((char)ch) || strchr("-.+:", (int)ch);

        assert_int_equal(spdx_check(text, "a.so", NULL),
                         word ? -EPERM : -EINVAL);
    }
}

static void test_spdx_unknown_licence_names_it(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("MIT AND Proprietary", "acme.so", &err);
    assert_string_equal(
        err.text,
        "acme.so: license \"Proprietary\" is not known to be GPL-compatible, "
        "so the module may not be opened in QEMU's process; let it run in a "
        "process of its own");
}

static void test_spdx_gpl3_licence_says_why(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("Apache-2.0", "acme.so", &err);
    assert_string_equal(
        err.text,
        "acme.so: license \"Apache-2.0\" cannot be combined with version 2 of "
        "the GPL, which QEMU as a whole is under; let it run in a process of "
        "its own");
}

static void test_spdx_malformed_shows_the_place(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("MIT or, ISC", "acme.so", &err);
    assert_string_equal(
        err.text,
        "acme.so: license \"MIT or, ISC\" is not an SPDX expression (see \", "
        "ISC\"); name the licence as spdx.org/licenses does");
}

/* A licence in `depth` pairs of parentheses. */
static int nested(unsigned depth)
{
    char *open = g_strnfill(depth, '('), *close = g_strnfill(depth, ')');
    char *expr = g_strconcat(open, "MIT", close, NULL);
    int r = spdx_check(expr, "a.so", NULL);

    g_free(open);
    g_free(close);
    g_free(expr);
    return r;
}

static void test_spdx_nesting_above_its_limit_is_refused(void **state)
{
    (void)state;
    assert_int_equal(nested(32), 0);
    assert_int_equal(nested(33), -EINVAL);
    assert_int_equal(nested(100), -EINVAL);
}

static int of_length(size_t len, struct ob_err *err)
{
    char *expr = g_strnfill(len, ' ');
    int r;

    memcpy(expr + len - 3, "MIT", 3);
    r = spdx_check(expr, "a.so", err);
    g_free(expr);
    return r;
}

static void test_spdx_text_above_its_limit_is_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(of_length(512, &err), 0);
    assert_int_equal(of_length(513, &err), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text,
                        "a.so: license is longer than 512 characters; name it "
                        "as spdx.org/licenses does");
}

static void test_spdx_word_above_its_limit_is_refused(void **state)
{
    char *word = g_strnfill(64, 'x');

    (void)state;
    assert_int_equal(spdx_check(word, "a.so", NULL), -EINVAL);
    word[63] = '\0';
    assert_int_equal(spdx_check(word, "a.so", NULL), -EPERM);
    g_free(word);
}

/* Of several that do not fit, the first is named. */
static void test_spdx_first_of_several_is_named(void **state)
{
    static const char *const rows[][2] = {
        { "Foo AND Apache-2.0", "a.so: license \"Foo\" is not known" },
        { "Apache-2.0 AND Foo", "a.so: license \"Apache-2.0\" cannot" },
        { "MIT WITH Bar OR Foo", "a.so: license \"Bar\" is not known" },
        { "Apache-2.0 WITH GCC-exception-2.0",
          "a.so: license \"Apache-2.0\" cannot" },
        { "Foo WITH LLVM-exception", "a.so: license \"Foo\" is not known" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ob_err err = { 0 };

        assert_int_equal(spdx_check(rows[i][0], "a.so", &err), -EPERM);
        assert_int_equal(err.code, -EPERM);
        if (!g_str_has_prefix(err.text, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_spdx_expressions_give_their_verdicts),
        UNIT_TEST(test_spdx_words_are_of_these_characters),
        UNIT_TEST(test_spdx_unknown_licence_names_it),
        UNIT_TEST(test_spdx_gpl3_licence_says_why),
        UNIT_TEST(test_spdx_malformed_shows_the_place),
        UNIT_TEST(test_spdx_nesting_above_its_limit_is_refused),
        UNIT_TEST(test_spdx_text_above_its_limit_is_refused),
        UNIT_TEST(test_spdx_word_above_its_limit_is_refused),
        UNIT_TEST(test_spdx_first_of_several_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
