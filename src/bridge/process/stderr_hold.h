/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds back what QEMU prints to stderr, so that it can become part of one
 * line, and prints it later in the same order. [main thread, unless noted]
 */
#ifndef BRIDGE_HOLD_H
#define BRIDGE_HOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Start to hold back. Nothing happens if it is held back already. */
void hold_begin(void);
/* Drop what was held back. */
void hold_discard(void);
/* Print what was held back; stderr is QEMU's again. No-op if not held. */
void hold_end(void);
/*
 * The end of what was held back as one line: control characters and runs of
 * blanks become one blank. Returns its length. [any thread, in a signal too]
 */
size_t hold_words(char *text, size_t size);
/* The descriptor of the real stderr. [any thread, in a signal too] */
int hold_stderr(void);

#endif
