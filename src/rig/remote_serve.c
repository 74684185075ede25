/* SPDX-License-Identifier: MIT */
/*
 * What a model's process asks for, done through the same services that a
 * local model calls: they check indices, phases and depth. Checked here is
 * what a local model could not get wrong.
 */
#include "rig/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The device that a message is about; none: the process is given up. */
static struct rig_device *device_find(struct rig_remote *r,
                                      const struct wire_msg *m)
{
    struct rig_device *d = m->dev < r->devices->len ? r->devices->pdata[m->dev]
                                                    : NULL;

    if (d && !d->far_lost)
        return d;
    remote_give_up(r, -EPROTO, "%s for device %u, which there is not",
                   wire_kind_name(m->kind), m->dev);
    return NULL;
}

/* Room for `count` bytes of an answer; free()d by the caller. */
static void *answer_room(struct rig_remote *r, uint32_t count)
{
    if (count <= WIRE_PAYLOAD_MAX)
        return calloc(1, count + 1);
    remote_give_up(r, -EPROTO,
                   "asked for %u bytes at once, where %u are the most", count,
                   WIRE_PAYLOAD_MAX);
    return NULL;
}

static void serve_mem(struct rig_remote *r, struct rig_device *d,
                      const struct wire_msg *m, const void *payload,
                      struct wire_msg *done, void **ret_bytes)
{
    const struct ob_link *via = NULL;

    if (remote_link_find(r, d, m->a, &via))
        return;
    remote_link_used(r, d, m->a);
    if (m->kind == WIRE_MEM_WRITE) {
        done->status = rig_host.mem_write(&d->dev, via, m->x, payload,
                                          m->bytes);
        return;
    }
    *ret_bytes = answer_room(r, m->b);
    if (!*ret_bytes)
        return;
    done->status = rig_host.mem_read(&d->dev, via, m->x, *ret_bytes, m->b);
    done->bytes = m->b;
}

static void serve_link(struct rig_remote *r, struct rig_device *d,
                       const struct wire_msg *m, struct wire_msg *done)
{
    const struct ob_link *to = NULL;

    if (remote_link_find(r, d, m->a, &to))
        return;
    if (m->kind == WIRE_LINK_WRITE)
        done->status = rig_host.link_write(&d->dev, to, m->c, m->x, m->b,
                                           m->y);
    else
        done->status = rig_host.link_read(&d->dev, to, m->c, m->x, m->b,
                                          &done->y);
}

static void serve_log(struct rig_remote *r, struct rig_device *d,
                      const struct wire_msg *m, const char *text)
{
    if ((m->a < OB_LOG_GUEST || m->a > OB_LOG_TRACE) &&
        m->a != RIG_LOG_MISTAKE && m->a != RIG_LOG_HOLE)
        remote_give_up(r, -EPROTO, "a log line of kind %u", m->a);
    else if (m->a == OB_LOG_UNIMPL)
        rig_unimplf(d, "%.*s", (int)m->bytes, text ? text : "");
    else if (rig_log_wanted(d, m->a))
        rig_logf(d, m->a, "%.*s", (int)m->bytes, text ? text : "");
}

static void serve_random(struct rig_remote *r, struct rig_device *d,
                         const struct wire_msg *m, struct wire_msg *done,
                         void **ret_bytes)
{
    *ret_bytes = answer_room(r, m->b);
    if (!*ret_bytes)
        return;
    rig_host.random(&d->dev, *ret_bytes, m->b);
    done->bytes = m->b;
}

static void serve_one(struct rig_remote *r, struct rig_device *d,
                      const struct wire_msg *m, const void *payload,
                      struct wire_msg *done, void **ret_bytes)
{
    struct ob_dev *dev = &d->dev;

    switch (m->kind) {
    case WIRE_SIGNAL: rig_host.irq_set(dev, m->a, m->y & 1); break;
    case WIRE_IRQ: rig_host.irq_set(dev, m->a, m->y & 1); break;
    case WIRE_OUTPUT:
        rig_host.output_set(dev, m->a, m->b, (int32_t)(uint32_t)m->y);
        break;
    case WIRE_TIMER_ARM: rig_host.timer_arm(dev, m->a, m->x); break;
    case WIRE_TIMER_CANCEL: rig_host.timer_cancel(dev, m->a); break;
    case WIRE_CLOCK_HZ: done->y = rig_host.clock_hz(dev, m->a); break;
    case WIRE_CLOCK_DRIVE: rig_host.clock_drive(dev, m->a, m->x); break;
    case WIRE_CHR_SEND: rig_host.chr_send(dev, m->a, payload, m->bytes); break;
    case WIRE_CHR_READY: rig_host.chr_ready(dev, m->a); break;
    case WIRE_MEM_READ:
    case WIRE_MEM_WRITE: serve_mem(r, d, m, payload, done, ret_bytes); break;
    case WIRE_WROTE: remote_wrote(r, d, m); break;
    case WIRE_LINK_READ:
    case WIRE_LINK_WRITE: serve_link(r, d, m, done); break;
    case WIRE_RANDOM: serve_random(r, d, m, done, ret_bytes); break;
    case WIRE_MACHINE: rig_host.machine_request(dev, m->a); break;
    case WIRE_LOG: serve_log(r, d, m, payload); break;
    }
}

void remote_serve(struct rig_remote *r, const struct wire_msg *m,
                  const void *payload)
{
    struct wire_msg done = { .kind = WIRE_DONE, .dev = m->dev };
    struct rig_device *d = device_find(r, m);
    bool answered = wire_kind_answered(m->kind);
    struct ob_err err;
    void *bytes = NULL;

    err.code = 0;
    if (!d)
        return;
    r->counts[m->kind % G_N_ELEMENTS(r->counts)]++;
    if (answered && m->depth != r->open) {
        remote_give_up(r, -EPROTO, "%s as request %u, where %u are open",
                       wire_kind_name(m->kind), m->depth, r->open);
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
        if (wire_conn_put(&r->conn, &done, bytes, &err))
            remote_give_up(r, err.code, "%s", err.text);
    }
    free(bytes);
}
