/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connects QEMU's types to boards, modules and models. When QEMU creates a
 * machine or a device of ours, it calls the functions of this file through
 * bridge_callbacks.
 */
#include "bridge/entry/wiring.h"

#include <glib.h>

#include "bridge/devices/qdev.h"
#include "bridge/guard/guard.h"
#include "bridge/machines/board.h"
#include "bridge/memory/ram.h"
#include "bridge/modules/modules.h"
#include "bridge/process/callbacks.h"
#include "bridge/process/report.h"
#include "bridge/qemu/symbols.h"
#include "bridge/remote/crash.h"
#include "bridge/remote/remote_module.h"
#include "bridge/watch/watch.h"

/*
 * QEMU's object holds a pointer to this: a model, or the error that prevented
 * it.
 */
struct bridge_device {
    struct qdev *model;
    struct ob_err why;
};

static bool machine_done;       /* from here on, ours must not end QEMU */

static struct qdev *model_new(struct Object *obj,
                              const struct device_decl *type)
{
    struct qdev *d = qdev_init(obj, type);

    crash_props_add(d);
    return d;
}

/*
 * QEMU sets properties before it realizes the device. If the bridge does not
 * support the type, or cannot open the module, QEMU would complain about the
 * first property instead. So at start the bridge ends QEMU with the reason.
 * Later it keeps the error for realize.
 */
static struct bridge_device *callback_init(struct Object *obj,
                                           const struct registry_type *type)
{
    struct bridge_device *d = g_new0(struct bridge_device, 1);
    const struct device_decl *found = NULL;

    if (modules_open_instance(type, &found, &d->why) == 0)
        d->model = model_new(obj, found);
    else if (!machine_done)
        guard_fatal(&d->why);
    else
        report_warning("%s", d->why.text);
    return d;
}

static void callback_realize(struct bridge_device *d, struct Error **errp)
{
    struct ob_err err = { 0 };

    if (!d->model)
        qdev_error(errp, &d->why);
    else if (qdev_realize(d->model, &err) < 0)
        qdev_error(errp, &err);
    else
        crash_watch(d->model);
}

static void callback_unrealize(struct bridge_device *d)
{
    if (d->model)
        qdev_unrealize(d->model);
}

static void callback_finalize(struct bridge_device *d)
{
    qdev_finalize(d->model);
    g_free(d);
}

static void init_done(struct qemu_notifier *n, void *data)
{
    (void)n;
    (void)data;
    machine_done = true;
    ram_init_done(remote_module_any());
    objects_fill();
    guard_reset_prepare();
    watch_start();
}

void wiring_install(void)
{
    static struct qemu_notifier done = { .notify = init_done };

    q.qemu_add_machine_init_done_notifier(&done);
    guard_terminal_save();
    crash_install();
    bridge_callbacks = (struct bridge_callbacks){
        .machine_init = board_machine_init,
        .qdev_init = callback_init,
        .qdev_realize = callback_realize,
        .qdev_unrealize = callback_unrealize,
        .qdev_finalize = callback_finalize,
    };
}
