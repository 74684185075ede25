/* SPDX-License-Identifier: MIT */
/*
 * The module "bcm2711": parts of the Raspberry Pi 4 that QEMU 7.2 lacks, and
 * shims in front of QEMU's own parts.
 */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "arm,aarch64");
OB_DEVICE_CATEGORY("bcm2711-asb", BRIDGE);
OB_DEVICE_CATEGORY("bcm2711-aux-shim", INPUT);
OB_DEVICE_CATEGORY("bcm2711-avs-monitor", MISC);
OB_DEVICE_CATEGORY("bcm2711-dma", MISC);
OB_DEVICE_CATEGORY("bcm2711-gpio-shim", MISC);
OB_DEVICE_CATEGORY("bcm2711-otg-shim", USB);
OB_DEVICE_CATEGORY("bcm2711-property-shim", MISC);
OB_DEVICE_CATEGORY("bcm2711-rng200", MISC);

static const struct ob_device_type *const devices[] = {
    &bcm2711_asb_type, &bcm2711_aux_shim_type, &bcm2711_avs_monitor_type,
    &bcm2711_dma_type, &bcm2711_gpio_shim_type,
    &bcm2711_otg_shim_type, &bcm2711_property_shim_type,
    &bcm2711_rng200_type,
};

OB_MODULE_WITH("bcm2711", "0.1", "MIT",
               .desc = "parts of the Broadcom BCM2711",
               .devices = OB_ARRAY(devices));
