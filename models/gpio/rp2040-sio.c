/* SPDX-License-Identifier: MIT */
/*
 * A model of the single-cycle IO of core 0: RP2040 Datasheet, 2.3.1. It has
 * GPIO, spinlocks, the integer divider, and the FIFO to core 1, which holds
 * eight words. A division completes at once. Not modelled, with a warning: core
 * 1, the interpolators, the QSPI pins.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CPUID = 0x000, GPIO_IN = 0x004, GPIO_HI_IN = 0x008, GPIO_OUT = 0x010,
       GPIO_OUT_SET = 0x014, GPIO_OE = 0x020, GPIO_OE_SET = 0x024,
       GPIO_HI_OUT = 0x030, GPIO_HI_OUT_SET = 0x034, GPIO_HI_OE = 0x040,
       GPIO_HI_OE_SET = 0x044, FIFO_ST = 0x050, FIFO_WR = 0x054,
       FIFO_RD = 0x058, SPINLOCK_ST = 0x05c, DIV_UDIVIDEND = 0x060,
       DIV_QUOTIENT = 0x070, DIV_REMAINDER = 0x074, DIV_CSR = 0x078,
       INTERP = 0x080, SPINLOCK0 = 0x100 };
enum { PINS = 30, PINS_ALL = (1u << PINS) - 1, HI_PINS_ALL = 0x3f, LOCKS = 32,
       FIFO_WORDS = 8, INTERP_REGS = 32, FIFO_VLD = 0x1, FIFO_RDY = 0x2,
       FIFO_WOF = 0x4, FIFO_ROE = 0x8, CSR_READY = 0x1, CSR_DIRTY = 0x2 };

/* The registers after GPIO_OUT and its like; the operands of the divider. */
enum { OP_SET, OP_CLR, OP_XOR, OPS };
enum { UDIVIDEND, UDIVISOR, SDIVIDEND, SDIVISOR, OPERANDS };
/* What programs set for all pins: indices in `set`, and the registers' tags. */
enum { OUT, OE, HI_OUT, HI_OE, SETS };
enum { INPUT_IN };
enum { OUTPUT_OUT = OUT, OUTPUT_OE = OE, OUTPUTS };

struct sio {
    uint32_t set[SETS], fifo_st, quotient, remainder;   /* registers */
    uint32_t dividend, divisor, dirty, locks;
    uint32_t fifo_words;                /* in the FIFO to core 1 */
    uint32_t outside;                   /* levels on the inputs */
    uint32_t driven[OUTPUTS];           /* levels on the outputs */
};

/* Drive the lines that differ. Store first: a call may run other models. */
static void output_drive(struct ob_dev *dev, uint32_t output)
{
    struct sio *s = ob_state(dev);
    uint32_t levels = s->set[output], changed = s->driven[output] ^ levels;

    s->driven[output] = levels;
    for (uint32_t n = 0; n < PINS; n++)
        if (changed >> n & 1)
            ob_output_set(dev, output, n, levels >> n & 1);
}

static void set_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->tag < OUTPUTS)
        output_drive(dev, w->tag);
    else if (w->raw)
        ob_log(dev, OB_LOG_UNIMPL,
               "GPIO_HI_OUT, GPIO_HI_OE: the QSPI pins are not driven");
}

/* 2.3.1.2: three registers set, clear and toggle the bits that are 1. */
static void set_op(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);
    uint32_t *set = &s->set[w->tag];
    uint32_t bits = w->raw & (w->tag < OUTPUTS ? PINS_ALL : HI_PINS_ALL);

    switch (w->index) {
    case OP_SET: *set |= bits; break;
    case OP_CLR: *set &= ~bits; break;
    default: *set ^= bits;
    }
    set_write(dev, w);
}

static uint64_t in_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct sio *s = ob_state(dev);

    return s->outside;
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct sio *s = ob_state(dev);

    s->outside &= ~(1u << n);
    s->outside |= level ? 1u << n : 0;
}

static void fifo_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    if (s->fifo_words < FIFO_WORDS)
        s->fifo_words++;
    else
        s->fifo_st |= FIFO_WOF;
    if (s->fifo_words == FIFO_WORDS)
        s->fifo_st &= ~(uint32_t)FIFO_RDY;
    ob_log(dev, OB_LOG_UNIMPL, "FIFO_WR: the model has no core 1 to read it");
}

/* Core 1 writes no words, so a read finds an empty FIFO. */
static uint64_t fifo_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct sio *s = ob_state(dev);

    s->fifo_st |= FIFO_ROE;
    return 0;
}

/* 2.3.1.3: a read claims a free lock and returns its bit; else 0. */
static uint64_t lock_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct sio *s = ob_state(dev);
    uint32_t bit = 1u << r->index;

    if (s->locks & bit)
        return 0;
    s->locks |= bit;
    return bit;
}

static void lock_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->locks &= ~(1u << w->index);
}

static uint64_t locks_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct sio *s = ob_state(dev);

    return s->locks;
}

/* 2.3.1.5: dividing by 0 has the results below. */
static void divide_unsigned(struct sio *s)
{
    s->quotient = s->divisor ? s->dividend / s->divisor : UINT32_MAX;
    s->remainder = s->divisor ? s->dividend % s->divisor : s->dividend;
}

static void divide_signed(struct sio *s)
{
    int64_t dividend = (int32_t)s->dividend, divisor = (int32_t)s->divisor;

    if (divisor) {
        s->quotient = (uint32_t)(dividend / divisor);
        s->remainder = (uint32_t)(dividend % divisor);
    } else {
        s->quotient = dividend < 0 ? 1 : UINT32_MAX;
        s->remainder = s->dividend;
    }
}

static uint64_t operand_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct sio *s = ob_state(dev);
    bool divisor = r->index == UDIVISOR || r->index == SDIVISOR;

    return divisor ? s->divisor : s->dividend;
}

/* The last operand written decides whether the division is signed. */
static void operand_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    if (w->index == UDIVISOR || w->index == SDIVISOR)
        s->divisor = (uint32_t)w->raw;
    else
        s->dividend = (uint32_t)w->raw;
    if (w->index < SDIVIDEND)
        divide_unsigned(s);
    else
        divide_signed(s);
    s->dirty = CSR_DIRTY;
}

static void result_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->dirty = CSR_DIRTY;
}

static uint64_t quotient_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct sio *s = ob_state(dev);

    s->dirty = 0;
    return r->stored;
}

static uint64_t csr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct sio *s = ob_state(dev);

    return CSR_READY | s->dirty;
}

static void sio_reset(struct ob_dev *dev, uint32_t kind)
{
    struct sio *s = ob_state(dev);

    s->dividend = s->divisor = s->dirty = s->locks = s->fifo_words = 0;
    output_drive(dev, OUTPUT_OUT);
    output_drive(dev, OUTPUT_OE);
}

/* Store the inverse of all levels, so that the model drives all lines. */
static int32_t sio_restored(struct ob_dev *dev)
{
    struct sio *s = ob_state(dev);

    s->outside &= PINS_ALL;
    s->dirty &= CSR_DIRTY;
    if (s->fifo_words > FIFO_WORDS)
        return ob_refuse(dev, "saved FIFO has %u words, the limit is %u",
                         (unsigned)s->fifo_words, (unsigned)FIFO_WORDS);
    for (uint32_t output = 0; output < OUTPUTS; output++) {
        s->driven[output] = ~s->set[output] & PINS_ALL;
        output_drive(dev, output);
    }
    return OB_OK;
}

static const struct ob_field pins_fields[] = {
    OB_BITS("PINS", PINS_ALL, OB_RW),
};
static const struct ob_field hi_fields[] = {
    OB_BITS("PINS", HI_PINS_ALL, OB_RW),
};
static const struct ob_field fifo_fields[] = {
    OB_BITS("VLD", FIFO_VLD, OB_RO), OB_BITS("RDY", FIFO_RDY, OB_RO),
    OB_BITS("WOF", FIFO_WOF, OB_W1C), OB_BITS("ROE", FIFO_ROE, OB_W1C),
};
static const struct ob_reg sio_regs[] = {
    { OB_REG32_CONST("CPUID", CPUID, 0) },
    { OB_REG32_HOOKED("GPIO_IN", GPIO_IN), .access = OB_RO,
      .on_read = in_read },
    { OB_REG32_CONST("GPIO_HI_IN", GPIO_HI_IN, 0), .flags = OB_REG_UNIMPL },
    { OB_REG32("GPIO_OUT", GPIO_OUT, struct sio, set[OUT]), .tag = OUT,
      .fields = OB_ARRAY(pins_fields), .on_write = set_write },
    { OB_REG32_HOOKED("GPIO_OUT_OP", GPIO_OUT_SET), .tag = OUT, .count = OPS,
      .access = OB_WO, .on_write = set_op },
    { OB_REG32("GPIO_OE", GPIO_OE, struct sio, set[OE]), .tag = OE,
      .fields = OB_ARRAY(pins_fields), .on_write = set_write },
    { OB_REG32_HOOKED("GPIO_OE_OP", GPIO_OE_SET), .tag = OE, .count = OPS,
      .access = OB_WO, .on_write = set_op },
    { OB_REG32("GPIO_HI_OUT", GPIO_HI_OUT, struct sio, set[HI_OUT]),
      .tag = HI_OUT, .fields = OB_ARRAY(hi_fields), .on_write = set_write },
    { OB_REG32_HOOKED("GPIO_HI_OUT_OP", GPIO_HI_OUT_SET), .tag = HI_OUT,
      .count = OPS, .access = OB_WO, .on_write = set_op },
    { OB_REG32("GPIO_HI_OE", GPIO_HI_OE, struct sio, set[HI_OE]),
      .tag = HI_OE, .fields = OB_ARRAY(hi_fields), .on_write = set_write },
    { OB_REG32_HOOKED("GPIO_HI_OE_OP", GPIO_HI_OE_SET), .tag = HI_OE,
      .count = OPS, .access = OB_WO, .on_write = set_op },
    { OB_REG32("FIFO_ST", FIFO_ST, struct sio, fifo_st),
      .fields = OB_ARRAY(fifo_fields), .reset = FIFO_RDY },
    { OB_REG32_HOOKED("FIFO_WR", FIFO_WR), .access = OB_WO,
      .on_write = fifo_write },
    { OB_REG32_HOOKED("FIFO_RD", FIFO_RD), .access = OB_RO,
      .on_read = fifo_read },
    { OB_REG32_HOOKED("SPINLOCK_ST", SPINLOCK_ST), .access = OB_RO,
      .on_read = locks_read },
    { OB_REG32_HOOKED("DIV_OPERAND", DIV_UDIVIDEND), .count = OPERANDS,
      .on_read = operand_read, .on_write = operand_write },
    { OB_REG32("DIV_QUOTIENT", DIV_QUOTIENT, struct sio, quotient),
      .on_read = quotient_read, .on_write = result_write },
    { OB_REG32("DIV_REMAINDER", DIV_REMAINDER, struct sio, remainder),
      .on_write = result_write },
    { OB_REG32_HOOKED("DIV_CSR", DIV_CSR), .access = OB_RO,
      .on_read = csr_read },
    { OB_REG32_HOOKED("INTERP", INTERP), .count = INTERP_REGS,
      .flags = OB_REG_UNIMPL },
    { OB_REG32_HOOKED("SPINLOCK", SPINLOCK0), .count = LOCKS,
      .on_read = lock_read, .on_write = lock_write },
};
static const struct ob_region sio_regions[] = {
    { .name = "regs", .bytes = 0x200, .regs = OB_ARRAY(sio_regs) },
};
static const struct ob_gpio sio_inputs[] = {
    [INPUT_IN] = { .name = "in", .count = PINS, .changed = in_changed },
};
static const struct ob_gpio sio_outputs[] = {
    [OUTPUT_OUT] = { .name = "out", .count = PINS },
    [OUTPUT_OE] = { .name = "oe", .count = PINS },
};
static const struct ob_saved sio_saved[] = {
    OB_SAVED(struct sio, dividend), OB_SAVED(struct sio, divisor),
    OB_SAVED(struct sio, dirty), OB_SAVED(struct sio, locks),
    OB_SAVED(struct sio, outside),
    { OB_SAVE("fifo_words", struct sio, fifo_words), .since = 2 },
};

OB_DEVICE(rp2040_sio_type, "rp2040-sio", struct sio,
          "RP2040 single-cycle IO of core 0", .state_version = 2,
          .regions = OB_ARRAY(sio_regions), .inputs = OB_ARRAY(sio_inputs),
          .outputs = OB_ARRAY(sio_outputs), .saved = OB_ARRAY(sio_saved),
          .reset = sio_reset, .restored = sio_restored);
