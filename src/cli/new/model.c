/* SPDX-License-Identifier: MIT */
/*
 * A model of @NAME@: a counter. While it runs, it counts up at the rate of its
 * clock. It interrupts when it reaches LIMIT. Replace it by your device. Cite
 * the device's manual here, and write what the model does not have.
 *
 * Not modelled: reading the count.
 */
#include <outboard/outboard.h>

OB_MODINFO("name", "@NAME@");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "@NAME@-counter");
OB_MODINFO("desc.@NAME@-counter", "counter with an interrupt");
OB_MODINFO("boards", "@NAME@");
OB_MODINFO("board.@NAME@.file", "@NAME@-board.json");

enum { CTRL_RUN = 1u << 0, STAT_HIT = 1u << 0, NS_PER_S = 1000000000 };

/* The state of one instance, with its registers. The host owns it. */
struct counter {
    uint32_t limit, ctrl, stat;
};

/* The interrupt follows from STAT. Call this after each change of STAT. */
static void update_irq(struct ob_dev *dev)
{
    struct counter *c = ob_state(dev);

    ob_irq_set(dev, 0, c->stat & STAT_HIT);
}

/* Arm the timer for the time at which the counter reaches LIMIT. */
static void counter_start(struct ob_dev *dev)
{
    struct counter *c = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, 0);

    if (!(c->ctrl & CTRL_RUN) || hz == 0)
        ob_timer_cancel(dev, 0);
    else
        ob_timer_arm(dev, 0,
                     ob_now_ns(dev) + (uint64_t)c->limit * NS_PER_S / hz);
}

static void counter_expired(struct ob_dev *dev)
{
    struct counter *c = ob_state(dev);

    c->ctrl &= ~(uint32_t)CTRL_RUN;
    c->stat |= STAT_HIT;
    update_irq(dev);
}

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    counter_start(dev);
}

static void stat_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    update_irq(dev);
}

/* After a snapshot is loaded: drive the line again. */
static int counter_restored(struct ob_dev *dev)
{
    update_irq(dev);
    return 0;
}

/* The host has reset the registers already. */
static void counter_reset(struct ob_dev *dev)
{
    update_irq(dev);
}

/* The declarations: bits, registers, lines, clocks and timers. */
static const struct ob_field ctrl_fields[] = { { .name = "RUN", .bits = 1 } };
static const struct ob_field stat_fields[] = {
    { .name = "HIT", .bits = 1, .access = OB_W1C },
};
static const struct ob_reg regs[] = {
    { OB_REG32(counter, "LIMIT", 0x00, limit), .reset = 1000 },
    { OB_REG32(counter, "CTRL", 0x04, ctrl), OB_FIELDS(ctrl_fields),
      .on_write = ctrl_write },
    { OB_REG32(counter, "STAT", 0x08, stat), OB_FIELDS(stat_fields),
      .on_write = stat_write },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "hit" } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = counter_start },
};
static const struct ob_timer timers[] = {
    { .name = "limit", .expired = counter_expired },
};

static const struct ob_device_type counter_type = {
    .size = sizeof(counter_type), .name = "@NAME@-counter",
    .desc = "counter with an interrupt",
    .state_bytes = sizeof(struct counter), .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
    .clocks = OB_ARRAY(clocks), .timers = OB_ARRAY(timers),
    .reset = counter_reset, .restored = counter_restored,
};
static const struct ob_device_type *const types[] = { &counter_type };

OB_MODULE = { OB_MODULE_HEAD("@NAME@", "0.1", "MIT"), OB_DEVICES(types) };
