/* SPDX-License-Identifier: MIT */
/*
 * A model of the user IO bank: RP2040 Datasheet, 2.19. It selects what drives
 * each pin, and has the pins' interrupts.
 *
 * Only the function SIO (5) drives pins. The UARTs send characters to their
 * backends, not through pins. Not modelled, with a warning: other functions,
 * core 1's interrupts, waking from dormancy. Not modelled: pulls. A pin that no
 * part drives reads 0.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { IO_STATUS = 0x000, IO_CTRL = 0x004, IO_STEP = 8, IO_INTR = 0x0f0,
       IO_INTE = 0x100, IO_INTF = 0x110, IO_INTS = 0x120, IO_INTE1 = 0x130,
       IO_INTF1 = 0x140, IO_INTS1 = 0x150, IO_WAKE_INTE = 0x160,
       IO_WAKE_INTF = 0x170, IO_WAKE_INTS = 0x180 };
enum { PINS = 30, WORDS = 4, PINS_A_WORD = 8 };
enum { FUNC_MASK = 0x1f, FUNC_UART = 2, FUNC_SIO = 5, FUNC_NULL = 0x1f };
enum { OUTOVER = 8, OEOVER = 12, INOVER = 16,
       IRQOVER = 28 };
enum { EV_LOW = 1, EV_HIGH = 2, EV_FELL = 4, EV_ROSE = 8, EV_MASK = 15,
       EV_EDGES = EV_FELL | EV_ROSE };
enum { OVER_INVERT = 1, OVER_LOW = 2, OVER_HIGH = 3 };
enum { GROUP_PIN = 0, GROUP_TO_SIO = 1 };       /* output groups */

struct io {
    uint32_t ctrl[PINS], edges[WORDS], inte[WORDS], intf[WORDS];
    uint32_t inte1[WORDS], intf1[WORDS];        /* of core 1 */
    uint32_t wake_inte[WORDS], wake_intf[WORDS];
    uint32_t sio_out, sio_oe, outside;  /* levels on the inputs */
    uint32_t pins, to_sio;              /* levels on the outputs */
};

/* 2.19.6.1: OUTOVER, OEOVER, INOVER and IRQOVER have the same values. */
static bool overridden(const struct io *io, uint32_t n, uint32_t shift,
                       bool level)
{
    switch (io->ctrl[n] >> shift & 3) {
    case OVER_INVERT: return !level;
    case OVER_LOW: return false;
    case OVER_HIGH: return true;
    default: return level;
    }
}

/* 2.19.2: SIO drives a pin only if the pin's function is SIO. */
static bool by_sio(const struct io *io, uint32_t n, uint32_t levels)
{
    return (io->ctrl[n] & FUNC_MASK) == FUNC_SIO && levels >> n & 1;
}

static bool pin_driven(const struct io *io, uint32_t n)
{
    return overridden(io, n, OEOVER, by_sio(io, n, io->sio_oe));
}

/* A pin that the chip does not drive has the level that the board drives. */
static bool pin_level(const struct io *io, uint32_t n)
{
    if (pin_driven(io, n))
        return overridden(io, n, OUTOVER, by_sio(io, n, io->sio_out));
    return io->outside >> n & 1;
}

/* 2.19.3: four bits for a pin: low, high, fell, rose. Edges are latched. */
static uint32_t intr_word(const struct io *io, uint32_t word)
{
    uint32_t bits = io->edges[word];

    for (uint32_t i = 0; i < PINS_A_WORD; i++) {
        uint32_t n = word * PINS_A_WORD + i;

        if (n < PINS)
            bits |= (io->to_sio >> n & 1 ? EV_HIGH : EV_LOW) << 4 * i;
    }
    return bits;
}

static uint32_t ints_word(const struct io *io, uint32_t word)
{
    return (intr_word(io, word) & io->inte[word]) | io->intf[word];
}

static void io_update_irq(struct ob_dev *dev)
{
    const struct io *io = ob_state(dev);
    uint32_t any = 0;

    for (uint32_t word = 0; word < WORDS; word++)
        any |= ints_word(io, word);
    ob_irq_set(dev, 0, any != 0);
}

/* Store all levels first: each output may run models that change inputs. */
static void pin_update(struct ob_dev *dev, uint32_t n)
{
    struct io *io = ob_state(dev);
    bool pin = pin_level(io, n), in = overridden(io, n, INOVER, pin);
    uint32_t bit = 1u << n;
    bool pin_changed = (io->pins >> n & 1) != pin;
    bool in_changed = (io->to_sio >> n & 1) != in;

    io->pins = (io->pins & ~bit) | (pin ? bit : 0);
    io->to_sio = (io->to_sio & ~bit) | (in ? bit : 0);
    if (in_changed)
        io->edges[n / PINS_A_WORD] |= (uint32_t)(in ? EV_ROSE : EV_FELL)
                                      << n % PINS_A_WORD * 4;
    if (pin_changed)
        ob_output_set(dev, GROUP_PIN, n, pin);
    if (in_changed)
        ob_output_set(dev, GROUP_TO_SIO, n, in);
    io_update_irq(dev);
}

/* The names are those of the functions that would drive a pin. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    static const char *const names[] = {
        "JTAG", "SPI", NULL, "I2C", "PWM", NULL, "PIO0", "PIO1", "clocks",
        "USB",
    };
    uint32_t func = w->value & FUNC_MASK;

    pin_update(dev, w->index);
    if (func < sizeof(names) / sizeof(names[0]) && names[func])
        ob_log(dev, OB_LOG_UNIMPL, "GPIO%u: the function %s drives no pin",
               (unsigned)w->index, names[func]);
}

static void core1_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_log(dev, OB_LOG_UNIMPL,
               "PROC1_INTE, PROC1_INTF: there is no core 1");
}

static void wake_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT_WAKE: the chip does not sleep");
}

/* 2.19.6.1, GPIO0_STATUS: levels before and after the overrides. */
static uint64_t status_read(struct ob_dev *dev, uint32_t n, uint64_t stored)
{
    const struct io *io = ob_state(dev);
    uint32_t word = n / PINS_A_WORD, shift = n % PINS_A_WORD * 4;
    bool out = by_sio(io, n, io->sio_out), oe = by_sio(io, n, io->sio_oe);
    bool irq = (intr_word(io, word) >> shift & EV_MASK) != 0;

    (void)stored;
    return (uint64_t)out << 8 |
           (uint64_t)overridden(io, n, OUTOVER, out) << 9 |
           (uint64_t)oe << 12 | (uint64_t)pin_driven(io, n) << 13 |
           (io->pins >> n & 1) << 17 | (io->to_sio >> n & 1) << 19 |
           (uint64_t)irq << 24 |
           (uint64_t)overridden(io, n, IRQOVER, irq) << 26;
}

static uint64_t intr_read(struct ob_dev *dev, uint32_t word, uint64_t stored)
{
    (void)stored;
    return intr_word(ob_state(dev), word);
}

/* Only the latched edges can be cleared; levels follow the pin. */
static void intr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct io *io = ob_state(dev);

    io->edges[w->index] &= ~(uint32_t)w->raw;
    io_update_irq(dev);
}

static void int_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    io_update_irq(dev);
}

static uint64_t ints_read(struct ob_dev *dev, uint32_t word, uint64_t stored)
{
    (void)stored;
    return ints_word(ob_state(dev), word);
}

static uint64_t ints1_read(struct ob_dev *dev, uint32_t word, uint64_t stored)
{
    const struct io *io = ob_state(dev);

    (void)stored;
    return (intr_word(io, word) & io->inte1[word]) | io->intf1[word];
}

static uint64_t wake_read(struct ob_dev *dev, uint32_t word, uint64_t stored)
{
    const struct io *io = ob_state(dev);

    (void)stored;
    return (intr_word(io, word) & io->wake_inte[word]) | io->wake_intf[word];
}

static void level_take(struct ob_dev *dev, uint32_t *levels, uint32_t n,
                       int32_t level)
{
    *levels &= ~(1u << n);
    *levels |= level ? 1u << n : 0;
    pin_update(dev, n);
}

static void sio_out_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct io *io = ob_state(dev);

    level_take(dev, &io->sio_out, n, level);
}

static void sio_oe_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct io *io = ob_state(dev);

    level_take(dev, &io->sio_oe, n, level);
}

static void outside_changed(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct io *io = ob_state(dev);

    level_take(dev, &io->outside, n, level);
}

/* The reset itself may change levels, so clear the edges last. */
static void io_reset(struct ob_dev *dev)
{
    struct io *io = ob_state(dev);

    for (uint32_t n = 0; n < PINS; n++)
        pin_update(dev, n);
    for (uint32_t word = 0; word < WORDS; word++)
        io->edges[word] = 0;
    io_update_irq(dev);
}

/*
 * Drive all outputs again. pin_update() drives a pin only if its level changes,
 * so store the inverse first. Keep the saved edges.
 */
static int io_restored(struct ob_dev *dev)
{
    struct io *io = ob_state(dev);
    uint32_t edges[WORDS];

    for (uint32_t word = 0; word < WORDS; word++)
        edges[word] = io->edges[word];
    for (uint32_t n = 0; n < PINS; n++) {
        bool pin = pin_level(io, n);

        io->pins &= ~(1u << n);
        io->pins |= pin ? 0 : 1u << n;
        io->to_sio &= ~(1u << n);
        io->to_sio |= overridden(io, n, INOVER, pin) ? 0 : 1u << n;
        pin_update(dev, n);
    }
    for (uint32_t word = 0; word < WORDS; word++)
        io->edges[word] = edges[word];
    io_update_irq(dev);
    return 0;
}

static const struct ob_field ctrl_fields[] = {
    { .name = "FUNCSEL", .lsb = 0, .bits = 5, .access = OB_RW },
    { .name = "OUTOVER", .lsb = OUTOVER, .bits = 2, .access = OB_RW },
    { .name = "OEOVER", .lsb = OEOVER, .bits = 2, .access = OB_RW },
    { .name = "INOVER", .lsb = INOVER, .bits = 2, .access = OB_RW },
    { .name = "IRQOVER", .lsb = IRQOVER, .bits = 2, .access = OB_RW },
};
static const struct ob_reg io_regs[] = {
    { .name = "STATUS", .offset = IO_STATUS, .bytes = 4, .access = OB_RO,
      .count = PINS, .step = IO_STEP, .state = OB_NO_STATE,
      .on_read = status_read },
    { OB_REG32(io, "CTRL", IO_CTRL, ctrl), .count = PINS, .step = IO_STEP,
      OB_FIELDS(ctrl_fields), .reset = FUNC_MASK, .on_write = ctrl_write },
    { .name = "INTR", .offset = IO_INTR, .bytes = 4, .count = WORDS,
      .access = OB_W1C, .state = OB_NO_STATE, .on_read = intr_read,
      .on_write = intr_write },
    { OB_REG32(io, "PROC0_INTE", IO_INTE, inte), .count = WORDS,
      .on_write = int_write },
    { OB_REG32(io, "PROC0_INTF", IO_INTF, intf), .count = WORDS,
      .on_write = int_write },
    { .name = "PROC0_INTS", .offset = IO_INTS, .bytes = 4, .access = OB_RO,
      .count = WORDS, .state = OB_NO_STATE, .on_read = ints_read },
    { OB_REG32(io, "PROC1_INTE", IO_INTE1, inte1), .count = WORDS,
      .on_write = core1_write },
    { OB_REG32(io, "PROC1_INTF", IO_INTF1, intf1), .count = WORDS,
      .on_write = core1_write },
    { .name = "PROC1_INTS", .offset = IO_INTS1, .bytes = 4, .access = OB_RO,
      .count = WORDS, .state = OB_NO_STATE, .on_read = ints1_read },
    { OB_REG32(io, "DORMANT_WAKE_INTE", IO_WAKE_INTE, wake_inte),
      .count = WORDS, .on_write = wake_write },
    { OB_REG32(io, "DORMANT_WAKE_INTF", IO_WAKE_INTF, wake_intf),
      .count = WORDS, .on_write = wake_write },
    { .name = "DORMANT_WAKE_INTS", .offset = IO_WAKE_INTS, .bytes = 4,
      .access = OB_RO, .count = WORDS, .state = OB_NO_STATE,
      .on_read = wake_read },
};
static const struct ob_region io_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(io_regs) },
};
static const struct ob_irq io_irqs[] = { { "proc0" } };
static const struct ob_gpio io_inputs[] = {
    { .name = "sio-out", .count = PINS, .changed = sio_out_changed },
    { .name = "sio-oe", .count = PINS, .changed = sio_oe_changed },
    { .name = "pad", .count = PINS, .changed = outside_changed },
};
static const struct ob_gpio io_outputs[] = {
    [GROUP_PIN] = { .name = "pin", .count = PINS },
    [GROUP_TO_SIO] = { .name = "to-sio", .count = PINS },
};
static const struct ob_saved io_saved[] = {
    OB_SAVED_ARRAY(io, edges), OB_SAVED(io, sio_out), OB_SAVED(io, sio_oe),
    OB_SAVED(io, outside),
};

const struct ob_device_type rp2040_io_bank0_type = {
    .size = sizeof(rp2040_io_bank0_type),
    .name = "rp2040-io-bank0",
    .desc = "RP2040 user IO bank, 30 pins",
    .state_bytes = sizeof(struct io),
    .state_version = 2,
    .state_oldest = 2,
    .regions = OB_ARRAY(io_regions),
    .irqs = OB_ARRAY(io_irqs),
    .inputs = OB_ARRAY(io_inputs),
    .outputs = OB_ARRAY(io_outputs),
    .saved = OB_ARRAY(io_saved),
    .reset = io_reset,
    .restored = io_restored,
};
