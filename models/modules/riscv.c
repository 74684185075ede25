/* SPDX-License-Identifier: MIT */
/* The module "riscv": interrupts and timers of RISC-V harts. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "riscv");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "riscv32,riscv64");
OB_MODINFO("objs", "riscv-aclint");
OB_MODINFO("desc.riscv-aclint", "ACLINT: software interrupts and timers");

static const struct ob_device_type *const devices[] = { &riscv_aclint_type };

OB_MODULE = {
    OB_MODULE_HEAD("riscv", "0.1", "MIT"),
    .desc = "interrupts and time for RISC-V boards",
    OB_DEVICES(devices),
};
