/* SPDX-License-Identifier: MIT */
/* The extension "ob.i2c-target/0": its struct's rules, and its four calls. */
#include "device/decl/ext_i2c_target.h"

#include <errno.h>

#include <outboard/ext/draft/i2c-target.h>

#include "device/decl/decl_int.h"

enum { ADDRESS_MAX = 0x7f, IDLE_BUS = 0xff };

/*
 * The part is on an I2C bus alone: a region has no address there, and an
 * interrupt output has no place in QEMU's class of such parts.
 */
static int target_check(const struct device_decl *decl, const void *data,
                        struct ob_err *err)
{
    const struct ob_i2c_target *t = data;

    if (t->address > ADDRESS_MAX)
        return decl_refuse(decl, err,
                           "%s: address 0x%x; use 1 to 0x7f, or 0 for none",
                           ext_i2c_target.id, t->address);
    if (decl->regions.count)
        return decl_refuse(decl, err,
                           "%s: region %s is on the system bus; drop it, or "
                           "the extension",
                           ext_i2c_target.id, decl->regions.at[0].name);
    if (decl->irqs.count)
        return decl_refuse(decl, err,
                           "%s: irq %s; a part on an I2C bus has outputs "
                           "instead",
                           ext_i2c_target.id, decl->irqs.at[0].name);
    return 0;
}

static int32_t run_start(struct ob_dev *dev, const struct ob_i2c_target *t,
                         const struct ext_call *call)
{
    uint32_t direction;

    if (!ext_argument_u32(call, &direction) || direction > OB_I2C_READ)
        return OB_E_INVALID;
    return t->on_start ? t->on_start(dev, direction) : OB_OK;
}

static int32_t run_write(struct ob_dev *dev, const struct ob_i2c_target *t,
                         const struct ext_call *call)
{
    uint32_t byte;

    if (!ext_argument_u32(call, &byte) || byte > UINT8_MAX || !t->on_write)
        return OB_E_INVALID;
    return t->on_write(dev, byte);
}

static int32_t target_run(struct ob_dev *dev, const void *data,
                          struct ext_call *call)
{
    const struct ob_i2c_target *t = data;

    switch (call->function) {
    case I2C_TARGET_START: return run_start(dev, t, call);
    case I2C_TARGET_WRITE: return run_write(dev, t, call);
    case I2C_TARGET_READ:
        ext_result_u32(call, t->on_read ? t->on_read(dev) : IDLE_BUS);
        return OB_OK;
    default:
        if (t->on_stop)
            t->on_stop(dev);
        return OB_OK;
    }
}

/* The table has no service; it says only that the extension was taken. */
static const struct { uint32_t size; } services = { sizeof(services) };

const struct ext_kind ext_i2c_target = {
    .id = OB_I2C_TARGET, .bus = "i2c",
    .bytes = sizeof(struct ob_i2c_target),
    .values = offsetof(struct ob_i2c_target, on_start),
    .functions = I2C_TARGET_CALLS, .check = target_check, .run = target_run,
    .services = &services,
};
