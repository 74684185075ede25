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

/* Each slice has CSR to TOP, SLICE_BYTES apart. */
enum { CSR = 0x00, DIV = 0x04, CTR = 0x08, CC = 0x0c, TOP = 0x10,
       SLICE_BYTES = 0x14, EN = 0xa0, INTR = 0xa4, INTE = 0xa8, INTF = 0xac,
       INTS = 0xb0 };
enum { SLICES = 8, SLICES_ALL = (1u << SLICES) - 1, CSR_EN = 0x1,
       CSR_PH_CORRECT = 0x2, CSR_A_INV = 0x4, CSR_B_INV = 0x8,
       CSR_DIVMODE = 0x30, CSR_PH_RET = 0x40, CSR_PH_ADV = 0x80,
       DIV_INT = 0xff0, DIV_FRAC = 0xf, DIV_ONE = 0x10, DIV_MAX = 0x1000,
       COUNT_MAX = 0xffff };

enum { WRAP_MIN_NS = 1000 };            /* at most one wrap in a us */
enum { IRQ_WRAP };
enum { CLOCK_SYS };
enum { TIMER_SLICE };

struct slice {
    uint32_t csr, div, cc, top;         /* registers */
    uint64_t phase;                     /* counts since a wrap, at from_ns */
    uint64_t from_ns;
    uint64_t hz;                        /* counts a second since from_ns */
};
struct pwm {
    struct slice slice[SLICES];
    uint32_t intr, inte, intf;          /* registers */
};

static struct slice *slice_of(struct ob_dev *dev, uint32_t n)
{
    struct pwm *p = ob_state(dev);

    return &p->slice[n];
}

static uint32_t pwm_ints(const struct pwm *p)
{
    return (p->intr & p->inte) | p->intf;
}

static void pwm_update_irq(struct ob_dev *dev)
{
    ob_irq_set(dev, IRQ_WRAP, 0, pwm_ints(ob_state(dev)) != 0);
}

/* 4.5.2: counts between two wraps. Phase-correct: up, then down. */
static uint64_t slice_period(const struct slice *s)
{
    uint64_t top = s->top;

    if (s->csr & CSR_PH_CORRECT)
        return top ? 2 * top : 1;
    return top + 1;
}

/*
 * 4.5.3, CH0_DIV: sixteenths of a cycle for a count; 0 is 256 cycles. Only a
 * free-running slice counts, because input B is not modelled.
 */
static uint64_t slice_hz(struct ob_dev *dev, const struct slice *s)
{
    uint64_t div = s->div & DIV_INT ? s->div : DIV_MAX;

    if (!(s->csr & CSR_EN) || s->csr & CSR_DIVMODE)
        return 0;
    return ob_clock_hz(dev, CLOCK_SYS, 0) * DIV_ONE / div;
}

/* Counts since the last wrap; more than a period if the timer is late. */
static uint64_t slice_phase(struct ob_dev *dev, const struct slice *s)
{
    return s->phase + ob_ns_to_ticks(ob_now_ns(dev) - s->from_ns, s->hz);
}

/* Count from `phase` on, with the present registers. */
static void slice_count_from(struct ob_dev *dev, uint32_t n, uint64_t phase)
{
    struct slice *s = slice_of(dev, n);
    uint64_t period = slice_period(s), ns;

    s->phase = phase < period ? phase : 0;
    s->from_ns = ob_now_ns(dev);
    s->hz = slice_hz(dev, s);
    if (!s->hz) {
        ob_timer_cancel(dev, TIMER_SLICE, n);
        return;
    }
    ns = ob_ticks_to_ns(period - s->phase, s->hz);
    ob_timer_arm(dev, TIMER_SLICE, n,
                 s->from_ns + (ns < WRAP_MIN_NS ? WRAP_MIN_NS : ns));
}

static void slice_wrapped(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct pwm *p = ob_state(dev);

    p->intr |= 1u << n;
    slice_count_from(dev, n, 0);
    pwm_update_irq(dev);
}

static void sys_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    for (uint32_t i = 0; i < SLICES; i++)
        slice_count_from(dev, i, slice_phase(dev, slice_of(dev, i)));
}

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
    const struct slice *s = slice_of(dev, w->index);
    uint64_t phase = slice_phase(dev, s);

    if (w->raw & (CSR_PH_ADV | CSR_PH_RET))
        ob_log(dev, OB_LOG_UNIMPL,
               "PH_ADV, PH_RET: the count does not change");
    if (w->value == w->old)
        return;
    if (w->value & (CSR_A_INV | CSR_B_INV))
        outputs_missing(dev);
    if (w->value & CSR_DIVMODE && w->value & CSR_EN)
        ob_log(dev, OB_LOG_UNIMPL,
               "slice %u counts its input B, which is not modelled",
               (unsigned)w->index);
    if ((w->old ^ w->value) & CSR_PH_CORRECT && phase > s->top)
        phase = 0;
    slice_count_from(dev, w->index, phase);
}

/* DIV and TOP: the old rate and period apply until now. */
static void rate_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uint64_t phase = slice_phase(dev, slice_of(dev, w->index));

    if (w->value != w->old)
        slice_count_from(dev, w->index, phase);
}

/* In phase-correct mode, the second half of the period counts down. */
static uint64_t ctr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct slice *s = slice_of(dev, r->index);
    uint64_t period = slice_period(s), phase = slice_phase(dev, s);

    if (!s->hz)
        return phase & COUNT_MAX;
    phase %= period;
    return phase > s->top ? period - phase : phase;
}

/* A stopped slice keeps any value, even one above TOP. */
static void ctr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct slice *s = slice_of(dev, w->index);

    slice_count_from(dev, w->index, w->raw & COUNT_MAX);
    if (!s->hz)
        s->phase = w->raw & COUNT_MAX;
}

static uint64_t en_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    uint32_t on = 0;

    for (uint32_t n = 0; n < SLICES; n++)
        on |= (slice_of(dev, n)->csr & CSR_EN) << n;
    return on;
}

/* 4.5.3, EN: one write starts several slices at the same time. */
static void en_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    for (uint32_t n = 0; n < SLICES; n++) {
        struct slice *s = slice_of(dev, n);
        uint64_t phase = slice_phase(dev, s);

        if (!(((w->raw >> n ^ s->csr) & CSR_EN) & w->mask >> n))
            continue;
        s->csr ^= CSR_EN;
        slice_count_from(dev, n, phase);
    }
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    pwm_update_irq(dev);
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return pwm_ints(ob_state(dev));
}

static void pwm_reset(struct ob_dev *dev, uint32_t kind)
{
    for (uint32_t n = 0; n < SLICES; n++)
        slice_count_from(dev, n, 0);
    pwm_update_irq(dev);
}

/* A snapshot may hold any value. */
static int32_t pwm_restored(struct ob_dev *dev)
{
    for (uint32_t n = 0; n < SLICES; n++) {
        const struct slice *s = slice_of(dev, n);

        if (s->from_ns > ob_now_ns(dev) || s->phase > 2 * COUNT_MAX)
            return ob_refuse(dev, "saved slice %u has an impossible count",
                             (unsigned)n);
    }
    pwm_update_irq(dev);
    return OB_OK;
}

static const struct ob_field csr_fields[] = {
    OB_BITS("EN", CSR_EN, OB_RW),
    OB_BITS("PH_CORRECT", CSR_PH_CORRECT, OB_RW),
    OB_BITS("A_INV", CSR_A_INV, OB_RW), OB_BITS("B_INV", CSR_B_INV, OB_RW),
    OB_BITS("DIVMODE", CSR_DIVMODE, OB_RW),
    OB_BITS("PH_RET", CSR_PH_RET, OB_WO),
    OB_BITS("PH_ADV", CSR_PH_ADV, OB_WO),
};
static const struct ob_field div_fields[] = {
    OB_BITS("FRAC", DIV_FRAC, OB_RW), OB_BITS("INT", DIV_INT, OB_RW),
};
static const struct ob_field top_fields[] = {
    OB_BITS("TOP", COUNT_MAX, OB_RW),
};
static const struct ob_field slices_rw[] = {
    OB_BITS("SLICES", SLICES_ALL, OB_RW),
};
static const struct ob_field slices_w1c[] = {
    OB_BITS("SLICES", SLICES_ALL, OB_W1C),
};
static const struct ob_reg pwm_regs[] = {
    { OB_REG32_EACH("CSR", CSR, SLICE_BYTES, struct pwm, slice, csr),
      .fields = OB_ARRAY(csr_fields), .on_write = csr_write },
    { OB_REG32_EACH("DIV", DIV, SLICE_BYTES, struct pwm, slice, div),
      .fields = OB_ARRAY(div_fields), .reset = DIV_ONE,
      .on_write = rate_write },
    { OB_REG32_HOOKED("CTR", CTR), .count = SLICES, .step = SLICE_BYTES,
      .on_read = ctr_read, .on_write = ctr_write },
    { OB_REG32_EACH("CC", CC, SLICE_BYTES, struct pwm, slice, cc),
      .on_write = cc_write },
    { OB_REG32_EACH("TOP", TOP, SLICE_BYTES, struct pwm, slice, top),
      .fields = OB_ARRAY(top_fields), .reset = COUNT_MAX,
      .on_write = rate_write },
    { OB_REG32_HOOKED("EN", EN), .on_read = en_read, .on_write = en_write },
    { OB_REG32("INTR", INTR, struct pwm, intr),
      .fields = OB_ARRAY(slices_w1c), .on_write = int_write },
    { OB_REG32("INTE", INTE, struct pwm, inte),
      .fields = OB_ARRAY(slices_rw), .on_write = int_write },
    { OB_REG32("INTF", INTF, struct pwm, intf),
      .fields = OB_ARRAY(slices_rw), .on_write = int_write },
    { OB_REG32_HOOKED("INTS", INTS), .access = OB_RO, .on_read = ints_read },
};
static const struct ob_region pwm_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pwm_regs) },
};
static const struct ob_irq pwm_irqs[] = { [IRQ_WRAP] = { .name = "wrap" } };
static const struct ob_clock pwm_clocks[] = {
    [CLOCK_SYS] = { .name = "sys", .direction = OB_CLOCK_IN,
                    .changed = sys_changed },
};
static const struct ob_timer pwm_timers[] = {
    [TIMER_SLICE] = { .name = "slice", .count = SLICES,
                      .expired = slice_wrapped },
};
static const struct ob_saved pwm_saved[] = {
    OB_SAVED_EACH(struct pwm, slice, phase),
    OB_SAVED_EACH(struct pwm, slice, from_ns),
    OB_SAVED_EACH(struct pwm, slice, hz),
};

OB_DEVICE(rp2040_pwm_type, "rp2040-pwm", struct pwm,
          "RP2040 PWM, eight slices", .state_version = 2, .state_oldest = 2,
          .regions = OB_ARRAY(pwm_regions), .irqs = OB_ARRAY(pwm_irqs),
          .clocks = OB_ARRAY(pwm_clocks), .timers = OB_ARRAY(pwm_timers),
          .saved = OB_ARRAY(pwm_saved), .reset = pwm_reset,
          .restored = pwm_restored);
