/* SPDX-License-Identifier: MIT */
/*
 * Boards written in C. A board in C says the same things as a board file, in
 * the same words (docs/boards.md); what C adds is loops and conditions. It
 * runs when the machine is selected, and what it says is checked and built
 * exactly as a file would be.
 *
 *     static int devkit_build(struct ob_board *b)
 *     {
 *         for (unsigned n = 0; n < 3; n++)
 *             ob_board_add(b, "parts", names[n],
 *                          "{ 'type': 'acme-uart', 'at': '0x%x',"
 *                          "  'irq': 'cpu.%u' }", 0x40011000 + n * 0x400,
 *                          37 + n);
 *         return 0;
 *     }
 */
#ifndef OUTBOARD_BOARD_H
#define OUTBOARD_BOARD_H

#include <stdarg.h>
#include <stdio.h>

#include <outboard/abi.h>

OB_C_BEGIN

struct ob_board_host;

/* One board being built; the host's, valid during build(). */
struct ob_board {
    const struct ob_board_host *host;
    uint64_t ram_bytes;             /* what -m asked for, within the limits */
    uint32_t cpus;                  /* what -smp asked for, within the limits */
    uint32_t reserved;
};

struct ob_board_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    /*
     * Add `name` to a section of the board ("memory", "parts") or set a key
     * at its top ("boot": `name` is NULL). `text` is JSON in which ' may
     * stand for "; copied. Returns 0, or -EINVAL for text that is no JSON or a
     * name that is there already; the first error is kept, later calls do
     * nothing, and the machine is refused with it. [create]
     */
    int32_t (*add)(struct ob_board *board, const char *section,
                   const char *name, const char *text);
    /* Refuse to build, with one line that says why. Returns -EINVAL. */
    int32_t (*fail)(struct ob_board *board, const char *text);
};

/* A board type; -M help lists `name` and `title`. */
struct ob_board_type {
    uint32_t size;                  /* sizeof(struct ob_board_type) */
    uint32_t flags;                 /* none defined: 0 */
    const char *name;               /* "acme-devkit-c" */
    const char *title;              /* one line */
    const char *const *arch;        /* QEMU target names, NULL at the end */
    uint64_t ram_default;           /* bytes for -m; 0: RAM is the board's */
    uint64_t ram_min, ram_max;      /*   own and -m is refused */
    uint32_t cpus_default;          /* -smp; 0: one, and no other number */
    uint32_t cpus_max;
    /* Say what is on the board. Return 0 or what a call returned. [create] */
    int32_t (*build)(struct ob_board *board);
};

#if defined(__GNUC__)
#define OB_BOARD_PRINTF_(f, a) __attribute__((format(printf, f, a), unused))
#else
#define OB_BOARD_PRINTF_(f, a)
#endif

/* As the host's add(), the text formatted as by printf (4 KiB at most). */
OB_BOARD_PRINTF_(4, 5)
static inline int ob_board_add(struct ob_board *b, const char *section,
                               const char *name, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(text))
        return (b->host->fail)(b, "ob_board_add: text of more than 4 KiB");
    return b->host->add(b, section, name, text);
}

OB_C_END

#endif
