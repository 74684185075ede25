/* SPDX-License-Identifier: MIT */
/*
 * A device whose model lives in another process looks like any other: its
 * type is declared with rig_far_create() as `create`, and lies in a struct
 * rig_far_type, whose operations device.c calls where a model's functions
 * would be. remote.c implements them; the local path knows nothing of it.
 */
#ifndef RIG_FAR_H
#define RIG_FAR_H

#include "rig/device.h"

/* All as in device.h; the device is live, and indices are within the type. */
struct rig_far_ops {
    int (*create)(struct rig_device *d);        /* leaves ob_fail()'s text */
    void (*destroy)(struct rig_device *d);
    void (*reset)(struct rig_device *d);
    uint64_t (*read)(struct rig_device *d, uint32_t region, uint64_t offset,
                     unsigned bytes);
    void (*write)(struct rig_device *d, uint32_t region, uint64_t offset,
                  uint64_t value, unsigned bytes);
    void (*input)(struct rig_device *d, uint32_t group, uint32_t n,
                  int32_t level);
    void (*timer)(struct rig_device *d, uint32_t n);
    void (*clock)(struct rig_device *d, uint32_t n);
    uint32_t (*chr_room)(struct rig_device *d, uint32_t n);
    void (*chr_receive)(struct rig_device *d, uint32_t n,
                        const uint8_t *bytes, uint32_t count);
    void (*chr_event)(struct rig_device *d, uint32_t n, uint32_t event);
    GByteArray *(*save)(struct rig_device *d);
    int (*restore)(struct rig_device *d, const uint8_t *bytes, size_t count,
                   struct ob_err *err);
};

struct rig_far_type {
    struct ob_device_type type;     /* first; create is rig_far_create */
    const struct rig_far_ops *ops;
    /* Per region: the pages that the guest reads as memory; NULL: none. */
    const struct rig_pages *const *direct;
    const uint32_t *n_direct;
};

/* Stand in a far type, and mark it. */
int rig_far_create(struct ob_dev *dev);
void rig_far_destroy(struct ob_dev *dev);
void rig_far_reset(struct ob_dev *dev);

#endif
