/* SPDX-License-Identifier: MIT */
/*
 * What an error does to a channel of the BCM2711's DMA controller: BCM2711 ARM
 * Peripherals, 4.
 */
#include "bcm2711-dma.h"

static void tell(struct ob_dev *dev, uint32_t n, const char *what, uint64_t at)
{
    struct dma *d = ob_state(dev);

    if (!(d->told >> n & 1))
        ob_log(dev, OB_LOG_GUEST, "channel %u: %s 0x%llx fails", (unsigned)n,
               what, (unsigned long long)at);
    d->told |= 1u << n;
}

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

/* 4.5: DMA4's DEBUG says what an error does to the transfer. */
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

    tell(dev, n, "reading the control block at", at);
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

    tell(dev, n, "reading", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_READ_ERROR);
    else
        d->debug[n] |= DEBUG_READ_ERROR;
}

/* The other channels have no bit for it: they do not look at the response. */
void dma_fail_write(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    tell(dev, n, "writing", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_WRITE_ERROR);
}
