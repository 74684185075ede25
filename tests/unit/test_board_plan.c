/* SPDX-License-Identifier: MIT */
/* What a good board's plan holds; and the Raspberry Pi 4B's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "board/plan.h"

#include "given_back.h"

#define GIB (1ull << 30)

/* A board of `text` behind its name; ' stands for ". */
static struct json_doc *doc_of(const char *text)
{
    char *json = g_strdup_printf("{'outboard': 1, 'board': 't', %s}", text);
    struct ob_err err = { 0 };
    struct json_doc *doc;

    g_strdelimit(json, "'", '"');
    if (json_parse(json, strlen(json), "t.json", &doc, &err) < 0)
        fail_msg("%s", err.text);
    g_free(json);
    return doc;
}

static struct plan *plan_of_doc(struct json_doc *doc, uint64_t ram,
                                uint32_t cpus)
{
    struct board_ask ask = { ram, cpus };
    struct ob_err err = { 0 };
    struct plan *plan;

    if (board_plan(doc, &ask, &plan, &err) < 0)
        fail_msg("%s", err.text);
    json_free(doc);
    return plan;
}

static struct plan *plan_of(const char *text)
{
    return plan_of_doc(doc_of(text), 0, 0);
}

static struct plan *plan_of_pi(uint64_t ram, uint32_t cpus)
{
    struct ob_err err = { 0 };
    struct json_doc *doc;

    if (json_load(OB_SOURCE_DIR "/boards/raspberrypi/raspi4b.json", FILE_ANY,
                  0, &doc, &err) < 0)
        fail_msg("%s", err.text);
    return plan_of_doc(doc, ram, cpus);
}

static const struct plan_part *part(const struct plan *plan, const char *name)
{
    for (uint32_t n = 0; n < plan->part_count; n++)
        if (strcmp(plan->parts[n].name, name) == 0)
            return &plan->parts[n];
    fail_msg("no part %s", name);
    return NULL;
}

static const struct plan_region *region(const struct plan *plan,
                                        const char *name)
{
    for (uint32_t n = 0; n < plan->region_count; n++)
        if (strcmp(plan->regions[n].name, name) == 0)
            return &plan->regions[n];
    return NULL;
}

static const struct plan_value *prop(const struct plan_part *p,
                                     const char *name)
{
    for (uint32_t n = 0; n < p->prop_count; n++)
        if (strcmp(p->props[n].name, name) == 0)
            return &p->props[n].value;
    fail_msg("no property %s", name);
    return NULL;
}

static void test_props_keep_their_kind_and_number(void **state)
{
    struct plan *plan = plan_of(
        "'parts': {'a{i}': {'repeat': 1, 'type': 'x', 'props': {'n': 12, "
        "'minus': -3, 'half': 0.5, 'hex': '0x10', 'size': '2 KiB','hz': '54 "
        "MHz', 'text': 'cortex-m4', 'yes': true, 'late': '{i > 0}','sum': '{i "
        "+ 7}', 'list': [1, 'two']}}}");
    const struct plan_part *a = part(plan, "a0");

    (void)state;
    assert_int_equal(prop(a, "n")->number, 12);
    assert_int_equal(prop(a, "minus")->number, 3);
    assert_true(prop(a, "minus")->is_negative);
    assert_false(prop(a, "half")->is_number);
    assert_string_equal(prop(a, "half")->text, "0.5");
    assert_int_equal(prop(a, "hex")->kind, JSON_STRING);
    assert_int_equal(prop(a, "hex")->number, 16);
    assert_int_equal(prop(a, "size")->number, 2048);
    assert_int_equal(prop(a, "hz")->number, 54000000);
    assert_false(prop(a, "text")->is_number);
    assert_true(prop(a, "yes")->boolean);
    assert_int_equal(prop(a, "late")->kind, JSON_BOOL);
    assert_false(prop(a, "late")->boolean);
    assert_int_equal(prop(a, "sum")->kind, JSON_NUMBER);
    assert_int_equal(prop(a, "sum")->number, 7);
    assert_int_equal(prop(a, "list")->count, 2);
    assert_string_equal(prop(a, "list")->items[1].text, "two");
    plan_free(plan);
}

static void test_links_lead_to_parts_regions_and_buses(void **state)
{
    struct plan *plan = plan_of(
        "'memory': {'bus': {'kind': 'container', 'size': '4 GiB'}},'parts': "
        "{'a': {'type': 'x', 'links': {'p': 'b', 'm': 'bus', 's': "
        "'b.sd-bus'}}, 'b': {'type': 'y'}}");
    const struct plan_link *links = part(plan, "a")->links;

    (void)state;
    assert_int_equal(links[0].target.kind, PLAN_TARGET_PART);
    assert_int_equal(links[0].target.index, 1);
    assert_int_equal(links[1].target.kind, PLAN_TARGET_REGION);
    assert_string_equal(plan->regions[links[1].target.index].name, "bus");
    assert_int_equal(links[2].target.kind, PLAN_TARGET_BUS);
    assert_string_equal(links[2].target.bus, "sd-bus");
    plan_free(plan);
}

static void test_order_puts_what_is_needed_first(void **state)
{
    struct plan *plan = plan_of(
        "'parts': {'card': {'type': 'x', 'bus': 'host.sd'},'uart': {'type': "
        "'x', 'clocks': {'clk': 'pll.out'}},'shim': {'type': 'x', 'links': "
        "{'t': 'uart'}},'host': {'type': 'x'}, 'pll': {'type': 'x'}}");
    static const char *const order[] = {
        "host", "card", "pll", "uart", "shim",
    };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(order); n++)
        assert_string_equal(plan->parts[plan->order[n]].name, order[n]);
    plan_free(plan);
}

static void test_shared_inputs_get_one_gate(void **state)
{
    struct plan *plan = plan_of(
        "'parts': {'gic': {'type': 'x'},'a': {'type': 'x', 'irq': ['gic.3', "
        "null, 'gic.in.3']},'b': {'type': 'x', 'irq': 'gic.3'},'c': {'type': "
        "'x', 'out': ['gic.3', 'gic.4']}}");

    (void)state;
    assert_int_equal(plan->wire_count, 5);
    assert_int_equal(plan->gate_count, 1);
    assert_string_equal(plan->gates[0].name, "gic-3-or");
    assert_int_equal(plan->gates[0].inputs, 3);
    assert_int_equal(plan->wires[0].or_gate, 0);
    assert_int_equal(plan->wires[0].or_input, 0);
    assert_int_equal(plan->wires[1].or_gate, PLAN_NONE);
    assert_int_equal(plan->wires[1].from.index, 2);
    assert_string_equal(plan->wires[1].to.name, "in");
    assert_int_equal(plan->wires[2].or_input, 1);
    assert_int_equal(plan->wires[3].or_input, 2);
    assert_false(plan->wires[3].from.irq);
    assert_int_equal(plan->wires[4].or_gate, PLAN_NONE);
    plan_free(plan);
}

static void test_maps_by_number_and_name(void **state)
{
    struct plan *plan = plan_of(
        "'memory': {'bus': {'kind': 'container', 'size': '1 MiB'}},'parts': "
        "{'a': {'type': 'x', 'in': 'bus', 'at': ['0x0', null, {'at': '0x40', "
        "'in': 'system', 'priority': -1}]},'b': {'type': 'x', 'at': {'regs': "
        "'0x1000'}}}");
    const struct plan_map *maps = part(plan, "a")->maps;

    (void)state;
    assert_int_equal(part(plan, "a")->map_count, 2);
    assert_int_equal(maps[0].container, 1);
    assert_int_equal(maps[1].index, 2);
    assert_int_equal(maps[1].container, 0);
    assert_int_equal(maps[1].priority, -1);
    assert_string_equal(part(plan, "b")->maps[0].name, "regs");
    plan_free(plan);
}

static void test_backends_name_what_the_user_plugs_in(void **state)
{
    struct plan *plan = plan_of(
        "'parts': {'a': {'type': 'x', 'serial': {'tx': 2}, 'drive': 'sd.1', "
        "'nic': 0}}");
    const struct plan_backend *b = part(plan, "a")->backends;

    (void)state;
    assert_int_equal(part(plan, "a")->backend_count, 3);
    assert_int_equal(b[0].kind, PLAN_SERIAL);
    assert_string_equal(b[0].prop, "tx");
    assert_int_equal(b[0].index, 2);
    assert_string_equal(b[1].interface, "sd");
    assert_int_equal(b[1].index, 1);
    assert_null(b[1].prop);
    assert_int_equal(b[2].kind, PLAN_NIC);
    plan_free(plan);
}

static void test_places_are_those_of_the_file(void **state)
{
    struct json_doc *doc = doc_of("\n  'parts': {\n    'a': {'type': 'x'}}");
    struct plan *plan = plan_of_doc(doc, 0, 0);
    const struct plan_part *a = part(plan, "a");

    (void)state;
    assert_string_equal(a->place.file, "t.json");
    assert_int_equal(a->place.line, 3);
    assert_int_equal(a->place.col, 5);
    assert_int_equal(a->type_place.col, 19);
    plan_free(plan);
}

static void test_type_of_qemu_keeps_its_prefix(void **state)
{
    struct plan *plan = plan_of("'parts': {'a': {'type': 'qemu:pl011'}, 'b': "
                                "{'type': 'pl011'}}");

    (void)state;
    assert_string_equal(part(plan, "a")->type, "qemu:pl011");
    assert_string_equal(plan_qemu_type(part(plan, "a")->type), "pl011");
    assert_null(plan_qemu_type(part(plan, "b")->type));
    assert_null(plan_qemu_type("qemu"));
    plan_free(plan);
}

static void test_cortex_m_boot_loads_to_its_region(void **state)
{
    struct plan *plan = plan_of(
        "'memory': {'flash': {'kind': 'rom', 'at': '0x08000000', 'size': '1 "
        "MiB'}}, 'parts': {'cpu': {'type': 'armv7m'}},'boot': {'kind': "
        "'cortex-m', 'cpu': 'cpu', 'load': 'flash'}");

    (void)state;
    assert_int_equal(plan->boot.kind, PLAN_BOOT_CORTEX_M);
    assert_int_equal(plan->boot.cpu, 0);
    assert_int_equal(plan->boot.kernel_at, 0x08000000);
    assert_int_equal(plan->boot.kernel_room, 1 << 20);
    plan_free(plan);
}

static void ask_check(uint64_t ram, uint32_t cpus, const char *text)
{
    struct json_doc *doc = doc_of("'ram': {'default': '1 GiB', 'min': "
                                  "'512 MiB', 'max': '2 GiB'}, 'cpus': 2");
    struct board_ask ask = { ram, cpus };
    struct ob_err err = { 0 };
    struct plan *plan = NULL;

    assert_int_equal(board_plan(doc, &ask, &plan, &err), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, text);
    json_free(doc);
}

static void test_ask_beyond_limits_is_refused(void **state)
{
    (void)state;
    ask_check(4 * GIB, 0,
              "t: -m is out of range (4 GiB); use 512 MiB to 2 GiB");
    ask_check(4096, 0, "t: -m is out of range (4 KiB); use 512 MiB to 2 GiB");
    ask_check(0, 3, "t: -smp is out of range (3); use 1 to 2");
}

static void test_head_tells_limits(void **state)
{
    struct json_doc *doc = doc_of(
        "'title': 'A board', 'arch': ['arm'], 'aliases': ['tt'],'ram': "
        "{'default': '2 GiB', 'sizes': ['4 GiB', '2 GiB']},'cpus': "
        "{'default': 2, 'max': 4}");
    struct ob_err err = { 0 };
    struct board_head *head;

    (void)state;
    assert_int_equal(board_head_read(doc, &head, &err), 0);
    json_free(doc);
    assert_string_equal(head->name, "t");
    assert_string_equal(head->title, "A board");
    assert_string_equal(head->arch[0], "arm");
    assert_null(head->arch[1]);
    assert_string_equal(head->aliases[0], "tt");
    assert_int_equal(head->ram_min, 2 * GIB);
    assert_int_equal(head->ram_max, 4 * GIB);
    assert_int_equal(head->cpus_default, 2);
    assert_int_equal(head->cpus_max, 4);
    board_head_free(head);
}

/* --- the Pi --- */

static bool wired(const struct plan *plan, const char *from, uint32_t output,
                  const char *to, uint32_t input)
{
    for (uint32_t n = 0; n < plan->wire_count; n++) {
        const struct plan_wire *w = &plan->wires[n];

        if (strcmp(plan->parts[w->from.part].name, from) == 0 &&
            w->from.index == output && w->to.index == input &&
            strcmp(plan->parts[w->to.part].name, to) == 0)
            return true;
    }
    return false;
}

static void test_pi_has_a_fan_for_each_cpu(void **state)
{
    struct plan *plan = plan_of_pi(0, 3);
    const struct plan_part *gic = part(plan, "gic");

    (void)state;
    assert_int_equal(plan->cpus, 3);
    assert_int_equal(prop(gic, "num-cpu")->number, 3);
    assert_int_equal(gic->map_count, 4 + 3);
    assert_int_equal(gic->maps[4].index, 4 + 3);
    assert_int_equal(gic->maps[6].at, 0xff845400);
    assert_true(wired(plan, "cpu2", 0, "gic", 224 + 64 + 30));
    assert_true(wired(plan, "gic", 2, "cpu2", 0));
    assert_true(wired(plan, "gic", 3, "cpu0", 1));
    assert_true(wired(plan, "gic", 14, "gic", 224 + 64 + 25));
    assert_true(prop(part(plan, "cpu2"), "start-powered-off")->boolean);
    assert_false(prop(part(plan, "cpu0"), "start-powered-off")->boolean);
    assert_int_equal(plan->boot.dt_prop_count, 2);
    assert_string_equal(plan->boot.dt_props[1].node, "/cpus/cpu@3");
    plan_free(plan);
}

static void test_pi_leaves_the_peripherals_free_of_ram(void **state)
{
    static const struct {
        uint64_t ram, low, high;
        uint32_t banks, revision;
    } cases[] = {
        { 1 * GIB, 1 * GIB, 0, 1, 0xa03115 },
        { 2 * GIB, 2 * GIB, 0, 2, 0xb03115 },
        { 4 * GIB, 0xfc000000, 0, 2, 0xc03115 },
        { 8 * GIB, 0xfc000000, 4 * GIB, 3, 0xd03115 },
    };

    (void)state;
    for (unsigned n = 0; n < G_N_ELEMENTS(cases); n++) {
        struct plan *plan = plan_of_pi(cases[n].ram, 0);
        const struct plan_region *high = region(plan, "high");

        assert_int_equal(region(plan, "low")->bytes, cases[n].low);
        assert_int_equal(high ? high->bytes : 0, cases[n].high);
        assert_int_equal(plan->boot.bank_count, cases[n].banks);
        assert_int_equal(prop(part(plan, "vc-property"), "board-rev")->number,
                         cases[n].revision);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_props_keep_their_kind_and_number),
        UNIT_TEST(test_links_lead_to_parts_regions_and_buses),
        UNIT_TEST(test_order_puts_what_is_needed_first),
        UNIT_TEST(test_shared_inputs_get_one_gate),
        UNIT_TEST(test_maps_by_number_and_name),
        UNIT_TEST(test_backends_name_what_the_user_plugs_in),
        UNIT_TEST(test_places_are_those_of_the_file),
        UNIT_TEST(test_type_of_qemu_keeps_its_prefix),
        UNIT_TEST(test_cortex_m_boot_loads_to_its_region),
        UNIT_TEST(test_ask_beyond_limits_is_refused),
        UNIT_TEST(test_head_tells_limits),
        UNIT_TEST(test_pi_has_a_fan_for_each_cpu),
        UNIT_TEST(test_pi_leaves_the_peripherals_free_of_ram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
