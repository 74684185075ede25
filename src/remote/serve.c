/* SPDX-License-Identifier: MIT */
/*
 * Serves a runner's requests with the same services that a local model calls.
 * The services check indices, phases and depth. The functions below check
 * values that a local model cannot get wrong. Their table comes from
 * ipc/services.def.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/services.h"

/* One request while it is served. */
struct serving {
    struct remote *remote;
    struct device *d;
    const struct ipc_msg *msg;
    const void *payload;
    struct ipc_msg done;            /* the answer */
    void *done_bytes;               /* done.bytes of them, free()d here */
};

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

static void serve_irq(struct serving *s)
{
    struct ipc_irq m = ipc_irq_of(s->msg);

    device_irq_set(s->d, m.line, m.level);
}

static void serve_signal(struct serving *s)
{
    struct ipc_signal m = ipc_signal_of(s->msg);

    device_irq_set(s->d, m.line, m.level);
}

static void serve_output(struct serving *s)
{
    struct ipc_output m = ipc_output_of(s->msg);

    device_services.output_set(&s->d->dev, m.group, m.line, m.level);
}

static void serve_timer_arm(struct serving *s)
{
    struct ipc_timer_arm m = ipc_timer_arm_of(s->msg);

    device_timer_arm(s->d, m.timer, m.deadline_ns);
}

static void serve_timer_cancel(struct serving *s)
{
    device_timer_cancel(s->d, ipc_timer_cancel_of(s->msg).timer);
}

static void serve_clock_period(struct serving *s)
{
    uint32_t n = ipc_clock_period_of(s->msg).clock;
    struct ipc_clock_period_result result = {
        device_clock_period(s->d, n),
    };

    ipc_clock_period_answer(&s->done, &result);
}

static void serve_clock_drive(struct serving *s)
{
    struct ipc_clock_drive m = ipc_clock_drive_of(s->msg);

    device_clock_drive(s->d, m.clock, m.period);
}

static void serve_chr_send(struct serving *s)
{
    device_chr_send(s->d, ipc_chr_send_of(s->msg).chardev, s->payload,
                    s->msg->bytes);
}

static void serve_chr_ready(struct serving *s)
{
    device_chr_ready(s->d, ipc_chr_ready_of(s->msg).chardev);
}

static void serve_mem_read(struct serving *s)
{
    struct ipc_mem_read m = ipc_mem_read_of(s->msg);
    const struct ob_link *via = NULL;

    if (remote_link_find(s->remote, s->d, m.link, &via))
        return;
    remote_link_used(s->remote, s->d, m.link);
    s->done_bytes = answer_room(s->remote, m.bytes);
    if (!s->done_bytes)
        return;
    s->done.status = device_services.mem_read(&s->d->dev, via, m.address,
                                              s->done_bytes, m.bytes, 0);
    s->done.bytes = m.bytes;
}

static void serve_mem_write(struct serving *s)
{
    struct ipc_mem_write m = ipc_mem_write_of(s->msg);
    const struct ob_link *via = NULL;

    if (remote_link_find(s->remote, s->d, m.link, &via))
        return;
    remote_link_used(s->remote, s->d, m.link);
    s->done.status = device_services.mem_write(&s->d->dev, via, m.address,
                                               s->payload, s->msg->bytes, 0);
}

static void serve_wrote(struct serving *s)
{
    remote_wrote(s->remote, s->d, s->msg);
}

static void serve_link_read(struct serving *s)
{
    struct ipc_link_read m = ipc_link_read_of(s->msg);
    struct ipc_link_read_result result = { 0 };
    const struct ob_link *to = NULL;

    if (remote_link_find(s->remote, s->d, m.link, &to))
        return;
    s->done.status = device_services.link_read(
        &s->d->dev, to, m.region, m.offset, m.bytes, &result.value);
    ipc_link_read_answer(&s->done, &result);
}

static void serve_link_write(struct serving *s)
{
    struct ipc_link_write m = ipc_link_write_of(s->msg);
    const struct ob_link *to = NULL;

    if (remote_link_find(s->remote, s->d, m.link, &to))
        return;
    s->done.status = device_services.link_write(&s->d->dev, to, m.region,
                                                m.offset, m.bytes, m.value);
}

static void serve_random(struct serving *s)
{
    uint32_t bytes = ipc_random_of(s->msg).bytes;

    s->done_bytes = answer_room(s->remote, bytes);
    if (!s->done_bytes)
        return;
    device_services.random_fill(&s->d->dev, s->done_bytes, bytes);
    s->done.bytes = bytes;
}

static void serve_machine(struct serving *s)
{
    device_services.machine_request(&s->d->dev,
                                    ipc_machine_of(s->msg).request);
}

static void serve_log(struct serving *s)
{
    uint32_t kind = ipc_log_of(s->msg).kind;
    const char *text = s->payload ? s->payload : "";
    int bytes = (int)s->msg->bytes;

    if ((kind < OB_LOG_GUEST || kind > OB_LOG_TRACE) &&
        kind != HOST_LOG_MISTAKE && kind != HOST_LOG_HOLE)
        remote_give_up(s->remote, -EPROTO, "a log line of kind %u", kind);
    else if (kind == OB_LOG_UNIMPL)
        device_unimplf(s->d, "%.*s", bytes, text);
    else if (device_log_wanted(s->d, kind))
        device_logf(s->d, kind, "%.*s", bytes, text);
}

/* --- the dispatcher ------------------------------------------------------- */

typedef void serve_fn(struct serving *s);

/* All that goes to QEMU but ANSWER, which remote_call() waits for. */
static serve_fn *const handlers[] = {
#define HANDLER_RUNNER(NAME, name)
#define HANDLER_QEMU(NAME, name) [IPC_##NAME] = serve_##name,
#define SERVICE(number, NAME, name, to, ...) HANDLER_##to(NAME, name)
#define REPLY(...)
#include "ipc/services.def"
};

/* The device may be freed by now, and the runner may be given up. */
static void serve_answer(struct serving *s)
{
    struct remote *r = s->remote;
    struct ob_err err;

    if (!r->gone.code)
        remote_maps_update(r);
    if (r->gone.code)
        return;
    s->d = r->devices->pdata[s->msg->dev];
    s->done.now_ns = s->d ? s->d->ops->now_ns(s->d->port) : 0;
    err.code = 0;
    if (ipc_conn_put(&r->conn, &s->done, s->done_bytes, &err))
        remote_give_up(r, err.code, "%s", err.text);
}

void remote_serve(struct remote *r, const struct ipc_msg *m,
                  const void *payload)
{
    struct serving s = {
        .remote = r, .d = device_find(r, m), .msg = m, .payload = payload,
        .done = { .kind = IPC_DONE, .dev = m->dev, .depth = m->depth },
    };
    bool answered = ipc_kind_answered(m->kind);

    if (!s.d)
        return;
    r->counts[m->kind % G_N_ELEMENTS(r->counts)]++;
    if (answered && m->depth != r->open) {
        remote_give_up(r, -EPROTO, "%s as request %u, where %u are open",
                       ipc_kind_name(m->kind), m->depth, r->open);
        return;
    }
    r->open += answered;
    handlers[m->kind](&s);
    r->open -= answered;
    if (answered)
        serve_answer(&s);
    free(s.done_bytes);
}
