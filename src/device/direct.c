/* SPDX-License-Identifier: MIT */
/*
 * Pages that the guest reads as memory. A page is so by declaration alone
 * (OB_REG_DIRECT, or a region's direct_at): which ones is computed here, once,
 * and is the same on every host. The memory is the port's. Registers are laid
 * down from the state struct whenever the model may have changed it: after each
 * entry into it, and before each service that leads out of it; a processor
 * that runs meanwhile sees each register change as a whole.
 */
#include "device/device_int.h"

#include <string.h>

enum { PAGE_OWN = 1, PAGE_SPOILT = 2,
       PAGES_MAX = DEVICE_REGS_END / DEVICE_PAGE };

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

/* --- which pages ---------------------------------------------------------- */

void device_region_direct(const struct ob_device_type *type, uint32_t region,
                          uint64_t *ret_at, uint64_t *ret_bytes)
{
    const struct ob_region *r = device_type_region(type, region);

    *ret_at = *ret_bytes = 0;
    /* A module of 1.0 has no such members. */
    if (type->regions.stride < sizeof(*r))
        return;
    *ret_at = r->direct_at;
    *ret_bytes = r->direct_bytes;
}

/* What one page has in it: PAGE_*, and how many bytes are registers'. */
struct page {
    uint8_t bits;
    uint16_t covered;
};

static void page_reg(struct page *pages, const struct ob_reg *g)
{
    uint64_t step = g->step ? g->step : g->bytes, at = g->offset;

    for (uint32_t n = 0; n < (g->count ? g->count : 1); n++, at += step) {
        struct page *first = &pages[at / DEVICE_PAGE];
        struct page *last = &pages[(at + g->bytes - 1) / DEVICE_PAGE];

        if (!(g->flags & OB_REG_DIRECT) || first != last) {
            first->bits |= PAGE_SPOILT;
            last->bits |= PAGE_SPOILT;
        } else {
            first->bits |= PAGE_OWN;
            first->covered = (uint16_t)(first->covered + g->bytes);
        }
    }
}

/* More ranges than there may be are read as ever. */
static void pages_add(GArray *out, uint64_t at)
{
    struct device_pages p = { at, DEVICE_PAGE };

    if (out->len) {
        struct device_pages *last = &g_array_index(out, struct device_pages,
                                                   out->len - 1);

        if (last->at + last->bytes == at) {
            last->bytes += DEVICE_PAGE;
            return;
        }
    }
    if (out->len < DEVICE_WINDOWS_MAX)
        g_array_append_val(out, p);
}

static bool any_declared(const struct ob_device_type *type, uint32_t region)
{
    const struct ob_region *r = device_type_region(type, region);
    uint64_t at, bytes;

    device_region_direct(type, region, &at, &bytes);
    for (uint32_t n = 0; n < r->regs.count && !bytes; n++)
        bytes = ((const struct ob_reg *)device_item(&r->regs, n))->flags &
                OB_REG_DIRECT;
    return bytes;
}

static void pages_find(GArray *out, const struct ob_device_type *type,
                       uint32_t region)
{
    const struct ob_region *r = device_type_region(type, region);
    struct page *pages = g_new0(struct page, PAGES_MAX + 1);
    uint64_t at, bytes;

    device_region_direct(type, region, &at, &bytes);
    for (uint32_t n = 0; n < r->regs.count; n++)
        page_reg(pages, device_item(&r->regs, n));
    for (uint64_t p = 0; p < MIN(r->bytes / DEVICE_PAGE, PAGES_MAX); p++) {
        bool own = (pages[p].bits & PAGE_OWN) &&
                   (!r->read || pages[p].covered == DEVICE_PAGE);

        if (pages[p].bits & PAGE_SPOILT)
            continue;
        if (own || p * DEVICE_PAGE - at < bytes)
            pages_add(out, p * DEVICE_PAGE);
    }
    g_free(pages);
}

GArray *device_type_direct(const struct ob_device_type *type, uint32_t region)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct device_pages));
    const struct device_remote_type *far = (const struct device_remote_type *)
        type;

    if (type->create != device_remote_create) {
        if (any_declared(type, region))
            pages_find(out, type, region);
    } else if (far->n_direct) {
        g_array_append_vals(out, far->direct[region], far->n_direct[region]);
    }
    return out;
}

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

/* As one store where the place allows it. */
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

/* The same for loads: a process may write meanwhile. */
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

void device_direct_ask(struct device *d)
{
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        struct device_region *r = &d->regions[n];
        GArray *found;

        if (!d->ops->direct_memory)
            return;
        found = device_type_direct(d->type, n);
        r->windows = g_new0(struct device_window, found->len);
        for (guint i = 0; i < found->len; i++) {
            const struct device_pages *p = &g_array_index(
                found, struct device_pages, i);
            uint8_t *memory = d->ops->direct_memory(d->port, n, p->at,
                                                    p->bytes);

            if (memory)
                r->windows[r->n_windows++] =
                    (struct device_window){ p->at, p->bytes, memory };
        }
        g_array_free(found, TRUE);
    }
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

/* --- laying registers down ------------------------------------------------ */

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

/* Many elements that lie in the page as they lie in the state struct. */
static uint32_t run_flat(const struct device_region *r,
                         const struct device_slot *s, uint32_t count)
{
    const struct ob_reg *g = &s->reg->decl;
    bool packed = !g->step || g->step == g->bytes;
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
        /* What has no storage never changes: once will do. */
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

/* --- what functions lay down ---------------------------------------------- */

void device_direct_set(struct device *d, uint32_t region, uint64_t offset,
                       uint64_t value, unsigned bytes)
{
    const struct device_region *r = &d->regions[region];
    const struct device_window *w = window_at(r, offset, bytes);

    /* A host without such memory asks read() each time. */
    if (w)
        page_put(w->memory + (offset - w->at), bytes,
                 order(value & device_mask(bytes), bytes, r->big));
}

/* --- is it true? ---------------------------------------------------------- */

static void value_check(struct device_region *r, uint64_t offset,
                        unsigned bytes, uint64_t page, uint64_t value)
{
    char name[160];

    if (page == value)
        return;
    if (!device_region_name(r, offset, name))
        device_logf(r->d, HOST_LOG_MISTAKE,
                    "read() of 0x%" PRIx64 " of %s, %u "
                    "bytes: gives 0x%" PRIx64
                    ", and the guest reads 0x%" PRIx64
                    " there as memory; lay it down with ob_direct_set()",
                    offset, r->name, bytes, value, page);
    else
        device_logf(r->d, HOST_LOG_MISTAKE,
                    "%s is OB_REG_DIRECT: its value is 0x%" PRIx64
                    ", and the guest reads 0x%" PRIx64 " as memory; "
                    "change it only while the model is called",
                    name, value, page);
}

static void state_check(struct device_region *r, uint64_t offset,
                        const uint8_t *before)
{
    const struct device *d = r->d;
    uint32_t n = 0;

    while (n < d->type->state_bytes && d->state[n] == before[n])
        n++;
    if (n < d->type->state_bytes)
        device_logf(
            r->d, HOST_LOG_MISTAKE,
            "read() of 0x%" PRIx64 " of %s: "
            "changes byte %u of the state struct, and lies in pages that the "
            "guest reads as memory; a read there may have no side effect",
            offset, r->name, n);
}

uint64_t device_region_read_checked(void *region, uint64_t offset,
                                    unsigned bytes)
{
    struct device_region *r = region;
    struct device *d = r->d;
    uint64_t page, value;
    uint8_t *before;

    if (d->phase != DEVICE_LIVE || d->model_ops || d->reading ||
        !device_direct_read(r, offset, bytes, &page))
        return device_region_read(r, offset, bytes);
    if (!device_region_takes(r, offset, bytes))
        return page;
    before = g_malloc(d->type->state_bytes + 1);
    memcpy(before, d->state, d->type->state_bytes);
    d->reading = true;
    value = device_region_ask(r, offset, bytes);
    d->reading = false;
    value_check(r, offset, bytes, page, value);
    state_check(r, offset, before);
    g_free(before);
    return page;
}
