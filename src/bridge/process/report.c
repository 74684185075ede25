/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints messages and ends QEMU before the guest runs. */
#include "bridge/process/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* exit() and not _exit(): QEMU's exit handlers restore the terminal. */
void report_exit(void)
{
    exit(EXIT_FAILURE);
}

/* A user must always get a line, so an error without a text gets one here. */
void report_fatal(const struct ob_err *err)
{
    fprintf(stderr, "outboard: %s\n",
            err->text[0] != '\0' ? err->text : "refused without a reason");
    report_exit();
}

/*
 * A message may quote a file or a module. The text of an error is cleaned, so
 * a hostile quote cannot add lines to stderr or send escape sequences to the
 * terminal.
 */
static void line_print(const char *kind, const char *fmt, va_list ap)
{
    struct ob_err line = { 0 };

    err_setv(&line, -1, fmt, ap);
    fprintf(stderr, "outboard: %s: %s\n", kind, line.text);
}

void report_warning(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_print("warning", fmt, ap);
    va_end(ap);
}

void report_note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_print("note", fmt, ap);
    va_end(ap);
}
