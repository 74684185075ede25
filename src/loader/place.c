/* SPDX-License-Identifier: MIT */
/* Decides where a module runs: in QEMU's process, or in one of its own. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "loader/loader_int.h"
#include "loader/spdx.h"

/* A place to run, and who wants it. */
struct wish {
    enum modinfo_isolation place;
    const char *why;
};

static bool licence_forbids(const char *license)
{
    return license && spdx_check(license, "", NULL) == -EPERM;
}

/* What the user wants, or else the board's part, or else the modinfo. */
static struct wish wish_find(const struct session *s,
                             const struct registry_module *m,
                             enum modinfo_isolation part)
{
    static const char *const words[SESSION_SOURCES] = {
        [SESSION_FROM_ALL] = "--isolate=all",
        [SESSION_FROM_FILE] = "-add_modinfo says so",
        [SESSION_FROM_NAME] = "--isolate names it",
    };
    const struct session_wish *wish = session_find_wish(s, m->info.short_name);

    if (wish)
        return (struct wish){ wish->place, words[wish->source] };
    if (part)
        return (struct wish){ part, "the board says so" };
    return (struct wish){ m->info.isolation, "its modinfo says so" };
}

bool loader_is_remote(const struct session *s, const struct registry_module *m,
                      const char *license, enum modinfo_isolation part,
                      const char **ret_why)
{
    struct wish wish = wish_find(s, m, part);
    const char *dropped;

    if (!ret_why)
        ret_why = &dropped;
    if (!license)
        license = m->info.license;
    if (!m->info.n_objs) {
        *ret_why = "it holds no device types";
        return false;
    }
    if (m->info.command) {
        *ret_why = "it is a program";
        return true;
    }
    if (m->native) {
        *ret_why = "it is a native QEMU module";
        return false;
    }
    if (licence_forbids(license)) {
        *ret_why = "its licence cannot be combined with QEMU's";
        return true;
    }
    if (wish.place)
        *ret_why = wish.why;
    else
        *ret_why = license ? "its licence allows it"
                           : "if its licence allows it";
    return wish.place == ISOLATION_PROCESS;
}

int loader_check_in_process(const char *name, const char *license,
                            const char *where, struct ob_err *err)
{
    if (!licence_forbids(license))
        return 0;
    return err_set(err, -EPERM,
                   "%s: module \"%s\" is to run in-process, and its licence "
                   "(\"%.100s\") cannot be combined with QEMU's; let it run "
                   "in a process of its own",
                   where, name, license);
}

int loader_check_isolation(const struct modinfo *info, struct ob_err *err)
{
    char where[512];

    if (info->isolation != ISOLATION_IN_PROCESS)
        return 0;
    if (info->line)
        g_snprintf(where, sizeof(where), "%s:%u:%u", info->path, info->line,
                   info->col);
    else
        g_strlcpy(where, info->path, sizeof(where));
    return loader_check_in_process(info->short_name, info->license, where,
                                   err);
}

int loader_check_wish(const struct session *s, const struct registry_module *m,
                      const char *license, const char *where,
                      struct ob_err *err)
{
    if (wish_find(s, m, ISOLATION_NONE).place != ISOLATION_IN_PROCESS)
        return 0;
    return loader_check_in_process(m->info.short_name, license, where, err);
}

int loader_check_native_place(const struct session *s,
                              const struct registry_module *m,
                              struct ob_err *err)
{
    const struct session_wish *user = session_find_wish(s, m->info.short_name);
    struct wish wish = wish_find(s, m, ISOLATION_NONE);

    if (wish.place == ISOLATION_PROCESS &&
        (!user || user->source != SESSION_FROM_ALL))
        return err_set(err, -ENOTSUP,
                       "module \"%s\" is a native QEMU module, which runs in "
                       "QEMU's process only (%s); let it run there",
                       m->info.short_name, wish.why);
    if (!licence_forbids(m->info.license))
        return 0;
    return err_set(err, -EPERM,
                   "%s:%u:%u: module \"%s\" is a native QEMU module, which "
                   "becomes part of QEMU, and its licence (\"%.100s\") cannot "
                   "be combined with QEMU's; put it under one that can",
                   m->info.path, m->info.line, m->info.col, m->info.short_name,
                   m->info.license);
}

/* The kernel's number, and what asks for the version. */
enum { LANDLOCK_CREATE = 444, LANDLOCK_VERSION = 1 };

int loader_landlock(void)
{
    long version = syscall(LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION);

    return version > 0 ? (int)version : 0;
}
