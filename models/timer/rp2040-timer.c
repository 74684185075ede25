/* SPDX-License-Identifier: MIT */
/*
 * A model of the timer with four alarms: RP2040 Datasheet, 4.6.
 *
 * It counts the watchdog's tick, at any rate. Not modelled: DBGPAUSE.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { TIMER_TIMEHW = 0x00, TIMER_TIMELW = 0x04, TIMER_TIMEHR = 0x08,
       TIMER_TIMELR = 0x0c, TIMER_ALARM = 0x10, TIMER_ARMED = 0x20,
       TIMER_RAWH = 0x24, TIMER_RAWL = 0x28, TIMER_DBGPAUSE = 0x2c,
       TIMER_PAUSE = 0x30, TIMER_INTR = 0x34, TIMER_INTE = 0x38,
       TIMER_INTF = 0x3c, TIMER_INTS = 0x40 };
enum { ALARMS = 4, ALARM_MASK = (1u << ALARMS) - 1, TICK = 0 };
#define NS_PER_S UINT64_C(1000000000)
#define HZ_MAX (UINT64_C(1) << 32)
#define FAR_NS (UINT64_C(1) << 52)      /* a later alarm is not armed */

struct timer {
    uint32_t alarm[ALARMS], armed, dbgpause, pause, intr, inte, intf;
    uint32_t latched_high;              /* TIMEHR at the last read of TIMELR */
    uint32_t written_low;               /* TIMELW, until TIMEHW is written */
    uint64_t count;                     /* the count at from_ns */
    uint64_t from_ns;
    uint64_t hz;                        /* ticks a second since from_ns */
};

/* Each alarm has an interrupt line of its own. */
static void timer_update(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);
    uint32_t ints = (t->intr & t->inte) | t->intf;

    for (uint32_t n = 0; n < ALARMS; n++)
        ob_irq_set(dev, n, ints >> n & 1);
}

/* Whole seconds and the rest apart, so that no product overflows. */
static uint64_t timer_now(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);
    uint64_t ns = ob_now_ns(dev) - t->from_ns;

    return t->count + ns / NS_PER_S * t->hz + ns % NS_PER_S * t->hz / NS_PER_S;
}

/* The time until `ticks` ticks have passed, rounded up. */
static uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return ticks / hz * NS_PER_S + (ticks % hz * NS_PER_S + hz - 1) / hz;
}

/* 4.6.3: an alarm fires when the low 32 bits of the count equal it. */
static void alarm_arm(struct ob_dev *dev, uint32_t n)
{
    struct timer *t = ob_state(dev);
    uint64_t now, left, ns;

    ob_timer_cancel(dev, n);
    if (!(t->armed >> n & 1) || !t->hz)
        return;
    now = timer_now(dev);
    left = (uint32_t)(t->alarm[n] - (uint32_t)now);
    ns = ticks_to_ns(now - t->count + left, t->hz);
    if (ns < FAR_NS)
        ob_timer_arm(dev, n, t->from_ns + ns);
}

/* Count from `count` on, at the present rate. */
static void timer_count_from(struct ob_dev *dev, uint64_t count)
{
    struct timer *t = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, TICK);

    t->count = count;
    t->from_ns = ob_now_ns(dev);
    t->hz = t->pause & 1 || hz > HZ_MAX ? 0 : hz;
    for (uint32_t n = 0; n < ALARMS; n++)
        alarm_arm(dev, n);
}

/* Begin with the present count, so that the old rate applies until now. */
static void rate_changed(struct ob_dev *dev)
{
    timer_count_from(dev, timer_now(dev));
}

/* 4.6.3: an alarm fires once and is then disarmed. */
static void alarm_fired(struct ob_dev *dev, uint32_t n)
{
    struct timer *t = ob_state(dev);

    t->armed &= ~(1u << n);
    t->intr |= 1u << n;
    timer_update(dev);
}

/* A timer's function gets no index, so each alarm needs its own. */
static void alarm0_fired(struct ob_dev *dev)
{
    alarm_fired(dev, 0);
}

static void alarm1_fired(struct ob_dev *dev)
{
    alarm_fired(dev, 1);
}

static void alarm2_fired(struct ob_dev *dev)
{
    alarm_fired(dev, 2);
}

static void alarm3_fired(struct ob_dev *dev)
{
    alarm_fired(dev, 3);
}

/* 4.6.3: writing the time arms the alarm. */
static void alarm_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct timer *t = ob_state(dev);

    t->armed |= 1u << w->index;
    alarm_arm(dev, w->index);
}

/* 4.6.3: writing 1 to ARMED disarms an alarm. */
static void armed_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    for (uint32_t n = 0; n < ALARMS; n++)
        alarm_arm(dev, n);
}

/* 4.6.2: TIMERAWH and TIMERAWL latch nothing. */
static uint64_t raw_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)stored;
    return index ? (uint32_t)timer_now(dev) : timer_now(dev) >> 32;
}

/* 4.6.2: a program reads TIMELR first, which latches TIMEHR. */
static uint64_t timelr_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    struct timer *t = ob_state(dev);
    uint64_t now = timer_now(dev);

    (void)index, (void)stored;
    t->latched_high = (uint32_t)(now >> 32);
    return (uint32_t)now;
}

static uint64_t timehr_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    const struct timer *t = ob_state(dev);

    (void)index, (void)stored;
    return t->latched_high;
}

/* 4.6.2: a program writes TIMELW first; TIMEHW sets both halves. */
static void timelw_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct timer *t = ob_state(dev);

    t->written_low = (uint32_t)w->raw;
}

static void timehw_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct timer *t = ob_state(dev);

    timer_count_from(dev, w->raw << 32 | t->written_low);
}

/* timer_now() still uses the old PAUSE: `hz` is unchanged. */
static void pause_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        rate_changed(dev);
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    timer_update(dev);
}

static uint64_t ints_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct timer *t = ob_state(dev);

    (void)index, (void)stored;
    return (t->intr & t->inte) | t->intf;
}

static void timer_reset(struct ob_dev *dev)
{
    struct timer *t = ob_state(dev);

    t->latched_high = t->written_low = 0;
    timer_count_from(dev, 0);
    timer_update(dev);
}

/* A snapshot may hold any value: check what the arithmetic relies on. */
static int timer_restored(struct ob_dev *dev)
{
    const struct timer *t = ob_state(dev);

    if (t->hz > HZ_MAX)
        return ob_fail(dev, "saved rate of %llu Hz is past 4 GHz",
                       (unsigned long long)t->hz);
    if (t->from_ns > ob_now_ns(dev))
        return ob_fail(dev, "saved count begins in the future");
    timer_update(dev);
    return 0;
}

static const struct ob_field alarm_fields[] = {
    { .name = "ALARMS", .lsb = 0, .bits = ALARMS, .access = OB_RW },
};
static const struct ob_field alarm_w1c_fields[] = {
    { .name = "ALARMS", .lsb = 0, .bits = ALARMS, .access = OB_W1C },
};
static const struct ob_field pause_fields[] = {
    { .name = "PAUSE", .lsb = 0, .bits = 1, .access = OB_RW },
};
static const struct ob_field dbgpause_fields[] = {
    { .name = "DBG", .lsb = 1, .bits = 2, .access = OB_RW },
};
static const struct ob_reg timer_regs[] = {
    { .name = "TIMEHW", .offset = TIMER_TIMEHW, .bytes = 4,
      .access = OB_WO, .state = OB_NO_STATE, .on_write = timehw_write },
    { .name = "TIMELW", .offset = TIMER_TIMELW, .bytes = 4,
      .access = OB_WO, .state = OB_NO_STATE, .on_write = timelw_write },
    { .name = "TIMEHR", .offset = TIMER_TIMEHR, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = timehr_read },
    { .name = "TIMELR", .offset = TIMER_TIMELR, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = timelr_read },
    { OB_REG32(timer, "ALARM", TIMER_ALARM, alarm), .count = ALARMS,
      .on_write = alarm_write },
    { OB_REG32(timer, "ARMED", TIMER_ARMED, armed),
      OB_FIELDS(alarm_w1c_fields), .on_write = armed_write },
    { .name = "TIMERAW", .offset = TIMER_RAWH, .bytes = 4, .count = 2,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = raw_read },
    { OB_REG32(timer, "DBGPAUSE", TIMER_DBGPAUSE, dbgpause),
      OB_FIELDS(dbgpause_fields), .reset = 7 },
    { OB_REG32(timer, "PAUSE", TIMER_PAUSE, pause), OB_FIELDS(pause_fields),
      .on_write = pause_write },
    { OB_REG32(timer, "INTR", TIMER_INTR, intr), OB_FIELDS(alarm_w1c_fields),
      .on_write = int_write },
    { OB_REG32(timer, "INTE", TIMER_INTE, inte), OB_FIELDS(alarm_fields),
      .on_write = int_write },
    { OB_REG32(timer, "INTF", TIMER_INTF, intf), OB_FIELDS(alarm_fields),
      .on_write = int_write },
    { .name = "INTS", .offset = TIMER_INTS, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = ints_read },
};
static const struct ob_region timer_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(timer_regs) },
};
static const struct ob_irq timer_irqs[] = {
    { "alarm0" }, { "alarm1" }, { "alarm2" }, { "alarm3" },
};
static const struct ob_clock timer_clocks[] = {
    { .name = "tick", .direction = OB_CLOCK_IN, .changed = rate_changed },
};
static const struct ob_timer timer_timers[] = {
    { "alarm0", alarm0_fired }, { "alarm1", alarm1_fired },
    { "alarm2", alarm2_fired }, { "alarm3", alarm3_fired },
};
static const struct ob_saved timer_saved[] = {
    OB_SAVED(timer, latched_high), OB_SAVED(timer, written_low),
    OB_SAVED(timer, count), OB_SAVED(timer, from_ns), OB_SAVED(timer, hz),
};

const struct ob_device_type rp2040_timer_type = {
    .size = sizeof(rp2040_timer_type),
    .name = "rp2040-timer",
    .desc = "RP2040 timer with four alarms",
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
