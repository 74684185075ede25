/* SPDX-License-Identifier: MIT */
/* Test the gate that checks the descriptor of a module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/loader.h"

#include "given_back.h"

enum { LIST_MAX = 4096 };

static const struct ob_device_type uart = {
    .size = sizeof(uart), .name = "acme-uart",
};
static const struct ob_device_type unnamed = { .size = sizeof(unnamed) };
static const struct ob_device_type misnamed = {
    .size = sizeof(misnamed), .name = "0day/uart",
};
static const struct ob_device_type *const good_list[] = { &uart };

static const struct ob_board_type kit = { .size = sizeof(kit), .name = "kit" };
static const struct ob_board_type no_name = { .size = sizeof(no_name) };
static const struct ob_board_type bad_name = {
    .size = sizeof(bad_name), .name = "a kit",
};

static const struct ob_module good = {
    OB_MODULE_HEAD("acme", "1.0", "MIT"), .devices = OB_ARRAY(good_list),
};

static void expect(const struct ob_module *m, int code, const char *text)
{
    struct ob_err err = { 0 };

    assert_int_equal(loader_check_descriptor(m, "acme", "a.so", &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(loader_check_descriptor(m, "acme", "a.so", NULL), code);
    assert_string_equal(err.text, text);
}

static void test_descriptor_good_passes(void **state)
{
    struct ob_module newer = good;

    (void)state;
    expect(&good, 0, "");
    newer.size = sizeof(newer);
    expect(&newer, 0, "");
    newer.size += 64;               /* a later minor's struct */
    expect(&newer, 0, "");
}

static void test_descriptor_small_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.size = sizeof(m) - 1;
    expect(&m, -EPROTO,
           "a.so: outboard_module is too small (size 79, 80 expected); "
           "use OB_MODULE()");
}

static void test_descriptor_newer_abi_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.abi_minor = OB_ABI_MINOR;
    expect(&m, 0, "");
    m.abi_minor = OB_ABI_MINOR + 1;
    expect(&m, -EPROTO,
           "a.so: outboard_module is for ABI 0.2, and this Outboard has 0.1; "
           "rebuild the module");
    m = good;
    m.abi_major = 2;
    expect(&m, -EPROTO,
           "a.so: outboard_module is for ABI 2.1, and this Outboard has 0.1; "
           "rebuild the module");
    m = good;
    m.abi_minor = 0;
    expect(&m, -EPROTO,
           "a.so: outboard_module is for ABI 0.0, and this Outboard has 0.1; "
           "rebuild the module");
}

static void test_descriptor_unknown_flag_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.flags = 1;
    expect(&m, -EPROTO,
           "a.so: outboard_module has unknown flags (0x1); install a newer "
           "Outboard");
}

static void test_descriptor_other_name_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.name = "ajax";
    expect(&m, -EINVAL,
           "a.so: outboard_module calls itself \"ajax\", its .modinfo section "
           "\"acme\"; make them agree");
    m.name = NULL;
    expect(&m, -EINVAL,
           "a.so: outboard_module calls itself \"\", its .modinfo section "
           "\"acme\"; make them agree");
}

static void test_descriptor_no_licence_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.license = NULL;
    expect(&m, -EINVAL,
           "a.so: outboard_module names no licence; use OB_MODULE()");
}

/* Devices and boards alike: the list `n` long, which is put in by `set`. */
struct list {
    const char *what;
    void (*set)(struct ob_module *m, const void *const *list, uint32_t n);
    const void *item, *unnamed, *misnamed;
    const char *misnamed_text;
};

static void devices_set(struct ob_module *m, const void *const *list,
                        uint32_t n)
{
    m->devices = (struct ob_array){ list, n, sizeof(*list) };
}

static void boards_set(struct ob_module *m, const void *const *list,
                       uint32_t n)
{
    m->boards = (struct ob_array){ list, n, sizeof(*list) };
}

static const struct list lists[] = {
    { "device", devices_set, &uart, &unnamed, &misnamed,
      "starts with a 0 (\"0day/uart\")" },
    { "board", boards_set, &kit, &no_name, &bad_name,
      "holds a character that is not one of A-Z a-z 0-9 . _ - (\"a kit\")" },
};

static void list_expect(const struct list *l, const void *const *items,
                        uint32_t n, const char *fmt, const char *extra)
{
    struct ob_module m = good;
    char text[300];

    l->set(&m, items, n);
    snprintf(text, sizeof(text), fmt, l->what, extra);
    expect(&m, *fmt ? -EINVAL : 0, text);
}

static void test_descriptor_bad_list_is_refused(void **state)
{
    (void)state;
    for (const struct list *l = lists; l < lists + 2; l++) {
        const void *many[LIST_MAX + 1];

        for (unsigned n = 0; n <= LIST_MAX; n++)
            many[n] = l->item;
        list_expect(l, NULL, 0, "", "");
        list_expect(l, NULL, 1,
                    "a.so: outboard_module says it holds 1 %ss, but has no "
                    "list; correct it",
                    "");
        list_expect(l, many, LIST_MAX, "", "");
        list_expect(l, many, LIST_MAX + 1,
                    "a.so: outboard_module says it holds 4097 %ss, more than "
                    "4096; correct it",
                    "");
        many[2] = NULL;
        list_expect(l, many, 2, "", "");
        list_expect(l, many, 3,
                    "a.so: %s 2 in outboard_module is NULL; correct the list",
                    "");
    }
}

static void test_descriptor_bad_name_in_a_list_is_refused(void **state)
{
    (void)state;
    for (const struct list *l = lists; l < lists + 2; l++) {
        const void *items[] = { l->item, l->unnamed };

        list_expect(l, items, 1, "", "");
        list_expect(l, items, 2,
                    "a.so: the name of %s 1 in outboard_module is missing "
                    "(\"\"); correct it",
                    "");
        items[0] = l->misnamed;
        list_expect(l, items, 1,
                    "a.so: the name of %s 0 in outboard_module %s; correct it",
                    l->misnamed_text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_descriptor_good_passes),
        UNIT_TEST(test_descriptor_small_is_refused),
        UNIT_TEST(test_descriptor_newer_abi_is_refused),
        UNIT_TEST(test_descriptor_unknown_flag_is_refused),
        UNIT_TEST(test_descriptor_other_name_is_refused),
        UNIT_TEST(test_descriptor_no_licence_is_refused),
        UNIT_TEST(test_descriptor_bad_list_is_refused),
        UNIT_TEST(test_descriptor_bad_name_in_a_list_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
