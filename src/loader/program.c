/* SPDX-License-Identifier: MIT */
/* Checks modules that are programs: models in any language, docs/ipc.md. */
#include "loader/loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/file.h"
#include "loader/loader_int.h"

/* The path as it was written, from the directory of the JSON file. */
static char *program_path(const struct loader *l,
                          const struct registry_module *m)
{
    char *dir, *path;

    if (g_path_is_absolute(m->info.command[0]))
        return g_strdup(m->info.command[0]);
    dir = loader_json_dir(l->session, m);
    path = g_build_filename(dir ? dir : "/", m->info.command[0], NULL);
    g_free(dir);
    return path;
}

int loader_program(const struct loader *l, const struct registry_module *m,
                   char **ret_path, struct ob_err *err)
{
    char *path = program_path(l, m), *real = NULL;
    int fd, ret = file_open(path, FILE_TRUSTED, &fd, err);

    if (ret == 0) {
        close(fd);
        real = realpath(path, NULL);
        if (!real || access(real, X_OK) < 0)
            ret = err_set(err, -EACCES, "%s: cannot be run (%s); chmod +x %s",
                          path, strerror(errno), path);
    }
    if (ret < 0)
        err_prefix(err, ret, "%s:%u:%u: module \"%s\"", m->info.path,
                   m->info.line, m->info.col, m->info.short_name);
    else
        *ret_path = g_strdup(real);
    free(real);
    g_free(path);
    return ret;
}
