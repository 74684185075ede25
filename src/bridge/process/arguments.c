/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps QEMU's arguments for lookups. */
#include "bridge/process/arguments.h"

#include <stddef.h>
#include <string.h>

static char *none[] = { NULL };
static char *const *arguments = none;

void arguments_set(char *const argv[])
{
    arguments = argv[0] ? argv + 1 : argv;
}

char *const *arguments_all(void)
{
    return arguments;
}

bool arguments_option_is(const char *arg, const char *name)
{
    if (arg[0] != '-')
        return false;
    arg += arg[1] == '-' ? 2 : 1;
    return strcmp(arg, name) == 0;
}

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
