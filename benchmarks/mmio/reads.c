/* SPDX-License-Identifier: MIT */
/*
 * Guest program of the register benchmark (AArch64, bare metal): times loads
 * from RAM, from a register of a device built into QEMU and from one of an
 * SDK model, with the guest's own counter, in one process and interleaved:
 * RAM, built-in, external, external, built-in.
 *
 * Prints one line a round, five times in counter ticks, and the counter's
 * frequency first:
 *
 *     freq 62500000 loads 200000
 *     round RAM BUILT-IN EXTERNAL EXTERNAL BUILT-IN
 *     done
 */
#include <stdint.h>

/* The memory map of board.json beside this file. */
#define UART_DR   (*(volatile uint32_t *)0x09000000)
#define PL031_MR  ((volatile uint32_t *)0x09010004)
#define PROBE_REG ((volatile uint32_t *)0x09020004)
#define PROBE_OFF (*(volatile uint32_t *)0x0902000c)

enum { LOADS = 200000, ROUNDS = 101 };

static void put_text(const char *s)
{
    while (*s)
        UART_DR = (uint8_t)*s++;
}

static void put_number(uint64_t v)
{
    char text[21];
    char *p = text + sizeof(text) - 1;

    *p = '\0';
    do {
        *--p = (char)('0' + v % 10);
    } while (v /= 10);
    put_text(p);
}

static uint64_t counter(void)
{
    uint64_t v;

    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v));
    return v;
}

/* The same instructions for every target, so that only the load differs. */
static uint64_t __attribute__((noinline)) time_loads(volatile uint32_t *reg)
{
    uint64_t start = counter();
    uint64_t n = LOADS;

    __asm__ volatile("1: ldr w9, [%1]\n"
                     "   subs %0, %0, #1\n"
                     "   b.ne 1b\n"
                     : "+r"(n) : "r"(reg) : "w9", "cc", "memory");
    return counter() - start;
}

void guest_main(void)
{
    static volatile uint32_t word = 1;
    volatile uint32_t *const order[] = {
        &word, PL031_MR, PROBE_REG, PROBE_REG, PL031_MR,
    };
    uint64_t freq;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(freq));
    put_text("freq ");
    put_number(freq);
    put_text(" loads ");
    put_number(LOADS);
    for (int i = 0; i < ROUNDS; i++) {
        put_text("\nround");
        for (unsigned k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
            put_text(" ");
            put_number(time_loads(order[k]));
        }
    }
    put_text("\ndone\n");
    PROBE_OFF = 1;
    for (;;)
        __asm__ volatile("wfi");
}
