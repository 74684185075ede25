/* SPDX-License-Identifier: MIT */
/*
 * Extensions and live properties of models in a process of their own: what a
 * host knows of them, and what is left when the process ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <outboard/ext/draft/i2c-bench.h>

#include "given_back.h"
#include "isolated.h"
#include "remote/remote_int.h"

enum { TEMPERATURE };

static const char *module_path;

struct sensor {
    struct isolated i;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
};

static struct sensor sensor_new(void)
{
    struct sensor s = { isolated_open(module_path, "i2c-parts", 0),
                        ob_bench_new(), NULL };

    assert_int_equal(isolated_types(s.bench, s.i.remote), 0);
    s.dev = ob_bench_make(s.bench, "outboard-tmp105", "t", NULL);
    assert_non_null(s.dev);
    return s;
}

static void sensor_free(struct sensor *s)
{
    assert_int_equal(ob_bench_free(s->bench), 0);
    remote_free(s->i.remote);
}

static void temperature_set(struct sensor *s, const char *text)
{
    assert_int_equal(ob_bench_set(s->dev, "temperature", text), 0);
}

/* What the model has: whole degrees. */
static int temperature_read(struct sensor *s)
{
    uint8_t reg = TEMPERATURE, bytes[2];

    assert_int_equal(ob_bench_i2c_transfer(s->dev, &reg, 1, bytes, 2), 1);
    return (int8_t)bytes[0];
}

/* What the host shows to its user. */
static int64_t temperature_shown(struct sensor *s)
{
    return (int64_t)device_prop_get(s->dev->device, 0);
}

/* End the process from outside. The next request finds out. */
static void process_kill(struct sensor *s)
{
    assert_int_equal(kill(s->i.pid, SIGKILL), 0);
    ob_bench_i2c_stop(s->dev);
    assert_false(ob_bench_i2c_start(s->dev, OB_I2C_WRITE));
    assert_non_null(remote_gone(s->i.remote));
}

static bool all_wanted(void *opaque, struct device *d)
{
    return true;
}

static void process_restart(struct sensor *s)
{
    struct remote_setup setup = {
        .module = open(module_path, O_RDONLY | O_CLOEXEC),
        .name = "i2c-parts", .path = module_path,
    };
    struct ob_err err = { 0 };

    assert_int_equal(
        launcher_process(isolated_launcher(), &setup.sock, &s->i.pid, &err),
        0);
    assert_int_equal(remote_reopen(s->i.remote, &setup, &err), 0);
    close(setup.module);
    assert_int_equal(remote_restart(s->i.remote, all_wanted, NULL, &err), 0);
}

static void test_remote_target_has_its_address_and_its_properties(void **state)
{
    struct sensor s = sensor_new();
    const struct ob_prop *p = &s.dev->type->props.at[0];

    assert_int_equal(ob_bench_i2c_address(s.dev), 0x48);
    assert_int_equal(p->type, OB_PROP_INT);
    assert_int_equal(p->flags, OB_PROP_LIVE);
    assert_int_equal((int64_t)p->def, 25000);
    assert_int_equal((int64_t)p->min, -55000);
    assert_int_equal(temperature_read(&s), 25);
    sensor_free(&s);
}

static void test_remote_live_property_reaches_the_model(void **state)
{
    struct sensor s = sensor_new();

    temperature_set(&s, "-40000");
    assert_int_equal(temperature_read(&s), -40);
    assert_int_equal(temperature_shown(&s), -40000);
    assert_int_equal(ob_bench_set(s.dev, "temperature", "-60000"),
                     OB_E_INVALID);
    assert_string_equal(ob_bench_error(s.bench),
                        "outboard-tmp105 t: property temperature: -60000 is "
                        "out of range; use -55000 to 128000");
    assert_int_equal(temperature_read(&s), -40);
    sensor_free(&s);
}

static void test_remote_live_property_comes_back_with_the_state(void **state)
{
    struct sensor s = sensor_new();
    uint8_t *saved;
    size_t count;

    temperature_set(&s, "-10000");
    saved = ob_bench_save(s.dev, &count);
    temperature_set(&s, "60000");
    assert_int_equal(ob_bench_restore(s.dev, saved, count), 0);
    assert_int_equal(temperature_read(&s), -10);
    assert_int_equal(temperature_shown(&s), -10000);
    /* A state that is refused changes nothing. */
    temperature_set(&s, "60000");
    assert_int_equal(ob_bench_restore(s.dev, saved, count - 1), OB_E_INVALID);
    free(saved);
    assert_int_equal(temperature_read(&s), 60);
    assert_int_equal(temperature_shown(&s), 60000);
    sensor_free(&s);
}

static void test_remote_lost_target_is_not_on_the_bus(void **state)
{
    struct sensor s = sensor_new();
    uint8_t bytes[2] = { 0, 0 };

    process_kill(&s);
    assert_false(ob_bench_i2c_write(s.dev, 0));
    assert_int_equal(ob_bench_i2c_read(s.dev), 0xff);
    assert_int_equal(ob_bench_i2c_transfer(s.dev, "\1", 1, bytes, 2), 0);
    assert_memory_equal(bytes, "\xff\xff", 2);
    /* The user may set the property meanwhile. */
    temperature_set(&s, "70000");
    process_restart(&s);
    assert_int_equal(temperature_read(&s), 70);
    sensor_free(&s);
}

static void test_remote_live_property_is_newer_than_the_state(void **state)
{
    struct sensor s = sensor_new();
    uint8_t config = 0;
    size_t count;

    assert_int_equal(ob_bench_i2c_transfer(s.dev, "\1\x60", 2, NULL, 0), 2);
    temperature_set(&s, "-10000");
    free(ob_bench_save(s.dev, &count));
    temperature_set(&s, "60000");
    process_kill(&s);
    process_restart(&s);
    assert_int_equal(temperature_read(&s), 60);
    assert_int_equal(temperature_shown(&s), 60000);
    /* The rest is as it was saved. */
    assert_int_equal(ob_bench_i2c_transfer(s.dev, "\1", 1, &config, 1), 1);
    assert_int_equal(config, 0x60);
    sensor_free(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_remote_target_has_its_address_and_its_properties),
        UNIT_TEST(test_remote_live_property_reaches_the_model),
        UNIT_TEST(test_remote_live_property_comes_back_with_the_state),
        UNIT_TEST(test_remote_lost_target_is_not_on_the_bus),
        UNIT_TEST(test_remote_live_property_is_newer_than_the_state),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: %s i2c-parts.so\n", argv[0]);
        return 1;
    }
    module_path = argv[1];
    return cmocka_run_group_tests(tests, isolated_start, isolated_end);
}
