/* SPDX-License-Identifier: MIT */
/*
 * A model of the real-time clock: RP2040 Datasheet, 4.8.
 *
 * It counts seconds of clk_rtc from the date that the program loads, and
 * interrupts while the date matches. Not modelled: loading an impossible date
 * (the clock counts on from it), and the host's date.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CLKDIV_M1 = 0x00, SETUP_0 = 0x04, SETUP_1 = 0x08, CTRL = 0x0c,
       IRQ_SETUP_0 = 0x10, IRQ_SETUP_1 = 0x14, RTC_1 = 0x18, RTC_0 = 0x1c,
       INTR = 0x20, INTE = 0x24, INTF = 0x28, INTS = 0x2c };
enum { CLKDIV_M1_DIV = 0xffff, CTRL_ENABLE = 0x1, CTRL_ACTIVE = 0x2,
       CTRL_LOAD = 0x10, CTRL_NOT_LEAP = 0x100, INT_RTC = 0x1 };
/* The date, in the same bits of SETUP, IRQ_SETUP and RTC. */
enum { DATE_DAY = 0x1f, DATE_MONTH = 0xf00, DATE_YEAR = 0xfff000,
       DATE_MASK = DATE_DAY | DATE_MONTH | DATE_YEAR };
enum { TIME_SEC = 0x3f, TIME_MIN = 0x3f00, TIME_HOUR = 0x1f0000,
       TIME_DOTW = 0x7000000,
       TIME_MASK = TIME_SEC | TIME_MIN | TIME_HOUR | TIME_DOTW };
/* Bits of IRQ_SETUP only. */
enum { MATCH_DAY = 0x1000000, MATCH_MONTH = 0x2000000, MATCH_YEAR = 0x4000000,
       MATCH_ENA = 0x10000000, MATCH_ACTIVE = 0x20000000 };
enum { MATCH_SEC = 0x10000000, MATCH_MIN = 0x20000000,
       MATCH_HOUR = 0x40000000 };
#define MATCH_DOTW 0x80000000u

enum { SECOND_MIN_NS = 1000 };          /* a second takes 1 us or more */
enum { IRQ };
enum { CLOCK_RTC };
enum { TIMER_SECOND };

struct rtc {
    uint32_t clkdiv, setup[2], ctrl, match[2], rtc_1, inte, intf;
    uint32_t now[2];                    /* the date, as in SETUP */
};

/* A part of the date: its word, its bits, and its enable bit in IRQ_SETUP. */
struct part {
    uint32_t word, mask, match;
};
static const struct part sec = { 1, TIME_SEC, MATCH_SEC };
static const struct part minute = { 1, TIME_MIN, MATCH_MIN };
static const struct part hour = { 1, TIME_HOUR, MATCH_HOUR };
static const struct part weekday = { 1, TIME_DOTW, MATCH_DOTW };
static const struct part day = { 0, DATE_DAY, MATCH_DAY };
static const struct part month = { 0, DATE_MONTH, MATCH_MONTH };
static const struct part year = { 0, DATE_YEAR, MATCH_YEAR };

static uint32_t now_get(const struct rtc *c, const struct part *p)
{
    return (uint32_t)ob_field_get(c->now[p->word], p->mask);
}

static void now_set(struct rtc *c, const struct part *p, uint32_t value)
{
    c->now[p->word] = (uint32_t)ob_field_set(c->now[p->word], p->mask, value);
}

/* 4.8.4: all enabled parts must be equal. */
static bool rtc_matches(const struct rtc *c)
{
    static const struct part *const parts[] = { &sec, &minute, &hour,
                                                &weekday, &day, &month,
                                                &year };

    if (!(c->match[0] & MATCH_ENA))
        return false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct part *p = parts[i];

        if (c->match[p->word] & p->match &&
            (c->match[p->word] ^ c->now[p->word]) & p->mask)
            return false;
    }
    return true;
}

static bool rtc_ints(const struct rtc *c)
{
    return (rtc_matches(c) && c->inte) || c->intf;
}

/* The interrupt is a level: it is high as long as the date matches. */
static void rtc_update_irq(struct ob_dev *dev)
{
    ob_irq_set(dev, IRQ, 0, rtc_ints(ob_state(dev)));
}

/* 4.8.1: each year that 4 divides is a leap year without NOTLEAPYEAR. */
static uint32_t days_of_month(const struct rtc *c)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };
    uint32_t m = now_get(c, &month);

    if (m == 2 && now_get(c, &year) % 4 == 0 && !(c->ctrl & CTRL_NOT_LEAP))
        return 29;
    return m >= 1 && m <= sizeof(days) ? days[m - 1] : 31;
}

/* Add 1 to `p`. Returns true if it was `last` and is now `first`. */
static bool carries(struct rtc *c, const struct part *p, uint32_t first,
                    uint32_t last)
{
    uint32_t value = now_get(c, p);

    now_set(c, p, value < last ? value + 1 : first);
    return value >= last;
}

/* Each part that wraps carries into the next one. The weekday has no carry. */
static void date_advance(struct rtc *c)
{
    uint32_t days = days_of_month(c);

    if (!carries(c, &sec, 0, 59) || !carries(c, &minute, 0, 59) ||
        !carries(c, &hour, 0, 23))
        return;
    (void)carries(c, &weekday, 0, 6);
    if (carries(c, &day, 1, days) && carries(c, &month, 1, 12))
        (void)carries(c, &year, 0, 4095);
}

/* Arm the timer for the next second, unless the clock stands still. */
static void second_begin(struct ob_dev *dev)
{
    const struct rtc *c = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_RTC, 0);
    uint64_t ns = ob_ticks_to_ns((uint64_t)c->clkdiv + 1, hz);

    if (c->ctrl & CTRL_ENABLE && hz)
        ob_timer_arm(dev, TIMER_SECOND, 0,
                     ob_now_ns(dev) +
                         (ns < SECOND_MIN_NS ? SECOND_MIN_NS : ns));
    else
        ob_timer_cancel(dev, TIMER_SECOND, 0);
}

static void clock_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    second_begin(dev);
}

/* Advance first: the interrupt depends on the new date. */
static void second_passed(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    date_advance(ob_state(dev));
    second_begin(dev);
    rtc_update_irq(dev);
}

/* A new divisor begins a new second. */
static void clkdiv_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        second_begin(dev);
}

/* The chip sets ACTIVE a little later than ENABLE; here it is at once. */
static uint64_t ctrl_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored | (r->stored & CTRL_ENABLE ? CTRL_ACTIVE : 0);
}

/* LOAD copies the date and clears itself. A new date begins a new second. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rtc *c = ob_state(dev);

    if (w->value & CTRL_LOAD) {
        c->now[0] = c->setup[0];
        c->now[1] = c->setup[1];
    }
    c->ctrl &= ~(uint32_t)CTRL_LOAD;
    if ((w->old ^ w->value) & CTRL_ENABLE || w->value & CTRL_LOAD)
        second_begin(dev);
    rtc_update_irq(dev);
}

/* MATCH_ACTIVE follows MATCH_ENA at once. */
static uint64_t match_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored | (r->stored & MATCH_ENA ? MATCH_ACTIVE : 0);
}

/* 4.8.3: a program reads RTC_0 first, which latches RTC_1. */
static uint64_t rtc_0_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct rtc *c = ob_state(dev);

    c->rtc_1 = c->now[0];
    return c->now[1];
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    rtc_update_irq(dev);
}

static uint64_t intr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return rtc_matches(ob_state(dev));
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return rtc_ints(ob_state(dev));
}

static void rtc_reset(struct ob_dev *dev, uint32_t kind)
{
    struct rtc *c = ob_state(dev);

    c->now[0] = c->now[1] = 0;
    rtc_update_irq(dev);
}

/* A snapshot may hold any value. */
static int32_t rtc_restored(struct ob_dev *dev)
{
    struct rtc *c = ob_state(dev);

    c->now[0] &= DATE_MASK;
    c->now[1] &= TIME_MASK;
    rtc_update_irq(dev);
    return OB_OK;
}

static const struct ob_field clkdiv_fields[] = {
    OB_BITS("CLKDIV_M1", CLKDIV_M1_DIV, OB_RW),
};
static const struct ob_field setup_0_fields[] = {
    OB_BITS("DAY", DATE_DAY, OB_RW), OB_BITS("MONTH", DATE_MONTH, OB_RW),
    OB_BITS("YEAR", DATE_YEAR, OB_RW),
};
static const struct ob_field setup_1_fields[] = {
    OB_BITS("SEC", TIME_SEC, OB_RW), OB_BITS("MIN", TIME_MIN, OB_RW),
    OB_BITS("HOUR", TIME_HOUR, OB_RW), OB_BITS("DOTW", TIME_DOTW, OB_RW),
};
static const struct ob_field ctrl_fields[] = {
    OB_BITS("RTC_ENABLE", CTRL_ENABLE, OB_RW),
    OB_BITS("RTC_ACTIVE", CTRL_ACTIVE, OB_RO),
    OB_BITS("LOAD", CTRL_LOAD, OB_RW),
    OB_BITS("FORCE_NOTLEAPYEAR", CTRL_NOT_LEAP, OB_RW),
};
static const struct ob_field match_0_fields[] = {
    OB_BITS("DAY", DATE_DAY, OB_RW), OB_BITS("MONTH", DATE_MONTH, OB_RW),
    OB_BITS("YEAR", DATE_YEAR, OB_RW),
    OB_BITS("ENA", MATCH_DAY | MATCH_MONTH | MATCH_YEAR, OB_RW),
    OB_BITS("MATCH_ENA", MATCH_ENA, OB_RW),
    OB_BITS("MATCH_ACTIVE", MATCH_ACTIVE, OB_RO),
};
static const struct ob_field match_1_fields[] = {
    OB_BITS("SEC", TIME_SEC, OB_RW), OB_BITS("MIN", TIME_MIN, OB_RW),
    OB_BITS("HOUR", TIME_HOUR, OB_RW), OB_BITS("DOTW", TIME_DOTW, OB_RW),
    OB_BITS("ENA", MATCH_SEC | MATCH_MIN | MATCH_HOUR | MATCH_DOTW, OB_RW),
};
static const struct ob_field int_fields[] = {
    OB_BITS("RTC", INT_RTC, OB_RW),
};
static const struct ob_reg rtc_regs[] = {
    { OB_REG32("CLKDIV_M1", CLKDIV_M1, struct rtc, clkdiv),
      .fields = OB_ARRAY(clkdiv_fields), .on_write = clkdiv_write },
    { OB_REG32("SETUP_0", SETUP_0, struct rtc, setup[0]),
      .fields = OB_ARRAY(setup_0_fields) },
    { OB_REG32("SETUP_1", SETUP_1, struct rtc, setup[1]),
      .fields = OB_ARRAY(setup_1_fields) },
    { OB_REG32("CTRL", CTRL, struct rtc, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_read = ctrl_read,
      .on_write = ctrl_write },
    { OB_REG32("IRQ_SETUP_0", IRQ_SETUP_0, struct rtc, match[0]),
      .fields = OB_ARRAY(match_0_fields), .on_read = match_read,
      .on_write = int_write },
    { OB_REG32("IRQ_SETUP_1", IRQ_SETUP_1, struct rtc, match[1]),
      .fields = OB_ARRAY(match_1_fields), .on_write = int_write },
    { OB_REG32("RTC_1", RTC_1, struct rtc, rtc_1), .access = OB_RO },
    { OB_REG32_HOOKED("RTC_0", RTC_0), .access = OB_RO,
      .on_read = rtc_0_read },
    { OB_REG32_HOOKED("INTR", INTR), .access = OB_RO, .on_read = intr_read },
    { OB_REG32("INTE", INTE, struct rtc, inte),
      .fields = OB_ARRAY(int_fields), .on_write = int_write },
    { OB_REG32("INTF", INTF, struct rtc, intf),
      .fields = OB_ARRAY(int_fields), .on_write = int_write },
    { OB_REG32_HOOKED("INTS", INTS), .access = OB_RO, .on_read = ints_read },
};
static const struct ob_region rtc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(rtc_regs) },
};
static const struct ob_irq rtc_irqs[] = { [IRQ] = { .name = "irq" } };
static const struct ob_clock rtc_clocks[] = {
    [CLOCK_RTC] = { .name = "rtc", .direction = OB_CLOCK_IN,
                    .changed = clock_changed },
};
static const struct ob_timer rtc_timers[] = {
    [TIMER_SECOND] = { .name = "second", .expired = second_passed },
};
static const struct ob_saved rtc_saved[] = {
    OB_SAVED_ARRAY(struct rtc, now),
};

OB_DEVICE(rp2040_rtc_type, "rp2040-rtc", struct rtc, "RP2040 real-time clock",
          .state_version = 3, .state_oldest = 3,
          .regions = OB_ARRAY(rtc_regions), .irqs = OB_ARRAY(rtc_irqs),
          .clocks = OB_ARRAY(rtc_clocks), .timers = OB_ARRAY(rtc_timers),
          .saved = OB_ARRAY(rtc_saved), .reset = rtc_reset,
          .restored = rtc_restored);
