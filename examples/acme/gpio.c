/* SPDX-License-Identifier: MIT */
/*
 * A model of the GPIO port: ACME DevKit manual, chapter 4 (manual.md).
 *
 * Not modelled: pull resistors and drive strength. An input that no part
 * drives reads 0.
 */
#include "acme.h"

enum { PINS = 16, PIN_MASK = 0xffff };
enum { SET, CLR, TOGGLE };              /* tags of registers */
enum { IRQ = 0, OUT = 0 };              /* each list has one item */

struct gpio {
    uint32_t dir, out, rise, fall, stat;    /* registers */
    uint32_t outside;               /* levels that the board drives */
    uint32_t pins;                  /* levels of the pins, as in IN */
};

/* 4.1, 4.3: an output pin reads the level that it drives. */
static uint32_t gpio_pins(const struct gpio *g)
{
    return (g->outside & ~g->dir) | (g->out & g->dir);
}

/*
 * Set the interrupt and the output lines. ob_output_set() may run other models,
 * which may change an input of this one and so call this function again.
 * Therefore each turn of the loop reads the state.
 */
static void gpio_drive(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);

    ob_irq_set(dev, IRQ, 0, g->stat != 0);
    for (uint32_t n = 0; n < PINS; n++)
        ob_output_set(dev, OUT, n, (g->out & g->dir) >> n & 1);
}

/* 4.4: latch edges first, then drive the lines. */
static void gpio_update(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);
    uint32_t now = gpio_pins(g);

    g->stat |= (now & ~g->pins & g->rise) | (~now & g->pins & g->fall);
    g->pins = now;
    gpio_drive(dev);
}

static void reg_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    gpio_update(dev);
}

/* 4.2: SET, CLR and TOGGLE have no storage; `raw` is what was written. */
static void out_changed(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct gpio *g = ob_state(dev);
    uint32_t pins = (uint32_t)w->raw & PIN_MASK;

    if (w->tag == SET)
        g->out |= pins;
    else if (w->tag == CLR)
        g->out &= ~pins;
    else
        g->out ^= pins;
    gpio_update(dev);
}

static uint64_t in_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct gpio *g = ob_state(dev);

    return g->pins;
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct gpio *g = ob_state(dev);

    g->outside = (uint32_t)ob_field_set(g->outside, 1u << n, level != 0);
    gpio_update(dev);
}

/* The board drives the inputs: a reset of this part does not change them. */
static void gpio_reset(struct ob_dev *dev, uint32_t kind)
{
    struct gpio *g = ob_state(dev);

    g->pins = gpio_pins(g);
    gpio_drive(dev);
}

/*
 * A snapshot may hold any value. Edges between the old and the new levels are
 * not edges that the guest has seen, so nothing is latched here.
 */
static int32_t gpio_restored(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);

    g->outside &= PIN_MASK;
    g->pins = gpio_pins(g);
    gpio_drive(dev);
    return OB_OK;
}

static const struct ob_field pin_rw[] = { OB_BITS("PIN", PIN_MASK, OB_RW) };
static const struct ob_field pin_w1c[] = { OB_BITS("PIN", PIN_MASK, OB_W1C) };

static const struct ob_reg regs[] = {
    { OB_REG32("DIR", 0x00, struct gpio, dir), .fields = OB_ARRAY(pin_rw),
      .on_write = reg_written },
    { OB_REG32("OUT", 0x04, struct gpio, out), .fields = OB_ARRAY(pin_rw),
      .on_write = reg_written },
    { OB_REG32_HOOKED("SET", 0x08), .access = OB_WO, .tag = SET,
      .on_write = out_changed },
    { OB_REG32_HOOKED("CLR", 0x0c), .access = OB_WO, .tag = CLR,
      .on_write = out_changed },
    { OB_REG32_HOOKED("TOGGLE", 0x10), .access = OB_WO, .tag = TOGGLE,
      .on_write = out_changed },
    { OB_REG32_HOOKED("IN", 0x14), .access = OB_RO, .on_read = in_read },
    { OB_REG32("RISE", 0x18, struct gpio, rise), .fields = OB_ARRAY(pin_rw) },
    { OB_REG32("FALL", 0x1c, struct gpio, fall), .fields = OB_ARRAY(pin_rw) },
    { OB_REG32("STAT", 0x20, struct gpio, stat), .fields = OB_ARRAY(pin_w1c),
      .on_write = reg_written },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_gpio inputs[] = {
    { .name = "in", .count = PINS, .changed = in_changed },
};
static const struct ob_gpio outputs[] = { { .name = "out", .count = PINS } };
static const struct ob_saved saved[] = { OB_SAVED(struct gpio, outside) };

OB_DEVICE(acme_gpio_type, "acme-gpio", struct gpio,
          "ACME GPIO, 16 pins with edge interrupts",
          .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
          .inputs = OB_ARRAY(inputs), .outputs = OB_ARRAY(outputs),
          .saved = OB_ARRAY(saved), .reset = gpio_reset,
          .restored = gpio_restored);
