/* SPDX-License-Identifier: MIT */
/*
 * The module "rp2040": the parts of the microcontroller of the Raspberry Pi
 * Pico.
 */
#include <outboard/outboard.h>

#include "models.h"

OB_MODINFO("name", "rp2040");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("objs", "rp2040-atomic,rp2040-bootrom,rp2040-clocks");
OB_MODINFO("objs", "rp2040-dma,rp2040-io-bank0,rp2040-pads,rp2040-pll");
OB_MODINFO("objs", "rp2040-pwm,rp2040-resets,rp2040-rosc,rp2040-rtc");
OB_MODINFO("objs", "rp2040-sio,rp2040-system,rp2040-timer,rp2040-watchdog");
OB_MODINFO("objs", "rp2040-xosc");

static const struct ob_device_type *const devices[] = {
    &rp2040_atomic_type, &rp2040_bootrom_type, &rp2040_clocks_type,
    &rp2040_io_bank0_type, &rp2040_pads_type, &rp2040_pll_type,
    &rp2040_resets_type, &rp2040_rosc_type, &rp2040_sio_type,
    &rp2040_system_type, &rp2040_timer_type, &rp2040_watchdog_type,
    &rp2040_xosc_type, &rp2040_dma_type, &rp2040_pwm_type,
    &rp2040_rtc_type,
};

OB_MODULE = {
    OB_MODULE_HEAD("rp2040", "0.1", "MIT"),
    .desc = "parts of the Raspberry Pi RP2040",
    OB_DEVICES(devices),
};
