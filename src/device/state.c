/* SPDX-License-Identifier: MIT */
/*
 * Saved state. A block, all numbers little endian:
 *
 *     "OBST"  u32 format (1)  name of the type  u32 state_version
 *     u32 entries, then for each:
 *         u8 kind  name  u8 width  u32 count  count * width bytes
 *
 * where a name is u16 length and its bytes. Kinds: a register with storage
 * ("REGION.REGISTER"), a declared saved member, a timer's absolute deadline, an
 * input group's levels, a property that is OB_PROP_LIVE. Restoring reads
 * hostile bytes: the whole block is matched against the declaration before the
 * first byte of state changes.
 *
 * If the process of a part ended after a reset, no state is known. The block
 * is then "OBRS" and the name of the type, and restoring it resets the device.
 */
#include "device/core.h"

#include <errno.h>
#include <string.h>

enum { FORMAT = 1, NAME_MAX_BYTES = 320 };
enum kind { KIND_REG = 1, KIND_SAVED, KIND_TIMER, KIND_INPUT, KIND_PROP };

/* One thing to save, as this build of the model declares it. */
struct entry {
    enum kind kind;
    char name[NAME_MAX_BYTES];
    uint8_t width;
    uint16_t since;
    uint32_t count;
    const char *was;            /* an older name, or NULL */
    uint8_t *at;                /* in the state struct: registers, saved */
    size_t step;                /* bytes between elements there */
    const struct device_reg *reg;
    uint64_t *deadline;
    int64_t *levels;
    struct device_prop *prop;
    const struct ob_prop *prop_decl;
    const uint8_t *data;        /* found in the block, or NULL */
};

/* --- the declaration's entries -------------------------------------------- */

static struct entry *entry_add(GArray *all, enum kind kind, unsigned width,
                               uint32_t count, const char *prefix,
                               const char *name)
{
    struct entry *e;

    g_array_set_size(all, all->len + 1);
    e = &g_array_index(all, struct entry, all->len - 1);
    memset(e, 0, sizeof(*e));
    e->kind = kind;
    e->width = (uint8_t)width;
    e->count = count;
    g_snprintf(e->name, sizeof(e->name), "%s%s%s", prefix ? prefix : "",
               prefix ? "." : "", name);
    return e;
}

static void regs_add(struct device *d, GArray *all)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        struct device_region *r = &d->regions[n];

        for (uint32_t i = 0; i < r->n_regs; i++) {
            const struct decl_reg *decl = &r->regs[i].decl;
            struct entry *e;

            if (!decl->stored)
                continue;
            e = entry_add(all, KIND_REG, decl->bytes, decl->count, r->name,
                          decl->name);
            e->at = d->state + decl->state;
            e->step = decl->state_step;
            e->reg = &r->regs[i];
        }
    }
}

static void others_add(struct device *d, GArray *all)
{
    for (uint32_t n = 0; n < d->type->saved.count; n++) {
        const struct ob_saved *s = &d->type->saved.at[n];
        struct entry *e = entry_add(all, KIND_SAVED, s->bytes, s->count, NULL,
                                    s->name);

        e->at = d->state + s->offset;
        e->step = s->step;
        e->was = s->was;
        e->since = s->since;
    }
    for (uint32_t n = 0; n < d->type->timers.count; n++) {
        const struct decl_timer *t = &d->type->timers.at[n];

        entry_add(all, KIND_TIMER, 8, 1, NULL, t->name)->deadline =
            &d->deadlines[n];
    }
    for (uint32_t n = 0; n < d->type->inputs.count; n++) {
        const struct ob_gpio *g = &d->type->inputs.at[n];

        entry_add(all, KIND_INPUT, 4, g->count, NULL, g->name)->levels =
            d->input_levels[n];
    }
}

static void props_add(struct device *d, GArray *all)
{
    for (uint32_t n = 0; n < d->type->props.count; n++) {
        const struct ob_prop *p = &d->type->props.at[n];
        struct entry *e;

        if (!(p->flags & OB_PROP_LIVE))
            continue;
        e = entry_add(all, KIND_PROP, 8, 1, NULL, p->name);
        e->prop = &d->props[n];
        e->prop_decl = p;
    }
}

/* The caller owns the array: g_array_free(). */
static GArray *entries_of(struct device *d)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct entry));

    regs_add(d, all);
    others_add(d, all);
    props_add(d, all);
    return all;
}

/* --- saving --------------------------------------------------------------- */

static void put(GByteArray *out, unsigned bytes, uint64_t value)
{
    uint64_t le = GUINT64_TO_LE(value);

    g_byte_array_append(out, (const uint8_t *)&le, bytes);
}

static void put_name(GByteArray *out, const char *name)
{
    put(out, 2, strlen(name));
    g_byte_array_append(out, (const uint8_t *)name, (guint)strlen(name));
}

static uint64_t entry_get(const struct entry *e, uint32_t i)
{
    switch (e->kind) {
    case KIND_TIMER: return *e->deadline;
    case KIND_PROP: return e->prop->value;
    case KIND_INPUT: return (uint32_t)e->levels[i];
    default: return device_load(e->at + i * e->step, e->width);
    }
}

GByteArray *device_block_save(struct device *d)
{
    GByteArray *out = g_byte_array_new();
    GArray *all = entries_of(d);

    g_byte_array_append(out, (const uint8_t *)"OBST", 4);
    put(out, 4, FORMAT);
    put_name(out, d->type->name);
    put(out, 4, d->type->state_version);
    put(out, 4, all->len);
    for (guint n = 0; n < all->len; n++) {
        const struct entry *e = &g_array_index(all, struct entry, n);

        put(out, 1, e->kind);
        put_name(out, e->name);
        put(out, 1, e->width);
        put(out, 4, e->count);
        for (uint32_t i = 0; i < e->count; i++)
            put(out, e->width, entry_get(e, i));
    }
    g_array_free(all, TRUE);
    return out;
}

GByteArray *device_block_of_reset(const struct device *d)
{
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, (const uint8_t *)"OBRS", 4);
    put_name(out, d->type->name);
    return out;
}

bool device_block_is_reset(const struct device *d, const uint8_t *bytes,
                           size_t count)
{
    GByteArray *want = device_block_of_reset(d);
    bool same = count == want->len && !memcmp(bytes, want->data, count);

    g_byte_array_free(want, TRUE);
    return same;
}

/* --- restoring ------------------------------------------------------------ */

/* The block being read: `at` never passes `end`. */
struct block {
    struct device *d;
    const uint8_t *at, *end;
    uint32_t version;
    struct ob_err *err;
};

static int block_err(struct block *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int block_err(struct block *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(b->err, -EINVAL, fmt, ap);
    va_end(ap);
    err_prefix(b->err, -EINVAL, "%s %s: saved state", b->d->type->name,
               b->d->id);
    return -EINVAL;
}

static int take(struct block *b, unsigned bytes, uint64_t *ret)
{
    uint64_t le = 0;

    if ((size_t)(b->end - b->at) < bytes) {
        block_err(b, "ends early; the snapshot is damaged");
        return -EINVAL;
    }
    memcpy(&le, b->at, bytes);
    b->at += bytes;
    *ret = GUINT64_FROM_LE(le);
    return 0;
}

static int take_name(struct block *b, char ret[NAME_MAX_BYTES])
{
    uint64_t len;
    int status = take(b, 2, &len);

    if (status)
        return status;
    if (!len || len >= NAME_MAX_BYTES || len > (size_t)(b->end - b->at) ||
        memchr(b->at, 0, len)) {
        block_err(b,
                  "has a name of %u bytes that cannot be; the snapshot is "
                  "damaged",
                  (unsigned)len);
        return -EINVAL;
    }
    memcpy(ret, b->at, len);
    ret[len] = 0;
    b->at += len;
    return 0;
}

static struct entry *entry_find(GArray *all, uint64_t kind, const char *name)
{
    for (guint n = 0; n < all->len; n++) {
        struct entry *e = &g_array_index(all, struct entry, n);

        if (e->kind == kind &&
            (!strcmp(e->name, name) || (e->was && !strcmp(e->was, name))))
            return e;
    }
    return NULL;
}

static int head_check(struct block *b, uint64_t *ret_count)
{
    const struct device_decl *t = b->d->type;
    char name[NAME_MAX_BYTES];
    uint64_t magic, format, version;
    int ret;

    if ((ret = take(b, 4, &magic)) || (ret = take(b, 4, &format)))
        return ret;
    if (magic != 0x5453424f || format != FORMAT)
        return block_err(b,
                         "does not start as format %d does; the snapshot is "
                         "damaged, or newer than this build",
                         FORMAT);
    if ((ret = take_name(b, name)))
        return ret;
    if (strcmp(name, t->name))
        return block_err(b, "is of type %s; restore it into one of those",
                         name);
    if ((ret = take(b, 4, &version)))
        return ret;
    if (version > t->state_version || version < t->state_oldest)
        return block_err(b,
                         "has version %u and this model takes %u to %u; use "
                         "the module that wrote it",
                         (unsigned)version, t->state_oldest, t->state_version);
    b->version = (uint32_t)version;
    return take(b, 4, ret_count);
}

/* The model relies on a property's range, also after a restore. */
static int prop_in_block_check(struct block *b, const struct entry *e)
{
    uint64_t le;

    memcpy(&le, b->at, sizeof(le));
    if (decl_prop_fits(e->prop_decl, GUINT64_FROM_LE(le)))
        return 0;
    return block_err(b,
                     "entry %s: %" PRId64 " is out of the property's range; "
                     "the snapshot is damaged",
                     e->name, (int64_t)GUINT64_FROM_LE(le));
}

/* What is before the values of an entry. All of its values are in the block. */
static int entry_head_take(struct block *b, uint64_t *ret_kind,
                           char ret_name[NAME_MAX_BYTES], uint64_t *ret_width,
                           uint64_t *ret_count)
{
    int ret;

    if ((ret = take(b, 1, ret_kind)) || (ret = take_name(b, ret_name)) ||
        (ret = take(b, 1, ret_width)) || (ret = take(b, 4, ret_count)))
        return ret;
    if (*ret_width > 8 || *ret_count * *ret_width > (size_t)(b->end - b->at))
        return block_err(b,
                         "entry %s: %u elements of %u bytes do not fit in the "
                         "block; the snapshot is damaged",
                         ret_name, (unsigned)*ret_count, (unsigned)*ret_width);
    return 0;
}

static int entry_take(struct block *b, GArray *all)
{
    uint64_t kind, width, count;
    char name[NAME_MAX_BYTES];
    struct entry *e;
    int ret = entry_head_take(b, &kind, name, &width, &count);

    if (ret)
        return ret;
    e = entry_find(all, kind, name);
    if (e && (e->width != width || e->count != count))
        return block_err(b,
                         "entry %s: %u elements of %u bytes, the model has %u "
                         "of %u; use the module that wrote it",
                         name, (unsigned)count, (unsigned)width, e->count,
                         e->width);
    if (e && e->data)
        return block_err(
            b, "entry %s: is there twice; the snapshot is damaged", name);
    /* An older version may have had what this one has no more. */
    if (!e && b->version == b->d->type->state_version)
        return block_err(b,
                         "entry %s: the model has none of that name; use the "
                         "module that wrote it",
                         name);
    if (e && kind == KIND_PROP && (ret = prop_in_block_check(b, e)))
        return ret;
    if (e)
        e->data = b->at;
    b->at += count * width;
    return 0;
}

/*
 * An entry may be missing only where an older version of the model can have
 * lacked it.
 */
static int missing_check(struct block *b, GArray *all)
{
    for (guint n = 0; n < all->len; n++) {
        const struct entry *e = &g_array_index(all, struct entry, n);
        bool declared_later = e->since > b->version;
        bool may_be_new = e->kind != KIND_SAVED &&
                          b->version < b->d->type->state_version;

        if (!e->data && !declared_later && !may_be_new)
            return block_err(b,
                             "entry %s: is missing; use the module that wrote "
                             "it",
                             e->name);
    }
    return 0;
}

static int block_match(struct block *b, GArray *all)
{
    uint64_t count = 0;
    int ret = head_check(b, &count);

    if (ret)
        return ret;
    for (uint64_t n = 0; n < count; n++)
        if ((ret = entry_take(b, all)))
            return ret;
    if (b->at != b->end)
        return block_err(b,
                         "has %zu bytes after its end; the snapshot is "
                         "damaged",
                         (size_t)(b->end - b->at));
    return missing_check(b, all);
}

static void timer_put(struct device *d, const struct entry *e,
                      uint64_t deadline)
{
    uint32_t n = (uint32_t)(e->deadline - d->deadlines);

    if (deadline == DEVICE_UNARMED) {
        if (*e->deadline != DEVICE_UNARMED)
            d->ops->timer_cancel(d->port, n);
        *e->deadline = DEVICE_UNARMED;
        return;
    }
    *e->deadline = MIN(deadline, (uint64_t)INT64_MAX);
    d->ops->timer_arm(d->port, n, *e->deadline);
}

static void entry_put(struct device *d, const struct entry *e, uint32_t i,
                      uint64_t value)
{
    switch (e->kind) {
    case KIND_TIMER: timer_put(d, e, value); break;
    case KIND_PROP:
        e->prop->value = value;
        device_prop_store(d, (uint32_t)(e->prop - d->props));
        break;
    case KIND_INPUT: e->levels[i] = (int32_t)(uint32_t)value; break;
    case KIND_REG:
        value = (value & ~e->reg->none) | e->reg->force;
        /* fall through */
    default: device_store(e->at + i * e->step, e->width, value);
    }
}

static void entries_apply(struct device *d, GArray *all)
{
    for (guint n = 0; n < all->len; n++) {
        const struct entry *e = &g_array_index(all, struct entry, n);

        for (uint32_t i = 0; e->data && i < e->count; i++) {
            uint64_t le = 0;

            memcpy(&le, e->data + (size_t)i * e->width, e->width);
            entry_put(d, e, i, GUINT64_FROM_LE(le));
        }
    }
    device_levels_forget(d);
    d->was_reset = true;
}

int device_block_restore(struct device *d, const uint8_t *bytes, size_t count,
                         struct ob_err *err)
{
    struct block b = {
        .d = d, .at = bytes, .end = count ? bytes + count : bytes, .err = err,
    };
    GArray *all = entries_of(d);
    int ret = block_match(&b, all);

    if (!ret)
        entries_apply(d, all);
    g_array_free(all, TRUE);
    return ret;
}

/*
 * The model's process has the declaration of the whole state, this host only
 * that of the properties. So all other entries are passed over.
 */
bool device_block_prop(struct device *d, const uint8_t *bytes, size_t count,
                       uint32_t n, uint64_t *ret)
{
    struct ob_err err = { 0 };
    struct block b = { .d = d, .at = bytes, .end = bytes + count,
                       .err = &err };
    const struct ob_prop *p = &d->type->props.at[n];
    char name[NAME_MAX_BYTES];
    uint64_t kind, width, items, entries, magic, format, value;

    if (take(&b, 4, &magic) || take(&b, 4, &format) || take_name(&b, name) ||
        take(&b, 4, &value) || take(&b, 4, &entries))
        return false;
    for (; entries && !entry_head_take(&b, &kind, name, &width, &items);
         entries--, b.at += width * items)
        if (kind == KIND_PROP && width == 8 && items == 1 &&
            !strcmp(name, p->name) && !take(&b, 8, &value)) {
            *ret = value;
            return decl_prop_fits(p, value);
        }
    return false;
}
