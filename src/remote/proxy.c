/* SPDX-License-Identifier: MIT */
/*
 * The proxy: model operations for a model in another process. Each operation
 * is a request to that process. A device whose process has ended reads as all
 * ones and ignores the rest, until its host restarts the process.
 */
#include "device/decl/ext.h"
#include "remote/remote_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Does the process have this device? If not, its host may restart the process
 * now, unless a request to it is still open.
 */
static bool there_slow(struct device *d)
{
    struct remote *r = remote_owner(d);

    if (remote_idle(r) && r->wake)
        r->wake(r->opaque, false);
    return !proxy_of(d)->lost;
}

static inline bool there(struct device *d)
{
    return G_LIKELY(!proxy_of(d)->lost) || there_slow(d);
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
    int ret;

    ipc_pack_text(out, d->id);
    for (uint32_t n = 0; n < d->type->props.count; n++)
        prop_pack(out, &d->type->props.at[n], &d->props[n]);
    ret = remote_store(remote_owner(d), out->data, out->len);
    g_byte_array_free(out, TRUE);
    return ret;
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
    remote_tell(d, IPC_MSG(input, .group = group, .line = n, .level = level));
}

/*
 * A new model starts with low inputs, so others are enough then. A model that
 * got a saved state may have any levels, so it needs all.
 */
void remote_inputs_send(struct device *d, bool all)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = &d->type->inputs.at[g];

        for (uint32_t n = 0; n < gpio->count; n++) {
            int64_t level = d->input_levels[g][n];

            if (level != DEVICE_LEVEL_UNKNOWN && (level || all))
                input_tell(d, g, n, (int32_t)level);
        }
    }
}

/*
 * The order is that of the protocol: the runner needs the properties and the
 * pages when CREATE comes. Inputs need a device that exists.
 */
int remote_part_create(struct device *d, char **ret_refusal)
{
    struct remote *r = remote_owner(d);
    struct ipc_msg m = IPC_MSG(create, .type = remote_type_of(d)->number);
    struct ipc_msg answer;
    struct ob_err err = { 0 };
    void *text = NULL;
    int ret = props_store(d);

    proxy_of(d)->lost = ret != 0;
    if (!ret)
        ret = remote_pages_open(d, &err);
    if (!ret)
        ret = remote_call(r, d, &m, NULL, &answer, &text);
    if (!ret)
        ret = answer.status;
    if (!ret)
        remote_inputs_send(d, false);
    else
        proxy_of(d)->lost = true;
    if (ret && err.code)
        *ret_refusal = g_strdup(err.text);
    else
        *ret_refusal = ret ? refusal_text(d, text, text ? answer.bytes : 0)
                           : NULL;
    free(text);
    return ret ? -EINVAL : 0;
}

/*
 * A number is never used again, so a late message about a destroyed device
 * cannot reach another one.
 */
static struct proxy *proxy_new(struct device *d)
{
    struct remote *r = remote_owner(d);
    struct proxy *p = g_new0(struct proxy, 1);
    uint32_t chrs = d->type->chardevs.count;

    p->number = r->devices->len;
    p->lost = r->gone.code != 0;
    p->pages_fd = -1;
    p->chr_events = g_new(int, chrs);
    for (uint32_t n = 0; n < chrs; n++)
        p->chr_events[n] = -1;
    d->model_data = p;
    g_ptr_array_add(r->devices, d);
    return p;
}

static void proxy_free(struct device *d)
{
    struct proxy *p = proxy_of(d);

    remote_owner(d)->devices->pdata[p->number] = NULL;
    d->model_data = NULL;
    if (p->state)
        g_byte_array_free(p->state, TRUE);
    remote_pages_close(p);
    g_free(p->chr_events);
    g_free(p);
}

static int proxy_create(struct device *d, struct ob_err *err)
{
    struct remote *r = remote_owner(d);
    char *refusal;

    proxy_new(d);
    /* It may restart the process; the next call sees if it did not. */
    there(d);
    if (!remote_part_create(d, &refusal)) {
        remote_pages_show(d);
        return 0;
    }
    err_set(err, -EINVAL, "%s %s: %s", d->type->name, d->id,
            *refusal ? refusal : r->gone.text);
    g_free(refusal);
    proxy_free(d);
    return -EINVAL;
}

/* A lost device needs no restart to be destroyed. */
static void proxy_destroy(struct device *d)
{
    if (!proxy_of(d)->lost)
        remote_tell(d, IPC_MSG(destroy));
    proxy_free(d);
}

/* A request as remote_tell() makes it, if the process has the device. */
static void tell(struct device *d, struct ipc_msg m)
{
    if (there(d))
        remote_tell(d, m);
}

/* `state` (NULL: unknown) becomes the proxy's, as the last one. */
static void state_keep(struct device *d, GByteArray *state)
{
    struct proxy *p = proxy_of(d);

    if (p->state)
        g_byte_array_free(p->state, TRUE);
    p->state = state;
    p->is_reset = false;
}

static void proxy_reset(struct device *d, uint32_t kind)
{
    struct proxy *p = proxy_of(d);

    tell(d, IPC_MSG(reset, .kind = kind));
    /* A restart resets it too, so no state has to be fetched. */
    if (!p->lost || !p->is_reset)
        state_keep(d, NULL);
    p->is_reset |= !p->lost;
}

/* --- accesses ------------------------------------------------------------- */

/* All ones is what a bus reads where no device answers. */
static uint64_t proxy_read(struct device *d, uint32_t region, uint64_t offset,
                           unsigned bytes)
{
    struct ipc_msg m = IPC_MSG(read, .region = region, .bytes = bytes,
                               .offset = offset);
    struct ipc_msg answer;

    if (!there(d) || remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return ~UINT64_C(0);
    return ipc_read_result_of(&answer).value;
}

/*
 * Does a write there only store? The process said so in its description. Spans
 * are sorted, because this runs for each write.
 */
static bool may_post(const struct ipc_posts *posts, uint64_t offset,
                     unsigned bytes)
{
    const struct ipc_span *spans = posts->at;
    uint32_t lo = 0, hi = posts->count;

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
    struct ipc_msg m = IPC_MSG(write, .region = region, .bytes = bytes,
                               .offset = offset, .value = value);

    /* With log lines wanted, a posted write's line would come too late. */
    if (!device_log_wanted(d, OB_LOG_GUEST) &&
        may_post(&remote_type_of(d)->posts[region], offset, bytes)) {
        m.kind = IPC_POST;
        if (there(d))
            remote_post(remote_owner(d), d, &m);
    } else {
        tell(d, m);
    }
}

static void proxy_prop(struct device *d, uint32_t n, uint64_t value)
{
    tell(d, IPC_MSG(prop, .property = n, .value = value));
}

/* --- extensions ----------------------------------------------------------- */

static int32_t proxy_ext_call(struct device *d, uint32_t n,
                              struct ext_call *call)
{
    struct ipc_msg m = IPC_MSG(ext, .extension = n, .function = call->function,
                               .room = call->out_max);
    struct ipc_msg answer;
    void *results = NULL;

    m.bytes = call->in_bytes;
    if (!there(d) ||
        remote_call(remote_owner(d), d, &m, call->in, &answer, &results))
        return OB_E_ENDED;
    /* The process is hostile: it may answer with more than was asked for. */
    call->out_bytes = MIN(answer.bytes, call->out_max);
    if (call->out_bytes)
        memcpy(call->out, results, call->out_bytes);
    free(results);
    return answer.status;
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
    tell(d, IPC_MSG(timer, .timer = n));
}

static void proxy_clock(struct device *d, uint32_t n)
{
    tell(d, IPC_MSG(clock, .clock = n));
}

/*
 * The answer may be any number. The host's bytes go in one message, so the
 * payload's limit bounds it.
 */
static uint32_t proxy_chr_room(struct device *d, uint32_t n)
{
    struct ipc_msg m = IPC_MSG(chr_room, .chardev = n), answer;

    if (!there(d) || remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return 0;
    return (uint32_t)MIN(ipc_chr_room_result_of(&answer).bytes,
                         (uint64_t)IPC_PAYLOAD_MAX);
}

static void proxy_chr_receive(struct device *d, uint32_t n,
                              const uint8_t *bytes, uint32_t count)
{
    struct ipc_msg m = IPC_MSG(chr_receive, .chardev = n), answer;

    m.bytes = MIN(count, IPC_PAYLOAD_MAX);
    if (there(d))
        remote_call(remote_owner(d), d, &m, bytes, &answer, NULL);
}

/*
 * The last open or close is kept even while the device is lost: a restart
 * reports it to the new model.
 */
static void proxy_chr_event(struct device *d, uint32_t n, uint32_t event)
{
    if (event == OB_CHR_OPENED || event == OB_CHR_CLOSED)
        proxy_of(d)->chr_events[n] = (int)event;
    tell(d, IPC_MSG(chr_event, .chardev = n, .event = event));
}

/* --- saved state ---------------------------------------------------------- */

static GByteArray *state_copy(const uint8_t *bytes, size_t count)
{
    return g_byte_array_append(g_byte_array_sized_new((guint)count), bytes,
                               (guint)count);
}

static GByteArray *state_fetch(struct device *d)
{
    struct ipc_msg m = IPC_MSG(save), answer;

    if (proxy_of(d)->lost ||
        remote_call(remote_owner(d), d, &m, NULL, &answer, NULL))
        return NULL;
    return remote_fetch(remote_owner(d), ipc_save_result_of(&answer).total,
                        DEVICE_BLOCK_MAX);
}

/*
 * A copy of the state stays here, so that a snapshot and a restart are
 * possible after the process has ended
 * (docs/decisions/0008-restart-policy.md).
 */
static GByteArray *proxy_save(struct device *d)
{
    GByteArray *now = there(d) ? state_fetch(d) : NULL;
    const GByteArray *known = proxy_of(d)->state;

    if (now)
        state_keep(d, state_copy(now->data, now->len));
    else if (known)
        now = state_copy(known->data, known->len);
    else if (proxy_of(d)->is_reset)
        now = device_block_of_reset(d);
    return now;
}

/* What the process's side now has as levels is not known here. */
static void levels_forget(struct device *d)
{
    device_levels_forget(d);
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = &d->type->inputs.at[g];

        for (uint32_t n = 0; n < gpio->count; n++)
            d->input_levels[g][n] = DEVICE_LEVEL_UNKNOWN;
    }
    d->was_reset = true;
}

int remote_state_bring(struct device *d, const uint8_t *bytes, size_t count,
                       struct ob_err *err)
{
    struct remote *r = remote_owner(d);
    struct ipc_msg m = IPC_MSG(restore), answer;
    void *text = NULL;
    int ret = remote_store(r, bytes, count);

    if (!ret)
        ret = remote_call(r, d, &m, NULL, &answer, &text);
    if (ret)
        return err_set(err, ret, "%s %s: saved state: %s", d->type->name,
                       d->id, r->gone.text);
    if (answer.status)
        err_set(err, -EINVAL, "%.*s", text ? (int)answer.bytes : 0,
                text ? (const char *)text : "");
    free(text);
    return answer.status ? -EINVAL : 0;
}

/* The process has restored its live properties; the host's copies follow. */
static void props_follow(struct device *d, const uint8_t *bytes, size_t count)
{
    for (uint32_t n = 0; n < d->type->props.count; n++)
        if (d->type->props.at[n].flags & OB_PROP_LIVE)
            device_block_prop(d, bytes, count, n, &d->props[n].value);
}

/*
 * The host must restart a lost process here, because only a model can check
 * the state.
 */
static int proxy_restore(struct device *d, const uint8_t *bytes, size_t count,
                         struct ob_err *err)
{
    struct remote *r = remote_owner(d);
    int ret;

    if (proxy_of(d)->lost && r->wake && remote_idle(r))
        r->wake(r->opaque, true);
    if (proxy_of(d)->lost)
        return err_set(err, -EPIPE,
                       "%s %s: saved state: the model is gone (%s)",
                       d->type->name, d->id,
                       r->gone.code ? r->gone.text : "as it crashed");
    levels_forget(d);
    if (device_block_is_reset(d, bytes, count)) {
        device_timers_disarm(d);
        proxy_reset(d, OB_RESET_COLD);
        return 0;
    }
    ret = remote_state_bring(d, bytes, count, err);
    if (!ret) {
        props_follow(d, bytes, count);
        state_keep(d, state_copy(bytes, count));
    }
    return ret;
}

const struct model_ops proxy_model_ops = {
    .create = proxy_create, .destroy = proxy_destroy,
    .reset = proxy_reset, .read = proxy_read, .write = proxy_write,
    .input = proxy_input, .timer = proxy_timer, .clock = proxy_clock,
    .chr_room = proxy_chr_room, .chr_receive = proxy_chr_receive,
    .chr_event = proxy_chr_event, .ext_call = proxy_ext_call,
    .prop = proxy_prop, .save = proxy_save,
    .restore = proxy_restore,
};
