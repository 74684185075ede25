/* SPDX-License-Identifier: MIT */
/*
 * A model of the GPIO port: ACME DevKit manual, chapter 4 (manual.md).
 *
 * Not modelled: pull resistors and drive strength. An input that no part
 * drives reads 0.
 */
#include <outboard/outboard.h>

#include "acme.h"

enum { GPIO_DIR = 0x00, GPIO_OUT = 0x04, GPIO_SET = 0x08, GPIO_CLR = 0x0c,
       GPIO_TOGGLE = 0x10, GPIO_IN = 0x14, GPIO_RISE = 0x18, GPIO_FALL = 0x1c,
       GPIO_STAT = 0x20 };

enum { PINS = 16, PIN_MASK = (1u << PINS) - 1 };
enum { IRQ = 0, PIN_OUTPUTS = 0 };      /* indices in the type's lists */

struct gpio {
    uint32_t dir, out, rise, fall, stat;        /* registers */
    uint32_t driven;                /* levels on the output lines */
    uint32_t outside;               /* levels that the board drives */
    uint32_t pins;                  /* levels of the pins, as in IN */
};

/* 4.3: an output pin reads the level that it drives. */
static uint32_t gpio_pins(const struct gpio *g)
{
    return (g->outside & ~g->dir) | (g->out & g->dir);
}

/*
 * Drive the lines that differ. ob_output_set() may run other models, which may
 * call this one again; so `driven` is complete before the first call.
 */
static void gpio_drive(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);
    uint32_t changed = g->driven ^ (g->out & g->dir);

    g->driven ^= changed;
    for (uint32_t n = 0; n < PINS; n++)
        if (changed >> n & 1)
            ob_output_set(dev, PIN_OUTPUTS, n, g->driven >> n & 1);
}

/* 4.4: latch edges first, then set the interrupt and drive the outputs. */
static void gpio_update(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);
    uint32_t now = gpio_pins(g);

    g->stat |= (now & ~g->pins & g->rise) | (~now & g->pins & g->fall);
    g->pins = now;
    ob_irq_set(dev, IRQ, g->stat != 0);
    gpio_drive(dev);
}

static uint64_t in_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct gpio *g = ob_state(dev);

    (void)index, (void)stored;
    return g->pins;
}

static void reg_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    gpio_update(dev);
}

/* 4.2: SET, CLR and TOGGLE have no storage; `raw` is what was written. */
static void set_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct gpio *g = ob_state(dev);

    g->out |= w->raw & PIN_MASK;
    gpio_update(dev);
}

static void clr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct gpio *g = ob_state(dev);

    g->out &= ~(uint32_t)w->raw;
    gpio_update(dev);
}

static void toggle_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct gpio *g = ob_state(dev);

    g->out ^= w->raw & PIN_MASK;
    gpio_update(dev);
}

static void gpio_input(struct ob_dev *dev, uint32_t n, int32_t level)
{
    struct gpio *g = ob_state(dev);

    g->outside &= ~(1u << n);
    g->outside |= level ? 1u << n : 0;
    gpio_update(dev);
}

/* The board drives the inputs: a reset of this part does not change them. */
static void gpio_reset(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);

    g->pins = gpio_pins(g);
    gpio_update(dev);
}

/*
 * A snapshot may hold any value. Edges between the old and the new levels are
 * not edges that the guest has seen, so nothing is latched here.
 */
static int gpio_restored(struct ob_dev *dev)
{
    struct gpio *g = ob_state(dev);

    g->outside &= PIN_MASK;
    g->pins = gpio_pins(g);
    g->driven = g->out & g->dir & PIN_MASK;
    ob_irq_set(dev, IRQ, g->stat != 0);
    for (uint32_t n = 0; n < PINS; n++)
        ob_output_set(dev, PIN_OUTPUTS, n, g->driven >> n & 1);
    return 0;
}

static const struct ob_field pin_fields[] = {
    { .name = "PIN", .lsb = 0, .bits = PINS, .access = OB_RW },
};
static const struct ob_field pin_w1c_fields[] = {
    { .name = "PIN", .lsb = 0, .bits = PINS, .access = OB_W1C },
};

static const struct ob_reg gpio_regs[] = {
    { OB_REG32(gpio, "DIR", GPIO_DIR, dir), OB_FIELDS(pin_fields),
      .on_write = reg_write },
    { OB_REG32(gpio, "OUT", GPIO_OUT, out), OB_FIELDS(pin_fields),
      .on_write = reg_write },
    { .name = "SET", .offset = GPIO_SET, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = set_write },
    { .name = "CLR", .offset = GPIO_CLR, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = clr_write },
    { .name = "TOGGLE", .offset = GPIO_TOGGLE, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = toggle_write },
    { .name = "IN", .offset = GPIO_IN, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = in_read },
    { OB_REG32(gpio, "RISE", GPIO_RISE, rise), OB_FIELDS(pin_fields) },
    { OB_REG32(gpio, "FALL", GPIO_FALL, fall), OB_FIELDS(pin_fields) },
    { OB_REG32(gpio, "STAT", GPIO_STAT, stat), OB_FIELDS(pin_w1c_fields),
      .on_write = reg_write },
};

static const struct ob_region gpio_regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(gpio_regs) },
};
static const struct ob_irq gpio_irqs[] = { { "irq" } };
static const struct ob_gpio gpio_inputs[] = {
    { .name = "in", .count = PINS, .changed = gpio_input },
};
static const struct ob_gpio gpio_outputs[] = {
    { .name = "out", .count = PINS },
};
static const struct ob_saved gpio_saved[] = { OB_SAVED(gpio, outside) };

const struct ob_device_type acme_gpio_type = {
    .size = sizeof(acme_gpio_type),
    .name = "acme-gpio",
    .desc = "ACME GPIO, 16 pins with edge interrupts",
    .state_bytes = sizeof(struct gpio),
    .state_version = 1,
    .state_oldest = 1,
    .regions = OB_ARRAY(gpio_regions),
    .irqs = OB_ARRAY(gpio_irqs),
    .inputs = OB_ARRAY(gpio_inputs),
    .outputs = OB_ARRAY(gpio_outputs),
    .saved = OB_ARRAY(gpio_saved),
    .reset = gpio_reset,
    .restored = gpio_restored,
};
