/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the modules that QEMU needs before it reads its arguments. */
#include "bridge/modules/eager.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include <outboard/outboard.h>

#include "base/str.h"
#include "bridge/devices/qdev_type.h"
#include "bridge/modules/modules.h"
#include "bridge/modules/native.h"
#include "bridge/buses/supported.h"
#include "bridge/qemu/symbols.h"
#include "device/device.h"

/* --- option groups -------------------------------------------------------- */

static bool type_has_prop(const struct device_decl *type, const char *key,
                          struct str_near *near)
{
    bool found = false;
    uint32_t i;

    for (i = 0; i < type->props.count; i++) {
        const struct ob_prop *prop = &type->props.at[i];

        str_near_offer(near, prop->name);
        found = found || strcmp(prop->name, key) == 0;
    }
    return found;
}

/*
 * Use the long form of -global, because the short form ends a type's name at
 * its first dot. The value has no comma: the list is split at commas.
 */
static int global_set(const char *type, const char *key, const char *value,
                      struct ob_err *err)
{
    char *text = g_strdup_printf("driver=%s,property=%s,value=%s", type, key,
                                 value);
    int ret = symbols_need(q.qemu_global_option, "qemu_global_option",
                           "option groups", err);

    if (ret == 0 && q.qemu_global_option(text) != 0)
        ret = err_set(err, -EINVAL, "-global %s: refused by QEMU; correct it",
                      text);
    g_free(text);
    return ret;
}

/* An option is for devices; the bridge makes none of an unsupported type. */
static bool type_is_made(const struct registry *registry, const char *name)
{
    const struct registry_type *type = registry_find_type(registry, name);

    return !type || supported_check(type, NULL) == 0;
}

/*
 * Apply one "key=value": set the default of that property for each device type
 * of the module that has it, as -global does.
 */
static int pair_apply(const struct registry *registry,
                      const struct registry_module *m, const char *group,
                      const char *pair, struct ob_err *err)
{
    const char *equals = strchr(pair, '=');
    char *key = g_strndup(pair,
                          equals ? (gsize)(equals - pair) : strlen(pair));
    struct str_near near = { .name = key };
    unsigned hits = 0;
    uint32_t i;
    int ret = 0;

    for (i = 0; i < m->info.n_objs && ret == 0; i++) {
        const struct device_decl *type;

        if (!type_is_made(registry, m->info.objs[i]))
            continue;
        ret = modules_open_type(m->info.objs[i], ISOLATION_NONE, &type, err);
        if (ret == 0 && type && type_has_prop(type, key, &near)) {
            hits++;
            ret = global_set(qdev_type_qom(type->name), key,
                             equals ? equals + 1 : "on", err);
        }
    }
    if (ret == 0 && hits == 0)
        ret = err_set(err, -ENOENT,
                      "-%s %s: no type of module \"%s\" has a property "
                      "\"%s\"%s%s%s",
                      group, pair, m->info.short_name, key,
                      near.best ? "; did you mean \""
                                : "; see outboard "
                                  "list",
                      near.best ? near.best : "", near.best ? "\"" : "");
    g_free(key);
    return ret;
}

static int option_apply(const struct registry *registry,
                        const struct session_option *option,
                        struct ob_err *err)
{
    const struct registry_module *m = registry_find_option(registry,
                                                           option->group);
    char **pairs;
    int ret = 0;

    if (!m)
        return err_set(err, -ENOENT,
                       "-%s: no module announces this option; announce it "
                       "with -add_modinfo",
                       option->group);
    if (m->native)
        return native_option(m, option->group, option->value, err);
    pairs = g_strsplit(option->value, ",", -1);
    for (char **pair = pairs; *pair && ret == 0; pair++) {
        if (**pair != '\0')
            ret = pair_apply(registry, m, option->group, *pair, err);
    }
    g_strfreev(pairs);
    return ret;
}

/* --- loading ------------------------------------------------------------- */

static int modules_open(const struct registry *registry, struct ob_err *err)
{
    struct registry_module *const *modules;
    uint32_t i, n;
    int ret = 0;

    modules = registry_modules(registry, &n);
    for (i = 0; i < n && ret == 0; i++) {
        if (modules[i]->origin == REGISTRY_NAMED)
            ret = modules_open_module(modules[i], err);
    }
    return ret;
}

int eager_open(const struct session *s, struct ob_err *err)
{
    int ret = native_register(s->registry, modules_loader(), err);

    if (ret == 0)
        ret = modules_open(s->registry, err);
    for (guint i = 0; i < s->native_files->len && ret == 0; i++)
        ret = native_open_path(modules_loader(), s->native_files->pdata[i],
                               err);
    for (guint i = 0; i < s->options->len && ret == 0; i++)
        ret = option_apply(
            s->registry, &g_array_index(s->options, struct session_option, i),
            err);
    return ret;
}
