/* SPDX-License-Identifier: MIT */
/* The module "first": a register that counts how often the guest reads it. */
#include <outboard/outboard.h>

OB_MODINFO("name", "first");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "first-counter");

struct counter { uint32_t reads; };

static uint64_t reads_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    ((struct counter *)ob_state(dev))->reads++;
    return stored + n;              /* n: index in an array; here always 0 */
}

static const struct ob_reg regs[] = {
    { OB_REG32(counter, "READS", 0x00, reads), .on_read = reads_read },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};
static const struct ob_device_type counter_type = {
    .size = sizeof(counter_type), .name = "first-counter",
    .state_bytes = sizeof(struct counter), .state_version = 1,
    .regions = OB_ARRAY(regions),
};
static const struct ob_device_type *const types[] = { &counter_type };

OB_MODULE = { OB_MODULE_HEAD("first", "1.0", "MIT"), OB_DEVICES(types) };
