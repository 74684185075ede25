/* SPDX-License-Identifier: MIT */
/* What is asked of a native QEMU module that a modinfo file announces. */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "loader/native.h"
#include "loader/private.h"

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
    int r;

    if (dep->native || dep->info.command)
        return 0;
    r = loader_find(l, dep, &path, err);
    if (r == 0)
        g_free(path);
    return r;
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
        const struct registry_module *dep = registry_find_dep(loader_index(l),
                                                              *name);
        int r;

        if (!dep || dep->native == native)
            continue;
        r = dep_check_file(l, dep, err);
        return r < 0 ? r : mixed_refuse(m, *name, native ? m : dep, err);
    }
    return 0;
}

/* QEMU takes the stamp that its own build has, and appends ".so" itself. */
static int fit_check(const struct loader *l, const struct loader_gate *gate,
                     struct ob_err *err)
{
    const char *stamp, *qemu = loader_qemu(l, &stamp);

    if (!g_str_has_suffix(gate->path, ".so"))
        return err_set(err, -EINVAL,
                       "%s: a native QEMU module, whose file has to be called "
                       "NAME.so; rename it",
                       gate->path);
    if (!qemu)
        return 0;
    return stamp ? native_check_stamp(gate, qemu, stamp, err)
                 : native_check(gate, qemu, err);
}

int loader_gate_native(const struct loader *l, const struct registry_module *m,
                       const struct loader_gate *gate, struct ob_err *err)
{
    int r = boards_check(m, gate->path, err);

    if (r == 0)
        r = loader_check_native_place(loader_index(l), m, err);
    if (r == 0)
        r = loader_check_deps(l, m, true, err);
    return r < 0 ? r : fit_check(l, gate, err);
}

int loader_gate_native_file(const struct loader *l, const char *path,
                            struct loader_gate *ret, struct ob_err *err)
{
    struct loader_gate gate;
    int r = loader_gate_file(path, &gate, err);

    if (r < 0)
        return r;
    r = gate.native ? fit_check(l, &gate, err)
                    : err_set(err, -ESTALE,
                              "%s: is no longer a native QEMU module; start "
                              "again",
                              path);
    if (r < 0)
        loader_gate_clear(&gate);
    else
        *ret = gate;
    return r;
}
