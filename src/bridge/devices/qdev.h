/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model as a QEMU device: the object on QEMU's side, the live device of
 * device/device.h on ours, and what joins them.
 *
 * Called through bridge_callbacks in QEMU's order: qdev_init() in instance_init
 * with the module opened, qdev_realize(), _unrealize(), _finalize().
 * All calls [machine lock held].
 */
#ifndef BRIDGE_DEVICE_H
#define BRIDGE_DEVICE_H

#include "base/err.h"
#include "board/plan.h"
#include "bridge/qemu/qemu.h"
#include "device/device.h"

struct qdev;

/* Bytes given to opaque QEMU structs; QEMU's own are smaller by half. */
enum {
    QDEV_CHR_BYTES = 256,         /* CharBackend: 56 */
};

struct qdev_prop {
    struct qdev *d;
    uint32_t n;                     /* in the type's props */
};

struct qdev_link {
    struct Object *target;          /* QEMU's link property writes it */
};

struct qdev_page {                /* of a region; read as memory */
    struct device_region *region;
    uint64_t at, bytes;
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;
};

struct qdev_region {
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;        /* layout.region bytes; NULL if unborn */
    struct MemoryRegion *io;        /* below the pages, where mr has both */
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
    qemu_irq *pins;
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
    struct Object *obj;             /* QEMU's */
    const struct device_decl *type;
    struct device *device;
    char *name;                     /* the part's, for messages */
    bool realized;
    enum plan_crash on_crash;
    struct qdev_prop *props;
    struct qdev_link *links;      /* one for each prop, used by LINKs */
    struct qdev_region *regions;
    struct qdev_line *lines;
    struct qdev_output *outputs;
    struct qdev_clock *clocks;
    struct qdev_timer *timers;
    struct qdev_chr *chrs;
    qemu_irq *irqs;
    char **irq_paths;               /* the property irq, irq1, ... */
    struct qdev_state *state;     /* saved state's description */
};

/*
 * In instance_init of `obj`: make the live device of the checked `type` with
 * everything that QEMU may ask for before realize (properties, lines,
 * clocks). The result is the caller's: qdev_finalize().
 */
struct qdev *qdev_init(struct Object *obj, const struct device_decl *type);
/* In realize. On failure nothing is left behind. */
int qdev_realize(struct qdev *d, struct ob_err *err);
void qdev_unrealize(struct qdev *d);
/* In instance_finalize. NULL is fine. */
void qdev_finalize(struct qdev *d);

/* The model behind `obj`, or NULL if it is QEMU's own device. */
struct qdev *qdev_of(const struct Object *obj);
/* For qdev.c: from now on, or no longer, `d` is behind `obj`. */
void qdev_put(const struct Object *obj, struct qdev *d);
void qdev_drop(const struct Object *obj);

/*
 * The end of a message: what a list of irqs, gpio groups or regions has
 * (`use "rx", "tx"`). Takes DECL_NAMES(list). The caller frees the result.
 */
char *qdev_names(const void *items, uint32_t count, size_t bytes);

/* Set *errp from `err`'s text. */
void qdev_error(struct Error **errp, const struct ob_err *err);

/* device_props.c: add the QOM properties that `type` declares. */
void qdev_props_add(struct qdev *d);
/* Hand the links to the live device. 0 or -errno. */
int qdev_props_links(struct qdev *d, struct ob_err *err);

/* device_port.c: what the live device may ask of QEMU. `port` is a
 * struct qdev. */
extern const struct host_ops qdev_host_ops;
/* Timers and character back ends, from realize on. */
int qdev_host_open(struct qdev *d, struct ob_err *err);
void qdev_host_start(struct qdev *d);    /* after create() */
void qdev_host_close(struct qdev *d);

/* qdev_region.c: make region `n`, before create(); and end it. */
void qdev_region_add(struct qdev *d, uint32_t n);
void qdev_region_free(struct qdev *d, uint32_t n);
/* The memory of one range of its pages; NULL: there is none. */
uint8_t *qdev_region_memory(struct qdev *d, uint32_t n, uint64_t at,
                            uint64_t bytes);

/* qdev_place.c: where -device puts it: properties at, at1.., irq, irq1.. */
void qdev_place_props(struct qdev *d);
int qdev_place(struct qdev *d, struct ob_err *err);

/* qdev_state.c: savevm and loadvm. */
int qdev_state_open(struct qdev *d, struct ob_err *err);
void qdev_state_close(struct qdev *d);

#endif
