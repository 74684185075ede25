/* SPDX-License-Identifier: MIT */
/* The module "arm-serial": the UARTs of Arm. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "arm,aarch64");
OB_DEVICE_CATEGORY("arm-pl011", INPUT);

static const struct ob_device_type *const devices[] = { &arm_pl011_type };

OB_MODULE_WITH("arm-serial", "0.1", "MIT", .desc = "Arm's UARTs",
               .devices = OB_ARRAY(devices));
