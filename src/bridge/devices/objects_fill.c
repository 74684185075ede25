/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills the table of objects (guard/objects.h) from the finished machine. */
#include <glib.h>
#include <string.h>

#include "bridge/devices/qdev.h"
#include "bridge/guard/objects.h"
#include "bridge/qemu/symbols.h"

enum { DEPTH_MAX = 16 };

struct walk {
    const struct object_name *name;  /* of the part being walked */
    const char *child;
    const struct device *model; /* of the object being walked */
    unsigned depth;
};

static void add(const struct walk *w, const void *at, const char *type,
                const char *region)
{
    struct object_entry k = { (uintptr_t)at, w->name, w->child, type, region,
                       w->model };

    if (at)
        objects_put(&k);
}

/* Add the memory of one of our models, in addition to its QEMU object. */
static void add_model(const struct walk *w, struct qdev *d)
{
    add(w, d, NULL, NULL);
    add(w, d->device, NULL, NULL);
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const char *name = d->type->regions.at[n].name;
        struct qdev_region *dr = &d->regions[n];

        add(w, device_region(d->device, n), NULL, name);
        add(w, dr->mr, NULL, name);
        add(w, dr->io, NULL, name);
        for (uint32_t i = 0; i < dr->n_pages; i++)
            if (dr->pages[i].mr != dr->mr)
                add(w, dr->pages[i].mr, NULL, name);
    }
}

static const struct object_name *name_new(struct Object *obj)
{
    struct object_name *name = g_new0(struct object_name, 1);
    const struct qdev *d = qdev_of(obj);

    name->what = "device";
    name->name = q.object_get_canonical_path_component(obj);
    name->module = d ? objects_module(d->type->name) : NULL;
    return name;
}

/*
 * QEMU names children by number in a container, so use the children's own
 * names.
 */
static bool is_container(struct Object *obj)
{
    return strcmp(q.object_get_typename(obj), "container") == 0;
}

static int walk_child(struct Object *obj, void *opaque)
{
    struct walk w = *(struct walk *)opaque;
    struct qdev *d = qdev_of(obj);
    const struct object_name *part = objects_part(obj);

    if (++w.depth > DEPTH_MAX)
        return 0;
    if (part)
        w = (struct walk){ part, NULL, NULL, w.depth };
    else if (!w.name && !is_container(obj))
        w.name = name_new(obj);
    else if (w.name)
        w.child = q.object_get_canonical_path_component(obj);
    w.model = d ? d->device : NULL;
    if (w.name)
        add(&w, obj, q.object_get_typename(obj), NULL);
    if (d)
        add_model(&w, d);
    q.object_child_foreach(obj, walk_child, &w);
    return 0;
}

void objects_fill(void)
{
    struct walk w = { NULL, NULL, NULL, 0 };

    if (!objects_begin())
        return;
    q.object_child_foreach(q.qdev_get_machine(), walk_child, &w);
    objects_sort();
}
