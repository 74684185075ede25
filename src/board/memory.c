/* SPDX-License-Identifier: MIT */
/* Reads "memory" and "unimplemented": the ranges in each address space. */
#include <errno.h>
#include <string.h>

#include "board/reader.h"

/* Add the regions for the words "system" and "ram", before all others. */
static void memory_builtin(struct board_reader *r, const char *text,
                           enum plan_region_kind kind, uint64_t bytes)
{
    struct board_name *name = arena_zeros(r->arena, 1, sizeof(*name));
    struct plan_region region = {
        .name = text, .kind = kind, .bytes = bytes, .target = PLAN_NONE,
        .container = PLAN_NONE, .place = { "board", 1, 1 },
    };

    name->kind = BOARD_NAME_REGION;
    name->builtin = true;
    name->index = r->regions->len;
    name->place = region.place;
    g_array_append_val(r->regions, region);
    g_hash_table_insert(r->names, (gpointer)text, name);
}

/*
 * The names of all regions come first, because "in" and "alias" may use a
 * region that the text describes later.
 */
int board_read_memory_names(struct board_reader *r, const struct json *memory)
{
    guint before;

    memory_builtin(r, "system", PLAN_SYSTEM, UINT64_MAX);
    if (r->plan->ram_bytes)
        memory_builtin(r, "ram", PLAN_MACHINE_RAM, r->plan->ram_bytes);
    before = r->regions->len;
    if (!memory)
        return 0;
    if (json_object(memory, r->err))
        return -EINVAL;
    JSON_EACH (node, memory) {
        struct plan_region region = {
            .target = PLAN_NONE, .container = PLAN_NONE,
            .place = board_key_place(r, node),
        };

        /* Two places are for the system and for the machine's RAM. */
        if (r->regions->len - before == PLAN_REGIONS_MAX - 2)
            return json_key_err(node, r->err,
                                "too many memory regions; use %d at most",
                                PLAN_REGIONS_MAX - 2);
        if (board_name_add(r, node, BOARD_NAME_REGION, r->regions->len))
            return -EINVAL;
        region.name = arena_strdup(r->arena, node->key);
        g_array_append_val(r->regions, region);
    }
    return 0;
}

/* Read "at", "in" and "priority" of a region or unimplemented range. */
static int memory_where(struct board_reader *r, const struct json *node,
                        struct plan_region *region)
{
    const struct json *at = json_get(node, "at");
    const struct plan_region *container;
    uint32_t in = 0;

    if (board_opt_region(r, node, "in", &in) ||
        board_opt_priority(r, node, &region->priority))
        return -EINVAL;
    if (!at && (json_get(node, "in") || json_get(node, "priority")))
        return json_err(node, r->err,
                        "\"at\" is missing beside \"in\" or \"priority\"; add "
                        "the address");
    if (!at)
        return 0;
    if (json_address(at, &region->at, r->err))
        return -EINVAL;
    /* Position 0 is the system, which can always hold memory. */
    container = BOARD_ITEM(struct plan_region, r->regions, in);
    if (in && container->kind != PLAN_CONTAINER)
        return json_err(json_get(node, "in"), r->err,
                        "\"%s\" cannot hold other memory; give it \"kind\": "
                        "\"container\", or leave \"in\" out",
                        container->name);
    region->container = in;
    region->place = board_place(r, at);
    return 0;
}

/* Check that the region ends within its container. */
static int memory_fits(struct board_reader *r,
                       const struct plan_region *region)
{
    const struct plan_region *in;

    if (region->container == PLAN_NONE)
        return 0;
    in = BOARD_ITEM(struct plan_region, r->regions, region->container);
    /* The sum of address and size could wrap, so the check subtracts. */
    if (region->bytes <= in->bytes && region->at <= in->bytes - region->bytes)
        return 0;
    return board_err(r, &region->place,
                     "\"%s\" does not fit (0x%llx bytes at 0x%llx, and \"%s\" "
                     "has 0x%llx); move it or make it smaller",
                     region->name, (unsigned long long)region->bytes,
                     (unsigned long long)region->at, in->name,
                     (unsigned long long)in->bytes);
}

/*
 * Only the shortest circle is found here. board_check_nesting() finds the
 * longer ones, after all regions are read.
 */
static int memory_alias(struct board_reader *r, const struct json *node,
                        struct plan_region *region)
{
    const struct json *from = json_get(node, "from");
    const struct plan_region *target;

    if (json_get(node, "kind"))
        return json_err(json_get(node, "kind"), r->err,
                        "\"kind\" stands beside \"alias\"; leave one of them "
                        "out");
    region->kind = PLAN_ALIAS;
    if (board_opt_region(r, node, "alias", &region->target) ||
        (from && json_bytes(from, &region->from, r->err)))
        return -EINVAL;
    target = BOARD_ITEM(struct plan_region, r->regions, region->target);
    if (target == region)
        return json_err(json_get(node, "alias"), r->err,
                        "\"%s\" is an alias of itself; name other memory",
                        region->name);
    return 0;
}

static int memory_kind(struct board_reader *r, const struct json *node,
                       struct plan_region *region)
{
    static const char *const kinds[] = { "ram", "rom", "container", NULL };
    static const enum plan_region_kind values[] = {
        PLAN_RAM, PLAN_ROM, PLAN_CONTAINER,
    };
    const struct json *kind = json_get(node, "kind");
    unsigned choice = 0;

    if (json_get(node, "from"))
        return json_err(json_get(node, "from"), r->err,
                        "\"from\" stands without \"alias\"; say of what this "
                        "is an alias");
    if (kind && json_choice(kind, kinds, &choice, r->err))
        return -EINVAL;
    region->kind = values[choice];
    return 0;
}

/* An alias may be shorter than the rest of its target, never longer. */
static int memory_check_alias(struct board_reader *r, const struct json *node,
                              const struct plan_region *region)
{
    const struct plan_region *target = BOARD_ITEM(struct plan_region,
                                                  r->regions, region->target);

    if (region->bytes <= target->bytes &&
        region->from <= target->bytes - region->bytes)
        return 0;
    return json_err(json_get(node, "alias"), r->err,
                    "the alias goes past the end of \"%s\" (0x%llx bytes from "
                    "0x%llx, and it has 0x%llx); make it smaller",
                    target->name, (unsigned long long)region->bytes,
                    (unsigned long long)region->from,
                    (unsigned long long)target->bytes);
}

static int memory_region(struct board_reader *r, const struct json *node,
                         struct plan_region *region)
{
    const struct json *size;
    int ret;

    if (json_check_keys(node, board_keys_memory, r->err))
        return -EINVAL;
    ret = json_get(node, "alias") ? memory_alias(r, node, region)
                                  : memory_kind(r, node, region);
    if (ret || json_need(node, "size", &size, r->err) ||
        board_size(r, size, &region->bytes))
        return -EINVAL;
    return 0;
}

/*
 * "system" and, if the board has it, "ram" come before the board's own regions.
 */
static uint32_t memory_first(const struct board_reader *r)
{
    return r->plan->ram_bytes ? 2 : 1;
}

/*
 * Two passes: an alias and a container may come before the region that they
 * refer to, so the second pass needs all kinds and sizes of the first.
 */
int board_read_memory(struct board_reader *r, const struct json *memory)
{
    uint32_t n = memory_first(r);

    if (!memory)
        return 0;
    JSON_EACH (node, memory)
        if (memory_region(r, node,
                          BOARD_ITEM(struct plan_region, r->regions, n++)))
            return -EINVAL;
    n = memory_first(r);
    JSON_EACH (node, memory) {
        struct plan_region *region = BOARD_ITEM(struct plan_region, r->regions,
                                                n++);

        if (region->kind == PLAN_ALIAS && memory_check_alias(r, node, region))
            return -EINVAL;
        if (memory_where(r, node, region) || memory_fits(r, region))
            return -EINVAL;
    }
    return 0;
}

static int unimp_range(struct board_reader *r, const struct json *node)
{
    struct plan_region region = {
        .name = arena_strdup(r->arena, node->key), .container = PLAN_NONE,
    };
    const struct json *at, *size;
    struct plan_unimp unimp;

    if (json_check_keys(node, board_keys_unimplemented, r->err) ||
        json_need(node, "at", &at, r->err) ||
        json_need(node, "size", &size, r->err) ||
        board_size(r, size, &region.bytes) || memory_where(r, node, &region) ||
        memory_fits(r, &region))
        return -EINVAL;
    unimp.name = region.name;
    unimp.container = region.container;
    unimp.at = region.at;
    unimp.bytes = region.bytes;
    unimp.place = region.place;
    g_array_append_val(r->unimps, unimp);
    return 0;
}

int board_read_unimplemented(struct board_reader *r, const struct json *node)
{
    if (!node)
        return 0;
    if (json_object(node, r->err))
        return -EINVAL;
    JSON_EACH (child, node) {
        if (r->unimps->len == PLAN_REGIONS_MAX)
            return json_key_err(child, r->err,
                                "too many unimplemented ranges; use %d at "
                                "most",
                                PLAN_REGIONS_MAX);
        if (unimp_range(r, child))
            return -EINVAL;
    }
    return 0;
}
