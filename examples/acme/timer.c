/* SPDX-License-Identifier: MIT */
/*
 * A model of the tick timer: ACME DevKit manual, chapter 3 (manual.md).
 *
 * Not modelled: more than one tick in a microsecond of virtual time. A faster
 * timer ticks once a microsecond, so that a guest cannot keep the host busy.
 */
#include <outboard/outboard.h>

#include "acme.h"

enum { TIMER_LOAD = 0x00, TIMER_VALUE = 0x04, TIMER_CTRL = 0x08,
       TIMER_STAT = 0x0c };

enum {
    CTRL_EN = 1u << 0,
    CTRL_IE = 1u << 1,
    CTRL_ONESHOT = 1u << 2,
    CTRL_PSC_SHIFT = 8,
    CTRL_PSC_MASK = 0xff,
};
enum { STAT_TICK = 1u << 0, STAT_MISS = 1u << 1 };

enum { IRQ = 0, CLOCK = 0, TICK = 0 };  /* indices in the lists */
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

    ob_irq_set(dev, IRQ, t->stat & STAT_TICK && t->ctrl & CTRL_IE);
}

/* 3.2: the prescaler divides the clock by PSC + 1. */
static uint64_t timer_hz(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);
    uint32_t psc = t->ctrl >> CTRL_PSC_SHIFT & CTRL_PSC_MASK;

    return ob_clock_hz(dev, CLOCK) / (psc + 1);
}

/* Two steps, because counts * 10^9 could overflow; hz is below 2^34. */
static uint64_t counts_to_ns(uint64_t counts, uint64_t hz)
{
    return counts / hz * ACME_NS_PER_S + counts % hz * ACME_NS_PER_S / hz;
}

static uint64_t ns_to_counts(uint64_t ns, uint64_t hz)
{
    return ns / ACME_NS_PER_S * hz + ns % ACME_NS_PER_S * hz / ACME_NS_PER_S;
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
    passed = ns_to_counts(ob_now_ns(dev) - t->from_ns, t->hz);
    return passed < t->from_value ? t->from_value - (uint32_t)passed : 0;
}

/*
 * Count down from `value`, beginning at `from_ns`. The model computes VALUE
 * only when the guest reads it, so one timer for the period is enough.
 */
static void timer_count_from(struct ob_dev *dev, uint32_t value,
                             uint64_t from_ns)
{
    struct timer *t = ob_state(dev);
    uint64_t left_ns;

    t->hz = timer_hz(dev);
    t->halted_value = t->from_value = value;
    t->from_ns = from_ns;
    if (!timer_counts(t)) {
        ob_timer_cancel(dev, TICK);
        return;
    }
    left_ns = counts_to_ns((uint64_t)value + 1, t->hz);
    if (left_ns < PERIOD_MIN_NS)
        left_ns = PERIOD_MIN_NS;
    ob_timer_arm(dev, TICK, from_ns + left_ns);
}

static void load_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    timer_count_from(dev, (uint32_t)w->value, ob_now_ns(dev));
}

static uint64_t value_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)index, (void)stored;
    return timer_value(dev);
}

/*
 * Compute VALUE with the old CTRL, then continue with the new one. 3.3: a timer
 * that is enabled with VALUE 0, for example after a one-shot, begins at LOAD.
 */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
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

static void stat_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    timer_update(dev);
}

/*
 * 3.3: the timer sets TICK even if IE is clear, and MISS if TICK is still set.
 * The next period begins at the end of this one, so that delays do not add up.
 */
static void timer_tick(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);
    uint64_t now = ob_now_ns(dev);
    uint64_t end = t->from_ns;

    t->stat |= t->stat & STAT_TICK ? STAT_MISS : STAT_TICK;
    if (t->ctrl & CTRL_ONESHOT) {
        t->ctrl &= ~(uint32_t)CTRL_EN;
        t->halted_value = 0;
    } else {
        end += t->hz ? counts_to_ns((uint64_t)t->from_value + 1, t->hz) : 0;
        if (end + PERIOD_MIN_NS < now || end > now)
            end = now;
        timer_count_from(dev, t->load, end);
    }
    timer_update(dev);
}

/* The rate changes now: the counts until now used the old rate. */
static void clock_changed(struct ob_dev *dev)
{
    timer_count_from(dev, timer_value(dev), ob_now_ns(dev));
}

static void timer_reset(struct ob_dev *dev)
{
    timer_count_from(dev, 0, ob_now_ns(dev));
    timer_update(dev);
}

/* A snapshot may hold any value: check what the arithmetic relies on. */
static int timer_restored(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);

    if (t->hz >> 34)
        return ob_fail(dev, "saved rate of %llu Hz is past 16 GHz",
                       (unsigned long long)t->hz);
    if (t->from_ns > ob_now_ns(dev))
        return ob_fail(dev, "saved period begins in the future");
    timer_update(dev);
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "EN", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "IE", .lsb = 1, .bits = 1, .access = OB_RW },
    { .name = "ONESHOT", .lsb = 2, .bits = 1, .access = OB_RW },
    { .name = "PSC", .lsb = CTRL_PSC_SHIFT, .bits = 8, .access = OB_RW },
};
static const struct ob_field stat_fields[] = {
    { .name = "TICK", .lsb = 0, .bits = 1, .access = OB_W1C },
    { .name = "MISS", .lsb = 1, .bits = 1, .access = OB_W1C },
};

static const struct ob_reg timer_regs[] = {
    { OB_REG32(timer, "LOAD", TIMER_LOAD, load), .on_write = load_write },
    { .name = "VALUE", .offset = TIMER_VALUE, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = value_read },
    { OB_REG32(timer, "CTRL", TIMER_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .on_write = ctrl_write },
    { OB_REG32(timer, "STAT", TIMER_STAT, stat), OB_FIELDS(stat_fields),
      .on_write = stat_write },
};

static const struct ob_region timer_regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(timer_regs) },
};
static const struct ob_irq timer_irqs[] = { { "irq" } };
static const struct ob_clock timer_clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clock_changed },
};
static const struct ob_timer timer_timers[] = { { "tick", timer_tick } };
static const struct ob_saved timer_saved[] = {
    OB_SAVED(timer, halted_value),
    OB_SAVED(timer, from_value),
    OB_SAVED(timer, from_ns),
    OB_SAVED(timer, hz),
};

const struct ob_device_type acme_timer_type = {
    .size = sizeof(acme_timer_type),
    .name = "acme-timer",
    .desc = "ACME tick timer with a prescaler",
    .state_bytes = sizeof(struct timer),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(timer_regions),
    .irqs = OB_ARRAY(timer_irqs),
    .clocks = OB_ARRAY(timer_clocks),
    .timers = OB_ARRAY(timer_timers),
    .saved = OB_ARRAY(timer_saved),
    .reset = timer_reset,
    .restored = timer_restored,
};
