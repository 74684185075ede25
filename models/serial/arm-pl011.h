/* SPDX-License-Identifier: MIT */
/*
 * The state and the functions that the registers (arm-pl011.c) and the receiver
 * (arm-pl011-receive.c) of the PL011 share.
 */
#ifndef ARM_PL011_H
#define ARM_PL011_H

#include <outboard/outboard.h>

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
enum { IFLS_RX_SHIFT = 3, IFLS_MASK = 7, IFLS_LAST = 4 };
enum { CLOCK = 0, TIMEOUT = 0, CHARDEV = 0, FIFO_MOST = 32, FIFO_OLD = 16,
       REVISION_32 = 3, TIMEOUT_BITS = 32, BIT_RATE = 115200,
       BIT_CLOCKS = 16, FRACTION_BITS = 6 };
#define NS_PER_S UINT64_C(1000000000)

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

/* Receive a character with its errors: bits 0 to 11 of the register DR. */
void pl011_put(struct ob_dev *dev, uint32_t character);

/* The number of characters that it can receive, for the backend. */
uint32_t pl011_room(struct ob_dev *dev);

/* Start the receive timeout: the time of 32 bits. */
void pl011_start_timeout(struct ob_dev *dev);

/* The character backend and the timer call these. */
void pl011_receive(struct ob_dev *dev, const uint8_t *bytes, uint32_t count);
void pl011_event(struct ob_dev *dev, uint32_t event);
void pl011_timed_out(struct ob_dev *dev);

/* Read the register DR: remove the oldest character, with its errors. */
uint64_t pl011_take(struct ob_dev *dev, uint32_t index, uint64_t stored);

#endif
