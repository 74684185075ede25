/* SPDX-License-Identifier: MIT */
/*
 * The JSON file: what good ones mean, and every sample in tests/bad/modinfo
 * against the line that stands beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include <outboard/device.h>

#include "base/str.h"
#include "modinfo/modinfo.h"

#include "given_back.h"

#define BAD_DIR OB_SOURCE_DIR "/tests/bad/modinfo"
#define GOOD_DIR OB_SOURCE_DIR "/tests/good/modinfo"

/* Read dir/name; errors call it by its name alone. */
static int read_sample(const char *dir, const char *name,
                       struct modinfo_file **ret, struct ob_err *err)
{
    char *path = g_build_filename(dir, name, NULL), *data = NULL;
    size_t len = 0;
    int r;

    if (file_read(path, FILE_ANY, 1 << 20, &data, &len, err) < 0)
        fail_msg("%s", err->text);
    r = modinfo_parse(data, len, name, ret, err);
    free(data);
    g_free(path);
    return r;
}

/* Call `check` for every .json in `dir`; returns how many there are. */
static unsigned for_samples(const char *dir, void (*check)(const char *name))
{
    GDir *list = g_dir_open(dir, 0, NULL);
    const char *name;
    unsigned n = 0;

    assert_non_null(list);
    while ((name = g_dir_read_name(list))) {
        if (!g_str_has_suffix(name, ".json"))
            continue;
        check(name);
        n++;
    }
    g_dir_close(list);
    return n;
}

static void check_bad(const char *name)
{
    char *path = g_strdup_printf("%s/%.*s.expect", BAD_DIR,
                                 (int)(strlen(name) - 5), name);
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };
    char *expect = NULL;
    int r = read_sample(BAD_DIR, name, &file, &err);

    if (!g_file_get_contents(path, &expect, NULL, NULL))
        fail_msg("%s is missing", path);
    assert_string_equal(err.text, g_strchomp(expect));
    assert_int_equal(r, -EINVAL);
    assert_int_equal(err.code, r);
    assert_null(file);
    assert_int_equal(read_sample(BAD_DIR, name, &file, NULL), -EINVAL);
    g_free(expect);
    g_free(path);
}

static void test_parse_bad_samples_are_refused(void **state)
{
    (void)state;
    assert_in_range(for_samples(BAD_DIR, check_bad), 50, 1000);
}

static void check_good(const char *name)
{
    struct modinfo_file *file = NULL, *again = NULL;
    struct ob_err err = { 0 };
    char *text;

    if (read_sample(GOOD_DIR, name, &file, &err) < 0)
        fail_msg("%s", err.text);
    text = modinfo_write_json(file->modules, file->count);
    if (modinfo_parse(text, strlen(text), name, &again, &err) < 0)
        fail_msg("written anew: %s", err.text);
    assert_int_equal(again->count, file->count);
    for (uint32_t i = 0; i < file->count; i++)
        if (modinfo_agree(&again->modules[i], &file->modules[i], "x.so", NULL,
                          &err) < 0)
            fail_msg("%s", err.text);
    modinfo_free(file);
    modinfo_free(again);
    g_free(text);
}

static void test_parse_good_samples_survive_writing(void **state)
{
    (void)state;
    assert_in_range(for_samples(GOOD_DIR, check_good), 5, 1000);
}

static struct modinfo_file *parse(const char *text)
{
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    if (modinfo_parse(text, strlen(text), "acme.json", &file, &err) < 0)
        fail_msg("%s", err.text);
    return file;
}

static void test_parse_missing_lists_are_empty(void **state)
{
    struct modinfo_file *file = parse("{ \"a\": { \"name\": \"acme\" } }");
    const struct modinfo *info = &file->modules[0];

    (void)state;
    assert_int_equal(file->count, 1);
    assert_string_equal(info->short_name, "a");
    assert_string_equal(info->name, "acme");
    assert_null(info->version);
    assert_null(info->license);
    assert_null(*info->arch);
    assert_null(*info->objs);
    assert_null(*info->deps);
    assert_null(*info->opts);
    assert_int_equal(info->n_objs, 0);
    assert_int_equal(info->n_boards, 0);
    assert_int_equal(info->line, 1);
    assert_int_equal(info->col, 3);
    assert_string_equal(info->path, "acme.json");
    modinfo_free(file);
}

static void test_parse_full_file_is_understood(void **state)
{
    struct modinfo_file *file = NULL;
    const struct modinfo *info;

    (void)state;
    assert_int_equal(read_sample(GOOD_DIR, "full.json", &file, NULL), 0);
    assert_int_equal(file->count, 2);
    info = &file->modules[0];
    assert_string_equal(info->version, "1.2 (beta)");
    assert_string_equal(info->license, "MIT OR GPL-2.0-or-later");
    assert_string_equal(info->arch[1], "aarch64");
    assert_string_equal(info->objs[1], "acme-timer");
    assert_string_equal(info->types[0].desc, "ACME UART with FIFO");
    assert_string_equal(info->types[1].desc, "");
    assert_int_equal(info->types[1].bus, BUS_SYSTEM);
    assert_int_equal(info->types[1].category, CATEGORY_NONE);
    assert_null(*info->types[1].needs);
    assert_null(*file->warnings);
    assert_string_equal(info->deps[0], "acme-common");
    assert_string_equal(info->opts[0], "acme");
    assert_int_equal(info->line, 3);
    assert_string_equal(file->modules[1].short_name, "acme-common");
    modinfo_free(file);
}

/* A type needs no entry in "objs"; one that "objs" names keeps its place. */
static void test_parse_types_are_understood(void **state)
{
    static const char *const names[] = { "acme-timer", "x-acme",
                                         "acme-eeprom", "acme-plain" };
    struct modinfo_file *file = NULL;
    const struct modinfo *info;
    const struct modinfo_type *type;

    (void)state;
    assert_int_equal(read_sample(GOOD_DIR, "types.json", &file, NULL), 0);
    assert_null(*file->warnings);
    info = &file->modules[0];
    assert_int_equal(info->n_objs, G_N_ELEMENTS(names));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_string_equal(info->objs[i], names[i]);
    assert_null(info->objs[info->n_objs]);
    type = info->types;
    assert_string_equal(type->desc, "ACME timer");
    assert_int_equal(type->category, CATEGORY_MISC);
    assert_null(*type->needs);
    type++;
    assert_int_equal(type->category, CATEGORY_WATCHDOG);
    type++;
    assert_string_equal(type->desc, "EEPROM of 32 KiB");
    assert_int_equal(type->bus, BUS_I2C);
    assert_int_equal(type->category, CATEGORY_STORAGE);
    assert_string_equal(type->needs[0], "ob.i2c-target/0");
    assert_string_equal(type->needs[1], "ob.a.b-c/12");
    assert_null(type->needs[2]);
    type++;
    assert_string_equal(type->desc, "");
    assert_int_equal(type->bus, BUS_SYSTEM);
    modinfo_free(file);
}

/* A newer file on an older host: the key is named, and the rest is read. */
static void test_parse_unknown_key_of_type_is_a_warning(void **state)
{
    struct modinfo_file *file = NULL;
    const struct modinfo_type *type;

    (void)state;
    assert_int_equal(
        read_sample(GOOD_DIR, "types-unknown-key.json", &file, NULL), 0);
    assert_string_equal(
        file->warnings[0],
        "types-unknown-key.json:2:3: unknown key (\"categry\") "
        "of type \"acme-uart\" is ignored; did you mean "
        "\"category\"?");
    assert_string_equal(
        file->warnings[1],
        "types-unknown-key.json:2:22: unknown key (\"colour\") "
        "of type \"acme-uart\" is ignored; a newer Outboard "
        "may know it");
    assert_null(file->warnings[2]);
    type = &file->modules[0].types[0];
    assert_int_equal(type->bus, BUS_CAN);
    assert_int_equal(type->category, CATEGORY_NONE);
    modinfo_free(file);
}

static void test_parse_many_unknown_keys_are_few_warnings(void **state)
{
    GString *s = g_string_new("{ \"a\": { \"name\": \"a\", \"types\": { "
                              "\"t\": { \"k\": 0");
    struct modinfo_file *file;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(s, ",\n\"k%d\": 0", i);
    g_string_append(s, "} } } }");
    file = parse(s->str);
    while (file->warnings[n])
        n++;
    assert_int_equal(n, 16);
    assert_string_equal(file->warnings[14],
                        "acme.json:15:1: unknown key (\"k13\") of type \"t\" "
                        "is ignored; a newer Outboard may know it");
    assert_string_equal(file->warnings[15],
                        "acme.json:16:1: more unknown keys of types (\"k14\") "
                        "are ignored, without further warnings; correct the "
                        "keys named above");
    modinfo_free(file);
    g_string_free(s, TRUE);
}

/* The SDK's names and the host's are one list. */
static void test_categories_are_those_of_the_sdk(void **state)
{
    static const char *const names[] = {
        "", OB_CATEGORY_BRIDGE, OB_CATEGORY_USB, OB_CATEGORY_STORAGE,
        OB_CATEGORY_NETWORK, OB_CATEGORY_INPUT, OB_CATEGORY_DISPLAY,
        OB_CATEGORY_SOUND, OB_CATEGORY_MISC, OB_CATEGORY_CPU,
        OB_CATEGORY_WATCHDOG,
    };

    (void)state;
    assert_int_equal(CATEGORIES, G_N_ELEMENTS(names));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_string_equal(modinfo_category_names[i], names[i]);
    assert_null(modinfo_category_names[CATEGORIES]);
    assert_null(modinfo_bus_names[BUSES]);
}

static void test_parse_board_limits_are_settled(void **state)
{
    struct modinfo_file *file = NULL;
    const struct board_head *board;

    (void)state;
    assert_int_equal(read_sample(GOOD_DIR, "full.json", &file, NULL), 0);
    assert_int_equal(file->modules[0].n_boards, 5);
    board = &file->modules[0].boards[0];
    assert_int_equal(board->ram_min, 65536);
    assert_int_equal(board->ram_max, 65536);
    board++;
    assert_int_equal(board->cpus_default, 1);
    assert_int_equal(board->cpus_max, 64);
    assert_null(board->file);
    board++;
    assert_string_equal(board->name, "acme-devkit");
    assert_string_equal(board->file, "boards/acme-devkit.v2.json");
    board++;
    assert_string_equal(board->name, "acme-devkit-c");
    assert_string_equal(board->title, "Acme DevKit rev B (in C)");
    assert_int_equal(board->ram_default, 0);
    assert_int_equal(board->cpus_default, 1);
    assert_int_equal(board->cpus_max, 1);
    assert_null(*board->arch);
    board++;
    assert_string_equal(board->aliases[0], "acme-srv");
    assert_int_equal(board->ram_default, 1ull << 30);
    assert_int_equal(board->ram_min, 256ull << 20);
    assert_int_equal(board->ram_max, 8ull << 30);
    assert_int_equal(board->cpus_default, 2);
    assert_int_equal(board->cpus_max, 8);
    modinfo_free(file);
}

static void test_arch_fits_empty_list_is_every_target(void **state)
{
    static const char *const none[] = { NULL };
    static const char *const arm[] = { "arm", "aarch64", NULL };

    (void)state;
    assert_true(modinfo_arch_fits(NULL, "arm"));
    assert_true(modinfo_arch_fits(none, "arm"));
    assert_true(modinfo_arch_fits(arm, "aarch64"));
    assert_false(modinfo_arch_fits(arm, "riscv64"));
}

static void test_load_names_the_file(void **state)
{
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(
        modinfo_load(GOOD_DIR "/smallest.json", FILE_ANY, &file, NULL), 0);
    assert_string_equal(file->path, GOOD_DIR "/smallest.json");
    modinfo_free(file);
    assert_int_equal(
        modinfo_load(GOOD_DIR "/none.json", FILE_ANY, &file, &err), -ENOENT);
    assert_string_equal(err.text, GOOD_DIR
                        "/none.json: cannot be opened (No such file or "
                        "directory); check the name and your permission");
    modinfo_free(NULL);
}

/* Hostile: as many types and descriptions as fit. It must stay quick. */
static void test_parse_many_descriptions_is_quick(void **state)
{
    GString *s = g_string_new("{ \"a\": { \"name\": \"a\", \"objs\": [\"t\"");
    gint64 start;

    (void)state;
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(s, ",\"t%d\"", i);
    g_string_append(s, "], \"descs\": { \"t\": \"\"");
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(s, ",\"t%d\":\"d\"", i);
    g_string_append(s, "}, \"types\": { \"t\": {}");
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(s, ",\"u%d\":{}", i);
    g_string_append(s, "} } }");
    start = g_get_monotonic_time();
    modinfo_free(parse(s->str));
    assert_in_range(g_get_monotonic_time() - start, 0, 5000000);
    g_string_free(s, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_parse_bad_samples_are_refused),
        UNIT_TEST(test_parse_good_samples_survive_writing),
        UNIT_TEST(test_parse_missing_lists_are_empty),
        UNIT_TEST(test_parse_full_file_is_understood),
        UNIT_TEST(test_parse_types_are_understood),
        UNIT_TEST(test_parse_unknown_key_of_type_is_a_warning),
        UNIT_TEST(test_parse_many_unknown_keys_are_few_warnings),
        UNIT_TEST(test_categories_are_those_of_the_sdk),
        UNIT_TEST(test_parse_board_limits_are_settled),
        UNIT_TEST(test_arch_fits_empty_list_is_every_target),
        UNIT_TEST(test_load_names_the_file),
        UNIT_TEST(test_parse_many_descriptions_is_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
