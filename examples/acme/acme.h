/* SPDX-License-Identifier: MIT */
/* The device types of the module "acme". Each one is in a file of its own. */
#ifndef ACME_H
#define ACME_H

#include <outboard/outboard.h>

extern const struct ob_device_type acme_uart_type;       /* uart.c */
extern const struct ob_device_type acme_timer_type;      /* timer.c */
extern const struct ob_device_type acme_gpio_type;       /* gpio.c */
extern const struct ob_device_type acme_power_type;      /* power.c */

#endif
