/* SPDX-License-Identifier: MIT */
/*
 * Checks a declaration. All of it is hostile before these checks, and the rest
 * of the core relies on every check below. The checks see a normalised
 * declaration, so they are the same for a module's descriptor and for the
 * bytes of another process.
 */
#include "device/decl/decl_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { TEXT_MAX = 128 };

struct check {
    const struct device_decl *decl;
    bool code;                      /* it comes from a module */
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
    err_prefix(c->err, -EINVAL, "type %s", c->decl->name);
    return -EINVAL;
}

/*
 * Names go into messages and into a host's lists. A blank or a control
 * character would make those ambiguous.
 */
const char *decl_name_flaw(const char *name)
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

/* Names are the first member of every item; no two alike within a list. */
static int names_check(struct check *c, const char *what, const void *items,
                       uint32_t count, size_t bytes)
{
    GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
    int ret = 0;

    for (uint32_t n = 0; n < count && !ret; n++) {
        const char *name = device_decl_name(items, count, bytes, n);
        const char *flaw = decl_name_flaw(name);

        if (flaw)
            ret = fail(c, "%s %u: its name %s; give it one", what, n, flaw);
        else if (!g_hash_table_add(seen, (void *)name))
            ret = fail(c, "%s %s: the name is there twice; rename one", what,
                       name);
    }
    g_hash_table_destroy(seen);
    return ret;
}

/* --- the state struct ----------------------------------------------------- */

/* Elements that lie at equal distances in the state struct. */
struct elements {
    uint64_t offset, bytes, step, count;    /* count >= 1, step >= bytes */
};

static uint64_t elements_bytes(const struct elements *e)
{
    return (e->count - 1) * e->step + e->bytes;
}

/*
 * They lie in the state struct. Nothing can overflow: a width is at most 8, and
 * a count and a step have 32 bits.
 */
static int state_check(struct check *c, const char *what, const char *name,
                       const struct elements *e)
{
    if (e->step < e->bytes)
        return fail(c,
                    "%s %s: steps of %" PRIu64 " bytes in the state struct "
                    "for elements of %" PRIu64 "; use 0 or more",
                    what, name, e->step, e->bytes);
    if (e->offset > c->decl->state_bytes ||
        elements_bytes(e) > c->decl->state_bytes - e->offset)
        return fail(c,
                    "%s %s: %" PRIu64 " bytes at %" PRIu64 " are past the "
                    "state struct's %u bytes; check its offset and "
                    "state_bytes",
                    what, name, elements_bytes(e), e->offset,
                    c->decl->state_bytes);
    return 0;
}

/* Does one of the elements share a byte with `bytes` bytes at `offset`? */
static bool elements_meet(const struct elements *e, uint64_t offset,
                          uint64_t bytes)
{
    uint64_t at = e->offset, k = offset > at ? (offset - at) / e->step : 0;

    for (uint64_t n = k; n < e->count && n < k + 2; n++)
        if (offset < at + n * e->step + e->bytes &&
            at + n * e->step < offset + bytes)
            return true;
    return false;
}

/*
 * What the guest or a snapshot writes must not lie over a property: among
 * them are pointers.
 */
static int props_apart_check(struct check *c, const char *what,
                             const char *name, const struct elements *e,
                             uint32_t upto)
{
    for (uint32_t n = 0; n < upto; n++) {
        const struct ob_prop *p = &c->decl->props.at[n];

        if (elements_meet(e, p->offset, decl_prop_bytes(p)))
            return fail(c,
                        "%s %s: lies over property %s in the state struct; "
                        "give each a member of its own",
                        what, name, p->name);
    }
    return 0;
}

/* --- properties ----------------------------------------------------------- */

/* `value` as a number of the property's sign. Returns `text`. */
static const char *prop_show(const struct ob_prop *p, uint64_t value,
                             char text[24])
{
    if (p->type == OB_PROP_INT)
        snprintf(text, 24, "%" PRId64, (int64_t)value);
    else
        snprintf(text, 24, "%" PRIu64, value);
    return text;
}

/* The range of all values that fit in the property's member. */
static void prop_bounds(const struct ob_prop *p, uint64_t *ret_lo,
                        uint64_t *ret_hi)
{
    *ret_lo = 0;
    switch (p->type) {
    case OB_PROP_BOOL: *ret_hi = 1; break;
    case OB_PROP_ENUM: *ret_hi = str_count(p->choices) - 1; break;
    case OB_PROP_UINT: *ret_hi = device_mask(p->bytes); break;
    case OB_PROP_INT:
        *ret_hi = device_mask(p->bytes) >> 1;
        *ret_lo = ~*ret_hi;
        break;
    default: *ret_hi = UINT64_MAX;
    }
}

/*
 * The member in the state struct bounds the range: each value that a user may
 * set must fit in it.
 */
static int prop_range_check(struct check *c, const struct ob_prop *p)
{
    struct ob_prop member = *p;
    char min[24], max[24], lo[24], hi[24];

    prop_bounds(p, &member.min, &member.max);
    if (decl_prop_fits(p, p->min) && decl_prop_fits(&member, p->min) &&
        decl_prop_fits(&member, p->max))
        return 0;
    return fail(c,
                "property %s: range %s to %s cannot be; use %s to %s at most",
                p->name, prop_show(p, p->min, min), prop_show(p, p->max, max),
                prop_show(p, member.min, lo), prop_show(p, member.max, hi));
}

static int prop_default_check(struct check *c, const struct ob_prop *p)
{
    char def[24], min[24], max[24];

    /*
     * The user replaces the default of a required property, so any number will
     * do. But the core finds an enum's text by it before that.
     */
    if ((p->flags & OB_PROP_REQUIRED && p->type != OB_PROP_ENUM) ||
        decl_prop_fits(p, p->def))
        return 0;
    return fail(c, "property %s: default %s is out of its range; use %s to %s",
                p->name, prop_show(p, p->def, def), prop_show(p, p->min, min),
                prop_show(p, p->max, max));
}

static int prop_live_check(struct check *c, const struct ob_prop *p)
{
    if (p->flags & OB_PROP_LIVE && !decl_prop_is_number(p))
        return fail(c,
                    "property %s: is OB_PROP_LIVE and not a number; drop the "
                    "flag",
                    p->name);
    if (p->changed && !(p->flags & OB_PROP_LIVE))
        return fail(c,
                    "property %s: has changed() and is not OB_PROP_LIVE; set "
                    "the flag",
                    p->name);
    return 0;
}

/* Boards, command lines and QEMU's own help show these names. */
static bool prop_name_ok(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
           strlen(name);
}

static int prop_check(struct check *c, const struct ob_prop *p, uint32_t n)
{
    uint32_t bytes = decl_prop_bytes(p);
    struct elements e = { p->offset, bytes, bytes, 1 };
    int ret;

    if (!prop_name_ok(p->name))
        return fail(c,
                    "property %s: a name of other characters; use [a-z0-9-]",
                    p->name);

    if (p->type < OB_PROP_BOOL || p->type > OB_PROP_INT)
        return fail(c, "property %s: type %u is unknown; use OB_PROP_*",
                    p->name, p->type);
    if (p->flags & ~(OB_PROP_REQUIRED | OB_PROP_LIVE))
        return fail(c,
                    "property %s: flags 0x%x are unknown; use "
                    "OB_PROP_REQUIRED, OB_PROP_LIVE or 0",
                    p->name, p->flags);
    if (p->type == OB_PROP_UINT || p->type == OB_PROP_INT
            ? !decl_size_known(p->bytes)
            : p->bytes != 0)
        return fail(c,
                    "property %s: %u bytes of storage; use 1, 2, 4 or 8 for a "
                    "UINT or INT, else 0",
                    p->name, p->bytes);
    if (p->type == OB_PROP_ENUM && !str_count(p->choices))
        return fail(c, "property %s: an enum without choices; list them",
                    p->name);
    ret = state_check(c, "property", p->name, &e);
    if (!ret && decl_prop_is_number(p))
        ret = prop_range_check(c, p);
    if (!ret && decl_prop_is_number(p))
        ret = prop_default_check(c, p);
    if (!ret)
        ret = prop_live_check(c, p);
    if (!ret)
        ret = props_apart_check(c, "property", p->name, &e, n);
    return ret;
}

static int props_check(struct check *c)
{
    int ret = names_check(c, "property", DECL_NAMES(c->decl->props));

    for (uint32_t n = 0; n < c->decl->props.count && !ret; n++)
        ret = prop_check(c, &c->decl->props.at[n], n);
    return ret;
}

/* --- registers ------------------------------------------------------------ */

/* A field's bits are side by side: the mask plus its lowest bit carries. */
static bool mask_ok(uint64_t mask)
{
    return mask && !((mask + (mask & -mask)) & mask);
}

/* A bit in two fields would have two access rules. */
static int field_check(struct check *c, const struct decl_reg *g,
                       const struct ob_field *f, uint64_t *taken)
{
    const char *flaw = decl_name_flaw(f->name);

    if (flaw)
        return fail(c, "register %s: a field's name %s; give it one", g->name,
                    flaw);
    if (!mask_ok(f->mask) || f->mask & ~device_mask(g->bytes))
        return fail(c,
                    "register %s: field %s: mask 0x%" PRIx64 "; use bits side "
                    "by side within the register's %u",
                    g->name, f->name, f->mask, 8u * g->bytes);
    if (*taken & f->mask)
        return fail(c,
                    "register %s: field %s overlaps another; check its mask",
                    g->name, f->name);
    if (f->access > OB_WO)
        return fail(c,
                    "register %s: field %s: access %u is unknown; use OB_RW "
                    "to OB_WO",
                    g->name, f->name, f->access);
    if (f->reserved)
        return fail(c, "register %s: field %s: reserved is set; leave it 0",
                    g->name, f->name);
    *taken |= f->mask;
    return 0;
}

static int fields_check(struct check *c, const struct decl_reg *g)
{
    uint64_t taken = 0;
    int ret = 0;

    if (g->fields.count > DEVICE_FIELDS_MAX)
        return fail(c, "register %s: %u fields are more than its bits",
                    g->name, g->fields.count);
    if (g->fields.count && g->access)
        return fail(c,
                    "register %s: has fields and .access, which then means "
                    "nothing; drop .access, or give it to a field",
                    g->name);
    for (uint32_t n = 0; n < g->fields.count && !ret; n++) {
        ret = field_check(c, g, &g->fields.at[n], &taken);
        for (uint32_t m = 0; m < n && !ret; m++)
            if (!strcmp(g->fields.at[n].name, g->fields.at[m].name))
                ret = fail(c,
                           "register %s: field %s is there twice; rename one",
                           g->name, g->fields.at[n].name);
    }
    return ret;
}

/*
 * regs.c relies on these bounds: it keeps an offset in 32 bits, and its table
 * of cells reaches to the end of the last register.
 */
static int reg_shape_check(struct check *c, const struct decl_region *r,
                           const struct decl_reg *g)
{
    uint64_t end = decl_reg_end(g);

    if (!decl_size_known(g->bytes))
        return fail(c, "register %s: %u bytes; use 1, 2, 4 or 8", g->name,
                    g->bytes);
    if (g->flags & ~(OB_REG_UNIMPL | OB_REG_SHARED))
        return fail(c, "register %s: flags 0x%x are unknown; use OB_REG_*",
                    g->name, g->flags);
    if (g->access > OB_WO)
        return fail(c, "register %s: access %u is unknown; use OB_RW to OB_WO",
                    g->name, g->access);
    if (g->step < g->bytes)
        return fail(c,
                    "register %s: steps of %u bytes for elements of %u; use 0 "
                    "or more",
                    g->name, g->step, g->bytes);
    if (end > r->bytes)
        return fail(c,
                    "register %s: ends at 0x%" PRIx64 ", past region %s of "
                    "0x%" PRIx64 " bytes; make the region reach it",
                    g->name, end, r->name, r->bytes);
    if (end > DEVICE_REGS_END)
        return fail(c,
                    "register %s: ends at 0x%" PRIx64 ", past the first "
                    "0x%x bytes of a region; serve what is there by on_read() "
                    "and on_write()",
                    g->name, end, DEVICE_REGS_END);
    if (g->reset & ~device_mask(g->bytes))
        return fail(c,
                    "register %s: reset value 0x%" PRIx64 " is wider than "
                    "%u bytes",
                    g->name, g->reset, g->bytes);
    return 0;
}

/*
 * The model does not see the guest's read of such a register, so a read must
 * not have a side effect (docs/decisions/0006-pages-read-as-memory.md).
 */
static int reg_direct_check(struct check *c, const struct decl_reg *g)
{
    const char *what = g->on_read                 ? "on_read()"
                       : g->flags & OB_REG_UNIMPL ? "OB_REG_UNIMPL"
                       : g->access == OB_RC       ? "OB_RC"
                                                  : NULL;

    if (!g->hints)
        return 0;
    for (uint32_t n = 0; n < g->fields.count; n++)
        if (g->fields.at[n].access == OB_RC)
            what = "a field that is OB_RC";
    if (!what)
        return 0;
    return fail(c,
                "register %s: is OB_REG_DIRECT and has %s, but memory that is "
                "read has no side effect; drop one of them",
                g->name, what);
}

static int reg_state_check(struct check *c, const struct decl_reg *g)
{
    struct elements e = { g->state, g->bytes, g->state_step, g->count };
    int ret = state_check(c, "register", g->name, &e);

    if (!ret && g->state_bytes && elements_bytes(&e) > g->state_bytes)
        ret = fail(c,
                   "register %s: %u elements take %" PRIu64 " bytes, and its "
                   "member has %u; check .count, or use OB_REG32_ARRAY()",
                   g->name, g->count, elements_bytes(&e), g->state_bytes);
    return ret ? ret
               : props_apart_check(c, "register", g->name, &e,
                                   c->decl->props.count);
}

static int reg_check(struct check *c, const struct decl_region *r,
                     const struct decl_reg *g)
{
    int ret = reg_shape_check(c, r, g);

    if (!ret)
        ret = fields_check(c, g);
    if (!ret)
        ret = reg_direct_check(c, g);
    return ret || !g->stored ? ret : reg_state_check(c, g);
}

/* One element, in its region or in the state struct. */
struct extent {
    uint64_t start, end;
    const struct decl_reg *reg;
};

static int extent_compare(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static uint64_t extents_add(struct extent *all, const struct decl_reg *g,
                            uint64_t first, uint64_t step)
{
    for (uint32_t i = 0; i < g->count; i++, first += step)
        all[i] = (struct extent){ first, first + g->bytes, g };
    return g->count;
}

/*
 * No two register elements share a byte of the region: a cell of the table in
 * regs.c leads to one element. The list is sorted first, because 2^18 elements
 * are too many to compare in pairs.
 */
static int overlap_check(struct check *c, const struct decl_region *r,
                         uint64_t elements)
{
    struct extent *all = g_new(struct extent, elements);
    uint64_t k = 0;
    int ret = 0;

    for (uint32_t n = 0; n < r->regs.count; n++)
        k += extents_add(all + k, &r->regs.at[n], r->regs.at[n].offset,
                         r->regs.at[n].step);
    qsort(all, elements, sizeof(*all), extent_compare);
    for (k = 1; k < elements && !ret; k++)
        if (all[k].start < all[k - 1].end)
            ret = fail(c,
                       "register %s: overlaps %s at 0x%" PRIx64 " of "
                       "region %s; check offset and step",
                       all[k].reg->name, all[k - 1].reg->name, all[k].start,
                       r->name);
    g_free(all);
    return ret;
}

/*
 * Registers that keep their values in the same bytes say so. `last` ends
 * behind all extents before: what meets any of them meets `last`.
 */
static int shared_find(struct check *c, const struct extent *all,
                       uint64_t count)
{
    const struct extent *last = all;

    for (uint64_t k = 1; k < count; k++) {
        if (all[k].start < last->end &&
            !(all[k].reg->flags & last->reg->flags & OB_REG_SHARED))
            return fail(c,
                        "register %s: keeps its value in the same bytes of "
                        "the state struct as %s; give it a member of its own, "
                        "or both OB_REG_SHARED",
                        all[k].reg->name, last->reg->name);
        if (all[k].end > last->end)
            last = &all[k];
    }
    return 0;
}

static int shared_check(struct check *c)
{
    struct extent *all = g_new(struct extent, c->elements + 1);
    uint64_t count = 0;
    int ret;

    for (uint32_t i = 0; i < c->decl->regions.count; i++) {
        const struct decl_region *r = &c->decl->regions.at[i];

        for (uint32_t n = 0; n < r->regs.count; n++) {
            const struct decl_reg *g = &r->regs.at[n];

            if (g->stored)
                count += extents_add(all + count, g, g->state, g->state_step);
        }
    }
    qsort(all, count, sizeof(*all), extent_compare);
    ret = shared_find(c, all, count);
    g_free(all);
    return ret;
}

/*
 * The core allocates a slot for each element, so the bound holds for all
 * regions together. It is checked before overlap_check() allocates.
 */
static int regs_check(struct check *c, const struct decl_region *r)
{
    uint64_t elements = 0;
    int ret = names_check(c, "register", DECL_NAMES(r->regs));

    for (uint32_t n = 0; n < r->regs.count && !ret; n++) {
        const struct decl_reg *g = &r->regs.at[n];

        ret = reg_check(c, r, g);
        elements += g->count;
    }
    c->elements += elements;
    if (!ret && c->elements > DEVICE_ELEMENTS_MAX)
        ret = fail(c,
                   "region %s: register elements come to %" PRIu64 ", more "
                   "than %u; serve large ones by on_read() and on_write()",
                   r->name, c->elements, DEVICE_ELEMENTS_MAX);
    return ret || !elements ? ret : overlap_check(c, r, elements);
}

/* --- regions -------------------------------------------------------------- */

static bool sizes_ok(unsigned least, unsigned most)
{
    return decl_size_known(least) && decl_size_known(most) && least <= most;
}

static int region_sizes_check(struct check *c, const struct decl_region *r)
{
    const char *const fix = "use 1, 2, 4 or 8, the least first, or 0, 0";

    if (!sizes_ok(r->access_min, r->access_max))
        return fail(c, "region %s: access sizes %u to %u; %s", r->name,
                    r->access_min, r->access_max, fix);
    if (!sizes_ok(r->impl_min, r->impl_max))
        return fail(c, "region %s: impl sizes %u to %u; %s", r->name,
                    r->impl_min, r->impl_max, fix);
    /* A narrow access is widened to impl_min and must find that many bytes. */
    if ((r->on_read || r->on_write) && r->bytes % r->impl_min)
        return fail(c,
                    "region %s: 0x%" PRIx64 " bytes are not a multiple of the "
                    "%u that on_read() and on_write() take; round up",
                    r->name, r->bytes, r->impl_min);
    return 0;
}

/* No register that is read otherwise lies in the pages of direct_at. */
static int direct_regs_check(struct check *c, const struct decl_region *r,
                             uint64_t at, uint64_t bytes)
{
    for (uint32_t n = 0; n < r->regs.count; n++) {
        const struct decl_reg *g = &r->regs.at[n];

        if (!g->hints && g->offset < at + bytes && decl_reg_end(g) > at)
            return fail(c,
                        "region %s: register %s lies in its pages by "
                        "direct_at and is not OB_REG_DIRECT; mark it so, or "
                        "move the pages",
                        r->name, g->name);
    }
    return 0;
}

/*
 * A host maps whole pages. It may also have no such memory and call on_read()
 * instead, so on_read() must exist.
 */
static int region_direct_check(struct check *c, const struct decl_region *r)
{
    uint64_t at = r->direct_at, bytes = r->direct_bytes;

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
    if (!r->on_read)
        return fail(
            c,
            "region %s: has direct_bytes and no on_read(); give it one, "
            "or mark its registers OB_REG_DIRECT",
            r->name);
    return direct_regs_check(c, r, at, bytes);
}

static int region_check(struct check *c, const struct decl_region *r)
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
    int ret = names_check(c, "region", DECL_NAMES(c->decl->regions));

    for (uint32_t n = 0; n < c->decl->regions.count && !ret; n++) {
        ret = region_check(c, &c->decl->regions.at[n]);
        if (!ret)
            ret = region_direct_check(c, &c->decl->regions.at[n]);
    }
    return ret ? ret : shared_check(c);
}

/*
 * The host allocates that memory for each device and shares it with the
 * runner, so the core bounds what one type can take.
 */
int decl_pages_check(const struct device_decl *decl, struct ob_err *err)
{
    uint64_t bytes = 0;

    for (uint32_t n = 0; n < decl->regions.count; n++)
        for (uint32_t i = 0; i < decl->regions.at[n].pages.count; i++)
            bytes += decl->regions.at[n].pages.at[i].bytes;
    if (bytes <= DEVICE_REGS_END)
        return 0;
    return decl_refuse(decl, err,
                       "0x%" PRIx64 " bytes of its regions are read as "
                       "memory, more than 0x%x; declare fewer",
                       bytes, DEVICE_REGS_END);
}

/* --- lines, clocks, timers, backends -------------------------------------- */

static int gpios_check(struct check *c, const char *what,
                       const struct decl_gpios *list)
{
    int ret = names_check(c, what, DECL_NAMES(*list));

    for (uint32_t n = 0; n < list->count && !ret; n++) {
        const struct ob_gpio *g = &list->at[n];

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
    int ret = names_check(c, "clock", DECL_NAMES(c->decl->clocks));

    for (uint32_t n = 0; n < c->decl->clocks.count && !ret; n++) {
        const struct decl_clock *k = &c->decl->clocks.at[n];

        if (k->direction > OB_CLOCK_OUT)
            ret = fail(c,
                       "clock %s: direction %u; use OB_CLOCK_IN or "
                       "OB_CLOCK_OUT",
                       k->name, k->direction);
    }
    return ret;
}

/*
 * A declaration from another process has no functions, so only a module needs
 * expired().
 */
static int timers_check(struct check *c)
{
    int ret = names_check(c, "timer", DECL_NAMES(c->decl->timers));

    for (uint32_t n = 0; n < c->decl->timers.count && !ret; n++) {
        const struct decl_timer *t = &c->decl->timers.at[n];

        if (c->code && !t->expired)
            ret = fail(c, "timer %s: has no expired(); give it one", t->name);
    }
    return ret;
}

/*
 * The core calls receive() when room() reports room, so a type with only
 * room() would make the core call NULL.
 */
static int chardevs_check(struct check *c)
{
    int ret = names_check(c, "chardev", DECL_NAMES(c->decl->chardevs));

    for (uint32_t n = 0; n < c->decl->chardevs.count && !ret; n++) {
        const struct decl_chardev *k = &c->decl->chardevs.at[n];

        if (!k->room != !k->receive)
            ret = fail(c,
                       "chardev %s: room() and receive() go together; give "
                       "both or neither",
                       k->name);
        else if (device_decl_find(DECL_NAMES(c->decl->props), k->name) >= 0)
            ret = fail(c, "chardev %s: a property has that name; rename one",
                       k->name);
    }
    return ret;
}

/* --- saved state ---------------------------------------------------------- */

static int saved_one_check(struct check *c, const struct ob_saved *s)
{
    struct elements e = { s->offset, s->bytes, s->step, s->count };
    const char *flaw = s->was ? decl_name_flaw(s->was) : NULL;
    int ret;

    if (!decl_size_known(s->bytes) || !s->count)
        return fail(c,
                    "saved %s: %u elements of %u bytes; use 1 or more of "
                    "1, 2, 4 or 8",
                    s->name, s->count, s->bytes);
    if (s->since > c->decl->state_version)
        return fail(c,
                    "saved %s: since version %u, and state_version is %u; "
                    "raise that",
                    s->name, s->since, c->decl->state_version);
    if (flaw)
        return fail(c, "saved %s: its .was %s; correct it", s->name, flaw);
    if (s->was && device_decl_find(DECL_NAMES(c->decl->saved), s->was) >= 0)
        return fail(c,
                    "saved %s: its .was %s is another entry's name; drop it",
                    s->name, s->was);
    ret = state_check(c, "saved", s->name, &e);
    return ret ? ret
               : props_apart_check(c, "saved", s->name, &e,
                                   c->decl->props.count);
}

static int saved_check(struct check *c)
{
    int ret = names_check(c, "saved", DECL_NAMES(c->decl->saved));

    for (uint32_t n = 0; n < c->decl->saved.count && !ret; n++)
        ret = saved_one_check(c, &c->decl->saved.at[n]);
    return ret;
}

/* Refuse here, not at a snapshot: what can be saved can be loaded. */
static int block_check(struct check *c)
{
    uint64_t bytes = device_decl_block_bytes(c->decl);

    if (bytes <= DEVICE_BLOCK_MAX)
        return 0;
    return fail(c,
                "a saved state of %" PRIu64 " bytes is more than %u; save "
                "less, or what can be computed again not at all",
                bytes, DEVICE_BLOCK_MAX);
}

/* --- names that a host shows side by side --------------------------------- */

/* A host uses these names itself. QEMU ends if it gets one a second time. */
static const char *const names_taken[] = {
    "hotpluggable", "hotplugged", "parent_bus", "realized", "sysbus-irq",
    "type", NULL,
};

static int apart_check(struct check *c, GHashTable *seen, const char *what,
                       const void *items, uint32_t count, size_t bytes)
{
    int ret = 0;

    for (uint32_t n = 0; n < count && !ret; n++) {
        const char *name = device_decl_name(items, count, bytes, n);
        const char *other = g_hash_table_lookup(seen, name);

        if (str_in(name, names_taken))
            ret = fail(c,
                       "%s %s: a host has something of that name; rename it",
                       what, name);
        else if (other)
            ret = fail(c, "%s %s: there is a like-named %s; rename one", what,
                       name, other);
        g_hash_table_insert(seen, (void *)name, (void *)what);
    }
    return ret;
}

/* Hosts keep properties, backends and clocks in one list, lines in another. */
static int all_apart_check(struct check *c)
{
    const struct device_decl *t = c->decl;
    GHashTable *props = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTable *lines = g_hash_table_new(g_str_hash, g_str_equal);
    int ret = apart_check(c, props, "property", DECL_NAMES(t->props));

    if (!ret)
        ret = apart_check(c, props, "chardev", DECL_NAMES(t->chardevs));
    if (!ret)
        ret = apart_check(c, props, "clock", DECL_NAMES(t->clocks));
    if (!ret)
        ret = apart_check(c, lines, "input", DECL_NAMES(t->inputs));
    if (!ret)
        ret = apart_check(c, lines, "output", DECL_NAMES(t->outputs));
    g_hash_table_destroy(props);
    g_hash_table_destroy(lines);
    return ret;
}

/* --- the type ------------------------------------------------------------- */

static int head_check(struct check *c)
{
    const struct device_decl *t = c->decl;
    const char *flaw = str_type_flaw(t->name);

    if (flaw)
        return fail(c, "the name %s; use [a-z0-9._-]", flaw);
    if (t->state_bytes > DEVICE_STATE_MAX)
        return fail(c,
                    "a state struct of %u bytes is more than %u; allocate "
                    "large buffers in create()",
                    t->state_bytes, DEVICE_STATE_MAX);
    if (t->state_oldest > t->state_version)
        return fail(c, "state_oldest %u is above state_version %u; swap them",
                    t->state_oldest, t->state_version);
    return 0;
}

/*
 * The order matters. Later checks read what earlier ones have passed: all
 * state checks compare with the properties, and block_check() measures names
 * and counts.
 */
int decl_check(const struct device_decl *decl, bool code, struct ob_err *err)
{
    struct check c = { .decl = decl, .code = code, .err = err };
    int ret = head_check(&c);

    if (!ret)
        ret = props_check(&c);
    if (!ret)
        ret = regions_check(&c);
    if (!ret)
        ret = names_check(&c, "irq", DECL_NAMES(decl->irqs));
    if (!ret)
        ret = gpios_check(&c, "input", &decl->inputs);
    if (!ret)
        ret = gpios_check(&c, "output", &decl->outputs);
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
