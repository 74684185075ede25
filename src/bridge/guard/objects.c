/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/guard/objects.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/entry/bridge.h"
#include "bridge/devices/qdev.h"
#include "bridge/qemu/symbols.h"

enum { DEPTH_MAX = 16 };

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
        bridge_session()->index, type);

    /* A native module's types are QEMU's own parts: no process takes them. */
    return found != NULL && !found->module->native
               ? found->module->info.short_name
               : NULL;
}

/* --- filling -------------------------------------------------------------- */

struct walk {
    const struct known_name *name;  /* of the part that we are in */
    const char *child;
    const struct device *model; /* of the object that we are at */
    unsigned depth;
};

static void add(const struct walk *w, const void *at, const char *type,
                const char *region)
{
    struct known k = { (uintptr_t)at, w->name, w->child, type, region,
                       w->model };

    if (at != NULL)
        g_array_append_val(table, k);
}

/* The memory of one of our models, in addition to its QEMU object. */
static void add_model(const struct walk *w, struct qdev *d)
{
    add(w, d, NULL, NULL);
    add(w, d->device, NULL, NULL);
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const char *name = device_type_region(d->type, n)->name;
        struct qdev_region *dr = &d->regions[n];

        add(w, device_region(d->device, n), NULL, name);
        add(w, dr->mr, NULL, name);
        add(w, dr->io, NULL, name);
        for (uint32_t i = 0; i < dr->n_pages; i++)
            if (dr->pages[i].mr != dr->mr)
                add(w, dr->pages[i].mr, NULL, name);
    }
}

static const struct known_name *name_new(struct Object *obj)
{
    struct known_name *name = g_new0(struct known_name, 1);

    name->what = "device";
    name->name = q.object_get_canonical_path_component(obj);
    name->module = known_module(q.object_get_typename(obj));
    return name;
}

/* Containers: name their children by the children's own names. */
static bool is_container(struct Object *obj)
{
    return strcmp(q.object_get_typename(obj), "container") == 0;
}

static int walk_child(struct Object *obj, void *opaque)
{
    struct walk w = *(struct walk *)opaque;
    struct qdev *d = qdev_of(obj);
    const struct known_name *part = parts != NULL
                                        ? g_hash_table_lookup(parts, obj)
                                        : NULL;

    if (++w.depth > DEPTH_MAX)
        return 0;
    if (part != NULL)
        w = (struct walk){ part, NULL, NULL, w.depth };
    else if (w.name == NULL && !is_container(obj))
        w.name = name_new(obj);
    else if (w.name != NULL)
        w.child = q.object_get_canonical_path_component(obj);
    w.model = d != NULL ? d->device : NULL;
    if (w.name != NULL)
        add(&w, obj, q.object_get_typename(obj), NULL);
    if (d != NULL)
        add_model(&w, d);
    q.object_child_foreach(obj, walk_child, &w);
    return 0;
}

static int by_address(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

void known_fill(void)
{
    struct walk w = { NULL, NULL, NULL, 0 };

    if (table != NULL)
        return;
    table = g_array_new(FALSE, FALSE, sizeof(struct known));
    q.object_child_foreach(q.qdev_get_machine(), walk_child, &w);
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
