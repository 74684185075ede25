/* SPDX-License-Identifier: MIT */
/* A module for bench_remote.c: one register that stores, one with a hook. */
#include <outboard/outboard.h>

OB_MODINFO("name", "probe_model");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "probe");

struct probe {
    uint32_t data, ctrl, seen;
};

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    p->seen = (uint32_t)w->value;
}

static const struct ob_reg regs[] = {
    { OB_REG32(probe, "DATA", 0x00, data) },
    { OB_REG32(probe, "CTRL", 0x04, ctrl), .on_write = ctrl_write },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "probe", .state_bytes = sizeof(struct probe),
    .state_version = 1, .state_oldest = 1, .regions = OB_ARRAY(regions),
};
static const struct ob_device_type *const types[] = { &type };

OB_MODULE = { OB_MODULE_HEAD("probe_model", "1.0", "MIT"),
              OB_DEVICES(types) };
