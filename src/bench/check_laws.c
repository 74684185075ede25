/* SPDX-License-Identifier: MIT */
/* The laws that ob_bench_check() holds every device type to. */
#include "bench/check_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_BYTES = 0x1000, ELEMENTS_MAX = 256,
    PARTS = 8,              /* of a walk, with a restore after each */
};
#define START_NS UINT64_C(1000000000000)

/* --- instances ------------------------------------------------------------ */

/*
 * Two devices with the same history are equal, though a third one is used in
 * between.
 */
static void instances_run(struct check *c)
{
    struct pair p;

    if (pair_new(&p, c, LAW_INSTANCES,
                 "two instances with the same history must be equal: keep all "
                 "state in the state struct, and take time and random numbers "
                 "from the host")) {
        p.between = trial_new(c, p.expected->bench->now);
        p.between_walk = walk_new(c, LAW_INSTANCES, 1);
        pair_run(&p, c->opt.steps);
        pair_sweep(&p);
        pair_states(&p);
        trial_free(p.between);
    }
    pair_free(&p);
}

/* --- registers ------------------------------------------------------------ */

/* Other values in the read-only bits of a write have no effect. */
static void read_only_run(struct check *c)
{
    struct pair p;

    if (pair_new(&p, c, LAW_READ_ONLY,
                 "bits that the guest cannot write must not have an effect: "
                 "use w->value, not w->raw, or declare the field OB_WO or "
                 "OB_RW")) {
        p.flips = true;
        g_snprintf(p.cause, sizeof(p.cause),
                   ", where writes differ in read-only and reserved bits");
        pair_run(&p, c->opt.steps);
        pair_sweep(&p);
        pair_states(&p);
    }
    pair_free(&p);
}

struct element {
    uint32_t region, n;
    const struct decl_reg *reg;
};

static uint64_t stored(struct trial *r, const struct element *e)
{
    const char *region = r->c->type->regions.at[e->region].name;
    GByteArray *block = device_save(r->dev->device);
    uint64_t value = 0;

    if (!block)
        return 0;
    (void)block_reg(block, region, e->reg->name, e->n, &value);
    g_byte_array_free(block, TRUE);
    return value;
}

static uint64_t element_access(struct trial *r, const struct element *e,
                               enum op_kind kind, uint64_t value)
{
    const struct op op = {
        .kind = kind, .item = e->region, .value = value,
        .offset = reg_element_offset(e->reg, e->n), .bytes = e->reg->bytes,
    };

    return op_run(&op, r);
}

static uint64_t element_read(struct trial *r, const struct element *e)
{
    return element_access(r, e, OP_READ, 0);
}

static void element_write(struct trial *r, const struct element *e,
                          uint64_t value)
{
    (void)element_access(r, e, OP_WRITE, value);
}

static void write_back_report(struct check *c, const struct element *e,
                              uint64_t bits)
{
    char place[160];

    place_text(c->type, e->region, reg_element_offset(e->reg, e->n), place,
               sizeof(place));
    check_broken(c, LAW_WRITE_BACK,
                 "%s reads bits 0x%" PRIx64 " as 1 after a write of 0, and "
                 "stores them after a write of 1 (expected neither): a guest "
                 "that writes back what it read would set them permanently; "
                 "declare the bits OB_RO, as on_read() computes them",
                 place, bits);
}

/*
 * A bit that on_read() adds and that a guest cannot clear is a status. If it is
 * not declared read-only, a guest's read-modify-write stores it.
 */
static void element_write_back(struct trial *r, const struct element *e)
{
    uint64_t seen = element_read(r, e);
    uint64_t added = seen & ~stored(r, e) & reg_bits(e->reg, 1u << OB_RW);

    if (!added)
        return;
    element_write(r, e, seen & ~added);
    added &= element_read(r, e) & ~stored(r, e);
    if (!added)
        return;
    element_write(r, e, seen | added);
    added &= stored(r, e);
    if (added)
        write_back_report(r->c, e, added);
}

static void region_write_back(struct trial *r, uint32_t region)
{
    const struct decl_region *decl = &r->c->type->regions.at[region];

    for (uint32_t n = 0; n < decl->regs.count; n++) {
        struct element e = { .region = region, .reg = &decl->regs.at[n] };

        if (!e.reg->stored || !e.reg->fields.count)
            continue;
        for (e.n = 0; e.n < e.reg->count && e.n < ELEMENTS_MAX; e.n++)
            element_write_back(r, &e);
    }
}

static void write_back_run(struct check *c)
{
    struct walk w = walk_new(c, LAW_WRITE_BACK, 0);
    struct trial *r = trial_new(c, START_NS);

    for (uint32_t part = 0; r && part < 4; part++) {
        walk_run(&w, r, c->opt.steps / 4 + 1);
        for (uint32_t n = 0; n < c->type->regions.count; n++)
            region_write_back(r, n);
    }
    trial_free(r);
}

/* --- reset ---------------------------------------------------------------- */

static const char reset_fix[] =
    "reset() must set everything that a new device has, and drive every line "
    "and clock; what is to outlive a reset needs options->keeps";

static void reset_compare(struct pair *p, const char *last)
{
    g_snprintf(p->last, sizeof(p->last), "%s", last);
    pair_lines(p);
    pair_states(p);
    pair_run(p, p->c->opt.steps / 2);
    pair_sweep(p);
}

/* A second reset changes nothing. */
static void reset_twice_run(struct check *c)
{
    struct pair p;

    if (pair_new(&p, c, LAW_RESET, reset_fix)) {
        pair_run(&p, c->opt.steps);
        /* What waits would arrive between the resets. */
        trial_waiting_drop(p.expected);
        trial_waiting_drop(p.seen);
        for (uint32_t n = 0; n <= c->opt.keeps; n++) {
            ob_bench_reset_all(p.expected->bench);
            ob_bench_reset_all(p.seen->bench);
        }
        ob_bench_reset_all(p.seen->bench);
        reset_compare(&p, "a second reset");
    }
    pair_free(&p);
}

/* A reset after a walk gives a new device. The inputs are low in both. */
static void reset_new_run(struct check *c)
{
    struct walk w = walk_new(c, LAW_RESET, 1);
    struct pair p;

    if (c->opt.keeps)
        return;
    if (pair_new(&p, c, LAW_RESET, reset_fix)) {
        walk_run(&w, p.seen, c->opt.steps);
        trial_inputs_low(p.seen);
        trial_waiting_drop(p.seen);
        trial_free(p.expected);
        p.expected = trial_new(c, p.seen->bench->now);
        trial_world_copy(p.expected, p.seen);
        p.expected->requests = p.seen->requests;
        trial_log_clear(p.seen);
        trial_log_clear(p.expected);
        ob_bench_reset_all(p.expected->bench);
        ob_bench_reset_all(p.seen->bench);
        reset_compare(&p, "a reset (expected: as a new device)");
    }
    pair_free(&p);
}

/* --- saved state ---------------------------------------------------------- */

static const char restored_fix[] =
    "list in `saved` what no register holds, compute the rest in restored(), "
    "and set a line, there too, whenever what it follows from has changed";

/*
 * Restore into `seen` what `expected` is. `seen` is a new device, or was used
 * and is reset, as when a snapshot is loaded. False: refused.
 */
static bool restore(struct pair *p)
{
    struct ob_err *err = &p->seen->bench->err;
    GByteArray *block;
    int ret;

    trial_inputs_low(p->seen);
    trial_world_copy(p->seen, p->expected);
    p->seen->requests = p->expected->requests;
    ob_bench_reset_all(p->seen->bench);
    block = device_save(p->expected->dev->device);
    if (!block)
        return false;
    ret = device_restore(p->seen->dev->device, block->data, block->len, err);
    g_byte_array_free(block, TRUE);
    if (ret)
        check_broken(p->c, LAW_RESTORED,
                     "a state that the model has saved is refused (%s); "
                     "restored() must accept every state that can be",
                     err->text);
    /* What the reset has taken from the world is there again. */
    trial_world_copy(p->seen, p->expected);
    trial_log_clear(p->seen);
    trial_log_clear(p->expected);
    return !ret;
}

static void restored_compare(struct pair *p)
{
    char raw[sizeof(p->c->raw)];

    p->cause[0] = 0;
    g_snprintf(p->last, sizeof(p->last), "a restore");
    if (trial_raw_differs(p->seen, p->expected, raw, sizeof(raw)))
        g_snprintf(p->cause, sizeof(p->cause), ", and %s", raw);
    pair_lines(p);
    pair_states(p);
    pair_run(p, p->c->opt.steps / PARTS);
    pair_sweep(p);
    pair_states(p);
    if (p->cause[0] && !p->c->raw[0])
        g_snprintf(p->c->raw, sizeof(p->c->raw), "%s", raw);
}

static void restored_run(struct check *c)
{
    struct walk w = walk_new(c, LAW_RESTORED, 1);
    struct pair p;

    if (pair_new(&p, c, LAW_RESTORED, restored_fix))
        for (uint32_t n = 0; n < PARTS && !p.differs && !c->stop; n++) {
            walk_run(&w, p.expected, c->opt.steps / PARTS);
            /* What expired() forgets shows only before the next access. */
            if (n & 1)
                walk_jump(p.expected);
            if (!restore(&p))
                break;
            restored_compare(&p);
        }
    pair_free(&p);
}

/*
 * No walk has shown a difference, but the state struct has one: some other walk
 * would show it.
 */
static void raw_report(struct check *c)
{
    if (c->raw[0])
        check_broken(c, LAW_RESTORED, "after a restore %s; %s", c->raw,
                     restored_fix);
}

/* --- every access --------------------------------------------------------- */

static void accessed(struct trial *r, struct walk *w, uint32_t region,
                     uint64_t offset, uint32_t bytes)
{
    struct op op = { .kind = OP_READ, .item = region, .offset = offset,
                     .bytes = bytes };

    (void)op_run(&op, r);
    op.kind = OP_WRITE;
    op.value = walk_value(w) & check_mask(bytes);
    (void)op_run(&op, r);
}

static void region_accessed(struct trial *r, struct walk *w, uint32_t n)
{
    uint64_t bytes = r->c->type->regions.at[n].bytes;
    uint64_t end = MIN(bytes, TABLE_BYTES);

    for (uint64_t at = 0; at < end + 8; at++)
        for (uint32_t size = 1; size <= 8; size++)
            accessed(r, w, n, at, size);
    accessed(r, w, n, bytes - 4, 4);
    accessed(r, w, n, UINT64_MAX - 3, 4);
}

/* Accesses of each size at each offset make no mistake of the model's. */
static void access_run(struct check *c)
{
    struct walk w = walk_new(c, LAW_MISTAKES, 0);
    struct trial *r = trial_new(c, START_NS);

    if (!r)
        return;
    ob_bench_log_want(r->bench, 0);
    for (uint32_t n = 0; n < c->type->regions.count; n++)
        region_accessed(r, &w, n);
    trial_step(r, 1000);
    trial_free(r);
}

/* --- time ----------------------------------------------------------------- */

static void deadlines_report(struct check *c)
{
    for (uint32_t n = 0; n < c->type->timers.count; n++) {
        const struct bench_timer *t = &c->timers[n];

        if (t->late)
            check_broken(
                c, LAW_DEADLINES,
                "timer %s is armed for %" PRIu64 " ns (expected %" PRIu64
                " ns, the present, or later); add ob_now_ns(), and "
                "do what is due without a timer",
                c->type->timers.at[n].name, t->late_deadline, t->late_now);
        else if (t->arms > 3 && t->distant == t->arms)
            check_broken(c, LAW_DEADLINES,
                         "timer %s is always armed for a time after 100 years "
                         "(%" PRIu64 " ns); check its unit",
                         c->type->timers.at[n].name, t->distant_deadline);
    }
}

/* --- all ------------------------------------------------------------------ */

/* Which bytes of the state struct can be compared: pointers cannot. */
static void alike_find(struct check *c)
{
    struct trial *a = trial_new(c, START_NS),
                 *b = a ? trial_new(c, START_NS) : NULL;
    const uint8_t *x, *y;

    if (b) {
        c->alike = g_malloc(c->type->state_bytes + 8);
        x = device_state(a->dev->device);
        y = device_state(b->dev->device);
        for (uint32_t n = 0; n < c->type->state_bytes; n++)
            c->alike[n] = 1;
        /* A pointer's other bytes differ in a third device. */
        for (uint32_t n = 0; n < c->type->state_bytes; n++)
            if (x[n] != y[n])
                memset(c->alike + (n & ~7u), 0, 8);
        for (uint32_t n = 0; n < c->type->props.count; n++) {
            const struct ob_prop *p = &c->type->props.at[n];

            if (p->type == OB_PROP_LINK || p->type == OB_PROP_STRING)
                memset(c->alike + p->offset, 0, sizeof(void *));
        }
    }
    trial_free(a);
    trial_free(b);
}

void laws_check(struct check *c)
{
    static const struct {
        enum check_law law;
        void (*run)(struct check *c);
    } laws[] = {
        { LAW_INSTANCES, instances_run },   { LAW_READ_ONLY, read_only_run },
        { LAW_WRITE_BACK, write_back_run }, { LAW_RESET, reset_twice_run },
        { LAW_RESET, reset_new_run },       { LAW_RESTORED, restored_run },
    };

    alike_find(c);
    if (check_is_broken(c, LAW_CREATE))
        return;
    access_run(c);
    for (uint32_t n = 0; n < sizeof(laws) / sizeof(laws[0]); n++)
        for (c->run = 0; c->run < c->opt.runs && !c->stop; c->run++)
            /* Without equal instances the other laws say nothing. */
            if (!check_is_broken(c, laws[n].law) &&
                !check_is_broken(c, LAW_INSTANCES))
                laws[n].run(c);
    raw_report(c);
    deadlines_report(c);
}
