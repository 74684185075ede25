/* SPDX-License-Identifier: MIT */
/* Checks a native QEMU module that a modinfo file announces. */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "loader/native.h"
#include "loader/loader_int.h"

/* Boards in C are called through our ABI, which a native module lacks. */
static int boards_check(const struct registry_module *m, const char *path,
                        struct ob_err *err)
{
    for (uint32_t i = 0; i < m->info.n_boards; i++) {
        if (!m->info.boards[i].file)
            return err_set(err, -EINVAL,
                           "%s:%u:%u: module \"%s\" is a native QEMU module "
                           "(%s), which holds no boards in C (\"%s\"); name "
                           "its machine type in \"objs\"",
                           m->info.path, m->info.line, m->info.col,
                           m->info.short_name, path, m->info.boards[i].name);
    }
    return 0;
}

/* A dependency without a file is of neither kind, and that is its fault. */
static int dep_check_file(const struct loader *l,
                          const struct registry_module *dep,
                          struct ob_err *err)
{
    char *path;
    int ret;

    if (dep->native || dep->info.command)
        return 0;
    ret = loader_find(l, dep, &path, err);
    if (ret == 0)
        g_free(path);
    return ret;
}

static int mixed_refuse(const struct registry_module *m, const char *name,
                        const struct registry_module *native,
                        struct ob_err *err)
{
    return err_set(err, -ENOTSUP,
                   "%s:%u:%u: module \"%s\" depends on \"%s\", and one of "
                   "them is a native QEMU module (\"%s\"); remove it from "
                   "\"deps\"",
                   m->info.path, m->info.line, m->info.col, m->info.short_name,
                   name, native->info.short_name);
}

int loader_check_deps(const struct loader *l, const struct registry_module *m,
                      bool native, struct ob_err *err)
{
    for (const char *const *name = m->info.deps; *name; name++) {
        const struct registry_module *dep = registry_find_dep(
            l->session->registry, *name);
        int ret;

        if (!dep || dep->native == native)
            continue;
        ret = dep_check_file(l, dep, err);
        return ret < 0 ? ret : mixed_refuse(m, *name, native ? m : dep, err);
    }
    return 0;
}

/* QEMU takes the stamp that its own build has, and appends ".so" itself. */
int loader_check_fit(const struct loader *l, const struct loader_gate *gate,
                     struct ob_err *err)
{
    if (!g_str_has_suffix(gate->path, ".so"))
        return err_set(err, -EINVAL,
                       "%s: a native QEMU module, whose file has to be called "
                       "NAME.so; rename it",
                       gate->path);
    if (!l->qemu)
        return 0;
    return l->stamp ? native_check_stamp(gate, l->qemu, l->stamp, err)
                    : native_check(gate, l->qemu, err);
}

int loader_gate_native(const struct loader *l, const struct registry_module *m,
                       const struct loader_gate *gate, struct ob_err *err)
{
    int ret = boards_check(m, gate->path, err);

    if (ret == 0)
        ret = loader_check_native_place(l->session, m, err);
    if (ret == 0)
        ret = loader_check_deps(l, m, true, err);
    return ret < 0 ? ret : loader_check_fit(l, gate, err);
}
