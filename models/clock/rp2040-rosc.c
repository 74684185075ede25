/* SPDX-License-Identifier: MIT */
/*
 * A model of the ring oscillator: RP2040 Datasheet, 2.17.
 *
 * It runs at a nominal frequency from reset on, and provides random bits. Not
 * modelled, with a warning: drive strengths and range, which change the
 * frequency on the chip; DORMANT; COUNT.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { ROSC_CTRL = 0x00, ROSC_FREQA = 0x04, ROSC_FREQB = 0x08,
       ROSC_DORMANT = 0x0c, ROSC_DIV = 0x10, ROSC_PHASE = 0x14,
       ROSC_STATUS = 0x18, ROSC_RANDOMBIT = 0x1c, ROSC_COUNT = 0x20 };
enum { CTRL_ENABLE_SHIFT = 12, CTRL_ENABLE_MASK = 0xfff, DISABLE = 0xd1e,
       ENABLE = 0xfab, RANGE_MASK = 0xfff, RANGE_RESET = 0xaa0,
       RANGE_LOW = 0xfa4, STATUS_ENABLED = 1u << 12,
       STATUS_DIV_RUNNING = 1u << 16, STATUS_BAD = 1u << 24 };
enum { FREQ_PASSWORD = 0x9696, FREQ_PASSWORD_SHIFT = 16,
       FREQ_STRENGTHS = 0x7777 };
#define STATUS_STABLE (1u << 31)
enum { DORMANT_STOP = 0x636f6d61, DORMANT_AWAKE = 0x77616b65 };
enum { DIV_PASS = 0xaa0, DIV_MAX = 32, DIV_NOMINAL = 16, CLOCK_OUT = 0 };

struct rosc {
    uint32_t ctrl, freqa, freqb, div, phase;    /* registers */
    uint32_t bad;                       /* STATUS: BADWRITE */
    uint32_t hz;                        /* property */
};

static bool rosc_on(const struct rosc *r)
{
    return (r->ctrl >> CTRL_ENABLE_SHIFT & CTRL_ENABLE_MASK) != DISABLE;
}

/* 2.17.4: DIV is 0xaa0 plus the divisor; 0 is 32. Other values: 31. */
static uint32_t rosc_div(const struct rosc *r)
{
    uint32_t div = r->div - DIV_PASS;

    if (r->div < DIV_PASS || div >= DIV_MAX)
        return DIV_MAX - 1;
    return div ? div : DIV_MAX;
}

/* DIV is 16 after reset, so the property is the frequency with DIV 16. */
static void rosc_update(struct ob_dev *dev)
{
    struct rosc *r = ob_state(dev);
    uint64_t hz = (uint64_t)r->hz * DIV_NOMINAL / rosc_div(r);

    ob_clock_drive(dev, CLOCK_OUT, rosc_on(r) ? hz : 0);
}

/* 2.17.8: writing an invalid value sets BADWRITE. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rosc *r = ob_state(dev);
    uint32_t enable = (uint32_t)w->value >> CTRL_ENABLE_SHIFT &
                      CTRL_ENABLE_MASK;
    uint32_t range = w->value & RANGE_MASK;

    if (w->value == w->old)
        return;
    if (enable && enable != ENABLE && enable != DISABLE)
        r->bad = STATUS_BAD;
    if (range != RANGE_RESET && range != RANGE_LOW)
        ob_log(dev, OB_LOG_UNIMPL,
               "CTRL: FREQ_RANGE does not change the rate");
    rosc_update(dev);
}

/* 2.17.3: drive strengths have an effect only with the password. */
static void freq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value >> FREQ_PASSWORD_SHIFT == FREQ_PASSWORD &&
        w->value & FREQ_STRENGTHS)
        ob_log(dev, OB_LOG_UNIMPL,
               "FREQA, FREQB: drive strengths do not change the rate");
}

/* 2.17.8: a value outside the range sets BADWRITE. */
static void div_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rosc *r = ob_state(dev);

    if (w->value != w->old &&
        (w->value < DIV_PASS || w->value >= DIV_PASS + DIV_MAX))
        r->bad = STATUS_BAD;
    rosc_update(dev);
}

static void status_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rosc *r = ob_state(dev);

    r->bad &= ~(uint32_t)w->raw;
}

/* 2.17.7: only one value stops the oscillator. */
static void dormant_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw == DORMANT_STOP)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT: the oscillator does not stop");
}

static uint64_t status_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    const struct rosc *r = ob_state(dev);

    (void)index, (void)stored;
    return r->bad |
           (rosc_on(r) ? STATUS_ENABLED | STATUS_DIV_RUNNING | STATUS_STABLE
                       : 0);
}

/* 2.17.5: the host provides the bits, so that a run can repeat. */
static uint64_t random_read(struct ob_dev *dev, uint32_t index,
                            uint64_t stored)
{
    uint8_t byte;

    (void)index, (void)stored;
    ob_random(dev, &byte, 1);
    return byte & 1;
}

static void rosc_reset(struct ob_dev *dev)
{
    struct rosc *r = ob_state(dev);

    r->bad = 0;
    rosc_update(dev);
}

static int rosc_restored(struct ob_dev *dev)
{
    struct rosc *r = ob_state(dev);

    r->bad &= STATUS_BAD;
    rosc_update(dev);
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "FREQ_RANGE", .lsb = 0, .bits = 12, .access = OB_RW },
    { .name = "ENABLE", .lsb = 12, .bits = 12, .access = OB_RW },
};
static const struct ob_field div_fields[] = {
    { .name = "DIV", .lsb = 0, .bits = 12, .access = OB_RW },
};
static const struct ob_field status_fields[] = {
    { .name = "ENABLED", .lsb = 12, .bits = 1, .access = OB_RO },
    { .name = "DIV_RUNNING", .lsb = 16, .bits = 1, .access = OB_RO },
    { .name = "BADWRITE", .lsb = 24, .bits = 1, .access = OB_W1C },
    { .name = "STABLE", .lsb = 31, .bits = 1, .access = OB_RO },
};
static const struct ob_reg rosc_regs[] = {
    { OB_REG32(rosc, "CTRL", ROSC_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .reset = RANGE_RESET, .on_write = ctrl_write },
    { OB_REG32(rosc, "FREQA", ROSC_FREQA, freqa), .on_write = freq_write },
    { OB_REG32(rosc, "FREQB", ROSC_FREQB, freqb), .on_write = freq_write },
    { .name = "DORMANT", .offset = ROSC_DORMANT, .bytes = 4,
      .state = OB_NO_STATE, .reset = DORMANT_AWAKE,
      .on_write = dormant_write },
    { OB_REG32(rosc, "DIV", ROSC_DIV, div), OB_FIELDS(div_fields),
      .reset = DIV_PASS + DIV_NOMINAL, .on_write = div_write },
    { OB_REG32(rosc, "PHASE", ROSC_PHASE, phase), .reset = 8 },
    { .name = "STATUS", .offset = ROSC_STATUS, .bytes = 4,
      OB_FIELDS(status_fields), .state = OB_NO_STATE, .on_read = status_read,
      .on_write = status_write },
    { .name = "RANDOMBIT", .offset = ROSC_RANDOMBIT, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE, .on_read = random_read },
    { .name = "COUNT", .offset = ROSC_COUNT, .bytes = 4,
      .flags = OB_REG_UNIMPL, .state = OB_NO_STATE },
};
static const struct ob_region rosc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(rosc_regs) },
};
static const struct ob_prop rosc_props[] = {
    { .name = "frequency", .desc = "frequency after reset, in Hz",
      .type = OB_PROP_UINT, .offset = offsetof(struct rosc, hz), .bytes = 4,
      .def = 6500000, .min = 1000000, .max = 50000000 },
};
static const struct ob_clock rosc_clocks[] = {
    { .name = "out", .direction = OB_CLOCK_OUT },
};
static const struct ob_saved rosc_saved[] = {
    { "bad", offsetof(struct rosc, bad), 4, 2, 1, 0 },
};

const struct ob_device_type rp2040_rosc_type = {
    .size = sizeof(rp2040_rosc_type),
    .name = "rp2040-rosc",
    .desc = "RP2040 ring oscillator",
    .state_bytes = sizeof(struct rosc),
    .state_version = 2,
    .state_oldest = 1,
    .props = OB_ARRAY(rosc_props),
    .regions = OB_ARRAY(rosc_regions),
    .clocks = OB_ARRAY(rosc_clocks),
    .saved = OB_ARRAY(rosc_saved),
    .reset = rosc_reset,
    .restored = rosc_restored,
};
