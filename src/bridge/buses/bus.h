/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buses that our parts can sit on. Each has a parent class of QEMU's, and
 * functions in that class which QEMU calls for a transfer.
 *
 * To add one: a file here that defines its struct bus_kind, and a line in
 * buses.def.
 */
#ifndef BRIDGE_BUS_H
#define BRIDGE_BUS_H

#include "base/err.h"
#include "bridge/qemu/qemu.h"
#include "device/device.h"
#include "modinfo/modinfo.h"

struct bus_kind {
    enum modinfo_bus bus;
    const char *base;               /* our abstract type */
    const char *parent;             /* QEMU's type */
    const char *extension;          /* that its types have; NULL: none */
    /*
     * Fill the slots of the parent's class that QEMU calls. `device_class` is
     * the size of DeviceClass, where they begin. NULL: none.
     */
    void (*class_init)(struct ObjectClass *oc, size_t device_class);
    /* Bytes of those slots; the parent's class has to have as many. */
    size_t slots;
    /* In instance_init, after the running device was made. NULL: nothing. */
    void (*instance_init)(struct Object *obj, const struct device_decl *type);
    /* In realize, before the model's create(). NULL: nothing. */
    int (*realize)(struct Object *obj, struct ob_err *err);
};

/* The kind of `bus` if this QEMU has its parent class; NULL otherwise. */
const struct bus_kind *bus_kind_of(enum modinfo_bus bus);
/* Is there a kind of `bus`, also if this QEMU lacks its parent class? */
bool bus_is_known(enum modinfo_bus bus);
/* The kind that a declaration is for, by its extensions. */
enum modinfo_bus bus_of_decl(const struct device_decl *type);
/* Bytes of the largest class of a parent in this QEMU. */
size_t bus_class_bytes(void);
/* Call `fn` for each kind that this QEMU has. */
void bus_each(void (*fn)(const struct bus_kind *kind));

/*
 * devices/ sets it: the running device of one of QEMU's objects, or NULL while
 * it has none.
 */
extern struct device *(*bus_device_of)(const void *obj);

#endif
