/* SPDX-License-Identifier: MIT */
/* Unit tests of the parts on an I2C bus. */
#include "fakes.h"

#include <outboard/ext/draft/i2c-bench.h>

/*
 * Restore `d` from its own saved state, with another value in entry `name`. An
 * entry has 2 bytes of length, its name, 1 byte of width, 4 of count, and the
 * value. Fails if the refusal is not `text`.
 */
static void restore_refused(struct ob_bench_dev *d, struct ob_bench *b,
                            const char *name, uint64_t value, uint32_t bytes,
                            const char *text)
{
    uint8_t key[64] = { (uint8_t)strlen(name) };
    size_t count, len = strlen(name) + 2, at = 0;
    uint8_t *saved = ob_bench_save(d, &count);

    memcpy(key + 2, name, strlen(name));
    while (at + len + 5 + bytes <= count && memcmp(saved + at, key, len))
        at++;
    assert_in_range(at + len + 5 + bytes, 0, count);
    ob_put_le(saved + at + len + 5, bytes, value);
    assert_int_equal(ob_bench_restore(d, saved, count), OB_E_INVALID);
    if (!strstr(ob_bench_error(b), text))
        fail_msg("the refusal is \"%s\"", ob_bench_error(b));
    free(saved);
}

static struct ob_bench_dev *part(struct ob_bench *b, const char *type,
                                 const char *id, const char *props)
{
    struct ob_bench_dev *d = ob_bench_make(b, type, id, props);

    if (!d)
        fail_msg("%s", ob_bench_error(b));
    return d;
}

/* --- outboard-tmp105 ------------------------------------------------------ */

enum { TEMPERATURE, CONFIG, T_LOW, T_HIGH };
enum { SD = 0x01, TM = 0x02, POL = 0x04, FAULTS_2 = 0x08, FAULTS_4 = 0x10,
       FAULTS_6 = 0x18, BITS_12 = 0x60, OS = 0x80 };
enum { ALERT };

static struct ob_bench_dev *sensor(struct ob_bench *b)
{
    return part(b, "outboard-tmp105", "t", NULL);
}

static void set_temperature(struct ob_bench_dev *d, const char *text)
{
    assert_int_equal(ob_bench_set(d, "temperature", text), 0);
}

/* As lm75 does: the pointer, a repeated start, two bytes, high byte first. */
static uint16_t reg16(struct ob_bench_dev *d, uint8_t reg)
{
    uint8_t bytes[2];

    assert_int_equal(ob_bench_i2c_transfer(d, &reg, 1, bytes, 2), 1);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint8_t config_of(struct ob_bench_dev *d)
{
    uint8_t reg = CONFIG, byte;

    assert_int_equal(ob_bench_i2c_transfer(d, &reg, 1, &byte, 1), 1);
    return byte;
}

static void reg16_set(struct ob_bench_dev *d, uint8_t reg, uint16_t value)
{
    uint8_t bytes[] = { reg, (uint8_t)(value >> 8), (uint8_t)value };

    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
}

static void config_set(struct ob_bench_dev *d, uint8_t value)
{
    uint8_t bytes[] = { CONFIG, value };

    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 2, NULL, 0), 2);
}

static bool alert(struct ob_bench_dev *d)
{
    return ob_bench_output(d, ALERT, 0) != 0;
}

static void test_tmp105_after_reset_has_the_manuals_values(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    assert_int_equal(ob_bench_i2c_address(d), 0x48);
    for (uint32_t n = 0; n < 2; n++) {
        assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
        assert_int_equal(config_of(d), 0);
        assert_int_equal(reg16(d, T_LOW), 75 << 8);
        assert_int_equal(reg16(d, T_HIGH), 80 << 8);
        assert_true(alert(d));
        config_set(d, POL | BITS_12);
        reg16_set(d, T_LOW, 0);
        reg16_set(d, T_HIGH, 0);
        ob_bench_reset(d);
    }
    fakes_end(b);
}

static void test_tmp105_temperature_is_converted(void **state)
{
    /* The data sheet's table 5, and values that the sensor rounds. */
    static const struct {
        const char *temperature;
        uint16_t bits_12, bits_9;
    } rows[] = {
        { "128000", 0x7ff0, 0x7f80 }, { "127937", 0x7ff0, 0x7f80 },
        { "100000", 0x6400, 0x6400 }, { "250", 0x0040, 0x0000 },
        { "0", 0x0000, 0x0000 },      { "-250", 0xffc0, 0xff80 },
        { "-25000", 0xe700, 0xe700 }, { "-55000", 0xc900, 0xc900 },
        { "25062", 0x1910, 0x1900 },  { "31", 0x0000, 0x0000 },
        { "32", 0x0010, 0x0000 },     { "-32", 0xfff0, 0xff80 },
    };
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    for (size_t n = 0; n < sizeof(rows) / sizeof(*rows); n++) {
        set_temperature(d, rows[n].temperature);
        config_set(d, BITS_12);
        assert_int_equal(reg16(d, TEMPERATURE), rows[n].bits_12);
        config_set(d, 0);
        assert_int_equal(reg16(d, TEMPERATURE), rows[n].bits_9);
    }
    fakes_end(b);
}

static void test_tmp105_resolution_clears_low_bits(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    set_temperature(d, "25938");
    for (uint8_t n = 0; n < 4; n++) {
        config_set(d, (uint8_t)(n << 5));
        assert_int_equal(reg16(d, TEMPERATURE), 0x19f0 & 0xffff << (7 - n));
    }
    fakes_end(b);
}

static void test_tmp105_temperature_out_of_range_is_refused(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    assert_int_equal(ob_bench_set(d, "temperature", "128001"), OB_E_INVALID);
    assert_string_equal(ob_bench_error(b),
                        "outboard-tmp105 t: property temperature: 128001 is "
                        "out of range; use -55000 to 128000");
    assert_int_equal(ob_bench_set(d, "temperature", "-55001"), OB_E_INVALID);
    assert_string_equal(ob_bench_error(b),
                        "outboard-tmp105 t: property temperature: -55001 is "
                        "out of range; use -55000 to 128000");
    assert_null(
        ob_bench_make(b, "outboard-tmp105", "u", "temperature=-55001"));
    assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
    fakes_end(b);
}

static void test_tmp105_pointer_stays_for_the_next_read(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);
    uint8_t reg = T_HIGH, bytes[4];

    assert_int_equal(ob_bench_i2c_transfer(d, &reg, 1, NULL, 0), 1);
    for (uint32_t n = 0; n < 2; n++) {
        ob_bench_i2c_transfer(d, NULL, 0, bytes, 4);
        assert_memory_equal(bytes, "\x50\x00\xff\xff", 4);
    }
    /* Only the pointer's two low bits count. */
    assert_int_equal(reg16(d, 0xfc | T_LOW), 75 << 8);
    reg = CONFIG;
    ob_bench_i2c_transfer(d, &reg, 1, bytes, 2);
    assert_memory_equal(bytes, "\x00\xff", 2);
    fakes_end(b);
}

static void test_tmp105_limit_changes_with_its_second_byte(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);
    uint8_t bytes[] = { T_LOW, 0x12, 0x3f, 0x45, 0x67 };

    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 2, NULL, 0), 2);
    assert_int_equal(reg16(d, T_LOW), 75 << 8);
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 5, NULL, 0), 5);
    /* A restore accepts the state after too many bytes. */
    fakes_restore(d);
    assert_int_equal(reg16(d, T_LOW), 0x1230);
    bytes[0] = TEMPERATURE;
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
    assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
    assert_true(ob_bench_log_has(b, "the temperature register is read-only"));
    fakes_end(b);
}

static void test_tmp105_comparator_mode_has_hysteresis(void **state)
{
    struct ob_bench *b = fakes_bench();

    for (uint32_t pol = 0; pol <= POL; pol += POL) {
        struct ob_bench_dev *d = sensor(b);
        bool active = pol != 0;

        config_set(d, pol);
        assert_int_equal(alert(d), !active);
        set_temperature(d, "79500");
        assert_int_equal(alert(d), !active);
        set_temperature(d, "80000");
        assert_int_equal(alert(d), active);
        /* A read does not end it. */
        (void)reg16(d, TEMPERATURE);
        assert_int_equal(alert(d), active);
        set_temperature(d, "75000");
        assert_int_equal(alert(d), active);
        set_temperature(d, "74500");
        assert_int_equal(alert(d), !active);
        ob_bench_dev_free(d);
    }
    fakes_end(b);
}

static void test_tmp105_interrupt_mode_ends_with_a_read(void **state)
{
    struct ob_bench *b = fakes_bench();

    for (uint32_t pol = 0; pol <= POL; pol += POL) {
        struct ob_bench_dev *d = sensor(b);
        bool active = pol != 0;

        config_set(d, TM | pol);
        set_temperature(d, "90000");
        assert_int_equal(alert(d), active);
        assert_int_equal(config_of(d), TM | pol);
        assert_int_equal(alert(d), !active);
        /* Only a temperature below T_LOW is the next alert. */
        set_temperature(d, "76000");
        set_temperature(d, "95000");
        assert_int_equal(alert(d), !active);
        set_temperature(d, "20000");
        assert_int_equal(alert(d), active);
        (void)reg16(d, T_LOW);
        assert_int_equal(alert(d), !active);
        set_temperature(d, "80000");
        assert_int_equal(alert(d), active);
        ob_bench_dev_free(d);
    }
    fakes_end(b);
}

static void test_tmp105_interrupt_mode_ends_with_shutdown(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, TM | POL);
    set_temperature(d, "90000");
    assert_true(alert(d));
    config_set(d, TM | POL | SD);
    assert_false(alert(d));
    config_set(d, TM | POL);
    assert_false(alert(d));
    fakes_end(b);
}

static void test_tmp105_mode_changes_keep_only_their_own_alert(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    /* What comparator mode showed is not news to interrupt mode. */
    config_set(d, POL);
    set_temperature(d, "90000");
    assert_true(alert(d));
    config_set(d, POL | TM);
    assert_false(alert(d));
    /* Another setting does not end the alert. */
    set_temperature(d, "20000");
    config_set(d, POL | TM | FAULTS_4);
    assert_true(alert(d));
    config_set(d, POL);
    config_set(d, POL | TM);
    assert_false(alert(d));
    fakes_end(b);
}

static void test_tmp105_written_limit_and_polarity_act_at_once(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    reg16_set(d, T_LOW, 10 << 8);
    assert_true(alert(d));
    reg16_set(d, T_HIGH, 20 << 8);
    assert_false(alert(d));
    config_set(d, POL);
    assert_true(alert(d));
    reg16_set(d, T_HIGH, 0x7ff0);
    reg16_set(d, T_LOW, 26 << 8);
    assert_false(alert(d));
    /* Limits are signed: -10 degrees. */
    reg16_set(d, T_HIGH, 0xf600);
    assert_true(alert(d));
    fakes_end(b);
}

static void test_tmp105_fault_queue_counts_in_a_row(void **state)
{
    static const uint8_t queues[] = { 0, FAULTS_2, FAULTS_4, FAULTS_6 };
    static const uint32_t faults[] = { 1, 2, 4, 6 };
    struct ob_bench *b = fakes_bench();

    for (uint32_t n = 0; n < 4; n++) {
        struct ob_bench_dev *d = sensor(b);

        config_set(d, POL | queues[n]);
        /* One conversion that is not a fault begins the count again. */
        for (uint32_t i = 1; i < faults[n]; i++)
            set_temperature(d, "81000");
        set_temperature(d, "79000");
        for (uint32_t i = 1; i < faults[n]; i++)
            set_temperature(d, "82000");
        assert_false(alert(d));
        /* A read converts too. */
        (void)reg16(d, TEMPERATURE);
        assert_int_equal(alert(d), n > 0);
        set_temperature(d, "82000");
        assert_true(alert(d));
        for (uint32_t i = 1; i < faults[n]; i++)
            set_temperature(d, "70000");
        assert_int_equal(alert(d), true);
        set_temperature(d, "70000");
        assert_false(alert(d));
        ob_bench_dev_free(d);
    }
    fakes_end(b);
}

static void test_tmp105_fault_queue_begins_again_after_a_change(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, POL | FAULTS_2);
    set_temperature(d, "81000");
    set_temperature(d, "81000");
    assert_true(alert(d));
    set_temperature(d, "70000");
    assert_true(alert(d));
    set_temperature(d, "70000");
    assert_false(alert(d));
    fakes_end(b);
}

static void test_tmp105_shutdown_keeps_the_last_conversion(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, SD | POL);
    set_temperature(d, "90000");
    assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
    assert_false(alert(d));
    reg16_set(d, T_HIGH, 10 << 8);
    config_set(d, SD | POL | BITS_12);
    assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
    assert_false(alert(d));
    config_set(d, POL);
    assert_int_equal(reg16(d, TEMPERATURE), 90 << 8);
    assert_true(alert(d));
    fakes_end(b);
}

static void test_tmp105_one_shot_converts_once(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, SD | POL);
    set_temperature(d, "85000");
    config_set(d, OS | SD | POL);
    assert_int_equal(config_of(d), SD | POL);
    assert_int_equal(reg16(d, TEMPERATURE), 85 << 8);
    assert_true(alert(d));
    set_temperature(d, "30000");
    assert_int_equal(reg16(d, TEMPERATURE), 85 << 8);
    /* Its alert ends with a read, as in any interrupt mode. */
    config_set(d, OS | SD | TM | POL);
    assert_true(alert(d));
    assert_int_equal(reg16(d, TEMPERATURE), 30 << 8);
    assert_false(alert(d));
    /* Without shutdown, OS has no effect. */
    config_set(d, OS);
    assert_int_equal(config_of(d), 0);
    fakes_end(b);
}

static void test_tmp105_restored_in_a_read_goes_on(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b),
                        *other = part(b, "outboard-tmp105", "u", NULL);
    uint8_t *saved;
    size_t count;

    config_set(d, BITS_12 | TM | POL);
    set_temperature(d, "-10062");
    assert_true(ob_bench_i2c_start(d, OB_I2C_WRITE));
    assert_true(ob_bench_i2c_write(d, TEMPERATURE));
    assert_true(ob_bench_i2c_start(d, OB_I2C_READ));
    assert_int_equal(ob_bench_i2c_read(d), 0xf5);
    saved = ob_bench_save(d, &count);
    assert_int_equal(ob_bench_restore(other, saved, count), 0);
    free(saved);
    assert_int_equal(ob_bench_i2c_read(other), 0xf0);
    assert_int_equal(ob_bench_i2c_read(other), 0xff);
    ob_bench_i2c_stop(other);
    /* The temperature came with the state. */
    assert_int_equal(reg16(other, TEMPERATURE), 0xf5f0);
    fakes_end(b);
}

static void test_tmp105_restored_in_a_write_goes_on(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, SD | POL);
    assert_true(ob_bench_i2c_start(d, OB_I2C_WRITE));
    assert_true(ob_bench_i2c_write(d, T_HIGH));
    assert_true(ob_bench_i2c_write(d, 0x12));
    fakes_restore(d);
    assert_true(ob_bench_i2c_write(d, 0x34));
    ob_bench_i2c_stop(d);
    assert_int_equal(reg16(d, T_HIGH), 0x1230);
    assert_int_equal(config_of(d), SD | POL);
    fakes_end(b);
}

static void test_tmp105_restored_keeps_alert_and_faults(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    config_set(d, TM | POL | FAULTS_2);
    set_temperature(d, "90000");
    fakes_restore(d);
    assert_false(alert(d));
    set_temperature(d, "90000");
    assert_true(alert(d));
    fakes_restore(d);
    assert_true(alert(d));
    (void)config_of(d);
    fakes_restore(d);
    assert_false(alert(d));
    fakes_end(b);
}

static void test_tmp105_hostile_snapshots_are_refused(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = sensor(b);

    restore_refused(d, b, "pointer", 4, 1, "pointer 4, byte 0; use up to 3");
    restore_refused(d, b, "count", 4, 1,
                    "pointer 0, byte 4; use up to 3 and 3");
    restore_refused(d, b, "hot", 2, 1,
                    "hot 2, changed 0, faults 0; use up to");
    restore_refused(d, b, "changed", 9, 1, "hot 0, changed 9, faults 0");
    restore_refused(d, b, "faults", 6, 1, "faults 6; use up to 1, 1, 5");
    restore_refused(d, b, "reg", 0x1901, 2,
                    "register 0 is 0x1901; use bits 4 to 15");
    restore_refused(d, b, "reg", UINT64_C(0x801900), 4,
                    "configuration 0x80; use up to 0x7f");
    restore_refused(d, b, "reg", UINT64_C(0x000f4b0000001900), 8,
                    "register 3 is 0xf; use bits 4 to 15");
    restore_refused(
        d, b, "temperature", 128001, 8,
        "entry temperature: 128001 is out of the property's range");
    assert_int_equal(reg16(d, TEMPERATURE), 25 << 8);
    assert_int_equal(reg16(d, T_HIGH), 80 << 8);
    fakes_end(b);
}

/* --- outboard-at24c ------------------------------------------------------- */

enum { WP, PAGE = 32, SIZE = 4096, WRITE_NS = 5000000 };

static struct ob_bench_dev *memory(struct ob_bench *b, const char *props)
{
    return part(b, "outboard-at24c", "m", props);
}

/* As at24 does: poll until the part acknowledges, at most `write-time-us`. */
static void write_done(struct ob_bench *b, struct ob_bench_dev *d)
{
    assert_false(ob_bench_i2c_start(d, OB_I2C_WRITE));
    ob_bench_i2c_stop(d);
    ob_bench_step(b, WRITE_NS);
    assert_true(ob_bench_i2c_start(d, OB_I2C_WRITE));
    ob_bench_i2c_stop(d);
}

/* Write at an address of two bytes, and wait for the end. */
static void at_write(struct ob_bench *b, struct ob_bench_dev *d, uint32_t at,
                     const char *text)
{
    uint32_t count = (uint32_t)strlen(text);
    uint8_t bytes[256] = { (uint8_t)(at >> 8), (uint8_t)at };

    memcpy(bytes + 2, text, count);
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, count + 2, NULL, 0),
                     count + 2);
    write_done(b, d);
}

/* Read at an address of two bytes, and compare. */
static void at_reads(struct ob_bench_dev *d, uint32_t at, const char *text)
{
    uint8_t sent[] = { (uint8_t)(at >> 8), (uint8_t)at }, bytes[256];
    uint32_t count = (uint32_t)strlen(text);

    assert_int_equal(ob_bench_i2c_transfer(d, sent, 2, bytes, count), 2);
    assert_memory_equal(bytes, text, count);
}

static void test_at24c_new_part_has_ones(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);
    uint8_t sent[2] = { 0, 0 }, bytes[SIZE];

    assert_int_equal(ob_bench_i2c_address(d), 0x50);
    assert_int_equal(ob_bench_i2c_transfer(d, sent, 2, bytes, SIZE), 2);
    for (uint32_t n = 0; n < SIZE; n++)
        assert_int_equal(bytes[n], 0xff);
    fakes_end(b);
}

static void test_at24c_written_bytes_are_read(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);

    at_write(b, d, 0x123, "hello");
    at_reads(d, 0x122, "\xffhello\xff");
    /* Address bits above the size do not count. */
    at_reads(d, 0xf123, "hello");
    ob_bench_reset(d);
    at_reads(d, 0x123, "hello");
    fakes_end(b);
}

static void test_at24c_sequential_read_wraps_at_the_end(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);

    at_write(b, d, SIZE - 2, "yz");
    at_write(b, d, 0, "ab");
    at_reads(d, SIZE - 2, "yzab\xff");
    fakes_end(b);
}

static void test_at24c_page_write_wraps_in_the_page(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);

    at_write(b, d, 2 * PAGE - 2, "abcd");
    at_reads(d, PAGE, "cd\xff");
    at_reads(d, 2 * PAGE - 3,
             "\xff"
             "ab\xff");
    /* More than a page: later bytes replace the first. */
    at_write(b, d, 5, "0123456789abcdefghijklmnopqrstuvwxyz");
    at_reads(d, 0, "rstuvwxyz456789abcdefghijklmnopq");
    at_reads(d, PAGE, "cd");
    fakes_end(b);
}

static void test_at24c_current_address_read_goes_on(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);
    uint8_t byte;

    at_write(b, d, 0x40, "abc");
    at_reads(d, 0x40, "a");
    for (const char *c = "bc"; *c; c++) {
        ob_bench_i2c_transfer(d, NULL, 0, &byte, 1);
        assert_int_equal(byte, *c);
    }
    /* After a write, it is the byte that follows in the page. */
    at_write(b, d, 0x5f, "z");
    at_write(b, d, 0x5e, "yz");
    ob_bench_i2c_transfer(d, NULL, 0, &byte, 1);
    assert_int_equal(byte, 'a');
    fakes_end(b);
}

static void test_at24c_write_takes_its_time(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, "write-time-us=700");
    uint8_t bytes[] = { 0, 0, 'a' };

    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
    ob_bench_step(b, 699999);
    assert_false(ob_bench_i2c_start(d, OB_I2C_READ));
    assert_false(ob_bench_i2c_start(d, OB_I2C_WRITE));
    assert_false(ob_bench_i2c_write(d, 0));
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 0);
    ob_bench_step(b, 1);
    at_reads(d, 0, "a\xff");
    fakes_end(b);
}

static void test_at24c_write_without_time_is_done_at_once(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, "write-time-us=0");
    uint8_t bytes[] = { 0, 0, 'a' };

    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
    at_reads(d, 0, "a\xff");
    fakes_end(b);
}

static void test_at24c_without_a_stop_nothing_is_written(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);
    uint8_t bytes[] = { 0, 0, 'a' }, byte;

    /* A repeated start comes before the stop. */
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, &byte, 1), 3);
    at_reads(d, 0, "\xff");
    /* An address alone is not a write. */
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 2, NULL, 0), 2);
    at_reads(d, 0, "\xff");
    fakes_end(b);
}

static void test_at24c_write_protect_is_seen_at_the_stop(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);
    uint8_t bytes[] = { 0, 0, 'a' };

    ob_bench_input(d, WP, 0, 1);
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
    at_reads(d, 0, "\xff");
    ob_bench_reset(d);
    assert_int_equal(ob_bench_i2c_transfer(d, bytes, 3, NULL, 0), 3);
    at_reads(d, 0, "\xff");
    ob_bench_input(d, WP, 0, 0);
    at_write(b, d, 0, "b");
    at_reads(d, 0, "b\xff");
    fakes_end(b);
}

static void test_at24c_small_part_has_one_address_byte(void **state)
{
    static const char *const props[] = {
        "page=8,size=128 B", "page=8,size=256", "page=8,size=2 KiB",
    };
    struct ob_bench *b = fakes_bench();

    for (uint32_t n = 0; n < 3; n++) {
        struct ob_bench_dev *d = memory(b, props[n]);
        uint8_t bytes[3];

        assert_int_equal(ob_bench_i2c_transfer(d,
                                               "\x43"
                                               "ab",
                                               3, NULL, 0),
                         3);
        write_done(b, d);
        assert_int_equal(ob_bench_i2c_transfer(d, "\x43", 1, bytes, 3), 1);
        assert_memory_equal(bytes, "ab\xff", 3);
        ob_bench_dev_free(d);
    }
    fakes_end(b);
}

static void test_at24c_reset_begins_at_the_first_byte(void **state)
{
    /* Write "z" at address 0, read at 0x60; with one address byte or two. */
    static const struct {
        const char *props, *write, *read;
        uint32_t bytes;
    } rows[] = {
        { "size=2 KiB", "\0z", "\x60", 1 },
        { "size=4 KiB", "\0\0z", "\0\x60", 2 },
    };
    struct ob_bench *b = fakes_bench();

    for (uint32_t n = 0; n < 2; n++) {
        struct ob_bench_dev *d = memory(b, rows[n].props);
        uint32_t bytes = rows[n].bytes;
        uint8_t byte;

        assert_int_equal(
            ob_bench_i2c_transfer(d, rows[n].write, bytes + 1, NULL, 0),
            bytes + 1);
        write_done(b, d);
        assert_int_equal(
            ob_bench_i2c_transfer(d, rows[n].read, bytes, &byte, 1), bytes);
        assert_int_equal(byte, 0xff);
        ob_bench_reset(d);
        ob_bench_i2c_transfer(d, NULL, 0, &byte, 1);
        assert_int_equal(byte, 'z');
        ob_bench_dev_free(d);
    }
    fakes_end(b);
}

static void test_at24c_largest_part_is_all_there(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, "size=64 KiB,page=128");

    at_write(b, d, 0xfffe, "ab");
    at_write(b, d, 0x0ffe, "cd");
    at_reads(d, 0xfffe, "ab\xff");
    at_reads(d, 0x0ffe, "cd\xff");
    fakes_end(b);
}

static void test_at24c_impossible_properties_are_refused(void **state)
{
    static const struct {
        const char *props, *text;
    } rows[] = {
        { "size=5000", "size 5000 is not a power of two; use 128 to 65536" },
        { "size=64", "property size: 64 is out of range; use 128 to 65536" },
        { "size=128 KiB",
          "property size: 131072 is out of range; use 128 to" },
        { "page=48", "page 48 is not a power of two; use 8 to 128" },
        { "page=4", "property page: 4 is out of range; use 8 to 128" },
        { "page=256", "property page: 256 is out of range; use 8 to 128" },
    };
    struct ob_bench *b = fakes_bench();

    for (size_t n = 0; n < sizeof(rows) / sizeof(*rows); n++) {
        assert_null(ob_bench_make(b, "outboard-at24c", "m", rows[n].props));
        if (!strstr(ob_bench_error(b), rows[n].text))
            fail_msg("the refusal is \"%s\"", ob_bench_error(b));
    }
    fakes_end(b);
}

static void test_at24c_restored_in_a_write_goes_on(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);

    at_write(b, d, 0x60, "kept");
    ob_bench_input(d, WP, 0, 1);
    assert_true(ob_bench_i2c_start(d, OB_I2C_WRITE));
    for (const char *c = "\1\x7f"
                         "ab";
         *c; c++)
        assert_true(ob_bench_i2c_write(d, (uint8_t)*c));
    fakes_restore(d);
    ob_bench_input(d, WP, 0, 0);
    assert_true(ob_bench_i2c_write(d, 'c'));
    ob_bench_i2c_stop(d);
    /* The write cycle is part of the state, too. */
    fakes_restore(d);
    write_done(b, d);
    at_reads(d, 0x160, "bc\xff");
    at_reads(d, 0x17f, "a\xff");
    at_reads(d, 0x60, "kept");
    fakes_end(b);
}

static void test_at24c_restored_contents_replace_those_of_before(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);
    uint8_t *saved;
    size_t count;

    at_write(b, d, 0, "old");
    saved = ob_bench_save(d, &count);
    at_write(b, d, 0, "new");
    assert_int_equal(ob_bench_restore(d, saved, count), 0);
    free(saved);
    at_reads(d, 0, "old");
    fakes_end(b);
}

static void test_at24c_hostile_snapshots_are_refused(void **state)
{
    struct ob_bench *b = fakes_bench();
    struct ob_bench_dev *d = memory(b, NULL);

    at_write(b, d, 0, "kept");
    restore_refused(d, b, "at", SIZE, 4, "address 0x1000 is past the 4096");
    restore_refused(d, b, "address_bytes", 3, 1,
                    "address bytes 3, page bytes 0; use up to 2, 32");
    restore_refused(d, b, "latched", PAGE + 1, 1,
                    "address bytes 0, page bytes 33; use up to");
    restore_refused(d, b, "protect", 2, 1, "wp is 2; use 0 or 1");
    restore_refused(d, b, "ready_ns", UINT64_MAX, 8,
                    "ns; a write cycle takes 5000 us");
    at_reads(d, 0, "kept");
    fakes_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tmp105_after_reset_has_the_manuals_values),
        cmocka_unit_test(test_tmp105_temperature_is_converted),
        cmocka_unit_test(test_tmp105_resolution_clears_low_bits),
        cmocka_unit_test(test_tmp105_temperature_out_of_range_is_refused),
        cmocka_unit_test(test_tmp105_pointer_stays_for_the_next_read),
        cmocka_unit_test(test_tmp105_limit_changes_with_its_second_byte),
        cmocka_unit_test(test_tmp105_comparator_mode_has_hysteresis),
        cmocka_unit_test(test_tmp105_interrupt_mode_ends_with_a_read),
        cmocka_unit_test(test_tmp105_interrupt_mode_ends_with_shutdown),
        cmocka_unit_test(test_tmp105_mode_changes_keep_only_their_own_alert),
        cmocka_unit_test(test_tmp105_written_limit_and_polarity_act_at_once),
        cmocka_unit_test(test_tmp105_fault_queue_counts_in_a_row),
        cmocka_unit_test(test_tmp105_fault_queue_begins_again_after_a_change),
        cmocka_unit_test(test_tmp105_shutdown_keeps_the_last_conversion),
        cmocka_unit_test(test_tmp105_one_shot_converts_once),
        cmocka_unit_test(test_tmp105_restored_in_a_read_goes_on),
        cmocka_unit_test(test_tmp105_restored_in_a_write_goes_on),
        cmocka_unit_test(test_tmp105_restored_keeps_alert_and_faults),
        cmocka_unit_test(test_tmp105_hostile_snapshots_are_refused),
        cmocka_unit_test(test_at24c_new_part_has_ones),
        cmocka_unit_test(test_at24c_written_bytes_are_read),
        cmocka_unit_test(test_at24c_sequential_read_wraps_at_the_end),
        cmocka_unit_test(test_at24c_page_write_wraps_in_the_page),
        cmocka_unit_test(test_at24c_current_address_read_goes_on),
        cmocka_unit_test(test_at24c_write_takes_its_time),
        cmocka_unit_test(test_at24c_write_without_time_is_done_at_once),
        cmocka_unit_test(test_at24c_without_a_stop_nothing_is_written),
        cmocka_unit_test(test_at24c_write_protect_is_seen_at_the_stop),
        cmocka_unit_test(test_at24c_small_part_has_one_address_byte),
        cmocka_unit_test(test_at24c_reset_begins_at_the_first_byte),
        cmocka_unit_test(test_at24c_largest_part_is_all_there),
        cmocka_unit_test(test_at24c_impossible_properties_are_refused),
        cmocka_unit_test(test_at24c_restored_in_a_write_goes_on),
        cmocka_unit_test(test_at24c_restored_contents_replace_those_of_before),
        cmocka_unit_test(test_at24c_hostile_snapshots_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
