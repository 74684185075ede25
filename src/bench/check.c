/* SPDX-License-Identifier: MIT */
/* Keeps the lines about broken laws, for the author. */
#include "bench/check_int.h"

#include <stdio.h>

static const char *const law_names[LAWS] = {
    [LAW_CREATE] = "create", [LAW_MISTAKES] = "mistakes",
    [LAW_INSTANCES] = "instances", [LAW_READ_ONLY] = "read-only",
    [LAW_WRITE_BACK] = "write-back", [LAW_RESET] = "reset",
    [LAW_RESTORED] = "restored", [LAW_DEADLINES] = "deadlines",
    [LAW_EXPIRATIONS] = "expirations",
};

void check_line(struct ob_bench *b, const char *type, enum check_law law,
                const char *what)
{
    char *line = g_strdup_printf("%s: %s: %s", type, law_names[law], what);

    /* The bench's edge: a test that checks nothing still shows it. */
    if (b->strict)
        fprintf(stderr, "%s\n", line);
    g_ptr_array_add(b->checked, line);
}

void check_broken(struct check *c, enum check_law law, const char *fmt, ...)
{
    char *what;
    va_list ap;

    if (check_is_broken(c, law))
        return;
    c->broken |= 1u << law;
    va_start(ap, fmt);
    what = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    check_line(c->b, c->type->name, law, what);
    g_free(what);
}

const char *ob_bench_check_line(const struct ob_bench *b, uint32_t n)
{
    return n < b->checked->len ? b->checked->pdata[n] : "";
}
