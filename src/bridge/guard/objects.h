/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the machine's objects by their addresses, so that a message about a
 * fault can name the part. The table is made once, when the machine is
 * complete; it does not have later hot-plugged objects. It also has the memory
 * of our models: their state in the rig and their regions.
 */
#ifndef BRIDGE_KNOWN_H
#define BRIDGE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "board/plan.h"
#include "bridge/qemu/qemu.h"

struct device;

/* What a message calls a thing. All texts outlive the machine. */
struct known_name {
    const struct plan_place *place;     /* in the board's text, or NULL */
    const char *what;                   /* "part", "device" */
    const char *name;
    const char *module;                 /* of its model; NULL: QEMU's own */
};

struct known {
    uintptr_t at;
    const struct known_name *name;      /* the part that it belongs to */
    const char *child;                  /* its name below the part, or NULL */
    const char *type;                   /* of the object; NULL for ours */
    const char *region;                 /* a model's region, or NULL */
    const struct device *model;     /* of ours; or NULL */
};

/* The part `obj` of a board has this name. Before known_fill(). */
void known_add_part(struct Object *obj, const struct known_name *name);
/* The module whose type `type` is (its short name); NULL: QEMU's own. */
const char *known_module(const char *type);
/* The name that the board gave the part `obj`, or NULL. */
const struct known_name *known_part(struct Object *obj);
/*
 * Make the table: false if it is there already; then each entry; then sort it,
 * after which it may be searched.
 */
bool known_begin(void);
void known_put(const struct known *k);
void known_sort(void);
/* devices/objects_fill.c: make it from the machine. [machine lock held] */
void known_fill(void);
/* The entry of exactly this address, or NULL. [any thread, in a signal too] */
const struct known *known_find(uintptr_t at);
/* Call fn for each object of the table that is one of QEMU's devices. */
void known_each(void (*fn)(struct Object *obj, void *opaque), void *opaque);

#endif
