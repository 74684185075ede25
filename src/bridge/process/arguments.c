/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps QEMU's arguments for lookups. */
#include "bridge/process/arguments.h"

#include <stddef.h>
#include <string.h>

/*
 * Before arguments_set() all lookups find an empty list, so no caller tests
 * for NULL.
 */
static char *none[] = { NULL };
static char *const *arguments = none;

/* A program may be started with an empty argv, without even argv[0]. */
void arguments_set(char *const argv[])
{
    arguments = argv[0] ? argv + 1 : argv;
}

char *const *arguments_all(void)
{
    return arguments;
}

/* QEMU accepts each option with one dash and with two. */
bool arguments_option_is(const char *arg, const char *name)
{
    if (arg[0] != '-')
        return false;
    arg += arg[1] == '-' ? 2 : 1;
    return strcmp(arg, name) == 0;
}

/*
 * The bridge does not know which options take a value. So in `-append -m` it
 * takes -m for an option, unlike QEMU.
 */
const char *arguments_value(const char *name)
{
    const char *value = NULL;
    int i;

    for (i = 0; arguments[i]; i++) {
        if (arguments_option_is(arguments[i], name) && arguments[i + 1])
            value = arguments[i + 1];
    }
    return value;
}
