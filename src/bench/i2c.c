/* SPDX-License-Identifier: MIT */
/* The bench as the controller of an I2C bus: ext/draft/i2c-bench.h. */
#include <string.h>

#include <outboard/ext/draft/i2c-bench.h>

#include "bench/bench_int.h"
#include "device/i2c_target.h"

static bool target_ok(const struct ob_bench_dev *dev, const char *call)
{
    if (i2c_target_is(dev->type))
        return true;
    bench_mistake(dev->bench,
                  "%s %s: %s: the type has no extension " OB_I2C_TARGET,
                  dev->type->name, dev->id, call);
    return false;
}

bool ob_bench_i2c_start(struct ob_bench_dev *dev, uint32_t direction)
{
    return target_ok(dev, "i2c_start") &&
           i2c_target_start(dev->device, direction);
}

bool ob_bench_i2c_write(struct ob_bench_dev *dev, uint8_t byte)
{
    return target_ok(dev, "i2c_write") && i2c_target_write(dev->device, byte);
}

uint8_t ob_bench_i2c_read(struct ob_bench_dev *dev)
{
    return target_ok(dev, "i2c_read") ? i2c_target_read(dev->device) : 0;
}

void ob_bench_i2c_stop(struct ob_bench_dev *dev)
{
    if (target_ok(dev, "i2c_stop"))
        i2c_target_stop(dev->device);
}

/* Send all; returns how many were acknowledged. */
static uint32_t all_send(struct ob_bench_dev *dev, const uint8_t *bytes,
                         uint32_t count)
{
    uint32_t n = 0;

    if (!ob_bench_i2c_start(dev, OB_I2C_WRITE))
        return 0;
    while (n < count && ob_bench_i2c_write(dev, bytes[n]))
        n++;
    return n;
}

uint32_t ob_bench_i2c_transfer(struct ob_bench_dev *dev, const void *sent,
                               uint32_t n_sent, void *received,
                               uint32_t n_received)
{
    uint8_t *in = received;
    uint32_t n = n_sent ? all_send(dev, sent, n_sent) : 0;

    if (n_received)
        memset(in, 0xff, n_received);
    if (n_received && n == n_sent && ob_bench_i2c_start(dev, OB_I2C_READ))
        for (uint32_t i = 0; i < n_received; i++)
            in[i] = ob_bench_i2c_read(dev);
    ob_bench_i2c_stop(dev);
    return n;
}

uint32_t ob_bench_i2c_address(const struct ob_bench_dev *dev)
{
    return target_ok(dev, "i2c_address") ? i2c_target_address(dev->type) : 0;
}
