/* SPDX-License-Identifier: MIT */
/*
 * The SDK model of the register benchmark: registers that store, one with a
 * hook, and a page that the guest reads as memory. run.py compiles it twice:
 * PROBE is "local", or "remote" for the model in a process of its own.
 */
#define OB_ABI_NEEDS 1
#include <outboard/outboard.h>

struct probe {
    uint32_t value, control, seen, shown;
};

static void hook_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct probe *p = ob_state(dev);

    p->seen = (uint32_t)w->value;
}

static const struct ob_reg probe_regs[] = {
    { OB_REG32(probe, "VALUE", 0x0, value), .reset = 1 },
    { OB_REG32(probe, "CONTROL", 0x4, control) },
    { .name = "HOOK", .offset = 0x8, .bytes = 4, .state = OB_NO_STATE,
      .on_write = hook_write },
};

static const struct ob_reg direct_regs[] = {
    { OB_REG32(probe, "SHOWN", 0x0, shown), .flags = OB_REG_DIRECT,
      .reset = 1 },
};

static const struct ob_region probe_regions[] = {
    { .name = "registers", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(probe_regs) },
    { .name = "direct", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(direct_regs) },
};

static const struct ob_device_type probe_type = {
    .size = sizeof(probe_type),
    .name = "bench-" PROBE,
    .desc = "registers for the benchmark",
    .state_bytes = sizeof(struct probe),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(probe_regions),
};

static const struct ob_device_type *const probe_types[] = { &probe_type };

OB_MODINFO("name", PROBE);
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "bench-" PROBE);

OB_MODULE = { OB_MODULE_HEAD(PROBE, "1.0", "MIT"), OB_DEVICES(probe_types) };
