/* SPDX-License-Identifier: MIT */
/* The gate for device types: what hostile or mistaken descriptors are told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "device/device.h"

#include "declared.h"

struct st {
    uint32_t a, b;
    const char *text;
    uint64_t size;
    uint8_t flag;
    uint32_t arr[4];
};

/* A good type of everything, to be spoilt in one place. */
struct all {
    struct ob_prop props[3];
    struct ob_field fields[2];
    struct ob_reg regs[2];
    struct ob_region regions[2];
    struct ob_irq irqs[2];
    struct ob_gpio inputs[2], outputs[2];
    struct ob_clock clocks[2];
    struct ob_timer timers[2];
    struct ob_chardev chardevs[2];
    struct ob_saved saved[2];
    struct ob_device_type type;
};

static void expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
}

static uint32_t no_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    return 0;
}

static void no_bytes(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                     const uint8_t *bytes, uint32_t count)
{
}

static uint64_t fn_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes)
{
    return bytes;
}

static uint64_t on_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored;
}

static const struct ob_field many_fields[65] = { { .name = "F" } };

static const struct all good = {
    .props = {
        { .name = "depth", .type = OB_PROP_UINT, .bytes = 4, .def = 8,
          .min = 1, .max = 16, .offset = offsetof(struct st, a) },
        { .name = "label", .type = OB_PROP_STRING,
          .offset = offsetof(struct st, text) },
        { .name = "on", .type = OB_PROP_BOOL,
          .offset = offsetof(struct st, flag) },
    },
    .fields = { OB_BITS("EN", 0x1, OB_RW), OB_BITS("MODE", 0x30, OB_RO) },
    .regs = {
        { OB_REG32("CTRL", 0, struct st, b) },
        { OB_REG32_ARRAY("ARR", 8, struct st, arr), .step = 8 },
    },
    .regions = { { .name = "regs", .bytes = 0x100 },
                 { .name = "fifo", .bytes = 0x40, .on_read = fn_read } },
    .irqs = { { .name = "rx" }, { .name = "tx" } },
    .inputs = { { .name = "in", .count = 4 }, { .name = "in2", .count = 1 } },
    .outputs = { { .name = "out", .count = 4 },
                 { .name = "out2", .count = 1 } },
    .clocks = { { .name = "clk" }, { .name = "clk2" } },
    .timers = { { .name = "tick", .expired = expired },
                { .name = "tock", .expired = expired } },
    .chardevs = {
        { .name = "chardev", .room = no_room, .receive = no_bytes },
        { .name = "second", .room = no_room, .receive = no_bytes },
    },
    .saved = { OB_SAVED(struct st, size), OB_SAVED_ARRAY(struct st, arr) },
    .type = { .size = sizeof(struct ob_device_type), .name = "acme-x",
              .state_bytes = sizeof(struct st), .state_version = 2,
              .state_oldest = 1 },
};

#define JOIN(list) x->type.list = (struct ob_array)OB_ARRAY(x->list)

static void join(struct all *x)
{
    *x = good;
    JOIN(props);
    JOIN(regions);
    JOIN(irqs);
    JOIN(inputs);
    JOIN(outputs);
    JOIN(clocks);
    JOIN(timers);
    JOIN(chardevs);
    JOIN(saved);
    x->regs[0].fields = (struct ob_array)OB_ARRAY(x->fields);
    x->regions[0].regs = (struct ob_array)OB_ARRAY(x->regs);
}

static const char *const modes[] = { "slow", "fast", NULL };

static void enum_put(struct all *x, uint64_t def)
{
    x->props[0] = (struct ob_prop){
        .name = "mode", .type = OB_PROP_ENUM, .choices = modes, .def = def,
    };
}

/* Elements of a byte, in all but the one that is there as well. */
static void elements_put(struct all *x, uint32_t count)
{
    x->regions[0].bytes = 0x100000;
    x->regs[1] = (struct ob_reg){
        .name = "MANY", .offset = 8, .bytes = 1, .count = count,
    };
}

static void direct_put(struct all *x, uint64_t region, uint64_t at,
                       uint64_t bytes)
{
    x->regions[1].bytes = region;
    x->regions[1].direct_at = at;
    x->regions[1].direct_bytes = bytes;
}

static void name_put(struct all *x, size_t len)
{
    static char name[200];

    memset(name, 'n', len);
    name[len] = '\0';
    x->irqs[0].name = name;
}

/* One way to spoil it, and what the gate says. */
#define BAD(name, spoil, text)                                                \
    static void bad_##name(struct all *x) { spoil; }                          \
    static const char text_##name[] = text;
#include "device_check_bad.def"
#undef BAD

static const struct bad {
    const char *name;
    void (*spoil)(struct all *x);
    const char *text;
} bad[] = {
#define BAD(name, spoil, text) { #name, bad_##name, text_##name },
#include "device_check_bad.def"
#undef BAD
};

/* Two values side by side, of which one is taken. */
#define EDGE(name, good, bad)                                                 \
    static void last_##name(struct all *x) { good; }                          \
    static void past_##name(struct all *x) { bad; }
#include "device_check_edge.def"
#undef EDGE

static const struct edge {
    const char *name;
    void (*last)(struct all *x);
    void (*past)(struct all *x);
} edges[] = {
#define EDGE(name, good, bad) { #name, last_##name, past_##name },
#include "device_check_edge.def"
#undef EDGE
};

static int edge_check(void (*put)(struct all *x), struct ob_err *err)
{
    struct all x;

    join(&x);
    put(&x);
    return declared_check(&x.type, err);
}

static void test_check_takes_the_last_that_fits_and_no_more(void **unused)
{
    unsigned wrong = 0;

    (void)unused;
    for (size_t n = 0; n < sizeof(edges) / sizeof(edges[0]); n++) {
        struct ob_err err = { 0 };
        int last = edge_check(edges[n].last, &err);
        int past = edge_check(edges[n].past, NULL);

        if (!last && past == -EINVAL)
            continue;
        print_error("%s: %d (%s), then %d\n", edges[n].name, last, err.text,
                    past);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void test_check_good_type_passes(void **unused)
{
    struct ob_err err = { 0 };
    struct all x;

    (void)unused;
    join(&x);
    assert_int_equal(declared_check(&x.type, &err), 0);
    assert_string_equal(err.text, "");
}

static void test_check_bad_types_are_told_what(void **unused)
{
    unsigned wrong = 0;

    (void)unused;
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
        struct ob_err err = { 0 };
        struct all x;
        int ret;

        join(&x);
        bad[n].spoil(&x);
        ret = declared_check(&x.type, &err);
        if (ret == -EINVAL && err.code == ret &&
            declared_check(&x.type, NULL) == ret &&
            !strcmp(err.text, bad[n].text))
            continue;
        print_error("%s: %d\n  is   %s\n  want %s\n", bad[n].name, ret,
                    err.text, bad[n].text);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void test_check_null_type_is_refused(void **unused)
{
    struct ob_err err = { 0 };

    (void)unused;
    assert_int_equal(declared_check(NULL, &err), -EINVAL);
    assert_string_equal(err.text, "type: is NULL; list the module's types in "
                                  "`devices`");
    assert_int_equal(declared_check(NULL, NULL), -EINVAL);
}

/* A newer minor's structs are longer: what is known of them is read. */
static void test_check_newer_items_and_type_pass(void **unused)
{
    struct {
        struct ob_prop p;
        uint64_t newer;
    } props[2] = { { good.props[0], 1 }, { good.props[1], 2 } };
    struct device_decl *decl;
    struct ob_err err = { 0 };
    struct all x;

    (void)unused;
    join(&x);
    x.type.size += 64;
    x.type.props = (struct ob_array){ props, 2, sizeof(props[0]) };
    assert_int_equal(device_decl_new(&x.type, &local_model_ops, &decl, &err),
                     0);
    assert_int_equal(decl->props.count, 2);
    assert_string_equal(decl->props.at[1].name, "label");
    device_decl_free(decl);
}

static void test_decl_find_finds_by_name(void **unused)
{
    struct device_decl *decl;
    struct all x;

    (void)unused;
    join(&x);
    decl = declared(&x.type);
    assert_int_equal(device_decl_find(DECL_NAMES(decl->irqs), "tx"), 1);
    assert_int_equal(device_decl_find(DECL_NAMES(decl->irqs), "ty"), -1);
    assert_int_equal(device_decl_find(DECL_NAMES(decl->regions), "fifo"), 1);
    assert_string_equal(device_decl_name(DECL_NAMES(decl->irqs), 1), "tx");
    assert_null(device_decl_name(DECL_NAMES(decl->irqs), decl->irqs.count));
    device_decl_free(decl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_good_type_passes),
        cmocka_unit_test(test_check_takes_the_last_that_fits_and_no_more),
        cmocka_unit_test(test_check_bad_types_are_told_what),
        cmocka_unit_test(test_check_null_type_is_refused),
        cmocka_unit_test(test_check_newer_items_and_type_pass),
        cmocka_unit_test(test_decl_find_finds_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
