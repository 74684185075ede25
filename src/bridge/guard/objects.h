/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the machine's objects by their addresses, so that a message about a
 * fault can name the part. The bridge builds the table once, when the machine
 * is complete. Devices that the user plugs in later are not in it. The table
 * also has the memory of our models: their state in the device core and their
 * regions.
 */
#ifndef BRIDGE_OBJECTS_H
#define BRIDGE_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "board/plan.h"
#include "bridge/qemu/qemu.h"

struct device;

/* The words by which a message names a part. All texts outlive the machine. */
struct object_name {
    const struct plan_place *place;     /* in the board's text, or NULL */
    const char *what;                   /* "part", "device" */
    const char *name;
    const char *module;                 /* of its model; NULL: QEMU's own */
};

struct object_entry {
    uintptr_t at;
    const struct object_name *name;      /* the part that it belongs to */
    const char *child;                  /* its name below the part, or NULL */
    const char *type;                   /* of the object; NULL for ours */
    const char *region;                 /* a model's region, or NULL */
    const struct device *model;     /* of ours; or NULL */
};

/* Give the part `obj` of a board this name. Before objects_fill(). */
void objects_add_part(struct Object *obj, const struct object_name *name);
/* The short name of the module that has the type `type`; NULL: QEMU's own. */
const char *objects_module(const char *type);
/* The name that the board gives the part `obj`, or NULL. */
const struct object_name *objects_part(struct Object *obj);
/*
 * Build the table: begin (false if the table exists), add each entry, then sort
 * it. The table can be searched after that.
 */
bool objects_begin(void);
void objects_put(const struct object_entry *k);
void objects_sort(void);
/*
 * devices/objects_fill.c: build the table from the machine. [machine lock held]
 */
void objects_fill(void);
/* The entry of exactly this address, or NULL. [any thread, in a signal too] */
const struct object_entry *objects_find(uintptr_t at);
/* Call fn for each object in the table that is one of QEMU's devices. */
void objects_each(void (*fn)(struct Object *obj, void *opaque), void *opaque);

#endif
