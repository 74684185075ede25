/* SPDX-License-Identifier: MIT */
/*
 * The gate for device types: everything that a descriptor claims is checked
 * once, so that the rest of the rig can rely on it. A descriptor is hostile
 * until then, but its pointers lead to readable memory: they are a loaded
 * module's data.
 */
#include "device/device_int.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

enum { TEXT_MAX = 128 };
enum { REGION_BYTES_1_0 = offsetof(struct ob_region, direct_at) };

struct check {
    const struct ob_device_type *type;
    uint64_t elements, lines;       /* so far, of the whole type */
    struct ob_err *err;
};

static int fail(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int fail(struct check *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(c->err, -EINVAL, fmt, ap);
    va_end(ap);
    err_prefix(c->err, -EINVAL, "type %s", c->type->name);
    return -EINVAL;
}

/* Why `name` cannot name an item, or NULL. */
static const char *name_flaw(const char *name)
{
    size_t len;

    if (!name)
        return "is NULL";
    len = strnlen(name, TEXT_MAX + 1);
    if (!len)
        return "is empty";
    if (len > TEXT_MAX)
        return "is longer than 128 bytes";
    for (const char *p = name; *p; p++)
        if (!g_ascii_isgraph(*p))
            return "has a blank or a character outside ASCII";
    return NULL;
}

/* --- lists ---------------------------------------------------------------- */

/* A list's shape: items there, few enough, and at least of 1.0's size. */
static int list_check(struct check *c, const char *what,
                      const struct ob_array *list, uint32_t least)
{
    if (!list->count)
        return 0;
    if (!list->items)
        return fail(c, "%s: %u items at NULL; use OB_ARRAY()", what,
                    list->count);
    if (list->count > DEVICE_ITEMS_MAX)
        return fail(c, "%s: %u items are more than %u; declare fewer", what,
                    list->count, DEVICE_ITEMS_MAX);
    if (list->stride < least || list->stride % sizeof(void *))
        return fail(c,
                    "%s: items of %u bytes, %u or more and a multiple of %zu "
                    "expected; use OB_ARRAY()",
                    what, list->stride, least, sizeof(void *));
    return 0;
}

/* Names are the first member of every item; no two alike within a list. */
static int names_check(struct check *c, const char *what,
                       const struct ob_array *list)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
    int ret = 0;

    for (uint32_t n = 0; n < list->count && !ret; n++) {
        const char *const *item = device_item(list, n);
        const char *flaw = name_flaw(*item);

        if (flaw)
            ret = fail(c, "%s %u: its name %s; give it one", what, n, flaw);
        else if (!g_hash_table_add(seen, (void *)*item))
            ret = fail(c, "%s %s: the name is there twice; rename one", what,
                       *item);
    }
    g_hash_table_destroy(seen);
    return ret;
}

static int named_list_check(struct check *c, const char *what,
                            const struct ob_array *list, uint32_t least)
{
    int ret = list_check(c, what, list, least);

    return ret ? ret : names_check(c, what, list);
}

/* --- the state struct ----------------------------------------------------- */

/* `count` elements of `bytes` at `offset` lie in the state struct. */
static int state_check(struct check *c, const char *what, const char *name,
                       uint32_t offset, uint64_t bytes, uint64_t count)
{
    if (offset > c->type->state_bytes ||
        bytes * count > c->type->state_bytes - offset)
        return fail(c,
                    "%s %s: %" PRIu64 " bytes at %u are past the state "
                    "struct's %u bytes; check its offset and state_bytes",
                    what, name, bytes * count, offset, c->type->state_bytes);
    return 0;
}

static uint64_t prop_bytes(const struct ob_prop *p)
{
    switch (p->type) {
    case OB_PROP_BOOL: return 1;
    case OB_PROP_UINT: return p->bytes;
    case OB_PROP_ENUM: return 4;
    default: return 8;
    }
}

/*
 * What the guest or a snapshot writes must not lie over a property: among
 * them are pointers.
 */
static int props_apart_check(struct check *c, const char *what,
                             const char *name, uint32_t offset, uint64_t bytes,
                             uint32_t upto)
{
    for (uint32_t n = 0; n < upto; n++) {
        const struct ob_prop *p = device_type_prop(c->type, n);

        if (offset < p->offset + prop_bytes(p) && p->offset < offset + bytes)
            return fail(c,
                        "%s %s: lies over property %s in the state struct; "
                        "give each a member of its own",
                        what, name, p->name);
    }
    return 0;
}

/* --- properties ----------------------------------------------------------- */

static bool size_known(uint32_t bytes)
{
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

static int prop_default_check(struct check *c, const struct ob_prop *p)
{
    uint64_t hi = UINT64_MAX, lo = 0;

    if (p->type == OB_PROP_BOOL)
        hi = 1;
    else if (p->type == OB_PROP_ENUM)
        hi = str_count(p->choices) - 1;
    else if (p->type == OB_PROP_UINT)
        hi = device_mask(p->bytes);
    if (p->min > p->max || p->max > hi)
        return fail(c,
                    "property %s: range %" PRIu64 " to %" PRIu64 " cannot "
                    "be; use 0 to %" PRIu64 " at most",
                    p->name, p->min, p->max, hi);
    if (p->max) {
        lo = p->min;
        hi = p->max;
    }
    /* A required property never shows its default. */
    if (!(p->flags & OB_PROP_REQUIRED) && (p->def < lo || p->def > hi))
        return fail(c,
                    "property %s: default %" PRIu64 " is out of its range; "
                    "use %" PRIu64 " to %" PRIu64,
                    p->name, p->def, lo, hi);
    return 0;
}

static int prop_check(struct check *c, const struct ob_prop *p, uint32_t n)
{
    int ret;

    if (p->type < OB_PROP_BOOL || p->type > OB_PROP_ENUM)
        return fail(c, "property %s: type %u is unknown; use OB_PROP_*",
                    p->name, p->type);
    if (p->flags & ~OB_PROP_REQUIRED)
        return fail(c,
                    "property %s: flags 0x%x are unknown; use "
                    "OB_PROP_REQUIRED or 0",
                    p->name, p->flags);
    if (p->type == OB_PROP_UINT ? !size_known(p->bytes) : p->bytes != 0)
        return fail(c,
                    "property %s: %u bytes of storage; use 1, 2, 4 or 8 for a "
                    "UINT, else 0",
                    p->name, p->bytes);
    if (p->type == OB_PROP_ENUM && !str_count(p->choices))
        return fail(c, "property %s: an enum without choices; list them",
                    p->name);
    ret = state_check(c, "property", p->name, p->offset, prop_bytes(p), 1);
    if (!ret && p->type != OB_PROP_STRING && p->type != OB_PROP_LINK)
        ret = prop_default_check(c, p);
    if (!ret)
        ret = props_apart_check(c, "property", p->name, p->offset,
                                prop_bytes(p), n);
    return ret;
}

static int props_check(struct check *c)
{
    int ret = named_list_check(c, "property", &c->type->props,
                               sizeof(struct ob_prop));

    for (uint32_t n = 0; n < c->type->props.count && !ret; n++)
        ret = prop_check(c, device_type_prop(c->type, n), n);
    return ret;
}

/* --- registers ------------------------------------------------------------ */

static int field_check(struct check *c, const struct ob_reg *g,
                       const struct ob_field *f, uint64_t *taken)
{
    const char *flaw = name_flaw(f->name);
    uint64_t bits;

    if (flaw)
        return fail(c, "register %s: a field's name %s; give it one", g->name,
                    flaw);
    if (!f->bits || f->lsb >= 8 * g->bytes || f->bits > 8 * g->bytes - f->lsb)
        return fail(c,
                    "register %s: field %s: %u bits from bit %u do not fit in "
                    "%u bits",
                    g->name, f->name, f->bits, f->lsb, 8u * g->bytes);
    bits = (~UINT64_C(0) >> (64 - f->bits)) << f->lsb;
    if (*taken & bits)
        return fail(c,
                    "register %s: field %s overlaps another; check lsb and "
                    "bits",
                    g->name, f->name);
    if (f->access > OB_WO)
        return fail(c,
                    "register %s: field %s: access %u is unknown; use OB_RW "
                    "to OB_WO",
                    g->name, f->name, f->access);
    for (size_t n = 0; n < sizeof(f->reserved); n++)
        if (f->reserved[n])
            return fail(c,
                        "register %s: field %s: reserved bytes are set; leave "
                        "them 0",
                        g->name, f->name);
    *taken |= bits;
    return 0;
}

static int fields_check(struct check *c, const struct ob_reg *g)
{
    uint64_t taken = 0;
    int ret = 0;

    if (g->n_fields > 64)
        return fail(c, "register %s: %u fields are more than its bits",
                    g->name, g->n_fields);
    if (g->n_fields && !g->fields)
        return fail(c, "register %s: %u fields at NULL; use OB_FIELDS()",
                    g->name, g->n_fields);
    for (uint32_t n = 0; n < g->n_fields && !ret; n++) {
        ret = field_check(c, g, &g->fields[n], &taken);
        for (uint32_t m = 0; m < n && !ret; m++)
            if (!strcmp(g->fields[n].name, g->fields[m].name))
                ret = fail(c,
                           "register %s: field %s is there twice; rename one",
                           g->name, g->fields[n].name);
    }
    return ret;
}

static uint32_t reg_count(const struct ob_reg *g)
{
    return g->count ? g->count : 1;
}

static int reg_shape_check(struct check *c, const struct ob_region *r,
                           const struct ob_reg *g)
{
    uint64_t step = g->step ? g->step : g->bytes;
    uint64_t end;

    if (!size_known(g->bytes))
        return fail(c, "register %s: %u bytes; use 1, 2, 4 or 8", g->name,
                    g->bytes);
    if (g->flags & ~(OB_REG_UNIMPL | OB_REG_DIRECT))
        return fail(c, "register %s: flags 0x%x are unknown; use OB_REG_*",
                    g->name, g->flags);
    if (g->access > OB_WO)
        return fail(c, "register %s: access %u is unknown; use OB_RW to OB_WO",
                    g->name, g->access);
    if (step < g->bytes)
        return fail(c,
                    "register %s: steps of %" PRIu64 " bytes for elements "
                    "of %u; use 0 or more",
                    g->name, step, g->bytes);
    end = g->offset + (reg_count(g) - 1) * step + g->bytes;
    if (end > r->bytes)
        return fail(c,
                    "register %s: ends at 0x%" PRIx64 ", past region %s of "
                    "0x%" PRIx64 " bytes; make the region reach it",
                    g->name, end, r->name, r->bytes);
    if (end > DEVICE_REGS_END)
        return fail(c,
                    "register %s: ends at 0x%" PRIx64 ", past the first "
                    "0x%x bytes of a region; serve what is there by read() "
                    "and write()",
                    g->name, end, DEVICE_REGS_END);
    if (g->reset & ~device_mask(g->bytes))
        return fail(c,
                    "register %s: reset value 0x%" PRIx64 " is wider than "
                    "%u bytes",
                    g->name, g->reset, g->bytes);
    return 0;
}

/* What a guest reads as memory is not noticed by anybody. */
static int reg_direct_check(struct check *c, const struct ob_reg *g)
{
    const char *what = g->on_read                           ? "on_read()"
                       : g->flags & OB_REG_UNIMPL           ? "OB_REG_UNIMPL"
                       : g->access == OB_RC && !g->n_fields ? "OB_RC"
                                                            : NULL;

    if (!(g->flags & OB_REG_DIRECT))
        return 0;
    for (uint32_t n = 0; n < g->n_fields; n++)
        if (g->fields[n].access == OB_RC)
            what = "a field that is OB_RC";
    if (!what)
        return 0;
    return fail(c,
                "register %s: is OB_REG_DIRECT and has %s, but memory that is "
                "read has no side effect; drop one of them",
                g->name, what);
}

static int reg_check(struct check *c, const struct ob_region *r,
                     const struct ob_reg *g)
{
    uint64_t bytes = (uint64_t)g->bytes * reg_count(g);
    int ret = reg_shape_check(c, r, g);

    if (!ret)
        ret = fields_check(c, g);
    if (!ret)
        ret = reg_direct_check(c, g);
    if (!ret && g->state != OB_NO_STATE) {
        ret = state_check(c, "register", g->name, g->state, bytes, 1);
        if (!ret)
            ret = props_apart_check(c, "register", g->name, g->state, bytes,
                                    c->type->props.count);
    }
    return ret;
}

struct extent {
    uint64_t start, end;
    const char *name;
};

static int extent_compare(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

/* No two register elements share a byte of the region. */
static int overlap_check(struct check *c, const struct ob_region *r,
                         uint64_t elements)
{
    struct extent *all = g_new(struct extent, elements);
    uint64_t k = 0;
    int ret = 0;

    for (uint32_t n = 0; n < r->regs.count; n++) {
        const struct ob_reg *g = device_item(&r->regs, n);
        uint64_t step = g->step ? g->step : g->bytes;

        for (uint32_t i = 0; i < reg_count(g); i++, k++) {
            all[k].start = g->offset + i * step;
            all[k].end = all[k].start + g->bytes;
            all[k].name = g->name;
        }
    }
    qsort(all, elements, sizeof(*all), extent_compare);
    for (k = 1; k < elements && !ret; k++)
        if (all[k].start < all[k - 1].end)
            ret = fail(c,
                       "register %s: overlaps %s at 0x%" PRIx64 " of "
                       "region %s; check offset and step",
                       all[k].name, all[k - 1].name, all[k].start, r->name);
    g_free(all);
    return ret;
}

static int regs_check(struct check *c, const struct ob_region *r)
{
    uint64_t elements = 0;
    int ret = named_list_check(c, "register", &r->regs, sizeof(struct ob_reg));

    for (uint32_t n = 0; n < r->regs.count && !ret; n++) {
        const struct ob_reg *g = device_item(&r->regs, n);

        ret = reg_check(c, r, g);
        elements += reg_count(g);
    }
    c->elements += elements;
    if (!ret && c->elements > DEVICE_ELEMENTS_MAX)
        ret = fail(c,
                   "region %s: register elements come to %" PRIu64 ", more "
                   "than %u; serve large ones by read() and write()",
                   r->name, c->elements, DEVICE_ELEMENTS_MAX);
    return ret || !elements ? ret : overlap_check(c, r, elements);
}

/* --- regions -------------------------------------------------------------- */

static int region_sizes_check(struct check *c, const struct ob_region *r)
{
    const char *const fix = "use 1, 2, 4 or 8, the least first, or 0, 0";
    unsigned valid[2], impl[2];

    device_region_sizes(r, valid, impl);
    if (!size_known(valid[0]) || !size_known(valid[1]) || valid[0] > valid[1])
        return fail(c, "region %s: access sizes %u to %u; %s", r->name,
                    valid[0], valid[1], fix);
    if (!size_known(impl[0]) || !size_known(impl[1]) || impl[0] > impl[1])
        return fail(c, "region %s: impl sizes %u to %u; %s", r->name, impl[0],
                    impl[1], fix);
    /* A narrow access is widened to impl_min and must find that many bytes. */
    if ((r->read || r->write) && r->bytes % impl[0])
        return fail(c,
                    "region %s: 0x%" PRIx64 " bytes are no multiple of the "
                    "%u that read() and write() take; round up",
                    r->name, r->bytes, impl[0]);
    return 0;
}

/* No register that is read otherwise lies in the pages of direct_at. */
static int direct_regs_check(struct check *c, const struct ob_region *r,
                             uint64_t at, uint64_t bytes)
{
    for (uint32_t n = 0; n < r->regs.count; n++) {
        const struct ob_reg *g = device_item(&r->regs, n);
        uint64_t step = g->step ? g->step : g->bytes;
        uint64_t end = g->offset + (reg_count(g) - 1) * step + g->bytes;

        if (!(g->flags & OB_REG_DIRECT) && g->offset < at + bytes && end > at)
            return fail(c,
                        "region %s: register %s lies in its pages by "
                        "direct_at and is not OB_REG_DIRECT; mark it so, or "
                        "move the pages",
                        r->name, g->name);
    }
    return 0;
}

static int region_direct_check(struct check *c, uint32_t n)
{
    const struct ob_region *r = device_type_region(c->type, n);
    uint64_t at, bytes;

    device_region_direct(c->type, n, &at, &bytes);
    if (at % DEVICE_PAGE || bytes % DEVICE_PAGE)
        return fail(c,
                    "region %s: direct_at 0x%" PRIx64
                    ", direct_bytes 0x%" PRIx64 "; use multiples of %u",
                    r->name, at, bytes, DEVICE_PAGE);
    if (!bytes)
        return 0;
    if (bytes > r->bytes || at > r->bytes - bytes || bytes > DEVICE_REGS_END ||
        at > DEVICE_REGS_END - bytes)
        return fail(c,
                    "region %s: direct_at 0x%" PRIx64
                    " and direct_bytes 0x%" PRIx64
                    " pass its end at 0x%" PRIx64 ", or 0x%x; use less",
                    r->name, at, bytes, r->bytes, DEVICE_REGS_END);
    if (!r->read)
        return fail(c,
                    "region %s: has direct_bytes and no read(); give it one, "
                    "or mark its registers OB_REG_DIRECT",
                    r->name);
    return direct_regs_check(c, r, at, bytes);
}

static int region_check(struct check *c, const struct ob_region *r)
{
    int ret;

    if (!r->bytes || r->bytes > UINT64_C(1) << 32)
        return fail(c, "region %s: 0x%" PRIx64 " bytes; use 1 to 2^32",
                    r->name, r->bytes);
    if (r->flags & ~(OB_REGION_BIG_ENDIAN | OB_REGION_UNALIGNED))
        return fail(c, "region %s: flags 0x%x are unknown; use OB_REGION_*",
                    r->name, r->flags);
    ret = region_sizes_check(c, r);
    return ret ? ret : regs_check(c, r);
}

static int regions_check(struct check *c)
{
    int ret = named_list_check(c, "region", &c->type->regions,
                               REGION_BYTES_1_0);

    for (uint32_t n = 0; n < c->type->regions.count && !ret; n++) {
        ret = region_check(c, device_type_region(c->type, n));
        if (!ret)
            ret = region_direct_check(c, n);
    }
    return ret;
}

/* Their memory is the host's, and shared with processes. */
static int direct_bytes_check(struct check *c)
{
    uint64_t bytes = 0;

    for (uint32_t n = 0; n < c->type->regions.count; n++) {
        GArray *found = device_type_direct(c->type, n);

        for (guint i = 0; i < found->len; i++)
            bytes += g_array_index(found, struct device_pages, i).bytes;
        g_array_free(found, TRUE);
    }
    if (bytes <= DEVICE_REGS_END)
        return 0;
    return fail(c,
                "0x%" PRIx64 " bytes of its regions are read as memory, "
                "more than 0x%x; declare fewer",
                bytes, DEVICE_REGS_END);
}

/* --- lines, clocks, timers, back ends ------------------------------------- */

static int gpios_check(struct check *c, const char *what,
                       const struct ob_array *list)
{
    int ret = named_list_check(c, what, list, sizeof(struct ob_gpio));

    for (uint32_t n = 0; n < list->count && !ret; n++) {
        const struct ob_gpio *g = device_item(list, n);

        if (!g->count || g->count > DEVICE_LINES_MAX)
            ret = fail(c, "%s %s: %u lines; use 1 to %u", what, g->name,
                       g->count, DEVICE_LINES_MAX);
        else if (g->reserved)
            ret = fail(c, "%s %s: reserved is set; leave it 0", what, g->name);
        else if ((c->lines += g->count) > DEVICE_LINES_MAX)
            ret = fail(c,
                       "%s %s: gpio lines come to %" PRIu64 ", more than "
                       "%u; declare fewer",
                       what, g->name, c->lines, DEVICE_LINES_MAX);
    }
    return ret;
}

static int clocks_check(struct check *c)
{
    int ret = named_list_check(c, "clock", &c->type->clocks,
                               sizeof(struct ob_clock));

    for (uint32_t n = 0; n < c->type->clocks.count && !ret; n++) {
        const struct ob_clock *k = device_item(&c->type->clocks, n);

        if (k->direction > OB_CLOCK_OUT || k->reserved)
            ret = fail(c,
                       "clock %s: direction %u; use OB_CLOCK_IN or "
                       "OB_CLOCK_OUT, and reserved 0",
                       k->name, k->direction);
    }
    return ret;
}

static int timers_check(struct check *c)
{
    int ret = named_list_check(c, "timer", &c->type->timers,
                               sizeof(struct ob_timer));

    for (uint32_t n = 0; n < c->type->timers.count && !ret; n++) {
        const struct ob_timer *t = device_item(&c->type->timers, n);

        if (!t->expired)
            ret = fail(c, "timer %s: has no expired(); give it one", t->name);
    }
    return ret;
}

static int chardevs_check(struct check *c)
{
    int ret = named_list_check(c, "chardev", &c->type->chardevs,
                               sizeof(struct ob_chardev));

    for (uint32_t n = 0; n < c->type->chardevs.count && !ret; n++) {
        const struct ob_chardev *k = device_item(&c->type->chardevs, n);

        if (!k->room != !k->receive)
            ret = fail(c,
                       "chardev %s: room() and receive() go together; give "
                       "both or neither",
                       k->name);
        else if (device_item_index(&c->type->props, k->name) >= 0)
            ret = fail(c, "chardev %s: a property has that name; rename one",
                       k->name);
    }
    return ret;
}

/* --- saved state ---------------------------------------------------------- */

static int saved_check(struct check *c)
{
    int ret = named_list_check(c, "saved", &c->type->saved,
                               sizeof(struct ob_saved));

    for (uint32_t n = 0; n < c->type->saved.count && !ret; n++) {
        const struct ob_saved *s = device_item(&c->type->saved, n);

        if (!size_known(s->bytes) || !s->count || s->reserved)
            ret = fail(c,
                       "saved %s: %u elements of %u bytes; use 1 or more of "
                       "1, 2, 4 or 8",
                       s->name, s->count, s->bytes);
        else if (s->since > c->type->state_version)
            ret = fail(c,
                       "saved %s: since version %u, and state_version is %u; "
                       "raise that",
                       s->name, s->since, c->type->state_version);
        if (!ret)
            ret = state_check(c, "saved", s->name, s->offset, s->bytes,
                              s->count);
        if (!ret)
            ret = props_apart_check(c, "saved", s->name, s->offset,
                                    (uint64_t)s->bytes * s->count,
                                    c->type->props.count);
    }
    return ret;
}

/* Refuse here, not at a snapshot: what can be saved can be loaded. */
static int block_check(struct check *c)
{
    uint64_t bytes = device_type_block_bytes(c->type);

    if (bytes <= DEVICE_BLOCK_MAX)
        return 0;
    return fail(c,
                "a saved state of %" PRIu64 " bytes is more than %u; save "
                "less, or what can be computed again not at all",
                bytes, DEVICE_BLOCK_MAX);
}

/* --- names that a host shows side by side --------------------------------- */

/* What hosts call something of their own; twice would end QEMU. */
static const char *const names_taken[] = {
    "hotpluggable", "hotplugged", "parent_bus", "realized", "sysbus-irq",
    "type", NULL,
};

static int apart_check(struct check *c, GHashTable *seen, const char *what,
                       const struct ob_array *list)
{
    int ret = 0;

    for (uint32_t n = 0; n < list->count && !ret; n++) {
        const char *const *item = device_item(list, n);
        const char *other = g_hash_table_lookup(seen, *item);

        if (str_in(*item, names_taken))
            ret = fail(c,
                       "%s %s: a host has something of that name; rename it",
                       what, *item);
        else if (other)
            ret = fail(c, "%s %s: there is a like-named %s; rename one", what,
                       *item, other);
        g_hash_table_insert(seen, (void *)*item, (void *)what);
    }
    return ret;
}

/* Hosts keep properties, back ends and clocks in one list, lines in another. */
static int all_apart_check(struct check *c)
{
    const struct ob_device_type *t = c->type;
    GHashTable *props = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTable *lines = g_hash_table_new(g_str_hash, g_str_equal);
    int ret = apart_check(c, props, "property", &t->props);

    if (!ret)
        ret = apart_check(c, props, "chardev", &t->chardevs);
    if (!ret)
        ret = apart_check(c, props, "clock", &t->clocks);
    if (!ret)
        ret = apart_check(c, lines, "input", &t->inputs);
    if (!ret)
        ret = apart_check(c, lines, "output", &t->outputs);
    g_hash_table_destroy(props);
    g_hash_table_destroy(lines);
    return ret;
}

/* --- the type ------------------------------------------------------------- */

static int head_check(const struct ob_device_type *t, struct ob_err *err)
{
    struct check c = { .type = t, .err = err };
    const char *flaw;

    if (!t)
        return err_set(err, -EINVAL,
                       "type: is NULL; list the module's types in `devices`");
    if (t->size < sizeof(*t))
        return err_set(err, -EINVAL,
                       "type: its struct has %u bytes, at least %zu expected; "
                       "set .size = sizeof(struct ob_device_type)",
                       t->size, sizeof(*t));
    flaw = name_flaw(t->name);
    if (flaw)
        return err_set(err, -EINVAL, "type: its name %s; give it one", flaw);
    flaw = str_type_flaw(t->name);
    if (flaw)
        return fail(&c, "the name %s; use [a-z0-9._-]", flaw);
    if (t->flags)
        return fail(&c, "flags 0x%x are unknown; use 0", t->flags);
    if (t->state_bytes > DEVICE_STATE_MAX)
        return fail(&c,
                    "a state struct of %u bytes is more than %u; allocate "
                    "large buffers in create()",
                    t->state_bytes, DEVICE_STATE_MAX);
    if (t->state_oldest > t->state_version)
        return fail(&c, "state_oldest %u is above state_version %u; swap them",
                    t->state_oldest, t->state_version);
    return 0;
}

int device_type_check(const struct ob_device_type *type, struct ob_err *err)
{
    struct check c = { .type = type, .err = err };
    int ret = head_check(type, err);

    if (!ret)
        ret = props_check(&c);
    if (!ret)
        ret = regions_check(&c);
    if (!ret)
        ret = direct_bytes_check(&c);
    if (!ret)
        ret = named_list_check(&c, "irq", &type->irqs, sizeof(struct ob_irq));
    if (!ret)
        ret = gpios_check(&c, "input", &type->inputs);
    if (!ret)
        ret = gpios_check(&c, "output", &type->outputs);
    if (!ret)
        ret = clocks_check(&c);
    if (!ret)
        ret = timers_check(&c);
    if (!ret)
        ret = chardevs_check(&c);
    if (!ret)
        ret = all_apart_check(&c);
    if (!ret)
        ret = saved_check(&c);
    return ret ? ret : block_check(&c);
}
