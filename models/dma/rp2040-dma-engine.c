/* SPDX-License-Identifier: MIT */
/*
 * The engine of the RP2040's DMA: it starts channels, moves data and finishes
 * channels. RP2040 Datasheet, 2.5. rp2040-dma.c lists what is not modelled.
 */
#include "rp2040-dma.h"

#include "rp2040-sniff.h"

void rp2040_dma_update_irq(struct ob_dev *dev)
{
    const struct dma *d = ob_state(dev);

    for (uint32_t n = 0; n < 2; n++)
        ob_irq_set(dev, n, ((d->intr & d->inte[n]) | d->intf[n]) != 0);
}

/*
 * Arm the timer for the next group of transfers. A group takes the time of its
 * transfers, and is limited, so that the machine continues in between.
 */
void rp2040_dma_run(struct ob_dev *dev)
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

void rp2040_dma_start(struct ob_dev *dev, uint32_t n)
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
    rp2040_dma_run(dev);
}

/* 2.5.2.2: a finished channel interrupts, then starts the chained channel. */
static void channel_finish(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);
    uint32_t chain = d->ctrl[n] >> CTRL_CHAIN_SHIFT & CTRL_CHAIN_MASK;

    d->busy &= ~(1u << n);
    if (!(d->ctrl[n] & CTRL_QUIET))
        d->intr |= 1u << n;
    if (chain != n && chain < CHANNELS)
        rp2040_dma_start(dev, chain);
    rp2040_dma_update_irq(dev);
}

/* 2.5.1.1: the next address. In a ring, the address wraps. */
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

/* 2.5.7, CTRL: BSWAP reverses the bytes of each transfer. */
static void swap(uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        uint8_t byte = bytes[i];

        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = byte;
    }
}

/* 2.5.5.2: the checksum uses the data after BSWAP. */
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

/* Store the new state first: the write may be to this part's registers. */
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

/*
 * A transfer may write the registers of a channel, so look at `busy` again
 * after each one.
 */
void rp2040_dma_expired(struct ob_dev *dev)
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
    rp2040_dma_run(dev);
}

/* 2.5.2.3: a null trigger starts no channel; a quiet channel interrupts. */
void rp2040_dma_trigger(struct ob_dev *dev, uint32_t n, uint32_t value)
{
    struct dma *d = ob_state(dev);

    if (value) {
        rp2040_dma_start(dev, n);
    } else if (d->ctrl[n] & CTRL_QUIET) {
        d->intr |= 1u << n;
        rp2040_dma_update_irq(dev);
    }
}
