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

#include "models.h"
#include "rp2040-sniff.h"

enum { ALL_CHANNELS = (1 << CHANNELS) - 1 };

/* --- channels ------------------------------------------------------------- */

/* 2.5.2.1: a write to the last register of each alias starts the channel. */
static void trigger_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    rp2040_dma_trigger(dev, w->index, (uint32_t)w->raw);
}

/* A channel that runs keeps its count. Others use it at each start. */
static void count_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);
    struct channel *c = &d->ch[w->index];

    if (c->ctrl & CTRL_BUSY)
        c->left = (uint32_t)w->old;
    else
        c->reload = c->left;
}

static void count_trigger_write(struct ob_dev *dev,
                                const struct ob_reg_write *w)
{
    count_write(dev, w);
    trigger_write(dev, w);
}

/* 2.5.7, MULTI_CHAN_TRIGGER: one write starts several channels. */
static void multi_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    for (uint32_t n = 0; n < CHANNELS; n++)
        if (w->raw >> n & 1)
            rp2040_dma_start(dev, n);
}

/* 2.5.5.3: an aborted channel keeps its count and its addresses. */
static void abort_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < CHANNELS; n++)
        if (w->raw >> n & 1)
            d->ch[n].ctrl &= ~CTRL_BUSY;
    rp2040_dma_run(dev);
}

/* --- interrupts and checksum ---------------------------------------------- */

/* A change of any mask or flag may change the interrupt lines. */
static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    rp2040_dma_update_irq(dev);
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return rp2040_dma_ints(ob_state(dev), r->index);
}

/* 2.5.7: writing 1 to INTS clears the bit in INTR. */
static void ints_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->intr &= ~(uint32_t)w->raw;
    rp2040_dma_update_irq(dev);
}

/* 2.5.5.2: OUT_REV and OUT_INV change only what a program reads. */
static uint64_t sniff_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct dma *d = ob_state(dev);

    return sniff_result(d->sniff_ctrl, d->sniff_data);
}

/* --- clock and reset ---------------------------------------------------- */

static void clock_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    rp2040_dma_run(dev);
}

/* Each channel is chained to itself, so no chain starts. */
static void dma_reset(struct ob_dev *dev, uint32_t kind)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < CHANNELS; n++)
        d->ch[n].ctrl = (uint32_t)ob_field_set(0, CTRL_CHAIN_TO, n);
    rp2040_dma_update_irq(dev);
}

static int32_t dma_restored(struct ob_dev *dev)
{
    rp2040_dma_update_irq(dev);
    return OB_OK;
}

/* --- 2.5.7: the registers ------------------------------------------------- */

static const struct ob_field ctrl_fields[] = {
    OB_BITS("EN", CTRL_EN, OB_RW),
    OB_BITS("HIGH_PRIORITY", CTRL_HIGH_PRIORITY, OB_RW),
    OB_BITS("DATA_SIZE", CTRL_DATA_SIZE, OB_RW),
    OB_BITS("INCR_READ", CTRL_INCR_READ, OB_RW),
    OB_BITS("INCR_WRITE", CTRL_INCR_WRITE, OB_RW),
    OB_BITS("RING_SIZE", CTRL_RING_SIZE, OB_RW),
    OB_BITS("RING_SEL", CTRL_RING_SEL, OB_RW),
    OB_BITS("CHAIN_TO", CTRL_CHAIN_TO, OB_RW),
    OB_BITS("TREQ_SEL", CTRL_TREQ_SEL, OB_RW),
    OB_BITS("IRQ_QUIET", CTRL_IRQ_QUIET, OB_RW),
    OB_BITS("BSWAP", CTRL_BSWAP, OB_RW),
    OB_BITS("SNIFF_EN", CTRL_SNIFF_EN, OB_RW),
    OB_BITS("BUSY", CTRL_BUSY, OB_RO),
    OB_BITS("WRITE_ERROR", CTRL_WRITE_ERROR, OB_W1C),
    OB_BITS("READ_ERROR", CTRL_READ_ERROR, OB_W1C),
};
static const struct ob_field channels_rw[] = {
    OB_BITS("CHANNELS", ALL_CHANNELS, OB_RW),
};
static const struct ob_field channels_w1c[] = {
    OB_BITS("CHANNELS", ALL_CHANNELS, OB_W1C),
};
static const struct ob_field sniff_fields[] = {
    OB_BITS("EN", SNIFF_EN, OB_RW),
    OB_BITS("DMACH", SNIFF_DMACH, OB_RW),
    OB_BITS("CALC", SNIFF_CALC, OB_RW),
    OB_BITS("BSWAP", SNIFF_BSWAP, OB_RW),
    OB_BITS("OUT_REV", SNIFF_OUT_REV, OB_RW),
    OB_BITS("OUT_INV", SNIFF_OUT_INV, OB_RW),
};

static const struct ob_reg dma_regs[] = {
    /* A channel's registers. Those of the next channel follow at 0x40. */
    { OB_REG32_EACH("READ_ADDR", 0x00, 0x40, struct dma, ch, read),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("WRITE_ADDR", 0x04, 0x40, struct dma, ch, write),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("TRANS_COUNT", 0x08, 0x40, struct dma, ch, left),
      .flags = OB_REG_SHARED, .on_write = count_write },
    { OB_REG32_EACH("CTRL_TRIG", 0x0c, 0x40, struct dma, ch, ctrl),
      .flags = OB_REG_SHARED, .fields = OB_ARRAY(ctrl_fields),
      .on_write = trigger_write },

    /* 2.5.2.1: three aliases of these four, in another order. */
    { OB_REG32_EACH("AL1_CTRL", 0x10, 0x40, struct dma, ch, ctrl),
      .flags = OB_REG_SHARED, .fields = OB_ARRAY(ctrl_fields) },
    { OB_REG32_EACH("AL1_READ_ADDR", 0x14, 0x40, struct dma, ch, read),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("AL1_WRITE_ADDR", 0x18, 0x40, struct dma, ch, write),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("AL1_TRANS_COUNT_TRIG", 0x1c, 0x40, struct dma, ch, left),
      .flags = OB_REG_SHARED, .on_write = count_trigger_write },

    { OB_REG32_EACH("AL2_CTRL", 0x20, 0x40, struct dma, ch, ctrl),
      .flags = OB_REG_SHARED, .fields = OB_ARRAY(ctrl_fields) },
    { OB_REG32_EACH("AL2_TRANS_COUNT", 0x24, 0x40, struct dma, ch, left),
      .flags = OB_REG_SHARED, .on_write = count_write },
    { OB_REG32_EACH("AL2_READ_ADDR", 0x28, 0x40, struct dma, ch, read),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("AL2_WRITE_ADDR_TRIG", 0x2c, 0x40, struct dma, ch, write),
      .flags = OB_REG_SHARED, .on_write = trigger_write },

    { OB_REG32_EACH("AL3_CTRL", 0x30, 0x40, struct dma, ch, ctrl),
      .flags = OB_REG_SHARED, .fields = OB_ARRAY(ctrl_fields) },
    { OB_REG32_EACH("AL3_WRITE_ADDR", 0x34, 0x40, struct dma, ch, write),
      .flags = OB_REG_SHARED },
    { OB_REG32_EACH("AL3_TRANS_COUNT", 0x38, 0x40, struct dma, ch, left),
      .flags = OB_REG_SHARED, .on_write = count_write },
    { OB_REG32_EACH("AL3_READ_ADDR_TRIG", 0x3c, 0x40, struct dma, ch, read),
      .flags = OB_REG_SHARED, .on_write = trigger_write },

    { OB_REG32("INTR", 0x400, struct dma, intr),
      .fields = OB_ARRAY(channels_w1c), .on_write = int_write },
    { OB_REG32_EACH("INTE", 0x404, 0x10, struct dma, line, inte),
      .fields = OB_ARRAY(channels_rw), .on_write = int_write },
    { OB_REG32_EACH("INTF", 0x408, 0x10, struct dma, line, intf),
      .fields = OB_ARRAY(channels_rw), .on_write = int_write },
    { OB_REG32_HOOKED("INTS", 0x40c), .count = LINES, .step = 0x10,
      .access = OB_W1C, .on_read = ints_read, .on_write = ints_write },
    { OB_REG32_ARRAY("TIMER", 0x420, struct dma, timers) },
    { OB_REG32_HOOKED("MULTI_CHAN_TRIGGER", 0x430), .access = OB_WO,
      .on_write = multi_write },
    { OB_REG32("SNIFF_CTRL", 0x434, struct dma, sniff_ctrl),
      .fields = OB_ARRAY(sniff_fields) },
    { OB_REG32("SNIFF_DATA", 0x438, struct dma, sniff_data),
      .on_read = sniff_read },
    { OB_REG32_CONST("FIFO_LEVELS", 0x440, 0) },
    { OB_REG32_HOOKED("CHAN_ABORT", 0x444), .on_write = abort_write },
    { OB_REG32_CONST("N_CHANNELS", 0x448, CHANNELS) },

    /* 2.5.6: the counter of requests stays 0; a write of anything clears it. */
    { OB_REG32_HOOKED("DBG_CTDREQ", 0x800), .count = CHANNELS, .step = 0x40,
      .access = OB_W1C },
    { OB_REG32_EACH("DBG_TCR", 0x804, 0x40, struct dma, ch, reload),
      .access = OB_RO },
};
static const struct ob_region dma_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(dma_regs) },
};
static const struct ob_irq dma_irqs[] = {
    [IRQ] = { .name = "irq", .count = LINES },
};
static const struct ob_clock dma_clocks[] = {
    [CLOCK_SYS] = { .name = "sys", .direction = OB_CLOCK_IN,
                    .changed = clock_changed },
};
static const struct ob_timer dma_timers[] = {
    [RUN] = { .name = "run", .expired = rp2040_dma_expired },
};

OB_DEVICE(rp2040_dma_type, "rp2040-dma", struct dma,
          "RP2040 DMA, twelve channels", .regions = OB_ARRAY(dma_regions),
          .irqs = OB_ARRAY(dma_irqs), .clocks = OB_ARRAY(dma_clocks),
          .timers = OB_ARRAY(dma_timers), .reset = dma_reset,
          .restored = dma_restored);
