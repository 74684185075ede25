/* SPDX-License-Identifier: MIT */
/*
 * Memory that QEMU shares: a model's DMA copies to and from it without a
 * message. The guest changes it at any time, so nothing here depends on what
 * it holds. QEMU is told afterwards what was written: the guest may have run
 * code from there, or look at it on a screen.
 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- objects -------------------------------------------------------------- */

/* As large as promised, and for good: nobody can take it away under us. */
static bool memory_fits(int fd, uint64_t bytes)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(fd, &st) == 0 &&
           bytes && bytes <= (uint64_t)st.st_size;
}

static uint8_t *memory_map(int fd, uint64_t bytes, bool read_only)
{
    int prot = read_only ? PROT_READ : PROT_READ | PROT_WRITE;
    void *at = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);

    return at == MAP_FAILED ? NULL : at;
}

void host_memory_take(struct host *h, const struct wire_msg *m)
{
    struct host_memory new = { .bytes = m->x,
                               .read_only = m->b & WIRE_READ_ONLY };
    int fd;

    if (m->a != h->memories->len || m->a >= WIRE_MEMORIES_MAX)
        host_end();
    /* Without it, as when a model uses up all descriptors, messages go. */
    if (wire_fd_take(h->memory_sock, &fd) == 0) {
        if (memory_fits(fd, new.bytes))
            new.at = memory_map(fd, new.bytes, new.read_only);
        close(fd);
    }
    g_array_append_val(h->memories, new);
}

/* --- pages ---------------------------------------------------------------- */

int32_t host_page_take(struct host *h, const struct wire_msg *m)
{
    struct host_page p = { m->dev, m->a, m->b, m->x, m->y };
    const struct host_memory *memory;

    if (m->b >= h->memories->len || h->pages->len >= HOST_PAGES_MAX)
        host_end();
    memory = &g_array_index(h->memories, struct host_memory, m->b);
    if (!memory->at || memory->read_only)
        return -ENOMEM;
    g_array_append_val(h->pages, p);
    return 0;
}

uint8_t *host_page_memory(struct host_device *d, uint32_t region, uint64_t at,
                          uint64_t bytes)
{
    struct host *h = d->host;

    for (guint n = 0; n < h->pages->len; n++) {
        const struct host_page *p = &g_array_index(h->pages, struct host_page,
                                                   n);
        const struct host_memory *m = &g_array_index(
            h->memories, struct host_memory, p->memory);

        if (p->dev != d->number || p->region != region || p->at != at)
            continue;
        if (p->offset % RIG_PAGE || p->offset > m->bytes ||
            bytes > m->bytes - p->offset)
            host_end();
        return m->at + p->offset;
    }
    return NULL;
}

/* --- maps ----------------------------------------------------------------- */

static void range_take(struct host *h, GArray *map, const struct wire_range *w)
{
    const struct host_range *last =
        map->len ? &g_array_index(map, struct host_range, map->len - 1) : NULL;
    struct host_range r = {
        .addr = GUINT64_FROM_LE(w->addr), .bytes = GUINT64_FROM_LE(w->bytes),
        .read_only = GUINT32_FROM_LE(w->flags) & WIRE_READ_ONLY,
    };
    uint64_t offset = GUINT64_FROM_LE(w->offset);
    uint32_t number = GUINT32_FROM_LE(w->memory);
    const struct host_memory *m;

    if (number >= h->memories->len || !r.bytes ||
        r.addr + (r.bytes - 1) < r.addr ||
        (last && r.addr - last->addr < last->bytes) ||
        (last && r.addr < last->addr))
        host_end();
    m = &g_array_index(h->memories, struct host_memory, number);
    if (offset > m->bytes || r.bytes > m->bytes - offset)
        host_end();
    if (!m->at)
        return;
    r.at = m->at + offset;
    r.read_only |= m->read_only;
    g_array_append_val(map, r);
}

void host_map_take(struct host_device *d, const struct wire_msg *m,
                   const void *payload)
{
    const uint8_t *items = payload;
    uint32_t count = m->bytes / sizeof(struct wire_range);
    struct wire_range w;
    GArray **map;

    if (m->a > d->type->props.count || m->bytes % sizeof(w) ||
        m->x > WIRE_RANGES_MAX)
        host_end();
    map = &d->maps[m->a];
    if (!*map)
        *map = g_array_new(FALSE, FALSE, sizeof(struct host_range));
    if (m->x == 0)
        g_array_set_size(*map, 0);
    for (uint32_t n = 0; n < count; n++) {
        memcpy(&w, items + n * sizeof(w), sizeof(w));
        range_take(d->host, *map, &w);
    }
}

void host_maps_free(struct host_device *d)
{
    for (uint32_t n = 0; d->maps && n <= d->type->props.count; n++)
        if (d->maps[n])
            g_array_free(d->maps[n], TRUE);
    g_free(d->maps);
}

/* --- copying -------------------------------------------------------------- */

static const struct host_range *range_at(const GArray *map, uint64_t addr)
{
    const struct host_range *r = (const void *)map->data;
    guint lo = 0, hi = map->len;

    while (lo < hi) {
        guint mid = lo + (hi - lo) / 2;

        if (r[mid].addr <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo && addr - r[lo - 1].addr < r[lo - 1].bytes ? &r[lo - 1] : NULL;
}

static bool covered(const GArray *map, uint64_t addr, uint64_t count,
                    bool write)
{
    for (uint64_t n; count; addr += n, count -= n) {
        const struct host_range *r = range_at(map, addr);

        if (!r || (write && r->read_only))
            return false;
        n = MIN(count, r->bytes - (addr - r->addr));
    }
    return true;
}

static void copy(const GArray *map, uint64_t addr, uint8_t *bytes,
                 uint64_t count, bool write)
{
    for (uint64_t n; count; addr += n, bytes += n, count -= n) {
        const struct host_range *r = range_at(map, addr);
        uint8_t *at = r->at + (addr - r->addr);

        n = MIN(count, r->bytes - (addr - r->addr));
        if (write)
            memcpy(at, bytes, n);
        else
            memcpy(bytes, at, n);
    }
}

/* --- telling -------------------------------------------------------------- */

void host_wrote_tell(struct host *h)
{
    uint32_t count = h->n_wrote;

    h->n_wrote = 0;
    for (uint32_t n = 0; n < count; n++) {
        struct wire_msg m = {
            .kind = WIRE_WROTE, .depth = h->open, .dev = h->wrote[n].dev,
            .a = h->wrote[n].link, .x = h->wrote[n].addr,
            .y = h->wrote[n].bytes,
        };

        /* Something follows, which wakes QEMU if it sleeps. */
        if (wire_conn_add(&h->conn, &m, NULL, NULL))
            host_end();
    }
}

/* One that overlaps or touches another grows it: most DMA goes upwards. */
static bool wrote_merge(struct host_wrote *w, const struct host_wrote *add)
{
    uint64_t end = w->addr + w->bytes, add_end = add->addr + add->bytes;

    if (w->dev != add->dev || w->link != add->link || add->addr > end ||
        w->addr > add_end || end < w->addr || add_end < add->addr)
        return false;
    w->addr = MIN(w->addr, add->addr);
    w->bytes = MAX(end, add_end) - w->addr;
    return true;
}

static void wrote_add(struct host *h, const struct host_wrote *add)
{
    for (uint32_t n = 0; n < h->n_wrote; n++)
        if (wrote_merge(&h->wrote[n], add))
            return;
    if (h->n_wrote == HOST_WROTE_MAX)
        host_wrote_tell(h);
    h->wrote[h->n_wrote++] = *add;
}

bool host_memory_rw(struct host_device *d, uint32_t link, uint64_t addr,
                    void *bytes, uint64_t count, bool write)
{
    const GArray *map = d->maps[link];

    if (!map || !covered(map, addr, count, write))
        return false;
    rig_dma_fence();
    copy(map, addr, bytes, count, write);
    if (write)
        wrote_add(d->host, &(struct host_wrote){ d->number, link, addr,
                                                 count });
    return true;
}
