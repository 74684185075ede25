/* SPDX-License-Identifier: MIT */
/* The registers of the ACME DevKit, as in its manual (../manual.md). */
#ifndef ACME_REGS_H
#define ACME_REGS_H

#include <stdint.h>

struct uart_regs {
    volatile uint32_t data, stat, ctrl, baud;
};
struct timer_regs {
    volatile uint32_t load, value, ctrl, stat;
};
struct gpio_regs {
    volatile uint32_t dir, out, set, clr, toggle, in, rise, fall, stat;
};
struct power_regs {
    volatile uint32_t ctrl, cause;
};

#define UART0 ((struct uart_regs *)0x40011000)
#define TIMER ((struct timer_regs *)0x40010000)
#define PORTA ((struct gpio_regs *)0x40020000)
#define POWER ((struct power_regs *)0x40007000)

/* The NVIC of the Cortex-M4: the enabled interrupt inputs. */
#define NVIC_ISER ((volatile uint32_t *)0xe000e100)

#define CLOCK_HZ 168000000u

enum { IRQ_PORTA = 6, IRQ_TIMER = 28, IRQ_UART0 = 37 };

enum { UART_RXNE = 1u << 0, UART_TXE = 1u << 1, UART_TXF = 1u << 2 };
enum { UART_EN = 1u << 0, UART_RXIE = 1u << 4 };
enum { TIMER_EN = 1u << 0, TIMER_IE = 1u << 1, TIMER_PSC_SHIFT = 8 };
enum { TIMER_TICK = 1u << 0, TIMER_MISS = 1u << 1 };
enum { POWER_OFF = 0x0ff00ff0, POWER_RESET = 0x5e7ab007 };
enum { CAUSE_POWER_ON = 1u << 0, CAUSE_SOFTWARE = 1u << 1 };

/* Port A on this board: four LEDs, and a jumper from pin 0 to pin 9. */
enum { LEDS = 4, LED_FIRST = 4, LED_PINS = 0xf << LED_FIRST };
enum { JUMPER_OUT = 1u << 0, JUMPER_IN = 1u << 9 };

#endif
