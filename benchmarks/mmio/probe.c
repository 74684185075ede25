/* SPDX-License-Identifier: MIT */
/* The SDK model that the register benchmark reads: four plain registers. */
#include <outboard/outboard.h>

struct probe {
    uint32_t id, value, control;
};

static void probe_off_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw & 1)
        ob_machine_request(dev, OB_MACHINE_POWEROFF);
}

static const struct ob_reg probe_regs[] = {
    { OB_REG32(probe, "ID", 0x0, id), .access = OB_RO, .reset = 0x0b0b },
    { OB_REG32(probe, "VALUE", 0x4, value), .reset = 1 },
    { OB_REG32(probe, "CONTROL", 0x8, control) },
    { .name = "OFF", .offset = 0xc, .bytes = 4, .state = OB_NO_STATE,
      .on_write = probe_off_write },
};

static const struct ob_region probe_regions[] = {
    { .name = "registers", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(probe_regs) },
};

static const struct ob_device_type probe_type = {
    .size = sizeof(probe_type),
    .name = "bench-probe",
    .desc = "registers for the benchmark",
    .state_bytes = sizeof(struct probe),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(probe_regions),
};

static const struct ob_device_type *const probe_types[] = { &probe_type };

OB_MODINFO("name", "probe");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "bench-probe");

OB_MODULE = { OB_MODULE_HEAD("probe", "1.0", "MIT"),
              OB_DEVICES(probe_types) };
