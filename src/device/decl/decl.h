/* SPDX-License-Identifier: MIT */
/*
 * The normalised declaration of a device type: one form for the content of a
 * descriptor of any minor of the ABI, and of a description in bytes.
 *
 * The gate makes it once for each type: device_decl_new() copies a module's
 * descriptor, and device_decl_finish() completes what another process has
 * described. Both check everything. After that, no code reads a descriptor:
 * only declare.c knows strides, struct sizes, groups and zeros that stand for a
 * default.
 *
 * A declaration does not change after the gate, so any thread may read it.
 */
#ifndef DEVICE_DECL_H
#define DEVICE_DECL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <outboard/outboard.h>

#include "base/arena.h"
#include "base/err.h"

struct ext_kind;
struct model_ops;

/*
 * The largest saved state, in bytes, on every host. The gate refuses a type
 * that could save more, so what a host saves it can also load.
 */
#define DEVICE_BLOCK_MAX (80u << 20)

/* Pages (of DEVICE_PAGE bytes) of a region that the guest reads as memory. */
#define DEVICE_PAGE 4096u
struct device_pages {
    uint64_t at, bytes;
};

/* A list: `count` items at `at`; `at` is never NULL. */
#define DECL_LIST(type)                                                       \
    struct {                                                                  \
        const type *at;                                                       \
        uint32_t count;                                                       \
    }

/* Is the property a number that the host stores by device_store()? */
static inline bool decl_prop_is_number(const struct ob_prop *p)
{
    return p->type != OB_PROP_STRING && p->type != OB_PROP_LINK;
}

/* A register, or an array of equal ones. */
struct decl_reg {
    const char *name;
    uint32_t offset;                /* in the region */
    uint8_t bytes;                  /* 1, 2, 4 or 8 */
    uint8_t access;                 /* OB_RW, ...; for all bits, if no fields */
    bool stored;                    /* it has storage */
    uint32_t flags, hints;          /* OB_REG_* */
    uint32_t count, step;           /* at least 1, at least `bytes` */
    uint32_t state, state_step;     /* first element in the state struct */
    uint32_t state_bytes;           /* room for all elements there; 0: any */
    uint32_t tag;
    uint64_t reset;
    DECL_LIST(struct ob_field) fields;
    uint64_t (*on_read)(struct ob_dev *dev, const struct ob_reg_read *r);
    void (*on_write)(struct ob_dev *dev, const struct ob_reg_write *w);
};

/*
 * One line, clock, timer or backend. A descriptor lists groups of them; here
 * each has its own item. `item` and `n` are what the model knows it by.
 */
struct decl_irq {
    const char *name;
    uint32_t item, n;
};

struct decl_clock {
    const char *name;
    uint32_t item, n;
    uint32_t direction;             /* OB_CLOCK_* */
    void (*changed)(struct ob_dev *dev, uint32_t clock, uint32_t n);
};

struct decl_timer {
    const char *name;
    uint32_t item, n;
    void (*expired)(struct ob_dev *dev, uint32_t timer, uint32_t n);
};

struct decl_chardev {
    const char *name;
    uint32_t item, n;
    uint32_t (*room)(struct ob_dev *dev, uint32_t chardev, uint32_t n);
    void (*receive)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                    const uint8_t *bytes, uint32_t count);
    void (*event)(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                  uint32_t event);
};

/*
 * The groups of a descriptor's list: the index of the first line of each, and
 * the number of all lines at [count].
 */
struct decl_groups {
    const uint32_t *first;
    uint32_t count;
};

/* An extension that this host knows; those it does not know are left out. */
struct decl_ext {
    const struct ext_kind *kind;
    uint32_t flags;                 /* OB_EXT_* */
    const void *data;               /* the kind's struct of this build */
};

/* One region. */
struct decl_region {
    const char *name;
    uint64_t bytes;                 /* 1 .. 2^32 */
    uint32_t flags;                 /* OB_REGION_* */
    uint8_t access_min, access_max; /* what a guest may use: 1, 2, 4, 8 */
    uint8_t impl_min, impl_max;     /* what read() and write() take */
    DECL_LIST(struct decl_reg) regs;
    uint64_t (*on_read)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes);
    void (*on_write)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes);
    uint64_t direct_at, direct_bytes;   /* pages that on_read() serves */
    /* All pages that the guest reads as memory: sorted, apart. */
    DECL_LIST(struct device_pages) pages;
};

struct decl_gpios {
    const struct ob_gpio *at;
    uint32_t count;
};

/*
 * The declaration. Items of lists are the ABI's structs of this build's minor.
 * Names and texts are the module's (or lie in `arena`).
 */
struct device_decl {
    const char *name, *desc;        /* desc may be NULL */
    uint32_t state_bytes;
    uint16_t state_version, state_oldest;
    DECL_LIST(struct ob_prop) props;    /* min and max hold the real range */
    DECL_LIST(struct decl_region) regions;
    DECL_LIST(struct decl_irq) irqs;
    struct decl_gpios inputs, outputs;
    DECL_LIST(struct decl_clock) clocks;
    DECL_LIST(struct decl_timer) timers;
    DECL_LIST(struct decl_chardev) chardevs;
    DECL_LIST(struct ob_saved) saved;   /* step is at least 1 */
    DECL_LIST(struct decl_ext) exts;
    struct decl_groups irq_groups, clock_groups, timer_groups, chardev_groups;
    /* Calls into the module; a type without code has none of them. */
    int32_t (*create)(struct ob_dev *dev);
    void (*destroy)(struct ob_dev *dev);
    void (*reset)(struct ob_dev *dev, uint32_t kind);
    int32_t (*restored)(struct ob_dev *dev);

    /* Who runs the model, and what it keeps for the type. */
    const struct model_ops *model;
    void *model_type;               /* model's own; NULL: it keeps nothing */
    struct arena *arena;            /* all of this lies in it */
};

/*
 * Copy the descriptor `type` and check all that it says: sizes, names, ranges,
 * overlapping registers, fields outside their register, offsets outside the
 * state struct, unknown flags. The descriptor is hostile, but its pointers
 * lead to readable memory, as it is a loaded module's data. The module must
 * outlive the result. `model` runs the devices.
 *
 * 0, and *ret is the caller's, for device_decl_free(); or -EINVAL with "type
 * NAME: ..." that names the item. [machine lock held]
 */
int device_decl_new(const struct ob_device_type *type,
                    const struct model_ops *model, struct device_decl **ret,
                    struct ob_err *err);
/* `decl` and its arena. NULL is fine. */
void device_decl_free(struct device_decl *decl);
/* How many declarations this process has made; for tests. */
uint64_t device_decl_made(void);

/* An empty declaration in `arena`, to be filled and finished. */
struct device_decl *device_decl_empty(struct arena *arena);
/*
 * `decl` was filled from bytes: it has names, texts and numbers, any of them
 * hostile, all lists with their memory, and no code. Fill in the zeros that
 * stand for defaults, and check the rest as device_decl_new() does. 0, or
 * -EINVAL or -EPROTO.
 */
int device_decl_finish(struct device_decl *decl, struct ob_err *err);

/*
 * Add an extension to a declaration that is filled from bytes: `exts.at` has
 * room for it. `values` are the plain values of its struct, from `size` on.
 * A wish that this host does not know is left out. 0 or -EINVAL.
 */
int device_decl_ext(struct device_decl *decl, const char *id, uint32_t flags,
                    const void *values, size_t bytes, struct ob_err *err);

/* The three arguments by which the next function takes any list. */
#define DECL_NAMES(list) (list).at, (list).count, sizeof(*(list).at)
/*
 * The index of the item called `name` in a list of `count` items of `bytes`
 * bytes, each of which starts with its name; or -1.
 */
int device_decl_find(const void *items, uint32_t count, size_t bytes,
                     const char *name);
/* The name of item `n` of such a list; NULL past its end. */
const char *device_decl_name(const void *items, uint32_t count, size_t bytes,
                             uint32_t n);

/* Region `n`; NULL past the last. */
static inline const struct decl_region *device_decl_region(
    const struct device_decl *decl, uint32_t n)
{
    return n < decl->regions.count ? &decl->regions.at[n] : NULL;
}

/* How many bytes a device of that type saves. */
uint64_t device_decl_block_bytes(const struct device_decl *decl);

#endif
