/* SPDX-License-Identifier: MIT */
/* Makes and frees trials: a device on a bench of its own, with memory. */
#include "bench/check_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RAM_BYTES = 0x10000,        /* at 0 of each bus */
    EXPIRATIONS_MAX = 1000,     /* in a step, of 100 us at most */
};
#define START_HZ UINT64_C(12000000)

/* --- parts and links ------------------------------------------------------ */

static struct ob_bench_bus *bus_with_ram(struct ob_bench *b)
{
    struct ob_bench_bus *bus = ob_bench_bus_new(b);

    (void)bench_ram_plain(bus, RAM_BYTES);
    return bus;
}

/* A link to memory that a model may use as a bus, and as a part too. */
static void link_dummy(struct ob_bench_dev *dev, const char *prop)
{
    GPtrArray *targets = dev->bench->targets;

    if (ob_bench_link_bus(dev, prop, bus_with_ram(dev->bench)) == OB_OK)
        ((struct bench_target *)targets->pdata[targets->len - 1])->part = true;
}

static void prop_fill(struct ob_bench_dev *dev, uint32_t n)
{
    const struct ob_prop *p = &dev->type->props.at[n];
    struct ob_err ignored = { 0 };

    switch (p->type) {
    case OB_PROP_LINK: link_dummy(dev, p->name); break;
    case OB_PROP_STRING:
        (void)device_prop_text(dev->device, n, "", &ignored);
        break;
    case OB_PROP_ENUM:
        (void)device_prop_text(dev->device, n, p->choices[0], &ignored);
        break;
    default: (void)device_prop_set(dev->device, n, p->min, &ignored);
    }
}

/* What a board must set, and the author did not. */
static void props_fill(struct ob_bench_dev *dev)
{
    for (uint32_t n = 0; n < dev->type->props.count; n++)
        if (dev->type->props.at[n].flags & OB_PROP_REQUIRED &&
            !device_prop_is_set(dev->device, n))
            prop_fill(dev, n);
}

static void prop_copy(struct ob_bench_dev *to, const struct ob_bench_dev *from,
                      uint32_t n)
{
    const struct ob_prop *p = &from->type->props.at[n];
    const char *text = device_prop_get_text(from->device, n);
    struct ob_err ignored = { 0 };

    if (p->type == OB_PROP_BOOL || p->type == OB_PROP_UINT ||
        p->type == OB_PROP_SIZE)
        (void)device_prop_set(to->device, n, device_prop_get(from->device, n),
                              &ignored);
    else if (text && p->type != OB_PROP_LINK)
        (void)device_prop_text(to->device, n, text, &ignored);
    else if (text && ob_bench_set(to, p->name, text))
        link_dummy(to, p->name);
}

/* The parts of the author's bench, to which a property can link. */
static void parts_copy(struct ob_bench *to, const struct ob_bench *from)
{
    for (guint n = 0; n < from->devs->len; n++) {
        const struct ob_bench_dev *part = from->devs->pdata[n];
        struct ob_bench_dev *copy = ob_bench_dev_new(to, part->type->name,
                                                     part->id);

        for (uint32_t p = 0; p < part->type->props.count; p++)
            prop_copy(copy, part, p);
        if (ob_bench_create(copy))
            ob_bench_dev_free(copy);
    }
}

/* --- life ----------------------------------------------------------------- */

static struct ob_bench *bench_like(const struct ob_bench *b,
                                   const struct device_decl *type,
                                   uint64_t now)
{
    struct ob_bench *ret = ob_bench_new();

    ob_bench_strict(ret, false);
    for (guint n = 0; n < b->types->len; n++)
        g_ptr_array_add(ret->types, b->types->pdata[n]);
    ret->now = now;
    /* A process shares few pages, and a trial cannot ask behind them. */
    ret->no_pages = type->model != &local_model_ops;
    (void)bench_ram_plain(ob_bench_system(ret), RAM_BYTES);
    parts_copy(ret, b);
    return ret;
}

static bool dev_begin(struct trial *r)
{
    const struct device_decl *t = r->c->type;
    struct ob_bench_dev *dev = ob_bench_dev_new(r->bench, t->name, "dut");

    /* The name may be that of a part of the author's. */
    for (uint32_t n = 1; !dev && r->bench->err.code == -EEXIST; n++) {
        char id[16];

        g_snprintf(id, sizeof(id), "dut%u", n);
        dev = ob_bench_dev_new(r->bench, t->name, id);
    }
    if (!dev || bench_props_set(dev, r->c->props))
        return false;
    r->dev = dev;
    props_fill(dev);
    for (uint32_t n = 0; n < t->clocks.count; n++)
        if (t->clocks.at[n].direction == OB_CLOCK_IN)
            bench_clock_put(dev, n, ob_period_of_hz(START_HZ));
    return ob_bench_create(dev) == OB_OK;
}

struct trial *trial_new(struct check *c, uint64_t now)
{
    struct trial *r = g_new0(struct trial, 1);

    r->c = c;
    r->bench = bench_like(c->b, c->type, now);
    if (dev_begin(r))
        return r;
    check_broken(c, LAW_CREATE, "%s", ob_bench_error(r->bench));
    trial_free(r);
    return NULL;
}

static void timers_add(struct check *c, const struct ob_bench_dev *dev)
{
    for (uint32_t n = 0; n < dev->type->timers.count; n++) {
        struct bench_timer *sum = &c->timers[n];
        const struct bench_timer *t = &dev->timers[n];

        if (!sum->late && t->late) {
            sum->late_deadline = t->late_deadline;
            sum->late_now = t->late_now;
        }
        if (t->distant)
            sum->distant_deadline = t->distant_deadline;
        sum->arms += t->arms;
        sum->late += t->late;
        sum->distant += t->distant;
    }
}

void trial_log_clear(struct trial *r)
{
    for (uint32_t n = 0; n < ob_bench_log_count(r->bench); n++) {
        if (ob_bench_log_kind(r->bench, n) == OB_LOG_MISTAKE && !r->c->stop)
            check_broken(r->c, LAW_MISTAKES,
                         "%s; see the service's comment in host.h",
                         ob_bench_log_line(r->bench, n));
    }
    ob_bench_log_clear(r->bench);
}

void trial_free(struct trial *r)
{
    if (!r)
        return;
    if (r->dev)
        timers_add(r->c, r->dev);
    ob_bench_dev_free(r->dev);
    trial_log_clear(r);
    ob_bench_free(r->bench);
    g_free(r);
}

/* --- time and the machine ------------------------------------------------- */

static void expirations_report(struct trial *r, uint64_t ns,
                               const uint32_t *before)
{
    const struct device_decl *t = r->dev->type;

    for (uint32_t n = 0; n < t->timers.count; n++) {
        uint32_t times = r->dev->timers[n].expired - before[n];

        if (times <= EXPIRATIONS_MAX)
            continue;
        r->c->stop = true;
        if (!r->dev->timers[n].late)
            check_broken(r->c, LAW_EXPIRATIONS,
                         "timer %s expires %u times in %" PRIu64
                         " ns (expected at most %d); a guest must not be able "
                         "to make it faster: set a shortest period, or count "
                         "several periods at once",
                         t->timers.at[n].name, times, ns, EXPIRATIONS_MAX);
    }
}

void trial_step(struct trial *r, uint64_t ns)
{
    uint32_t count = r->dev->type->timers.count;
    uint32_t *before = g_new(uint32_t, count);

    for (uint32_t n = 0; n < count; n++)
        before[n] = r->dev->timers[n].expired;
    ob_bench_step(r->bench, ns);
    expirations_report(r, ns, before);
    g_free(before);
}

/*
 * The machine resets all parts. The law sees what a machine shows: some models
 * remember for the reset that they asked for it.
 */
void trial_requests_serve(struct trial *r)
{
    uint32_t request;

    while ((request = ob_bench_request_take(r->bench)) != 0) {
        r->requests = (r->requests + request) * UINT64_C(0x9e3779b97f4a7c15);
        if (request == OB_MACHINE_RESET)
            ob_bench_reset_all(r->bench);
    }
}

/* --- the world around a device -------------------------------------------- */

static void memory_copy(struct ob_bench *to, const struct ob_bench *from)
{
    for (guint n = 0; n < to->buses->len && n < from->buses->len; n++) {
        const struct ob_bench_bus *t = to->buses->pdata[n];
        const struct ob_bench_bus *f = from->buses->pdata[n];

        for (guint i = 0; i < t->maps->len && i < f->maps->len; i++) {
            const struct bench_map *x = &g_array_index(t->maps,
                                                       struct bench_map, i);
            const struct bench_map *y = &g_array_index(f->maps,
                                                       struct bench_map, i);

            if (x->ram && y->ram)
                memcpy(x->ram, y->ram, MIN(x->bytes, y->bytes));
        }
    }
}

static void parts_state_copy(struct trial *to, struct trial *from)
{
    GPtrArray *t = to->bench->devs, *f = from->bench->devs;

    for (guint n = 0; n < t->len && n < f->len; n++) {
        size_t count;
        uint8_t *state;

        if (t->pdata[n] == to->dev)
            continue;
        state = ob_bench_save(f->pdata[n], &count);
        if (state)
            (void)ob_bench_restore(t->pdata[n], state, count);
        free(state);
    }
}

void trial_world_copy(struct trial *to, struct trial *from)
{
    const struct device_decl *t = to->dev->type;

    to->bench->now = from->bench->now;
    to->bench->seed = from->bench->seed;
    memory_copy(to->bench, from->bench);
    parts_state_copy(to, from);
    for (uint32_t n = 0; n < t->clocks.count; n++)
        if (t->clocks.at[n].direction == OB_CLOCK_IN)
            bench_clock_put(to->dev, n, from->dev->clocks[n]);
    for (uint32_t n = 0; n < t->chardevs.count; n++) {
        const GByteArray *waiting = from->dev->chrs[n].waiting;

        g_byte_array_set_size(to->dev->chrs[n].waiting, 0);
        g_byte_array_append(to->dev->chrs[n].waiting, waiting->data,
                            waiting->len);
        bench_chr_clear(to->dev, n);
        bench_chr_clear(from->dev, n);
    }
}

void trial_waiting_drop(struct trial *r)
{
    for (uint32_t n = 0; n < r->dev->type->chardevs.count; n++)
        g_byte_array_set_size(r->dev->chrs[n].waiting, 0);
}

void trial_inputs_low(struct trial *r)
{
    const struct decl_gpios *inputs = &r->dev->type->inputs;

    for (uint32_t g = 0; g < inputs->count; g++)
        for (uint32_t n = 0; n < inputs->at[g].count; n++)
            device_input(r->dev->device, g, n, 0);
}

/* --- the state struct ----------------------------------------------------- */

/* What ends last before byte `at`, or holds it. */
struct neighbour {
    const char *name;
    uint32_t end, at;
};

static void neighbour_offer(struct neighbour *best, const char *name,
                            uint32_t first, uint32_t end)
{
    if (first > best->at || end < best->end)
        return;
    best->name = name;
    best->end = end;
}

static const char *neighbour_name(const struct device_decl *t, uint32_t at)
{
    struct neighbour best = { NULL, 0, at };

    for (uint32_t n = 0; n < t->props.count; n++)
        neighbour_offer(&best, t->props.at[n].name, t->props.at[n].offset,
                        t->props.at[n].offset + 1);
    for (uint32_t n = 0; n < t->saved.count; n++) {
        const struct ob_saved *s = &t->saved.at[n];

        neighbour_offer(&best, s->name, s->offset,
                        s->offset + (s->count - 1) * s->step + s->bytes);
    }
    for (uint32_t n = 0; n < t->regions.count; n++) {
        const struct decl_region *r = &t->regions.at[n];

        for (uint32_t i = 0; i < r->regs.count; i++) {
            const struct decl_reg *g = &r->regs.at[i];

            if (g->stored)
                neighbour_offer(&best, g->name, g->state,
                                g->state + (g->count - 1) * g->state_step +
                                    g->bytes);
        }
    }
    return best.name;
}

bool trial_raw_differs(const struct trial *seen, const struct trial *expected,
                       char *what, size_t bytes)
{
    const uint8_t *s = device_state(seen->dev->device);
    const uint8_t *e = device_state(expected->dev->device);
    const uint8_t *alike = seen->c->alike;
    const char *name;
    uint32_t n = 0;

    while (alike && n < seen->dev->type->state_bytes &&
           (!alike[n] || s[n] == e[n]))
        n++;
    if (!alike || n == seen->dev->type->state_bytes)
        return false;
    name = neighbour_name(seen->dev->type, n);
    g_snprintf(what, bytes,
               "byte %u of the state struct%s%s%s is 0x%x (expected 0x%x)", n,
               name ? " (behind \"" : "", name ? name : "", name ? "\")" : "",
               s[n], e[n]);
    return true;
}
