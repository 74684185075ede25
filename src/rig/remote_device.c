/* SPDX-License-Identifier: MIT */
/* A device whose model is in another process: each event is a request. */
#include "rig/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct remote_type *type_of(const struct rig_device *d)
{
    return (const struct remote_type *)d->type;
}

struct rig_remote *remote_of(const struct rig_device *d)
{
    return type_of(d)->remote;
}

/* --- life ----------------------------------------------------------------- */

/* Properties that the user set: u8 kind (0: default), then the value. */
static void prop_pack(GByteArray *out, const struct ob_prop *p,
                      const struct rig_prop *v)
{
    bool there = v->set;

    if (p->type == OB_PROP_STRING)
        there = there && v->text;
    else if (p->type == OB_PROP_LINK)
        there = there && v->link.label;
    wire_pack(out, 1, there);
    if (!there)
        return;
    if (p->type == OB_PROP_STRING)
        wire_pack_text(out, v->text);
    else if (p->type == OB_PROP_LINK)
        wire_pack_text(out, v->link.label);
    else
        wire_pack(out, 8, v->value);
}

static int props_store(struct rig_device *d)
{
    GByteArray *out = g_byte_array_new();
    int rc;

    wire_pack_text(out, d->id);
    for (uint32_t n = 0; n < d->type->props.count; n++)
        prop_pack(out, rig_type_prop(d->type, n), &d->props[n]);
    rc = remote_store(remote_of(d), out->data, out->len);
    g_byte_array_free(out, TRUE);
    return rc;
}

/* The process's text, without the "TYPE ID: " that is put in front here. */
static char *refusal_text(struct rig_device *d, const void *bytes,
                          uint32_t count)
{
    char *text = g_strndup(bytes ? bytes : "", bytes ? count : 0);
    char *prefix = g_strdup_printf("%s %s: ", d->type->name, d->id);

    if (g_str_has_prefix(text, prefix))
        memmove(text, text + strlen(prefix), strlen(text + strlen(prefix)) + 1);
    g_free(prefix);
    return text;
}

static int refuse(struct rig_device *d, const void *bytes, uint32_t count)
{
    struct ob_dev *dev = &d->dev;
    char *text = refusal_text(d, bytes, count);

    (dev->host->fail)(dev, *text ? text : rig_remote_gone(remote_of(d)));
    g_free(text);
    return -EINVAL;
}

static void device_input(struct rig_device *d, uint32_t group, uint32_t n,
                         int32_t level);

/* Levels that came before the process had the device. */
static void inputs_send(struct rig_device *d)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = rig_item(&d->type->inputs, g);

        for (uint32_t n = 0; n < gpio->count; n++)
            if (d->input_levels[g][n])
                device_input(d, g, n, (int32_t)d->input_levels[g][n]);
    }
}

static int device_create(struct rig_device *d)
{
    struct rig_remote *r = remote_of(d);
    struct wire_msg m = { .kind = WIRE_CREATE, .a = type_of(d)->number };
    struct wire_msg answer;
    struct ob_err err = { 0 };
    void *text = NULL;
    int rc = props_store(d);

    d->far_number = r->devices->len;
    g_ptr_array_add(r->devices, d);
    if (!rc)
        rc = remote_pages_open(d, &err);
    if (!rc)
        rc = remote_call(r, d, &m, NULL, &answer, &text);
    if (!rc)
        rc = answer.status;
    if (rc) {
        r->devices->pdata[d->far_number] = NULL;
        if (err.code)
            refuse(d, err.text, (uint32_t)strlen(err.text));
        else
            refuse(d, text, text ? answer.bytes : 0);
    } else {
        inputs_send(d);
    }
    free(text);
    return rc ? -EINVAL : 0;
}

/* A request with nothing but fixed fields, whose answer has none. */
static void tell(struct rig_device *d, struct wire_msg m)
{
    struct wire_msg answer;

    remote_call(remote_of(d), d, &m, NULL, &answer, NULL);
}

static void device_destroy(struct rig_device *d)
{
    struct rig_remote *r = remote_of(d);

    tell(d, (struct wire_msg){ .kind = WIRE_DESTROY });
    r->devices->pdata[d->far_number] = NULL;
}

static void device_reset(struct rig_device *d)
{
    tell(d, (struct wire_msg){ .kind = WIRE_RESET });
}

/* --- accesses ------------------------------------------------------------- */

static uint64_t device_read(struct rig_device *d, uint32_t region,
                            uint64_t offset, unsigned bytes)
{
    struct wire_msg m = { .kind = WIRE_READ, .a = region, .b = bytes,
                          .x = offset };
    struct wire_msg answer;

    if (remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
        return ~UINT64_C(0);
    return answer.y;
}

/* Does a write there only store? Spans are sorted. */
static bool may_post(const struct wire_type *t, uint32_t region,
                     uint64_t offset, unsigned bytes)
{
    const struct wire_span *spans = t->spans[region];
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

static void device_write(struct rig_device *d, uint32_t region,
                         uint64_t offset, uint64_t value, unsigned bytes)
{
    struct wire_msg m = { .kind = WIRE_WRITE, .a = region, .b = bytes,
                          .x = offset, .y = value };

    /* Lines about it would come late: whoever reads them waits for them. */
    if (!rig_log_wanted(d, OB_LOG_GUEST) &&
        may_post(&type_of(d)->wire, region, offset, bytes)) {
        m.kind = WIRE_POST;
        remote_post(remote_of(d), d, &m);
    } else {
        tell(d, m);
    }
}

/* --- events --------------------------------------------------------------- */

static void device_input(struct rig_device *d, uint32_t group, uint32_t n,
                         int32_t level)
{
    tell(d, (struct wire_msg){ .kind = WIRE_INPUT, .a = group, .b = n,
                               .y = (uint32_t)level });
}

static void device_timer(struct rig_device *d, uint32_t n)
{
    tell(d, (struct wire_msg){ .kind = WIRE_TIMER, .a = n });
}

static void device_clock(struct rig_device *d, uint32_t n)
{
    tell(d, (struct wire_msg){ .kind = WIRE_CLOCK, .a = n });
}

static uint32_t device_chr_room(struct rig_device *d, uint32_t n)
{
    struct wire_msg m = { .kind = WIRE_CHR_ROOM, .a = n }, answer;

    if (remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
        return 0;
    return (uint32_t)MIN(answer.y, (uint64_t)WIRE_PAYLOAD_MAX);
}

static void device_chr_receive(struct rig_device *d, uint32_t n,
                               const uint8_t *bytes, uint32_t count)
{
    struct wire_msg m = { .kind = WIRE_CHR_RECEIVE, .a = n }, answer;

    m.bytes = MIN(count, WIRE_PAYLOAD_MAX);
    remote_call(remote_of(d), d, &m, bytes, &answer, NULL);
}

static void device_chr_event(struct rig_device *d, uint32_t n, uint32_t event)
{
    tell(d, (struct wire_msg){ .kind = WIRE_CHR_EVENT, .a = n, .b = event });
}

/* --- saved state ---------------------------------------------------------- */

/* Of a process that is gone there is nothing to save: an empty block. */
static GByteArray *device_save(struct rig_device *d)
{
    struct wire_msg m = { .kind = WIRE_SAVE }, answer;
    GByteArray *out = NULL;

    if (!remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
        out = remote_fetch(remote_of(d), answer.x, REMOTE_BLOCK_MAX);
    return out ? out : g_byte_array_new();
}

/* What the process's side now has as levels is not known here. */
static void levels_forget(struct rig_device *d)
{
    rig_levels_forget(d);
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = rig_item(&d->type->inputs, g);

        for (uint32_t n = 0; n < gpio->count; n++)
            d->input_levels[g][n] = RIG_LEVEL_UNKNOWN;
    }
    d->was_reset = true;
}

static int device_restore(struct rig_device *d, const uint8_t *bytes,
                          size_t count, struct ob_err *err)
{
    struct rig_remote *r = remote_of(d);
    struct wire_msg m = { .kind = WIRE_RESTORE }, answer;
    void *text = NULL;
    int rc = remote_store(r, bytes, count);

    if (!rc) {
        levels_forget(d);
        rc = remote_call(r, d, &m, NULL, &answer, &text);
    }
    if (rc)
        return err_set(err, rc, "%s %s: saved state: %s", d->type->name,
                       d->id, r->gone.text);
    if (answer.status)
        err_set(err, -EINVAL, "%.*s", text ? (int)answer.bytes : 0,
                text ? (const char *)text : "");
    free(text);
    return answer.status ? -EINVAL : 0;
}

const struct rig_far_ops remote_device_ops = {
    .create = device_create, .destroy = device_destroy,
    .reset = device_reset, .read = device_read, .write = device_write,
    .input = device_input, .timer = device_timer, .clock = device_clock,
    .chr_room = device_chr_room, .chr_receive = device_chr_receive,
    .chr_event = device_chr_event, .save = device_save,
    .restore = device_restore,
};
