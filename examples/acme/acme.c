/* SPDX-License-Identifier: MIT */
/*
 * The module "acme": its modinfo and the list of its device types, which are
 * all devices of the ACME DevKit. The entries here must agree with acme.json.
 */
#include <outboard/outboard.h>

#include "acme.h"

OB_MODINFO("name", "acme");
OB_MODINFO("version", "1.0");
OB_MODINFO("license", "MIT");
OB_MODINFO("arch", "arm,aarch64");
OB_MODINFO("objs", "acme-uart,acme-timer,acme-gpio,acme-power");
OB_MODINFO("desc.acme-uart", "ACME UART with FIFOs");
OB_MODINFO("desc.acme-timer", "ACME tick timer with a prescaler");
OB_MODINFO("desc.acme-gpio", "ACME GPIO, 16 pins with edge interrupts");
OB_MODINFO("desc.acme-power", "ACME power controller: power-off and reset");
OB_MODINFO("boards", "acme-devkit");
OB_MODINFO("board.acme-devkit.file", "acme-devkit.json");

static const struct ob_device_type *const devices[] = {
    &acme_uart_type, &acme_timer_type, &acme_gpio_type, &acme_power_type,
};

OB_MODULE = {
    OB_MODULE_HEAD("acme", "1.0", "MIT"),
    .desc = "devices of the ACME DevKit",
    OB_DEVICES(devices),
};
