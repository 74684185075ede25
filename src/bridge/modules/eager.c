/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/modules/eager.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include <outboard/outboard.h>

#include "base/str.h"
#include "bridge/modules/modules.h"
#include "bridge/modules/native.h"
#include "bridge/qemu/symbols.h"
#include "device/device.h"

/* The command's notes (src/cli/discover.h). */
#define NOTE_NATIVE "native"
#define NOTE_OPTION "option"

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
 * In -global's long form: the short one takes a type's name to end at its
 * first dot. A value holds no comma: pairs are split at them.
 */
static int global_set(const char *type, const char *key, const char *value,
                      struct ob_err *err)
{
    char *text = g_strdup_printf("driver=%s,property=%s,value=%s", type, key,
                                 value);
    int r = symbols_need(q.qemu_global_option, "qemu_global_option",
                         "option groups", err);

    if (r == 0 && q.qemu_global_option(text) != 0)
        r = err_set(err, -EINVAL, "-global %s: refused by QEMU; correct it",
                    text);
    g_free(text);
    return r;
}

/*
 * One "key=value": the default of that property for each device type of the
 * module that has it, as -global would set it.
 */
static int pair_apply(const struct registry_module *m, const char *group,
                      const char *pair, struct ob_err *err)
{
    const char *equals = strchr(pair, '=');
    char *key = g_strndup(pair,
                          equals ? (gsize)(equals - pair) : strlen(pair));
    struct str_near near = { .name = key };
    unsigned hits = 0;
    uint32_t i;
    int r = 0;

    for (i = 0; i < m->info.n_objs && r == 0; i++) {
        const struct device_decl *type;

        r = modules_open_type(m->info.objs[i], ISOLATION_NONE, &type, err);
        if (r == 0 && type && type_has_prop(type, key, &near)) {
            hits++;
            r = global_set(type->name, key, equals ? equals + 1 : "on", err);
        }
    }
    if (r == 0 && hits == 0)
        r = err_set(err, -ENOENT,
                    "-%s %s: no type of module \"%s\" has a property "
                    "\"%s\"%s%s%s",
                    group, pair, m->info.short_name, key,
                    near.best ? "; did you mean \""
                              : "; see outboard "
                                "list",
                    near.best ? near.best : "", near.best ? "\"" : "");
    g_free(key);
    return r;
}

/* "NAME key=value,...": what the command took out of QEMU's arguments. */
static int option_apply(const struct registry *ix, const char *note,
                        struct ob_err *err)
{
    const char *blank = strchr(note, ' ');
    char *group = g_strndup(note,
                            blank ? (gsize)(blank - note) : strlen(note));
    const char *value = blank ? blank + 1 : "";
    char **pairs = g_strsplit(value, ",", -1);
    const struct registry_module *m = registry_find_option(ix, group);
    int r = 0;

    if (!m)
        r = err_set(err, -ENOENT,
                    "-%s: no module announces this option; announce it with "
                    "-add_modinfo",
                    group);
    else if (m->native)
        r = native_option(m, group, value, err);
    for (char **pair = pairs; *pair && r == 0 && !m->native; pair++) {
        if (**pair != '\0')
            r = pair_apply(m, group, *pair, err);
    }
    g_strfreev(pairs);
    g_free(group);
    return r;
}

/* --- all of it ------------------------------------------------------------ */

static int modules_open(const struct registry *ix, struct ob_err *err)
{
    struct registry_module *const *modules;
    uint32_t i, n;
    int r = 0;

    modules = registry_modules(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        if (modules[i]->origin == REGISTRY_NAMED)
            r = modules_open_module(modules[i], err);
    }
    return r;
}

int eager_open(const struct registry *ix, struct ob_err *err)
{
    const struct registry_note *notes;
    uint32_t i, n;
    int r = native_register(ix, modules_loader(), err);

    if (r == 0)
        r = modules_open(ix, err);

    notes = registry_notes(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        if (strcmp(notes[i].key, NOTE_NATIVE) == 0)
            r = native_open_path(modules_loader(), notes[i].value, err);
        else if (strcmp(notes[i].key, NOTE_OPTION) == 0)
            r = option_apply(ix, notes[i].value, err);
    }
    return r;
}
