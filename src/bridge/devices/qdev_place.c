/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places a device that the user adds to a running machine's map: `-device
 * acme-uart,at=0x40000000,irq=/machine/...:3`. The properties are at (region
 * 0), at1, ... and irq (output 0), irq1, ... A board does not use them.
 */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bridge/devices/lines.h"
#include "bridge/devices/qdev.h"
#include "bridge/qemu/symbols.h"

static void get_at(struct Object *obj, struct Visitor *v, const char *name,
                   void *opaque, struct Error **errp)
{
    struct qdev_region *r = opaque;

    (void)obj;
    q.visit_type_uint64(v, name, &r->at, errp);
}

static void set_at(struct Object *obj, struct Visitor *v, const char *name,
                   void *opaque, struct Error **errp)
{
    struct qdev_region *r = opaque;

    (void)obj;
    r->at_set = q.visit_type_uint64(v, name, &r->at, errp);
}

static void get_path(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    char **path = opaque;
    char *copy = g_strdup(*path ? *path : "");

    (void)obj;
    q.visit_type_str(v, name, &copy, errp);
    g_free(copy);
}

static void set_path(struct Object *obj, struct Visitor *v, const char *name,
                     void *opaque, struct Error **errp)
{
    char **path = opaque;
    char *text = NULL;

    (void)obj;
    if (!q.visit_type_str(v, name, &text, errp))
        return;
    g_free(*path);
    *path = text;
}

/*
 * "at", "at1", "at2", ... A model's own property of such a name has precedence.
 */
static char *numbered(struct qdev *d, const char *stem, uint32_t n)
{
    char *name = n == 0 ? g_strdup(stem) : g_strdup_printf("%s%u", stem, n);

    if (!q.object_property_find(d->obj, name))
        return name;
    g_free(name);
    return NULL;
}

void qdev_place_props(struct qdev *d)
{
    for (uint32_t i = 0; i < d->type->regions.count; i++) {
        char *name = numbered(d, "at", i);

        if (!name)
            continue;
        q.object_property_add(d->obj, name, "uint64", get_at, set_at, NULL,
                              &d->regions[i]);
        q.object_property_set_description(
            d->obj, name, "address on the system bus, for -device");
        g_free(name);
    }
    d->irq_paths = g_new0(char *, d->type->irqs.count);
    for (uint32_t i = 0; i < d->type->irqs.count; i++) {
        char *name = numbered(d, "irq", i);

        if (!name)
            continue;
        q.object_property_add(d->obj, name, "str", get_path, set_path, NULL,
                              &d->irq_paths[i]);
        q.object_property_set_description(
            d->obj, name,
            "QOM path of an interrupt controller, ':' and the number of its "
            "input, for -device");
        g_free(name);
    }
}

/*
 * Connect output `n` to "PATH:N", input N of the device at the QOM path PATH.
 */
static int connect_irq(struct qdev *d, uint32_t n, struct ob_err *err)
{
    const char *text = d->irq_paths[n];
    const char *colon = strrchr(text, ':');
    struct Object *target;
    qemu_irq line = NULL;
    uint64_t input;
    char *path;
    int ret;

    if (!colon || units_u64(colon + 1, &input) < 0 || input > UINT32_MAX)
        return err_set(err, -EINVAL,
                       "property irq: wants PATH:NUMBER (\"%s\" seen); write "
                       "it as /machine/gic:37",
                       text);
    path = g_strndup(text, (size_t)(colon - text));
    target = q.object_resolve_path(path, NULL);
    ret = !target
              ? err_set(err, -ENOENT,
                        "property irq: nothing at \"%s\"; see 'info qom-tree' "
                        "for the paths",
                        path)
              : lines_input(target, path, NULL, (uint32_t)input, &line, err);
    g_free(path);
    if (ret == 0)
        q.sysbus_connect_irq((struct SysBusDevice *)d->obj, (int)n, line);
    return ret;
}

int qdev_place(struct qdev *d, struct ob_err *err)
{
    for (uint32_t i = 0; i < d->type->regions.count; i++) {
        const struct decl_region *r = device_decl_region(d->type, i);

        if (!d->regions[i].at_set)
            continue;
        if (d->regions[i].at + (r->bytes - 1) < d->regions[i].at)
            return err_set(err, -ERANGE,
                           "property at: region %s does not "
                           "fit at 0x%" G_GINT64_MODIFIER "x; lower it",
                           r->name, d->regions[i].at);
        q.sysbus_mmio_map_overlap((struct SysBusDevice *)d->obj, (int)i,
                                  d->regions[i].at, 0);
    }
    for (uint32_t i = 0; i < d->type->irqs.count; i++)
        if (d->irq_paths[i] && connect_irq(d, i, err) < 0)
            return -EINVAL;
    return 0;
}
