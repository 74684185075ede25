/* SPDX-License-Identifier: MIT */
/*
 * A bare 68040: entered at the ELF file's entry with no stack. Interrupt:
 * level 3, which takes the autovector 27.
 */
#include "guest.h"

enum { VECTOR = 27 };

__asm__(".globl _start\n"
        "_start:\n"
        "  move.w #0x2700, %sr\n"
        "  lea stack+16384, %sp\n"
        "  jsr m68k_main\n");

unsigned char stack[16384] __attribute__((aligned(16)));
static volatile int count;

void m68k_irq(void)
{
    count++;
    guest_irq();
}

__asm__("m68k_entry:\n"
        "  movem.l %d0-%d1/%a0-%a1, -(%sp)\n"
        "  jsr m68k_irq\n"
        "  movem.l (%sp)+, %d0-%d1/%a0-%a1\n"
        "  rte\n");
extern char m68k_entry[];

void m68k_main(void)
{
    unsigned int *vectors = (unsigned int *)0x400;

    vectors[VECTOR] = (unsigned int)m68k_entry;
    __asm__ volatile("movec %0, %%vbr" ::"r"(vectors) : "memory");
    guest_main();
}

int target_irq_count(void)
{
    return count;
}

void target_irq_wait(void)
{
    while (count == 0)
        __asm__ volatile("stop #0x2000" ::: "memory");
    __asm__ volatile("move.w #0x2700, %%sr" ::: "memory");
}
