/* SPDX-License-Identifier: MIT */
/*
 * A live device: one instance of a model, whoever hosts it. Keeps the model's
 * state struct, serves declared registers, holds properties, tracks timers,
 * saves and restores; what it cannot do itself it asks of the port.
 *
 * Order: rig_type_check() once per type -> rig_device_new() -> props ->
 * rig_device_create() -> rig_device_reset() -> use -> rig_device_free().
 * All calls [machine lock held].
 */
#ifndef RIG_DEVICE_H
#define RIG_DEVICE_H

#include <glib.h>

#include <outboard/outboard.h>

#include "base/err.h"
#include "rig/port.h"

struct rig_device;
struct rig_region;      /* one region of a live device */

/*
 * The largest saved state, in bytes, on every host. A type that could save more
 * is refused, and no host reads or writes more.
 */
#define RIG_BLOCK_MAX (80u << 20)

/*
 * Check all that a type declares (it comes from a module, hostile until then):
 * sizes, names, ranges, overlapping registers, fields out of their register,
 * state offsets outside the state struct, unknown flags. 0, or -EINVAL with
 * "type NAME: ..." naming the item.
 */
int rig_type_check(const struct ob_device_type *type, struct ob_err *err);

/* Item `n` of a list in a descriptor, or NULL past its end. */
const void *rig_item(const struct ob_array *list, uint32_t n);
const struct ob_prop *rig_type_prop(const struct ob_device_type *type,
                                    uint32_t n);
const struct ob_region *rig_type_region(const struct ob_device_type *type,
                                        uint32_t n);
/* Index by name in any of a type's lists; or -1. */
int rig_item_index(const struct ob_array *list, const char *name);

/* How many bytes a device of that checked type saves. */
uint64_t rig_type_block_bytes(const struct ob_device_type *type);

/* Pages (of RIG_PAGE bytes) of a region that the guest reads as memory. */
#define RIG_PAGE 4096u
struct rig_pages {
    uint64_t at, bytes;
};
/*
 * Those of region `region` of a checked type: struct rig_pages, sorted, apart
 * from each other. The caller's, to be freed with g_array_free().
 */
GArray *rig_type_direct(const struct ob_device_type *type, uint32_t region);

/*
 * A new instance in its default properties. `type` was checked and outlives
 * it; `id` is copied; `ops` and `port` stay the caller's and outlive it.
 * Never fails (GLib memory rules).
 */
struct rig_device *rig_device_new(const struct ob_device_type *type,
                                  const char *id,
                                  const struct rig_port_ops *ops, void *port);
/* Ends the model (destroy()) if it was created. NULL is fine. */
void rig_device_free(struct rig_device *d);
const struct ob_device_type *rig_device_type(const struct rig_device *d);
const char *rig_device_id(const struct rig_device *d);
void *rig_device_port(const struct rig_device *d);
/* The model's state struct; for tests. */
void *rig_device_state(struct rig_device *d);
void rig_device_rename(struct rig_device *d, const char *id);

/*
 * Set or read property `n` before create. Values are checked against the
 * declaration; errors name the property and what it takes. Reading works
 * any time. BOOL, UINT, SIZE, ENUM travel as uint64_t.
 */
int rig_device_prop_set(struct rig_device *d, uint32_t n, uint64_t value,
                        struct ob_err *err);
int rig_device_prop_text(struct rig_device *d, uint32_t n, const char *text,
                         struct ob_err *err); /* STRING, ENUM by name */
/* `target` is the port's; `label` (copied) names it in messages. */
int rig_device_prop_link(struct rig_device *d, uint32_t n, void *target,
                         const char *label, struct ob_err *err);
uint64_t rig_device_prop_get(const struct rig_device *d, uint32_t n);
const char *rig_device_prop_get_text(const struct rig_device *d, uint32_t n);

/* Required properties are there -> the model's create(). */
int rig_device_create(struct rig_device *d, struct ob_err *err);
/*
 * Registers to their reset values, timers disarmed, model's reset(). Lines that
 * the model then sets go to the port even if they had that level.
 */
void rig_device_reset(struct rig_device *d);

/* Region `n`, to be handed as the opaque of the next two; lives with `d`. */
struct rig_region *rig_device_region(struct rig_device *d, uint32_t n);
/*
 * For messages: is `at` the address of the rig's data of one of the device's
 * declared registers? Then `text` gets its name.
 */
bool rig_device_register(const struct rig_device *d, uintptr_t at, char *text,
                         unsigned size);
/*
 * An access by the guest. Shaped so that they can stand in a table of a
 * region's operations. Any size, place and alignment may come: what the
 * region does not take is logged and reads 0, and what the model's functions
 * do not take is split and joined here. A host whose own dispatch would
 * refuse or widen (QEMU's) is best told the largest size alone: it still
 * cuts by that what DMA asks for.
 */
uint64_t rig_region_read(void *region, uint64_t offset, unsigned bytes);
void rig_region_write(void *region, uint64_t offset, uint64_t value,
                      unsigned bytes);
/*
 * As rig_region_read(), for hosts that look after the model's author: where
 * the guest reads memory, the model is asked as well; if that gives another
 * value or has a side effect, it is logged as the model's mistake.
 */
uint64_t rig_region_read_checked(void *region, uint64_t offset,
                                 unsigned bytes);
/* Access sizes of a declaration, zeros filled in: guest's and model's. */
void rig_region_sizes(const struct ob_region *r, unsigned valid[2],
                      unsigned impl[2]);

/*
 * Things that happen to a device; the indices are the declaration's. Inputs
 * that repeat a level and timers that are not armed are ignored; inputs that
 * rise before the first reset are told to the model after it; of received
 * bytes, those past the model's room are dropped, so ask for the room first.
 */
void rig_device_input(struct rig_device *d, uint32_t group, uint32_t n,
                      int32_t level);
void rig_device_timer_expired(struct rig_device *d, uint32_t n);
void rig_device_clock_changed(struct rig_device *d, uint32_t n);
uint32_t rig_device_chr_room(struct rig_device *d, uint32_t n);
void rig_device_chr_receive(struct rig_device *d, uint32_t n,
                            const uint8_t *bytes, uint32_t count);
void rig_device_chr_event(struct rig_device *d, uint32_t n, uint32_t event);

/*
 * Saved state: a self-describing block (type, version, entries by name and
 * width; little endian), so that it is portable between hosts and QEMUs.
 * Restoring checks all of it first and changes nothing if it refuses. A
 * device whose model's process is gone gives the last block that is known of
 * it, or NULL if there is none.
 */
GByteArray *rig_device_save(struct rig_device *d);
int rig_device_restore(struct rig_device *d, const uint8_t *bytes,
                       size_t count, struct ob_err *err);

#endif
