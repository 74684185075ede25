/* SPDX-License-Identifier: MIT */
/* Finds the native QEMU modules, and checks that they fit the QEMU. */
#include "cli/native_modules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/dir_names.h"
#include "loader/loader.h"
#include "loader/native.h"

/* One run of native_modules_settle(). */
struct settle {
    struct session *session;
    struct registry *registry;  /* the session's */
    const char *qemu;
    struct loader *l;
    char **dirs;                /* where QEMU looks; NULL: not known yet */
    struct dir_names *names;    /* what those and our directories hold */
    bool any;                   /* there are native modules */
};

static char *dirs_find(char *const *dirs, const char *name)
{
    char *file = g_strconcat(name, ".so", NULL), *path = NULL;

    for (; *dirs && !path; dirs++) {
        path = g_build_filename(*dirs, file, NULL);
        if (access(path, F_OK) < 0)
            g_clear_pointer(&path, g_free);
    }
    g_free(file);
    return path;
}

char *native_modules_find(const char *qemu, const char *name)
{
    char **dirs = native_dirs(qemu);
    char *path = dirs_find(dirs, name);

    g_strfreev(dirs);
    return path;
}

/* Reading QEMU's binary takes time: only when a file is found nowhere else. */
static char *qemu_find_file(struct settle *s, const char *name)
{
    if (!s->dirs)
        s->dirs = native_dirs(s->qemu);
    return dirs_find(s->dirs, name);
}

/* QEMU gets the path that the gates check, with links resolved. */
static void file_set(struct settle *s, struct registry_module *m,
                     const char *path)
{
    char *real = realpath(path, NULL);

    registry_set_file(s->registry, m, real ? real : path, true);
    s->any = true;
    free(real);
}

/* Where loader_find() and then QEMU would look; no answer is a false no. */
static bool file_may_exist(struct settle *s, const struct registry_module *m)
{
    char *file = g_strconcat(m->info.name, ".so", NULL);
    char *dir = g_path_get_dirname(m->info.path);
    const GPtrArray *dirs = s->session->module_dirs;
    bool may = dir_names_may_have(s->names, dir, file);

    for (guint i = 0; i < dirs->len && !may; i++)
        may = dir_names_may_have(s->names, dirs->pdata[i], file);
    if (!may && !s->dirs)
        s->dirs = native_dirs(s->qemu);
    for (char **at = s->dirs; at && *at && !may; at++)
        may = dir_names_may_have(s->names, *at, file);
    g_free(dir);
    g_free(file);
    return may;
}

static void module_look(struct settle *s, struct registry_module *m)
{
    char *path = NULL;
    bool elsewhere = false;

    if (m->info.command || m->file || !file_may_exist(s, m))
        return;
    if (loader_find(s->l, m, &path, NULL) < 0) {
        path = qemu_find_file(s, m->info.name);
        elsewhere = true;
    }
    if (path && loader_is_native(path))
        file_set(s, m, path);
    else if (path && elsewhere)
        registry_set_file(s->registry, m, path, false);
    g_free(path);
}

/* A dependency that is only a file where QEMU looks. */
static void dep_add(struct settle *s, const char *name)
{
    struct modinfo_file *file;
    char *path, *text;
    bool native;
    int ret;

    if (registry_find_dep(s->registry, name) || str_ident_flaw(name))
        return;
    path = qemu_find_file(s, name);
    native = path && loader_is_native(path);
    if (native) {
        text = g_strdup_printf("{ \"%s\": { \"name\": \"%s\" } }", name, name);
        ret = modinfo_parse(text, strlen(text), path, &file, NULL);
        g_free(text);
        native = ret == 0;
    }
    if (native) {
        registry_add_modinfo(s->registry, file, REGISTRY_INSTALLED);
        registry_finish(s->registry, NULL, NULL);
        file_set(s, registry_find_module(s->registry, name), path);
    }
    g_free(path);
}

static void deps_add(struct settle *s)
{
    uint32_t i, n, now;

    registry_modules(s->registry, &n);
    for (i = 0; i < n; i++) {
        /* New modules come after the n existing ones. */
        const struct registry_module *m = registry_modules(s->registry,
                                                           &now)[i];

        for (const char *const *dep = m->info.deps; m->native && *dep; dep++)
            dep_add(s, *dep);
    }
}

/* The stamp is read once, for all modules and for the bridge. */
static void qemu_read(struct settle *s)
{
    char stamp[SECTION_STAMP_BYTES];
    GMappedFile *file;

    if (!s->qemu)
        return;
    s->session->qemu = session_text(s->session, s->qemu);
    file = g_mapped_file_new(s->qemu, FALSE, NULL);
    if (!file)
        return;
    if (native_stamp_in(g_mapped_file_get_contents(file),
                        g_mapped_file_get_length(file), s->qemu, stamp,
                        NULL) == 0)
        s->session->qemu_stamp = session_text(s->session, stamp);
    g_mapped_file_unref(file);
}

/* Check `m` and its dependencies by their gates; its own fault first. */
static int module_check(const struct loader *l, struct registry_module *m,
                        const struct registry *registry, struct ob_err *err)
{
    struct registry_module **order;
    uint32_t i, n;
    int ret = registry_order(registry, m, &order, &n, err);

    if (ret < 0)
        return ret;
    for (i = n; i-- > 0 && ret == 0;) {
        struct loader_gate gate;

        ret = loader_gate(l, order[i], &gate, err);
        if (ret == 0)
            loader_gate_clear(&gate);
        else if (order[i] != m)
            err_prefix(err, ret, "module \"%s\" needs \"%s\"",
                       m->info.short_name, order[i]->info.short_name);
    }
    g_free(order);
    return ret;
}

/* 0: all are good; 1: one was left out, so look again. */
static int modules_check(struct settle *s, struct ob_err *err)
{
    struct registry_module *const *modules;
    uint32_t i, n;

    modules = registry_modules(s->registry, &n);
    for (i = 0; i < n; i++) {
        struct ob_err own = { 0 };
        int ret = modules[i]->native
                      ? module_check(s->l, modules[i], s->registry, &own)
                      : 0;

        if (ret == 0)
            continue;
        if (modules[i]->origin != REGISTRY_INSTALLED)
            return err_set(err, ret, "%s", own.text);
        cli_warn(own.text);
        registry_drop_module(s->registry, modules[i]);
        registry_finish(s->registry, NULL, NULL);
        return 1;
    }
    return 0;
}

static int natives_check(struct settle *s, struct ob_err *err)
{
    int ret;

    loader_free(s->l);
    qemu_read(s);
    s->l = loader_new(s->session);
    do
        ret = modules_check(s, err);
    while (ret > 0);
    return ret;
}

int native_modules_settle(struct session *session, const char *qemu,
                          struct ob_err *err)
{
    struct settle s = {
        .session = session, .registry = session->registry, .qemu = qemu,
        .l = loader_new(session), .names = dir_names_new(),
    };
    struct registry_module *const *modules;
    uint32_t n;
    int ret = 0;

    modules = registry_modules(s.registry, &n);
    for (uint32_t i = 0; i < n; i++)
        module_look(&s, modules[i]);
    if (s.any)
        deps_add(&s);
    if (s.any)
        ret = natives_check(&s, err);
    loader_free(s.l);
    g_strfreev(s.dirs);
    dir_names_free(s.names);
    return ret;
}
