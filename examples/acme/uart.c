/* SPDX-License-Identifier: MIT */
/*
 * A model of the UART: ACME DevKit manual, chapter 2 (manual.md).
 *
 * Not modelled: framing errors, parity errors and overrun. The backend waits
 * until the receive FIFO has room, so no character is lost.
 */
#include <outboard/outboard.h>

#include "acme.h"

enum { UART_DATA = 0x00, UART_STAT = 0x04, UART_CTRL = 0x08, UART_BAUD = 0x0c };

enum {
    STAT_RXNE = 1u << 0,            /* the receive FIFO is not empty */
    STAT_TXE = 1u << 1,             /* all characters are sent */
    STAT_TXF = 1u << 2,             /* the transmit FIFO is full */
    STAT_BRK = 1u << 8,             /* break received; write 1 to clear */
};
enum {
    CTRL_EN = 1u << 0,
    CTRL_RXIE = 1u << 4,
    CTRL_TXIE = 1u << 5,
    CTRL_BRKIE = 1u << 6,
};

enum { IRQ = 0, CLOCK = 0, FRAME = 0, CHR = 0 };  /* indices in the lists */
enum { FIFO_MAX = 64, FRAME_BITS = 10, OVERSAMPLING = 16 };

struct fifo {
    uint8_t bytes[FIFO_MAX];
    uint32_t head, count;
};

struct uart {
    uint32_t stat, ctrl, baud;      /* registers */
    uint32_t depth;                 /* property fifo-depth */
    struct fifo rx, tx;
};

/* STAT follows from the FIFOs, the interrupt from STAT and CTRL. */
static void uart_update(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint32_t flags = u->stat & STAT_BRK;

    flags |= u->rx.count ? STAT_RXNE : 0;
    flags |= u->tx.count ? 0 : STAT_TXE;
    flags |= u->tx.count == u->depth ? STAT_TXF : 0;
    u->stat = flags;
    ob_irq_set(dev, IRQ,
               (flags & STAT_RXNE && u->ctrl & CTRL_RXIE) ||
                   (flags & STAT_TXE && u->ctrl & CTRL_TXIE) ||
                   (flags & STAT_BRK && u->ctrl & CTRL_BRKIE));
}

static void fifo_push(struct fifo *f, uint8_t byte)
{
    f->bytes[(f->head + f->count++) % FIFO_MAX] = byte;
}

static uint8_t fifo_pop(struct fifo *f)
{
    uint8_t byte = f->bytes[f->head];

    f->head = (f->head + 1) % FIFO_MAX;
    f->count--;
    return byte;
}

/* 2.4: a frame has ten bits of 16 * BAUD clocks each. 0: no clock. */
static uint64_t uart_frame_ns(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK);
    uint64_t clocks = (uint64_t)FRAME_BITS * OVERSAMPLING * u->baud;

    return hz ? clocks * ACME_NS_PER_S / hz : 0;
}

/* Start or stop sending. Call it after a change of CTRL, BAUD or the FIFO. */
static void uart_run(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint64_t frame_ns = uart_frame_ns(dev);

    if (!(u->ctrl & CTRL_EN) || !u->tx.count || !frame_ns)
        ob_timer_cancel(dev, FRAME);
    else if (ob_timer_deadline(dev, FRAME) == UINT64_MAX)
        ob_timer_arm(dev, FRAME, ob_now_ns(dev) + frame_ns);
}

/*
 * 2.1. Receiving stops while the FIFO is full, so report the room when it is
 * not full any more.
 */
static uint64_t data_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct uart *u = ob_state(dev);
    bool was_full = u->rx.count == u->depth;
    uint8_t byte;

    (void)index, (void)stored;
    if (!u->rx.count) {
        ob_log(dev, OB_LOG_GUEST, "DATA read while the receive FIFO is empty");
        return 0;
    }
    byte = fifo_pop(&u->rx);
    uart_update(dev);
    if (was_full)
        ob_chr_ready(dev, CHR);
    return byte;
}

static void data_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    if (u->tx.count == u->depth) {
        ob_log(dev, OB_LOG_GUEST, "DATA written while the FIFO is full");
        return;
    }
    fifo_push(&u->tx, (uint8_t)w->raw);
    uart_run(dev);
    uart_update(dev);
}

static void stat_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    uart_update(dev);
}

static void ctrl_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uart_run(dev);
    uart_update(dev);
    if (w->value & ~w->old & CTRL_EN)
        ob_chr_ready(dev, CHR);
}

/* 2.4: a new divisor applies from the next frame on. */
static void baud_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    uart_run(dev);
}

static void frame_sent(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint8_t byte;

    if (!u->tx.count)
        return;
    byte = fifo_pop(&u->tx);
    ob_chr_send(dev, CHR, &byte, 1);
    uart_run(dev);
    uart_update(dev);
}

/* 2.3: a UART that is not enabled receives nothing. */
static uint32_t uart_room(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    return u->ctrl & CTRL_EN ? u->depth - u->rx.count : 0;
}

static void uart_receive(struct ob_dev *dev, const uint8_t *bytes,
                         uint32_t count)
{
    struct uart *u = ob_state(dev);

    for (uint32_t i = 0; i < count && u->rx.count < u->depth; i++)
        fifo_push(&u->rx, bytes[i]);
    uart_update(dev);
}

static void uart_event(struct ob_dev *dev, uint32_t event)
{
    struct uart *u = ob_state(dev);

    if (event != OB_CHR_BREAK)
        return;
    u->stat |= STAT_BRK;
    uart_update(dev);
}

static void uart_reset(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    u->rx = u->tx = (struct fifo){ .count = 0 };
    uart_update(dev);
}

/* A snapshot may hold any value: check the indices of both FIFOs. */
static int uart_restored(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->rx.head >= FIFO_MAX || u->rx.count > u->depth ||
        u->tx.head >= FIFO_MAX || u->tx.count > u->depth)
        return ob_fail(dev, "saved FIFO holds more than fifo-depth (%u)",
                       (unsigned)u->depth);
    uart_update(dev);
    return 0;
}

static const struct ob_field stat_fields[] = {
    { .name = "RXNE", .lsb = 0, .bits = 1, .access = OB_RO },
    { .name = "TXE", .lsb = 1, .bits = 1, .access = OB_RO },
    { .name = "TXF", .lsb = 2, .bits = 1, .access = OB_RO },
    { .name = "BRK", .lsb = 8, .bits = 1, .access = OB_W1C },
};
static const struct ob_field ctrl_fields[] = {
    { .name = "EN", .lsb = 0, .bits = 1, .access = OB_RW },
    { .name = "RXIE", .lsb = 4, .bits = 1, .access = OB_RW },
    { .name = "TXIE", .lsb = 5, .bits = 1, .access = OB_RW },
    { .name = "BRKIE", .lsb = 6, .bits = 1, .access = OB_RW },
};
static const struct ob_field baud_fields[] = {
    { .name = "DIV", .lsb = 0, .bits = 16, .access = OB_RW },
};

static const struct ob_reg uart_regs[] = {
    { .name = "DATA", .offset = UART_DATA, .bytes = 4, .state = OB_NO_STATE,
      .on_read = data_read, .on_write = data_write },
    { OB_REG32(uart, "STAT", UART_STAT, stat), OB_FIELDS(stat_fields),
      .reset = STAT_TXE, .on_write = stat_write },
    { OB_REG32(uart, "CTRL", UART_CTRL, ctrl), OB_FIELDS(ctrl_fields),
      .on_write = ctrl_write },
    { OB_REG32(uart, "BAUD", UART_BAUD, baud), OB_FIELDS(baud_fields),
      .on_write = baud_write },
};

static const struct ob_region uart_regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(uart_regs) },
};
static const struct ob_prop uart_props[] = {
    { .name = "fifo-depth", .desc = "characters in either FIFO",
      .type = OB_PROP_UINT, .offset = offsetof(struct uart, depth),
      .bytes = 4, .def = 16, .min = 1, .max = FIFO_MAX },
};
static const struct ob_irq uart_irqs[] = { { "irq" } };
static const struct ob_clock uart_clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = uart_run },
};
static const struct ob_timer uart_timers[] = { { "frame", frame_sent } };
static const struct ob_chardev uart_chardevs[] = {
    { .name = "chardev", .room = uart_room, .receive = uart_receive,
      .event = uart_event },
};
static const struct ob_saved uart_saved[] = {
    OB_SAVED_ARRAY(uart, rx.bytes),
    OB_SAVED(uart, rx.head),
    OB_SAVED(uart, rx.count),
    OB_SAVED_ARRAY(uart, tx.bytes),
    OB_SAVED(uart, tx.head),
    OB_SAVED(uart, tx.count),
};

const struct ob_device_type acme_uart_type = {
    .size = sizeof(acme_uart_type),
    .name = "acme-uart",
    .desc = "ACME UART with FIFOs",
    .state_bytes = sizeof(struct uart),
    .state_version = 1,
    .state_oldest = 1,
    .props = OB_ARRAY(uart_props),
    .regions = OB_ARRAY(uart_regions),
    .irqs = OB_ARRAY(uart_irqs),
    .clocks = OB_ARRAY(uart_clocks),
    .timers = OB_ARRAY(uart_timers),
    .chardevs = OB_ARRAY(uart_chardevs),
    .saved = OB_ARRAY(uart_saved),
    .reset = uart_reset,
    .restored = uart_restored,
};
