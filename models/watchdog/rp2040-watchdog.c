/* SPDX-License-Identifier: MIT */
/*
 * A model of the watchdog and tick generator: RP2040 Datasheet, 4.7.
 *
 * It resets the whole machine. SCRATCH and REASON survive that reset, as on the
 * chip. Not modelled: the choice of blocks in PSM, the pause bits.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CTRL = 0x00, LOAD = 0x04, REASON = 0x08, SCRATCH = 0x0c, TICK = 0x2c };
enum { SCRATCHES = 8, CTRL_TIME = 0xffffff, CTRL_PAUSE = 0x7000000,
       CTRL_ENABLE = 0x40000000, REASON_TIMER = 0x1, REASON_FORCE = 0x2,
       TICK_CYCLES = 0x1ff, TICK_ENABLE = 0x200, TICK_RUNNING = 0x400,
       TICK_COUNT = 0xff800 };
#define CTRL_TRIGGER 0x80000000u

enum { CLOCK_REF, CLOCK_TICK };
enum { TIMER_BITE };

struct wd {
    uint32_t ctrl, tick;                /* registers */
    uint32_t scratch[SCRATCHES], reason;
    uint32_t bitten;                    /* the watchdog requested the reset */
    uint32_t count;                     /* half ticks left at from_ns */
    uint64_t from_ns, hz;               /* half ticks a second */
};

/* 4.7.2: the tick generator divides clk_ref by CYCLES. */
static uint64_t tick_hz(struct ob_dev *dev)
{
    const struct wd *d = ob_state(dev);
    uint32_t cycles = d->tick & TICK_CYCLES;

    if (!(d->tick & TICK_ENABLE) || !cycles)
        return 0;
    return ob_clock_hz(dev, CLOCK_REF, 0) / cycles;
}

static uint32_t wd_count(struct ob_dev *dev)
{
    const struct wd *d = ob_state(dev);
    uint64_t passed = ob_ns_to_ticks(ob_now_ns(dev) - d->from_ns, d->hz);

    return passed < d->count ? d->count - (uint32_t)passed : 0;
}

/* Count down from `count`. RP2040-E1: two counts for each tick. */
static void wd_count_from(struct ob_dev *dev, uint32_t count)
{
    struct wd *d = ob_state(dev);

    d->count = count;
    d->from_ns = ob_now_ns(dev);
    d->hz = d->ctrl & CTRL_ENABLE ? 2 * tick_hz(dev) : 0;
    if (d->hz)
        ob_timer_arm(dev, TIMER_BITE, 0,
                     d->from_ns + ob_ticks_to_ns(count, d->hz));
    else
        ob_timer_cancel(dev, TIMER_BITE, 0);
}

/* The counter uses the tick: compute the count with the old rate first. */
static void tick_update(struct ob_dev *dev)
{
    wd_count_from(dev, wd_count(dev));
    ob_clock_drive_hz(dev, CLOCK_TICK, 0, tick_hz(dev));
}

static void ref_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    tick_update(dev);
}

/* The reset follows later, so remember that it is the watchdog's. */
static void wd_bite(struct ob_dev *dev, uint32_t reason)
{
    struct wd *d = ob_state(dev);

    d->reason = reason;
    d->bitten = 1;
    ob_machine_request(dev, OB_MACHINE_RESET);
}

static void wd_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    wd_bite(dev, REASON_TIMER);
}

static uint64_t ctrl_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored | wd_count(dev);
}

/* 4.7.6, CTRL: TRIGGER resets at once. A change of ENABLE keeps the count. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct wd *d = ob_state(dev);

    d->ctrl &= ~CTRL_TRIGGER;
    if (w->value & CTRL_TRIGGER)
        wd_bite(dev, REASON_FORCE);
    else if ((w->old ^ w->value) & CTRL_ENABLE)
        wd_count_from(dev, wd_count(dev));
}

/* 4.7.6, LOAD: a write restarts the counter, and so prevents the reset. */
static void load_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    wd_count_from(dev, w->raw & CTRL_TIME);
}

/* REASON and SCRATCH survive a reset, so the host does not store them. */
static uint64_t reason_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct wd *d = ob_state(dev);

    return d->reason;
}

static uint64_t scratch_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct wd *d = ob_state(dev);

    return d->scratch[r->index];
}

static void scratch_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct wd *d = ob_state(dev);

    d->scratch[w->index] &= ~(uint32_t)w->mask;
    d->scratch[w->index] |= (uint32_t)w->raw;
}

/* RUNNING is set if the tick generator has a clock and a divisor. */
static uint64_t tick_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored | (tick_hz(dev) ? TICK_RUNNING : 0);
}

static void tick_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        tick_update(dev);
}

/* Any other reset clears REASON and SCRATCH. */
static void wd_reset(struct ob_dev *dev, uint32_t kind)
{
    struct wd *d = ob_state(dev);

    if (!d->bitten) {
        d->reason = 0;
        for (uint32_t n = 0; n < SCRATCHES; n++)
            d->scratch[n] = 0;
    }
    d->bitten = 0;
    d->count = 0;
    tick_update(dev);
}

/* A snapshot may hold any value. */
static int32_t wd_restored(struct ob_dev *dev)
{
    struct wd *d = ob_state(dev);

    if (d->from_ns > ob_now_ns(dev) || d->count > CTRL_TIME)
        return ob_refuse(dev, "saved count %u is not possible",
                         (unsigned)d->count);
    d->bitten = 0;
    ob_clock_drive_hz(dev, CLOCK_TICK, 0, tick_hz(dev));
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("TIME", CTRL_TIME, OB_RO), OB_BITS("PAUSE", CTRL_PAUSE, OB_RW),
    OB_BITS("ENABLE", CTRL_ENABLE, OB_RW),
    OB_BITS("TRIGGER", CTRL_TRIGGER, OB_RW),
};
static const struct ob_field tick_fields[] = {
    OB_BITS("CYCLES", TICK_CYCLES, OB_RW),
    OB_BITS("ENABLE", TICK_ENABLE, OB_RW),
    OB_BITS("RUNNING", TICK_RUNNING, OB_RO),
    OB_BITS("COUNT", TICK_COUNT, OB_RO),
};
static const struct ob_reg wd_regs[] = {
    { OB_REG32("CTRL", CTRL, struct wd, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .reset = CTRL_PAUSE,
      .on_read = ctrl_read, .on_write = ctrl_write },
    { OB_REG32_HOOKED("LOAD", LOAD), .access = OB_WO,
      .on_write = load_write },
    { OB_REG32_HOOKED("REASON", REASON), .access = OB_RO,
      .on_read = reason_read },
    { OB_REG32_HOOKED("SCRATCH", SCRATCH), .count = SCRATCHES,
      .on_read = scratch_read, .on_write = scratch_write },
    { OB_REG32("TICK", TICK, struct wd, tick),
      .fields = OB_ARRAY(tick_fields), .reset = TICK_ENABLE,
      .on_read = tick_read, .on_write = tick_write },
};
static const struct ob_region wd_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(wd_regs) },
};
static const struct ob_clock wd_clocks[] = {
    [CLOCK_REF] = { .name = "ref", .direction = OB_CLOCK_IN,
                    .changed = ref_changed },
    [CLOCK_TICK] = { .name = "tick", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer wd_timers[] = {
    [TIMER_BITE] = { .name = "bite", .expired = wd_expired },
};
static const struct ob_saved wd_saved[] = {
    OB_SAVED_ARRAY(struct wd, scratch), OB_SAVED(struct wd, reason),
    OB_SAVED(struct wd, count), OB_SAVED(struct wd, from_ns),
    OB_SAVED(struct wd, hz),
};

OB_DEVICE(rp2040_watchdog_type, "rp2040-watchdog", struct wd,
          "RP2040 watchdog and tick generator",
          .regions = OB_ARRAY(wd_regions), .clocks = OB_ARRAY(wd_clocks),
          .timers = OB_ARRAY(wd_timers), .saved = OB_ARRAY(wd_saved),
          .reset = wd_reset, .restored = wd_restored);
