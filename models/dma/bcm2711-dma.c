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
#include "models.h"

#include "bcm2711-dma.h"

/* 4.2, 4.5: the registers of a channel. Channels are 0x100 bytes apart. */
enum { REG_CS = 0x00, REG_BLOCK = 0x04, REG_TI = 0x08, REG_SOURCE = 0x0c,
       REG_DEST = 0x10, REG_LENGTH = 0x14, REG_STRIDE = 0x18, REG_NEXT = 0x1c,
       REG_DEBUG = 0x20 };
enum { WIDE_CS = 0x00, WIDE_CB = 0x04, WIDE_DEBUG = 0x0c, WIDE_TI = 0x10,
       WIDE_SRC = 0x14, WIDE_SRCI = 0x18, WIDE_DEST = 0x1c, WIDE_DESTI = 0x20,
       WIDE_LEN = 0x24, WIDE_NEXT_CB = 0x28, WIDE_DEBUG2 = 0x2c };
enum { REG_INT_STATUS = 0xfe0, REG_ENABLE = 0xff0, CHANNEL_BYTES = 0x100,
       DMA_BYTES = 0x1000, FULL_CHANNELS = DMA_WIDE };

#define CS_RESET 0x80000000u
#define CS_ABORT 0x40000000u
enum { CS_DREQ = 1u << 3, CS_PAUSED = 1u << 4, CS_ERROR = 1u << 8 };
enum { WIDE_PAUSED = 3u << 4, WIDE_ERROR = 1u << 10, WIDE_BUSY = 1u << 24,
       WIDE_RESET = 1u << 23, WIDE_ID_SHIFT = 24, WIDE_VERSION = 1u << 28 };
enum { DEBUG_ID_SHIFT = 8, DEBUG_VERSION = 2u << 25, DEBUG_LITE = 1u << 28 };

/* 4.5, DEBUG: after a reset, a DMA4 channel aborts at an error. */
static void channel_reset(struct dma *d, uint32_t n)
{
    d->cs[n] = d->block[n] = d->ti[n] = d->source[n] = d->dest[n] = 0;
    d->length[n] = d->stride[n] = d->next[n] = d->row[n] = 0;
    d->debug[n] = dma_is_wide(n) ? WIDE_ABORT_ON_ERROR : 0;
    if (dma_is_wide(n))
        d->source_info[n - DMA_WIDE] = d->dest_info[n - DMA_WIDE] = 0;
    d->loaded &= ~(1u << n);
}

/* Any change of CS can raise an interrupt, and start or stop a channel. */
static void channel_changed(struct ob_dev *dev, uint32_t n)
{
    dma_update_irq(dev, n);
    dma_schedule(dev);
}

/* --- channels 0 to 10 and 15 ---------------------------------------------- */

/* 4.2, CS: a channel that is not active also shows PAUSED. */
static uint64_t channel_cs(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    return stored | CS_DREQ | (stored & CS_ACTIVE ? 0 : CS_PAUSED) |
           (d->debug[n] & DEBUG_ERRORS ? CS_ERROR : 0);
}

/* 4.2, CS: ABORT ends the block; the next block follows. RESET clears all. */
static void channel_control(struct ob_dev *dev, uint32_t n, uint64_t raw)
{
    struct dma *d = ob_state(dev);

    d->cs[n] &= ~(CS_RESET | CS_ABORT);
    if (raw & CS_RESET)
        channel_reset(d, n);
    else if (raw & CS_ABORT && d->loaded >> n & 1)
        dma_skip_block(dev, n);
    channel_changed(dev, n);
}

/* 4.2, DEBUG: number, version and LITE of a channel are constants. */
static uint64_t channel_debug(uint32_t n, uint64_t stored)
{
    return stored | n << DEBUG_ID_SHIFT | DEBUG_VERSION |
           (dma_is_lite(n) ? DEBUG_LITE : 0);
}

static uint64_t cs_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    return channel_cs(dev, index, stored);
}

static void cs_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    channel_control(dev, w->index, w->raw);
}

static uint64_t debug_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)dev;
    return channel_debug(index, stored);
}

/* The VPU's channel is in another region, so its hooks have no index. */
static uint64_t vpu_cs_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    (void)index;
    return channel_cs(dev, DMA_VPU, stored);
}

static void vpu_cs_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    channel_control(dev, DMA_VPU, w->raw);
}

static uint64_t vpu_debug_read(struct ob_dev *dev, uint32_t index,
                               uint64_t stored)
{
    (void)dev, (void)index;
    return channel_debug(DMA_VPU, stored);
}

/* --- channels 11 to 14 ---------------------------------------------------- */

/* 4.5, CS: BUSY stays set until the loaded block is finished. */
static uint64_t wide_cs_read(struct ob_dev *dev, uint32_t index,
                             uint64_t stored)
{
    const struct dma *d = ob_state(dev);
    uint32_t n = index + DMA_WIDE;
    bool busy = stored & CS_ACTIVE || d->loaded >> n & 1;

    return stored | CS_DREQ | (stored & CS_ACTIVE ? 0 : WIDE_PAUSED) |
           (d->debug[n] & WIDE_ERRORS ? WIDE_ERROR : 0) |
           (busy ? WIDE_BUSY : 0);
}

/* 4.5, CS: HALT ends the transfer, ABORT continues with the next block. */
static void wide_cs_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);
    uint32_t n = w->index + DMA_WIDE;

    d->cs[n] &= ~(CS_RESET | CS_ABORT);
    if (w->raw & CS_RESET) {
        d->loaded &= ~(1u << n);
        d->length[n] = 0;
        d->cs[n] &= ~CS_ACTIVE;
    } else if (w->raw & CS_ABORT && d->loaded >> n & 1) {
        dma_skip_block(dev, n);
    }
    channel_changed(dev, n);
}

static uint64_t wide_debug_read(struct ob_dev *dev, uint32_t index,
                                uint64_t stored)
{
    (void)dev;
    return stored | (uint64_t)(index + DMA_WIDE) << WIDE_ID_SHIFT |
           WIDE_VERSION;
}

/* 4.5, DEBUG: RESET resets the channel. */
static void wide_debug_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);
    uint32_t n = w->index + DMA_WIDE;

    d->debug[n] &= ~(uint32_t)WIDE_RESET;
    if (w->raw & WIDE_RESET)
        channel_reset(d, n);
    channel_changed(dev, n);
}

/* --- all of them ---------------------------------------------------------- */

/* A new address or a new ENABLE can start a channel. */
static void changed(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    dma_schedule(dev);
}

/* 4.2, INT_STATUS: a bit for each channel. */
static uint64_t status_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    (void)index;
    for (uint32_t n = 0; n < DMA_CHANNELS; n++)
        stored |= (uint64_t)(d->cs[n] & CS_INT ? 1 : 0) << n;
    return stored;
}

/* Power-on: no channel is active, and no step is due. */
static void dma_reset(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    d->loaded = d->scheduled = d->told = 0;
    d->rest = 0;
    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        channel_reset(d, n);
        d->due[n] = 0;
        dma_update_irq(dev, n);
    }
}

/*
 * A snapshot may hold any value: a lite channel must not get a longer length,
 * and no channel a bit without a channel.
 */
static int dma_restored(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    d->loaded &= (1u << DMA_CHANNELS) - 1;
    d->scheduled &= (1u << DMA_CHANNELS) - 1;
    for (uint32_t n = 0; n < DMA_CHANNELS; n++) {
        d->row[n] &= 0xffff;
        d->length[n] &= dma_is_lite(n) ? 0xffff : 0x3fffffff;
        dma_update_irq(dev, n);
    }
    dma_restore_times(dev);
    dma_schedule(dev);
    return 0;
}

#define FIELD(label, at, n, how)                                              \
    { .name = (label), .lsb = (at), .bits = (n), .access = (how) }
static const struct ob_field cs_fields[] = {
    FIELD("ACTIVE", 0, 1, OB_RW), FIELD("END", 1, 1, OB_W1C),
    FIELD("INT", 2, 1, OB_W1C), FIELD("STATE", 3, 6, OB_RO),
    FIELD("PRIORITY", 16, 8, OB_RW), FIELD("WAIT", 28, 1, OB_RW),
    FIELD("DISDEBUG", 29, 1, OB_RW), FIELD("ABORT", 30, 1, OB_WO),
    FIELD("RESET", 31, 1, OB_WO),
};
static const struct ob_field debug_fields[] = {
    FIELD("ERRORS", 0, 3, OB_W1C), FIELD("STATE", 3, 26, OB_RO),
};
static const struct ob_field block_fields[] = {
    FIELD("SCB_ADDR", 5, 27, OB_RW),
};
static const struct ob_field wide_cs_fields[] = {
    FIELD("ACTIVE", 0, 1, OB_RW), FIELD("END", 1, 1, OB_W1C),
    FIELD("INT", 2, 1, OB_W1C), FIELD("STATE", 3, 5, OB_RO),
    FIELD("PROT", 8, 2, OB_RW), FIELD("ERROR", 10, 1, OB_RO),
    FIELD("QOS", 16, 8, OB_RW), FIELD("BUSY", 24, 2, OB_RO),
    FIELD("WAIT", 28, 1, OB_RW), FIELD("DISDEBUG", 29, 1, OB_RW),
    FIELD("ABORT", 30, 1, OB_WO), FIELD("HALT", 31, 1, OB_WO),
};
static const struct ob_field wide_debug_fields[] = {
    FIELD("ERRORS", 0, 4, OB_RC), FIELD("ON_ERROR", 8, 4, OB_RW),
    FIELD("STATE", 14, 8, OB_RO), FIELD("RESET", 23, 1, OB_WO),
    FIELD("ID", 24, 8, OB_RO),
};
static const struct ob_field enable_fields[] = {
    FIELD("EN", 0, DMA_VPU, OB_RW), FIELD("PAGE", 24, 4, OB_RW),
    FIELD("PAGELITE", 28, 4, OB_RW),
};

/* A register of `n` channels. Channel `first` is the first of them. */
#define REG(label, at, m, first, n)                                           \
    OB_REG32(dma, label, at, m[first]), .count = (n), .step = CHANNEL_BYTES
#define SHOWN(label, at, m, first, n)                                         \
    { REG(label, at, m, first, n), .access = OB_RO }
#define CHANNEL_REGS(first, n, on_cs, cs_is, debug_is)                        \
    { REG("CS", REG_CS, cs, first, n), OB_FIELDS(cs_fields),                  \
      .on_read = (cs_is), .on_write = (on_cs) },                              \
    { REG("CONBLK_AD", REG_BLOCK, block, first, n), OB_FIELDS(block_fields),  \
      .on_write = changed },                                                  \
    SHOWN("TI", REG_TI, ti, first, n),                                        \
    SHOWN("SOURCE_AD", REG_SOURCE, source, first, n),                         \
    SHOWN("DEST_AD", REG_DEST, dest, first, n),                               \
    SHOWN("TXFR_LEN", REG_LENGTH, length, first, n),                          \
    SHOWN("STRIDE", REG_STRIDE, stride, first, n),                            \
    { REG("NEXTCONBK", REG_NEXT, next, first, n), OB_FIELDS(block_fields) },  \
    { REG("DEBUG", REG_DEBUG, debug, first, n), OB_FIELDS(debug_fields),      \
      .on_read = (debug_is) }
#define WIDE(at) (DMA_WIDE * CHANNEL_BYTES + (at))

static const struct ob_reg dma_regs[] = {
    CHANNEL_REGS(0, FULL_CHANNELS, cs_write, cs_read, debug_read),
    { REG("DMA4_CS", WIDE(WIDE_CS), cs, DMA_WIDE, DMA_WIDES),
      OB_FIELDS(wide_cs_fields), .on_read = wide_cs_read,
      .on_write = wide_cs_write },
    { REG("DMA4_CB", WIDE(WIDE_CB), block, DMA_WIDE, DMA_WIDES),
      .on_write = changed },
    { REG("DMA4_DEBUG", WIDE(WIDE_DEBUG), debug, DMA_WIDE, DMA_WIDES),
      OB_FIELDS(wide_debug_fields), .reset = WIDE_ABORT_ON_ERROR,
      .on_read = wide_debug_read, .on_write = wide_debug_write },
    SHOWN("DMA4_TI", WIDE(WIDE_TI), ti, DMA_WIDE, DMA_WIDES),
    SHOWN("DMA4_SRC", WIDE(WIDE_SRC), source, DMA_WIDE, DMA_WIDES),
    SHOWN("DMA4_SRCI", WIDE(WIDE_SRCI), source_info, 0, DMA_WIDES),
    SHOWN("DMA4_DEST", WIDE(WIDE_DEST), dest, DMA_WIDE, DMA_WIDES),
    SHOWN("DMA4_DESTI", WIDE(WIDE_DESTI), dest_info, 0, DMA_WIDES),
    SHOWN("DMA4_LEN", WIDE(WIDE_LEN), length, DMA_WIDE, DMA_WIDES),
    { REG("DMA4_NEXT_CB", WIDE(WIDE_NEXT_CB), next, DMA_WIDE, DMA_WIDES) },
    { .name = "DMA4_DEBUG2", .offset = WIDE(WIDE_DEBUG2), .bytes = 4,
      .access = OB_RO, .count = DMA_WIDES, .step = CHANNEL_BYTES,
      .state = OB_NO_STATE },
    { .name = "INT_STATUS", .offset = REG_INT_STATUS, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = status_read },
    { OB_REG32(dma, "ENABLE", REG_ENABLE, enable), OB_FIELDS(enable_fields),
      .reset = ENABLE_ALL, .on_write = changed },
};
static const struct ob_reg vpu_regs[] = {
    CHANNEL_REGS(DMA_VPU, 1, vpu_cs_write, vpu_cs_read, vpu_debug_read),
};
static const struct ob_region dma_regions[] = {
    { .name = "regs", .bytes = DMA_BYTES, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(dma_regs) },
    { .name = "vpu", .bytes = CHANNEL_BYTES, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(vpu_regs) },
};
static const struct ob_prop dma_props[] = {
    { .name = "dma-mr", .desc = "the VideoCore's bus, without DMA4",
      .type = OB_PROP_LINK, .offset = offsetof(struct dma, bus) },
};
static const struct ob_irq dma_irqs[] = {
    { "dma0" }, { "dma1" }, { "dma2" }, { "dma3" }, { "dma4" }, { "dma5" },
    { "dma6" }, { "dma7" }, { "dma8" }, { "dma9" }, { "dma10" }, { "dma11" },
    { "dma12" }, { "dma13" }, { "dma14" }, { "dma15" },
};
static const struct ob_timer dma_timers[] = { { "step", dma_expired } };
static const struct ob_saved dma_saved[] = {
    OB_SAVED(dma, loaded), OB_SAVED(dma, scheduled), OB_SAVED(dma, told),
    OB_SAVED(dma, rest), OB_SAVED_ARRAY(dma, row), OB_SAVED_ARRAY(dma, due),
};

const struct ob_device_type bcm2711_dma_type = {
    .size = sizeof(bcm2711_dma_type),
    .name = "bcm2711-dma",
    .desc = "BCM2711 DMA controller, sixteen channels",
    .state_bytes = sizeof(struct dma),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(dma_props),
    .regions = OB_ARRAY(dma_regions),
    .irqs = OB_ARRAY(dma_irqs),
    .timers = OB_ARRAY(dma_timers),
    .saved = OB_ARRAY(dma_saved),
    .reset = dma_reset,
    .restored = dma_restored,
};
