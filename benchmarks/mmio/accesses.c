/* SPDX-License-Identifier: MIT */
/*
 * The guest program of the register benchmark (AArch64, bare metal). It
 * measures loads and stores at the addresses of targets.h, which run.py writes,
 * with the guest's counter, in turn. It prints the counter's frequency, and for
 * each round a line with the ticks of each address.
 *
 *     freq 62500000
 *     round 11 22 33
 *     done
 */
#include <stdint.h>

struct target {
    uint64_t address;       /* 0: a word of RAM; 1: see pci_place() */
    uint32_t write, count;  /* store or load; how often */
};

#define PCI_BAR0 UINT64_C(1)

static const struct target targets[] = {
#include "targets.h"
};
enum { TARGETS = sizeof(targets) / sizeof(targets[0]) };

/* As in board.json beside this file, and on QEMU's virt. */
#define UART_DR  (*(volatile uint32_t *)0x09000000)
/* virt,highmem=off: the configuration space, and the window for BARs. */
#define PCI_ECAM UINT64_C(0x3f000000)
#define PCI_BAR  0x10000000u
#define PCI_ID   0x0b0b1234u    /* vfio_user_server.c's */

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

/* The same instructions for each address, so that only the access differs. */
static uint64_t __attribute__((noinline))
time_loads(volatile uint32_t *reg, uint64_t n)
{
    uint64_t start = counter();

    __asm__ volatile("1: ldr w9, [%1]\n"
                     "   subs %0, %0, #1\n"
                     "   b.ne 1b\n"
                     : "+r"(n)
                     : "r"(reg)
                     : "w9", "cc", "memory");
    return counter() - start;
}

static uint64_t __attribute__((noinline))
time_stores(volatile uint32_t *reg, uint64_t n)
{
    uint64_t start = counter();

    __asm__ volatile("1: str wzr, [%1]\n"
                     "   subs %0, %0, #1\n"
                     "   b.ne 1b\n"
                     : "+r"(n)
                     : "r"(reg)
                     : "cc", "memory");
    return counter() - start;
}

/* Map BAR 0 of the server's device on bus 0. Returns its address, or 0. */
static uint64_t pci_place(void)
{
    for (uint64_t device = 0; device < 32; device++) {
        volatile uint32_t *config = (uint32_t *)(PCI_ECAM + (device << 15));

        if (config[0] != PCI_ID)
            continue;
        config[4] = PCI_BAR;
        config[1] = 2;              /* memory space on */
        return PCI_BAR;
    }
    return 0;
}

static uint64_t target_time(const struct target *t, uint64_t bar)
{
    /* A page of its own, because stores near running code are slow. */
    static volatile uint32_t word __attribute__((aligned(4096)));
    uint64_t at = t->address == PCI_BAR0 ? bar : t->address;
    volatile uint32_t *reg = at ? (uint32_t *)at : &word;

    return t->write ? time_stores(reg, t->count) : time_loads(reg, t->count);
}

void guest_main(void)
{
    uint64_t freq, bar = 0;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(freq));
    put_text("freq ");
    put_number(freq);
    for (int i = 0; i < TARGETS; i++)
        if (targets[i].address == PCI_BAR0 && !bar && !(bar = pci_place()))
            put_text("\nno device on bus 0");
    for (int round = 0; round < ROUNDS; round++) {
        put_text("\nround");
        for (int i = 0; i < TARGETS; i++) {
            put_text(" ");
            put_number(target_time(&targets[i], bar));
        }
    }
    put_text("\ndone\n");
    for (;;)
        __asm__ volatile("wfi");
}
