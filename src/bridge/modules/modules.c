/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the open modules, and decides where the models of each run. */
#include "bridge/buses/bus.h"
#include "bridge/modules/modules.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/list.h"
#include "board/builder.h"
#include "bridge/modules/native.h"
#include "bridge/process/session.h"
#include "bridge/buses/supported.h"
#include "bridge/remote/remote_module.h"
#include "device/device.h"
#include "loader/loader.h"
#include "remote/remote.h"

static struct loader *modules;
static enum modinfo_isolation instances_where;

/*
 * The loader needs the session, so it is made at its first use. It is never
 * freed: QEMU may call code of a module until the process ends.
 */
struct loader *modules_loader(void)
{
    if (!modules)
        modules = loader_new(bridge_session());
    return modules;
}

static int module_open(struct registry_module *im,
                       const struct loader_module **ret, struct ob_err *err)
{
    return loader_open(modules_loader(), im, ret, err);
}

/*
 * The declaration of a type of a module in this process. The device core checks
 * each type once. The table keeps the result as long as QEMU runs.
 */
static int decl_of(const struct ob_device_type *type, const char *path,
                   const struct device_decl **ret, struct ob_err *err)
{
    static GHashTable *made;        /* ob_device_type -> device_decl */
    struct device_decl *decl;

    if (!made)
        made = g_hash_table_new(NULL, NULL);
    decl = g_hash_table_lookup(made, type);
    if (!decl) {
        if (device_decl_new(type, &local_model_ops, &decl, err) < 0)
            return err_prefix(err, -EINVAL, "%s", path);
        g_hash_table_insert(made, (void *)type, decl);
    }
    *ret = decl;
    return 0;
}

/*
 * A JSON file of modinfo may be older than its module, so the two may differ.
 */
static int no_such_type(const char *path, const char *name, struct ob_err *err)
{
    return err_set(err, -ENOENT,
                   "%s: holds no type \"%s\", though it is announced to; "
                   "write its modinfo again ('outboard modinfo')",
                   path, name);
}

static int remote_type_find(const struct remote *r, const char *path,
                            const char *name, const struct device_decl **ret,
                            struct ob_err *err)
{
    for (uint32_t n = 0; (*ret = remote_type(r, n)); n++)
        if (strcmp((*ret)->name, name) == 0)
            return 0;
    return no_such_type(path, name, err);
}

/*
 * A type that the bridge does not support must not cost a look into its module,
 * which may need a newer host. remote_module_open() decides where the module
 * runs, so this asks it next. The bridge does not load an isolated module into
 * QEMU.
 */
static int type_find(const struct registry_type *type,
                     enum modinfo_isolation where,
                     const struct device_decl **ret, struct ob_err *err)
{
    const struct ob_device_type *found;
    const struct loader_module *m;
    struct remote *remote;
    int status = supported_check(type, err);

    if (status == 0)
        status = remote_module_open(modules_loader(), type->module, where,
                                    &remote, err);
    if (status > 0)
        return remote_type_find(remote, type->module->info.path, type->name,
                                ret, err);
    if (status < 0 || module_open(type->module, &m, err) < 0)
        return -EINVAL;
    found = loader_find_device(m, type->name);
    if (!found)
        return no_such_type(m->path, type->name, err);
    return decl_of(found, m->path, ret, err);
}

/*
 * QEMU got a class for the bus that modinfo states, before any code ran. The
 * model's own word counts, so the two have to be the same.
 */
static int bus_agree(const struct registry_type *type,
                     const struct device_decl *decl, struct ob_err *err)
{
    enum modinfo_bus own = bus_of_decl(decl);

    if (own == type->info->bus)
        return 0;
    return err_set(err, -EINVAL,
                   "%s: type \"%s\" is on the %s bus, and its modinfo says "
                   "%s; write its modinfo again ('outboard modinfo')",
                   type->module->info.path, type->name, modinfo_bus_names[own],
                   modinfo_bus_names[type->info->bus]);
}

static int type_open(const struct registry_type *type,
                     enum modinfo_isolation where,
                     const struct device_decl **ret, struct ob_err *err)
{
    int status = type_find(type, where, ret, err);

    return status < 0 ? status : bus_agree(type, *ret, err);
}

/*
 * Check all types now, so that an error in any of them ends QEMU at start. A
 * process's types were checked when it was started.
 */
int modules_open_module(struct registry_module *m, struct ob_err *err)
{
    const struct loader_module *module;
    const struct device_decl *decl;
    struct remote *remote;
    int status;

    if (m->native)
        return native_open(m, err);
    status = remote_module_open(modules_loader(), m, ISOLATION_NONE, &remote,
                                err);
    if (status != 0)
        return MIN(status, 0);
    if (module_open(m, &module, err) < 0)
        return -EINVAL;
    for (uint32_t i = 0; i < module->desc->devices.count; i++)
        if (decl_of(list_pointer(&module->desc->devices, i), module->path,
                    &decl, err) < 0)
            return -EINVAL;
    return 0;
}

/*
 * QEMU's object_new() has no argument for this, so the board sets it before
 * the call and resets it after.
 */
void modules_instances_run(enum modinfo_isolation where)
{
    instances_where = where;
}

/*
 * A part may always ask for a process of its own. A part in QEMU's process can
 * harm QEMU, so that wish needs a permission.
 */
int modules_check_place(struct registry_module *m,
                        enum modinfo_isolation where, struct ob_err *err)
{
    return where != ISOLATION_IN_PROCESS || m->native
               ? 0
               : remote_module_check_in_process(modules_loader(), m, err);
}

int modules_open_type(const char *name, enum modinfo_isolation where,
                      const struct device_decl **ret, struct ob_err *err)
{
    const struct registry_type *type = registry_find_type(
        bridge_session()->registry, name);

    *ret = NULL;
    if (type && type->module->native)
        return native_open(type->module, err);
    return type ? type_open(type, where, ret, err) : 0;
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
    if (!found)
        return err_set(err, -ENOENT,
                       "%s: holds no board \"%s\", though it is announced to; "
                       "write its modinfo again ('outboard modinfo')",
                       m->path, board->head.name);
    if (board_type_check(found, m->path, err) < 0)
        return -EINVAL;
    *ret = found;
    *ret_path = m->path;
    return 0;
}

int modules_open_instance(const struct registry_type *type,
                          const struct device_decl **ret, struct ob_err *err)
{
    return type_open(type, instances_where, ret, err);
}
