/* SPDX-License-Identifier: MIT */
/*
 * DMA: RP2040 Datasheet, 2.5: twelve channels.
 *
 * One transfer takes one cycle of clk_sys. Not modelled, and logged: pacing (a
 * channel that should wait for a peripheral's or a timer's request, TREQ_SEL,
 * does not wait). Not modelled: priorities, which change no result.
 */
#include <outboard/outboard.h>

#include "rp2040-sniff.h"
#include "models.h"

enum { DMA_CHANNELS_END = 0x300, DMA_INTR = 0x400, DMA_INTE0 = 0x404,
       DMA_INTF0 = 0x408, DMA_INTS0 = 0x40c, DMA_INTE1 = 0x414,
       DMA_INTF1 = 0x418, DMA_INTS1 = 0x41c, DMA_TIMERS = 0x420,
       DMA_TRIGGER = 0x430, DMA_SNIFF_CTRL = 0x434, DMA_SNIFF_DATA = 0x438,
       DMA_FIFO = 0x440, DMA_ABORT = 0x444,
       DMA_N = 0x448, DMA_DEBUG = 0x800, DMA_DEBUG_END = 0xb00,
       DEBUG_TCR = 0x04, DEBUG_MASK = 0x3f };
enum { CHANNELS = 12, CHANNEL_MASK = (1u << CHANNELS) - 1, CHANNEL_SHIFT = 6 };
enum { READ_ADDR, WRITE_ADDR, COUNT, CTRL };
enum { CTRL_EN = 1u << 0, CTRL_SIZE_SHIFT = 2, CTRL_SIZE_MASK = 3,
       CTRL_INCR_READ = 1u << 4, CTRL_INCR_WRITE = 1u << 5,
       CTRL_RING_SHIFT = 6, CTRL_RING_MASK = 15, CTRL_RING_WRITE = 1u << 10,
       CTRL_CHAIN_SHIFT = 11, CTRL_CHAIN_MASK = 15, CTRL_TREQ_SHIFT = 15,
       CTRL_TREQ_MASK = 0x3f, TREQ_ALWAYS = 0x3f, CTRL_QUIET = 1u << 21,
       CTRL_BSWAP = 1u << 22, CTRL_SNIFF = 1u << 23, CTRL_BUSY = 1u << 24,
       CTRL_WRITE_ERROR = 1u << 29, CTRL_READ_ERROR = 1u << 30,
       CTRL_KEPT = 0xffffff, CTRL_RESET_CHAIN = 1u << CTRL_CHAIN_SHIFT };
enum { CLOCK_SYS = 0, RUN = 0, AT_ONCE = 256, REGS_A_CHANNEL = 16 };
#define NS_PER_S UINT64_C(1000000000)

struct dma {
    uint32_t read[CHANNELS], write[CHANNELS], reload[CHANNELS];
    uint32_t left[CHANNELS], ctrl[CHANNELS];
    uint32_t intr, inte[2], intf[2], timers[4];
    uint32_t sniff_ctrl, sniff_data;
    uint32_t busy;
};

/* 2.5.2.1: the four aliases; the last register of each triggers. */
static const uint8_t alias_order[REGS_A_CHANNEL] = {
    READ_ADDR, WRITE_ADDR, COUNT, CTRL,     CTRL, READ_ADDR, WRITE_ADDR, COUNT,
    CTRL, COUNT, READ_ADDR, WRITE_ADDR,     CTRL, WRITE_ADDR, COUNT, READ_ADDR,
};

static void dma_update_irq(struct ob_dev *dev)
{
    const struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < 2; n++)
        ob_irq_set(dev, n, ((d->intr & d->inte[n]) | d->intf[n]) != 0);
}

/* How many transfers each channel may make when the timer next expires. */
static void dma_run(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_SYS);
    uint32_t most = 0;

    for (uint32_t n = 0; n < CHANNELS; n++)
        if (d->busy >> n & 1 && d->left[n] > most)
            most = d->left[n];
    if (!d->busy || !hz) {
        ob_timer_cancel(dev, RUN);
        return;
    }
    most = most > AT_ONCE ? AT_ONCE : most;
    if (ob_timer_deadline(dev, RUN) == UINT64_MAX)
        ob_timer_arm(dev, RUN, ob_now_ns(dev) + most * NS_PER_S / hz);
}

static void channel_start(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    uint32_t treq = d->ctrl[n] >> CTRL_TREQ_SHIFT & CTRL_TREQ_MASK;

    if (!(d->ctrl[n] & CTRL_EN) || d->busy >> n & 1)
        return;
    if (treq != TREQ_ALWAYS)
        ob_log(dev, OB_LOG_UNIMPL, "channel %u does not wait for request %u",
               (unsigned)n, (unsigned)treq);
    d->left[n] = d->reload[n];
    d->busy |= 1u << n;
    dma_run(dev);
}

/* The channel is done: interrupt, then the channel that is chained to it. */
static void channel_finish(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    uint32_t chain = d->ctrl[n] >> CTRL_CHAIN_SHIFT & CTRL_CHAIN_MASK;

    d->busy &= ~(1u << n);
    if (!(d->ctrl[n] & CTRL_QUIET))
        d->intr |= 1u << n;
    if (chain != n && chain < CHANNELS)
        channel_start(dev, chain);
    dma_update_irq(dev);
}

/* The address after this one, within its ring if it has one. */
static uint32_t advance(uint32_t ctrl, uint32_t addr, uint32_t bytes,
                        bool is_write)
{
    uint32_t ring = ctrl >> CTRL_RING_SHIFT & CTRL_RING_MASK;
    uint32_t mask = UINT32_MAX;

    if (!(ctrl & (is_write ? CTRL_INCR_WRITE : CTRL_INCR_READ)))
        return addr;
    if (ring && !(ctrl & CTRL_RING_WRITE) == !is_write)
        mask = (1u << ring) - 1;
    return (addr & ~mask) | ((addr + bytes) & mask);
}

static void swap(uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uint8_t byte = bytes[i];

        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = byte;
    }
}

/* 2.5.5.2: the checksum sees what the channel read, in its byte order. */
static void channel_sniff(struct ob_dev *dev, uint32_t n, const uint8_t *data,
                          uint32_t bytes)
{
    struct dma *d = ob_state(dev);
    uint32_t value = 0;

    if (!(d->ctrl[n] & CTRL_SNIFF) || !sniff_sees(d->sniff_ctrl, n))
        return;
    for (uint32_t i = 0; i < bytes; i++)
        value |= (uint32_t)data[i] << 8 * i;
    if (!sniff_add(d->sniff_ctrl, &d->sniff_data, value, bytes))
        ob_log(dev, OB_LOG_UNIMPL, "SNIFF_CTRL: CALC is reserved");
}

/* One transfer. The write may be to this part's own registers. */
static void channel_move(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    uint32_t ctrl = d->ctrl[n];
    uint32_t bytes = 1u << (ctrl >> CTRL_SIZE_SHIFT & CTRL_SIZE_MASK) % 3;
    uint32_t from = d->read[n] & ~(bytes - 1);
    uint32_t to = d->write[n] & ~(bytes - 1);
    uint8_t data[4] = { 0 };

    d->read[n] = advance(ctrl, from, bytes, false);
    d->write[n] = advance(ctrl, to, bytes, true);
    d->left[n]--;
    if (ob_mem_read(dev, NULL, from, data, bytes))
        d->ctrl[n] |= CTRL_READ_ERROR;
    if (ctrl & CTRL_BSWAP)
        swap(data, bytes);
    channel_sniff(dev, n, data, bytes);
    if (ob_mem_write(dev, NULL, to, data, bytes))
        d->ctrl[n] |= CTRL_WRITE_ERROR;
}

static void dma_expired(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);
    uint32_t busy = d->busy;

    for (uint32_t n = 0; n < CHANNELS; n++) {
        if (!(busy >> n & 1))
            continue;
        for (uint32_t i = 0; i < AT_ONCE && d->left[n]; i++)
            if (d->busy >> n & 1)
                channel_move(dev, n);
        if (!d->left[n] && d->busy >> n & 1)
            channel_finish(dev, n);
    }
    dma_run(dev);
}

/* 2.5.2.3: a null trigger starts nothing, and interrupts a quiet channel. */
static void channel_trigger(struct ob_dev *dev, uint32_t n, uint32_t value)
{
    struct dma *d = ob_state(dev);

    if (value) {
        channel_start(dev, n);
    } else if (d->ctrl[n] & CTRL_QUIET) {
        d->intr |= 1u << n;
        dma_update_irq(dev);
    }
}

/* 2.5.6: TCR is what the next start counts from; no request waits (CTDREQ). */
static uint64_t debug_read(const struct dma *d, uint32_t offset)
{
    uint32_t n = (offset - DMA_DEBUG) >> CHANNEL_SHIFT;

    return (offset & DEBUG_MASK) == DEBUG_TCR ? d->reload[n] : 0;
}

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
    case READ_ADDR:
        return d->read[n];
    case WRITE_ADDR:
        return d->write[n];
    case COUNT:
        return d->left[n];
    default:
        return d->ctrl[n] | (d->busy >> n & 1 ? CTRL_BUSY : 0);
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
    case READ_ADDR:
        d->read[n] = value;
        break;
    case WRITE_ADDR:
        d->write[n] = value;
        break;
    case COUNT:
        d->reload[n] = d->busy >> n & 1 ? d->reload[n] : value;
        d->left[n] = d->busy >> n & 1 ? d->left[n] : value;
        break;
    default:
        d->ctrl[n] = (value & CTRL_KEPT) | (d->ctrl[n] & errors & ~value);
    }
    if (offset / 4 % 4 == 3)
        channel_trigger(dev, n, value);
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    dma_update_irq(dev);
}

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

static void ints_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->intr &= ~(uint32_t)w->raw;
    dma_update_irq(dev);
}

static void trigger_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    for (uint32_t n = 0; n < CHANNELS; n++)
        if (w->raw >> n & 1)
            channel_start(dev, n);
}

static uint64_t sniff_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct dma *d = ob_state(dev);

    (void)index;
    return sniff_result(d->sniff_ctrl, (uint32_t)stored);
}

static void abort_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct dma *d = ob_state(dev);

    d->busy &= ~(uint32_t)w->raw;
    dma_run(dev);
}

static void dma_reset(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < CHANNELS; n++) {
        d->read[n] = d->write[n] = d->reload[n] = d->left[n] = 0;
        d->ctrl[n] = n * CTRL_RESET_CHAIN;
    }
    d->busy = 0;
    dma_update_irq(dev);
}

static int dma_restored(struct ob_dev *dev)
{
    struct dma *d = ob_state(dev);

    d->busy &= CHANNEL_MASK;
    dma_update_irq(dev);
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
    { .name = "sys", .direction = OB_CLOCK_IN, .changed = dma_run },
};
static const struct ob_timer dma_timers[] = { { "run", dma_expired } };
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
