/* SPDX-License-Identifier: MIT */
/* Boards in C come to the same plan, and to errors with their own places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "board/builder.h"

#include "given_back.h"

static int32_t good_build(struct ob_board *b)
{
    ob_board_add(b, "memory", "sram", "{ 'at': '0x%x', 'size': '1 KiB' }", 0);
    ob_board_add(b, "parts", "gic", "{ 'type': 'qemu:arm_gic' }");
    for (unsigned n = 0; n < b->cpus; n++) {
        char name[8] = { 'u', (char)('0' + n), 0 };

        ob_board_add(b, "parts", name,
                     "{ 'type': 'pl011', 'at': '0x%x', 'irq': 'gic.%u' }",
                     0x1000 * (n + 1), n);
    }
    return ob_board_add(b, "boot", NULL,
                        "{ 'kind': 'cortex-m', 'cpu': 'gic', 'load': 'sram' "
                        "}");
}

static int32_t irq_build(struct ob_board *b)
{
    ob_board_add(b, "parts", "gic", "{ 'type': 'arm_gic' }");
    return ob_board_add(b, "parts", "uart0",
                        "{ 'type': 'pl011',\n  'irq': 'gci.3' }");
}

static int32_t json_build(struct ob_board *b)
{
    ob_board_add(b, "parts", "uart0", "{ 'type' 'pl011' }");
    /* The first error stays; this changes nothing. */
    return ob_board_add(b, "parts", "uart0", "{");
}

static int32_t twice_build(struct ob_board *b)
{
    ob_board_add(b, "parts", "uart0", "{ 'type': 'pl011' }");
    ob_board_add(b, "parts", "uart0", "{ 'type': 'pl011' }");
    return 0;
}

/* Of every section, whatever was added to the others. */
static int32_t twice_memory_build(struct ob_board *b)
{
    ob_board_add(b, "memory", "x", "{ 'at': '0', 'size': '4 KiB' }");
    ob_board_add(b, "parts", "y", "{ 'type': 'pl011' }");
    ob_board_add(b, "memory", "x", "{ 'at': '0x8000', 'size': '4 KiB' }");
    return 0;
}

static int32_t twice_unimplemented_build(struct ob_board *b)
{
    ob_board_add(b, "unimplemented", "y", "{ 'at': '0', 'size': '4 KiB' }");
    ob_board_add(b, "unimplemented", "y", "{ 'at': '0', 'size': '4 KiB' }");
    return 0;
}

static int32_t section_build(struct ob_board *b)
{
    return ob_board_add(b, "part", "uart0", "{}");
}

static int32_t top_build(struct ob_board *b)
{
    return ob_board_add(b, "title", NULL, "'x'");
}

static int32_t boot_build(struct ob_board *b)
{
    return ob_board_add(b, "boot", NULL, "{ 'kind' }");
}

static int32_t boot_twice_build(struct ob_board *b)
{
    ob_board_add(b, "boot", NULL, "{ 'kind': 'none' }");
    return ob_board_add(b, "boot", NULL, "{ 'kind': 'none' }");
}

static int32_t fail_build(struct ob_board *b)
{
    return b->host->refuse(b, "no CPU is that odd; use -smp 2");
}

static int32_t silent_build(struct ob_board *b)
{
    (void)b;
    return -5;
}

static int32_t null_section_build(struct ob_board *b)
{
    return ob_board_add(b, NULL, "x", "{}");
}

static int32_t null_text_build(struct ob_board *b)
{
    return b->host->add(b, "parts", "x", NULL);
}

/* A part whose text is `bytes` long, or NULL. */
static unsigned long_bytes;

static int32_t long_build(struct ob_board *b)
{
    char *text = g_strnfill(long_bytes, ' ');
    int r;

    memcpy(text, "{'type':'x'", 11);
    text[long_bytes - 1] = '}';
    r = b->host->add(b, "parts", "x", text);
    g_free(text);
    return r;
}

static unsigned adds;

static int32_t adds_build(struct ob_board *b)
{
    for (unsigned n = 0; n < adds; n++) {
        char *name = g_strdup_printf("u%u", n);

        ob_board_add(b, "unimplemented", name,
                     "{'at': '0x%x', 'size': '1 KiB'}", n << 10);
        g_free(name);
    }
    return 0;
}

static struct ob_board_type type_of(int32_t (*build)(struct ob_board *))
{
    struct ob_board_type type = {
        .size = sizeof(type), .name = "kit", .title = "A kit",
        .cpus_default = 2, .cpus_max = 4, .build = build,
    };

    return type;
}

static void test_c_board_makes_a_plan(void **state)
{
    struct ob_board_type type = type_of(good_build);
    struct board_ask ask = { 0, 3 };
    struct ob_err err = { 0 };
    struct plan *plan;

    (void)state;
    if (board_plan_c(&type, "acme.so", &ask, &plan, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(plan->board, "kit");
    assert_int_equal(plan->part_count, 4);
    assert_string_equal(plan->parts[0].type, "qemu:arm_gic");
    assert_string_equal(plan->parts[3].name, "u2");
    assert_int_equal(plan->parts[3].maps[0].at, 0x3000);
    assert_int_equal(plan->wire_count, 3);
    assert_int_equal(plan->boot.kind, PLAN_BOOT_CORTEX_M);
    plan_free(plan);
}

static void refuse(int32_t (*build)(struct ob_board *), const char *text)
{
    struct ob_board_type type = type_of(build);
    struct ob_err err = { 0 };
    struct plan *plan = NULL;

    assert_int_equal(board_plan_c(&type, "acme.so", NULL, &plan, &err),
                     -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, text);
    assert_null(plan);
}

static void test_c_board_errors_name_their_place(void **state)
{
    (void)state;
    refuse(irq_build, "acme.so: board kit: parts/uart0:2:10: there is no "
                      "part \"gci\" on this board; did you mean \"gic\"?");
    refuse(twice_build, "acme.so: board kit: a name is added twice "
                        "(\"uart0\"); choose another");
    refuse(twice_memory_build, "acme.so: board kit: a name is added twice "
                               "(\"x\"); choose another");
    refuse(twice_unimplemented_build, "acme.so: board kit: a name is added "
                                      "twice (\"y\"); choose another");
    refuse(section_build,
           "acme.so: board kit: a section is unknown (\"part\"); use "
           "\"memory\", \"parts\" or \"unimplemented\"");
    refuse(top_build, "acme.so: board kit: this key cannot be set "
                      "(\"title\"); use \"boot\", or a section and a name");
    refuse(boot_twice_build, "acme.so: board kit: a key is set twice "
                             "(\"boot\"); set it once");
    refuse(fail_build, "acme.so: board kit: no CPU is that odd; use -smp 2");
    refuse(silent_build, "acme.so: board kit: build() failed without a reason "
                         "(\"Input/output error\"); see the module's source");
}

static void refuse_at(int32_t (*build)(struct ob_board *), const char *place)
{
    struct ob_board_type type = type_of(build);
    struct ob_err err = { 0 };
    struct plan *plan = NULL;

    assert_int_equal(board_plan_c(&type, "acme.so", NULL, &plan, &err),
                     -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_true(g_str_has_prefix(err.text, place));
}

static void test_c_board_keeps_the_first_error(void **state)
{
    (void)state;
    refuse_at(json_build, "acme.so: board kit: parts/uart0:1:10:");
    refuse_at(boot_build, "acme.so: board kit: boot:1:10:");
}

static void test_c_board_ram_is_refused_where_it_is_the_boards(void **state)
{
    struct ob_board_type type = type_of(good_build);
    struct board_ask ask = { 1 << 20, 0 };
    struct ob_err err = { 0 };
    struct plan *plan = NULL;

    (void)state;
    assert_int_equal(board_plan_c(&type, "acme.so", &ask, &plan, &err),
                     -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text,
                        "kit: -m says how much RAM there is (1 MiB), and this "
                        "board's memory is its own; leave -m out");
}

static void test_c_board_adds_have_bounds(void **state)
{
    struct ob_board_type type = type_of(long_build);
    struct ob_err err = { 0 };
    struct plan *plan;

    (void)state;
    refuse(null_section_build, "acme.so: board kit: add() without a section "
                               "or text (\"NULL\"); pass both");
    refuse(null_text_build, "acme.so: board kit: add() without a section or "
                            "text (\"NULL\"); pass both");
    long_bytes = (64 << 10) - 1;
    assert_int_equal(board_plan_c(&type, "acme.so", NULL, &plan, &err), 0);
    plan_free(plan);
    long_bytes++;
    refuse(long_build, "acme.so: board kit: a text is longer than 64 KiB "
                       "(\"acme.so: board kit: parts/x\"); make it shorter");
    adds = 16385;
    refuse(adds_build, "acme.so: board kit: too many things are added "
                       "(\"unimplemented\"); use repeats, or 16384 at most");
}

static void check_type(struct ob_board_type type, const char *text)
{
    struct ob_err err = { 0 };

    assert_int_equal(board_type_check(&type, "acme.so", &err), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_string_equal(err.text, text);
}

static void test_c_board_types_are_checked(void **state)
{
    struct ob_board_type type = type_of(good_build), wrong = type;
    const char *odd_arch[66] = { "arm", "a b" };
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(board_type_check(&type, "acme.so", &err), 0);
    wrong.size = 8;
    check_type(wrong, "acme.so: a board type is too small (8 bytes of 80); "
                      "build the module again");
    wrong = type;
    wrong.name = "my kit";
    check_type(wrong, "acme.so: board \"my kit\": its name is not one "
                      "(letters, digits, - and _); fix the module");
    wrong = type;
    wrong.flags = 1;
    check_type(wrong, "acme.so: board \"kit\": it has flags that are not "
                      "known; fix the module");
    wrong = type;
    wrong.ram_max = 4096, wrong.ram_min = 4096;
    check_type(wrong, "acme.so: board \"kit\": ram_default is not between "
                      "ram_min and ram_max; fix the module");
    wrong = type;
    wrong.cpus_max = 1;
    check_type(wrong, "acme.so: board \"kit\": cpus_default and cpus_max do "
                      "not go together; fix the module");
    wrong = type;
    wrong.title = NULL;
    check_type(wrong, "acme.so: board \"kit\": its title is not one line; "
                      "fix the module");
    wrong.title = "a\rb";
    check_type(wrong, "acme.so: board \"kit\": its title is not one line; "
                      "fix the module");
    for (int n = 0; n < 3; n++) {
        wrong = type;
        wrong.ram_min = n == 0 ? 4097 : 4096;
        wrong.ram_default = n == 1 ? 8193 : 8192;
        wrong.ram_max = n == 2 ? 16383 : 16384;
        check_type(wrong, "acme.so: board \"kit\": a RAM size is not a "
                          "multiple of 4 KiB; fix the module");
    }
    wrong = type;
    wrong.arch = odd_arch;
    check_type(wrong, "acme.so: board \"kit\": an arch is not a target name; "
                      "fix the module");
    for (unsigned n = 0; n < 65; n++)
        odd_arch[n] = "arm";
    check_type(wrong, "acme.so: board \"kit\": an arch is not a target name; "
                      "fix the module");
    odd_arch[64] = NULL;
    assert_int_equal(board_type_check(&wrong, "acme.so", &err), 0);
    wrong = type;
    wrong.build = NULL;
    check_type(wrong, "acme.so: board \"kit\": it has no build(); fix the "
                      "module");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_c_board_makes_a_plan),
        UNIT_TEST(test_c_board_errors_name_their_place),
        UNIT_TEST(test_c_board_keeps_the_first_error),
        UNIT_TEST(test_c_board_ram_is_refused_where_it_is_the_boards),
        UNIT_TEST(test_c_board_adds_have_bounds),
        UNIT_TEST(test_c_board_types_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
