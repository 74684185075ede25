/* SPDX-License-Identifier: MIT */
/* Who wins, what is reported, in which order to open, and the journey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "registry/registry.h"

#include "given_back.h"

/* Add the JSON `text`, called `name`, in which ' stands for ". */
static void add(struct registry *ix, const char *name, const char *text,
                enum registry_origin origin)
{
    char *json = g_strdelimit(g_strdup(text), "'", '"');
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    if (modinfo_parse(json, strlen(json), name, &file, &err) < 0)
        fail_msg("%s", err.text);
    registry_add_modinfo(ix, file, origin);
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

static void assert_reported(struct registry *ix, const char *expect)
{
    GString *lines = g_string_new(NULL);

    registry_finish(ix, collect, lines);
    assert_string_equal(lines->str, expect);
    g_string_free(lines, TRUE);
}

static const char acme[] =
    "{ 'acme': { 'name': 'acme-devkit', 'license': 'MIT', 'isolation': "
    "'process', 'objs': ['acme-uart', 'acme-timer'], 'descs': { 'acme-uart': "
    "'ACME UART' }, 'opts': ['acme'], 'boards': { 'kit': { 'title': 'Kit', "
    "'aliases': ['k'],             'ram': '1 MiB', 'cpus': { 'max': 2 } } } } "
    "}";

static void test_find_announced_things_are_found(void **state)
{
    struct registry *ix = registry_new("arm");
    const struct registry_type *type;
    struct registry_board *board;
    struct registry_module *module;

    (void)state;
    add(ix, "acme.json", acme, REGISTRY_ANNOUNCED);
    assert_reported(ix, "");
    module = registry_find_module(ix, "acme");
    assert_non_null(module);
    assert_ptr_equal(registry_find_file(ix, "acme-devkit"), module);
    assert_ptr_equal(registry_find_option(ix, "acme"), module);
    assert_int_equal(module->origin, REGISTRY_ANNOUNCED);
    assert_null(module->file);
    type = registry_find_type(ix, "acme-uart");
    assert_string_equal(type->desc, "ACME UART");
    assert_ptr_equal(type->module, module);
    board = registry_find_board(ix, "kit");
    assert_ptr_equal(board->module, module);
    assert_ptr_equal(registry_find_board(ix, "k"), board);
    assert_null(board->path);
    assert_string_equal(registry_arch(ix), "arm");
    registry_free(ix);
}

static void test_save_command_is_kept(void **state)
{
    struct registry *ix = registry_new(NULL), *back;
    struct registry_module *m;
    int fd;

    (void)state;
    add(ix, "py.json",
        "{ 'py': { 'name': 'py', 'objs': ['x'], 'command': ['./x.py', '', 'a "
        "b'] }, 'a': { 'name': 'a' } }",
        REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    assert_int_equal(registry_memfd(ix, &fd, NULL), 0);
    assert_int_equal(registry_load(fd, &back, NULL), 0);
    close(fd);
    m = registry_find_module(back, "py");
    assert_string_equal(m->info.command[0], "./x.py");
    assert_string_equal(m->info.command[1], "");
    assert_string_equal(m->info.command[2], "a b");
    assert_null(m->info.command[3]);
    assert_null(registry_find_module(back, "a")->info.command);
    registry_free(back);
    registry_free(ix);
}

static void test_find_unknown_things_are_not(void **state)
{
    struct registry *ix = registry_new(NULL);

    (void)state;
    add(ix, "acme.json", acme, REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    assert_null(registry_find_type(ix, "acme-gpio"));
    assert_null(registry_find_board(ix, "acme"));
    assert_null(registry_find_module(ix, "acme-devkit"));
    assert_null(registry_find_file(ix, "acme"));
    assert_null(registry_find_option(ix, "kit"));
    assert_null(registry_note(ix, "none"));
    assert_string_equal(registry_nearest_type(ix, "acme-urat"), "acme-uart");
    assert_string_equal(registry_nearest_board(ix, "kits"), "kit");
    assert_null(registry_nearest_type(ix, "zzz"));
    registry_free(ix);
    registry_free(NULL);
}

static void test_finish_type_twice_later_wins_and_is_reported(void **state)
{
    struct registry *ix = registry_new(NULL);

    (void)state;
    add(ix, "one.json", "{ 'a': { 'name': 'a', 'objs': ['x', 'y'] } }",
        REGISTRY_ANNOUNCED);
    add(ix, "two.json", "{\n 'b': { 'name': 'b', 'objs': ['y', 'z'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(ix, "two.json:2:2: a type is announced twice (\"y\", "
                        "also in one.json:1:3); this one is used\n");
    assert_string_equal(registry_find_type(ix, "y")->module->info.name, "b");
    assert_string_equal(registry_find_type(ix, "x")->module->info.name, "a");
    registry_free(ix);
}

static void test_finish_module_twice_later_wins_wholly(void **state)
{
    struct registry *ix = registry_new(NULL);
    uint32_t n;

    (void)state;
    add(ix, "one.json", "{ 'a': { 'name': 'old', 'objs': ['x', 'y'] } }",
        REGISTRY_ANNOUNCED);
    add(ix, "two.json", "{ 'a': { 'name': 'new', 'objs': ['x'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(ix, "two.json:1:3: a module is announced twice (\"a\", "
                        "also in one.json:1:3); this one is used\n");
    assert_string_equal(registry_find_type(ix, "x")->module->info.name, "new");
    assert_null(registry_find_type(ix, "y"));
    assert_null(registry_find_file(ix, "old"));
    registry_types(ix, &n);
    assert_int_equal(n, 1);
    registry_modules(ix, &n);
    assert_int_equal(n, 1);
    registry_free(ix);
}

static void test_finish_installed_one_replaced_is_a_detail(void **state)
{
    struct registry *ix = registry_new(NULL);

    (void)state;
    add(ix, "/usr/a.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'], 'opts': ['o'] } }",
        REGISTRY_INSTALLED);
    add(ix, "my.json",
        "{ 'm': { 'name': 'm', 'objs': ['x'], 'opts': ['o'] } }",
        REGISTRY_ANNOUNCED);
    assert_reported(ix,
                    "- my.json:1:3: a type is announced twice (\"x\", "
                    "also in /usr/a.json:1:3); this one is used\n"
                    "- my.json:1:3: an option group is announced twice "
                    "(\"o\", also in /usr/a.json:1:3); this one is used\n");
    assert_string_equal(registry_find_option(ix, "o")->info.name, "m");
    registry_free(ix);
}

static void test_finish_same_file_twice_is_silent(void **state)
{
    struct registry *ix = registry_new(NULL);

    (void)state;
    add(ix, "acme.json", acme, REGISTRY_ANNOUNCED);
    add(ix, "acme.json", acme, REGISTRY_ANNOUNCED);
    assert_reported(ix, "");
    registry_free(ix);
}

static void test_finish_other_target_is_passed_over(void **state)
{
    static const char *const arm[] = { "arm", NULL };
    struct registry *ix = registry_new("riscv64");
    struct board_head head = board_head("pi");
    uint32_t n;

    (void)state;
    head.arch = arm;
    add(ix, "a.json",
        "{ 'a': { 'name': 'a', 'arch': ['arm', 'aarch64'], 'objs': ['x'], "
        "'boards': { 'b': '' } } }",
        REGISTRY_ANNOUNCED);
    registry_add_board(ix, &head, "pi.json", REGISTRY_INSTALLED);
    assert_reported(ix,
                    "- a.json:1:3: a module is passed over (\"a\" is for "
                    "arm, aarch64, this is riscv64); use it with that "
                    "target\n"
                    "- pi.json: a board is passed over (\"pi\" is for arm, "
                    "this is riscv64); use it with that target\n");
    registry_types(ix, &n);
    assert_int_equal(n, 0);
    registry_boards(ix, &n);
    assert_int_equal(n, 0);
    registry_free(ix);
}

static void test_finish_board_twice_later_wins(void **state)
{
    struct registry *ix = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    add(ix, "acme.json", acme, REGISTRY_ANNOUNCED);
    registry_add_board(ix, &head, "kit.json", REGISTRY_NAMED);
    assert_reported(ix, "kit.json: a board is announced twice (\"kit\", also "
                        "in acme.json:1:3); this one is used\n");
    assert_string_equal(registry_find_board(ix, "kit")->path, "kit.json");
    assert_int_equal(registry_find_board(ix, "kit")->origin, REGISTRY_NAMED);
    registry_free(ix);
}

static void test_finish_board_file_named_is_meant(void **state)
{
    struct registry *ix = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    registry_add_board(ix, &head, "/no/kit.json", REGISTRY_ANNOUNCED);
    registry_add_board(ix, &head, "/no/try.json", REGISTRY_NAMED);
    assert_reported(ix, "- /no/try.json: a board is announced twice (\"kit\", "
                        "also in /no/kit.json); this one is used\n");
    registry_add_board(ix, &head, "/no/late.json", REGISTRY_ANNOUNCED);
    assert_reported(ix, "- /no/try.json: a board is announced twice (\"kit\", "
                        "also in /no/kit.json); this one is used\n"
                        "/no/late.json: a board is announced twice (\"kit\", "
                        "also in /no/try.json); this one is used\n");
    registry_free(ix);
}

static void test_finish_board_file_twice_is_the_same(void **state)
{
    struct registry *ix = registry_new(NULL);
    struct board_head head = board_head("kit");

    (void)state;
    registry_add_board(ix, &head, "/dev/null", REGISTRY_ANNOUNCED);
    registry_add_board(ix, &head, "/dev/../dev/null", REGISTRY_NAMED);
    assert_reported(ix, "");
    registry_free(ix);
}

static void test_finish_board_of_a_file_is_not_in_c(void **state)
{
    struct registry *ix = registry_new(NULL), *copy = NULL;
    int fd = -1;

    (void)state;
    add(ix, "a.json",
        "{ 'a': { 'name': 'a', 'boards': { 'kit': { 'file': 'kit.json' } } } "
        "}",
        REGISTRY_ANNOUNCED);
    assert_reported(ix, "");
    assert_null(registry_find_board(ix, "kit"));
    assert_int_equal(registry_memfd(ix, &fd, NULL), 0);
    assert_int_equal(registry_load(fd, &copy, NULL), 0);
    assert_string_equal(registry_find_module(copy, "a")->info.boards[0].file,
                        "kit.json");
    assert_null(registry_find_board(copy, "kit"));
    close(fd);
    registry_free(copy);
    registry_free(ix);
}

static void test_finish_again_after_more_was_added(void **state)
{
    struct registry *ix = registry_new(NULL);

    (void)state;
    add(ix, "one.json", "{ 'a': { 'name': 'a', 'objs': ['x'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    assert_non_null(registry_find_type(ix, "x"));
    add(ix, "two.json", "{ 'a': { 'name': 'a2', 'objs': ['y'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    assert_null(registry_find_type(ix, "x"));
    assert_non_null(registry_find_type(ix, "y"));
    registry_free(ix);
}

/* The order in which to open `name`, as text; or the error. */
static char *order_of(const char *arch, const char *json, const char *name)
{
    struct registry *ix = registry_new(arch);
    struct registry_module **list = NULL;
    struct ob_err err = { 0 };
    GString *text = g_string_new(NULL);
    uint32_t n = 0;

    add(ix, "m.json", json, REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    if (registry_order(ix, registry_find_module(ix, name), &list, &n, &err) <
        0)
        g_string_assign(text, err.text);
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               list[i]->info.short_name);
    g_free(list);
    registry_free(ix);
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
      "(\"common\", this is arm); fix its \"arch\" or use another target" },
    { "{ 'a': { 'name': 'a', 'deps': ['zzzzzz'] } }",
      "m.json:1:3: module \"a\" depends on a module that is not announced "
      "(\"zzzzzz\"); announce it with -add_modinfo, or install it" },
    { "{ 'a': { 'name': 'a', 'deps': ['b'] },"
      " 'b': { 'name': 'b', 'arch': ['ppc'] } }",
      "m.json:1:3: module \"a\" depends on a module for other targets (\"b\", "
      "this is arm); fix its \"arch\" or use another target" },
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

/* Something of everything. */
static struct registry *sample(void)
{
    static const char *const aliases[] = { "rpi4", NULL };
    struct registry *ix = registry_new("aarch64");
    struct board_head head = board_head("raspi4b");
    struct modinfo_file *file = NULL;
    static const char lone[] =
        "{ \"lone\": { \"name\": \"lone\", \"version\": \"7\", \"arch\": "
        "[\"aarch64\"], \"deps\": [\"acme\"] } }";

    head.aliases = aliases;
    head.ram_default = 2ull << 30;
    head.ram_min = 1ull << 30;
    head.ram_max = 8ull << 30;
    head.cpus_default = head.cpus_max = 4;
    add(ix, "acme.json", acme, REGISTRY_INSTALLED);
    if (modinfo_parse(lone, strlen(lone), "lone.json", &file, NULL) < 0)
        fail();
    registry_add_module(ix, file, "/opt/lone.so", REGISTRY_NAMED);
    registry_add_board(ix, &head, "/b/raspi4b.json", REGISTRY_INSTALLED);
    registry_add_note(ix, "open", "lone");
    registry_add_note(ix, "verbose", "");
    registry_finish(ix, NULL, NULL);
    registry_set_file(ix, registry_find_module(ix, "acme"), "/opt/acme.so",
                      true);
    return ix;
}

static bool is_wanted(const struct registry_module *module)
{
    return module->info.short_name[0] != 'n';
}

/* All that are wanted, in the order of the file, and what these need. */
static char *order_of_all(const char *json)
{
    struct registry *ix = registry_new("arm");
    struct registry_module **list = NULL;
    struct ob_err err = { 0 };
    GString *text = g_string_new(NULL);
    uint32_t n = 0;
    int r;

    add(ix, "m.json", json, REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    r = registry_order_all(ix, is_wanted, &list, &n, &err);
    assert_int_equal(r, err.code);
    assert_true(r == 0 || r == -EINVAL);
    g_string_append(text, err.text);
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               list[i]->info.short_name);
    g_free(list);
    registry_free(ix);
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

static void test_index_lists_options_and_target(void **state)
{
    struct registry *ix = registry_new("arm");
    const struct registry_option *options;
    uint32_t n;

    (void)state;
    add(ix, "m.json",
        "{ 'a': { 'name': 'a', 'opts': ['x', 'y'] }, 'b': { 'name': 'b', "
        "'opts': ['z'] } }",
        REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    options = registry_options(ix, &n);
    assert_int_equal(n, 3);
    assert_string_equal(options[0].name, "x");
    assert_string_equal(options[1].name, "y");
    assert_string_equal(options[2].name, "z");
    assert_ptr_equal(options[2].module, registry_find_module(ix, "b"));
    registry_set_arch(ix, "riscv64");
    assert_string_equal(registry_arch(ix), "riscv64");
    registry_free(ix);
}

/* The code of saving to `path`, and its text. */
static void expect_save(const char *path, int flags, int code,
                        const char *text)
{
    struct registry *ix = registry_new("arm");
    struct ob_err err = { 0 };
    int fd = open(path, flags | O_CLOEXEC);

    add(ix, "m.json", "{ 'a': { 'name': 'a' } }", REGISTRY_ANNOUNCED);
    registry_finish(ix, NULL, NULL);
    assert_int_equal(registry_save(ix, fd, &err), code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, text);
    close(fd);
    registry_free(ix);
}

static void test_save_that_fails_says_why(void **state)
{
    (void)state;
    expect_save("/dev/null", O_WRONLY, 0, "");
    expect_save("/dev/full", O_WRONLY, -ENOSPC,
                "index: cannot be written (No space left on device); free "
                "some memory");
    expect_save("/dev/null", O_RDONLY, -EBADF,
                "index: cannot be written (Bad file descriptor); free some "
                "memory");
}

static void test_memfd_without_descriptors_is_refused(void **state)
{
    struct registry *ix = registry_new("arm");
    struct rlimit before, none = { 3, 3 };
    struct ob_err err = { 0 };
    int fd = -1, r;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    r = registry_memfd(ix, &fd, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -EMFILE);
    assert_int_equal(err.code, -EMFILE);
    assert_string_equal(err.text, "index: no memory file (Too many open "
                                  "files); check the limits of open files");
    assert_int_equal(fd, -1);
    registry_free(ix);
}

static void test_load_gives_back_what_was_saved(void **state)
{
    struct registry *ix = sample(), *copy = NULL;
    struct ob_err err = { 0 };
    const struct registry_board *board;
    const struct registry_module *lone;
    uint32_t n;
    int fd = -1;

    (void)state;
    if (registry_memfd(ix, &fd, &err) < 0 ||
        registry_load(fd, &copy, &err) < 0)
        fail_msg("%s", err.text);
    close(fd);
    registry_free(ix);
    assert_string_equal(registry_arch(copy), "aarch64");
    board = registry_find_board(copy, "rpi4");
    assert_string_equal(board->head.name, "raspi4b");
    assert_string_equal(board->path, "/b/raspi4b.json");
    assert_int_equal(board->head.ram_max, 8ull << 30);
    assert_int_equal(board->head.cpus_max, 4);
    assert_null(board->module);
    assert_ptr_equal(registry_find_board(copy, "k")->module,
                     registry_find_module(copy, "acme"));
    assert_int_equal(registry_find_board(copy, "k")->head.ram_min, 1 << 20);
    lone = registry_find_module(copy, "lone");
    assert_string_equal(lone->file, "/opt/lone.so");
    assert_int_equal(lone->origin, REGISTRY_NAMED);
    assert_false(lone->native);
    assert_true(registry_find_module(copy, "acme")->native);
    assert_string_equal(registry_find_module(copy, "acme")->file,
                        "/opt/acme.so");
    assert_string_equal(lone->info.version, "7");
    assert_int_equal(lone->info.isolation, ISOLATION_NONE);
    assert_int_equal(registry_find_module(copy, "acme")->info.isolation,
                     ISOLATION_PROCESS);
    assert_string_equal(lone->info.deps[0], "acme");
    assert_int_equal(lone->info.line, 1);
    assert_string_equal(registry_find_type(copy, "acme-uart")->desc,
                        "ACME UART");
    assert_string_equal(registry_note(copy, "open"), "lone");
    assert_string_equal(registry_note(copy, "verbose"), "");
    registry_boards(copy, &n);
    assert_int_equal(n, 2);
    registry_free(copy);
}

static void test_drop_forgets_a_module_and_its_boards(void **state)
{
    struct registry *ix = registry_new("arm");

    (void)state;
    add(ix, "m.json",
        "{ 'a': { 'name': 'a', 'objs': ['x'], 'boards': { 'k': 'K' } }, 'b': "
        "{ 'name': 'b', 'arch': ['avr'] } }",
        REGISTRY_INSTALLED);
    registry_finish(ix, NULL, NULL);
    assert_non_null(registry_find_board(ix, "k"));
    assert_null(registry_find_passed(ix, "a"));
    assert_non_null(registry_find_passed(ix, "b"));
    registry_drop_module(ix, registry_find_module(ix, "a"));
    registry_finish(ix, NULL, NULL);
    assert_null(registry_find_board(ix, "k"));
    assert_null(registry_find_type(ix, "x"));
    assert_null(registry_find_module(ix, "a"));
    registry_free(ix);
}

static void test_memfd_is_sealed_and_inherited(void **state)
{
    struct registry *ix = sample();
    int fd = -1;

    (void)state;
    assert_int_equal(registry_memfd(ix, &fd, NULL), 0);
    assert_int_equal(fcntl(fd, F_GET_SEALS) &
                         (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
                     F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    close(fd);
    registry_free(ix);
}

/* The sample's bytes. */
static char *sample_bytes(size_t *ret_len)
{
    struct registry *ix = sample();
    char *data = NULL;
    int fd = -1;

    assert_int_equal(registry_memfd(ix, &fd, NULL), 0);
    assert_int_equal(file_read_fd(fd, "x", 1 << 20, &data, ret_len, NULL), 0);
    close(fd);
    registry_free(ix);
    return data;
}

static int load_bytes(const char *data, size_t len, struct registry **ret,
                      struct ob_err *err)
{
    int fd = memfd_create("bytes", MFD_CLOEXEC), r;

    assert_int_equal(write(fd, data, len), (ssize_t)len);
    r = registry_load(fd, ret, err);
    close(fd);
    return r;
}

static void test_load_truncated_is_refused(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        struct registry *ix = NULL;
        struct ob_err err = { 0 };

        assert_int_equal(load_bytes(data, cut, &ix, &err), -EPROTO);
        assert_true(g_str_has_prefix(err.text, "index: is malformed (at "
                                               "byte "));
        assert_true(g_str_has_suffix(err.text, "); start qemu with outboard "
                                               "of the same version"));
    }
    free(data);
}

static void test_load_any_byte_changed_is_survived(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t at = 0; at < len; at++) {
        struct registry *ix = NULL;
        char kept = data[at];

        for (int bit = 0; bit < 8; bit += 7) {
            data[at] = (char)(kept ^ (1 << bit));
            if (load_bytes(data, len, &ix, NULL) == 0)
                registry_free(ix);
        }
        data[at] = kept;
    }
    free(data);
}

/* Is the module one of those that the index has? */
static bool module_known(const struct registry *ix,
                         const struct registry_module *m)
{
    return registry_find_module(ix, m->info.short_name) == m;
}

/* Numbers in every place: none leads out of a list. */
static void test_load_any_number_changed_is_survived(void **state)
{
    static const uint32_t numbers[] = { 0, 1, 2, 3, 4, 16, UINT32_MAX };
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t at = 0; at + 4 <= len; at++) {
        for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
            struct registry *ix = NULL;
            char kept[4];
            uint32_t boards;

            memcpy(kept, data + at, 4);
            memcpy(data + at, &numbers[n], 4);
            if (load_bytes(data, len, &ix, NULL) == 0) {
                struct registry_board *const *list = registry_boards(ix,
                                                                     &boards);

                for (uint32_t i = 0; i < boards; i++)
                    assert_true(!list[i]->module ||
                                module_known(ix, list[i]->module));
                registry_free(ix);
            }
            memcpy(data + at, kept, 4);
        }
    }
    free(data);
}

/* A type name that would abort QEMU must not come through. */
static void test_load_bad_type_name_is_refused(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len), *at;
    struct registry *ix = NULL;

    (void)state;
    at = memmem(data, len, "acme-timer", 10);
    assert_non_null(at);
    *at = '/';
    assert_int_equal(load_bytes(data, len, &ix, NULL), -EPROTO);
    free(data);
}

static void test_load_text_is_refused(void **state)
{
    struct registry *ix = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(load_bytes("hello, index", 12, &ix, &err), -EPROTO);
    assert_int_equal(registry_load(-1, &ix, NULL), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_find_announced_things_are_found),
        UNIT_TEST(test_find_unknown_things_are_not),
        UNIT_TEST(test_save_command_is_kept),
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
        UNIT_TEST(test_index_lists_options_and_target),
        UNIT_TEST(test_save_that_fails_says_why),
        UNIT_TEST(test_memfd_without_descriptors_is_refused),
        UNIT_TEST(test_load_gives_back_what_was_saved),
        cmocka_unit_test(test_drop_forgets_a_module_and_its_boards),
        UNIT_TEST(test_memfd_is_sealed_and_inherited),
        UNIT_TEST(test_load_truncated_is_refused),
        UNIT_TEST(test_load_any_number_changed_is_survived),
        UNIT_TEST(test_load_any_byte_changed_is_survived),
        UNIT_TEST(test_load_bad_type_name_is_refused),
        UNIT_TEST(test_load_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
