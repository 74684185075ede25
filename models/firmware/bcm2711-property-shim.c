/* SPDX-License-Identifier: MIT */
/*
 * Stands in front of QEMU's bcm2835-property in the mailbox's container and
 * answers the tags of a Pi 4's firmware that the part behind it does not know:
 * the GPIO expander, the board's serial number, clocks, notifications. Tags
 * and their layout: the firmware wiki's "Mailbox property interface" and
 * Linux's drivers (gpio-raspberrypi-exp, clk-raspberrypi).
 *
 * Messages go to the part behind it first, then the added tags are answered
 * in place; the guest runs again only after both.
 * Not modelled: tags past the first 4 KiB of a message.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { BOX_DATA = 0x0, BOX_PENDING = 0x4, BOX_BYTES = 0x10 };

/* A message: total bytes, code, tags; a tag: id, room, length, value. */
enum { MSG_TAGS = 8, TAG_HEAD = 12, TAG_LENGTH = 8, MSG_MAX = 4096 };
#define MSG_ADDRESS  0xfffffff0u    /* the rest is the channel */
#define TAG_ANSWERED 0x80000000u    /* and the answer's bytes */

enum {
    TAG_END = 0,
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

enum { PROPERTY_REGION = 0, WORD = 4 };

/* The expander's lines; a request names them from 128 on. */
enum { EXP_BASE = 128, EXP_LINES = 8, EXP_SD_POWER = 6 };
enum { EXP_GPIO, EXP_DIR, EXP_POLARITY, EXP_TERM, EXP_PULL_UP, EXP_LEVEL,
       EXP_WORDS };

enum { CLOCK_SLOTS = 16 };
#define MHZ 1000000u

/* Rates of a Pi 4 at rest, in Hz; by the firmware's number of the clock. */
static const struct clock {
    uint32_t id, rate, min, max;
} clocks[] = {
    { 1, 250 * MHZ, 250 * MHZ, 250 * MHZ },     /* EMMC */
    { 2, 48 * MHZ, 48 * MHZ, 48 * MHZ },        /* UART */
    { 3, 1500 * MHZ, 600 * MHZ, 1500 * MHZ },   /* ARM */
    { 4, 500 * MHZ, 200 * MHZ, 500 * MHZ },     /* core */
    { 5, 500 * MHZ, 250 * MHZ, 500 * MHZ },     /* V3D */
    { 12, 100 * MHZ, 100 * MHZ, 100 * MHZ },    /* EMMC2 */
    { 13, 250 * MHZ, 120 * MHZ, 500 * MHZ },    /* M2MC */
    { 14, 300 * MHZ, 0, 600 * MHZ },            /* pixel BVB */
};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

struct shim {
    const struct ob_link *target, *dma;         /* properties */
    uint64_t serial;                            /* property */
    uint32_t rates[CLOCK_SLOTS];                /* Hz, as in clocks[] */
    uint32_t lines[EXP_LINES][EXP_WORDS];       /* expander */
};

/* A tag of the message: its words, a copy in guest byte order. */
struct tag {
    uint32_t id, room;              /* room: bytes of the value */
    uint8_t *value;
};

static uint32_t get_word(const struct tag *t, uint32_t n)
{
    const uint8_t *p = t->value + n * WORD;

    return (n + 1) * WORD > t->room ? 0
        : p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Words that the tag has no room for are left out, as the firmware does. */
static void put_word(struct tag *t, uint32_t n, uint32_t word)
{
    if ((n + 1) * WORD > t->room)
        return;
    for (unsigned i = 0; i < WORD; i++)
        t->value[n * WORD + i] = (uint8_t)(word >> 8 * i);
}

/* 0, which is a line's number in an answer, says that all went well. */
static void answer_gpio(struct ob_dev *dev, struct tag *t)
{
    struct shim *s = ob_state(dev);
    uint32_t number = get_word(t, EXP_GPIO), *line;

    if (number < EXP_BASE || number >= EXP_BASE + EXP_LINES) {
        ob_log(dev, OB_LOG_GUEST, "the expander has no line %u",
               (unsigned)number);
        return;
    }
    line = s->lines[number - EXP_BASE];
    put_word(t, EXP_GPIO, 0);
    switch (t->id) {
    case TAG_GPIO_GET:
        put_word(t, 1, line[EXP_LEVEL]);
        break;
    case TAG_GPIO_SET:
        line[EXP_LEVEL] = get_word(t, 1) & 1;
        break;
    case TAG_GPIO_CONFIG:
        for (uint32_t n = EXP_DIR; n < EXP_LEVEL; n++)
            put_word(t, n, line[n]);
        break;
    default:
        for (uint32_t n = EXP_DIR; n < EXP_WORDS; n++)
            line[n] = get_word(t, n) & 1;
    }
}

static void answer_rate(struct ob_dev *dev, struct tag *t, uint32_t n)
{
    struct shim *s = ob_state(dev);
    uint32_t rate = get_word(t, 1);

    switch (t->id) {
    case TAG_CLOCK_MIN:
        rate = clocks[n].min;
        break;
    case TAG_CLOCK_MAX:
        rate = clocks[n].max;
        break;
    case TAG_CLOCK_SET:
        rate = rate > clocks[n].max ? clocks[n].max : rate;
        s->rates[n] = rate < clocks[n].min ? clocks[n].min : rate;
        break;
    }
    if (t->id != TAG_CLOCK_MIN && t->id != TAG_CLOCK_MAX)
        rate = s->rates[n];
    put_word(t, 1, rate);
}

/* Clocks that are not in the table keep the answer of the part behind. */
static void answer_clock(struct ob_dev *dev, struct tag *t)
{
    uint32_t id = get_word(t, 0);

    for (uint32_t n = 0; n < CLOCKS; n++)
        if (clocks[n].id == id)
            answer_rate(dev, t, n);
}

/* Pairs of parent (0: none) and number, up to a pair of zeros. */
static uint32_t answer_clocks(struct tag *t)
{
    uint32_t n = 0;

    for (; n < CLOCKS; n++) {
        put_word(t, 2 * n, 0);
        put_word(t, 2 * n + 1, clocks[n].id);
    }
    put_word(t, 2 * n, 0);
    put_word(t, 2 * n + 1, 0);
    return 2 * (n + 1) * WORD;
}

/* The bytes of the answer, or -1: the tag is not ours. */
static int64_t answer(struct ob_dev *dev, struct tag *t)
{
    const struct shim *s = ob_state(dev);

    switch (t->id) {
    case TAG_SERIAL:
        put_word(t, 0, (uint32_t)s->serial);
        put_word(t, 1, (uint32_t)(s->serial >> 32));
        return 2 * WORD;
    case TAG_CLOCKS:
        return answer_clocks(t);
    case TAG_CLOCK_RATE:
    case TAG_CLOCK_MAX:
    case TAG_CLOCK_MIN:
    case TAG_CLOCK_MEASURED:
    case TAG_CLOCK_SET:
        answer_clock(dev, t);
        return 2 * WORD;
    case TAG_GPIO_GET:
    case TAG_GPIO_SET:
        answer_gpio(dev, t);
        return 2 * WORD;
    case TAG_GPIO_CONFIG:
        answer_gpio(dev, t);
        return EXP_LEVEL * WORD;
    case TAG_GPIO_CONFIGURE:
        answer_gpio(dev, t);
        return EXP_WORDS * WORD;
    case TAG_THROTTLED:
        put_word(t, 0, 0);
        return WORD;
    case TAG_XHCI_RESET:
        return WORD;
    case TAG_REBOOT:
    case TAG_DISPLAY_DONE:
        return 0;
    default:
        return -1;
    }
}

/* Answer one tag of the message at `at`; the rest of it stays untouched. */
static void answer_at(struct ob_dev *dev, struct tag *t, uint64_t at)
{
    struct shim *s = ob_state(dev);
    int64_t bytes = answer(dev, t);
    uint8_t word[WORD];
    struct tag length = { .room = WORD, .value = word };

    if (bytes < 0)
        return;
    put_word(&length, 0, TAG_ANSWERED | (uint32_t)bytes);
    (void)ob_mem_write(dev, s->dma, at + TAG_LENGTH, word, WORD);
    (void)ob_mem_write(dev, s->dma, at + TAG_HEAD, t->value, t->room);
}

/* The message is the guest's: copied once, every length checked. */
static void answer_message(struct ob_dev *dev, uint64_t at)
{
    struct shim *s = ob_state(dev);
    uint8_t bytes[MSG_MAX];
    struct tag head = { .room = MSG_TAGS, .value = bytes }, t;
    uint32_t total, offset = MSG_TAGS;

    if (ob_mem_read(dev, s->dma, at, bytes, MSG_TAGS))
        return;
    total = get_word(&head, 0);
    total = total > MSG_MAX ? MSG_MAX : total;
    if (total < MSG_TAGS || ob_mem_read(dev, s->dma, at, bytes, total))
        return;
    while (total - offset >= TAG_HEAD) {
        head = (struct tag){ .room = TAG_HEAD, .value = bytes + offset };
        t = (struct tag){ get_word(&head, 0), get_word(&head, 1),
                          bytes + offset + TAG_HEAD };
        if (t.id == TAG_END || t.room > total - offset - TAG_HEAD)
            return;
        answer_at(dev, &t, at + offset);
        offset += TAG_HEAD + ((t.room + WORD - 1) & ~(WORD - 1u));
        if (offset > total)
            return;
    }
}

static uint64_t shim_read(struct ob_dev *dev, uint64_t offset, uint32_t bytes)
{
    struct shim *s = ob_state(dev);
    uint64_t value = 0;

    if (ob_link_read(dev, s->target, PROPERTY_REGION, offset, bytes, &value))
        return 0;
    return value;
}

/* The part behind takes one message at a time and trusts us to look. */
static void shim_write(struct ob_dev *dev, uint64_t offset, uint64_t value,
                       uint32_t bytes)
{
    struct shim *s = ob_state(dev);

    if (offset == BOX_DATA && shim_read(dev, BOX_PENDING, WORD)) {
        ob_log(dev, OB_LOG_GUEST, "a message came before the last was read");
        return;
    }
    (void)ob_link_write(dev, s->target, PROPERTY_REGION, offset, bytes, value);
    if (offset == BOX_DATA)
        answer_message(dev, value & MSG_ADDRESS);
}

static void shim_reset(struct ob_dev *dev)
{
    struct shim *s = ob_state(dev);

    for (uint32_t n = 0; n < CLOCKS; n++)
        s->rates[n] = clocks[n].rate;
    for (uint32_t n = 0; n < EXP_LINES; n++)
        for (uint32_t word = 0; word < EXP_WORDS; word++)
            s->lines[n][word] = word == EXP_DIR;
    s->lines[EXP_SD_POWER][EXP_LEVEL] = 1;
}

static const struct ob_region shim_regions[] = {
    { .name = "box", .bytes = BOX_BYTES, .access_min = 4, .access_max = 4,
      .read = shim_read, .write = shim_write },
};
static const struct ob_prop shim_props[] = {
    { .name = "target", .desc = "the bcm2835-property behind it",
      .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED,
      .offset = offsetof(struct shim, target) },
    { .name = "dma-mr", .desc = "the bus that holds the messages",
      .type = OB_PROP_LINK, .offset = offsetof(struct shim, dma) },
    { .name = "serial", .desc = "the board's serial number",
      .type = OB_PROP_UINT, .offset = offsetof(struct shim, serial),
      .bytes = 8, .def = 0x10000000c0dec0de },
};
static const struct ob_saved shim_saved[] = {
    OB_SAVED_ARRAY(shim, rates),
    { "lines", offsetof(struct shim, lines), WORD, 0, EXP_LINES * EXP_WORDS,
      0 },
};

const struct ob_device_type bcm2711_property_shim_type = {
    .size = sizeof(bcm2711_property_shim_type),
    .name = "bcm2711-property-shim",
    .desc = "a Pi 4's firmware tags for bcm2835-property",
    .state_bytes = sizeof(struct shim),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(shim_props),
    .regions = OB_ARRAY(shim_regions),
    .saved = OB_ARRAY(shim_saved),
    .reset = shim_reset,
};
