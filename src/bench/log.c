/* SPDX-License-Identifier: MIT */
/* Keeps the mistakes of models and tests, and the models' log lines. */
#include "bench/bench_int.h"

#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 65536 };

void bench_log(struct ob_bench *b, uint32_t kind, const char *line)
{
    struct bench_line l = { kind, NULL };

    if (kind == OB_LOG_MISTAKE) {
        b->mistakes++;
        /* The bench's edge: a test that checks nothing still shows it. */
        if (b->strict)
            fprintf(stderr, "mistake: %s\n", line);
    }
    if (b->lines->len >= LINES_MAX)
        return;
    l.text = g_strdup(line);
    g_array_append_val(b->lines, l);
}

void bench_mistake(struct ob_bench *b, const char *fmt, ...)
{
    va_list ap;
    char *line;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    bench_log(b, OB_LOG_MISTAKE, line);
    g_free(line);
}

void ob_bench_log_want(struct ob_bench *b, uint32_t kinds)
{
    b->wanted = kinds;
}

uint32_t ob_bench_log_count(const struct ob_bench *b)
{
    return b->lines->len;
}

const char *ob_bench_log_line(const struct ob_bench *b, uint32_t n)
{
    if (n >= b->lines->len)
        return "";
    return g_array_index(b->lines, struct bench_line, n).text;
}

uint32_t ob_bench_log_kind(const struct ob_bench *b, uint32_t n)
{
    if (n >= b->lines->len)
        return 0;
    return g_array_index(b->lines, struct bench_line, n).kind;
}

bool ob_bench_log_has(const struct ob_bench *b, const char *text)
{
    for (uint32_t n = 0; n < b->lines->len; n++)
        if (strstr(ob_bench_log_line(b, n), text))
            return true;
    return false;
}

void ob_bench_log_clear(struct ob_bench *b)
{
    for (guint n = 0; n < b->lines->len; n++)
        g_free(g_array_index(b->lines, struct bench_line, n).text);
    g_array_set_size(b->lines, 0);
}
