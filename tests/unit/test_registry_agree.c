/* SPDX-License-Identifier: MIT */
/* The JSON file against the section: the first difference is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "registry/registry.h"
#include "modinfo/section.h"

#include "given_back.h"

#define S(text) text, sizeof(text)

static const char own[] =
    "abi=1.0\0name=acme\0version=1.2\0license=MIT\0arch=arm,aarch64\0"
    "objs=uart,timer\0deps=common\0opts=acme\0boards=kit\0"
    "board.kit.ram=1 MiB\0board.kit.cpus-max=2\0board.kit.title=Kit";

struct difference {
    const char *json;           /* members of the module, besides "name" */
    const char *expect;         /* behind the place; NULL: they agree */
};

#define REST "\"deps\": [\"common\"], \"opts\": [\"acme\"], "
#define CPUS "\"cpus\": { \"max\": 2 }"
#define KIT "\"boards\": { \"kit\": { \"ram\": \"1 MiB\", " CPUS " } }"
#define ARCH "\"arch\": [\"aarch64\", \"arm\"], "
#define OBJS "\"objs\": [\"timer\", \"uart\"], "

static const struct difference differences[] = {
    { "\"name\": \"acme\", " ARCH OBJS REST KIT, NULL },
    { "\"name\": \"acme\", \"version\": \"1.2\", \"license\": \"MIT\", "
      ARCH OBJS REST KIT, NULL },
    { "\"name\": \"other\", " ARCH OBJS REST KIT,
      "\"name\" differs from the module's own (\"other\", module other: "
      "\"acme\")" },
    { "\"name\": \"acme\", \"version\": \"1.3\", " ARCH OBJS REST KIT,
      "\"version\" differs from the module's own (\"1.3\", module acme: "
      "\"1.2\")" },
    { "\"name\": \"acme\", \"license\": \"GPL-2.0-only\", " ARCH OBJS REST
      KIT, "\"license\" differs from the module's own (\"GPL-2.0-only\", "
      "module acme: \"MIT\")" },
    { "\"name\": \"acme\", " OBJS REST KIT,
      "without \"arch\" the file says every target, and the module has "
      "fewer (\"arm\", module acme)" },
    { "\"name\": \"acme\", \"arch\": [], " OBJS REST KIT,
      "without \"arch\" the file says every target, and the module has "
      "fewer (\"arm\", module acme)" },
    { "\"name\": \"acme\", \"arch\": [\"arm\", \"riscv32\"], " OBJS REST KIT,
      "\"arch\" names what the module itself does not (\"riscv32\", module "
      "acme)" },
    { "\"name\": \"acme\", \"arch\": [\"arm\"], \"objs\": [\"uart\"], "
      "\"deps\": [\"common\"]", NULL },
    { "\"name\": \"acme\", \"arch\": [\"arm\"], \"deps\": [\"common\"]",
      NULL },
    { "\"name\": \"acme\", " ARCH "\"deps\": [\"common\", \"more\"]",
      "\"deps\" names what the module itself does not (\"more\", module "
      "acme)" },
    { "\"name\": \"acme\", " ARCH "\"objs\": [\"uart\", \"timer\", "
      "\"gpio\"], " REST KIT, "\"objs\" names what the module itself does "
      "not (\"gpio\", module acme)" },
    { "\"name\": \"acme\", " ARCH "\"objs\": [\"uart\"], " REST KIT, NULL },
    { "\"name\": \"acme\", " ARCH OBJS "\"opts\": [\"acme\"], " KIT,
      "\"deps\" lacks what the module itself names (\"common\", module "
      "acme)" },
    { "\"name\": \"acme\", " ARCH OBJS "\"deps\": [\"common\"], " KIT, NULL },
    { "\"name\": \"acme\", " ARCH OBJS REST "\"boards\": {}", NULL },
    { "\"name\": \"acme\", " ARCH OBJS "\"deps\": [\"common\"], \"opts\": "
      "[\"acme\", \"emca\"], " KIT, "\"opts\" names what the module itself "
      "does not (\"emca\", module acme)" },
    { "\"name\": \"acme\", " ARCH OBJS REST "\"boards\": { \"kat\": \"\" }",
      "\"boards\" names what the module itself does not (\"kat\", module "
      "acme)" },
    { "\"name\": \"acme\", " ARCH OBJS REST "\"boards\": { \"kit\": { "
      "\"ram\": \"2 MiB\", " CPUS " } }", "the ram of a board differs "
      "from the module's own (\"kit\", module acme)" },
    { "\"name\": \"acme\", " ARCH OBJS REST "\"boards\": { \"kit\": { "
      "\"ram\": \"1 MiB\" } }", "the cpus of a board differ from the "
      "module's own (\"kit\", module acme)" },
    { "\"name\": \"acme\", " ARCH OBJS REST "\"boards\": { \"kit\": { "
      "\"ram\": \"1 MiB\", " CPUS ", \"aliases\": [\"k\"] } }",
      "\"aliases\" names what the module itself does not (\"k\", module "
      "acme)" },
};

/* Both sides' "isolation", "" for none, and what is said. */
static const struct {
    const char *json, *section, *expect;
} isolations[] = {
    { "", "", NULL },
    { "process", "", NULL },
    { "in-process", "", NULL },
    { "process", "process", NULL },
    { "in-process", "in-process", NULL },
    { "", "in-process", NULL },
    { "", "process",
      "\"isolation\" is missing, and the module's own is "
      "\"process\" (module a)" },
    { "in-process", "process",
      "\"isolation\" differs from the module's own "
      "(\"in-process\", module a: \"process\")" },
    { "process", "in-process",
      "\"isolation\" differs from the module's own "
      "(\"process\", module a: \"in-process\")" },
};

static int agree(const char *members, struct ob_err *err)
{
    char *text = g_strdup_printf("{ \"a\": { %s } }", members);
    struct modinfo_file *json = NULL, *section = NULL;
    int r;

    if (modinfo_parse(text, strlen(text), "acme.json", &json, err) < 0 ||
        section_parse(S(own), "acme.so", &section, err) < 0)
        fail_msg("%s", err->text);
    r = modinfo_agree(&json->modules[0], &section->modules[0], "/lib/acme.so",
                      NULL, err);
    modinfo_free(json);
    modinfo_free(section);
    g_free(text);
    return r;
}

static void test_agree_differences_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++) {
        const struct difference *t = &differences[i];
        struct ob_err err = { 0 };
        int r = agree(t->json, &err);
        char *expect = t->expect
                           ? g_strdup_printf("acme.json:1:3: %s; write the "
                                             "file again: outboard modinfo "
                                             "/lib/acme.so",
                                             t->expect)
                           : g_strdup("");

        assert_string_equal(err.text, expect);
        assert_int_equal(r, t->expect ? -EINVAL : 0);
        g_free(expect);
    }
}

/* The boards of both sides, and what is said. */
static const struct {
    const char *json, *section, *expect;
} files[] = {
    { "", "name=a", NULL },
    { "'b': { 'file': 'b.json' }", "name=a\nboards=b\nboard.b.file=b.json",
      NULL },
    { "'b': { 'file': 'b.json' }", "name=a", NULL },
    { "", "name=a\nboards=b\nboard.b.file=b.json", NULL },
    { "'b': { 'arch': ['arm'] }", "name=a\nboards=b", NULL },
    { "'b': { 'arch': ['arm'] }", "name=a\nboards=b\nboard.b.arch=arm,avr",
      NULL },
    { "'b': ''", "name=a\nboards=b\nboard.b.aliases=c", NULL },
    { "'b': ''", "name=a\nboards=b\nboard.b.arch=arm",
      "without \"arch\" the "
      "file says every target, and the module has fewer (\"arm\", "
      "module a)" },
    { "'b': { 'arch': ['avr'] }", "name=a\nboards=b\nboard.b.arch=arm",
      "\"arch\" names what the module itself does not (\"avr\", module a)" },
    { "'b': { 'file': 'c.json' }", "name=a\nboards=b\nboard.b.file=b.json",
      "the file of a board differs from the module's own (\"b\", module a)" },
    { "'b': { 'file': 'b.json' }", "name=a\nboards=b",
      "the file of a board "
      "differs from the module's own (\"b\", module a)" },
    { "'b': 'B'", "name=a\nboards=b\nboard.b.file=b.json",
      "the file of a "
      "board differs from the module's own (\"b\", module a)" },
};

/* What both sides say of the types t and u, and what is said. */
static const struct {
    const char *json, *section, *expect;
} types[] = {
    { "", "", NULL },
    { "'t': { 'desc': 'A T' }", "desc.t=Another T", NULL },
    { "'t': { 'bus': 'system' }", "", NULL },
    { "'t': {}", "bus.t=system", NULL },
    { "'u': { 'bus': 'i2c' }", "bus.u=i2c", NULL },
    { "", "bus.u=i2c",
      "\"bus\" of type \"u\" differs from the module's own (\"system\", "
      "module "
      "a: \"i2c\")" },
    { "'u': { 'bus': 'spi' }", "bus.u=i2c",
      "\"bus\" of type \"u\" differs from the module's own (\"spi\", module "
      "a: "
      "\"i2c\")" },
    { "'t': { 'bus': 'usb' }", "",
      "\"bus\" of type \"t\" differs from the module's own (\"usb\", module "
      "a: "
      "\"system\")" },
    { "'t': { 'category': 'misc' }", "", NULL },
    { "", "category.t=misc", NULL },
    { "'t': { 'category': 'misc' }", "category.t=misc", NULL },
    { "'t': { 'category': 'misc' }", "category.t=cpu",
      "\"category\" of type \"t\" differs from the module's own (\"misc\", "
      "module a: \"cpu\")" },
    { "'t': { 'needs': ['a/0'] }", "", NULL },
    { "'t': { 'needs': [] }", "needs.t=a/0", NULL },
    { "'t': { 'needs': ['a/0', 'b/0'] }", "needs.t=b/0,a/0", NULL },
    { "'t': { 'needs': ['a/0'] }", "needs.t=a/0,b/0",
      "\"needs\" of type \"t\" differs from the module's own (\"a/0\", module "
      "a: \"a/0, b/0\")" },
    { "'t': { 'needs': ['a/0', 'c/0'] }", "needs.t=a/0,b/0",
      "\"needs\" of type \"t\" differs from the module's own (\"a/0, c/0\", "
      "module a: \"a/0, b/0\")" },
    { "'v': {}", "",
      "\"objs\" names what the module itself does not (\"v\", module a)" },
};

/*
 * Takes both texts. ' stands for " in `json`, and a new line for NUL in
 * `own_text`.
 */
static int agree_pair(char *json, char *own_text, struct ob_err *err)
{
    size_t len = strlen(own_text) + 1;
    struct modinfo_file *a = NULL, *b = NULL;
    int r;

    g_strdelimit(json, "'", '"');
    for (size_t at = 0; at < len; at++)
        if (own_text[at] == '\n')
            own_text[at] = '\0';
    assert_int_equal(modinfo_parse(json, strlen(json), "a.json", &a, err), 0);
    assert_int_equal(section_parse(own_text, len, "a.so", &b, err), 0);
    r = modinfo_agree(&a->modules[0], &b->modules[0], "a.so", NULL, err);
    modinfo_free(a);
    modinfo_free(b);
    g_free(json);
    g_free(own_text);
    return r;
}

static int agree_file(size_t i, struct ob_err *err)
{
    return agree_pair(
        g_strdup_printf("{ 'a': { 'name': 'a', 'boards': { %s } } }",
                        files[i].json),
        g_strdup(files[i].section), err);
}

static int agree_type(size_t i, struct ob_err *err)
{
    return agree_pair(
        g_strdup_printf("{ 'a': { 'name': 'a', 'objs': ['u', 't'], "
                        "'types': { %s } } }",
                        types[i].json),
        g_strconcat("name=a\nobjs=t,u\n", types[i].section, NULL), err);
}

static void test_agree_board_files_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *said = files[i].expect;
        struct ob_err err = { 0 };
        int r = agree_file(i, &err);
        char *expect = said ? g_strdup_printf("a.json:1:3: %s; write the file "
                                              "again: outboard modinfo a.so",
                                              said)
                            : g_strdup("");

        assert_string_equal(err.text, expect);
        assert_int_equal(r, said ? -EINVAL : 0);
        g_free(expect);
    }
}

static void test_agree_types_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        const char *said = types[i].expect;
        struct ob_err err = { 0 };
        int r = agree_type(i, &err);
        char *expect = said ? g_strdup_printf("a.json:1:3: %s; write the file "
                                              "again: outboard modinfo a.so",
                                              said)
                            : g_strdup("");

        assert_string_equal(err.text, expect);
        assert_int_equal(r, said ? -EINVAL : 0);
        g_free(expect);
    }
}

/* A dependency may be called by its short name or by its file's name. */
static void test_agree_deps_by_either_name(void **state)
{
    static const char all[] =
        "{ \"a b\": { \"name\": \"a\", \"deps\": [\"c\"] }, \"the c\": { "
        "\"name\": \"c\" } }";
    static const char section[] = "name=a\0deps=the c";
    struct modinfo_file *json = NULL, *own = NULL;
    struct registry *registry = registry_new("arm");
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(modinfo_parse(all, strlen(all), "a.json", &json, &err),
                     0);
    assert_int_equal(section_parse(S(section), "a.so", &own, &err), 0);
    assert_int_equal(
        modinfo_agree(&json->modules[0], &own->modules[0], "a.so", NULL, &err),
        -EINVAL);
    registry_add_modinfo(registry, json, REGISTRY_ANNOUNCED);
    registry_finish(registry, NULL, NULL);
    err.text[0] = '\0';
    assert_int_equal(modinfo_agree(&json->modules[0], &own->modules[0], "a.so",
                                   registry, &err),
                     0);
    assert_string_equal(err.text, "");
    modinfo_free(own);
    registry_free(registry);
}

static int agree_isolation(size_t i, struct ob_err *err)
{
    struct modinfo json = { .path = "a.json", .line = 1, .col = 3,
                            .name = "a" };
    const char *const none[] = { NULL };
    struct modinfo section;

    json.arch = json.objs = json.deps = json.opts = none;
    section = json;
    json.isolation = modinfo_isolation_find(isolations[i].json);
    section.isolation = modinfo_isolation_find(isolations[i].section);
    return modinfo_agree(&json, &section, "a.so", NULL, err);
}

static void test_agree_isolation_is_said_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(isolations); i++) {
        const char *said = isolations[i].expect;
        struct ob_err err = { 0 };
        int r = agree_isolation(i, &err);
        char *expect = said ? g_strdup_printf("a.json:1:3: %s; write the file "
                                              "again: outboard modinfo a.so",
                                              said)
                            : g_strdup("");

        assert_string_equal(err.text, expect);
        assert_int_equal(r, said ? -EINVAL : 0);
        g_free(expect);
    }
}

static void test_write_json_names_the_isolation(void **state)
{
    static const char text[] = "name=a\0isolation=in-process";
    struct modinfo_file *section = NULL;
    char *json;

    (void)state;
    assert_int_equal(section_parse(S(text), "a.so", &section, NULL), 0);
    json = modinfo_write_json(section->modules, 1);
    assert_non_null(strstr(json, "    \"name\": \"a\",\n"
                                 "    \"isolation\": \"in-process\",\n"));
    g_free(json);
    modinfo_free(section);
}

static void test_write_json_is_as_documented(void **state)
{
    struct modinfo_file *section = NULL;
    char *text;

    (void)state;
    assert_int_equal(section_parse(S(own), "acme.so", &section, NULL), 0);
    text = modinfo_write_json(section->modules, 1);
    assert_string_equal(text, "{\n"
                              "  \"acme\": {\n"
                              "    \"name\": \"acme\",\n"
                              "    \"version\": \"1.2\",\n"
                              "    \"license\": \"MIT\",\n"
                              "    \"arch\": [\"arm\", \"aarch64\"],\n"
                              "    \"objs\": [\"uart\", \"timer\"],\n"
                              "    \"deps\": [\"common\"],\n"
                              "    \"opts\": [\"acme\"],\n"
                              "    \"boards\": {\n"
                              "      \"kit\": {\n"
                              "        \"title\": \"Kit\",\n"
                              "        \"ram\": \"1 MiB\",\n"
                              "        \"cpus\": {\n"
                              "          \"default\": 1,\n"
                              "          \"max\": 2\n"
                              "        }\n"
                              "      }\n"
                              "    }\n"
                              "  }\n"
                              "}\n");
    g_free(text);
    modinfo_free(section);
}

/* Two of everything, and nothing of what is not said. */
static void test_write_json_has_all_of_each_list(void **state)
{
    static const char text[] =
        "name=a\0objs=x,y,z\0desc.x=An X\0desc.z=A "
        "Z\0bus.z=i2c\0bus.y=system\0category.z=storage\0needs.z=a/0,b/1\0"
        "boards=b,c,d\0board.b.cpus=2\0board.b.cpus-max=4\0board.c.ram=2 "
        "MiB\0board.c.ram-min=1 MiB\0board.c.ram-max=4 "
        "MiB\0board.d.aliases=d1,d2\0board.d.arch=arm,ppc";
    struct modinfo_file *section = NULL;
    struct ob_err err = { 0 };
    char *json;

    (void)state;
    if (section_parse(S(text), "a.so", &section, &err))
        fail_msg("%s", err.text);
    json = modinfo_write_json(section->modules, 1);
    assert_string_equal(json, "{\n"
                              "  \"a\": {\n"
                              "    \"name\": \"a\",\n"
                              "    \"objs\": [\"x\", \"y\", \"z\"],\n"
                              "    \"types\": {\n"
                              "      \"x\": {\n"
                              "        \"desc\": \"An X\"\n"
                              "      },\n"
                              "      \"z\": {\n"
                              "        \"desc\": \"A Z\",\n"
                              "        \"bus\": \"i2c\",\n"
                              "        \"category\": \"storage\",\n"
                              "        \"needs\": [\"a/0\", \"b/1\"]\n"
                              "      }\n"
                              "    },\n"
                              "    \"deps\": [],\n"
                              "    \"opts\": [],\n"
                              "    \"boards\": {\n"
                              "      \"b\": {\n"
                              "        \"cpus\": {\n"
                              "          \"default\": 2,\n"
                              "          \"max\": 4\n"
                              "        }\n"
                              "      },\n"
                              "      \"c\": {\n"
                              "        \"ram\": {\n"
                              "          \"default\": \"2 MiB\",\n"
                              "          \"min\": \"1 MiB\",\n"
                              "          \"max\": \"4 MiB\"\n"
                              "        }\n"
                              "      },\n"
                              "      \"d\": {\n"
                              "        \"arch\": [\"arm\", \"ppc\"],\n"
                              "        \"aliases\": [\"d1\", \"d2\"]\n"
                              "      }\n"
                              "    }\n"
                              "  }\n"
                              "}\n");
    g_free(json);
    modinfo_free(section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_agree_differences_are_named),
        UNIT_TEST(test_agree_board_files_are_named),
        UNIT_TEST(test_agree_types_are_named),
        cmocka_unit_test(test_agree_deps_by_either_name),
        UNIT_TEST(test_agree_isolation_is_said_once),
        UNIT_TEST(test_write_json_is_as_documented),
        UNIT_TEST(test_write_json_has_all_of_each_list),
        UNIT_TEST(test_write_json_names_the_isolation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
