/* SPDX-License-Identifier: MIT */
/*
 * PC: entered in 32-bit protected mode through the PVH note (Xen's "x86/HVM
 * direct boot ABI"). Interrupt: input 20 of the I/O APIC -> vector 0x40.
 */
#include "guest.h"

enum { VECTOR = 0x40, INPUT = 20 };
enum { LAPIC = 0xfee00000, SPURIOUS = 0xf0, EOI = 0xb0, TASK = 0x80 };
enum { IOAPIC = 0xfec00000, WINDOW = 0x10, REDIRECT = 0x10 };
enum { LEVEL = 1 << 15 };

__asm__(".pushsection .notes,\"a\",@note\n"
        ".balign 4\n"
        ".long 4, 4, 18\n"
        ".asciz \"Xen\"\n"
        ".long _start\n"
        ".popsection\n"
        ".globl _start\n"
        "_start:\n"
        "  cli\n"
        "  lgdt gdt_pointer\n"
        "  ljmp $8, $1f\n"
        "1: mov $16, %ax\n"
        "  mov %ax, %ds\n"
        "  mov %ax, %es\n"
        "  mov %ax, %ss\n"
        "  mov $stack_top, %esp\n"
        "  call x86_main\n");

static const unsigned long long gdt[] = {
    0, 0x00cf9a000000ffffull, 0x00cf92000000ffffull,
};
struct pointer {
    unsigned short limit;
    unsigned int base;
} __attribute__((packed));
const struct pointer gdt_pointer = { sizeof(gdt) - 1, (unsigned int)gdt };

unsigned char stack[16384] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 16384\n");

static unsigned long long idt[VECTOR + 1];
static volatile int count;

static volatile unsigned int *word(unsigned int at)
{
    return (volatile unsigned int *)at;
}

void x86_irq(void)
{
    count++;
    guest_irq();
    *word(LAPIC + EOI) = 0;
}

__asm__("x86_entry: pusha\n cld\n call x86_irq\n popa\n iret\n");
extern char x86_entry[];

static void ioapic_set(unsigned int reg, unsigned int value)
{
    *word(IOAPIC) = reg;
    *word(IOAPIC + WINDOW) = value;
}

void x86_main(void)
{
    unsigned int at = (unsigned int)x86_entry;
    struct pointer p = { sizeof(idt) - 1, (unsigned int)idt };

    idt[VECTOR] = (at & 0xffff) | 8u << 16 |
                  (unsigned long long)((at & 0xffff0000u) | 0x8e00) << 32;
    __asm__ volatile("lidt %0" ::"m"(p));
    /* The PIC of a q35 would speak too. */
    __asm__ volatile("outb %b0, $0x21; outb %b0, $0xa1" ::"a"(0xff));
    *word(LAPIC + TASK) = 0;
    *word(LAPIC + SPURIOUS) = 0x1ff;
    ioapic_set(REDIRECT + 2 * INPUT + 1, *word(LAPIC + 0x20) & 0xff000000u);
    ioapic_set(REDIRECT + 2 * INPUT, VECTOR | LEVEL);
    guest_main();
}

int target_irq_count(void)
{
    return count;
}

void target_irq_wait(void)
{
    /* sti lets in nothing before hlt has begun. */
    while (count == 0)
        __asm__ volatile("sti; hlt; cli" ::: "memory");
}
