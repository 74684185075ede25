/* SPDX-License-Identifier: MIT */
/* A device whose model is in another process: each event is a request. */
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct remote_type *type_of(const struct device *d)
{
    return (const struct remote_type *)d->type;
}

struct remote *remote_owner(const struct device *d)
{
    return type_of(d)->remote;
}

/*
 * Has the process this device? If not, this is the moment to restart it,
 * unless a request of it is still open.
 */
static bool there_slow(struct device *d)
{
    struct remote *r = remote_owner(d);

    if (remote_idle(r) && r->wake)
        r->wake(r->opaque, false);
    return !d->remote_lost;
}

static inline bool there(struct device *d)
{
    return G_LIKELY(!d->remote_lost) || there_slow(d);
}

/* --- life ----------------------------------------------------------------- */

/* Properties that the user set: u8 kind (0: default), then the value. */
static void prop_pack(GByteArray *out, const struct ob_prop *p,
                      const struct device_prop *v)
{
    bool there = v->set;

    if (p->type == OB_PROP_STRING)
        there = there && v->text;
    else if (p->type == OB_PROP_LINK)
        there = there && v->link.label;
    ipc_pack(out, 1, there);
    if (!there)
        return;
    if (p->type == OB_PROP_STRING)
        ipc_pack_text(out, v->text);
    else if (p->type == OB_PROP_LINK)
        ipc_pack_text(out, v->link.label);
    else
        ipc_pack(out, 8, v->value);
}

static int props_store(struct device *d)
{
    GByteArray *out = g_byte_array_new();
    int rc;

    ipc_pack_text(out, d->id);
    for (uint32_t n = 0; n < d->type->props.count; n++)
        prop_pack(out, device_type_prop(d->type, n), &d->props[n]);
    rc = remote_store(remote_owner(d), out->data, out->len);
    g_byte_array_free(out, TRUE);
    return rc;
}

/* The process's text, without the "TYPE ID: " that is put in front here. */
static char *refusal_text(struct device *d, const void *bytes, uint32_t count)
{
    char *text = g_strndup(bytes ? bytes : "", bytes ? count : 0);
    char *prefix = g_strdup_printf("%s %s: ", d->type->name, d->id);

    if (g_str_has_prefix(text, prefix))
        memmove(text, text + strlen(prefix),
                strlen(text + strlen(prefix)) + 1);
    g_free(prefix);
    return text;
}

void remote_tell(struct device *d, struct ipc_msg m)
{
    struct ipc_msg answer;

    remote_call(remote_owner(d), d, &m, NULL, &answer, NULL);
}

static void input_tell(struct device *d, uint32_t group, uint32_t n,
                       int32_t level)
{
    remote_tell(d, (struct ipc_msg){ .kind = IPC_INPUT, .a = group, .b = n,
                                      .y = (uint32_t)level });
}

void remote_inputs_send(struct device *d, bool all)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = device_item(&d->type->inputs, g);

        for (uint32_t n = 0; n < gpio->count; n++) {
            int64_t level = d->input_levels[g][n];

            if (level != DEVICE_LEVEL_UNKNOWN && (level || all))
                input_tell(d, g, n, (int32_t)level);
        }
    }
}

int remote_part_create(struct device *d, char **ret_refusal)
{
    struct remote *r = remote_owner(d);
    struct ipc_msg m = { .kind = IPC_CREATE, .a = type_of(d)->number };
    struct ipc_msg answer;
    struct ob_err err = { 0 };
    void *text = NULL;
    int rc = props_store(d);

    d->remote_lost = rc != 0;
    if (!rc)
        rc = remote_pages_open(d, &err);
    if (!rc)
        rc = remote_call(r, d, &m, NULL, &answer, &text);
    if (!rc)
        rc = answer.status;
    if (!rc)
        remote_inputs_send(d, false);
    else
        d->remote_lost = true;
    if (rc && err.code)
        *ret_refusal = g_strdup(err.text);
    else
        *ret_refusal = rc ? refusal_text(d, text, text ? answer.bytes : 0)
                          : NULL;
    free(text);
    return rc ? -EINVAL : 0;
}

static struct remote_part *part_new(const struct ob_device_type *type)
{
    struct remote_part *part = g_new0(struct remote_part, 1);

    part->pages_fd = -1;
    part->chr_events = g_new(int, type->chardevs.count);
    for (uint32_t n = 0; n < type->chardevs.count; n++)
        part->chr_events[n] = -1;
    return part;
}

static void part_end(struct device *d)
{
    struct remote_part *part = d->remote_part;

    remote_owner(d)->devices->pdata[d->remote_number] = NULL;
    d->remote_part = NULL;
    if (part->state)
        g_byte_array_free(part->state, TRUE);
    remote_pages_close(part);
    g_free(part->chr_events);
    g_free(part);
}

static int proxy_create(struct device *d)
{
    struct remote *r = remote_owner(d);
    struct ob_dev *dev = &d->dev;
    char *refusal;

    d->remote_part = part_new(d->type);
    d->remote_number = r->devices->len;
    d->remote_lost = r->gone.code != 0;
    g_ptr_array_add(r->devices, d);
    there(d);
    if (!remote_part_create(d, &refusal)) {
        remote_pages_show(d);
        return 0;
    }
    (dev->host->fail)(dev, *refusal ? refusal : remote_gone(r));
    g_free(refusal);
    part_end(d);
    return -EINVAL;
}

static void proxy_destroy(struct device *d)
{
    if (!d->remote_lost)
        remote_tell(d, (struct ipc_msg){ .kind = IPC_DESTROY });
    part_end(d);
}

/* A request as remote_tell() makes it, if the process has the device. */
static void tell(struct device *d, struct ipc_msg m)
{
    if (there(d))
        remote_tell(d, m);
}

static void proxy_reset(struct device *d)
{
    tell(d, (struct ipc_msg){ .kind = IPC_RESET });
    remote_state_note_reset(d);
}

/* --- accesses ------------------------------------------------------------- */

static uint64_t proxy_read(struct device *d, uint32_t region, uint64_t offset,
                           unsigned bytes)
{
    struct ipc_msg m = { .kind = IPC_READ, .a = region, .b = bytes,
                          .x = offset };
    struct ipc_msg answer;

    if (!there(d) || remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return ~UINT64_C(0);
    return answer.y;
}

/* Does a write there only store? Spans are sorted. */
static bool may_post(const struct ipc_type *t, uint32_t region,
                     uint64_t offset, unsigned bytes)
{
    const struct ipc_span *spans = t->spans[region];
    uint32_t lo = 0, hi = t->n_spans[region];

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (spans[mid].offset <= offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo && offset - spans[lo - 1].offset < spans[lo - 1].bytes &&
           bytes <= spans[lo - 1].bytes - (offset - spans[lo - 1].offset);
}

static void proxy_write(struct device *d, uint32_t region, uint64_t offset,
                        uint64_t value, unsigned bytes)
{
    struct ipc_msg m = { .kind = IPC_WRITE, .a = region, .b = bytes,
                          .x = offset, .y = value };

    /* Lines about it would come late: whoever reads them waits for them. */
    if (!device_log_wanted(d, OB_LOG_GUEST) &&
        may_post(&type_of(d)->wire, region, offset, bytes)) {
        m.kind = IPC_POST;
        if (there(d))
            remote_post(remote_owner(d), d, &m);
    } else {
        tell(d, m);
    }
}

/* --- events --------------------------------------------------------------- */

static void proxy_input(struct device *d, uint32_t group, uint32_t n,
                        int32_t level)
{
    if (there(d))
        input_tell(d, group, n, level);
}

static void proxy_timer(struct device *d, uint32_t n)
{
    tell(d, (struct ipc_msg){ .kind = IPC_TIMER, .a = n });
}

static void proxy_clock(struct device *d, uint32_t n)
{
    tell(d, (struct ipc_msg){ .kind = IPC_CLOCK, .a = n });
}

static uint32_t proxy_chr_room(struct device *d, uint32_t n)
{
    struct ipc_msg m = { .kind = IPC_CHR_ROOM, .a = n }, answer;

    if (!there(d) || remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return 0;
    return (uint32_t)MIN(answer.y, (uint64_t)IPC_PAYLOAD_MAX);
}

static void proxy_chr_receive(struct device *d, uint32_t n,
                              const uint8_t *bytes, uint32_t count)
{
    struct ipc_msg m = { .kind = IPC_CHR_RECEIVE, .a = n }, answer;

    m.bytes = MIN(count, IPC_PAYLOAD_MAX);
    if (there(d))
        remote_call(remote_owner(d), d, &m, bytes, &answer, NULL);
}

static void proxy_chr_event(struct device *d, uint32_t n, uint32_t event)
{
    if (event == OB_CHR_OPENED || event == OB_CHR_CLOSED)
        d->remote_part->chr_events[n] = (int)event;
    tell(d, (struct ipc_msg){ .kind = IPC_CHR_EVENT, .a = n, .b = event });
}

/* --- saved state ---------------------------------------------------------- */

/* Keep `state`, which becomes the part's, as the last one known. */
static void state_keep(struct device *d, GByteArray *state, bool is_reset)
{
    struct remote_part *part = d->remote_part;

    if (part->state)
        g_byte_array_free(part->state, TRUE);
    part->state = state;
    part->state_is_reset = is_reset;
}

static GByteArray *state_copy(const uint8_t *bytes, size_t count)
{
    return g_byte_array_append(g_byte_array_sized_new((guint)count), bytes,
                               (guint)count);
}

static GByteArray *state_fetch(struct device *d)
{
    struct ipc_msg m = { .kind = IPC_SAVE }, answer;

    if (d->remote_lost ||
        remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return NULL;
    return remote_fetch(remote_owner(d), answer.x, DEVICE_BLOCK_MAX);
}

void remote_state_note_reset(struct device *d)
{
    GByteArray *now = state_fetch(d);

    /* Of one that is gone, what was known before is no longer true. */
    if (now || !d->remote_part->state_is_reset)
        state_keep(d, now, true);
}

static GByteArray *proxy_save(struct device *d)
{
    GByteArray *now = there(d) ? state_fetch(d) : NULL;
    const GByteArray *known;

    if (now)
        state_keep(d, now, false);
    known = d->remote_part->state;
    return known ? state_copy(known->data, known->len) : NULL;
}

/* What the process's side now has as levels is not known here. */
static void levels_forget(struct device *d)
{
    device_levels_forget(d);
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = device_item(&d->type->inputs, g);

        for (uint32_t n = 0; n < gpio->count; n++)
            d->input_levels[g][n] = DEVICE_LEVEL_UNKNOWN;
    }
    d->was_reset = true;
}

int remote_state_bring(struct device *d, const uint8_t *bytes, size_t count,
                       struct ob_err *err)
{
    struct remote *r = remote_owner(d);
    struct ipc_msg m = { .kind = IPC_RESTORE }, answer;
    void *text = NULL;
    int rc = remote_store(r, bytes, count);

    if (!rc)
        rc = remote_call(r, d, &m, NULL, &answer, &text);
    if (rc)
        return err_set(err, rc, "%s %s: saved state: %s", d->type->name, d->id,
                       r->gone.text);
    if (answer.status)
        err_set(err, -EINVAL, "%.*s", text ? (int)answer.bytes : 0,
                text ? (const char *)text : "");
    free(text);
    return answer.status ? -EINVAL : 0;
}

static int proxy_restore(struct device *d, const uint8_t *bytes, size_t count,
                         struct ob_err *err)
{
    struct remote *r = remote_owner(d);
    int rc;

    if (d->remote_lost && r->wake && remote_idle(r))
        r->wake(r->opaque, true);
    if (d->remote_lost)
        return err_set(err, -EPIPE,
                       "%s %s: saved state: the model is gone (%s)",
                       d->type->name, d->id,
                       r->gone.code ? r->gone.text : "as it crashed");
    levels_forget(d);
    rc = remote_state_bring(d, bytes, count, err);
    if (!rc)
        state_keep(d, state_copy(bytes, count), false);
    return rc;
}

const struct model_ops remote_model_ops = {
    .create = proxy_create, .destroy = proxy_destroy,
    .reset = proxy_reset, .read = proxy_read, .write = proxy_write,
    .input = proxy_input, .timer = proxy_timer, .clock = proxy_clock,
    .chr_room = proxy_chr_room, .chr_receive = proxy_chr_receive,
    .chr_event = proxy_chr_event, .save = proxy_save,
    .restore = proxy_restore,
};
