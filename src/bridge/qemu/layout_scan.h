/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the parts of the self-check: counting candidates, and the parts in
 * their order.
 */
#ifndef BRIDGE_LAYOUT_SCAN_H
#define BRIDGE_LAYOUT_SCAN_H

#include <string.h>

#include "bridge/qemu/layout.h"
#include "bridge/qemu/probe.h"
#include "bridge/qemu/symbols.h"

enum { CLASS_HEAD_BYTES = 96 };     /* ObjectClass, in 7.2 to 11.1 */

/* A search for one place. */
struct scan {
    const char *item;       /* its name in layout.def */
    unsigned hits;
    size_t at;              /* the first hit */
};

static inline void scan_hit(struct scan *s, size_t at)
{
    if (s->hits++ == 0)
        s->at = at;
}

/*
 * *ret = the place if there was exactly one; else -ENOTSUP with the item's
 * name.
 */
int scan_end(const struct scan *s, size_t *ret, struct ob_err *err);

/* Refuse: `item` is `seen`, but the self-check expected `want`. */
int scan_refuse(const char *item, size_t seen, const char *want,
                struct ob_err *err);

/*
 * The 8 or 4 bytes at an offset. The caller knows that the struct is that long.
 */
static inline uint64_t slot64(const void *base, size_t at)
{
    uint64_t v;

    memcpy(&v, (const char *)base + at, sizeof(v));
    return v;
}

static inline uint32_t slot32(const void *base, size_t at)
{
    uint32_t v;

    memcpy(&v, (const char *)base + at, sizeof(v));
    return v;
}

/* The class of `type`, or NULL with a refusal that names it. */
struct ObjectClass *scan_class(const char *type, struct ob_err *err);

int layout_derive_types(struct ob_err *err);
int layout_derive_device(struct ob_err *err);
int layout_derive_machine(struct ob_err *err);
int layout_derive_clock(struct ob_err *err);
int layout_derive_vmstate(struct ob_err *err);

#endif
