/* SPDX-License-Identifier: MIT */
/*
 * A module for bench_remote.c. It has a register that stores, one with a hook,
 * and two that read or write 4 KiB at the address that is written to them.
 */
#include <outboard/outboard.h>

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
    { OB_REG32("DATA", 0x00, struct probe, data) },
    { OB_REG32("CTRL", 0x04, struct probe, ctrl), .on_write = ctrl_write },
    { OB_REG32_HOOKED("GET", 0x08), .access = OB_WO, .on_write = get_write },
    { OB_REG32_HOOKED("PUT", 0x0c), .access = OB_WO, .on_write = put_write },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
};
OB_DEVICE(type, "probe", struct probe, "registers for the benchmark",
          .regions = OB_ARRAY(regions));
OB_MODULE("probe_model", "1.0", "MIT", &type);
