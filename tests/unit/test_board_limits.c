/* SPDX-License-Identifier: MIT */
/* As many of everything as a board may have, and one more; RISC-V's boot. */
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

/* `before`, `count` times `each` with its number for #, `after`. */
static char *many(const char *before, const char *each, unsigned count,
                  const char *after)
{
    char **parts = g_strsplit(each, "#", -1);
    GString *text = g_string_new(before);

    for (unsigned n = 0; n < count; n++) {
        char *number = g_strdup_printf("%u", n);
        char *put = g_strjoinv(number, parts);

        g_string_append_printf(text, "%s%s", n ? ", " : "", put);
        g_free(put);
        g_free(number);
    }
    g_string_append(text, after);
    g_strfreev(parts);
    return g_string_free(text, FALSE);
}

/* The plan of the board `text`, asked for `ram`; NULL with *err set. */
static struct plan *plan_of(const char *text, uint64_t ram, struct ob_err *err)
{
    char *json = g_strdup_printf("{'outboard': 1, 'board': 't', %s}", text);
    struct board_ask ask = { ram, 0 };
    struct json_doc *doc = NULL;
    struct plan *plan = NULL;

    g_strdelimit(json, "'", '"');
    if (!json_parse(json, strlen(json), "t", &doc, err)) {
        int r = board_plan(doc, &ask, &plan, err);

        assert_int_equal(r, err->code);
        assert_true(r == 0 || r == -EINVAL);
        assert_true(!plan == !!r);
    }
    json_free(doc);
    g_free(json);
    return plan;
}

/* Frees `text`; its refusal ends with `why`; NULL: it makes a plan. */
static void expect(char *text, const char *why)
{
    struct ob_err err = { 0 };
    struct plan *plan = plan_of(text, 0, &err);

    if (!plan == !why)
        fail_msg("%.200s: \"%s\"", text, err.text);
    if (why && !g_str_has_suffix(err.text, why))
        fail_msg("%.200s: %s", text, err.text);
    plan_free(plan);
    g_free(text);
}

static void limit(const char *before, const char *each, unsigned most,
                  const char *after, const char *why)
{
    expect(many(before, each, most, after), NULL);
    expect(many(before, each, most + 1, after), why);
}

static void test_board_as_many_things_as_there_may_be(void **state)
{
    (void)state;
    limit("'parts': {", "'p#': {'type': 'x'}", 4096, "}",
          ": too many parts; use 4096 at most");
    limit("'ram': '1 GiB', 'memory': {", "'m#': {'size': '4 KiB'}", 4094, "}",
          ": too many memory regions; use 4094 at most");
    limit("'memory': {", "'m#': {'size': '4 KiB'}", 4094, "}",
          ": too many memory regions; use 4094 at most");
    limit("'unimplemented': {", "'u#': {'at': '0x#000', 'size': '4 KiB'}",
          4096, "}", ": too many unimplemented ranges; use 4096 at most");
    limit("'arch': [", "'a#'", 64, "]",
          ": \"arch\" is too long (65 entries); use 64 at most");
    limit("'aliases': [", "'a#'", 64, "]",
          ": \"aliases\" is too long (65 entries); use 64 at most");
    limit("'parts': {'g': {'type': 'x'}, 'p': {'type': 'x', 'irq': [", "'g.#'",
          65536, "]}}", ": too many wires; use 65536 at most");
}

#define ARM64                                                                 \
    "'memory': {'rom': {'kind': 'rom', 'at': '0', 'size': '64 KiB'}},"        \
    "'parts': {'cpu': {'type': 'x'}}, 'boot': {'kind': 'linux-arm64',"        \
    "'cpu': 'cpu', 'start': 'rom', 'binary': '0x80000'"

static void test_board_boot_stores_and_timer_have_bounds(void **state)
{
    (void)state;
    limit(ARM64 ", 'stores': [", "{'at': '0x4', 'value': '#'}", 256, "]}",
          ": \"stores\" is too long (257 entries); use 256 at most");
    expect(g_strdup(ARM64 ", 'timer': 4294967295}"), NULL);
    expect(g_strdup(ARM64 ", 'timer': 4294967296}"),
           ": \"timer\" is too fast (4294967296); use 4294 MHz at most");
}

static void test_board_drive_numbers_have_bounds(void **state)
{
    static const struct {
        const char *drive;
        uint32_t index;
    } rows[] = { { "sd", 0 },
                 { "sd.0", 0 },
                 { "sd.9", 9 },
                 { "sd.19", 19 },
                 { "sd.255", 255 } };
    static const char *const wrong[] = {
        "sd.256", "sd.", "sd.x", "sd.1x", "sd.0001", "sd.-1", "s.1", ".1",
        "sd.999", "sd. 1",
    };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
        char *text = g_strdup_printf("'parts': {'p': {'type': 'x', 'drive': "
                                     "'%s'}}",
                                     rows[n].drive);
        struct ob_err err = { 0 };
        struct plan *plan = plan_of(text, 0, &err);

        assert_non_null(plan);
        assert_string_equal(plan->parts[0].backends[0].interface, "sd");
        assert_int_equal(plan->parts[0].backends[0].index, rows[n].index);
        plan_free(plan);
        g_free(text);
    }
    for (size_t n = 0; n < G_N_ELEMENTS(wrong); n++)
        expect(g_strdup_printf("'parts': {'p': {'type': 'x', 'drive': "
                               "'%s'}}",
                               wrong[n]),
               "write \"sd\", or \"sd.1\" for the second of -drive if=sd");
}

#define SIZES "'ram': {'default': '2 GiB', 'sizes': ['4 GiB', '2 GiB']}"

static void test_board_ram_that_is_not_among_the_sizes_is_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    assert_null(plan_of(SIZES, UINT64_C(3) << 30, &err));
    assert_string_equal(err.text, "t: -m is not a size of this board "
                                  "(3 GiB); use 4 GiB or 2 GiB");
    err.code = 0;
    plan_free(plan_of(SIZES, UINT64_C(4) << 30, &err));
    assert_int_equal(err.code, 0);
    expect(g_strdup("'ram': {'default': '4 KiB', 'sizes': ['4 KiB', 6000]}"),
           ": a RAM size is not a multiple of 4 KiB (\"6000\"); use one");
    expect(g_strdup("'ram': {'default': '4 KiB', 'sizes': ['4 KiB', 0]}"),
           ": a RAM size is not a multiple of 4 KiB (\"0\"); use one");
}

#define RISCV(image, more)                                                    \
    "'memory': {'rom': {'kind': 'rom', 'at': '0x1000', 'size': '4 KiB'}},"    \
    "'parts': {'cpu': {'type': 'x'}}, 'boot': {'kind': 'linux-riscv64',"      \
    "'cpu': 'cpu', 'start': 'rom', 'bios': '0x80000000', 'image': '" image    \
    "', 'initrd': '0x90000000'" more "}"

static void test_board_riscv_boot_has_its_places(void **state)
{
    struct ob_err err = { 0 };
    struct plan *plan = plan_of(RISCV("0x80200000", ", 'firmware': 'fw.bin'"),
                                0, &err);

    (void)state;
    assert_non_null(plan);
    assert_int_equal(plan->boot.kind, PLAN_BOOT_LINUX_RISCV64);
    assert_int_equal(plan->boot.start_at, 0x1000);
    assert_int_equal(plan->boot.start_room, 0x1000);
    assert_int_equal(plan->boot.bios_at, 0x80000000);
    assert_int_equal(plan->boot.bios_room, 0x200000);
    assert_int_equal(plan->boot.kernel_base, 0x80200000);
    assert_int_equal(plan->boot.kernel_at, 0x80200000);
    assert_true(plan->boot.kernel_room == UINT64_MAX);
    assert_int_equal(plan->boot.initrd_at, 0x90000000);
    assert_string_equal(plan->boot.bios_file, "fw.bin");
    plan_free(plan);
    plan = plan_of(RISCV("0x80200000", ""), 0, &err);
    assert_null(plan->boot.bios_file);
    plan_free(plan);
    expect(g_strdup(RISCV("0x80200000", ", 'firmware': 7")), "");
    expect(g_strdup(RISCV("0x80000000", "")),
           ": \"image\" is not behind \"bios\" (0x80000000); give the "
           "firmware its room first");
    expect(g_strdup(RISCV("0x80100000", "")),
           ": \"image\" is not a multiple of 2 MiB (0x80100000); a RISC-V "
           "Image needs that");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_board_as_many_things_as_there_may_be),
        UNIT_TEST(test_board_boot_stores_and_timer_have_bounds),
        UNIT_TEST(test_board_drive_numbers_have_bounds),
        UNIT_TEST(test_board_ram_that_is_not_among_the_sizes_is_refused),
        UNIT_TEST(test_board_riscv_boot_has_its_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
