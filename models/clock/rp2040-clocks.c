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

/* Each generator has CTRL to SELECTED, GENERATOR_BYTES apart. */
enum { CTRL = 0x00, DIV = 0x04, SELECTED = 0x08, GENERATOR_BYTES = 0x0c,
       RESUS_CTRL = 0x78, RESUS_STATUS = 0x7c, FC0_REF_KHZ = 0x80,
       FC0_MIN_KHZ = 0x84, FC0_MAX_KHZ = 0x88, FC0_DELAY = 0x8c,
       FC0_INTERVAL = 0x90, FC0_SRC = 0x94, FC0_STATUS = 0x98,
       FC0_RESULT = 0x9c, WAKE_EN = 0xa0, SLEEP_EN = 0xa8, ENABLED = 0xb0,
       INTR = 0xb8, INTE = 0xbc, INTF = 0xc0, INTS = 0xc4 };
enum { CTRL_SRC = 0x3, CTRL_AUX = 0xe0, CTRL_AUX_REF = 0x60,
       CTRL_AUX_GPOUT = 0x1e0, CTRL_KILL = 0x400, CTRL_ENABLE = 0x800,
       REF_AUX = 1, REF_XOSC = 2, SYS_AUX = 1, DIV_ONE = 0x100,
       DIV_MAX = 0x10000 * DIV_ONE, DIV_SMALL = 0x300,
       DIV_SMALL_MAX = 4 * DIV_ONE };
enum { RESUS_TIMEOUT = 0xff, RESUS_ENABLE = 0x100, RESUS_FRCE = 0x1000,
       RESUS_CLEAR = 0x10000, FC0_SRC_SRC = 0xff, STATUS_PASS = 0x1,
       STATUS_DONE = 0x10, STATUS_FAIL = 0x10000, STATUS_SLOW = 0x100000,
       STATUS_FAST = 0x1000000, STATUS_DIED = 0x10000000,
       RESULT_FRACTIONS = 32, HZ_PER_KHZ = 1000, GATES_1 = 0x7fff,
       INT_RESUS = 0x1 };

/* The generators, in the order of their registers. */
enum { GPOUT0, GPOUT3 = 3, REF, SYS, PERI, USB, ADC, RTC, GENERATORS };
/* What a generator can use. A part that the model lacks is NOTHING. */
enum { NOTHING, PIN, CLK_SYS, XOSC, ROSC, PLL_SYS, PLL_USB };
/* The outputs have the order of the generators, the inputs of the sources. */
enum { OUTPUTS = GENERATORS - REF };
#define OUT(clk)   ((clk) - REF)
#define IN(source) (OUTPUTS + (source) - XOSC)

struct clocks {
    struct generator {
        uint32_t ctrl, div;             /* registers */
        uint64_t hz;                    /* computed */
    } gen[GENERATORS];
    uint32_t resus, fc_ref, fc_min, fc_max, fc_delay, fc_interval, fc_src;
    uint32_t fc_status, fc_result, wake[2], sleep[2], inte, intf;
};

/* 2.15.7: what AUXSRC of generator `n` selects. */
static uint32_t aux_source(const struct clocks *c, uint32_t n)
{
    static const uint8_t gpout[16] = { NOTHING, PIN, PIN };
    static const uint8_t ref[4] = { PLL_USB, PIN, PIN };
    static const uint8_t sys[8] = { PLL_SYS, PLL_USB, ROSC, XOSC, PIN, PIN };
    static const uint8_t peri[8] = { CLK_SYS, PLL_SYS, PLL_USB, ROSC, XOSC,
                                     PIN, PIN };
    static const uint8_t other[8] = { PLL_USB, PLL_SYS, ROSC, XOSC, PIN, PIN };
    uint32_t ctrl = c->gen[n].ctrl;

    if (n <= GPOUT3)
        return gpout[ob_field_get(ctrl, CTRL_AUX_GPOUT)];
    switch (n) {
    case REF: return ref[ob_field_get(ctrl, CTRL_AUX_REF)];
    case SYS: return sys[ob_field_get(ctrl, CTRL_AUX)];
    case PERI: return peri[ob_field_get(ctrl, CTRL_AUX)];
    default: return other[ob_field_get(ctrl, CTRL_AUX)];
    }
}

/* KILL stops a clock at once, ENABLE at an edge. Here both stop it at once. */
static bool clk_runs(const struct clocks *c, uint32_t n)
{
    return (c->gen[n].ctrl & (CTRL_ENABLE | CTRL_KILL)) == CTRL_ENABLE;
}

/* A source that the model lacks is a stopped clock. */
static uint64_t source_hz(struct ob_dev *dev, uint32_t source)
{
    const struct clocks *c = ob_state(dev);

    if (source == CLK_SYS)
        return c->gen[SYS].hz;
    return source < XOSC ? 0 : ob_clock_hz(dev, IN(source), 0);
}

/* DIV has 24.8 bits; ref, usb and adc have two of them. 0 is the maximum. */
static uint64_t divided(const struct clocks *c, uint32_t n, uint64_t hz)
{
    bool small = n == REF || n == USB || n == ADC;
    uint64_t div = c->gen[n].div & (small ? DIV_SMALL : UINT32_MAX);

    if (div < DIV_ONE)
        div = small ? DIV_SMALL_MAX : DIV_MAX;
    return hz * DIV_ONE / div;
}

/*
 * 2.15.7: after reset the ring oscillator drives clk_ref, and clk_ref drives
 * clk_sys. Both always run. clk_peri has no divider.
 */
static uint64_t clk_hz(struct ob_dev *dev, uint32_t n)
{
    const struct clocks *c = ob_state(dev);
    uint32_t src = c->gen[n].ctrl & CTRL_SRC;
    uint64_t hz = source_hz(dev, aux_source(c, n));

    if (n == REF && src != REF_AUX)
        hz = source_hz(dev, src == REF_XOSC ? XOSC : ROSC);
    else if (n == SYS && !(src & SYS_AUX))
        hz = c->gen[REF].hz;
    else if (n >= PERI && !clk_runs(c, n))
        hz = 0;
    return n == PERI ? hz : divided(c, n, hz);
}

/* In this order, because clk_sys uses clk_ref, and clk_peri uses clk_sys. */
static void clocks_update(struct ob_dev *dev)
{
    struct clocks *c = ob_state(dev);

    for (uint32_t n = REF; n < GENERATORS; n++)
        c->gen[n].hz = clk_hz(dev, n);
    for (uint32_t n = REF; n < GENERATORS; n++)
        ob_clock_drive_hz(dev, OUT(n), 0, c->gen[n].hz);
}

static void source_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    clocks_update(dev);
}

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    const struct clocks *c = ob_state(dev);

    if (w->index <= GPOUT3 && clk_runs(c, w->index))
        ob_log(dev, OB_LOG_UNIMPL, "CLK_CTRL[%u]: the clock drives no pin",
               (unsigned)w->index);
    if (aux_source(c, w->index) == PIN)
        ob_log(dev, OB_LOG_UNIMPL,
               "CLK_CTRL[%u]: a pin as source is a stopped clock",
               (unsigned)w->index);
    clocks_update(dev);
}

static void div_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    clocks_update(dev);
}

/* 2.15.3: a glitchless mux has a bit for each source; others read 1. */
static uint64_t selected_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct clocks *c = ob_state(dev);
    uint32_t ctrl = c->gen[r->index].ctrl;

    if (r->index == REF)
        return 1u << (ctrl & CTRL_SRC);
    return r->index == SYS ? 1u << (ctrl & SYS_AUX) : 1;
}

static void resus_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & (RESUS_ENABLE | RESUS_FRCE))
        ob_log(dev, OB_LOG_UNIMPL, "RESUS_CTRL: clk_sys is not resuscitated");
}

/* A 0 stops the clock of a part on the chip; here the clock continues. */
static void gates_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (~w->value & (w->index ? GATES_1 : UINT32_MAX))
        ob_log(dev, OB_LOG_UNIMPL, "WAKE_EN, SLEEP_EN: clocks do not stop");
}

/* The processor's sleep is not modelled, so WAKE_EN always applies. */
static uint64_t enabled_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct clocks *c = ob_state(dev);

    return c->wake[r->index];
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct clocks *c = ob_state(dev);

    return c->intf;
}

/* 2.15.6.2: what the counter measures: first sources, then generators. */
static const uint8_t fc_sources[] = { NOTHING, PLL_SYS, PLL_USB, ROSC,
                                      ROSC,    XOSC,    PIN,     PIN };
enum { FC_SOURCES = sizeof(fc_sources) };

static uint64_t measured_hz(struct ob_dev *dev, uint64_t src)
{
    const struct clocks *c = ob_state(dev);

    if (src < FC_SOURCES)
        return source_hz(dev, fc_sources[src]);
    return src - FC_SOURCES < OUTPUTS ? c->gen[REF + src - FC_SOURCES].hz : 0;
}

/* 2.15.6.2: writing the source starts a measurement. */
static void fc_src_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct clocks *c = ob_state(dev);
    uint64_t hz = measured_hz(dev, w->value);
    uint64_t khz = hz / HZ_PER_KHZ;

    c->fc_result = (uint32_t)(hz * RESULT_FRACTIONS / HZ_PER_KHZ);
    c->fc_status = STATUS_DONE;
    if (!hz)
        c->fc_status |= STATUS_DIED;
    else if (khz < c->fc_min)
        c->fc_status |= STATUS_FAIL | STATUS_SLOW;
    else if (khz > c->fc_max)
        c->fc_status |= STATUS_FAIL | STATUS_FAST;
    else
        c->fc_status |= STATUS_PASS;
    if (w->value < FC_SOURCES && fc_sources[w->value] == PIN)
        ob_log(dev, OB_LOG_UNIMPL, "FC0_SRC: pins are not measured");
}

static void clocks_reset(struct ob_dev *dev, uint32_t kind)
{
    clocks_update(dev);
}

/* `hz` is not saved: it follows from the registers and the inputs. */
static int32_t clocks_restored(struct ob_dev *dev)
{
    clocks_update(dev);
    return OB_OK;
}

static const struct ob_field resus_fields[] = {
    OB_BITS("TIMEOUT", RESUS_TIMEOUT, OB_RW),
    OB_BITS("ENABLE", RESUS_ENABLE, OB_RW), OB_BITS("FRCE", RESUS_FRCE, OB_RW),
    OB_BITS("CLEAR", RESUS_CLEAR, OB_RW),
};
static const struct ob_field src_fields[] = {
    OB_BITS("FC0_SRC", FC0_SRC_SRC, OB_RW),
};
static const struct ob_field int_fields[] = {
    OB_BITS("CLK_SYS_RESUS", INT_RESUS, OB_RW),
};
static const struct ob_reg clocks_regs[] = {
    { OB_REG32_EACH("CLK_CTRL", CTRL, GENERATOR_BYTES, struct clocks, gen,
                    ctrl), .on_write = ctrl_write },
    { OB_REG32_EACH("CLK_DIV", DIV, GENERATOR_BYTES, struct clocks, gen, div),
      .reset = DIV_ONE, .on_write = div_write },
    { OB_REG32_HOOKED("CLK_SELECTED", SELECTED), .access = OB_RO,
      .count = GENERATORS, .step = GENERATOR_BYTES,
      .on_read = selected_read },
    { OB_REG32("RESUS_CTRL", RESUS_CTRL, struct clocks, resus),
      .fields = OB_ARRAY(resus_fields), .reset = RESUS_TIMEOUT,
      .on_write = resus_write },
    { OB_REG32_CONST("RESUS_STATUS", RESUS_STATUS, 0) },
    { OB_REG32("FC0_REF_KHZ", FC0_REF_KHZ, struct clocks, fc_ref) },
    { OB_REG32("FC0_MIN_KHZ", FC0_MIN_KHZ, struct clocks, fc_min) },
    { OB_REG32("FC0_MAX_KHZ", FC0_MAX_KHZ, struct clocks, fc_max),
      .reset = 0x1ffffff },
    { OB_REG32("FC0_DELAY", FC0_DELAY, struct clocks, fc_delay), .reset = 1 },
    { OB_REG32("FC0_INTERVAL", FC0_INTERVAL, struct clocks, fc_interval),
      .reset = 8 },
    { OB_REG32("FC0_SRC", FC0_SRC, struct clocks, fc_src),
      .fields = OB_ARRAY(src_fields), .on_write = fc_src_write },
    { OB_REG32("FC0_STATUS", FC0_STATUS, struct clocks, fc_status),
      .access = OB_RO },
    { OB_REG32("FC0_RESULT", FC0_RESULT, struct clocks, fc_result),
      .access = OB_RO },
    { OB_REG32_ARRAY("WAKE_EN", WAKE_EN, struct clocks, wake),
      .reset = UINT32_MAX, .on_write = gates_write },
    { OB_REG32_ARRAY("SLEEP_EN", SLEEP_EN, struct clocks, sleep),
      .reset = UINT32_MAX, .on_write = gates_write },
    { OB_REG32_HOOKED("ENABLED", ENABLED), .access = OB_RO, .count = 2,
      .on_read = enabled_read },
    { OB_REG32_CONST("INTR", INTR, 0) },
    { OB_REG32("INTE", INTE, struct clocks, inte),
      .fields = OB_ARRAY(int_fields) },
    { OB_REG32("INTF", INTF, struct clocks, intf),
      .fields = OB_ARRAY(int_fields), .flags = OB_REG_UNIMPL },
    { OB_REG32_HOOKED("INTS", INTS), .access = OB_RO, .on_read = ints_read },
};
static const struct ob_region clocks_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(clocks_regs) },
};
#define OUTPUT(label) { .name = (label), .direction = OB_CLOCK_OUT }
#define INPUT(label)                                                          \
    { .name = (label), .direction = OB_CLOCK_IN, .changed = source_changed }
static const struct ob_clock clocks_clocks[] = {
    [OUT(REF)] = OUTPUT("ref"), [OUT(SYS)] = OUTPUT("sys"),
    [OUT(PERI)] = OUTPUT("peri"), [OUT(USB)] = OUTPUT("usb"),
    [OUT(ADC)] = OUTPUT("adc"), [OUT(RTC)] = OUTPUT("rtc"),
    [IN(XOSC)] = INPUT("xosc"), [IN(ROSC)] = INPUT("rosc"),
    [IN(PLL_SYS)] = INPUT("pll-sys"), [IN(PLL_USB)] = INPUT("pll-usb"),
};

OB_DEVICE(rp2040_clocks_type, "rp2040-clocks", struct clocks,
          "RP2040 clock generators", .regions = OB_ARRAY(clocks_regions),
          .clocks = OB_ARRAY(clocks_clocks), .reset = clocks_reset,
          .restored = clocks_restored);
