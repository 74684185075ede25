/* SPDX-License-Identifier: MIT */
/*
 * A model of the timer with four alarms: RP2040 Datasheet, 4.6.
 *
 * It counts the watchdog's tick, at any rate. Not modelled: DBGPAUSE.
 */
#include <outboard/outboard.h>

#include "models.h"

/* Offsets and bits, named as in the manual. */
enum { TIMEHW = 0x00, TIMELW = 0x04, TIMEHR = 0x08, TIMELR = 0x0c,
       ALARM0 = 0x10, ARMED = 0x20, TIMERAWH = 0x24, TIMERAWL = 0x28,
       DBGPAUSE = 0x2c, PAUSE = 0x30, INTR = 0x34, INTE = 0x38, INTF = 0x3c,
       INTS = 0x40 };
enum { ALARMS = 4, ALARMS_ALL = (1u << ALARMS) - 1, PAUSE_PAUSE = 0x1,
       DBGPAUSE_DBG = 0x6, DBGPAUSE_RESET = 0x7 };

/* Indices of the lists at the end. */
enum { IRQ_ALARM };
enum { CLOCK_TICK };
enum { TIMER_ALARM };

struct timer {
    uint32_t timelw, timehr, alarm[ALARMS], armed;      /* registers */
    uint32_t dbgpause, pause, intr, inte, intf;         /* registers */
    uint64_t count, from_ns;            /* the count at from_ns */
    uint64_t hz;                        /* ticks a second since from_ns */
};

static uint32_t timer_ints(const struct timer *t)
{
    return (t->intr & t->inte) | t->intf;
}

/* Each alarm has an interrupt line of its own. */
static void timer_update_irqs(struct ob_dev *dev)
{
    uint32_t ints = timer_ints(ob_state(dev));

    for (uint32_t n = 0; n < ALARMS; n++)
        ob_irq_set(dev, IRQ_ALARM, n, ints >> n & 1);
}

static uint64_t ticks_passed(struct ob_dev *dev)
{
    const struct timer *t = ob_state(dev);

    return ob_ns_to_ticks(ob_now_ns(dev) - t->from_ns, t->hz);
}

static uint64_t timer_now(struct ob_dev *dev)
{
    const struct timer *t = ob_state(dev);

    return t->count + ticks_passed(dev);
}

/*
 * 4.6.3: an alarm fires when the low 32 bits of the count equal it. If they are
 * equal now, their tick has begun before.
 */
static void alarm_schedule(struct ob_dev *dev, uint32_t n)
{
    const struct timer *t = ob_state(dev);
    uint64_t passed = ticks_passed(dev), now = ob_now_ns(dev);
    uint32_t left = t->alarm[n] - (uint32_t)(t->count + passed);
    uint64_t at = t->from_ns + ob_ticks_to_ns(passed + left, t->hz);

    if (t->armed >> n & 1 && t->hz)
        ob_timer_arm(dev, TIMER_ALARM, n, at > now ? at : now);
    else
        ob_timer_cancel(dev, TIMER_ALARM, n);
}

/* Count from `count` on, at the present rate. */
static void timer_count_from(struct ob_dev *dev, uint64_t count)
{
    struct timer *t = ob_state(dev);
    bool paused = t->pause & PAUSE_PAUSE;

    t->count = count;
    t->from_ns = ob_now_ns(dev);
    t->hz = paused ? 0 : ob_clock_hz(dev, CLOCK_TICK, 0);
    for (uint32_t n = 0; n < ALARMS; n++)
        alarm_schedule(dev, n);
}

/* Begin with the present count, so that the old rate applies until now. */
static void tick_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    timer_count_from(dev, timer_now(dev));
}

/* 4.6.3: an alarm fires once and is then disarmed. */
static void alarm_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct timer *t = ob_state(dev);

    t->armed &= ~(1u << n);
    t->intr |= 1u << n;
    timer_update_irqs(dev);
}

/* 4.6.2: a program writes TIMELW first; TIMEHW sets both halves. */
static void timehw_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    const struct timer *t = ob_state(dev);

    timer_count_from(dev, w->raw << 32 | t->timelw);
}

/* 4.6.2: a program reads TIMELR first, which latches TIMEHR. */
static uint64_t timelr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct timer *t = ob_state(dev);
    uint64_t now = timer_now(dev);

    t->timehr = (uint32_t)(now >> 32);
    return (uint32_t)now;
}

/* 4.6.2: TIMERAWH and TIMERAWL latch nothing. */
static uint64_t timerawh_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return timer_now(dev) >> 32;
}

static uint64_t timerawl_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return (uint32_t)timer_now(dev);
}

/* 4.6.3: writing the time arms the alarm. */
static void alarm_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct timer *t = ob_state(dev);

    t->armed |= 1u << w->index;
    alarm_schedule(dev, w->index);
}

/* 4.6.3: writing 1 to ARMED disarms an alarm. */
static void armed_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    for (uint32_t n = 0; n < ALARMS; n++)
        alarm_schedule(dev, n);
}

/* `hz` does not follow PAUSE yet, so the old rate applies until now. */
static void pause_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        timer_count_from(dev, timer_now(dev));
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    timer_update_irqs(dev);
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return timer_ints(ob_state(dev));
}

static void timer_reset(struct ob_dev *dev, uint32_t kind)
{
    timer_count_from(dev, 0);
    timer_update_irqs(dev);
}

/* A snapshot may hold any value. All counts and rates are possible. */
static int32_t timer_restored(struct ob_dev *dev)
{
    const struct timer *t = ob_state(dev);

    if (t->from_ns > ob_now_ns(dev))
        return ob_refuse(dev, "saved count begins in the future");
    timer_update_irqs(dev);
    return OB_OK;
}

static const struct ob_field alarms_w1c[] = {
    OB_BITS("ALARMS", ALARMS_ALL, OB_W1C),
};
static const struct ob_field alarms_rw[] = {
    OB_BITS("ALARMS", ALARMS_ALL, OB_RW),
};
static const struct ob_field dbgpause_fields[] = {
    OB_BITS("DBG", DBGPAUSE_DBG, OB_RW),
};
static const struct ob_field pause_fields[] = {
    OB_BITS("PAUSE", PAUSE_PAUSE, OB_RW),
};
static const struct ob_reg timer_regs[] = {
    { OB_REG32_HOOKED("TIMEHW", TIMEHW), .access = OB_WO,
      .on_write = timehw_write },
    { OB_REG32("TIMELW", TIMELW, struct timer, timelw), .access = OB_WO },
    { OB_REG32("TIMEHR", TIMEHR, struct timer, timehr), .access = OB_RO },
    { OB_REG32_HOOKED("TIMELR", TIMELR), .access = OB_RO,
      .on_read = timelr_read },
    { OB_REG32_ARRAY("ALARM", ALARM0, struct timer, alarm),
      .on_write = alarm_write },
    { OB_REG32("ARMED", ARMED, struct timer, armed),
      .fields = OB_ARRAY(alarms_w1c), .on_write = armed_write },
    { OB_REG32_HOOKED("TIMERAWH", TIMERAWH), .access = OB_RO,
      .on_read = timerawh_read },
    { OB_REG32_HOOKED("TIMERAWL", TIMERAWL), .access = OB_RO,
      .on_read = timerawl_read },
    { OB_REG32("DBGPAUSE", DBGPAUSE, struct timer, dbgpause),
      .fields = OB_ARRAY(dbgpause_fields), .reset = DBGPAUSE_RESET },
    { OB_REG32("PAUSE", PAUSE, struct timer, pause),
      .fields = OB_ARRAY(pause_fields), .on_write = pause_write },
    { OB_REG32("INTR", INTR, struct timer, intr),
      .fields = OB_ARRAY(alarms_w1c), .on_write = int_write },
    { OB_REG32("INTE", INTE, struct timer, inte),
      .fields = OB_ARRAY(alarms_rw), .on_write = int_write },
    { OB_REG32("INTF", INTF, struct timer, intf),
      .fields = OB_ARRAY(alarms_rw), .on_write = int_write },
    { OB_REG32_HOOKED("INTS", INTS), .access = OB_RO, .on_read = ints_read },
};
static const struct ob_region timer_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(timer_regs) },
};
static const struct ob_irq timer_irqs[] = {
    [IRQ_ALARM] = { .name = "alarm", .count = ALARMS },
};
static const struct ob_clock timer_clocks[] = {
    [CLOCK_TICK] = { .name = "tick", .direction = OB_CLOCK_IN,
                     .changed = tick_changed },
};
static const struct ob_timer timer_timers[] = {
    [TIMER_ALARM] = { .name = "alarm", .count = ALARMS,
                      .expired = alarm_expired },
};
static const struct ob_saved timer_saved[] = {
    OB_SAVED(struct timer, count), OB_SAVED(struct timer, from_ns),
    OB_SAVED(struct timer, hz),
};

OB_DEVICE(rp2040_timer_type, "rp2040-timer", struct timer,
          "RP2040 timer with four alarms", .state_version = 2,
          .state_oldest = 2, .regions = OB_ARRAY(timer_regions),
          .irqs = OB_ARRAY(timer_irqs), .clocks = OB_ARRAY(timer_clocks),
          .timers = OB_ARRAY(timer_timers), .saved = OB_ARRAY(timer_saved),
          .reset = timer_reset, .restored = timer_restored);
