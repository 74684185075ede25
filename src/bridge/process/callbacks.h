/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that the registered QOM types call when QEMU creates a machine
 * or a device of theirs. machine_type.c and qdev_type.c own the QOM side;
 * entry/wiring.c fills the table. So neither side includes the other. All calls
 * [machine lock held].
 */
#ifndef BRIDGE_CALLBACKS_H
#define BRIDGE_CALLBACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bridge/qemu/qemu.h"
#include "registry/registry.h"

/* Lies in QEMU's object of the machine, after QEMU's own state. */
struct bridge_machine {
    struct MachineState *state;
    const struct registry_board *board; /* NULL: the doctor's scratch machine */
    void *live;                         /* for machine_init's use */
};

struct bridge_device;       /* see entry/wiring.c */

struct bridge_callbacks {
    /*
     * Build the board. An error ends QEMU with status 1 and the error's text.
     */
    int (*machine_init)(struct bridge_machine *m, struct ob_err *err);
    /*
     * QEMU creates a device object (also for `-device x,help`): open its module
     * and add its properties. It cannot fail: the result keeps an error, and
     * realize reports it.
     */
    struct bridge_device *(*qdev_init)(struct Object *obj,
                                         const struct registry_type *type);
    /* QEMU reports the error, because a failed hot plug does not end QEMU. */
    void (*qdev_realize)(struct bridge_device *d, struct Error **errp);
    void (*qdev_unrealize)(struct bridge_device *d);
    void (*qdev_finalize)(struct bridge_device *d);
};

/* If a member is NULL, machines or devices of ours are refused by name. */
extern struct bridge_callbacks bridge_callbacks;

#endif
