/* SPDX-License-Identifier: MIT */
/* Lines about what a model lacks: the first of each reaches the user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/device.h"

#include "declared.h"

struct st {
    uint32_t word, lacking;
};

/* A port that keeps what it is given. */
struct port {
    uint32_t wanted;            /* kinds, besides HOST_LOG_FIRST */
    uint32_t firsts, others;
    char last[256];
    struct device_decl *decl;
    struct device *d;
};

static void port_log(void *opaque, uint32_t kind, const char *line)
{
    struct port *p = opaque;

    p->firsts += kind == HOST_LOG_FIRST;
    p->others += kind != HOST_LOG_FIRST;
    g_strlcpy(p->last, line, sizeof(p->last));
}

static uint32_t port_logs_wanted(void *opaque)
{
    struct port *p = opaque;

    return p->wanted | HOST_LOG_BIT(HOST_LOG_FIRST);
}

static const struct host_ops ops = {
    .log = port_log, .logs_wanted = port_logs_wanted,
};

/* What is written is the number of a feature, and one in its line. */
static void word_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    ob_log(dev, OB_LOG_UNIMPL, "%c%c: 0x%x of %u",
           (char)('a' + (w->raw >> 8 & 31)), (char)('a' + (w->raw >> 13 & 31)),
           (unsigned)w->raw, (unsigned)(w->raw & 0xff));
}

static const struct ob_reg regs[] = {
    { OB_REG32("WORD", 0, struct st, word), .on_write = word_write },
    { OB_REG32("LACKING", 4, struct st, lacking), .flags = OB_REG_UNIMPL },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .regs = OB_ARRAY(regs) },
};
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "acme-part", .state_version = 1,
    .state_oldest = 1, .state_bytes = sizeof(struct st),
    .regions = OB_ARRAY(regions),
};

static int setup(void **state)
{
    static struct port p;
    struct ob_err err;

    memset(&p, 0, sizeof(p));
    p.decl = declared(&type);
    p.d = device_new(p.decl, "x", &ops, &p);
    assert_int_equal(device_create(p.d, &err), 0);
    device_reset(p.d, OB_RESET_COLD);
    *state = &p;
    return 0;
}

static int teardown(void **state)
{
    struct port *p = *state;

    device_free(p->d);
    device_decl_free(p->decl);
    return 0;
}

static void put(struct port *p, uint64_t offset, uint64_t value)
{
    device_region_write(device_region(p->d, 0), offset, value, 4);
}

static void test_unimpl_first_line_comes_though_not_wanted(void **state)
{
    struct port *p = *state;

    put(p, 0, 3);
    assert_int_equal(p->firsts, 1);
    assert_string_equal(p->last, "acme-part x: aa: 0x3 of 3");
}

static void test_unimpl_other_numbers_are_the_same_feature(void **state)
{
    struct port *p = *state;

    put(p, 0, 3);
    put(p, 0, 0xff);
    assert_int_equal(p->firsts, 1);
    assert_int_equal(p->others, 0);
}

static void test_unimpl_other_words_are_another_feature(void **state)
{
    struct port *p = *state;

    put(p, 0, 3);
    put(p, 0, 0x103);
    assert_int_equal(p->firsts, 2);
}

static void test_unimpl_wanted_lines_all_come(void **state)
{
    struct port *p = *state;

    p->wanted = 1u << OB_LOG_UNIMPL;
    put(p, 0, 3);
    put(p, 0, 3);
    put(p, 0, 3);
    assert_int_equal(p->firsts, 1);
    assert_int_equal(p->others, 2);
}

static void test_unimpl_declared_register_tells_of_each_verb(void **state)
{
    struct port *p = *state;

    for (uint32_t n = 0; n < 3; n++) {
        put(p, 4, n);
        (void)device_region_read(device_region(p->d, 0), 4, 4);
    }
    assert_int_equal(p->firsts, 2);
    assert_string_equal(p->last,
                        "acme-part x: read of LACKING: not implemented");
}

static void test_unimpl_hole_comes_only_if_wanted(void **state)
{
    struct port *p = *state;

    put(p, 0x10, 1);
    assert_int_equal(p->firsts + p->others, 0);
    p->wanted = 1u << HOST_LOG_HOLE;
    put(p, 0x10, 1);
    assert_int_equal(p->firsts, 0);
    assert_int_equal(p->others, 1);
}

/* A model that makes up features does not fill the user's terminal. */
static void test_unimpl_features_are_bounded(void **state)
{
    struct port *p = *state;

    for (uint32_t n = 0; n < 400; n++)
        put(p, 0, n << 8);
    assert_int_equal(p->firsts, 16);
    assert_int_equal(p->others, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unimpl_first_line_comes_though_not_wanted),
        TEST(test_unimpl_other_numbers_are_the_same_feature),
        TEST(test_unimpl_other_words_are_another_feature),
        TEST(test_unimpl_wanted_lines_all_come),
        TEST(test_unimpl_declared_register_tells_of_each_verb),
        TEST(test_unimpl_hole_comes_only_if_wanted),
        TEST(test_unimpl_features_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
