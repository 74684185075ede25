/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules that are open, and where each of them runs. */
#include "bridge/modules/modules.h"

#include <errno.h>
#include <glib.h>

#include "board/builder.h"
#include "bridge/modules/native.h"
#include "bridge/process/session.h"
#include "bridge/remote/remote_module.h"
#include "device/device.h"
#include "loader/loader.h"

static struct loader *modules;
static enum modinfo_isolation instances_where;

struct loader *modules_loader(void)
{
    if (modules == NULL)
        modules = loader_new(bridge_session()->index);
    return modules;
}

static int module_open(struct registry_module *im,
                       const struct loader_module **ret, struct ob_err *err)
{
    return loader_open(modules_loader(), im, ret, err);
}

/* The module's types, wherever it runs. */
static int types_open(struct registry_module *im, enum modinfo_isolation where,
                      struct loader_module *ret, struct ob_err *err)
{
    const struct loader_module *m;
    int r = remote_module_open(modules_loader(), im, where, &ret->desc, err);

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

static int type_open(const struct registry_type *type,
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
    if (device_type_check(found, err) < 0)
        return err_prefix(err, -EINVAL, "%s", m->path);
    *ret = found;
    return 0;
}

int modules_open_module(struct registry_module *m, struct ob_err *err)
{
    struct loader_module module;
    uint32_t i;

    if (m->native)
        return native_open(m, err);
    if (types_open(m, ISOLATION_NONE, &module, err) < 0)
        return -EINVAL;
    for (i = 0; i < module.desc->n_devices; i++) {
        if (device_type_check(module.desc->devices[i], err) < 0)
            return err_prefix(err, -EINVAL, "%s", module.path);
    }
    return 0;
}

void modules_instances_run(enum modinfo_isolation where)
{
    instances_where = where;
}

int modules_check_place(struct registry_module *m,
                        enum modinfo_isolation where, struct ob_err *err)
{
    return where != ISOLATION_IN_PROCESS || m->native
               ? 0
               : remote_module_check_in_process(modules_loader(), m, err);
}

int modules_open_type(const char *name, enum modinfo_isolation where,
                      const struct ob_device_type **ret, struct ob_err *err)
{
    const struct registry_type *type = registry_find_type(
        bridge_session()->index, name);

    *ret = NULL;
    if (type != NULL && type->module->native)
        return native_open(type->module, err);
    return type != NULL ? type_open(type, where, ret, err) : 0;
}

int modules_open_board(const struct registry_board *board,
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

int modules_open_instance(const struct registry_type *type,
                          const struct ob_device_type **ret,
                          struct ob_err *err)
{
    return type_open(type, instances_where, ret, err);
}
