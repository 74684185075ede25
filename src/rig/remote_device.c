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

/*
 * Has the process this device? If not, this is the moment to restart it,
 * unless a request of it is still open.
 */
static bool there_slow(struct rig_device *d)
{
    struct rig_remote *r = remote_of(d);

    if (rig_remote_idle(r) && r->wake)
        r->wake(r->opaque, false);
    return !d->far_lost;
}

static inline bool there(struct rig_device *d)
{
    return G_LIKELY(!d->far_lost) || there_slow(d);
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
        memmove(text, text + strlen(prefix),
                strlen(text + strlen(prefix)) + 1);
    g_free(prefix);
    return text;
}

void remote_tell(struct rig_device *d, struct wire_msg m)
{
    struct wire_msg answer;

    remote_call(remote_of(d), d, &m, NULL, &answer, NULL);
}

static void input_tell(struct rig_device *d, uint32_t group, uint32_t n,
                       int32_t level)
{
    remote_tell(d, (struct wire_msg){ .kind = WIRE_INPUT, .a = group, .b = n,
                                      .y = (uint32_t)level });
}

void remote_inputs_send(struct rig_device *d, bool all)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = rig_item(&d->type->inputs, g);

        for (uint32_t n = 0; n < gpio->count; n++) {
            int64_t level = d->input_levels[g][n];

            if (level != RIG_LEVEL_UNKNOWN && (level || all))
                input_tell(d, g, n, (int32_t)level);
        }
    }
}

int remote_part_create(struct rig_device *d, char **ret_refusal)
{
    struct rig_remote *r = remote_of(d);
    struct wire_msg m = { .kind = WIRE_CREATE, .a = type_of(d)->number };
    struct wire_msg answer;
    struct ob_err err = { 0 };
    void *text = NULL;
    int rc = props_store(d);

    d->far_lost = rc != 0;
    if (!rc)
        rc = remote_pages_open(d, &err);
    if (!rc)
        rc = remote_call(r, d, &m, NULL, &answer, &text);
    if (!rc)
        rc = answer.status;
    if (!rc)
        remote_inputs_send(d, false);
    else
        d->far_lost = true;
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

static void part_end(struct rig_device *d)
{
    struct remote_part *part = d->far_part;

    remote_of(d)->devices->pdata[d->far_number] = NULL;
    d->far_part = NULL;
    if (part->state)
        g_byte_array_free(part->state, TRUE);
    remote_pages_close(part);
    g_free(part->chr_events);
    g_free(part);
}

static int device_create(struct rig_device *d)
{
    struct rig_remote *r = remote_of(d);
    struct ob_dev *dev = &d->dev;
    char *refusal;

    d->far_part = part_new(d->type);
    d->far_number = r->devices->len;
    d->far_lost = r->gone.code != 0;
    g_ptr_array_add(r->devices, d);
    there(d);
    if (!remote_part_create(d, &refusal)) {
        remote_pages_show(d);
        return 0;
    }
    (dev->host->fail)(dev, *refusal ? refusal : rig_remote_gone(r));
    g_free(refusal);
    part_end(d);
    return -EINVAL;
}

static void device_destroy(struct rig_device *d)
{
    if (!d->far_lost)
        remote_tell(d, (struct wire_msg){ .kind = WIRE_DESTROY });
    part_end(d);
}

/* A request as remote_tell() makes it, if the process has the device. */
static void tell(struct rig_device *d, struct wire_msg m)
{
    if (there(d))
        remote_tell(d, m);
}

static void device_reset(struct rig_device *d)
{
    tell(d, (struct wire_msg){ .kind = WIRE_RESET });
    remote_state_note_reset(d);
}

/* --- accesses ------------------------------------------------------------- */

static uint64_t device_read(struct rig_device *d, uint32_t region,
                            uint64_t offset, unsigned bytes)
{
    struct wire_msg m = { .kind = WIRE_READ, .a = region, .b = bytes,
                          .x = offset };
    struct wire_msg answer;

    if (!there(d) || remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
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
        if (there(d))
            remote_post(remote_of(d), d, &m);
    } else {
        tell(d, m);
    }
}

/* --- events --------------------------------------------------------------- */

static void device_input(struct rig_device *d, uint32_t group, uint32_t n,
                         int32_t level)
{
    if (there(d))
        input_tell(d, group, n, level);
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

    if (!there(d) || remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
        return 0;
    return (uint32_t)MIN(answer.y, (uint64_t)WIRE_PAYLOAD_MAX);
}

static void device_chr_receive(struct rig_device *d, uint32_t n,
                               const uint8_t *bytes, uint32_t count)
{
    struct wire_msg m = { .kind = WIRE_CHR_RECEIVE, .a = n }, answer;

    m.bytes = MIN(count, WIRE_PAYLOAD_MAX);
    if (there(d))
        remote_call(remote_of(d), d, &m, bytes, &answer, NULL);
}

static void device_chr_event(struct rig_device *d, uint32_t n, uint32_t event)
{
    if (event == OB_CHR_OPENED || event == OB_CHR_CLOSED)
        d->far_part->chr_events[n] = (int)event;
    tell(d, (struct wire_msg){ .kind = WIRE_CHR_EVENT, .a = n, .b = event });
}

/* --- saved state ---------------------------------------------------------- */

/* Keep `state`, which becomes the part's, as the last one known. */
static void state_keep(struct rig_device *d, GByteArray *state, bool is_reset)
{
    struct remote_part *part = d->far_part;

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

static GByteArray *state_fetch(struct rig_device *d)
{
    struct wire_msg m = { .kind = WIRE_SAVE }, answer;

    if (d->far_lost || remote_call(remote_of(d), d, &m, NULL, &answer, NULL))
        return NULL;
    return remote_fetch(remote_of(d), answer.x, RIG_BLOCK_MAX);
}

void remote_state_note_reset(struct rig_device *d)
{
    GByteArray *now = state_fetch(d);

    /* Of one that is gone, what was known before is no longer true. */
    if (now || !d->far_part->state_is_reset)
        state_keep(d, now, true);
}

static GByteArray *device_save(struct rig_device *d)
{
    GByteArray *now = there(d) ? state_fetch(d) : NULL;
    const GByteArray *known;

    if (now)
        state_keep(d, now, false);
    known = d->far_part->state;
    return known ? state_copy(known->data, known->len) : NULL;
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

int remote_state_bring(struct rig_device *d, const uint8_t *bytes,
                       size_t count, struct ob_err *err)
{
    struct rig_remote *r = remote_of(d);
    struct wire_msg m = { .kind = WIRE_RESTORE }, answer;
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

static int device_restore(struct rig_device *d, const uint8_t *bytes,
                          size_t count, struct ob_err *err)
{
    struct rig_remote *r = remote_of(d);
    int rc;

    if (d->far_lost && r->wake && rig_remote_idle(r))
        r->wake(r->opaque, true);
    if (d->far_lost)
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

const struct rig_far_ops remote_device_ops = {
    .create = device_create, .destroy = device_destroy,
    .reset = device_reset, .read = device_read, .write = device_write,
    .input = device_input, .timer = device_timer, .clock = device_clock,
    .chr_room = device_chr_room, .chr_receive = device_chr_receive,
    .chr_event = device_chr_event, .save = device_save,
    .restore = device_restore,
};
