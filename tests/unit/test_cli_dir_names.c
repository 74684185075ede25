/* SPDX-License-Identifier: MIT */
/* Which names directories hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "cli/dir_names.h"

#include "given_back.h"

static void test_names_of_a_directory_are_known(void **state)
{
    struct dir_names *names = dir_names_new();
    char *dir = g_dir_make_tmp("dir-names-XXXXXX", NULL);
    char *path = g_build_filename(dir, "a.so", NULL);

    (void)state;
    assert_true(g_file_set_contents(path, "", 0, NULL));
    assert_true(dir_names_may_have(names, dir, "a.so"));
    assert_true(dir_names_may_have(names, dir, "a.so"));
    assert_false(dir_names_may_have(names, dir, "b.so"));
    assert_false(dir_names_may_have(names, "/nowhere/at/all", "a.so"));
    dir_names_free(names);
    dir_names_free(NULL);
    g_remove(path);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
}

/* A directory that may be searched but not read: the caller has to look. */
static void test_names_of_an_unreadable_directory_may_be_any(void **state)
{
    struct dir_names *names = dir_names_new();

    (void)state;
    assert_true(dir_names_may_have(names, "/dev/null", "a.so"));
    dir_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_names_of_a_directory_are_known),
        UNIT_TEST(test_names_of_an_unreadable_directory_may_be_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
