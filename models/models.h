/* SPDX-License-Identifier: MIT */
/*
 * The device types of the standard device library. The files in modules/
 * define which module holds which type.
 */
#ifndef MODELS_H
#define MODELS_H

#include <outboard/outboard.h>

extern const struct ob_device_type arm_pl011_type;
extern const struct ob_device_type arm_spin_table_type;
extern const struct ob_device_type bcm2711_asb_type;
extern const struct ob_device_type bcm2711_aux_shim_type;
extern const struct ob_device_type bcm2711_avs_monitor_type;
extern const struct ob_device_type bcm2711_dma_type;
extern const struct ob_device_type bcm2711_gpio_shim_type;
extern const struct ob_device_type bcm2711_otg_shim_type;
extern const struct ob_device_type bcm2711_property_shim_type;
extern const struct ob_device_type bcm2711_rng200_type;
extern const struct ob_device_type google_goldfish_tty_be_type;
extern const struct ob_device_type google_goldfish_tty_type;
extern const struct ob_device_type outboard_at24c_type;
extern const struct ob_device_type outboard_tmp105_type;
extern const struct ob_device_type riscv_aclint_type;
extern const struct ob_device_type rp2040_atomic_type;
extern const struct ob_device_type rp2040_bootrom_type;
extern const struct ob_device_type rp2040_clocks_type;
extern const struct ob_device_type rp2040_dma_type;
extern const struct ob_device_type rp2040_io_bank0_type;
extern const struct ob_device_type rp2040_pads_type;
extern const struct ob_device_type rp2040_pll_type;
extern const struct ob_device_type rp2040_pwm_type;
extern const struct ob_device_type rp2040_resets_type;
extern const struct ob_device_type rp2040_rosc_type;
extern const struct ob_device_type rp2040_rtc_type;
extern const struct ob_device_type rp2040_sio_type;
extern const struct ob_device_type rp2040_system_type;
extern const struct ob_device_type rp2040_timer_type;
extern const struct ob_device_type rp2040_watchdog_type;
extern const struct ob_device_type rp2040_xosc_type;

#endif
