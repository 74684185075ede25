/* SPDX-License-Identifier: MIT */
/* The module "first": a register that counts how often the guest reads it. */
#include <outboard/outboard.h>

struct counter { uint32_t reads; };

static uint64_t reads_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct counter *c = ob_state(dev);

    c->reads++;
    return r->stored;
}

static const struct ob_reg regs[] = {
    { OB_REG32("READS", 0x00, struct counter, reads), .on_read = reads_read },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};

OB_DEVICE(counter_type, "first-counter", struct counter,
          "counts the guest's reads", .regions = OB_ARRAY(regions));
OB_MODULE("first", "1.0", "MIT", &counter_type);
