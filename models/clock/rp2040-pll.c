/* SPDX-License-Identifier: MIT */
/*
 * A model of the PLLs: RP2040 Datasheet, 2.18.
 *
 * The PLL locks at once. Not modelled: jitter, and the limits of the
 * oscillator's frequency.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { PLL_CS = 0x0, PLL_PWR = 0x4, PLL_FBDIV = 0x8, PLL_PRIM = 0xc };
enum { CS_REFDIV_MASK = 0x3f, CS_BYPASS = 1u << 8, PWR_PD = 1u << 0,
       PWR_POSTDIVPD = 1u << 3, PWR_VCOPD = 1u << 5, PRIM_DIV1_SHIFT = 16,
       PRIM_DIV2_SHIFT = 12, PRIM_DIV_MASK = 7 };
#define CS_LOCK (1u << 31)
enum { CLOCK_REF = 0, CLOCK_OUT = 1 };

struct pll {
    uint32_t cs, pwr, fbdiv, prim;      /* registers */
};

/* 2.18: the PLL locks if it is on, and has a reference and a feedback. */
static bool pll_locked(struct ob_dev *dev)
{
    const struct pll *p = ob_state(dev);

    return !(p->pwr & (PWR_PD | PWR_VCOPD)) && p->fbdiv &&
           ob_clock_hz(dev, CLOCK_REF);
}

/* 2.18.2: ref / REFDIV * FBDIV / (POSTDIV1 * POSTDIV2). 0 counts as 1. */
static uint64_t pll_hz(struct ob_dev *dev)
{
    const struct pll *p = ob_state(dev);
    uint64_t ref = ob_clock_hz(dev, CLOCK_REF);
    uint32_t refdiv = p->cs & CS_REFDIV_MASK;
    uint32_t div1 = p->prim >> PRIM_DIV1_SHIFT & PRIM_DIV_MASK;
    uint32_t div2 = p->prim >> PRIM_DIV2_SHIFT & PRIM_DIV_MASK;

    if (p->cs & CS_BYPASS)
        return ref / (refdiv ? refdiv : 1);
    if (!pll_locked(dev) || p->pwr & PWR_POSTDIVPD)
        return 0;
    return ref * p->fbdiv / (refdiv ? refdiv : 1) / (div1 ? div1 : 1) /
           (div2 ? div2 : 1);
}

static void pll_update(struct ob_dev *dev)
{
    ob_clock_drive(dev, CLOCK_OUT, pll_hz(dev));
}

static void pll_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    pll_update(dev);
}

/* LOCK follows from the settings and the reference, so it is not stored. */
static uint64_t cs_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    (void)index;
    return stored | (pll_locked(dev) ? CS_LOCK : 0);
}

/* The snapshot has no clock frequencies: drive the output again. */
static int pll_restored(struct ob_dev *dev)
{
    pll_update(dev);
    return 0;
}

static const struct ob_field cs_fields[] = {
    { .name = "REFDIV", .lsb = 0, .bits = 6, .access = OB_RW },
    { .name = "BYPASS", .lsb = 8, .bits = 1, .access = OB_RW },
    { .name = "LOCK", .lsb = 31, .bits = 1, .access = OB_RO },
};
static const struct ob_field pwr_fields[] = {
    { .name = "PD", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "DSMPD", .lsb = 2, .bits = 1, .access = OB_RW },
    { .name = "POSTDIVPD", .lsb = 3, .bits = 1, .access = OB_RW },
    { .name = "VCOPD", .lsb = 5, .bits = 1, .access = OB_RW },
};
static const struct ob_field fbdiv_fields[] = {
    { .name = "FBDIV_INT", .lsb = 0, .bits = 12, .access = OB_RW },
};
static const struct ob_field prim_fields[] = {
    { .name = "POSTDIV2", .lsb = 12, .bits = 3, .access = OB_RW },
    { .name = "POSTDIV1", .lsb = 16, .bits = 3, .access = OB_RW },
};
static const struct ob_reg pll_regs[] = {
    { OB_REG32(pll, "CS", PLL_CS, cs), OB_FIELDS(cs_fields), .reset = 1,
      .on_read = cs_read, .on_write = pll_write },
    { OB_REG32(pll, "PWR", PLL_PWR, pwr), OB_FIELDS(pwr_fields),
      .reset = 0x2d, .on_write = pll_write },
    { OB_REG32(pll, "FBDIV_INT", PLL_FBDIV, fbdiv), OB_FIELDS(fbdiv_fields),
      .on_write = pll_write },
    { OB_REG32(pll, "PRIM", PLL_PRIM, prim), OB_FIELDS(prim_fields),
      .reset = 0x77000, .on_write = pll_write },
};
static const struct ob_region pll_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(pll_regs) },
};
static const struct ob_clock pll_clocks[] = {
    [CLOCK_REF] = { .name = "ref", .direction = OB_CLOCK_IN,
                    .changed = pll_update },
    [CLOCK_OUT] = { .name = "out", .direction = OB_CLOCK_OUT },
};

const struct ob_device_type rp2040_pll_type = {
    .size = sizeof(rp2040_pll_type),
    .name = "rp2040-pll",
    .desc = "RP2040 PLL",
    .state_bytes = sizeof(struct pll),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(pll_regions),
    .clocks = OB_ARRAY(pll_clocks),
    .reset = pll_update,
    .restored = pll_restored,
};
