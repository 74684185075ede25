/* SPDX-License-Identifier: MIT */
/*
 * Orders parts and memory. Parts that others link to, are plugged into or are
 * clocked by come first; else the order is that of the text. This also finds
 * memory that contains itself, which would keep QEMU busy without end.
 */
#include <errno.h>
#include <stdio.h>

#include "board/reader.h"

enum { ORDER_NEW, ORDER_OPEN, ORDER_DONE };

/* A depth-first walk over `count` items, without the limits of recursion. */
struct order {
    struct board_reader *r;
    uint8_t *state;             /* ORDER_*, of each item */
    uint32_t *stack, *next;     /* open items, and the next need of each */
    uint32_t depth;
    uint32_t *done, done_count;
    /*
     * Set *ret to need `n` of `item`, and its place. false past the last one.
     */
    bool (*need)(struct board_reader *r, uint32_t item, uint32_t n,
                 uint32_t *ret, struct plan_place *at);
    const char *(*name)(struct board_reader *r, uint32_t item);
    const char *what;           /* "a cycle of links (%s); ..." */
};

static int order_cycle(struct order *o, uint32_t item,
                       const struct plan_place *at)
{
    GString *path = g_string_new(NULL);
    uint32_t n = 0;
    int ret;

    while (o->stack[n] != item)
        n++;
    for (; n < o->depth; n++)
        g_string_append_printf(path, "%s -> ", o->name(o->r, o->stack[n]));
    g_string_append(path, o->name(o->r, item));
    ret = board_err(o->r, at, o->what, path->str);
    g_string_free(path, TRUE);
    return ret;
}

static void order_open(struct order *o, uint32_t item)
{
    o->state[item] = ORDER_OPEN;
    o->stack[o->depth] = item;
    o->next[o->depth++] = 0;
}

/*
 * An item is done after all its needs, so the order of `done` is an order in
 * which the host can create the items. An open item that is needed again
 * closes a circle. A long chain in a hostile file must not exhaust the C
 * stack, so the stack of the walk is in the arena.
 */
static int order_walk(struct order *o, uint32_t first)
{
    if (o->state[first] != ORDER_NEW)
        return 0;
    order_open(o, first);
    while (o->depth) {
        uint32_t item = o->stack[o->depth - 1], need = 0;
        struct plan_place at;

        if (!o->need(o->r, item, o->next[o->depth - 1]++, &need, &at)) {
            o->state[item] = ORDER_DONE;
            o->done[o->done_count++] = item;
            o->depth--;
        } else if (need != PLAN_NONE && o->state[need] == ORDER_OPEN) {
            return order_cycle(o, need, &at);
        } else if (need != PLAN_NONE && o->state[need] == ORDER_NEW) {
            order_open(o, need);
        }
    }
    return 0;
}

/*
 * Starting in the order of the text keeps that order where needs allow it.
 * Each item is opened once, so `count` entries are enough for the stack.
 */
static int order_all(struct order *o, uint32_t count)
{
    o->state = arena_zeros(o->r->arena, count + 1, sizeof(*o->state));
    o->stack = arena_zeros(o->r->arena, count + 1, sizeof(*o->stack));
    o->next = arena_zeros(o->r->arena, count + 1, sizeof(*o->next));
    o->done = arena_zeros(o->r->arena, count + 1, sizeof(*o->done));
    for (uint32_t n = 0; n < count; n++)
        if (order_walk(o, n))
            return -EINVAL;
    return 0;
}

/*
 * The needs of a part are its links, then its clocks, then its bus. A link to
 * memory is not a need: all memory exists before the first part.
 */
static bool part_need(struct board_reader *r, uint32_t item, uint32_t n,
                      uint32_t *ret, struct plan_place *at)
{
    const struct plan_part *part = BOARD_ITEM(struct plan_part, r->parts,
                                              item);

    *ret = PLAN_NONE;
    if (n < part->link_count) {
        *at = part->links[n].place;
        if (part->links[n].target.kind != PLAN_TARGET_REGION)
            *ret = part->links[n].target.index;
        return true;
    }
    n -= part->link_count;
    if (n < part->clock_count) {
        *at = part->clocks[n].place;
        *ret = part->clocks[n].part;
        return true;
    }
    *at = part->bus_place;
    *ret = part->bus_part;
    return n == part->clock_count;
}

static const char *part_name(struct board_reader *r, uint32_t item)
{
    return BOARD_ITEM(struct plan_part, r->parts, item)->name;
}

int board_order_parts(struct board_reader *r)
{
    struct order o = {
        .r = r, .need = part_need, .name = part_name,
        .what = "parts need each other first (%s); break the circle of "
                "links, clocks and buses",
    };

    if (order_all(&o, r->parts->len))
        return -EINVAL;
    r->plan->order = o.done;
    return 0;
}

/* A region needs what it looks into, and what is mapped into it. */
static bool region_need(struct board_reader *r, uint32_t item, uint32_t n,
                        uint32_t *ret, struct plan_place *at)
{
    const struct plan_region *region = BOARD_ITEM(struct plan_region,
                                                  r->regions, item);

    if (n == 0) {
        *ret = region->target;
        *at = region->place;
        return true;
    }
    /*
     * Every container looks at every region. PLAN_REGIONS_MAX keeps this
     * quadratic search short.
     */
    if (n > r->regions->len ||
        (region->kind != PLAN_CONTAINER && region->kind != PLAN_SYSTEM))
        return false;
    region = BOARD_ITEM(struct plan_region, r->regions, n - 1);
    *ret = region->container == item ? n - 1 : PLAN_NONE;
    *at = region->place;
    return true;
}

static const char *region_name(struct board_reader *r, uint32_t item)
{
    return BOARD_ITEM(struct plan_region, r->regions, item)->name;
}

int board_check_nesting(struct board_reader *r)
{
    struct order o = {
        .r = r, .need = region_need, .name = region_name,
        .what = "memory holds itself (%s); break the circle of \"in\" and "
                "\"alias\"",
    };

    return order_all(&o, r->regions->len);
}

/* --- circles of gates ---------------------------------------------------- */

/* QEMU's devices whose outputs follow their inputs at once, without a state. */
static bool is_gate(const struct plan_part *part)
{
    const char *own = plan_qemu_type(part->type);
    const char *type = own ? own : part->type;

    return strcmp(type, "or-irq") == 0 || strcmp(type, "split-irq") == 0;
}

/* The items are the parts, then the or-gates that the plan has added. */
static const char *gate_name(struct board_reader *r, uint32_t item)
{
    return item < r->parts->len
               ? part_name(r, item)
               : BOARD_ITEM(struct plan_gate, r->gates, item - r->parts->len)
                     ->name;
}

/*
 * Where output `n` of an item leads. The wires of a part are adjacent, in the
 * order of the parts. r->first_wire has the first wire of each part.
 */
static bool gate_need(struct board_reader *r, uint32_t item, uint32_t n,
                      uint32_t *ret, struct plan_place *at)
{
    const struct plan_wire *wire;
    uint32_t parts = r->parts->len;

    if (item >= parts) {
        const struct plan_gate *gate = BOARD_ITEM(struct plan_gate, r->gates,
                                                  item - parts);

        *ret = gate->to.part;
        *at = gate->place;
        return n == 0;
    }
    if (!is_gate(BOARD_ITEM(struct plan_part, r->parts, item)) ||
        n >= r->first_wire[item + 1] - r->first_wire[item])
        return false;
    wire = BOARD_ITEM(struct plan_wire, r->wires, r->first_wire[item] + n);
    *ret = wire->or_gate == PLAN_NONE ? wire->to.part : parts + wire->or_gate;
    *at = wire->place;
    return true;
}

/*
 * QEMU's gates pass each change on in the same call. A circle of them would
 * call itself until QEMU's stack overflows. Other parts may form circles,
 * because their models decide when an output changes.
 */
int board_check_gates(struct board_reader *r)
{
    struct order o = {
        .r = r, .need = gate_need, .name = gate_name,
        .what = "gates drive themselves (%s); break the circle of \"out\"",
    };
    uint32_t parts = r->parts->len;

    r->first_wire = arena_zeros(r->arena, parts + 1, sizeof(uint32_t));
    for (uint32_t n = 0; n < r->wires->len; n++)
        r->first_wire[BOARD_ITEM(struct plan_wire, r->wires, n)->from.part +
                      1]++;
    for (uint32_t n = 0; n < parts; n++)
        r->first_wire[n + 1] += r->first_wire[n];
    return order_all(&o, parts + r->gates->len);
}
