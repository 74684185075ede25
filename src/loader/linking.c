/* SPDX-License-Identifier: MIT */
/* Checks that the dynamic linker will find all that a module needs. */
#include "loader/linking.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/path.h"
#include "base/str.h"
#include "loader/ld_cache.h"

enum { LIBRARIES_MAX = 1024 };  /* for one module */

struct library {
    char *path;
    struct elf_names names;
    bool opaque;                /* it cannot be told what it defines */
};

struct linking {
    GHashTable *libraries;      /* path -> struct library * */
    GHashTable *found;          /* name, no rpath involved -> path, or "" */
    struct ld_cache *cache;
};

static void library_free(void *data)
{
    struct library *lib = data;

    elf_names_clear(&lib->names);
    g_free(lib->path);
    g_free(lib);
}

struct linking *linking_new(void)
{
    struct linking *l = g_new0(struct linking, 1);

    l->libraries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                         library_free);
    l->found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return l;
}

void linking_free(struct linking *l)
{
    if (!l)
        return;
    g_hash_table_destroy(l->libraries);
    g_hash_table_destroy(l->found);
    ld_cache_free(l->cache);
    g_free(l);
}

/* The library at `path`, read once; NULL: no file for this machine is there. */
static struct library *library_at(struct linking *l, const char *path)
{
    struct library *lib = g_hash_table_lookup(l->libraries, path);
    struct ob_err err = { 0 };

    if (lib)
        return lib;
    lib = g_new0(struct library, 1);
    lib->path = g_strdup(path);
    if (elf_names_read_file(path, &lib->names, &err) < 0) {
        library_free(lib);
        return NULL;
    }
    /* Without section headers: the dynamic linker does not need them. */
    lib->opaque = !lib->names.table;
    g_hash_table_insert(l->libraries, lib->path, lib);
    return lib;
}

/* --- where libraries are -------------------------------------------------- */

struct loaded {
    const char *name;
    char *path;
};

static int loaded_look(struct dl_phdr_info *info, size_t size, void *opaque)
{
    struct loaded *want = opaque;
    const char *base = strrchr(info->dlpi_name, '/');

    (void)size;
    if (!base || strcmp(base + 1, want->name) != 0)
        return 0;
    want->path = g_strdup(info->dlpi_name);
    return 1;
}

/*
 * `dir` with the directory of the object that names it. A module has none: it
 * is opened by its descriptor.
 */
static char *origin_put(const char *dir, const char *origin)
{
    static const char *const words[] = { "${ORIGIN}", "$ORIGIN" };
    char *out = g_strdup(dir);

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        char **parts = g_strsplit(out, words[i], -1);

        g_free(out);
        out = g_strjoinv(origin ? origin : "/nowhere", parts);
        g_strfreev(parts);
    }
    return out;
}

/* Search directories in order; `origin` is the value of $ORIGIN, or NULL. */
static struct library *dirs_look(struct linking *l, const char *dirs,
                                 const char *origin, const char *name)
{
    char **list = g_strsplit_set(dirs, ":;", -1);
    struct library *lib = NULL;

    for (char **dir = list; *dir && !lib; dir++) {
        char *place = origin_put(*dir, origin);
        char *path = g_strconcat(place, "/", name, NULL);

        if (path[0] == '/' && access(path, R_OK) == 0)
            lib = library_at(l, path);
        g_free(path);
        g_free(place);
    }
    g_strfreev(list);
    return lib;
}

/* A library that a path names. */
static struct library *path_look(struct linking *l, const char *name,
                                 const char *origin)
{
    char *path = origin_put(name, origin);
    struct library *lib = library_at(l, path);

    g_free(path);
    return lib;
}

/* The directories that need no cache, this C library's own first. */
static struct library *system_look(struct linking *l, const char *name)
{
    struct library *lib = NULL;
    Dl_info libc;

    if (dladdr((void *)gnu_get_libc_version, &libc)) {
        char *dir = g_path_get_dirname(libc.dli_fname);

        lib = dirs_look(l, dir, NULL, name);
        g_free(dir);
    }
    return lib ? lib
               : dirs_look(l, "/lib64:/usr/lib64:/lib:/usr/lib", NULL, name);
}

static struct library *cache_look(struct linking *l, const char *name)
{
    const char *path;

    if (!l->cache)
        l->cache = ld_cache_open();
    for (size_t at = 0; (path = ld_cache_next(l->cache, name, &at));) {
        struct library *lib = library_at(l, path);

        if (lib)
            return lib;
    }
    return NULL;
}

/* Where each object finds it. */
static struct library *common_look(struct linking *l, const char *name)
{
    const char *path = g_hash_table_lookup(l->found, name);
    struct loaded want = { name, NULL };
    struct library *lib = NULL;

    if (path)
        return *path ? library_at(l, path) : NULL;
    dl_iterate_phdr(loaded_look, &want);
    if (want.path)
        lib = library_at(l, want.path);
    g_free(want.path);
    if (!lib)
        lib = cache_look(l, name);
    if (!lib)
        lib = system_look(l, name);
    g_hash_table_insert(l->found, g_strdup(name),
                        g_strdup(lib ? lib->path : ""));
    return lib;
}

/* `name`, as the object `s` at `path` (NULL: the module) asks for it. */
static struct library *library_find(struct linking *l, const char *name,
                                    const struct elf_names *s,
                                    const char *path)
{
    const char *users = path_privileged() ? NULL : getenv("LD_LIBRARY_PATH");
    char *origin = path ? g_path_get_dirname(path) : NULL;
    struct library *lib = NULL;

    if (strchr(name, '/'))
        lib = path_look(l, name, origin);
    else if (s->rpath && !s->runpath)
        lib = dirs_look(l, s->rpath, origin, name);
    if (!lib && users && !strchr(name, '/'))
        lib = dirs_look(l, users, NULL, name);
    if (!lib && s->runpath && !strchr(name, '/'))
        lib = dirs_look(l, s->runpath, origin, name);
    if (!lib && !strchr(name, '/'))
        lib = common_look(l, name);
    g_free(origin);
    return lib;
}

/* --- all that a module needs ---------------------------------------------- */

static void list_add(GPtrArray *list, struct library *lib)
{
    if (list->len < LIBRARIES_MAX && !g_ptr_array_find(list, lib, NULL))
        g_ptr_array_add(list, lib);
}

/* The dynamic linker would report the same later: use its words. */
static int missing(const char *path, const char *name, bool remote,
                   struct ob_err *err)
{
#define NOT_THERE "cannot open shared object file: No such file or directory"
    if (remote)
        return err_set(err, -ELIBACC,
                       "%s: in a process of its own: the "
                       "library \"%.200s\", which it needs, is not in the "
                       "system's directories or cannot be opened (" NOT_THERE
                       "); install it there, or link it in",
                       path, name);
    return err_set(err, -ENOEXEC,
                   "%s: cannot be opened (%.200s: " NOT_THERE "); see ldd %s",
                   path, name, path);
}

/* 0, -errno, or 1: cannot be decided. */
static int module_needs(struct linking *l, const struct elf_names *s,
                        const char *path, bool remote, GPtrArray *list,
                        struct ob_err *err)
{
    for (char **name = s->needed; *name; name++) {
        struct library *lib;

        /* The process that will run it refuses such a name, and says why. */
        if (remote && str_ident_flaw(*name))
            return 1;
        lib = remote ? common_look(l, *name) : library_find(l, *name, s, NULL);
        if (!lib)
            return missing(path, *name, remote, err);
        list_add(list, lib);
    }
    return 0;
}

/*
 * Each library once, the direct ones first. If a library of a library is
 * missing, the dynamic linker reports it. Returns whether the names of all
 * libraries are known.
 */
static bool libraries_need(struct linking *l, GPtrArray *list)
{
    bool whole = true;

    for (guint i = 0; i < list->len; i++) {
        struct library *of = list->pdata[i], *lib;

        whole = whole && !of->opaque;
        for (char **name = of->names.needed; *name; name++) {
            lib = library_find(l, *name, &of->names, of->path);
            if (lib)
                list_add(list, lib);
            else
                whole = false;
        }
    }
    return whole;
}

/* Libraries that every process has that opens a module. */
static void libraries_always(struct linking *l, GPtrArray *list)
{
    static const char *const names[] = {
        "libc.so.6", "libm.so.6", "libgcc_s.so.1",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct library *lib = common_look(l, names[i]);

        if (lib)
            list_add(list, lib);
    }
}

static bool libraries_have(const GPtrArray *list, const char *name,
                           const char *version)
{
    for (guint i = 0; i < list->len; i++) {
        const struct library *lib = list->pdata[i];

        if (elf_names_has(&lib->names, name, version))
            return true;
    }
    return false;
}

static int names_check(const struct elf_names *s, const char *path,
                       const GPtrArray *list, struct ob_err *err)
{
    uint64_t n = elf_names_count(s);

    for (uint64_t i = 0; i < n; i++) {
        const char *version, *name = elf_names_wanted(s, i, &version);

        if (!name || libraries_have(list, name, version))
            continue;
        return err_set(err, -ENOEXEC,
                       "%s: undefined symbol: %.200s%s%.100s; a module links "
                       "nothing from QEMU or Outboard, so define it or link "
                       "the library that has it",
                       path, name, version ? ", version " : "",
                       version ? version : "");
    }
    return 0;
}

int linking_check(struct linking *l, const struct elf_names *s,
                  const char *path, bool remote, struct ob_err *err)
{
    GPtrArray *list = g_ptr_array_new();
    int ret = module_needs(l, s, path, remote, list, err);

    if (ret == 0 && libraries_need(l, list)) {
        libraries_always(l, list);
        ret = names_check(s, path, list, err);
    }
    g_ptr_array_free(list, TRUE);
    return ret < 0 ? ret : 0;
}

/* --- names that meet ------------------------------------------------------ */

int linking_clash(const char *path, const char *name, const char *owner,
                  struct ob_err *err)
{
    return err_set(err, -EEXIST,
                   "%s: exports \"%.200s\", which %s has too: the module "
                   "would use that one; make it static, or compile with "
                   "-fvisibility=hidden, as pkg-config --cflags outboard says",
                   path, name, owner);
}

int linking_check_exports(const struct elf_names *s, const char *path,
                          struct ob_err *err)
{
    uint64_t n = elf_names_count(s);

    for (uint64_t i = 0; i < n; i++) {
        const char *name = elf_names_exposed(s, i);
        void *other = name ? dlsym(RTLD_DEFAULT, name) : NULL;
        Dl_info owner;
        char *base;
        int ret;

        if (!other)
            continue;
        base = g_path_get_basename(dladdr(other, &owner) && owner.dli_fname
                                       ? owner.dli_fname
                                       : "this process");
        ret = linking_clash(path, name, base, err);
        g_free(base);
        return ret;
    }
    return 0;
}
