/* SPDX-License-Identifier: MIT */
/*
 * A model of the UART: ACME DevKit manual, chapter 2 (manual.md).
 *
 * Not modelled: framing errors, parity errors and overrun. The backend waits
 * until the receive FIFO has room, so no character is lost.
 */
#include "acme.h"

enum {
    STAT_RXNE = 0x1,                /* the receive FIFO is not empty */
    STAT_TXE = 0x2,                 /* all characters are sent */
    STAT_TXF = 0x4,                 /* the transmit FIFO is full */
    STAT_BRK = 0x100,               /* a break was received */
};
enum { CTRL_EN = 0x1, CTRL_RXIE = 0x10, CTRL_TXIE = 0x20, CTRL_BRKIE = 0x40 };
enum { BAUD_DIV = 0xffff };

enum { IRQ = 0, CLK = 0, FRAME = 0, CHR = 0 };  /* each list has one item */
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

/* STAT follows from the FIFOs, the interrupt from STAT and CTRL. */
static void uart_update(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    u->stat &= STAT_BRK;
    if (u->rx.count)
        u->stat |= STAT_RXNE;
    if (!u->tx.count)
        u->stat |= STAT_TXE;
    if (u->tx.count == u->depth)
        u->stat |= STAT_TXF;
    ob_irq_set(dev, IRQ, 0,
               (u->stat & STAT_RXNE && u->ctrl & CTRL_RXIE) ||
                   (u->stat & STAT_TXE && u->ctrl & CTRL_TXIE) ||
                   (u->stat & STAT_BRK && u->ctrl & CTRL_BRKIE));
}

/*
 * Start or stop sending. 2.4: a frame has ten bits of 16 * BAUD clocks. A
 * change of BAUD or of the clock applies from the next frame on.
 */
static void uart_run(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint64_t clocks = (uint64_t)FRAME_BITS * OVERSAMPLING * u->baud;
    uint64_t hz = ob_clock_hz(dev, CLK, 0);

    if (!(u->ctrl & CTRL_EN) || !u->tx.count || !clocks || !hz)
        ob_timer_cancel(dev, FRAME, 0);
    else if (ob_timer_deadline(dev, FRAME, 0) == UINT64_MAX)
        ob_timer_arm(dev, FRAME, 0,
                     ob_now_ns(dev) + ob_ticks_to_ns(clocks, hz));
}

static void frame_sent(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct uart *u = ob_state(dev);
    uint8_t byte;

    if (!u->tx.count)
        return;
    byte = fifo_pop(&u->tx);
    ob_chr_send(dev, CHR, 0, &byte, 1);
    uart_run(dev);
    uart_update(dev);
}

static void clk_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    uart_run(dev);
}

/* The backend waits while the FIFO is full, so report that it has room. */
static uint64_t data_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    struct uart *u = ob_state(dev);
    bool was_full = u->rx.count == u->depth;
    uint8_t byte;

    if (!u->rx.count) {
        ob_log(dev, OB_LOG_GUEST, "DATA read while the receive FIFO is empty");
        return 0;
    }
    byte = fifo_pop(&u->rx);
    uart_update(dev);
    if (was_full)
        ob_chr_ready(dev, CHR, 0);
    return byte;
}

static void data_written(struct ob_dev *dev, const struct ob_reg_write *w)
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

static void reg_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    uart_run(dev);
    uart_update(dev);
}

static void ctrl_written(struct ob_dev *dev, const struct ob_reg_write *w)
{
    reg_written(dev, w);
    if (w->value & ~w->old & CTRL_EN)
        ob_chr_ready(dev, CHR, 0);
}

/* 2.3: a UART that is not enabled receives nothing. */
static uint32_t uart_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    struct uart *u = ob_state(dev);

    return u->ctrl & CTRL_EN ? u->depth - u->rx.count : 0;
}

static void uart_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                         const uint8_t *bytes, uint32_t count)
{
    struct uart *u = ob_state(dev);

    for (uint32_t i = 0; i < count && u->rx.count < u->depth; i++)
        fifo_push(&u->rx, bytes[i]);
    uart_update(dev);
}

static void uart_event(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                       uint32_t event)
{
    struct uart *u = ob_state(dev);

    if (event == OB_CHR_BREAK)
        u->stat |= STAT_BRK;
    uart_update(dev);
}

static void uart_reset(struct ob_dev *dev, uint32_t kind)
{
    struct uart *u = ob_state(dev);

    u->rx = u->tx = (struct fifo){ .count = 0 };
    uart_update(dev);
}

/* A snapshot may hold any value: check the indices of both FIFOs. */
static int32_t uart_restored(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->rx.head >= FIFO_MAX || u->rx.count > u->depth ||
        u->tx.head >= FIFO_MAX || u->tx.count > u->depth)
        return ob_refuse(dev, "saved FIFO holds more than fifo-depth (%u)",
                         u->depth);
    uart_update(dev);
    return OB_OK;
}

static const struct ob_field stat_fields[] = {
    OB_BITS("RXNE", STAT_RXNE, OB_RO),
    OB_BITS("TXE", STAT_TXE, OB_RO),
    OB_BITS("TXF", STAT_TXF, OB_RO),
    OB_BITS("BRK", STAT_BRK, OB_W1C),
};
static const struct ob_field ctrl_fields[] = {
    OB_BITS("EN", CTRL_EN, OB_RW),
    OB_BITS("RXIE", CTRL_RXIE, OB_RW),
    OB_BITS("TXIE", CTRL_TXIE, OB_RW),
    OB_BITS("BRKIE", CTRL_BRKIE, OB_RW),
};
static const struct ob_field baud_fields[] = {
    OB_BITS("DIV", BAUD_DIV, OB_RW),
};

static const struct ob_reg regs[] = {
    { OB_REG32_HOOKED("DATA", 0x00),
      .on_read = data_read, .on_write = data_written },
    { OB_REG32("STAT", 0x04, struct uart, stat), .reset = STAT_TXE,
      .fields = OB_ARRAY(stat_fields), .on_write = reg_written },
    { OB_REG32("CTRL", 0x08, struct uart, ctrl),
      .fields = OB_ARRAY(ctrl_fields), .on_write = ctrl_written },
    { OB_REG32("BAUD", 0x0c, struct uart, baud),
      .fields = OB_ARRAY(baud_fields), .on_write = reg_written },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x400, .regs = OB_ARRAY(regs) },
};
static const struct ob_prop props[] = {
    { OB_PROP_UINT_AT("fifo-depth", struct uart, depth), .def = 16, .min = 1,
      .max = FIFO_MAX, .desc = "characters in either FIFO" },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clk_changed },
};
static const struct ob_timer timers[] = {
    { .name = "frame", .expired = frame_sent },
};
static const struct ob_chardev chardevs[] = {
    { .name = "chardev", .room = uart_room, .receive = uart_receive,
      .event = uart_event },
};
static const struct ob_saved saved[] = {
    OB_SAVED_ARRAY(struct uart, rx.bytes),
    OB_SAVED(struct uart, rx.head),
    OB_SAVED(struct uart, rx.count),
    OB_SAVED_ARRAY(struct uart, tx.bytes),
    OB_SAVED(struct uart, tx.head),
    OB_SAVED(struct uart, tx.count),
};

OB_DEVICE(acme_uart_type, "acme-uart", struct uart, "ACME UART with FIFOs",
          .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),
          .irqs = OB_ARRAY(irqs), .clocks = OB_ARRAY(clocks),
          .timers = OB_ARRAY(timers), .chardevs = OB_ARRAY(chardevs),
          .saved = OB_ARRAY(saved), .reset = uart_reset,
          .restored = uart_restored);
