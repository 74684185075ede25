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

enum { REVISION_REG = 2 };

void pl011_update_irq(struct ob_dev *dev)
{
    static const uint32_t lines[IRQS] = {
        [IRQ_ALL] = INT_ALL, [IRQ_RX] = INT_RX, [IRQ_TX] = INT_TX,
        [IRQ_RT] = INT_RT, [IRQ_MODEM] = INT_MODEM, [IRQ_ERROR] = INT_ERRORS,
    };
    const struct uart *u = ob_state(dev);

    for (uint32_t irq = 0; irq < IRQS; irq++)
        ob_irq_set(dev, irq, 0, u->ris & u->imsc & lines[irq]);
}

/* --- characters ----------------------------------------------------------- */

static uint32_t uart_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    return pl011_room(ob_state(dev));
}

/* 3.3.8, LBE: in loopback, characters from outside are lost. */
static void uart_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                         const uint8_t *bytes, uint32_t count)
{
    const struct uart *u = ob_state(dev);

    for (uint32_t i = 0; i < count && !(u->cr & CR_LBE); i++)
        pl011_put(dev, bytes[i]);
}

/* 3.3.1, BE: a break is one character in the FIFO. */
static void uart_event(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                       uint32_t event)
{
    const struct uart *u = ob_state(dev);

    if (event == OB_CHR_BREAK && u->cr & CR_RXE && !(u->cr & CR_LBE))
        pl011_put(dev, DR_BREAK);
}

static uint64_t dr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    return pl011_take(dev);
}

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
        ob_chr_send(dev, CHARDEV, 0, &byte, 1);
    u->ris |= INT_TX;
    pl011_update_irq(dev);
}

/* --- control -------------------------------------------------------------- */

static void rsr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);

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
static uint64_t fr_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct uart *u = ob_state(dev);

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
    ob_timer_cancel(dev, TIMEOUT, 0);
    pl011_update_irq(dev);
    ob_chr_ready(dev, CHARDEV, 0);
}

/* 3.3.11, RIS: each line that changes sets its modem interrupt. */
static void cr_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct uart *u = ob_state(dev);
    uint32_t changed = modem_lines((uint32_t)w->old) ^ modem_lines(u->cr);

    u->ris |= (changed & FR_RI ? INT_RI : 0) |
              (changed & FR_CTS ? INT_CTS : 0) |
              (changed & FR_DCD ? INT_DCD : 0) |
              (changed & FR_DSR ? INT_DSR : 0);
    if (w->value != w->old)
        u->told = 0;
    pl011_update_irq(dev);
    if (pl011_room(u))
        ob_chr_ready(dev, CHARDEV, 0);
}

static void imsc_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    pl011_update_irq(dev);
}

/* 3.3.12: the interrupts that are not masked. */
static uint64_t mis_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    const struct uart *u = ob_state(dev);

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
static uint64_t id_read(struct ob_dev *dev, const struct ob_reg_read *r)
{
    static const uint8_t ids[] = {
        0x11, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1,
    };
    const struct uart *u = ob_state(dev);
    return ids[r->index] | (r->index == REVISION_REG ? u->revision << 4 : 0);
}

/* The FIFO is not a register, so the host does not reset it. */
static void uart_reset(struct ob_dev *dev, uint32_t kind)
{
    struct uart *u = ob_state(dev);

    for (uint32_t n = 0; n < FIFO_MOST; n++)
        u->fifo[n] = 0;
    u->first = u->count = u->told = 0;
    pl011_update_irq(dev);
}

/* A snapshot may hold any value: check the indices of the FIFO. */
static int32_t uart_restored(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);

    if (u->first >= FIFO_MOST || u->count > pl011_depth(u))
        return ob_refuse(dev, "%u characters from %u on in a FIFO of %u",
                         (unsigned)u->count, (unsigned)u->first,
                         (unsigned)pl011_depth(u));
    pl011_update_irq(dev);
    return OB_OK;
}

/* --- 3.3: the registers --------------------------------------------------- */

static const struct ob_field bits_3[] = { OB_BITS("BITS", 0x7, OB_RW) };
static const struct ob_field bits_6[] = { OB_BITS("BITS", 0x3f, OB_RW) };
static const struct ob_field bits_8[] = { OB_BITS("BITS", 0xff, OB_RW) };
static const struct ob_field bits_11[] = { OB_BITS("BITS", 0x7ff, OB_RW) };
static const struct ob_field bits_16[] = { OB_BITS("BITS", 0xffff, OB_RW) };

static const struct ob_reg uart_regs[] = {
    { OB_REG32_HOOKED("DR", 0x00), .on_read = dr_read, .on_write = dr_write },
    { OB_REG32("RSR", 0x04, struct uart, rsr), .on_write = rsr_write },
    { OB_REG32_HOOKED("FR", 0x18), .access = OB_RO, .on_read = fr_read },
    { OB_REG32("ILPR", 0x20, struct uart, ilpr), .fields = OB_ARRAY(bits_8) },
    { OB_REG32("IBRD", 0x24, struct uart, ibrd), .fields = OB_ARRAY(bits_16) },
    { OB_REG32("FBRD", 0x28, struct uart, fbrd), .fields = OB_ARRAY(bits_6) },
    { OB_REG32("LCR_H", 0x2c, struct uart, lcr), .fields = OB_ARRAY(bits_8),
      .on_write = lcr_write },
    { OB_REG32("CR", 0x30, struct uart, cr), .fields = OB_ARRAY(bits_16),
      .reset = CR_TXE | CR_RXE, .on_write = cr_write },
    { OB_REG32("IFLS", 0x34, struct uart, ifls), .fields = OB_ARRAY(bits_6),
      .reset = IFLS_RESET },
    { OB_REG32("IMSC", 0x38, struct uart, imsc), .fields = OB_ARRAY(bits_11),
      .on_write = imsc_write },
    { OB_REG32("RIS", 0x3c, struct uart, ris), .access = OB_RO },
    { OB_REG32_HOOKED("MIS", 0x40), .access = OB_RO, .on_read = mis_read },
    { OB_REG32_HOOKED("ICR", 0x44), .access = OB_WO, .on_write = icr_write },
    { OB_REG32("DMACR", 0x48, struct uart, dmacr),
      .fields = OB_ARRAY(bits_3) },
    { OB_REG32_HOOKED("ID", 0xfe0), .count = 8, .access = OB_RO,
      .on_read = id_read },
};
static const struct ob_region uart_regions[] = {
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(uart_regs) },
};
static const struct ob_prop uart_props[] = {
    { OB_PROP_UINT_AT("revision", struct uart, revision),
      .desc = "revision of the cell; 3: a FIFO of 32", .def = 1, .max = 15 },
};
static const struct ob_irq uart_irqs[] = {
    [IRQ_ALL] = { .name = "all" }, [IRQ_RX] = { .name = "rx" },
    [IRQ_TX] = { .name = "tx" }, [IRQ_RT] = { .name = "rt" },
    [IRQ_MODEM] = { .name = "modem" }, [IRQ_ERROR] = { .name = "error" },
};
static const struct ob_clock uart_clocks[] = {
    [CLK] = { .name = "clk", .direction = OB_CLOCK_IN },
};
static const struct ob_timer uart_timers[] = {
    [TIMEOUT] = { .name = "timeout", .expired = pl011_timed_out },
};
static const struct ob_chardev uart_chardevs[] = {
    [CHARDEV] = { .name = "chardev", .room = uart_room,
                  .receive = uart_receive, .event = uart_event },
};
static const struct ob_saved uart_saved[] = {
    OB_SAVED_ARRAY(struct uart, fifo), OB_SAVED(struct uart, first),
    OB_SAVED(struct uart, count), OB_SAVED(struct uart, told),
};

OB_DEVICE(arm_pl011_type, "arm-pl011", struct uart,
          "ARM PrimeCell UART (PL011)", .props = OB_ARRAY(uart_props),
          .regions = OB_ARRAY(uart_regions), .irqs = OB_ARRAY(uart_irqs),
          .clocks = OB_ARRAY(uart_clocks), .timers = OB_ARRAY(uart_timers),
          .chardevs = OB_ARRAY(uart_chardevs), .saved = OB_ARRAY(uart_saved),
          .reset = uart_reset, .restored = uart_restored);
