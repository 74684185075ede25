/* SPDX-License-Identifier: MIT */
/*
 * A model of the BCM2711's random number generator, the block "RNG200". Source:
 * Linux's driver iproc-rng200 and Raspberry Pi's version of it.
 *
 * Not modelled: the generator's self-tests, which never fail here, and its
 * start-up time. The FIFO is always full.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { RNG_CTRL = 0x00, RNG_SOFT_RESET = 0x04, RNG_RBG_RESET = 0x08,
       RNG_TOTAL = 0x0c, RNG_THRESHOLD = 0x10, RNG_STATUS = 0x18,
       RNG_ENABLE = 0x1c, RNG_DATA = 0x20, RNG_COUNT = 0x24 };

enum { CTRL_ENABLE = 1u << 0 };
enum { RESET_ON = 1u << 0 };
enum { INT_TOTAL_BITS = 1u << 0, INT_STARTED = 1u << 17 };
enum { COUNT_WORDS = 0xff };
enum { IRQ = 0, WORD_BITS = 32, FIFO_WORDS = 16 };

struct rng200 {
    uint32_t ctrl, soft_reset, rbg_reset;       /* registers */
    uint32_t total, threshold, status, enable, count;
};

/* Either of the two resets stops the generator. */
static bool rng200_runs(const struct rng200 *r)
{
    return r->ctrl & CTRL_ENABLE &&
           !((r->soft_reset | r->rbg_reset) & RESET_ON);
}

/* TOTAL_BITS is set again as long as the counter is above the threshold. */
static void rng200_update(struct ob_dev *dev)
{
    struct rng200 *r = ob_state(dev);

    if (rng200_runs(r) && r->total >= r->threshold)
        r->status |= INT_TOTAL_BITS;
    ob_irq_set(dev, IRQ, r->status & r->enable);
}

/* Count `words` more words. The counter does not wrap: it stays at its end. */
static void rng200_generate(struct rng200 *r, uint32_t words)
{
    uint32_t bits = words * WORD_BITS;

    r->total = r->total > UINT32_MAX - bits ? UINT32_MAX : r->total + bits;
}

/* The host provides the words, so that a run can repeat. */
static uint64_t data_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct rng200 *r = ob_state(dev);
    uint32_t word = 0;

    (void)index, (void)stored;
    if (!rng200_runs(r))
        return 0;
    ob_random(dev, &word, sizeof(word));
    rng200_generate(r, 1);
    rng200_update(dev);
    return word;
}

static uint64_t count_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct rng200 *r = ob_state(dev);

    (void)index;
    return (stored & ~(uint64_t)COUNT_WORDS) |
           (rng200_runs(r) ? FIFO_WORDS : 0);
}

/* The resets and the enable bit are levels: use all three together. */
static void run_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rng200 *r = ob_state(dev);

    (void)w;
    if (!rng200_runs(r)) {
        r->total = 0;
    } else if (!r->total) {
        rng200_generate(r, FIFO_WORDS);
        r->status |= INT_STARTED;
    }
    rng200_update(dev);
}

static void update_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    rng200_update(dev);
}

static void rng200_reset(struct ob_dev *dev)
{
    rng200_update(dev);
}

static int rng200_restored(struct ob_dev *dev)
{
    rng200_update(dev);
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "RBGEN", .lsb = 0, .bits = 13, .access = OB_RW },
    { .name = "DIV", .lsb = 13, .bits = 7, .access = OB_RW },
};
static const struct ob_field reset_fields[] = {
    { .name = "RESET", .lsb = 0, .bits = 1, .access = OB_RW },
};
static const struct ob_field count_fields[] = {
    { .name = "COUNT", .lsb = 0, .bits = 8, .access = OB_RO },
    { .name = "THRESHOLD", .lsb = 8, .bits = 8, .access = OB_RW },
};

static const struct ob_reg rng200_regs[] = {
    { OB_REG32(rng200, "CTRL", RNG_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .on_write = run_write },
    { OB_REG32(rng200, "SOFT_RESET", RNG_SOFT_RESET, soft_reset),
      OB_FIELDS(reset_fields), .on_write = run_write },
    { OB_REG32(rng200, "RBG_SOFT_RESET", RNG_RBG_RESET, rbg_reset),
      OB_FIELDS(reset_fields), .on_write = run_write },
    { OB_REG32(rng200, "TOTAL_BIT_COUNT", RNG_TOTAL, total),
      .access = OB_RO },
    { OB_REG32(rng200, "TOTAL_BIT_THRESHOLD", RNG_THRESHOLD, threshold),
      .on_write = update_write },
    /* Linux clears it by writing all ones, so no bit is reserved. */
    { OB_REG32(rng200, "INT_STATUS", RNG_STATUS, status), .access = OB_W1C,
      .on_write = update_write },
    { OB_REG32(rng200, "INT_ENABLE", RNG_ENABLE, enable),
      .on_write = update_write },
    { .name = "FIFO_DATA", .offset = RNG_DATA, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = data_read },
    { OB_REG32(rng200, "FIFO_COUNT", RNG_COUNT, count),
      OB_FIELDS(count_fields), .on_read = count_read },
};

static const struct ob_region rng200_regions[] = {
    { .name = "regs", .bytes = 0x28, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(rng200_regs) },
};
static const struct ob_irq rng200_irqs[] = { { "irq" } };

const struct ob_device_type bcm2711_rng200_type = {
    .size = sizeof(bcm2711_rng200_type),
    .name = "bcm2711-rng200",
    .desc = "BCM2711 random number generator",
    .state_bytes = sizeof(struct rng200),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(rng200_regions),
    .irqs = OB_ARRAY(rng200_irqs),
    .reset = rng200_reset,
    .restored = rng200_restored,
};
