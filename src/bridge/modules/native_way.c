/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the name under which QEMU's loader opens a native module's file. */
#include "bridge/modules/native_way.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/qemu/own_modules.h"
#include "bridge/qemu/symbols.h"
#include "loader/native.h"

#define PROBE_TYPE "outboard-probe-native"

enum { PROBE_NAME_BYTES = NAME_MAX + 16 };

/* "../../..", from QEMU's module directory to the root; NULL: unknown. */
static char *way_up;

static unsigned path_depth(const char *path)
{
    char *real = realpath(path, NULL);
    unsigned depth = 0;

    for (const char *p = real; p && *p != '\0'; p++)
        depth += *p == '/' && p[1] != '\0';
    free(real);
    return depth;
}

/*
 * Ask QEMU's loader for a type of a module whose name is too long for a file.
 * Its error message shows the directory that it searches, and proves that it
 * reads our table. The caller frees the text (g_free). NULL: the loader has no
 * directory.
 */
static char *loader_ask(const char *name)
{
    const char *objs[] = { PROBE_TYPE, NULL }, *deps[] = { name, NULL };
    const struct own_module table[] = {
        { .name = PROBE_TYPE, .objs = objs, .deps = deps }, { .name = NULL },
    };
    struct Error *why = NULL;
    char *text = NULL;

    q.module_init_info(table);
    q.module_load_qom(PROBE_TYPE, &why);
    q.module_init_info(q.qemu_modinfo);
    if (!why)
        return NULL;
    text = g_strdup(q.error_get_pretty(why));
    q.error_free(why);
    return text;
}

/* QEMU's module directory, not the user's; NULL: it does not exist. */
static char *module_dir(void)
{
    char *before = g_strdup(getenv(NATIVE_DIR_ENV));
    char *name = g_strnfill(PROBE_NAME_BYTES, 'o'), *text, *start, *end;

    unsetenv(NATIVE_DIR_ENV);
    text = loader_ask(name);
    if (before)
        setenv(NATIVE_DIR_ENV, before, 1);
    start = text ? strchr(text, '/') : NULL;
    end = start ? strstr(start, name) : NULL;
    start = end ? g_strndup(start, end - start) : NULL;
    g_free(before);
    g_free(name);
    g_free(text);
    return start;
}

/*
 * QEMU puts each of its module directories before a module's name, the user's
 * directory first. A name that starts with enough ".." leads from each of them
 * to the root, and so to the one file that passed the gates. The bridge
 * therefore puts no file into QEMU's directories, and leaves QEMU_MODULE_DIR as
 * the user set it.
 */
int native_way_find(struct ob_err *err)
{
    const char *own = getenv(NATIVE_DIR_ENV);
    char *dir = module_dir();
    unsigned depth = dir ? path_depth(dir) : 0;
    unsigned own_depth = own ? path_depth(own) : 0;
    GString *up = g_string_new("..");

    g_free(dir);
    if (own_depth > depth)
        depth = own_depth;
    if (depth == 0) {
        g_string_free(up, TRUE);
        return err_set(
            err, -ENOTSUP,
            "native QEMU modules: QEMU's module "
            "directory does not exist, so its loader opens nothing; "
            "set " NATIVE_DIR_ENV " to a directory");
    }
    while (--depth > 0)
        g_string_append(up, "/..");
    way_up = g_string_free(up, FALSE);
    return 0;
}

bool native_way_known(void)
{
    return way_up;
}

char *native_way_name(const char *path)
{
    return g_strdup_printf("%s%.*s", way_up, (int)strlen(path) - 3, path);
}
