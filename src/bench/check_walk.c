/* SPDX-License-Identifier: MIT */
/*
 * What happens to a device in a check: a pseudo-random walk of accesses, time,
 * inputs, clocks, characters and resets. The same seed gives the same walk.
 */
#include "bench/check_int.h"

#include <string.h>

enum {
    TABLE_BYTES = 0x1000,       /* where most functions have their registers */
    STEP_NS_MAX = 100000,
};
#define JUMP_NS_MAX UINT64_C(10000000000000000)     /* to the next deadline */

/* --- chance --------------------------------------------------------------- */

struct walk walk_new(const struct check *c, enum check_law law,
                     uint32_t stream)
{
    struct walk w = { c->type, c->opt.seed };

    w.seed += (uint64_t)law << 56 | (uint64_t)stream << 40 | c->run;
    (void)walk_any(&w);
    return w;
}

/* splitmix64, as the bench's random bytes. */
uint64_t walk_any(struct walk *w)
{
    uint64_t z = w->seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t below(struct walk *w, uint64_t n)
{
    return n ? (uint32_t)(walk_any(w) % n) : 0;
}

/* Few bits, all, none, an address in memory: these reach most states. */
uint64_t walk_value(struct walk *w)
{
    uint64_t any = walk_any(w);

    switch (below(w, 7)) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return UINT64_C(1) << below(w, 32);
    case 3: return any & walk_any(w) & walk_any(w);
    case 4: return any & 0xff;
    case 5: return any & 0xfffc;
    default: return any;
    }
}

/* --- the declaration ------------------------------------------------------ */

uint32_t reg_element_offset(const struct decl_reg *g, uint32_t n)
{
    return g->offset + n * g->step;
}

uint64_t reg_bits(const struct decl_reg *g, uint32_t accesses)
{
    uint64_t all = check_mask(g->bytes), bits = 0;

    for (uint32_t n = 0; n < g->fields.count; n++)
        if (accesses >> g->fields.at[n].access & 1)
            bits |= g->fields.at[n].mask;
    if (!g->fields.count && accesses >> g->access & 1)
        bits = all;
    return bits & all;
}

/* The bits that a write must not change: OB_RO, OB_RC, and outside fields. */
static uint64_t reg_ignored(const struct decl_reg *g)
{
    return check_mask(g->bytes) & ~reg_bits(g, 1u << OB_RW | 1u << OB_W1C |
                                                   1u << OB_W1S | 1u << OB_WO);
}

void place_text(const struct device_decl *type, uint32_t region,
                uint64_t offset, char *text, size_t bytes)
{
    const struct decl_region *r = &type->regions.at[region];

    for (uint32_t n = 0; n < r->regs.count; n++) {
        const struct decl_reg *g = &r->regs.at[n];
        uint64_t from = offset - g->offset, index = from / g->step;

        if (offset < g->offset || index >= g->count ||
            from % g->step >= g->bytes)
            continue;
        if (g->count > 1)
            g_snprintf(text, bytes, "%s[%u]", g->name, (unsigned)index);
        else
            g_snprintf(text, bytes, "%s", g->name);
        return;
    }
    g_snprintf(text, bytes, "%s+0x%" PRIx64, r->name, offset);
}

/* --- the next thing ------------------------------------------------------- */

/*
 * An access to a whole register, or to a part of it. Returns the bits of one of
 * its fields.
 */
static uint64_t reg_place(struct walk *w, const struct decl_region *r,
                          struct op *op)
{
    const struct decl_reg *g = &r->regs.at[below(w, r->regs.count)];

    op->bytes = g->bytes;
    op->offset = reg_element_offset(g, below(w, g->count));
    if (below(w, 8)) {
        op->ignored = reg_ignored(g);
    } else {
        op->bytes = 1u << below(w, 4);
        op->offset += below(w, g->bytes) & ~(op->bytes - 1);
    }
    return g->fields.count ? g->fields.at[below(w, g->fields.count)].mask
                           : UINT64_MAX;
}

static void function_place(struct walk *w, const struct decl_region *r,
                           struct op *op)
{
    uint64_t end = below(w, 16) ? MIN(r->bytes, TABLE_BYTES) : r->bytes;

    op->bytes = below(w, 8) ? MIN(r->access_max, 4u) : 1u << below(w, 4);
    op->offset = walk_any(w) % end & ~(uint64_t)(op->bytes - 1);
}

static void access_next(struct walk *w, struct op *op)
{
    const struct decl_region *r;
    uint64_t bits = UINT64_MAX;

    op->item = below(w, w->type->regions.count);
    r = &w->type->regions.at[op->item];
    if (r->regs.count && (!r->on_read || below(w, 2)))
        bits = reg_place(w, r, op);
    else
        function_place(w, r, op);
    op->kind = OP_WRITE;
    op->value = walk_value(w);
    switch (below(w, 8)) {
    case 0:
    case 1: op->kind = OP_READ; break;
    case 2:
        op->kind = OP_MODIFY;
        op->value = UINT64_C(1) << below(w, 8 * op->bytes);
        break;
    case 3:
    case 4:
        op->kind = OP_MODIFY;
        op->value = bits & walk_any(w);
        break;
    case 5: op->value &= bits; break;
    default: break;
    }
    op->value &= check_mask(op->bytes);
}

static void step_next(struct walk *w, const struct trial *r, struct op *op)
{
    uint64_t next = ob_bench_next_deadline(r->bench), now = r->bench->now;

    op->kind = OP_STEP;
    op->value = below(w, below(w, 2) ? STEP_NS_MAX : 1000);
    if (next > now && next - now < JUMP_NS_MAX && below(w, 2))
        op->value = next - now;
}

static void clock_next(struct walk *w, struct op *op)
{
    static const uint32_t hz[] = { 0, 1000, 32768, 1000000, 12000000,
                                   133000000 };

    op->item = below(w, w->type->clocks.count);
    if (w->type->clocks.at[op->item].direction != OB_CLOCK_IN)
        return;
    op->kind = OP_CLOCK;
    op->value = hz[below(w, sizeof(hz) / sizeof(hz[0]))];
}

static void chardev_next(struct walk *w, struct op *op)
{
    op->item = below(w, w->type->chardevs.count);
    if (!below(w, 8)) {
        op->kind = OP_EVENT;
        op->value = OB_CHR_OPENED + below(w, 3);
        return;
    }
    op->kind = OP_FEED;
    op->bytes = 1 + below(w, below(w, 4) ? 2 : sizeof(op->feed));
    for (uint32_t n = 0; n < op->bytes; n++)
        op->feed[n] = (uint8_t)walk_any(w);
}

static void input_next(struct walk *w, struct op *op)
{
    op->kind = OP_INPUT;
    op->item = below(w, w->type->inputs.count);
    op->n = below(w, w->type->inputs.at[op->item].count);
    op->value = below(w, 2);
}

struct op walk_next(struct walk *w, const struct trial *r)
{
    const struct device_decl *t = w->type;
    uint32_t chance = below(w, 100);
    struct op op = { .kind = OP_STEP };

    if (chance < 8 && t->inputs.count)
        input_next(w, &op);
    else if (chance < 14 && t->chardevs.count)
        chardev_next(w, &op);
    else if (chance < 17 && t->clocks.count)
        clock_next(w, &op);
    else if (chance < 18)
        op = (struct op){ .kind = OP_RESET, .value = below(w, 3) };
    else if (chance < 34 || !t->regions.count)
        step_next(w, r, &op);
    else
        access_next(w, &op);
    return op;
}

/* --- doing it ------------------------------------------------------------- */

static uint64_t access_run(const struct op *op, struct ob_bench_dev *dev)
{
    uint64_t value = op->value, seen = 0;

    if (op->kind != OP_WRITE)
        seen = ob_bench_read(dev, op->item, op->offset, op->bytes);
    if (op->kind == OP_READ)
        return seen;
    ob_bench_write(dev, op->item, op->offset, seen ^ value, op->bytes);
    return seen;
}

static void feed_run(const struct op *op, struct ob_bench_dev *dev)
{
    g_byte_array_append(dev->chrs[op->item].waiting, op->feed, op->bytes);
    bench_chr_pump(dev, op->item);
}

uint64_t op_run(const struct op *op, struct trial *r)
{
    struct ob_bench_dev *dev = r->dev;
    uint64_t seen = 0;

    r->c->now = op;
    switch (op->kind) {
    case OP_STEP: trial_step(r, op->value); break;
    case OP_INPUT:
        device_input(dev->device, op->item, op->n, (int32_t)op->value);
        break;
    case OP_CLOCK:
        bench_clock_put(dev, op->item, ob_period_of_hz(op->value));
        break;
    case OP_FEED: feed_run(op, dev); break;
    case OP_EVENT:
        device_chr_event(dev->device, op->item, (uint32_t)op->value);
        break;
    case OP_RESET: device_reset(dev->device, (uint32_t)op->value); break;
    default: seen = access_run(op, dev);
    }
    trial_requests_serve(r);
    r->c->now = NULL;
    return seen;
}

void walk_jump(struct trial *r)
{
    uint64_t next = ob_bench_next_deadline(r->bench), now = r->bench->now;

    if (next > now && next - now < JUMP_NS_MAX)
        trial_step(r, next - now);
    trial_requests_serve(r);
}

void op_text(const struct op *op, const struct device_decl *type, char *text,
             size_t bytes)
{
    char place[160] = "";

    if (op->kind <= OP_READ)
        place_text(type, op->item, op->offset, place, sizeof(place));
    switch (op->kind) {
    case OP_WRITE:
        g_snprintf(text, bytes, "a write of 0x%" PRIx64 " to %s",
                   op->value & check_mask(op->bytes), place);
        break;
    case OP_MODIFY:
        g_snprintf(text, bytes, "a change of bits 0x%" PRIx64 " of %s",
                   op->value, place);
        break;
    case OP_READ: g_snprintf(text, bytes, "a read of %s", place); break;
    case OP_INPUT:
        g_snprintf(text, bytes, "input %s[%u] going to %u",
                   type->inputs.at[op->item].name, op->n, (unsigned)op->value);
        break;
    case OP_CLOCK:
        g_snprintf(text, bytes, "clock %s going to %u Hz",
                   type->clocks.at[op->item].name, (unsigned)op->value);
        break;
    case OP_FEED:
        g_snprintf(text, bytes, "%u bytes for %s", op->bytes,
                   type->chardevs.at[op->item].name);
        break;
    case OP_EVENT:
        g_snprintf(text, bytes, "event %u of %s", (unsigned)op->value,
                   type->chardevs.at[op->item].name);
        break;
    case OP_RESET:
        g_snprintf(text, bytes, "a reset of kind %u", (unsigned)op->value);
        break;
    default: g_snprintf(text, bytes, "a step of %" PRIu64 " ns", op->value);
    }
}

void walk_run(struct walk *w, struct trial *r, uint32_t steps)
{
    for (uint32_t n = 0; n < steps && !r->c->stop; n++) {
        struct op op = walk_next(w, r);

        (void)op_run(&op, r);
    }
}
