/* SPDX-License-Identifier: MIT */
/*
 * A model of the PLLs: RP2040 Datasheet, 2.18.
 *
 * The PLL locks at once. Not modelled: jitter, and the limits of the
 * oscillator's frequency.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CS = 0x0, PWR = 0x4, FBDIV_INT = 0x8, PRIM = 0xc };
enum { CS_REFDIV = 0x3f, CS_BYPASS = 0x100, PWR_PD = 0x1, PWR_DSMPD = 0x4,
       PWR_POSTDIVPD = 0x8, PWR_VCOPD = 0x20, FBDIV_INT_DIV = 0xfff,
       PRIM_POSTDIV1 = 0x70000, PRIM_POSTDIV2 = 0x7000 };
#define CS_LOCK 0x80000000u

enum { CLOCK_REF, CLOCK_OUT };

struct pll {
    uint32_t cs, pwr, fbdiv, prim;      /* registers */
};

/* 2.18: the PLL locks if it is on, and has a reference and a feedback. */
static bool pll_locked(struct ob_dev *dev)
{
    const struct pll *p = ob_state(dev);

    return !(p->pwr & (PWR_PD | PWR_VCOPD)) && p->fbdiv &&
           ob_clock_hz(dev, CLOCK_REF, 0);
}

/* A divisor of 0 counts as 1. */
static uint64_t divided(uint64_t hz, uint32_t value, uint32_t mask)
{
    uint64_t div = ob_field_get(value, mask);

    return hz / (div ? div : 1);
}

/* 2.18.2: ref / REFDIV * FBDIV / (POSTDIV1 * POSTDIV2). */
static uint64_t pll_hz(struct ob_dev *dev)
{
    const struct pll *p = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK_REF, 0);

    if (p->cs & CS_BYPASS)
        return divided(hz, p->cs, CS_REFDIV);
    if (!pll_locked(dev) || p->pwr & PWR_POSTDIVPD)
        return 0;
    hz = divided(hz * p->fbdiv, p->cs, CS_REFDIV);
    return divided(divided(hz, p->prim, PRIM_POSTDIV1), p->prim,
                   PRIM_POSTDIV2);
}

static void pll_update(struct ob_dev *dev)
{
    ob_clock_drive_hz(dev, CLOCK_OUT, 0, pll_hz(dev));
}

static void ref_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    pll_update(dev);
}

/* LOCK follows from the settings and the reference, so it is not stored. */
static uint64_t cs_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return r->stored | (pll_locked(dev) ? CS_LOCK : 0);
}

static void pll_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    pll_update(dev);
}

static void pll_reset(struct ob_dev *dev, uint32_t kind)
{
    pll_update(dev);
}

/* The snapshot has no clock frequencies: drive the output again. */
static int32_t pll_restored(struct ob_dev *dev)
{
    pll_update(dev);
    return OB_OK;
}

static const struct ob_field cs_fields[] = {
    OB_BITS("REFDIV", CS_REFDIV, OB_RW), OB_BITS("BYPASS", CS_BYPASS, OB_RW),
    OB_BITS("LOCK", CS_LOCK, OB_RO),
};
static const struct ob_field pwr_fields[] = {
    OB_BITS("PD", PWR_PD, OB_RW), OB_BITS("DSMPD", PWR_DSMPD, OB_RW),
    OB_BITS("POSTDIVPD", PWR_POSTDIVPD, OB_RW),
    OB_BITS("VCOPD", PWR_VCOPD, OB_RW),
};
static const struct ob_field fbdiv_fields[] = {
    OB_BITS("FBDIV_INT", FBDIV_INT_DIV, OB_RW),
};
static const struct ob_field prim_fields[] = {
    OB_BITS("POSTDIV2", PRIM_POSTDIV2, OB_RW),
    OB_BITS("POSTDIV1", PRIM_POSTDIV1, OB_RW),
};
static const struct ob_reg pll_regs[] = {
    { OB_REG32("CS", CS, struct pll, cs), .fields = OB_ARRAY(cs_fields),
      .reset = 1, .on_read = cs_read, .on_write = pll_write },
    { OB_REG32("PWR", PWR, struct pll, pwr), .fields = OB_ARRAY(pwr_fields),
      .reset = PWR_PD | PWR_DSMPD | PWR_POSTDIVPD | PWR_VCOPD,
      .on_write = pll_write },
    { OB_REG32("FBDIV_INT", FBDIV_INT, struct pll, fbdiv),
      .fields = OB_ARRAY(fbdiv_fields), .on_write = pll_write },
    { OB_REG32("PRIM", PRIM, struct pll, prim),
      .fields = OB_ARRAY(prim_fields), .reset = PRIM_POSTDIV1 | PRIM_POSTDIV2,
      .on_write = pll_write },
};
static const struct ob_region pll_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pll_regs) },
};
static const struct ob_clock pll_clocks[] = {
    [CLOCK_REF] = { .name = "ref", .direction = OB_CLOCK_IN,
                    .changed = ref_changed },
    [CLOCK_OUT] = { .name = "out", .direction = OB_CLOCK_OUT },
};

OB_DEVICE(rp2040_pll_type, "rp2040-pll", struct pll, "RP2040 PLL",
          .regions = OB_ARRAY(pll_regions), .clocks = OB_ARRAY(pll_clocks),
          .reset = pll_reset, .restored = pll_restored);
