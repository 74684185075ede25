/* SPDX-License-Identifier: MIT */
/* Reads "dtb": the changes of the board to the kernel's device tree. */
#include <errno.h>

#include "board/boot/boot.h"

static int boot_banks(struct board_reader *r, const struct json *node)
{
    struct plan_range *banks;
    const struct json *at, *size;

    if (json_list(node, r->err))
        return -EINVAL;
    banks = arena_zeros(r->arena, node->count, sizeof(*banks));
    r->plan->boot.banks = banks;
    r->plan->boot.bank_count = node->count;
    JSON_EACH (child, node) {
        if (json_check_keys(child, board_keys_bank, r->err) ||
            json_need(child, "at", &at, r->err) ||
            json_need(child, "size", &size, r->err) ||
            json_address(at, &banks->at, r->err) ||
            board_size(r, size, &banks->bytes))
            return -EINVAL;
        banks++;
    }
    return 0;
}

static int boot_node_path(struct board_reader *r, const struct json *at,
                          const char *text)
{
    if (text[0] == '/')
        return 0;
    return json_key_err(
        at, r->err,
        "a device tree node is not a path (\"%.64s\"); write it "
        "as \"/memory@0\"",
        text);
}

static int boot_dt_memory(struct board_reader *r, const struct json *node)
{
    const struct json *path, *banks;
    const char *text;

    if (!node)
        return 0;
    if (json_check_keys(node, board_keys_dtb_memory, r->err) ||
        json_need(node, "node", &path, r->err) ||
        json_need(node, "banks", &banks, r->err) ||
        json_str(path, &text, r->err) || boot_node_path(r, path, text))
        return -EINVAL;
    r->plan->boot.dt_memory = arena_strdup(r->arena, text);
    return boot_banks(r, banks);
}

/* Cells are 32 bits. Strings are allowed, and true for an empty property. */
static bool boot_is_dt_value(const struct plan_value *value, bool list)
{
    if (value->kind == JSON_STRING)
        return true;
    if (value->kind == JSON_BOOL)
        return value->boolean && !list;
    if (value->kind == JSON_NUMBER)
        return value->is_number && !value->is_negative &&
               value->number <= UINT32_MAX;
    /* A list in a list is refused, so the recursion has one level. */
    if (value->kind != JSON_ARRAY || list || !value->count)
        return false;
    for (uint32_t n = 0; n < value->count; n++)
        if (!boot_is_dt_value(&value->items[n], true))
            return false;
    return true;
}

static int boot_dt_prop(struct board_reader *r, const struct json *node,
                        struct plan_dt_prop *prop)
{
    prop->name = arena_strdup(r->arena, node->key);
    if (board_read_value(r, node, &prop->value))
        return -EINVAL;
    if (boot_is_dt_value(&prop->value, false))
        return 0;
    return json_err(node, r->err,
                    "a device tree value is wrong (%s); write a string, a "
                    "number of 32 bits, a list of these or true",
                    json_kind_name(node->kind));
}

static int boot_dt_props(struct board_reader *r, const struct json *node,
                         GArray *props)
{
    if (json_object(node, r->err) || boot_node_path(r, node, node->key))
        return -EINVAL;
    JSON_EACH (child, node) {
        struct plan_dt_prop prop = {
            .node = arena_strdup(r->arena, node->key),
        };

        if (boot_dt_prop(r, child, &prop))
            return -EINVAL;
        g_array_append_val(props, prop);
    }
    return 0;
}

/*
 * The plan keeps the order of the text. With "new", the author writes parents
 * before children, and the host adds the nodes in that order.
 */
static int boot_dt_set(struct board_reader *r, const struct json *node)
{
    GArray *props = g_array_new(FALSE, TRUE, sizeof(struct plan_dt_prop));
    int ret = node ? json_object(node, r->err) : 0;

    if (node && ret == 0)
        JSON_EACH (child, node) {
            ret = boot_dt_props(r, child, props);
            if (ret)
                break;
        }
    r->plan->boot.dt_props = board_keep(r, props,
                                        &r->plan->boot.dt_prop_count);
    return ret;
}

/*
 * json_get() returns NULL if `node` is not an object. json_check_keys() then
 * refuses it with its place.
 */
int board_boot_dtb(struct board_reader *r, const struct json *node)
{
    const struct json *made;

    if (!node)
        return 0;
    made = json_get(node, "new");
    if (json_check_keys(node, board_keys_dtb, r->err) ||
        (made && json_bool(made, &r->plan->boot.dt_new, r->err)) ||
        board_boot_address(r, node, "at", &r->plan->boot.dtb_at) ||
        boot_dt_memory(r, json_get(node, "memory")) ||
        boot_dt_set(r, json_get(node, "set")))
        return -EINVAL;
    return 0;
}
