/* SPDX-License-Identifier: MIT */
/*
 * A model of the tick timer: ACME DevKit manual, chapter 3 (manual.md).
 *
 * Not modelled: more than one tick in a microsecond of virtual time. A faster
 * timer ticks once a microsecond, so that a guest cannot keep the host busy.
 */
#include "acme.h"

enum { CTRL_EN = 0x1, CTRL_IE = 0x2, CTRL_ONESHOT = 0x4, CTRL_PSC = 0xff00 };
enum { STAT_TICK = 0x1, STAT_MISS = 0x2 };

enum { IRQ = 0, CLK = 0, TICK = 0 };    /* each list has one item */
enum { PERIOD_MIN_NS = 1000 };

struct timer {
    uint32_t load, ctrl, stat;      /* registers */
    uint32_t halted_value;          /* VALUE while the timer is stopped */
    uint32_t from_value;            /* VALUE at from_ns, while it runs */
    uint64_t from_ns;
    uint64_t hz;                    /* counts per second since from_ns */
};

static void timer_update(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);

    ob_irq_set(dev, IRQ, 0, t->stat & STAT_TICK && t->ctrl & CTRL_IE);
}

static bool timer_counts(const struct timer *t)
{
    return t->ctrl & CTRL_EN && t->hz;
}

static uint32_t timer_value(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);
    uint64_t passed;

    if (!timer_counts(t))
        return t->halted_value;
    passed = ob_ns_to_ticks(ob_now_ns(dev) - t->from_ns, t->hz);
    return passed < t->from_value ? t->from_value - (uint32_t)passed : 0;
}

/* The time from from_ns to the tick. */
static uint64_t timer_left_ns(const struct timer *t)
{
    uint64_t ns = ob_ticks_to_ns((uint64_t)t->from_value + 1, t->hz);

    return ns < PERIOD_MIN_NS ? PERIOD_MIN_NS : ns;
}

/*
 * Count down from `value`, beginning at `from_ns`. The model computes VALUE
 * only when the guest reads it, so one timer for the period is enough.
 */
static void timer_count_from(struct ob_dev *dev, uint32_t value,
                             uint64_t from_ns)
{
    struct timer *t = ob_state(dev);

    /* 3.2: a count takes PSC + 1 clocks. */
    t->hz = ob_clock_hz(dev, CLK, 0) / (ob_field_get(t->ctrl, CTRL_PSC) + 1);
    t->halted_value = t->from_value = value;
    t->from_ns = from_ns;
    if (!timer_counts(t)) {
        ob_timer_cancel(dev, TICK, 0);
        return;
    }
    ob_timer_arm(dev, TICK, 0, from_ns + timer_left_ns(t));
}

/*
 * 3.3: the timer sets TICK even if IE is clear, and MISS if TICK is still set.
 * The next period begins at the end of this one, so that delays do not add up.
 */
static void timer_tick(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct timer *t = ob_state(dev);
    uint64_t now = ob_now_ns(dev);
    uint64_t end = t->from_ns;

    t->stat |= t->stat & STAT_TICK ? STAT_MISS : STAT_TICK;
    if (t->ctrl & CTRL_ONESHOT) {
        t->ctrl &= ~(uint32_t)CTRL_EN;
        t->halted_value = 0;
    } else {
        end += t->hz ? timer_left_ns(t) : 0;
        if (end + PERIOD_MIN_NS < now || end > now)
            end = now;
        timer_count_from(dev, t->load, end);
    }
    timer_update(dev);
}

/* The rate changes now: the counts until now used the old rate. */
static void clk_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    timer_count_from(dev, timer_value(dev), ob_now_ns(dev));
}

static void load_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    timer_count_from(dev, (uint32_t)w->value, ob_now_ns(dev));
}

static uint64_t value_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return timer_value(dev);
}

/*
 * Compute VALUE with the old CTRL, then continue with the new one. 3.3: a timer
 * that is enabled with VALUE 0, for example after a one-shot, begins at LOAD.
 */
static void ctrl_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct timer *t = ob_state(dev);
    uint32_t value;

    t->ctrl = (uint32_t)w->old;
    value = timer_value(dev);
    t->ctrl = (uint32_t)w->value;
    if (w->value & ~w->old & CTRL_EN && !value)
        value = t->load;
    if ((w->old ^ w->value) & ~(uint64_t)CTRL_IE)
        timer_count_from(dev, value, ob_now_ns(dev));
    timer_update(dev);
}

static void stat_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    timer_update(dev);
}

static void timer_reset(struct ob_dev *dev, uint32_t kind)
{
    timer_count_from(dev, 0, ob_now_ns(dev));
    timer_update(dev);
}

/* A snapshot may hold any value: check what the arithmetic relies on. */
static int32_t timer_restored(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);

    if (t->from_ns > ob_now_ns(dev))
        return ob_refuse(dev, "saved period begins in the future");
    timer_update(dev);
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("EN", CTRL_EN, OB_RW),
    OB_BITS("IE", CTRL_IE, OB_RW),
    OB_BITS("ONESHOT", CTRL_ONESHOT, OB_RW),
    OB_BITS("PSC", CTRL_PSC, OB_RW),
};
static const struct ob_field stat_fields[] = {
    OB_BITS("TICK", STAT_TICK, OB_W1C),
    OB_BITS("MISS", STAT_MISS, OB_W1C),
};

static const struct ob_reg regs[] = {
    { OB_REG32("LOAD", 0x00, struct timer, load), .on_write = load_written },
    { OB_REG32_HOOKED("VALUE", 0x04), .access = OB_RO,
      .on_read = value_read },
    { OB_REG32("CTRL", 0x08, struct timer, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_written },
    { OB_REG32("STAT", 0x0c, struct timer, stat),
      .fields = OB_ARRAY(stat_fields), .on_write = stat_written },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clk_changed },
};
static const struct ob_timer timers[] = {
    { .name = "tick", .expired = timer_tick },
};
static const struct ob_saved saved[] = {
    OB_SAVED(struct timer, halted_value),
    OB_SAVED(struct timer, from_value),
    OB_SAVED(struct timer, from_ns),
    OB_SAVED(struct timer, hz),
};

OB_DEVICE(acme_timer_type, "acme-timer", struct timer,
          "ACME tick timer with a prescaler", .regions = OB_ARRAY(regions),
          .irqs = OB_ARRAY(irqs), .clocks = OB_ARRAY(clocks),
          .timers = OB_ARRAY(timers), .saved = OB_ARRAY(saved),
          .reset = timer_reset, .restored = timer_restored);
