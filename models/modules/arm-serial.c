/* SPDX-License-Identifier: MIT */
/* The module "arm-serial": the UARTs of Arm. */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "arm-serial");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("objs", "arm-pl011");
OB_MODINFO("desc.arm-pl011", "ARM PrimeCell UART (PL011)");

static const struct ob_device_type *const devices[] = { &arm_pl011_type };

OB_MODULE = {
    OB_MODULE_HEAD("arm-serial", "0.1", "MIT"),
    .desc = "Arm's UARTs",
    OB_DEVICES(devices),
};
