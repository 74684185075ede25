/* SPDX-License-Identifier: MIT */
/* The module "arm-boot": parts with which Arm boards start their CPUs. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "arm-boot");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("objs", "arm-spin-table");
OB_MODINFO("desc.arm-spin-table", "spin table that powers secondary CPUs on");

static const struct ob_device_type *const devices[] = { &arm_spin_table_type };

OB_MODULE = {
    OB_MODULE_HEAD("arm-boot", "0.1", "MIT"),
    .desc = "spin table for Arm boards",
    OB_DEVICES(devices),
};
