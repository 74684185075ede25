/* SPDX-License-Identifier: MIT */
/*
 * UART: ARM PrimeCell UART (PL011) Technical Reference Manual, DDI 0183, 3.
 *
 * What is sent is gone at once. Not modelled: DMA requests, IrDA, the modem's
 * lines and hardware flow control (but for loopback), sending breaks, parity
 * and framing errors. A UART that is not enabled sends all the same (logged).
 */
#include <outboard/outboard.h>

#include "models.h"

enum { REG_DR = 0x00, REG_RSR = 0x04, REG_FR = 0x18, REG_ILPR = 0x20,
       REG_IBRD = 0x24, REG_FBRD = 0x28, REG_LCR_H = 0x2c, REG_CR = 0x30,
       REG_IFLS = 0x34, REG_IMSC = 0x38, REG_RIS = 0x3c, REG_MIS = 0x40,
       REG_ICR = 0x44, REG_DMACR = 0x48, REG_ID = 0xfe0, ID_REGS = 8,
       REVISION_REG = 2 };
enum { DR_DATA = 0xff, DR_ERRORS_SHIFT = 8, DR_BREAK = 1u << 10,
       DR_OVERRUN = 1u << 11 };
enum { FR_CTS = 1u << 0, FR_DSR = 1u << 1, FR_DCD = 1u << 2, FR_RXFE = 1u << 4,
       FR_RXFF = 1u << 6, FR_TXFE = 1u << 7, FR_RI = 1u << 8 };
enum { LCR_BRK = 1u << 0, LCR_FEN = 1u << 4 };
enum { CR_UARTEN = 1u << 0, CR_LBE = 1u << 7, CR_TXE = 1u << 8,
       CR_RXE = 1u << 9, CR_DTR = 1u << 10, CR_RTS = 1u << 11,
       CR_OUT1 = 1u << 12, CR_OUT2 = 1u << 13 };
enum { INT_RI = 1u << 0, INT_CTS = 1u << 1, INT_DCD = 1u << 2,
       INT_DSR = 1u << 3, INT_RX = 1u << 4, INT_TX = 1u << 5, INT_RT = 1u << 6,
       INT_BE = 1u << 9, INT_OE = 1u << 10, INT_ALL = 0x7ff,
       INT_MODEM = INT_RI | INT_CTS | INT_DCD | INT_DSR, INT_ERRORS = 0x780 };
enum { DMACR_REQUESTS = 3, IFLS_RX_SHIFT = 3, IFLS_MASK = 7, IFLS_LAST = 4 };
enum { CLOCK = 0, TIMEOUT = 0, CHARDEV = 0, FIFO_MOST = 32, FIFO_OLD = 16,
       REVISION_32 = 3, TIMEOUT_BITS = 32, BIT_RATE = 115200,
       BIT_CLOCKS = 16, FRACTION_BITS = 6 };
#define NS_PER_S UINT64_C(1000000000)

struct uart {
    uint32_t rsr, ilpr, ibrd, fbrd, lcr, cr, ifls, imsc, ris, dmacr;
    uint16_t fifo[FIFO_MOST];       /* what came in, with its errors */
    uint32_t first, count;          /* of it */
    uint32_t told;                  /* that the UART is not enabled */
    uint8_t revision;               /* property */
};

static void uart_update_irq(struct ob_dev *dev)
{
    static const uint32_t lines[] = {
        INT_ALL, INT_RX, INT_TX, INT_RT, INT_MODEM, INT_ERRORS,
    };
    const struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < sizeof(lines) / sizeof(lines[0]); n++)
        ob_irq_set(dev, n, (u->ris & u->imsc & lines[n]) != 0);
}

/* --- receiving ------------------------------------------------------------ */

static uint32_t uart_depth(const struct uart *u)
{
    if (!(u->lcr & LCR_FEN))
        return 1;
    return u->revision >= REVISION_32 ? FIFO_MOST : FIFO_OLD;
}

/* 3.3.11: how many make the receive interrupt. */
static uint32_t uart_trigger(const struct uart *u)
{
    static const uint8_t eighths[] = { 1, 2, 4, 6, 7 };
    uint32_t level = u->ifls >> IFLS_RX_SHIFT & IFLS_MASK;

    if (!(u->lcr & LCR_FEN))
        return 1;
    return uart_depth(u) / 8 * eighths[level > IFLS_LAST ? IFLS_LAST : level];
}

/* 2.4.2: 32 bits' time without a character, and some are there. */
static void uart_start_timeout(struct ob_dev *dev)
{
    const struct uart *u = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLOCK);
    uint64_t divisor = (uint64_t)u->ibrd << FRACTION_BITS | u->fbrd;
    uint64_t ns = TIMEOUT_BITS * NS_PER_S / BIT_RATE;

    if (hz && divisor)
        ns = TIMEOUT_BITS * BIT_CLOCKS * divisor / (1 << FRACTION_BITS) *
            NS_PER_S / hz;
    ob_timer_arm(dev, TIMEOUT, ob_now_ns(dev) + (ns < NS_PER_S ? ns
                                                               : NS_PER_S));
}

static void uart_timed_out(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->count)
        u->ris |= INT_RT;
    uart_update_irq(dev);
}

static void uart_put(struct ob_dev *dev, uint32_t character)
{
    struct uart *u = ob_state(dev);

    if (u->count >= uart_depth(u)) {
        u->fifo[(u->first + u->count - 1) % FIFO_MOST] |= DR_OVERRUN;
        u->ris |= INT_OE;
    } else {
        u->fifo[(u->first + u->count++) % FIFO_MOST] = (uint16_t)character;
    }
    if (character & DR_BREAK)
        u->ris |= INT_BE;
    if (u->count >= uart_trigger(u))
        u->ris |= INT_RX;
    uart_start_timeout(dev);
    uart_update_irq(dev);
}

static uint32_t uart_room(struct ob_dev *dev)
{
    const struct uart *u = ob_state(dev);
    uint32_t depth = uart_depth(u);

    return u->cr & CR_RXE && u->count < depth ? depth - u->count : 0;
}

/* 3.3.8, LBE: what comes in is cut off. */
static void uart_receive(struct ob_dev *dev, const uint8_t *bytes,
                         uint32_t count)
{
    const struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < count && !(u->cr & CR_LBE); n++)
        uart_put(dev, bytes[n]);
}

static void uart_event(struct ob_dev *dev, uint32_t event)
{
    const struct uart *u = ob_state(dev);

    if (event == OB_CHR_BREAK && u->cr & CR_RXE && !(u->cr & CR_LBE))
        uart_put(dev, DR_BREAK);
}

static uint64_t dr_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    struct uart *u = ob_state(dev);
    uint32_t room = uart_room(dev), character = 0;

    (void)index, (void)stored;
    if (u->count) {
        character = u->fifo[u->first];
        u->first = (u->first + 1) % FIFO_MOST;
        u->count--;
    }
    u->rsr = character >> DR_ERRORS_SHIFT;
    if (u->count < uart_trigger(u))
        u->ris &= ~(uint32_t)INT_RX;
    if (!u->count) {
        u->ris &= ~(uint32_t)INT_RT;
        ob_timer_cancel(dev, TIMEOUT);
    } else if (ob_timer_deadline(dev, TIMEOUT) == UINT64_MAX) {
        uart_start_timeout(dev);
    }
    uart_update_irq(dev);
    if (!room && uart_room(dev))
        ob_chr_ready(dev, CHARDEV);
    return character;
}

/* --- sending -------------------------------------------------------------- */

static void dr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);
    uint8_t byte = (uint8_t)w->raw;
    uint32_t needs = CR_UARTEN | CR_TXE;

    if (!(w->mask & DR_DATA))
        return;
    if ((u->cr & needs) != needs && !u->told) {
        ob_log(dev, OB_LOG_GUEST, "sends, but is not enabled (CR is 0x%x)",
               (unsigned)u->cr);
        u->told = 1;
    }
    if (u->cr & CR_LBE)
        uart_put(dev, byte);
    else
        ob_chr_send(dev, CHARDEV, &byte, 1);
    u->ris |= INT_TX;
    uart_update_irq(dev);
}

/* --- control -------------------------------------------------------------- */

static void rsr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    (void)w;
    u->rsr = 0;
}

static uint32_t modem_lines(uint32_t cr)
{
    if (!(cr & CR_LBE))
        return 0;
    return (cr & CR_RTS ? FR_CTS : 0) | (cr & CR_DTR ? FR_DSR : 0) |
        (cr & CR_OUT1 ? FR_DCD : 0) | (cr & CR_OUT2 ? FR_RI : 0);
}

static uint64_t fr_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct uart *u = ob_state(dev);

    (void)index, (void)stored;
    return FR_TXFE | modem_lines(u->cr) | (u->count ? 0 : FR_RXFE) |
        (u->count >= uart_depth(u) ? FR_RXFF : 0);
}

/* 3.3.7, FEN: the FIFOs become holding registers, and are empty. */
static void lcr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    if ((w->old ^ w->value) & LCR_BRK & w->value)
        ob_log(dev, OB_LOG_UNIMPL, "breaks are not sent");
    if (!((w->old ^ w->value) & LCR_FEN))
        return;
    u->first = u->count = 0;
    u->ris &= ~(uint32_t)(INT_RX | INT_RT);
    ob_timer_cancel(dev, TIMEOUT);
    uart_update_irq(dev);
    ob_chr_ready(dev, CHARDEV);
}

/* 3.3.13: a modem interrupt for each line that has changed. */
static void cr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);
    uint32_t changed = modem_lines((uint32_t)w->old) ^
        modem_lines((uint32_t)w->value);

    u->ris |= (changed & FR_RI ? INT_RI : 0) |
        (changed & FR_CTS ? INT_CTS : 0) | (changed & FR_DCD ? INT_DCD : 0) |
        (changed & FR_DSR ? INT_DSR : 0);
    u->told = 0;
    uart_update_irq(dev);
    if (uart_room(dev))
        ob_chr_ready(dev, CHARDEV);
}

static void imsc_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    uart_update_irq(dev);
}

static uint64_t mis_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct uart *u = ob_state(dev);

    (void)index, (void)stored;
    return u->ris & u->imsc;
}

static void icr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    u->ris &= ~(uint32_t)w->raw;
    if (w->raw & INT_RT && u->count)
        uart_start_timeout(dev);
    uart_update_irq(dev);
}

static void dmacr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    if (w->value & DMACR_REQUESTS)
        ob_log(dev, OB_LOG_UNIMPL, "there are no DMA requests");
}

static uint64_t id_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    static const uint8_t ids[ID_REGS] = {
        0x11, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
    };
    const struct uart *u = ob_state(dev);

    (void)stored;
    return ids[index] | (index == REVISION_REG ? u->revision << 4 : 0);
}

static void uart_reset(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < FIFO_MOST; n++)
        u->fifo[n] = 0;
    u->first = u->count = u->told = 0;
    uart_update_irq(dev);
}

static int uart_restored(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->first >= FIFO_MOST || u->count > uart_depth(u))
        return ob_fail(dev, "%u characters from %u on in a FIFO of %u",
                       (unsigned)u->count, (unsigned)u->first,
                       (unsigned)uart_depth(u));
    uart_update_irq(dev);
    return 0;
}

#define MASK(label, at, m, n, hook)                                           \
    { OB_REG32(uart, label, at, m), OB_FIELDS(bits_##n), .on_write = (hook) }
#define BITS(n)                                                               \
    static const struct ob_field bits_##n[] = {                               \
        { .name = "BITS", .lsb = 0, .bits = (n), .access = OB_RW },           \
    }
BITS(3);
BITS(6);
BITS(8);
BITS(11);
BITS(16);

static const struct ob_reg uart_regs[] = {
    { .name = "DR", .offset = REG_DR, .bytes = 4, .state = OB_NO_STATE,
      .on_read = dr_read, .on_write = dr_write },
    { OB_REG32(uart, "RSR", REG_RSR, rsr), .on_write = rsr_write },
    { .name = "FR", .offset = REG_FR, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = fr_read },
    MASK("ILPR", REG_ILPR, ilpr, 8, NULL),
    MASK("IBRD", REG_IBRD, ibrd, 16, NULL),
    MASK("FBRD", REG_FBRD, fbrd, 6, NULL),
    MASK("LCR_H", REG_LCR_H, lcr, 8, lcr_write),
    { OB_REG32(uart, "CR", REG_CR, cr), OB_FIELDS(bits_16),
      .reset = CR_TXE | CR_RXE, .on_write = cr_write },
    { OB_REG32(uart, "IFLS", REG_IFLS, ifls), OB_FIELDS(bits_6),
      .reset = 0x12 },
    MASK("IMSC", REG_IMSC, imsc, 11, imsc_write),
    { OB_REG32(uart, "RIS", REG_RIS, ris), .access = OB_RO },
    { .name = "MIS", .offset = REG_MIS, .bytes = 4, .access = OB_RO,
      .state = OB_NO_STATE, .on_read = mis_read },
    { .name = "ICR", .offset = REG_ICR, .bytes = 4, .access = OB_WO,
      .state = OB_NO_STATE, .on_write = icr_write },
    MASK("DMACR", REG_DMACR, dmacr, 3, dmacr_write),
    { .name = "ID", .offset = REG_ID, .bytes = 4, .access = OB_RO,
      .count = ID_REGS, .state = OB_NO_STATE, .on_read = id_read },
};
static const struct ob_region uart_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(uart_regs) },
};
static const struct ob_prop uart_props[] = {
    { .name = "revision", .desc = "of the cell; from 3 on a FIFO of 32",
      .type = OB_PROP_UINT, .offset = offsetof(struct uart, revision),
      .bytes = 1, .def = 1, .max = 15 },
};
static const struct ob_irq uart_irqs[] = {
    { "all" }, { "rx" }, { "tx" }, { "rt" }, { "modem" }, { "error" },
};
static const struct ob_clock uart_clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN },
};
static const struct ob_timer uart_timers[] = { { "timeout", uart_timed_out } };
static const struct ob_chardev uart_chardevs[] = {
    { "chardev", uart_room, uart_receive, uart_event },
};
static const struct ob_saved uart_saved[] = {
    OB_SAVED_ARRAY(uart, fifo), OB_SAVED(uart, first), OB_SAVED(uart, count),
};

const struct ob_device_type arm_pl011_type = {
    .size = sizeof(arm_pl011_type),
    .name = "arm-pl011",
    .desc = "ARM PrimeCell UART (PL011)",
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
