/* SPDX-License-Identifier: MIT */
/* QEMU's requests, answered with live devices. */
#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void host_put(struct host *h, struct wire_msg *msg, const void *payload)
{
    if (h->n_wrote)
        host_wrote_tell(h);
    if (wire_conn_put(&h->conn, msg, payload, NULL))
        host_end();
}

/* --- devices -------------------------------------------------------------- */

static struct host_device *device_at(struct host *h, uint32_t number)
{
    if (number >= h->devices->len || !h->devices->pdata[number])
        host_end();
    return h->devices->pdata[number];
}

static void device_free(struct host_device *d)
{
    if (!d)
        return;
    rig_device_free(d->rig);
    host_maps_free(d);
    g_free(d->prefix);
    g_free(d->hz);
    g_free(d);
}

static int prop_set(struct host_device *d, uint32_t n, struct wire_reader *in,
                    struct ob_err *err)
{
    const struct ob_prop *p = rig_type_prop(d->type, n);

    if (!wire_unpack(in, 1))
        return 0;
    if (p->type == OB_PROP_STRING)
        return rig_device_prop_text(d->rig, n, wire_unpack_text(in), err);
    if (p->type == OB_PROP_LINK)
        return rig_device_prop_link(d->rig, n, (void *)(uintptr_t)(n + 1),
                                    wire_unpack_text(in), err);
    return rig_device_prop_set(d->rig, n, wire_unpack(in, 8), err);
}

static int device_make(struct host_device *d, struct wire_reader *in,
                       struct ob_err *err)
{
    const char *id = wire_unpack_text(in);
    int ret = 0;

    if (!id)
        host_end();
    d->rig = rig_device_new(d->type, id, &host_port, d);
    d->prefix = g_strdup_printf("%s %s: ", d->type->name, id);
    d->hz = g_new(uint64_t, d->type->clocks.count);
    d->maps = g_new0(GArray *, d->type->props.count + 1);
    host_clocks_forget(d);
    for (uint32_t n = 0; n < d->type->props.count && !ret; n++)
        ret = prop_set(d, n, in, err);
    if (in->bad)
        host_end();
    return ret ? ret : rig_device_create(d->rig, err);
}

static void answer_text(struct wire_msg *answer, const struct ob_err *err,
                        const void **ret_bytes)
{
    answer->status = err->code;
    answer->bytes = (uint32_t)strlen(err->text);
    *ret_bytes = err->text;
}

static void serve_create(struct host *h, const struct wire_msg *m,
                         struct wire_msg *answer, struct ob_err *err,
                         const void **ret_bytes)
{
    struct host_device *d = g_new0(struct host_device, 1);
    struct wire_reader in = wire_reader_of(h->stored, arena_new(0));

    if (m->a >= h->module->n_devices || m->dev >= HOST_DEVICES_MAX)
        host_end();
    d->host = h;
    d->busy = 1;
    d->number = m->dev;
    d->type = h->module->devices[m->a];
    if (m->dev >= h->devices->len)
        g_ptr_array_set_size(h->devices, (gint)m->dev + 1);
    if (h->devices->pdata[m->dev])
        host_end();
    h->devices->pdata[m->dev] = d;
    if (device_make(d, &in, err)) {
        answer_text(answer, err, ret_bytes);
        h->devices->pdata[m->dev] = NULL;
        device_free(d);
    } else {
        d->busy = 0;
    }
    g_array_set_size(h->pages, 0);
    arena_free(in.arena);
}

static void serve_destroy(struct host *h, const struct wire_msg *m)
{
    struct host_device *d = device_at(h, m->dev);

    if (d->busy++)
        host_end();
    d->ending = true;
    device_free(d);
    h->devices->pdata[m->dev] = NULL;
}

/* --- blocks --------------------------------------------------------------- */

static GArray *direct_spans(const struct ob_device_type *type, uint32_t region)
{
    GArray *found = rig_type_direct(type, region);
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct wire_span));

    for (guint n = 0; n < found->len; n++) {
        const struct rig_pages *p = &g_array_index(found, struct rig_pages, n);
        struct wire_span s = { p->at, p->bytes };

        g_array_append_val(spans, s);
    }
    g_array_free(found, TRUE);
    return spans;
}

static void serve_describe(struct host *h, const struct wire_msg *m,
                           struct wire_msg *answer)
{
    if (m->a >= h->module->n_devices)
        host_end();
    g_byte_array_set_size(h->fetched, 0);
    wire_pack_type(h->fetched, h->module->devices[m->a], direct_spans);
    answer->x = h->fetched->len;
}

static void serve_store(struct host *h, const struct wire_msg *m,
                        const void *payload)
{
    if (m->x == 0)
        g_byte_array_set_size(h->stored, 0);
    if (m->x != h->stored->len || m->x + m->bytes > RIG_BLOCK_MAX)
        host_end();
    if (m->bytes)
        g_byte_array_append(h->stored, payload, m->bytes);
}

static void serve_fetch(struct host *h, const struct wire_msg *m,
                        struct wire_msg *answer, const void **ret_bytes)
{
    if (m->x > h->fetched->len)
        host_end();
    answer->bytes = (uint32_t)MIN(h->fetched->len - m->x,
                                  (uint64_t)WIRE_PAYLOAD_MAX);
    if (answer->bytes)
        *ret_bytes = h->fetched->data + m->x;
}

static void serve_save(struct host *h, struct host_device *d,
                       struct wire_msg *answer)
{
    GByteArray *saved = rig_device_save(d->rig);

    g_byte_array_free(h->fetched, TRUE);
    h->fetched = saved;
    answer->x = h->fetched->len;
}

static void serve_restore(struct host *h, struct host_device *d,
                          struct wire_msg *answer, struct ob_err *err,
                          const void **ret_bytes)
{
    GByteArray *state = h->stored;

    /* restored() may ask, and be asked to store something else. */
    h->stored = g_byte_array_new();
    host_clocks_forget(d);
    if (rig_device_restore(d->rig, state->data, state->len, err))
        answer_text(answer, err, ret_bytes);
    g_byte_array_free(state, TRUE);
}

/* --- events --------------------------------------------------------------- */

static void serve_clock(struct host_device *d, uint32_t n)
{
    if (n < d->type->clocks.count)
        d->hz[n] = HOST_HZ_UNKNOWN;
    rig_device_clock_changed(d->rig, n);
}

static void serve_access(struct host_device *d, const struct wire_msg *m,
                         struct wire_msg *answer)
{
    struct rig_region *r = rig_device_region(d->rig, m->a);

    if (!r)
        host_end();
    if (m->kind == WIRE_READ)
        answer->y = rig_region_read(r, m->x, m->b);
    else
        rig_region_write(r, m->x, m->y, m->b);
}

/* Writes that only store: the message's own, and those that came with it. */
static void serve_post(struct host_device *d, const struct wire_msg *m)
{
    struct rig_region *r = rig_device_region(d->rig, m->a);
    const uint8_t *more = d->host->conn.more;
    uint32_t offset;
    uint64_t value;

    if (!r || m->bytes % WIRE_MORE)
        host_end();
    rig_region_write(r, m->x, m->y, m->b);
    for (uint32_t at = 0; at < m->bytes; at += WIRE_MORE) {
        memcpy(&offset, more + at, sizeof(offset));
        memcpy(&value, more + at + sizeof(offset), sizeof(value));
        rig_region_write(r, offset, value, m->b);
    }
}

static void serve_event(struct host_device *d, const struct wire_msg *m,
                        const void *payload, struct wire_msg *answer)
{
    switch (m->kind) {
    case WIRE_READ:
    case WIRE_WRITE: serve_access(d, m, answer); break;
    case WIRE_POST: serve_post(d, m); break;
    case WIRE_RESET:
        host_clocks_forget(d);
        rig_device_reset(d->rig);
        break;
    case WIRE_INPUT:
        rig_device_input(d->rig, m->a, m->b, (int32_t)(uint32_t)m->y);
        break;
    case WIRE_TIMER: rig_device_timer_expired(d->rig, m->a); break;
    case WIRE_CLOCK: serve_clock(d, m->a); break;
    case WIRE_CHR_ROOM: answer->y = rig_device_chr_room(d->rig, m->a); break;
    case WIRE_CHR_RECEIVE:
        rig_device_chr_receive(d->rig, m->a, payload, m->bytes);
        break;
    case WIRE_CHR_EVENT: rig_device_chr_event(d->rig, m->a, m->b); break;
    }
}

/* While it is busy here, nobody destroys the device. */
static void serve_device(struct host *h, const struct wire_msg *m,
                         const void *payload, struct wire_msg *answer,
                         struct ob_err *err, const void **ret_bytes)
{
    struct host_device *d = device_at(h, m->dev);

    d->busy++;
    if (m->kind == WIRE_SAVE)
        serve_save(h, d, answer);
    else if (m->kind == WIRE_RESTORE)
        serve_restore(h, d, answer, err, ret_bytes);
    else
        serve_event(d, m, payload, answer);
    d->busy--;
}

static void serve_kind(struct host *h, const struct wire_msg *m,
                       const void *payload, struct wire_msg *answer,
                       struct ob_err *err, const void **ret_bytes)
{
    switch (m->kind) {
    case WIRE_DESCRIBE: serve_describe(h, m, answer); return;
    case WIRE_STORE: serve_store(h, m, payload); return;
    case WIRE_FETCH: serve_fetch(h, m, answer, ret_bytes); return;
    case WIRE_MEMORY: host_memory_take(h, m); return;
    case WIRE_MAP: host_map_take(device_at(h, m->dev), m, payload); return;
    }
    if (m->kind != WIRE_POST) {
        h->now_ns = m->now_ns;
        h->wanted = m->c;
    }
    if (m->kind == WIRE_CREATE)
        serve_create(h, m, answer, err, ret_bytes);
    else if (m->kind == WIRE_PAGE)
        answer->status = host_page_take(h, m);
    else if (m->kind == WIRE_DESTROY)
        serve_destroy(h, m);
    else
        serve_device(h, m, payload, answer, err, ret_bytes);
}

void host_request(struct host *h, const struct wire_msg *m,
                  const void *payload)
{
    struct wire_msg answer = { .kind = WIRE_ANSWER, .dev = m->dev };
    bool answered = wire_kind_answered(m->kind);
    struct ob_err err;
    const void *bytes = NULL;

    if (m->kind == WIRE_DONE || (answered && m->depth != h->open))
        host_end();
    err.code = 0, err.text[0] = 0;
    answer.depth = m->depth;
    h->open += answered;
    serve_kind(h, m, payload, &answer, &err, &bytes);
    h->open -= answered;
    if (answered)
        host_put(h, &answer, bytes);
}

void host_serve(struct host *h)
{
    struct wire_msg m;
    void *payload;

    for (;;) {
        if (wire_conn_take(&h->conn, &m, &payload, NULL))
            host_end();
        host_request(h, &m, payload);
        free(payload);
    }
}
