/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/hooks.h"

#include <errno.h>
#include <glib.h>

#include "board/builder.h"
#include "bridge/device.h"
#include "bridge/edge.h"
#include "bridge/far.h"
#include "bridge/guard.h"
#include "bridge/native.h"
#include "bridge/ram.h"
#include "bridge/symbols.h"
#include "bridge/watch.h"
#include "loader/loader.h"

/* What QEMU's object holds: a model, or why there is none. */
struct bridge_device {
    struct bridge_model *model;
    struct ob_err why;
};

static struct loader *modules;
static enum modinfo_isolation instances_where;
static bool machine_done;       /* later nothing of ours may end QEMU */

struct loader *hooks_loader(void)
{
    if (modules == NULL)
        modules = loader_new(bridge_session()->index);
    return modules;
}

static int module_open(struct index_module *im,
                       const struct loader_module **ret, struct ob_err *err)
{
    return loader_open(hooks_loader(), im, ret, err);
}

/* The module's types, wherever it runs. */
static int types_open(struct index_module *im, enum modinfo_isolation where,
                      struct loader_module *ret, struct ob_err *err)
{
    const struct loader_module *m;
    int r = far_open(hooks_loader(), im, where, &ret->desc, err);

    if (r < 0)
        return r;
    if (r > 0) {
        ret->info = &im->info;
        ret->path = im->info.path;
        return 0;
    }
    r = module_open(im, &m, err);
    if (r == 0)
        *ret = *m;
    return r;
}

static int type_open(const struct index_type *type,
                     enum modinfo_isolation where,
                     const struct ob_device_type **ret, struct ob_err *err)
{
    struct loader_module opened, *m = &opened;
    const struct ob_device_type *found;

    if (types_open(type->module, where, m, err) < 0)
        return -EINVAL;
    found = loader_find_device(m, type->name);
    if (found == NULL)
        return err_set(err, -ENOENT,
                       "%s: holds no type \"%s\", though it is announced to; "
                       "write its modinfo anew ('outboard modinfo')",
                       m->path, type->name);
    if (rig_type_check(found, err) < 0)
        return err_prefix(err, -EINVAL, "%s", m->path);
    *ret = found;
    return 0;
}

int hooks_open_module(struct index_module *m, struct ob_err *err)
{
    struct loader_module module;
    uint32_t i;

    if (m->native)
        return native_open(m, err);
    if (types_open(m, ISOLATION_NONE, &module, err) < 0)
        return -EINVAL;
    for (i = 0; i < module.desc->n_devices; i++) {
        if (rig_type_check(module.desc->devices[i], err) < 0)
            return err_prefix(err, -EINVAL, "%s", module.path);
    }
    return 0;
}

void hooks_instances_run(enum modinfo_isolation where)
{
    instances_where = where;
}

int hooks_check_place(struct index_module *m, enum modinfo_isolation where,
                      struct ob_err *err)
{
    return where != ISOLATION_IN_PROCESS || m->native
               ? 0
               : far_check_in_process(hooks_loader(), m, err);
}

int hooks_open_type(const char *name, enum modinfo_isolation where,
                    const struct ob_device_type **ret, struct ob_err *err)
{
    const struct index_type *type = index_find_type(bridge_session()->index,
                                                    name);

    *ret = NULL;
    if (type != NULL && type->module->native)
        return native_open(type->module, err);
    return type != NULL ? type_open(type, where, ret, err) : 0;
}

int hooks_open_board(const struct index_board *board,
                     const struct ob_board_type **ret, const char **ret_path,
                     struct ob_err *err)
{
    const struct loader_module *m;
    const struct ob_board_type *found;

    if (module_open(board->module, &m, err) < 0)
        return -EINVAL;
    found = loader_find_board(m, board->head.name);
    if (found == NULL)
        return err_set(err, -ENOENT,
                       "%s: holds no board \"%s\", though it is announced to; "
                       "write its modinfo anew ('outboard modinfo')",
                       m->path, board->head.name);
    if (board_type_check(found, m->path, err) < 0)
        return -EINVAL;
    *ret = found;
    *ret_path = m->path;
    return 0;
}

/*
 * QEMU sets properties before it realizes, and would complain about the
 * first of them instead of the module: so at start the module's own error
 * ends QEMU here. Later it is told, and kept for realize.
 */
static struct bridge_device *hook_init(struct Object *obj,
                                       const struct index_type *type)
{
    struct bridge_device *d = g_new0(struct bridge_device, 1);
    const struct ob_device_type *found = NULL;

    if (type_open(type, instances_where, &found, &d->why) == 0)
        d->model = device_init(obj, found);
    else if (!machine_done)
        edge_refuse(&d->why);
    else
        edge_warn("%s", d->why.text);
    return d;
}

static void hook_realize(struct bridge_device *d, struct Error **errp)
{
    struct ob_err err = { 0 };

    if (d->model == NULL)
        device_error(errp, &d->why);
    else if (device_realize(d->model, &err) < 0)
        device_error(errp, &err);
}

static void hook_unrealize(struct bridge_device *d)
{
    if (d->model != NULL)
        device_unrealize(d->model);
}

static void hook_finalize(struct bridge_device *d)
{
    device_finalize(d->model);
    g_free(d);
}

static void init_done(struct qemu_notifier *n, void *data)
{
    (void)n;
    (void)data;
    machine_done = true;
    ram_init_done(far_any());
    known_fill();
    guard_reset_prepare();
    watch_start();
}

void hooks_install(void)
{
    static struct qemu_notifier done = { .notify = init_done };

    q.qemu_add_machine_init_done_notifier(&done);
    guard_terminal_save();
    bridge_hooks = (struct bridge_hooks){
        .machine_init = board_machine_init,
        .device_init = hook_init,
        .device_realize = hook_realize,
        .device_unrealize = hook_unrealize,
        .device_finalize = hook_finalize,
    };
}
