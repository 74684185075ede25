/* SPDX-License-Identifier: MIT */
/*
 * This header declares boards that are written in C.
 *
 * A board in C contains the same things as a board file, under the same names
 * (docs/boards.md). In addition, C has loops and conditions. The host calls
 * build() when the user selects the machine. It checks and builds the result
 * exactly as it does for a board file.
 *
 *     static int32_t devkit_build(struct ob_board *b)
 *     {
 *         for (unsigned n = 0; n < 3; n++)
 *             ob_board_add(b, "parts", names[n],
 *                          "{ 'type': 'acme-uart', 'at': '0x%x',"
 *                          "  'irq': 'cpu.%u' }", 0x40011000 + n * 0x400,
 *                          37 + n);
 *         return OB_OK;
 *     }
 */
#ifndef OUTBOARD_BOARD_H
#define OUTBOARD_BOARD_H

#include <stdarg.h>
#include <stdio.h>

#include <outboard/abi.h>

OB_C_BEGIN

struct ob_board_host;

/*
 * The board that is being built. The host owns it; it is valid until build()
 * returns. [since 0.1]
 */
struct ob_board {
    const struct ob_board_host *host;   /* services; never NULL */
    uint64_t ram_bytes;             /* RAM of this run (-m), in bytes */
    uint32_t cpus;                  /* CPUs of this run (-smp) */
    uint32_t reserved;              /* 0 */
};

/* The services for a board. Call them from build() only. [since 0.1] */
struct ob_board_host {
    uint32_t size;                  /* sizeof in the host's build */
    uint16_t abi_major, abi_minor;  /* version of the host */
    /*
     * Add an entry to a section of the board, or set a key at the top level.
     *   section  "memory", "parts" or "unimplemented"; or "boot", a key at
     *            the top level
     *   name     the entry's name, used once in its section; NULL for a key
     *            at the top level
     *   text     JSON, less than 64 KiB; ' may replace ". The host copies it.
     * Returns OB_OK. Returns OB_E_INVALID if the text is not JSON or the name
     * exists.
     * The host keeps the first error, ignores later calls, and refuses the
     * machine with that error.
     * [create] [no block] [since 0.1] [src/board]
     */
    int32_t (*add)(struct ob_board *board, const char *section,
                   const char *name, const char *text);
    /*
     * Refuse to build the board: ob_board_refuse().
     *   text  one line with the reason; the host copies it
     * Returns OB_E_INVALID, which build() should return.
     * [create] [no block] [since 0.1] [src/board]
     */
    int32_t (*refuse)(struct ob_board *board, const char *text);
};

/* A board type. The module owns it. [since 0.1] [src/bridge] */
struct ob_board_type {
    uint32_t size;                  /* sizeof(struct ob_board_type) */
    uint32_t flags;                 /* none defined: 0 */
    uint32_t hints;                 /* none defined: 0 */
    uint32_t reserved;              /* 0 */
    const char *name;               /* the name in -M, "acme-devkit-c" */
    const char *title;              /* one line for -M help */
    const char *const *arch;        /* QEMU target names, NULL at the end */
    /*
     * RAM in bytes, multiples of 4 KiB: without -m, and the range for -m. 0:
     * the memory is the board's own, and -m causes only a warning.
     */
    uint64_t ram_default;
    uint64_t ram_min, ram_max;
    uint32_t cpus_default;          /* CPUs without -smp; 0: always one */
    uint32_t cpus_max;              /* the most that -smp may ask for */
    /*
     * Add everything that is on the board.
     *   board  the board to fill in; ram_bytes and cpus are within the limits
     * Returns OB_OK, or the value that a failed service returned.
     * [create] [must not block] [since 0.1] [src/board calls it]
     */
    int32_t (*build)(struct ob_board *board);
};

#if defined(__GNUC__)
#define OB_BOARD_PRINTF_(f, a) __attribute__((format(printf, f, a), unused))
#else
#define OB_BOARD_PRINTF_(f, a)
#endif

/*
 * Call the host's add() with text that is formatted as by printf.
 *   b              the board of build()
 *   section, name  as for add()
 *   fmt, ...       format and arguments; the result has less than 4 KiB
 * Returns what add() returns; OB_E_INVALID also if the result is longer.
 * [create] [no block] [since 0.1] [this header]
 */
OB_BOARD_PRINTF_(4, 5)
static inline int32_t ob_board_add(struct ob_board *b, const char *section,
                                   const char *name, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(text))
        return b->host->refuse(b, "ob_board_add: text of more than 4 KiB");
    return b->host->add(b, section, name, text);
}

OB_C_END

#endif
