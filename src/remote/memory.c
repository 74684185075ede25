/* SPDX-License-Identifier: MIT */
/*
 * Memory that a model's process and this one share. Each object is handed over
 * once. For each link to memory that a device uses, a map tells the process
 * which addresses belong to which object. A model runs only while this side
 * waits for it, so a map changes between two of its accesses, never during
 * one.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = IPC_PAYLOAD_MAX / sizeof(struct ipc_range) };

/*
 * `n` comes from the process. It may equal the count, because links count from
 * 1.
 */
int remote_link_find(struct remote *r, struct device *d, uint32_t n,
                     const struct ob_link **ret)
{
    if (n > d->type->props.count)
        return remote_give_up(r, -EPROTO, "link %u, where there are %u", n,
                              d->type->props.count);
    *ret = n ? &d->props[n - 1].link : NULL;
    return 0;
}

/* --- objects -------------------------------------------------------------- */

static int put(struct remote *r, struct ipc_msg *m, const void *payload)
{
    struct ob_err err;
    int ret;

    err.code = 0;
    ret = ipc_conn_put(&r->conn, m, payload, &err);
    return ret ? remote_give_up(r, ret, "%s", err.text) : 0;
}

/*
 * The descriptor goes before the message, because the runner takes it without
 * waiting.
 */
static int memory_send(struct remote *r, const struct host_memory *memory,
                       uint32_t number)
{
    struct ipc_msg m = IPC_MSG(memory, .number = number,
                               .read_only = memory->read_only,
                               .bytes = memory->bytes);
    int ret;

    if (r->gone.code)
        return r->gone.code;
    m.depth = r->open;
    ret = ipc_fd_send(r->memory_sock, memory->fd);
    return ret ? ret : put(r, &m, NULL);
}

/*
 * A failure is kept as well, so that QEMU does not offer the same object again
 * for each map.
 */
static struct remote_memory *memory_of(struct remote *r,
                                       const struct host_memory *memory,
                                       uint32_t *ret)
{
    struct remote_memory new = { memory->id, 0 };

    for (*ret = 0; *ret < r->memories->len; (*ret)++)
        if (g_array_index(r->memories, struct remote_memory, *ret).id ==
            memory->id)
            return &g_array_index(r->memories, struct remote_memory, *ret);
    if (*ret == IPC_MEMORIES_MAX)
        return NULL;
    new.status = memory_send(r, memory, *ret);
    g_array_append_val(r->memories, new);
    return &g_array_index(r->memories, struct remote_memory, *ret);
}

int remote_memory(struct remote *r, const struct host_memory *memory,
                  uint32_t *ret, struct ob_err *err)
{
    uint32_t number;
    const struct remote_memory *m = memory_of(r, memory, &number);

    if (!m)
        return err_set(err, -ENOSPC,
                       "more than %d memory objects for one process",
                       IPC_MEMORIES_MAX);
    if (m->status)
        return err_set(err, m->status, "the process takes no memory (%s)",
                       strerror(-m->status));
    *ret = number;
    return 0;
}

/* --- maps ----------------------------------------------------------------- */

static const struct host_map *map_of(struct device *d, uint32_t link)
{
    void *target = link ? d->props[link - 1].link.target : NULL;

    return d->ops->mem_map(d->port, target);
}

/*
 * Pack the ranges that the process can reach. It reaches the others by
 * message, so leaving one out costs time only.
 */
static GArray *ranges_pack(struct remote *r, const struct host_map *map)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct ipc_range));

    for (uint32_t n = 0; n < map->count && out->len < IPC_RANGES_MAX; n++) {
        const struct host_range *in = &map->ranges[n];
        struct ipc_range w = {
            .addr = GUINT64_TO_LE(in->addr),
            .bytes = GUINT64_TO_LE(in->bytes),
            .offset = GUINT64_TO_LE(in->offset),
            .flags = in->read_only ? GUINT32_TO_LE(IPC_READ_ONLY) : 0,
        };
        uint32_t number;

        if (remote_memory(r, in->memory, &number, NULL))
            continue;
        w.memory = GUINT32_TO_LE(number);
        g_array_append_val(out, w);
    }
    return out;
}

/*
 * A long map takes several messages. The runner empties its map when `first`
 * is 0.
 */
static void map_send(struct remote *r, const struct remote_link *l,
                     const struct host_map *map)
{
    GArray *ranges = ranges_pack(r, map);
    guint done = 0;

    do {
        guint some = MIN(ranges->len - done, (guint)PIECE);
        struct ipc_msg m = IPC_MSG(map, .link = l->link, .first = done);

        m.depth = r->open;
        m.dev = l->dev;
        m.bytes = some * (guint)sizeof(struct ipc_range);
        /* An empty list has no data. */
        if (put(r, &m,
                some ? &g_array_index(ranges, struct ipc_range, done) : NULL))
            break;
        done += some;
    } while (done < ranges->len);
    g_array_free(ranges, TRUE);
}

void remote_maps_send(struct remote *r)
{
    r->maps_seen = host_maps_generation;
    for (guint n = 0; n < r->links->len && !r->gone.code; n++) {
        struct remote_link *l = &g_array_index(r->links, struct remote_link,
                                               n);
        struct device *d = r->devices->pdata[l->dev];
        const struct host_map *map = d ? map_of(d, l->link) : NULL;

        if (!d)
            g_array_remove_index_fast(r->links, n--);
        else if (map && map->generation != l->generation) {
            l->generation = map->generation;
            map_send(r, l, map);
        }
    }
}

static struct remote_link *link_at(struct remote *r, uint32_t dev,
                                   uint32_t link)
{
    for (guint n = 0; n < r->links->len; n++) {
        struct remote_link *l = &g_array_index(r->links, struct remote_link,
                                               n);

        if (l->dev == dev && l->link == link)
            return l;
    }
    return NULL;
}

/*
 * A device gets a map only after it has asked by message, because each change
 * of a map costs a message per device.
 */
void remote_link_used(struct remote *r, struct device *d, uint32_t link)
{
    struct remote_link new = { proxy_of(d)->number, link, 0 };

    if (!d->ops->mem_map || link_at(r, proxy_of(d)->number, link) ||
        (link && !d->props[link - 1].link.target))
        return;
    g_array_append_val(r->links, new);
    r->maps_seen = 0;
}

/* --- what was written ----------------------------------------------------- */

/*
 * The report may be false, but the process could have written there. So QEMU
 * checks only that the device uses the link and that the range does not wrap.
 */
void remote_wrote(struct remote *r, struct device *d, const struct ipc_msg *m)
{
    struct ipc_wrote w = ipc_wrote_of(m);
    const struct ob_link *via = NULL;

    if (!link_at(r, proxy_of(d)->number, w.link) || !w.bytes ||
        w.address + (w.bytes - 1) < w.address) {
        remote_give_up(r, -EPROTO,
                       "wrote 0x%" PRIx64 " bytes at 0x%" PRIx64
                       " of link %u, where it has no memory",
                       w.bytes, w.address, w.link);
        return;
    }
    /* All of RAM takes longer than a register: so much asks so often. */
    r->asked += (uint32_t)MIN(w.bytes / IPC_PAYLOAD_MAX,
                              (uint64_t)REMOTE_ASKED_MAX);
    if (!remote_link_find(r, d, w.link, &via) && d->ops->mem_wrote)
        d->ops->mem_wrote(d->port, via ? via->target : NULL, w.address,
                          w.bytes);
}

/*
 * Until its end the process could write to each of these ranges. So all that
 * is writable counts as written.
 */
static void link_lost(struct device *d, uint32_t link)
{
    const struct host_map *map = map_of(d, link);
    void *target = link ? d->props[link - 1].link.target : NULL;

    for (uint32_t n = 0; map && n < map->count; n++)
        if (!map->ranges[n].read_only)
            d->ops->mem_wrote(d->port, target, map->ranges[n].addr,
                              map->ranges[n].bytes);
}

void remote_memory_lost(struct remote *r)
{
    for (guint n = 0; n < r->links->len; n++) {
        struct remote_link l = g_array_index(r->links, struct remote_link, n);
        struct device *d = r->devices->pdata[l.dev];

        if (d && l.generation && d->ops->mem_wrote)
            link_lost(d, l.link);
    }
}

void remote_memory_forget(struct remote *r)
{
    if (r->memory_sock >= 0)
        close(r->memory_sock);
    r->memory_sock = -1;
    g_array_set_size(r->memories, 0);
    g_array_set_size(r->links, 0);
    r->maps_seen = 0;
}
