/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads QEMU's own table of its modules. */
#include "bridge/qemu/own_modules.h"

#include <errno.h>
#include <glib.h>

#include "bridge/qemu/probe.h"
#include "bridge/qemu/symbols.h"

static bool literal_or_null(const char *text)
{
    return !text || probe_literal((uintptr_t)text);
}

/*
 * A list of string literals with NULL at its end. Its pointer may be any value.
 */
static bool list_is_plausible(const char **list)
{
    enum { MOST = 4096 };

    for (int i = 0; list && i < MOST; i++) {
        if (!probe_is_own((uintptr_t)(list + i), sizeof(*list)))
            return false;
        if (!list[i])
            return true;
        if (!literal_or_null(list[i]))
            return false;
    }
    return !list;
}

static bool entry_is_plausible(const struct own_module *e)
{
    return e->name && literal_or_null(e->name) && literal_or_null(e->arch) &&
           list_is_plausible(e->objs) && list_is_plausible(e->deps) &&
           list_is_plausible(e->opts);
}

int own_modules(const struct own_module **ret, size_t *ret_n,
                struct ob_err *err)
{
    const struct own_module *own = q.qemu_modinfo;
    size_t bytes = symbols_size("qemu_modinfo"), n, i;

    n = bytes / sizeof(*own);
    for (i = 0; i + 1 < n && entry_is_plausible(&own[i]); i++)
        ;
    if (!own || n == 0 || bytes % sizeof(*own) != 0 || i + 1 != n ||
        own[i].name)
        return err_set(err, -ENOTSUP,
                       "qemu_modinfo: QEMU's table of modules is not as "
                       "expected (%zu bytes, entry %zu), so no native module "
                       "can be announced to it; name them with -add_machines",
                       bytes, i);
    *ret = own;
    *ret_n = n - 1;
    return 0;
}

/* Type -> the module's name. The lookup is for 10,000 types at each start. */
static GHashTable *types_table(void)
{
    GHashTable *types = g_hash_table_new(g_str_hash, g_str_equal);
    const struct own_module *own;
    size_t n = 0;

    if (!q.qemu_modinfo || own_modules(&own, &n, NULL) < 0)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        for (const char **obj = own[i].objs; obj && *obj; obj++)
            g_hash_table_insert(types, (gpointer)*obj, (gpointer)own[i].name);
    }
    return types;
}

const char *own_module_of(const char *type)
{
    static GHashTable *types;

    if (!types)
        types = types_table();
    return g_hash_table_lookup(types, type);
}
