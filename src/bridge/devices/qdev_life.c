/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a model as a QEMU device, from instance_init to instance_finalize. */
#include "bridge/buses/bus.h"
#include "bridge/devices/qdev.h"

#include <errno.h>
#include <glib.h>

#include "bridge/guard/guard.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

/* --- what a type declares, created in QEMU ------------------------------- */

/*
 * A line may change before realize. The device core keeps the level until the
 * model exists.
 */
static void line_changed(void *opaque, int n, int level)
{
    struct qdev_line *line = opaque;

    device_input(line->d->device, line->group, (uint32_t)n, level);
}

/*
 * QEMU may report a clock before realize and after unrealize. Its period is 0
 * then (host_clock_period()), so the model must not hear of it.
 */
static void clock_changed(void *opaque, int event)
{
    struct qdev_clock *c = opaque;

    (void)event;
    if (c->d->realized)
        device_clock_changed(c->d->device, c->n);
}

/*
 * QEMU tells its handler the number of the line and not the group, so each
 * group has its own opaque pointer. QEMU keeps these pointers, so the array
 * never moves.
 */
static void add_inputs(struct qdev *d)
{
    const struct decl_gpios *list = &d->type->inputs;

    d->lines = g_new0(struct qdev_line, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ob_gpio *g = &list->at[i];

        d->lines[i] = (struct qdev_line){ d, i };
        q.qdev_init_gpio_in_named_with_opaque((struct DeviceState *)d->obj,
                                              line_changed, &d->lines[i],
                                              g->name, (int)g->count);
    }
}

/*
 * QEMU writes the connected inputs into these arrays later. So they never
 * move, and they live until finalize.
 */
static void add_outputs(struct qdev *d)
{
    const struct decl_gpios *list = &d->type->outputs;

    d->outputs = g_new0(struct qdev_output, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ob_gpio *g = &list->at[i];

        d->outputs[i].count = g->count;
        d->outputs[i].lines = g_new0(qemu_irq, g->count);
        q.qdev_init_gpio_out_named((struct DeviceState *)d->obj,
                                   d->outputs[i].lines, g->name,
                                   (int)g->count);
    }
}

/*
 * The system bus numbers the outputs in the order of these calls. Boards and
 * the properties irq, irq1, ... rely on that order.
 */
static void add_irqs(struct qdev *d)
{
    uint32_t count = d->type->irqs.count;

    d->irqs = g_new0(qemu_irq, count);
    for (uint32_t i = 0; i < count; i++)
        q.sysbus_init_irq((struct SysBusDevice *)d->obj, &d->irqs[i]);
}

/*
 * The bridge asks for events after a change only, so that the model reads the
 * new frequency in its callback.
 */
enum { CLOCK_UPDATE = 1 };

static void add_clocks(struct qdev *d)
{
    uint32_t count = d->type->clocks.count;
    struct DeviceState *dev = (struct DeviceState *)d->obj;

    d->clocks = g_new0(struct qdev_clock, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct decl_clock *c = &d->type->clocks.at[i];
        struct qdev_clock *dc = &d->clocks[i];

        *dc = (struct qdev_clock){ d, i, NULL };
        dc->clock = c->direction == OB_CLOCK_OUT
                        ? q.qdev_init_clock_out(dev, c->name)
                        : q.qdev_init_clock_in(dev, c->name, clock_changed, dc,
                                               CLOCK_UPDATE);
    }
}

/* --- buses --------------------------------------------------------------- */

/* QEMU may start a transfer before realize and after unrealize. */
static struct device *device_of_object(const void *obj)
{
    struct qdev *d = qdev_of(obj);

    return d && d->realized ? d->device : NULL;
}

/* --- life ---------------------------------------------------------------- */

/*
 * The arrays come before the properties, which point into them. The model's
 * own properties come before those of -device, because a model's property
 * takes precedence over one of the same name. The object has no path yet, so
 * the type's name stands in for the part's.
 */
struct qdev *qdev_init(struct Object *obj, const struct device_decl *type)
{
    const struct bus_kind *kind = bus_kind_of(bus_of_decl(type));
    struct qdev *d = g_new0(struct qdev, 1);

    d->obj = obj;
    d->type = type;
    d->name = g_strdup(q.object_get_typename(obj));
    qdev_put(obj, d);
    d->device = device_new(type, type->name, &qdev_host_ops, d);
    d->regions = g_new0(struct qdev_region, type->regions.count);
    d->timers = g_new0(struct qdev_timer, type->timers.count);
    d->chrs = g_new0(struct qdev_chr, type->chardevs.count);
    qdev_props_add(d);
    qdev_place_props(d);
    add_inputs(d);
    add_outputs(d);
    add_irqs(d);
    add_clocks(d);
    bus_device_of = device_of_object;
    if (kind && kind->instance_init)
        kind->instance_init(obj, type);
    return d;
}

/*
 * QEMU's setters for a class's reset differ from version to version, but
 * qemu_register_reset() is the same in all. The guard learns the object, so
 * that it can name the part if the model ends QEMU.
 */
static void qdev_reset(void *opaque)
{
    struct qdev *d = opaque;

    guard_reset_enter(d->obj);
    device_reset(d->device, OB_RESET_COLD);
    guard_reset_leave();
}

/*
 * QEMU adds an object to its parent after instance_init, so its name is known
 * only in realize.
 */
static void rename_by_path(struct qdev *d)
{
    const char *name = q.object_get_canonical_path_component(d->obj);

    if (!name)
        return;
    g_free(d->name);
    d->name = g_strdup(name);
    device_rename(d->device, name);
}

/*
 * The bridge sets `realized` first: create() may read clocks. Links, backends
 * and regions come before create(), because the model may rely on them. The
 * reset handler and the characters follow all steps that can fail, so a
 * refused device gets neither.
 */
int qdev_realize(struct qdev *d, struct ob_err *err)
{
    const struct bus_kind *kind = bus_kind_of(bus_of_decl(d->type));

    rename_by_path(d);
    if (kind && kind->realize && kind->realize(d->obj, err) < 0)
        return -EINVAL;
    d->realized = true;
    if (qdev_props_links(d, err) < 0 || qdev_host_open(d, err) < 0)
        goto fail;
    for (uint32_t i = 0; i < d->type->regions.count; i++)
        if (!d->regions[i].mr)
            qdev_region_add(d, i);
    if (device_create(d->device, err) < 0 || qdev_state_open(d, err) < 0 ||
        qdev_place(d, err) < 0)
        goto fail;
    q.qemu_register_reset(qdev_reset, d);
    qdev_host_start(d);
    return 0;
fail:
    qdev_state_close(d);
    qdev_host_close(d);
    d->realized = false;
    return -EINVAL;
}

/*
 * The model lives until finalize. Until then the object may still have
 * references.
 */
void qdev_unrealize(struct qdev *d)
{
    if (!d->realized)
        return;
    q.qemu_unregister_reset(qdev_reset, d);
    qdev_state_close(d);
    qdev_host_close(d);
    d->realized = false;
}

/*
 * The device core calls the model's destroy() here, and destroy() may call
 * host operations. So the arrays that they use go after it.
 */
void qdev_finalize(struct qdev *d)
{
    if (!d)
        return;
    qdev_drop(d->obj);
    for (uint32_t i = 0; i < d->type->regions.count; i++)
        qdev_region_free(d, i);
    device_free(d->device);
    for (uint32_t i = 0; i < d->type->outputs.count; i++)
        g_free(d->outputs[i].lines);
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
