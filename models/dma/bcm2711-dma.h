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

enum { IRQ };                       /* irqs */
enum { STEP };                      /* timers */

/* 4.2, 4.5, CS: these bits are the same in all channels. */
enum { CS_ACTIVE = 0x1, CS_END = 0x2, CS_INT = 0x4 };
/* TXFR_LEN: bytes; in 2D mode, bytes of a row and later rows. */
enum { LENGTH_X = 0xffff, LENGTH_Y = 0x3fff0000, LENGTH_LINEAR = 0x3fffffff };
/* DEBUG: the errors that a guest sees, and what an error does to DMA4. */
enum { DEBUG_READ_ERROR = 0x4, DEBUG_ERRORS = 0x7 };
enum { WIDE_WRITE_ERROR = 0x1, WIDE_READ_ERROR = 0x4, WIDE_BLOCK_ERROR = 0x8,
       WIDE_ERRORS = 0xf, WIDE_INT_ON_ERROR = 0x100,
       WIDE_HALT_ON_ERROR = 0x200, WIDE_ABORT_ON_ERROR = 0x400,
       WIDE_ON_ERROR = 0xf00 };
/* ENABLE: the channels, and two pages of 1 GiB. */
enum { ENABLE_EN = 0x7fff, ENABLE_PAGE = 0xf000000 };
#define ENABLE_PAGELITE 0xf0000000u

struct dma_channel {
    uint32_t cs, block, ti, source, dest, length, next, debug;
    uint32_t stride;                    /* not in DMA4 */
    uint32_t source_info, dest_info;    /* only in DMA4 */
    uint32_t row;                       /* 2D mode: bytes in a row */
    uint32_t loaded;                    /* its control block is loaded */
    uint32_t told;                      /* this block's error is logged */
    uint32_t scheduled;                 /* `due` is valid */
    uint64_t due;                       /* ns; the channel's next step */
};

struct dma {
    const struct ob_link *bus;          /* property: the VideoCore's bus */
    union {
        struct dma_channel ch[DMA_CHANNELS];
        struct {                        /* the same channels, by kind */
            struct dma_channel narrow[DMA_WIDE], wide[DMA_WIDES], vpu[1];
        };
    };
    uint32_t enable;
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
void dma_skip_block(struct dma_channel *c);

/*
 * An access to `at` has failed: the control block, or one end of the transfer.
 * DEBUG of a DMA4 channel decides whether it stops, aborts or continues.
 */
void dma_fail_block(struct ob_dev *dev, uint32_t n, uint64_t at);
void dma_fail_read(struct ob_dev *dev, uint32_t n, uint64_t at);
void dma_fail_write(struct ob_dev *dev, uint32_t n, uint64_t at);

/* The timer STEP expires: each channel that is due makes a few steps. */
void dma_expired(struct ob_dev *dev, uint32_t timer, uint32_t index);

/* Limit the times in a snapshot, so that none stops a channel for long. */
void dma_restore_times(struct ob_dev *dev);

#endif
