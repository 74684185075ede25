/* SPDX-License-Identifier: MIT */
/* Finds a module's file. */
#include "loader/loader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "loader/loader_int.h"

/* `path` as it is seen from the directory the command was started in. */
static char *from_start_dir(const struct session *s, const char *path)
{
    if (!s->start_dir || g_path_is_absolute(path))
        return g_strdup(path);
    return g_build_filename(s->start_dir, path, NULL);
}

char *loader_json_dir(const struct session *s, const struct registry_module *m)
{
    char *path, *dir;

    if (!m->info.path || m->info.path[0] == '\0')
        return NULL;
    path = from_start_dir(s, m->info.path);
    dir = g_path_get_dirname(path);
    g_free(path);
    return dir;
}

/* Directories to look in, first first; the caller's (g_ptr_array_free). */
static GPtrArray *search_dirs(const struct session *s,
                              const struct registry_module *m)
{
    GPtrArray *dirs = g_ptr_array_new_with_free_func(g_free);
    char *dir = loader_json_dir(s, m);

    if (dir)
        g_ptr_array_add(dirs, dir);
    for (guint i = 0; i < s->module_dirs->len; i++)
        g_ptr_array_add(dirs, g_strdup(s->module_dirs->pdata[i]));
    return dirs;
}

/* "A.json:3:5: " or nothing, for the place that names the module. */
static int missing(const struct registry_module *m, GPtrArray *dirs,
                   struct ob_err *err)
{
    GString *places = g_string_new(NULL);
    char where[300];
    guint i;

    for (i = 0; i < dirs->len; i++)
        g_string_append_printf(places, "%s%s", i ? ", " : "",
                               (const char *)dirs->pdata[i]);
    if (m->info.line)
        g_snprintf(where, sizeof(where), "%s:%u:%u: module \"%s\"",
                   m->info.path, m->info.line, m->info.col,
                   m->info.short_name);
    else
        g_snprintf(where, sizeof(where), "module \"%s\"", m->info.short_name);
    err_set(err, -ENOENT,
            "%s: no file %s.so in %s; build it, or name its directory in "
            "OUTBOARD_PATH",
            where, m->info.name, dirs->len ? places->str : "any directory");
    g_string_free(places, TRUE);
    return -ENOENT;
}

int loader_find(const struct loader *l, const struct registry_module *m,
                char **ret_path, struct ob_err *err)
{
    const struct session *s = l->session;
    GPtrArray *dirs;
    char *file, *path = NULL;
    guint i;

    if (m->file) {
        *ret_path = from_start_dir(s, m->file);
        return 0;
    }
    dirs = search_dirs(s, m);
    file = g_strconcat(m->info.name, ".so", NULL);
    for (i = 0; i < dirs->len && !path; i++) {
        path = g_build_filename(dirs->pdata[i], file, NULL);
        if (access(path, F_OK) < 0)
            g_clear_pointer(&path, g_free);
    }
    g_free(file);
    if (path)
        *ret_path = path;
    else
        missing(m, dirs, err);
    g_ptr_array_free(dirs, TRUE);
    return path ? 0 : -ENOENT;
}
