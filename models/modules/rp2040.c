/* SPDX-License-Identifier: MIT */
/*
 * The module "rp2040": the parts of the microcontroller of the Raspberry Pi
 * Pico.
 */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "arm,aarch64");

static const struct ob_device_type *const devices[] = {
    &rp2040_atomic_type, &rp2040_bootrom_type, &rp2040_clocks_type,
    &rp2040_io_bank0_type, &rp2040_pads_type, &rp2040_pll_type,
    &rp2040_resets_type, &rp2040_rosc_type, &rp2040_sio_type,
    &rp2040_system_type, &rp2040_timer_type, &rp2040_watchdog_type,
    &rp2040_xosc_type, &rp2040_dma_type, &rp2040_pwm_type,
    &rp2040_rtc_type,
};

OB_MODULE_WITH("rp2040", "0.1", "MIT",
               .desc = "parts of the Raspberry Pi RP2040",
               .devices = OB_ARRAY(devices));
