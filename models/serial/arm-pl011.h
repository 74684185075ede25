/* SPDX-License-Identifier: MIT */
/*
 * The state and the functions that the registers (arm-pl011.c) and the receiver
 * (arm-pl011-receive.c) of the PL011 share.
 */
#ifndef ARM_PL011_H
#define ARM_PL011_H

#include <outboard/outboard.h>

enum { IRQ_ALL, IRQ_RX, IRQ_TX, IRQ_RT, IRQ_MODEM, IRQ_ERROR, IRQS };
enum { CLK };                       /* clocks */
enum { TIMEOUT };                   /* timers */
enum { CHARDEV };                   /* chardevs */

/* 3.3: the bits of the registers. */
enum { DR_DATA = 0xff, DR_ERRORS = 0xf00, DR_BREAK = 0x400,
       DR_OVERRUN = 0x800 };
enum { FR_CTS = 0x1, FR_DSR = 0x2, FR_DCD = 0x4, FR_RXFE = 0x10,
       FR_RXFF = 0x40, FR_TXFE = 0x80, FR_RI = 0x100 };
enum { LCR_BRK = 0x1, LCR_FEN = 0x10 };
enum { CR_UARTEN = 0x1, CR_LBE = 0x80, CR_TXE = 0x100, CR_RXE = 0x200,
       CR_DTR = 0x400, CR_RTS = 0x800, CR_OUT1 = 0x1000, CR_OUT2 = 0x2000 };
enum { IFLS_RX = 0x38, IFLS_RESET = 0x12 };
enum { INT_RI = 0x1, INT_CTS = 0x2, INT_DCD = 0x4, INT_DSR = 0x8,
       INT_MODEM = 0xf, INT_RX = 0x10, INT_TX = 0x20, INT_RT = 0x40,
       INT_BE = 0x200, INT_OE = 0x400, INT_ERRORS = 0x780, INT_ALL = 0x7ff };

enum { FIFO_MOST = 32 };

struct uart {
    uint32_t rsr, ilpr, ibrd, fbrd, lcr, cr, ifls, imsc, ris, dmacr;
    uint16_t fifo[FIFO_MOST];       /* received, with error bits */
    uint32_t first, count;          /* of fifo[] */
    uint32_t told;                  /* logged: sends, not enabled */
    uint8_t revision;               /* property */
};

/* Drive the interrupt lines from the state. [machine lock held] */
void pl011_update_irq(struct ob_dev *dev);

/* --- the receiver; [machine lock held] for all of it --------------------- */

/* The size of the FIFO: 1, 16 or 32 characters. */
uint32_t pl011_depth(const struct uart *u);

/* The number of characters that it can receive. */
uint32_t pl011_room(const struct uart *u);

/* Receive a character with its errors: bits 0 to 11 of the register DR. */
void pl011_put(struct ob_dev *dev, uint32_t character);

/* Remove the oldest character, with its errors; 0 if the FIFO is empty. */
uint32_t pl011_take(struct ob_dev *dev);

/* Start the receive timeout: the time of 32 bits. */
void pl011_start_timeout(struct ob_dev *dev);

/* The timer TIMEOUT has expired. */
void pl011_timed_out(struct ob_dev *dev, uint32_t timer, uint32_t n);

#endif
