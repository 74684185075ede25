/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connects lines between devices. A device's inputs are its QOM children
 * NAME[N]. Its outputs are links of the same form that point to an input of
 * another device.
 */
#include "bridge/devices/lines.h"

#include <errno.h>
#include <glib.h>

#include "bridge/devices/qdev.h"
#include "bridge/qemu/symbols.h"

#define SYSBUS_IRQ "sysbus-irq"

/*
 * QEMU's output holds one line only. Where a board connects several inputs to
 * an output, the output holds this fan, which repeats each level to all of
 * them.
 */
struct fan {
    qemu_irq own;               /* the line that the output holds */
    qemu_irq *lines;
    uint32_t count;
};

static char *pin_path(const char *name, uint32_t n, bool input)
{
    if (!name)
        name = input ? "unnamed-gpio-in" : "unnamed-gpio-out";
    return g_strdup_printf("%s[%u]", name, n);
}

static bool pin_exists(struct Object *dev, const char *name, uint32_t n,
                       bool input)
{
    char *path = pin_path(name, n, input);
    bool found = q.object_property_find(dev, path);

    g_free(path);
    return found;
}

uint32_t lines_count(struct Object *dev, const char *name, bool inputs)
{
    uint32_t n = 0;

    while (pin_exists(dev, name, n, inputs))
        n++;
    return n;
}

/*
 * Refuse a group that the device does not have. For a model, name its groups.
 */
static int no_such_group(struct Object *dev, const char *label,
                         const char *name, uint32_t n, bool input,
                         const char *what, struct ob_err *err)
{
    const struct qdev *d = qdev_of(dev);
    char *names = !d      ? g_strdup("it has none of that name")
                  : input ? qdev_names(DECL_NAMES(d->type->inputs))
                          : qdev_names(DECL_NAMES(d->type->outputs));

    err_set(err, -ENOENT, "\"%s\" (%s) has no %s %s%s%u; %s", label,
            q.object_get_typename(dev), what, name ? name : "",
            name ? "." : "", n, names);
    g_free(names);
    return -ENOENT;
}

/* Refuse a number past the last line: "part has no input 97; use 0 to 95". */
static int no_such_pin(struct Object *dev, const char *label, const char *name,
                       uint32_t n, bool input, const char *what,
                       struct ob_err *err)
{
    uint32_t count = lines_count(dev, name, input);
    const char *sep = name ? "." : "";
    const char *group = name ? name : "";

    if (count == 0)
        return no_such_group(dev, label, name, n, input, what, err);
    return err_set(err, -ENOENT, "\"%s\" (%s) has no %s %s%s%u; use %u to %u",
                   label, q.object_get_typename(dev), what, group, sep, n, 0u,
                   count - 1);
}

/* The child `name` of a part that holds other parts, or NULL. */
static struct Object *part_inside(struct Object *dev, const char *name)
{
    struct Object *child = NULL;

    if (name && q.object_property_find(dev, name))
        child = q.object_resolve_path_component(dev, name);
    return child && q.object_dynamic_cast(child, "device") ? child : NULL;
}

int lines_input(struct Object *dev, const char *label, const char *name,
                uint32_t n, qemu_irq *ret, struct ob_err *err)
{
    struct Object *inside = part_inside(dev, name);
    struct Object *line = NULL;
    char *path;

    if (inside) {
        dev = inside;
        name = NULL;
    }
    path = pin_path(name, n, true);

    if (q.object_property_find(dev, path))
        line = q.object_resolve_path_component(dev, path);
    g_free(path);
    if (!line || !q.object_dynamic_cast(line, "irq"))
        return no_such_pin(dev, label, name, n, true, "input", err);
    *ret = (qemu_irq)line;
    return 0;
}

static void fan_set(void *opaque, int n, int level)
{
    struct fan *fan = opaque;

    (void)n;
    for (uint32_t i = 0; i < fan->count; i++)
        q.qemu_set_irq(fan->lines[i], level);
}

static void fan_add(struct fan *fan, qemu_irq line)
{
    fan->lines = g_renew(qemu_irq, fan->lines, fan->count + 1);
    fan->lines[fan->count++] = line;
}

/*
 * The fan that an output holds already. Creates one if the output holds a line.
 */
static struct fan *fan_of(struct Object *held)
{
    static GHashTable *fans;
    struct fan *fan;

    if (!fans)
        fans = g_hash_table_new(NULL, NULL);
    fan = g_hash_table_lookup(fans, held);
    if (!fan) {
        fan = g_new0(struct fan, 1);
        fan_add(fan, (qemu_irq)held);
        fan->own = q.qemu_allocate_irq(fan_set, fan, 0);
        g_hash_table_insert(fans, fan->own, fan);
    }
    return fan;
}

/*
 * Output `name`[n] exists: connect it to `line` in addition to its other lines.
 */
static void connect(struct Object *dev, const char *name, uint32_t n,
                    qemu_irq line)
{
    char *path = pin_path(name, n, false);
    struct Object *held = q.object_resolve_path_component(dev, path);

    g_free(path);
    if (held) {
        struct fan *fan = fan_of(held);

        fan_add(fan, line);
        line = fan->own;
    }
    q.qdev_connect_gpio_out_named((struct DeviceState *)dev, name, (int)n,
                                  line);
}

int lines_connect_gpio(struct Object *dev, const char *label, const char *name,
                       uint32_t n, qemu_irq line, struct ob_err *err)
{
    if (!pin_exists(dev, name, n, false))
        return no_such_pin(dev, label, name, n, false, "output", err);
    connect(dev, name, n, line);
    return 0;
}

static int irq_by_name(struct Object *dev, const char *label, const char *name,
                       uint32_t *ret, struct ob_err *err)
{
    const struct qdev *d = qdev_of(dev);
    int n = d ? device_decl_find(DECL_NAMES(d->type->irqs), name) : -1;
    char *names;

    if (n >= 0) {
        *ret = (uint32_t)n;
        return 0;
    }
    names = d ? qdev_names(DECL_NAMES(d->type->irqs)) : g_strdup("number it");
    err_set(err, -ENOENT, "\"%s\" (%s) has no interrupt output \"%s\"; %s",
            label, q.object_get_typename(dev), name, names);
    g_free(names);
    return -ENOENT;
}

int lines_connect_irq(struct Object *dev, const char *label, const char *name,
                      uint32_t n, qemu_irq line, struct ob_err *err)
{
    if (name && irq_by_name(dev, label, name, &n, err) < 0)
        return -ENOENT;
    if (!pin_exists(dev, SYSBUS_IRQ, n, false)) {
        uint32_t count = lines_count(dev, SYSBUS_IRQ, false);

        if (count == 0)
            return err_set(err, -ENOENT,
                           "\"%s\" (%s) has no interrupt outputs; leave "
                           "\"irq\" out",
                           label, q.object_get_typename(dev));
        return err_set(err, -ENOENT,
                       "\"%s\" (%s) has no interrupt output %u; use 0 to %u",
                       label, q.object_get_typename(dev), n, count - 1);
    }
    connect(dev, SYSBUS_IRQ, n, line);
    return 0;
}
