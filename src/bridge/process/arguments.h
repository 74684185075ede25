/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's arguments, looked at before QEMU does. Only looked at: nothing here
 * takes one away or changes it. Hook and machine init only.
 */
#ifndef BRIDGE_ARGUMENTS_H
#define BRIDGE_ARGUMENTS_H

#include <stdbool.h>

/* What main() got: argv[0], arguments, NULL. Lives as long as the process. */
void arguments_set(char *const argv[]);

/* The arguments after argv[0], NULL at the end. */
char *const *arguments_all(void);

/* Is `arg` the option `name`, with one dash or two? */
bool arguments_option_is(const char *arg, const char *name);

/* The value of the last -`name`, or NULL if it is not given. */
const char *arguments_value(const char *name);

#endif
