/* SPDX-License-Identifier: MIT */
/*
 * A shim in front of QEMU's dwc2-usb, whose registers are words. An assertion
 * in that part ends QEMU at the first access of one or two bytes that is not at
 * a word's address. The shim forwards only whole words. It has no registers.
 *
 * Not modelled: other accesses. They read 0 and are logged.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { OTG_REGION = 0, OTG_BYTES = 0x11000 };

struct otg {
    const struct ob_link *target;   /* property */
};

static uint64_t otg_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    struct otg *o = ob_state(dev);
    uint64_t value = 0;

    if (ob_link_read(dev, o->target, OTG_REGION, offset, bytes, &value))
        return 0;
    return value;
}

static void otg_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    struct otg *o = ob_state(dev);

    (void)ob_link_write(dev, o->target, OTG_REGION, offset, bytes, value);
}

static const struct ob_region otg_regions[] = {
    { .name = "regs", .bytes = OTG_BYTES, .access_min = 4, .access_max = 4,
      .read = otg_read, .write = otg_write },
};
static const struct ob_prop otg_props[] = {
    { .name = "target", .desc = "the dwc2-usb to forward to",
      .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED,
      .offset = offsetof(struct otg, target) },
};

const struct ob_device_type bcm2711_otg_shim_type = {
    .size = sizeof(bcm2711_otg_shim_type),
    .name = "bcm2711-otg-shim",
    .desc = "whole words for dwc2-usb",
    .state_bytes = sizeof(struct otg),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(otg_props),
    .regions = OB_ARRAY(otg_regions),
};
