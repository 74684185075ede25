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

    if (!d->ch[n].told)
        ob_log(dev, OB_LOG_GUEST, "channel %u: %s 0x%llx fails", (unsigned)n,
               what, (unsigned long long)at);
    d->ch[n].told = 1;
}

/* The channel keeps its registers, so that a driver can see the fault. */
static void stop(struct dma_channel *c)
{
    c->loaded = 0;
    c->cs &= ~CS_ACTIVE;
}

void dma_skip_block(struct dma_channel *c)
{
    c->loaded = 0;
    c->block = c->next;
    if (!c->block)
        c->cs &= ~CS_ACTIVE;
}

/* 4.5: DMA4's DEBUG decides what an error does to the transfer. */
static void wide_fail(struct ob_dev *dev, uint32_t n, uint32_t error)
{
    struct dma *d = ob_state(dev);
    struct dma_channel *c = &d->ch[n];

    c->debug |= error;
    if (c->debug & WIDE_INT_ON_ERROR)
        c->cs |= CS_INT;
    if (c->debug & WIDE_HALT_ON_ERROR || error == WIDE_BLOCK_ERROR)
        stop(c);
    else if (c->debug & WIDE_ABORT_ON_ERROR)
        dma_skip_block(c);
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
    d->ch[n].debug |= DEBUG_READ_ERROR;
    stop(&d->ch[n]);
}

void dma_fail_read(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    struct dma *d = ob_state(dev);

    report(dev, n, "reading", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_READ_ERROR);
    else
        d->ch[n].debug |= DEBUG_READ_ERROR;
}

/* 4.2: the other channels ignore the response, and have no bit for it. */
void dma_fail_write(struct ob_dev *dev, uint32_t n, uint64_t at)
{
    report(dev, n, "writing", at);
    if (dma_is_wide(n))
        wide_fail(dev, n, WIDE_WRITE_ERROR);
}
