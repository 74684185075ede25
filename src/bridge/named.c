/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/named.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include <outboard/outboard.h>

#include "base/path.h"
#include "base/str.h"
#include "bridge/hooks.h"
#include "bridge/symbols.h"
#include "loader/native.h"
#include "rig/device.h"

/* The command's notes (src/cli/gather.h). */
#define NOTE_NATIVE "native"
#define NOTE_OPTION "option"

#define MODULE_DIR_ENV "QEMU_MODULE_DIR"

/* --- option groups -------------------------------------------------------- */

static bool type_has_prop(const struct ob_device_type *type,
                          const char *key, struct str_near *near)
{
    bool found = false;
    uint32_t i;

    for (i = 0; i < type->props.count; i++) {
        const struct ob_prop *prop = rig_type_prop(type, i);

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
static int pair_apply(const struct index_module *m, const char *group,
                      const char *pair, struct ob_err *err)
{
    const char *equals = strchr(pair, '=');
    char *key = g_strndup(pair, equals ? (gsize)(equals - pair) :
                                         strlen(pair));
    struct str_near near = { .name = key };
    unsigned hits = 0;
    uint32_t i;
    int r = 0;

    for (i = 0; i < m->info.n_objs && r == 0; i++) {
        const struct ob_device_type *type;

        r = hooks_open_type(m->info.objs[i], ISOLATION_NONE, &type, err);
        if (r == 0 && type && type_has_prop(type, key, &near)) {
            hits++;
            r = global_set(type->name, key, equals ? equals + 1 : "on", err);
        }
    }
    if (r == 0 && hits == 0)
        r = err_set(err, -ENOENT, "-%s %s: no type of module \"%s\" has a "
                    "property \"%s\"%s%s%s", group, pair, m->info.short_name,
                    key, near.best ? "; did you mean \"" : "; see outboard "
                    "list", near.best ? near.best : "",
                    near.best ? "\"" : "");
    g_free(key);
    return r;
}

/* "NAME key=value,...": what the command took out of QEMU's arguments. */
static int option_apply(const struct index *ix, const char *note,
                        struct ob_err *err)
{
    const char *blank = strchr(note, ' ');
    char *group = g_strndup(note, blank ? (gsize)(blank - note) :
                                          strlen(note));
    char **pairs = g_strsplit(blank ? blank + 1 : "", ",", -1);
    const struct index_module *m = index_find_option(ix, group);
    int r = 0;

    if (!m)
        r = err_set(err, -ENOENT, "-%s: no module announces this option; "
                    "announce it with -add_modinfo", group);
    for (char **pair = pairs; *pair && r == 0; pair++) {
        if (**pair != '\0')
            r = pair_apply(m, group, *pair, err);
    }
    g_strfreev(pairs);
    g_free(group);
    return r;
}

/* --- native modules ------------------------------------------------------- */

/* QEMU's own loader, shown the module's directory for this one call. */
static int native_load(const char *dir, const char *name, const char *path,
                       struct ob_err *err)
{
    char *before = g_strdup(getenv(MODULE_DIR_ENV));
    struct Error *why = NULL;
    int r;

    setenv(MODULE_DIR_ENV, dir, 1);
    r = q.module_load("", name, &why);
    if (before)
        setenv(MODULE_DIR_ENV, before, 1);
    else
        unsetenv(MODULE_DIR_ENV);
    g_free(before);
    if (r > 0)
        return 0;
    err_set(err, -ENOEXEC, "%s: native QEMU module, which QEMU refuses (%s); "
            "build it with this QEMU's sources and configuration", path,
            why ? q.error_get_pretty(why) : "not found");
    if (why)
        q.error_free(why);
    return -ENOEXEC;
}

/*
 * The gates once more, in the process that opens it. QEMU opens it by its
 * path; the gate has seen that nobody else may write file or directory.
 */
static int native_open(const char *path, struct ob_err *err)
{
    struct loader_gate gate;
    char *dir, *name;
    int r = symbols_need(q.module_load, "module_load", path, err);

    if (r == 0)
        r = loader_gate_file(path, &gate, err);
    if (r < 0)
        return r;
    r = native_check(&gate, "/proc/self/exe", err);
    loader_gate_clear(&gate);
    if (r < 0)
        return r;
    dir = path_dir(path);
    name = g_path_get_basename(path);
    if (g_str_has_suffix(name, ".so"))
        name[strlen(name) - 3] = '\0';
    r = native_load(dir ? dir : ".", name, path, err);
    g_free(dir);
    g_free(name);
    return r;
}

/* --- all of it ------------------------------------------------------------ */

static int modules_open(const struct index *ix, struct ob_err *err)
{
    struct index_module *const *modules;
    uint32_t i, n;
    int r = 0;

    modules = index_modules(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        if (modules[i]->origin == INDEX_NAMED)
            r = hooks_open_module(modules[i], err);
    }
    return r;
}

int named_open(const struct index *ix, struct ob_err *err)
{
    const struct index_note *notes;
    uint32_t i, n;
    int r = modules_open(ix, err);

    notes = index_notes(ix, &n);
    for (i = 0; i < n && r == 0; i++) {
        if (strcmp(notes[i].key, NOTE_NATIVE) == 0)
            r = native_open(notes[i].value, err);
        else if (strcmp(notes[i].key, NOTE_OPTION) == 0)
            r = option_apply(ix, notes[i].value, err);
    }
    return r;
}
