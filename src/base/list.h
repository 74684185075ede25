/* SPDX-License-Identifier: MIT */
/*
 * Access to the lists of a module's descriptor by their stride. A list is
 * hostile: check its shape before the first access.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <outboard/abi.h>

/* Item `n` of `list`; n < count. */
static inline const void *list_item(const struct ob_array *list, uint32_t n)
{
    return (const char *)list->items + (size_t)n * list->stride;
}

/* Item `n` of a list whose items are pointers. */
static inline const void *list_pointer(const struct ob_array *list, uint32_t n)
{
    return *(const void *const *)list_item(list, n);
}

#endif
