/* SPDX-License-Identifier: MIT */
/*
 * A model of the DMA with twelve channels: RP2040 Datasheet, 2.5. This file has
 * its registers.
 *
 * A transfer takes one cycle of clk_sys. Not modelled, with a warning: pacing.
 * A channel does not wait for the requests of a peripheral or a timer
 * (TREQ_SEL). Not modelled: priorities, which do not change a result.
 */
#include "rp2040-dma.h"
#include "rp2040-sniff.h"
#include "models.h"

enum { DMA_CHANNELS_END = 0x300, DMA_INTR = 0x400, DMA_INTE0 = 0x404,
       DMA_INTF0 = 0x408, DMA_INTS0 = 0x40c, DMA_INTE1 = 0x414,
       DMA_INTF1 = 0x418, DMA_INTS1 = 0x41c, DMA_TIMERS = 0x420,
       DMA_TRIGGER = 0x430, DMA_SNIFF_CTRL = 0x434, DMA_SNIFF_DATA = 0x438,
       DMA_FIFO = 0x440, DMA_ABORT = 0x444,
       DMA_N = 0x448, DMA_DEBUG = 0x800, DMA_DEBUG_END = 0xb00,
       DEBUG_TCR = 0x04, DEBUG_MASK = 0x3f };

/* 2.5.2.1: the four aliases. A write to the last register triggers. */
static const uint8_t alias_order[REGS_A_CHANNEL] = {
    READ_ADDR, WRITE_ADDR, COUNT, CTRL,     CTRL, READ_ADDR, WRITE_ADDR, COUNT,
    CTRL, COUNT, READ_ADDR, WRITE_ADDR,     CTRL, WRITE_ADDR, COUNT, READ_ADDR,
};

/* 2.5.6: TCR is the count of the next start. CTDREQ is 0: no requests. */
static uint64_t debug_read(const struct dma *d, uint32_t offset)
{
    uint32_t n = (offset - DMA_DEBUG) >> CHANNEL_SHIFT;

    return (offset & DEBUG_MASK) == DEBUG_TCR ? d->reload[n] : 0;
}

/* Functions serve the channels, because four aliases share each register. */
static uint64_t dma_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    const struct dma *d = ob_state(dev);
    uint32_t n = (uint32_t)offset >> CHANNEL_SHIFT;

    (void)bytes;
    if (offset >= DMA_DEBUG && offset < DMA_DEBUG_END)
        return debug_read(d, (uint32_t)offset);
    if (offset >= DMA_CHANNELS_END) {
        ob_log(dev, OB_LOG_UNIMPL, "read of 0x%x", (unsigned)offset);
        return 0;
    }
    switch (alias_order[offset / 4 % REGS_A_CHANNEL]) {
    case READ_ADDR: return d->read[n];
    case WRITE_ADDR: return d->write[n];
    case COUNT: return d->left[n];
    default: return d->ctrl[n] | (d->busy >> n & 1 ? CTRL_BUSY : 0);
    }
}

static void dma_write(struct ob_dev *dev, uint64_t offset, uint64_t raw,
                      uint32_t bytes)
{
    struct dma *d = ob_state(dev);
    uint32_t n = (uint32_t)offset >> CHANNEL_SHIFT, value = (uint32_t)raw;
    uint32_t errors = CTRL_READ_ERROR | CTRL_WRITE_ERROR;

    (void)bytes;
    if (offset >= DMA_DEBUG && offset < DMA_DEBUG_END)
        return;
    if (offset >= DMA_CHANNELS_END) {
        ob_log(dev, OB_LOG_UNIMPL, "write of 0x%x", (unsigned)offset);
        return;
    }
    switch (alias_order[offset / 4 % REGS_A_CHANNEL]) {
    case READ_ADDR: d->read[n] = value; break;
    case WRITE_ADDR: d->write[n] = value; break;
    case COUNT:
        d->reload[n] = d->busy >> n & 1 ? d->reload[n] : value;
        d->left[n] = d->busy >> n & 1 ? d->left[n] : value;
        break;
    default: d->ctrl[n] = (value & CTRL_KEPT) | (d->ctrl[n] & errors & ~value);
    }
    if (offset / 4 % 4 == 3)
        rp2040_dma_trigger(dev, n, value);
}

/* A change of any mask or flag may change the interrupt lines. */
static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    rp2040_dma_update_irq(dev);
}

/* 2.5.7: INTS is INTR with INTE as a mask, or forced by INTF. */
static uint64_t ints0_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    (void)index, (void)stored;
    return (d->intr & d->inte[0]) | d->intf[0];
}

static uint64_t ints1_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    (void)index, (void)stored;
    return (d->intr & d->inte[1]) | d->intf[1];
}

/* 2.5.7: writing 1 to INTS clears the bit in INTR. */
static void ints_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->intr &= ~(uint32_t)w->raw;
    rp2040_dma_update_irq(dev);
}

/* 2.5.7, MULTI_CHAN_TRIGGER: one write starts several channels. */
static void trigger_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    for (uint32_t n = 0; n < CHANNELS; n++)
        if (w->raw >> n & 1)
            rp2040_dma_start(dev, n);
}

/* 2.5.5.2: OUT_REV and OUT_INV change only what a program reads. */
static uint64_t sniff_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    (void)index;
    return sniff_result(d->sniff_ctrl, (uint32_t)stored);
}

/* 2.5.5.3: an aborted channel keeps its count and its addresses. */
static void abort_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->busy &= ~(uint32_t)w->raw;
    rp2040_dma_run(dev);
}

/* Power-on: each channel is chained to itself, so no chain starts. */
static void dma_reset(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < CHANNELS; n++) {
        d->read[n] = d->write[n] = d->reload[n] = d->left[n] = 0;
        d->ctrl[n] = n * CTRL_RESET_CHAIN;
    }
    d->busy = 0;
    rp2040_dma_update_irq(dev);
}

/* A snapshot may hold any value: there are only twelve channels. */
static int dma_restored(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    d->busy &= CHANNEL_MASK;
    rp2040_dma_update_irq(dev);
    return 0;
}

static const struct ob_field channel_fields[] = {
    { .name = "CHANNELS", .lsb = 0, .bits = CHANNELS, .access = OB_RW },
};
static const struct ob_field channel_w1c_fields[] = {
    { .name = "CHANNELS", .lsb = 0, .bits = CHANNELS, .access = OB_W1C },
};
static const struct ob_field sniff_fields[] = {
    { .name = "EN", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "DMACH", .lsb = 1, .bits = 4, .access = OB_RW },
    { .name = "CALC", .lsb = 5, .bits = 4, .access = OB_RW },
    { .name = "BSWAP", .lsb = 9, .bits = 1, .access = OB_RW },
    { .name = "OUT_REV", .lsb = 10, .bits = 1, .access = OB_RW },
    { .name = "OUT_INV", .lsb = 11, .bits = 1, .access = OB_RW },
};
#define ACTION(label, at)                                                     \
    .name = (label), .offset = (at), .bytes = 4, .state = OB_NO_STATE
#define MASK(label, at, m)                                                    \
    { OB_REG32(dma, label, at, m), OB_FIELDS(channel_fields),                 \
      .on_write = int_write }
/* 2.5.7: the registers after those of the channels. */
static const struct ob_reg dma_regs[] = {
    { OB_REG32(dma, "INTR", DMA_INTR, intr), OB_FIELDS(channel_w1c_fields),
      .on_write = int_write },
    MASK("INTE0", DMA_INTE0, inte[0]), MASK("INTF0", DMA_INTF0, intf[0]),
    { ACTION("INTS0", DMA_INTS0), .access = OB_W1C,
      .on_read = ints0_read, .on_write = ints_write },
    MASK("INTE1", DMA_INTE1, inte[1]), MASK("INTF1", DMA_INTF1, intf[1]),
    { ACTION("INTS1", DMA_INTS1), .access = OB_W1C,
      .on_read = ints1_read, .on_write = ints_write },
    { OB_REG32(dma, "TIMER", DMA_TIMERS, timers), .count = 4 },
    { ACTION("MULTI_CHAN_TRIGGER", DMA_TRIGGER), .access = OB_WO,
      .on_write = trigger_write },
    { OB_REG32(dma, "SNIFF_CTRL", DMA_SNIFF_CTRL, sniff_ctrl),
      OB_FIELDS(sniff_fields) },
    { OB_REG32(dma, "SNIFF_DATA", DMA_SNIFF_DATA, sniff_data),
      .on_read = sniff_read },
    { ACTION("FIFO_LEVELS", DMA_FIFO), .access = OB_RO },
    { ACTION("CHAN_ABORT", DMA_ABORT), .on_write = abort_write },
    { ACTION("N_CHANNELS", DMA_N), .access = OB_RO, .reset = CHANNELS },
};
static const struct ob_region dma_regions[] = {
    { .name = "regs", .bytes = 0x1000, .impl_min = 4, .impl_max = 4,
      .regs = OB_ARRAY(dma_regs), .read = dma_read, .write = dma_write },
};
static const struct ob_irq dma_irqs[] = { { "irq0" }, { "irq1" } };
static const struct ob_clock dma_clocks[] = {
    { .name = "sys", .direction = OB_CLOCK_IN, .changed = rp2040_dma_run },
};
static const struct ob_timer dma_timers[] = { { "run", rp2040_dma_expired } };
static const struct ob_saved dma_saved[] = {
    OB_SAVED_ARRAY(dma, read), OB_SAVED_ARRAY(dma, write),
    OB_SAVED_ARRAY(dma, reload), OB_SAVED_ARRAY(dma, left),
    OB_SAVED_ARRAY(dma, ctrl), OB_SAVED(dma, busy),
};

const struct ob_device_type rp2040_dma_type = {
    .size = sizeof(rp2040_dma_type),
    .name = "rp2040-dma",
    .desc = "RP2040 DMA, twelve channels",
    .state_bytes = sizeof(struct dma),
    .state_version = 2,
    .state_oldest = 2,
    .regions = OB_ARRAY(dma_regions),
    .irqs = OB_ARRAY(dma_irqs),
    .clocks = OB_ARRAY(dma_clocks),
    .timers = OB_ARRAY(dma_timers),
    .saved = OB_ARRAY(dma_saved),
    .reset = dma_reset,
    .restored = dma_restored,
};
