/* SPDX-License-Identifier: MIT */
/* Lists each directory once, and answers which names it holds. */
#include "cli/dir_names.h"

#include <dirent.h>
#include <errno.h>

#include <glib.h>

struct dir_names {
    GHashTable *dirs;           /* path -> struct dir * */
};

struct dir {
    GHashTable *files;          /* a set of names */
    bool unknown;               /* it cannot be read, but may be searched */
};

static void dir_free(void *data)
{
    struct dir *dir = data;

    g_hash_table_destroy(dir->files);
    g_free(dir);
}

struct dir_names *dir_names_new(void)
{
    struct dir_names *names = g_new0(struct dir_names, 1);

    names->dirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                        dir_free);
    return names;
}

void dir_names_free(struct dir_names *names)
{
    if (!names)
        return;
    g_hash_table_destroy(names->dirs);
    g_free(names);
}

static struct dir *dir_read(const char *path)
{
    struct dir *dir = g_new0(struct dir, 1);
    const struct dirent *entry;
    DIR *list = opendir(path);

    dir->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    dir->unknown = !list && errno != ENOENT;
    while (list && (entry = readdir(list)))
        g_hash_table_add(dir->files, g_strdup(entry->d_name));
    if (list)
        closedir(list);
    return dir;
}

bool dir_names_may_have(struct dir_names *names, const char *dir,
                        const char *file)
{
    struct dir *found = g_hash_table_lookup(names->dirs, dir);

    if (!found) {
        found = dir_read(dir);
        g_hash_table_insert(names->dirs, g_strdup(dir), found);
    }
    return found->unknown || g_hash_table_contains(found->files, file);
}
