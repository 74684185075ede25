/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/guard/objects.h"

#include <glib.h>
#include <stdlib.h>

#include "bridge/process/session.h"
#include "bridge/qemu/symbols.h"

static GHashTable *parts;           /* struct Object * -> known_name */
static GArray *table;               /* struct known, by address */

void known_add_part(struct Object *obj, const struct known_name *name)
{
    if (parts == NULL)
        parts = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(parts, obj, (void *)name);
}

const char *known_module(const char *type)
{
    const struct registry_type *found = registry_find_type(
        bridge_session()->registry, type);

    /* A native module's types are QEMU's own parts: no process takes them. */
    return found != NULL && !found->module->native
               ? found->module->info.short_name
               : NULL;
}

const struct known_name *known_part(struct Object *obj)
{
    return parts != NULL ? g_hash_table_lookup(parts, obj) : NULL;
}

/* --- filling -------------------------------------------------------------- */

bool known_begin(void)
{
    if (table != NULL)
        return false;
    table = g_array_new(FALSE, FALSE, sizeof(struct known));
    return true;
}

void known_put(const struct known *k)
{
    g_array_append_vals(table, k, 1);
}

static int by_address(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

void known_sort(void)
{
    qsort(table->data, table->len, sizeof(struct known), by_address);
}

/* --- looking -------------------------------------------------------------- */

const struct known *known_find(uintptr_t at)
{
    uint32_t low = 0, high = table != NULL ? table->len : 0;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const struct known *k = &g_array_index(table, struct known, mid);

        if (k->at == at)
            return k;
        if (k->at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

void known_each(void (*fn)(struct Object *obj, void *opaque), void *opaque)
{
    for (uint32_t n = 0; table != NULL && n < table->len; n++) {
        const struct known *k = &g_array_index(table, struct known, n);

        if (k->type != NULL)
            fn((struct Object *)k->at, opaque);
    }
}
