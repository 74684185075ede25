/* SPDX-License-Identifier: MIT */
/* Test the struct that carries an error's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/err.h"

static void test_err_set_keeps_code_and_text(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(err_set(&err, -ENOENT, "a.json: %d", 7), -ENOENT);
    assert_int_equal(err.code, -ENOENT);
    assert_string_equal(err.text, "a.json: 7");
}

static void test_err_set_null_returns_code(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, -EINVAL, "x"), -EINVAL);
    assert_int_equal(err_prefix(NULL, -EINVAL, "x"), -EINVAL);
    err_clear(NULL);
}

static void test_err_set_twice_first_stands(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL, "first");
    assert_int_equal(err_set(&err, -ENOENT, "second"), -ENOENT);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, "first");
}

static void test_err_prefix_stands_in_front(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL, "is wrong");
    assert_int_equal(err_prefix(&err, -ENOENT, "%s:%d", "f", 3), -EINVAL);
    assert_string_equal(err.text, "f:3: is wrong");
}

static void test_err_prefix_unset_changes_nothing(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(err_prefix(&err, -ENOENT, "f"), -ENOENT);
    assert_int_equal(err.code, 0);
    assert_string_equal(err.text, "");
}

static void test_err_text_control_characters_are_shown(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL, "a\nb\x1b[31m\x7f");
    assert_string_equal(err.text, "a\\x0ab\\x1b[31m\\x7f");
}

/* C1 controls (0x9b starts an escape), marks that turn or break a line. */
static void test_err_text_tricks_of_unicode_are_shown(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL,
            /* NOLINTNEXTLINE(misc-misleading-bidirectional): is the test */
            "\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf "
            "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_string_equal(err.text, "\\xc2\\x9b\\xe2\\x80\\xae\\xe2\\x80"
                                  "\\xa8\\xef\\xbb\\xbf \xc3\xa4\xe2\x82\xac"
                                  "\xf0\x9f\x98\x80");
}

static void test_err_text_invalid_utf8_is_shown(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL, "\xc3\xa4 \xff \xc3");
    assert_string_equal(err.text, "\xc3\xa4 \\xff \\xc3");
}

static void test_err_text_too_long_is_cut(void **state)
{
    struct ob_err err = { 0 };
    char text[3 * OB_ERR_TEXT_BYTES];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&err, -EINVAL, "%s", text);
    assert_int_equal(strlen(err.text), OB_ERR_TEXT_BYTES - 1);
    assert_true(g_str_has_suffix(err.text, "x..."));
}

static void test_err_text_cut_keeps_characters_whole(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        struct ob_err err = { 0 };
        GString *text = g_string_new(NULL);

        for (size_t i = 0; i < lead; i++)
            g_string_append_c(text, 'x');
        while (text->len < 2000)
            g_string_append(text, "\xe2\x82\xac");
        err_set(&err, -EINVAL, "%s", text->str);
        assert_true(g_utf8_validate(err.text, -1, NULL));
        assert_true(g_str_has_suffix(err.text, "..."));
        assert_in_range(strlen(err.text), OB_ERR_TEXT_BYTES - 12,
                        OB_ERR_TEXT_BYTES - 1);
        g_string_free(text, TRUE);
    }
}

static void test_err_clear_forgets(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    err_set(&err, -EINVAL, "x");
    err_clear(&err);
    assert_int_equal(err.code, 0);
    assert_string_equal(err.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_set_keeps_code_and_text),
        cmocka_unit_test(test_err_set_null_returns_code),
        cmocka_unit_test(test_err_set_twice_first_stands),
        cmocka_unit_test(test_err_prefix_stands_in_front),
        cmocka_unit_test(test_err_prefix_unset_changes_nothing),
        cmocka_unit_test(test_err_text_control_characters_are_shown),
        cmocka_unit_test(test_err_text_tricks_of_unicode_are_shown),
        cmocka_unit_test(test_err_text_invalid_utf8_is_shown),
        cmocka_unit_test(test_err_text_too_long_is_cut),
        cmocka_unit_test(test_err_text_cut_keeps_characters_whole),
        cmocka_unit_test(test_err_clear_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
