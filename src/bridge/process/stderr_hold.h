/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds back what QEMU prints to stderr, so that it can become part of one
 * line, or prints it later in the same order. [main thread, unless noted]
 */
#ifndef BRIDGE_STDERR_HOLD_H
#define BRIDGE_STDERR_HOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Start to hold back stderr. Does nothing if it is held back already. */
void stderr_hold_begin(void);
/* Drop the text that was held back. */
void stderr_hold_discard(void);
/*
 * Print the text and give QEMU its stderr again. Does nothing if stderr is not
 * held.
 */
void stderr_hold_end(void);
/*
 * The end of the text as one line: control characters and runs of blanks become
 * one blank. Returns its length. [any thread, in a signal too]
 */
size_t stderr_hold_words(char *text, size_t size);
/* The descriptor of the real stderr. [any thread, in a signal too] */
int stderr_hold_stderr(void);

#endif
