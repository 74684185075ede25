/* SPDX-License-Identifier: MIT */
/* The vector table, and the code that runs from reset to main(). */
#include "acme-regs.h"

extern uint32_t data_load[], data_start[], data_end[];
extern uint32_t bss_start[], bss_end[], stack_top[];

int main(void);
void reset_handler(void);
void timer_handler(void);
void porta_handler(void);
void uart0_handler(void);

void reset_handler(void)
{
    uint32_t *from = data_load;

    for (uint32_t *to = data_start; to < data_end; to++)
        *to = *from++;
    for (uint32_t *to = bss_start; to < bss_end; to++)
        *to = 0;
    main();
    for (;;)
        ;
}

static void fault_handler(void)
{
    for (;;)
        ;
}

enum { SYSTEM_VECTORS = 16 };

__attribute__((section(".vectors"), used))
static void (*const vectors[SYSTEM_VECTORS + 96])(void) = {
    [0] = (void (*)(void))stack_top,
    [1] = reset_handler,
    [2] = fault_handler,
    [3] = fault_handler,
    [SYSTEM_VECTORS + IRQ_PORTA] = porta_handler,
    [SYSTEM_VECTORS + IRQ_TIMER] = timer_handler,
    [SYSTEM_VECTORS + IRQ_UART0] = uart0_handler,
};
