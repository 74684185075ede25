/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts on an I2C bus: QEMU's class "i2c-slave" for models with the extension
 * "ob.i2c-target/0". QEMU's bus compares the address, so a part hears only its
 * own transfers.
 */
#include <outboard/ext/draft/i2c-target.h>

#include <errno.h>

#include "bridge/buses/bus.h"
#include "bridge/qemu/symbols.h"
#include "device/i2c_target.h"

/* QEMU's enum i2c_event, the same in 7.2, 10.0 and 11.1. */
enum { EVENT_START_RECEIVE = 0, EVENT_START_SEND = 1, EVENT_FINISH = 3 };

enum { ACK = 0, NACK = -1, IDLE_BUS = 0xff };
enum { ADDRESS_LEAST = 0x01, ADDRESS_MOST = 0x7f };

/* The slots of I2CSlaveClass behind DeviceClass, in their order. */
struct slots {
    int (*send)(void *target, uint8_t byte);
    void (*send_async)(void *target, uint8_t byte);
    uint8_t (*receive)(void *target);
    int (*event)(void *target, int event);
    void *match;                    /* QEMU's own, by the address */
};

static int i2c_send(void *target, uint8_t byte)
{
    struct device *d = bus_device_of(target);

    return d && i2c_target_write(d, byte) ? ACK : NACK;
}

static uint8_t i2c_receive(void *target)
{
    struct device *d = bus_device_of(target);

    return d ? i2c_target_read(d) : IDLE_BUS;
}

static int i2c_event(void *target, int event)
{
    struct device *d = bus_device_of(target);

    if (!d)
        return NACK;
    if (event == EVENT_START_SEND)
        return i2c_target_start(d, OB_I2C_WRITE) ? ACK : NACK;
    if (event == EVENT_START_RECEIVE)
        return i2c_target_start(d, OB_I2C_READ) ? ACK : NACK;
    if (event == EVENT_FINISH)
        i2c_target_stop(d);
    return ACK;
}

static void class_init(struct ObjectClass *oc, size_t device_class)
{
    struct slots *slots = (void *)((char *)oc + device_class);

    slots->send = i2c_send;
    slots->receive = i2c_receive;
    slots->event = i2c_event;
}

/* The board or the user may set another address afterwards. */
static void instance_init(struct Object *obj, const struct device_decl *type)
{
    uint32_t address = i2c_target_address(type);

    if (address)
        q.object_property_set_uint(obj, "address", address, NULL);
}

/*
 * QEMU takes every uint8, but a controller sends seven bits. Address 0 is the
 * general call, and the value if neither model, board nor user stated one.
 */
static int realize(struct Object *obj, struct ob_err *err)
{
    uint64_t address = q.object_property_get_uint(obj, "address", NULL);

    if (address >= ADDRESS_LEAST && address <= ADDRESS_MOST)
        return 0;
    return err_set(err, -EINVAL,
                   "property address: 0x%x is out of range; use 0x%x to 0x%x",
                   (unsigned)address, ADDRESS_LEAST, ADDRESS_MOST);
}

const struct bus_kind bus_i2c = {
    .bus = BUS_I2C, .base = "outboard-i2c-target", .parent = "i2c-slave",
    .extension = OB_I2C_TARGET, .class_init = class_init,
    .slots = sizeof(struct slots), .instance_init = instance_init,
    .realize = realize,
};
