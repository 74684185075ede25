/* SPDX-License-Identifier: MIT */
/*
 * A model of the crystal oscillator: RP2040 Datasheet, 2.16.
 *
 * It is stable as soon as it is enabled. Not modelled, with a warning: DORMANT.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { XOSC_CTRL = 0x00, XOSC_STATUS = 0x04, XOSC_DORMANT = 0x08,
       XOSC_STARTUP = 0x0c, XOSC_COUNT = 0x1c };
enum { CTRL_ENABLE_SHIFT = 12, CTRL_ENABLE_MASK = 0xfff, ENABLE = 0xfab,
       DISABLE = 0xd1e, STATUS_ENABLED = 1u << 12, STATUS_BAD = 1u << 24 };
#define STATUS_STABLE (1u << 31)
enum { DORMANT_STOP = 0x636f6d61, DORMANT_AWAKE = 0x77616b65 };
#define NS_PER_S UINT64_C(1000000000)
enum { CLOCK_OUT = 0 };

struct xosc {
    uint32_t ctrl, status, startup;     /* registers; status has BADWRITE */
    uint32_t on;                        /* 0 or 1 */
    uint32_t count;                     /* COUNT, written at count_ns */
    uint64_t count_ns;
    uint32_t hz;                        /* property */
};

static void xosc_update(struct ob_dev *dev)
{
    struct xosc *x = ob_state(dev);

    ob_clock_drive(dev, CLOCK_OUT, x->on ? x->hz : 0);
}

/* 2.16.7: another value of ENABLE has no effect and sets BADWRITE. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct xosc *x = ob_state(dev);
    uint32_t enable = (uint32_t)w->value >> CTRL_ENABLE_SHIFT &
                      CTRL_ENABLE_MASK;

    if (enable == ENABLE)
        x->on = 1;
    else if (enable == DISABLE)
        x->on = 0;
    else if (enable)
        x->status |= STATUS_BAD;
    xosc_update(dev);
}

static uint64_t status_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    struct xosc *x = ob_state(dev);

    (void)index;
    return stored | (x->on ? STATUS_ENABLED | STATUS_STABLE : 0);
}

/* 2.16.5: only one value stops the oscillator. */
static void dormant_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw == DORMANT_STOP)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT: the oscillator does not stop");
}

/* 2.16.4: COUNT counts down to 0 at the crystal's frequency. */
static uint64_t count_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct xosc *x = ob_state(dev);
    uint64_t ns = ob_now_ns(dev) - x->count_ns;
    uint64_t passed;

    (void)index, (void)stored;
    if (!x->on)
        return x->count;
    passed = ns / NS_PER_S * x->hz + ns % NS_PER_S * x->hz / NS_PER_S;
    return passed < x->count ? x->count - passed : 0;
}

/* COUNT has 8 bits. The model computes it when a program reads it. */
static void count_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct xosc *x = ob_state(dev);

    x->count = w->raw & 0xff;
    x->count_ns = ob_now_ns(dev);
}

static void xosc_reset(struct ob_dev *dev)
{
    struct xosc *x = ob_state(dev);

    x->on = x->count = 0;
    x->count_ns = ob_now_ns(dev);
    xosc_update(dev);
}

/* A snapshot may hold any value. */
static int xosc_restored(struct ob_dev *dev)
{
    struct xosc *x = ob_state(dev);

    if (x->on > 1 || x->count > 0xff)
        return ob_fail(dev, "saved state is not possible (on %u, count %u)",
                       (unsigned)x->on, (unsigned)x->count);
    xosc_update(dev);
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "FREQ_RANGE", .lsb = 0, .bits = 12, .access = OB_RW },
    { .name = "ENABLE", .lsb = 12, .bits = 12, .access = OB_RW },
};
static const struct ob_field status_fields[] = {
    { .name = "FREQ_RANGE", .lsb = 0, .bits = 2, .access = OB_RO },
    { .name = "ENABLED", .lsb = 12, .bits = 1, .access = OB_RO },
    { .name = "BADWRITE", .lsb = 24, .bits = 1, .access = OB_W1C },
    { .name = "STABLE", .lsb = 31, .bits = 1, .access = OB_RO },
};
static const struct ob_field startup_fields[] = {
    { .name = "DELAY", .lsb = 0, .bits = 14, .access = OB_RW },
    { .name = "X4", .lsb = 20, .bits = 1, .access = OB_RW },
};
static const struct ob_reg xosc_regs[] = {
    { OB_REG32(xosc, "CTRL", XOSC_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .on_write = ctrl_write },
    { OB_REG32(xosc, "STATUS", XOSC_STATUS, status), OB_FIELDS(status_fields),
      .on_read = status_read },
    { .name = "DORMANT", .offset = XOSC_DORMANT, .bytes = 4,
      .state = OB_NO_STATE, .reset = DORMANT_AWAKE,
      .on_write = dormant_write },
    { OB_REG32(xosc, "STARTUP", XOSC_STARTUP, startup),
      OB_FIELDS(startup_fields) },
    { .name = "COUNT", .offset = XOSC_COUNT, .bytes = 4,
      .state = OB_NO_STATE, .on_read = count_read, .on_write = count_write },
};
static const struct ob_region xosc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(xosc_regs) },
};
static const struct ob_prop xosc_props[] = {
    { .name = "frequency", .desc = "frequency of the crystal, in Hz",
      .type = OB_PROP_UINT, .offset = offsetof(struct xosc, hz), .bytes = 4,
      .def = 12000000, .min = 1000000, .max = 15000000 },
};
static const struct ob_clock xosc_clocks[] = {
    { .name = "out", .direction = OB_CLOCK_OUT },
};
static const struct ob_saved xosc_saved[] = {
    OB_SAVED(xosc, on),
    OB_SAVED(xosc, count),
    OB_SAVED(xosc, count_ns),
};

const struct ob_device_type rp2040_xosc_type = {
    .size = sizeof(rp2040_xosc_type),
    .name = "rp2040-xosc",
    .desc = "RP2040 crystal oscillator",
    .state_bytes = sizeof(struct xosc),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(xosc_props),
    .regions = OB_ARRAY(xosc_regions),
    .clocks = OB_ARRAY(xosc_clocks),
    .saved = OB_ARRAY(xosc_saved),
    .reset = xosc_reset,
    .restored = xosc_restored,
};
