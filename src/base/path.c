/* SPDX-License-Identifier: MIT */
/* Finds the directories of programs, modules and boards. */
#include "base/path.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

bool path_privileged(void)
{
    return getauxval(AT_SECURE) != 0 || getuid() != geteuid() ||
           getgid() != getegid();
}

/* realpath() in memory that g_free() can free. */
static char *path_real(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = g_strdup(real);

    free(real);
    return copy;
}

/* The parent directory of `path`, which is freed. NULL stays NULL. */
static char *path_up(char *path)
{
    char *dir = path ? g_path_get_dirname(path) : NULL;

    g_free(path);
    return dir;
}

char *path_dir(const char *path)
{
    char *dir = g_path_get_dirname(path);
    char *real = path_real(dir);

    g_free(dir);
    return real;
}

char *path_prefix(const char *file, unsigned levels)
{
    char *dir = path_up(path_real(file));

    for (unsigned i = 0; i < levels; i++)
        dir = path_up(dir);
    return dir;
}

bool path_same(const char *a, const char *b)
{
    struct stat sa, sb;

    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

bool path_below(const char *path, const char *dir)
{
    char *real = path_real(path), *top = path_real(dir);
    size_t len = top ? strlen(top) : 0;
    bool below = real && top && strncmp(real, top, len) == 0 &&
                 (real[len] == '/' || (len > 0 && top[len - 1] == '/'));

    g_free(real);
    g_free(top);
    return below;
}

char *path_self(void)
{
    return path_real("/proc/self/exe");
}

char *path_user_dir(void)
{
    const char *data, *home;

    if (path_privileged())
        return NULL;
    data = getenv("XDG_DATA_HOME");
    if (data && g_path_is_absolute(data))
        return g_build_filename(data, "outboard", NULL);
    home = getenv("HOME");
    if (!home || !g_path_is_absolute(home))
        return NULL;
    return g_build_filename(home, ".local/share/outboard", NULL);
}

/*
 * Add the absolute entries of OUTBOARD_PATH. A relative entry would be the
 * current directory by another name.
 */
static void path_add_environment(GPtrArray *dirs)
{
    const char *text = path_privileged() ? NULL : getenv("OUTBOARD_PATH");
    char **list = g_strsplit(text ? text : "", ":", -1);

    for (char **entry = list; *entry; entry++)
        if (g_path_is_absolute(*entry))
            g_ptr_array_add(dirs, g_strdup(*entry));
    g_strfreev(list);
}

static char **path_dirs(const char *prefix, const char *user_part,
                        const char *prefix_part)
{
    GPtrArray *dirs = g_ptr_array_new();
    char *user = path_user_dir();

    path_add_environment(dirs);
    if (user)
        g_ptr_array_add(dirs, g_build_filename(user, user_part, NULL));
    if (prefix)
        g_ptr_array_add(dirs, g_build_filename(prefix, prefix_part, NULL));
    g_ptr_array_add(dirs, NULL);
    g_free(user);
    return (char **)g_ptr_array_free(dirs, FALSE);
}

char **path_module_dirs(const char *prefix)
{
    return path_dirs(prefix, "modules", "lib/outboard/modules");
}

char **path_board_dirs(const char *prefix)
{
    return path_dirs(prefix, "boards", "share/outboard/boards");
}
