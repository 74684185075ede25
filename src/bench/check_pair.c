/* SPDX-License-Identifier: MIT */
/*
 * Two devices to which the same things happen. Whatever a guest, a board or a
 * snapshot can see of them must be equal.
 */
#include "bench/check_int.h"

#include <string.h>

enum { SWEEP_MAX = 512, SWEEP_BYTES = 0x400 };

/* --- a difference --------------------------------------------------------- */

static void differs(struct pair *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The line is made once: what follows from a difference says nothing new. */
static void differs(struct pair *p, const char *fmt, ...)
{
    char what[512];
    va_list ap;

    if (p->differs)
        return;
    p->differs = true;
    va_start(ap, fmt);
    g_vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    check_broken(p->c, p->law, "%s, after %s (run %u, step %u)%s; %s", what,
                 p->last, p->c->run, p->c->step, p->cause, p->fix);
}

/* --- what can be seen ----------------------------------------------------- */

static void levels_same(struct pair *p)
{
    const struct ob_bench_dev *s = p->seen->dev, *e = p->expected->dev;
    const struct device_decl *t = s->type;

    for (uint32_t n = 0; n < t->irqs.count; n++)
        if (s->irqs[n].level != e->irqs[n].level)
            differs(p, "interrupt %s is %d (expected %d)", t->irqs.at[n].name,
                    s->irqs[n].level, e->irqs[n].level);
    for (uint32_t g = 0; g < t->outputs.count; g++)
        for (uint32_t n = 0; n < t->outputs.at[g].count; n++)
            if (s->outputs[g][n].level != e->outputs[g][n].level)
                differs(p, "output %s[%u] is %d (expected %d)",
                        t->outputs.at[g].name, n, s->outputs[g][n].level,
                        e->outputs[g][n].level);
    for (uint32_t n = 0; n < t->clocks.count; n++)
        if (s->clocks[n] != e->clocks[n])
            differs(p, "clock %s has %" PRIu64 " Hz (expected %" PRIu64 ")",
                    t->clocks.at[n].name, ob_hz_of_period(s->clocks[n]),
                    ob_hz_of_period(e->clocks[n]));
}

static const char *deadline_text(uint64_t deadline, char text[32])
{
    if (deadline == UINT64_MAX)
        return "not armed";
    g_snprintf(text, 32, "%" PRIu64 " ns", deadline);
    return text;
}

static void timers_same(struct pair *p)
{
    const struct ob_bench_dev *s = p->seen->dev, *e = p->expected->dev;
    char st[32], et[32];

    for (uint32_t n = 0; n < s->type->timers.count; n++)
        if (s->timers[n].deadline != e->timers[n].deadline)
            differs(p, "the deadline of timer %s is %s (expected %s)",
                    s->type->timers.at[n].name,
                    deadline_text(s->timers[n].deadline, st),
                    deadline_text(e->timers[n].deadline, et));
}

static void characters_same(struct pair *p)
{
    const struct ob_bench_dev *s = p->seen->dev, *e = p->expected->dev;

    for (uint32_t n = 0; n < s->type->chardevs.count; n++) {
        const GByteArray *x = s->chrs[n].sent, *y = e->chrs[n].sent;

        if (x->len != y->len || memcmp(x->data, y->data, x->len))
            differs(p, "%s has sent %u bytes (expected %u, or others)",
                    s->type->chardevs.at[n].name, x->len - 1, y->len - 1);
        if (s->chrs[n].waiting->len != e->chrs[n].waiting->len)
            differs(p, "%u bytes wait for room in %s (expected %u)",
                    s->chrs[n].waiting->len, s->type->chardevs.at[n].name,
                    e->chrs[n].waiting->len);
    }
}

/*
 * Lines about what is not modelled do not count: of these, a host may show the
 * first only.
 */
static const char *log_next(const struct ob_bench *b, uint32_t *n)
{
    while (*n < ob_bench_log_count(b) &&
           ob_bench_log_kind(b, *n) != OB_LOG_GUEST)
        ++*n;
    return ob_bench_log_line(b, (*n)++);
}

static void log_same(struct pair *p)
{
    uint32_t s = 0, e = 0;
    const char *x, *y;

    if (p->flips)
        return;
    do {
        x = log_next(p->seen->bench, &s);
        y = log_next(p->expected->bench, &e);
        if (strcmp(x, y))
            differs(p, "the log has \"%s\" (expected \"%s\")", x, y);
    } while (*x && *y);
}

void pair_lines(struct pair *p)
{
    levels_same(p);
    timers_same(p);
    characters_same(p);
    log_same(p);
    if (p->seen->requests != p->expected->requests)
        differs(p, "the model has asked the machine for something else");
    trial_log_clear(p->seen);
    trial_log_clear(p->expected);
}

void pair_states(struct pair *p)
{
    GByteArray *seen = device_save(p->seen->dev->device);
    GByteArray *expected = device_save(p->expected->dev->device);
    char what[400];

    if (!seen || !expected)
        differs(p, "the model's process has ended");
    else if (block_differs(seen, expected, what, sizeof(what)))
        differs(p, "%s", what);
    if (seen)
        g_byte_array_free(seen, TRUE);
    if (expected)
        g_byte_array_free(expected, TRUE);
}

/* --- what happens --------------------------------------------------------- */

bool pair_new(struct pair *p, struct check *c, enum check_law law,
              const char *fix)
{
    uint64_t now;

    *p = (struct pair){ .c = c, .law = law, .fix = fix };
    p->walk = walk_new(c, law, 0);
    /* Far from 0, so that a deadline without the present is in the past. */
    now = UINT64_C(1000000000000) + walk_any(&p->walk) % UINT64_C(1000000000);
    p->expected = trial_new(c, now);
    p->seen = p->expected ? trial_new(c, now) : NULL;
    g_snprintf(p->last, sizeof(p->last), "the first reset");
    c->step = 0;
    return p->seen;
}

void pair_free(struct pair *p)
{
    trial_free(p->seen);
    trial_free(p->expected);
    p->seen = p->expected = NULL;
}

static void read_same(struct pair *p, const struct op *op, uint64_t seen,
                      uint64_t expected)
{
    char place[160];

    if (seen == expected)
        return;
    place_text(p->c->type, op->item, op->offset, place, sizeof(place));
    differs(p, "%s reads 0x%" PRIx64 " (expected 0x%" PRIx64 ")", place, seen,
            expected);
}

static void both(struct pair *p, const struct op *op)
{
    struct op other = *op;
    uint64_t seen, expected = op_run(op, p->expected);

    if (p->between)
        walk_run(&p->between_walk, p->between, 1);
    if (p->flips && op->kind <= OP_MODIFY)
        other.value ^= op->ignored;
    seen = op_run(&other, p->seen);
    if (op->kind != OP_READ)
        op_text(op, p->c->type, p->last, sizeof(p->last));
    read_same(p, op, seen, expected);
}

void pair_run(struct pair *p, uint32_t steps)
{
    for (uint32_t n = 0; n < steps && !p->differs && !p->c->stop; n++) {
        struct op op = walk_next(&p->walk, p->expected);

        p->c->step++;
        both(p, &op);
        pair_lines(p);
    }
}

static void region_sweep(struct pair *p, uint32_t region)
{
    const struct decl_region *r = &p->c->type->regions.at[region];
    uint64_t end = MIN(r->bytes, SWEEP_BYTES);
    struct op op = { .kind = OP_READ, .item = region };

    for (uint32_t n = 0; n < r->regs.count && !p->differs; n++) {
        const struct decl_reg *g = &r->regs.at[n];

        op.bytes = g->bytes;
        for (uint32_t i = 0; i < g->count && i < SWEEP_MAX; i++) {
            op.offset = reg_element_offset(g, i);
            both(p, &op);
        }
    }
    op.bytes = MIN(r->access_max, 4u);
    for (op.offset = 0;
         r->on_read && op.offset + op.bytes <= end && !p->differs;
         op.offset += op.bytes)
        both(p, &op);
}

void pair_sweep(struct pair *p)
{
    for (uint32_t n = 0; n < p->c->type->regions.count; n++)
        region_sweep(p, n);
    pair_lines(p);
}
