/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads QEMU's arguments before QEMU does. Nothing here removes or changes one.
 * Use at the hook and in a machine's init only.
 */
#ifndef BRIDGE_ARGUMENTS_H
#define BRIDGE_ARGUMENTS_H

#include <stdbool.h>

/* Store the argv of main(): argv[0], arguments, NULL. It is never freed. */
void arguments_set(char *const argv[]);

/* The arguments after argv[0], with NULL at the end. */
char *const *arguments_all(void);

/* Is `arg` the option `name`, with one dash or two? */
bool arguments_option_is(const char *arg, const char *name);

/* The value of the last -`name`, or NULL if the user did not give it. */
const char *arguments_value(const char *name);

#endif
