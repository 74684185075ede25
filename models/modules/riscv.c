/* SPDX-License-Identifier: MIT */
/* The module "riscv": interrupts and timers of RISC-V harts. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "riscv32,riscv64");
OB_DEVICE_CATEGORY("riscv-aclint", MISC);

static const struct ob_device_type *const devices[] = { &riscv_aclint_type };

OB_MODULE_WITH("riscv", "0.1", "MIT",
               .desc = "interrupts and time for RISC-V boards",
               .devices = OB_ARRAY(devices));
