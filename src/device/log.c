/* SPDX-License-Identifier: MIT */
/*
 * Log lines of a device: each starts with "TYPE ID: " and is one clean line,
 * because hosts show the model's own text on a terminal.
 */
#include "device/core.h"

#include <stdarg.h>

#include "base/str.h"

bool device_log_wanted(struct device *d, uint32_t kind)
{
    return d->ops->logs_wanted(d->port) & HOST_LOG_BIT(kind);
}

/* Replace control characters, and bytes that are not UTF-8. */
static void line_clean(char *line)
{
    for (size_t n; *line; line += n ? n : 1) {
        n = str_shown_bytes(line);
        if (n == 0)
            *line = '?';
    }
}

void device_logf(struct device *d, uint32_t kind, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;

    n = g_snprintf(line, sizeof(line), "%s %s: ", d->type->name, d->id);
    if (n >= (int)sizeof(line))
        n = 0;
    va_start(ap, fmt);
    g_vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
    va_end(ap);
    line_clean(line);
    d->ops->log(d->port, kind, line);
}
