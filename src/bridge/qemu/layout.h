/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-check. No offset depends on QEMU's version: the bridge finds each
 * one in the running QEMU, each must have exactly one candidate, and the
 * refusal names what was not found. layout.def lists all of them and how each
 * is found.
 */
#ifndef BRIDGE_LAYOUT_H
#define BRIDGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "bridge/qemu/qemu.h"

struct layout {
#define L(field, name, how) size_t field;
#include "bridge/qemu/layout.def"
#undef L
    bool has_categories;    /* two types showed where categories is */
    bool has_desc;          /* some device class showed where desc is */
};

/* Filled by layout_derive() and constant after that. */
extern struct layout layout;

struct layout_row {
    const char *name;
    const char *how;
    size_t at;              /* offset of the value in struct layout */
};

/*
 * Find and check everything. Returns 0, or -ENOTSUP with a text that names the
 * item and QEMU's version, package and build-id. Registers only abstract probe
 * types "outboard-probe-*". At the hook only. [machine lock held]
 */
int layout_derive(struct ob_err *err);

/* The rows of the table, for the doctor. */
const struct layout_row *layout_rows(unsigned *ret_count);
size_t layout_value(const struct layout_row *row);

/* QEMU's version, package and build-id on one line. Static text. */
const char *layout_identity(void);

/*
 * The class size of a type by its class, and its instance size (0: inherited).
 */
size_t layout_class_bytes(struct ObjectClass *oc);
size_t layout_instance_bytes(struct ObjectClass *oc);

/* `bytes` rounded up to the alignment of any type. */
static inline size_t layout_round(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

/*
 * Where the bridge's own data begins in a device's object. A type may declare
 * fewer bytes than its code uses ("ssi-peripheral" does, in 7.2 to 11.1), and
 * QEMU would overwrite data right behind the declared bytes. No device that the
 * bridge derives from uses half of this. The self-check refuses a QEMU in which
 * "sys-bus-device" alone declares more.
 */
enum { LAYOUT_PRIVATE_AT = 2048 };

#endif
