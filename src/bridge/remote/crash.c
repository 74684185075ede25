/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handles the end of a module's process: reports it, and restarts it or stops
 * the machine, as the user or the board says.
 */
#include "bridge/remote/crash.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/str.h"
#include "bridge/process/report.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/event.h"
#include "bridge/remote/fairness.h"
#include "bridge/remote/remote_module_int.h"
#include "remote/launcher.h"

#define SECOND_US INT64_C(1000000)
#define WINDOW_US (10 * SECOND_US)

/* --- restarting ----------------------------------------------------------- */

static bool wants_restart(void *opaque, struct device *device)
{
    const struct qdev *d = device_port(device);

    (void)opaque;
    return d->on_crash == PLAN_CRASH_RESTART;
}

static bool wants_anyway(void *opaque, struct device *device)
{
    (void)opaque;
    (void)device;
    return true;
}

static void watch_again(void *opaque, struct device *device)
{
    (void)opaque;
    crash_watch(device_port(device));
}

/*
 * Start a new process if none runs, and restart in it the parts whose
 * on-crash is "restart", or `all` parts. If the process ends again meanwhile,
 * crash_lost() handles that.
 */
static int restart(struct remote_module *f, bool all, struct ob_err *err)
{
    int ret = 0;

    f->due = f->told = false;
    if (remote_gone(f->remote)) {
        ret = remote_module_connect(f, err);
        if (ret < 0)
            return ret;
        f->restarts_us[f->n_restarts++ % CRASH_RESTARTS] =
            g_get_monotonic_time();
        f->short_runs++;
    }
    f->started_us = g_get_monotonic_time();
    ret = remote_restart(f->remote, all ? wants_anyway : wants_restart, NULL,
                         err);
    remote_each(f->remote, watch_again, NULL);
    return ret;
}

static void restart_due(struct remote_module *f)
{
    struct ob_err err = { 0 };
    int ret = restart(f, false, &err);

    if (ret < 0 && !f->told)
        report_warning(
            "%s: cannot be restarted (%s); its parts do nothing from now on, "
            "and read as all ones",
            f->path, err.text);
}

static void call_later(struct remote_module *f);

static void called(void *opaque)
{
    struct remote_module *f = opaque;

    f->called = false;
    if (!f->due)
        return;
    if (remote_idle(f->remote))
        restart_due(f);
    else
        call_later(f);
}

/* Run fn in QEMU's main loop, as soon as it turns; false: this QEMU cannot. */
static bool later(void (*fn)(void *opaque), void *opaque, const char *name)
{
    if (!q.aio_bh_schedule_oneshot_full)
        return false;
    q.aio_bh_schedule_oneshot_full(q.qemu_get_aio_context(), fn, opaque, name);
    return true;
}

/* Otherwise the next access restarts it. */
static void call_later(struct remote_module *f)
{
    if (!f->called)
        f->called = later(called, f, "outboard-restart");
}

static void crash_wake(void *opaque, bool must)
{
    struct remote_module *f = opaque;
    struct ob_err err = { 0 };

    if (f->due)
        restart_due(f);
    if (must && restart(f, true, &err) < 0 && !f->told)
        report_warning("%s: cannot be restarted (%s)", f->path, err.text);
}

/*
 * No further restart if the process ended CRASH_RESTARTS times within ten
 * seconds, or as often in a row without serving for a second.
 */
static bool may_restart(struct remote_module *f)
{
    int64_t now = g_get_monotonic_time(), served = now - f->started_us;
    int64_t oldest = f->restarts_us[f->n_restarts % CRASH_RESTARTS];

    if (remote_hung(f->remote))
        served -= (int64_t)(remote_limit_ns(f->remote) / 1000);
    if (served >= SECOND_US)
        f->short_runs = 0;
    return f->short_runs < CRASH_RESTARTS &&
           (f->n_restarts < CRASH_RESTARTS || now - oldest > WINDOW_US);
}

/* --- reporting ----------------------------------------------------------- */

/* What the bridge found out about a process that ended. */
struct loss {
    struct remote_module *f;
    bool may_restart, refused;
    char *reason;
    GString *parts[PLAN_CRASH_COUNT];   /* names, by on-crash */
};

static void part_lost(void *opaque, struct device *device)
{
    struct loss *l = opaque;
    const struct qdev *d = device_port(device);
    unsigned action = d->on_crash;
    char *path;

    if (!remote_went(device))
        return;
    path = q.object_get_canonical_path(d->obj);
    if (action == PLAN_CRASH_RESTART && !l->may_restart) {
        action = PLAN_CRASH_ERROR;
        l->refused = true;
    }
    if (l->parts[action]->len > 0)
        g_string_append(l->parts[action], ", ");
    g_string_append(l->parts[action], d->name);
    event_model_gone(path ? path : d->name, l->f->module->info.short_name,
                     l->reason, plan_crash_name(action));
    g_free(path);
}

/* "; the machine stops (a); restarted: b; ...", or shorter. */
static void loss_warn(const struct loss *l)
{
    const GString *error = l->parts[PLAN_CRASH_ERROR];
    const GString *stop = l->parts[PLAN_CRASH_STOP];
    const GString *restarted = l->parts[PLAN_CRASH_RESTART];
    GString *text = g_string_new(l->refused ? "; it was restarted too often"
                                            : "");

    if (stop->len > 0)
        g_string_append_printf(text, "; the machine stops (%s)", stop->str);
    if (restarted->len > 0)
        g_string_append_printf(text, "; restarted: %s", restarted->str);
    if (stop->len == 0 && restarted->len == 0)
        g_string_append(text, "; its parts do nothing from now on, and read "
                              "as all ones");
    else if (error->len > 0)
        g_string_append_printf(text,
                               "; does nothing from now on, and reads as all "
                               "ones: %s",
                               error->str);
    report_warning("%s: %s%s", l->f->path, l->reason, text->str);
    g_string_free(text, TRUE);
}

static void last_note(void *opaque, const char *text)
{
    const struct loss *l = opaque;

    report_note("%s was asked: %s", l->f->module->info.short_name, text);
}

static void stop_request(void *opaque)
{
    int paused = q.qapi_enum_parse(q.RunState_lookup, "paused", -1, NULL);

    (void)opaque;
    if (paused < 0 || !q.runstate_is_running())
        return;
    q.qemu_system_vmstop_request_prepare();
    q.qemu_system_vmstop_request(paused);
    q.cpu_stop_current();
}

/*
 * Before the machine runs, a stop request would be lost, so its start reads it.
 */
static void machine_stop(void)
{
    if (q.runstate_is_running())
        stop_request(NULL);
    else
        later(stop_request, NULL, "outboard-stop");
}

static void unwatch(struct remote_module *f)
{
    if (f->watched)
        q.qemu_set_fd_handler(remote_sock(f->remote), NULL, NULL, NULL);
    f->watched = false;
}

static void crash_lost(void *opaque, const char *why)
{
    struct remote_module *f = opaque;
    struct loss l = { .f = f, .may_restart = may_restart(f) };
    const char *fate = remote_module_fate(f);

    unwatch(f);
    f->told = true;
    l.reason = g_strconcat(why, fate ? ", " : "", fate, NULL);
    for (unsigned n = 0; n < PLAN_CRASH_COUNT; n++)
        l.parts[n] = g_string_new(NULL);
    remote_each(f->remote, part_lost, &l);
    loss_warn(&l);
    remote_last(f->remote, last_note, &l);
    if (l.parts[PLAN_CRASH_STOP]->len > 0)
        machine_stop();
    f->due = l.parts[PLAN_CRASH_RESTART]->len > 0;
    if (f->due)
        call_later(f);
    for (unsigned n = 0; n < PLAN_CRASH_COUNT; n++)
        g_string_free(l.parts[n], TRUE);
    g_free(l.reason);
}

static void sock_readable(void *opaque)
{
    struct remote_module *f = opaque;

    remote_check(f->remote);
}

void crash_watch(struct qdev *d)
{
    struct remote_module *f = remote_module_of(d->device);

    if (!f || f->watched || remote_sock(f->remote) < 0)
        return;
    q.qemu_set_fd_handler(remote_sock(f->remote), sock_readable, NULL, f);
    f->watched = true;
}

/* --- properties ----------------------------------------------------------- */

static void get_on_crash(struct Object *obj, struct Visitor *v,
                         const char *name, void *opaque, struct Error **errp)
{
    const struct qdev *d = opaque;
    char *text = g_strdup(plan_crash_name(d->on_crash));

    (void)obj;
    q.visit_type_str(v, name, &text, errp);
    g_free(text);
}

static void set_on_crash(struct Object *obj, struct Visitor *v,
                         const char *name, void *opaque, struct Error **errp)
{
    struct qdev *d = opaque;
    struct ob_err err = { 0 };
    char *text = NULL;
    int found;

    (void)obj;
    if (!q.visit_type_str(v, name, &text, errp))
        return;
    found = plan_crash_find(text);
    if (found < 0) {
        err_set(&err, -EINVAL,
                "property on-crash: \"%.64s\"; use error, stop or restart",
                text);
        qdev_error(errp, &err);
    } else {
        d->on_crash = (enum plan_crash)found;
    }
    g_free(text);
}

static void get_crashed(struct Object *obj, struct Visitor *v,
                        const char *name, void *opaque, struct Error **errp)
{
    const struct qdev *d = opaque;
    bool crashed = remote_lost(d->device);

    (void)obj;
    q.visit_type_bool(v, name, &crashed, errp);
}

/* The user restarts it, so earlier ends no longer count. */
static int user_restart(struct qdev *d, struct ob_err *err)
{
    struct remote_module *f = remote_module_of(d->device);
    int ret;

    if (!remote_lost(d->device))
        return 0;
    if (!remote_idle(f->remote))
        return err_set(err, -EBUSY, "%s: the module is busy; try again",
                       d->name);
    f->n_restarts = f->short_runs = 0;
    ret = restart(f, true, err);
    return ret < 0 ? err_prefix(err, ret, "%s: cannot be restarted", d->name)
                   : 0;
}

static void set_crashed(struct Object *obj, struct Visitor *v,
                        const char *name, void *opaque, struct Error **errp)
{
    struct qdev *d = opaque;
    struct ob_err err = { 0 };
    bool crashed = false;

    (void)obj;
    if (!q.visit_type_bool(v, name, &crashed, errp))
        return;
    if (crashed && !remote_lost(d->device))
        err_set(&err, -EINVAL,
                "%s: only its model can make crashed true; set it to false to "
                "restart one that has ended",
                d->name);
    else if (!crashed)
        user_restart(d, &err);
    if (err.code < 0)
        qdev_error(errp, &err);
}

void crash_props_add(struct qdev *d)
{
    if (!remote_of(d->device))
        return;
    if (!q.object_property_find(d->obj, "on-crash")) {
        q.object_property_add(d->obj, "on-crash", "str", get_on_crash,
                              set_on_crash, NULL, d);
        q.object_property_set_description(
            d->obj, "on-crash",
            "when its process ends: error (reads give all ones), stop (the "
            "machine pauses) or restart");
    }
    if (!q.object_property_find(d->obj, "crashed")) {
        q.object_property_add(d->obj, "crashed", "bool", get_crashed,
                              set_crashed, NULL, d);
        q.object_property_set_description(
            d->obj, "crashed", "its process has ended; false restarts it");
    }
}

static void crash_turn(void *opaque)
{
    (void)opaque;
    fairness_check();
}

void crash_install(void)
{
    static const struct remote_module_events events = {
        .lost = crash_lost, .wake = crash_wake, .turn = crash_turn,
    };

    remote_module_listen(&events);
}
