/* SPDX-License-Identifier: MIT */
/*
 * A shim in front of QEMU's bcm2835-aux: BCM2835 ARM Peripherals, 2.2 (mini
 * UART). QEMU's part has the data path but no divisor latch. Without the shim,
 * a driver that sets the divisor would write IER and send a character.
 *
 * The shim has LCR with DLAB, MCR, MSR, SCRATCH, CNTL and BAUD. It forwards all
 * other accesses. Not modelled: rate and width. Not modelled, with a warning:
 * breaks, automatic flow control.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { MU_IO = 0x40, MU_IER = 0x44 };
enum { LCR_BREAK = 0x40, LCR_DLAB = 0x80 };
enum { MSR_CTS = 0x20 };
enum { CNTL_AUTO_FLOW = 0xc, CNTL_RESET = 0x3 };
enum { BAUD_LOW = 0xff, BAUD_HIGH = 0xff00, BAUD = 0xffff };
enum { AUX_REGION = 0, WORD = 4 };

struct aux {
    uint32_t lcr, mcr, scratch, cntl, baud;     /* registers */
    const struct ob_link *target;               /* property */
};

/*
 * 2.2.2: with DLAB set, IO and IER are the low and high byte of BAUD. Returns
 * the mask of that byte; 0 if the offset is not in the latch.
 */
static uint32_t aux_latch(const struct aux *a, uint64_t offset)
{
    if (!(a->lcr & LCR_DLAB))
        return 0;
    return offset == MU_IO ? BAUD_LOW : offset == MU_IER ? BAUD_HIGH : 0;
}

/*
 * Linux's driver accesses bytes, U-Boot's driver words. All registers of QEMU's
 * part are words, and only their low bytes matter.
 */
static uint64_t aux_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                         uint32_t bytes)
{
    const struct aux *a = ob_state(dev);
    uint32_t latch = aux_latch(a, offset);
    uint64_t value = 0;

    if (latch)
        return ob_field_get(a->baud, latch);
    ob_link_read(dev, a->target, AUX_REGION, offset - offset % WORD, WORD,
                 &value);
    return value >> 8 * (offset % WORD);
}

static void aux_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                      uint64_t value, uint32_t bytes)
{
    struct aux *a = ob_state(dev);
    uint32_t latch = aux_latch(a, offset);

    if (latch)
        a->baud = (uint32_t)ob_field_set(a->baud, latch, value);
    else if (offset % WORD == 0)
        ob_link_write(dev, a->target, AUX_REGION, offset, WORD, value);
}

static void lcr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & LCR_BREAK)
        ob_log(dev, OB_LOG_UNIMPL, "MU_LCR: no break is sent");
}

static void cntl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & CNTL_AUTO_FLOW)
        ob_log(dev, OB_LOG_UNIMPL, "MU_CNTL: flow control has no effect");
}

static const struct ob_field byte_fields[] = {
    OB_BITS("BYTE", 0xff, OB_RW),
};
static const struct ob_field baud_fields[] = {
    OB_BITS("BAUD", BAUD, OB_RW),
};

static const struct ob_reg aux_regs[] = {
    { OB_REG32("MU_LCR", 0x4c, struct aux, lcr),
      .fields = OB_ARRAY(byte_fields), .on_write = lcr_write },
    { OB_REG32("MU_MCR", 0x50, struct aux, mcr),
      .fields = OB_ARRAY(byte_fields) },
    { OB_REG32_CONST("MU_MSR", 0x58, MSR_CTS) },
    { OB_REG32("MU_SCRATCH", 0x5c, struct aux, scratch),
      .fields = OB_ARRAY(byte_fields) },
    { OB_REG32("MU_CNTL", 0x60, struct aux, cntl),
      .fields = OB_ARRAY(byte_fields), .reset = CNTL_RESET,
      .on_write = cntl_write },
    { OB_REG32("MU_BAUD", 0x68, struct aux, baud),
      .fields = OB_ARRAY(baud_fields) },
};

static const struct ob_region aux_regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 1, .access_max = 4,
      .regs = OB_ARRAY(aux_regs), .on_read = aux_read, .on_write = aux_write },
};
static const struct ob_prop aux_props[] = {
    { OB_PROP_LINK_AT("target", struct aux, target),
      .desc = "the bcm2835-aux to forward to", .flags = OB_PROP_REQUIRED },
};

OB_DEVICE(bcm2711_aux_shim_type, "bcm2711-aux-shim", struct aux,
          "divisor latch and line registers for bcm2835-aux",
          .props = OB_ARRAY(aux_props), .regions = OB_ARRAY(aux_regions));
