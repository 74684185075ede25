/* SPDX-License-Identifier: MIT */
/*
 * The engine of the RP2040's DMA: it starts channels, moves data and finishes
 * channels. RP2040 Datasheet, 2.5. rp2040-dma.c lists what is not modelled.
 */
#include "rp2040-dma.h"

#include "rp2040-sniff.h"

enum { AT_ONCE = 256, TREQ_ALWAYS = 0x3f };

void rp2040_dma_update_irq(struct ob_dev *dev)
{
    const struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < LINES; n++)
        ob_irq_set(dev, IRQ, n, rp2040_dma_ints(d, n));
}

/* A mask with a bit for each busy channel. */
static uint32_t busy_channels(const struct dma *d)
{
    uint32_t mask = 0;

    for (uint32_t n = 0; n < CHANNELS; n++)
        mask |= (d->ch[n].ctrl & CTRL_BUSY ? 1u : 0) << n;
    return mask;
}

/*
 * Arm the timer for the next group of transfers. A group takes the time of its
 * transfers, and is limited, so that the machine continues in between.
 */
void rp2040_dma_run(struct ob_dev *dev)
{
    const struct dma *d = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_SYS, 0);
    uint32_t busy = busy_channels(d), most = 0;

    for (uint32_t n = 0; n < CHANNELS; n++)
        if (busy >> n & 1 && d->ch[n].left > most)
            most = d->ch[n].left;
    most = most > AT_ONCE ? AT_ONCE : most;
    if (!busy || !hz)
        ob_timer_cancel(dev, RUN, 0);
    else if (ob_timer_deadline(dev, RUN, 0) == UINT64_MAX)
        ob_timer_arm(dev, RUN, 0, ob_now_ns(dev) + ob_ticks_to_ns(most, hz));
}

void rp2040_dma_start(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct channel *c = &d->ch[n];
    uint32_t treq = (uint32_t)ob_field_get(c->ctrl, CTRL_TREQ_SEL);

    if (!(c->ctrl & CTRL_EN) || c->ctrl & CTRL_BUSY)
        return;
    if (treq != TREQ_ALWAYS)
        ob_log(dev, OB_LOG_UNIMPL, "channel %u does not wait for request %u",
               (unsigned)n, (unsigned)treq);
    c->left = c->reload;
    c->ctrl |= CTRL_BUSY;
    rp2040_dma_run(dev);
}

/* 2.5.2.2: a finished channel interrupts, then starts the chained channel. */
static void channel_finish(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct channel *c = &d->ch[n];
    uint32_t chain = (uint32_t)ob_field_get(c->ctrl, CTRL_CHAIN_TO);

    c->ctrl &= ~CTRL_BUSY;
    if (!(c->ctrl & CTRL_IRQ_QUIET))
        d->intr |= 1u << n;
    if (chain != n && chain < CHANNELS)
        rp2040_dma_start(dev, chain);
    rp2040_dma_update_irq(dev);
}

/* 2.5.1.1: the next address. In a ring, the address wraps. */
static uint32_t advance(uint32_t ctrl, uint32_t addr, uint32_t bytes,
                        bool is_write)
{
    uint64_t ring = ob_field_get(ctrl, CTRL_RING_SIZE);
    uint32_t mask = UINT32_MAX;

    if (!(ctrl & (is_write ? CTRL_INCR_WRITE : CTRL_INCR_READ)))
        return addr;
    if (ring && !(ctrl & CTRL_RING_SEL) == !is_write)
        mask = (1u << ring) - 1;
    return (addr & ~mask) | ((addr + bytes) & mask);
}

/* 2.5.5.2: the checksum uses the data after BSWAP. */
static void channel_sniff(struct ob_dev *dev, uint32_t n, uint32_t data,
                          uint32_t bytes)
{
    struct dma *d = ob_state(dev);

    if (!(d->ch[n].ctrl & CTRL_SNIFF_EN) || !sniff_sees(d->sniff_ctrl, n))
        return;
    if (!sniff_add(d->sniff_ctrl, &d->sniff_data, data, bytes))
        ob_log(dev, OB_LOG_UNIMPL, "SNIFF_CTRL: CALC is reserved");
}

/* Store the new state first: the write may be to this part's registers. */
static void channel_move(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    struct channel *c = &d->ch[n];
    uint32_t ctrl = c->ctrl;
    uint32_t bytes = 1u << ob_field_get(ctrl, CTRL_DATA_SIZE) % 3;
    uint32_t from = c->read & ~(bytes - 1), to = c->write & ~(bytes - 1);
    uint64_t data;

    c->read = advance(ctrl, from, bytes, false);
    c->write = advance(ctrl, to, bytes, true);
    c->left--;
    if (ob_mem_read_le(dev, NULL, from, bytes, &data))
        c->ctrl |= CTRL_READ_ERROR;
    if (ctrl & CTRL_BSWAP)
        data = sniff_swapped((uint32_t)data, bytes);
    channel_sniff(dev, n, (uint32_t)data, bytes);
    if (ob_mem_write_le(dev, NULL, to, bytes, data))
        c->ctrl |= CTRL_WRITE_ERROR;
}

/*
 * A transfer may write the registers of a channel, so look at BUSY again after
 * each one. A channel that starts here waits for the next call.
 */
void rp2040_dma_expired(struct ob_dev *dev, uint32_t timer, uint32_t index)
{
    struct dma *d = ob_state(dev);
    uint32_t busy = busy_channels(d);

    for (uint32_t n = 0; n < CHANNELS; n++) {
        struct channel *c = &d->ch[n];

        if (!(busy >> n & 1))
            continue;
        for (uint32_t i = 0; i < AT_ONCE && c->left; i++)
            if (c->ctrl & CTRL_BUSY)
                channel_move(dev, n);
        if (!c->left && c->ctrl & CTRL_BUSY)
            channel_finish(dev, n);
    }
    rp2040_dma_run(dev);
}

/* 2.5.2.3: a null trigger starts no channel; a quiet channel interrupts. */
void rp2040_dma_trigger(struct ob_dev *dev, uint32_t n, uint32_t value)
{
    struct dma *d = ob_state(dev);

    if (value) {
        rp2040_dma_start(dev, n);
    } else if (d->ch[n].ctrl & CTRL_IRQ_QUIET) {
        d->intr |= 1u << n;
        rp2040_dma_update_irq(dev);
    }
}
