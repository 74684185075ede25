/* SPDX-License-Identifier: MIT */
/* Where things are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/path.h"

#include "given_back.h"

static int clear_environment(void **state)
{
    (void)state;
    unsetenv("OUTBOARD_PATH");
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", "/home/me", 1);
    return 0;
}

static void assert_dirs(char **dirs, const char *expect)
{
    char *text = g_strjoinv(" ", dirs);

    assert_string_equal(text, expect);
    g_free(text);
    g_strfreev(dirs);
}

static void test_dirs_plain_user_has_home_and_system(void **state)
{
    (void)state;
    assert_dirs(path_module_dirs("/usr"),
                "/home/me/.local/share/outboard/modules "
                "/usr/lib/outboard/modules");
    assert_dirs(path_board_dirs("/usr"),
                "/home/me/.local/share/outboard/boards "
                "/usr/share/outboard/boards");
}

static void test_dirs_environment_comes_first(void **state)
{
    (void)state;
    setenv("OUTBOARD_PATH", "/a:/b", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_dirs(path_module_dirs("/usr"), "/a /b /data/outboard/modules "
                                          "/usr/lib/outboard/modules");
}

static void test_dirs_relative_entries_are_passed_over(void **state)
{
    (void)state;
    setenv("OUTBOARD_PATH", ":.:/a::rel/b:", 1);
    setenv("XDG_DATA_HOME", "data", 1);
    setenv("HOME", "home", 1);
    assert_dirs(path_board_dirs(NULL), "/a");
}

static void test_dirs_no_home_has_no_user_dir(void **state)
{
    (void)state;
    unsetenv("HOME");
    assert_null(path_user_dir());
    assert_dirs(path_module_dirs("/usr"), "/usr/lib/outboard/modules");
}

static void test_prefix_is_above_the_resolved_file(void **state)
{
    char *dir = g_dir_make_tmp("outboard-path-XXXXXX", NULL);
    char *bin = g_build_filename(dir, "bin", NULL);
    char *file = g_build_filename(bin, "outboard", NULL);
    char *link = g_build_filename(dir, "link", NULL);
    char *prefix, *in;

    (void)state;
    g_mkdir(bin, 0700);
    assert_true(g_file_set_contents(file, "", 0, NULL));
    assert_int_equal(symlink("bin/outboard", link), 0);
    prefix = path_prefix(link, 1);
    in = path_dir(file);
    assert_string_equal(prefix, dir);
    assert_string_equal(in, bin);
    g_free(prefix);
    g_free(in);
    g_unlink(file);
    assert_null(path_prefix(link, 1));
    g_unlink(link);
    g_rmdir(bin);
    g_rmdir(dir);
    g_free(dir);
    g_free(bin);
    g_free(file);
    g_free(link);
}

static void test_self_is_this_program(void **state)
{
    char *self = path_self();

    (void)state;
    assert_non_null(self);
    assert_true(g_str_has_suffix(self, "test_base_path"));
    g_free(self);
}

static void test_privileged_plain_run_is_not(void **state)
{
    (void)state;
    assert_false(path_privileged());
}

/* A different real user, as in a setuid program. */
static void test_dirs_privileged_run_ignores_environment(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    setenv("OUTBOARD_PATH", "/a", 1);
    assert_int_equal(setreuid(12345, 0), 0);
    assert_true(path_privileged());
    assert_dirs(path_module_dirs("/usr"), "/usr/lib/outboard/modules");
    assert_null(path_user_dir());
    assert_int_equal(setreuid(0, 0), 0);
}

#define env_test(f) cmocka_unit_test_setup(f, clear_environment)

static void test_same_and_below_go_by_where_links_end(void **state)
{
    char *dir = g_dir_make_tmp("outboard-path-XXXXXX", NULL);
    char *file = g_build_filename(dir, "file", NULL);
    char *in = g_build_filename(dir, "in", NULL);
    char *out = g_build_filename(dir, "out", NULL);

    (void)state;
    assert_true(g_file_set_contents(file, "", 0, NULL));
    assert_int_equal(symlink("file", in), 0);
    assert_int_equal(symlink("/dev/null", out), 0);
    assert_true(path_same(file, in));
    assert_true(path_same(out, "/dev/null"));
    assert_false(path_same(file, out));
    assert_false(path_same(file, "/no/such"));
    assert_true(path_below(in, dir));
    assert_true(path_below(in, "/"));
    assert_false(path_below(out, dir));
    assert_false(path_below(dir, dir));
    assert_false(path_below("/dev/null", "/de"));
    assert_false(path_below("/no/such", dir));
    assert_false(path_below(file, "/no/such"));
    unlink(in);
    unlink(out);
    unlink(file);
    rmdir(dir);
    g_free(out);
    g_free(in);
    g_free(file);
    g_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_same_and_below_go_by_where_links_end),
        env_test(test_dirs_plain_user_has_home_and_system),
        env_test(test_dirs_environment_comes_first),
        env_test(test_dirs_relative_entries_are_passed_over),
        env_test(test_dirs_no_home_has_no_user_dir),
        env_test(test_prefix_is_above_the_resolved_file),
        env_test(test_self_is_this_program),
        env_test(test_privileged_plain_run_is_not),
        env_test(test_dirs_privileged_run_ignores_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
