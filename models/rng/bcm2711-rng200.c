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

enum { CTRL_RBGEN = 0x1fff, CTRL_ENABLE = 0x1, CTRL_DIV = 0xfe000 };
enum { RESET_ON = 0x1 };
enum { INT_TOTAL_BITS = 0x1, INT_STARTED = 0x20000 };
enum { COUNT_WORDS = 0xff, COUNT_THRESHOLD = 0xff00 };
enum { IRQ };                       /* irqs */
enum { WORD_BITS = 32, FIFO_WORDS = 16 };

struct rng200 {
    uint32_t ctrl, soft_reset, rbg_reset;       /* registers */
    uint32_t total, threshold, status, enable, count;
};

/* Either of the two resets stops the generator. */
static bool rng200_runs(const struct rng200 *s)
{
    return s->ctrl & CTRL_ENABLE &&
           !((s->soft_reset | s->rbg_reset) & RESET_ON);
}

/* TOTAL_BITS is set again as long as the counter is above the threshold. */
static void rng200_update(struct ob_dev *dev)
{
    struct rng200 *s = ob_state(dev);

    if (rng200_runs(s) && s->total >= s->threshold)
        s->status |= INT_TOTAL_BITS;
    ob_irq_set(dev, IRQ, 0, s->status & s->enable);
}

/* Count `words` more words. The counter does not wrap: it stays at its end. */
static void rng200_generate(struct rng200 *s, uint32_t words)
{
    uint32_t bits = words * WORD_BITS;

    s->total = s->total > UINT32_MAX - bits ? UINT32_MAX : s->total + bits;
}

/* The host provides the words, so that a run can repeat. */
static uint64_t data_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct rng200 *s = ob_state(dev);
    uint32_t word = 0;

    if (!rng200_runs(s))
        return 0;
    ob_random(dev, &word, sizeof(word));
    rng200_generate(s, 1);
    rng200_update(dev);
    return word;
}

static uint64_t count_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct rng200 *s = ob_state(dev);

    return ob_field_set(r->stored, COUNT_WORDS,
                        rng200_runs(s) ? FIFO_WORDS : 0);
}

/* The resets and the enable bit are levels: use all three together. */
static void run_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rng200 *s = ob_state(dev);

    if (!rng200_runs(s)) {
        s->total = 0;
    } else if (!s->total) {
        rng200_generate(s, FIFO_WORDS);
        s->status |= INT_STARTED;
    }
    rng200_update(dev);
}

static void update_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    rng200_update(dev);
}

static void rng200_reset(struct ob_dev *dev, uint32_t kind)
{
    rng200_update(dev);
}

static int32_t rng200_restored(struct ob_dev *dev)
{
    rng200_update(dev);
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("RBGEN", CTRL_RBGEN, OB_RW), OB_BITS("DIV", CTRL_DIV, OB_RW),
};
static const struct ob_field reset_fields[] = {
    OB_BITS("RESET", RESET_ON, OB_RW),
};
static const struct ob_field count_fields[] = {
    OB_BITS("COUNT", COUNT_WORDS, OB_RO),
    OB_BITS("THRESHOLD", COUNT_THRESHOLD, OB_RW),
};

static const struct ob_reg rng200_regs[] = {
    { OB_REG32("CTRL", 0x00, struct rng200, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = run_write },
    { OB_REG32("SOFT_RESET", 0x04, struct rng200, soft_reset),
      .fields = OB_ARRAY(reset_fields), .on_write = run_write },
    { OB_REG32("RBG_SOFT_RESET", 0x08, struct rng200, rbg_reset),
      .fields = OB_ARRAY(reset_fields), .on_write = run_write },
    { OB_REG32("TOTAL_BIT_COUNT", 0x0c, struct rng200, total),
      .access = OB_RO },
    { OB_REG32("TOTAL_BIT_THRESHOLD", 0x10, struct rng200, threshold),
      .on_write = update_write },
    /* Linux clears it by writing all ones, so no bit is reserved. */
    { OB_REG32("INT_STATUS", 0x18, struct rng200, status), .access = OB_W1C,
      .on_write = update_write },
    { OB_REG32("INT_ENABLE", 0x1c, struct rng200, enable),
      .on_write = update_write },
    { OB_REG32_HOOKED("FIFO_DATA", 0x20), .access = OB_RO,
      .on_read = data_read },
    { OB_REG32("FIFO_COUNT", 0x24, struct rng200, count),
      .fields = OB_ARRAY(count_fields), .on_read = count_read },
};
static const struct ob_region rng200_regions[] = {
    { .name = "regs", .bytes = 0x28, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(rng200_regs) },
};
static const struct ob_irq rng200_irqs[] = {
    [IRQ] = { .name = "irq" },
};

OB_DEVICE(bcm2711_rng200_type, "bcm2711-rng200", struct rng200,
          "BCM2711 random number generator",
          .regions = OB_ARRAY(rng200_regions), .irqs = OB_ARRAY(rng200_irqs),
          .reset = rng200_reset, .restored = rng200_restored);
