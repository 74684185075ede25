/* SPDX-License-Identifier: MIT */
/*
 * QEMU's virt for arm64 with a GICv2, entered in EL1, caches and MMU off.
 * Interrupt: SPI 100, taken from the GIC while the CPU masks it.
 */
#include "guest.h"

enum { SPI = 100, ID = 32 + SPI };
enum { GICD = 0x08000000, ISENABLER = 0x100, IPRIORITYR = 0x400,
       ITARGETSR = 0x800 };
enum { GICC = 0x08010000, PMR = 0x4, IAR = 0xc, EOIR = 0x10 };

__asm__(".globl _start\n"
        "_start:\n"
        "  ldr x0, =stack + 16384\n"
        "  mov sp, x0\n"
        "  bl arm64_main\n");

unsigned char stack[16384] __attribute__((aligned(16)));
static int count;

static volatile unsigned int *word(unsigned long at)
{
    return (volatile unsigned int *)at;
}

void arm64_main(void)
{
    *(volatile unsigned char *)(unsigned long)(GICD + ITARGETSR + ID) = 1;
    *(volatile unsigned char *)(unsigned long)(GICD + IPRIORITYR + ID) = 0;
    *word(GICD + ISENABLER + 4 * (ID / 32)) = 1u << ID % 32;
    *word(GICD) = 1;
    *word(GICC + PMR) = 0xff;
    *word(GICC) = 1;
    guest_main();
}

int target_irq_count(void)
{
    return count;
}

void target_irq_wait(void)
{
    unsigned int id;

    while (count == 0) {
        __asm__ volatile("wfi" ::: "memory");
        id = *word(GICC + IAR);
        if (id != ID)
            continue;
        count++;
        guest_irq();
        *word(GICC + EOIR) = id;
    }
}
