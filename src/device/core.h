/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of the device core and by the model operations: the
 * local model and remote/. No other room includes this.
 *
 * From the bottom to the top, each file calls only files before it: log.c,
 * unimpl.c, levels.c, props.c; direct.c, services.c; regs.c; verify.c, state.c;
 * local_model.c, life.c.
 *
 * The core trusts only that a model does not write outside its state struct.
 * What a model can reach through `struct ob_dev` is a copy. No list below
 * changes between create and free, whatever a model calls.
 */
#ifndef DEVICE_CORE_H
#define DEVICE_CORE_H

#include <inttypes.h>

#include "device/decl/decl_int.h"
#include "device/device.h"
#include "device/model_ops.h"

#define DEVICE_FEATURES_MAX 16u     /* shown though the user wants no lines */
#define DEVICE_DEPTH_MAX 24         /* services within services */

#define DEVICE_UNARMED UINT64_MAX
#define DEVICE_LEVEL_UNKNOWN INT64_MIN

enum device_phase {
    DEVICE_NEW, DEVICE_CREATING, DEVICE_LIVE, DEVICE_ENDING,
};

/* What an OB_PROP_LINK points to, as the model holds it. */
struct ob_link {
    void *target;           /* the port's */
    char *label;            /* owned */
};

struct device_prop {
    uint64_t value;         /* BOOL, UINT, SIZE, ENUM */
    char *text;             /* STRING; owned */
    struct ob_link link;    /* LINK */
    bool set;               /* by the user, not by default */
};

/* A register as declared, compiled: bits sorted by what a write does. */
struct device_reg {
    struct decl_reg decl;   /* a copy */
    uint64_t take;          /* RW, WO: the written value is stored */
    uint64_t w1c, w1s, rc;
    uint64_t ro;            /* compared and logged */
    uint64_t none;          /* outside all fields */
    uint64_t keep, force;   /* a read is (stored & keep) | force */
    uint64_t fixed;         /* `reset`, for registers without storage */
};

/* One element of a register. */
struct device_slot {
    uint8_t *value;         /* in the state struct, or &reg->fixed */
    uint64_t keep, force;   /* as in `reg`, near at hand */
    uint32_t offset;        /* in the region */
    uint8_t bytes;
    bool plain;             /* a whole read needs no more ado */
    bool direct;            /* a whole access is aligned and of a legal size */
    bool stored;            /* has storage */
    uint32_t index;
    const struct device_reg *reg;
};

#define DEVICE_PAGE_CELLS 256u

/* A range of a region that the guest reads as memory. */
struct device_window {
    uint64_t at, bytes;
    uint8_t *memory;            /* the port's */
};

/*
 * The register that a whole plain read last found: drivers poll, and its way
 * through the table is longer than the read. `bytes` UINT64_MAX: none.
 */
struct device_hot {
    uint64_t offset, bytes;
    const uint8_t *value;
    uint64_t keep, force;
};

struct device_region {
    struct device_hot hot;
    struct device_slot ***pages;   /* [cell / 256][cell % 256]; NULL: no slot */
    uint64_t n_cells;           /* 0 until create and after free began */
    unsigned shift;             /* a cell is 1 << shift bytes */
    bool big;
    bool unaligned;
    uint8_t valid[2], impl[2];
    uint16_t fn_sizes;          /* bit n: the functions take n bytes, and
                                   there are no registers; 0 unless live */
    uint64_t bytes;
    uint64_t (*on_read)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint32_t bytes);
    void (*on_write)(struct ob_dev *dev, uint32_t region, uint64_t offset,
                     uint64_t value, uint32_t bytes);
    uint32_t index;             /* of the region */
    struct device *d;
    const char *name;
    struct device_reg *regs;
    struct device_slot *slots;
    uint32_t n_regs, n_slots, n_pages;
    struct device_window *windows;
    uint32_t n_windows;
};

struct device_direct;              /* direct.c's */

struct device {
    struct ob_dev dev;          /* first: what the model is given */
    const struct device_decl *type;
    const struct model_ops *model;  /* type->model */
    void *model_data;           /* model's own; NULL: it keeps nothing */
    const struct host_ops *ops;
    void *port;                 /* the host's; for ops */
    uint8_t *state;             /* the model's; dev.state is its copy */
    char *id;
    enum device_phase phase;
    bool resetting, restoring;
    bool was_reset;             /* inputs reach the model from then on */
    int depth;
    bool looped;                /* too deep: refuse until depth is 0 */
    bool reading;               /* a read without side effects is checked */
    struct device_direct *direct;  /* registers to publish; NULL: none */
    uint32_t n_features;            /* unimpl.c's: hashes of what it reported */
    uint64_t features[DEVICE_FEATURES_MAX];
    char *fail_text;            /* of the model's last ob_refuse() */
    struct device_prop *props;
    struct device_region *regions;
    uint64_t *deadlines;        /* per timer, or DEVICE_UNARMED */
    int64_t *irq_levels;
    int64_t **input_levels;     /* [group][line] */
    int64_t **output_levels;
};

static inline struct device *device_of(struct ob_dev *dev)
{
    return (struct device *)dev;
}

/* Numbers as they lie in the state struct: 1, 2, 4 or 8 bytes, any place. */
static inline uint64_t device_load(const uint8_t *at, unsigned bytes)
{
    uint8_t v8;
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;

    switch (bytes) {
    case 4: __builtin_memcpy(&v32, at, 4); return v32;
    case 1: __builtin_memcpy(&v8, at, 1); return v8;
    case 2: __builtin_memcpy(&v16, at, 2); return v16;
    default: __builtin_memcpy(&v64, at, 8); return v64;
    }
}

static inline void device_store(uint8_t *at, unsigned bytes, uint64_t value)
{
    uint8_t v8 = (uint8_t)value;
    uint16_t v16 = (uint16_t)value;
    uint32_t v32 = (uint32_t)value;

    switch (bytes) {
    case 4: __builtin_memcpy(at, &v32, 4); break;
    case 1: __builtin_memcpy(at, &v8, 1); break;
    case 2: __builtin_memcpy(at, &v16, 2); break;
    default: __builtin_memcpy(at, &value, 8);
    }
}

/* services.c: what the model's `struct ob_dev` leads to. */
extern const struct ob_host device_services;
/*
 * The services of the lists with groups, by the one number that the core and
 * its hosts use. `n` may have any value.
 */
void device_irq_set(struct device *d, uint32_t n, bool level);
void device_timer_arm(struct device *d, uint32_t n, uint64_t deadline);
void device_timer_cancel(struct device *d, uint32_t n);
uint64_t device_clock_period(struct device *d, uint32_t n);
void device_clock_drive(struct device *d, uint32_t n, uint64_t period);
uint32_t device_chr_send(struct device *d, uint32_t n, const uint8_t *bytes,
                         uint32_t count);
void device_chr_ready(struct device *d, uint32_t n);

/* log.c: a line "TYPE ID: ..." to the host, if it wants `kind`. */
bool device_log_wanted(struct device *d, uint32_t kind);
void device_logf(struct device *d, uint32_t kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * unimpl.c: a line of kind OB_LOG_UNIMPL from the model itself. False: it
 * would go nowhere.
 */
bool device_unimpl_wanted(struct device *d);
void device_unimplf(struct device *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* levels.c: before the first call of the host; and the end. */
void device_levels_init(struct device *d);
void device_levels_free(struct device *d);
/* Forget the levels of outputs: the host gets the next ones even if equal. */
void device_levels_forget(struct device *d);
void device_timers_disarm(struct device *d);

/* regs.c: tables of all regions; made at create, freed with the device. */
void device_regions_compile(struct device *d);
/* From here on it has no registers and calls no function. */
void device_region_close(struct device_region *r);
void device_regions_reset(struct device *d);
void device_regions_free(struct device *d);

/* A read and a write that the region takes, by registers and functions. */
uint64_t device_region_ask(struct device_region *r, uint64_t offset,
                           unsigned bytes);
void device_region_put(struct device_region *r, uint64_t offset,
                       uint64_t value, unsigned bytes);
/* Is an access of that size and place one that the region takes? */
bool device_region_takes(const struct device_region *r, uint64_t offset,
                         unsigned bytes);
/* The name of the register at `offset`; false: no register is there. */
bool device_region_name(const struct device_region *r, uint64_t offset,
                        char ret[160]);

/* direct.c */
/* Get the memory of the regions' windows from the host. */
void device_direct_ask(struct device *d);
/* The same, and from now on publish the registers there. */
void device_direct_open(struct device *d);
void device_direct_close(struct device *d);
/* From memory, if all of it lies in one window. */
bool device_direct_read(const struct device_region *r, uint64_t offset,
                        unsigned bytes, uint64_t *ret);
/* Publish what the guest reads; the arguments were checked. */
void device_direct_set(struct device *d, uint32_t region, uint64_t offset,
                       uint64_t value, unsigned bytes);
/* Publish what has changed; d->direct is not NULL. */
void device_direct_refresh(struct device *d);

/* The model has been called, or is about to call out. */
static inline void device_direct_sync(struct device *d)
{
    if (__builtin_expect(!!d->direct, 0))
        device_direct_refresh(d);
}

/* verify.c: as model_ops.verify. */
void device_verify(struct device *d, uint32_t region, uint64_t offset,
                   unsigned bytes, uint64_t page);

/* state.c: the block of a local model, the caller's. */
GByteArray *device_block_save(struct device *d);
/*
 * Match `bytes` with the declaration and, if all of it fits, apply it. 0; or
 * -EINVAL, `err`, and no change.
 */
int device_block_restore(struct device *d, const uint8_t *bytes, size_t count,
                         struct ob_err *err);

/* The block of a device that was reset and of which no more is known. */
GByteArray *device_block_of_reset(const struct device *d);
bool device_block_is_reset(const struct device *d, const uint8_t *bytes,
                           size_t count);
/*
 * The value of live property `n` in the block of a model in another process.
 * False: the block has none, or one that is out of its range.
 */
bool device_block_prop(struct device *d, const uint8_t *bytes, size_t count,
                       uint32_t n, uint64_t *ret);

/* props.c */
void device_props_init(struct device *d);
int device_props_check(struct device *d, struct ob_err *err);
void device_props_store(struct device *d);
/* Store the number of property `n` alone. */
void device_prop_store(struct device *d, uint32_t n);
void device_props_free(struct device *d);

#endif
