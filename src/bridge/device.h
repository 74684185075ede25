/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model as a QEMU device: the object on QEMU's side, the live device of
 * rig/device.h on ours, and what joins them.
 *
 * Called through bridge_hooks in QEMU's order: device_init() in instance_init
 * with the module opened, device_realize(), _unrealize(), _finalize().
 * All calls [machine lock held].
 */
#ifndef BRIDGE_DEVICE_H
#define BRIDGE_DEVICE_H

#include "base/err.h"
#include "board/plan.h"
#include "bridge/qemu.h"
#include "rig/device.h"

struct bridge_model;

/* Bytes given to opaque QEMU structs; QEMU's own are smaller by half. */
enum {
    DEVICE_TIMER_BYTES = 128,       /* QEMUTimer: 48 */
    DEVICE_CHR_BYTES = 256,         /* CharBackend: 56 */
    DEVICE_SPACE_BYTES = 512,       /* AddressSpace: up to 160 */
};

struct device_prop {
    struct bridge_model *d;
    uint32_t n;                     /* in the type's props */
};

struct device_link {
    struct Object *target;          /* QEMU's link property writes it */
};

struct device_page {                /* of a region; read as memory */
    struct rig_region *region;
    uint64_t at, bytes;
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;
};

struct device_region {
    struct qemu_region_ops ops;
    struct MemoryRegion *mr;        /* layout.region bytes; NULL if unborn */
    struct MemoryRegion *io;        /* below the pages, where mr has both */
    struct device_page *pages;
    uint32_t n_pages;
    uint64_t at;                    /* the property at, at1, ... */
    bool at_set;
};

struct device_line {                /* a group of inputs */
    struct bridge_model *d;
    uint32_t group;
};

struct device_output {
    qemu_irq *pins;
    uint32_t count;
};

struct device_clock {
    struct bridge_model *d;
    uint32_t n;
    struct Clock *clock;
};

struct device_timer {
    struct bridge_model *d;
    uint32_t n;
    bool ready;
    _Alignas(16) char timer[DEVICE_TIMER_BYTES];
};

struct device_chr {
    struct bridge_model *d;
    uint32_t n;
    char *label;                    /* of the Chardev, or NULL */
    bool joined;
    _Alignas(16) char be[DEVICE_CHR_BYTES];
};

struct bridge_model {
    struct Object *obj;             /* QEMU's */
    const struct ob_device_type *type;
    struct rig_device *rig;
    char *name;                     /* the part's, for messages */
    bool realized;
    enum plan_crash on_crash;
    struct device_prop *props;
    struct device_link *links;      /* one for each prop, used by LINKs */
    struct device_region *regions;
    struct device_line *lines;
    struct device_output *outputs;
    struct device_clock *clocks;
    struct device_timer *timers;
    struct device_chr *chrs;
    qemu_irq *irqs;
    char **irq_paths;               /* the property irq, irq1, ... */
    struct device_state *state;     /* saved state's description */
};

/*
 * In instance_init of `obj`: make the live device of the checked `type` with
 * everything that QEMU may ask for before realize (properties, lines,
 * clocks). The result is the caller's: device_finalize().
 */
struct bridge_model *device_init(struct Object *obj,
                                 const struct ob_device_type *type);
/* In realize. On failure nothing is left behind. */
int device_realize(struct bridge_model *d, struct ob_err *err);
void device_unrealize(struct bridge_model *d);
/* In instance_finalize. NULL is fine. */
void device_finalize(struct bridge_model *d);

/* The model behind `obj`, or NULL if it is QEMU's own device. */
struct bridge_model *device_of(const struct Object *obj);

/*
 * The end of a complaint: what a list of irqs, gpio groups or regions has
 * (`use "rx", "tx"`). The caller frees it.
 */
char *device_names(const struct ob_array *list);

/* Set *errp from `err`'s text. */
void device_error(struct Error **errp, const struct ob_err *err);

/* device_props.c: add the QOM properties that `type` declares. */
void device_props_add(struct bridge_model *d);
/* Hand the links to the live device. 0 or -errno. */
int device_props_links(struct bridge_model *d, struct ob_err *err);

/* device_port.c: what the live device may ask of QEMU. `port` is a
 * struct bridge_model. */
extern const struct rig_port_ops device_port_ops;
/* Timers and character back ends, from realize on. */
int device_port_open(struct bridge_model *d, struct ob_err *err);
void device_port_start(struct bridge_model *d);    /* after create() */
void device_port_close(struct bridge_model *d);

/* device_region.c: make region `n`, before create(); and end it. */
void device_region_add(struct bridge_model *d, uint32_t n);
void device_region_free(struct bridge_model *d, uint32_t n);
/* The memory of one range of its pages; NULL: there is none. */
uint8_t *device_region_memory(struct bridge_model *d, uint32_t n, uint64_t at,
                              uint64_t bytes);

/* device_place.c: where -device puts it: properties at, at1.., irq, irq1.. */
void device_place_props(struct bridge_model *d);
int device_place(struct bridge_model *d, struct ob_err *err);

/* device_state.c: savevm and loadvm. */
int device_state_open(struct bridge_model *d, struct ob_err *err);
void device_state_close(struct bridge_model *d);

/* space.c: an address space in which `mr` starts at *ret_base; never freed.
 * While the machine runs: where regions are mapped is settled then. */
struct AddressSpace *space_of(struct MemoryRegion *mr, uint64_t *ret_base);

#endif
