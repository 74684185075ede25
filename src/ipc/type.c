/* SPDX-License-Identifier: MIT */
/* A device type as it travels from a model's process to QEMU. */
#include <errno.h>
#include <string.h>

#include "ipc/pack.h"

#define TYPE_MAGIC 0x5457424fu          /* "OBWT" */

enum { FORMAT = 1, ITEMS_MAX = 4096, SPANS_MAX = 256, ELEMENTS_MAX = 4096,
       PAGES_MAX = 4096 };

static const void *item_at(const struct ob_array *list, uint32_t n)
{
    return (const char *)list->items + (size_t)n * list->stride;
}

/* --- packing -------------------------------------------------------------- */

static void pack_choices(GByteArray *out, const char *const *choices)
{
    uint32_t n = 0;

    while (choices && choices[n])
        n++;
    ipc_pack(out, 4, n);
    for (uint32_t i = 0; i < n; i++)
        ipc_pack_text(out, choices[i]);
}

static void pack_prop(GByteArray *out, const struct ob_prop *p)
{
    ipc_pack_text(out, p->name);
    ipc_pack_text(out, p->desc);
    ipc_pack(out, 4, p->type);
    ipc_pack(out, 4, p->flags);
    ipc_pack(out, 4, p->bytes);
    ipc_pack(out, 8, p->def);
    ipc_pack(out, 8, p->min);
    ipc_pack(out, 8, p->max);
    ipc_pack_text(out, p->def_text);
    pack_choices(out, p->type == OB_PROP_ENUM ? p->choices : NULL);
}

static int span_order(const void *a, const void *b)
{
    const struct ipc_span *x = a, *y = b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What decides whether a write in one region may be posted. */
struct posting {
    const struct ob_device_type *type;
    ipc_direct_fn *direct;
    GArray *spans;
};

static bool spans_meet(const GArray *spans, uint64_t offset, uint64_t bytes)
{
    for (guint n = 0; n < spans->len; n++) {
        const struct ipc_span *s = &g_array_index(spans, struct ipc_span, n);

        if (offset < s->offset + s->bytes && s->offset < offset + bytes)
            return true;
    }
    return false;
}

static uint32_t reg_count(const struct ob_reg *g)
{
    return g->count ? g->count : 1;
}

static uint64_t reg_extent(const struct ob_reg *g)
{
    uint64_t step = g->step ? g->step : g->bytes;

    return (reg_count(g) - 1) * step + g->bytes;
}

/* Do two registers keep their values in the same bytes? */
static bool reg_shares(const struct ob_reg *a, const struct ob_reg *b)
{
    uint64_t a_bytes = (uint64_t)reg_count(a) * a->bytes;
    uint64_t b_bytes = (uint64_t)reg_count(b) * b->bytes;

    return a->state != OB_NO_STATE && b->state != OB_NO_STATE &&
           a->state < b->state + b_bytes && b->state < a->state + a_bytes;
}

/* Would the guest see a write to `g` in the pages of region `region`? */
static bool reg_shows_in(const struct posting *p, const struct ob_reg *g,
                         uint32_t region)
{
    const struct ob_region *r = item_at(&p->type->regions, region);
    GArray *pages = p->direct(p->type, region);
    bool shows = false;

    for (uint32_t n = 0; pages->len && n < r->regs.count && !shows; n++) {
        const struct ob_reg *other = item_at(&r->regs, n);

        shows = spans_meet(pages, other->offset, reg_extent(other)) &&
                (other == g || reg_shares(g, other));
    }
    g_array_free(pages, TRUE);
    return shows;
}

static bool reg_shows(const struct posting *p, const struct ob_reg *g)
{
    for (uint32_t n = 0; p->direct && n < p->type->regions.count; n++)
        if (reg_shows_in(p, g, n))
            return true;
    return false;
}

/*
 * A write to a register without on_write() is stored and no more: nobody can
 * see when, as reads and all else come after it; but for a read as memory.
 */
static void reg_spans(struct posting *p, const struct ob_reg *g)
{
    uint32_t count = reg_count(g);
    uint32_t step = g->step ? g->step : g->bytes;
    struct ipc_span s = { g->offset, g->bytes };

    if (g->on_write || (g->flags & OB_REG_UNIMPL) || reg_shows(p, g))
        return;
    if (step == g->bytes) {
        s.bytes = (uint64_t)count * step;
        count = 1;
    }
    for (uint32_t i = 0; i < count && p->spans->len < ELEMENTS_MAX; i++) {
        g_array_append_val(p->spans, s);
        s.offset += step;
    }
}

static void spans_join(GArray *spans)
{
    guint kept = 0;

    g_array_sort(spans, span_order);
    for (guint n = 1; n < spans->len; n++) {
        struct ipc_span *last = &g_array_index(spans, struct ipc_span, kept);
        struct ipc_span s = g_array_index(spans, struct ipc_span, n);

        if (last->offset + last->bytes == s.offset)
            last->bytes += s.bytes;
        else
            g_array_index(spans, struct ipc_span, ++kept) = s;
    }
    if (spans->len)
        g_array_set_size(spans, MIN(kept + 1, (guint)SPANS_MAX));
}

static void pack_spans(GByteArray *out, GArray *spans)
{
    ipc_pack(out, 4, spans->len);
    for (guint n = 0; n < spans->len; n++) {
        ipc_pack(out, 8, g_array_index(spans, struct ipc_span, n).offset);
        ipc_pack(out, 8, g_array_index(spans, struct ipc_span, n).bytes);
    }
    g_array_free(spans, TRUE);
}

static void pack_region(GByteArray *out, const struct ob_device_type *t,
                        uint32_t region, ipc_direct_fn *direct)
{
    const struct ob_region *r = item_at(&t->regions, region);
    struct posting p = {
        t, direct, g_array_new(FALSE, FALSE, sizeof(struct ipc_span)),
    };

    ipc_pack_text(out, r->name);
    ipc_pack(out, 8, r->bytes);
    ipc_pack(out, 4, r->flags);
    ipc_pack(out, 1, r->access_min);
    ipc_pack(out, 1, r->access_max);
    for (uint32_t n = 0; n < r->regs.count; n++)
        reg_spans(&p, item_at(&r->regs, n));
    spans_join(p.spans);
    pack_spans(out, p.spans);
    pack_spans(out, direct
                        ? direct(t, region)
                        : g_array_new(FALSE, FALSE, sizeof(struct ipc_span)));
}

static void pack_gpios(GByteArray *out, const struct ob_array *list)
{
    ipc_pack(out, 4, list->count);
    for (uint32_t n = 0; n < list->count; n++) {
        const struct ob_gpio *g = item_at(list, n);

        ipc_pack_text(out, g->name);
        ipc_pack(out, 4, g->count);
    }
}

/* Lists of which the name is all that travels. */
static void pack_names(GByteArray *out, const struct ob_array *list)
{
    ipc_pack(out, 4, list->count);
    for (uint32_t n = 0; n < list->count; n++)
        ipc_pack_text(out, *(const char *const *)item_at(list, n));
}

static void pack_backends(GByteArray *out, const struct ob_device_type *t)
{
    ipc_pack(out, 4, t->clocks.count);
    for (uint32_t n = 0; n < t->clocks.count; n++) {
        const struct ob_clock *c = item_at(&t->clocks, n);

        ipc_pack_text(out, c->name);
        ipc_pack(out, 4, c->direction);
    }
    pack_names(out, &t->timers);
    pack_names(out, &t->chardevs);
}

void ipc_pack_type(GByteArray *out, const struct ob_device_type *t,
                   ipc_direct_fn *direct)
{
    ipc_pack(out, 4, TYPE_MAGIC);
    ipc_pack(out, 4, FORMAT);
    ipc_pack_text(out, t->name);
    ipc_pack_text(out, t->desc);
    ipc_pack(out, 4, t->props.count);
    for (uint32_t n = 0; n < t->props.count; n++)
        pack_prop(out, item_at(&t->props, n));
    ipc_pack(out, 4, t->regions.count);
    for (uint32_t n = 0; n < t->regions.count; n++)
        pack_region(out, t, n, direct);
    pack_names(out, &t->irqs);
    pack_gpios(out, &t->inputs);
    pack_gpios(out, &t->outputs);
    pack_backends(out, t);
}

/* --- unpacking ------------------------------------------------------------ */

/* A list of `count` zeroed items, its own memory. */
static void *list_new(struct ipc_reader *r, struct ob_array *list,
                      uint32_t stride)
{
    uint32_t count = ipc_unpack_count(r, ITEMS_MAX);
    void *items = arena_zeros(r->arena, count + 1, stride);

    *list = (struct ob_array){ items, count, stride };
    return items;
}

static const char *const *unpack_choices(struct ipc_reader *r)
{
    uint32_t count = ipc_unpack_count(r, ITEMS_MAX);
    const char **choices = arena_zeros(r->arena, count + 1, sizeof(char *));

    for (uint32_t n = 0; n < count && !r->bad; n++) {
        choices[n] = ipc_unpack_text(r);
        r->bad |= !choices[n];
    }
    return choices;
}

static void unpack_props(struct ipc_reader *r, struct ob_device_type *t)
{
    struct ob_prop *p = list_new(r, &t->props, sizeof(*p));

    for (uint32_t n = 0; n < t->props.count && !r->bad; n++, p++) {
        p->name = ipc_unpack_text(r);
        p->desc = ipc_unpack_text(r);
        p->type = (uint32_t)ipc_unpack(r, 4);
        p->flags = (uint32_t)ipc_unpack(r, 4);
        p->bytes = (uint32_t)ipc_unpack(r, 4);
        p->def = ipc_unpack(r, 8);
        p->min = ipc_unpack(r, 8);
        p->max = ipc_unpack(r, 8);
        p->def_text = ipc_unpack_text(r);
        p->choices = unpack_choices(r);
        p->offset = n * 8;
    }
    t->state_bytes = t->props.count * 8;
}

static struct ipc_span *unpack_spans(struct ipc_reader *r, uint32_t most,
                                     uint32_t *ret_count)
{
    uint32_t count = ipc_unpack_count(r, most);
    struct ipc_span *s = arena_zeros(r->arena, count + 1, sizeof(*s));

    for (uint32_t n = 0; n < count; n++) {
        s[n].offset = ipc_unpack(r, 8);
        s[n].bytes = ipc_unpack(r, 8);
    }
    *ret_count = count;
    return s;
}

static void unpack_regions(struct ipc_reader *r, struct ipc_type *ret)
{
    struct ob_array *list = &ret->type.regions;
    struct ob_region *g = list_new(r, list, sizeof(*g));

    ret->spans = arena_zeros(r->arena, list->count + 1, sizeof(void *));
    ret->n_spans = arena_zeros(r->arena, list->count + 1, sizeof(uint32_t));
    ret->direct = arena_zeros(r->arena, list->count + 1, sizeof(void *));
    ret->n_direct = arena_zeros(r->arena, list->count + 1, sizeof(uint32_t));
    for (uint32_t n = 0; n < list->count && !r->bad; n++, g++) {
        g->name = ipc_unpack_text(r);
        g->bytes = ipc_unpack(r, 8);
        g->flags = (uint32_t)ipc_unpack(r, 4);
        g->access_min = (uint8_t)ipc_unpack(r, 1);
        g->access_max = (uint8_t)ipc_unpack(r, 1);
        ret->spans[n] = unpack_spans(r, SPANS_MAX, &ret->n_spans[n]);
        ret->direct[n] = unpack_spans(r, PAGES_MAX, &ret->n_direct[n]);
    }
}

static void unpack_gpios(struct ipc_reader *r, struct ob_array *list)
{
    struct ob_gpio *g = list_new(r, list, sizeof(*g));

    for (uint32_t n = 0; n < list->count && !r->bad; n++, g++) {
        g->name = ipc_unpack_text(r);
        g->count = (uint32_t)ipc_unpack(r, 4);
    }
}

/* These stand where a type must have a function; the rig asks the process. */
static void no_timer(struct ob_dev *dev)
{
    (void)dev;
}

static uint32_t no_room(struct ob_dev *dev)
{
    (void)dev;
    return 0;
}

static void no_receive(struct ob_dev *dev, const uint8_t *bytes,
                       uint32_t count)
{
    (void)dev;
    (void)bytes;
    (void)count;
}

static void unpack_backends(struct ipc_reader *r, struct ob_device_type *t)
{
    struct ob_clock *c = list_new(r, &t->clocks, sizeof(*c));
    struct ob_timer *m;
    struct ob_chardev *k;

    for (uint32_t n = 0; n < t->clocks.count && !r->bad; n++, c++) {
        c->name = ipc_unpack_text(r);
        c->direction = (uint32_t)ipc_unpack(r, 4);
    }
    m = list_new(r, &t->timers, sizeof(*m));
    for (uint32_t n = 0; n < t->timers.count && !r->bad; n++, m++)
        *m = (struct ob_timer){ ipc_unpack_text(r), no_timer };
    k = list_new(r, &t->chardevs, sizeof(*k));
    for (uint32_t n = 0; n < t->chardevs.count && !r->bad; n++, k++)
        *k = (struct ob_chardev){ ipc_unpack_text(r), no_room, no_receive,
                                  NULL };
}

int ipc_unpack_type(struct ipc_reader *r, struct ipc_type *ret,
                    struct ob_err *err)
{
    struct ob_device_type *t = &ret->type;
    struct ob_irq *irq;

    memset(ret, 0, sizeof(*ret));
    t->size = sizeof(*t);
    r->bad |= ipc_unpack(r, 4) != TYPE_MAGIC || ipc_unpack(r, 4) != FORMAT;
    t->name = ipc_unpack_text(r);
    t->desc = ipc_unpack_text(r);
    unpack_props(r, t);
    unpack_regions(r, ret);
    irq = list_new(r, &t->irqs, sizeof(*irq));
    for (uint32_t n = 0; n < t->irqs.count && !r->bad; n++)
        irq[n].name = ipc_unpack_text(r);
    unpack_gpios(r, &t->inputs);
    unpack_gpios(r, &t->outputs);
    unpack_backends(r, t);
    if (r->bad)
        return err_set(err, -EPROTO,
                       "a type's description is cut short or damaged");
    return 0;
}
