/* SPDX-License-Identifier: MIT */
/*
 * A model of the clock generators: RP2040 Datasheet, 2.15.
 *
 * A change takes effect at once. The frequency counter has its result at once.
 * Not modelled, with a warning: gates (WAKE_EN, SLEEP_EN), resuscitation and
 * its interrupt, clocks from pins and to pins. Not modelled: phase and duty
 * cycle, which no program can see.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CLK_CTRL = 0x00, CLK_DIV = 0x04, CLK_SELECTED = 0x08, CLK_STEP = 0x0c,
       RESUS_CTRL = 0x78, RESUS_STATUS = 0x7c, FC0_REF = 0x80,
       FC0_MIN = 0x84, FC0_MAX = 0x88, FC0_DELAY = 0x8c, FC0_INTERVAL = 0x90,
       FC0_SRC = 0x94, FC0_STATUS = 0x98, FC0_RESULT = 0x9c, WAKE_EN = 0xa0,
       SLEEP_EN = 0xa8, ENABLED = 0xb0, INTR = 0xb8, INTE = 0xbc,
       INTF = 0xc0, INTS = 0xc4 };

/* The generators, in the order of their registers. */
enum { GPOUT0, GPOUT3 = 3, REF, SYS, PERI, USB, ADC, RTC, GENERATORS };
/* The input clocks: their indices follow those of the outputs. */
enum { XOSC = 6, ROSC, PLL_SYS, PLL_USB, NOTHING };
enum { OUT_REF, OUT_SYS, OUT_PERI, OUT_USB, OUT_ADC, OUT_RTC, OUTPUTS };

enum { CTRL_KILL = 1u << 10, CTRL_ENABLE = 1u << 11, CTRL_AUX_SHIFT = 5,
       CTRL_AUX_MASK = 7, CTRL_GPOUT_AUX_MASK = 15, CTRL_SRC_MASK = 3,
       REF_AUX_MASK = 3, REF_AUX = 1, REF_XOSC = 2, SYS_AUX = 1 };
enum { GPIN0_GPOUT = 1, GPIN0_REF = 1, GPIN0_PERI = 5, GPIN0_OTHER = 4,
       FC_GPIN0 = 6, FC_GPIN1 = 7 };
enum { RESUS_ENABLE = 1u << 8, RESUS_FORCE = 1u << 12 };
enum { DIV_ONE = 0x100, STATUS_PASS = 1u << 0, STATUS_DONE = 1u << 4,
       STATUS_FAIL = 1u << 16, STATUS_SLOW = 1u << 20,
       STATUS_FAST = 1u << 24, STATUS_DIED = 1u << 28,
       RESULT_KHZ_SHIFT = 5, HZ_PER_KHZ = 1000, GATES_1_MASK = 0x7fff };

struct clocks {
    uint32_t ctrl[GENERATORS], div[GENERATORS];     /* registers */
    uint32_t resus, fc_ref, fc_min, fc_max, fc_delay, fc_interval, fc_src;
    uint32_t fc_status, fc_result, wake[2], sleep[2], inte, intf;
    uint64_t hz[GENERATORS];                        /* computed */
};

static uint32_t clk_aux(const struct clocks *c, uint32_t n)
{
    return c->ctrl[n] >> CTRL_AUX_SHIFT & CTRL_AUX_MASK;
}

/* KILL stops a clock at once, ENABLE at an edge. Here both stop it at once. */
static bool clk_runs(const struct clocks *c, uint32_t n)
{
    return c->ctrl[n] & CTRL_ENABLE && !(c->ctrl[n] & CTRL_KILL);
}

/* A source that the model lacks is a stopped clock. */
static uint64_t source_hz(struct ob_dev *dev, uint32_t source)
{
    return source == NOTHING ? 0 : ob_clock_hz(dev, source);
}

/* DIV has 24.8 bits; ref, usb and adc have two of them. 0 is the maximum. */
static uint64_t divided(const struct clocks *c, uint32_t n, uint64_t hz)
{
    bool small = n == REF || n == USB || n == ADC;
    uint64_t div = small ? c->div[n] & 0x300 : c->div[n];

    if (!(div >> 8))
        div = small ? 4 * DIV_ONE : (uint64_t)0x10000 * DIV_ONE;
    return hz * DIV_ONE / div;
}

/* 2.15.7, CLK_REF_CTRL: the ring oscillator is the source after reset. */
static uint64_t ref_hz(struct ob_dev *dev)
{
    const struct clocks *c = ob_state(dev);
    uint32_t src = c->ctrl[REF] & CTRL_SRC_MASK;
    uint32_t from = ROSC;

    if (src == REF_XOSC)
        from = XOSC;
    else if (src == REF_AUX)
        from = (clk_aux(c, REF) & REF_AUX_MASK) == 0 ? PLL_USB : NOTHING;
    return divided(c, REF, source_hz(dev, from));
}

static uint64_t sys_hz(struct ob_dev *dev)
{
    static const uint8_t aux[] = { PLL_SYS, PLL_USB, ROSC, XOSC, NOTHING,
                                   NOTHING, NOTHING, NOTHING };
    const struct clocks *c = ob_state(dev);
    uint64_t hz = c->hz[REF];

    if (c->ctrl[SYS] & SYS_AUX)
        hz = source_hz(dev, aux[clk_aux(c, SYS)]);
    return divided(c, SYS, hz);
}

/* 2.15.7, CLK_PERI_CTRL: clk_peri has no divider. */
static uint64_t peri_hz(struct ob_dev *dev)
{
    static const uint8_t aux[] = { NOTHING, PLL_SYS, PLL_USB, ROSC, XOSC,
                                   NOTHING, NOTHING, NOTHING };
    const struct clocks *c = ob_state(dev);

    if (!clk_runs(c, PERI))
        return 0;
    if (clk_aux(c, PERI) == 0)
        return c->hz[SYS];
    return source_hz(dev, aux[clk_aux(c, PERI)]);
}

/* clk_usb, clk_adc and clk_rtc have the same sources. */
static uint64_t other_hz(struct ob_dev *dev, uint32_t n)
{
    static const uint8_t aux[] = { PLL_USB, PLL_SYS, ROSC, XOSC, NOTHING,
                                   NOTHING, NOTHING, NOTHING };
    const struct clocks *c = ob_state(dev);

    if (!clk_runs(c, n))
        return 0;
    return divided(c, n, source_hz(dev, aux[clk_aux(c, n)]));
}

/* In this order, because clk_sys uses clk_ref, and clk_peri uses clk_sys. */
static void clocks_update(struct ob_dev *dev)
{
    struct clocks *c = ob_state(dev);

    c->hz[REF] = ref_hz(dev);
    c->hz[SYS] = sys_hz(dev);
    c->hz[PERI] = peri_hz(dev);
    for (uint32_t n = USB; n <= RTC; n++)
        c->hz[n] = other_hz(dev, n);
    for (uint32_t out = 0; out < OUTPUTS; out++)
        ob_clock_drive(dev, out, c->hz[REF + out]);
}

/* Is the source of generator `n` one of the two pins? */
static bool clk_from_pin(const struct clocks *c, uint32_t n)
{
    uint32_t aux = clk_aux(c, n), gpin0 = GPIN0_OTHER;

    if (n <= GPOUT3) {
        gpin0 = GPIN0_GPOUT;
        aux = c->ctrl[n] >> CTRL_AUX_SHIFT & CTRL_GPOUT_AUX_MASK;
    } else if (n == REF) {
        gpin0 = GPIN0_REF;
        aux &= REF_AUX_MASK;
    } else if (n == PERI) {
        gpin0 = GPIN0_PERI;
    }
    return aux == gpin0 || aux == gpin0 + 1;
}

static void clk_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    clocks_update(dev);
}

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    const struct clocks *c = ob_state(dev);

    if (w->index <= GPOUT3 && clk_runs(c, w->index))
        ob_log(dev, OB_LOG_UNIMPL, "CLK_CTRL[%u]: the clock drives no pin",
               (unsigned)w->index);
    if (clk_from_pin(c, w->index))
        ob_log(dev, OB_LOG_UNIMPL,
               "CLK_CTRL[%u]: a pin as source is a stopped clock",
               (unsigned)w->index);
    clocks_update(dev);
}

static void resus_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & (RESUS_ENABLE | RESUS_FORCE))
        ob_log(dev, OB_LOG_UNIMPL, "RESUS_CTRL: clk_sys is not resuscitated");
}

/* A 0 stops the clock of a part on the chip; here the clock continues. */
static void gates_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (~w->value & (w->index ? GATES_1_MASK : UINT32_MAX))
        ob_log(dev, OB_LOG_UNIMPL, "WAKE_EN, SLEEP_EN: clocks do not stop");
}

/* The processor's sleep is not modelled, so WAKE_EN always applies. */
static uint64_t enabled_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    const struct clocks *c = ob_state(dev);

    (void)stored;
    return c->wake[n];
}

static uint64_t ints_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct clocks *c = ob_state(dev);

    (void)index, (void)stored;
    return c->intf;
}

/* 2.15.3: a glitchless mux has a bit for each source; others read 1. */
static uint64_t selected_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    const struct clocks *c = ob_state(dev);

    (void)stored;
    if (n == REF)
        return 1u << (c->ctrl[REF] & CTRL_SRC_MASK);
    return n == SYS ? 1u << (c->ctrl[SYS] & SYS_AUX) : 1;
}

/* 2.15.6.2: the sources of the counter, in the order of FC0_SRC. */
static uint64_t measured_hz(struct ob_dev *dev, uint32_t src)
{
    static const uint8_t inputs[] = { NOTHING, PLL_SYS, PLL_USB, ROSC, ROSC,
                                      XOSC, NOTHING, NOTHING };
    const struct clocks *c = ob_state(dev);

    if (src < sizeof(inputs))
        return source_hz(dev, inputs[src]);
    return src - sizeof(inputs) <= RTC - REF
               ? c->hz[REF + src - sizeof(inputs)]
               : 0;
}

/* 2.15.6.2: writing the source starts a measurement. */
static void fc_src_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct clocks *c = ob_state(dev);
    uint64_t hz = measured_hz(dev, (uint32_t)w->value);
    uint64_t khz = hz / HZ_PER_KHZ;

    c->fc_result = (uint32_t)((hz << RESULT_KHZ_SHIFT) / HZ_PER_KHZ);
    c->fc_status = STATUS_DONE;
    if (!hz)
        c->fc_status |= STATUS_DIED;
    else if (khz < c->fc_min)
        c->fc_status |= STATUS_FAIL | STATUS_SLOW;
    else if (khz > c->fc_max)
        c->fc_status |= STATUS_FAIL | STATUS_FAST;
    else
        c->fc_status |= STATUS_PASS;
    if (w->value == FC_GPIN0 || w->value == FC_GPIN1)
        ob_log(dev, OB_LOG_UNIMPL, "FC0_SRC: pins are not measured");
}

/* hz[] is not saved: it follows from the registers and the inputs. */
static int clocks_restored(struct ob_dev *dev)
{
    clocks_update(dev);
    return 0;
}

static const struct ob_field resus_fields[] = {
    { .name = "TIMEOUT", .lsb = 0, .bits = 8, .access = OB_RW },
    { .name = "ENABLE", .lsb = 8, .bits = 1, .access = OB_RW },
    { .name = "FRCE", .lsb = 12, .bits = 1, .access = OB_RW },
    { .name = "CLEAR", .lsb = 16, .bits = 1, .access = OB_RW },
};
static const struct ob_field src_fields[] = {
    { .name = "FC0_SRC", .lsb = 0, .bits = 8, .access = OB_RW },
};
static const struct ob_field int_fields[] = {
    { .name = "CLK_SYS_RESUS", .lsb = 0, .bits = 1, .access = OB_RW },
};

#define ALL(s, label, at, m, n) OB_REG32(s, label, at, m), .count = (n)
static const struct ob_reg clocks_regs[] = {
    { ALL(clocks, "CLK_CTRL", CLK_CTRL, ctrl, GENERATORS), .step = CLK_STEP,
      .on_write = ctrl_write },
    { ALL(clocks, "CLK_DIV", CLK_DIV, div, GENERATORS), .step = CLK_STEP,
      .reset = DIV_ONE, .on_write = clk_write },
    { .name = "CLK_SELECTED", .offset = CLK_SELECTED, .bytes = 4,
      .access = OB_RO, .count = GENERATORS, .step = CLK_STEP,
      .state = OB_NO_STATE, .on_read = selected_read },
    { OB_REG32(clocks, "RESUS_CTRL", RESUS_CTRL, resus),
      OB_FIELDS(resus_fields), .reset = 0xff, .on_write = resus_write },
    { .name = "RESUS_STATUS", .offset = RESUS_STATUS, .bytes = 4,
      .access = OB_RO, .state = OB_NO_STATE },
    { OB_REG32(clocks, "FC0_REF_KHZ", FC0_REF, fc_ref) },
    { OB_REG32(clocks, "FC0_MIN_KHZ", FC0_MIN, fc_min) },
    { OB_REG32(clocks, "FC0_MAX_KHZ", FC0_MAX, fc_max), .reset = 0x1ffffff },
    { OB_REG32(clocks, "FC0_DELAY", FC0_DELAY, fc_delay), .reset = 1 },
    { OB_REG32(clocks, "FC0_INTERVAL", FC0_INTERVAL, fc_interval),
      .reset = 8 },
    { OB_REG32(clocks, "FC0_SRC", FC0_SRC, fc_src), OB_FIELDS(src_fields),
      .on_write = fc_src_write },
    { OB_REG32(clocks, "FC0_STATUS", FC0_STATUS, fc_status),
      .access = OB_RO },
    { OB_REG32(clocks, "FC0_RESULT", FC0_RESULT, fc_result),
      .access = OB_RO },
    { ALL(clocks, "WAKE_EN", WAKE_EN, wake, 2), .reset = 0xffffffff,
      .on_write = gates_write },
    { ALL(clocks, "SLEEP_EN", SLEEP_EN, sleep, 2), .reset = 0xffffffff,
      .on_write = gates_write },
    { .name = "ENABLED", .offset = ENABLED, .bytes = 4, .access = OB_RO,
      .count = 2, .state = OB_NO_STATE, .on_read = enabled_read },
    { .name = "INTR", .offset = INTR, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE },
    { OB_REG32(clocks, "INTE", INTE, inte), OB_FIELDS(int_fields) },
    { OB_REG32(clocks, "INTF", INTF, intf), OB_FIELDS(int_fields),
      .flags = OB_REG_UNIMPL },
    { .name = "INTS", .offset = INTS, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = ints_read },
};
static const struct ob_region clocks_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(clocks_regs) },
};
#define OUTPUT(label) { .name = (label), .direction = OB_CLOCK_OUT }
#define INPUT(label)                                                          \
    { .name = (label), .direction = OB_CLOCK_IN, .changed = clocks_update }
static const struct ob_clock clocks_clocks[] = {
    [OUT_REF] = OUTPUT("ref"), [OUT_SYS] = OUTPUT("sys"),
    [OUT_PERI] = OUTPUT("peri"), [OUT_USB] = OUTPUT("usb"),
    [OUT_ADC] = OUTPUT("adc"), [OUT_RTC] = OUTPUT("rtc"),
    [XOSC] = INPUT("xosc"), [ROSC] = INPUT("rosc"),
    [PLL_SYS] = INPUT("pll-sys"), [PLL_USB] = INPUT("pll-usb"),
};

const struct ob_device_type rp2040_clocks_type = {
    .size = sizeof(rp2040_clocks_type),
    .name = "rp2040-clocks",
    .desc = "RP2040 clock generators",
    .state_bytes = sizeof(struct clocks),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(clocks_regions),
    .clocks = OB_ARRAY(clocks_clocks),
    .reset = clocks_update,
    .restored = clocks_restored,
};
