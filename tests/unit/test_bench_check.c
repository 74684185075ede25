/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of ob_bench_check(): a good model passes, and each mutant of it
 * breaks the law that is written here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <outboard/bench.h>

enum { CTRL_EN = 0x1, CTRL_IE = 0x2, CTRL_BUSY = 0x100, STAT_DONE = 0x1 };
enum { CLOCK_IN, CLOCK_OUT };
enum { FIFO_BYTES = 8 };

struct probe {
    uint32_t ctrl, stat, load;              /* registers */
    uint32_t depth;                         /* property */
    uint64_t started_ns;
    uint64_t period_ns;                     /* follows from the timer */
    uint32_t used;
    uint8_t fifo[FIFO_BYTES], pin;
};

#include "check_mutants.h"

static struct ob_bench *bench_with(const struct ob_device_type *type,
                                   int32_t want)
{
    const struct ob_device_type *const types[] = { type };
    const struct ob_module module = {
        .size = sizeof(module), .abi_major = OB_ABI_MAJOR,
        .abi_minor = OB_ABI_MINOR, .name = "check", .license = "MIT",
        .devices = OB_ARRAY(types),
    };
    struct ob_bench *b = ob_bench_new();

    ob_bench_strict(b, false);
    assert_int_equal(ob_bench_module(b, &module), want);
    return b;
}

static bool has_line(const struct ob_bench *b, const char *text)
{
    for (uint32_t n = 0; *ob_bench_check_line(b, n); n++)
        if (strstr(ob_bench_check_line(b, n), text))
            return true;
    fprintf(stderr, "no line has: %s\n", text);
    for (uint32_t n = 0; *ob_bench_check_line(b, n); n++)
        fprintf(stderr, "    %s\n", ob_bench_check_line(b, n));
    return false;
}

/* --- mutants -------------------------------------------------------------- */

/* A mutant that the gate accepts, and the text of a line about it. */
struct mutant {
    const char *name;
    const struct ob_device_type *type;
    const char *text;
};

static const struct mutant noticed[] = {
    { "static_count", &type_1,
      "; two instances with the same history must be equal: keep all state in "
      "the state struct, " },
    { "wall_clock", &type_2, "acme-probe: instances: COUNT reads 0x" },
    { "irq_past_list", &type_3,
      "acme-probe: mistakes: acme-probe dut: irq_set: index 3 is past the 1 "
      "declared; see the service's comment in host.h" },
    { "irq_in_create", &type_4,
      "acme-probe: mistakes: acme-probe dut: irq_set: called from create; " },
    { "raw_stored", &type_5, "acme-probe: read-only: CTRL reads 0x" },
    { "status_writable", &type_6,
      "acme-probe: write-back: CTRL reads bits 0x100 as 1 after a write of 0, "
      "and stores them after a write of 1 (expected neither)" },
    { "reset_forgotten", &type_7,
      "acme-probe: reset: interrupt irq is 1 (expected 0), after a reset "
      "(expected: as a new device) (run " },
    { "reset_member_forgotten", &type_8, "acme-probe: reset: interrupt irq" },
    { "reset_lines_forgotten", &type_9, "acme-probe: reset: interrupt irq" },
    { "clock_not_driven", &type_10,
      "acme-probe: reset: clock out has 1000 Hz (expected 0), after a reset" },
    { "restored_forgotten", &type_11, ", after a restore (run " },
    { "restored_refuses", &type_12,
      "acme-probe: restored: a state that the model has saved is refused "
      "(acme-probe dut: used 8 is not possible); restored() must accept every "
      "state that can be" },
    { "restored_starts", &type_13,
      "acme-probe: restored: the saved value of started_ns is 0x" },
    { "derived_forgotten", &type_14,
      "of the state struct (behind \"started_ns\") is 0x0 (expected 0x" },
    { "saved_forgotten", &type_15,
      "of the state struct (behind \"used\") is 0x0 (expected 0x" },
    { "saved_count_forgotten", &type_16,
      "acme-probe: restored: interrupt irq" },
    { "saved_time_forgotten", &type_17,
      "of the state struct (behind \"depth\") is 0x" },
    { "update_forgotten", &type_18,
      "acme-probe: restored: interrupt irq is 1 (expected 0), after a restore "
      "(run " },
    { "pin_not_passed_on", &type_19,
      "acme-probe: restored: output copy[0] is " },
    { "relative_deadline", &type_20,
      "acme-probe: deadlines: timer period is armed for 1000 ns (expected " },
    { "stopped_clock", &type_21, "acme-probe: deadlines: timer period is " },
    { "distant_deadline", &type_22,
      "acme-probe: deadlines: timer period is always armed for a time after "
      "100 years (" },
    { "storm", &type_23, "acme-probe: expirations: timer period expires " },
    { "no_period", &type_24, "acme-probe: expirations: timer period expires " },
    { "cancel_forgotten", &type_25, "acme-probe: restored: " },
};

/* Only a test that knows the manual notices these. */
static const struct mutant unnoticed[] = {
    { "clock_ignored", &type_26, NULL },
    { "period_wrong", &type_27, NULL },
    { "reset_value_wrong", &type_28, NULL },
    { "output_wrong", &type_29, NULL },
};

/* Those that the gate refuses, with its reason. */
static const struct mutant refused[] = {
    { "access_and_fields", &type_30,
      "type acme-probe: register CTRL: has fields and .access, which then "
      "means nothing; drop .access, or give it to a field" },
    { "count_past_array", &type_31,
      "type acme-probe: register LOAD: 2 elements take 8 bytes, and its member "
      "has 4; check .count, or use OB_REG32_ARRAY()" },
    { "same_bytes", &type_32,
      "type acme-probe: register DATA: keeps its value in the same bytes of "
      "the state struct as LOAD; give it a member of its own, or both "
      "OB_REG_SHARED" },
    { "reg_past_region", &type_33,
      "type acme-probe: register ID: ends at 0x1000, past region regs of 0x100 "
      "bytes; make the region reach it" },
    { "timer_no_function", &type_34,
      "type acme-probe: timer period: has no expired(); give it one" },
    { "saved_property", &type_35,
      "type acme-probe: saved depth: lies over property depth in the state "
      "struct; give each a member of its own" },
};

/* With several seeds, so that no seed is noticed by luck. */
static void test_mutant_breaks_its_law(void **state)
{
    const struct mutant *m = *state;

    for (uint64_t seed = 0; seed < 3; seed++) {
        struct ob_bench_check_options options = { .size = sizeof(options),
                                                  .seed = seed };
        struct ob_bench *b = bench_with(m->type, OB_OK);

        assert_true(ob_bench_check(b, "acme-probe", NULL, &options) >= 1);
        assert_true(has_line(b, m->text));
        assert_int_equal(ob_bench_free(b), 0);
    }
}

static void test_mutant_of_the_manual_passes(void **state)
{
    const struct mutant *m = *state;
    struct ob_bench *b = bench_with(m->type, OB_OK);

    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, NULL), 0);
    ob_bench_free(b);
}

static void test_mutant_is_refused_by_the_gate(void **state)
{
    const struct mutant *m = *state;
    struct ob_bench *b = bench_with(m->type, OB_E_INVALID);

    assert_string_equal(ob_bench_error(b), m->text);
    ob_bench_free(b);
}

/* --- the call ------------------------------------------------------------- */

static void test_good_model_passes(void **state)
{
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct ob_bench_check_options options = { .size = sizeof(options),
                                                  .seed = seed };
        struct ob_bench *b = bench_with(&type_0, OB_OK);
        uint32_t broken = ob_bench_check(b, "acme-probe", "depth=4", &options);

        assert_string_equal(ob_bench_check_line(b, 0), "");
        assert_int_equal(broken, 0);
        assert_int_equal(ob_bench_free(b), 0);
    }
}

/* Time, devices, mistakes and the log of the bench are as before. */
static void test_bench_is_unchanged(void **state)
{
    struct ob_bench *b = bench_with(&type_3, OB_OK);

    ob_bench_step(b, 7);
    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, NULL), 1);
    assert_int_equal(ob_bench_now(b), 7);
    assert_int_equal(ob_bench_log_count(b), 0);
    assert_int_equal(ob_bench_mistakes(b), 0);
    assert_int_equal(ob_bench_next_deadline(b), UINT64_MAX);
    ob_bench_free(b);
}

static void test_lines_repeat_with_the_seed(void **state)
{
    struct ob_bench_check_options options = { .size = sizeof(options),
                                              .seed = 5, .runs = 100,
                                              .steps = 40 };
    struct ob_bench *b = bench_with(&type_15, OB_OK);
    char *first;

    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, &options), 1);
    first = strdup(ob_bench_check_line(b, 0));
    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, &options), 1);
    assert_string_equal(ob_bench_check_line(b, 0), first);
    assert_string_equal(ob_bench_check_line(b, 1), "");
    options.seed = 6;
    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, &options), 1);
    assert_string_not_equal(ob_bench_check_line(b, 0), first);
    free(first);
    ob_bench_free(b);
}

static void test_refused_device_is_a_line(void **state)
{
    struct ob_bench *b = bench_with(&type_0, OB_OK);

    assert_int_equal(ob_bench_check(b, "acme-probe", "depth=9", NULL), 1);
    assert_string_equal(ob_bench_check_line(b, 0),
                        "acme-probe: create: acme-probe dut: depth is too "
                        "large");
    assert_int_equal(ob_bench_check(b, "acme-probe", "deepth=9", NULL), 1);
    assert_string_equal(ob_bench_check_line(b, 0),
                        "acme-probe: create: acme-probe dut: has no property "
                        "\"deepth\"; did you mean depth");
    assert_int_equal(ob_bench_check(b, "acme-prob", NULL, NULL), 1);
    assert_string_equal(ob_bench_check_line(b, 0),
                        "acme-prob: create: type acme-prob: no module has it; "
                        "did you mean \"acme-probe\"?");
    ob_bench_free(b);
}

static void test_strict_bench_prints_the_lines(void **state)
{
    struct ob_bench *b = bench_with(&type_4, OB_OK);
    char text[400] = "";
    FILE *file = tmpfile();
    int old = dup(STDERR_FILENO);

    assert_non_null(file);
    ob_bench_strict(b, true);
    dup2(fileno(file), STDERR_FILENO);
    assert_int_equal(ob_bench_check(b, "acme-probe", NULL, NULL), 1);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(file);
    assert_non_null(fgets(text, sizeof(text), file));
    text[strcspn(text, "\n")] = 0;
    assert_string_equal(text, ob_bench_check_line(b, 0));
    fclose(file);
    ob_bench_free(b);
}

/* --- links, resets -------------------------------------------------------- */

/* A model that writes to what it is linked to, as to a bus and as to a part. */
struct user {
    uint32_t go, seen;              /* registers */
    uint32_t kept, asked;           /* outlive a reset */
    const struct ob_link *to;
};

static void go_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct user *u = ob_state(dev);
    uint64_t value = 0;

    (void)ob_mem_write_le(dev, u->to, 0x40, 4, w->value);
    if (ob_link_read(dev, u->to, 0, 0x40, 4, &value))
        value = UINT64_MAX;
    u->seen = (uint32_t)value;
}

/* After its own request a reset keeps a mark, once. */
static void ask_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct user *u = ob_state(dev);

    u->asked = 1;
    ob_machine_request(dev, OB_MACHINE_RESET);
}

static uint64_t kept_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct user *u = ob_state(dev);

    return u->kept;
}

static void kept_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct user *u = ob_state(dev);

    u->kept = (uint32_t)w->value;
}

static void user_reset(struct ob_dev *dev, uint32_t kind)
{
    struct user *u = ob_state(dev);

    u->seen = u->asked;
    u->asked = 0;
}

static const struct ob_reg user_regs[] = {
    { OB_REG32("GO", 0x0, struct user, go), .on_write = go_write },
    { OB_REG32("SEEN", 0x4, struct user, seen), .access = OB_RO },
    { OB_REG32_HOOKED("ASK", 0x8), .access = OB_WO, .on_write = ask_write },
};
static const struct ob_reg keeper_regs[] = {
    { OB_REG32_HOOKED("KEPT", 0x0), .on_read = kept_read,
      .on_write = kept_write },
};
static const struct ob_region user_regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(user_regs) },
};
static const struct ob_region keeper_regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(keeper_regs) },
};
static const struct ob_saved user_saved[] = {
    OB_SAVED(struct user, kept), OB_SAVED(struct user, asked),
};
static const struct ob_prop user_props[] = {
    { OB_PROP_LINK_AT("to", struct user, to), .flags = OB_PROP_REQUIRED },
};
static const struct ob_device_type user_type = {
    .size = sizeof(user_type), .name = "acme-user",
    .state_bytes = sizeof(struct user), .regions = OB_ARRAY(user_regions),
    .props = OB_ARRAY(user_props), .saved = OB_ARRAY(user_saved),
    .reset = user_reset,
};
static const struct ob_device_type keeper_type = {
    .size = sizeof(keeper_type), .name = "acme-keeper",
    .state_bytes = sizeof(struct user), .regions = OB_ARRAY(keeper_regions),
    .saved = OB_ARRAY(user_saved), .reset = user_reset,
};

/* Memory that answers as a bus and as a part. */
static void test_required_link_leads_to_memory(void **state)
{
    struct ob_bench *b = bench_with(&user_type, OB_OK);

    assert_int_equal(ob_bench_check(b, "acme-user", NULL, NULL), 0);
    assert_string_equal(ob_bench_check_line(b, 0), "");
    ob_bench_free(b);
}

/* The link leads to a part, so DMA through it is a mistake. */
static void test_link_leads_to_a_copy_of_the_tests_part(void **state)
{
    const struct ob_device_type *const types[] = { &keeper_type };
    const struct ob_module module = {
        .size = sizeof(module), .abi_major = OB_ABI_MAJOR,
        .abi_minor = OB_ABI_MINOR, .name = "keeper", .license = "MIT",
        .devices = OB_ARRAY(types),
    };
    struct ob_bench *b = bench_with(&user_type, OB_OK);
    struct ob_bench_dev *part;

    assert_int_equal(ob_bench_module(b, &module), OB_OK);
    part = ob_bench_make(b, "acme-keeper", "part", NULL);
    assert_int_equal(ob_bench_check(b, "acme-user", "to=part", NULL), 1);
    assert_true(has_line(b, "acme-user: mistakes: acme-user dut: mem_write: "
                            "the link leads to a part, not to a bus; "));
    assert_int_equal(ob_bench_read32(part, 0, 0), 0);
    assert_int_equal(ob_bench_check(b, "acme-user", "to=parts", NULL), 1);
    assert_true(has_line(b,
                         "acme-user: create: acme-user dut: property to: no "
                         "device is named \"parts\"; make it first"));
    assert_int_equal(ob_bench_free(b), 0);
}

static void test_kept_state_needs_the_option(void **state)
{
    struct ob_bench_check_options options = { .size = sizeof(options),
                                              .keeps = 1 };
    struct ob_bench *b = bench_with(&keeper_type, OB_OK);

    assert_int_equal(ob_bench_check(b, "acme-keeper", NULL, NULL), 1);
    assert_true(
        has_line(b, "acme-keeper: reset: the saved value of kept is "));
    assert_true(has_line(b, "needs options->keeps"));
    assert_int_equal(ob_bench_check(b, "acme-keeper", NULL, &options), 0);
    ob_bench_free(b);
}

/* --- all ------------------------------------------------------------------ */

enum { MOST = 64 };
static struct CMUnitTest tests[MOST];
static char names[MOST][96];
static unsigned n_tests;

static void add(const char *name, CMUnitTestFunction fn, const void *state)
{
    assert_true(n_tests < MOST);
    snprintf(names[n_tests], sizeof(names[0]), "%s", name);
    tests[n_tests].name = names[n_tests];
    tests[n_tests].test_func = fn;
    tests[n_tests++].initial_state = (void *)(uintptr_t)state;
}

static void add_mutants(const struct mutant *list, size_t count,
                        const char *end, CMUnitTestFunction fn)
{
    for (size_t n = 0; n < count; n++) {
        char name[96];

        snprintf(name, sizeof(name), "test_%s_%s", list[n].name, end);
        add(name, fn, &list[n]);
    }
}

#define COUNT(list) sizeof(list) / sizeof((list)[0])
#define ADD(test)   add(#test, test, NULL)

int main(void)
{
    ADD(test_good_model_passes);
    ADD(test_bench_is_unchanged);
    ADD(test_lines_repeat_with_the_seed);
    ADD(test_refused_device_is_a_line);
    ADD(test_strict_bench_prints_the_lines);
    ADD(test_required_link_leads_to_memory);
    ADD(test_link_leads_to_a_copy_of_the_tests_part);
    ADD(test_kept_state_needs_the_option);
    add_mutants(noticed, COUNT(noticed), "breaks_its_law",
                test_mutant_breaks_its_law);
    add_mutants(unnoticed, COUNT(unnoticed), "is_known_to_the_manual_only",
                test_mutant_of_the_manual_passes);
    add_mutants(refused, COUNT(refused), "is_refused",
                test_mutant_is_refused_by_the_gate);
    return _cmocka_run_group_tests("bench_check", tests, n_tests, NULL, NULL);
}
