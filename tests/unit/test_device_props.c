/* SPDX-License-Identifier: MIT */
/* Properties of each kind, set by number: ranges, kinds, moments, codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "device/device.h"

#include "declared.h"
#include "given_back.h"

enum { ON, NARROW, WIDE, BOUNDED, SIZE, MODE, LABEL, LINK, PROPS };

struct st {
    uint8_t on, narrow;
    uint64_t wide;
    uint16_t bounded;
    uint64_t size;
    uint32_t mode;
    const char *label;
    const struct ob_link *link;
};

static const char *const modes[] = { "slow", "fast", "both", NULL };
static const struct ob_prop props[] = {
    { OB_PROP_BOOL_AT("on", struct st, on) },
    { OB_PROP_UINT_AT("narrow", struct st, narrow), .def = 3 },
    { OB_PROP_UINT_AT("wide", struct st, wide) },
    { OB_PROP_UINT_AT("bounded", struct st, bounded), .min = 5, .max = 9,
      .def = 7 },
    { OB_PROP_SIZE_AT("size", struct st, size) },
    { OB_PROP_ENUM_AT("mode", struct st, mode), .choices = modes },
    { OB_PROP_STRING_AT("label", struct st, label), .def_text = "first" },
    { OB_PROP_LINK_AT("link", struct st, link), .flags = OB_PROP_REQUIRED },
};
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "p", .state_bytes = sizeof(struct st),
    .state_version = 1, .state_oldest = 1, .props = OB_ARRAY(props),
};
static const struct host_ops ops;

static struct device_decl *decl;
static struct device *d;

static int set_up(void **state)
{
    int ret = given_back_start(state);

    decl = declared(&type);
    d = device_new(decl, "x", &ops, NULL);
    return ret;
}

static int tear_down(void **state)
{
    device_free(d);
    device_decl_free(decl);
    return given_back_check(state);
}

/* The last call gave `ret` and filled *err, which is cleared. */
static void refused(int ret, int code, struct ob_err *err, const char *text)
{
    assert_int_equal(ret, code);
    assert_int_equal(err->code, code);
    assert_string_equal(err->text, text);
    err_clear(err);
}

static void test_props_have_their_range(void **state)
{
    static const struct {
        uint32_t prop;
        uint64_t least, most;
    } rows[] = {
        { ON, 0, 1 },      { NARROW, 0, 255 },      { WIDE, 0, UINT64_MAX },
        { BOUNDED, 5, 9 }, { SIZE, 0, UINT64_MAX }, { MODE, 0, 2 },
    };
    struct ob_err err = { 0 };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
        const uint32_t p = rows[n].prop;

        assert_int_equal(device_prop_set(d, p, rows[n].least, NULL), 0);
        assert_true(device_prop_get(d, p) == rows[n].least);
        assert_int_equal(device_prop_set(d, p, rows[n].most, NULL), 0);
        assert_true(device_prop_get(d, p) == rows[n].most);
        if (rows[n].most != UINT64_MAX)
            assert_int_equal(device_prop_set(d, p, rows[n].most + 1, NULL),
                             -ERANGE);
        if (rows[n].least)
            assert_int_equal(device_prop_set(d, p, rows[n].least - 1, NULL),
                             -ERANGE);
        assert_true(device_prop_get(d, p) == rows[n].most);
    }
    refused(device_prop_set(d, BOUNDED, 10, &err), -ERANGE, &err,
            "p x: property bounded: 10 is out of range; use 5 to 9");
}

static void test_props_of_another_kind_are_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    for (uint32_t n = 0; n < PROPS; n++) {
        bool text = n == LABEL, link = n == LINK;

        assert_int_equal(device_prop_set(d, n, n == BOUNDED ? 5 : 1, NULL),
                         text || link ? -EINVAL : 0);
        assert_int_equal(device_prop_text(d, n, "fast", NULL),
                         text || n == MODE ? 0 : -EINVAL);
        assert_int_equal(device_prop_link(d, n, &err, "l", NULL),
                         link ? 0 : -EINVAL);
    }
    refused(device_prop_set(d, LABEL, 1, &err), -EINVAL, &err,
            "p x: property label: takes no number");
    refused(device_prop_text(d, ON, "1", &err), -EINVAL, &err,
            "p x: property on: takes no text");
    refused(device_prop_link(d, MODE, d, "l", &err), -EINVAL, &err,
            "p x: property mode: takes no link");
    refused(device_prop_text(d, MODE, "fas", &err), -EINVAL, &err,
            "p x: property mode: \"fas\" is not one of its choices; use slow, "
            "fast, both");
}

static void test_props_past_the_last_are_refused(void **state)
{
    struct ob_err err = { 0 };

    (void)state;
    refused(device_prop_set(d, PROPS, 1, &err), -ENOENT, &err,
            "p x: property 8 is past the 8 declared");
    refused(device_prop_text(d, PROPS, "", &err), -ENOENT, &err,
            "p x: property 8 is past the 8 declared");
    refused(device_prop_link(d, PROPS, d, "", &err), -ENOENT, &err,
            "p x: property 8 is past the 8 declared");
    assert_int_equal(device_prop_get(d, PROPS), 0);
    assert_null(device_prop_get_text(d, PROPS));
}

static void test_props_have_their_texts(void **state)
{
    (void)state;
    assert_string_equal(device_prop_get_text(d, LABEL), "first");
    assert_string_equal(device_prop_get_text(d, MODE), "slow");
    assert_null(device_prop_get_text(d, LINK));
    assert_null(device_prop_get_text(d, ON));
    assert_int_equal(device_prop_text(d, LABEL, "one", NULL), 0);
    assert_int_equal(device_prop_text(d, LABEL, "two", NULL), 0);
    assert_int_equal(device_prop_text(d, MODE, "both", NULL), 0);
    assert_int_equal(device_prop_link(d, LINK, d, "a", NULL), 0);
    assert_int_equal(device_prop_link(d, LINK, d, "b", NULL), 0);
    assert_string_equal(device_prop_get_text(d, LABEL), "two");
    assert_string_equal(device_prop_get_text(d, MODE), "both");
    assert_string_equal(device_prop_get_text(d, LINK), "b");
    assert_int_equal(device_prop_get(d, MODE), 2);
}

static void test_props_are_fixed_and_stored_by_create(void **state)
{
    struct ob_err err = { 0 };
    struct st *s = device_state(d);

    (void)state;
    refused(device_create(d, &err), -EINVAL, &err,
            "p x: property link: is required and not set; set it");
    assert_int_equal(device_prop_link(d, LINK, &err, "l", NULL), 0);
    assert_int_equal(device_prop_set(d, ON, 1, NULL), 0);
    assert_int_equal(device_prop_set(d, WIDE, 1ull << 40, NULL), 0);
    assert_int_equal(device_prop_set(d, SIZE, 1ull << 50, NULL), 0);
    assert_int_equal(device_prop_set(d, MODE, 2, NULL), 0);
    assert_int_equal(device_create(d, &err), 0);
    assert_int_equal(s->on, 1);
    assert_int_equal(s->narrow, 3);
    assert_true(s->wide == 1ull << 40);
    assert_int_equal(s->bounded, 7);
    assert_true(s->size == 1ull << 50);
    assert_int_equal(s->mode, 2);
    assert_string_equal(s->label, "first");
    assert_non_null(s->link);
    refused(device_prop_set(d, ON, 1, &err), -EBUSY, &err,
            "p x: property on: is fixed once the part is made; set it before");
    refused(device_prop_text(d, LABEL, "", &err), -EBUSY, &err,
            "p x: property label: is fixed once the part is made; set it "
            "before");
    refused(device_prop_link(d, LINK, d, "", &err), -EBUSY, &err,
            "p x: property link: is fixed once the part is made; set it "
            "before");
    refused(device_create(d, &err), -EBUSY, &err, "p x: is created already");
}

static void test_device_tells_what_it_was_made_of(void **state)
{
    char id[] = "y";

    (void)state;
    assert_ptr_equal(device_type(d), decl);
    assert_null(device_port(d));
    assert_string_equal(device_id(d), "x");
    device_rename(d, id);
    id[0] = 'z';
    assert_string_equal(device_id(d), "y");
    assert_null(device_region(d, 0));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_props_have_their_range),
        T(test_props_of_another_kind_are_refused),
        T(test_props_past_the_last_are_refused),
        T(test_props_have_their_texts),
        T(test_props_are_fixed_and_stored_by_create),
        T(test_device_tells_what_it_was_made_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
