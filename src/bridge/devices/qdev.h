/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model as a QEMU device. struct qdev connects QEMU's object with the running
 * device of device/device.h.
 *
 * bridge_callbacks calls these in QEMU's order: qdev_init() in instance_init
 * with the module open, then qdev_realize(), qdev_unrealize() and
 * qdev_finalize(). All calls [machine lock held].
 */
#ifndef BRIDGE_QDEV_H
#define BRIDGE_QDEV_H

#include "base/err.h"
#include "board/plan.h"
#include "bridge/qemu/qemu.h"
#include "device/device.h"

struct qdev;

/*
 * Bytes reserved for opaque QEMU structs. QEMU's own need at most half of it.
 */
enum {
    QDEV_CHR_BYTES = 256,         /* CharBackend: 56 */
};

struct qdev_prop {
    struct qdev *d;
    uint32_t n;                     /* in the type's props */
};

struct qdev_link {
    struct Object *target;    /* QEMU's link property writes this pointer */
};

struct qdev_page {    /* a page of a region that the guest reads as memory */
    struct device_region *region;
    uint64_t at, bytes;
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;
};

struct qdev_region {
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;    /* layout.region bytes; NULL before creation */
    struct MemoryRegion *io;        /* below the pages, if mr has both kinds */
    struct qdev_page *pages;
    uint32_t n_pages;
    uint64_t at;                    /* the property at, at1, ... */
    bool at_set;
};

struct qdev_line {                /* a group of inputs */
    struct qdev *d;
    uint32_t group;
};

struct qdev_output {
    qemu_irq *lines;
    uint32_t count;
};

struct qdev_clock {
    struct qdev *d;
    uint32_t n;
    struct Clock *clock;
};

struct qdev_timer {
    struct qdev *d;
    uint32_t n;
    bool ready;
    _Alignas(16) char timer[QEMU_TIMER_BYTES];
};

struct qdev_chr {
    struct qdev *d;
    uint32_t n;
    char *label;                    /* of the Chardev, or NULL */
    bool joined;
    _Alignas(16) char be[QDEV_CHR_BYTES];
};

struct qdev {
    struct Object *obj;             /* QEMU's object of this device */
    const struct device_decl *type;
    struct device *device;
    char *name;                     /* the part's name, for messages */
    bool realized;
    enum plan_crash on_crash;
    struct qdev_prop *props;
    struct qdev_link *links;      /* one for each property; used by links */
    struct qdev_region *regions;
    struct qdev_line *lines;
    struct qdev_output *outputs;
    struct qdev_clock *clocks;
    struct qdev_timer *timers;
    struct qdev_chr *chrs;
    qemu_irq *irqs;
    char **irq_paths;               /* the property irq, irq1, ... */
    struct qdev_state *state;     /* how QEMU saves the device */
};

/*
 * In instance_init of `obj`: create the running device of the checked `type`,
 * with everything that QEMU may ask for before realize (properties, lines,
 * clocks). The caller owns the result and frees it with qdev_finalize().
 */
struct qdev *qdev_init(struct Object *obj, const struct device_decl *type);
/* In realize. A failure undoes everything that the call did. */
int qdev_realize(struct qdev *d, struct ob_err *err);
void qdev_unrealize(struct qdev *d);
/* In instance_finalize. NULL is allowed. */
void qdev_finalize(struct qdev *d);

/* The model of `obj`, or NULL if `obj` is one of QEMU's own devices. */
struct qdev *qdev_of(const struct Object *obj);
/*
 * For qdev_life.c: remember (or, for NULL, forget) that `d` is the model of
 * `obj`.
 */
void qdev_put(const struct Object *obj, struct qdev *d);
void qdev_drop(const struct Object *obj);

/*
 * The end of a message: the names in a list of irqs, gpio groups or regions
 * (`use "rx", "tx"`). Takes DECL_NAMES(list). The caller frees the result.
 */
char *qdev_names(const void *items, uint32_t count, size_t bytes);

/* Set *errp from `err`'s text. */
void qdev_error(struct Error **errp, const struct ob_err *err);

/* qdev_props.c: add the QOM properties that `type` declares. */
void qdev_props_add(struct qdev *d);
/* Give the targets of the links to the running device. Returns 0 or -errno. */
int qdev_props_links(struct qdev *d, struct ob_err *err);

/*
 * qdev_host.c: the services of QEMU that a running device may use. Their first
 * argument is a struct qdev.
 */
extern const struct host_ops qdev_host_ops;
/* Open the timers and character backends, in realize. */
int qdev_host_open(struct qdev *d, struct ob_err *err);
void qdev_host_start(struct qdev *d);    /* after create() */
void qdev_host_close(struct qdev *d);

/* qdev_region.c: create region `n`, before create(), and free it. */
void qdev_region_add(struct qdev *d, uint32_t n);
void qdev_region_free(struct qdev *d, uint32_t n);
/*
 * The memory of one range of the region's pages, or NULL if it has no memory.
 */
uint8_t *qdev_region_memory(struct qdev *d, uint32_t n, uint64_t at,
                            uint64_t bytes);

/* qdev_place.c: add the properties at, at1.., irq, irq1.. for -device. */
void qdev_place_props(struct qdev *d);
int qdev_place(struct qdev *d, struct ob_err *err);

/* qdev_state.c: save the device in savevm and load it in loadvm. */
int qdev_state_open(struct qdev *d, struct ob_err *err);
void qdev_state_close(struct qdev *d);

#endif
