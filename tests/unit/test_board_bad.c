/* SPDX-License-Identifier: MIT */
/*
 * Every board in tests/bad/board is refused with the line in its .expect.
 * Those called qemu-... only QEMU can refuse: here they must make a plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/file.h"
#include "board/plan.h"

#define BAD_DIR OB_SOURCE_DIR "/tests/bad/board"

static char *bad_read(const char *name, const char *suffix, size_t *ret_len)
{
    char *path = g_strconcat(BAD_DIR "/", name, suffix, NULL);
    struct ob_err err = { 0 };
    char *data;

    if (file_read(path, FILE_ANY, 1u << 20, &data, ret_len, &err) < 0)
        fail_msg("%s", err.text);
    g_free(path);
    return data;
}

/* The code that is returned; the error has the same one and the text. */
static int bad_plan(const char *name, struct ob_err *err)
{
    char *file = g_strconcat(name, ".json", NULL);
    struct json_doc *doc = NULL;
    struct plan *plan = NULL;
    size_t len;
    char *data = bad_read(name, ".json", &len);
    int ret = json_parse(data, len, file, &doc, err);

    if (!ret)
        ret = board_plan(doc, NULL, &plan, err);
    assert_int_equal(ret, err->code);
    assert_int_equal(!ret, plan != NULL);
    plan_free(plan);
    json_free(doc);
    free(data);
    g_free(file);
    return ret;
}

static void bad_check(const char *name)
{
    struct ob_err err = { 0 };
    int ret = bad_plan(name, &err);
    size_t len;
    char *expect;

    if (g_str_has_prefix(name, "qemu-")) {
        assert_string_equal(err.text, "");
        return;
    }
    expect = bad_read(name, ".expect", &len);
    g_strchomp(expect);
    assert_int_equal(ret, -EINVAL);
    if (strcmp(err.text, expect) != 0)
        fail_msg("%s: expected\n%s\ngot\n%s", name, expect, err.text);
    free(expect);
}

static void test_bad_boards_are_refused_with_their_line(void **state)
{
    GDir *dir = g_dir_open(BAD_DIR, 0, NULL);
    const char *file;
    unsigned count = 0;

    (void)state;
    assert_non_null(dir);
    while ((file = g_dir_read_name(dir))) {
        char *name;

        if (!g_str_has_suffix(file, ".json"))
            continue;
        name = g_strndup(file, strlen(file) - strlen(".json"));
        bad_check(name);
        g_free(name);
        count++;
    }
    g_dir_close(dir);
    assert_true(count > 100);
}

/* Nothing that ends early may be taken, and nothing may crash on it. */
static void test_every_cut_of_a_board_is_refused(void **state)
{
    struct ob_err err = { 0 };
    char *data;
    size_t len;

    (void)state;
    if (file_read(OB_SOURCE_DIR "/examples/acme/acme-devkit.json", FILE_ANY,
                  1u << 20, &data, &len, &err) < 0)
        fail_msg("%s", err.text);
    while (len && data[len - 1] != '}')
        len--;
    for (size_t cut = 0; cut < len; cut++) {
        struct json_doc *doc;
        struct ob_err why = { 0 };

        if (json_parse(data, cut, "cut.json", &doc, &why) == 0)
            fail_msg("a board cut at %zu was taken", cut);
        assert_true(g_str_has_prefix(why.text, "cut.json:"));
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_boards_are_refused_with_their_line),
        cmocka_unit_test(test_every_cut_of_a_board_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
