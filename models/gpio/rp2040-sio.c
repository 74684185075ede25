/* SPDX-License-Identifier: MIT */
/*
 * A model of the single-cycle IO of core 0: RP2040 Datasheet, 2.3.1. It has
 * GPIO, spinlocks, the integer divider, and the FIFO to core 1, which holds
 * eight words. A division completes at once. Not modelled, with a warning: core
 * 1, the interpolators, the QSPI pins.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { SIO_CPUID = 0x000, SIO_IN = 0x004, SIO_HI_IN = 0x008,
       SIO_OUT = 0x010, SIO_OE = 0x020, SIO_HI_OUT = 0x030, SIO_HI_OE = 0x040,
       SIO_FIFO_ST = 0x050, SIO_FIFO_WR = 0x054, SIO_FIFO_RD = 0x058,
       SIO_SPINLOCK_ST = 0x05c, SIO_DIV = 0x060, SIO_QUOTIENT = 0x070,
       SIO_REMAINDER = 0x074, SIO_DIV_CSR = 0x078, SIO_INTERP = 0x080,
       SIO_SPINLOCK = 0x100 };
enum { PINS = 30, PIN_MASK = (1u << PINS) - 1, HI_PINS = 6,
       HI_MASK = (1u << HI_PINS) - 1, LOCKS = 32, FIFO_WORDS = 8,
       INTERP_REGS = 32 };
enum { OPS_FIRST = 4, OP_SET = 0, OP_CLR = 1 };
enum { FIFO_RDY = 1u << 1, FIFO_WOF = 1u << 2, FIFO_ROE = 1u << 3,
       CSR_READY = 1u << 0, CSR_DIRTY = 1u << 1 };
enum { DIV_UDIVIDEND, DIV_UDIVISOR, DIV_SDIVIDEND, DIV_SDIVISOR };
enum { OUT = 0, OE = 1 };               /* output groups */

struct sio {
    uint32_t out, oe, hi_out, hi_oe, fifo_st, quotient, remainder;
    uint32_t dividend, divisor, dirty, locks;
    uint32_t fifo_words;                /* in the FIFO to core 1 */
    uint32_t outside;                   /* levels on the inputs */
    uint32_t put[2];                    /* levels on the outputs */
};

/* Drive the lines that differ. Store first: a call may run other models. */
static void group_drive(struct ob_dev *dev, uint32_t group, uint32_t levels)
{
    struct sio *s = ob_state(dev);
    uint32_t changed = s->put[group] ^ levels;

    s->put[group] = levels;
    for (uint32_t n = 0; n < PINS; n++)
        if (changed >> n & 1)
            ob_output_set(dev, group, n, levels >> n & 1);
}

static void sio_update(struct ob_dev *dev)
{
    struct sio *s = ob_state(dev);

    group_drive(dev, OUT, s->out);
    group_drive(dev, OE, s->oe);
}

static void pins_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    sio_update(dev);
}

static uint32_t combined(uint32_t op, uint32_t old, uint32_t bits)
{
    if (op == OP_SET)
        return old | bits;
    return op == OP_CLR ? old & ~bits : old ^ bits;
}

static void out_op(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->out = combined(w->index, s->out, w->raw & PIN_MASK);
    sio_update(dev);
}

static void oe_op(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->oe = combined(w->index, s->oe, w->raw & PIN_MASK);
    sio_update(dev);
}

static void hi_missing(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->raw)
        ob_log(dev, OB_LOG_UNIMPL,
               "GPIO_HI_OUT, GPIO_HI_OE: the QSPI pins are not driven");
}

static void hi_out_op(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->hi_out = combined(w->index, s->hi_out, w->raw & HI_MASK);
    hi_missing(dev, w);
}

static void hi_oe_op(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    s->hi_oe = combined(w->index, s->hi_oe, w->raw & HI_MASK);
    hi_missing(dev, w);
}

static uint64_t in_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct sio *s = ob_state(dev);

    (void)index, (void)stored;
    return s->outside;
}

static void fifo_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    (void)w;
    if (s->fifo_words < FIFO_WORDS)
        s->fifo_words++;
    else
        s->fifo_st |= FIFO_WOF;
    if (s->fifo_words == FIFO_WORDS)
        s->fifo_st &= ~(uint32_t)FIFO_RDY;
    ob_log(dev, OB_LOG_UNIMPL, "FIFO_WR: there is no core 1 to read it");
}

/* Core 1 writes no words, so a read finds an empty FIFO. */
static uint64_t fifo_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct sio *s = ob_state(dev);

    (void)index, (void)stored;
    s->fifo_st |= FIFO_ROE;
    return 0;
}

/* 2.3.1.3: a read claims a free lock and returns its bit; else 0. */
static uint64_t lock_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    struct sio *s = ob_state(dev);
    uint32_t bit = 1u << n;

    (void)stored;
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

static uint64_t locks_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct sio *s = ob_state(dev);

    (void)index, (void)stored;
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

static uint64_t operand_read(struct ob_dev *dev, uint32_t index,
                             uint64_t stored)
{
    const struct sio *s = ob_state(dev);

    (void)stored;
    return index & 1 ? s->divisor : s->dividend;
}

/* The last operand written decides whether the division is signed. */
static void operand_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    if (w->index == DIV_UDIVISOR || w->index == DIV_SDIVISOR)
        s->divisor = (uint32_t)w->raw;
    else
        s->dividend = (uint32_t)w->raw;
    if (w->index < DIV_SDIVIDEND)
        divide_unsigned(s);
    else
        divide_signed(s);
    s->dirty = CSR_DIRTY;
}

static void result_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct sio *s = ob_state(dev);

    (void)w;
    s->dirty = CSR_DIRTY;
}

static uint64_t quotient_read(struct ob_dev *dev, uint32_t index,
                              uint64_t stored)
{
    struct sio *s = ob_state(dev);

    (void)index;
    s->dirty = 0;
    return stored;
}

static uint64_t csr_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct sio *s = ob_state(dev);

    (void)index, (void)stored;
    return CSR_READY | s->dirty;
}

static void pin_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct sio *s = ob_state(dev);

    s->outside &= ~(1u << n);
    s->outside |= level ? 1u << n : 0;
}

static void sio_reset(struct ob_dev *dev)
{
    struct sio *s = ob_state(dev);

    s->dividend = s->divisor = s->dirty = s->locks = s->fifo_words = 0;
    sio_update(dev);
}

static int sio_restored(struct ob_dev *dev)
{
    struct sio *s = ob_state(dev);

    s->outside &= PIN_MASK;
    s->dirty &= CSR_DIRTY;
    if (s->fifo_words > FIFO_WORDS)
        return ob_fail(dev, "saved FIFO has %u words, the limit is %u",
                       (unsigned)s->fifo_words, (unsigned)FIFO_WORDS);
    s->put[OUT] = ~s->out & PIN_MASK;
    s->put[OE] = ~s->oe & PIN_MASK;
    sio_update(dev);
    return 0;
}

static const struct ob_field pin_fields[] = {
    { .name = "PINS", .lsb = 0, .bits = PINS, .access = OB_RW },
};
static const struct ob_field hi_fields[] = {
    { .name = "PINS", .lsb = 0, .bits = HI_PINS, .access = OB_RW },
};
static const struct ob_field fifo_fields[] = {
    { .name = "VLD", .lsb = 0, .bits = 1, .access = OB_RO },
    { .name = "RDY", .lsb = 1, .bits = 1, .access = OB_RO },
    { .name = "WOF", .lsb = 2, .bits = 1, .access = OB_W1C },
    { .name = "ROE", .lsb = 3, .bits = 1, .access = OB_W1C },
};

#define CONSTANT(label, at)                                                   \
    .name = (label), .offset = (at), .bytes = 4, .access = OB_RO,             \
    .state = OB_NO_STATE
#define ACTIONS(label, at, n, access_)                                        \
    .name = (label), .offset = (at), .bytes = 4, .access = (access_),         \
    .count = (n), .state = OB_NO_STATE
static const struct ob_reg sio_regs[] = {
    { CONSTANT("CPUID", SIO_CPUID) },
    { CONSTANT("GPIO_IN", SIO_IN), .on_read = in_read },
    { CONSTANT("GPIO_HI_IN", SIO_HI_IN), .flags = OB_REG_UNIMPL },
    { OB_REG32(sio, "GPIO_OUT", SIO_OUT, out), OB_FIELDS(pin_fields),
      .on_write = pins_write },
    { ACTIONS("GPIO_OUT_OP", SIO_OUT + OPS_FIRST, 3, OB_WO),
      .on_write = out_op },
    { OB_REG32(sio, "GPIO_OE", SIO_OE, oe), OB_FIELDS(pin_fields),
      .on_write = pins_write },
    { ACTIONS("GPIO_OE_OP", SIO_OE + OPS_FIRST, 3, OB_WO),
      .on_write = oe_op },
    { OB_REG32(sio, "GPIO_HI_OUT", SIO_HI_OUT, hi_out),
      OB_FIELDS(hi_fields), .on_write = hi_missing },
    { ACTIONS("GPIO_HI_OUT_OP", SIO_HI_OUT + OPS_FIRST, 3, OB_WO),
      .on_write = hi_out_op },
    { OB_REG32(sio, "GPIO_HI_OE", SIO_HI_OE, hi_oe), OB_FIELDS(hi_fields),
      .on_write = hi_missing },
    { ACTIONS("GPIO_HI_OE_OP", SIO_HI_OE + OPS_FIRST, 3, OB_WO),
      .on_write = hi_oe_op },
    { OB_REG32(sio, "FIFO_ST", SIO_FIFO_ST, fifo_st), OB_FIELDS(fifo_fields),
      .reset = FIFO_RDY },
    { ACTIONS("FIFO_WR", SIO_FIFO_WR, 1, OB_WO), .on_write = fifo_write },
    { CONSTANT("FIFO_RD", SIO_FIFO_RD), .on_read = fifo_read },
    { CONSTANT("SPINLOCK_ST", SIO_SPINLOCK_ST), .on_read = locks_read },
    { ACTIONS("DIV_OPERAND", SIO_DIV, 4, OB_RW), .on_read = operand_read,
      .on_write = operand_write },
    { OB_REG32(sio, "DIV_QUOTIENT", SIO_QUOTIENT, quotient),
      .on_read = quotient_read, .on_write = result_write },
    { OB_REG32(sio, "DIV_REMAINDER", SIO_REMAINDER, remainder),
      .on_write = result_write },
    { CONSTANT("DIV_CSR", SIO_DIV_CSR), .on_read = csr_read },
    { ACTIONS("INTERP", SIO_INTERP, INTERP_REGS, OB_RW),
      .flags = OB_REG_UNIMPL },
    { ACTIONS("SPINLOCK", SIO_SPINLOCK, LOCKS, OB_RW), .on_read = lock_read,
      .on_write = lock_write },
};
static const struct ob_region sio_regions[] = {
    { .name = "regs", .bytes = 0x200, .regs = OB_ARRAY(sio_regs) },
};
static const struct ob_gpio sio_inputs[] = {
    { .name = "in", .count = PINS, .changed = pin_changed },
};
static const struct ob_gpio sio_outputs[] = {
    [OUT] = { .name = "out", .count = PINS },
    [OE] = { .name = "oe", .count = PINS },
};
static const struct ob_saved sio_saved[] = {
    OB_SAVED(sio, dividend), OB_SAVED(sio, divisor), OB_SAVED(sio, dirty),
    OB_SAVED(sio, locks), OB_SAVED(sio, outside),
    { "fifo_words", offsetof(struct sio, fifo_words), 4, 2, 1, 0 },
};

const struct ob_device_type rp2040_sio_type = {
    .size = sizeof(rp2040_sio_type), .name = "rp2040-sio",
    .desc = "RP2040 single-cycle IO of core 0",
    .state_bytes = sizeof(struct sio),
    .state_version = 2, .state_oldest = 1,
    .regions = OB_ARRAY(sio_regions),
    .inputs = OB_ARRAY(sio_inputs), .outputs = OB_ARRAY(sio_outputs),
    .saved = OB_ARRAY(sio_saved),
    .reset = sio_reset, .restored = sio_restored,
};
