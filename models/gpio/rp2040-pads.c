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

enum { PADS_VOLTAGE = 0x00, PADS_GPIO = 0x04, PADS_SWCLK = 0x7c,
       PADS_SWD = 0x80, PINS = 30 };
enum { PAD_PULL_UP = 1u << 3, PAD_OUTPUT_DISABLE = 1u << 7 };

struct pads {
    uint32_t voltage, gpio[PINS], swclk, swd;   /* registers */
};

static void pad_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & PAD_PULL_UP)
        ob_log(dev, OB_LOG_UNIMPL, "GPIO[%u]: a pull-up has no effect",
               (unsigned)w->index);
    if (w->value & PAD_OUTPUT_DISABLE)
        ob_log(dev, OB_LOG_UNIMPL, "GPIO[%u]: the output stays enabled",
               (unsigned)w->index);
}

static const struct ob_field voltage_fields[] = {
    { .name = "VOLTAGE_SELECT", .lsb = 0, .bits = 1, .access = OB_RW },
};
static const struct ob_field pad_fields[] = {
    { .name = "PAD", .lsb = 0, .bits = 8, .access = OB_RW },
};
static const struct ob_reg pads_regs[] = {
    { OB_REG32(pads, "VOLTAGE_SELECT", PADS_VOLTAGE, voltage),
      .flags = OB_REG_DIRECT, OB_FIELDS(voltage_fields) },
    { OB_REG32(pads, "GPIO", PADS_GPIO, gpio), .count = PINS,
      .flags = OB_REG_DIRECT, OB_FIELDS(pad_fields), .reset = 0x56,
      .on_write = pad_write },
    { OB_REG32(pads, "SWCLK", PADS_SWCLK, swclk), .flags = OB_REG_DIRECT,
      OB_FIELDS(pad_fields), .reset = 0xda },
    { OB_REG32(pads, "SWD", PADS_SWD, swd), .flags = OB_REG_DIRECT,
      OB_FIELDS(pad_fields), .reset = 0x5a },
};
static const struct ob_region pads_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pads_regs) },
};

const struct ob_device_type rp2040_pads_type = {
    .size = sizeof(rp2040_pads_type),
    .name = "rp2040-pads",
    .desc = "RP2040 pads of the user bank",
    .state_bytes = sizeof(struct pads),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(pads_regions),
};
