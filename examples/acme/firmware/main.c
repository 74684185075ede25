/* SPDX-License-Identifier: MIT */
/*
 * A demo program for the ACME DevKit. A light moves along four LEDs, ten steps
 * a second. The console shows each step and echoes characters.
 *
 *     p  pause, continue    r  reset    q  power off
 */
#include "acme-regs.h"

enum { STEPS_PER_S = 10, PRESCALER = 168, BAUD = 115200 };

static volatile uint32_t steps, edges, paused;

static void put_char(char c)
{
    while (UART0->stat & UART_TXF)
        ;
    UART0->data = (uint8_t)c;
}

static void put_text(const char *text)
{
    for (; *text; text++)
        put_char(*text);
}

static void put_number(uint32_t n)
{
    if (n >= 10)
        put_number(n / 10);
    put_char((char)('0' + n % 10));
}

static void finish(uint32_t command)
{
    while (!(UART0->stat & UART_TXE))
        ;
    POWER->ctrl = command;
}

/* The console is slow, so this handler only counts; main() prints. */
void timer_handler(void)
{
    TIMER->stat = TIMER_TICK | TIMER_MISS;
    if (paused)
        return;
    PORTA->clr = LED_PINS;
    PORTA->set = 1u << (LED_FIRST + steps % LEDS);
    PORTA->toggle = JUMPER_OUT;
    steps++;
}

/* The jumper makes every toggle of pin 0 an edge on pin 9. */
void porta_handler(void)
{
    PORTA->stat = PORTA->stat;
    edges++;
}

static void obey(char c)
{
    switch (c) {
    case 'p':
        paused = !paused;
        put_text(paused ? "\r\npaused\r\n" : "\r\ncontinued\r\n");
        break;
    case 'q':
        put_text("\r\nbye\r\n");
        finish(POWER_OFF);
        break;
    case 'r':
        put_text("\r\nreset\r\n");
        finish(POWER_RESET);
        break;
    }
}

static volatile char typed[64];
static volatile uint32_t typed_in, typed_out;

void uart0_handler(void)
{
    while (UART0->stat & UART_RXNE)
        typed[typed_in++ % sizeof(typed)] = (char)UART0->data;
}

/* Copy all values at one moment, because the console is slow. */
static void show_leds(void)
{
    uint32_t leds, step, edge;

    __asm__ volatile("cpsid i" ::: "memory");
    leds = PORTA->in;
    step = steps;
    edge = edges;
    __asm__ volatile("cpsie i" ::: "memory");
    put_text("\r\nleds ");
    for (unsigned n = 0; n < LEDS; n++)
        put_char(leds >> (LED_FIRST + n) & 1 ? '*' : '.');
    put_text(" step ");
    put_number(step);
    put_text(" edges ");
    put_number(edge);
}

static void set_up(void)
{
    UART0->baud = CLOCK_HZ / 16 / BAUD;
    UART0->ctrl = UART_EN | UART_RXIE;
    PORTA->dir = LED_PINS | JUMPER_OUT;
    PORTA->rise = PORTA->fall = JUMPER_IN;
    TIMER->load = CLOCK_HZ / PRESCALER / STEPS_PER_S - 1;
    TIMER->ctrl = TIMER_EN | TIMER_IE | (PRESCALER - 1) << TIMER_PSC_SHIFT;
    NVIC_ISER[0] = 1u << IRQ_PORTA | 1u << IRQ_TIMER;
    NVIC_ISER[IRQ_UART0 / 32] = 1u << IRQ_UART0 % 32;
}

int main(void)
{
    uint32_t shown = 0;
    char c;

    set_up();
    put_text("\r\nACME DevKit rev B, started by ");
    put_text(POWER->cause & CAUSE_SOFTWARE ? "software" : "power-on");
    put_text("\r\np: pause, r: reset, q: power off\r\n");
    for (;;) {
        __asm__ volatile("wfi");
        while (typed_out != typed_in) {
            c = typed[typed_out++ % sizeof(typed)];
            put_char(c);
            obey(c);
        }
        if (shown != steps) {
            shown = steps;
            show_leds();
        }
    }
}
