/* SPDX-License-Identifier: MIT */
/* The order in which a board comes to life, seen by a port that notes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "board/assembly.h"

#include "given_back.h"

/* A port that writes each call down; the call that is `fail` goes wrong. */
struct recorder {
    GString *log;
    const char *fail;
    uint64_t part_bytes;
};

static int note(void *m, struct ob_err *err, const char *fmt, ...)
{
    struct recorder *r = m;
    va_list ap;
    char *line;
    bool fail;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_string_append_printf(r->log, "%s\n", line);
    fail = r->fail && strcmp(r->fail, line) == 0;
    g_free(line);
    return fail ? err_set(err, -EINVAL, "went wrong") : 0;
}

static const char *name(void *handle)
{
    return handle ? handle : "-";
}

static int on_process(void *m, const char *type, enum modinfo_isolation where,
                      struct ob_err *err)
{
    return note(m, err, "may %s %d", type, where);
}

static int on_type(void *m, const char *type, enum modinfo_isolation where,
                   struct ob_err *err)
{
    if (strcmp(type, "newer") == 0)
        return err_set(err, -ENOENT, "unknown type \"newer\"");
    return note(m, err, where ? "type %s at %d" : "type %s", type, where);
}

static int on_memory_new(void *m, const struct plan_region *r, void *target,
                         void **ret, struct ob_err *err)
{
    *ret = (void *)(uintptr_t)r->name;
    return note(m, err, "memory %s %s", r->name, name(target));
}

static int on_memory_map(void *m, void *region, void *container, uint64_t at,
                         int32_t priority, struct ob_err *err)
{
    return note(m, err, "map %s in %s at %x, %d", name(region),
                name(container), (unsigned)at, priority);
}

static int on_unimplemented(void *m, const struct plan_unimp *u,
                            void *container, struct ob_err *err)
{
    return note(m, err, "unimplemented %s in %s", u->name, name(container));
}

static int on_part_new(void *m, const char *part, const char *type,
                       enum modinfo_isolation where, void **ret,
                       struct ob_err *err)
{
    *ret = (void *)(uintptr_t)part;
    return note(m, err, where ? "new %s %s at %d" : "new %s %s", part, type,
                where);
}

static void on_crash(void *m, void *part, enum plan_crash crash)
{
    note(m, NULL, "crash %s %s", name(part), plan_crash_name(crash));
}

static int on_prop(void *m, void *part, const char *prop,
                   const struct plan_value *value, struct ob_err *err)
{
    return note(m, err, "prop %s %s %s", name(part), prop, value->text);
}

static int on_link(void *m, void *part, const char *prop,
                   const struct assembly_target *t, struct ob_err *err)
{
    return note(m, err, "link %s %s %s%s%s", name(part), prop,
                name(t->part ? t->part : t->region), t->bus ? "." : "",
                t->bus ? t->bus : "");
}

static int on_backend(void *m, void *part, const struct plan_backend *b,
                      struct ob_err *err)
{
    return note(m, err, "backend %s %d %u", name(part), b->kind, b->index);
}

static int on_clock(void *m, void *part, const struct plan_clock *c,
                    void *source, struct ob_err *err)
{
    return note(m, err, "clock %s %s %s", name(part), c->name, name(source));
}

static int on_realize(void *m, void *part, void *bus_part, const char *bus,
                      struct ob_err *err)
{
    return note(m, err, "realize %s %s %s", name(part), name(bus_part),
                bus ? bus : "-");
}

static int on_bytes(void *m, void *part, const struct plan_map *map,
                    uint64_t *ret, struct ob_err *err)
{
    (void)part, (void)map, (void)err;
    *ret = ((struct recorder *)m)->part_bytes;
    return 0;
}

static int on_part_map(void *m, void *part, const struct plan_map *map,
                       void *container, struct ob_err *err)
{
    return note(m, err, "map part %s %u in %s at %x", name(part), map->index,
                name(container), (unsigned)map->at);
}

static int on_connect(void *m, const struct assembly_pin *from,
                      const struct assembly_pin *to, struct ob_err *err)
{
    return note(m, err, "wire %s.%s%u -> %s.%u", name(from->part),
                from->irq ? "irq" : "", from->index, name(to->part),
                to->index);
}

static int on_boot(void *m, const struct plan *plan, void *const *parts,
                   struct ob_err *err)
{
    return note(m, err, "boot %d %s", plan->boot.kind, name(parts[0]));
}

static const struct assembly_ops recorder_ops = {
    on_process, on_type, on_memory_new, on_memory_map, on_unimplemented,
    on_part_new, on_crash, on_prop, on_link, on_backend, on_clock, on_realize,
    on_bytes, on_part_map, on_connect, on_boot,
};

static const char board_text[] =
    "{'outboard': 1, 'board': 't', 'ram': '1 GiB',\n"
    "'memory': {'low': {'alias': 'ram', 'at': '0x0', 'size': '1 GiB'}},\n"
    "'unimplemented': {'gap': {'at': '0x80000000', 'size': '4 KiB'},"
    " 'gap2': {'at': '0x80001000', 'size': '4 KiB'}},\n"
    "'parts': {\n"
    "'card': {'type': 'sd-card', 'bus': 'host.sd', 'drive': 'sd'},\n"
    "'host': {'type': 'sdhci', 'at': '0x90000000', 'irq': 'gic.5',\n"
    "  'links': {'dma': 'ram', 'gic': 'gic'}, 'clocks': {'clk': '1 MHz',"
    " 'osc': '2 MHz'}},\n"
    "'uart': {'type': 'pl011', 'at': '0x90001000', 'irq': 'gic.5',\n"
    "  'props': {'p': 7, 'q': 8}, 'serial': {'a': 0, 'b': 1}},\n"
    "'gic': {'type': 'arm_gic'}}}";

static const char board_log[] =
    "type sd-card\ntype sdhci\ntype pl011\ntype arm_gic\n"
    "memory system -\nmemory ram -\nmemory low ram\n"
    "map low in system at 0, 0\n"
    "unimplemented gap in system\nunimplemented gap2 in system\n"
    "new gic arm_gic\nrealize gic - -\n"
    "new host sdhci\nlink host dma ram\nlink host gic gic\n"
    "clock host clk -\nclock host osc -\nrealize host - -\n"
    "new card sd-card\nbackend card 1 0\nrealize card host sd\n"
    "new uart pl011\nprop uart p 7\nprop uart q 8\n"
    "backend uart 0 0\nbackend uart 0 1\nrealize uart - -\n"
    "map part host 0 in system at 90000000\n"
    "map part uart 0 in system at 90001000\n"
    "new gic-5-or qemu:or-irq\nprop gic-5-or num-lines 2\n"
    "realize gic-5-or - -\nwire gic-5-or.0 -> gic.5\n"
    "wire host.irq0 -> gic-5-or.0\nwire uart.irq0 -> gic-5-or.1\n"
    "boot 0 card\n";

static struct plan *plan_new(void)
{
    char *json = g_strdelimit(g_strdup(board_text), "'", '"');
    struct ob_err err = { 0 };
    struct json_doc *doc;
    struct plan *plan = NULL;

    if (json_parse(json, strlen(json), "t.json", &doc, &err) < 0 ||
        board_plan(doc, NULL, &plan, &err) < 0)
        fail_msg("%s", err.text);
    json_free(doc);
    g_free(json);
    return plan;
}

static void test_board_is_built_in_qemus_order(void **state)
{
    struct recorder r = { g_string_new(NULL), NULL, 0x1000 };
    struct plan *plan = plan_new();
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), 0);
    assert_string_equal(r.log->str, board_log);
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

/* Whatever goes wrong: its place in front, and no call after it. */
static void fail_at(const char *call, const char *text)
{
    struct recorder r = { g_string_new(NULL), call, 0x1000 };
    struct plan *plan = plan_new();
    struct ob_err err = { 0 };
    char *last = g_strconcat(call, "\n", NULL);

    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), -EINVAL);
    assert_string_equal(err.text, text);
    assert_true(g_str_has_suffix(r.log->str, last));
    g_free(last);
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

static void test_errors_of_the_port_get_their_place(void **state)
{
    (void)state;
    fail_at("type pl011", "t.json:8:18: went wrong");
    fail_at("map low in system at 0, 0", "t.json:2:42: went wrong");
    fail_at("unimplemented gap in system", "t.json:3:33: went wrong");
    fail_at("link host dma ram", "t.json:7:20: went wrong");
    fail_at("unimplemented gap2 in system", "t.json:3:80: went wrong");
    fail_at("link host gic gic", "t.json:7:34: went wrong");
    fail_at("clock host clk -", "t.json:7:60: went wrong");
    fail_at("clock host osc -", "t.json:7:76: went wrong");
    fail_at("prop uart q 8", "t.json:9:21: went wrong");
    fail_at("backend uart 0 1", "t.json:9:54: went wrong");
    fail_at("backend card 1 0", "t.json:5:56: went wrong");
    fail_at("realize card host sd", "t.json:5:36: went wrong");
    fail_at("prop uart p 7", "t.json:9:13: went wrong");
    fail_at("realize gic - -", "t.json:10:1: went wrong");
    fail_at("map part uart 0 in system at 90001000",
            "t.json:8:33: went wrong");
    fail_at("wire uart.irq0 -> gic-5-or.1", "t.json:8:54: went wrong");
    fail_at("boot 0 card", "went wrong");
}

/* The plan cannot know how long a part's region is; the port can. */
static void test_parts_that_overlap_are_refused(void **state)
{
    struct recorder r = { g_string_new(NULL), NULL, 0x1004 };
    struct plan *plan = plan_new();
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), -EINVAL);
    assert_string_equal(err.text,
                        "t.json:8:33: \"uart\" overlaps \"host\" (0x90001000 "
                        "is in 0x90000000 to 0x90001003); move one, or give "
                        "one another \"priority\"");
    assert_null(strstr(r.log->str, "map part"));
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

static const char optional_text[] =
    "{ \"outboard\": 1, \"board\": \"b\", \"title\": \"B\",\n"
    "  \"parts\": {\n"
    "    \"otp\":  { \"type\": \"newer\", %s \"at\": \"0x0\",\n"
    "             \"irq\": \"gic.1\" },\n"
    "    \"user\": { \"type\": \"pl011\", \"links\": { \"otp\": \"otp\" } },\n"
    "    \"gic\":  { \"type\": \"gic\" } } }";

static struct plan *optional_plan(const char *key)
{
    char *text = g_strdup_printf(optional_text, key);
    struct ob_err err = { 0 };
    struct json_doc *doc;
    struct plan *plan = NULL;

    if (json_parse(text, strlen(text), "o.json", &doc, &err) < 0 ||
        board_plan(doc, NULL, &plan, &err) < 0)
        fail_msg("%s", err.text);
    json_free(doc);
    g_free(text);
    return plan;
}

static void test_optional_part_of_unknown_type_is_left_out(void **state)
{
    struct recorder r = { g_string_new(NULL), NULL, 0x1000 };
    struct plan *plan = optional_plan("\"optional\": true,");
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), 0);
    assert_null(strstr(r.log->str, "otp"));
    assert_non_null(strstr(r.log->str, "realize user"));
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

static void test_part_of_unknown_type_is_refused(void **state)
{
    struct recorder r = { g_string_new(NULL), NULL, 0x1000 };
    struct plan *plan = optional_plan("");
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), -ENOENT);
    assert_string_equal(err.text, "o.json:3:23: unknown type \"newer\"");
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

/* Where its model runs is asked before anything is made, and then said. */
static void test_part_says_where_it_runs_and_what_a_crash_is(void **state)
{
    struct recorder r = { g_string_new(NULL), NULL, 0x1000 };
    struct plan *plan = optional_plan(
        "\"isolation\": \"process\", \"on-crash\": \"stop\", \"optional\": "
        "true,");
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(plan->parts[0].isolation, ISOLATION_PROCESS);
    assert_int_equal(plan->parts[0].on_crash, PLAN_CRASH_STOP);
    assert_false(plan->parts[1].crash_said);
    ((struct plan_part *)plan->parts)[0].type = "uart";
    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), 0);
    assert_true(g_str_has_prefix(r.log->str,
                                 "may uart 1\nmay uart 0\ntype uart at 1\n"
                                 "type pl011\n"));
    assert_non_null(strstr(r.log->str, "new otp uart at 1\ncrash otp stop\n"));
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

static void process_refused(const char *call, const char *text)
{
    struct recorder r = { g_string_new(NULL), call, 0x1000 };
    struct plan *plan = optional_plan(
        "\"isolation\": \"in-process\", \"on-crash\": \"error\",");
    struct ob_err err = { 0 };

    assert_int_equal(assembly_build(plan, &recorder_ops, &r, &err), -EINVAL);
    assert_string_equal(err.text, text);
    g_string_free(r.log, TRUE);
    plan_free(plan);
}

static void test_part_that_may_not_say_so_is_refused_in_its_place(void **state)
{
    (void)state;
    process_refused("may newer 2", "o.json:3:45: went wrong");
    process_refused("may newer 0", "o.json:3:71: went wrong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_board_is_built_in_qemus_order),
        UNIT_TEST(test_errors_of_the_port_get_their_place),
        UNIT_TEST(test_parts_that_overlap_are_refused),
        UNIT_TEST(test_optional_part_of_unknown_type_is_left_out),
        UNIT_TEST(test_part_of_unknown_type_is_refused),
        UNIT_TEST(test_part_says_where_it_runs_and_what_a_crash_is),
        UNIT_TEST(
            test_part_that_may_not_say_so_is_refused_in_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
