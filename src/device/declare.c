/* SPDX-License-Identifier: MIT */
/*
 * The gate: makes declarations of descriptors. Only this file knows that lists
 * of a descriptor have a stride, which minor of the ABI added a member, and
 * which zeros stand for a default.
 */
#include "device/decl_int.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* What ABI 1.0 had of a region: an older module's items end there. */
enum { REGION_BYTES_1_0 = offsetof(struct ob_region, direct_at) };

static uint64_t made;

struct device_decl *device_decl_empty(struct arena *arena)
{
    struct device_decl *decl = arena_zeros(arena, 1, sizeof(*decl));

    decl->arena = arena;
    return decl;
}

void device_decl_free(struct device_decl *decl)
{
    if (decl)
        arena_free(decl->arena);
}

uint64_t device_decl_made(void)
{
    return made;
}

/* --- copying lists -------------------------------------------------------- */

/* The descriptor that is being copied. */
struct copy {
    struct device_decl *decl;
    struct ob_err *err;
};

/* A list's shape: its items exist, are few enough, and are of 1.0's size. */
static int shape_check(struct copy *c, const char *what,
                       const struct ob_array *list, uint32_t least)
{
    if (!list->items)
        return decl_refuse(c->decl, c->err,
                           "%s: %u items at NULL; use OB_ARRAY()", what,
                           list->count);
    if (list->count > DEVICE_ITEMS_MAX)
        return decl_refuse(c->decl, c->err,
                           "%s: %u items are more than %u; declare fewer",
                           what, list->count, DEVICE_ITEMS_MAX);
    if (list->stride < least || list->stride % sizeof(void *))
        return decl_refuse(c->decl, c->err,
                           "%s: items of %u bytes, %u or more and a multiple "
                           "of %zu expected; use OB_ARRAY()",
                           what, list->stride, least, sizeof(void *));
    return 0;
}

/*
 * A copy of `list`, whose items have `least` bytes in ABI 1.0 and `bytes` in
 * this build's. Members that the module's ABI did not have are 0.
 */
static int items_copy(struct copy *c, const char *what,
                      const struct ob_array *list, uint32_t least,
                      uint32_t bytes, const void **ret_at, uint32_t *ret_count)
{
    char *to = arena_zeros(c->decl->arena, 1, 1);
    int ret = 0;

    *ret_count = 0;
    if (list->count)
        ret = shape_check(c, what, list, least);
    if (!ret && list->count) {
        *ret_count = list->count;
        to = arena_zeros(c->decl->arena, list->count, bytes);
        for (uint32_t n = 0; n < list->count; n++)
            memcpy(to + (size_t)n * bytes,
                   (const char *)list->items + (size_t)n * list->stride,
                   list->stride < bytes ? least : bytes);
    }
    *ret_at = to;
    return ret;
}

/* The same for a list whose items have not grown since 1.0. */
#define LIST_COPY(c, what, from, to)                                          \
    items_copy(c, what, from, sizeof(*(to)->at), sizeof(*(to)->at),           \
               (const void **)(void *)&(to)->at, &(to)->count)

static int region_copy(struct copy *c, const struct ob_region *from,
                       struct decl_region *to)
{
    *to = (struct decl_region){
        .name = from->name, .bytes = from->bytes, .flags = from->flags,
        .access_min = from->access_min, .access_max = from->access_max,
        .impl_min = from->impl_min, .impl_max = from->impl_max,
        .read = from->read, .write = from->write,
        .direct_at = from->direct_at, .direct_bytes = from->direct_bytes,
    };
    return LIST_COPY(c, "register", &from->regs, &to->regs);
}

/* Fields have neither a stride nor a size of their own. */
static void fields_copy(struct arena *arena, struct decl_region *r)
{
    struct ob_reg *g = (struct ob_reg *)r->regs.at;

    for (uint32_t n = 0; n < r->regs.count; n++, g++) {
        size_t bytes = g->n_fields * sizeof(*g->fields);

        /* check.c refuses what is left out here. */
        if (g->fields && g->n_fields && g->n_fields <= DEVICE_FIELDS_MAX)
            g->fields = memcpy(arena_alloc(arena, bytes), g->fields, bytes);
    }
}

static int regions_copy(struct copy *c, const struct ob_array *list)
{
    const struct ob_region *from;
    struct decl_region *to;
    uint32_t count;
    int ret = items_copy(c, "region", list, REGION_BYTES_1_0, sizeof(*from),
                         (const void **)(void *)&from, &count);

    to = arena_zeros(c->decl->arena, count + 1, sizeof(*to));
    for (uint32_t n = 0; n < count && !ret; n++)
        ret = region_copy(c, &from[n], &to[n]);
    for (uint32_t n = 0; n < count && !ret; n++)
        fields_copy(c->decl->arena, &to[n]);
    c->decl->regions.at = to;
    c->decl->regions.count = count;
    return ret;
}

static int lists_copy(struct copy *c, const struct ob_device_type *t)
{
    struct device_decl *d = c->decl;
    int ret = LIST_COPY(c, "property", &t->props, &d->props);

    if (!ret)
        ret = regions_copy(c, &t->regions);
    if (!ret)
        ret = LIST_COPY(c, "irq", &t->irqs, &d->irqs);
    if (!ret)
        ret = LIST_COPY(c, "input", &t->inputs, &d->inputs);
    if (!ret)
        ret = LIST_COPY(c, "output", &t->outputs, &d->outputs);
    if (!ret)
        ret = LIST_COPY(c, "clock", &t->clocks, &d->clocks);
    if (!ret)
        ret = LIST_COPY(c, "timer", &t->timers, &d->timers);
    if (!ret)
        ret = LIST_COPY(c, "chardev", &t->chardevs, &d->chardevs);
    return ret ? ret : LIST_COPY(c, "saved", &t->saved, &d->saved);
}

/* --- zeros that stand for a default --------------------------------------- */

static void prop_fill(struct ob_prop *p)
{
    size_t choices = p->type == OB_PROP_ENUM ? str_count(p->choices) : 0;

    if (p->min || p->max)
        return;
    p->max = UINT64_MAX;
    if (p->type == OB_PROP_BOOL)
        p->max = 1;
    else if (choices)
        p->max = choices - 1;
    else if (p->type == OB_PROP_UINT && decl_size_known(p->bytes))
        p->max = device_mask(p->bytes);
}

static void region_fill(struct decl_region *r)
{
    struct ob_reg *g = (struct ob_reg *)r->regs.at;

    r->access_min = r->access_min ? r->access_min : 1;
    r->access_max = r->access_max ? r->access_max : 4;
    r->impl_min = r->impl_min ? r->impl_min : r->access_min;
    r->impl_max = r->impl_max ? r->impl_max : r->access_max;
    for (uint32_t n = 0; n < r->regs.count; n++, g++) {
        g->count = g->count ? g->count : 1;
        g->step = g->step ? g->step : g->bytes;
    }
}

/* The lists are still the gate's own to write. */
static void zeros_fill(struct device_decl *decl)
{
    for (uint32_t n = 0; n < decl->props.count; n++)
        prop_fill((struct ob_prop *)&decl->props.at[n]);
    for (uint32_t n = 0; n < decl->regions.count; n++)
        region_fill((struct decl_region *)&decl->regions.at[n]);
}

/* --- the gate ------------------------------------------------------------- */

static int head_check(const struct ob_device_type *t, struct ob_err *err)
{
    const char *flaw;

    if (!t)
        return err_set(err, -EINVAL,
                       "type: is NULL; list the module's types in `devices`");
    if (t->size < sizeof(*t))
        return err_set(err, -EINVAL,
                       "type: its struct has %u bytes, at least %zu expected; "
                       "set .size = sizeof(struct ob_device_type)",
                       t->size, sizeof(*t));
    flaw = decl_name_flaw(t->name);
    if (flaw)
        return err_set(err, -EINVAL, "type: its name %s; give it one", flaw);
    if (t->flags)
        return err_set(err, -EINVAL, "type %s: flags 0x%x are unknown; use 0",
                       t->name, t->flags);
    return 0;
}

static int decl_fill(struct device_decl *decl, const struct ob_device_type *t,
                     struct ob_err *err)
{
    struct copy c = { decl, err };
    int ret;

    decl->name = t->name;
    decl->desc = t->desc;
    decl->state_bytes = t->state_bytes;
    decl->state_version = t->state_version;
    decl->state_oldest = t->state_oldest;
    decl->create = t->create;
    decl->destroy = t->destroy;
    decl->reset = t->reset;
    decl->restored = t->restored;
    ret = lists_copy(&c, t);
    if (ret)
        return ret;
    zeros_fill(decl);
    ret = decl_check(decl, true, err);
    if (ret)
        return ret;
    decl_pages_find(decl);
    return decl_pages_check(decl, err);
}

int device_decl_new(const struct ob_device_type *type,
                    const struct model_ops *model, struct device_decl **ret,
                    struct ob_err *err)
{
    struct device_decl *decl;
    int status = head_check(type, err);

    if (status)
        return status;
    made++;
    decl = device_decl_empty(arena_new(0));
    decl->model = model;
    status = decl_fill(decl, type, err);
    if (status) {
        device_decl_free(decl);
        return status;
    }
    *ret = decl;
    return 0;
}

int device_decl_finish(struct device_decl *decl, struct ob_err *err)
{
    const char *flaw = decl_name_flaw(decl->name);
    int ret;

    if (flaw)
        return err_set(err, -EINVAL, "type: its name %s; give it one", flaw);
    made++;
    zeros_fill(decl);
    ret = decl_check(decl, false, err);
    if (!ret)
        ret = decl_pages_take(decl, err);
    return ret;
}
