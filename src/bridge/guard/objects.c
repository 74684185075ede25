/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the machine's objects by their addresses, in a sorted table that a
 * signal handler may search.
 */
#include "bridge/guard/objects.h"

#include <glib.h>
#include <stdlib.h>

#include "bridge/process/session.h"
#include "bridge/qemu/symbols.h"

static GHashTable *parts;           /* struct Object * -> struct object_name */
static GArray *table;               /* struct object_entry, by address */

void objects_add_part(struct Object *obj, const struct object_name *name)
{
    if (!parts)
        parts = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(parts, obj, (void *)name);
}

const char *objects_module(const char *type)
{
    const struct registry_type *found = registry_find_type(
        bridge_session()->registry, type);

    /*
     * The types of a native module are QEMU's own parts: they never run
     * remotely.
     */
    return found && !found->module->native ? found->module->info.short_name
                                           : NULL;
}

const struct object_name *objects_part(struct Object *obj)
{
    return parts ? g_hash_table_lookup(parts, obj) : NULL;
}

/* --- filling ------------------------------------------------------------- */

bool objects_begin(void)
{
    if (table)
        return false;
    table = g_array_new(FALSE, FALSE, sizeof(struct object_entry));
    return true;
}

void objects_put(const struct object_entry *k)
{
    g_array_append_vals(table, k, 1);
}

static int by_address(const void *a, const void *b)
{
    const struct object_entry *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

void objects_sort(void)
{
    qsort(table->data, table->len, sizeof(struct object_entry), by_address);
}

/* --- searching ----------------------------------------------------------- */

const struct object_entry *objects_find(uintptr_t at)
{
    uint32_t low = 0, high = table ? table->len : 0;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const struct object_entry *k = &g_array_index(
            table, struct object_entry, mid);

        if (k->at == at)
            return k;
        if (k->at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

void objects_each(void (*fn)(struct Object *obj, void *opaque), void *opaque)
{
    for (uint32_t n = 0; table && n < table->len; n++) {
        const struct object_entry *k = &g_array_index(table,
                                                      struct object_entry, n);

        if (k->type)
            fn((struct Object *)k->at, opaque);
    }
}
