/* SPDX-License-Identifier: MIT */
/*
 * The errors of the BCM2711's DMA controller, and what they do to a channel:
 * BCM2711 ARM Peripherals, 4.
 */
#include "bcm2711-dma.h"

/* One line for each control block: a channel can fail at every byte. */
static void report(struct ob_dev *dev, uint32_t n, const char *what,
                   uint64_t at)
{
    struct dma *d = ob_state(dev);

    if (!(d->told >> n & 1))
        ob_log(dev, OB_LOG_GUEST, "channel %u: %s 0x%llx fails", (unsigned)n,
               what, (unsigned long long)at);
    d->told |= 1u << n;
}

/* The channel keeps its registers, so that a driver can see the fault. */
static void stop(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);

    d->loaded &= ~(1u << n);
    d->cs[n] &= ~CS_ACTIVE;
}

void dma_skip_block(struct ob_dev *dev, uint32_t n)
{
    struct dma *d = ob_state(dev);

    d->loaded &= ~(1u << n);
    d->block[n] = d->next[n];
    if (!d->block[n])
        d->cs[n] &= ~CS_ACTIVE;
}

/* 4.5: DMA4's DEBUG decides what an error does to the transfer. */
static void wide_fail(struct ob_dev *dev, uint32_t n, uint32_t error)
{
    struct dma *d = ob_state(dev);

    d->debug[n] |= error;
    if (d->debug[n] & WIDE_INT_ON_ERROR)
        d->cs[n] |= CS_INT;
    if (d->debug[n] & WIDE_HALT_ON_ERROR || error == WIDE_BLOCK_ERROR)
        stop(dev, n);
    else if (d->debug[n] & WIDE_ABORT_ON_ERROR)
        dma_skip_block(dev, n);
    dma_update_irq(dev, n);
}

void dma_fail_block(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    struct dma *d = ob_state(dev);

    report(dev, n, "reading the control block at", at);
    if (dma_is_wide(n)) {
        wide_fail(dev, n, WIDE_BLOCK_ERROR);
        return;
    }
    d->debug[n] |= DEBUG_READ_ERROR;
    stop(dev, n);
}

void dma_fail_read(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    struct dma *d = ob_state(dev);

    report(dev, n, "reading", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_READ_ERROR);
    else
        d->debug[n] |= DEBUG_READ_ERROR;
}

/* 4.2: the other channels ignore the response, and have no bit for it. */
void dma_fail_write(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    report(dev, n, "writing", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_WRITE_ERROR);
}
