/* SPDX-License-Identifier: MIT */
/* Reads "irq", "out" and "gpio": wires, and the or-gates of shared inputs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "board/reader.h"

/* QEMU's or-irq has at most 48 inputs (MAX_OR_LINES, include/hw/or-irq.h). */
#define WIRES_PER_GATE 48

/* "93", "name", "name.2" -> name and number. `node` is for errors. */
static int pin_number(struct board_reader *r, const struct json *node,
                      const char *text, struct plan_pin *pin)
{
    const char *digits = strrchr(text, '.');
    char *end;
    guint64 value;

    digits = digits ? digits + 1 : text;
    if (!g_ascii_isdigit(*digits)) {
        pin->name = text;
        return 0;
    }
    value = g_ascii_strtoull(digits, &end, 10);
    /*
     * Nine digits always fit into 32 bits. Only the host knows how many lines
     * the part has.
     */
    if (*end || end - digits > 9)
        return json_err(node, r->err,
                        "a line's number is wrong (\"%.64s\"); write it as 3",
                        text);
    pin->index = (uint32_t)value;
    pin->name = digits == text ? NULL
                               : arena_text(r->arena, text, digits - 1 - text);
    return 0;
}

/* "gic.93" -> an input. */
static int pin_input(struct board_reader *r, const struct json *node,
                     struct plan_pin *ret)
{
    struct plan_pin pin = { .irq = false };
    const char *text, *part, *rest;

    if (json_str(node, &text, r->err))
        return -EINVAL;
    /*
     * The first dot ends the part, the last one begins the number. So the name
     * between them may have dots, as in "harts.harts[1].9".
     */
    if (!board_split(r, text, &part, &rest)) {
        const struct board_name *name = board_name_get(r, text);

        if (name && name->kind == BOARD_NAME_PART)
            return json_err(node, r->err,
                            "the input is missing (\"%.64s\"); write \"%s.0\" "
                            "or \"%s.name\"",
                            text, text, text);
        return json_err(node, r->err,
                        "an input is not clear (\"%.64s\"); write \"part.3\" "
                        "or \"part.name.3\"",
                        text);
    }
    if (board_name_find(r, node, part, BOARD_NAME_PART, &pin.part) ||
        pin_number(r, node, rest, &pin))
        return -EINVAL;
    *ret = pin;
    return 0;
}

static int wire_add(struct board_reader *r, const struct json *node,
                    const struct plan_pin *from)
{
    struct plan_wire wire = {
        .from = *from, .or_gate = PLAN_NONE, .place = board_place(r, node),
    };

    if (r->wires->len == PLAN_WIRES_MAX)
        return json_err(node, r->err, "too many wires; use %d at most",
                        PLAN_WIRES_MAX);
    if (pin_input(r, node, &wire.to))
        return -EINVAL;
    g_array_append_val(r->wires, wire);
    return 0;
}

/* Read one input, or a list of them by number; null leaves an output open. */
static int wire_outputs(struct board_reader *r, const struct json *node,
                        struct plan_pin *from)
{
    if (node->kind != JSON_ARRAY)
        return wire_add(r, node, from);
    JSON_EACH (child, node) {
        if (child->kind != JSON_NULL && wire_add(r, child, from))
            return -EINVAL;
        from->index++;
    }
    return 0;
}

/* { "rx": "gic.3" }, { "out.8": "porta.in.9" } */
static int wire_named(struct board_reader *r, const struct json *node,
                      uint32_t part, bool irq)
{
    if (json_object(node, r->err))
        return -EINVAL;
    JSON_EACH (child, node) {
        struct plan_pin from = { part, irq, NULL, 0 };
        const char *key = arena_strdup(r->arena, child->key);

        if (pin_number(r, child, key, &from) || wire_outputs(r, child, &from))
            return -EINVAL;
    }
    return 0;
}

static int wire_part(struct board_reader *r, const struct json *node,
                     uint32_t part)
{
    const struct json *irq = json_get(node, "irq");
    const struct json *out = json_get(node, "out");
    const struct json *gpio = json_get(node, "gpio");
    struct plan_pin irqs = { part, true, NULL, 0 };
    struct plan_pin outs = { part, false, NULL, 0 };

    if (irq && irq->kind == JSON_OBJECT && wire_named(r, irq, part, true))
        return -EINVAL;
    if (irq && irq->kind != JSON_OBJECT && wire_outputs(r, irq, &irqs))
        return -EINVAL;
    if (out && wire_outputs(r, out, &outs))
        return -EINVAL;
    return gpio ? wire_named(r, gpio, part, false) : 0;
}

/* --- or-gates --- */

/*
 * `irq` is not part of the key here or in pin_equal(): it is for outputs, and
 * these pins are inputs.
 */
static guint pin_hash(gconstpointer key)
{
    const struct plan_pin *pin = key;

    return pin->part * 65599u + pin->index * 31u +
           (pin->name ? g_str_hash(pin->name) : 0);
}

static gboolean pin_equal(gconstpointer left, gconstpointer right)
{
    const struct plan_pin *a = left, *b = right;

    return a->part == b->part && a->index == b->index &&
           g_strcmp0(a->name, b->name) == 0;
}

/*
 * Choose a free name for the gate in front of `to`: "gic-126-or". No later text
 * of the board can refer to it.
 */
static const char *gate_name(struct board_reader *r, const struct plan_pin *to)
{
    const struct plan_part *part = BOARD_ITEM(struct plan_part, r->parts,
                                              to->part);
    char *text = to->name ? g_strdup_printf("%s-%s-%u-or", part->name,
                                            to->name, to->index)
                          : g_strdup_printf("%s-%u-or", part->name, to->index);
    const char *kept;

    /*
     * A board may use this name itself. The names are finite, and each turn
     * makes the text longer, so the loop ends.
     */
    while (board_name_get(r, text)) {
        char *longer = g_strconcat(text, "-", NULL);

        g_free(text);
        text = longer;
    }
    kept = arena_strdup(r->arena, text);
    g_free(text);
    g_hash_table_insert(r->names, (gpointer)kept,
                        arena_zeros(r->arena, 1, sizeof(struct board_name)));
    return kept;
}

static void gate_add(struct board_reader *r, struct plan_wire *first)
{
    struct plan_gate gate = {
        .name = gate_name(r, &first->to), .inputs = 1, .to = first->to,
        .place = first->place,
    };

    first->or_gate = r->gates->len;
    first->or_input = 0;
    g_array_append_val(r->gates, gate);
}

/* Join `wire` and `first`, which go to the same input. */
static int gate_join(struct board_reader *r, struct plan_wire *first,
                     struct plan_wire *wire)
{
    struct plan_gate *gate;

    if (first->or_gate == PLAN_NONE)
        gate_add(r, first);
    /* gate_add() may move the array, so the pointer is taken after it. */
    gate = BOARD_ITEM(struct plan_gate, r->gates, first->or_gate);
    if (gate->inputs == WIRES_PER_GATE)
        return board_err(r, &wire->place,
                         "an input has too many wires (more than %d); put an "
                         "or-gate of your own between",
                         WIRES_PER_GATE);
    wire->or_gate = first->or_gate;
    wire->or_input = gate->inputs++;
    return 0;
}

/*
 * QEMU's inputs have one level each, so a second output on the same input
 * would overwrite the level of the first. The table points into r->wires,
 * which does not grow any more.
 */
static int wires_share(struct board_reader *r)
{
    GHashTable *inputs = g_hash_table_new(pin_hash, pin_equal);
    int ret = 0;

    for (uint32_t n = 0; n < r->wires->len && ret == 0; n++) {
        struct plan_wire *wire = BOARD_ITEM(struct plan_wire, r->wires, n);
        struct plan_wire *first = g_hash_table_lookup(inputs, &wire->to);

        if (first)
            ret = gate_join(r, first, wire);
        else
            g_hash_table_insert(inputs, &wire->to, wire);
    }
    g_hash_table_destroy(inputs);
    return ret;
}

int board_read_wires(struct board_reader *r, const struct json *parts)
{
    uint32_t n = 0;

    if (parts)
        JSON_EACH (node, parts)
            if (wire_part(r, node, n++))
                return -EINVAL;
    return wires_share(r);
}
