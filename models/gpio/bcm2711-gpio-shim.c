/* SPDX-License-Identifier: MIT */
/*
 * A shim in front of QEMU's bcm2835_gpio, which lacks the BCM2711's pull
 * registers: BCM2711 ARM Peripherals, 5.2, GPIO_PUP_PDN_CNTRL_REG0 to 3.
 *
 * Not modelled: the effect of a pull on a pin. The settings are kept.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { PULL_REGS = 4, GPIO_REGION = 0 };

struct gpio {
    uint32_t pulls[PULL_REGS];      /* registers */
    const struct ob_link *target;   /* property */
};

/* 5.2: the pulls after a reset, two bits for each pin. */
static const uint32_t pulls_reset[PULL_REGS] = {
    0xaaa95555, 0xa0aaaaaa, 0x50aaa95a, 0x00055555,
};

static uint64_t gpio_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    const struct gpio *g = ob_state(dev);
    uint64_t value = 0;

    ob_link_read(dev, g->target, GPIO_REGION, offset, bytes, &value);
    return value;
}

static void gpio_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    const struct gpio *g = ob_state(dev);

    ob_link_write(dev, g->target, GPIO_REGION, offset, bytes, value);
}

static void gpio_reset(struct ob_dev *dev, uint32_t kind)
{
    struct gpio *g = ob_state(dev);

    for (uint32_t n = 0; n < PULL_REGS; n++)
        g->pulls[n] = pulls_reset[n];
}

static const struct ob_reg gpio_regs[] = {
    { OB_REG32_ARRAY("GPIO_PUP_PDN_CNTRL_REG", 0xe4, struct gpio, pulls) },
};

static const struct ob_region gpio_regions[] = {
    { .name = "regs", .bytes = 0x100, .access_min = 4, .access_max = 4,
      .regs = OB_ARRAY(gpio_regs), .on_read = gpio_read,
      .on_write = gpio_write },
};
static const struct ob_prop gpio_props[] = {
    { OB_PROP_LINK_AT("target", struct gpio, target),
      .desc = "the bcm2835_gpio to forward to", .flags = OB_PROP_REQUIRED },
};

OB_DEVICE(bcm2711_gpio_shim_type, "bcm2711-gpio-shim", struct gpio,
          "pull registers for bcm2835_gpio", .props = OB_ARRAY(gpio_props),
          .regions = OB_ARRAY(gpio_regions), .reset = gpio_reset);
