/* SPDX-License-Identifier: MIT */
/*
 * Makes devices on the bench, sets their properties, and resets and ends them.
 */
#include "bench/bench_int.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/str.h"
#include "base/units.h"

const struct device_decl *bench_type_need(struct ob_bench *b, const char *name)
{
    struct str_near near = { .name = name };

    for (guint n = 0; n < b->types->len; n++) {
        const struct device_decl *t = b->types->pdata[n];

        if (!strcmp(t->name, name))
            return t;
        str_near_offer(&near, t->name);
    }
    if (b->refused.code)
        err_set(&b->err, -ENOENT,
                "type %s: no module has it, as one was refused: %s", name,
                b->refused.text);
    else if (near.best)
        err_set(&b->err, -ENOENT,
                "type %s: no module has it; did you mean \"%s\"?", name,
                near.best);
    else
        err_set(&b->err, -ENOENT,
                "type %s: no module has it; announce its module first", name);
    return NULL;
}

static void tables_new(struct ob_bench_dev *dev)
{
    const struct device_decl *t = dev->type;

    dev->regions = g_new0(struct device_region *, t->regions.count);
    for (uint32_t n = 0; n < t->regions.count; n++)
        dev->regions[n] = device_region(dev->device, n);
    dev->irqs = g_new0(struct bench_level, t->irqs.count);
    dev->outputs = g_new0(struct bench_level *, t->outputs.count);
    for (uint32_t n = 0; n < t->outputs.count; n++) {
        const struct ob_gpio *g = &t->outputs.at[n];

        dev->outputs[n] = g_new0(struct bench_level, g->count);
    }
    dev->clocks = g_new0(uint64_t, t->clocks.count);
    dev->timers = g_new0(struct bench_timer, t->timers.count);
    for (uint32_t n = 0; n < t->timers.count; n++)
        dev->timers[n].deadline = UINT64_MAX;
    dev->chrs = g_new0(struct bench_chr, t->chardevs.count);
    for (uint32_t n = 0; n < t->chardevs.count; n++) {
        dev->chrs[n].waiting = g_byte_array_new();
        dev->chrs[n].sent = g_byte_array_new();
        g_byte_array_append(dev->chrs[n].sent, (const uint8_t *)"", 1);
    }
    dev->wires = g_array_new(FALSE, FALSE, sizeof(struct bench_wire));
    dev->pages = g_array_new(FALSE, FALSE, sizeof(struct bench_pages));
}

static struct ob_bench_dev *dev_find(struct ob_bench *b, const char *id)
{
    for (guint n = 0; n < b->devs->len; n++) {
        struct ob_bench_dev *dev = b->devs->pdata[n];

        if (!strcmp(dev->id, id))
            return dev;
    }
    return NULL;
}

struct ob_bench_dev *ob_bench_dev_new(struct ob_bench *b, const char *type,
                                      const char *id)
{
    const struct device_decl *t;
    struct ob_bench_dev *dev;

    err_clear(&b->err);
    t = bench_type_need(b, type);
    if (!t)
        return NULL;
    if (dev_find(b, id)) {
        err_set(&b->err, -EEXIST,
                "device %s: the name is taken; choose another", id);
        return NULL;
    }
    dev = g_new0(struct ob_bench_dev, 1);
    dev->bench = b;
    dev->type = t;
    dev->id = g_strdup(id);
    dev->device = device_new(t, id, &bench_port, dev);
    tables_new(dev);
    g_ptr_array_add(b->devs, dev);
    return dev;
}

/* From now on no link leads to `dev`. */
static void dev_forget(struct ob_bench_dev *dev)
{
    struct ob_bench *b = dev->bench;

    g_ptr_array_remove(b->devs, dev);
    for (guint n = 0; n < b->devs->len; n++) {
        struct ob_bench_dev *other = b->devs->pdata[n];

        for (guint w = other->wires->len; w-- > 0;)
            if (g_array_index(other->wires, struct bench_wire, w).to == dev)
                g_array_remove_index(other->wires, w);
    }
    for (guint n = 0; n < b->buses->len; n++)
        bench_bus_forget(b->buses->pdata[n], dev);
    for (guint n = 0; n < b->targets->len; n++) {
        struct bench_target *t = b->targets->pdata[n];

        if (t->dev == dev)
            t->dev = NULL;
    }
}

static void pages_free(GArray *pages)
{
    for (guint n = 0; n < pages->len; n++) {
        struct bench_pages *p = &g_array_index(pages, struct bench_pages, n);

        munmap(p->at, p->bytes);
    }
    g_array_free(pages, TRUE);
}

void ob_bench_dev_free(struct ob_bench_dev *dev)
{
    if (!dev)
        return;
    dev_forget(dev);
    device_free(dev->device);
    for (uint32_t n = 0; n < dev->type->outputs.count; n++)
        g_free(dev->outputs[n]);
    for (uint32_t n = 0; n < dev->type->chardevs.count; n++) {
        g_byte_array_free(dev->chrs[n].waiting, TRUE);
        g_byte_array_free(dev->chrs[n].sent, TRUE);
    }
    pages_free(dev->pages);
    g_array_free(dev->wires, TRUE);
    g_free(dev->regions);
    g_free(dev->irqs);
    g_free(dev->outputs);
    g_free(dev->clocks);
    g_free(dev->timers);
    g_free(dev->chrs);
    g_free(dev->id);
    g_free(dev);
}

static int dev_create(struct ob_bench_dev *dev)
{
    int ret;

    err_clear(&dev->bench->err);
    ret = device_create(dev->device, &dev->bench->err);
    if (!ret)
        device_reset(dev->device, OB_RESET_COLD);
    return ret;
}

int32_t ob_bench_create(struct ob_bench_dev *dev)
{
    return bench_result(dev_create(dev));
}

void ob_bench_reset(struct ob_bench_dev *dev)
{
    device_reset(dev->device, OB_RESET_COLD);
}

void ob_bench_reset_all(struct ob_bench *b)
{
    for (guint n = 0; n < b->devs->len; n++)
        ob_bench_reset(b->devs->pdata[n]);
}

/* --- properties ----------------------------------------------------------- */

static int prop_index(struct ob_bench_dev *dev, const char *name)
{
    struct str_near near = { .name = name };
    int n = device_decl_find(DECL_NAMES(dev->type->props), name);

    if (n >= 0)
        return n;
    for (uint32_t i = 0; i < dev->type->props.count; i++)
        str_near_offer(&near, dev->type->props.at[i].name);
    return err_set(&dev->bench->err, -ENOENT,
                   "%s %s: has no property \"%s\"; %s%s", dev->type->name,
                   dev->id, name,
                   near.best ? "did you mean " : "see the type's list",
                   near.best ? near.best : "");
}

static int link_set(struct ob_bench_dev *dev, const char *prop,
                    struct ob_bench_dev *to, struct ob_bench_bus *bus,
                    const char *label)
{
    struct bench_target *target;
    int n;

    err_clear(&dev->bench->err);
    n = prop_index(dev, prop);
    if (n < 0)
        return n;
    target = g_new0(struct bench_target, 1);
    target->dev = to;
    target->bus = bus;
    g_ptr_array_add(dev->bench->targets, target);
    return device_prop_link(dev->device, (uint32_t)n, target, label,
                            &dev->bench->err);
}

int32_t ob_bench_link(struct ob_bench_dev *dev, const char *prop,
                      struct ob_bench_dev *target)
{
    return bench_result(link_set(dev, prop, target, NULL, target->id));
}

int32_t ob_bench_link_bus(struct ob_bench_dev *dev, const char *prop,
                          struct ob_bench_bus *bus)
{
    return bench_result(link_set(dev, prop, NULL, bus, "bus"));
}

static int bool_parse(const char *text, uint64_t *ret)
{
    static const char *const yes[] = { "on", "true", "yes", "1", NULL };
    static const char *const no[] = { "off", "false", "no", "0", NULL };

    *ret = str_in(text, yes);
    return *ret || str_in(text, no) ? 0 : -EINVAL;
}

/* A number with an optional minus, as C converts it. */
static int int_parse(const char *text, uint64_t *ret)
{
    bool minus = *text == '-';
    int status = units_u64(text + minus, ret);

    if (status)
        return status;
    if (*ret > (uint64_t)INT64_MAX + minus)
        return -ERANGE;
    if (minus)
        *ret = 0 - *ret;
    return 0;
}

static int number_set(struct ob_bench_dev *dev, uint32_t n,
                      const struct ob_prop *p, const char *text)
{
    const char *fix = "use a number";
    uint64_t value = 0;
    int ret;

    if (p->type == OB_PROP_BOOL) {
        fix = "use on or off";
        ret = bool_parse(text, &value);
    } else if (p->type == OB_PROP_SIZE) {
        fix = "use a size such as \"4 MiB\"";
        ret = units_bytes(text, &value);
    } else if (p->type == OB_PROP_INT) {
        ret = int_parse(text, &value);
    } else {
        ret = units_u64(text, &value);
    }
    if (ret)
        return err_set(&dev->bench->err, ret,
                       "%s %s: property %s: cannot take \"%s\"; %s",
                       dev->type->name, dev->id, p->name, text, fix);
    return device_prop_set(dev->device, n, value, &dev->bench->err);
}

static int prop_set(struct ob_bench_dev *dev, const char *prop,
                    const char *value)
{
    struct ob_bench_dev *to;
    const struct ob_prop *p;
    int n;

    err_clear(&dev->bench->err);
    n = prop_index(dev, prop);
    if (n < 0)
        return n;
    p = &dev->type->props.at[(uint32_t)n];
    switch (p->type) {
    case OB_PROP_STRING:
    case OB_PROP_ENUM:
        return device_prop_text(dev->device, (uint32_t)n, value,
                                &dev->bench->err);
    case OB_PROP_LINK:
        to = dev_find(dev->bench, value);
        if (!to)
            return err_set(&dev->bench->err, -ENOENT,
                           "%s %s: property %s: no device is named \"%s\"; "
                           "make it first",
                           dev->type->name, dev->id, prop, value);
        return link_set(dev, prop, to, NULL, to->id);
    default: return number_set(dev, (uint32_t)n, p, value);
    }
}

int32_t ob_bench_set(struct ob_bench_dev *dev, const char *prop,
                     const char *value)
{
    return bench_result(prop_set(dev, prop, value));
}

int bench_props_set(struct ob_bench_dev *dev, const char *props)
{
    gchar **items = g_strsplit(props ? props : "", ",", -1);
    int ret = 0;

    for (gchar **item = items; *item && !ret; item++) {
        char *eq = strchr(*item, '=');

        if (!eq) {
            ret = err_set(&dev->bench->err, -EINVAL,
                          "%s %s: \"%s\" is not a property; use "
                          "name=value,name=value",
                          dev->type->name, dev->id, *item);
            break;
        }
        *eq = 0;
        ret = ob_bench_set(dev, *item, eq + 1);
    }
    g_strfreev(items);
    return ret;
}

struct ob_bench_dev *ob_bench_make(struct ob_bench *b, const char *type,
                                   const char *id, const char *props)
{
    struct ob_bench_dev *dev = ob_bench_dev_new(b, type, id);

    if (dev && (bench_props_set(dev, props) || ob_bench_create(dev))) {
        ob_bench_dev_free(dev);
        return NULL;
    }
    return dev;
}

uint32_t ob_bench_index(const struct ob_bench_dev *dev, uint32_t list,
                        const char *name)
{
    const struct device_decl *t = dev->type;

#define INDEX(member) (uint32_t)device_decl_find(DECL_NAMES(t->member), name)
    switch (list) {
    case OB_BENCH_REGIONS: return INDEX(regions);
    case OB_BENCH_IRQS: return INDEX(irqs);
    case OB_BENCH_INPUTS: return INDEX(inputs);
    case OB_BENCH_OUTPUTS: return INDEX(outputs);
    case OB_BENCH_CLOCKS: return INDEX(clocks);
    case OB_BENCH_TIMERS: return INDEX(timers);
    case OB_BENCH_CHARDEVS: return INDEX(chardevs);
    default: return UINT32_MAX;
    }
#undef INDEX
}
