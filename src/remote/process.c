/* SPDX-License-Identifier: MIT */
/* The connection to a model's process: greeting, types, requests. */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

/* --- types ---------------------------------------------------------------- */

/*
 * The process may be hostile. The bridge sees a type only after
 * device_decl_finish() has checked all of it.
 */
static int type_take(struct remote *r, GByteArray *block, uint32_t number,
                     struct ob_err *err)
{
    struct ipc_reader reader = ipc_reader_of(block, r->arena);
    struct remote_type *t = arena_zeros(r->arena, 1, sizeof(*t));
    struct device_decl *decl = device_decl_empty(r->arena);
    int ret = ipc_unpack_type(&reader, decl, &t->posts, err);

    if (!ret)
        ret = device_decl_finish(decl, err);
    if (ret)
        return ret;
    t->remote = r;
    t->number = number;
    decl->model = &proxy_model_ops;
    decl->model_type = t;
    g_ptr_array_add(r->types, decl);
    return 0;
}

/*
 * `left` bounds all descriptions together, so that a process with many types
 * cannot use up QEMU's memory.
 */
static int types_take(struct remote *r, uint32_t count, struct ob_err *err)
{
    uint64_t left = REMOTE_TYPES_BYTES;
    int ret = 0;

    if (count > REMOTE_TYPES_MAX)
        return err_set(err, -EPROTO, "%u types, where %d are the most", count,
                       REMOTE_TYPES_MAX);
    for (uint32_t n = 0; n < count && !ret; n++) {
        GByteArray *block = remote_describe(r, n, left);

        if (!block)
            return err_set(err, -EPROTO, "%s", r->gone.text);
        left -= block->len;
        g_ptr_array_add(r->blocks, block);
        ret = type_take(r, block, n, err);
    }
    return ret;
}

/*
 * The process cannot report its last writes any more, and its pages do not
 * change any more. The machine must not rely on either.
 */
static void gave_up(struct remote *r)
{
    remote_memory_lost(r);
    remote_pages_lost(r);
}

static const struct remote_upper upper = {
    .serve = remote_serve, .maps_send = remote_maps_send, .gave_up = gave_up,
};

static int remote_start(struct remote *r, const struct remote_setup *s,
                        struct ob_err *err)
{
    uint32_t types;
    int ret = remote_connect(r, s, &types, err);

    if (ret)
        return ret;
    return types_take(r, types, err);
}

static void block_free(void *block)
{
    g_byte_array_free(block, TRUE);
}

/*
 * A refusal of the file by the process itself starts with the file's path, and
 * has the same words as in QEMU's process.
 */
static bool names_file(const struct ob_err *err, const char *path)
{
    size_t n = strlen(path);

    return err && !strncmp(err->text, path, n) &&
           !strncmp(err->text + n, ": ", 2);
}

/*
 * The caller's functions are set last: until then `err` reports each failure,
 * and on_gone() must not report it a second time.
 */
int remote_open(const struct remote_setup *setup, struct remote **ret_remote,
                struct ob_err *err)
{
    struct remote *r = g_new0(struct remote, 1);
    int ret;

    r->conn.sock = r->memory_sock = -1;
    r->upper = &upper;
    r->memories = g_array_new(FALSE, TRUE, sizeof(struct remote_memory));
    r->links = g_array_new(FALSE, TRUE, sizeof(struct remote_link));
    r->arena = arena_new(0);
    r->types = g_ptr_array_new();
    r->blocks = g_ptr_array_new_with_free_func(block_free);
    r->devices = g_ptr_array_new();
    ret = remote_start(r, setup, err);
    if (ret) {
        remote_free(r);
        if (names_file(err, setup->path))
            return ret;
        return err_prefix(err, ret, "%s: in a process of its own",
                          setup->path);
    }
    r->on_gone = setup->gone;
    r->wake = setup->wake;
    r->turn = setup->turn;
    r->opaque = setup->opaque;
    *ret_remote = r;
    return 0;
}

void remote_free(struct remote *r)
{
    if (!r)
        return;
    ipc_conn_close(&r->conn);
    if (r->memory_sock >= 0)
        close(r->memory_sock);
    g_array_free(r->memories, TRUE);
    g_array_free(r->links, TRUE);
    g_ptr_array_free(r->types, TRUE);
    g_ptr_array_free(r->blocks, TRUE);
    g_ptr_array_free(r->devices, TRUE);
    arena_free(r->arena);
    g_free(r);
}

const struct device_decl *remote_type(const struct remote *r, uint32_t n)
{
    return n < r->types->len ? r->types->pdata[n] : NULL;
}

uint64_t remote_asked(const struct device *d, uint64_t *ret_posted)
{
    *ret_posted = proxy_of(d)->posted;
    return proxy_of(d)->asked;
}

const char *remote_gone(const struct remote *r)
{
    return r->gone.code ? r->gone.text : NULL;
}

uint64_t remote_count(const struct remote *r, unsigned kind)
{
    return kind < G_N_ELEMENTS(r->counts) ? r->counts[kind] : 0;
}

bool remote_hung(const struct remote *r)
{
    return r->gone.code == -ETIMEDOUT;
}

int remote_sock(const struct remote *r)
{
    return r->conn.sock;
}

uint64_t remote_limit_ns(const struct remote *r)
{
    return r->conn.wait.limit_ns;
}

void remote_each(const struct remote *r,
                 void (*fn)(void *opaque, struct device *d), void *opaque)
{
    for (guint n = 0; n < r->devices->len; n++) {
        struct device *d = r->devices->pdata[n];

        if (d && d->phase == DEVICE_LIVE)
            fn(opaque, d);
    }
}

/*
 * Serve what the process sent without a request. The ring's size bounds it, so
 * that a flood of messages does not block QEMU's loop.
 */
static void unasked_serve(struct remote *r)
{
    struct ipc_msg m;
    struct ob_err err;
    void *payload;

    for (uint32_t n = 0;
         n < r->conn.in.count && !r->gone.code && ipc_ring_ready(&r->conn.in);
         n++) {
        err.code = 0;
        if (ipc_conn_take(&r->conn, &m, &payload, &err)) {
            remote_give_up(r, err.code, "%s", err.text);
            return;
        }
        if (m.kind == IPC_SIGNAL || m.kind == IPC_LOG)
            remote_serve(r, &m, payload);
        else
            remote_give_up(r, -EPROTO, "%s while nothing is asked",
                           ipc_kind_name(m.kind));
        free(payload);
    }
}

/*
 * A runner may ring only for a SIGNAL that it put into the ring. Other packets
 * would wake QEMU's loop without a reason and without a limit. While a request
 * is open, answer_wait() takes the messages.
 */
void remote_check(struct remote *r)
{
    if (r->gone.code)
        return;
    r->rung += ipc_conn_rung(&r->conn);
    if (!remote_idle(r))
        return;
    unasked_serve(r);
    if (!r->gone.code && ipc_conn_peer_gone(&r->conn))
        remote_give_up(r, -EPIPE, "the process at the other end is gone");
    else if (!r->gone.code && r->rung > r->counts[IPC_SIGNAL])
        remote_give_up(r, -EPROTO,
                       "the process at the other end wrote to its socket");
}

struct remote *remote_of(const struct device *d)
{
    return d->type->model_type ? remote_owner(d) : NULL;
}

bool remote_lost(const struct device *d)
{
    return remote_of(d) && proxy_of(d) && proxy_of(d)->lost;
}

bool remote_went(const struct device *d)
{
    return remote_lost(d) && proxy_of(d)->went;
}

/* --- what it was asked last ----------------------------------------------- */

/* The name of item `n` of a list, or "?". */
#define ITEM_NAME(list, n) item_name(DECL_NAMES(list), n)

static const char *item_name(const void *items, uint32_t count, size_t bytes,
                             uint32_t n)
{
    const char *name = device_decl_name(items, count, bytes, n);

    return name ? name : "?";
}

/* remote_note_answer() has set the status to 1 if the read was answered. */
static char *read_text(const struct device_decl *t, const struct ipc_msg *m)
{
    struct ipc_read r = ipc_read_of(m);
    const char *region = ITEM_NAME(t->regions, r.region);

    if (!m->status)
        return g_strdup_printf("read of %u bytes at %s + 0x%" PRIx64
                               ", not answered",
                               r.bytes, region, r.offset);
    return g_strdup_printf(
        "read of %u bytes at %s + 0x%" PRIx64 ": 0x%" PRIx64, r.bytes, region,
        r.offset, ipc_read_result_of(m).value);
}

static char *write_text(const struct device_decl *t, const struct ipc_msg *m)
{
    struct ipc_write w = ipc_write_of(m);

    return g_strdup_printf(
        "write of %u bytes at %s + 0x%" PRIx64 ": 0x%" PRIx64, w.bytes,
        ITEM_NAME(t->regions, w.region), w.offset, w.value);
}

/* What a request was, without its device and time. */
static char *asked_text(const struct device *d, const struct ipc_msg *m)
{
    const struct device_decl *t = d->type;
    struct ipc_input in;

    switch (m->kind) {
    case IPC_READ: return read_text(t, m);
    case IPC_WRITE:
    case IPC_POST: return write_text(t, m);     /* the same operands */
    case IPC_INPUT:
        in = ipc_input_of(m);
        return g_strdup_printf("input %s %u: %d",
                               ITEM_NAME(t->inputs, in.group), in.line,
                               in.level);
    case IPC_TIMER:
        return g_strdup_printf("timer %s",
                               ITEM_NAME(t->timers, ipc_timer_of(m).timer));
    default: return g_ascii_strdown(ipc_kind_name(m->kind), -1);
    }
}

/*
 * The list may name a device that was destroyed since. A posted write has no
 * time, because QEMU sends none with it.
 */
static char *last_text(const struct remote *r, const struct ipc_msg *m)
{
    const struct device *d = m->dev < r->devices->len
                                 ? r->devices->pdata[m->dev]
                                 : NULL;
    char *asked, *text;

    if (!d)
        return g_strdup_printf("part %u, which is no more", m->dev);
    asked = asked_text(d, m);
    if (m->kind == IPC_POST)
        text = g_strdup_printf("%s: %s", d->id, asked);
    else
        text = g_strdup_printf("%s: %s, at %" PRIu64 " ns", d->id, asked,
                               m->now_ns);
    g_free(asked);
    return text;
}

void remote_last(const struct remote *r,
                 void (*line)(void *opaque, const char *text), void *opaque)
{
    uint32_t n = r->n_last > REMOTE_LAST ? r->n_last - REMOTE_LAST : 0;

    for (; n < r->n_last; n++) {
        char *text = last_text(r, &r->last[n % REMOTE_LAST]);

        line(opaque, text);
        g_free(text);
    }
}
