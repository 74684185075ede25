/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/edge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void edge_refuse(const struct ob_err *err)
{
    fprintf(stderr, "outboard: %s\n",
            err->text[0] != '\0' ? err->text : "refused without a reason");
    exit(EXIT_FAILURE);
}

void edge_warn(const char *fmt, ...)
{
    struct ob_err line = { 0 };
    va_list ap;

    va_start(ap, fmt);
    err_setv(&line, -1, fmt, ap);
    va_end(ap);
    fprintf(stderr, "outboard: warning: %s\n", line.text);
}
