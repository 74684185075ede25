/* SPDX-License-Identifier: MIT */
/*
 * The SDK model of the register benchmark: registers that store, one with a
 * hook, and a page that the guest reads as memory. run.py compiles it twice:
 * PROBE is "local", or "remote" for the model in a process of its own.
 */
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
    { OB_REG32("VALUE", 0x0, struct probe, value), .reset = 1 },
    { OB_REG32("CONTROL", 0x4, struct probe, control) },
    { OB_REG32_HOOKED("HOOK", 0x8), .on_write = hook_write },
};

static const struct ob_reg direct_regs[] = {
    { OB_REG32("SHOWN", 0x0, struct probe, shown), .hints = OB_REG_DIRECT,
      .reset = 1 },
};

static const struct ob_region probe_regions[] = {
    { .name = "registers", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(probe_regs) },
    { .name = "direct", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(direct_regs) },
};

OB_DEVICE(probe_type, "bench-" PROBE, struct probe,
          "registers for the benchmark", .regions = OB_ARRAY(probe_regions));
OB_MODULE(PROBE, "1.0", "MIT", &probe_type);
