/* SPDX-License-Identifier: MIT */
/* Makes a board's plan from its text: reads, checks and orders all sections. */
#include "board/plan.h"

#include <errno.h>
#include <glib.h>

#include "board/expand.h"
#include "board/reader.h"

static void plan_begin(struct board_reader *r, struct ob_err *err)
{
    r->arena = arena_new(16384);
    r->err = err;
    r->plan = arena_zeros(r->arena, 1, sizeof(*r->plan));
    r->plan->arena = r->arena;
    r->names = g_hash_table_new(g_str_hash, g_str_equal);
    r->regions = g_array_new(FALSE, TRUE, sizeof(struct plan_region));
    r->parts = g_array_new(FALSE, TRUE, sizeof(struct plan_part));
    r->unimps = g_array_new(FALSE, TRUE, sizeof(struct plan_unimp));
    r->wires = g_array_new(FALSE, TRUE, sizeof(struct plan_wire));
    r->gates = g_array_new(FALSE, TRUE, sizeof(struct plan_gate));
}

/*
 * Read names first: a text may use the name of a part or region before its
 * place.
 */
static int plan_read(struct board_reader *r, const struct json *root)
{
    const struct json *memory = json_get(root, "memory");
    const struct json *parts = json_get(root, "parts");

    /*
     * Maps and "boot" need the memory. The gates need the types of the parts
     * and all wires.
     */
    if (board_read_memory_names(r, memory) ||
        board_read_part_names(r, parts) || board_read_memory(r, memory) ||
        board_read_unimplemented(r, json_get(root, "unimplemented")) ||
        board_read_parts(r, parts) ||
        board_read_boot(r, json_get(root, "boot")) ||
        board_read_wires(r, parts) || board_check_nesting(r) ||
        board_check_maps(r) || board_order_parts(r) || board_check_gates(r))
        return -EINVAL;
    return 0;
}

/* This runs after an error too, because it frees the arrays and the names. */
static void plan_end(struct board_reader *r)
{
    struct plan *plan = r->plan;

    plan->regions = board_keep(r, r->regions, &plan->region_count);
    plan->parts = board_keep(r, r->parts, &plan->part_count);
    plan->unimps = board_keep(r, r->unimps, &plan->unimp_count);
    plan->wires = board_keep(r, r->wires, &plan->wire_count);
    plan->gates = board_keep(r, r->gates, &plan->gate_count);
    g_hash_table_destroy(r->names);
}

/* Expand the four sections; they are the members of *ret. */
static int plan_expand(struct board_reader *r, const struct json *root,
                       const struct json **ret)
{
    static const char *const sections[] = {
        "memory", "parts", "unimplemented", "boot",
    };
    struct expr_env env = {
        .ram = r->plan->ram_bytes, .cpus = r->plan->cpus,
        .has_ram = r->plan->ram_bytes != 0,
    };
    struct json *out = arena_zeros(r->arena, 1, sizeof(*out));
    const struct json **tail = &out->child;

    *out = *root;
    out->child = NULL;
    /* The index of `root` leads to the members before expansion. */
    out->index = NULL;
    for (unsigned n = 0; n < G_N_ELEMENTS(sections); n++) {
        const struct json *in = json_get(root, sections[n]), *section;
        struct json *copy;

        if (!in)
            continue;
        if (board_expand(in, &env, r->arena, &section, r->err))
            return -EINVAL;
        copy = arena_alloc(r->arena, sizeof(*copy));
        *copy = *section;
        copy->next = NULL;
        *tail = copy;
        tail = (const struct json **)&copy->next;
    }
    *ret = out;
    return 0;
}

/*
 * Boards in a file and in C share all the code from here on, so they have the
 * same rules and errors. `own` takes the error text if the caller wants none.
 */
int board_plan_tree(const struct json *root, const char *board,
                    const struct board_ask *ask, struct plan **ret,
                    struct ob_err *err)
{
    struct board_reader r = { .err = err };
    struct ob_err own = { 0 };
    int code;

    plan_begin(&r, err ? err : &own);
    r.plan->board = arena_strdup(r.arena, board);
    r.plan->ram_bytes = ask->ram_bytes;
    r.plan->cpus = ask->cpus;
    code = plan_expand(&r, root, &root);
    if (code == 0)
        code = plan_read(&r, root);
    plan_end(&r);
    if (code == 0)
        *ret = r.plan;
    else
        plan_free(r.plan);
    return code;
}

int board_plan(const struct json_doc *doc, const struct board_ask *ask,
               struct plan **ret, struct ob_err *err)
{
    struct board_ask asked = { 0 };
    struct board_head *head;
    int code;

    if (ask)
        asked = *ask;
    code = board_head_read(doc, &head, err);
    if (code)
        return code;
    code = board_check_ask(json_root(doc), head, &asked, err);
    if (code == 0)
        code = board_plan_tree(json_root(doc), head->name, &asked, ret, err);
    board_head_free(head);
    return code;
}

void plan_free(struct plan *plan)
{
    if (plan)
        arena_free(plan->arena);
}
