/* SPDX-License-Identifier: MIT */
/* Adds the user's choices of isolation to the session. */
#include "cli/isolation.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/str.h"
#include "loader/loader.h"

static int of_module(struct session *s, const struct modinfo *info,
                     enum modinfo_isolation place, struct ob_err *err)
{
    char *where;
    int ret = 0;

    if (place == ISOLATION_IN_PROCESS && info->command)
        return err_set(err, -EINVAL,
                       "-add_modinfo %s,isolation=in-process: module \"%s\" "
                       "is a program, which runs in a process of its own; "
                       "leave isolation= out",
                       info->path, info->short_name);
    if (place == ISOLATION_IN_PROCESS) {
        where = g_strdup_printf("-add_modinfo %s,isolation=in-process",
                                info->path);
        ret = loader_check_in_process(info->short_name, info->license, where,
                                      err);
        g_free(where);
    }
    if (ret < 0)
        return ret;
    session_add_wish(s, SESSION_FROM_FILE, info->short_name, place);
    return 0;
}

int isolation_of_file(struct session *s, const struct modinfo_file *file,
                      const char *value, struct ob_err *err)
{
    enum modinfo_isolation place = modinfo_isolation_find(value);
    int ret = 0;

    if (!place)
        return err_set(err, -EINVAL,
                       "-add_modinfo: isolation \"%.100s\"; use process or "
                       "in-process, or leave it out",
                       value);
    for (uint32_t i = 0; i < file->count && ret == 0; i++)
        ret = of_module(s, &file->modules[i], place, err);
    return ret;
}

int isolation_by_name(struct session *s, const char *list, struct ob_err *err)
{
    int ret = 0;

    if (list && !*list)
        return 0;
    while (list && ret == 0) {
        char *name = str_take_item(&list);

        bool all = strcmp(name, "all") == 0;

        if (!all && !registry_find_module(s->registry, name))
            ret = err_set(err, -ENOENT,
                          "--isolate: no module \"%s\" is installed or "
                          "announced; see outboard list",
                          name);
        session_add_wish(s, all ? SESSION_FROM_ALL : SESSION_FROM_NAME, name,
                         ISOLATION_PROCESS);
        g_free(name);
    }
    return ret;
}
