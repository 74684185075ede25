/* SPDX-License-Identifier: MIT */
/*
 * A model of the UART: ARM PrimeCell UART (PL011) Technical Reference Manual,
 * DDI 0183, 3.
 *
 * A character is sent at once. Not modelled: DMA requests, IrDA, the modem's
 * lines and hardware flow control (except in loopback), sending breaks, parity
 * and framing errors. DMACR is kept without a warning, because drivers enable
 * DMA even if they do not use it. A UART that is not enabled sends too, which
 * is logged.
 */
#include "arm-pl011.h"

#include "models.h"

enum { REG_DR = 0x00, REG_RSR = 0x04, REG_FR = 0x18, REG_ILPR = 0x20,
       REG_IBRD = 0x24, REG_FBRD = 0x28, REG_LCR_H = 0x2c, REG_CR = 0x30,
       REG_IFLS = 0x34, REG_IMSC = 0x38, REG_RIS = 0x3c, REG_MIS = 0x40,
       REG_ICR = 0x44, REG_DMACR = 0x48, REG_ID = 0xfe0, ID_REGS = 8,
       REVISION_REG = 2 };

/* The masks are in the order of the interrupt outputs. */
void pl011_update_irq(struct ob_dev *dev)
{
    static const uint32_t lines[] = {
        INT_ALL, INT_RX, INT_TX, INT_RT, INT_MODEM, INT_ERRORS,
    };
    const struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < sizeof(lines) / sizeof(lines[0]); n++)
        ob_irq_set(dev, n, (u->ris & u->imsc & lines[n]) != 0);
}

/* --- sending -------------------------------------------------------------- */

/* Log the missing enable bits once: a driver sends many characters. */
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
        pl011_put(dev, byte);
    else
        ob_chr_send(dev, CHARDEV, &byte, 1);
    u->ris |= INT_TX;
    pl011_update_irq(dev);
}

/* --- control -------------------------------------------------------------- */

static void rsr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    (void)w;
    u->rsr = 0;
}

/* 3.3.8, LBE: loopback connects the modem outputs to the inputs. */
static uint32_t modem_lines(uint32_t cr)
{
    if (!(cr & CR_LBE))
        return 0;
    return (cr & CR_RTS ? FR_CTS : 0) | (cr & CR_DTR ? FR_DSR : 0) |
           (cr & CR_OUT1 ? FR_DCD : 0) | (cr & CR_OUT2 ? FR_RI : 0);
}

/* The transmit FIFO is always empty, because characters are sent at once. */
static uint64_t fr_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct uart *u = ob_state(dev);

    (void)index, (void)stored;
    return FR_TXFE | modem_lines(u->cr) | (u->count ? 0 : FR_RXFE) |
           (u->count >= pl011_depth(u) ? FR_RXFF : 0);
}

/* 3.3.7, FEN: a change of FEN empties the FIFOs. */
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
    pl011_update_irq(dev);
    ob_chr_ready(dev, CHARDEV);
}

/* 3.3.11, RIS: each line that changes sets its modem interrupt. */
static void cr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);
    uint32_t changed = modem_lines((uint32_t)w->old) ^
                       modem_lines((uint32_t)w->value);

    u->ris |= (changed & FR_RI ? INT_RI : 0) |
              (changed & FR_CTS ? INT_CTS : 0) |
              (changed & FR_DCD ? INT_DCD : 0) |
              (changed & FR_DSR ? INT_DSR : 0);
    u->told = 0;
    pl011_update_irq(dev);
    if (pl011_room(dev))
        ob_chr_ready(dev, CHARDEV);
}

static void imsc_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    (void)w;
    pl011_update_irq(dev);
}

/* 3.3.12: the interrupts that are not masked. */
static uint64_t mis_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    const struct uart *u = ob_state(dev);

    (void)index, (void)stored;
    return u->ris & u->imsc;
}

/* Clearing RT while characters wait begins a new timeout. */
static void icr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

    u->ris &= ~(uint32_t)w->raw;
    if (w->raw & INT_RT && u->count)
        pl011_start_timeout(dev);
    pl011_update_irq(dev);
}

/* 3.3.15 and 3.3.16: the identification registers. */
static uint64_t id_read(struct ob_dev *dev, uint32_t index, uint64_t stored)
{
    static const uint8_t ids[ID_REGS] = {
        0x11, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
    };
    const struct uart *u = ob_state(dev);

    (void)stored;
    return ids[index] | (index == REVISION_REG ? u->revision << 4 : 0);
}

/* The FIFO is not a register, so the host does not reset it. */
static void uart_reset(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < FIFO_MOST; n++)
        u->fifo[n] = 0;
    u->first = u->count = u->told = 0;
    pl011_update_irq(dev);
}

/* A snapshot may hold any value: check the indices of the FIFO. */
static int uart_restored(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->first >= FIFO_MOST || u->count > pl011_depth(u))
        return ob_fail(dev, "%u characters from %u on in a FIFO of %u",
                       (unsigned)u->count, (unsigned)u->first,
                       (unsigned)pl011_depth(u));
    pl011_update_irq(dev);
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
      .on_read = pl011_take, .on_write = dr_write },
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
    MASK("DMACR", REG_DMACR, dmacr, 3, NULL),
    { .name = "ID", .offset = REG_ID, .bytes = 4, .access = OB_RO,
      .count = ID_REGS, .state = OB_NO_STATE, .on_read = id_read },
};
static const struct ob_region uart_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(uart_regs) },
};
static const struct ob_prop uart_props[] = {
    { .name = "revision", .desc = "revision of the cell; 3: a FIFO of 32",
      .type = OB_PROP_UINT, .offset = offsetof(struct uart, revision),
      .bytes = 1, .def = 1, .max = 15 },
};
static const struct ob_irq uart_irqs[] = {
    { "all" }, { "rx" }, { "tx" }, { "rt" }, { "modem" }, { "error" },
};
static const struct ob_clock uart_clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN },
};
static const struct ob_timer uart_timers[] = { { "timeout", pl011_timed_out } };
static const struct ob_chardev uart_chardevs[] = {
    { "chardev", pl011_room, pl011_receive, pl011_event },
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
