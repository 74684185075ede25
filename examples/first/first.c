/* SPDX-License-Identifier: MIT */
/* A first model: a counter that tells how often it was read. */
#include <outboard/outboard.h>

OB_MODINFO("name", "first");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "first-counter");

struct counter { uint32_t count; };

static uint64_t count_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct counter *c = ob_state(dev);

    (void)index;
    c->count++;
    return stored;
}

static const struct ob_reg regs[] = {
    { OB_REG32(counter, "COUNT", 0x00, count), .on_read = count_read },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};
static const struct ob_device_type counter = {
    .size = sizeof(counter), .name = "first-counter",
    .state_bytes = sizeof(struct counter), .state_version = 1,
    .regions = OB_ARRAY(regions),
};
static const struct ob_device_type *const devices[] = { &counter };

OB_MODULE = { OB_MODULE_HEAD("first", "1.0", "MIT"), OB_DEVICES(devices) };
