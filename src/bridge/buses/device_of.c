/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from QEMU's object to the running device, which devices/ knows. */
#include "bridge/buses/bus.h"

struct device *(*bus_device_of)(const void *obj);
