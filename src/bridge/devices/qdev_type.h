/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A light QOM type for each announced device type. Its class_init stores a
 * few words; the module is opened when an object of it is made.
 *
 * QEMU initialises the class of every registered type at each start, which
 * costs some 4 us a device type (each brings two interface types along). So
 * only the types that the arguments name are registered at the hook, and the
 * rest once the machine is up, after QEMU's last walk over the classes: 0.5 us
 * each. Whoever looks later (QMP, the monitor) finds them all. docs/bridge.md.
 */
#ifndef BRIDGE_DEVICE_TYPE_H
#define BRIDGE_DEVICE_TYPE_H

#include "bridge/process/callbacks.h"

/* The abstract parent of all our device types. */
#define DEVICE_TYPE_BASE "outboard-device"

/*
 * Register what QEMU's arguments ask for: the types named anywhere in them,
 * or all where they may be listed or named elsewhere (-device help,
 * -readconfig, -preconfig). The rest follows at machine-init-done. After
 * layout_derive(), at the hook, once. [machine lock held]
 */
void qdev_types_register(const struct registry *ix);

/*
 * Make sure that `name` is registered, before a part of it is made: true if
 * it is a type of ours. A type that QEMU has of its own wins: false.
 * [machine lock held]
 */
bool qdev_type_ensure(const char *name);

#endif
