/* SPDX-License-Identifier: MIT */
/*
 * Libraries of a module, before its process is confined. LD_LIBRARY_PATH makes
 * the directory of libbusy.so one of the system's for this program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>

#include "runner/runner.h"

static void test_libraries_of_the_system_are_opened(void **state)
{
    char *needed[] = { "libm.so.6", "libc.so.6", NULL };
    struct ob_err err = { 0 };

    (void)state;
    libraries_begin();
    assert_int_equal(libraries_open(needed, &err), 0);
    assert_int_equal(libraries_open(needed + 2, &err), 0);
}

static void test_libraries_missing_is_named(void **state)
{
    char *needed[] = { "libm.so.6", "libno-such.so.1", NULL };
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(libraries_open(needed, &err), -ELIBACC);
    assert_string_equal(err.text,
                        "the library \"libno-such.so.1\", which it needs, is "
                        "not in the system's directories or cannot be opened "
                        "(cannot open shared object file: No such file or "
                        "directory); install it there, or link it in");
}

static void test_libraries_by_odd_names_are_refused(void **state)
{
    static char *const names[] = { "/lib/x.so", "$ORIGIN", "", "..", "a b" };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *needed[] = { names[i], NULL };
        struct ob_err err = { 0 };

        assert_int_equal(libraries_open(needed, &err), -ELIBACC);
        assert_true(g_str_has_prefix(err.text, "the name of a library that "
                                               "it needs "));
        assert_true(g_str_has_suffix(err.text,
                                     "where only the system's are opened, by "
                                     "their names; link it with -l, or link "
                                     "it in"));
    }
}

/* Last: its thread stays. */
static void test_libraries_with_threads_are_refused(void **state)
{
    char *needed[] = { "libbusy.so", NULL };
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(libraries_open(needed, &err), -ELIBACC);
    assert_string_equal(err.text,
                        "the library \"libbusy.so\", which it needs, starts "
                        "threads as soon as it is opened; do without it in a "
                        "process of its own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libraries_of_the_system_are_opened),
        cmocka_unit_test(test_libraries_missing_is_named),
        cmocka_unit_test(test_libraries_by_odd_names_are_refused),
        cmocka_unit_test(test_libraries_with_threads_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
