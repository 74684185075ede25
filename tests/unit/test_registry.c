/* SPDX-License-Identifier: MIT */
/* Which entry wins, what is reported, and in which order to open modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"

#include "given_back.h"

/* Add the JSON `text`, called `name`, in which ' stands for ". */
static void add(struct registry *registry, const char *name, const char *text,
                enum registry_origin origin)
{
    char *json = g_strdelimit(g_strdup(text), "'", '"');
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    if (modinfo_parse(json, strlen(json), name, &file, &err) < 0)
        fail_msg("%s", err.text);
    registry_add_modinfo(registry, file, origin);
    g_free(json);
}

static const char *const no_names[] = { NULL };

static struct board_head board_head(const char *name)
{
    return (struct board_head){
        .name = name,
        .title = "A board",
        .arch = no_names,
        .aliases = no_names,
        .cpus_default = 1,
        .cpus_max = 1,
    };
}

/* Collects what registry_finish() reports, a line each, details marked "- ". */
static void collect(void *opaque, bool detail, const char *text)
{
    g_string_append_printf(opaque, "%s%s\n", detail ? "- " : "", text);
}

static void assert_reported(struct registry *registry, const char *expect)
{
    GString *lines = g_string_new(NULL);

    registry_finish(registry, collect, lines);
    assert_string_equal(lines->str, expect);
    g_string_free(lines, TRUE);
}

static const char acme[] =
    "{ 'acme': { 'name': 'acme-devkit', 'license': 'MIT', 'isolation': "
    "'process', 'objs': ['acme-uart', 'acme-timer'], 'descs': { 'acme-uart': "
    "'ACME UART' }, 'types': { 'acme-uart': { 'bus': 'i2c' } }, 'opts': "
    "['acme'], 'boards': { 'kit': { 'title': 'Kit', "
    "'aliases': ['k'],             'ram': '1 MiB', 'cpus': { 'max': 2 } } } } "
    "}";

static void test_find_announced_things_are_found(void **state)
{
    struct registry *registry = registry_new("arm");
    const struct registry_type *type;
    struct registry_board *board;
    struct registry_module *module;

    (void)state;
    add(registry, "acme.json", acme, REGISTRY_ANNOUNCED);
    assert_reported(registry, "");
    module = registry_find_module(registry, "acme");
    assert_non_null(module);
    assert_ptr_equal(registry_find_file(registry, "acme-devkit"), module);
    assert_ptr_equal(registry_find_option(registry, "acme"), module);
    assert_int_equal(module->origin, REGISTRY_ANNOUNCED);
    assert_null(module->file);
    type = registry_find_type(registry, "acme-uart");
    assert_string_equal(type->info->desc, "ACME UART");
    assert_int_equal(type->info->bus, BUS_I2C);
    assert_ptr_equal(type->module, module);
    board = registry_find_board(registry, "kit");
    assert_ptr_equal(board->module, module);
    assert_ptr_equal(registry_find_board(registry, "k"), board);
    assert_null(board->path);
    assert_string_equal(registry_arch(registry), "arm");
    registry_free(registry);
}

static void test_find_unknown_things_are_not(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "acme.json", acme, REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    assert_null(registry_find_type(registry, "acme-gpio"));
    assert_null(registry_find_board(registry, "acme"));
    assert_null(registry_find_module(registry, "acme-devkit"));
    assert_null(registry_find_file(registry, "acme"));
    assert_null(registry_find_option(registry, "kit"));
    assert_string_equal(registry_nearest_type(registry, "acme-urat"),
                        "acme-uart");
    assert_string_equal(registry_nearest_board(registry, "kits"), "kit");
    assert_null(registry_nearest_type(registry, "zzz"));
    registry_free(registry);
    registry_free(NULL);
}

static void full_name_is(const struct registry *registry, const char *type,
                         const char *full)
{
    const struct registry_type *found = registry_find_type(registry, type);
    char *name = registry_type_full_name(found);

    assert_string_equal(name, full);
    assert_ptr_equal(registry_find_type(registry, full), found);
    g_free(name);
}

static void test_find_type_by_its_full_name_is_found(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "one.json",
        "{ 'a': { 'name': 'a', 'objs': ['x', 'v.x.y'] },"
        "  'a.v.w': { 'name': 'c', 'objs': ['z'] },"
        "  '0c++': { 'name': 'd', 'objs': ['u'] },"
        "  '_e': { 'name': 'e', 'objs': ['v'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    full_name_is(registry, "x", "a.x");
    full_name_is(registry, "v.x.y", "a.v.x.y");
    full_name_is(registry, "z", "a.v.w.z");
    full_name_is(registry, "u", "m0c__.u");
    full_name_is(registry, "v", "m_e.v");
    registry_free(registry);
}

static void test_find_type_by_another_full_name_is_not_found(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "one.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'] },"
        "  'b': { 'name': 'b', 'objs': ['y'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    assert_null(registry_find_type(registry, "b.x"));
    assert_null(registry_find_type(registry, "a."));
    assert_null(registry_find_type(registry, ".x"));
    assert_null(registry_find_type(registry, "a.a.x"));
    registry_free(registry);
}

static void test_find_full_name_that_is_a_plain_one_finds_that(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "one.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'] },"
        "  'b': { 'name': 'b', 'objs': ['a.x'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    assert_string_equal(registry_find_type(registry, "a.x")->name, "a.x");
    registry_free(registry);
}

static void test_finish_type_twice_later_wins_and_is_reported(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "one.json", "{ 'a': { 'name': 'a', 'objs': ['x', 'y'] } }",
        REGISTRY_ANNOUNCED);
    add(registry, "two.json", "{\n 'b': { 'name': 'b', 'objs': ['y', 'z'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(registry,
                    "two.json:2:2: a type is announced twice (\"y\", "
                    "also in one.json:1:3); this one is used\n");
    assert_string_equal(registry_find_type(registry, "y")->module->info.name,
                        "b");
    assert_string_equal(registry_find_type(registry, "x")->module->info.name,
                        "a");
    registry_free(registry);
}

static void test_finish_module_twice_later_wins_wholly(void **state)
{
    struct registry *registry = registry_new(NULL);
    uint32_t n;

    (void)state;
    add(registry, "one.json", "{ 'a': { 'name': 'old', 'objs': ['x', 'y'] } }",
        REGISTRY_ANNOUNCED);
    add(registry, "two.json", "{ 'a': { 'name': 'new', 'objs': ['x'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(registry,
                    "two.json:1:3: a module is announced twice (\"a\", "
                    "also in one.json:1:3); this one is used\n");
    assert_string_equal(registry_find_type(registry, "x")->module->info.name,
                        "new");
    assert_null(registry_find_type(registry, "y"));
    assert_null(registry_find_file(registry, "old"));
    registry_types(registry, &n);
    assert_int_equal(n, 1);
    registry_modules(registry, &n);
    assert_int_equal(n, 1);
    registry_free(registry);
}

static void test_finish_installed_one_replaced_is_a_detail(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "/usr/a.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'], 'opts': ['o'] } }",
        REGISTRY_INSTALLED);
    add(registry, "my.json",
        "{ 'm': { 'name': 'm', 'objs': ['x'], 'opts': ['o'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(registry,
                    "- my.json:1:3: a type is announced twice (\"x\", "
                    "also in /usr/a.json:1:3); this one is used\n"
                    "- my.json:1:3: an option group is announced twice "
                    "(\"o\", also in /usr/a.json:1:3); this one is used\n");
    assert_string_equal(registry_find_option(registry, "o")->info.name, "m");
    registry_free(registry);
}

static void test_finish_same_file_twice_is_silent(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "acme.json", acme, REGISTRY_ANNOUNCED);
    add(registry, "acme.json", acme, REGISTRY_ANNOUNCED);
    assert_reported(registry, "");
    registry_free(registry);
}

static void test_finish_other_target_is_passed_over(void **state)
{
    static const char *const arm[] = { "arm", NULL };
    struct registry *registry = registry_new("riscv64");
    struct board_head head = board_head("pi");
    uint32_t n;

    (void)state;
    head.arch = arm;
    add(registry, "a.json",
        "{ 'a': { 'name': 'a', 'arch': ['arm', 'aarch64'], 'objs': ['x'], "
        "'boards': { 'b': '' } } }",
        REGISTRY_ANNOUNCED);
    registry_add_board(registry, &head, "pi.json", REGISTRY_INSTALLED);
    assert_reported(registry,
                    "- a.json:1:3: a module is ignored (\"a\" is for "
                    "arm, aarch64, this is riscv64); use it with that "
                    "target\n"
                    "- pi.json: a board is ignored (\"pi\" is for arm, "
                    "this is riscv64); use it with that target\n");
    registry_types(registry, &n);
    assert_int_equal(n, 0);
    registry_boards(registry, &n);
    assert_int_equal(n, 0);
    registry_free(registry);
}

static void test_finish_board_twice_later_wins(void **state)
{
    struct registry *registry = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    add(registry, "acme.json", acme, REGISTRY_ANNOUNCED);
    registry_add_board(registry, &head, "kit.json", REGISTRY_NAMED);
    assert_reported(registry,
                    "kit.json: a board is announced twice (\"kit\", also "
                    "in acme.json:1:3); this one is used\n");
    assert_string_equal(registry_find_board(registry, "kit")->path,
                        "kit.json");
    assert_int_equal(registry_find_board(registry, "kit")->origin,
                     REGISTRY_NAMED);
    registry_free(registry);
}

static void test_finish_board_file_named_is_meant(void **state)
{
    struct registry *registry = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    registry_add_board(registry, &head, "/no/kit.json", REGISTRY_ANNOUNCED);
    registry_add_board(registry, &head, "/no/try.json", REGISTRY_NAMED);
    assert_reported(registry,
                    "- /no/try.json: a board is announced twice (\"kit\", "
                    "also in /no/kit.json); this one is used\n");
    registry_add_board(registry, &head, "/no/late.json", REGISTRY_ANNOUNCED);
    assert_reported(registry,
                    "- /no/try.json: a board is announced twice (\"kit\", "
                    "also in /no/kit.json); this one is used\n"
                    "/no/late.json: a board is announced twice (\"kit\", "
                    "also in /no/try.json); this one is used\n");
    registry_free(registry);
}

static void test_finish_board_file_twice_is_the_same(void **state)
{
    struct registry *registry = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    registry_add_board(registry, &head, "/dev/null", REGISTRY_ANNOUNCED);
    registry_add_board(registry, &head, "/dev/../dev/null", REGISTRY_NAMED);
    assert_reported(registry, "");
    registry_free(registry);
}

static void test_finish_board_of_a_file_is_not_in_c(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "a.json",
        "{ 'a': { 'name': 'a', 'boards': { 'kit': { 'file': 'kit.json' } } } "
        "}",
        REGISTRY_ANNOUNCED);
    assert_reported(registry, "");
    assert_null(registry_find_board(registry, "kit"));
    registry_free(registry);
}

static void test_finish_again_after_more_was_added(void **state)
{
    struct registry *registry = registry_new(NULL);

    (void)state;
    add(registry, "one.json", "{ 'a': { 'name': 'a', 'objs': ['x'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    assert_non_null(registry_find_type(registry, "x"));
    add(registry, "two.json", "{ 'a': { 'name': 'a2', 'objs': ['y'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    assert_null(registry_find_type(registry, "x"));
    assert_non_null(registry_find_type(registry, "y"));
    registry_free(registry);
}

/* The order in which to open `name`, as text; or the error. */
static char *order_of(const char *arch, const char *json, const char *name)
{
    struct registry *registry = registry_new(arch);
    struct registry_module **list = NULL;
    struct ob_err err = { 0 };
    GString *text = g_string_new(NULL);
    uint32_t n = 0;

    add(registry, "m.json", json, REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    if (registry_order(registry, registry_find_module(registry, name), &list,
                       &n, &err) < 0)
        g_string_assign(text, err.text);
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               list[i]->info.short_name);
    g_free(list);
    registry_free(registry);
    return g_string_free(text, FALSE);
}

struct order {
    const char *json, *expect;
};

static const struct order orders[] = {
    { "{ 'a': { 'name': 'a' } }", "a" },
    { "{ 'a': { 'name': 'a', 'deps': ['b', 'c'] }, 'b': { 'name': 'b',"
      " 'deps': ['d'] }, 'c': { 'name': 'c', 'deps': ['d', 'b'] },"
      " 'd': { 'name': 'd' } }", "d b c a" },
    { "{ 'a': { 'name': 'a', 'deps': ['a'] } }",
      "m.json:1:3: modules depend on each other in a circle (a -> a); remove "
      "one from its \"deps\"" },
    { "{ 'a': { 'name': 'a', 'deps': ['b'] }, 'b': { 'name': 'b',"
      " 'deps': ['c'] },\n'c': { 'name': 'c', 'deps': ['b'] } }",
      "m.json:1:40: modules depend on each other in a circle (b -> c -> b); "
      "remove one from its \"deps\"" },
    { "{ 'a': { 'name': 'a', 'deps': ['acme-comon'] },"
      " 'acme-common': { 'name': 'x' } }",
      "m.json:1:3: module \"a\" depends on a module that is not announced "
      "(\"acme-comon\"); did you mean \"acme-common\"?" },
    { "{ 'a': { 'name': 'a', 'deps': ['file c', 'b'] }, 'file b': { 'name': "
      "'b', 'deps': ['c'] }, 'file c': { 'name': 'c' } }", "file c file b a" },
    /* A short name comes before a file's name. */
    { "{ 'a': { 'name': 'a', 'deps': ['b'] }, 'b': { 'name': 'c' }, 'c': { "
      "'name': 'b' } }", "b a" },
    { "{ 'a': { 'name': 'file-a', 'deps': ['file-a'] } }",
      "m.json:1:3: modules depend on each other in a circle (a -> a); remove "
      "one from its \"deps\"" },
    { "{ 'a': { 'name': 'a', 'deps': ['common'] },"
      " 'x': { 'name': 'common', 'arch': ['ppc'] } }",
      "m.json:1:3: module \"a\" depends on a module for other targets "
      "(\"common\", this is arm); correct its \"arch\" or use another target" },
    { "{ 'a': { 'name': 'a', 'deps': ['zzzzzz'] } }",
      "m.json:1:3: module \"a\" depends on a module that is not announced "
      "(\"zzzzzz\"); announce it with -add_modinfo, or install it" },
    { "{ 'a': { 'name': 'a', 'deps': ['b'] },"
      " 'b': { 'name': 'b', 'arch': ['ppc'] } }",
      "m.json:1:3: module \"a\" depends on a module for other targets (\"b\", "
      "this is arm); correct its \"arch\" or use another target" },
};

static void test_order_dependencies_first_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        char *text = order_of("arm", orders[i].json, "a");

        assert_string_equal(text, orders[i].expect);
        g_free(text);
    }
}

/* m0 needs m1 needs m2 ...; `last` is what the last one needs. */
static char *chain(unsigned n, const char *last)
{
    GString *s = g_string_new("{");

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(s,
                               "%s'm%u': { 'name': 'm%u', 'deps': ['m%u'] }",
                               i ? "," : "", i, i, i + 1);
    g_string_append_printf(s, ",'m%u': { 'name': 'm%u', 'deps': [%s] } }", n,
                           n, last);
    return g_string_free(s, FALSE);
}

static void test_order_longest_chain_is_walked(void **state)
{
    char *json = chain(40000, ""), *text = order_of(NULL, json, "m0");

    (void)state;
    assert_true(g_str_has_prefix(text, "m40000 m39999 "));
    assert_true(g_str_has_suffix(text, " m1 m0"));
    g_free(json);
    g_free(text);
}

static void test_order_long_circle_is_cut_short(void **state)
{
    char *json = chain(30, "'m0'"), *text = order_of(NULL, json, "m0");

    (void)state;
    assert_string_equal(text,
                        "m.json:1:2: modules depend on each other in a circle "
                        "(m0 -> m1 -> m2 -> m3 -> m4 -> m5 -> m6 -> m7 -> ... "
                        "-> m0); remove one from its \"deps\"");
    g_free(json);
    g_free(text);
}

static bool is_wanted(const struct registry_module *module)
{
    return module->info.short_name[0] != 'n';
}

/* All that are wanted, in the order of the file, and what these need. */
static char *order_of_all(const char *json)
{
    struct registry *registry = registry_new("arm");
    struct registry_module **list = NULL;
    struct ob_err err = { 0 };
    GString *text = g_string_new(NULL);
    uint32_t n = 0;
    int r;

    add(registry, "m.json", json, REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    r = registry_order_all(registry, is_wanted, &list, &n, &err);
    assert_int_equal(r, err.code);
    assert_true(r == 0 || r == -EINVAL);
    g_string_append(text, err.text);
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               list[i]->info.short_name);
    g_free(list);
    registry_free(registry);
    return g_string_free(text, FALSE);
}

static void test_order_of_all_has_each_once(void **state)
{
    static const struct order rows[] = {
        { "{}", "" },
        { "{ 'n1': { 'name': 'a' } }", "" },
        { "{ 'a': { 'name': 'a' }, 'n1': { 'name': 'b' },"
          " 'c': { 'name': 'c' } }", "a c" },
        { "{ 'a': { 'name': 'a', 'deps': ['c', 'n1'] },"
          " 'n1': { 'name': 'b' }, 'c': { 'name': 'c' },"
          " 'd': { 'name': 'd', 'deps': ['a'] } }", "c n1 a d" },
        { "{ 'a': { 'name': 'a' }, 'b': { 'name': 'b', 'deps': ['b'] },"
          " 'c': { 'name': 'c', 'deps': ['c'] } }",
          "m.json:1:25: modules depend on each other in a circle (b -> b); "
          "remove one from its \"deps\"" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *seen = order_of_all(rows[i].json);

        assert_string_equal(seen, rows[i].expect);
        g_free(seen);
    }
}

/* Eight names of a circle are shown. */
static void test_order_circle_is_cut_after_eight(void **state)
{
    (void)state;
    for (unsigned len = 7; len <= 9; len++) {
        GString *json = g_string_new("{"),
                *want = g_string_new(
                    "m.json:1:2: modules depend on each other in a circle (");
        char *seen;

        for (unsigned n = 0; n < len; n++) {
            g_string_append_printf(json,
                                   "%s'm%u': { 'name': 'm%u', 'deps': ['m%u'] "
                                   "}",
                                   n ? "," : "", n, n, (n + 1) % len);
            if (n < 8)
                g_string_append_printf(want, "m%u -> ", n);
        }
        g_string_append(json, "}");
        g_string_append_printf(want, "%sm0); remove one from its \"deps\"",
                               len > 8 ? "... -> " : "");
        seen = order_of("arm", json->str, "m0");
        assert_string_equal(seen, want->str);
        g_free(seen);
        g_string_free(json, TRUE);
        g_string_free(want, TRUE);
    }
}

static void test_lists_options_and_target(void **state)
{
    struct registry *registry = registry_new("arm");
    const struct registry_option *options;
    uint32_t n;

    (void)state;
    add(registry, "m.json",
        "{ 'a': { 'name': 'a', 'opts': ['x', 'y'] }, 'b': { 'name': 'b', "
        "'opts': ['z'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    options = registry_options(registry, &n);
    assert_int_equal(n, 3);
    assert_string_equal(options[0].name, "x");
    assert_string_equal(options[1].name, "y");
    assert_string_equal(options[2].name, "z");
    assert_ptr_equal(options[2].module, registry_find_module(registry, "b"));
    registry_set_arch(registry, "riscv64");
    assert_string_equal(registry_arch(registry), "riscv64");
    registry_free(registry);
}

static void test_drop_forgets_a_module_and_its_boards(void **state)
{
    struct registry *registry = registry_new("arm");

    (void)state;
    add(registry, "m.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'], 'boards': { 'k': 'K' } }, 'b': "
        "{ 'name': 'b', 'arch': ['avr'] } }",
        REGISTRY_INSTALLED);
    registry_finish(registry, NULL, NULL);
    assert_non_null(registry_find_board(registry, "k"));
    assert_null(registry_find_passed(registry, "a"));
    assert_non_null(registry_find_passed(registry, "b"));
    registry_drop_module(registry, registry_find_module(registry, "a"));
    registry_finish(registry, NULL, NULL);
    assert_null(registry_find_board(registry, "k"));
    assert_null(registry_find_type(registry, "x"));
    assert_null(registry_find_module(registry, "a"));
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_find_announced_things_are_found),
        UNIT_TEST(test_find_unknown_things_are_not),
        UNIT_TEST(test_find_type_by_its_full_name_is_found),
        UNIT_TEST(test_find_type_by_another_full_name_is_not_found),
        UNIT_TEST(test_find_full_name_that_is_a_plain_one_finds_that),
        UNIT_TEST(test_finish_type_twice_later_wins_and_is_reported),
        UNIT_TEST(test_finish_module_twice_later_wins_wholly),
        UNIT_TEST(test_finish_installed_one_replaced_is_a_detail),
        UNIT_TEST(test_finish_same_file_twice_is_silent),
        UNIT_TEST(test_finish_other_target_is_passed_over),
        UNIT_TEST(test_finish_board_twice_later_wins),
        UNIT_TEST(test_finish_board_file_named_is_meant),
        UNIT_TEST(test_finish_board_file_twice_is_the_same),
        UNIT_TEST(test_finish_board_of_a_file_is_not_in_c),
        UNIT_TEST(test_finish_again_after_more_was_added),
        UNIT_TEST(test_order_dependencies_first_or_refused),
        UNIT_TEST(test_order_longest_chain_is_walked),
        UNIT_TEST(test_order_long_circle_is_cut_short),
        UNIT_TEST(test_order_of_all_has_each_once),
        UNIT_TEST(test_order_circle_is_cut_after_eight),
        UNIT_TEST(test_lists_options_and_target),
        cmocka_unit_test(test_drop_forgets_a_module_and_its_boards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
