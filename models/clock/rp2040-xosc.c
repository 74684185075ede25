/* SPDX-License-Identifier: MIT */
/*
 * A model of the crystal oscillator: RP2040 Datasheet, 2.16.
 *
 * It is stable as soon as it is enabled. Not modelled, with a warning: DORMANT.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CTRL = 0x00, STATUS = 0x04, DORMANT = 0x08, STARTUP = 0x0c,
       COUNT = 0x1c };
enum { CTRL_FREQ_RANGE = 0xfff, CTRL_ENABLE = 0xfff000, ENABLE_ON = 0xfab,
       ENABLE_OFF = 0xd1e, STATUS_FREQ_RANGE = 0x3, STATUS_ENABLED = 0x1000,
       STATUS_BADWRITE = 0x1000000, DORMANT_STOP = 0x636f6d61,
       DORMANT_AWAKE = 0x77616b65, STARTUP_DELAY = 0x3fff,
       STARTUP_X4 = 0x100000, COUNT_MASK = 0xff };
#define STATUS_STABLE 0x80000000u

enum { CLOCK_OUT };

struct xosc {
    uint32_t ctrl, status, startup;     /* registers; status has BADWRITE */
    uint32_t on;                        /* 0 or 1 */
    uint32_t count;                     /* COUNT, written at count_ns */
    uint64_t count_ns;
    uint32_t hz;                        /* property */
};

static void xosc_update(struct ob_dev *dev)
{
    const struct xosc *x = ob_state(dev);

    ob_clock_drive_hz(dev, CLOCK_OUT, 0, x->on ? x->hz : 0);
}

/* 2.16.7: another value of ENABLE has no effect and sets BADWRITE. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct xosc *x = ob_state(dev);
    uint64_t enable = ob_field_get(w->value, CTRL_ENABLE);

    if (enable == ENABLE_ON || enable == ENABLE_OFF)
        x->on = enable == ENABLE_ON;
    else if (enable)
        x->status |= STATUS_BADWRITE;
    xosc_update(dev);
}

static uint64_t status_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct xosc *x = ob_state(dev);

    return r->stored | (x->on ? STATUS_ENABLED | STATUS_STABLE : 0);
}

/* 2.16.5: only one value stops the oscillator. */
static void dormant_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw == DORMANT_STOP)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT: the oscillator does not stop");
}

/* 2.16.4: COUNT counts down to 0 at the crystal's frequency. */
static uint64_t count_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct xosc *x = ob_state(dev);
    uint64_t passed = ob_ns_to_ticks(ob_now_ns(dev) - x->count_ns,
                                     x->on ? x->hz : 0);

    return passed < x->count ? x->count - passed : 0;
}

/* COUNT has 8 bits. The model computes it when a program reads it. */
static void count_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct xosc *x = ob_state(dev);

    x->count = w->raw & COUNT_MASK;
    x->count_ns = ob_now_ns(dev);
}

static void xosc_reset(struct ob_dev *dev, uint32_t kind)
{
    struct xosc *x = ob_state(dev);

    x->on = x->count = 0;
    x->count_ns = ob_now_ns(dev);
    xosc_update(dev);
}

/* A snapshot may hold any value. */
static int32_t xosc_restored(struct ob_dev *dev)
{
    const struct xosc *x = ob_state(dev);

    if (x->on > 1 || x->count > COUNT_MASK)
        return ob_refuse(dev, "saved state is not possible (on %u, count %u)",
                         (unsigned)x->on, (unsigned)x->count);
    xosc_update(dev);
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("FREQ_RANGE", CTRL_FREQ_RANGE, OB_RW),
    OB_BITS("ENABLE", CTRL_ENABLE, OB_RW),
};
static const struct ob_field status_fields[] = {
    OB_BITS("FREQ_RANGE", STATUS_FREQ_RANGE, OB_RO),
    OB_BITS("ENABLED", STATUS_ENABLED, OB_RO),
    OB_BITS("BADWRITE", STATUS_BADWRITE, OB_W1C),
    OB_BITS("STABLE", STATUS_STABLE, OB_RO),
};
static const struct ob_field startup_fields[] = {
    OB_BITS("DELAY", STARTUP_DELAY, OB_RW), OB_BITS("X4", STARTUP_X4, OB_RW),
};
static const struct ob_reg xosc_regs[] = {
    { OB_REG32("CTRL", CTRL, struct xosc, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_write },
    { OB_REG32("STATUS", STATUS, struct xosc, status),
      .fields = OB_ARRAY(status_fields), .on_read = status_read },
    { OB_REG32_HOOKED("DORMANT", DORMANT), .reset = DORMANT_AWAKE,
      .on_write = dormant_write },
    { OB_REG32("STARTUP", STARTUP, struct xosc, startup),
      .fields = OB_ARRAY(startup_fields) },
    { OB_REG32_HOOKED("COUNT", COUNT), .on_read = count_read,
      .on_write = count_write },
};
static const struct ob_region xosc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(xosc_regs) },
};
static const struct ob_prop xosc_props[] = {
    { OB_PROP_UINT_AT("frequency", struct xosc, hz),
      .desc = "frequency of the crystal, in Hz", .def = 12000000,
      .min = 1000000, .max = 15000000 },
};
static const struct ob_clock xosc_clocks[] = {
    [CLOCK_OUT] = { .name = "out", .direction = OB_CLOCK_OUT },
};
static const struct ob_saved xosc_saved[] = {
    OB_SAVED(struct xosc, on), OB_SAVED(struct xosc, count),
    OB_SAVED(struct xosc, count_ns),
};

OB_DEVICE(rp2040_xosc_type, "rp2040-xosc", struct xosc,
          "RP2040 crystal oscillator", .props = OB_ARRAY(xosc_props),
          .regions = OB_ARRAY(xosc_regions), .clocks = OB_ARRAY(xosc_clocks),
          .saved = OB_ARRAY(xosc_saved), .reset = xosc_reset,
          .restored = xosc_restored);
