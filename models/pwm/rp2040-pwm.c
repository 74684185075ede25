/* SPDX-License-Identifier: MIT */
/*
 * A model of the PWM with eight slices: RP2040 Datasheet, 4.5.
 *
 * A slice counts and interrupts when it wraps. Not modelled, with a warning:
 * the outputs (CC, A_INV, B_INV); the input B (a slice that counts B stands
 * still); PH_ADV and PH_RET. Not modelled: the double buffer of TOP and CC. A
 * new value applies at once.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { PWM_CSR = 0x00, PWM_DIV = 0x04, PWM_CTR = 0x08, PWM_CC = 0x0c,
       PWM_TOP = 0x10, PWM_STEP = 0x14, PWM_EN = 0xa0, PWM_INTR = 0xa4,
       PWM_INTE = 0xa8, PWM_INTF = 0xac, PWM_INTS = 0xb0 };
enum { SLICES = 8, CSR_EN = 1u << 0, CSR_PH_CORRECT = 1u << 1,
       CSR_INVERT = 3u << 2, CSR_PHASE = 3u << 6, CSR_DIVMODE_SHIFT = 4,
       CSR_DIVMODE_MASK = 3 };
enum { DIV_FRACTIONS = 16, DIV_MAX = 256 * DIV_FRACTIONS, CLOCK_SYS = 0,
       WRAP_MIN_NS = 1000 };            /* at most one wrap in a us */
#define NS_PER_S UINT64_C(1000000000)

struct pwm {
    uint32_t csr[SLICES], div[SLICES], cc[SLICES], top[SLICES];
    uint32_t intr, inte, intf;          /* registers */
    uint64_t phase[SLICES];             /* counts since a wrap, at from_ns */
    uint64_t from_ns[SLICES];
    uint64_t rate[SLICES];              /* sixteenths of a cycle a second */
};

static void pwm_update(struct ob_dev *dev)
{
    const struct pwm *p = ob_state(dev);

    ob_irq_set(dev, 0, ((p->intr & p->inte) | p->intf) != 0);
}

/* 4.5.3, CH0_DIV: sixteenths of a cycle for a count. 0 is 256 cycles. */
static uint64_t slice_div(const struct pwm *p, uint32_t n)
{
    return p->div[n] >> 4 ? p->div[n] : DIV_MAX;
}

/* 4.5.2: counts between two wraps. Phase-correct: up, then down. */
static uint64_t slice_period(const struct pwm *p, uint32_t n)
{
    uint64_t top = p->top[n];

    if (p->csr[n] & CSR_PH_CORRECT)
        return top ? 2 * top : 1;
    return top + 1;
}

/* Only a free-running slice counts, because input B is not modelled. */
static uint64_t slice_rate(struct ob_dev *dev, uint32_t n)
{
    const struct pwm *p = ob_state(dev);
    bool free = !(p->csr[n] >> CSR_DIVMODE_SHIFT & CSR_DIVMODE_MASK);

    if (!(p->csr[n] & CSR_EN) || !free)
        return 0;
    return ob_clock_hz(dev, CLOCK_SYS) * DIV_FRACTIONS;
}

/* Counts since the last wrap; more than a period if the timer is late. */
static uint64_t slice_phase(struct ob_dev *dev, uint32_t n)
{
    const struct pwm *p = ob_state(dev);
    uint64_t ns = ob_now_ns(dev) - p->from_ns[n];
    uint64_t hz = p->rate[n] / slice_div(p, n);

    return p->phase[n] + ns / NS_PER_S * hz + ns % NS_PER_S * hz / NS_PER_S;
}

/* Count from `phase` on, with the present registers. */
static void slice_count_from(struct ob_dev *dev, uint32_t n, uint64_t phase)
{
    struct pwm *p = ob_state(dev);
    uint64_t period = slice_period(p, n), hz, ns;

    p->phase[n] = phase < period ? phase : 0;
    p->from_ns[n] = ob_now_ns(dev);
    p->rate[n] = slice_rate(dev, n);
    hz = p->rate[n] / slice_div(p, n);
    if (!hz) {
        ob_timer_cancel(dev, n);
        return;
    }
    ns = (period - p->phase[n]) * NS_PER_S / hz;
    ob_timer_arm(dev, n,
                 p->from_ns[n] + (ns < WRAP_MIN_NS ? WRAP_MIN_NS : ns));
}

static void slice_wrapped(struct ob_dev *dev, uint32_t n)
{
    struct pwm *p = ob_state(dev);

    p->intr |= 1u << n;
    slice_count_from(dev, n, 0);
    pwm_update(dev);
}

#define WRAPPED(n)                                                            \
    static void slice##n##_wrapped(struct ob_dev *dev)                        \
    {                                                                         \
        slice_wrapped(dev, n);                                                \
    }
/* A timer's function gets no index, so each slice needs its own. */
/* clang-format off */
WRAPPED(0) WRAPPED(1) WRAPPED(2) WRAPPED(3)
WRAPPED(4) WRAPPED(5) WRAPPED(6) WRAPPED(7)

static void rate_changed(struct ob_dev *dev)
{
    for (uint32_t n = 0; n < SLICES; n++)
        slice_count_from(dev, n, slice_phase(dev, n));
}
/* clang-format on */

static void outputs_missing(struct ob_dev *dev)
{
    ob_log(dev, OB_LOG_UNIMPL, "CC, A_INV, B_INV: slices have no outputs");
}

static void cc_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        outputs_missing(dev);
}

/*
 * A phase that is valid in phase-correct mode can be outside the period of the
 * other mode: then the slice begins at 0.
 */
static void csr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct pwm *p = ob_state(dev);
    uint64_t phase = slice_phase(dev, w->index);

    if (w->raw & CSR_PHASE)
        ob_log(dev, OB_LOG_UNIMPL,
               "PH_ADV, PH_RET: the count does not change");
    if (w->value == w->old)
        return;
    if (w->value & CSR_INVERT)
        outputs_missing(dev);
    if (w->value >> CSR_DIVMODE_SHIFT & CSR_DIVMODE_MASK && w->value & CSR_EN)
        ob_log(dev, OB_LOG_UNIMPL,
               "slice %u counts its input B, which is not modelled",
               (unsigned)w->index);
    if ((w->old ^ w->value) & CSR_PH_CORRECT && phase > p->top[w->index])
        phase = 0;
    slice_count_from(dev, w->index, phase);
}

/* Compute the phase with the old divisor before the new one applies. */
static void div_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct pwm *p = ob_state(dev);
    uint64_t phase;

    if (w->value == w->old)
        return;
    p->div[w->index] = (uint32_t)w->old;
    phase = slice_phase(dev, w->index);
    p->div[w->index] = (uint32_t)w->value;
    slice_count_from(dev, w->index, phase);
}

static void top_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value != w->old)
        slice_count_from(dev, w->index, slice_phase(dev, w->index));
}

/* In phase-correct mode, the second half of the period counts down. */
static uint64_t ctr_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    const struct pwm *p = ob_state(dev);
    uint64_t period = slice_period(p, n), phase = slice_phase(dev, n);

    (void)stored;
    if (p->rate[n])
        phase %= period;
    return phase > p->top[n] && p->rate[n] ? period - phase : phase & 0xffff;
}

/* A stopped slice keeps any value, even one above TOP. */
static void ctr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct pwm *p = ob_state(dev);

    slice_count_from(dev, w->index, w->raw & 0xffff);
    if (!p->rate[w->index])
        p->phase[w->index] = w->raw & 0xffff;
}

static uint64_t en_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct pwm *p = ob_state(dev);
    uint32_t on = 0;

    (void)index, (void)stored;
    for (uint32_t n = 0; n < SLICES; n++)
        on |= (p->csr[n] & CSR_EN) << n;
    return on;
}

/* 4.5.3, EN: one write starts several slices at the same time. */
static void en_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct pwm *p = ob_state(dev);

    for (uint32_t n = 0; n < SLICES; n++) {
        uint64_t phase = slice_phase(dev, n);
        uint32_t on = w->raw >> n & CSR_EN;

        if (!(w->mask >> n & 1) || on == (p->csr[n] & CSR_EN))
            continue;
        p->csr[n] = (p->csr[n] & ~(uint32_t)CSR_EN) | on;
        slice_count_from(dev, n, phase);
    }
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    pwm_update(dev);
}

static uint64_t ints_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct pwm *p = ob_state(dev);

    (void)index, (void)stored;
    return (p->intr & p->inte) | p->intf;
}

static void pwm_reset(struct ob_dev *dev)
{
    for (uint32_t n = 0; n < SLICES; n++)
        slice_count_from(dev, n, 0);
    pwm_update(dev);
}

/* A snapshot may hold any value: check what the arithmetic relies on. */
static int pwm_restored(struct ob_dev *dev)
{
    const struct pwm *p = ob_state(dev);

    for (uint32_t n = 0; n < SLICES; n++)
        if (p->from_ns[n] > ob_now_ns(dev) || p->phase[n] >> 17 ||
            p->rate[n] >> 40)
            return ob_fail(dev, "saved slice %u has an impossible count",
                           (unsigned)n);
    pwm_update(dev);
    return 0;
}

static const struct ob_field csr_fields[] = {
    { .name = "EN", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "PH_CORRECT", .lsb = 1, .bits = 1, .access = OB_RW },
    { .name = "A_INV", .lsb = 2, .bits = 1, .access = OB_RW },
    { .name = "B_INV", .lsb = 3, .bits = 1, .access = OB_RW },
    { .name = "DIVMODE", .lsb = 4, .bits = 2, .access = OB_RW },
    { .name = "PH_RET", .lsb = 6, .bits = 1, .access = OB_WO },
    { .name = "PH_ADV", .lsb = 7, .bits = 1, .access = OB_WO },
};
static const struct ob_field div_fields[] = {
    { .name = "DIV", .lsb = 0, .bits = 12, .access = OB_RW },
};
static const struct ob_field top_fields[] = {
    { .name = "TOP", .lsb = 0, .bits = 16, .access = OB_RW },
};
static const struct ob_field slice_fields[] = {
    { .name = "SLICES", .lsb = 0, .bits = SLICES, .access = OB_RW },
};
static const struct ob_field slice_w1c_fields[] = {
    { .name = "SLICES", .lsb = 0, .bits = SLICES, .access = OB_W1C },
};
#define SLICE(label, at, m)                                                   \
    OB_REG32(pwm, label, at, m), .count = SLICES, .step = PWM_STEP
static const struct ob_reg pwm_regs[] = {
    { SLICE("CSR", PWM_CSR, csr), OB_FIELDS(csr_fields),
      .on_write = csr_write },
    { SLICE("DIV", PWM_DIV, div), OB_FIELDS(div_fields), .reset = 0x10,
      .on_write = div_write },
    { .name = "CTR", .offset = PWM_CTR, .bytes = 4, .count = SLICES,
      .step = PWM_STEP, .state = OB_NO_STATE, .on_read = ctr_read,
      .on_write = ctr_write },
    { SLICE("CC", PWM_CC, cc), .on_write = cc_write },
    { SLICE("TOP", PWM_TOP, top), OB_FIELDS(top_fields), .reset = 0xffff,
      .on_write = top_write },
    { .name = "EN", .offset = PWM_EN, .bytes = 4, .state = OB_NO_STATE,
      .on_read = en_read, .on_write = en_write },
    { OB_REG32(pwm, "INTR", PWM_INTR, intr), OB_FIELDS(slice_w1c_fields),
      .on_write = int_write },
    { OB_REG32(pwm, "INTE", PWM_INTE, inte), OB_FIELDS(slice_fields),
      .on_write = int_write },
    { OB_REG32(pwm, "INTF", PWM_INTF, intf), OB_FIELDS(slice_fields),
      .on_write = int_write },
    { .name = "INTS", .offset = PWM_INTS, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = ints_read },
};
static const struct ob_region pwm_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pwm_regs) },
};
static const struct ob_irq pwm_irqs[] = { { "wrap" } };
static const struct ob_clock pwm_clocks[] = {
    { .name = "sys", .direction = OB_CLOCK_IN, .changed = rate_changed },
};
static const struct ob_timer pwm_timers[] = {
    { "slice0", slice0_wrapped }, { "slice1", slice1_wrapped },
    { "slice2", slice2_wrapped }, { "slice3", slice3_wrapped },
    { "slice4", slice4_wrapped }, { "slice5", slice5_wrapped },
    { "slice6", slice6_wrapped }, { "slice7", slice7_wrapped },
};
static const struct ob_saved pwm_saved[] = {
    OB_SAVED_ARRAY(pwm, phase), OB_SAVED_ARRAY(pwm, from_ns),
    OB_SAVED_ARRAY(pwm, rate),
};

const struct ob_device_type rp2040_pwm_type = {
    .size = sizeof(rp2040_pwm_type),
    .name = "rp2040-pwm",
    .desc = "RP2040 PWM, eight slices",
    .state_bytes = sizeof(struct pwm),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(pwm_regions),
    .irqs = OB_ARRAY(pwm_irqs),
    .clocks = OB_ARRAY(pwm_clocks),
    .timers = OB_ARRAY(pwm_timers),
    .saved = OB_ARRAY(pwm_saved),
    .reset = pwm_reset,
    .restored = pwm_restored,
};
