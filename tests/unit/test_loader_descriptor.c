/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "loader/loader.h"

static const struct ob_device_type uart = {
    .size = sizeof(uart), .name = "acme-uart",
};
static const struct ob_device_type unnamed = { .size = sizeof(unnamed) };
static const struct ob_device_type misnamed = {
    .size = sizeof(misnamed), .name = "0day/uart",
};
static const struct ob_device_type *const good_list[] = { &uart };
static const struct ob_device_type *const hole_list[] = { &uart, NULL };
static const struct ob_device_type *const unnamed_list[] = { &unnamed };
static const struct ob_device_type *const misnamed_list[] = { &misnamed };

static const struct ob_module good = {
    OB_MODULE_HEAD("acme", "1.0", "MIT"), OB_DEVICES(good_list),
};

static void expect(const struct ob_module *m, const char *text)
{
    struct ob_err err = { 0 };
    int r = loader_check_descriptor(m, "acme", "a.so", &err);

    if (text) {
        assert_string_equal(err.text, text);
        assert_true(r < 0);
    } else {
        assert_int_equal(r, 0);
    }
}

static void test_descriptor_good_passes(void **state)
{
    struct ob_module newer = good;

    (void)state;
    expect(&good, NULL);
    newer.size += 64;               /* a later minor's struct */
    expect(&newer, NULL);
}

static void test_descriptor_small_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.size = 16;
    expect(&m, "a.so: outboard_module is too small (size 16, 1.0 has 72); use "
               "OB_MODULE_HEAD");
}

static void test_descriptor_newer_abi_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.abi_minor = 9;
    expect(&m, "a.so: outboard_module is for ABI 1.9, and this Outboard has "
               "1.1; rebuild the module");
    m = good;
    m.abi_major = 2;
    expect(&m, "a.so: outboard_module is for ABI 2.0, and this Outboard has "
               "1.1; rebuild the module");
}

static void test_descriptor_unknown_flag_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.flags = 4;
    expect(&m, "a.so: outboard_module has unknown flags (0x4); install a "
               "newer Outboard");
}

static void test_descriptor_other_name_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.name = "ajax";
    expect(&m, "a.so: outboard_module calls itself \"ajax\", its .modinfo "
               "section \"acme\"; make them agree");
    m.name = NULL;
    expect(&m, "a.so: outboard_module calls itself \"\", its .modinfo "
               "section \"acme\"; make them agree");
}

static void test_descriptor_no_licence_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.license = NULL;
    expect(&m, "a.so: outboard_module names no licence; use OB_MODULE_HEAD");
}

static void test_descriptor_bad_list_is_refused(void **state)
{
    struct ob_module m = good;

    (void)state;
    m.devices = NULL;
    expect(&m, "a.so: outboard_module says it holds 1 devices, but has no "
               "list; correct it");
    m.devices = hole_list;
    m.n_devices = 2;
    expect(&m, "a.so: device 1 in outboard_module is NULL; correct the list");
    m.n_devices = 5000;
    expect(&m, "a.so: outboard_module says it holds 5000 devices, more than "
               "4096; correct it");
}

static void test_descriptor_bad_type_name_is_refused(void **state)
{
    struct ob_module m = good;
    struct ob_err err = { 0 };

    (void)state;
    m.devices = unnamed_list;
    expect(&m, "a.so: the name of device 0 in outboard_module is missing "
               "(\"\"); correct it");
    m.devices = misnamed_list;
    assert_int_equal(loader_check_descriptor(&m, "acme", "a.so", &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "(\"0day/uart\"); correct it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor_good_passes),
        cmocka_unit_test(test_descriptor_small_is_refused),
        cmocka_unit_test(test_descriptor_newer_abi_is_refused),
        cmocka_unit_test(test_descriptor_unknown_flag_is_refused),
        cmocka_unit_test(test_descriptor_other_name_is_refused),
        cmocka_unit_test(test_descriptor_no_licence_is_refused),
        cmocka_unit_test(test_descriptor_bad_list_is_refused),
        cmocka_unit_test(test_descriptor_bad_type_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
