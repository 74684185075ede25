/* SPDX-License-Identifier: MIT */
/* The hash table of keys in a large JSON object. */
#include "base/json_index.h"

#include <glib.h>
#include <string.h>

/* Open addressing; at least half of the slots stay empty. */
struct json_table {
    size_t mask;
    uint32_t seed;
    const struct json *slots[];
};

static size_t table_slots(uint32_t count)
{
    size_t slots = 32;

    while (slots < 2 * (size_t)count)
        slots *= 2;
    return slots;
}

size_t json_index_bytes(uint32_t count)
{
    return sizeof(struct json_table) +
           table_slots(count) * sizeof(const struct json *);
}

/*
 * FNV-1a from a random start, so that a file cannot contain prepared
 * collisions.
 */
static uint32_t table_hash(uint32_t seed, const char *key)
{
    uint32_t hash = 2166136261u ^ seed;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return hash ^ (hash >> 15);
}

/* The slot that holds `key`, or the empty slot where it belongs. */
static const struct json **table_slot(struct json_table *table,
                                      const char *key)
{
    size_t i = table_hash(table->seed, key) & table->mask;

    while (table->slots[i] && strcmp(table->slots[i]->key, key) != 0)
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

static const struct json *index_walk(const struct json *node, const char *key)
{
    JSON_EACH (child, node)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

static bool index_fill_small(const struct json *node,
                             const struct json **ret_first,
                             const struct json **ret_second)
{
    JSON_EACH (child, node) {
        const struct json *first = index_walk(node, child->key);

        if (first != child) {
            *ret_first = first;
            *ret_second = child;
            return false;
        }
    }
    return true;
}

bool json_index_fill(struct json *node, const struct json **ret_first,
                     const struct json **ret_second)
{
    struct json_table *table = node->index;

    if (!table)
        return index_fill_small(node, ret_first, ret_second);
    memset(table, 0, json_index_bytes(node->count));
    table->mask = table_slots(node->count) - 1;
    table->seed = g_random_int();
    JSON_EACH (child, node) {
        const struct json **slot = table_slot(table, child->key);

        if (*slot) {
            *ret_first = *slot;
            *ret_second = child;
            return false;
        }
        *slot = child;
    }
    return true;
}

const struct json *json_index_find(const struct json *node, const char *key)
{
    if (node->kind != JSON_OBJECT)
        return NULL;
    if (!node->index)
        return index_walk(node, key);
    return *table_slot(node->index, key);
}
