/* SPDX-License-Identifier: MIT */
/*
 * The same firmware for every target. It stores the bytes 11 22 33 44 as a
 * number of the CPU's own order, and says which number the model saw; whatever
 * the CPU, its words are the same except the first line.
 *
 * PROBE: where the port is; the little region follows at 0x1000, the big one
 * at 0x2000. target_irq() is the target's own: wait until the interrupt came.
 */
#include "guest.h"

enum { SEEN, DMA_AT, DMA_BYTES, DMA_TURN, LINE, CHAR, END };

#define BYTES(at)  ((volatile unsigned char *)(unsigned long)(at))
#define HALVES(at) ((volatile unsigned short *)(unsigned long)(at))
#define WORDS(at)  ((volatile unsigned int *)(unsigned long)(at))

static union {
    unsigned char bytes[8];
    unsigned short half;
    unsigned int word;
} ram __attribute__((aligned(8)));

/* A register is little endian: byte n of it is at offset n on any CPU. */
static unsigned int port_get(int reg)
{
    unsigned int value = 0;

    for (int n = 3; n >= 0; n--)
        value = value << 8 | BYTES(PROBE)[4 * reg + n];
    return value;
}

static void port_set(int reg, unsigned int value)
{
    union { unsigned char bytes[4]; unsigned int word; } v;

    for (int n = 0; n < 4; n++)
        v.bytes[n] = value >> (8 * n) & 255;
    WORDS(PROBE)[reg] = v.word;
}

static void say(const char *text)
{
    while (*text)
        port_set(CHAR, (unsigned char)*text++);
}

static void say_hex(unsigned int value, int digits)
{
    for (int n = digits - 1; n >= 0; n--)
        port_set(CHAR, (unsigned char)"0123456789abcdef"[value >> 4 * n & 15]);
}

static void ram_fill(void)
{
    for (int n = 0; n < 8; n++)
        ram.bytes[n] = (unsigned char)(0x11 * (n + 1));
}

static void ram_say(int bytes)
{
    for (int n = 0; n < bytes; n++) {
        say(" ");
        say_hex(ram.bytes[n], 2);
    }
}

static void access(const char *name, unsigned long at, int bytes)
{
    ram_fill();
    if (bytes == 1)
        *BYTES(at) = ram.bytes[0];
    else if (bytes == 2)
        *HALVES(at) = ram.half;
    else
        *WORDS(at) = ram.word;
    for (int n = 0; n < 8; n++)
        ram.bytes[n] = 0;
    if (bytes == 1)
        ram.bytes[0] = *BYTES(at);
    else if (bytes == 2)
        ram.half = *HALVES(at);
    else
        ram.word = *WORDS(at);
    say(name);
    say_hex((unsigned int)bytes, 1);
    say(" seen ");
    say_hex(port_get(SEEN), 2 * bytes);
    say(" back");
    ram_say(bytes);
    say("\n");
}

static void dma(void)
{
    ram_fill();
    port_set(DMA_AT, (unsigned int)(unsigned long)&ram);
    port_set(DMA_BYTES, 8);
    port_set(DMA_TURN, 1);
    __asm__ volatile("" ::: "memory");
    say("dma");
    ram_say(8);
    say("\n");
}

static void irq(void)
{
    int before = target_irq_count();

    say(before == 0 ? "irq none" : "irq early");
    port_set(LINE, 1);
    target_irq_wait();
    say(target_irq_count() == 1 ? ", one\n" : ", more\n");
}

/* Called with the interrupt pending: the line goes down again. */
void guest_irq(void)
{
    port_set(LINE, 0);
}

void guest_main(void)
{
    static const unsigned int one = 1;

    say("cpu ");
    say(*(const unsigned char *)&one ? "little\n" : "big\n");
    for (int bytes = 1; bytes <= 4; bytes *= 2)
        access("little ", PROBE + 0x1000, bytes);
    for (int bytes = 1; bytes <= 4; bytes *= 2)
        access("big ", PROBE + 0x2000, bytes);
    dma();
    irq();
    say("end\n");
    port_set(END, 1);
    for (;;)
        ;
}
