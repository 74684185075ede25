/* SPDX-License-Identifier: MIT */
/*
 * A model of the windows for atomic register access: RP2040 Datasheet, 2.1.2.
 *
 * Each peripheral has its registers four times, 4 KiB apart: once for reading
 * and writing, and three times for writes that toggle, set or clear the bits
 * that are 1 in the value. The peripherals are on buses of their own
 * (containers), with only the first copy. These windows have a lower priority,
 * so they get the accesses that no peripheral answers.
 *
 * A write here reads the register and writes it. The manual's tables mark flags
 * with access "WC": writing 1 clears them. If this part wrote the flags that it
 * read, it would clear all of them. So, for flags, it writes only the bits that
 * are 1 in the guest's value, in every window. Other flags do not change.
 *
 * Not modelled: an access without a read. The chip does not read the register.
 */
#include <outboard/outboard.h>

#include "models.h"

/* The bits of an offset that select the window. */
enum { WINDOW = 0x3000, WINDOW_PLAIN = 0x0000, WINDOW_XOR = 0x1000,
       WINDOW_SET = 0x2000, WINDOW_CLR = 0x3000 };

enum { APB, AHB };                      /* regions, one for each bus */

/* `count` registers with flags: the first at `at`, `step` bytes apart. */
struct flags {
    uint32_t at, count, step, mask;
};

static const struct flags apb_flags[] = {
    { 0x140f0, 3, 4, 0xcccccccc },      /* IO_BANK0 INTR0 to INTR2 */
    { 0x140fc, 1, 0, 0x00cccccc },      /* INTR3 */
    { 0x18030, 1, 0, 0x00cccccc },      /* IO_QSPI INTR */
    { 0x24004, 1, 0, 1u << 24 },        /* XOSC STATUS: BADWRITE */
    { 0x30008, 4, 8, 0x00ffffff },      /* BUSCTRL PERFCTR0 to PERFCTR3 */
    { 0x34004, 2, 0x4000, 0xf },        /* UART0, UART1: RSR */
    { 0x34044, 2, 0x4000, 0x7ff },      /* ICR */
    { 0x3c020, 2, 0x4000, 0x3 },        /* SPI0, SPI1: ICR */
    { 0x4c000, 1, 0, 1u << 10 },        /* ADC CS: ERR_STICKY */
    { 0x4c008, 1, 0, 3u << 10 },        /* FCS: UNDER, OVER */
    { 0x500a4, 1, 0, 0xff },            /* PWM INTR */
    { 0x54020, 1, 0, 0xf },             /* TIMER ARMED */
    { 0x54034, 1, 0, 0xf },             /* INTR */
    { 0x60018, 1, 0, 1u << 24 },        /* ROSC STATUS: BADWRITE */
    { 0x64008, 1, 0, 1u << 24 },        /* CHIP_RESET: PSM_RESTART_FLAG */
    { 0 },
};
static const struct flags ahb_flags[] = {
    { 0x0000c, 12, 0x40, 3u << 29 },    /* DMA CTRL: errors; its aliases */
    { 0x00010, 12, 0x40, 3u << 29 },
    { 0x00020, 12, 0x40, 3u << 29 },
    { 0x00030, 12, 0x40, 3u << 29 },
    { 0x00400, 1, 0, 0xffff },          /* INTR */
    { 0x0040c, 2, 0x10, 0xffff },       /* INTS0, INTS1 */
    { 0x00800, 12, 0x40, 0x3f },        /* DBG_CTDREQ */
    { 0x110050, 1, 0, 0xff0e0800 },     /* USB SIE_STATUS */
    { 0x110058, 1, 0, 0xffffffff },     /* BUFF_STATUS */
    { 0x110064, 1, 0, 0xffffffff },     /* EP_ABORT_DONE */
    { 0x110070, 1, 0, 0xffffffff },     /* EP_STATUS_STALL_NAK */
    { 0x200008, 2, 0x100000, 0x0f0f0f0f },  /* PIO0, PIO1: FDEBUG */
    { 0x200030, 2, 0x100000, 0xff },    /* IRQ */
    { 0 },
};

struct atomic {
    const struct ob_link *bus[2];       /* properties */
};

static uint64_t reg_offset(uint64_t offset)
{
    return offset & ~(uint64_t)WINDOW;
}

/* The bits at `offset` that are flags; bit 0 is the first bit at `offset`. */
static uint64_t reg_flags(uint32_t bus, uint64_t offset)
{
    const struct flags *f = bus == APB ? apb_flags : ahb_flags;
    uint64_t word = reg_offset(offset) & ~UINT64_C(3);

    for (; f->count; f++)
        for (uint32_t n = 0; n < f->count; n++)
            if (word == f->at + n * f->step)
                return f->mask >> 8 * (offset & 3);
    return 0;
}

/* Read a register. If no part answers: a line in the log, and 0. */
static bool reg_get(struct ob_dev *dev, uint32_t bus, uint64_t offset,
                    uint32_t bytes, uint64_t *ret_value)
{
    const struct atomic *a = ob_state(dev);
    uint64_t at = reg_offset(offset);

    *ret_value = 0;
    if ((offset & WINDOW) != WINDOW_PLAIN &&
        !ob_mem_read_le(dev, a->bus[bus], at, bytes, ret_value))
        return true;
    ob_log(dev, OB_LOG_UNIMPL, "no part answers at 0x%llx of the %s bus",
           (unsigned long long)at, bus == APB ? "APB" : "AHB");
    return false;
}

static uint64_t combine(uint64_t window, uint64_t old, uint64_t value)
{
    switch (window) {
    case WINDOW_XOR: return old ^ value;
    case WINDOW_SET: return old | value;
    case WINDOW_CLR: return old & ~value;
    default: return value;
    }
}

static uint64_t window_read(struct ob_dev *dev, uint32_t bus, uint64_t offset,
                            uint32_t bytes)
{
    uint64_t value;

    reg_get(dev, bus, offset, bytes, &value);
    return value;
}

static void window_write(struct ob_dev *dev, uint32_t bus, uint64_t offset,
                         uint64_t value, uint32_t bytes)
{
    const struct atomic *a = ob_state(dev);
    uint64_t old, flags = reg_flags(bus, offset);

    if (!reg_get(dev, bus, offset, bytes, &old))
        return;
    old = combine(offset & WINDOW, old, value);
    ob_mem_write_le(dev, a->bus[bus], reg_offset(offset), bytes,
                    (old & ~flags) | (value & flags));
}

static const struct ob_prop atomic_props[] = {
    { OB_PROP_LINK_AT("apb", struct atomic, bus[APB]),
      .desc = "the bus with the APB peripherals", .flags = OB_PROP_REQUIRED },
    { OB_PROP_LINK_AT("ahb", struct atomic, bus[AHB]),
      .desc = "the bus with the AHB-Lite peripherals",
      .flags = OB_PROP_REQUIRED },
};
static const struct ob_region atomic_regions[] = {
    [APB] = { .name = "apb", .bytes = 0x70000, .on_read = window_read,
              .on_write = window_write },
    [AHB] = { .name = "ahb", .bytes = 0x500000, .on_read = window_read,
              .on_write = window_write },
};

OB_DEVICE(rp2040_atomic_type, "rp2040-atomic", struct atomic,
          "RP2040 registers' windows that toggle, set and clear bits",
          .props = OB_ARRAY(atomic_props),
          .regions = OB_ARRAY(atomic_regions));
