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

enum { RTC_CLKDIV = 0x00, RTC_SETUP_0 = 0x04, RTC_SETUP_1 = 0x08,
       RTC_CTRL = 0x0c, RTC_IRQ_SETUP_0 = 0x10, RTC_IRQ_SETUP_1 = 0x14,
       RTC_RTC_1 = 0x18, RTC_RTC_0 = 0x1c, RTC_INTR = 0x20, RTC_INTE = 0x24,
       RTC_INTF = 0x28, RTC_INTS = 0x2c };
enum { CTRL_ENABLE = 1u << 0, CTRL_ACTIVE = 1u << 1, CTRL_LOAD = 1u << 4,
       CTRL_NOT_LEAP = 1u << 8 };
enum { SETUP_0_MASK = 0x00ffff1f, SETUP_1_MASK = 0x071f3f3f,
       MATCH_ENA = 1u << 28, MATCH_ACTIVE = 1u << 29 };
enum { CLOCK_RTC = 0, SECOND = 0,
       SECOND_MIN_NS = 1000 };          /* a second takes 1 us or more */
#define NS_PER_S UINT64_C(1000000000)

struct rtc {
    uint32_t clkdiv, setup[2], ctrl, match[2], inte, intf;  /* registers */
    uint32_t now[2];                    /* the date, as in SETUP_0, SETUP_1 */
    uint32_t latched;                   /* RTC_1 at the last read of RTC_0 */
};

/* A part of the date: a number at `shift` of word `word`, with `mask`. */
struct part {
    uint32_t word, shift, mask, enable; /* enable: bit in IRQ_SETUP */
};
/* The parts of the date, with their enable bits in IRQ_SETUP. */
static const struct part sec = { 1, 0, 0x3f, 28 };
static const struct part minute = { 1, 8, 0x3f, 29 };
static const struct part hour = { 1, 16, 0x1f, 30 };
static const struct part weekday = { 1, 24, 7, 31 };
static const struct part day = { 0, 0, 0x1f, 24 };
static const struct part month = { 0, 8, 0xf, 25 };
static const struct part year = { 0, 12, 0xfff, 26 };

static uint32_t get(const uint32_t *date, const struct part *p)
{
    return date[p->word] >> p->shift & p->mask;
}

static void set(uint32_t *date, const struct part *p, uint32_t value)
{
    date[p->word] &= ~(p->mask << p->shift);
    date[p->word] |= (value & p->mask) << p->shift;
}

/* 4.8.4: all enabled parts must be equal. */
static bool rtc_matches(const struct rtc *r)
{
    static const struct part *const parts[] = { &sec, &minute, &hour,
                                                &weekday, &day, &month,
                                                &year };

    if (!(r->match[0] & MATCH_ENA))
        return false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (r->match[parts[i]->word] >> parts[i]->enable & 1 &&
            get(r->now, parts[i]) != get(r->match, parts[i]))
            return false;
    return true;
}

/* The interrupt is a level: it is high as long as the date matches. */
static void rtc_update(struct ob_dev *dev)
{
    const struct rtc *r = ob_state(dev);

    ob_irq_set(dev, 0, (rtc_matches(r) && r->inte) || r->intf);
}

/* 4.8.1: each year that 4 divides is a leap year without NOTLEAPYEAR. */
static uint32_t days_of(const struct rtc *r)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };
    uint32_t m = get(r->now, &month);

    if (m == 2 && get(r->now, &year) % 4 == 0 && !(r->ctrl & CTRL_NOT_LEAP))
        return 29;
    return m >= 1 && m <= sizeof(days) ? days[m - 1] : 31;
}

/* Add 1 to `p`. Returns true if it was `last` and is now `first`. */
static bool carries(struct rtc *r, const struct part *p, uint32_t first,
                    uint32_t last)
{
    uint32_t value = get(r->now, p);

    set(r->now, p, value < last ? value + 1 : first);
    return value >= last;
}

/* Each part that wraps carries into the next one. The weekday has no carry. */
static void date_advance(struct rtc *r)
{
    uint32_t days = days_of(r);

    if (!carries(r, &sec, 0, 59) || !carries(r, &minute, 0, 59) ||
        !carries(r, &hour, 0, 23))
        return;
    (void)carries(r, &weekday, 0, 6);
    if (carries(r, &day, 1, days) && carries(r, &month, 1, 12))
        (void)carries(r, &year, 0, 4095);
}

/* Arm the timer for the next second, unless the clock stands still. */
static void rtc_restart(struct ob_dev *dev)
{
    const struct rtc *r = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_RTC), ns;

    if (!(r->ctrl & CTRL_ENABLE) || !hz) {
        ob_timer_cancel(dev, SECOND);
        return;
    }
    ns = ((uint64_t)r->clkdiv + 1) * NS_PER_S / hz;
    ob_timer_arm(dev, SECOND,
                 ob_now_ns(dev) + (ns < SECOND_MIN_NS ? SECOND_MIN_NS : ns));
}

/* Advance first: the interrupt depends on the new date. */
static void second_passed(struct ob_dev *dev)
{
    date_advance(ob_state(dev));
    rtc_restart(dev);
    rtc_update(dev);
}

/* A new divisor begins a new second. */
static void clkdiv_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        rtc_restart(dev);
}

/* LOAD copies the date and clears itself. A new date begins a new second. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rtc *r = ob_state(dev);

    if (w->value & CTRL_LOAD) {
        r->now[0] = r->setup[0] & SETUP_0_MASK;
        r->now[1] = r->setup[1] & SETUP_1_MASK;
    }
    r->ctrl &= ~(uint32_t)CTRL_LOAD;
    if ((w->old ^ w->value) & CTRL_ENABLE || w->value & CTRL_LOAD)
        rtc_restart(dev);
    rtc_update(dev);
}

/* The chip sets ACTIVE a little later than ENABLE; here it is at once. */
static uint64_t ctrl_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)dev, (void)index;
    return stored | (stored & CTRL_ENABLE ? CTRL_ACTIVE : 0);
}

/* MATCH_ACTIVE follows MATCH_ENA at once. */
static uint64_t match_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)dev, (void)index;
    return stored | (stored & MATCH_ENA ? MATCH_ACTIVE : 0);
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    rtc_update(dev);
}

/* 4.8.3: a program reads RTC_0 first, which latches RTC_1. */
static uint64_t rtc0_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct rtc *r = ob_state(dev);

    (void)index, (void)stored;
    r->latched = r->now[0];
    return r->now[1];
}

static uint64_t rtc1_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct rtc *r = ob_state(dev);

    (void)index, (void)stored;
    return r->latched;
}

static uint64_t intr_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)index, (void)stored;
    return rtc_matches(ob_state(dev));
}

static uint64_t ints_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct rtc *r = ob_state(dev);

    (void)index, (void)stored;
    return (rtc_matches(r) && r->inte) || r->intf;
}

static void rtc_reset(struct ob_dev *dev)
{
    struct rtc *r = ob_state(dev);

    r->now[0] = r->now[1] = r->latched = 0;
    rtc_update(dev);
}

/* A snapshot may hold any value. */
static int rtc_restored(struct ob_dev *dev)
{
    struct rtc *r = ob_state(dev);

    r->now[0] &= SETUP_0_MASK;
    r->now[1] &= SETUP_1_MASK;
    rtc_update(dev);
    return 0;
}

static const struct ob_field clkdiv_fields[] = {
    { .name = "CLKDIV_M1", .lsb = 0, .bits = 16, .access = OB_RW },
};
static const struct ob_field ctrl_fields[] = {
    { .name = "RTC_ENABLE", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "RTC_ACTIVE", .lsb = 1, .bits = 1, .access = OB_RO },
    { .name = "LOAD", .lsb = 4, .bits = 1, .access = OB_RW },
    { .name = "FORCE_NOTLEAPYEAR", .lsb = 8, .bits = 1, .access = OB_RW },
};
static const struct ob_field setup0_fields[] = {
    { .name = "DAY", .lsb = 0, .bits = 5, .access = OB_RW },
    { .name = "MONTH", .lsb = 8, .bits = 4, .access = OB_RW },
    { .name = "YEAR", .lsb = 12, .bits = 12, .access = OB_RW },
};
static const struct ob_field setup1_fields[] = {
    { .name = "SEC", .lsb = 0, .bits = 6, .access = OB_RW },
    { .name = "MIN", .lsb = 8, .bits = 6, .access = OB_RW },
    { .name = "HOUR", .lsb = 16, .bits = 5, .access = OB_RW },
    { .name = "DOTW", .lsb = 24, .bits = 3, .access = OB_RW },
};
static const struct ob_field match0_fields[] = {
    { .name = "DAY", .lsb = 0, .bits = 5, .access = OB_RW },
    { .name = "MONTH", .lsb = 8, .bits = 4, .access = OB_RW },
    { .name = "YEAR", .lsb = 12, .bits = 12, .access = OB_RW },
    { .name = "ENA", .lsb = 24, .bits = 3, .access = OB_RW },
    { .name = "MATCH_ENA", .lsb = 28, .bits = 1, .access = OB_RW },
    { .name = "MATCH_ACTIVE", .lsb = 29, .bits = 1, .access = OB_RO },
};
static const struct ob_field match1_fields[] = {
    { .name = "SEC", .lsb = 0, .bits = 6, .access = OB_RW },
    { .name = "MIN", .lsb = 8, .bits = 6, .access = OB_RW },
    { .name = "HOUR", .lsb = 16, .bits = 5, .access = OB_RW },
    { .name = "DOTW", .lsb = 24, .bits = 3, .access = OB_RW },
    { .name = "ENA", .lsb = 28, .bits = 4, .access = OB_RW },
};
static const struct ob_field int_fields[] = {
    { .name = "RTC", .lsb = 0, .bits = 1, .access = OB_RW },
};
#define READER(label, at, hook)                                               \
    { .name = (label), .offset = (at), .bytes = 4, .access = OB_RO,           \
      .state = OB_NO_STATE, .on_read = (hook) }
static const struct ob_reg rtc_regs[] = {
    { OB_REG32(rtc, "CLKDIV_M1", RTC_CLKDIV, clkdiv),
      OB_FIELDS(clkdiv_fields), .on_write = clkdiv_write },
    { OB_REG32(rtc, "SETUP_0", RTC_SETUP_0, setup[0]),
      OB_FIELDS(setup0_fields) },
    { OB_REG32(rtc, "SETUP_1", RTC_SETUP_1, setup[1]),
      OB_FIELDS(setup1_fields) },
    { OB_REG32(rtc, "CTRL", RTC_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .on_read = ctrl_read, .on_write = ctrl_write },
    { OB_REG32(rtc, "IRQ_SETUP_0", RTC_IRQ_SETUP_0, match[0]),
      OB_FIELDS(match0_fields), .on_read = match_read,
      .on_write = int_write },
    { OB_REG32(rtc, "IRQ_SETUP_1", RTC_IRQ_SETUP_1, match[1]),
      OB_FIELDS(match1_fields), .on_write = int_write },
    READER("RTC_1", RTC_RTC_1, rtc1_read),
    READER("RTC_0", RTC_RTC_0, rtc0_read),
    READER("INTR", RTC_INTR, intr_read),
    { OB_REG32(rtc, "INTE", RTC_INTE, inte), OB_FIELDS(int_fields),
      .on_write = int_write },
    { OB_REG32(rtc, "INTF", RTC_INTF, intf), OB_FIELDS(int_fields),
      .on_write = int_write },
    READER("INTS", RTC_INTS, ints_read),
};
static const struct ob_region rtc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(rtc_regs) },
};
static const struct ob_irq rtc_irqs[] = { { "irq" } };
static const struct ob_clock rtc_clocks[] = {
    { .name = "rtc", .direction = OB_CLOCK_IN, .changed = rtc_restart },
};
static const struct ob_timer rtc_timers[] = { { "second", second_passed } };
static const struct ob_saved rtc_saved[] = {
    OB_SAVED_ARRAY(rtc, now), OB_SAVED(rtc, latched),
};

const struct ob_device_type rp2040_rtc_type = {
    .size = sizeof(rp2040_rtc_type),
    .name = "rp2040-rtc",
    .desc = "RP2040 real-time clock",
    .state_bytes = sizeof(struct rtc),
    .state_version = 2,
    .state_oldest = 2,
    .regions = OB_ARRAY(rtc_regions),
    .irqs = OB_ARRAY(rtc_irqs),
    .clocks = OB_ARRAY(rtc_clocks),
    .timers = OB_ARRAY(rtc_timers),
    .saved = OB_ARRAY(rtc_saved),
    .reset = rtc_reset,
    .restored = rtc_restored,
};
