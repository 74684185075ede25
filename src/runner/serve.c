/* SPDX-License-Identifier: MIT */
/*
 * Serves QEMU's requests with live devices. The table of handlers comes from
 * ipc/services.def; each function below serves one service.
 */
#include "device/ext_call.h"
#include "runner/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/services.h"

/* One request while it is served. */
struct serving {
    struct runner *runner;
    struct runner_device *d;        /* of services about a device */
    const struct ipc_msg *msg;
    const void *payload;
    struct ipc_msg answer;
    const void *answer_bytes;       /* answer.bytes of them */
    uint8_t small[16], *large;      /* results of an extension's call */
    struct ob_err err;
};

/* --- devices -------------------------------------------------------------- */

/*
 * QEMU sends correct requests only. After a wrong one the two sides do not
 * agree any more, so the runner ends, here and below.
 */
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
    g_free(d->periods);
    g_free(d);
}

/* The target of a link is only a number here, because QEMU has the part. */
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

/*
 * All members are set before device_create(), because the model's create() may
 * already call services.
 */
static int device_make(struct runner_device *d, struct ipc_reader *in,
                       struct ob_err *err)
{
    const char *id = ipc_unpack_text(in);
    int ret = 0;

    if (!id)
        runner_end();
    d->device = device_new(d->type, id, &runner_host_ops, d);
    d->prefix = g_strdup_printf("%s %s: ", d->type->name, id);
    d->periods = g_new(uint64_t, d->type->clocks.count);
    d->maps = g_new0(GArray *, d->type->props.count + 1);
    runner_clocks_forget(d);
    for (uint32_t n = 0; n < d->type->props.count && !ret; n++)
        ret = prop_set(d, n, in, err);
    if (in->bad)
        runner_end();
    return ret ? ret : device_create(d->device, err);
}

/* The request was refused: the answer has the code and the text. */
static void answer_refused(struct serving *s)
{
    s->answer.status = s->err.code;
    s->answer.bytes = (uint32_t)strlen(s->err.text);
    s->answer_bytes = s->err.text;
}

/*
 * Make the entry of device number msg->dev. QEMU chose the number, so it is
 * bounded here and must be free.
 */
static struct runner_device *device_place(struct serving *s)
{
    struct runner *h = s->runner;
    struct runner_device *d = g_new0(struct runner_device, 1);

    if (s->msg->dev >= RUNNER_DEVICES_MAX)
        runner_end();
    if (s->msg->dev >= h->devices->len)
        g_ptr_array_set_size(h->devices, (gint)s->msg->dev + 1);
    if (h->devices->pdata[s->msg->dev])
        runner_end();
    h->devices->pdata[s->msg->dev] = d;
    d->host = h;
    d->number = s->msg->dev;
    return d;
}

/*
 * The device is busy during create(), so that a request within cannot destroy
 * it. The pages were for this CREATE only.
 */
static void serve_create(struct serving *s)
{
    struct runner *h = s->runner;
    uint32_t type = ipc_create_of(s->msg).type;
    struct ipc_reader in = ipc_reader_of(h->stored, arena_new(0));
    struct runner_device *d;

    if (type >= h->n_types)
        runner_end();
    d = device_place(s);
    d->busy = 1;
    d->type = h->types[type];
    if (device_make(d, &in, &s->err)) {
        answer_refused(s);
        h->devices->pdata[s->msg->dev] = NULL;
        runner_device_free(d);
    } else {
        d->busy = 0;
    }
    g_array_set_size(h->pages, 0);
    arena_free(in.arena);
}

/* A busy device is still in use by a call below this one on the stack. */
static void serve_destroy(struct serving *s)
{
    struct runner_device *d = device_at(s->runner, s->msg->dev);

    if (d->busy++)
        runner_end();
    d->ending = true;
    runner_device_free(d);
    s->runner->devices->pdata[s->msg->dev] = NULL;
}

static void serve_page(struct serving *s)
{
    s->answer.status = runner_page_take(s->runner, s->msg);
}

static void serve_memory(struct serving *s)
{
    runner_memory_take(s->runner, s->msg);
}

static void serve_map(struct serving *s)
{
    runner_map_take(s->d, s->msg, s->payload);
}

/* --- blocks --------------------------------------------------------------- */

static void serve_describe(struct serving *s)
{
    struct runner *h = s->runner;
    uint32_t type = ipc_describe_of(s->msg).type;

    if (type >= h->n_types)
        runner_end();
    g_byte_array_set_size(h->fetched, 0);
    ipc_pack_type(h->fetched, h->types[type]);
    ipc_describe_answer(&s->answer,
                        &(struct ipc_describe_result){ h->fetched->len });
}

/*
 * Pieces come in order and without gaps. DEVICE_BLOCK_MAX bounds the memory
 * that they take.
 */
static void serve_store(struct serving *s)
{
    struct runner *h = s->runner;
    uint64_t from = ipc_store_of(s->msg).from;
    uint32_t bytes = s->msg->bytes;

    if (from == 0)
        g_byte_array_set_size(h->stored, 0);
    if (from != h->stored->len || from + bytes > DEVICE_BLOCK_MAX)
        runner_end();
    if (bytes)
        g_byte_array_append(h->stored, s->payload, bytes);
}

static void serve_fetch(struct serving *s)
{
    const GByteArray *fetched = s->runner->fetched;
    uint64_t from = ipc_fetch_of(s->msg).from;

    if (from > fetched->len)
        runner_end();
    s->answer.bytes = (uint32_t)MIN(fetched->len - from,
                                    (uint64_t)IPC_PAYLOAD_MAX);
    if (s->answer.bytes)
        s->answer_bytes = fetched->data + from;
}

static void serve_save(struct serving *s)
{
    GByteArray *saved = device_save(s->d->device);

    g_byte_array_free(s->runner->fetched, TRUE);
    s->runner->fetched = saved;
    ipc_save_answer(&s->answer, &(struct ipc_save_result){ saved->len });
}

static void serve_restore(struct serving *s)
{
    struct runner *h = s->runner;
    GByteArray *state = h->stored;

    /* restored() may ask, and be asked to store something else. */
    h->stored = g_byte_array_new();
    runner_clocks_forget(s->d);
    if (device_restore(s->d->device, state->data, state->len, &s->err))
        answer_refused(s);
    g_byte_array_free(state, TRUE);
}

/* --- accesses and events -------------------------------------------------- */

static struct device_region *region_at(struct serving *s, uint32_t n)
{
    struct device_region *r = device_region(s->d->device, n);

    if (!r)
        runner_end();
    return r;
}

static void serve_read(struct serving *s)
{
    struct ipc_read m = ipc_read_of(s->msg);
    struct ipc_read_result result = {
        device_region_read(region_at(s, m.region), m.offset, m.bytes),
    };

    ipc_read_answer(&s->answer, &result);
}

static void serve_write(struct serving *s)
{
    struct ipc_write m = ipc_write_of(s->msg);

    device_region_write(region_at(s, m.region), m.offset, m.value, m.bytes);
}

/*
 * Writes that only store: the message's own, and those that came with it,
 * which lie in conn.more. QEMU joins writes of one region and one size.
 */
static void serve_post(struct serving *s)
{
    struct ipc_post m = ipc_post_of(s->msg);
    struct device_region *r = region_at(s, m.region);
    const uint8_t *more = s->runner->conn.more;
    uint32_t offset;
    uint64_t value;

    if (s->msg->bytes % IPC_MORE)
        runner_end();
    device_region_write(r, m.offset, m.value, m.bytes);
    for (uint32_t at = 0; at < s->msg->bytes; at += IPC_MORE) {
        memcpy(&offset, more + at, sizeof(offset));
        memcpy(&value, more + at + sizeof(offset), sizeof(value));
        device_region_write(r, offset, value, m.bytes);
    }
}

/* QEMU says how much room its caller has; most results are one number. */
static void serve_ext(struct serving *s)
{
    struct ipc_ext m = ipc_ext_of(s->msg);
    struct ext_call call = {
        .function = m.function, .in = s->payload, .in_bytes = s->msg->bytes,
        .out = s->small, .out_max = sizeof(s->small),
    };

    if (m.room > EXT_CALL_MAX)
        runner_end();
    if (m.room > sizeof(s->small)) {
        call.out = s->large = g_malloc(m.room);
        call.out_max = (uint32_t)m.room;
    }
    s->answer.status = ext_call(s->d->device, m.extension, &call);
    s->answer.bytes = call.out_bytes;
    s->answer_bytes = call.out;
}

/* QEMU has checked the value by the type's description. */
static void serve_prop(struct serving *s)
{
    struct ipc_prop m = ipc_prop_of(s->msg);

    if (device_prop_set(s->d->device, m.property, m.value, &s->err))
        runner_end();
}

static void serve_reset(struct serving *s)
{
    runner_clocks_forget(s->d);
    device_reset(s->d->device, ipc_reset_of(s->msg).kind);
}

static void serve_input(struct serving *s)
{
    struct ipc_input m = ipc_input_of(s->msg);

    device_input(s->d->device, m.group, m.line, m.level);
}

static void serve_timer(struct serving *s)
{
    device_timer_expired(s->d->device, ipc_timer_of(s->msg).timer);
}

static void serve_clock(struct serving *s)
{
    uint32_t n = ipc_clock_of(s->msg).clock;

    if (n < s->d->type->clocks.count)
        s->d->periods[n] = RUNNER_PERIOD_UNKNOWN;
    device_clock_changed(s->d->device, n);
}

static void serve_chr_room(struct serving *s)
{
    uint32_t n = ipc_chr_room_of(s->msg).chardev;

    ipc_chr_room_answer(&s->answer, &(struct ipc_chr_room_result){
                                        device_chr_room(s->d->device, n) });
}

static void serve_chr_receive(struct serving *s)
{
    device_chr_receive(s->d->device, ipc_chr_receive_of(s->msg).chardev,
                       s->payload, s->msg->bytes);
}

static void serve_chr_event(struct serving *s)
{
    struct ipc_chr_event m = ipc_chr_event_of(s->msg);

    device_chr_event(s->d->device, m.chardev, m.event);
}

/* --- the dispatcher ------------------------------------------------------- */

typedef void serve_fn(struct serving *s);

static serve_fn *const handlers[] = {
#define HANDLER_RUNNER(NAME, name) [IPC_##NAME] = serve_##name,
#define HANDLER_QEMU(NAME, name)
#define SERVICE(number, NAME, name, to, ...) HANDLER_##to(NAME, name)
#define REPLY(...)
#include "ipc/services.def"
};

/* The request's device; it is busy, so that no request within ends it. */
static void device_begin(struct serving *s)
{
    s->d = device_at(s->runner, s->msg->dev);
    s->d->busy++;
}

static void serve(struct serving *s)
{
    enum ipc_about about = ipc_kind_about(s->msg->kind);

    if (about == IPC_ABOUT_DEVICE || about == IPC_ABOUT_NUMBER) {
        s->runner->now_ns = s->msg->now_ns;
        s->runner->wanted = s->msg->c;
    }
    if (about == IPC_ABOUT_DEVICE || about == IPC_ABOUT_QUIET)
        device_begin(s);
    handlers[s->msg->kind](s);
    if (s->d)
        s->d->busy--;
}

/*
 * The depth of a request is the number of open ones. Another depth shows that
 * the sides do not agree.
 */
void runner_request(struct runner *h, const struct ipc_msg *m,
                    const void *payload)
{
    bool answered = ipc_kind_answered(m->kind);
    struct serving s;

    if (m->kind == IPC_DONE || (answered && m->depth != h->open))
        runner_end();
    s.runner = h;
    s.d = NULL;
    s.msg = m;
    s.payload = payload;
    s.answer = (struct ipc_msg){ .kind = IPC_ANSWER, .depth = m->depth,
                                 .dev = m->dev };
    s.answer_bytes = NULL;
    s.large = NULL;
    s.err.code = 0;
    s.err.text[0] = 0;
    h->open += answered;
    serve(&s);
    h->open -= answered;
    if (answered)
        runner_put(h, &s.answer, s.answer_bytes);
    g_free(s.large);
}

void runner_serve(struct runner *h)
{
    struct ipc_msg m;
    void *payload;

    h->request = runner_request;
    for (;;) {
        if (ipc_conn_take(&h->conn, &m, &payload, NULL))
            runner_end();
        runner_request(h, &m, payload);
        free(payload);
    }
}
