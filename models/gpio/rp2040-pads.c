/* SPDX-License-Identifier: MIT */
/*
 * A model of the pads of the user bank: RP2040 Datasheet, 2.19.6.3.
 *
 * It has registers only, which the guest reads as memory. Not modelled: their
 * effect on a pin. A pull-up and a disabled output warn, because a program can
 * see their effect.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { VOLTAGE_SELECT = 0x00, GPIO = 0x04, SWCLK = 0x7c, SWD = 0x80 };
enum { PINS = 30, VOLTAGE_SELECT_1V8 = 0x1, PAD_PUE = 0x08, PAD_OD = 0x80,
       PAD_ALL = 0xff };

struct pads {
    uint32_t voltage, gpio[PINS], swclk, swd;   /* registers */
};

static void pad_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & PAD_PUE)
        ob_log(dev, OB_LOG_UNIMPL, "GPIO[%u]: a pull-up has no effect",
               (unsigned)w->index);
    if (w->value & PAD_OD)
        ob_log(dev, OB_LOG_UNIMPL, "GPIO[%u]: the output stays enabled",
               (unsigned)w->index);
}

static const struct ob_field voltage_fields[] = {
    OB_BITS("VOLTAGE_SELECT", VOLTAGE_SELECT_1V8, OB_RW),
};
static const struct ob_field pad_fields[] = {
    OB_BITS("PAD", PAD_ALL, OB_RW),
};
static const struct ob_reg pads_regs[] = {
    { OB_REG32("VOLTAGE_SELECT", VOLTAGE_SELECT, struct pads, voltage),
      .fields = OB_ARRAY(voltage_fields), .hints = OB_REG_DIRECT },
    { OB_REG32_ARRAY("GPIO", GPIO, struct pads, gpio), .reset = 0x56,
      .fields = OB_ARRAY(pad_fields), .hints = OB_REG_DIRECT,
      .on_write = pad_write },
    { OB_REG32("SWCLK", SWCLK, struct pads, swclk), .reset = 0xda,
      .fields = OB_ARRAY(pad_fields), .hints = OB_REG_DIRECT },
    { OB_REG32("SWD", SWD, struct pads, swd), .reset = 0x5a,
      .fields = OB_ARRAY(pad_fields), .hints = OB_REG_DIRECT },
};
static const struct ob_region pads_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pads_regs) },
};

OB_DEVICE(rp2040_pads_type, "rp2040-pads", struct pads,
          "RP2040 pads of the user bank", .regions = OB_ARRAY(pads_regions));
