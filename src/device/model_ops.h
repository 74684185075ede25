/* SPDX-License-Identifier: MIT */
/*
 * A device whose model lives in another process looks like any other: its
 * type is declared with device_remote_create() as `create`, and lies in a
 * struct device_remote_type, whose operations device.c calls where a model's
 * functions would be. remote.c implements them; the local path knows nothing
 * of it.
 */
#ifndef DEVICE_MODEL_OPS_H
#define DEVICE_MODEL_OPS_H

#include "device/device.h"

/* All as in device.h; the device is live, and indices are within the type. */
struct model_ops {
    int (*create)(struct device *d);        /* leaves ob_fail()'s text */
    void (*destroy)(struct device *d);
    void (*reset)(struct device *d);
    uint64_t (*read)(struct device *d, uint32_t region, uint64_t offset,
                     unsigned bytes);
    void (*write)(struct device *d, uint32_t region, uint64_t offset,
                  uint64_t value, unsigned bytes);
    void (*input)(struct device *d, uint32_t group, uint32_t n,
                  int32_t level);
    void (*timer)(struct device *d, uint32_t n);
    void (*clock)(struct device *d, uint32_t n);
    uint32_t (*chr_room)(struct device *d, uint32_t n);
    void (*chr_receive)(struct device *d, uint32_t n,
                        const uint8_t *bytes, uint32_t count);
    void (*chr_event)(struct device *d, uint32_t n, uint32_t event);
    GByteArray *(*save)(struct device *d);
    int (*restore)(struct device *d, const uint8_t *bytes, size_t count,
                   struct ob_err *err);
};

struct device_remote_type {
    struct ob_device_type type;     /* first; create is device_remote_create */
    const struct model_ops *ops;
    /* Per region: the pages that the guest reads as memory; NULL: none. */
    const struct device_pages *const *direct;
    const uint32_t *n_direct;
};

/* Stand in a far type, and mark it. */
int device_remote_create(struct ob_dev *dev);
void device_remote_destroy(struct ob_dev *dev);
void device_remote_reset(struct ob_dev *dev);

#endif
