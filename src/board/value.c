/* SPDX-License-Identifier: MIT */
/* Reads values of properties: as written, and as a number if they are one. */
#include <errno.h>

#include "base/units.h"
#include "board/reader.h"

/*
 * Only QEMU knows whether the property is a text or a number, so the plan
 * keeps both the text and the value of "64 MiB". A number with a fraction
 * stays text (struct plan_value).
 */
static void value_text(struct board_reader *r, const struct json *node,
                       struct plan_value *ret)
{
    const char *text = node->text;
    bool minus = node->kind == JSON_NUMBER && text[0] == '-';

    ret->text = arena_strdup(r->arena, text);
    if (node->kind == JSON_NUMBER)
        ret->is_number = units_u64(text + minus, &ret->number) == 0;
    else
        ret->is_number = units_bytes(text, &ret->number) == 0 ||
                         units_hz(text, &ret->number) == 0;
    /* -0 counts as 0, so that an unsigned property can take it. */
    ret->is_negative = minus && ret->is_number && ret->number;
}

/*
 * A list may hold lists. JSON_DEPTH_MAX bounds the recursion, because the
 * parser refuses deeper text.
 */
static int value_list(struct board_reader *r, const struct json *node,
                      struct plan_value *ret)
{
    struct plan_value *items = arena_zeros(r->arena, node->count,
                                           sizeof(*items));

    ret->items = items;
    ret->count = node->count;
    JSON_EACH (child, node)
        if (board_read_value(r, child, items++))
            return -EINVAL;
    return 0;
}

/*
 * A property that is null or an object is refused: struct plan_value could not
 * carry it. A missing key already means the default.
 */
int board_read_value(struct board_reader *r, const struct json *node,
                     struct plan_value *ret)
{
    ret->kind = node->kind;
    ret->place = board_place(r, node);
    switch (node->kind) {
    case JSON_BOOL: ret->boolean = node->boolean; return 0;
    case JSON_NUMBER:
    case JSON_STRING: value_text(r, node, ret); return 0;
    case JSON_ARRAY: return value_list(r, node, ret);
    default:
        return json_err(node, r->err,
                        "a property cannot be %s; use a string, a number, "
                        "true, false or a list of these",
                        json_kind_name(node->kind));
    }
}
