/* SPDX-License-Identifier: MIT */
/* QEMU's requests, answered with live devices. */
#include "runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void runner_put(struct runner *h, struct ipc_msg *msg, const void *payload)
{
    if (h->n_wrote)
        runner_wrote_tell(h);
    if (ipc_conn_put(&h->conn, msg, payload, NULL))
        runner_end();
}

/* --- devices -------------------------------------------------------------- */

static struct runner_device *device_at(struct runner *h, uint32_t number)
{
    if (number >= h->devices->len || !h->devices->pdata[number])
        runner_end();
    return h->devices->pdata[number];
}

static void runner_device_free(struct runner_device *d)
{
    if (!d)
        return;
    device_free(d->device);
    runner_maps_free(d);
    g_free(d->prefix);
    g_free(d->hz);
    g_free(d);
}

static int prop_set(struct runner_device *d, uint32_t n, struct ipc_reader *in,
                    struct ob_err *err)
{
    const struct ob_prop *p = &d->type->props.at[n];

    if (!ipc_unpack(in, 1))
        return 0;
    if (p->type == OB_PROP_STRING)
        return device_prop_text(d->device, n, ipc_unpack_text(in), err);
    if (p->type == OB_PROP_LINK)
        return device_prop_link(d->device, n, (void *)(uintptr_t)(n + 1),
                                ipc_unpack_text(in), err);
    return device_prop_set(d->device, n, ipc_unpack(in, 8), err);
}

static int device_make(struct runner_device *d, struct ipc_reader *in,
                       struct ob_err *err)
{
    const char *id = ipc_unpack_text(in);
    int ret = 0;

    if (!id)
        runner_end();
    d->device = device_new(d->type, id, &runner_host_ops, d);
    d->prefix = g_strdup_printf("%s %s: ", d->type->name, id);
    d->hz = g_new(uint64_t, d->type->clocks.count);
    d->maps = g_new0(GArray *, d->type->props.count + 1);
    runner_clocks_forget(d);
    for (uint32_t n = 0; n < d->type->props.count && !ret; n++)
        ret = prop_set(d, n, in, err);
    if (in->bad)
        runner_end();
    return ret ? ret : device_create(d->device, err);
}

static void answer_text(struct ipc_msg *answer, const struct ob_err *err,
                        const void **ret_bytes)
{
    answer->status = err->code;
    answer->bytes = (uint32_t)strlen(err->text);
    *ret_bytes = err->text;
}

static void serve_create(struct runner *h, const struct ipc_msg *m,
                         struct ipc_msg *answer, struct ob_err *err,
                         const void **ret_bytes)
{
    struct runner_device *d = g_new0(struct runner_device, 1);
    struct ipc_reader in = ipc_reader_of(h->stored, arena_new(0));

    if (m->a >= h->n_types || m->dev >= RUNNER_DEVICES_MAX)
        runner_end();
    d->host = h;
    d->busy = 1;
    d->number = m->dev;
    d->type = h->types[m->a];
    if (m->dev >= h->devices->len)
        g_ptr_array_set_size(h->devices, (gint)m->dev + 1);
    if (h->devices->pdata[m->dev])
        runner_end();
    h->devices->pdata[m->dev] = d;
    if (device_make(d, &in, err)) {
        answer_text(answer, err, ret_bytes);
        h->devices->pdata[m->dev] = NULL;
        runner_device_free(d);
    } else {
        d->busy = 0;
    }
    g_array_set_size(h->pages, 0);
    arena_free(in.arena);
}

static void serve_destroy(struct runner *h, const struct ipc_msg *m)
{
    struct runner_device *d = device_at(h, m->dev);

    if (d->busy++)
        runner_end();
    d->ending = true;
    runner_device_free(d);
    h->devices->pdata[m->dev] = NULL;
}

/* --- blocks --------------------------------------------------------------- */

static void serve_describe(struct runner *h, const struct ipc_msg *m,
                           struct ipc_msg *answer)
{
    if (m->a >= h->n_types)
        runner_end();
    g_byte_array_set_size(h->fetched, 0);
    ipc_pack_type(h->fetched, h->types[m->a]);
    answer->x = h->fetched->len;
}

static void serve_store(struct runner *h, const struct ipc_msg *m,
                        const void *payload)
{
    if (m->x == 0)
        g_byte_array_set_size(h->stored, 0);
    if (m->x != h->stored->len || m->x + m->bytes > DEVICE_BLOCK_MAX)
        runner_end();
    if (m->bytes)
        g_byte_array_append(h->stored, payload, m->bytes);
}

static void serve_fetch(struct runner *h, const struct ipc_msg *m,
                        struct ipc_msg *answer, const void **ret_bytes)
{
    if (m->x > h->fetched->len)
        runner_end();
    answer->bytes = (uint32_t)MIN(h->fetched->len - m->x,
                                  (uint64_t)IPC_PAYLOAD_MAX);
    if (answer->bytes)
        *ret_bytes = h->fetched->data + m->x;
}

static void serve_save(struct runner *h, struct runner_device *d,
                       struct ipc_msg *answer)
{
    GByteArray *saved = device_save(d->device);

    g_byte_array_free(h->fetched, TRUE);
    h->fetched = saved;
    answer->x = h->fetched->len;
}

static void serve_restore(struct runner *h, struct runner_device *d,
                          struct ipc_msg *answer, struct ob_err *err,
                          const void **ret_bytes)
{
    GByteArray *state = h->stored;

    /* restored() may ask, and be asked to store something else. */
    h->stored = g_byte_array_new();
    runner_clocks_forget(d);
    if (device_restore(d->device, state->data, state->len, err))
        answer_text(answer, err, ret_bytes);
    g_byte_array_free(state, TRUE);
}

/* --- events --------------------------------------------------------------- */

static void serve_clock(struct runner_device *d, uint32_t n)
{
    if (n < d->type->clocks.count)
        d->hz[n] = RUNNER_HZ_UNKNOWN;
    device_clock_changed(d->device, n);
}

static void serve_access(struct runner_device *d, const struct ipc_msg *m,
                         struct ipc_msg *answer)
{
    struct device_region *r = device_region(d->device, m->a);

    if (!r)
        runner_end();
    if (m->kind == IPC_READ)
        answer->y = device_region_read(r, m->x, m->b);
    else
        device_region_write(r, m->x, m->y, m->b);
}

/* Writes that only store: the message's own, and those that came with it. */
static void serve_post(struct runner_device *d, const struct ipc_msg *m)
{
    struct device_region *r = device_region(d->device, m->a);
    const uint8_t *more = d->host->conn.more;
    uint32_t offset;
    uint64_t value;

    if (!r || m->bytes % IPC_MORE)
        runner_end();
    device_region_write(r, m->x, m->y, m->b);
    for (uint32_t at = 0; at < m->bytes; at += IPC_MORE) {
        memcpy(&offset, more + at, sizeof(offset));
        memcpy(&value, more + at + sizeof(offset), sizeof(value));
        device_region_write(r, offset, value, m->b);
    }
}

static void serve_event(struct runner_device *d, const struct ipc_msg *m,
                        const void *payload, struct ipc_msg *answer)
{
    switch (m->kind) {
    case IPC_READ:
    case IPC_WRITE: serve_access(d, m, answer); break;
    case IPC_POST: serve_post(d, m); break;
    case IPC_RESET:
        runner_clocks_forget(d);
        device_reset(d->device);
        break;
    case IPC_INPUT:
        device_input(d->device, m->a, m->b, (int32_t)(uint32_t)m->y);
        break;
    case IPC_TIMER: device_timer_expired(d->device, m->a); break;
    case IPC_CLOCK: serve_clock(d, m->a); break;
    case IPC_CHR_ROOM: answer->y = device_chr_room(d->device, m->a); break;
    case IPC_CHR_RECEIVE:
        device_chr_receive(d->device, m->a, payload, m->bytes);
        break;
    case IPC_CHR_EVENT: device_chr_event(d->device, m->a, m->b); break;
    }
}

/* While it is busy here, nobody destroys the device. */
static void serve_device(struct runner *h, const struct ipc_msg *m,
                         const void *payload, struct ipc_msg *answer,
                         struct ob_err *err, const void **ret_bytes)
{
    struct runner_device *d = device_at(h, m->dev);

    d->busy++;
    if (m->kind == IPC_SAVE)
        serve_save(h, d, answer);
    else if (m->kind == IPC_RESTORE)
        serve_restore(h, d, answer, err, ret_bytes);
    else
        serve_event(d, m, payload, answer);
    d->busy--;
}

static void serve_kind(struct runner *h, const struct ipc_msg *m,
                       const void *payload, struct ipc_msg *answer,
                       struct ob_err *err, const void **ret_bytes)
{
    switch (m->kind) {
    case IPC_DESCRIBE: serve_describe(h, m, answer); return;
    case IPC_STORE: serve_store(h, m, payload); return;
    case IPC_FETCH: serve_fetch(h, m, answer, ret_bytes); return;
    case IPC_MEMORY: runner_memory_take(h, m); return;
    case IPC_MAP: runner_map_take(device_at(h, m->dev), m, payload); return;
    }
    if (m->kind != IPC_POST) {
        h->now_ns = m->now_ns;
        h->wanted = m->c;
    }
    if (m->kind == IPC_CREATE)
        serve_create(h, m, answer, err, ret_bytes);
    else if (m->kind == IPC_PAGE)
        answer->status = runner_page_take(h, m);
    else if (m->kind == IPC_DESTROY)
        serve_destroy(h, m);
    else
        serve_device(h, m, payload, answer, err, ret_bytes);
}

void runner_request(struct runner *h, const struct ipc_msg *m,
                    const void *payload)
{
    struct ipc_msg answer = { .kind = IPC_ANSWER, .dev = m->dev };
    bool answered = ipc_kind_answered(m->kind);
    struct ob_err err;
    const void *bytes = NULL;

    if (m->kind == IPC_DONE || (answered && m->depth != h->open))
        runner_end();
    err.code = 0, err.text[0] = 0;
    answer.depth = m->depth;
    h->open += answered;
    serve_kind(h, m, payload, &answer, &err, &bytes);
    h->open -= answered;
    if (answered)
        runner_put(h, &answer, bytes);
}

void runner_serve(struct runner *h)
{
    struct ipc_msg m;
    void *payload;

    for (;;) {
        if (ipc_conn_take(&h->conn, &m, &payload, NULL))
            runner_end();
        runner_request(h, &m, payload);
        free(payload);
    }
}
