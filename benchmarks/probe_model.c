/* SPDX-License-Identifier: MIT */
/*
 * A module for bench_remote.c. It has a register that stores, one with a hook,
 * and two that read or write 4 KiB at the address that is written to them.
 */
#include <outboard/outboard.h>

OB_MODINFO("name", "probe_model");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "probe");

struct probe {
    uint32_t data, ctrl, seen;
    uint8_t page[4096];
};

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    p->seen = (uint32_t)w->value;
}

static void get_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    ob_mem_read(dev, NULL, w->raw, p->page, sizeof(p->page));
}

static void put_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    ob_mem_write(dev, NULL, w->raw, p->page, sizeof(p->page));
}

static const struct ob_reg regs[] = {
    { OB_REG32(probe, "DATA", 0x00, data) },
    { OB_REG32(probe, "CTRL", 0x04, ctrl), .on_write = ctrl_write },
    { .name = "GET", .offset = 0x08, .bytes = 4, .state = OB_NO_STATE,
      .access = OB_WO, .on_write = get_write },
    { .name = "PUT", .offset = 0x0c, .bytes = 4, .state = OB_NO_STATE,
      .access = OB_WO, .on_write = put_write },
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
