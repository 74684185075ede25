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

enum { MU_IO = 0x40, MU_IER = 0x44, MU_LCR = 0x4c, MU_MCR = 0x50,
       MU_MSR = 0x58, MU_SCRATCH = 0x5c, MU_CNTL = 0x60, MU_BAUD = 0x68 };

enum { LCR_BREAK = 1u << 6, LCR_DLAB = 1u << 7, MSR_CTS = 1u << 5,
       CNTL_AUTO_FLOW = 3u << 2, CNTL_RESET = 0x3 };
enum { AUX_REGION = 0, BYTE = 0xff, WORD = 4 };

struct aux {
    uint32_t lcr, mcr, scratch, cntl, baud;     /* registers */
    const struct ob_link *target;               /* property */
};

/* 2.2.2: with DLAB set, IO and IER are the low and high byte of BAUD. */
static bool aux_latch(const struct aux *a, uint64_t offset)
{
    return a->lcr & LCR_DLAB && (offset == MU_IO || offset == MU_IER);
}

/*
 * Linux's driver accesses bytes, U-Boot's driver words. All registers of QEMU's
 * part are words, and only their low bytes matter.
 */
static uint64_t aux_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    struct aux *a = ob_state(dev);
    unsigned shift = 8 * (offset % WORD);
    uint64_t value = 0;

    (void)bytes;
    if (aux_latch(a, offset))
        return a->baud >> (offset == MU_IER ? 8 : 0) & BYTE;
    if (ob_link_read(dev, a->target, AUX_REGION, offset - offset % WORD, WORD,
                     &value))
        return 0;
    return value >> shift;
}

static void aux_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                      uint32_t bytes)
{
    struct aux *a = ob_state(dev);
    unsigned shift = offset == MU_IER ? 8 : 0;

    (void)bytes;
    if (aux_latch(a, offset)) {
        a->baud &= ~((uint32_t)BYTE << shift);
        a->baud |= (uint32_t)(value & BYTE) << shift;
        return;
    }
    if (offset % WORD == 0)
        (void)ob_link_write(dev, a->target, AUX_REGION, offset, WORD, value);
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
    { .name = "BYTE", .lsb = 0, .bits = 8, .access = OB_RW },
};
static const struct ob_field baud_fields[] = {
    { .name = "BAUD", .lsb = 0, .bits = 16, .access = OB_RW },
};

static const struct ob_reg aux_regs[] = {
    { OB_REG32(aux, "MU_LCR", MU_LCR, lcr), OB_FIELDS(byte_fields),
      .on_write = lcr_write },
    { OB_REG32(aux, "MU_MCR", MU_MCR, mcr), OB_FIELDS(byte_fields) },
    { .name = "MU_MSR", .offset = MU_MSR, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .reset = MSR_CTS },
    { OB_REG32(aux, "MU_SCRATCH", MU_SCRATCH, scratch),
      OB_FIELDS(byte_fields) },
    { OB_REG32(aux, "MU_CNTL", MU_CNTL, cntl), OB_FIELDS(byte_fields),
      .reset = CNTL_RESET, .on_write = cntl_write },
    { OB_REG32(aux, "MU_BAUD", MU_BAUD, baud), OB_FIELDS(baud_fields) },
};

static const struct ob_region aux_regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 1, .access_max = 4,
      .regs = OB_ARRAY(aux_regs), .read = aux_read, .write = aux_write },
};
static const struct ob_prop aux_props[] = {
    { .name = "target", .desc = "the bcm2835-aux to forward to",
      .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED,
      .offset = offsetof(struct aux, target) },
};

const struct ob_device_type bcm2711_aux_shim_type = {
    .size = sizeof(bcm2711_aux_shim_type),
    .name = "bcm2711-aux-shim",
    .desc = "divisor latch and line registers for bcm2835-aux",
    .state_bytes = sizeof(struct aux),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(aux_props),
    .regions = OB_ARRAY(aux_regions),
};
