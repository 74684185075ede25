/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model as a QEMU device: its life from instance_init to finalize. */
#include "bridge/device.h"

#include <errno.h>
#include <glib.h>

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
    q.error_setg_internal(errp, __FILE__, __LINE__, __func__, "%s",
                          err->text);
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
                                   d->outputs[i].pins, g->name,
                                   (int)g->count);
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

/*
 * The region's ops lead straight to the rig: no step of ours in an access.
 * The region's owner is the machine, not the device: QEMU blocks a device's
 * region from being entered again while it is in use, which a part that
 * forwards into another needs.
 */
static void add_region(struct bridge_model *d, uint32_t n)
{
    const struct ob_region *r = rig_type_region(d->type, n);
    struct device_region *dr = &d->regions[n];
    bool unaligned = r->flags & OB_REGION_UNALIGNED;
    unsigned valid[2], impl[2];
    char *name = g_strdup_printf("%s.%s", d->name, r->name);

    rig_region_sizes(r, valid, impl);
    dr->ops.read = rig_region_read;
    dr->ops.write = rig_region_write;
    dr->ops.endianness = r->flags & OB_REGION_BIG_ENDIAN ? QEMU_ENDIAN_BIG
                                                         : QEMU_ENDIAN_LITTLE;
    /*
     * The rig refuses, splits and widens, as on every host: QEMU would widen
     * a narrow access without aligning it. It is told the largest size alone,
     * by which it cuts what DMA and the monitor ask for.
     */
    dr->ops.valid.min_access_size = 1;
    dr->ops.valid.max_access_size = valid[1];
    dr->ops.valid.unaligned = unaligned;
    dr->ops.impl.min_access_size = 1;
    dr->ops.impl.max_access_size = 8;
    dr->ops.impl.unaligned = unaligned;
    dr->mr = g_malloc0(layout_round(layout.region));
    q.memory_region_init_io(dr->mr, q.qdev_get_machine(), &dr->ops,
                            rig_device_region(d->rig, n), name, r->bytes);
    q.sysbus_init_mmio((struct SysBusDevice *)d->obj, dr->mr);
    g_free(name);
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
    add_inputs(d);
    add_outputs(d);
    add_irqs(d);
    add_clocks(d);
    return d;
}

static void device_reset(void *opaque)
{
    struct bridge_model *d = opaque;

    rig_device_reset(d->rig);
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
            add_region(d, i);
    if (rig_device_create(d->rig, err) < 0 ||
        device_state_open(d, err) < 0 || device_place(d, err) < 0)
        goto fail;
    q.qemu_register_reset(device_reset, d);
    device_port_start(d);
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

/* A region lives as a child of the machine: that reference goes with it. */
static void free_regions(struct bridge_model *d)
{
    for (uint32_t i = 0; i < d->type->regions.count; i++)
        if (d->regions[i].mr != NULL)
            q.object_unparent((struct Object *)d->regions[i].mr);
}

void device_finalize(struct bridge_model *d)
{
    if (d == NULL)
        return;
    g_hash_table_remove(devices, d->obj);
    free_regions(d);
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
