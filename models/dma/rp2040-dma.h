/* SPDX-License-Identifier: MIT */
/*
 * The state and the functions that the registers (rp2040-dma.c) and the engine
 * (rp2040-dma-engine.c) of the RP2040's DMA share.
 */
#ifndef RP2040_DMA_H
#define RP2040_DMA_H

#include <outboard/outboard.h>

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

/* The timer has expired: make the transfers. [machine lock held] */
void rp2040_dma_expired(struct ob_dev *dev);

#endif
