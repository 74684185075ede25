/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-check. Nothing here is keyed on a version: every offset is found in
 * the running QEMU, each must have exactly one candidate, and what is not
 * found is named in the refusal. layout.def lists all of it with the how.
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
    bool has_desc;          /* some device class showed where desc is */
};

/* Filled by layout_derive(); constant after it. */
extern struct layout layout;

struct layout_row {
    const char *name;
    const char *how;
    size_t at;              /* offset of the value in struct layout */
};

/*
 * Derive and check everything. 0, or -ENOTSUP with a text that names the item
 * and QEMU's version, package and build-id. Registers abstract probe types
 * "outboard-probe-*" only. Hook only. [machine lock held]
 */
int layout_derive(struct ob_err *err);

/* The table, for the doctor; *ret_count rows. */
const struct layout_row *layout_rows(unsigned *ret_count);
size_t layout_value(const struct layout_row *row);

/* QEMU's version, package and build-id on one line. Static text. */
const char *layout_identity(void);

/* Class and instance bytes of a type by its class (0 if it inherits them). */
size_t layout_class_bytes(struct ObjectClass *oc);
size_t layout_instance_bytes(struct ObjectClass *oc);

/* `bytes` rounded up so that any data may follow. */
static inline size_t layout_round(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

/*
 * Where the bridge's own data begins in a device's object. A type may declare
 * fewer bytes than its code uses ("ssi-peripheral" does, in 7.2 to 11.1), so
 * data right behind the declared ones would be overwritten. No device that the
 * bridge derives from uses half of this; the self-check refuses a QEMU in which
 * "sys-bus-device" alone declares more.
 */
enum { LAYOUT_PRIVATE_AT = 2048 };

#endif
