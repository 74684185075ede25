/* SPDX-License-Identifier: MIT */
/*
 * A model of @NAME@: a counter. While it runs, it counts up at the rate of its
 * clock. It interrupts when it reaches LIMIT. Replace it by your device. Cite
 * the device's manual here, and write what the model does not have.
 *
 * Not modelled: reading the count.
 */
#include <outboard/outboard.h>

OB_MODINFO("boards", "@NAME@");
OB_MODINFO("board.@NAME@.file", "@NAME@-board.json");

enum { CTRL_RUN = 0x1, STAT_HIT = 0x1 };    /* bits of the registers */
enum { IRQ_HIT = 0, CLK = 0, TIMER = 0 };   /* each list has one item */

/* The state of one instance, with its registers. The host owns it. */
struct counter {
    uint32_t limit, ctrl, stat;
};

/* The interrupt follows from STAT. Call this after each change of STAT. */
static void update_irq(struct ob_dev *dev)
{
    struct counter *c = ob_state(dev);

    ob_irq_set(dev, IRQ_HIT, 0, c->stat & STAT_HIT);
}

/* Arm the timer for the time at which the counter reaches LIMIT. */
static void counter_start(struct ob_dev *dev)
{
    struct counter *c = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLK, 0);

    if (c->ctrl & CTRL_RUN && hz)
        ob_timer_arm(dev, TIMER, 0,
                     ob_now_ns(dev) + ob_ticks_to_ns(c->limit, hz));
    else
        ob_timer_cancel(dev, TIMER, 0);
}

static void counter_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct counter *c = ob_state(dev);

    c->ctrl &= ~(uint32_t)CTRL_RUN;
    c->stat |= STAT_HIT;
    update_irq(dev);
}

static void clk_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    counter_start(dev);
}

static void ctrl_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    counter_start(dev);
}

static void stat_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    update_irq(dev);
}

/* The host has reset the registers already. */
static void counter_reset(struct ob_dev *dev, uint32_t kind)
{
    update_irq(dev);
}

/* After a snapshot is loaded: drive the line again. */
static int32_t counter_restored(struct ob_dev *dev)
{
    update_irq(dev);
    return OB_OK;
}

/* The declarations: fields, registers, lines, clocks and timers. */
static const struct ob_field ctrl_fields[] = {
    OB_BITS("RUN", CTRL_RUN, OB_RW),
};
static const struct ob_field stat_fields[] = {
    OB_BITS("HIT", STAT_HIT, OB_W1C),
};
static const struct ob_reg regs[] = {
    { OB_REG32("LIMIT", 0x00, struct counter, limit), .reset = 1000 },
    { OB_REG32("CTRL", 0x04, struct counter, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_written },
    { OB_REG32("STAT", 0x08, struct counter, stat),
      .fields = OB_ARRAY(stat_fields), .on_write = stat_written },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "hit" } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clk_changed },
};
static const struct ob_timer timers[] = {
    { .name = "limit", .expired = counter_expired },
};

OB_DEVICE(counter_type, "@NAME@-counter", struct counter,
          "counter with an interrupt", .regions = OB_ARRAY(regions),
          .irqs = OB_ARRAY(irqs), .clocks = OB_ARRAY(clocks),
          .timers = OB_ARRAY(timers), .reset = counter_reset,
          .restored = counter_restored);
OB_MODULE("@NAME@", "0.1", "MIT", &counter_type);
