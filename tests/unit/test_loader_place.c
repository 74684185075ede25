/* SPDX-License-Identifier: MIT */
/* Where a module runs, and who decides: the strongest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "loader/loader.h"

#include "given_back.h"

#define NONE ISOLATION_NONE
#define PROC ISOLATION_PROCESS
#define IN ISOLATION_IN_PROCESS

#define FORBIDDEN "LicenseRef-Acme"
#define BY_LICENCE "its licence cannot be combined with QEMU's"
#define BY_DEFAULT "its licence allows it"
#define BY_NAME "--isolate names it"
#define BY_FILE "-add_modinfo says so"
#define BY_ALL "--isolate=all"
#define BY_BOARD "the board says so"
#define BY_MODINFO "its modinfo says so"

static const struct row {
    const char *license;        /* in the modinfo; NULL: not there */
    enum modinfo_isolation modinfo, part;
    const char *isolate;        /* notes of --isolate; or NULL */
    const char *file;           /* the note of -add_modinfo; or NULL */
    bool remote;
    const char *why;
} rows[] = {
    { "MIT", NONE, NONE, NULL, NULL, false, BY_DEFAULT },
    { NULL, NONE, NONE, NULL, NULL, false, "if its licence allows it" },
    { "MIT", PROC, NONE, NULL, NULL, true, BY_MODINFO },
    { "MIT", IN, NONE, NULL, NULL, false, BY_MODINFO },
    { NULL, PROC, NONE, NULL, NULL, true, BY_MODINFO },
    { "MIT", PROC, IN, NULL, NULL, false, BY_BOARD },
    { "MIT", IN, PROC, NULL, NULL, true, BY_BOARD },
    { "MIT", IN, NONE, "all", NULL, true, BY_ALL },
    { "MIT", IN, IN, "all", NULL, true, BY_ALL },
    { "MIT", IN, IN, "acme", NULL, true, BY_NAME },
    { "MIT", NONE, NONE, "other", NULL, false, BY_DEFAULT },
    { "MIT", NONE, NONE, NULL, "process acme", true, BY_FILE },
    { "MIT", PROC, PROC, NULL, "in-process acme", false, BY_FILE },
    { "MIT", PROC, PROC, "all", "in-process acme", false, BY_FILE },
    { "MIT", IN, IN, "acme", "in-process acme", true, BY_NAME },
    { "MIT", NONE, NONE, NULL, "acm process", false, BY_DEFAULT },
    { "MIT", NONE, NONE, NULL, "acme-2 process", false, BY_DEFAULT },
    { FORBIDDEN, NONE, NONE, NULL, NULL, true, BY_LICENCE },
    { FORBIDDEN, IN, IN, NULL, "in-process acme", true, BY_LICENCE },
    { FORBIDDEN, NONE, NONE, "all", NULL, true, BY_LICENCE },
};

/* An index with a module "acme" that is as the row says. */
static struct registry *registry_make(const struct row *row, uint32_t n_objs)
{
    static const char *const some[] = { "acme-uart", NULL };
    struct registry *ix = registry_new("arm");
    GString *text = g_string_new("{ \"acme\": { \"name\": \"acme\"");
    struct modinfo_file *file = NULL;

    if (row->license)
        g_string_append_printf(text, ", \"license\": \"%s\"", row->license);
    if (row->modinfo)
        g_string_append_printf(text, ", \"isolation\": \"%s\"",
                               modinfo_isolation_text(row->modinfo));
    if (n_objs)
        g_string_append_printf(text, ", \"objs\": [\"%s\"]", some[0]);
    g_string_append(text, " } }");
    assert_int_equal(
        modinfo_parse(text->str, text->len, "acme.json", &file, NULL), 0);
    registry_add_modinfo(ix, file, REGISTRY_ANNOUNCED);
    if (row->isolate)
        registry_add_note(ix, LOADER_NOTE_ISOLATE, row->isolate);
    if (row->file)
        registry_add_note(ix, LOADER_NOTE_ISOLATION, row->file);
    registry_finish(ix, NULL, NULL);
    g_string_free(text, TRUE);
    return ix;
}

static void test_place_the_strongest_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        struct registry *ix = registry_make(row, 1);
        const char *why = NULL;
        bool remote = loader_is_remote(ix, registry_find_module(ix, "acme"),
                                       NULL, row->part, &why);

        if (remote != row->remote || strcmp(why, row->why) != 0)
            fail_msg("row %zu: %s: %s", i, remote ? "process" : "in-process",
                     why);
        registry_free(ix);
    }
}

static void test_place_name_of_any_text_is_asked_for(void **state)
{
    static const char json[] = "{ \"process, my é \\\"one\\\"\": { \"name\": "
                               "\"acme\", \"objs\": [\"acme-uart\"] } }";
    const char *name = "process, my é \"one\"", *why = NULL;
    struct registry *ix = registry_new("arm");
    struct modinfo_file *file = NULL;

    (void)state;
    assert_int_equal(modinfo_parse(json, strlen(json), "a.json", &file, NULL),
                     0);
    registry_add_modinfo(ix, file, REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    registry_add_note(ix, LOADER_NOTE_ISOLATION, "process process");
    assert_false(loader_is_remote(ix, registry_find_module(ix, name), "MIT",
                                  NONE, &why));
    registry_add_note(ix, LOADER_NOTE_ISOLATION,
                      "process process, my é \"one\"");
    assert_true(loader_is_remote(ix, registry_find_module(ix, name), "MIT",
                                 NONE, &why));
    assert_string_equal(why, BY_FILE);
    registry_free(ix);
}

static void test_place_native_module_is_never_remote(void **state)
{
    const struct row row = { .license = FORBIDDEN, .modinfo = PROC,
                             .isolate = "acme" };
    struct registry *ix = registry_make(&row, 1);
    struct registry_module *m = registry_find_module(ix, "acme");
    const char *why = NULL;

    (void)state;
    registry_set_file(ix, m, "/x/acme.so", true);
    assert_false(loader_is_remote(ix, m, NULL, PROC, &why));
    assert_string_equal(why, "it is a native QEMU module");
    registry_free(ix);
}

static void test_place_licence_of_the_section_decides(void **state)
{
    const struct row row = { .modinfo = IN };
    struct registry *ix = registry_make(&row, 1);
    const struct registry_module *m = registry_find_module(ix, "acme");
    struct ob_err err = { 0 };

    (void)state;
    assert_false(loader_is_remote(ix, m, "MIT", NONE, NULL));
    assert_true(loader_is_remote(ix, m, FORBIDDEN, NONE, NULL));
    assert_int_equal(loader_check_wish(ix, m, "MIT", "acme.so", &err), 0);
    assert_int_equal(loader_check_wish(ix, m, FORBIDDEN, "acme.so", &err),
                     -EPERM);
    assert_string_equal(err.text,
                        "acme.so: module \"acme\" is to run "
                        "in-process, and its licence (\"" FORBIDDEN "\") "
                        "cannot be combined with QEMU's; let it run in a "
                        "process of its own");
    registry_free(ix);
}

static void test_place_the_last_word_for_a_file_counts(void **state)
{
    const struct row row = { .license = "MIT", .file = "process acme" };
    struct registry *ix = registry_make(&row, 1);

    (void)state;
    registry_add_note(ix, LOADER_NOTE_ISOLATION, "in-process acme");
    assert_false(loader_is_remote(ix, registry_find_module(ix, "acme"), NULL,
                                  NONE, NULL));
    registry_add_note(ix, LOADER_NOTE_ISOLATION, "process acme");
    assert_true(loader_is_remote(ix, registry_find_module(ix, "acme"), NULL,
                                 NONE, NULL));
    registry_free(ix);
}

static void test_place_of_boards_alone_is_qemus(void **state)
{
    const struct row row = { .license = "MIT", .modinfo = PROC };
    struct registry *ix = registry_make(&row, 0);
    const char *why = NULL;

    (void)state;
    assert_false(loader_is_remote(ix, registry_find_module(ix, "acme"), NULL,
                                  NONE, &why));
    assert_string_equal(why, "it holds no device types");
    registry_free(ix);
}

static void test_place_forbidden_is_told_with_its_place(void **state)
{
    const struct row row = { .license = FORBIDDEN, .modinfo = IN };
    struct registry *ix = registry_make(&row, 1);
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(
        loader_check_isolation(&registry_find_module(ix, "acme")->info, &err),
        -EPERM);
    assert_string_equal(err.text,
                        "acme.json:1:3: module \"acme\" is to run "
                        "in-process, and its licence (\"" FORBIDDEN "\") "
                        "cannot be combined with QEMU's; let it run in a "
                        "process of its own");
    registry_free(ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_place_the_strongest_decides),
        cmocka_unit_test(test_place_name_of_any_text_is_asked_for),
        cmocka_unit_test(test_place_native_module_is_never_remote),
        UNIT_TEST(test_place_licence_of_the_section_decides),
        UNIT_TEST(test_place_the_last_word_for_a_file_counts),
        UNIT_TEST(test_place_of_boards_alone_is_qemus),
        UNIT_TEST(test_place_forbidden_is_told_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
