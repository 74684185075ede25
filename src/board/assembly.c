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
    int ret = 0;

    if (!b->ops->process_check)
        return 0;
    if (part->isolation)
        ret = board_at(
            b, &part->isolation_place,
            b->ops->process_check(b->m, part->type, part->isolation, b->err));
    if (part->crash_said && ret == 0)
        ret = board_at(
            b, &part->crash_place,
            b->ops->process_check(b->m, part->type, ISOLATION_NONE, b->err));
    return ret;
}

/*
 * The host creates nothing before all types are checked, so an unknown type
 * leaves no half-built board.
 */
static int board_types(struct assembly *b)
{
    for (uint32_t n = 0; n < b->plan->part_count; n++) {
        const struct plan_part *part = &b->plan->parts[n];
        int ret = process_check(b, part);

        if (ret < 0)
            return ret;
        ret = b->ops->type_check(b->m, part->type, part->isolation, b->err);
        /*
         * Other errors count for an optional part too: a type that exists but
         * cannot be used is a fault that the user must see.
         */
        if (ret == -ENOENT && part->optional) {
            b->left_out[n] = true;
            err_clear(b->err);
        } else if (ret < 0) {
            return board_at(b, &part->type_place, ret);
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
    int ret = 0;

    if (b->regions[n])
        return 0;
    if (region->kind == PLAN_ALIAS) {
        ret = region_new(b, region->target);
        target = b->regions[region->target];
    }
    if (ret < 0)
        return ret;
    ret = b->ops->memory_new(b->m, region, target, &b->regions[n], b->err);
    return board_at(b, &region->place, ret);
}

static int region_map(struct assembly *b, uint32_t n)
{
    const struct plan_region *region = &b->plan->regions[n];
    int ret;

    if (region->container == PLAN_NONE)
        return 0;
    ret = b->ops->memory_map(b->m, b->regions[n],
                             b->regions[region->container], region->at,
                             region->priority, b->err);
    return board_at(b, &region->place, ret);
}

/*
 * All regions exist before the first one is mapped: the text may describe a
 * container after its members.
 */
static int board_memory(struct assembly *b)
{
    int ret = 0;

    for (uint32_t n = 0; n < b->plan->region_count && ret == 0; n++)
        ret = region_new(b, n);
    for (uint32_t n = 0; n < b->plan->region_count && ret == 0; n++)
        ret = region_map(b, n);
    for (uint32_t n = 0; n < b->plan->unimp_count && ret == 0; n++) {
        const struct plan_unimp *u = &b->plan->unimps[n];

        ret = board_at(
            b, &u->place,
            b->ops->unimplemented(b->m, u, b->regions[u->container], b->err));
    }
    return ret;
}

/* --- parts --- */

/*
 * plan->order puts the target before this part, so its handle exists, or the
 * decision to leave it out is final.
 */
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
    int ret = 0;

    for (uint32_t n = 0; n < plan->prop_count && ret == 0; n++)
        ret = board_at(b, &plan->props[n].place,
                       b->ops->part_prop(b->m, part, plan->props[n].name,
                                         &plan->props[n].value, b->err));
    for (uint32_t n = 0; n < plan->link_count && ret == 0; n++)
        ret = part_link(b, part, &plan->links[n]);
    for (uint32_t n = 0; n < plan->backend_count && ret == 0; n++)
        ret = board_at(
            b, &plan->backends[n].place,
            b->ops->part_backend(b->m, part, &plan->backends[n], b->err));
    for (uint32_t n = 0; n < plan->clock_count && ret == 0; n++)
        ret = part_clock(b, part, &plan->clocks[n]);
    return ret;
}

/*
 * A part without its bus cannot exist, so it is left out as well. The order
 * ensures that the bus is decided first.
 */
static int part_make(struct assembly *b, uint32_t n)
{
    const struct plan_part *plan = &b->plan->parts[n];
    bool plugged = plan->bus_part != PLAN_NONE;
    void *bus_part = plugged ? b->parts[plan->bus_part] : NULL;
    int ret;

    if (is_left_out(b, plan->bus_part))
        b->left_out[n] = true;
    if (b->left_out[n])
        return 0;
    ret = b->ops->part_new(b->m, plan->name, plan->type, plan->isolation,
                           &b->parts[n], b->err);
    if (ret < 0)
        return board_at(b, &plan->place, ret);
    if (plan->crash_said && b->ops->part_crash)
        b->ops->part_crash(b->m, b->parts[n], plan->on_crash);
    ret = part_prepare(b, plan, b->parts[n]);
    if (ret < 0)
        return ret;
    ret = b->ops->part_realize(b->m, b->parts[n], bus_part, plan->bus, b->err);
    return board_at(b, plugged ? &plan->bus_place : &plan->place, ret);
}

static int board_parts(struct assembly *b)
{
    int ret = 0;

    for (uint32_t n = 0; n < b->plan->part_count && ret == 0; n++)
        ret = part_make(b, b->plan->order[n]);
    return ret;
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

/*
 * The host may answer 0 bytes. Such a region covers no address, and struct
 * board_span must have a byte.
 */
static int span_of_map(struct assembly *b, uint32_t n,
                       const struct plan_map *map, GArray *spans)
{
    struct board_span span = {
        map->container, map->priority, map->at, 0, b->plan->parts[n].name,
        map->place,
    };
    int ret = b->ops->part_bytes(b->m, b->parts[n], map, &span.bytes, b->err);

    if (ret < 0)
        return board_at(b, &map->place, ret);
    if (span.bytes)
        g_array_append_val(spans, span);
    return 0;
}

/* Ranges of equal priority must not overlap. All sizes are known by now. */
static int board_overlaps(struct assembly *b)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct board_span));
    int ret = 0;

    spans_of_regions(b, spans);
    for (uint32_t n = 0; n < b->plan->part_count && ret == 0; n++) {
        const struct plan_part *part = &b->plan->parts[n];

        if (b->left_out[n])
            continue;
        for (uint32_t k = 0; k < part->map_count && ret == 0; k++)
            ret = span_of_map(b, n, &part->maps[k], spans);
    }
    if (ret == 0)
        ret = board_check_spans((struct board_span *)(void *)spans->data,
                                spans->len, b->err);
    g_array_free(spans, TRUE);
    return ret;
}

static int part_map(struct assembly *b, uint32_t n)
{
    const struct plan_part *part = &b->plan->parts[n];
    int ret = 0;

    for (uint32_t k = 0; k < part->map_count && ret == 0; k++) {
        const struct plan_map *map = &part->maps[k];

        ret = board_at(b, &map->place,
                       b->ops->part_map(b->m, b->parts[n], map,
                                        b->regions[map->container], b->err));
    }
    return ret;
}

/*
 * The plan's own check counts one byte for each part. Here the real sizes are
 * known, so overlaps in the middle of a part are found too.
 */
static int board_maps(struct assembly *b)
{
    int ret = b->ops->part_bytes ? board_overlaps(b) : 0;

    for (uint32_t n = 0; n < b->plan->part_count && ret == 0; n++)
        ret = b->left_out[n] ? 0 : part_map(b, n);
    return ret;
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
                     void **ret_part)
{
    struct plan_value lines = {
        .kind = JSON_NUMBER, .is_number = true, .number = gate->inputs,
        .place = gate->place,
    };
    struct assembly_pin from = { .irq = false };
    struct assembly_pin to = pin_live(b, &gate->to, &gate->place);
    char text[16];
    int ret;

    g_snprintf(text, sizeof(text), "%u", gate->inputs);
    lines.text = text;
    /* A module may have a type of that name. This gate must be QEMU's. */
    ret = b->ops->part_new(b->m, gate->name, PLAN_QEMU_TYPE "or-irq",
                           ISOLATION_NONE, ret_part, b->err);
    if (ret == 0)
        ret = b->ops->part_prop(b->m, *ret_part, "num-lines", &lines, b->err);
    if (ret == 0)
        ret = b->ops->part_realize(b->m, *ret_part, NULL, NULL, b->err);
    from.part = *ret_part;
    if (ret == 0)
        ret = b->ops->connect(b->m, &from, &to, b->err);
    return board_at(b, &gate->place, ret);
}

/*
 * An input of a gate whose wire is left out stays low, which does not change
 * the result of the gate.
 */
static int board_wires(struct assembly *b)
{
    void **gates = g_new0(void *, b->plan->gate_count);
    int ret = 0;

    for (uint32_t n = 0; n < b->plan->gate_count && ret == 0; n++)
        ret = b->left_out[b->plan->gates[n].to.part]
                  ? 0
                  : gate_make(b, &b->plan->gates[n], &gates[n]);
    for (uint32_t n = 0; n < b->plan->wire_count && ret == 0; n++) {
        const struct plan_wire *wire = &b->plan->wires[n];
        struct assembly_pin from = pin_live(b, &wire->from, &wire->place);
        struct assembly_pin to = pin_live(b, &wire->to, &wire->place);

        if (b->left_out[wire->from.part] || b->left_out[wire->to.part])
            continue;
        if (wire->or_gate != PLAN_NONE) {
            to = (struct assembly_pin){ gates[wire->or_gate], false, NULL,
                                   wire->or_input, &wire->place };
        }
        ret = board_at(b, &wire->place,
                       b->ops->connect(b->m, &from, &to, b->err));
    }
    g_free(gates);
    return ret;
}

int assembly_build(const struct plan *plan, const struct assembly_ops *ops,
                   void *m, struct ob_err *err)
{
    struct assembly b = { .plan = plan, .ops = ops, .m = m, .err = err };
    int ret;

    b.parts = g_new0(void *, plan->part_count);
    b.regions = g_new0(void *, plan->region_count);
    b.left_out = g_new0(bool, plan->part_count);
    ret = board_types(&b);
    if (ret == 0)
        ret = board_memory(&b);
    if (ret == 0)
        ret = board_parts(&b);
    if (ret == 0)
        ret = board_maps(&b);
    if (ret == 0)
        ret = board_wires(&b);
    if (ret == 0)
        ret = ops->boot(m, plan, b.parts, err);
    g_free(b.parts);
    g_free(b.regions);
    g_free(b.left_out);
    return ret;
}
