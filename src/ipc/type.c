/* SPDX-License-Identifier: MIT */
/*
 * Packs a declaration for the way from the runner to the process that uses its
 * models. It omits code, and data that only code needs: registers, saved
 * entries, offsets in the state struct.
 */
#include <errno.h>
#include <string.h>

#include "device/decl/ext.h"
#include "ipc/pack.h"

#define TYPE_MAGIC 0x5457424fu          /* "OBWT" */

enum { FORMAT = 3, ITEMS_MAX = 4096, SPANS_MAX = 256, ELEMENTS_MAX = 4096,
       PAGES_MAX = 4096, EXTS_MAX = 64 };

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
    guint begin = ipc_pack_begin(out);

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
    ipc_pack_end(out, begin);
}

static int span_order(const void *a, const void *b)
{
    const struct ipc_span *x = a, *y = b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What decides whether a write in one region may be posted. */
struct posting {
    const struct device_decl *decl;
    GArray *spans;
};

static uint64_t reg_extent(const struct decl_reg *g)
{
    return (uint64_t)(g->count - 1) * g->step + g->bytes;
}

/* Does a byte of `g` lie in pages that the guest reads as memory? */
static bool pages_meet(const struct decl_region *r, const struct decl_reg *g)
{
    for (uint32_t n = 0; n < r->pages.count; n++) {
        const struct device_pages *p = &r->pages.at[n];

        if (g->offset < p->at + p->bytes && p->at < g->offset + reg_extent(g))
            return true;
    }
    return false;
}

static uint64_t reg_state_end(const struct decl_reg *g)
{
    return g->state + (uint64_t)(g->count - 1) * g->state_step + g->bytes;
}

/*
 * Can two registers keep their values in the same bytes? Registers that are
 * interleaved count too, which only makes their writes wait.
 */
static bool reg_shares(const struct decl_reg *a, const struct decl_reg *b)
{
    return a->stored && b->stored && a->state < reg_state_end(b) &&
           b->state < reg_state_end(a);
}

/* Would the guest see a write to `g` in the pages of `r`? */
static bool reg_shows_in(const struct decl_region *r, const struct decl_reg *g)
{
    bool shows = false;

    for (uint32_t n = 0; r->pages.count && n < r->regs.count && !shows; n++) {
        const struct decl_reg *other = &r->regs.at[n];

        shows = pages_meet(r, other) && (other == g || reg_shares(g, other));
    }
    return shows;
}

static bool reg_shows(const struct posting *p, const struct decl_reg *g)
{
    for (uint32_t n = 0; n < p->decl->regions.count; n++)
        if (reg_shows_in(&p->decl->regions.at[n], g))
            return true;
    return false;
}

/*
 * A write to a register without on_write() only stores. The guest cannot see
 * when that happens, because reads and all other requests come after it; but
 * it can where it reads memory, so registers that show there are left out.
 */
static void reg_spans(struct posting *p, const struct decl_reg *g)
{
    uint32_t count = g->count;
    struct ipc_span s = { g->offset, g->bytes };

    if (g->on_write || (g->flags & OB_REG_UNIMPL) || reg_shows(p, g))
        return;
    if (g->step == g->bytes) {
        s.bytes = (uint64_t)count * g->step;
        count = 1;
    }
    for (uint32_t i = 0; i < count && p->spans->len < ELEMENTS_MAX; i++) {
        g_array_append_val(p->spans, s);
        s.offset += g->step;
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

static void pack_spans(GByteArray *out, const GArray *spans)
{
    ipc_pack(out, 4, spans->len);
    for (guint n = 0; n < spans->len; n++) {
        ipc_pack(out, 8, g_array_index(spans, struct ipc_span, n).offset);
        ipc_pack(out, 8, g_array_index(spans, struct ipc_span, n).bytes);
    }
}

static void pack_pages(GByteArray *out, const struct decl_region *r)
{
    ipc_pack(out, 4, r->pages.count);
    for (uint32_t n = 0; n < r->pages.count; n++) {
        ipc_pack(out, 8, r->pages.at[n].at);
        ipc_pack(out, 8, r->pages.at[n].bytes);
    }
}

static void pack_region(GByteArray *out, const struct device_decl *t,
                        const struct decl_region *r)
{
    struct posting p = {
        t, g_array_new(FALSE, FALSE, sizeof(struct ipc_span)),
    };
    guint begin = ipc_pack_begin(out);

    ipc_pack_text(out, r->name);
    ipc_pack(out, 8, r->bytes);
    ipc_pack(out, 4, r->flags);
    ipc_pack(out, 1, r->access_min);
    ipc_pack(out, 1, r->access_max);
    for (uint32_t n = 0; n < r->regs.count; n++)
        reg_spans(&p, &r->regs.at[n]);
    spans_join(p.spans);
    pack_spans(out, p.spans);
    g_array_free(p.spans, TRUE);
    pack_pages(out, r);
    ipc_pack_end(out, begin);
}

static void pack_gpios(GByteArray *out, const struct decl_gpios *list)
{
    ipc_pack(out, 4, list->count);
    for (uint32_t n = 0; n < list->count; n++) {
        guint begin = ipc_pack_begin(out);

        ipc_pack_text(out, list->at[n].name);
        ipc_pack(out, 4, list->at[n].count);
        ipc_pack_end(out, begin);
    }
}

/*
 * One line, clock, timer or backend, and the item that it belongs to.
 * `direction` is a clock's; UINT32_MAX: it has none.
 */
static void pack_place(GByteArray *out, const char *name, uint32_t item,
                       uint32_t direction)
{
    guint begin = ipc_pack_begin(out);

    ipc_pack_text(out, name);
    ipc_pack(out, 4, item);
    if (direction != UINT32_MAX)
        ipc_pack(out, 4, direction);
    ipc_pack_end(out, begin);
}

static void pack_backends(GByteArray *out, const struct device_decl *t)
{
    ipc_pack(out, 4, t->clocks.count);
    for (uint32_t n = 0; n < t->clocks.count; n++)
        pack_place(out, t->clocks.at[n].name, t->clocks.at[n].item,
                   t->clocks.at[n].direction);
    ipc_pack(out, 4, t->timers.count);
    for (uint32_t n = 0; n < t->timers.count; n++)
        pack_place(out, t->timers.at[n].name, t->timers.at[n].item,
                   UINT32_MAX);
    ipc_pack(out, 4, t->chardevs.count);
    for (uint32_t n = 0; n < t->chardevs.count; n++)
        pack_place(out, t->chardevs.at[n].name, t->chardevs.at[n].item,
                   UINT32_MAX);
}

/* The plain values of each extension; its functions are called by EXT. */
static void pack_exts(GByteArray *out, const struct device_decl *t)
{
    ipc_pack(out, 4, t->exts.count);
    for (uint32_t n = 0; n < t->exts.count; n++) {
        const struct decl_ext *e = &t->exts.at[n];
        guint begin = ipc_pack_begin(out);

        ipc_pack_text(out, e->kind->id);
        ipc_pack(out, 4, e->flags);
        g_byte_array_append(out, e->data, (guint)e->kind->values);
        ipc_pack_end(out, begin);
    }
}

void ipc_pack_type(GByteArray *out, const struct device_decl *t)
{
    ipc_pack(out, 4, TYPE_MAGIC);
    ipc_pack(out, 4, FORMAT);
    ipc_pack_text(out, t->name);
    ipc_pack_text(out, t->desc);
    ipc_pack(out, 4, t->props.count);
    for (uint32_t n = 0; n < t->props.count; n++)
        pack_prop(out, &t->props.at[n]);
    ipc_pack(out, 4, t->regions.count);
    for (uint32_t n = 0; n < t->regions.count; n++)
        pack_region(out, t, &t->regions.at[n]);
    ipc_pack(out, 4, t->irqs.count);
    for (uint32_t n = 0; n < t->irqs.count; n++)
        pack_place(out, t->irqs.at[n].name, t->irqs.at[n].item, UINT32_MAX);
    pack_gpios(out, &t->inputs);
    pack_gpios(out, &t->outputs);
    pack_backends(out, t);
    pack_exts(out, t);
}

/* --- unpacking ------------------------------------------------------------ */

/* `list` becomes a list of zeroed items in the arena; its first item. */
#define LIST_NEW(r, list)                                                     \
    ((list)->count = ipc_unpack_count(r, ITEMS_MAX),                          \
     (list)->at = arena_zeros((r)->arena, (list)->count + 1,                  \
                              sizeof(*(list)->at)),                           \
     (void *)(list)->at)

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

/* Properties get storage side by side, as the checks want each to have some. */
static void unpack_props(struct ipc_reader *r, struct device_decl *t)
{
    struct ob_prop *p = LIST_NEW(r, &t->props);

    for (uint32_t n = 0; n < t->props.count && !r->bad; n++, p++) {
        const uint8_t *begun = ipc_unpack_begin(r);

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
        ipc_unpack_end(r, begun);
    }
    t->state_bytes = t->props.count * 8;
}

static void unpack_posts(struct ipc_reader *r, struct ipc_posts *ret)
{
    uint32_t count = ipc_unpack_count(r, SPANS_MAX);
    struct ipc_span *s = arena_zeros(r->arena, count + 1, sizeof(*s));

    for (uint32_t n = 0; n < count; n++) {
        s[n].offset = ipc_unpack(r, 8);
        s[n].bytes = ipc_unpack(r, 8);
    }
    *ret = (struct ipc_posts){ s, count };
}

static void unpack_pages(struct ipc_reader *r, struct decl_region *g)
{
    uint32_t count = ipc_unpack_count(r, PAGES_MAX);
    struct device_pages *p = arena_zeros(r->arena, count + 1, sizeof(*p));

    g->pages.at = p;
    g->pages.count = count;
    for (uint32_t n = 0; n < count; n++) {
        p[n].at = ipc_unpack(r, 8);
        p[n].bytes = ipc_unpack(r, 8);
    }
}

static const struct ipc_posts *unpack_regions(struct ipc_reader *r,
                                              struct device_decl *t)
{
    struct decl_region *g = LIST_NEW(r, &t->regions);
    struct ipc_posts *posts = arena_zeros(r->arena, t->regions.count + 1,
                                          sizeof(*posts));

    for (uint32_t n = 0; n < t->regions.count && !r->bad; n++, g++) {
        const uint8_t *begun = ipc_unpack_begin(r);

        g->name = ipc_unpack_text(r);
        g->bytes = ipc_unpack(r, 8);
        g->flags = (uint32_t)ipc_unpack(r, 4);
        g->access_min = (uint8_t)ipc_unpack(r, 1);
        g->access_max = (uint8_t)ipc_unpack(r, 1);
        g->regs.at = arena_zeros(r->arena, 1, sizeof(*g->regs.at));
        unpack_posts(r, &posts[n]);
        unpack_pages(r, g);
        ipc_unpack_end(r, begun);
    }
    return posts;
}

static void unpack_gpios(struct ipc_reader *r, struct decl_gpios *list)
{
    struct ob_gpio *g = LIST_NEW(r, list);

    for (uint32_t n = 0; n < list->count && !r->bad; n++, g++) {
        const uint8_t *begun = ipc_unpack_begin(r);

        g->name = ipc_unpack_text(r);
        g->count = (uint32_t)ipc_unpack(r, 4);
        ipc_unpack_end(r, begun);
    }
}

static void unpack_place(struct ipc_reader *r, const char **ret_name,
                         uint32_t *ret_item, uint32_t *ret_direction)
{
    const uint8_t *begun = ipc_unpack_begin(r);

    *ret_name = ipc_unpack_text(r);
    *ret_item = (uint32_t)ipc_unpack(r, 4);
    if (ret_direction)
        *ret_direction = (uint32_t)ipc_unpack(r, 4);
    ipc_unpack_end(r, begun);
}

static void unpack_backends(struct ipc_reader *r, struct device_decl *t)
{
    struct decl_clock *c = LIST_NEW(r, &t->clocks);
    struct decl_timer *m;
    struct decl_chardev *k;

    for (uint32_t n = 0; n < t->clocks.count && !r->bad; n++, c++)
        unpack_place(r, &c->name, &c->item, &c->direction);
    m = LIST_NEW(r, &t->timers);
    for (uint32_t n = 0; n < t->timers.count && !r->bad; n++, m++)
        unpack_place(r, &m->name, &m->item, NULL);
    k = LIST_NEW(r, &t->chardevs);
    for (uint32_t n = 0; n < t->chardevs.count && !r->bad; n++, k++)
        unpack_place(r, &k->name, &k->item, NULL);
}

static int unpack_exts(struct ipc_reader *r, struct device_decl *t,
                       struct ob_err *err)
{
    uint32_t count = ipc_unpack_count(r, EXTS_MAX);
    int ret = 0;

    t->exts.at = arena_zeros(r->arena, count + 1, sizeof(*t->exts.at));
    for (uint32_t n = 0; n < count && !r->bad && !ret; n++) {
        const uint8_t *begun = ipc_unpack_begin(r);
        const char *id = ipc_unpack_text(r);
        uint32_t flags = (uint32_t)ipc_unpack(r, 4);

        if (!r->bad)
            ret = device_decl_ext(t, id, flags, r->at,
                                  (size_t)(r->end - r->at), err);
        ipc_unpack_end(r, begun);
    }
    return ret;
}

int ipc_unpack_type(struct ipc_reader *r, struct device_decl *ret,
                    const struct ipc_posts **ret_posts, struct ob_err *err)
{
    struct decl_irq *irq;
    int status;

    r->bad |= ipc_unpack(r, 4) != TYPE_MAGIC || ipc_unpack(r, 4) != FORMAT;
    ret->name = ipc_unpack_text(r);
    ret->desc = ipc_unpack_text(r);
    unpack_props(r, ret);
    *ret_posts = unpack_regions(r, ret);
    irq = LIST_NEW(r, &ret->irqs);
    for (uint32_t n = 0; n < ret->irqs.count && !r->bad; n++, irq++)
        unpack_place(r, &irq->name, &irq->item, NULL);
    unpack_gpios(r, &ret->inputs);
    unpack_gpios(r, &ret->outputs);
    unpack_backends(r, ret);
    status = unpack_exts(r, ret, err);
    ret->saved.at = arena_zeros(r->arena, 1, sizeof(*ret->saved.at));
    if (r->bad)
        return err_set(err, -EPROTO,
                       "a type's description is cut short or damaged");
    return status;
}
