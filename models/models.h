/* SPDX-License-Identifier: MIT */
/* The standard device library's types; which module has which: modules/. */
#ifndef MODELS_H
#define MODELS_H

#include <outboard/outboard.h>

extern const struct ob_device_type arm_spin_table_type;
extern const struct ob_device_type bcm2711_asb_type;
extern const struct ob_device_type bcm2711_aux_shim_type;
extern const struct ob_device_type bcm2711_avs_monitor_type;
extern const struct ob_device_type bcm2711_gpio_shim_type;
extern const struct ob_device_type bcm2711_property_shim_type;
extern const struct ob_device_type bcm2711_rng200_type;

#endif
