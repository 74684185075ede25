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

/* Each pin has STATUS and CTRL; a word of INTR and its like has eight pins. */
enum { STATUS = 0x000, CTRL = 0x004, PIN_BYTES = 8, INTR = 0x0f0,
       PROC0_INTE = 0x100, PROC0_INTF = 0x110, PROC0_INTS = 0x120,
       PROC1_INTE = 0x130, PROC1_INTF = 0x140, PROC1_INTS = 0x150,
       WAKE_INTE = 0x160, WAKE_INTF = 0x170, WAKE_INTS = 0x180 };
enum { PINS = 30, WORDS = 4, PINS_A_WORD = 8, EVENT_BITS = 4 };
enum { CTRL_FUNCSEL = 0x1f, FUNC_SIO = 5, FUNC_NULL = 0x1f,
       CTRL_OUTOVER = 0x300, CTRL_OEOVER = 0x3000, CTRL_INOVER = 0x30000,
       CTRL_IRQOVER = 0x30000000, OVER_INVERT = 1, OVER_LOW = 2,
       OVER_HIGH = 3 };
enum { STATUS_OUTFROMPERI = 0x100, STATUS_OUTTOPAD = 0x200,
       STATUS_OEFROMPERI = 0x1000, STATUS_OETOPAD = 0x2000,
       STATUS_INFROMPAD = 0x20000, STATUS_INTOPERI = 0x80000,
       STATUS_IRQFROMPAD = 0x1000000, STATUS_IRQTOPROC = 0x4000000 };
enum { EV_LOW = 0x1, EV_HIGH = 0x2, EV_FELL = 0x4, EV_ROSE = 0x8,
       EV_ALL = 0xf };

/* The receivers of interrupts: indices in `to`, and the registers' tags. */
enum { PROC0, PROC1, WAKE, RECEIVERS };
enum { IRQ_PROC0 };
enum { INPUT_SIO_OUT, INPUT_SIO_OE, INPUT_PAD, INPUTS };
enum { OUTPUT_PIN, OUTPUT_TO_SIO };

struct io {
    uint32_t ctrl[PINS], edges[WORDS];
    struct receiver {
        uint32_t inte[WORDS], intf[WORDS];
    } to[RECEIVERS];
    uint32_t in[INPUTS];                /* levels on the inputs */
    uint32_t pins, to_sio;              /* levels on the outputs */
};

/* 2.19.6.1: OUTOVER, OEOVER, INOVER and IRQOVER have the same values. */
static bool overridden(const struct io *io, uint32_t n, uint32_t over,
                       bool level)
{
    switch (ob_field_get(io->ctrl[n], over)) {
    case OVER_INVERT: return !level;
    case OVER_LOW: return false;
    case OVER_HIGH: return true;
    default: return level;
    }
}

/* 2.19.2: SIO drives a pin only if the pin's function is SIO. */
static bool from_sio(const struct io *io, uint32_t n, uint32_t input)
{
    return (io->ctrl[n] & CTRL_FUNCSEL) == FUNC_SIO && io->in[input] >> n & 1;
}

static bool pin_driven(const struct io *io, uint32_t n)
{
    return overridden(io, n, CTRL_OEOVER, from_sio(io, n, INPUT_SIO_OE));
}

static bool pin_out(const struct io *io, uint32_t n)
{
    return overridden(io, n, CTRL_OUTOVER, from_sio(io, n, INPUT_SIO_OUT));
}

/* A pin that the chip does not drive has the level that the board drives. */
static bool pin_level(const struct io *io, uint32_t n)
{
    return pin_driven(io, n) ? pin_out(io, n) : io->in[INPUT_PAD] >> n & 1;
}

/* 2.19.3: four bits for a pin: low, high, fell, rose. Edges are latched. */
static uint32_t intr_word(const struct io *io, uint32_t word)
{
    uint32_t bits = io->edges[word];

    for (uint32_t i = 0; i < PINS_A_WORD; i++) {
        uint32_t n = word * PINS_A_WORD + i;

        if (n < PINS)
            bits |= (io->to_sio >> n & 1 ? EV_HIGH : EV_LOW) << i * EVENT_BITS;
    }
    return bits;
}

static uint32_t ints_word(const struct io *io, uint32_t receiver,
                          uint32_t word)
{
    const struct receiver *to = &io->to[receiver];

    return (intr_word(io, word) & to->inte[word]) | to->intf[word];
}

static void io_update_irq(struct ob_dev *dev)
{
    const struct io *io = ob_state(dev);
    uint32_t any = 0;

    for (uint32_t word = 0; word < WORDS; word++)
        any |= ints_word(io, PROC0, word);
    ob_irq_set(dev, IRQ_PROC0, 0, any != 0);
}

/* Store all levels first: each output may run models that change inputs. */
static void pin_update(struct ob_dev *dev, uint32_t n)
{
    struct io *io = ob_state(dev);
    bool pin = pin_level(io, n), in = overridden(io, n, CTRL_INOVER, pin);
    bool pin_changed = (io->pins >> n & 1) != pin;
    bool in_changed = (io->to_sio >> n & 1) != in;
    uint32_t edge = in ? EV_ROSE : EV_FELL;

    io->pins ^= (uint32_t)pin_changed << n;
    io->to_sio ^= (uint32_t)in_changed << n;
    if (in_changed)
        io->edges[n / PINS_A_WORD] |= edge << n % PINS_A_WORD * EVENT_BITS;
    if (pin_changed)
        ob_output_set(dev, OUTPUT_PIN, n, pin);
    if (in_changed)
        ob_output_set(dev, OUTPUT_TO_SIO, n, in);
    io_update_irq(dev);
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct io *io = ob_state(dev);

    io->in[input] &= ~(1u << n);
    io->in[input] |= level ? 1u << n : 0;
    pin_update(dev, n);
}

/* 2.19.6.1, GPIO0_STATUS: levels before and after the overrides. */
static uint64_t status_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct io *io = ob_state(dev);
    uint32_t n = r->index, shift = n % PINS_A_WORD * EVENT_BITS;
    bool irq = intr_word(io, n / PINS_A_WORD) >> shift & EV_ALL;

    return (from_sio(io, n, INPUT_SIO_OUT) ? STATUS_OUTFROMPERI : 0) |
           (pin_out(io, n) ? STATUS_OUTTOPAD : 0) |
           (from_sio(io, n, INPUT_SIO_OE) ? STATUS_OEFROMPERI : 0) |
           (pin_driven(io, n) ? STATUS_OETOPAD : 0) |
           (io->pins >> n & 1 ? STATUS_INFROMPAD : 0) |
           (io->to_sio >> n & 1 ? STATUS_INTOPERI : 0) |
           (irq ? STATUS_IRQFROMPAD : 0) |
           (overridden(io, n, CTRL_IRQOVER, irq) ? STATUS_IRQTOPROC : 0);
}

/* The names are those of the functions that would drive a pin. */
static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    static const char *const names[CTRL_FUNCSEL + 1] = {
        "JTAG", "SPI", NULL, "I2C", "PWM", NULL, "PIO0", "PIO1", "clocks",
        "USB",
    };
    const char *name = names[w->value & CTRL_FUNCSEL];

    pin_update(dev, w->index);
    if (name)
        ob_log(dev, OB_LOG_UNIMPL, "GPIO%u: the function %s drives no pin",
               (unsigned)w->index, name);
}

static uint64_t intr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return intr_word(ob_state(dev), r->index);
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
    if (w->tag == PROC1 && w->value)
        ob_log(dev, OB_LOG_UNIMPL,
               "PROC1_INTE, PROC1_INTF: the model has no core 1");
    if (w->tag == WAKE && w->value)
        ob_log(dev, OB_LOG_UNIMPL, "DORMANT_WAKE: the chip does not sleep");
    io_update_irq(dev);
}

static uint64_t ints_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return ints_word(ob_state(dev), r->tag, r->index);
}

/* The reset itself may change levels, so clear the edges last. */
static void io_reset(struct ob_dev *dev, uint32_t kind)
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
static int32_t io_restored(struct ob_dev *dev)
{
    struct io *io = ob_state(dev);
    const struct io saved = *io;

    for (uint32_t n = 0; n < PINS; n++) {
        bool pin = pin_level(io, n), in = overridden(io, n, CTRL_INOVER, pin);
        uint32_t bit = 1u << n;

        io->pins = pin ? io->pins & ~bit : io->pins | bit;
        io->to_sio = in ? io->to_sio & ~bit : io->to_sio | bit;
        pin_update(dev, n);
    }
    for (uint32_t word = 0; word < WORDS; word++)
        io->edges[word] = saved.edges[word];
    io_update_irq(dev);
    return OB_OK;
}

static const struct ob_field ctrl_fields[] = {
    OB_BITS("FUNCSEL", CTRL_FUNCSEL, OB_RW),
    OB_BITS("OUTOVER", CTRL_OUTOVER, OB_RW),
    OB_BITS("OEOVER", CTRL_OEOVER, OB_RW),
    OB_BITS("INOVER", CTRL_INOVER, OB_RW),
    OB_BITS("IRQOVER", CTRL_IRQOVER, OB_RW),
};
static const struct ob_reg io_regs[] = {
    { OB_REG32_HOOKED("STATUS", STATUS), .access = OB_RO, .count = PINS,
      .step = PIN_BYTES, .on_read = status_read },
    { OB_REG32_ARRAY("CTRL", CTRL, struct io, ctrl), .step = PIN_BYTES,
      .fields = OB_ARRAY(ctrl_fields), .reset = FUNC_NULL,
      .on_write = ctrl_write },
    { OB_REG32_HOOKED("INTR", INTR), .access = OB_W1C, .count = WORDS,
      .on_read = intr_read, .on_write = intr_write },
    { OB_REG32_ARRAY("PROC0_INTE", PROC0_INTE, struct io, to[PROC0].inte),
      .tag = PROC0, .on_write = int_write },
    { OB_REG32_ARRAY("PROC0_INTF", PROC0_INTF, struct io, to[PROC0].intf),
      .tag = PROC0, .on_write = int_write },
    { OB_REG32_HOOKED("PROC0_INTS", PROC0_INTS), .access = OB_RO,
      .count = WORDS, .tag = PROC0, .on_read = ints_read },
    { OB_REG32_ARRAY("PROC1_INTE", PROC1_INTE, struct io, to[PROC1].inte),
      .tag = PROC1, .on_write = int_write },
    { OB_REG32_ARRAY("PROC1_INTF", PROC1_INTF, struct io, to[PROC1].intf),
      .tag = PROC1, .on_write = int_write },
    { OB_REG32_HOOKED("PROC1_INTS", PROC1_INTS), .access = OB_RO,
      .count = WORDS, .tag = PROC1, .on_read = ints_read },
    { OB_REG32_ARRAY("DORMANT_WAKE_INTE", WAKE_INTE, struct io, to[WAKE].inte),
      .tag = WAKE, .on_write = int_write },
    { OB_REG32_ARRAY("DORMANT_WAKE_INTF", WAKE_INTF, struct io, to[WAKE].intf),
      .tag = WAKE, .on_write = int_write },
    { OB_REG32_HOOKED("DORMANT_WAKE_INTS", WAKE_INTS), .access = OB_RO,
      .count = WORDS, .tag = WAKE, .on_read = ints_read },
};
static const struct ob_region io_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(io_regs) },
};
static const struct ob_irq io_irqs[] = { [IRQ_PROC0] = { .name = "proc0" } };
static const struct ob_gpio io_inputs[] = {
    [INPUT_SIO_OUT] = { .name = "sio-out", .count = PINS,
                        .changed = in_changed },
    [INPUT_SIO_OE] = { .name = "sio-oe", .count = PINS,
                       .changed = in_changed },
    [INPUT_PAD] = { .name = "pad", .count = PINS, .changed = in_changed },
};
static const struct ob_gpio io_outputs[] = {
    [OUTPUT_PIN] = { .name = "pin", .count = PINS },
    [OUTPUT_TO_SIO] = { .name = "to-sio", .count = PINS },
};
static const struct ob_saved io_saved[] = {
    OB_SAVED_ARRAY(struct io, edges),
    { OB_SAVE("sio_out", struct io, in[INPUT_SIO_OUT]) },
    { OB_SAVE("sio_oe", struct io, in[INPUT_SIO_OE]) },
    { OB_SAVE("outside", struct io, in[INPUT_PAD]) },
};

OB_DEVICE(rp2040_io_bank0_type, "rp2040-io-bank0", struct io,
          "RP2040 user IO bank, 30 pins", .state_version = 2,
          .state_oldest = 2, .regions = OB_ARRAY(io_regions),
          .irqs = OB_ARRAY(io_irqs), .inputs = OB_ARRAY(io_inputs),
          .outputs = OB_ARRAY(io_outputs), .saved = OB_ARRAY(io_saved),
          .reset = io_reset, .restored = io_restored);
