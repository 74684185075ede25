/* SPDX-License-Identifier: MIT */
/*
 * Finding a key in an object: by walking small ones, by a hash table in large
 * ones, so that a hostile file cannot make reading it take quadratic time.
 * Private to json.c and json_get.c.
 */
#ifndef BASE_JSON_INDEX_H
#define BASE_JSON_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

#define JSON_INDEX_MIN 16       /* objects with fewer members have no table */

/* Bytes that the table of an object with `count` members takes. */
size_t json_index_bytes(uint32_t count);

/*
 * Fill node->index (if there is one) and see that no key stands twice. If one
 * does: false, and the two members in *ret_first and *ret_second.
 */
bool json_index_fill(struct json *node, const struct json **ret_first,
                     const struct json **ret_second);

/* The member `key` of `node`, or NULL. */
const struct json *json_index_find(const struct json *node, const char *key);

#endif
