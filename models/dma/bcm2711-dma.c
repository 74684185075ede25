/* SPDX-License-Identifier: MIT */
/*
 * A model of the DMA controller: BCM2711 ARM Peripherals, 4. This file has the
 * registers of seven full channels, four lite ones, four DMA4 engines with
 * 40-bit addresses, and the VPU's channel.
 *
 * Not modelled, with a warning: pacing. A channel does not wait for a
 * peripheral's requests. Not modelled: bursts, wait cycles, priorities, the
 * debug pause.
 */
#include "bcm2711-dma.h"

#include "models.h"

/* 4.2: the bits of channels 0 to 10 and 15. */
enum { CS_STATE = 0x1f8, CS_DREQ = 0x8, CS_PAUSED = 0x10, CS_ERROR = 0x100,
       CS_PRIORITY = 0xff0000, CS_WAIT = 0x10000000, CS_DISDEBUG = 0x20000000,
       CS_ABORT = 0x40000000 };
#define CS_RESET 0x80000000u
#define SCB_ADDR 0xffffffe0u
enum { DEBUG_STATE = 0x1ffffff8, DEBUG_ID = 0xff00, DEBUG_VERSION = 0x4000000,
       DEBUG_LITE = 0x10000000 };

/* 4.5: the bits of channels 11 to 14. */
enum { WIDE_STATE = 0xf8, WIDE_PAUSED = 0x30, WIDE_PROT = 0x300,
       WIDE_ERROR = 0x400, WIDE_BUSY = 0x1000000, WIDE_BUSIES = 0x3000000 };
enum { WIDE_DEBUG_STATE = 0x3fc000, WIDE_RESET = 0x800000,
       WIDE_VERSION = 0x10000000 };
#define WIDE_ID 0xff000000u

/* 4.5, DEBUG: after a reset, a DMA4 channel aborts at an error. */
static void channel_reset(struct dma *d, uint32_t n)
{
    d->ch[n] = (struct dma_channel){
        .debug = dma_is_wide(n) ? WIDE_ABORT_ON_ERROR : 0,
    };
}

/* Any change of CS can raise an interrupt, and start or stop a channel. */
static void channel_changed(struct ob_dev *dev, uint32_t n)
{
    dma_update_irq(dev, n);
    dma_schedule(dev);
}

/* --- channels 0 to 10 and 15; a register's tag is its first channel ------- */

/* 4.2, CS: a channel that is not active also shows PAUSED. */
static uint64_t cs_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct dma *d = ob_state(dev);
    uint32_t n = r->tag + r->index;

    return r->stored | CS_DREQ | (r->stored & CS_ACTIVE ? 0 : CS_PAUSED) |
           (d->ch[n].debug & DEBUG_ERRORS ? CS_ERROR : 0);
}

/* 4.2, CS: ABORT ends the block; the next block follows. RESET clears all. */
static void cs_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);
    uint32_t n = w->tag + w->index;

    d->ch[n].cs &= ~(CS_RESET | CS_ABORT);
    if (w->raw & CS_RESET)
        channel_reset(d, n);
    else if (w->raw & CS_ABORT && d->ch[n].loaded)
        dma_skip_block(&d->ch[n]);
    channel_changed(dev, n);
}

/* 4.2, DEBUG: number, version and LITE of a channel are constants. */
static uint64_t debug_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    uint32_t n = r->tag + r->index;

    return ob_field_set(r->stored, DEBUG_ID, n) | DEBUG_VERSION |
           (dma_is_lite(n) ? DEBUG_LITE : 0);
}

/* --- channels 11 to 14 ---------------------------------------------------- */

/* 4.5, CS: BUSY stays set until the loaded block is finished. */
static uint64_t wide_cs_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct dma *d = ob_state(dev);
    const struct dma_channel *c = &d->wide[r->index];
    bool active = r->stored & CS_ACTIVE;

    return r->stored | CS_DREQ | (active ? 0 : WIDE_PAUSED) |
           (c->debug & WIDE_ERRORS ? WIDE_ERROR : 0) |
           (active || c->loaded ? WIDE_BUSY : 0);
}

/* 4.5, CS: HALT ends the transfer, ABORT continues with the next block. */
static void wide_cs_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->wide[w->index];

    c->cs &= ~(CS_RESET | CS_ABORT);
    if (w->raw & CS_RESET) {
        c->loaded = c->length = 0;
        c->cs &= ~CS_ACTIVE;
    } else if (w->raw & CS_ABORT && c->loaded) {
        dma_skip_block(c);
    }
    channel_changed(dev, DMA_WIDE + w->index);
}

static uint64_t wide_debug_read(struct ob_dev *dev,
                                const struct ob_reg_read *r)
{
    return ob_field_set(r->stored, WIDE_ID, DMA_WIDE + r->index) |
           WIDE_VERSION;
}

/* 4.5, DEBUG: RESET resets the channel. */
static void wide_debug_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->wide[w->index].debug &= ~(uint32_t)WIDE_RESET;
    if (w->raw & WIDE_RESET)
        channel_reset(d, DMA_WIDE + w->index);
    channel_changed(dev, DMA_WIDE + w->index);
}

/* --- all of them ---------------------------------------------------------- */

/* A new address or a new ENABLE can start a channel. */
static void changed(struct ob_dev *dev, const struct ob_reg_write *w)
{
    dma_schedule(dev);
}

/* 4.2, INT_STATUS: a bit for each channel. */
static uint64_t status_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct dma *d = ob_state(dev);
    uint32_t status = 0;

    for (uint32_t n = 0; n < DMA_CHANNELS; n++)
        status |= (d->ch[n].cs & CS_INT ? 1u : 0) << n;
    return status;
}

/* Power-on: no channel is active, and no step is due. */
static void dma_reset(struct ob_dev *dev, uint32_t kind)
{
    struct dma *d = ob_state(dev);

    d->rest = 0;
    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        channel_reset(d, n);
        dma_update_irq(dev, n);
    }
}

/* A snapshot may hold any value: a lite channel has no longer transfers. */
static int32_t dma_restored(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        d->ch[n].row &= LENGTH_X;
        d->ch[n].length &= dma_is_lite(n) ? LENGTH_X : LENGTH_LINEAR;
        dma_update_irq(dev, n);
    }
    dma_restore_times(dev);
    dma_schedule(dev);
    return OB_OK;
}

/* --- the registers -------------------------------------------------------- */

static const struct ob_field cs_fields[] = {
    OB_BITS("ACTIVE", CS_ACTIVE, OB_RW), OB_BITS("END", CS_END, OB_W1C),
    OB_BITS("INT", CS_INT, OB_W1C), OB_BITS("STATE", CS_STATE, OB_RO),
    OB_BITS("PRIORITY", CS_PRIORITY, OB_RW), OB_BITS("WAIT", CS_WAIT, OB_RW),
    OB_BITS("DISDEBUG", CS_DISDEBUG, OB_RW),
    OB_BITS("ABORT", CS_ABORT, OB_WO), OB_BITS("RESET", CS_RESET, OB_WO),
};
static const struct ob_field block_fields[] = {
    OB_BITS("SCB_ADDR", SCB_ADDR, OB_RW),
};
static const struct ob_field debug_fields[] = {
    OB_BITS("ERRORS", DEBUG_ERRORS, OB_W1C),
    OB_BITS("STATE", DEBUG_STATE, OB_RO),
};
static const struct ob_field wide_cs_fields[] = {
    OB_BITS("ACTIVE", CS_ACTIVE, OB_RW), OB_BITS("END", CS_END, OB_W1C),
    OB_BITS("INT", CS_INT, OB_W1C), OB_BITS("STATE", WIDE_STATE, OB_RO),
    OB_BITS("PROT", WIDE_PROT, OB_RW), OB_BITS("ERROR", WIDE_ERROR, OB_RO),
    OB_BITS("QOS", CS_PRIORITY, OB_RW), OB_BITS("BUSY", WIDE_BUSIES, OB_RO),
    OB_BITS("WAIT", CS_WAIT, OB_RW), OB_BITS("DISDEBUG", CS_DISDEBUG, OB_RW),
    OB_BITS("ABORT", CS_ABORT, OB_WO), OB_BITS("HALT", CS_RESET, OB_WO),
};
static const struct ob_field wide_debug_fields[] = {
    OB_BITS("ERRORS", WIDE_ERRORS, OB_RC),
    OB_BITS("ON_ERROR", WIDE_ON_ERROR, OB_RW),
    OB_BITS("STATE", WIDE_DEBUG_STATE, OB_RO),
    OB_BITS("RESET", WIDE_RESET, OB_WO), OB_BITS("ID", WIDE_ID, OB_RO),
};
static const struct ob_field enable_fields[] = {
    OB_BITS("EN", ENABLE_EN, OB_RW), OB_BITS("PAGE", ENABLE_PAGE, OB_RW),
    OB_BITS("PAGELITE", ENABLE_PAGELITE, OB_RW),
};

/* 4.2: the registers of the channels in `array`. `first` is the first one. */
#define CHANNEL_REGS(array, first)                                            \
    { OB_REG32_EACH("CS", 0x00, 0x100, struct dma, array, cs),                \
      .fields = OB_ARRAY(cs_fields), .tag = (first), .on_read = cs_read,      \
      .on_write = cs_write },                                                 \
    { OB_REG32_EACH("CONBLK_AD", 0x04, 0x100, struct dma, array, block),      \
      .fields = OB_ARRAY(block_fields), .on_write = changed },                \
    { OB_REG32_EACH("TI", 0x08, 0x100, struct dma, array, ti),                \
      .access = OB_RO },                                                      \
    { OB_REG32_EACH("SOURCE_AD", 0x0c, 0x100, struct dma, array, source),     \
      .access = OB_RO },                                                      \
    { OB_REG32_EACH("DEST_AD", 0x10, 0x100, struct dma, array, dest),         \
      .access = OB_RO },                                                      \
    { OB_REG32_EACH("TXFR_LEN", 0x14, 0x100, struct dma, array, length),      \
      .access = OB_RO },                                                      \
    { OB_REG32_EACH("STRIDE", 0x18, 0x100, struct dma, array, stride),        \
      .access = OB_RO },                                                      \
    { OB_REG32_EACH("NEXTCONBK", 0x1c, 0x100, struct dma, array, next),       \
      .fields = OB_ARRAY(block_fields) },                                     \
    { OB_REG32_EACH("DEBUG", 0x20, 0x100, struct dma, array, debug),          \
      .fields = OB_ARRAY(debug_fields), .tag = (first),                       \
      .on_read = debug_read }

static const struct ob_reg dma_regs[] = {
    CHANNEL_REGS(narrow, 0),

    /* 4.5: channels 11 to 14. */
    { OB_REG32_EACH("DMA4_CS", 0xb00, 0x100, struct dma, wide, cs),
      .fields = OB_ARRAY(wide_cs_fields), .on_read = wide_cs_read,
      .on_write = wide_cs_write },
    { OB_REG32_EACH("DMA4_CB", 0xb04, 0x100, struct dma, wide, block),
      .on_write = changed },
    { OB_REG32_EACH("DMA4_DEBUG", 0xb0c, 0x100, struct dma, wide, debug),
      .fields = OB_ARRAY(wide_debug_fields), .reset = WIDE_ABORT_ON_ERROR,
      .on_read = wide_debug_read, .on_write = wide_debug_write },
    { OB_REG32_EACH("DMA4_TI", 0xb10, 0x100, struct dma, wide, ti),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_SRC", 0xb14, 0x100, struct dma, wide, source),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_SRCI", 0xb18, 0x100, struct dma, wide, source_info),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_DEST", 0xb1c, 0x100, struct dma, wide, dest),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_DESTI", 0xb20, 0x100, struct dma, wide, dest_info),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_LEN", 0xb24, 0x100, struct dma, wide, length),
      .access = OB_RO },
    { OB_REG32_EACH("DMA4_NEXT_CB", 0xb28, 0x100, struct dma, wide, next) },
    { OB_REG32_CONST("DMA4_DEBUG2", 0xb2c, 0), .count = DMA_WIDES,
      .step = 0x100 },

    { OB_REG32_HOOKED("INT_STATUS", 0xfe0), .access = OB_RO,
      .on_read = status_read },
    { OB_REG32("ENABLE", 0xff0, struct dma, enable),
      .fields = OB_ARRAY(enable_fields), .reset = ENABLE_EN,
      .on_write = changed },
};
static const struct ob_reg vpu_regs[] = { CHANNEL_REGS(vpu, DMA_VPU) };

static const struct ob_region dma_regions[] = {
    { .name = "regs", .bytes = 0x1000, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(dma_regs) },
    { .name = "vpu", .bytes = 0x100, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(vpu_regs) },
};
static const struct ob_prop dma_props[] = {
    { OB_PROP_LINK_AT("dma-mr", struct dma, bus),
      .desc = "the VideoCore's bus, without DMA4" },
};
static const struct ob_irq dma_irqs[] = {
    [IRQ] = { .name = "dma", .count = DMA_CHANNELS },
};
static const struct ob_timer dma_timers[] = {
    [STEP] = { .name = "step", .expired = dma_expired },
};
static const struct ob_saved dma_saved[] = {
    OB_SAVED_EACH(struct dma, ch, row), OB_SAVED_EACH(struct dma, ch, loaded),
    OB_SAVED_EACH(struct dma, ch, told),
    OB_SAVED_EACH(struct dma, ch, scheduled),
    OB_SAVED_EACH(struct dma, ch, due), OB_SAVED(struct dma, rest),
};

OB_DEVICE(bcm2711_dma_type, "bcm2711-dma", struct dma,
          "BCM2711 DMA controller, sixteen channels",
          .props = OB_ARRAY(dma_props), .regions = OB_ARRAY(dma_regions),
          .irqs = OB_ARRAY(dma_irqs), .timers = OB_ARRAY(dma_timers),
          .saved = OB_ARRAY(dma_saved), .reset = dma_reset,
          .restored = dma_restored);
