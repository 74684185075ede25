/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Announces native QEMU modules to QEMU's own loader, and opens them. */
#include "bridge/modules/native.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "bridge/modules/native_way.h"
#include "bridge/process/arguments.h"
#include "bridge/process/callbacks.h"
#include "bridge/process/report.h"
#include "bridge/process/session.h"
#include "bridge/qemu/own_modules.h"
#include "bridge/qemu/probe.h"
#include "bridge/qemu/symbols.h"
#include "loader/native.h"

#define MACHINE_SUFFIX "-machine"

enum { LISTS = 3 };

/* --- the table ------------------------------------------------------------ */

static bool in_own_table(const char *name)
{
    const struct own_module *e = q.qemu_modinfo;

    for (; e->name; e++) {
        if (strcmp(e->name, name) == 0)
            return true;
    }
    return false;
}

/* A module that only QEMU's directories contain keeps QEMU's name. */
static char *module_name(const struct registry_module *m)
{
    return m->info.n_objs == 0 && in_own_table(m->info.name)
               ? g_strdup(m->info.name)
               : native_way_name(m->file);
}

/* QEMU aborts if a type is registered twice. */
static int types_check(const struct registry *registry,
                       const struct registry_module *m, struct ob_err *err)
{
    for (uint32_t i = 0; i < m->info.n_objs; i++) {
        const char *type = m->info.objs[i], *own = own_module_of(type);
        const struct registry_module *holder =
            registry_find_type(registry, type)->module;

        if (holder != m)
            own = holder->info.short_name;
        else if (!own && q.object_class_by_name(type))
            own = "this QEMU itself";
        if (own)
            return err_set(err, -EEXIST,
                           "%s:%u:%u: the type \"%s\" of native module \"%s\" "
                           "exists already (in %s), and QEMU aborts on a "
                           "second one; rename it",
                           m->info.path, m->info.line, m->info.col, type,
                           m->info.short_name, own);
    }
    return 0;
}

/* NULL for an empty list, because QEMU loads every module that has a list. */
static const char **list_copy(const char *const *list)
{
    size_t n = str_count(list);
    const char **copy = n > 0 ? g_new0(const char *, n + 1) : NULL;

    if (n > 0)
        memcpy(copy, list, n * sizeof(*copy));
    return copy;
}

/* The names in QEMU's table of the modules that `m` depends on. */
static const char **deps_copy(const struct registry *registry,
                              const struct registry_module *m)
{
    size_t n = str_count(m->info.deps), at = 0;
    const char **copy = n > 0 ? g_new0(const char *, n + 1) : NULL;

    for (size_t i = 0; i < n; i++) {
        const struct registry_module *dep = registry_find_dep(registry,
                                                              m->info.deps[i]);

        if (dep && dep->native)
            copy[at++] = module_name(dep);
    }
    return copy;
}

/* QEMU keeps the table, so the bridge never frees anything in it. */
static void entry_add(GArray *table, const struct registry *registry,
                      const struct registry_module *m)
{
    const struct own_module entry = {
        .name = module_name(m),
        .objs = list_copy(m->info.objs),
        .deps = deps_copy(registry, m),
        .opts = list_copy(m->info.opts),
    };

    if (!in_own_table(entry.name))
        g_array_append_val(table, entry);
}

/* Repeat the gates, in the process that opens the module. */
static int module_check(const struct registry *registry, struct loader *l,
                        const struct registry_module *m, struct ob_err *err)
{
    struct loader_gate gate;
    int ret = loader_gate(l, m, &gate, err);

    if (ret < 0)
        return ret;
    loader_gate_clear(&gate);
    return types_check(registry, m, err);
}

/*
 * The command has removed faulty installed modules already, but it cannot check
 * their types.
 */
static int module_add(GArray *table, const struct registry *registry,
                      struct loader *l, const struct registry_module *m,
                      struct ob_err *err)
{
    struct ob_err own = { 0 };
    int ret = module_check(registry, l, m, &own);

    if (ret == 0)
        entry_add(table, registry, m);
    else if (m->origin != REGISTRY_INSTALLED)
        return err_set(err, ret, "%s", own.text);
    else
        report_warning("%s", own.text);
    return 0;
}

/* --- machines ------------------------------------------------------------- */

static bool word_is_help(const char *word)
{
    return word && (strcmp(word, "help") == 0 || strcmp(word, "?") == 0);
}

/* Does `value`, of -M or -machine, name the machine `name` (`len` bytes)? */
static bool value_names(const char *value, const char *name, size_t len)
{
    if (value && strncmp(value, "type=", 5) == 0)
        value += 5;
    return value && strncmp(value, name, len) == 0 &&
           (value[len] == '\0' || value[len] == ',');
}

/* Does the command line ask for the machine of this type, or for a list? */
static bool machine_is_asked(const char *type)
{
    const char *m = arguments_value("M"), *machine;
    size_t len = strlen(type) - strlen(MACHINE_SUFFIX);

    machine = arguments_value("machine");
    return word_is_help(m) || word_is_help(machine) ||
           value_names(m, type, len) || value_names(machine, type, len);
}

static bool module_is_asked(const struct registry_module *m)
{
    for (uint32_t i = 0; i < m->info.n_objs; i++) {
        if (g_str_has_suffix(m->info.objs[i], MACHINE_SUFFIX) &&
            machine_is_asked(m->info.objs[i]))
            return true;
    }
    return false;
}

/* --- registering and opening --------------------------------------------- */

static int symbols_check(struct ob_err *err)
{
    static const char who[] = "native QEMU modules";
    int ret = symbols_need(q.module_load, "module_load", who, err);

    if (ret == 0)
        ret = symbols_need(q.module_init_info, "module_init_info", who, err);
    if (ret == 0)
        ret = symbols_need(q.module_load_qom, "module_load_qom", who, err);
    return ret < 0 ? ret
                   : symbols_need(q.qemu_modinfo, "qemu_modinfo", who, err);
}

static int loader_prepare(struct loader *l, struct ob_err *err)
{
    const char *named = bridge_session()->qemu;
    char *self;
    int ret = symbols_check(err);

    if (ret < 0 || native_way_known())
        return ret;
    self = path_self();
    if (self && (!named || !path_same(named, self)))
        loader_set_qemu(l, self);
    g_free(self);
    return native_way_find(err);
}

static int table_fill(GArray *table, const struct registry *registry,
                      struct loader *l, struct ob_err *err)
{
    struct registry_module *const *modules;
    uint32_t i, n;
    int ret = 0;

    modules = registry_modules(registry, &n);
    for (i = 0; i < n && ret == 0; i++) {
        if (modules[i]->native)
            ret = module_add(table, registry, l, modules[i], err);
    }
    return ret;
}

static int machines_open(const struct registry *registry, struct ob_err *err)
{
    struct registry_module *const *modules;
    uint32_t i, n;
    int ret = 0;

    modules = registry_modules(registry, &n);
    for (i = 0; i < n && ret == 0; i++) {
        if (modules[i]->native && module_is_asked(modules[i]))
            ret = native_open(modules[i], err);
    }
    return ret;
}

/*
 * The origin with the highest precedence of a native module; -1: no such
 * module.
 */
static int natives_origin(const struct registry *registry)
{
    struct registry_module *const *modules;
    uint32_t i, n;
    int origin = -1;

    modules = registry_modules(registry, &n);
    for (i = 0; i < n; i++) {
        if (modules[i]->native && (int)modules[i]->origin > origin)
            origin = (int)modules[i]->origin;
    }
    return origin;
}

static int table_set(const struct registry *registry, struct loader *l,
                     struct ob_err *err)
{
    static const struct own_module end;
    const struct own_module *own = NULL;
    GArray *table;
    size_t n = 0;
    int ret = symbols_check(err);

    if (ret == 0)
        ret = own_modules(&own, &n, err);
    if (ret == 0)
        ret = loader_prepare(l, err);
    if (ret < 0)
        return ret;
    table = g_array_new(FALSE, FALSE, sizeof(*own));
    g_array_append_vals(table, own, (guint)n);
    ret = table_fill(table, registry, l, err);
    g_array_append_val(table, end);
    q.module_init_info(g_array_free(table, FALSE));
    return ret < 0 ? ret : machines_open(registry, err);
}

int native_register(const struct registry *registry, struct loader *l,
                    struct ob_err *err)
{
    struct ob_err own = { 0 };
    int origin = natives_origin(registry);
    int ret = origin < 0 ? 0 : table_set(registry, l, &own);

    if (ret == 0)
        return 0;
    if (origin != REGISTRY_INSTALLED)
        return err_set(err, ret, "%s", own.text);
    report_warning("%s", own.text);
    return 0;
}

/* QEMU keeps the pointer `name`. */
static int name_open(const char *name, const char *path, struct ob_err *err)
{
    struct Error *why = NULL;
    int ret = q.module_load("", name, &why);

    if (ret > 0)
        return 0;
    err_set(err, -ENOEXEC,
            "%s: native QEMU module, which QEMU refuses (%s); build it with "
            "this QEMU's sources and configuration",
            path, why ? q.error_get_pretty(why) : "not found");
    if (why)
        q.error_free(why);
    return -ENOEXEC;
}

int native_open(const struct registry_module *m, struct ob_err *err)
{
    char *name;
    int ret;

    if (!native_way_known())
        return err_set(err, -ENOTSUP,
                       "module \"%s\": a native QEMU module, which cannot be "
                       "announced to this QEMU; see the warning at start",
                       m->info.short_name);
    name = module_name(m);
    ret = name_open(name, m->file, err);
    g_free(name);
    return ret;
}

int native_open_path(struct loader *l, const char *path, struct ob_err *err)
{
    struct loader_gate gate;
    char *name;
    int ret = loader_prepare(l, err);

    if (ret == 0)
        ret = loader_gate_native_file(l, path, &gate, err);
    if (ret < 0)
        return ret;
    loader_gate_clear(&gate);
    name = native_way_name(path);
    ret = name_open(name, path, err);
    g_free(name);
    return ret;
}

/* --- option groups -------------------------------------------------------- */

/* A QemuOptsList starts with its name and its implied key. */
static bool list_has_implied(const void *list, const char *group,
                             bool *ret_known)
{
    const char *head[2] = { NULL, NULL };

    *ret_known = probe_copy((uintptr_t)list, head, sizeof(head)) &&
                 probe_text_is((uintptr_t)head[0], group);
    return *ret_known && head[1];
}

static int qemu_refused(struct Error *why, const char *group,
                        const char *value, const char *otherwise,
                        struct ob_err *err)
{
    err_set(err, -EINVAL, "-%s %s: %s", group, value,
            why ? q.error_get_pretty(why) : otherwise);
    if (why)
        q.error_free(why);
    return -EINVAL;
}

int native_option(const struct registry_module *m, const char *group,
                  const char *value, struct ob_err *err)
{
    struct Error *why = NULL;
    bool known, implied;
    void *list;
    int ret = symbols_need(q.qemu_find_opts_err, "qemu_find_opts_err",
                           "option groups", err);

    if (ret == 0)
        ret = symbols_need(q.qemu_opts_parse, "qemu_opts_parse",
                           "option groups", err);
    if (ret == 0)
        ret = native_open(m, err);
    if (ret < 0)
        return ret;
    list = q.qemu_find_opts_err(group, &why);
    if (!list)
        return qemu_refused(why, group, value, "no such group", err);
    implied = list_has_implied(list, group, &known);
    if (!known)
        return qemu_refused(NULL, group, value,
                            "the group's list is not as expected; report this",
                            err);
    if (!q.qemu_opts_parse(list, value, implied, &why))
        return qemu_refused(why, group, value, "refused by QEMU; correct it",
                            err);
    return 0;
}
