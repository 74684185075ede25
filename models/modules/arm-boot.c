/* SPDX-License-Identifier: MIT */
/* The module "arm-boot": parts with which Arm boards start their CPUs. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "arm,aarch64");
OB_DEVICE_CATEGORY("arm-spin-table", CPU);

static const struct ob_device_type *const devices[] = { &arm_spin_table_type };

OB_MODULE_WITH("arm-boot", "0.1", "MIT", .desc = "spin table for Arm boards",
               .devices = OB_ARRAY(devices));
