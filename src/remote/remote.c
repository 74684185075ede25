/* SPDX-License-Identifier: MIT */
/* The connection to a model's process: greeting, types, requests. */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

/* An interpreter has much to read before it says anything. */
#define PROGRAM_START_NS UINT64_C(30000000000)

/* --- requests ------------------------------------------------------------- */

int remote_give_up(struct remote *r, int code, const char *fmt, ...)
{
    va_list ap;

    if (r->gone.code)
        return r->gone.code;
    va_start(ap, fmt);
    err_setv(&r->gone, code, fmt, ap);
    va_end(ap);
    for (guint n = 0; n < r->devices->len; n++) {
        struct device *d = r->devices->pdata[n];

        if (!d)
            continue;
        proxy_of(d)->went = !proxy_of(d)->lost;
        proxy_of(d)->lost = true;
    }
    /* The other side sees this, and ends. Who watches it stops first. */
    if (r->conn.sock >= 0)
        shutdown(r->conn.sock, SHUT_RDWR);
    if (r->on_gone)
        r->on_gone(r->opaque, r->gone.text);
    if (r->conn.sock >= 0)
        close(r->conn.sock);
    r->conn.sock = -1;
    remote_memory_lost(r);
    remote_pages_lost(r);
    return code;
}

/* What goes with each request about a device: time, and wanted log kinds. */
static void msg_fill(struct ipc_msg *m, struct device *d, uint16_t depth)
{
    m->depth = depth;
    if (!d)
        return;
    m->dev = proxy_of(d)->number;
    m->now_ns = d->ops->now_ns(d->port);
    /* FIRST never travels: the runner knows its first lines by itself. */
    m->c = d->ops->logs_wanted(d->port) & ~HOST_LOG_BIT(HOST_LOG_FIRST);
}

static int msg_put(struct remote *r, struct ipc_msg *m, const void *payload)
{
    struct ob_err err;
    int ret;

    err.code = 0;
    ret = ipc_conn_put(&r->conn, m, payload, &err);
    return ret ? remote_give_up(r, ret, "%s", err.text) : 0;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * A model that asks and asks, and never answers, hangs as well. What counts,
 * in all requests within requests, is its own time, that of the processor
 * which QEMU spends for it, and how often it asks; but not how long QEMU waits
 * for others, as for a terminal that the user has stopped.
 */
static bool too_long(struct remote *r)
{
    uint64_t now = clock_ns(CLOCK_MONOTONIC), limit = r->conn.wait.limit_ns,
             cpu;

    if (r->asked++ == 0) {
        r->asked_ns = now;
        r->asked_cpu_ns = 0;
    }
    if (!limit || now - r->asked_ns <= limit)
        return false;
    /* Looked at only now: to ask for it takes a system call. */
    cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (!r->asked_cpu_ns)
        r->asked_cpu_ns = cpu;
    return r->conn.wait.slept_ns > limit || r->asked > REMOTE_ASKED_MAX ||
           cpu - r->asked_cpu_ns > limit;
}

static int answer_wait(struct remote *r, uint16_t depth, struct ipc_msg *ret,
                       void **ret_payload)
{
    struct ob_err err;
    int rc;

    err.code = 0;
    for (;;) {
        rc = ipc_conn_take(&r->conn, ret, ret_payload, &err);
        if (rc)
            return remote_give_up(r, rc, "%s", err.text);
        if (ret->kind == IPC_ANSWER)
            break;
        if (too_long(r))
            remote_give_up(r, -ETIMEDOUT,
                           "the model asks without end and does not answer");
        else
            remote_serve(r, ret, *ret_payload);
        free(*ret_payload);
        *ret_payload = NULL;
        if (r->gone.code)
            return r->gone.code;
    }
    if (ret->depth == depth)
        return 0;
    free(*ret_payload);
    *ret_payload = NULL;
    return remote_give_up(r, -EPROTO,
                          "an answer to request %u, where %u is open",
                          ret->depth, depth);
}

int remote_call(struct remote *r, struct device *d, struct ipc_msg *msg,
                const void *payload, struct ipc_msg *ret, void **ret_payload)
{
    void *dropped = NULL;
    uint16_t depth = r->open;
    uint32_t at;
    int rc;

    if (!r->gone.code)
        remote_maps_update(r);
    if (r->gone.code)
        return r->gone.code;
    if (depth >= IPC_DEPTH_MAX)
        return -ELOOP;
    if (!depth) {
        r->asked = 0;
        r->conn.wait.slept_ns = 0;
    }
    msg_fill(msg, d, depth);
    if (d)
        proxy_of(d)->asked++;
    at = remote_note(r, d, msg);
    r->open++;
    rc = msg_put(r, msg, payload);
    if (!rc)
        rc = answer_wait(r, depth, ret, ret_payload ? ret_payload : &dropped);
    r->open--;
    if (!rc)
        remote_note_answer(r, at, ret);
    free(dropped);
    return rc;
}

void remote_post(struct remote *r, struct device *d, struct ipc_msg *msg)
{
    struct ob_err err;
    int ret;

    if (r->gone.code)
        return;
    err.code = 0;
    msg->depth = r->open;
    msg->dev = proxy_of(d)->number;
    proxy_of(d)->posted++;
    remote_note(r, d, msg);
    ret = ipc_conn_post(&r->conn, msg, &err);
    if (ret)
        remote_give_up(r, ret, "%s", err.text);
}

int remote_store(struct remote *r, const uint8_t *bytes, size_t count)
{
    size_t done = 0;
    int rc;

    do {
        struct ipc_msg m = IPC_MSG(store, .from = done), answer;

        m.bytes = (uint32_t)MIN(count - done, (size_t)IPC_PAYLOAD_MAX);
        rc = remote_call(r, NULL, &m, bytes + done, &answer, NULL);
        if (!rc && answer.status)
            rc = remote_give_up(r, -EPROTO, "the process stores nothing");
        done += m.bytes;
    } while (!rc && done < count);
    return rc;
}

GByteArray *remote_fetch(struct remote *r, uint64_t total, uint64_t most)
{
    GByteArray *out;

    if (total > most) {
        remote_give_up(r, -EPROTO,
                       "a block of %" PRIu64 " bytes, where %" PRIu64
                       " are the most",
                       total, most);
        return NULL;
    }
    out = g_byte_array_new();
    while (out->len < total) {
        struct ipc_msg m = IPC_MSG(fetch, .from = out->len), answer;
        void *bytes = NULL;

        if (remote_call(r, NULL, &m, NULL, &answer, &bytes))
            break;
        if (!answer.bytes || answer.bytes > total - out->len)
            remote_give_up(r, -EPROTO,
                           "%u bytes of a block, where up to %" PRIu64
                           " are left",
                           answer.bytes, total - out->len);
        else
            g_byte_array_append(out, bytes, answer.bytes);
        free(bytes);
        if (r->gone.code)
            break;
    }
    if (out->len == total)
        return out;
    g_byte_array_free(out, TRUE);
    return NULL;
}

/* --- types ---------------------------------------------------------------- */

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

GByteArray *remote_describe(struct remote *r, uint32_t n, uint64_t most)
{
    struct ipc_msg m = IPC_MSG(describe, .type = n), answer;

    if (remote_call(r, NULL, &m, NULL, &answer, NULL))
        return NULL;
    return remote_fetch(r, ipc_describe_result_of(&answer).total, most);
}

static int types_take(struct remote *r, uint32_t count, struct ob_err *err)
{
    uint64_t left = REMOTE_TYPES_BYTES;
    int rc = 0;

    if (count > REMOTE_TYPES_MAX)
        return err_set(err, -EPROTO, "%u types, where %d are the most", count,
                       REMOTE_TYPES_MAX);
    for (uint32_t n = 0; n < count && !rc; n++) {
        GByteArray *block = remote_describe(r, n, left);

        if (!block)
            return err_set(err, -EPROTO, "%s", r->gone.text);
        left -= block->len;
        g_ptr_array_add(r->blocks, block);
        rc = type_take(r, block, n, err);
    }
    return rc;
}

/* As the wire has it: 0 is no limit. */
static uint64_t limit_of(const struct remote_setup *s)
{
    if (s->limit_ns == REMOTE_FOR_EVER)
        return 0;
    return s->limit_ns ? s->limit_ns : IPC_LIMIT_NS;
}

/* --- the greeting --------------------------------------------------------- */

/* `theirs` is the process's end of the socket for memory. */
static int greet(const struct remote_setup *s, int memory, int theirs,
                 struct ipc_hello *ret, struct ob_err *err)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS,
        .memory_bytes = s->memory_bytes,
    };
    uint64_t limit = limit_of(s);
    int fds[3] = { memory, theirs, s->module };
    unsigned n_fds = 0;
    int sent, rc;

    g_strlcpy(hello.name, s->name, sizeof(hello.name));
    g_strlcpy(hello.text, s->path, sizeof(hello.text));
    sent = ipc_hello_send(s->sock, &hello, fds, s->module < 0 ? 2 : 3, NULL);
    ipc_memory_greeted(memory);
    /* One that could not start has said why, and may be gone already. */
    if (s->module < 0 && limit)
        limit = MAX(limit, PROGRAM_START_NS);
    rc = ipc_hello_take(s->sock, ret, fds, 0, &n_fds, limit, err);
    if (!rc && ret->status)
        return err_set(err, ret->status < 0 ? ret->status : -EPROTO, "%s",
                       ret->text);
    return rc || !sent ? rc
                       : err_set(err, sent,
                                 "closed the connection during the handshake");
}

static int memory_sock_new(struct remote *r, int *ret_theirs,
                           struct ob_err *err)
{
    int socks[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
        return err_set(err, -errno, "no socket for memory (%s)",
                       strerror(errno));
    r->memory_sock = socks[0];
    *ret_theirs = socks[1];
    return 0;
}

int remote_connect(struct remote *r, const struct remote_setup *s,
                   uint32_t *ret_types, struct ob_err *err)
{
    struct ipc_hello answer;
    int memory, theirs = -1, rc = ipc_memory_new(IPC_SLOTS, &memory, err);

    if (!rc) {
        rc = memory_sock_new(r, &theirs, err);
        if (!rc) {
            rc = greet(s, memory, theirs, &answer, err);
            close(theirs);
        }
        if (!rc)
            rc = ipc_conn_open(&r->conn, memory, IPC_SLOTS, s->sock,
                               IPC_TO_QEMU, err);
        close(memory);
    }
    if (rc) {
        close(s->sock);
        return rc;
    }
    r->conn.wait.limit_ns = limit_of(s);
    *ret_types = answer.types;
    return 0;
}

static int remote_start(struct remote *r, const struct remote_setup *s,
                        struct ob_err *err)
{
    uint32_t types;
    int rc = remote_connect(r, s, &types, err);

    if (rc)
        return rc;
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

int remote_open(const struct remote_setup *setup, struct remote **ret,
                struct ob_err *err)
{
    struct remote *r = g_new0(struct remote, 1);
    int rc;

    r->conn.sock = r->memory_sock = -1;
    r->memories = g_array_new(FALSE, TRUE, sizeof(struct remote_memory));
    r->links = g_array_new(FALSE, TRUE, sizeof(struct remote_link));
    r->arena = arena_new(0);
    r->types = g_ptr_array_new();
    r->blocks = g_ptr_array_new_with_free_func(block_free);
    r->devices = g_ptr_array_new();
    rc = remote_start(r, setup, err);
    if (rc) {
        remote_free(r);
        if (names_file(err, setup->path))
            return rc;
        return err_prefix(err, rc, "%s: in a process of its own", setup->path);
    }
    r->on_gone = setup->gone;
    r->wake = setup->wake;
    r->opaque = setup->opaque;
    *ret = r;
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
 * What came by itself: no more than the ring holds, so that a flood does not
 * keep QEMU's loop.
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

/* What a request was, without who and when. */
static char *asked_text(const struct device *d, const struct ipc_msg *m)
{
    const struct device_decl *t = d->type;

    switch (m->kind) {
    case IPC_READ:
        if (!m->status)
            return g_strdup_printf("read of %u bytes at %s + 0x%" PRIx64
                                   ", not answered",
                                   m->b, ITEM_NAME(t->regions, m->a), m->x);
        return g_strdup_printf("read of %u bytes at %s + 0x%" PRIx64
                               ": 0x%" PRIx64,
                               m->b, ITEM_NAME(t->regions, m->a), m->x, m->y);
    case IPC_WRITE:
    case IPC_POST:
        return g_strdup_printf("write of %u bytes at %s + 0x%" PRIx64
                               ": 0x%" PRIx64,
                               m->b, ITEM_NAME(t->regions, m->a), m->x, m->y);
    case IPC_INPUT:
        return g_strdup_printf("input %s %u: %d", ITEM_NAME(t->inputs, m->a),
                               m->b, (int)(int32_t)(uint32_t)m->y);
    case IPC_TIMER:
        return g_strdup_printf("timer %s", ITEM_NAME(t->timers, m->a));
    default: return g_ascii_strdown(ipc_kind_name(m->kind), -1);
    }
}

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
