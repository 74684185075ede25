/* SPDX-License-Identifier: MIT */
/*
 * The expressions that stand in {braces} in a board's texts:
 *
 *     "{0xff845000 + 0x200 * i}"    "cpu{i}.0"    "{min(ram, 4 GiB)}"
 *
 * Whole numbers of 64 bits without sign; decimal, 0x, or with KiB, MiB, GiB;
 * the board's variables; ( ) + - * / % << >> & | and the comparisons, which
 * give 0 or 1; && ||; min(a, b), max(a, b). What would leave 0 to 2^64 - 1 is
 * an error. Pure; any thread.
 */
#ifndef BOARD_EXPR_H
#define BOARD_EXPR_H

#include <stdint.h>

#include <glib.h>

#define EXPR_REPEATS 3          /* repeats within repeats: i, j, k */
#define EXPR_WHY_BYTES 160

struct expr_env {
    uint64_t ram;               /* bytes */
    uint64_t cpus;
    uint64_t index[EXPR_REPEATS];
    unsigned depth;             /* how many of index[] are in use */
    int has_ram;                /* else the name is unknown */
};

/*
 * The value of `text`. -EINVAL with the reason in `why`:
 * "is unknown (n); use i, cpus or ram".
 */
int expr_value(const char *text, const struct expr_env *env, uint64_t *ret,
               char why[EXPR_WHY_BYTES]);

/* What expr_fill() found: one expression and nothing else, or more. */
enum expr_kind {
    EXPR_TEXT,
    EXPR_NUMBER,
    EXPR_TRUTH_VALUE,           /* a comparison: "1" or "0" */
};

/*
 * Put the values of all {expressions} of `text` into *ret (decimal; {{ and
 * }} stand for braces), a new GString. -EINVAL with the reason in `why`.
 */
int expr_fill(const char *text, const struct expr_env *env, GString **ret,
              enum expr_kind *ret_kind, char why[EXPR_WHY_BYTES]);

#endif
