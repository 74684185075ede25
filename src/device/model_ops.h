/* SPDX-License-Identifier: MIT */
/*
 * Model operations: the functions that a model offers to the core. The core
 * calls them, and does not know where the model runs. local_model.c implements
 * them for a module in this process, remote/proxy.c for a model in another
 * process.
 *
 * The core has checked the arguments: indices are within the declaration, an
 * access is of a size and at a place that the region takes. The device is live
 * except where a member says otherwise. All calls [machine lock held].
 */
#ifndef DEVICE_MODEL_OPS_H
#define DEVICE_MODEL_OPS_H

#include "device/device.h"

struct ext_call;

struct model_ops {
    /*
     * Bring the device to life with the properties that it has. 0, or a
     * negative errno and `err` with "TYPE ID: ..."; the device then stays as
     * it was, and no other operation is called.
     */
    int (*create)(struct device *d, struct ob_err *err);
    /* The end of a device that create() brought to life. */
    void (*destroy)(struct device *d);

    /*
     * Registers to their reset values, then the model's reset() with `kind`,
     * OB_RESET_*. Timers are disarmed already, and the levels of lines
     * forgotten.
     */
    void (*reset)(struct device *d, uint32_t kind);
    /*
     * Once, after the first reset: report levels of inputs that came before
     * it. NULL: the implementation has reported them already.
     */
    void (*first_reset_done)(struct device *d);

    /*
     * The guest's access of 1 to 8 bytes, if no register or function of this
     * process takes it whole (device_region_read() serves those itself). Bits
     * of the result above `bytes` are ignored.
     */
    uint64_t (*read)(struct device *d, uint32_t region, uint64_t offset,
                     unsigned bytes);
    void (*write)(struct device *d, uint32_t region, uint64_t offset,
                  uint64_t value, unsigned bytes);
    /*
     * The guest has read `page` as memory there. Ask the model as well, and
     * log it as the model's mistake if it gives another value or has a side
     * effect. NULL: the implementation cannot ask without one.
     */
    void (*verify)(struct device *d, uint32_t region, uint64_t offset,
                   unsigned bytes, uint64_t page);

    /* The level of an input has changed; also before the first reset. */
    void (*input)(struct device *d, uint32_t group, uint32_t n, int32_t level);
    /* The timer was armed and has expired. It is disarmed. */
    void (*timer)(struct device *d, uint32_t n);
    /* The frequency has changed, of an input or an output. */
    void (*clock)(struct device *d, uint32_t n);
    /* How many bytes the model takes now. */
    uint32_t (*chr_room)(struct device *d, uint32_t n);
    /* `bytes` stays the caller's. Bytes beyond the room are dropped. */
    void (*chr_receive)(struct device *d, uint32_t n, const uint8_t *bytes,
                        uint32_t count);
    /* The user has set property `n`, which is OB_PROP_LIVE, to `value`. */
    void (*prop)(struct device *d, uint32_t n, uint64_t value);
    /* OB_CHR_*. */
    void (*chr_event)(struct device *d, uint32_t n, uint32_t event);

    /*
     * Call a function of extension `n`. The core has checked both numbers.
     * OB_OK or OB_E_*, as the extension says; OB_E_ENDED if the model's process
     * has ended. The results are in `call`.
     */
    int32_t (*ext_call)(struct device *d, uint32_t n, struct ext_call *call);

    /*
     * The saved state, at most DEVICE_BLOCK_MAX bytes, the caller's. NULL: no
     * state is known, as the model's process has ended.
     */
    GByteArray *(*save)(struct device *d);
    /* 0; or a negative errno, `err`, and the device as it was. */
    int (*restore)(struct device *d, const uint8_t *bytes, size_t count,
                   struct ob_err *err);
};

#endif
