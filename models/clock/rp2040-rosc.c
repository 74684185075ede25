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

enum { CTRL = 0x00, FREQA = 0x04, FREQB = 0x08, DORMANT = 0x0c, DIV = 0x10,
       PHASE = 0x14, STATUS = 0x18, RANDOMBIT = 0x1c, COUNT = 0x20 };
enum { CTRL_FREQ_RANGE = 0xfff, RANGE_RESET = 0xaa0, RANGE_LOW = 0xfa4,
       CTRL_ENABLE = 0xfff000, ENABLE_OFF = 0xd1e, ENABLE_ON = 0xfab,
       FREQ_STRENGTHS = 0x7777, DORMANT_STOP = 0x636f6d61,
       DORMANT_AWAKE = 0x77616b65, DIV_DIV = 0xfff, DIV_PASS = 0xaa0,
       DIV_MAX = 32, DIV_NOMINAL = 16, STATUS_ENABLED = 0x1000,
       STATUS_DIV_RUNNING = 0x10000, STATUS_BADWRITE = 0x1000000 };
#define FREQ_PASSWD   0xffff0000u
#define PASSWD_PASS   0x9696u
#define STATUS_STABLE 0x80000000u

enum { CLOCK_OUT };

struct rosc {
    uint32_t ctrl, freqa, freqb, div, phase;    /* registers */
    uint32_t status;                    /* register; has BADWRITE only */
    uint32_t hz;                        /* property */
};

static bool rosc_on(const struct rosc *o)
{
    return ob_field_get(o->ctrl, CTRL_ENABLE) != ENABLE_OFF;
}

static bool div_valid(uint64_t div)
{
    return div >= DIV_PASS && div < DIV_PASS + DIV_MAX;
}

/* 2.17.4: DIV is 0xaa0 plus the divisor; 0 is 32. Other values: 31. */
static uint32_t rosc_div(const struct rosc *o)
{
    if (!div_valid(o->div))
        return DIV_MAX - 1;
    return o->div == DIV_PASS ? DIV_MAX : o->div - DIV_PASS;
}

/* DIV is 16 after reset, so the property is the frequency with DIV 16. */
static void rosc_update(struct ob_dev *dev)
{
    const struct rosc *o = ob_state(dev);
    uint64_t hz = (uint64_t)o->hz * DIV_NOMINAL / rosc_div(o);

    ob_clock_drive_hz(dev, CLOCK_OUT, 0, rosc_on(o) ? hz : 0);
}

/* 2.17.8: writing an invalid value sets BADWRITE. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rosc *o = ob_state(dev);
    uint64_t enable = ob_field_get(w->value, CTRL_ENABLE);
    uint64_t range = ob_field_get(w->value, CTRL_FREQ_RANGE);

    if (w->value == w->old)
        return;
    if (enable && enable != ENABLE_ON && enable != ENABLE_OFF)
        o->status |= STATUS_BADWRITE;
    if (range != RANGE_RESET && range != RANGE_LOW)
        ob_log(dev, OB_LOG_UNIMPL,
               "CTRL: FREQ_RANGE does not change the rate");
    rosc_update(dev);
}

/* 2.17.3: drive strengths have an effect only with the password. */
static void freq_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (ob_field_get(w->value, FREQ_PASSWD) == PASSWD_PASS &&
        w->value & FREQ_STRENGTHS)
        ob_log(dev, OB_LOG_UNIMPL,
               "FREQA, FREQB: drive strengths do not change the rate");
}

/* 2.17.7: only one value stops the oscillator. */
static void dormant_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw == DORMANT_STOP)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT: the oscillator does not stop");
}

/* 2.17.8: a value outside the range sets BADWRITE. */
static void div_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct rosc *o = ob_state(dev);

    if (w->value != w->old && !div_valid(w->value))
        o->status |= STATUS_BADWRITE;
    rosc_update(dev);
}

static uint64_t status_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    if (!rosc_on(ob_state(dev)))
        return r->stored;
    return r->stored | STATUS_ENABLED | STATUS_DIV_RUNNING | STATUS_STABLE;
}

/* 2.17.5: the host provides the bits, so that a run can repeat. */
static uint64_t random_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    uint8_t byte;

    ob_random(dev, &byte, 1);
    return byte & 1;
}

static void rosc_reset(struct ob_dev *dev, uint32_t kind)
{
    rosc_update(dev);
}

static int32_t rosc_restored(struct ob_dev *dev)
{
    rosc_update(dev);
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("FREQ_RANGE", CTRL_FREQ_RANGE, OB_RW),
    OB_BITS("ENABLE", CTRL_ENABLE, OB_RW),
};
static const struct ob_field div_fields[] = {
    OB_BITS("DIV", DIV_DIV, OB_RW),
};
static const struct ob_field status_fields[] = {
    OB_BITS("ENABLED", STATUS_ENABLED, OB_RO),
    OB_BITS("DIV_RUNNING", STATUS_DIV_RUNNING, OB_RO),
    OB_BITS("BADWRITE", STATUS_BADWRITE, OB_W1C),
    OB_BITS("STABLE", STATUS_STABLE, OB_RO),
};
static const struct ob_reg rosc_regs[] = {
    { OB_REG32("CTRL", CTRL, struct rosc, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .reset = RANGE_RESET,
      .on_write = ctrl_write },
    { OB_REG32("FREQA", FREQA, struct rosc, freqa), .on_write = freq_write },
    { OB_REG32("FREQB", FREQB, struct rosc, freqb), .on_write = freq_write },
    { OB_REG32_HOOKED("DORMANT", DORMANT), .reset = DORMANT_AWAKE,
      .on_write = dormant_write },
    { OB_REG32("DIV", DIV, struct rosc, div), .fields = OB_ARRAY(div_fields),
      .reset = DIV_PASS + DIV_NOMINAL, .on_write = div_write },
    { OB_REG32("PHASE", PHASE, struct rosc, phase), .reset = 8 },
    { OB_REG32("STATUS", STATUS, struct rosc, status),
      .fields = OB_ARRAY(status_fields), .on_read = status_read },
    { OB_REG32_HOOKED("RANDOMBIT", RANDOMBIT), .access = OB_RO,
      .on_read = random_read },
    { OB_REG32_HOOKED("COUNT", COUNT), .flags = OB_REG_UNIMPL },
};
static const struct ob_region rosc_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(rosc_regs) },
};
static const struct ob_prop rosc_props[] = {
    { OB_PROP_UINT_AT("frequency", struct rosc, hz),
      .desc = "frequency after reset, in Hz", .def = 6500000, .min = 1000000,
      .max = 50000000 },
};
static const struct ob_clock rosc_clocks[] = {
    [CLOCK_OUT] = { .name = "out", .direction = OB_CLOCK_OUT },
};

OB_DEVICE(rp2040_rosc_type, "rp2040-rosc", struct rosc,
          "RP2040 ring oscillator", .state_version = 3, .state_oldest = 3,
          .props = OB_ARRAY(rosc_props), .regions = OB_ARRAY(rosc_regions),
          .clocks = OB_ARRAY(rosc_clocks), .reset = rosc_reset,
          .restored = rosc_restored);
