/* SPDX-License-Identifier: MIT */
/*
 * A model of the UART of the Goldfish platform, version 1 (physical addresses).
 * Source: GOLDFISH-VIRTUAL-HARDWARE.TXT of the Android emulator, "Goldfish
 * TTY", and Linux, drivers/tty/goldfish.c.
 *
 * The device has the byte order of the machine, so there are two types.
 *
 * A driver uses its buffer again as soon as the write to CMD returns. So a
 * command sends AT_ONCE bytes before it returns, which is more than Linux
 * writes at a time (a page). The rest of a longer buffer follows on a timer,
 * because the guest chooses the length, up to 4 GiB, and the machine must not
 * wait that long.
 *
 * Not modelled: version 0, whose buffers have virtual addresses.
 */
#include <outboard/outboard.h>

#include "models.h"

enum { CMD_INT_DISABLE = 0, CMD_INT_ENABLE = 1, CMD_WRITE_BUFFER = 2,
       CMD_READ_BUFFER = 3 };
enum { IRQ };                       /* irqs */
enum { STEP };                      /* timers */
enum { CHARDEV };                   /* chardevs */
enum { FIFO = 128, VERSION = 1, REGS_BYTES = 0x24 };
enum { PAGE = 4096, AT_ONCE = 65536, BYTE_NS = 10, LATEST_NS = 1000000 };

struct tty {
    uint32_t put, cmd, low, high, length;
    const struct ob_link *memory;   /* property */
    uint8_t fifo[FIFO];             /* received characters */
    uint32_t first, count;          /* of fifo[] */
    uint32_t enabled;               /* interrupt enable, 0 or 1 */
    uint32_t left;                  /* of the buffer that is being sent: */
    uint64_t at;                    /*   its next byte */
};

static void tty_update_irq(struct ob_dev *dev)
{
    const struct tty *t = ob_state(dev);

    ob_irq_set(dev, IRQ, 0, t->enabled && t->count);
}

static uint64_t tty_address(const struct tty *t)
{
    return (uint64_t)t->high << 32 | t->low;
}

/* --- receiving ------------------------------------------------------------ */

static uint32_t tty_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    const struct tty *t = ob_state(dev);

    return FIFO - t->count;
}

static void tty_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                        const uint8_t *bytes, uint32_t count)
{
    struct tty *t = ob_state(dev);

    for (uint32_t i = 0; i < count && t->count < FIFO; i++)
        t->fifo[(t->first + t->count++) % FIFO] = bytes[i];
    tty_update_irq(dev);
}

/* Take the characters first: the access may be to these registers. */
static void read_buffer(struct ob_dev *dev)
{
    struct tty *t = ob_state(dev);
    uint32_t count = t->length < t->count ? t->length : t->count;
    uint64_t at = tty_address(t);
    bool was_full = t->count == FIFO;
    uint8_t bytes[FIFO];

    if (!count)
        return;
    for (uint32_t n = 0; n < count; n++)
        bytes[n] = t->fifo[(t->first + n) % FIFO];
    t->first = (t->first + count) % FIFO;
    t->count -= count;
    if (ob_mem_write(dev, t->memory, at, bytes, count))
        ob_log(dev, OB_LOG_GUEST,
               "READ_BUFFER: writing memory at 0x%llx fails; %u characters "
               "are lost",
               (unsigned long long)at, (unsigned)count);
    tty_update_irq(dev);
    if (was_full)
        ob_chr_ready(dev, CHARDEV, 0);
}

/* --- sending -------------------------------------------------------------- */

/*
 * Send the buffer up to the end of its page. So the part sends everything
 * before the first page that is not in memory. Store the new state first: the
 * access may be to these registers.
 */
static uint32_t send_part(struct ob_dev *dev)
{
    struct tty *t = ob_state(dev);
    uint8_t bytes[PAGE];
    uint64_t at = t->at;
    uint32_t count = PAGE - (uint32_t)(at % PAGE);

    count = t->left < count ? t->left : count;
    t->at += count;
    t->left -= count;
    if (ob_mem_read(dev, t->memory, at, bytes, count)) {
        ob_log(dev, OB_LOG_GUEST,
               "WRITE_BUFFER: reading memory at 0x%llx fails; %llu bytes are "
               "not sent",
               (unsigned long long)at, (unsigned long long)t->left + count);
        t->left = 0;
        return 0;
    }
    ob_chr_send(dev, CHARDEV, 0, bytes, count);
    return count;
}

/* Send up to AT_ONCE bytes now. The timer sends the rest. */
static void tty_send(struct ob_dev *dev)
{
    const struct tty *t = ob_state(dev);
    uint32_t sent = 0;

    while (t->left && sent < AT_ONCE)
        sent += send_part(dev);
    if (t->left)
        ob_timer_arm(dev, STEP, 0, ob_now_ns(dev) + (uint64_t)sent * BYTE_NS);
}

static void tty_step(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    tty_send(dev);
}

/* The registers cannot report a busy sender: the hardware never waits. */
static void write_buffer(struct ob_dev *dev)
{
    struct tty *t = ob_state(dev);

    if (t->left) {
        ob_log(dev, OB_LOG_GUEST,
               "WRITE_BUFFER: %u bytes of the buffer before are not sent yet; "
               "ignored",
               (unsigned)t->left);
        return;
    }
    t->at = tty_address(t);
    t->left = t->length;
    tty_send(dev);
}

static void put_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uint8_t byte = (uint8_t)w->raw;

    if (w->mask & 0xff)
        ob_chr_send(dev, CHARDEV, 0, &byte, 1);
}

/* --- control -------------------------------------------------------------- */

static void enable_irq(struct ob_dev *dev, bool on)
{
    struct tty *t = ob_state(dev);

    t->enabled = on;
    tty_update_irq(dev);
}

static void cmd_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    switch (w->raw) {
    case CMD_INT_DISABLE:
    case CMD_INT_ENABLE: enable_irq(dev, w->raw == CMD_INT_ENABLE); break;
    case CMD_WRITE_BUFFER: write_buffer(dev); break;
    case CMD_READ_BUFFER: read_buffer(dev); break;
    default:
        ob_log(dev, OB_LOG_GUEST, "command 0x%x is not known",
               (unsigned)w->raw);
    }
}

/* A 32-bit driver writes only the lower half. */
static void low_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct tty *t = ob_state(dev);

    t->high = 0;
}

static uint64_t ready_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct tty *t = ob_state(dev);

    return t->count;
}

static void tty_reset(struct ob_dev *dev, uint32_t kind)
{
    struct tty *t = ob_state(dev);
    bool was_full = t->count == FIFO;

    for (uint32_t n = 0; n < FIFO; n++)
        t->fifo[n] = 0;
    t->first = t->count = t->enabled = t->left = 0;
    t->at = 0;
    tty_update_irq(dev);
    if (was_full)
        ob_chr_ready(dev, CHARDEV, 0);
}

/* A snapshot may hold any value. A buffer in transfer needs its timer. */
static int32_t tty_restored(struct ob_dev *dev)
{
    const struct tty *t = ob_state(dev);
    uint64_t latest = ob_now_ns(dev) + LATEST_NS;

    if (t->first >= FIFO || t->count > FIFO || t->enabled > 1)
        return ob_refuse(dev,
                         "%u characters from %u on in a FIFO of %u, interrupt "
                         "enable %u",
                         (unsigned)t->count, (unsigned)t->first,
                         (unsigned)FIFO, (unsigned)t->enabled);
    if (t->left && ob_timer_deadline(dev, STEP, 0) > latest)
        ob_timer_arm(dev, STEP, 0, latest);
    tty_update_irq(dev);
    return OB_OK;
}

static const struct ob_reg tty_regs[] = {
    { OB_REG32("PUT_CHAR", 0x00, struct tty, put), .access = OB_WO,
      .on_write = put_write },
    { OB_REG32_HOOKED("BYTES_READY", 0x04), .access = OB_RO,
      .on_read = ready_read },
    { OB_REG32("CMD", 0x08, struct tty, cmd), .access = OB_WO,
      .on_write = cmd_write },
    { OB_REG32("DATA_PTR", 0x10, struct tty, low), .access = OB_WO,
      .on_write = low_write },
    { OB_REG32("DATA_LEN", 0x14, struct tty, length), .access = OB_WO },
    { OB_REG32("DATA_PTR_HIGH", 0x18, struct tty, high), .access = OB_WO },
    { OB_REG32_CONST("VERSION", 0x20, VERSION) },
};
static const struct ob_region tty_regions[] = {
    { .name = "regs", .bytes = REGS_BYTES, .regs = OB_ARRAY(tty_regs) },
};
static const struct ob_region tty_be_regions[] = {
    { .name = "regs", .bytes = REGS_BYTES, .flags = OB_REGION_BIG_ENDIAN,
      .regs = OB_ARRAY(tty_regs) },
};
static const struct ob_prop tty_props[] = {
    { OB_PROP_LINK_AT("dma-mr", struct tty, memory),
      .desc = "memory of the buffers; or the system's" },
};
static const struct ob_irq tty_irqs[] = {
    [IRQ] = { .name = "irq" },
};
static const struct ob_timer tty_timers[] = {
    [STEP] = { .name = "step", .expired = tty_step },
};
static const struct ob_chardev tty_chardevs[] = {
    [CHARDEV] = { .name = "chardev", .room = tty_room,
                  .receive = tty_receive },
};
static const struct ob_saved tty_saved[] = {
    OB_SAVED_ARRAY(struct tty, fifo), OB_SAVED(struct tty, first),
    OB_SAVED(struct tty, count), OB_SAVED(struct tty, enabled),
    OB_SAVED(struct tty, left), OB_SAVED(struct tty, at),
};

/* The two types differ only in their byte order. */
#define TTY_PARTS                                                             \
    .props = OB_ARRAY(tty_props), .irqs = OB_ARRAY(tty_irqs),                 \
    .timers = OB_ARRAY(tty_timers), .chardevs = OB_ARRAY(tty_chardevs),       \
    .saved = OB_ARRAY(tty_saved), .reset = tty_reset, .restored = tty_restored

OB_DEVICE(google_goldfish_tty_type, "google-goldfish-tty", struct tty,
          "Goldfish UART, little-endian", .regions = OB_ARRAY(tty_regions),
          TTY_PARTS);
OB_DEVICE(google_goldfish_tty_be_type, "google-goldfish-tty-be", struct tty,
          "Goldfish UART, big-endian", .regions = OB_ARRAY(tty_be_regions),
          TTY_PARTS);
