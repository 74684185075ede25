/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small QOM type for each announced device type. Its class_init stores a few
 * words. The bridge opens the module when QEMU creates an object of the type.
 *
 * QEMU initializes the class of every registered type at each start. That costs
 * about 4 us a device type, because each type adds two interface types. So the
 * bridge registers only the types that the arguments name at the hook. It
 * registers the rest when the machine is complete, after QEMU's last walk over
 * the classes, at 0.5 us each. QMP and the monitor find all of them. See
 * docs/bridge.md.
 */
#ifndef BRIDGE_QDEV_TYPE_H
#define BRIDGE_QDEV_TYPE_H

#include "bridge/process/callbacks.h"

/* The abstract parent of all our device types. */
#define DEVICE_TYPE_BASE "outboard-device"

/*
 * Register the types that QEMU's arguments need: types named anywhere in them,
 * or all types if QEMU may list types or read their names from a file
 * (-device help, -readconfig, -preconfig). The rest follow at
 * machine-init-done. Call once, at the hook, after layout_derive(). [machine
 * lock held]
 */
void qdev_types_register(const struct registry *registry);

/*
 * Register the announced type `name` (or full name) if that is not done.
 * Returns its QOM name, which differs from `name` if QEMU has a type of that
 * name. NULL: no module of ours has the type. [machine lock held]
 */
const char *qdev_type_qom(const char *name);

#endif
