/* SPDX-License-Identifier: MIT */
#include "cli/isolation.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/str.h"
#include "loader/loader.h"

static int of_module(struct registry *ix, const struct modinfo *info,
                     enum modinfo_isolation place, struct ob_err *err)
{
    char *note, *where;
    int r = 0;

    if (place == ISOLATION_IN_PROCESS && info->command)
        return err_set(err, -EINVAL,
                       "-add_modinfo %s,isolation=in-process: module \"%s\" "
                       "is a program, which runs in a process of its own; "
                       "leave isolation= out",
                       info->path, info->short_name);
    if (place == ISOLATION_IN_PROCESS) {
        where = g_strdup_printf("-add_modinfo %s,isolation=in-process",
                                info->path);
        r = loader_check_in_process(info->short_name, info->license, where,
                                    err);
        g_free(where);
    }
    if (r < 0)
        return r;
    note = g_strdup_printf("%s %s", modinfo_isolation_text(place),
                           info->short_name);
    registry_add_note(ix, LOADER_NOTE_ISOLATION, note);
    g_free(note);
    return 0;
}

int isolation_of_file(struct registry *ix, const struct modinfo_file *file,
                      const char *value, struct ob_err *err)
{
    enum modinfo_isolation place = modinfo_isolation_find(value);
    int r = 0;

    if (!place)
        return err_set(err, -EINVAL,
                       "-add_modinfo: isolation \"%.100s\"; use process or "
                       "in-process, or leave it out",
                       value);
    for (uint32_t i = 0; i < file->count && r == 0; i++)
        r = of_module(ix, &file->modules[i], place, err);
    return r;
}

int isolation_by_name(struct registry *ix, const char *list,
                      struct ob_err *err)
{
    int r = 0;

    if (list && !*list)
        return 0;
    while (list && r == 0) {
        char *name = str_take_item(&list);

        if (strcmp(name, "all") != 0 && !registry_find_module(ix, name))
            r = err_set(err, -ENOENT,
                        "--isolate: no module \"%s\" is installed or "
                        "announced; see outboard list",
                        name);
        registry_add_note(ix, LOADER_NOTE_ISOLATE, name);
        g_free(name);
    }
    return r;
}
