/* SPDX-License-Identifier: MIT */
/*
 * Restarts a runner that has ended: a new process in its place, and all devices
 * created again in that process.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <string.h>

/* --- another process ------------------------------------------------------ */

/*
 * The machine was built from the old descriptions. A module or program that
 * has changed since cannot serve its devices.
 */
static int types_same(struct remote *r, uint32_t count, struct ob_err *err)
{
    if (count != r->blocks->len)
        return err_set(err, -EPROTO,
                       "the new process serves %u types, the old one %u",
                       count, r->blocks->len);
    for (uint32_t n = 0; n < count; n++) {
        const GByteArray *was = r->blocks->pdata[n];
        GByteArray *is = remote_describe(r, n, was->len);
        bool same;

        if (!is)
            return err_set(err, -EPROTO, "%s", r->gone.text);
        same = is->len == was->len && !memcmp(is->data, was->data, is->len);
        g_byte_array_free(is, TRUE);
        if (!same)
            return err_set(err, -EPROTO,
                           "the new process describes type %u in another way",
                           n);
    }
    return 0;
}

/*
 * on_gone is NULL meanwhile: a restart that fails is not a second end of a
 * process, and the first reason stays.
 */
int remote_reopen(struct remote *r, const struct remote_setup *setup,
                  struct ob_err *err)
{
    void (*on_gone)(void *opaque, const char *why) = r->on_gone;
    struct ob_err why = r->gone, own = { 0 };
    uint32_t types;
    int ret;

    if (!err)
        err = &own;
    ipc_conn_close(&r->conn);
    r->conn.sock = -1;
    remote_memory_forget(r);
    r->rung = r->counts[IPC_SIGNAL] = 0;
    r->on_gone = NULL;
    err_clear(&r->gone);
    r->restarting = true;
    ret = remote_connect(r, setup, &types, err);
    if (!ret)
        ret = types_same(r, types, err);
    r->restarting = false;
    if (ret) {
        /* The host knows of the end already. */
        remote_give_up(r, ret, "%s", err->text);
        r->gone = why;
        r->on_gone = on_gone;
        return ret;
    }
    r->on_gone = setup->gone;
    r->wake = setup->wake;
    r->turn = setup->turn;
    r->opaque = setup->opaque;
    return 0;
}

/* --- lines ---------------------------------------------------------------- */

/*
 * Keep the old levels for lines_fall(), and forget them in the core: the host
 * then gets each level that the new model drives, even an equal one.
 */
static void lines_begin(struct device *d)
{
    const struct decl_gpios *outputs = &d->type->outputs;
    struct proxy *p = proxy_of(d);

    p->old_irqs = g_memdup2(d->irq_levels,
                            d->type->irqs.count * sizeof(int64_t));
    p->old_outputs = g_new(int64_t *, outputs->count);
    for (uint32_t g = 0; g < outputs->count; g++)
        p->old_outputs[g] = g_memdup2(d->output_levels[g],
                                      outputs->at[g].count * sizeof(int64_t));
    device_timers_disarm(d);
    device_levels_forget(d);
}

/*
 * A line that was high goes low unless the new model drives it. Otherwise a
 * guest would see an interrupt that the new model does not know of.
 */
static void lines_fall(struct device *d)
{
    const struct decl_gpios *outputs = &d->type->outputs;
    struct proxy *p = proxy_of(d);

    for (uint32_t n = 0; n < d->type->irqs.count; n++)
        if (d->irq_levels[n] == DEVICE_LEVEL_UNKNOWN && p->old_irqs[n] > 0)
            device_irq_set(d, n, false);
    for (uint32_t g = 0; g < outputs->count; g++)
        for (uint32_t n = 0; n < outputs->at[g].count; n++)
            if (d->output_levels[g][n] == DEVICE_LEVEL_UNKNOWN &&
                p->old_outputs[g][n] != DEVICE_LEVEL_UNKNOWN &&
                p->old_outputs[g][n])
                device_services.output_set(&d->dev, g, n, 0);
}

static void lines_end(struct device *d)
{
    struct proxy *p = proxy_of(d);

    for (uint32_t g = 0; g < d->type->outputs.count; g++)
        g_free(p->old_outputs[g]);
    g_clear_pointer(&p->old_outputs, g_free);
    g_clear_pointer(&p->old_irqs, g_free);
}

/* --- devices created again ------------------------------------------------ */

/*
 * The next steps follow the life of a device: create, reset, state, inputs. A
 * model need not know that it was restarted.
 */
static int restart_create(struct device *d, struct ob_err *err)
{
    char *refusal;
    int ret = remote_part_create(d, &refusal);

    if (ret)
        err_set(err, ret, "%s %s: %s", d->type->name, d->id, refusal);
    g_free(refusal);
    return ret;
}

static int restart_reset(struct device *d, struct ob_err *err)
{
    (void)err;
    if (d->was_reset)
        remote_tell(d, IPC_MSG(reset));
    remote_pages_show(d);
    return 0;
}

static int restart_state(struct device *d, struct ob_err *err)
{
    const GByteArray *state = proxy_of(d)->state;

    if (!state)
        return 0;
    return remote_state_bring(d, state->data, state->len, err);
}

/* A property that the user set after the state was saved has its new value. */
static void live_props_send(struct device *d)
{
    const GByteArray *state = proxy_of(d)->state;
    uint64_t was;

    for (uint32_t n = 0; state && n < d->type->props.count; n++)
        if (d->type->props.at[n].flags & OB_PROP_LIVE &&
            device_block_prop(d, state->data, state->len, n, &was) &&
            was != d->props[n].value)
            remote_tell(
                d, IPC_MSG(prop, .property = n, .value = d->props[n].value));
}

/* The world as it is now, where it is not as the state has it. */
static int restart_world(struct device *d, struct ob_err *err)
{
    (void)err;
    live_props_send(d);
    remote_inputs_send(d, true);
    for (uint32_t n = 0; n < d->type->clocks.count; n++) {
        const struct decl_clock *c = &d->type->clocks.at[n];

        if (c->direction != OB_CLOCK_OUT)
            remote_tell(d, IPC_MSG(clock, .clock = n));
    }
    for (uint32_t n = 0; n < d->type->chardevs.count; n++)
        if (proxy_of(d)->chr_events[n] >= 0)
            remote_tell(
                d, IPC_MSG(chr_event, .chardev = n,
                           .event = (uint32_t)proxy_of(d)->chr_events[n]));
    lines_fall(d);
    return 0;
}

/*
 * Each device takes one step before any takes the next, as when a machine
 * starts: models reach each other through links and lines. A step may end the
 * process again.
 */
static int restart_all(struct remote *r, GPtrArray *devices,
                       int (*step)(struct device *d, struct ob_err *err),
                       struct ob_err *err)
{
    int ret = 0;

    for (guint n = 0; n < devices->len && !ret; n++) {
        ret = step(devices->pdata[n], err);
        if (!ret && r->gone.code)
            ret = err_set(err, r->gone.code, "%s", r->gone.text);
    }
    return ret;
}

/* The host held input back while the lost devices had no room. */
static void chrs_ready(GPtrArray *devices)
{
    for (guint i = 0; i < devices->len; i++) {
        struct device *d = devices->pdata[i];

        for (uint32_t n = 0; n < d->type->chardevs.count; n++)
            device_chr_ready(d, n);
    }
}

static GPtrArray *lost_devices(struct remote *r,
                               bool (*wanted)(void *opaque, struct device *d),
                               void *opaque)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint n = 0; n < r->devices->len; n++) {
        struct device *d = r->devices->pdata[n];

        if (d && proxy_of(d)->lost && d->phase == DEVICE_LIVE &&
            wanted(opaque, d))
            g_ptr_array_add(found, d);
    }
    return found;
}

/*
 * `restarting` makes remote_idle() false. So no access from within starts a
 * second restart, and remote_check() leaves the ring alone.
 */
int remote_restart(struct remote *r,
                   bool (*wanted)(void *opaque, struct device *d),
                   void *opaque, struct ob_err *err)
{
    static int (*const steps[])(struct device *, struct ob_err *) = {
        restart_create, restart_reset, restart_state, restart_world,
    };
    GPtrArray *devices = lost_devices(r, wanted, opaque);
    struct ob_err own = { 0 };
    int ret = 0;

    if (!err)
        err = &own;
    r->restarting = true;
    for (guint n = 0; n < devices->len; n++)
        lines_begin(devices->pdata[n]);
    for (size_t n = 0; n < G_N_ELEMENTS(steps) && !ret; n++)
        ret = restart_all(r, devices, steps[n], err);
    for (guint n = 0; n < devices->len; n++)
        lines_end(devices->pdata[n]);
    if (ret)
        remote_give_up(r, ret, "%s", err->text);
    r->restarting = false;
    if (!ret)
        chrs_ready(devices);
    g_ptr_array_free(devices, TRUE);
    return ret;
}
