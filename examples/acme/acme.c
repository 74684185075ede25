/* SPDX-License-Identifier: MIT */
/*
 * The module "acme": its modinfo and the list of its device types, which are
 * all devices of the ACME DevKit. acme.json must agree with it.
 */
#include "acme.h"

OB_MODINFO("arch", "arm,aarch64");
OB_DEVICE_CATEGORY("acme-uart", INPUT);
OB_DEVICE_CATEGORY("acme-timer", MISC);
OB_DEVICE_CATEGORY("acme-gpio", MISC);
OB_DEVICE_CATEGORY("acme-power", MISC);
OB_MODINFO("boards", "acme-devkit");
OB_MODINFO("board.acme-devkit.file", "acme-devkit.json");

OB_MODULE("acme", "1.0", "MIT", &acme_uart_type, &acme_timer_type,
          &acme_gpio_type, &acme_power_type);
