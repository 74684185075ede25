/* SPDX-License-Identifier: MIT */
/*
 * What a model's process asks for, done through the same services that a
 * local model calls: they check indices, phases and depth. Checked here is
 * what a local model could not get wrong.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The device that a message is about; none: the process is given up. */
static struct device *device_find(struct remote *r, const struct ipc_msg *m)
{
    struct device *d = m->dev < r->devices->len ? r->devices->pdata[m->dev]
                                                : NULL;

    if (d && !proxy_of(d)->lost)
        return d;
    remote_give_up(r, -EPROTO, "%s for device %u, which there is not",
                   ipc_kind_name(m->kind), m->dev);
    return NULL;
}

/* Room for `count` bytes of an answer; free()d by the caller. */
static void *answer_room(struct remote *r, uint32_t count)
{
    if (count <= IPC_PAYLOAD_MAX)
        return calloc(1, count + 1);
    remote_give_up(r, -EPROTO,
                   "asked for %u bytes at once, where %u are the most", count,
                   IPC_PAYLOAD_MAX);
    return NULL;
}

static void serve_mem(struct remote *r, struct device *d,
                      const struct ipc_msg *m, const void *payload,
                      struct ipc_msg *done, void **ret_bytes)
{
    const struct ob_link *via = NULL;

    if (remote_link_find(r, d, m->a, &via))
        return;
    remote_link_used(r, d, m->a);
    if (m->kind == IPC_MEM_WRITE) {
        done->status = device_services.mem_write(&d->dev, via, m->x, payload,
                                                 m->bytes);
        return;
    }
    *ret_bytes = answer_room(r, m->b);
    if (!*ret_bytes)
        return;
    done->status = device_services.mem_read(&d->dev, via, m->x, *ret_bytes,
                                            m->b);
    done->bytes = m->b;
}

static void serve_link(struct remote *r, struct device *d,
                       const struct ipc_msg *m, struct ipc_msg *done)
{
    const struct ob_link *to = NULL;

    if (remote_link_find(r, d, m->a, &to))
        return;
    if (m->kind == IPC_LINK_WRITE)
        done->status = device_services.link_write(&d->dev, to, m->c, m->x,
                                                  m->b, m->y);
    else
        done->status = device_services.link_read(&d->dev, to, m->c, m->x, m->b,
                                                 &done->y);
}

static void serve_log(struct remote *r, struct device *d,
                      const struct ipc_msg *m, const char *text)
{
    if ((m->a < OB_LOG_GUEST || m->a > OB_LOG_TRACE) &&
        m->a != HOST_LOG_MISTAKE && m->a != HOST_LOG_HOLE)
        remote_give_up(r, -EPROTO, "a log line of kind %u", m->a);
    else if (m->a == OB_LOG_UNIMPL)
        device_unimplf(d, "%.*s", (int)m->bytes, text ? text : "");
    else if (device_log_wanted(d, m->a))
        device_logf(d, m->a, "%.*s", (int)m->bytes, text ? text : "");
}

static void serve_random(struct remote *r, struct device *d,
                         const struct ipc_msg *m, struct ipc_msg *done,
                         void **ret_bytes)
{
    *ret_bytes = answer_room(r, m->b);
    if (!*ret_bytes)
        return;
    device_services.random(&d->dev, *ret_bytes, m->b);
    done->bytes = m->b;
}

static void serve_one(struct remote *r, struct device *d,
                      const struct ipc_msg *m, const void *payload,
                      struct ipc_msg *done, void **ret_bytes)
{
    struct ob_dev *dev = &d->dev;

    switch (m->kind) {
    case IPC_SIGNAL: device_services.irq_set(dev, m->a, m->y & 1); break;
    case IPC_IRQ: device_services.irq_set(dev, m->a, m->y & 1); break;
    case IPC_OUTPUT:
        device_services.output_set(dev, m->a, m->b, (int32_t)(uint32_t)m->y);
        break;
    case IPC_TIMER_ARM: device_services.timer_arm(dev, m->a, m->x); break;
    case IPC_TIMER_CANCEL: device_services.timer_cancel(dev, m->a); break;
    case IPC_CLOCK_HZ: done->y = device_services.clock_hz(dev, m->a); break;
    case IPC_CLOCK_DRIVE: device_services.clock_drive(dev, m->a, m->x); break;
    case IPC_CHR_SEND:
        device_services.chr_send(dev, m->a, payload, m->bytes);
        break;
    case IPC_CHR_READY: device_services.chr_ready(dev, m->a); break;
    case IPC_MEM_READ:
    case IPC_MEM_WRITE: serve_mem(r, d, m, payload, done, ret_bytes); break;
    case IPC_WROTE: remote_wrote(r, d, m); break;
    case IPC_LINK_READ:
    case IPC_LINK_WRITE: serve_link(r, d, m, done); break;
    case IPC_RANDOM: serve_random(r, d, m, done, ret_bytes); break;
    case IPC_MACHINE: device_services.machine_request(dev, m->a); break;
    case IPC_LOG: serve_log(r, d, m, payload); break;
    }
}

void remote_serve(struct remote *r, const struct ipc_msg *m,
                  const void *payload)
{
    struct ipc_msg done = { .kind = IPC_DONE, .dev = m->dev };
    struct device *d = device_find(r, m);
    bool answered = ipc_kind_answered(m->kind);
    struct ob_err err;
    void *bytes = NULL;

    err.code = 0;
    if (!d)
        return;
    r->counts[m->kind % G_N_ELEMENTS(r->counts)]++;
    if (answered && m->depth != r->open) {
        remote_give_up(r, -EPROTO, "%s as request %u, where %u are open",
                       ipc_kind_name(m->kind), m->depth, r->open);
        return;
    }
    r->open += answered;
    serve_one(r, d, m, payload, &done, &bytes);
    r->open -= answered;
    done.depth = m->depth;
    /* The device may be gone by now; the process may as well. */
    if (answered && !r->gone.code)
        remote_maps_update(r);
    if (answered && !r->gone.code) {
        d = r->devices->pdata[m->dev];
        done.now_ns = d ? d->ops->now_ns(d->port) : 0;
        if (ipc_conn_put(&r->conn, &done, bytes, &err))
            remote_give_up(r, err.code, "%s", err.text);
    }
    free(bytes);
}
