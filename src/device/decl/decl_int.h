/* SPDX-License-Identifier: MIT */
/* Shared by the gate's files: decl_list.c, check.c, decl_pages.c, declare.c */
#ifndef DEVICE_DECL_INT_H
#define DEVICE_DECL_INT_H

#include <glib.h>
#include <inttypes.h>

#include "device/decl/decl.h"

/* Bounds on what a type may declare. */
#define DEVICE_STATE_MAX (64u << 20)    /* bytes of a state struct */
#define DEVICE_REGS_END (16u << 20)     /* registers lie below, in a region */
#define DEVICE_ELEMENTS_MAX (1u << 18)  /* register elements in all */
/* Gpio lines in all: QEMU takes time of their square to free them. */
#define DEVICE_LINES_MAX 8192u
#define DEVICE_FIELDS_MAX 64u           /* of a register */
#define DEVICE_ITEMS_MAX 4096u          /* items of any other list */
/* Ranges of pages in a region: QEMU ends itself at 4096 in all. */
#define DEVICE_WINDOWS_MAX 8u

/* The low `bytes` (1 .. 8) bytes' bits. */
static inline uint64_t device_mask(unsigned bytes)
{
    return ~UINT64_C(0) >> (64 - 8 * bytes);
}

/* The bytes that a property takes in the state struct. */
static inline uint32_t decl_prop_bytes(const struct ob_prop *p)
{
    switch (p->type) {
    case OB_PROP_BOOL: return 1;
    case OB_PROP_UINT:
    case OB_PROP_INT: return p->bytes;
    case OB_PROP_ENUM: return 4;
    default: return 8;
    }
}

/* Is `value` within the range, as numbers of the property's sign? */
static inline bool decl_prop_fits(const struct ob_prop *p, uint64_t value)
{
    if (p->type == OB_PROP_INT)
        return (int64_t)value >= (int64_t)p->min &&
               (int64_t)value <= (int64_t)p->max;
    return value >= p->min && value <= p->max;
}

static inline bool decl_size_known(uint32_t bytes)
{
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* The end of the last element of `g`; count and step are filled in. */
static inline uint64_t decl_reg_end(const struct decl_reg *g)
{
    return g->offset + (uint64_t)(g->count - 1) * g->step + g->bytes;
}

/* `err` with "type NAME: " before it. Returns -EINVAL. */
int decl_refuse(const struct device_decl *decl, struct ob_err *err,
                const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* check.c: why `name` cannot name an item, or NULL. */
const char *decl_name_flaw(const char *name);
/*
 * Everything but pages. `code`: the declaration comes from a module, so it
 * has the functions that its items need.
 */
int decl_check(const struct device_decl *decl, bool code, struct ob_err *err);
/* All regions together have few enough pages. */
int decl_pages_check(const struct device_decl *decl, struct ob_err *err);

/* decl_pages.c: compute the pages of a module's regions. */
void decl_pages_find(struct device_decl *decl);
/* Check those that another process has described. 0 or -EPROTO. */
int decl_pages_take(const struct device_decl *decl, struct ob_err *err);

#endif
