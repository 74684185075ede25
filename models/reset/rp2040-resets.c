/* SPDX-License-Identifier: MIT */
/*
 * A model of the resets of the peripherals: RP2040 Datasheet, 2.14.
 *
 * A peripheral's line `held` is high while the peripheral is in reset. Programs
 * poll RESET_DONE, so the guest reads the page as memory. Not modelled, with a
 * warning: WDSEL. A watchdog resets the whole machine.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { RESET = 0x0, WDSEL = 0x4, RESET_DONE = 0x8 };
enum { BLOCKS = 25, BLOCKS_ALL = (1u << BLOCKS) - 1 };

enum { OUTPUT_HELD };

struct resets {
    uint32_t reset, wdsel, done;        /* registers */
    uint32_t held;                      /* levels of the lines */
};

static void resets_update(struct ob_dev *dev)
{
    struct resets *s = ob_state(dev);
    uint32_t changed = s->held ^ s->reset;

    s->held = s->reset & BLOCKS_ALL;
    s->done = ~s->reset & BLOCKS_ALL;
    for (uint32_t n = 0; n < BLOCKS; n++)
        if (changed >> n & 1)
            ob_output_set(dev, OUTPUT_HELD, n, s->held >> n & 1);
}

static void reset_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    resets_update(dev);
}

static void wdsel_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_log(dev, OB_LOG_UNIMPL, "WDSEL: a watchdog resets everything");
}

static void resets_reset(struct ob_dev *dev, uint32_t kind)
{
    resets_update(dev);
}

/* Store the inverse of all levels, so that the model drives all lines. */
static int32_t resets_restored(struct ob_dev *dev)
{
    struct resets *s = ob_state(dev);

    s->held = ~s->reset & BLOCKS_ALL;
    resets_update(dev);
    return OB_OK;
}

static const struct ob_field blocks_fields[] = {
    OB_BITS("BLOCKS", BLOCKS_ALL, OB_RW),
};
static const struct ob_reg resets_regs[] = {
    { OB_REG32("RESET", RESET, struct resets, reset),
      .fields = OB_ARRAY(blocks_fields), .hints = OB_REG_DIRECT,
      .reset = BLOCKS_ALL, .on_write = reset_write },
    { OB_REG32("WDSEL", WDSEL, struct resets, wdsel),
      .fields = OB_ARRAY(blocks_fields), .hints = OB_REG_DIRECT,
      .on_write = wdsel_write },
    { OB_REG32("RESET_DONE", RESET_DONE, struct resets, done),
      .access = OB_RO, .hints = OB_REG_DIRECT },
};
static const struct ob_region resets_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(resets_regs) },
};
static const struct ob_gpio resets_outputs[] = {
    [OUTPUT_HELD] = { .name = "held", .count = BLOCKS },
};

OB_DEVICE(rp2040_resets_type, "rp2040-resets", struct resets,
          "RP2040 peripheral resets", .state_version = 2,
          .regions = OB_ARRAY(resets_regions),
          .outputs = OB_ARRAY(resets_outputs), .reset = resets_reset,
          .restored = resets_restored);
