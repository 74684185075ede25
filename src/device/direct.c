/* SPDX-License-Identifier: MIT */
/*
 * Pages that the guest reads as memory. The declaration names them, and the
 * host owns the memory. The core copies registers from the state struct to the
 * pages when the model may have changed them: after each call of the model,
 * and before each service that leads out of it. A processor that runs at that
 * time sees each register change as a whole.
 */
#include "device/core.h"

#include <string.h>

typedef uint16_t __attribute__((may_alias)) any16;
typedef uint32_t __attribute__((may_alias)) any32;
typedef uint64_t __attribute__((may_alias)) any64;

/* Elements of one register in one window, in the order of their offsets. */
struct direct_run {
    uint8_t *page;              /* where the first of them lies */
    const struct device_slot *slots;
    uint32_t count;
    uint32_t flat;              /* bytes that are copied as they are; or 0 */
    bool big;
};

struct device_direct {
    uint32_t n_runs;
    struct direct_run runs[];
};

/* --- the memory ----------------------------------------------------------- */

static const struct device_window *window_at(const struct device_region *r,
                                             uint64_t offset, unsigned bytes)
{
    for (uint32_t n = 0; n < r->n_windows; n++) {
        const struct device_window *w = &r->windows[n];

        if (offset - w->at < w->bytes && bytes <= w->bytes - (offset - w->at))
            return w;
    }
    return NULL;
}

static uint64_t order(uint64_t value, unsigned bytes, bool big)
{
    return big == (G_BYTE_ORDER == G_BIG_ENDIAN)
               ? value
               : GUINT64_SWAP_LE_BE(value) >> (64 - 8 * bytes);
}

/* One store if the address is aligned: the guest may read at any time. */
static void page_put(uint8_t *at, unsigned bytes, uint64_t value)
{
    if ((uintptr_t)at & (bytes - 1))
        device_store(at, bytes, value);
    else if (bytes == 4)
        __atomic_store_n((any32 *)at, (uint32_t)value, __ATOMIC_RELEASE);
    else if (bytes == 1)
        __atomic_store_n(at, (uint8_t)value, __ATOMIC_RELEASE);
    else if (bytes == 2)
        __atomic_store_n((any16 *)at, (uint16_t)value, __ATOMIC_RELEASE);
    else
        __atomic_store_n((any64 *)at, value, __ATOMIC_RELEASE);
}

/* The same for loads: a runner may write at the same time. */
static uint64_t page_get(const uint8_t *at, unsigned bytes)
{
    if ((uintptr_t)at & (bytes - 1))
        return device_load(at, bytes);
    switch (bytes) {
    case 1: return __atomic_load_n(at, __ATOMIC_ACQUIRE);
    case 2: return __atomic_load_n((const any16 *)at, __ATOMIC_ACQUIRE);
    case 4: return __atomic_load_n((const any32 *)at, __ATOMIC_ACQUIRE);
    default: return __atomic_load_n((const any64 *)at, __ATOMIC_ACQUIRE);
    }
}

bool device_direct_read(const struct device_region *r, uint64_t offset,
                        unsigned bytes, uint64_t *ret)
{
    const struct device_window *w = window_at(r, offset, bytes);

    if (!w || !bytes || bytes > 8 || (bytes & (bytes - 1)))
        return false;
    *ret = order(page_get(w->memory + (offset - w->at), bytes), bytes, r->big);
    return true;
}

static void region_ask_memory(struct device *d, uint32_t n)
{
    const struct decl_region *decl = &d->type->regions.at[n];
    struct device_region *r = &d->regions[n];

    r->windows = g_new0(struct device_window, decl->pages.count);
    for (uint32_t i = 0; i < decl->pages.count; i++) {
        const struct device_pages *p = &decl->pages.at[i];
        uint8_t *memory = d->ops->direct_memory(d->port, n, p->at, p->bytes);

        if (memory)
            r->windows[r->n_windows++] = (struct device_window){
                p->at, p->bytes, memory };
    }
}

void device_direct_ask(struct device *d)
{
    for (uint32_t n = 0; d->ops->direct_memory && n < d->type->regions.count;
         n++)
        region_ask_memory(d, n);
}

void device_direct_close(struct device *d)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        g_free(d->regions[n].windows);
        d->regions[n].windows = NULL;
        d->regions[n].n_windows = 0;
    }
    g_free(d->direct);
    d->direct = NULL;
}

/* --- copying registers to pages ------------------------------------------ */

static void slot_put(const struct device_slot *s, uint8_t *at, bool big)
{
    uint64_t v = (device_load(s->value, s->bytes) & s->keep) | s->force;

    v = order(v, s->bytes, big);
    if (device_load(at, s->bytes) != v)
        page_put(at, s->bytes, v);
}

static void run_put(const struct direct_run *run)
{
    if (run->flat && !memcmp(run->page, run->slots->value, run->flat))
        return;
    for (uint32_t n = 0; n < run->count; n++) {
        const struct device_slot *s = &run->slots[n];

        slot_put(s, run->page + (s->offset - run->slots->offset), run->big);
    }
}

void device_direct_refresh(struct device *d)
{
    for (uint32_t n = 0; n < d->direct->n_runs; n++)
        run_put(&d->direct->runs[n]);
}

/* Bytes of elements that page and state struct hold alike; 0: not alike. */
static uint32_t run_flat(const struct device_region *r,
                         const struct device_slot *s, uint32_t count)
{
    const struct decl_reg *g = &s->reg->decl;
    bool packed = g->step == g->bytes && g->state_step == g->bytes;
    bool whole = s->keep == device_mask(s->bytes) && !s->force;

    return packed && whole &&
                   (s->bytes == 1 || r->big == (G_BYTE_ORDER == G_BIG_ENDIAN))
               ? count * s->bytes
               : 0;
}

/* How many slots from `s` on are elements of one register in window `w`. */
static uint32_t run_count(const struct device_region *r,
                          const struct device_slot *s,
                          const struct device_window *w)
{
    const struct device_slot *end = r->slots + r->n_slots;
    uint32_t n = 1;

    while (s + n < end && s[n].reg == s->reg &&
           window_at(r, s[n].offset, s[n].bytes) == w)
        n++;
    return n;
}

static void runs_of_region(GArray *runs, const struct device_region *r)
{
    const struct device_slot *s = r->slots;

    for (uint32_t i = 0, count; i < r->n_slots; i += count, s += count) {
        const struct device_window *w = window_at(r, s->offset, s->bytes);
        struct direct_run run = { .slots = s, .big = r->big };

        count = 1;
        if (!w)
            continue;
        run.count = count = run_count(r, s, w);
        run.page = w->memory + (s->offset - w->at);
        run.flat = s->stored ? run_flat(r, s, count) : 0;
        /* A register without storage never changes: copy it once. */
        if (s->stored)
            g_array_append_val(runs, run);
        else
            run_put(&run);
    }
}

void device_direct_open(struct device *d)
{
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(struct direct_run));

    device_direct_ask(d);
    for (uint32_t n = 0; n < d->type->regions.count; n++)
        if (d->regions[n].n_windows)
            runs_of_region(runs, &d->regions[n]);
    if (runs->len) {
        d->direct = g_malloc0(sizeof(*d->direct) +
                              runs->len * sizeof(struct direct_run));
        d->direct->n_runs = runs->len;
        memcpy(d->direct->runs, runs->data,
               runs->len * sizeof(struct direct_run));
        device_direct_refresh(d);
    }
    g_array_free(runs, TRUE);
}

/* --- what functions publish ----------------------------------------------- */

void device_direct_set(struct device *d, uint32_t region, uint64_t offset,
                       uint64_t value, unsigned bytes)
{
    const struct device_region *r = &d->regions[region];
    const struct device_window *w = window_at(r, offset, bytes);

    /* A host without such memory calls read() for each access. */
    if (w)
        page_put(w->memory + (offset - w->at), bytes,
                 order(value & device_mask(bytes), bytes, r->big));
}
