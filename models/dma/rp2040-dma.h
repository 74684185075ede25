/* SPDX-License-Identifier: MIT */
/*
 * The state and the functions that the registers (rp2040-dma.c) and the engine
 * (rp2040-dma-engine.c) of the RP2040's DMA share.
 */
#ifndef RP2040_DMA_H
#define RP2040_DMA_H

#include <outboard/outboard.h>

enum { CHANNELS = 12, LINES = 2 };
enum { IRQ };                       /* irqs */
enum { CLOCK_SYS };                 /* clocks */
enum { RUN };                       /* timers */

/* 2.5.7: the bits of a channel's CTRL. */
enum {
    CTRL_EN = 0x1,
    CTRL_HIGH_PRIORITY = 0x2,
    CTRL_DATA_SIZE = 0xc,
    CTRL_INCR_READ = 0x10,
    CTRL_INCR_WRITE = 0x20,
    CTRL_RING_SIZE = 0x3c0,
    CTRL_RING_SEL = 0x400,
    CTRL_CHAIN_TO = 0x7800,
    CTRL_TREQ_SEL = 0x1f8000,
    CTRL_IRQ_QUIET = 0x200000,
    CTRL_BSWAP = 0x400000,
    CTRL_SNIFF_EN = 0x800000,
    CTRL_BUSY = 0x1000000,
    CTRL_WRITE_ERROR = 0x20000000,
    CTRL_READ_ERROR = 0x40000000,
};

struct dma {
    struct channel {
        uint32_t read, write;       /* addresses of the next transfer */
        uint32_t left;              /* transfers until the end */
        uint32_t reload;            /* `left` after the next start */
        uint32_t ctrl;
    } ch[CHANNELS];
    struct line {
        uint32_t inte, intf;        /* enabled, forced */
    } line[LINES];
    uint32_t intr, timers[4];
    uint32_t sniff_ctrl, sniff_data;
};

/* INTS of line n, n < LINES: the channels that set the line. */
static inline uint32_t rp2040_dma_ints(const struct dma *d, uint32_t n)
{
    return (d->intr & d->line[n].inte) | d->line[n].intf;
}

/* Drive both interrupt lines from the state. [machine lock held] */
void rp2040_dma_update_irq(struct ob_dev *dev);

/* Start channel n, n < CHANNELS, if it is enabled. [machine lock held] */
void rp2040_dma_start(struct ob_dev *dev, uint32_t n);

/*
 * The guest has written `value` to a register that triggers channel n, n <
 * CHANNELS. The channel starts. If `value` is 0, a quiet channel interrupts.
 * [machine lock held]
 */
void rp2040_dma_trigger(struct ob_dev *dev, uint32_t n, uint32_t value);

/* Arm the timer for the remaining transfers. [machine lock held] */
void rp2040_dma_run(struct ob_dev *dev);

/* The timer RUN has expired: make the transfers. [machine lock held] */
void rp2040_dma_expired(struct ob_dev *dev, uint32_t timer, uint32_t n);

#endif
