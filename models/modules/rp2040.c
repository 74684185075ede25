/* SPDX-License-Identifier: MIT */
/*
 * The module "rp2040": the parts of the microcontroller of the Raspberry Pi
 * Pico.
 */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("arch", "arm,aarch64");
OB_DEVICE_CATEGORY("rp2040-atomic", MISC);
OB_DEVICE_CATEGORY("rp2040-bootrom", MISC);
OB_DEVICE_CATEGORY("rp2040-clocks", MISC);
OB_DEVICE_CATEGORY("rp2040-dma", MISC);
OB_DEVICE_CATEGORY("rp2040-io-bank0", MISC);
OB_DEVICE_CATEGORY("rp2040-pads", MISC);
OB_DEVICE_CATEGORY("rp2040-pll", MISC);
OB_DEVICE_CATEGORY("rp2040-pwm", MISC);
OB_DEVICE_CATEGORY("rp2040-resets", MISC);
OB_DEVICE_CATEGORY("rp2040-rosc", MISC);
OB_DEVICE_CATEGORY("rp2040-rtc", MISC);
OB_DEVICE_CATEGORY("rp2040-sio", MISC);
OB_DEVICE_CATEGORY("rp2040-system", MISC);
OB_DEVICE_CATEGORY("rp2040-timer", MISC);
OB_DEVICE_CATEGORY("rp2040-watchdog", WATCHDOG);
OB_DEVICE_CATEGORY("rp2040-xosc", MISC);

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
