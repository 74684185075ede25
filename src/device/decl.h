/* SPDX-License-Identifier: MIT */
/*
 * The normalised declaration of a device type: one form for the content of a
 * descriptor of any minor of the ABI, and of a description in bytes.
 *
 * The gate makes it once for each type: device_decl_new() copies a module's
 * descriptor, and device_decl_finish() completes what another process has
 * described. Both check everything. After that, no code reads a descriptor:
 * only declare.c knows strides, struct sizes and zeros that stand for a
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

/* One region. */
struct decl_region {
    const char *name;
    uint64_t bytes;                 /* 1 .. 2^32 */
    uint32_t flags;                 /* OB_REGION_* */
    uint8_t access_min, access_max; /* what a guest may use: 1, 2, 4, 8 */
    uint8_t impl_min, impl_max;     /* what read() and write() take */
    DECL_LIST(struct ob_reg) regs;  /* count and step are at least 1 */
    uint64_t (*read)(struct ob_dev *dev, uint64_t offset, uint32_t bytes);
    void (*write)(struct ob_dev *dev, uint64_t offset, uint64_t value,
                  uint32_t bytes);
    uint64_t direct_at, direct_bytes;   /* pages that read() serves */
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
    DECL_LIST(struct ob_irq) irqs;
    struct decl_gpios inputs, outputs;
    DECL_LIST(struct ob_clock) clocks;
    DECL_LIST(struct ob_timer) timers;
    DECL_LIST(struct ob_chardev) chardevs;
    DECL_LIST(struct ob_saved) saved;
    /* Calls into the module; a type without code has none of them. */
    int (*create)(struct ob_dev *dev);
    void (*destroy)(struct ob_dev *dev);
    void (*reset)(struct ob_dev *dev);
    int (*restored)(struct ob_dev *dev);

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
