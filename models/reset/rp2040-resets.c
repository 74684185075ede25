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

enum { RESETS_RESET = 0x0, RESETS_WDSEL = 0x4, RESETS_DONE = 0x8 };
enum { BLOCKS = 25, BLOCK_MASK = (1u << BLOCKS) - 1, HELD = 0 };

struct resets {
    uint32_t reset, wdsel, done;        /* registers */
    uint32_t held;                      /* levels of the lines */
};

static void resets_update(struct ob_dev *dev)
{
    struct resets *r = ob_state(dev);
    uint32_t changed = r->held ^ r->reset;

    r->held = r->reset & BLOCK_MASK;
    r->done = ~r->reset & BLOCK_MASK;
    for (uint32_t n = 0; n < BLOCKS; n++)
        if (changed >> n & 1)
            ob_output_set(dev, HELD, n, r->held >> n & 1);
}

static void reset_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    resets_update(dev);
}

static void wdsel_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_log(dev, OB_LOG_UNIMPL, "WDSEL: a watchdog resets everything");
}

static int resets_restored(struct ob_dev *dev)
{
    struct resets *r = ob_state(dev);

    r->held = ~r->reset & BLOCK_MASK;
    resets_update(dev);
    return 0;
}

static const struct ob_field block_fields[] = {
    { .name = "BLOCKS", .lsb = 0, .bits = BLOCKS, .access = OB_RW },
};
static const struct ob_reg resets_regs[] = {
    { OB_REG32(resets, "RESET", RESETS_RESET, reset), OB_FIELDS(block_fields),
      .flags = OB_REG_DIRECT, .reset = BLOCK_MASK, .on_write = reset_write },
    { OB_REG32(resets, "WDSEL", RESETS_WDSEL, wdsel), .flags = OB_REG_DIRECT,
      OB_FIELDS(block_fields), .on_write = wdsel_write },
    { OB_REG32(resets, "RESET_DONE", RESETS_DONE, done),
      .flags = OB_REG_DIRECT, .access = OB_RO },
};
static const struct ob_region resets_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(resets_regs) },
};
static const struct ob_gpio resets_outputs[] = {
    { .name = "held", .count = BLOCKS },
};

const struct ob_device_type rp2040_resets_type = {
    .size = sizeof(rp2040_resets_type),
    .name = "rp2040-resets",
    .desc = "RP2040 peripheral resets",
    .state_bytes = sizeof(struct resets),
    .state_version = 2,
    .state_oldest = 1,
    .regions = OB_ARRAY(resets_regions),
    .outputs = OB_ARRAY(resets_outputs),
    .reset = resets_update,
    .restored = resets_restored,
};
