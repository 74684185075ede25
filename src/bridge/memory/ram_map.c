/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds shared RAM in an address space, and keeps it up to date with a
 * listener. The bridge knows only the first five functions of QEMU's struct of
 * listeners, and only the first members of a section. So it checks what they
 * report with QEMU's own address_space_map() before it uses it.
 */
#include <glib.h>

#include "bridge/memory/ram_int.h"
#include "bridge/process/report.h"
#include "bridge/qemu/symbols.h"

static GHashTable *spaces;      /* struct AddressSpace * -> struct space * */

/* An address space, and the window in it that the model uses. */
struct space {
    struct qemu_listener listener;      /* first, because QEMU passes it back */
    struct AddressSpace *as;
    uint64_t base, bytes;
    GArray *noted;                      /* struct host_range, as reported */
    GArray *ranges;                     /* the current ones */
    bool told, bad, warned, changed;
    GArray *tried;                      /* those that passed the check */
    struct host_map map;
};

static struct space *space_of_listener(struct qemu_listener *l)
{
    return (struct space *)l;
}

/* --- the listener --------------------------------------------------------- */

static void begin(struct qemu_listener *l)
{
    struct space *s = space_of_listener(l);

    g_array_set_size(s->noted, 0);
    s->told = false;
}

static bool plausible(const struct space *s, const struct qemu_section *sec,
                      const struct ram *r)
{
    const struct host_range *last = s->noted->len
                                        ? &g_array_index(s->noted,
                                                         struct host_range,
                                                         s->noted->len - 1)
                                        : NULL;
    uint64_t bytes = sec->bytes[0], addr = sec->addr;

    return sec->bytes[1] == 0 && bytes != 0 && addr + (bytes - 1) >= addr &&
           sec->offset <= r->memory.bytes &&
           bytes <= r->memory.bytes - sec->offset &&
           (!last || addr > last->addr + (last->bytes - 1));
}

/* Merge a range that continues the last one: a process sees no difference. */
static void note(struct space *s, const struct host_range *r)
{
    struct host_range *last = s->noted->len
                                  ? &g_array_index(s->noted, struct host_range,
                                                   s->noted->len - 1)
                                  : NULL;

    if (last && last->memory == r->memory && last->read_only == r->read_only &&
        last->addr + last->bytes == r->addr &&
        last->offset + last->bytes == r->offset)
        last->bytes += r->bytes;
    else
        g_array_append_vals(s->noted, r, 1);
}

static void region_there(struct qemu_listener *l, struct qemu_section *sec)
{
    struct space *s = space_of_listener(l);
    const struct ram *r = ram_find(sec->mr);
    struct host_range range = { .addr = sec->addr, .bytes = sec->bytes[0],
                               .offset = sec->offset,
                               .read_only = sec->read_only };

    s->told = true;
    if (!r)
        return;
    if (!plausible(s, sec, r)) {
        s->bad = true;
        return;
    }
    range.memory = &r->memory;
    note(s, &range);
}

static void region_gone(struct qemu_listener *l, struct qemu_section *sec)
{
    (void)sec;
    space_of_listener(l)->told = true;
}

static bool same(const GArray *a, const GArray *b)
{
    for (guint n = 0; n < a->len && n < b->len; n++) {
        const struct host_range *x = &g_array_index(a, struct host_range, n);
        const struct host_range *y = &g_array_index(b, struct host_range, n);

        if (x->addr != y->addr || x->bytes != y->bytes ||
            x->memory != y->memory || x->offset != y->offset ||
            x->read_only != y->read_only)
            return false;
    }
    return a->len == b->len;
}

static void commit(struct qemu_listener *l)
{
    struct space *s = space_of_listener(l);
    GArray *old = s->ranges;

    if (!s->told || same(old, s->noted))
        return;
    s->ranges = s->noted;
    s->noted = old;
    s->changed = true;
    host_maps_changed();
}

static struct space *space_new(struct AddressSpace *as, uint64_t base,
                               uint64_t bytes)
{
    struct space *s = g_new0(struct space, 1);

    s->as = as;
    s->base = base;
    s->bytes = bytes;
    s->noted = g_array_new(FALSE, TRUE, sizeof(struct host_range));
    s->ranges = g_array_new(FALSE, TRUE, sizeof(struct host_range));
    s->tried = g_array_new(FALSE, TRUE, sizeof(struct host_range));
    s->changed = true;
    s->listener.begin = begin;
    s->listener.commit = commit;
    s->listener.region_add = s->listener.region_nop = region_there;
    s->listener.region_del = region_gone;
    q.memory_listener_register(&s->listener, as);
    return s;
}

/* --- checking ------------------------------------------------------------ */

/* Does QEMU find the memory at the same place? Writes nothing. */
static bool range_true(const struct space *s, const struct host_range *r)
{
    const struct ram *ram = (const struct ram *)r->memory;
    uint64_t len = r->bytes;
    void *at = q.address_space_map(s->as, r->addr, &len, !r->read_only, 0);

    if (!at)
        return false;
    q.address_space_unmap(s->as, at, len, false, 0);
    return at == ram->host + r->offset;
}

/* Cut `r` to the window, counted from the window's start. */
static bool range_clip(const struct space *s, struct host_range *r)
{
    uint64_t skip = r->addr < s->base ? s->base - r->addr : 0;

    if (skip >= r->bytes || r->addr + skip - s->base >= s->bytes)
        return false;
    r->addr += skip - s->base;
    r->offset += skip;
    r->bytes = MIN(r->bytes - skip, s->bytes - r->addr);
    return true;
}

static void map_make(struct space *s)
{
    g_array_set_size(s->tried, 0);
    for (guint n = 0; n < s->ranges->len && !s->bad; n++) {
        struct host_range r = g_array_index(s->ranges, struct host_range, n);

        if (!range_true(s, &r))
            s->bad = true;
        else if (range_clip(s, &r))
            g_array_append_val(s->tried, r);
    }
    if (s->bad) {
        if (!s->warned)
            report_warning(
                "the place of this QEMU's memory is unknown; DMA of models in "
                "processes of their own goes by messages");
        s->warned = true;
        g_array_set_size(s->tried, 0);
    }
    s->map.ranges = (const struct host_range *)(void *)s->tried->data;
    s->map.count = s->tried->len;
    s->map.generation++;
    s->changed = false;
}

const struct host_map *ram_map(struct AddressSpace *as, uint64_t base,
                               uint64_t bytes)
{
    struct space *s;

    if (!ram_ready())
        return NULL;
    if (!spaces)
        spaces = g_hash_table_new(NULL, NULL);
    s = g_hash_table_lookup(spaces, as);
    if (!s) {
        s = space_new(as, base, bytes);
        g_hash_table_insert(spaces, as, s);
    }
    if (s->changed)
        map_make(s);
    return &s->map;
}

/* --- writes of a process ------------------------------------------------- */

/*
 * End a write that QEMU's address_space_map() allowed. QEMU then discards the
 * code that it translated from there, and marks the pages for migration and
 * displays.
 */
static void wrote(const struct space *s, uint64_t addr, uint64_t bytes)
{
    for (uint64_t len; bytes; addr += len, bytes -= len) {
        void *at;

        len = bytes;
        at = q.address_space_map(s->as, addr, &len, true, 0);
        if (!at || len == 0 || len > bytes)
            return;
        q.address_space_unmap(s->as, at, len, true, len);
    }
}

void ram_wrote(struct AddressSpace *as, uint64_t addr, uint64_t bytes)
{
    struct space *s = spaces ? g_hash_table_lookup(spaces, as) : NULL;
    uint64_t last = addr + (bytes - 1);

    for (uint32_t n = 0; s && n < s->map.count; n++) {
        const struct host_range *r = &s->map.ranges[n];
        uint64_t r_last = r->addr + (r->bytes - 1);
        uint64_t from = MAX(addr, r->addr), to = MIN(last, r_last);

        if (!r->read_only && from <= to)
            wrote(s, s->base + from, to - from + 1);
    }
}
