/* SPDX-License-Identifier: MIT */
/*
 * A live device: one instance of a model, independent of its host. The device
 * core keeps the model's state struct, serves declared registers, keeps
 * properties, tracks timers, saves and restores. For everything else it calls
 * the host operations (device/host_ops.h) and the model operations
 * (model_ops.h).
 *
 * Order: device_decl_new() once per type -> device_new() -> props ->
 * device_create() -> device_reset() -> use -> device_free().
 * All calls [machine lock held].
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <glib.h>

#include <outboard/outboard.h>

#include "base/err.h"
#include "device/decl/decl.h"
#include "device/host_ops.h"

struct device;
struct device_region;      /* one region of a live device */

/* The model operations of a model in this process; for device_decl_new(). */
extern const struct model_ops local_model_ops;

/*
 * A new instance in its default properties. `type` was checked and outlives
 * it; `id` is copied; `ops` and `port` stay the caller's and outlive it.
 * Never fails (GLib memory rules).
 */
struct device *device_new(const struct device_decl *type, const char *id,
                          const struct host_ops *ops, void *port);
/* Ends the model (destroy()) if it was created. NULL is fine. */
void device_free(struct device *d);
const struct device_decl *device_type(const struct device *d);
const char *device_id(const struct device *d);
void *device_port(const struct device *d);
/* The model's state struct; for tests. */
void *device_state(struct device *d);
void device_rename(struct device *d, const char *id);

/*
 * Set or read property `n` before create. Values are checked against the
 * declaration; errors name the property and what it takes. Reading works
 * any time. BOOL, UINT, SIZE, ENUM travel as uint64_t.
 */
int device_prop_set(struct device *d, uint32_t n, uint64_t value,
                    struct ob_err *err);
int device_prop_text(struct device *d, uint32_t n, const char *text,
                     struct ob_err *err); /* STRING, ENUM by name */
/* `target` is the port's; `label` (copied) names it in messages. */
int device_prop_link(struct device *d, uint32_t n, void *target,
                     const char *label, struct ob_err *err);
/* Was property `n` set, so that it is not just the default? */
bool device_prop_is_set(const struct device *d, uint32_t n);
uint64_t device_prop_get(const struct device *d, uint32_t n);
const char *device_prop_get_text(const struct device *d, uint32_t n);

/* Required properties are there -> the model's create(). */
int device_create(struct device *d, struct ob_err *err);
/*
 * Registers to their reset values, timers disarmed, model's reset() with
 * `kind`, OB_RESET_*. Lines that the model then sets go to the port even if
 * they had that level.
 */
void device_reset(struct device *d, uint32_t kind);

/* Region `n`, to be handed as the opaque of the next two; lives with `d`. */
struct device_region *device_region(struct device *d, uint32_t n);
/*
 * For messages: is `at` the address of the core's data of one of the device's
 * declared registers? Then `text` gets the register's name.
 */
bool device_register(const struct device *d, uintptr_t at, char *text,
                     unsigned size);
/*
 * An access by the guest. Shaped so that they can stand in a table of a
 * region's operations. Any size, place and alignment may come: what the
 * region does not take is logged and reads 0, and what the model's functions
 * do not take is split and joined here. A host whose own dispatch would
 * refuse or widen (QEMU's) is best told the largest size alone: it still
 * cuts by that what DMA asks for.
 */
uint64_t device_region_read(void *region, uint64_t offset, unsigned bytes);
void device_region_write(void *region, uint64_t offset, uint64_t value,
                         unsigned bytes);
/*
 * As device_region_read(), for hosts that look after the model's author: where
 * the guest reads memory, the model is asked as well; if that gives another
 * value or has a side effect, it is logged as the model's mistake.
 */
uint64_t device_region_read_checked(void *region, uint64_t offset,
                                    unsigned bytes);

/*
 * Things that happen to a device; the indices are the declaration's. Inputs
 * that repeat a level and timers that are not armed are ignored; inputs that
 * rise before the first reset are told to the model after it; of received
 * bytes, those past the model's room are dropped, so ask for the room first.
 */
void device_input(struct device *d, uint32_t group, uint32_t n, int32_t level);
void device_timer_expired(struct device *d, uint32_t n);
void device_clock_changed(struct device *d, uint32_t n);
uint32_t device_chr_room(struct device *d, uint32_t n);
void device_chr_receive(struct device *d, uint32_t n, const uint8_t *bytes,
                        uint32_t count);
void device_chr_event(struct device *d, uint32_t n, uint32_t event);

/*
 * Saved state: a self-describing block (type, version, entries by name and
 * width; little endian), so that it is portable between hosts and QEMUs.
 * Restoring checks all of it first and changes nothing if it refuses. For a
 * device whose runner has ended, saving returns the last known block, or NULL.
 */
GByteArray *device_save(struct device *d);
int device_restore(struct device *d, const uint8_t *bytes, size_t count,
                   struct ob_err *err);

#endif
