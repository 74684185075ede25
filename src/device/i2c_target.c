/* SPDX-License-Identifier: MIT */
/* A controller's transfers, as calls of a model on an I2C bus. */
#include "device/i2c_target.h"

#include <outboard/ext/draft/i2c-target.h>

#include "device/decl/ext_i2c_target.h"

enum { IDLE_BUS = 0xff };

static const struct ob_i2c_target *struct_of(const struct device_decl *decl)
{
    int n = ext_find(decl, &ext_i2c_target);

    return n < 0 ? NULL : decl->exts.at[n].data;
}

static int32_t target_call(struct device *d, uint32_t function,
                           uint32_t argument, uint32_t *ret_result)
{
    int n = ext_find(device_type(d), &ext_i2c_target);

    return n < 0
               ? OB_E_INVALID
               : ext_call_u32(d, (uint32_t)n, function, argument, ret_result);
}

bool i2c_target_is(const struct device_decl *decl)
{
    return struct_of(decl);
}

uint32_t i2c_target_address(const struct device_decl *decl)
{
    const struct ob_i2c_target *t = struct_of(decl);

    return t ? t->address : 0;
}

bool i2c_target_start(struct device *d, uint32_t direction)
{
    return target_call(d, I2C_TARGET_START, direction, NULL) == OB_OK;
}

bool i2c_target_write(struct device *d, uint8_t byte)
{
    return target_call(d, I2C_TARGET_WRITE, byte, NULL) == OB_OK;
}

uint8_t i2c_target_read(struct device *d)
{
    uint32_t byte = IDLE_BUS;

    return target_call(d, I2C_TARGET_READ, 0, &byte) == OB_OK ? (uint8_t)byte
                                                              : IDLE_BUS;
}

void i2c_target_stop(struct device *d)
{
    target_call(d, I2C_TARGET_STOP, 0, NULL);
}
