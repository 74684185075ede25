/* SPDX-License-Identifier: MIT */
/*
 * What the SDK's own programs leave untried: characters typed at UART0 come
 * back by its interrupt, the LED blinks by a repeating timer, 'w' ends in the
 * watchdog, 'd' divides, 'f' by the compiler's floating point, anything else
 * is echoed in brackets.
 */
#include <stdio.h>

#include "hardware/clocks.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/uart.h"
#include "hardware/watchdog.h"
#include "pico/stdlib.h"

static volatile uint32_t ticks;
static volatile int typed = -1;
static volatile uint32_t rises;

static bool blink(struct repeating_timer *timer)
{
    (void)timer;
    gpio_put(PICO_DEFAULT_LED_PIN, ++ticks & 1);
    return true;
}

static void received(void)
{
    typed = uart_getc(uart0);
}

static void pin_rose(uint pin, uint32_t events)
{
    (void)pin, (void)events;
    rises++;
}

static void watch(void)
{
    watchdog_hw->scratch[0] = 0x1234;
    watchdog_enable(50, false);
    for (;;)
        tight_loop_contents();
}

static void answer(int c)
{
    volatile int32_t by = 7;

    if (c == 'w')
        watch();
    if (c == 'd')
        printf("-1000 / 7 = %ld rest %ld\n", -1000 / by, -1000 % by);
    else if (c == 'f')
        printf("22 / 7 = %.4f\n", 22.0f / by);
    else
        printf("[%c] after %lu blinks, %lu rises\n", c, ticks, rises);
}

int main(void)
{
    struct repeating_timer timer;

    stdio_init_all();
    printf("clk_sys %lu Hz, measured %lu kHz\n", clock_get_hz(clk_sys),
           frequency_count_khz(CLOCKS_FC0_SRC_VALUE_CLK_SYS));
    if (watchdog_caused_reboot())
        printf("the watchdog bit, scratch %lx\n", watchdog_hw->scratch[0]);
    gpio_init(PICO_DEFAULT_LED_PIN);
    gpio_set_dir(PICO_DEFAULT_LED_PIN, GPIO_OUT);
    gpio_set_irq_enabled_with_callback(PICO_DEFAULT_LED_PIN,
                                       GPIO_IRQ_EDGE_RISE, true, pin_rose);
    irq_set_exclusive_handler(UART0_IRQ, received);
    irq_set_enabled(UART0_IRQ, true);
    uart_set_irq_enables(uart0, true, false);
    add_repeating_timer_ms(-20, blink, NULL, &timer);
    printf("ready\n");
    for (;;) {
        int c = typed;

        if (c < 0)
            continue;
        typed = -1;
        answer(c);
    }
}
