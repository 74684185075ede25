/* SPDX-License-Identifier: MIT */
/*
 * The tags of a Pi 4's firmware that QEMU's bcm2835-property lacks: the GPIO
 * expander, the board's serial number, clocks, notifications. Source: the
 * firmware wiki's "Mailbox property interface" and Linux's drivers
 * gpio-raspberrypi-exp and clk-raspberrypi.
 */
#include "bcm2711-property.h"

enum {
    TAG_SERIAL = 0x10004,
    TAG_CLOCKS = 0x10007,
    TAG_CLOCK_RATE = 0x30002,
    TAG_CLOCK_MAX = 0x30004,
    TAG_CLOCK_MIN = 0x30007,
    TAG_GPIO_GET = 0x30041,
    TAG_GPIO_CONFIG = 0x30043,
    TAG_THROTTLED = 0x30046,
    TAG_CLOCK_MEASURED = 0x30047,
    TAG_REBOOT = 0x30048,
    TAG_XHCI_RESET = 0x30058,
    TAG_DISPLAY_DONE = 0x30066,
    TAG_CLOCK_SET = 0x38002,
    TAG_GPIO_SET = 0x38041,
    TAG_GPIO_CONFIGURE = 0x38043,
};

enum { EXP_BASE = 128, EXP_SD_POWER = 6 };
enum { EXP_GPIO, EXP_DIR, EXP_POLARITY, EXP_TERM, EXP_PULL_UP, EXP_LEVEL };

#define MHZ 1000000u

/* The rates of an idle Pi 4, in Hz, by the firmware's clock number. */
static const struct clock {
    uint32_t id, rate, min, max;
} clocks[] = {
    { 1, 250 * MHZ, 250 * MHZ, 250 * MHZ },   /* EMMC */
    { 2, 48 * MHZ, 48 * MHZ, 48 * MHZ },      /* UART */
    { 3, 1500 * MHZ, 600 * MHZ, 1500 * MHZ }, /* ARM */
    { 4, 500 * MHZ, 200 * MHZ, 500 * MHZ },   /* core */
    { 5, 500 * MHZ, 250 * MHZ, 500 * MHZ },   /* V3D */
    { 12, 100 * MHZ, 100 * MHZ, 100 * MHZ },  /* EMMC2 */
    { 13, 250 * MHZ, 120 * MHZ, 500 * MHZ },  /* M2MC */
    { 14, 300 * MHZ, 0, 600 * MHZ },          /* pixel BVB */
};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

/* On success, the answer has 0 in place of the line's number. */
static void answer_gpio(struct ob_dev *dev, struct property_tag *t)
{
    struct property *s = ob_state(dev);
    uint32_t number = property_get(t, EXP_GPIO), *line;

    if (number < EXP_BASE || number >= EXP_BASE + EXP_LINES) {
        ob_log(dev, OB_LOG_GUEST, "the expander has no line %u",
               (unsigned)number);
        return;
    }
    line = &s->lines[(number - EXP_BASE) * EXP_WORDS];
    property_put(t, EXP_GPIO, 0);
    switch (t->id) {
    case TAG_GPIO_GET: property_put(t, 1, line[EXP_LEVEL]); break;
    case TAG_GPIO_SET: line[EXP_LEVEL] = property_get(t, 1) & 1; break;
    case TAG_GPIO_CONFIG:
        for (uint32_t n = EXP_DIR; n < EXP_LEVEL; n++)
            property_put(t, n, line[n]);
        break;
    default:
        for (uint32_t n = EXP_DIR; n < EXP_WORDS; n++)
            line[n] = property_get(t, n) & 1;
    }
}

static void answer_rate(struct ob_dev *dev, struct property_tag *t, uint32_t n)
{
    struct property *s = ob_state(dev);
    uint32_t rate = property_get(t, 1);

    switch (t->id) {
    case TAG_CLOCK_MIN: rate = clocks[n].min; break;
    case TAG_CLOCK_MAX: rate = clocks[n].max; break;
    case TAG_CLOCK_SET:
        rate = rate > clocks[n].max ? clocks[n].max : rate;
        s->rates[n] = rate < clocks[n].min ? clocks[n].min : rate;
        break;
    }
    if (t->id != TAG_CLOCK_MIN && t->id != TAG_CLOCK_MAX)
        rate = s->rates[n];
    property_put(t, 1, rate);
}

/* For clocks outside the table, the answer of QEMU's part remains. */
static void answer_clock(struct ob_dev *dev, struct property_tag *t)
{
    uint32_t id = property_get(t, 0);

    for (uint32_t n = 0; n < CLOCKS; n++)
        if (clocks[n].id == id)
            answer_rate(dev, t, n);
}

/* Pairs of parent (0: no parent) and number; a pair of zeros ends them. */
static uint32_t answer_clocks(struct property_tag *t)
{
    uint32_t n = 0;

    for (; n < CLOCKS; n++) {
        property_put(t, 2 * n, 0);
        property_put(t, 2 * n + 1, clocks[n].id);
    }
    property_put(t, 2 * n, 0);
    property_put(t, 2 * n + 1, 0);
    return 2 * (n + 1) * PROPERTY_WORD;
}

int64_t property_answer(struct ob_dev *dev, struct property_tag *t)
{
    const struct property *s = ob_state(dev);

    switch (t->id) {
    case TAG_SERIAL:
        property_put(t, 0, (uint32_t)s->serial);
        property_put(t, 1, (uint32_t)(s->serial >> 32));
        return 2 * PROPERTY_WORD;
    case TAG_CLOCKS: return answer_clocks(t);
    case TAG_CLOCK_RATE:
    case TAG_CLOCK_MAX:
    case TAG_CLOCK_MIN:
    case TAG_CLOCK_MEASURED:
    case TAG_CLOCK_SET: answer_clock(dev, t); return 2 * PROPERTY_WORD;
    case TAG_GPIO_GET:
    case TAG_GPIO_SET: answer_gpio(dev, t); return 2 * PROPERTY_WORD;
    case TAG_GPIO_CONFIG:
        answer_gpio(dev, t);
        return EXP_LEVEL * PROPERTY_WORD;
    case TAG_GPIO_CONFIGURE:
        answer_gpio(dev, t);
        return EXP_WORDS * PROPERTY_WORD;
    case TAG_THROTTLED: property_put(t, 0, 0); return PROPERTY_WORD;
    case TAG_XHCI_RESET: return PROPERTY_WORD;
    case TAG_REBOOT:
    case TAG_DISPLAY_DONE: return 0;
    default: return -1;
    }
}

void property_reset_tags(struct ob_dev *dev)
{
    struct property *s = ob_state(dev);

    for (uint32_t n = 0; n < CLOCKS; n++)
        s->rates[n] = clocks[n].rate;
    for (uint32_t n = 0; n < EXP_LINES * EXP_WORDS; n++)
        s->lines[n] = n % EXP_WORDS == EXP_DIR;
    s->lines[EXP_SD_POWER * EXP_WORDS + EXP_LEVEL] = 1;
}
