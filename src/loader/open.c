/* SPDX-License-Identifier: MIT */
/* Loads a module's code, with its dependencies first. */
#include "loader/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/list.h"
#include "loader/linking.h"
#include "loader/loader_int.h"
#include "loader/spdx.h"

enum { FD_NAME_BYTES = 48 };

/* An opened module; its descriptor stays open, see code_load(). */
struct opened {
    struct loader_module module;
    char *path;
};

static void opened_free(void *data)
{
    struct opened *o = data;

    g_free(o->path);
    g_free(o);
}

struct loader *loader_new(const struct session *s)
{
    struct loader *l = g_new0(struct loader, 1);

    l->session = s;
    l->qemu = g_strdup(s->qemu);
    l->stamp = s->qemu_stamp;
    l->link = linking_new();
    l->opened = g_hash_table_new_full(NULL, NULL, NULL, opened_free);
    return l;
}

void loader_set_qemu(struct loader *l, const char *qemu)
{
    g_free(l->qemu);
    l->qemu = g_strdup(qemu);
    l->stamp = NULL;
}

void loader_free(struct loader *l)
{
    if (!l)
        return;
    g_free(l->qemu);
    linking_free(l->link);
    g_hash_table_destroy(l->opened);
    g_free(l);
}

/* The dynamic linker's complaint, without the name it knows the file by. */
static int code_refused(const char *fd_path, const char *path,
                        struct ob_err *err)
{
    const char *why = dlerror();
    size_t n = strlen(fd_path);

    if (why && strncmp(why, fd_path, n) == 0 && why[n] == ':')
        why += n + 1 + strspn(why + n + 1, " ");
    if (why && strstr(why, "undefined symbol"))
        return err_set(err, -ENOEXEC,
                       "%s: %s; a module links nothing from QEMU or Outboard, "
                       "so define it or link the library that has it",
                       path, why);
    return err_set(err, -ENOEXEC, "%s: cannot be opened (%s); see ldd %s",
                   path, why ? why : "no reason given", path);
}

/*
 * A name of the file at `fd`. The dynamic linker keeps it, and a debugger opens
 * it. So it has this process's number and not "self", which would be the
 * debugger. In a confined process both names work, and neither can be checked.
 * In others, use "self" if the number does not name the same file (a /proc of
 * another namespace).
 */
static void fd_name(int fd, bool confined, char ret[FD_NAME_BYTES])
{
    struct stat a, b;

    snprintf(ret, FD_NAME_BYTES, "/proc/%d/fd/%d", (int)getpid(), fd);
    if (confined || (fstat(fd, &a) == 0 && stat(ret, &b) == 0 &&
                     a.st_dev == b.st_dev && a.st_ino == b.st_ino))
        return;
    snprintf(ret, FD_NAME_BYTES, "/proc/self/fd/%d", fd);
}

/*
 * Map and link the file at `fd`. The descriptor is kept open for good: the
 * dynamic linker remembers files by name, and a number used again would give
 * it the wrong one.
 */
static int code_load(int fd, bool confined, const char *path,
                     const struct ob_module **ret_module, struct ob_err *err)
{
    char fd_path[FD_NAME_BYTES];
    void *handle;

    fd_name(fd, confined, fd_path);
    handle = dlopen(fd_path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return code_refused(fd_path, path, err);
    *ret_module = dlsym(handle, OB_MODULE_SYMBOL_NAME);
    if (!*ret_module)
        return err_set(err, -ENOEXEC,
                       "%s: exports no symbol %s; declare it with OB_MODULE",
                       path, OB_MODULE_SYMBOL_NAME);
    return 0;
}

const struct ob_device_type *loader_find_device(const struct loader_module *m,
                                                const char *name)
{
    for (uint32_t i = 0; i < m->desc->devices.count; i++) {
        const struct ob_device_type *type = list_pointer(&m->desc->devices, i);

        if (strcmp(type->name, name) == 0)
            return type;
    }
    return NULL;
}

const struct ob_board_type *loader_find_board(const struct loader_module *m,
                                              const char *name)
{
    for (uint32_t i = 0; i < m->desc->boards.count; i++) {
        const struct ob_board_type *type = list_pointer(&m->desc->boards, i);

        if (strcmp(type->name, name) == 0)
            return type;
    }
    return NULL;
}

/*
 * All that is announced has to be there: QEMU lists the types and boards of the
 * JSON file before this code is loaded.
 */
static int promises_check(const struct loader_module *m, struct ob_err *err)
{
    uint32_t i;

    for (i = 0; i < m->info->n_objs; i++) {
        if (!loader_find_device(m, m->info->objs[i]))
            return err_set(err, -EINVAL,
                           "%s: announces the type \"%s\", but "
                           "outboard_module does not hold it; add it to "
                           ".devices",
                           m->path, m->info->objs[i]);
    }
    for (i = 0; i < m->info->n_boards; i++) {
        if (!m->info->boards[i].file &&
            !loader_find_board(m, m->info->boards[i].name))
            return err_set(err, -EINVAL,
                           "%s: announces the board \"%s\", but "
                           "outboard_module does not hold it; add it to "
                           ".boards",
                           m->path, m->info->boards[i].name);
    }
    return 0;
}

/* The licence that was checked is the one that the code was given under. */
static int licence_same(const char *checked, const struct ob_module *desc,
                        const char *path, struct ob_err *err)
{
    if (strcmp(desc->license, checked) == 0)
        return 0;
    return err_set(err, -EPERM,
                   "%s: outboard_module names the licence \"%.100s\", its "
                   ".modinfo section \"%s\"; make them agree",
                   path, desc->license, checked);
}

int loader_open_fd(int fd, const struct section *section, const char *name,
                   const char *path, const struct ob_module **ret_module,
                   struct ob_err *err)
{
    const struct modinfo *own = &section->info->modules[0];
    struct loader_module m = { .info = own, .path = path };
    int ret = code_load(fd, true, path, &m.desc, err);

    if (ret == 0)
        ret = loader_check_descriptor(m.desc, name, path, err);
    if (ret == 0)
        ret = licence_same(own->license, m.desc, path, err);
    if (ret == 0)
        ret = promises_check(&m, err);
    if (ret == 0)
        *ret_module = m.desc;
    return ret;
}

static int one_open(struct loader *l, struct registry_module *m,
                    struct ob_err *err)
{
    struct loader_gate gate;
    struct opened *o;
    const struct ob_module *desc;
    int ret = loader_gate(l, m, &gate, err);

    if (ret < 0)
        return ret;
    ret = gate.native ? err_set(err, -ENOTSUP,
                                "%s: a native QEMU module, which QEMU has to "
                                "load",
                                gate.path)
                      : spdx_check(gate.section.info->modules[0].license,
                                   gate.path, err);
    if (ret == 0)
        ret = linking_check_exports(&gate.section.names, gate.path, err);
    if (ret < 0) {
        loader_gate_clear(&gate);
        return ret;
    }
    o = g_new0(struct opened, 1);
    o->path = g_strdup(gate.path);
    ret = code_load(gate.fd, false, gate.path, &desc, err);
    gate.fd = 0;                /* stays open whatever came of it */
    if (ret == 0)
        ret = loader_check_descriptor(desc, m->info.name, o->path, err);
    if (ret == 0)
        ret = licence_same(gate.section.info->modules[0].license, desc,
                           o->path, err);
    loader_gate_clear(&gate);
    if (ret == 0) {
        o->module.desc = desc;
        o->module.info = &m->info;
        o->module.path = o->path;
        ret = promises_check(&o->module, err);
    }
    if (ret < 0)
        opened_free(o);
    else
        g_hash_table_insert(l->opened, m, o);
    return ret;
}

static bool dep_is_remote(const struct loader *l,
                          const struct registry_module *m)
{
    return loader_is_remote(l->session, m, NULL, ISOLATION_NONE, NULL);
}

int loader_open(struct loader *l, struct registry_module *m,
                const struct loader_module **ret_module, struct ob_err *err)
{
    struct opened *o = g_hash_table_lookup(l->opened, m);
    struct registry_module **order;
    uint32_t i, n;
    int ret;

    if (!o) {
        ret = registry_order(l->session->registry, m, &order, &n, err);
        if (ret < 0)
            return ret;
        for (i = 0; i < n && ret == 0; i++)
            ret = loader_check_deps(l, order[i], order[i]->native, err);
        for (i = 0; i < n && ret == 0; i++) {
            if (g_hash_table_contains(l->opened, order[i]) ||
                (order[i] != m && dep_is_remote(l, order[i])))
                continue;
            ret = one_open(l, order[i], err);
            if (ret < 0 && order[i] != m)
                err_prefix(err, ret, "module \"%s\" needs \"%s\"",
                           m->info.short_name, order[i]->info.short_name);
        }
        g_free(order);
        if (ret < 0)
            return ret;
        o = g_hash_table_lookup(l->opened, m);
    }
    *ret_module = &o->module;
    return 0;
}
