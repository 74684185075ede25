/* SPDX-License-Identifier: MIT */
/* Test how the command splits its own options from QEMU's arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "cli/args.h"

/*
 * Each case: QEMU's arguments, blanks between; what is left of them; what was
 * taken, as "m:" or "i:" (machines, modinfo) and the value.
 */
static const struct {
    const char *in, *left, *taken;
} cases[] = {
    { "", "", "" },
    { "-M virt -nographic", "-M virt -nographic", "" },
    { "-add_modinfo a.json", "", "i:a.json" },
    { "--add_modinfo a.json", "", "i:a.json" },
    { "-add_modinfo=a.json", "", "i:a.json" },
    { "--add_machines=x,y.so", "", "m:x m:y.so" },
    { "-add_machines a,,b,c", "", "m:a,b m:c" },
    { "-M virt -add_modinfo a.json -S", "-M virt -S", "i:a.json" },
    { "-add_machines b -add_modinfo a -add_machines c", "", "m:b i:a m:c" },
    { "-append -add_modinfo a", "-append -add_modinfo a", "" },
    { "-append x -add_modinfo a", "-append x", "i:a" },
    { "-append -append -add_modinfo a", "-append -append", "i:a" },
    { "--append --add_modinfo -S", "--append --add_modinfo -S", "" },
    { "-S -add_modinfo a", "-S", "i:a" },
    { "-nographic -add_modinfo a", "-nographic", "i:a" },
    { "-add_modinfo -S", "", "i:-S" },
    { "-unknown -add_modinfo a", "-unknown", "i:a" },
    { "-add_modinfos a", "-add_modinfos a", "" },
    { "disk.img -add_modinfo a - -", "disk.img - -", "i:a" },
    { "-name -add_machines -m 1G", "-name -add_machines -m 1G", "" },
    { "-m", "-m", "" },
};

static void taken_text(const struct args *args, GString *out)
{
    guint i;

    for (i = 0; i < args->items->len; i++) {
        const struct args_item *item = args->items->pdata[i];

        g_string_append_printf(out, "%s%c:%s", i ? " " : "",
                               item->kind == ARGS_MACHINES ? 'm' : 'i',
                               item->value);
    }
}

static void left_text(const struct args *args, GString *out)
{
    guint i;

    for (i = 0; i < args->qemu->len; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "",
                               (char *)args->qemu->pdata[i]);
}

static struct args *split(const char *text, struct ob_err *err)
{
    char **argv = g_strsplit(text, " ", -1);
    struct args *args = NULL;
    int argc = text[0] ? (int)g_strv_length(argv) : 0;

    args_split(argc, argv, &args, err);
    g_strfreev(argv);
    return args;
}

static void test_args_split_takes_only_our_options(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct args *args = split(cases[i].in, NULL);
        GString *left = g_string_new(NULL), *taken = g_string_new(NULL);

        assert_non_null(args);
        left_text(args, left);
        taken_text(args, taken);
        if (strcmp(left->str, cases[i].left) != 0 ||
            strcmp(taken->str, cases[i].taken) != 0)
            fail_msg("\"%s\": left \"%s\", taken \"%s\"", cases[i].in,
                     left->str, taken->str);
        g_string_free(left, TRUE);
        g_string_free(taken, TRUE);
        args_free(args);
    }
}

static void test_args_split_no_value_is_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_null(split("-S --add_modinfo", &err));
    assert_string_equal(err.text, "--add_modinfo: no value after it; give a "
                                  "modinfo file (.json)");
}

static void test_args_split_empty_name_is_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_null(split("-add_machines a,", &err));
    assert_string_equal(err.text,
                        "-add_machines: empty name in the list \"a,\"; give a "
                        "module's name, a module (.so) or a board file "
                        "(.json)");
}

static void test_args_split_empty_value_is_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_null(split("-add_machines= x.so", &err));
    assert_string_equal(err.text,
                        "-add_machines: has no value; give a module's name, a "
                        "module (.so) or a board file (.json)");
}

#define MACHINES "add_machines, which takes a module's name, a module (.so) " \
                 "or a board file (.json)?"
#define MODINFO "add_modinfo, which takes a modinfo file (.json)?"

/* Each misspelling, and what it is taken for; NULL: none of ours. */
static const struct {
    const char *in, *meant;
} misspelt[] = {
    { "-add_machine x", MACHINES },
    { "-add-machines x", MACHINES },
    { "--add-machines=x", MACHINES },
    { "-addmachines x", MACHINES },
    { "-Add_Machines x", MACHINES },
    { "-add_machnies x", MACHINES },
    { "-add_modules x", MACHINES },
    { "-add-module x", MACHINES },
    { "-add_board x", MACHINES },
    { "-add.machines x", MACHINES },
    { "-add-modinfo x", MODINFO },
    { "-addmodinfo x", MODINFO },
    { "--add-mod-info=x.json", MODINFO },
    { "-add_modinfos x", MODINFO },
    { "-add_modifno x", MODINFO },
    { "-ADD_MODINFO x", MODINFO },
    { "-add_mod x", MODINFO },
    { "--add-mo=x", MODINFO },
    { "-addmodin x", MODINFO },
    { "-add_ma x", MACHINES },
    { "-add_mach x", MACHINES },
    { "-add_module x", MACHINES },
    { "-modinfo x", MODINFO },
    { "--modinfo=x", MODINFO },
    { "-mod_info x", MODINFO },
    { "-modinfos x", MODINFO },
    { "-modnfo x", MODINFO },
    { "-add-fd fd=3,set=1", NULL },
    { "-append -add_machine", NULL },
    { "-name --add-modinfo -S", NULL },
    { "-machine none", NULL },
    { "-M none -add", NULL },
    { "-addition 1", NULL },
    { "x add_machine", NULL },
    { "-add x", NULL },
    { "-add_m x", NULL },
    { "-add-f x", NULL },
    { "-mod x", NULL },
    { "-modi x", NULL },
    { "-mondino x", NULL },
    { "-machines x", NULL },
    { "-monitor stdio", NULL },
    { "-append -modinfo", NULL },
    { "-", NULL },
    { "--", NULL },
};

static void test_args_misspelt_options_get_a_hint(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(misspelt); i++) {
        struct args *args = split(misspelt[i].in, NULL);
        struct ob_err err = { 0 };
        size_t word = strcspn(misspelt[i].in, " ");
        char *expect = misspelt[i].meant
                           ? g_strdup_printf(
                                 "%.*s: is not an option; did you mean -%s",
                                 (int)word, misspelt[i].in, misspelt[i].meant)
                           : g_strdup("");

        assert_int_equal(args_check_spelling(args, &err),
                         misspelt[i].meant ? -EINVAL : 0);
        assert_string_equal(err.text, expect);
        g_free(expect);
        args_free(args);
    }
}

/* No option of QEMU's is refused, also when the list of them grows. */
static void test_args_no_option_of_qemus_gets_a_hint(void **state)
{
    static const char *const options[] = {
#define VALUE(name) "-" name " x", "--" name " x",
#define FLAG(name) "-" name, "--" name,
#include "cli/qemu_options.def"
#undef VALUE
#undef FLAG
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        struct args *args = split(options[i], NULL);
        struct ob_err err = { 0 };

        assert_int_equal(args_check_spelling(args, &err), 0);
        args_free(args);
    }
}

/* QEMU reports a word that is cut off; only the start of ours is a hint. */
static void test_args_no_start_of_qemus_option_gets_a_hint(void **state)
{
    static const char *const options[] = {
#define VALUE(name) name,
#define FLAG(name) name,
#include "cli/qemu_options.def"
#undef VALUE
#undef FLAG
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        for (size_t n = 1; n < strlen(options[i]); n++) {
            char *word = g_strdup_printf("-%.*s", (int)n, options[i]);
            struct args *args = split(word, NULL);

            assert_int_equal(args_check_spelling(args, NULL), 0);
            args_free(args);
            g_free(word);
        }
    }
}

static bool ours_acme(void *opaque, const char *name)
{
    (void)opaque;
    return strcmp(name, "acme") == 0 || strcmp(name, "device") == 0;
}

static void took_append(void *opaque, const char *name, const char *value)
{
    g_string_append_printf(opaque, "%s=%s;", name, value);
}

static void test_args_take_takes_option_groups(void **state)
{
    struct args *args = split("-acme a=1 -append -acme --acme b -S", NULL);
    GString *took = g_string_new(NULL), *left = g_string_new(NULL);

    (void)state;
    assert_int_equal(args_take(args, ours_acme, took_append, took, NULL), 0);
    left_text(args, left);
    assert_string_equal(took->str, "acme=a=1;acme=b;");
    assert_string_equal(left->str, "-append -acme -S");
    g_string_free(took, TRUE);
    g_string_free(left, TRUE);
    args_free(args);
}

static void test_args_take_leaves_qemus_own(void **state)
{
    struct args *args = split("-device x", NULL);
    GString *took = g_string_new(NULL);

    (void)state;
    assert_int_equal(args_take(args, ours_acme, took_append, took, NULL), 0);
    assert_int_equal(args->qemu->len, 2);
    assert_int_equal(took->len, 0);
    g_string_free(took, TRUE);
    args_free(args);
}

static void test_args_take_no_value_is_refused(void **state)
{
    struct args *args = split("-S -acme", NULL);
    GString *took = g_string_new(NULL);
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(args_take(args, ours_acme, took_append, took, &err),
                     -EINVAL);
    assert_string_equal(err.text, "-acme: no value after it; give "
                                  "key=value[,...]");
    g_string_free(took, TRUE);
    args_free(args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args_split_takes_only_our_options),
        cmocka_unit_test(test_args_split_no_value_is_refused),
        cmocka_unit_test(test_args_split_empty_name_is_refused),
        cmocka_unit_test(test_args_split_empty_value_is_refused),
        cmocka_unit_test(test_args_misspelt_options_get_a_hint),
        cmocka_unit_test(test_args_no_option_of_qemus_gets_a_hint),
        cmocka_unit_test(test_args_no_start_of_qemus_option_gets_a_hint),
        cmocka_unit_test(test_args_take_takes_option_groups),
        cmocka_unit_test(test_args_take_leaves_qemus_own),
        cmocka_unit_test(test_args_take_no_value_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
