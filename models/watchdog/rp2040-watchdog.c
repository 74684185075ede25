/* SPDX-License-Identifier: MIT */
/*
 * A model of the watchdog and tick generator: RP2040 Datasheet, 4.7.
 *
 * It resets the whole machine. SCRATCH and REASON survive that reset, as on the
 * chip. Not modelled: the choice of blocks in PSM, the pause bits.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { WD_CTRL = 0x00, WD_LOAD = 0x04, WD_REASON = 0x08, WD_SCRATCH = 0x0c,
       WD_TICK = 0x2c };
enum { CTRL_TIME_MASK = 0xffffff, CTRL_ENABLE = 1u << 30,
       REASON_TIMER = 1u << 0, REASON_FORCE = 1u << 1,
       TICK_CYCLES_MASK = 0x1ff, TICK_ENABLE = 1u << 9,
       TICK_RUNNING = 1u << 10, SCRATCHES = 8 };
#define CTRL_TRIGGER (1u << 31)
#define NS_PER_S UINT64_C(1000000000)
enum { CLOCK_REF = 0, CLOCK_TICK = 1, BITE = 0 };

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
    uint32_t cycles = d->tick & TICK_CYCLES_MASK;

    if (!(d->tick & TICK_ENABLE) || !cycles)
        return 0;
    return ob_clock_hz(dev, CLOCK_REF) / cycles;
}

static uint32_t wd_count(struct ob_dev *dev)
{
    const struct wd *d = ob_state(dev);
    uint64_t ns = ob_now_ns(dev) - d->from_ns;
    uint64_t passed = ns / NS_PER_S * d->hz + ns % NS_PER_S * d->hz / NS_PER_S;

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
        ob_timer_arm(dev, BITE, d->from_ns + count * NS_PER_S / d->hz);
    else
        ob_timer_cancel(dev, BITE);
}

/* The counter uses the tick: compute the count with the old rate first. */
static void tick_update(struct ob_dev *dev)
{
    wd_count_from(dev, wd_count(dev));
    ob_clock_drive(dev, CLOCK_TICK, tick_hz(dev));
}

/* The reset follows later, so remember that it is the watchdog's. */
static void wd_bite(struct ob_dev *dev, uint32_t reason)
{
    struct wd *d = ob_state(dev);

    d->reason = reason;
    d->bitten = 1;
    ob_machine_request(dev, OB_MACHINE_RESET);
}

static void wd_expired(struct ob_dev *dev)
{
    wd_bite(dev, REASON_TIMER);
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

static uint64_t ctrl_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)index;
    return stored | wd_count(dev);
}

/* 4.7.6, LOAD: a write restarts the counter, and so prevents the reset. */
static void load_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    wd_count_from(dev, w->raw & CTRL_TIME_MASK);
}

static uint64_t reason_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    const struct wd *d = ob_state(dev);

    (void)index, (void)stored;
    return d->reason;
}

static uint64_t scratch_read(struct ob_dev *dev, uint32_t index,
                             uint64_t stored)
{
    const struct wd *d = ob_state(dev);

    (void)stored;
    return d->scratch[index];
}

/* SCRATCH survives the watchdog's reset, so it is not a stored register. */
static void scratch_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct wd *d = ob_state(dev);

    d->scratch[w->index] &= ~(uint32_t)w->mask;
    d->scratch[w->index] |= (uint32_t)w->raw;
}

/* RUNNING is set if the tick generator has a clock and a divisor. */
static uint64_t tick_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)index;
    return stored | (tick_hz(dev) ? TICK_RUNNING : 0);
}

static void tick_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        tick_update(dev);
}

/* Any other reset clears REASON and SCRATCH. */
static void wd_reset(struct ob_dev *dev)
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

/* A snapshot may hold any value: check what the arithmetic relies on. */
static int wd_restored(struct ob_dev *dev)
{
    struct wd *d = ob_state(dev);

    if (d->from_ns > ob_now_ns(dev) || d->count > CTRL_TIME_MASK ||
        d->hz >> 34)
        return ob_fail(dev, "saved count %u is not possible",
                       (unsigned)d->count);
    d->bitten = 0;
    ob_clock_drive(dev, CLOCK_TICK, tick_hz(dev));
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "TIME", .lsb = 0, .bits = 24, .access = OB_RO },
    { .name = "PAUSE", .lsb = 24, .bits = 3, .access = OB_RW },
    { .name = "ENABLE", .lsb = 30, .bits = 1, .access = OB_RW },
    { .name = "TRIGGER", .lsb = 31, .bits = 1, .access = OB_RW },
};
static const struct ob_field tick_fields[] = {
    { .name = "CYCLES", .lsb = 0, .bits = 9, .access = OB_RW },
    { .name = "ENABLE", .lsb = 9, .bits = 1, .access = OB_RW },
    { .name = "RUNNING", .lsb = 10, .bits = 1, .access = OB_RO },
    { .name = "COUNT", .lsb = 11, .bits = 9, .access = OB_RO },
};
static const struct ob_reg wd_regs[] = {
    { OB_REG32(wd, "CTRL", WD_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .reset = 0x7000000, .on_read = ctrl_read, .on_write = ctrl_write },
    { .name = "LOAD", .offset = WD_LOAD, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = load_write },
    { .name = "REASON", .offset = WD_REASON, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = reason_read },
    { .name = "SCRATCH", .offset = WD_SCRATCH, .bytes = 4,
      .count = SCRATCHES, .state = OB_NO_STATE, .on_read = scratch_read,
      .on_write = scratch_write },
    { OB_REG32(wd, "TICK", WD_TICK, tick), OB_FIELDS(tick_fields),
      .reset = TICK_ENABLE, .on_read = tick_read, .on_write = tick_write },
};
static const struct ob_region wd_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(wd_regs) },
};
static const struct ob_clock wd_clocks[] = {
    [CLOCK_REF] = { .name = "ref", .direction = OB_CLOCK_IN,
                    .changed = tick_update },
    [CLOCK_TICK] = { .name = "tick", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer wd_timers[] = { { "bite", wd_expired } };
static const struct ob_saved wd_saved[] = {
    OB_SAVED_ARRAY(wd, scratch), OB_SAVED(wd, reason), OB_SAVED(wd, count),
    OB_SAVED(wd, from_ns), OB_SAVED(wd, hz),
};

const struct ob_device_type rp2040_watchdog_type = {
    .size = sizeof(rp2040_watchdog_type),
    .name = "rp2040-watchdog",
    .desc = "RP2040 watchdog and tick generator",
    .state_bytes = sizeof(struct wd),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(wd_regions),
    .clocks = OB_ARRAY(wd_clocks),
    .timers = OB_ARRAY(wd_timers),
    .saved = OB_ARRAY(wd_saved),
    .reset = wd_reset,
    .restored = wd_restored,
};
