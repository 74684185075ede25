/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model as a QEMU device: its life from instance_init to finalize. */
#include "bridge/device.h"

#include <errno.h>
#include <glib.h>

#include "bridge/crash.h"
#include "bridge/guard.h"
#include "bridge/layout.h"
#include "bridge/symbols.h"

/* Objects of ours by their address; QEMU's own are not in it. */
static GHashTable *devices;

struct bridge_model *device_of(const struct Object *obj)
{
    return devices != NULL ? g_hash_table_lookup(devices, obj) : NULL;
}

void device_error(struct Error **errp, const struct ob_err *err)
{
    q.error_setg_internal(errp, __FILE__, __LINE__, __func__, "%s", err->text);
}

char *device_names(const struct ob_array *list)
{
    GString *names = g_string_new(list->count > 0 ? "use" : "it has none");

    for (uint32_t i = 0; i < list->count; i++) {
        const char *const *name = rig_item(list, i);    /* first in each */

        g_string_append_printf(names, "%s \"%s\"", i > 0 ? "," : "", *name);
    }
    return g_string_free(names, FALSE);
}

/* --- what a type declares, made in QEMU ----------------------------------- */

static void line_changed(void *opaque, int n, int level)
{
    struct device_line *line = opaque;

    rig_device_input(line->d->rig, line->group, (uint32_t)n, level);
}

static void clock_changed(void *opaque, int event)
{
    struct device_clock *c = opaque;

    (void)event;
    if (c->d->realized)
        rig_device_clock_changed(c->d->rig, c->n);
}

static void add_inputs(struct bridge_model *d)
{
    const struct ob_array *list = &d->type->inputs;

    d->lines = g_new0(struct device_line, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ob_gpio *g = rig_item(list, i);

        d->lines[i] = (struct device_line){ d, i };
        q.qdev_init_gpio_in_named_with_opaque((struct DeviceState *)d->obj,
                                              line_changed, &d->lines[i],
                                              g->name, (int)g->count);
    }
}

static void add_outputs(struct bridge_model *d)
{
    const struct ob_array *list = &d->type->outputs;

    d->outputs = g_new0(struct device_output, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ob_gpio *g = rig_item(list, i);

        d->outputs[i].count = g->count;
        d->outputs[i].pins = g_new0(qemu_irq, g->count);
        q.qdev_init_gpio_out_named((struct DeviceState *)d->obj,
                                   d->outputs[i].pins, g->name, (int)g->count);
    }
}

static void add_irqs(struct bridge_model *d)
{
    uint32_t count = d->type->irqs.count;

    d->irqs = g_new0(qemu_irq, count);
    for (uint32_t i = 0; i < count; i++)
        q.sysbus_init_irq((struct SysBusDevice *)d->obj, &d->irqs[i]);
}

enum { CLOCK_UPDATE = 1 };

static void add_clocks(struct bridge_model *d)
{
    const struct ob_array *list = &d->type->clocks;
    struct DeviceState *dev = (struct DeviceState *)d->obj;

    d->clocks = g_new0(struct device_clock, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ob_clock *c = rig_item(list, i);
        struct device_clock *dc = &d->clocks[i];

        *dc = (struct device_clock){ d, i, NULL };
        dc->clock = c->direction == OB_CLOCK_OUT
                        ? q.qdev_init_clock_out(dev, c->name)
                        : q.qdev_init_clock_in(dev, c->name, clock_changed, dc,
                                               CLOCK_UPDATE);
    }
}

/* --- life ----------------------------------------------------------------- */

struct bridge_model *device_init(struct Object *obj,
                                 const struct ob_device_type *type)
{
    struct bridge_model *d = g_new0(struct bridge_model, 1);

    d->obj = obj;
    d->type = type;
    d->name = g_strdup(q.object_get_typename(obj));
    if (devices == NULL)
        devices = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(devices, obj, d);
    d->rig = rig_device_new(type, type->name, &device_port_ops, d);
    d->regions = g_new0(struct device_region, type->regions.count);
    d->timers = g_new0(struct device_timer, type->timers.count);
    d->chrs = g_new0(struct device_chr, type->chardevs.count);
    device_props_add(d);
    device_place_props(d);
    crash_props_add(d);
    add_inputs(d);
    add_outputs(d);
    add_irqs(d);
    add_clocks(d);
    return d;
}

static void device_reset(void *opaque)
{
    struct bridge_model *d = opaque;

    guard_reset_enter(d->obj);
    rig_device_reset(d->rig);
    guard_reset_leave();
}

static void rename_by_path(struct bridge_model *d)
{
    const char *name = q.object_get_canonical_path_component(d->obj);

    if (name == NULL)
        return;
    g_free(d->name);
    d->name = g_strdup(name);
    rig_device_rename(d->rig, name);
}

int device_realize(struct bridge_model *d, struct ob_err *err)
{
    rename_by_path(d);
    d->realized = true;
    if (device_props_links(d, err) < 0 || device_port_open(d, err) < 0)
        goto fail;
    for (uint32_t i = 0; i < d->type->regions.count; i++)
        if (d->regions[i].mr == NULL)
            device_region_add(d, i);
    if (rig_device_create(d->rig, err) < 0 || device_state_open(d, err) < 0 ||
        device_place(d, err) < 0)
        goto fail;
    q.qemu_register_reset(device_reset, d);
    device_port_start(d);
    crash_watch(d);
    return 0;
fail:
    device_state_close(d);
    device_port_close(d);
    d->realized = false;
    return -EINVAL;
}

void device_unrealize(struct bridge_model *d)
{
    if (!d->realized)
        return;
    q.qemu_unregister_reset(device_reset, d);
    device_state_close(d);
    device_port_close(d);
    d->realized = false;
}

void device_finalize(struct bridge_model *d)
{
    if (d == NULL)
        return;
    g_hash_table_remove(devices, d->obj);
    for (uint32_t i = 0; i < d->type->regions.count; i++)
        device_region_free(d, i);
    rig_device_free(d->rig);
    for (uint32_t i = 0; i < d->type->outputs.count; i++)
        g_free(d->outputs[i].pins);
    for (uint32_t i = 0; i < d->type->irqs.count; i++)
        g_free(d->irq_paths[i]);
    for (uint32_t i = 0; i < d->type->chardevs.count; i++)
        g_free(d->chrs[i].label);
    g_free(d->regions);
    g_free(d->name);
    g_free(d->irq_paths);
    g_free(d->irqs);
    g_free(d->chrs);
    g_free(d->timers);
    g_free(d->clocks);
    g_free(d->outputs);
    g_free(d->lines);
    g_free(d->links);
    g_free(d->props);
    g_free(d);
}
