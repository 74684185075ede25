/* SPDX-License-Identifier: MIT */
/* ob_bench_check(): holds a device type to the laws. */
#include "bench/check_int.h"

#include <string.h>

enum { RUNS = 64, STEPS = 128 };

static struct ob_bench_check_options options_of(
    const struct ob_bench_check_options *given)
{
    struct ob_bench_check_options o = { .size = sizeof(o) };

    if (given)
        memcpy(&o, given, MIN(given->size, sizeof(o)));
    o.runs = o.runs ? o.runs : RUNS;
    o.steps = o.steps ? o.steps : STEPS;
    o.keeps = o.keeps != 0;
    return o;
}

/* A type that no module has breaks the first law. */
static uint32_t missing_report(struct ob_bench *b, const char *type)
{
    check_line(b, type, LAW_CREATE, b->err.text);
    return 1;
}

/* A handler of signals may call this. */
void bench_check_doing(const struct ob_bench *b, char *text, size_t bytes)
{
    const struct check *c = b->check;

    if (c && c->now)
        op_text(c->now, c->type, text, bytes);
    else
        g_snprintf(text, bytes, "the making, a reset, a restore or the end");
}

uint32_t ob_bench_check(struct ob_bench *b, const char *type,
                        const char *props,
                        const struct ob_bench_check_options *options)
{
    struct check c = { .b = b, .props = props, .opt = options_of(options) };

    g_ptr_array_set_size(b->checked, 0);
    err_clear(&b->err);
    c.type = bench_type_need(b, type);
    if (!c.type)
        return missing_report(b, type);
    c.timers = g_new0(struct bench_timer, c.type->timers.count);
    b->check = &c;
    laws_check(&c);
    b->check = NULL;
    g_free(c.timers);
    g_free(c.alike);
    return b->checked->len;
}
