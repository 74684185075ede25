/* SPDX-License-Identifier: MIT */
/*
 * The module "bcm2711": parts of the Raspberry Pi 4 that QEMU 7.2 lacks, and
 * shims in front of QEMU's own parts.
 */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "bcm2711");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("objs", "bcm2711-asb,bcm2711-aux-shim,bcm2711-avs-monitor");
OB_MODINFO("objs", "bcm2711-dma,bcm2711-gpio-shim,bcm2711-otg-shim");
OB_MODINFO("objs", "bcm2711-property-shim,bcm2711-rng200");
OB_MODINFO("desc.bcm2711-asb", "BCM2711 asynchronous AXI bridge control");
OB_MODINFO("desc.bcm2711-aux-shim",
           "divisor latch and line registers for bcm2835-aux");
OB_MODINFO("desc.bcm2711-avs-monitor",
           "BCM2711 AVS monitor: the temperature sensor");
OB_MODINFO("desc.bcm2711-dma", "BCM2711 DMA controller, sixteen channels");
OB_MODINFO("desc.bcm2711-gpio-shim", "pull registers for bcm2835_gpio");
OB_MODINFO("desc.bcm2711-otg-shim", "whole words for dwc2-usb");
OB_MODINFO("desc.bcm2711-property-shim",
           "a Pi 4's firmware tags for bcm2835-property");
OB_MODINFO("desc.bcm2711-rng200", "BCM2711 random number generator");

static const struct ob_device_type *const devices[] = {
    &bcm2711_asb_type, &bcm2711_aux_shim_type, &bcm2711_avs_monitor_type,
    &bcm2711_dma_type, &bcm2711_gpio_shim_type,
    &bcm2711_otg_shim_type, &bcm2711_property_shim_type,
    &bcm2711_rng200_type,
};

OB_MODULE = {
    OB_MODULE_HEAD("bcm2711", "0.1", "MIT"),
    .desc = "parts of the Broadcom BCM2711",
    OB_DEVICES(devices),
};
