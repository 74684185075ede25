/* SPDX-License-Identifier: MIT */
/* A plan that is made refers to nothing that is not there. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "board/plan.h"

static void need(bool good)
{
    if (!good)
        abort();
}

static void check_part(const struct plan *plan, const struct plan_part *part)
{
    need(part->name && part->type && part->place.file);
    for (uint32_t n = 0; n < part->link_count; n++) {
        const struct plan_target *to = &part->links[n].target;

        need(to->index < (to->kind == PLAN_TARGET_REGION ? plan->region_count
                                                         : plan->part_count));
        need((to->kind == PLAN_TARGET_BUS) == (to->bus != NULL));
    }
    for (uint32_t n = 0; n < part->map_count; n++)
        need(part->maps[n].container < plan->region_count);
    for (uint32_t n = 0; n < part->clock_count; n++)
        need(part->clocks[n].part == PLAN_NONE
                 ? part->clocks[n].hz > 0
                 : part->clocks[n].part < plan->part_count);
    need(part->bus_part == PLAN_NONE || part->bus_part < plan->part_count);
}

static void check_region(const struct plan *plan,
                         const struct plan_region *region)
{
    need(region->name && region->bytes);
    need((region->kind == PLAN_ALIAS) == (region->target != PLAN_NONE));
    need(region->target == PLAN_NONE || region->target < plan->region_count);
    if (region->container == PLAN_NONE)
        return;
    need(region->container < plan->region_count);
    need(region->at + region->bytes - 1 >= region->at);
}

static void check_wires(const struct plan *plan)
{
    for (uint32_t n = 0; n < plan->wire_count; n++) {
        const struct plan_wire *wire = &plan->wires[n];

        need(wire->from.part < plan->part_count);
        need(wire->to.part < plan->part_count);
        if (wire->or_gate == PLAN_NONE)
            continue;
        need(wire->or_gate < plan->gate_count);
        need(wire->or_input < plan->gates[wire->or_gate].inputs);
    }
}

/* Every part once, and none before what it needs. */
static void check_order(const struct plan *plan)
{
    bool *made = calloc(plan->part_count + 1, sizeof(*made));

    for (uint32_t n = 0; n < plan->part_count; n++) {
        const struct plan_part *part = &plan->parts[plan->order[n]];

        for (uint32_t k = 0; k < part->link_count; k++)
            need(part->links[k].target.kind == PLAN_TARGET_REGION ||
                 made[part->links[k].target.index]);
        need(part->bus_part == PLAN_NONE || made[part->bus_part]);
        need(!made[plan->order[n]]);
        made[plan->order[n]] = true;
    }
    free(made);
}

static void check_boot(const struct plan *plan)
{
    uint32_t *words = NULL, bytes;

    if (plan->boot.kind == PLAN_BOOT_NONE)
        return;
    need(plan->boot.cpu < plan->part_count);
    if (plan->boot.kind == PLAN_BOOT_LINUX_ARM64 &&
        board_start_code(plan, 1, 2, false, &words, &bytes, NULL) == 0)
        need(bytes % 4 == 0 && bytes <= plan->boot.start_room);
    free(words);
}

static void check_plan(const struct plan *plan)
{
    for (uint32_t n = 0; n < plan->region_count; n++)
        check_region(plan, &plan->regions[n]);
    for (uint32_t n = 0; n < plan->part_count; n++)
        check_part(plan, &plan->parts[n]);
    for (uint32_t n = 0; n < plan->unimp_count; n++)
        need(plan->unimps[n].container < plan->region_count);
    check_wires(plan);
    check_order(plan);
    check_boot(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = NULL;
    struct plan *plan = NULL;
    struct ob_err err = { 0 };
    int r = json_parse((const char *)data, size, "x.json", &doc, &err);

    if (r == 0)
        r = board_plan(doc, NULL, &plan, &err);
    json_free(doc);
    need((r < 0) == (err.code < 0) && (r < 0) == (plan == NULL));
    need(r == 0 || strncmp(err.text, "x.json:", 7) == 0);
    need(!strchr(err.text, '\n'));
    if (plan)
        check_plan(plan);
    plan_free(plan);
    return 0;
}
