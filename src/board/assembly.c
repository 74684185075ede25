/* SPDX-License-Identifier: MIT */
/* Builds a board from its plan, through the operations of its host. */
#include "board/assembly.h"

#include <errno.h>
#include <glib.h>

#include "board/overlap.h"

/* A board that is being built: handles by their positions in the plan. */
struct assembly {
    const struct plan *plan;
    const struct assembly_ops *ops;
    void *m;
    void **parts, **regions;
    bool *left_out;             /* optional parts of unknown types */
    struct ob_err *err;
};

/* Put the place in the board's text in front of the host's error. */
static int board_at(struct assembly *b, const struct plan_place *at, int r)
{
    if (r < 0)
        err_prefix(b->err, r, "%s:%u:%u", at->file, at->line, at->col);
    return r;
}

static int process_check(struct assembly *b, const struct plan_part *part)
{
    int r = 0;

    if (!b->ops->process_check)
        return 0;
    if (part->isolation)
        r = board_at(
            b, &part->isolation_place,
            b->ops->process_check(b->m, part->type, part->isolation, b->err));
    if (part->crash_said && r == 0)
        r = board_at(
            b, &part->crash_place,
            b->ops->process_check(b->m, part->type, ISOLATION_NONE, b->err));
    return r;
}

static int board_types(struct assembly *b)
{
    for (uint32_t n = 0; n < b->plan->part_count; n++) {
        const struct plan_part *part = &b->plan->parts[n];
        int r = process_check(b, part);

        if (r < 0)
            return r;
        r = b->ops->type_check(b->m, part->type, part->isolation, b->err);
        if (r == -ENOENT && part->optional) {
            b->left_out[n] = true;
            err_clear(b->err);
        } else if (r < 0) {
            return board_at(b, &part->type_place, r);
        }
    }
    return 0;
}

/* Does a link, clock or bus lead to a part that is left out? */
static bool is_left_out(const struct assembly *b, uint32_t part)
{
    return part != PLAN_NONE && b->left_out[part];
}

/* --- memory --- */

/*
 * Create region `n`, after the region that it is an alias of. The plan's checks
 * exclude circles.
 */
static int region_new(struct assembly *b, uint32_t n)
{
    const struct plan_region *region = &b->plan->regions[n];
    void *target = NULL;
    int r = 0;

    if (b->regions[n])
        return 0;
    if (region->kind == PLAN_ALIAS) {
        r = region_new(b, region->target);
        target = b->regions[region->target];
    }
    if (r < 0)
        return r;
    r = b->ops->memory_new(b->m, region, target, &b->regions[n], b->err);
    return board_at(b, &region->place, r);
}

static int region_map(struct assembly *b, uint32_t n)
{
    const struct plan_region *region = &b->plan->regions[n];
    int r;

    if (region->container == PLAN_NONE)
        return 0;
    r = b->ops->memory_map(b->m, b->regions[n], b->regions[region->container],
                           region->at, region->priority, b->err);
    return board_at(b, &region->place, r);
}

static int board_memory(struct assembly *b)
{
    int r = 0;

    for (uint32_t n = 0; n < b->plan->region_count && r == 0; n++)
        r = region_new(b, n);
    for (uint32_t n = 0; n < b->plan->region_count && r == 0; n++)
        r = region_map(b, n);
    for (uint32_t n = 0; n < b->plan->unimp_count && r == 0; n++) {
        const struct plan_unimp *u = &b->plan->unimps[n];

        r = board_at(
            b, &u->place,
            b->ops->unimplemented(b->m, u, b->regions[u->container], b->err));
    }
    return r;
}

/* --- parts --- */

static int part_link(struct assembly *b, void *part,
                     const struct plan_link *link)
{
    const struct plan_target *to = &link->target;
    struct assembly_target target = { .kind = to->kind, .bus = to->bus };

    if (to->kind == PLAN_TARGET_REGION)
        target.region = b->regions[to->index];
    else if (is_left_out(b, to->index))
        return 0;
    else
        target.part = b->parts[to->index];
    return board_at(
        b, &link->place,
        b->ops->part_link(b->m, part, link->name, &target, b->err));
}

static int part_clock(struct assembly *b, void *part,
                      const struct plan_clock *clock)
{
    void *source = clock->part == PLAN_NONE ? NULL : b->parts[clock->part];

    if (is_left_out(b, clock->part))
        return 0;
    return board_at(b, &clock->place,
                    b->ops->part_clock(b->m, part, clock, source, b->err));
}

/* Set up everything that must exist before realize. */
static int part_prepare(struct assembly *b, const struct plan_part *plan,
                        void *part)
{
    int r = 0;

    for (uint32_t n = 0; n < plan->prop_count && r == 0; n++)
        r = board_at(b, &plan->props[n].place,
                     b->ops->part_prop(b->m, part, plan->props[n].name,
                                       &plan->props[n].value, b->err));
    for (uint32_t n = 0; n < plan->link_count && r == 0; n++)
        r = part_link(b, part, &plan->links[n]);
    for (uint32_t n = 0; n < plan->backend_count && r == 0; n++)
        r = board_at(
            b, &plan->backends[n].place,
            b->ops->part_backend(b->m, part, &plan->backends[n], b->err));
    for (uint32_t n = 0; n < plan->clock_count && r == 0; n++)
        r = part_clock(b, part, &plan->clocks[n]);
    return r;
}

static int part_make(struct assembly *b, uint32_t n)
{
    const struct plan_part *plan = &b->plan->parts[n];
    bool plugged = plan->bus_part != PLAN_NONE;
    void *bus_part = plugged ? b->parts[plan->bus_part] : NULL;
    int r;

    if (is_left_out(b, plan->bus_part))
        b->left_out[n] = true;
    if (b->left_out[n])
        return 0;
    r = b->ops->part_new(b->m, plan->name, plan->type, plan->isolation,
                         &b->parts[n], b->err);
    if (r < 0)
        return board_at(b, &plan->place, r);
    if (plan->crash_said && b->ops->part_crash)
        b->ops->part_crash(b->m, b->parts[n], plan->on_crash);
    r = part_prepare(b, plan, b->parts[n]);
    if (r < 0)
        return r;
    r = b->ops->part_realize(b->m, b->parts[n], bus_part, plan->bus, b->err);
    return board_at(b, plugged ? &plan->bus_place : &plan->place, r);
}

static int board_parts(struct assembly *b)
{
    int r = 0;

    for (uint32_t n = 0; n < b->plan->part_count && r == 0; n++)
        r = part_make(b, b->plan->order[n]);
    return r;
}

/* --- maps --- */

static void spans_of_regions(const struct assembly *b, GArray *spans)
{
    for (uint32_t n = 0; n < b->plan->region_count; n++) {
        const struct plan_region *region = &b->plan->regions[n];
        struct board_span span = {
            region->container, region->priority, region->at, region->bytes,
            region->name, region->place,
        };

        if (region->container != PLAN_NONE)
            g_array_append_val(spans, span);
    }
}

static int span_of_map(struct assembly *b, uint32_t n,
                       const struct plan_map *map, GArray *spans)
{
    struct board_span span = {
        map->container, map->priority, map->at, 0, b->plan->parts[n].name,
        map->place,
    };
    int r = b->ops->part_bytes(b->m, b->parts[n], map, &span.bytes, b->err);

    if (r < 0)
        return board_at(b, &map->place, r);
    if (span.bytes)
        g_array_append_val(spans, span);
    return 0;
}

/* Ranges of equal priority must not overlap. All sizes are known by now. */
static int board_overlaps(struct assembly *b)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct board_span));
    int r = 0;

    spans_of_regions(b, spans);
    for (uint32_t n = 0; n < b->plan->part_count && r == 0; n++) {
        const struct plan_part *part = &b->plan->parts[n];

        if (b->left_out[n])
            continue;
        for (uint32_t k = 0; k < part->map_count && r == 0; k++)
            r = span_of_map(b, n, &part->maps[k], spans);
    }
    if (r == 0)
        r = board_check_spans((struct board_span *)(void *)spans->data,
                              spans->len, b->err);
    g_array_free(spans, TRUE);
    return r;
}

static int part_map(struct assembly *b, uint32_t n)
{
    const struct plan_part *part = &b->plan->parts[n];
    int r = 0;

    for (uint32_t k = 0; k < part->map_count && r == 0; k++) {
        const struct plan_map *map = &part->maps[k];

        r = board_at(b, &map->place,
                     b->ops->part_map(b->m, b->parts[n], map,
                                      b->regions[map->container], b->err));
    }
    return r;
}

static int board_maps(struct assembly *b)
{
    int r = b->ops->part_bytes ? board_overlaps(b) : 0;

    for (uint32_t n = 0; n < b->plan->part_count && r == 0; n++)
        r = b->left_out[n] ? 0 : part_map(b, n);
    return r;
}

/* --- wires --- */

static struct assembly_pin pin_live(const struct assembly *b,
                                    const struct plan_pin *pin,
                                    const struct plan_place *place)
{
    struct assembly_pin live = {
        b->parts[pin->part], pin->irq, pin->name, pin->index, place,
    };

    return live;
}

static int gate_make(struct assembly *b, const struct plan_gate *gate,
                     void **ret)
{
    struct plan_value lines = {
        .kind = JSON_NUMBER, .is_number = true, .number = gate->inputs,
        .place = gate->place,
    };
    struct assembly_pin from = { .irq = false };
    struct assembly_pin to = pin_live(b, &gate->to, &gate->place);
    char text[16];
    int r;

    g_snprintf(text, sizeof(text), "%u", gate->inputs);
    lines.text = text;
    r = b->ops->part_new(b->m, gate->name, "or-irq", ISOLATION_NONE, ret,
                         b->err);
    if (r == 0)
        r = b->ops->part_prop(b->m, *ret, "num-lines", &lines, b->err);
    if (r == 0)
        r = b->ops->part_realize(b->m, *ret, NULL, NULL, b->err);
    from.part = *ret;
    if (r == 0)
        r = b->ops->connect(b->m, &from, &to, b->err);
    return board_at(b, &gate->place, r);
}

static int board_wires(struct assembly *b)
{
    void **gates = g_new0(void *, b->plan->gate_count);
    int r = 0;

    for (uint32_t n = 0; n < b->plan->gate_count && r == 0; n++)
        r = b->left_out[b->plan->gates[n].to.part]
                ? 0
                : gate_make(b, &b->plan->gates[n], &gates[n]);
    for (uint32_t n = 0; n < b->plan->wire_count && r == 0; n++) {
        const struct plan_wire *wire = &b->plan->wires[n];
        struct assembly_pin from = pin_live(b, &wire->from, &wire->place);
        struct assembly_pin to = pin_live(b, &wire->to, &wire->place);

        if (b->left_out[wire->from.part] || b->left_out[wire->to.part])
            continue;
        if (wire->or_gate != PLAN_NONE) {
            to = (struct assembly_pin){ gates[wire->or_gate], false, NULL,
                                   wire->or_input, &wire->place };
        }
        r = board_at(b, &wire->place,
                     b->ops->connect(b->m, &from, &to, b->err));
    }
    g_free(gates);
    return r;
}

int assembly_build(const struct plan *plan, const struct assembly_ops *ops,
                   void *m, struct ob_err *err)
{
    struct assembly b = { .plan = plan, .ops = ops, .m = m, .err = err };
    int r;

    b.parts = g_new0(void *, plan->part_count);
    b.regions = g_new0(void *, plan->region_count);
    b.left_out = g_new0(bool, plan->part_count);
    r = board_types(&b);
    if (r == 0)
        r = board_memory(&b);
    if (r == 0)
        r = board_parts(&b);
    if (r == 0)
        r = board_maps(&b);
    if (r == 0)
        r = board_wires(&b);
    if (r == 0)
        r = ops->boot(m, plan, b.parts, err);
    g_free(b.parts);
    g_free(b.regions);
    g_free(b.left_out);
    return r;
}
