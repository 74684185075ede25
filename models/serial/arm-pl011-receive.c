/* SPDX-License-Identifier: MIT */
/*
 * The receiver of the PL011: FIFO, trigger level and timeout. Manual: DDI 0183;
 * arm-pl011.c lists what is not modelled.
 */
#include "arm-pl011.h"

enum { FIFO_OLD = 16, REVISION_32 = 3 };
enum { TIMEOUT_BITS = 32, BIT_RATE = 115200, BIT_CLOCKS = 16,
       FRACTION_BITS = 6 };

uint32_t pl011_depth(const struct uart *u)
{
    if (!(u->lcr & LCR_FEN))
        return 1;
    return u->revision >= REVISION_32 ? FIFO_MOST : FIFO_OLD;
}

/* 3.3.9, IFLS: the number of characters that sets the receive interrupt. */
static uint32_t uart_trigger(const struct uart *u)
{
    static const uint8_t eighths[] = { 1, 2, 4, 6, 7 };
    uint64_t level = ob_field_get(u->ifls, IFLS_RX), last = 4;

    if (!(u->lcr & LCR_FEN))
        return 1;
    return pl011_depth(u) / 8 * eighths[level > last ? last : level];
}

/* 2.4.2: the timeout is the time of 32 bits without a new character. */
void pl011_start_timeout(struct ob_dev *dev)
{
    const struct uart *u = ob_state(dev);
    uint64_t hz = ob_clock_hz(dev, CLK, 0);
    uint64_t divisor = (uint64_t)u->ibrd << FRACTION_BITS | u->fbrd;
    uint64_t clocks = TIMEOUT_BITS * BIT_CLOCKS * divisor >> FRACTION_BITS;
    uint64_t ns = hz && divisor ? ob_ticks_to_ns(clocks, hz)
                                : ob_ticks_to_ns(TIMEOUT_BITS, BIT_RATE);

    ob_timer_arm(dev, TIMEOUT, 0,
                 ob_now_ns(dev) + (ns < OB_NS_PER_S ? ns : OB_NS_PER_S));
}

void pl011_timed_out(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct uart *u = ob_state(dev);

    if (u->count)
        u->ris |= INT_RT;
    pl011_update_irq(dev);
}

/* 3.3.1, OE: a full FIFO keeps its characters and marks an overrun. */
void pl011_put(struct ob_dev *dev, uint32_t character)
{
    struct uart *u = ob_state(dev);

    if (u->count >= pl011_depth(u)) {
        u->fifo[(u->first + u->count - 1) % FIFO_MOST] |= DR_OVERRUN;
        u->ris |= INT_OE;
    } else {
        u->fifo[(u->first + u->count++) % FIFO_MOST] = (uint16_t)character;
    }
    if (character & DR_BREAK)
        u->ris |= INT_BE;
    if (u->count >= uart_trigger(u))
        u->ris |= INT_RX;
    pl011_start_timeout(dev);
    pl011_update_irq(dev);
}

/* A receiver that is not enabled leaves the characters in the backend. */
uint32_t pl011_room(const struct uart *u)
{
    uint32_t depth = pl011_depth(u);

    return u->cr & CR_RXE && u->count < depth ? depth - u->count : 0;
}

/* If the FIFO was full, report the new room to the backend at the end. */
uint32_t pl011_take(struct ob_dev *dev)
{
    struct uart *u = ob_state(dev);
    uint32_t room = pl011_room(u), character = 0;

    if (u->count) {
        character = u->fifo[u->first];
        u->first = (u->first + 1) % FIFO_MOST;
        u->count--;
    }
    u->rsr = (uint32_t)ob_field_get(character, DR_ERRORS);
    if (u->count < uart_trigger(u))
        u->ris &= ~(uint32_t)INT_RX;
    if (!u->count) {
        u->ris &= ~(uint32_t)INT_RT;
        ob_timer_cancel(dev, TIMEOUT, 0);
    } else if (ob_timer_deadline(dev, TIMEOUT, 0) == UINT64_MAX) {
        pl011_start_timeout(dev);
    }
    pl011_update_irq(dev);
    if (!room && pl011_room(u))
        ob_chr_ready(dev, CHARDEV, 0);
    return character;
}
