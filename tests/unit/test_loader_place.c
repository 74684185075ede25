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
    const char *isolate;        /* --isolate; or NULL */
    const char *file;           /* -add_modinfo's module; or NULL */
    enum modinfo_isolation wish;    /* and what it says of that module */
    bool remote;
    const char *why;
} rows[] = {
    { "MIT", NONE, NONE, NULL, NULL, NONE, false, BY_DEFAULT },
    { NULL, NONE, NONE, NULL, NULL, NONE, false, "if its licence allows it" },
    { "MIT", PROC, NONE, NULL, NULL, NONE, true, BY_MODINFO },
    { "MIT", IN, NONE, NULL, NULL, NONE, false, BY_MODINFO },
    { NULL, PROC, NONE, NULL, NULL, NONE, true, BY_MODINFO },
    { "MIT", PROC, IN, NULL, NULL, NONE, false, BY_BOARD },
    { "MIT", IN, PROC, NULL, NULL, NONE, true, BY_BOARD },
    { "MIT", IN, NONE, "all", NULL, NONE, true, BY_ALL },
    { "MIT", IN, IN, "all", NULL, NONE, true, BY_ALL },
    { "MIT", IN, IN, "acme", NULL, NONE, true, BY_NAME },
    { "MIT", NONE, NONE, "other", NULL, NONE, false, BY_DEFAULT },
    { "MIT", NONE, NONE, NULL, "acme", PROC, true, BY_FILE },
    { "MIT", PROC, PROC, NULL, "acme", IN, false, BY_FILE },
    { "MIT", PROC, PROC, "all", "acme", IN, false, BY_FILE },
    { "MIT", IN, IN, "acme", "acme", IN, true, BY_NAME },
    { "MIT", NONE, NONE, NULL, "acm", PROC, false, BY_DEFAULT },
    { "MIT", NONE, NONE, NULL, "acme-2", PROC, false, BY_DEFAULT },
    { FORBIDDEN, NONE, NONE, NULL, NULL, NONE, true, BY_LICENCE },
    { FORBIDDEN, IN, IN, NULL, "acme", IN, true, BY_LICENCE },
    { FORBIDDEN, NONE, NONE, "all", NULL, NONE, true, BY_LICENCE },
};

/* A session with a module "acme" that is as the row says. */
static struct session *session_make(const struct row *row, uint32_t n_objs)
{
    static const char *const some[] = { "acme-uart", NULL };
    struct session *session = session_new("arm");
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
    registry_add_modinfo(session->registry, file, REGISTRY_ANNOUNCED);
    if (row->isolate)
        session_add_wish(session,
                         strcmp(row->isolate, "all") == 0 ? SESSION_FROM_ALL
                                                          : SESSION_FROM_NAME,
                         row->isolate, ISOLATION_PROCESS);
    if (row->file)
        session_add_wish(session, SESSION_FROM_FILE, row->file, row->wish);
    registry_finish(session->registry, NULL, NULL);
    g_string_free(text, TRUE);
    return session;
}

static void test_place_the_strongest_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        struct session *session = session_make(row, 1);
        const char *why = NULL;
        bool remote = loader_is_remote(
            session, registry_find_module(session->registry, "acme"), NULL,
            row->part, &why);

        if (remote != row->remote || strcmp(why, row->why) != 0)
            fail_msg("row %zu: %s: %s", i, remote ? "process" : "in-process",
                     why);
        session_free(session);
    }
}

static void test_place_name_of_any_text_is_asked_for(void **state)
{
    static const char json[] = "{ \"process, my é \\\"one\\\"\": { \"name\": "
                               "\"acme\", \"objs\": [\"acme-uart\"] } }";
    const char *name = "process, my é \"one\"", *why = NULL;
    struct session *session = session_new("arm");
    struct modinfo_file *file = NULL;

    (void)state;
    assert_int_equal(modinfo_parse(json, strlen(json), "a.json", &file, NULL),
                     0);
    registry_add_modinfo(session->registry, file, REGISTRY_ANNOUNCED);
    registry_finish(session->registry, NULL, NULL);
    session_add_wish(session, SESSION_FROM_FILE, "process", PROC);
    assert_false(loader_is_remote(
        session, registry_find_module(session->registry, name), "MIT", NONE,
        &why));
    session_add_wish(session, SESSION_FROM_FILE, "process, my é \"one\"",
                     PROC);
    assert_true(loader_is_remote(session,
                                 registry_find_module(session->registry, name),
                                 "MIT", NONE, &why));
    assert_string_equal(why, BY_FILE);
    session_free(session);
}

static void test_place_native_module_is_never_remote(void **state)
{
    const struct row row = { .license = FORBIDDEN, .modinfo = PROC,
                             .isolate = "acme" };
    struct session *session = session_make(&row, 1);
    struct registry_module *m = registry_find_module(session->registry,
                                                     "acme");
    const char *why = NULL;

    (void)state;
    registry_set_file(session->registry, m, "/x/acme.so", true);
    assert_false(loader_is_remote(session, m, NULL, PROC, &why));
    assert_string_equal(why, "it is a native QEMU module");
    session_free(session);
}

static void test_place_licence_of_the_section_decides(void **state)
{
    const struct row row = { .modinfo = IN };
    struct session *session = session_make(&row, 1);
    const struct registry_module *m = registry_find_module(session->registry,
                                                           "acme");
    struct ob_err err = { 0 };

    (void)state;
    assert_false(loader_is_remote(session, m, "MIT", NONE, NULL));
    assert_true(loader_is_remote(session, m, FORBIDDEN, NONE, NULL));
    assert_int_equal(loader_check_wish(session, m, "MIT", "acme.so", &err), 0);
    assert_int_equal(loader_check_wish(session, m, FORBIDDEN, "acme.so", &err),
                     -EPERM);
    assert_string_equal(err.text,
                        "acme.so: module \"acme\" is to run "
                        "in-process, and its licence (\"" FORBIDDEN "\") "
                        "cannot be combined with QEMU's; let it run in a "
                        "process of its own");
    session_free(session);
}

static void test_place_the_last_word_for_a_file_counts(void **state)
{
    const struct row row = { .license = "MIT", .file = "acme", .wish = PROC };
    struct session *session = session_make(&row, 1);

    (void)state;
    session_add_wish(session, SESSION_FROM_FILE, "acme", IN);
    assert_false(loader_is_remote(
        session, registry_find_module(session->registry, "acme"), NULL, NONE,
        NULL));
    session_add_wish(session, SESSION_FROM_FILE, "acme", PROC);
    assert_true(loader_is_remote(
        session, registry_find_module(session->registry, "acme"), NULL, NONE,
        NULL));
    session_free(session);
}

static void test_place_of_boards_alone_is_qemus(void **state)
{
    const struct row row = { .license = "MIT", .modinfo = PROC };
    struct session *session = session_make(&row, 0);
    const char *why = NULL;

    (void)state;
    assert_false(loader_is_remote(
        session, registry_find_module(session->registry, "acme"), NULL, NONE,
        &why));
    assert_string_equal(why, "it holds no device types");
    session_free(session);
}

static void test_place_forbidden_is_told_with_its_place(void **state)
{
    const struct row row = { .license = FORBIDDEN, .modinfo = IN };
    struct session *session = session_make(&row, 1);
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(
        loader_check_isolation(
            &registry_find_module(session->registry, "acme")->info, &err),
        -EPERM);
    assert_string_equal(err.text,
                        "acme.json:1:3: module \"acme\" is to run "
                        "in-process, and its licence (\"" FORBIDDEN "\") "
                        "cannot be combined with QEMU's; let it run in a "
                        "process of its own");
    session_free(session);
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
