/* SPDX-License-Identifier: MIT */
/*
 * Finds a key in an object: in small ones by a linear search, in large ones by
 * a hash table, so that a hostile file cannot make the parser quadratic.
 * Private to json_parse.c and json_get.c.
 */
#ifndef BASE_JSON_INDEX_H
#define BASE_JSON_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

#define JSON_INDEX_MIN 16       /* objects with fewer members have no table */

/* The size of the table of an object with `count` members. */
size_t json_index_bytes(uint32_t count);

/*
 * Fill node->index (if it has one) and check that no key appears twice. If a
 * key does, returns false, with the two members in *ret_first and *ret_second.
 */
bool json_index_fill(struct json *node, const struct json **ret_first,
                     const struct json **ret_second);

/* The member `key` of `node`, or NULL. */
const struct json *json_index_find(const struct json *node, const char *key);

#endif
