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

enum { OTG_REGION = 0 };

struct otg {
    const struct ob_link *target;   /* property */
};

static uint64_t otg_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                         uint32_t bytes)
{
    const struct otg *o = ob_state(dev);
    uint64_t value = 0;

    ob_link_read(dev, o->target, OTG_REGION, offset, bytes, &value);
    return value;
}

static void otg_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                      uint64_t value, uint32_t bytes)
{
    const struct otg *o = ob_state(dev);

    ob_link_write(dev, o->target, OTG_REGION, offset, bytes, value);
}

static const struct ob_region otg_regions[] = {
    { .name = "regs", .bytes = 0x11000, .access_min = 4, .access_max = 4,
      .on_read = otg_read, .on_write = otg_write },
};
static const struct ob_prop otg_props[] = {
    { OB_PROP_LINK_AT("target", struct otg, target),
      .desc = "the dwc2-usb to forward to", .flags = OB_PROP_REQUIRED },
};

OB_DEVICE(bcm2711_otg_shim_type, "bcm2711-otg-shim", struct otg,
          "whole words for dwc2-usb", .props = OB_ARRAY(otg_props),
          .regions = OB_ARRAY(otg_regions));
