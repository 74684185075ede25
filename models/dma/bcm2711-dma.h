/* SPDX-License-Identifier: MIT */
/*
 * The state and the functions that the files of the BCM2711's DMA controller
 * share: registers (bcm2711-dma.c), engine, bus accesses and errors.
 */
#ifndef BCM2711_DMA_H
#define BCM2711_DMA_H

#include <outboard/outboard.h>

/* 4.1: 0 to 6 are full, 7 to 10 lite, 11 to 14 DMA4, 15 is the VPU's. */
enum { DMA_CHANNELS = 16, DMA_LITE = 7, DMA_WIDE = 11, DMA_VPU = 15,
       DMA_WIDES = DMA_VPU - DMA_WIDE };

/* CS: these bits are the same in all channels. */
enum { CS_ACTIVE = 1u << 0, CS_END = 1u << 1, CS_INT = 1u << 2 };
/* DEBUG: the errors that a guest sees. */
enum { DEBUG_READ_ERROR = 1u << 2, DEBUG_ERRORS = 7,
       WIDE_WRITE_ERROR = 1u << 0, WIDE_READ_ERROR = 1u << 2,
       WIDE_BLOCK_ERROR = 1u << 3, WIDE_ERRORS = 15,
       WIDE_INT_ON_ERROR = 1u << 8, WIDE_HALT_ON_ERROR = 1u << 9,
       WIDE_ABORT_ON_ERROR = 1u << 10 };
/* ENABLE: the channels, and two pages of 1 GiB. */
enum { ENABLE_ALL = (1u << DMA_VPU) - 1, ENABLE_PAGE_SHIFT = 24,
       ENABLE_LITE_SHIFT = 28, ENABLE_PAGE_MASK = 15 };

struct dma {
    const struct ob_link *bus;          /* property: the VideoCore's bus */
    /* The registers, also those of DMA4 channels, by the channel's number. */
    uint32_t cs[DMA_CHANNELS], block[DMA_CHANNELS], ti[DMA_CHANNELS];
    uint32_t source[DMA_CHANNELS], dest[DMA_CHANNELS], length[DMA_CHANNELS];
    uint32_t stride[DMA_CHANNELS], next[DMA_CHANNELS], debug[DMA_CHANNELS];
    uint32_t source_info[DMA_WIDES], dest_info[DMA_WIDES];
    uint32_t enable;
    /* The engine's state. Masks have a bit for each channel. */
    uint32_t loaded;                    /* its control block is loaded */
    uint32_t scheduled;                 /* due[] is valid */
    uint32_t told;                      /* this block's error is logged */
    uint32_t row[DMA_CHANNELS];         /* 2D mode: bytes in a row */
    uint64_t due[DMA_CHANNELS];         /* ns; the channel's next step */
    uint64_t rest;                      /* ns; no step is earlier */
};

/* One end of a transfer. */
struct dma_end {
    uint64_t at;
    uint32_t width;                     /* bytes of an access */
    int32_t stride;                     /* added after a row */
    bool inc, ignore;
};

static inline bool dma_is_wide(uint32_t n)
{
    return n >= DMA_WIDE && n < DMA_VPU;
}

static inline bool dma_is_lite(uint32_t n)
{
    return n >= DMA_LITE && n < DMA_WIDE;
}

/*
 * Read `count` bytes as channel `n` sees them. Returns 0, or another value if
 * the address is unmapped.
 */
int dma_read_bus(struct ob_dev *dev, uint32_t n, uint64_t at, uint8_t *bytes,
                 uint32_t count);

/*
 * Move `count` bytes from or to one end of the transfer. If the address is
 * fixed (a peripheral's FIFO), access it repeatedly.
 */
int dma_access(struct ob_dev *dev, uint32_t n, const struct dma_end *e,
               uint8_t *bytes, uint32_t count, bool is_write);

/* Drive the channel's interrupt line. */
void dma_update_irq(struct ob_dev *dev, uint32_t n);

/* Start or stop channels and set the timer. Call it after register changes. */
void dma_schedule(struct ob_dev *dev);

/* End the current block, and continue with the next one. */
void dma_skip_block(struct ob_dev *dev, uint32_t n);

/*
 * An access to `at` has failed: the control block, or one end of the transfer.
 * DEBUG of a DMA4 channel decides whether it stops, aborts or continues.
 */
void dma_fail_block(struct ob_dev *dev, uint32_t n, uint64_t at);
void dma_fail_read(struct ob_dev *dev, uint32_t n, uint64_t at);
void dma_fail_write(struct ob_dev *dev, uint32_t n, uint64_t at);

/* The timer expires: each channel that is due makes a few steps. */
void dma_expired(struct ob_dev *dev);

/* Limit the times in a snapshot, so that none stops a channel for long. */
void dma_restore_times(struct ob_dev *dev);

#endif
