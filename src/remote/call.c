/* SPDX-License-Identifier: MIT */
/*
 * Requests to a process, and their answers. While a request is open, the
 * process may ask for services: the caller of this file set `upper`, which
 * serves them. This is the lowest file of the room.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool remote_idle(const struct remote *r)
{
    return !r->open && !r->restarting;
}

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
    if (r->upper)
        r->upper->gave_up(r);
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

static int answer_wait(struct remote *r, uint16_t depth,
                       struct ipc_msg *ret_msg, void **ret_payload)
{
    struct ob_err err;
    int ret;

    err.code = 0;
    for (;;) {
        ret = ipc_conn_take(&r->conn, ret_msg, ret_payload, &err);
        if (ret)
            return remote_give_up(r, ret, "%s", err.text);
        if (ret_msg->kind == IPC_ANSWER)
            break;
        if (too_long(r))
            remote_give_up(r, -ETIMEDOUT,
                           "the model asks without end and does not answer");
        else
            r->upper->serve(r, ret_msg, *ret_payload);
        free(*ret_payload);
        *ret_payload = NULL;
        if (r->gone.code)
            return r->gone.code;
    }
    if (ret_msg->depth == depth)
        return 0;
    free(*ret_payload);
    *ret_payload = NULL;
    return remote_give_up(r, -EPROTO,
                          "an answer to request %u, where %u is open",
                          ret_msg->depth, depth);
}

static void maps_update(struct remote *r)
{
    if (r->upper && r->maps_seen != host_maps_generation)
        r->upper->maps_send(r);
}

int remote_call(struct remote *r, struct device *d, struct ipc_msg *msg,
                const void *payload, struct ipc_msg *ret_msg,
                void **ret_payload)
{
    void *dropped = NULL;
    uint16_t depth = r->open;
    uint32_t at;
    int ret;

    if (!r->gone.code)
        maps_update(r);
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
    ret = msg_put(r, msg, payload);
    if (!ret)
        ret = answer_wait(r, depth, ret_msg,
                          ret_payload ? ret_payload : &dropped);
    r->open--;
    if (!ret)
        remote_note_answer(r, at, ret_msg);
    free(dropped);
    if (!r->open && r->turn && ++r->turns % REMOTE_TURN == 0)
        r->turn(r->opaque);
    return ret;
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
    int ret;

    do {
        struct ipc_msg m = IPC_MSG(store, .from = done), answer;

        m.bytes = (uint32_t)MIN(count - done, (size_t)IPC_PAYLOAD_MAX);
        ret = remote_call(r, NULL, &m, bytes + done, &answer, NULL);
        if (!ret && answer.status)
            ret = remote_give_up(r, -EPROTO, "the process stores nothing");
        done += m.bytes;
    } while (!ret && done < count);
    return ret;
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
