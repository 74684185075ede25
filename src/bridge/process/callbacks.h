/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's own table: what the registered types call when QEMU makes a
 * machine or a device of them. machine_type.c and device_type.c own the QOM
 * side; the hooks own what is behind it. All [machine lock held].
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bridge/qemu/qemu.h"
#include "registry/registry.h"

/* Lives in QEMU's object of the machine, behind its own state. */
struct bridge_machine {
    struct MachineState *state;
    const struct registry_board *board; /* NULL: the doctor's scratch machine */
    void *live;                         /* the hook's own */
};

struct bridge_device;       /* a live device: device.h */

struct bridge_callbacks {
    /* Build the board. An error ends QEMU with status 1 and its text. */
    int (*machine_init)(struct bridge_machine *m, struct ob_err *err);
    /*
     * A device object comes to be (also for `-device x,help`): open its
     * module, add its properties. Cannot fail: what goes wrong is kept in the
     * result and told at realize.
     */
    struct bridge_device *(*qdev_init)(struct Object *obj,
                                         const struct registry_type *type);
    /* An error is QEMU's to report; it may be a hot plug that fails. */
    void (*qdev_realize)(struct bridge_device *d, struct Error **errp);
    void (*qdev_unrealize)(struct bridge_device *d);
    void (*qdev_finalize)(struct bridge_device *d);
};

/* Any may be NULL: then a machine or device of ours is refused by name. */
extern struct bridge_callbacks bridge_callbacks;

#endif
