/* SPDX-License-Identifier: MIT */
/*
 * Memory that QEMU shares: a model's DMA copies to and from it without a
 * message. The guest may change it at any time, so nothing here depends on its
 * content. The runner reports to QEMU what the model wrote, because the guest
 * may have run code from there, or a screen may show it.
 */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ipc/services.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- objects -------------------------------------------------------------- */

/*
 * The object has the promised size and keeps it, because its seal stops all
 * processes from shrinking it. A shorter one would end the runner by SIGBUS.
 */
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

void runner_memory_take(struct runner *h, const struct ipc_msg *m)
{
    struct ipc_memory said = ipc_memory_of(m);
    struct runner_memory new = { .bytes = said.bytes,
                                 .read_only = said.read_only & IPC_READ_ONLY };
    int fd;

    if (said.number != h->memories->len || said.number >= IPC_MEMORIES_MAX)
        runner_end();
    /* A model may have used up all descriptors: then it uses messages. */
    if (ipc_fd_take(h->memory_sock, &fd) == 0) {
        if (memory_fits(fd, new.bytes))
            new.at = memory_map(fd, new.bytes, new.read_only);
        close(fd);
    }
    g_array_append_val(h->memories, new);
}

/* --- pages ---------------------------------------------------------------- */

/*
 * QEMU sends the pages before CREATE, and the device asks for them in
 * create(). The device writes to them, so read-only memory is refused.
 */
int32_t runner_page_take(struct runner *h, const struct ipc_msg *m)
{
    struct ipc_page said = ipc_page_of(m);
    struct runner_page p = { m->dev, said.region, said.memory, said.offset,
                             said.memory_offset };
    const struct runner_memory *memory;

    if (said.memory >= h->memories->len || h->pages->len >= RUNNER_PAGES_MAX)
        runner_end();
    memory = &g_array_index(h->memories, struct runner_memory, said.memory);
    if (!memory->at || memory->read_only)
        return -ENOMEM;
    g_array_append_val(h->pages, p);
    return 0;
}

/*
 * The core stores whole registers there, so a page must lie aligned and
 * completely within its memory object.
 */
uint8_t *runner_page_memory(struct runner_device *d, uint32_t region,
                            uint64_t at, uint64_t bytes)
{
    struct runner *h = d->host;

    for (guint n = 0; n < h->pages->len; n++) {
        const struct runner_page *p = &g_array_index(h->pages,
                                                     struct runner_page, n);
        const struct runner_memory *m = &g_array_index(
            h->memories, struct runner_memory, p->memory);

        if (p->dev != d->number || p->region != region || p->at != at)
            continue;
        if (p->offset % DEVICE_PAGE || p->offset > m->bytes ||
            bytes > m->bytes - p->offset)
            runner_end();
        return m->at + p->offset;
    }
    return NULL;
}

/* --- maps ----------------------------------------------------------------- */

/*
 * range_at() searches by halves, so ranges must come in order and must not
 * overlap. Memory that could not be taken is left out.
 */
static void range_take(struct runner *h, GArray *map,
                       const struct ipc_range *w)
{
    const struct runner_range *last = map->len
                                          ? &g_array_index(map,
                                                           struct runner_range,
                                                           map->len - 1)
                                          : NULL;
    struct runner_range r = {
        .addr = GUINT64_FROM_LE(w->addr), .bytes = GUINT64_FROM_LE(w->bytes),
        .read_only = GUINT32_FROM_LE(w->flags) & IPC_READ_ONLY,
    };
    uint64_t offset = GUINT64_FROM_LE(w->offset);
    uint32_t number = GUINT32_FROM_LE(w->memory);
    const struct runner_memory *m;

    if (number >= h->memories->len || !r.bytes ||
        r.addr + (r.bytes - 1) < r.addr ||
        (last && r.addr - last->addr < last->bytes) ||
        (last && r.addr < last->addr))
        runner_end();
    m = &g_array_index(h->memories, struct runner_memory, number);
    if (offset > m->bytes || r.bytes > m->bytes - offset)
        runner_end();
    if (!m->at)
        return;
    r.at = m->at + offset;
    r.read_only |= m->read_only;
    g_array_append_val(map, r);
}

void runner_map_take(struct runner_device *d, const struct ipc_msg *m,
                     const void *payload)
{
    struct ipc_map said = ipc_map_of(m);
    const uint8_t *items = payload;
    uint32_t count = m->bytes / sizeof(struct ipc_range);
    struct ipc_range w;
    GArray **map;

    if (said.link > d->type->props.count || m->bytes % sizeof(w) ||
        said.first > IPC_RANGES_MAX)
        runner_end();
    map = &d->maps[said.link];
    if (!*map)
        *map = g_array_new(FALSE, FALSE, sizeof(struct runner_range));
    if (said.first == 0)
        g_array_set_size(*map, 0);
    for (uint32_t n = 0; n < count; n++) {
        memcpy(&w, items + n * sizeof(w), sizeof(w));
        range_take(d->host, *map, &w);
    }
}

void runner_maps_free(struct runner_device *d)
{
    for (uint32_t n = 0; d->maps && n <= d->type->props.count; n++)
        if (d->maps[n])
            g_array_free(d->maps[n], TRUE);
    g_free(d->maps);
}

/* --- copying -------------------------------------------------------------- */

static const struct runner_range *range_at(const GArray *map, uint64_t addr)
{
    const struct runner_range *r = (const void *)map->data;
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

/*
 * An access is copied completely or not at all, so the runner looks at all of
 * it first. QEMU serves it otherwise.
 */
static bool covered(const GArray *map, uint64_t addr, uint64_t count,
                    bool write)
{
    for (uint64_t n; count; addr += n, count -= n) {
        const struct runner_range *r = range_at(map, addr);

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
        const struct runner_range *r = range_at(map, addr);
        uint8_t *at = r->at + (addr - r->addr);

        n = MIN(count, r->bytes - (addr - r->addr));
        if (write)
            memcpy(at, bytes, n);
        else
            memcpy(bytes, at, n);
    }
}

/* --- reports ------------------------------------------------------------- */

void runner_wrote_tell(struct runner *h)
{
    uint32_t count = h->n_wrote;

    h->n_wrote = 0;
    for (uint32_t n = 0; n < count; n++) {
        const struct runner_wrote *w = &h->wrote[n];
        struct ipc_msg m = IPC_MSG(wrote, .link = w->link, .address = w->addr,
                                   .bytes = w->bytes);

        m.depth = h->open;
        m.dev = w->dev;
        /* A message follows, and wakes QEMU if it sleeps. */
        if (ipc_conn_add(&h->conn, &m, NULL, NULL))
            runner_end();
    }
}

/*
 * A write that overlaps or touches another extends it, because most DMA goes
 * upwards. This saves messages.
 */
static bool wrote_merge(struct runner_wrote *w, const struct runner_wrote *add)
{
    uint64_t end = w->addr + w->bytes, add_end = add->addr + add->bytes;

    if (w->dev != add->dev || w->link != add->link || add->addr > end ||
        w->addr > add_end || end < w->addr || add_end < add->addr)
        return false;
    w->addr = MIN(w->addr, add->addr);
    w->bytes = MAX(end, add_end) - w->addr;
    return true;
}

static void wrote_add(struct runner *h, const struct runner_wrote *add)
{
    for (uint32_t n = 0; n < h->n_wrote; n++)
        if (wrote_merge(&h->wrote[n], add))
            return;
    if (h->n_wrote == RUNNER_WROTE_MAX)
        runner_wrote_tell(h);
    h->wrote[h->n_wrote++] = *add;
}

bool runner_memory_rw(struct runner_device *d, uint32_t link, uint64_t addr,
                      void *bytes, uint64_t count, bool write)
{
    const GArray *map = d->maps[link];

    if (!map || !covered(map, addr, count, write))
        return false;
    host_dma_fence();
    copy(map, addr, bytes, count, write);
    if (write)
        wrote_add(d->host, &(struct runner_wrote){ d->number, link, addr,
                                                 count });
    return true;
}
