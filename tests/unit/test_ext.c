/* SPDX-License-Identifier: MIT */
/*
 * Extensions of a type and properties that change while a device runs: the
 * gate, the calls of "ob.i2c-target/0", live properties, their saved state.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/ext/draft/i2c-bench.h>

#include "bench/bench_int.h"
#include "device/ext_call.h"

#include "declared.h"

#define UNKNOWN "ob.warp-drive/3"

/* --- a part that writes down what it is asked ----------------------------- */

static const char *const modes[] = { "slow", "fast", "both", NULL };

enum { LEVEL, TINY, ON, COUNT, SIZE, MODE, FIXED, PROPS };

struct part {
    int32_t level;              /* properties */
    int8_t tiny;
    uint8_t on;
    uint16_t count;
    uint64_t size;
    uint32_t mode;
    uint8_t fixed;
    uint32_t calls, changed[PROPS];
    int32_t seen, level_restored;
    char said[128];             /* each call in a few characters */
    uint32_t answer;            /* of on_read */
    uint8_t nack_start, nack_byte, has_target, has_unknown, has_other;
};

static void say(struct ob_dev *dev, const char *what, uint32_t number)
{
    struct part *p = ob_state(dev);
    size_t len = strlen(p->said);

    snprintf(p->said + len, sizeof(p->said) - len, "%s%x ", what, number);
}

static int32_t on_start(struct ob_dev *dev, uint32_t direction)
{
    struct part *p = ob_state(dev);

    say(dev, "start", direction);
    return p->nack_start ? OB_E_INVALID : OB_OK;
}

static int32_t on_write(struct ob_dev *dev, uint32_t byte)
{
    struct part *p = ob_state(dev);

    say(dev, "w", byte);
    return byte == p->nack_byte && byte ? OB_E_INVALID : OB_OK;
}

static uint32_t on_read(struct ob_dev *dev)
{
    struct part *p = ob_state(dev);

    say(dev, "r", 0);
    return p->answer++;
}

static void on_stop(struct ob_dev *dev)
{
    say(dev, "stop", 0);
}

static int32_t part_create(struct ob_dev *dev)
{
    const struct {
        uint32_t size;
    } * table;
    struct part *p = ob_state(dev);

    table = ob_extension(dev, OB_I2C_TARGET);
    p->has_target = table && table->size >= sizeof(*table);
    p->has_unknown = ob_extension(dev, UNKNOWN) != NULL;
    p->has_other = ob_extension(dev, "ob.other/0") || ob_extension(dev, NULL);
    return OB_OK;
}

static void part_changed(struct ob_dev *dev, uint32_t prop)
{
    struct part *p = ob_state(dev);

    p->changed[prop]++;
    p->seen = p->level;
}

static int32_t part_restored(struct ob_dev *dev)
{
    struct part *p = ob_state(dev);

    p->level_restored = p->level;
    return OB_OK;
}

static const struct ob_i2c_target target = {
    .size = sizeof(target), .address = 0x42, .on_start = on_start,
    .on_write = on_write, .on_read = on_read, .on_stop = on_stop,
};
static const struct ob_i2c_target silent = { .size = sizeof(silent) };
/* What a host does not know has a struct that it does not read. */
static const uint32_t unknown;
static const struct ob_extension part_exts[] = {
    OB_EXT(UNKNOWN, unknown, 0),
    OB_EXT(OB_I2C_TARGET, target, OB_EXT_NEEDED),
};
static const struct ob_extension silent_exts[] = {
    OB_EXT(OB_I2C_TARGET, silent, 0),
};
#define LIVE .flags = OB_PROP_LIVE, .changed = part_changed
static const struct ob_prop part_props[] = {
    [LEVEL] = { OB_PROP_INT_AT("level", struct part, level), LIVE, .def = -5,
                .min = -55000, .max = 128000 },
    [TINY] = { OB_PROP_INT_AT("tiny", struct part, tiny), LIVE },
    [ON] = { OB_PROP_BOOL_AT("on", struct part, on), LIVE },
    [COUNT] = { OB_PROP_UINT_AT("count", struct part, count), LIVE },
    [SIZE] = { OB_PROP_SIZE_AT("size", struct part, size), LIVE },
    [MODE] = { OB_PROP_ENUM_AT("mode", struct part, mode), LIVE,
               .choices = modes },
    [FIXED] = { OB_PROP_BOOL_AT("fixed", struct part, fixed) },
};
static const struct ob_device_type part_type = {
    .size = sizeof(part_type), .name = "part",
    .state_bytes = sizeof(struct part), .extensions = OB_ARRAY(part_exts),
    .props = OB_ARRAY(part_props), .create = part_create,
    .restored = part_restored,
};
static const struct ob_device_type silent_type = {
    .size = sizeof(silent_type), .name = "silent",
    .extensions = OB_ARRAY(silent_exts),
};
static const struct ob_device_type plain_type = {
    .size = sizeof(plain_type), .name = "plain",
};
static const struct ob_device_type *const types[] = {
    &part_type, &silent_type, &plain_type,
};
static const struct ob_module module = {
    OB_MODULE_HEAD("parts", "1", "MIT"), .devices = OB_ARRAY(types),
};

static struct ob_bench *bench;
static struct ob_bench_dev *dev;
static struct part *part;

static int set_up(void **state)
{
    bench = ob_bench_new();
    if (ob_bench_module(bench, &module))
        return -1;
    dev = ob_bench_make(bench, "part", "p", NULL);
    if (!dev)
        return -1;
    part = ob_bench_state(dev);
    return 0;
}

static int tear_down(void **state)
{
    return ob_bench_free(bench) ? -1 : 0;
}

/* --- the gate ------------------------------------------------------------- */

/* A type with one extension, which is changed by the test. */
struct candidate {
    struct ob_i2c_target target;
    struct ob_extension exts[2];
    struct ob_region region;
    struct ob_irq irq;
    struct ob_prop prop;
    struct ob_device_type type;
};

static struct candidate *candidate(void)
{
    static struct candidate c;

    c = (struct candidate){
        .target = target,
        .exts = { { OB_I2C_TARGET, OB_EXT_NEEDED, 0, &c.target } },
        .region = { .name = "regs", .bytes = 16 },
        .irq = { .name = "rx" },
        .prop = part_props[LEVEL],
        .type = { .size = sizeof(c.type), .name = "part",
                  .state_bytes = sizeof(struct part),
                  .extensions = { c.exts, 1, sizeof(c.exts[0]) } },
    };
    return &c;
}

static void refused(const struct candidate *c, const char *text)
{
    struct ob_err err = { 0 };

    assert_int_equal(declared_check(&c->type, &err), -EINVAL);
    assert_string_equal(err.text, text);
}

static void accepted(const struct candidate *c)
{
    struct ob_err err = { 0 };

    if (declared_check(&c->type, &err))
        fail_msg("refused: %s", err.text);
}

static void test_ext_needed_and_unknown_is_refused_by_name(void **state)
{
    struct candidate *c = candidate();

    accepted(c);
    c->exts[0].id = UNKNOWN;
    refused(c, "type part: extension ob.warp-drive/3: is needed, and this "
               "Outboard does not have it; install one that has it");
    /* Another version is another extension. */
    c->exts[0].id = "ob.i2c-target/1";
    refused(c, "type part: extension ob.i2c-target/1: is needed, and this "
               "Outboard does not have it; install one that has it");
}

static void test_ext_wished_and_unknown_is_ignored(void **state)
{
    struct candidate *c = candidate();

    c->exts[0].id = UNKNOWN;
    c->exts[0].flags = 0;
    accepted(c);
    /* Its struct is not looked at. */
    c->exts[0].data = NULL;
    accepted(c);
    assert_true(part->has_target);
    assert_false(part->has_unknown);
    assert_false(part->has_other);
}

static void test_ext_twice_is_refused(void **state)
{
    struct candidate *c = candidate();

    c->exts[1] = c->exts[0];
    c->type.extensions.count = 2;
    refused(c,
            "type part: extension ob.i2c-target/0: is there twice; drop one");
    /* A wish for another version of it may stand beside it. */
    c->exts[1].id = "ob.i2c-target/1";
    c->exts[1].flags = 0;
    accepted(c);
}

static void test_ext_struct_too_small_or_missing_is_refused(void **state)
{
    struct candidate *c = candidate();
    char text[200];

    c->target.size--;
    snprintf(text, sizeof(text),
             "type part: extension ob.i2c-target/0: its struct has %zu bytes, "
             "at least %zu expected; set .size = sizeof(it)",
             sizeof(target) - 1, sizeof(target));
    refused(c, text);
    /* One of a newer module is longer. */
    c->target.size = sizeof(target) + 8;
    accepted(c);
    c->exts[0].reserved = 1;
    refused(c, "type part: extension ob.i2c-target/0: has no struct, or "
               "reserved is set; use OB_EXT()");
    c->exts[0].reserved = 0;
    c->exts[0].data = NULL;
    refused(c, "type part: extension ob.i2c-target/0: has no struct, or "
               "reserved is set; use OB_EXT()");
}

static void test_ext_bad_id_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "/", "/0", "ob.i2c-target", "ob.i2c-target/", "ob.i2c-target/0 ",
        "ob.i2c-target/0a", "ob.i2c-target/-1", "ob.i2c-target/0/0",
        "ob.I2C/0", "ob i2c/0", "ob_i2c/0", "ob.\xc3\xa4/0",
    };
    struct candidate *c = candidate();
    char name[66];

    for (size_t n = 0; n < G_N_ELEMENTS(bad); n++) {
        c->exts[0].id = bad[n];
        refused(c, "type part: extension: its id is not NAME/VERSION; use "
                   "ob.NAME/N");
    }
    c->exts[0].id = NULL;
    refused(c, "type part: extension: its id is NULL; use ob.NAME/N");
    memset(name, 'a', sizeof(name));
    memcpy(name + 63, "/0", 3);
    c->exts[0].id = name;
    refused(c, "type part: extension: its id is longer than 64 bytes; use "
               "ob.NAME/N");
    memcpy(name + 62, "/0", 3);
    c->exts[0].flags = 0;
    accepted(c);
}

static void test_ext_unknown_flags_are_refused(void **state)
{
    struct candidate *c = candidate();

    c->exts[0].flags = OB_EXT_NEEDED | 4;
    refused(c, "type part: extension ob.i2c-target/0: flags 0x5 are unknown; "
               "use OB_EXT_NEEDED or 0");
    /* Also of a wish that is not known: the flag may say what it is. */
    c->exts[0].id = UNKNOWN;
    c->exts[0].flags = 2;
    refused(c, "type part: extension ob.warp-drive/3: flags 0x2 are unknown; "
               "use OB_EXT_NEEDED or 0");
}

static void test_i2c_target_address_has_seven_bits(void **state)
{
    struct candidate *c = candidate();

    for (uint32_t address = 0; address <= 0x7f; address++) {
        c->target.address = address;
        accepted(c);
    }
    c->target.address = 0x80;
    refused(c, "type part: ob.i2c-target/0: address 0x80; use 1 to 0x7f, or 0 "
               "for none");
}

static void test_i2c_target_has_no_region_and_no_irq(void **state)
{
    struct candidate *c = candidate();

    c->type.regions = (struct ob_array){ &c->region, 1, sizeof(c->region) };
    refused(c, "type part: ob.i2c-target/0: region regs is on the system bus; "
               "drop it, or the extension");
    c->type.regions.count = 0;
    c->type.irqs = (struct ob_array){ &c->irq, 1, sizeof(c->irq) };
    refused(c, "type part: ob.i2c-target/0: irq rx; a part on an I2C bus has "
               "outputs instead");
}

/* --- calls of the I2C target ---------------------------------------------- */

static void test_i2c_target_sees_a_transfer(void **state)
{
    uint8_t received[2];

    part->answer = 0x90;
    assert_int_equal(ob_bench_i2c_address(dev), 0x42);
    assert_int_equal(ob_bench_i2c_transfer(dev, "\x01\xff", 2, received, 2),
                     2);
    assert_string_equal(part->said, "start0 w1 wff start1 r0 r0 stop0 ");
    assert_memory_equal(received, "\x90\x91", 2);
    part->said[0] = 0;
    assert_int_equal(ob_bench_i2c_transfer(dev, NULL, 0, received, 1), 0);
    assert_string_equal(part->said, "start1 r0 stop0 ");
}

static void test_i2c_target_refuses_its_address(void **state)
{
    uint8_t received[2] = { 1, 2 };

    part->nack_start = 1;
    assert_false(ob_bench_i2c_start(dev, OB_I2C_READ));
    assert_int_equal(ob_bench_i2c_transfer(dev, "ab", 2, received, 2), 0);
    assert_string_equal(part->said, "start1 start0 stop0 ");
    assert_memory_equal(received, "\xff\xff", 2);
}

static void test_i2c_target_refuses_a_byte(void **state)
{
    uint8_t received[1] = { 1 };

    part->nack_byte = 'b';
    assert_int_equal(ob_bench_i2c_transfer(dev, "abc", 3, received, 1), 1);
    assert_string_equal(part->said, "start0 w61 w62 stop0 ");
    assert_int_equal(received[0], 0xff);
}

static void test_i2c_target_without_functions_is_an_idle_bus(void **state)
{
    struct ob_bench_dev *d = ob_bench_make(bench, "silent", "s", NULL);
    uint8_t received[2] = { 0, 0 };

    assert_int_equal(ob_bench_i2c_address(d), 0);
    assert_true(ob_bench_i2c_start(d, OB_I2C_WRITE));
    assert_false(ob_bench_i2c_write(d, 1));
    ob_bench_i2c_stop(d);
    ob_bench_i2c_transfer(d, NULL, 0, received, 2);
    assert_memory_equal(received, "\xff\xff", 2);
}

static void test_i2c_target_before_create_does_not_answer(void **state)
{
    struct ob_bench_dev *d = ob_bench_dev_new(bench, "part", "q");
    const struct part *p = ob_bench_state(d);

    assert_false(ob_bench_i2c_start(d, OB_I2C_WRITE));
    assert_false(ob_bench_i2c_write(d, 1));
    assert_int_equal(ob_bench_i2c_read(d), 0xff);
    ob_bench_i2c_stop(d);
    assert_string_equal(p->said, "");
}

static void test_i2c_target_sends_a_byte_whatever_the_model_says(void **state)
{
    part->answer = 0x1234;
    assert_int_equal(ob_bench_i2c_read(dev), 0x34);
}

static void test_i2c_calls_to_another_device_are_mistakes(void **state)
{
    static const char *const names[] = {
        "i2c_start", "i2c_write", "i2c_read", "i2c_stop", "i2c_address",
    };
    struct ob_bench *b = ob_bench_new();
    struct ob_bench_dev *d;

    ob_bench_strict(b, false);
    assert_int_equal(ob_bench_module(b, &module), 0);
    d = ob_bench_make(b, "plain", "x", NULL);
    assert_false(ob_bench_i2c_start(d, OB_I2C_READ));
    assert_false(ob_bench_i2c_write(d, 0));
    assert_int_equal(ob_bench_i2c_read(d), 0);
    ob_bench_i2c_stop(d);
    assert_int_equal(ob_bench_i2c_address(d), 0);
    for (uint32_t n = 0; n < G_N_ELEMENTS(names); n++) {
        char line[100];

        snprintf(line, sizeof(line),
                 "plain x: %s: the type has no extension ob.i2c-target/0",
                 names[n]);
        assert_string_equal(ob_bench_log_line(b, n), line);
    }
    assert_int_equal(ob_bench_free(b), G_N_ELEMENTS(names));
}

/* What a hostile peer can send: the model sees none of it. */
static void test_i2c_calls_of_another_shape_are_refused(void **state)
{
    static const struct {
        uint32_t n, function;
        const char *in;
        uint32_t bytes;
    } bad[] = {
        { 0, 4, "\0\0\0\0", 4 }, /* functions that do not exist */
        { 0, UINT32_MAX, "\0\0\0\0", 4 },
        { 1, 0, "\0\0\0\0", 4 }, /* only one is known here */
        { UINT32_MAX, 0, "\0\0\0\0", 4 },
        { 0, 0, "\0\0\0", 3 },     /* an argument too short, too */
        { 0, 0, "\0\0\0\0\0", 5 }, /*   long, missing */
        { 0, 0, NULL, 0 },
        { 0, 0, "\2\0\0\0", 4 }, /* not a direction */
        { 0, 1, "\0\1\0\0", 4 }, /* not a byte */
        { 0, 1, NULL, 0 },
    };

    for (size_t n = 0; n < G_N_ELEMENTS(bad); n++) {
        struct ext_call call = {
            .function = bad[n].function, .in = bad[n].in,
            .in_bytes = bad[n].bytes, .out_bytes = 7,
        };

        assert_int_equal(ext_call(dev->device, bad[n].n, &call), OB_E_INVALID);
        assert_int_equal(call.out_bytes, 0);
    }
    assert_string_equal(part->said, "");
}

static void test_i2c_read_without_room_has_no_result(void **state)
{
    uint8_t room[3];
    struct ext_call call = { .function = 2, .out = room, .out_max = 3 };

    assert_int_equal(ext_call(dev->device, 0, &call), OB_OK);
    assert_int_equal(call.out_bytes, 0);
    assert_string_equal(part->said, "r0 ");
}

/* --- live properties: the gate -------------------------------------------- */

static struct candidate *candidate_with(const struct ob_prop *prop)
{
    struct candidate *c = candidate();

    c->prop = *prop;
    c->type.props = (struct ob_array){ &c->prop, 1, sizeof(c->prop) };
    return c;
}

static void test_live_property_that_is_not_a_number_is_refused(void **state)
{
    static const uint32_t kinds[] = { OB_PROP_STRING, OB_PROP_LINK };

    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++) {
        const struct ob_prop prop = {
            .name = "label", .type = kinds[n], .flags = OB_PROP_LIVE,
            .offset = offsetof(struct part, size),
        };

        refused(candidate_with(&prop),
                "type part: property label: is OB_PROP_LIVE and not a number; "
                "drop the flag");
    }
}

static void test_property_with_changed_and_not_live_is_refused(void **state)
{
    struct candidate *c = candidate_with(&part_props[LEVEL]);

    accepted(c);
    c->prop.changed = NULL;
    accepted(c);
    c->prop.changed = part_changed;
    c->prop.flags = 0;
    refused(c, "type part: property level: has changed() and is not "
               "OB_PROP_LIVE; set the flag");
    c->prop.flags = 4;
    refused(c, "type part: property level: flags 0x4 are unknown; use "
               "OB_PROP_REQUIRED, OB_PROP_LIVE or 0");
}

static void test_int_property_has_the_range_of_its_member(void **state)
{
    struct candidate *c = candidate_with(&part_props[TINY]);

    for (int v = -128; v <= 127; v++) {
        c->prop.def = (uint64_t)(int64_t)v;
        accepted(c);
    }
    c->prop.def = 128;
    refused(c,
            "type part: property tiny: default 128 is out of its range; use "
            "-128 to 127");
    c->prop.def = (uint64_t)-129;
    refused(c, "type part: property tiny: default -129 is out of its range; "
               "use -128 to 127");
    c->prop.def = 0;
    c->prop.min = (uint64_t)-129;
    c->prop.max = 1;
    refused(c, "type part: property tiny: range -129 to 1 cannot be; use -128 "
               "to 127 at most");
    c->prop.min = (uint64_t)-1;
    c->prop.max = 128;
    refused(c, "type part: property tiny: range -1 to 128 cannot be; use -128 "
               "to 127 at most");
    c->prop.bytes = 3;
    refused(c, "type part: property tiny: 3 bytes of storage; use 1, 2, 4 or "
               "8 for a UINT or INT, else 0");
}

static void test_int_property_range_is_signed(void **state)
{
    struct candidate *c = candidate_with(&part_props[LEVEL]);

    c->prop.min = (uint64_t)-3;
    c->prop.max = (uint64_t)-7;
    refused(c, "type part: property level: range -3 to -7 cannot be; use "
               "-2147483648 to 2147483647 at most");
    c->prop.max = (uint64_t)-1;
    refused(c,
            "type part: property level: default -5 is out of its range; use "
            "-3 to -1");
    c->prop.def = (uint64_t)-2;
    accepted(c);
    c->prop.bytes = 8;
    c->prop.offset = offsetof(struct part, size);
    c->prop.min = (uint64_t)INT64_MIN;
    c->prop.max = INT64_MAX;
    accepted(c);
}

/* --- live properties: a device -------------------------------------------- */

static void test_int_property_has_its_default(void **state)
{
    assert_int_equal(part->level, -5);
    assert_int_equal(part->tiny, 0);
    assert_int_equal((int64_t)device_prop_get(dev->device, LEVEL), -5);
    for (uint32_t n = 0; n < PROPS; n++)
        assert_int_equal(part->changed[n], 0);
}

static void test_int_property_is_set_before_create(void **state)
{
    struct ob_bench_dev *d = ob_bench_make(bench, "part", "q",
                                           "level=-55000,tiny=-0x80");
    const struct part *p = ob_bench_state(d);

    assert_int_equal(p->level, -55000);
    assert_int_equal(p->tiny, -128);
    assert_int_equal(p->changed[LEVEL], 0);
}

static void test_live_property_calls_changed_with_the_new_value(void **state)
{
    assert_int_equal(ob_bench_set(dev, "level", "-54999"), 0);
    assert_int_equal(part->changed[LEVEL], 1);
    assert_int_equal(part->seen, -54999);
    assert_int_equal((int64_t)device_prop_get(dev->device, LEVEL), -54999);
    /* The same value is set once more, and the model hears of it. */
    assert_int_equal(ob_bench_set(dev, "level", "-54999"), 0);
    assert_int_equal(part->changed[LEVEL], 2);
    assert_int_equal(part->changed[TINY], 0);
}

static void test_live_properties_of_each_kind_are_stored(void **state)
{
    assert_int_equal(ob_bench_set(dev, "tiny", "-1"), 0);
    assert_int_equal(ob_bench_set(dev, "on", "on"), 0);
    assert_int_equal(ob_bench_set(dev, "count", "65535"), 0);
    assert_int_equal(ob_bench_set(dev, "size", "4 GiB"), 0);
    assert_int_equal(ob_bench_set(dev, "mode", "both"), 0);
    assert_int_equal(part->tiny, -1);
    assert_int_equal(part->on, 1);
    assert_int_equal(part->count, 65535);
    assert_true(part->size == UINT64_C(4) << 30);
    assert_int_equal(part->mode, 2);
    for (uint32_t n = TINY; n < FIXED; n++)
        assert_int_equal(part->changed[n], 1);
    /* The neighbours are as they were. */
    assert_int_equal(part->level, -5);
    assert_int_equal(part->fixed, 0);
}

static void test_live_property_survives_a_reset(void **state)
{
    assert_int_equal(ob_bench_set(dev, "level", "77"), 0);
    ob_bench_reset(dev);
    assert_int_equal(part->level, 77);
    assert_int_equal(part->changed[LEVEL], 1);
}

static void set_refused(const char *prop, const char *value, int32_t ret,
                        const char *text)
{
    assert_int_equal(ob_bench_set(dev, prop, value), ret);
    assert_string_equal(ob_bench_error(bench), text);
}

static void test_live_property_out_of_range_is_refused(void **state)
{
    static const struct {
        const char *prop, *value, *text;
    } bad[] = {
        { "level", "128001",
          "part p: property level: 128001 is out of range; "
          "use -55000 to 128000" },
        { "level", "-55001",
          "part p: property level: -55001 is out of range; "
          "use -55000 to 128000" },
        { "tiny", "128",
          "part p: property tiny: 128 is out of range; use -128 "
          "to 127" },
        { "tiny", "-9223372036854775808",
          "part p: property tiny: -9223372036854775808 is out of range; use "
          "-128 to 127" },
        { "tiny", "9223372036854775808",
          "part p: property tiny: cannot take "
          "\"9223372036854775808\"; use a "
          "number" },
        { "tiny", "--1",
          "part p: property tiny: cannot take \"--1\"; use a "
          "number" },
        { "tiny", "-",
          "part p: property tiny: cannot take \"-\"; use a "
          "number" },
        { "count", "-1",
          "part p: property count: cannot take \"-1\"; use a "
          "number" },
        { "count", "65536",
          "part p: property count: 65536 is out of range; "
          "use 0 to 65535" },
        { "mode", "fas",
          "part p: property mode: \"fas\" is not one of its "
          "choices; use slow, fast, both" },
    };

    for (size_t n = 0; n < G_N_ELEMENTS(bad); n++)
        set_refused(bad[n].prop, bad[n].value, OB_E_INVALID, bad[n].text);
    for (uint32_t n = 0; n < PROPS; n++)
        assert_int_equal(part->changed[n], 0);
    assert_int_equal(part->level, -5);
}

static void test_property_that_is_not_live_stays_fixed(void **state)
{
    set_refused("fixed", "on", OB_E_INVALID,
                "part p: property fixed: is fixed once the part is made; set "
                "it before");
    assert_int_equal(part->fixed, 0);
}

/* --- live properties: saved state ----------------------------------------- */

static void test_live_properties_come_back_before_restored(void **state)
{
    uint8_t *saved;
    size_t count;

    assert_int_equal(ob_bench_set(dev, "level", "-300"), 0);
    assert_int_equal(ob_bench_set(dev, "tiny", "-2"), 0);
    assert_int_equal(ob_bench_set(dev, "mode", "fast"), 0);
    saved = ob_bench_save(dev, &count);
    assert_int_equal(ob_bench_set(dev, "level", "300"), 0);
    assert_int_equal(ob_bench_set(dev, "tiny", "2"), 0);
    assert_int_equal(ob_bench_set(dev, "mode", "slow"), 0);
    assert_int_equal(ob_bench_restore(dev, saved, count), 0);
    free(saved);
    assert_int_equal(part->level_restored, -300);
    assert_int_equal(part->tiny, -2);
    assert_int_equal(part->mode, 1);
    assert_int_equal((int64_t)device_prop_get(dev->device, LEVEL), -300);
    assert_string_equal(device_prop_get_text(dev->device, MODE), "fast");
    /* A restore is not a change: restored() sees the value. */
    assert_int_equal(part->changed[LEVEL], 2);
}

/* The place of the value of live property `name` in a saved state. */
static uint8_t *value_in(uint8_t *saved, size_t count, const char *name)
{
    uint8_t key[32] = { 5, (uint8_t)strlen(name) };
    size_t len = 3 + strlen(name);

    memcpy(key + 3, name, strlen(name));
    for (size_t at = 0; at + len + 5 + 8 <= count; at++)
        if (!memcmp(saved + at, key, len))
            return saved + at + len + 5;
    fail_msg("no property %s in the saved state", name);
    return NULL;
}

static void restore_refused(const char *name, uint64_t value, const char *text)
{
    size_t count;
    uint8_t *saved = ob_bench_save(dev, &count);

    ob_put_le(value_in(saved, count, name), 8, value);
    part->level_restored = 9;
    assert_int_equal(ob_bench_restore(dev, saved, count), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench), text);
    assert_int_equal(part->level_restored, 9);
    free(saved);
}

static void test_live_property_hostile_in_a_snapshot_is_refused(void **state)
{
    restore_refused("level", 128001,
                    "part p: saved state: entry level: 128001 is out of the "
                    "property's range; the snapshot is damaged");
    restore_refused("level", (uint64_t)-55001,
                    "part p: saved state: entry level: -55001 is out of the "
                    "property's range; the snapshot is damaged");
    restore_refused("tiny", 0xff,
                    "part p: saved state: entry tiny: 255 is out of the "
                    "property's range; the snapshot is damaged");
    restore_refused(
        "on", 2,
        "part p: saved state: entry on: 2 is out of the property's "
        "range; the snapshot is damaged");
    restore_refused("mode", 3,
                    "part p: saved state: entry mode: 3 is out of the "
                    "property's range; the snapshot is damaged");
    assert_int_equal(part->level, -5);
    assert_int_equal(part->mode, 0);
}

static void test_live_property_renamed_in_a_snapshot_is_refused(void **state)
{
    size_t count;
    uint8_t *saved = ob_bench_save(dev, &count);

    value_in(saved, count, "level")[-6] = 'x';
    assert_int_equal(ob_bench_restore(dev, saved, count), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench),
                        "part p: saved state: entry levex: the model has none "
                        "of that name; use the module that wrote it");
    free(saved);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ext_needed_and_unknown_is_refused_by_name),
        TEST(test_ext_wished_and_unknown_is_ignored),
        TEST(test_ext_twice_is_refused),
        TEST(test_ext_struct_too_small_or_missing_is_refused),
        TEST(test_ext_bad_id_is_refused),
        TEST(test_ext_unknown_flags_are_refused),
        TEST(test_i2c_target_address_has_seven_bits),
        TEST(test_i2c_target_has_no_region_and_no_irq),
        TEST(test_i2c_target_sees_a_transfer),
        TEST(test_i2c_target_refuses_its_address),
        TEST(test_i2c_target_refuses_a_byte),
        TEST(test_i2c_target_without_functions_is_an_idle_bus),
        TEST(test_i2c_target_before_create_does_not_answer),
        TEST(test_i2c_target_sends_a_byte_whatever_the_model_says),
        TEST(test_i2c_calls_to_another_device_are_mistakes),
        TEST(test_i2c_calls_of_another_shape_are_refused),
        TEST(test_i2c_read_without_room_has_no_result),
        TEST(test_live_property_that_is_not_a_number_is_refused),
        TEST(test_property_with_changed_and_not_live_is_refused),
        TEST(test_int_property_has_the_range_of_its_member),
        TEST(test_int_property_range_is_signed),
        TEST(test_int_property_has_its_default),
        TEST(test_int_property_is_set_before_create),
        TEST(test_live_property_calls_changed_with_the_new_value),
        TEST(test_live_properties_of_each_kind_are_stored),
        TEST(test_live_property_survives_a_reset),
        TEST(test_live_property_out_of_range_is_refused),
        TEST(test_property_that_is_not_live_stays_fixed),
        TEST(test_live_properties_come_back_before_restored),
        TEST(test_live_property_hostile_in_a_snapshot_is_refused),
        TEST(test_live_property_renamed_in_a_snapshot_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
