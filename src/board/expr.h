/* SPDX-License-Identifier: MIT */
/*
 * The expressions in {braces} in a board's texts:
 *
 *     "{0xff845000 + 0x200 * i}"    "cpu{i}.0"    "{min(ram, 4 GiB)}"
 *
 * Unsigned whole numbers of 64 bits: decimal, 0x, or with KiB, MiB, GiB; the
 * board's variables; ( ) + - * / % << >> & | and the comparisons, which give 0
 * or 1; &&
 *
 * ; min(a, b), max(a, b). A result outside 0 to 2^64 - 1 is an error. Pure
 * functions; any thread.
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

/* What expr_fill() found: only one expression, or text. */
enum expr_kind {
    EXPR_TEXT,
    EXPR_NUMBER,
    EXPR_TRUTH_VALUE,           /* a comparison: "1" or "0" */
};

/*
 * Put `text` with the values of all its {expressions} into *ret (decimal; {{
 * and }} stand for braces), a new GString. -EINVAL with the reason in `why`.
 */
int expr_fill(const char *text, const struct expr_env *env, GString **ret,
              enum expr_kind *ret_kind, char why[EXPR_WHY_BYTES]);

#endif
