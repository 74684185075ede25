/* SPDX-License-Identifier: MIT */
/* Where a module runs: in QEMU's process, or in one of its own. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "loader/private.h"
#include "loader/spdx.h"

/* A place to run, and who wants it. */
struct wish {
    enum modinfo_isolation place;
    const char *why;
};

static const struct wish wish_all = { ISOLATION_PROCESS, "--isolate=all" };

static bool licence_forbids(const char *license)
{
    return license && spdx_check(license, "", NULL) == -EPERM;
}

/* What a note LOADER_NOTE_ISOLATION says of module `name`: any text. */
static enum modinfo_isolation note_place(const char *note, const char *name)
{
    const char *blank = strchr(note, ' ');
    enum modinfo_isolation place;
    char *word;

    if (!blank || strcmp(blank + 1, name) != 0)
        return ISOLATION_NONE;
    word = g_strndup(note, (gsize)(blank - note));
    place = modinfo_isolation_find(word);
    g_free(word);
    return place;
}

/* The command line: what names the module is stronger than "all". */
static struct wish wish_of_user(const struct registry *ix, const char *name)
{
    struct wish all = { ISOLATION_NONE, NULL }, file = all;
    const struct registry_note *notes;
    uint32_t i, n;

    notes = registry_notes(ix, &n);
    for (i = 0; i < n; i++) {
        const char *value = notes[i].value;
        enum modinfo_isolation place;

        if (strcmp(notes[i].key, LOADER_NOTE_ISOLATION) == 0) {
            place = note_place(value, name);
            if (place)
                file = (struct wish){ place, "-add_modinfo says so" };
        } else if (strcmp(notes[i].key, LOADER_NOTE_ISOLATE) == 0) {
            if (strcmp(value, name) == 0)
                return (struct wish){ ISOLATION_PROCESS,
                                      "--isolate names it" };
            if (strcmp(value, "all") == 0)
                all = wish_all;
        }
    }
    return file.place ? file : all;
}

static struct wish wish_find(const struct registry *ix,
                             const struct registry_module *m,
                             enum modinfo_isolation part)
{
    struct wish wish = wish_of_user(ix, m->info.short_name);

    if (wish.place)
        return wish;
    if (part)
        return (struct wish){ part, "the board says so" };
    return (struct wish){ m->info.isolation, "its modinfo says so" };
}

bool loader_is_remote(const struct registry *ix,
                      const struct registry_module *m, const char *license,
                      enum modinfo_isolation part, const char **ret_why)
{
    struct wish wish = wish_find(ix, m, part);
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

int loader_check_wish(const struct registry *ix,
                      const struct registry_module *m, const char *license,
                      const char *where, struct ob_err *err)
{
    if (wish_find(ix, m, ISOLATION_NONE).place != ISOLATION_IN_PROCESS)
        return 0;
    return loader_check_in_process(m->info.short_name, license, where, err);
}

int loader_check_native_place(const struct registry *ix,
                              const struct registry_module *m,
                              struct ob_err *err)
{
    struct wish wish = wish_find(ix, m, ISOLATION_NONE);

    if (wish.place == ISOLATION_PROCESS && strcmp(wish.why, wish_all.why) != 0)
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
