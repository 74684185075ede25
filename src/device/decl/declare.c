/* SPDX-License-Identifier: MIT */
/*
 * The gate: makes declarations of descriptors. Only this file knows that lists
 * of a descriptor have a stride, that an item may stand for several equal ones,
 * and which zeros stand for a default.
 */
#include "device/decl/decl_int.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "device/decl/ext.h"

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

/*
 * A list's shape: its items exist, are few enough, and have all members. While
 * the ABI's major is 0, module and host have the same minor and so the same
 * structs (docs/decisions/0017-the-abi-until-1-0.md).
 */
static int shape_check(struct copy *c, const char *what,
                       const struct ob_array *list, size_t bytes)
{
    if (!list->items)
        return decl_refuse(c->decl, c->err,
                           "%s: %u items at NULL; use OB_ARRAY()", what,
                           list->count);
    if (list->count > DEVICE_ITEMS_MAX)
        return decl_refuse(c->decl, c->err,
                           "%s: %u items are more than %u; declare fewer",
                           what, list->count, DEVICE_ITEMS_MAX);
    if (list->stride < bytes || list->stride % sizeof(void *))
        return decl_refuse(c->decl, c->err,
                           "%s: items of %u bytes, %zu or more and a multiple "
                           "of %zu expected; use OB_ARRAY()",
                           what, list->stride, bytes, sizeof(void *));
    return 0;
}

/* A copy of `list`, whose items have `bytes` bytes in this build. */
static int items_copy(struct copy *c, const char *what,
                      const struct ob_array *list, size_t bytes,
                      const void **ret_at, uint32_t *ret_count)
{
    char *to = arena_zeros(c->decl->arena, 1, 1);
    int ret = 0;

    *ret_count = 0;
    if (list->count)
        ret = shape_check(c, what, list, bytes);
    if (!ret && list->count) {
        *ret_count = list->count;
        to = arena_zeros(c->decl->arena, list->count, bytes);
        for (uint32_t n = 0; n < list->count; n++)
            memcpy(to + n * bytes, list_item(list, n), bytes);
    }
    *ret_at = to;
    return ret;
}

/* `to` is a DECL_LIST of the descriptor's own structs. */
#define LIST_COPY(c, what, from, to)                                          \
    items_copy(c, what, from, sizeof(*(to)->at),                              \
               (const void **)(void *)&(to)->at, &(to)->count)

/* --- registers ------------------------------------------------------------ */

/* `state` is an offset + 1, so that 0 can mean "no storage". */
static int reg_copy(struct copy *c, const struct ob_reg *from,
                    struct decl_reg *to)
{
    bool fits = from->bytes <= UINT8_MAX && from->access <= UINT8_MAX;

    *to = (struct decl_reg){
        .name = from->name, .offset = from->offset,
        /* check.c refuses a width or an access that does not fit. */
        .bytes = fits ? (uint8_t)from->bytes : 0,
        .access = fits ? (uint8_t)from->access : UINT8_MAX,
        .flags = from->flags, .hints = from->hints & OB_REG_DIRECT,
        .count = from->count ? from->count : 1,
        .step = from->step ? from->step : from->bytes,
        .stored = from->state, .state = from->state ? from->state - 1 : 0,
        .state_step = from->state_step ? from->state_step : from->bytes,
        .state_bytes = from->state_bytes, .tag = from->tag,
        .reset = from->reset,
        .on_read = from->on_read, .on_write = from->on_write,
    };
    return LIST_COPY(c, "register field", &from->fields, &to->fields);
}

static int region_copy(struct copy *c, const struct ob_region *from,
                       struct decl_region *to)
{
    const struct ob_reg *regs;
    struct decl_reg *copies;
    uint32_t count;
    int ret;

    *to = (struct decl_region){
        .name = from->name, .bytes = from->bytes, .flags = from->flags,
        .access_min = from->access_min, .access_max = from->access_max,
        .impl_min = from->impl_min, .impl_max = from->impl_max,
        .on_read = from->on_read, .on_write = from->on_write,
        .direct_at = from->direct_at, .direct_bytes = from->direct_bytes,
    };
    ret = items_copy(c, "register", &from->regs, sizeof(*regs),
                     (const void **)(void *)&regs, &count);
    copies = arena_zeros(c->decl->arena, count + 1, sizeof(*copies));
    for (uint32_t n = 0; n < count && !ret; n++)
        ret = reg_copy(c, &regs[n], &copies[n]);
    to->regs.at = copies;
    to->regs.count = count;
    return ret;
}

static int regions_copy(struct copy *c, const struct ob_array *list)
{
    const struct ob_region *from;
    struct decl_region *to;
    uint32_t count;
    int ret = items_copy(c, "region", list, sizeof(*from),
                         (const void **)(void *)&from, &count);

    to = arena_zeros(c->decl->arena, count + 1, sizeof(*to));
    for (uint32_t n = 0; n < count && !ret; n++)
        ret = region_copy(c, &from[n], &to[n]);
    c->decl->regions.at = to;
    c->decl->regions.count = count;
    return ret;
}

/* --- groups of lines, clocks, timers and backends ------------------------ */

/* One of a group: what the model knows it by, and the name hosts show. */
struct place {
    const char *name;
    uint32_t item, n;
};

/* A kind of list whose items stand for `count` equal ones each. */
struct group_kind {
    const char *what;
    size_t from_bytes, to_bytes;    /* of an item; of one of its own */
    size_t count_at, reserved_at;   /* in an item; 0: nothing is reserved */
    void (*fill)(void *to, const void *from, const struct place *place);
};

static void irq_fill(void *to, const void *from, const struct place *place)
{
    struct decl_irq *irq = to;

    (void)from;
    *irq = (struct decl_irq){ place->name, place->item, place->n };
}

static void clock_fill(void *to, const void *from, const struct place *place)
{
    const struct ob_clock *clock = from;

    *(struct decl_clock *)to = (struct decl_clock){
        place->name, place->item, place->n, clock->direction, clock->changed,
    };
}

static void timer_fill(void *to, const void *from, const struct place *place)
{
    const struct ob_timer *timer = from;

    *(struct decl_timer *)to = (struct decl_timer){
        place->name, place->item, place->n, timer->expired,
    };
}

static void chardev_fill(void *to, const void *from, const struct place *place)
{
    const struct ob_chardev *chr = from;

    *(struct decl_chardev *)to = (struct decl_chardev){
        place->name, place->item, place->n, chr->room, chr->receive,
        chr->event,
    };
}

static const struct group_kind irq_kind = {
    "irq", sizeof(struct ob_irq), sizeof(struct decl_irq),
    offsetof(struct ob_irq, count), offsetof(struct ob_irq, reserved),
    irq_fill,
};
static const struct group_kind clock_kind = {
    "clock", sizeof(struct ob_clock), sizeof(struct decl_clock),
    offsetof(struct ob_clock, count), 0, clock_fill,
};
static const struct group_kind timer_kind = {
    "timer", sizeof(struct ob_timer), sizeof(struct decl_timer),
    offsetof(struct ob_timer, count), offsetof(struct ob_timer, reserved),
    timer_fill,
};
static const struct group_kind chardev_kind = {
    "chardev", sizeof(struct ob_chardev), sizeof(struct decl_chardev),
    offsetof(struct ob_chardev, count), offsetof(struct ob_chardev, reserved),
    chardev_fill,
};

static uint32_t number_at(const void *item, size_t at)
{
    uint32_t number;

    memcpy(&number, (const char *)item + at, sizeof(number));
    return number;
}

static uint32_t group_count(const struct group_kind *kind, const void *item)
{
    uint32_t count = number_at(item, kind->count_at);

    return count ? count : 1;
}

static const char *item_name(const void *item)
{
    const char *name;

    memcpy(&name, item, sizeof(name));
    return name;
}

/* How many there are in all groups, each with a name that check.c accepts. */
static int groups_measure(struct copy *c, const struct group_kind *kind,
                          const struct ob_array *list, uint32_t *ret_all)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const void *item = list_item(list, i);
        const char *flaw = decl_name_flaw(item_name(item));

        all += group_count(kind, item);
        if (flaw)
            return decl_refuse(c->decl, c->err,
                               "%s %u: its name %s; give it one", kind->what,
                               i, flaw);
        if (kind->reserved_at && number_at(item, kind->reserved_at))
            return decl_refuse(c->decl, c->err,
                               "%s %s: reserved is set; leave it 0",
                               kind->what, item_name(item));
        if (all > DEVICE_ITEMS_MAX)
            return decl_refuse(c->decl, c->err,
                               "%s %s: they come to %" PRIu64 ", more than "
                               "%u; declare fewer",
                               kind->what, item_name(item), all,
                               DEVICE_ITEMS_MAX);
    }
    *ret_all = (uint32_t)all;
    return 0;
}

/* One of several is called by its number: "alarm2". */
static const char *place_name(struct copy *c, const char *name, uint32_t n,
                              uint32_t count)
{
    char text[160];

    if (count == 1)
        return name;
    g_snprintf(text, sizeof(text), "%s%u", name, n);
    return arena_text(c->decl->arena, text, strlen(text));
}

static void group_expand(struct copy *c, const struct group_kind *kind,
                         const void *item, uint32_t index, char *to)
{
    uint32_t count = group_count(kind, item);

    for (uint32_t n = 0; n < count; n++, to += kind->to_bytes) {
        struct place place = {
            place_name(c, item_name(item), n, count), index, n,
        };

        kind->fill(to, item, &place);
    }
}

static int groups_expand(struct copy *c, const struct group_kind *kind,
                         const struct ob_array *list,
                         struct decl_groups *groups, const void **ret_at,
                         uint32_t *ret_count)
{
    uint32_t *first = arena_zeros(c->decl->arena, (size_t)list->count + 1,
                                  sizeof(*first));
    uint32_t all = 0;
    char *to;
    int ret = list->count ? shape_check(c, kind->what, list, kind->from_bytes)
                          : 0;

    if (!ret)
        ret = groups_measure(c, kind, list, &all);
    to = arena_zeros(c->decl->arena, all + 1, kind->to_bytes);
    *ret_at = to;
    *ret_count = all;
    *groups = (struct decl_groups){ first, ret ? 0 : list->count };
    for (uint32_t i = 0; i < groups->count; i++) {
        const void *item = list_item(list, i);

        group_expand(c, kind, item, i, to + first[i] * kind->to_bytes);
        first[i + 1] = first[i] + group_count(kind, item);
    }
    return ret;
}

/* --- extensions ----------------------------------------------------------- */

/*
 * A host that lacks a needed extension refuses the type. This is the same for a
 * module and for another process.
 */
static int ext_wanted(const struct device_decl *decl, const char *id,
                      uint32_t flags, const struct ext_kind **ret_kind,
                      struct ob_err *err)
{
    const char *flaw = ext_id_flaw(id);

    if (flaw)
        return decl_refuse(decl, err, "extension: its id %s; use ob.NAME/N",
                           flaw);
    if (flags & ~OB_EXT_NEEDED)
        return decl_refuse(decl, err,
                           "extension %s: flags 0x%x are unknown; use "
                           "OB_EXT_NEEDED or 0",
                           id, flags);
    *ret_kind = ext_kind_find(id);
    if (*ret_kind && ext_find(decl, *ret_kind) >= 0)
        return decl_refuse(decl, err, "extension %s: is there twice; drop one",
                           id);
    if (!*ret_kind && flags & OB_EXT_NEEDED)
        return decl_refuse(decl, err,
                           "extension %s: is needed, and this Outboard does "
                           "not have it; install one that has it",
                           id);
    return 0;
}

static int ext_copy(struct copy *c, const struct ob_extension *from,
                    const struct ext_kind *kind, struct decl_ext *to)
{
    uint32_t size;
    void *data;

    if (!from->data || from->reserved)
        return decl_refuse(c->decl, c->err,
                           "extension %s: has no struct, or reserved is set; "
                           "use OB_EXT()",
                           from->id);
    memcpy(&size, from->data, sizeof(size));
    if (size < kind->bytes)
        return decl_refuse(c->decl, c->err,
                           "extension %s: its struct has %u bytes, at least "
                           "%zu expected; set .size = sizeof(it)",
                           from->id, size, kind->bytes);
    data = arena_zeros(c->decl->arena, 1, kind->bytes);
    memcpy(data, from->data, kind->bytes);
    *to = (struct decl_ext){ kind, from->flags, data };
    return 0;
}

/* Wishes that this host does not know are left out. */
static int exts_copy(struct copy *c, const struct ob_array *list)
{
    struct device_decl *d = c->decl;
    const struct ob_extension *from;
    const struct ext_kind *kind;
    struct decl_ext *to;
    uint32_t count;
    int ret = items_copy(c, "extension", list, sizeof(*from),
                         (const void **)(void *)&from, &count);

    to = arena_zeros(d->arena, count + 1, sizeof(*to));
    d->exts.at = to;
    for (uint32_t n = 0; n < count && !ret; n++) {
        ret = ext_wanted(d, from[n].id, from[n].flags, &kind, c->err);
        if (!ret && kind)
            ret = ext_copy(c, &from[n], kind, &to[d->exts.count]);
        if (!ret && kind)
            d->exts.count++;
    }
    return ret;
}

int device_decl_ext(struct device_decl *decl, const char *id, uint32_t flags,
                    const void *values, size_t bytes, struct ob_err *err)
{
    const struct ext_kind *kind;
    struct decl_ext *to = (struct decl_ext *)&decl->exts.at[decl->exts.count];
    uint32_t size;
    char *data;
    int ret = ext_wanted(decl, id, flags, &kind, err);

    if (ret || !kind)
        return ret;
    data = arena_zeros(decl->arena, 1, kind->bytes);
    memcpy(data, values, MIN(bytes, kind->values));
    size = (uint32_t)kind->bytes;
    memcpy(data, &size, sizeof(size));
    *to = (struct decl_ext){ kind, flags, data };
    decl->exts.count++;
    return 0;
}

static int exts_check(const struct device_decl *decl, struct ob_err *err)
{
    int ret = 0;

    for (uint32_t n = 0; n < decl->exts.count && !ret; n++) {
        const struct decl_ext *e = &decl->exts.at[n];

        if (e->kind->check)
            ret = e->kind->check(decl, e->data, err);
    }
    return ret;
}

#define GROUPS_COPY(c, kind, from, to, groups)                                \
    groups_expand(c, kind, from, groups, (const void **)(void *)&(to)->at,    \
                  &(to)->count)

static int lists_copy(struct copy *c, const struct ob_device_type *t)
{
    struct device_decl *d = c->decl;
    int ret = LIST_COPY(c, "property", &t->props, &d->props);

    if (!ret)
        ret = regions_copy(c, &t->regions);
    if (!ret)
        ret = GROUPS_COPY(c, &irq_kind, &t->irqs, &d->irqs, &d->irq_groups);
    if (!ret)
        ret = LIST_COPY(c, "input", &t->inputs, &d->inputs);
    if (!ret)
        ret = LIST_COPY(c, "output", &t->outputs, &d->outputs);
    if (!ret)
        ret = GROUPS_COPY(c, &clock_kind, &t->clocks, &d->clocks,
                          &d->clock_groups);
    if (!ret)
        ret = GROUPS_COPY(c, &timer_kind, &t->timers, &d->timers,
                          &d->timer_groups);
    if (!ret)
        ret = GROUPS_COPY(c, &chardev_kind, &t->chardevs, &d->chardevs,
                          &d->chardev_groups);
    if (!ret)
        ret = LIST_COPY(c, "saved", &t->saved, &d->saved);
    return ret ? ret : exts_copy(c, &t->extensions);
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
    else if (p->type == OB_PROP_INT && decl_size_known(p->bytes))
        p->min = ~(p->max = device_mask(p->bytes) >> 1);
}

static void region_fill(struct decl_region *r)
{
    r->access_min = r->access_min ? r->access_min : 1;
    r->access_max = r->access_max ? r->access_max : 4;
    r->impl_min = r->impl_min ? r->impl_min : r->access_min;
    r->impl_max = r->impl_max ? r->impl_max : r->access_max;
}

static void gpios_fill(struct decl_gpios *gpios)
{
    struct ob_gpio *g = (struct ob_gpio *)gpios->at;

    for (uint32_t n = 0; n < gpios->count; n++)
        g[n].count = g[n].count ? g[n].count : 1;
}

static void saved_fill(struct ob_saved *s)
{
    s->step = s->step ? s->step : s->bytes;
}

/* The lists are still the gate's own to write. */
static void zeros_fill(struct device_decl *decl)
{
    decl->state_version = decl->state_version ? decl->state_version : 1;
    decl->state_oldest = decl->state_oldest ? decl->state_oldest : 1;
    for (uint32_t n = 0; n < decl->props.count; n++)
        prop_fill((struct ob_prop *)&decl->props.at[n]);
    for (uint32_t n = 0; n < decl->regions.count; n++)
        region_fill((struct decl_region *)&decl->regions.at[n]);
    gpios_fill(&decl->inputs);
    gpios_fill(&decl->outputs);
    for (uint32_t n = 0; n < decl->saved.count; n++)
        saved_fill((struct ob_saved *)&decl->saved.at[n]);
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
    if (t->reserved)
        return err_set(err, -EINVAL, "type %s: reserved is set; leave it 0",
                       t->name);
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
    if (!ret)
        ret = exts_check(decl, err);
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

/*
 * Another process has described each line with the item that it belongs to:
 * items come in order, and none is left out. Sets the numbers within items.
 */
static int groups_take(struct device_decl *decl, const char *what, void *items,
                       uint32_t count, size_t bytes,
                       struct decl_groups *groups, struct ob_err *err)
{
    uint32_t *first = arena_zeros(decl->arena, (size_t)count + 1,
                                  sizeof(*first));

    *groups = (struct decl_groups){ first, 0 };
    for (uint32_t k = 0; k < count; k++) {
        /* The four structs start alike: name, item, n. */
        struct decl_irq place;

        memcpy(&place, (char *)items + k * bytes, sizeof(place));
        if (place.item == groups->count)
            first[groups->count++] = k;
        else if (!groups->count || place.item != groups->count - 1)
            return err_set(err, -EPROTO,
                           "type %s: %s %u belongs to item %u, which does not "
                           "come next",
                           decl->name, what, k, place.item);
        place.n = k - first[groups->count - 1];
        memcpy((char *)items + k * bytes, &place, sizeof(place));
    }
    first[groups->count] = count;
    return 0;
}

#define GROUPS_TAKE(decl, what, list, groups, err)                            \
    groups_take(decl, what, (void *)(uintptr_t)(decl)->list.at,               \
                (decl)->list.count, sizeof(*(decl)->list.at),                 \
                &(decl)->groups, err)

static int all_groups_take(struct device_decl *decl, struct ob_err *err)
{
    int ret = GROUPS_TAKE(decl, "irq", irqs, irq_groups, err);

    if (!ret)
        ret = GROUPS_TAKE(decl, "clock", clocks, clock_groups, err);
    if (!ret)
        ret = GROUPS_TAKE(decl, "timer", timers, timer_groups, err);
    return ret ? ret
               : GROUPS_TAKE(decl, "chardev", chardevs, chardev_groups, err);
}

int device_decl_finish(struct device_decl *decl, struct ob_err *err)
{
    const char *flaw = decl_name_flaw(decl->name);
    int ret;

    if (flaw)
        return err_set(err, -EINVAL, "type: its name %s; give it one", flaw);
    made++;
    zeros_fill(decl);
    ret = all_groups_take(decl, err);
    if (!ret)
        ret = decl_check(decl, false, err);
    if (!ret)
        ret = exts_check(decl, err);
    if (!ret)
        ret = decl_pages_take(decl, err);
    return ret;
}
