/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "loader/spdx.h"

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

        if (r != cases[i].code)
            fail_msg("\"%s\": %d (%s), not %d", cases[i].expr, r, err.text,
                     cases[i].code);
    }
}

static void test_spdx_unknown_licence_names_it(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("MIT AND Proprietary", "acme.so", &err);
    assert_string_equal(err.text,
        "acme.so: license \"Proprietary\" is not known to be GPL-compatible, "
        "so the module may not be opened in QEMU's process; let it run "
        "in a process of its own");
}

static void test_spdx_gpl3_licence_says_why(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("Apache-2.0", "acme.so", &err);
    assert_string_equal(err.text,
        "acme.so: license \"Apache-2.0\" cannot be combined with version 2 of "
        "the GPL, which QEMU as a whole is under; let it run in a process of "
        "its own");
}

static void test_spdx_malformed_shows_the_place(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    spdx_check("MIT or, ISC", "acme.so", &err);
    assert_string_equal(err.text,
        "acme.so: license \"MIT or, ISC\" is no SPDX expression (see \", "
        "ISC\"); name the licence as spdx.org/licenses does");
}

static void test_spdx_deep_nesting_is_refused(void **state)
{
    char expr[201];

    (void)state;
    memset(expr, '(', 100);
    expr[100] = '\0';
    strcat(expr, "MIT");
    memset(expr + 103, ')', 97);
    expr[200] = '\0';
    assert_int_equal(spdx_check(expr, "a.so", NULL), -EINVAL);
}

static void test_spdx_long_text_is_refused(void **state)
{
    struct ob_err err = { 0 };
    char *expr = g_strnfill(5000, 'x');

    (void)state;
    assert_int_equal(spdx_check(expr, "a.so", &err), -EINVAL);
    assert_string_equal(err.text, "a.so: license is longer than 512 "
                        "characters; name it as spdx.org/licenses does");
    g_free(expr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spdx_expressions_give_their_verdicts),
        cmocka_unit_test(test_spdx_unknown_licence_names_it),
        cmocka_unit_test(test_spdx_gpl3_licence_says_why),
        cmocka_unit_test(test_spdx_malformed_shows_the_place),
        cmocka_unit_test(test_spdx_deep_nesting_is_refused),
        cmocka_unit_test(test_spdx_long_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
