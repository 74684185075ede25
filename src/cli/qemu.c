/* SPDX-License-Identifier: MIT */
/* Finds the QEMU that the user names. */
#include "cli/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/path.h"

/* What the bridge gets in by; and what every QEMU says of itself. */
#define ENTRY_SYMBOL "register_module_init"
#define QEMU_TEXT "QEMU emulator version"

char *qemu_arch_of(const char *path)
{
    static const char *const prefixes[] = {
        "qemu-system-", "outboard-system-",
    };
    const char *base = strrchr(path, '/');
    size_t i, n;

    base = base ? base + 1 : path;
    for (i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_has_prefix(base, prefixes[i]))
            continue;
        base += strlen(prefixes[i]);
        n = strcspn(base, "-.");        /* x86_64-microvm, arm.real */
        return n > 0 ? g_strndup(base, n) : NULL;
    }
    return NULL;
}

static int not_found(const char *name, const char *denied, struct ob_err *err)
{
    if (denied)
        return err_set(err, -EACCES,
                       "%s: is not executable; give the path of a "
                       "qemu-system-ARCH program",
                       denied);
    return err_set(err, -ENOENT,
                   "%s: no such program on PATH; install it (Debian: "
                   "qemu-system-arm, qemu-system-misc, ...) or give its path",
                   name);
}

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* As a shell finds it, but never in the current directory by itself. */
static int path_search(const char *name, char **ret_text, struct ob_err *err)
{
    const char *path = path_privileged() ? NULL : getenv("PATH");
    char **dirs = g_strsplit(path ? path : "/usr/bin:/bin", ":", -1);
    char *denied = NULL, *found = NULL;
    int ret = 0;

    for (char **dir = dirs; *dir && !found; dir++) {
        char *file = g_build_filename(*dir, name, NULL);

        if (**dir == '\0' || !is_file(file))
            g_free(file);
        else if (access(file, X_OK) == 0)
            found = file;
        else if (!denied)
            denied = file;
        else
            g_free(file);
    }
    if (found)
        *ret_text = found;
    else
        ret = not_found(name, denied, err);
    g_free(denied);
    g_strfreev(dirs);
    return ret;
}

static int file_check(const char *path, struct ob_err *err)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return err_set(
            err, -errno, "%s: %s; give the path of a qemu-system-ARCH program",
            path, errno == ENOENT ? "no such program" : strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(err, -EISDIR,
                       "%s: is a directory; give the path of a "
                       "qemu-system-ARCH program",
                       path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, -EINVAL,
                       "%s: is not a program; give the path of a "
                       "qemu-system-ARCH program",
                       path);
    if (access(path, X_OK) < 0)
        return err_set(err, -EACCES,
                       "%s: is not executable; give the path of a "
                       "qemu-system-ARCH program",
                       path);
    return 0;
}

/* A link called qemu-system-arm that leads back here would never end. */
static int self_check(const char *path, struct ob_err *err)
{
    struct stat a, b;

    if (stat(path, &a) < 0 || stat("/proc/self/exe", &b) < 0 ||
        a.st_dev != b.st_dev || a.st_ino != b.st_ino)
        return 0;
    return err_set(err, -ELOOP,
                   "%s: is outboard itself; give the path of the real QEMU",
                   path);
}

static int file_map(const char *path, struct elf_view *ret_view,
                    struct ob_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *data;

    if (fd < 0 || fstat(fd, &st) < 0) {
        err_set(err, -errno,
                "%s: cannot be read (%s); its file has to be readable", path,
                strerror(errno));
        if (fd >= 0)
            close(fd);
        return -EACCES;
    }
    data = st.st_size == 0
               ? MAP_FAILED
               : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return err_set(err, -ENOEXEC,
                       "%s: is empty; give the path of a qemu-system-ARCH "
                       "program",
                       path);
    ret_view->data = data;
    ret_view->len = (size_t)st.st_size;
    return 0;
}

static int kind_find(struct qemu *q, struct ob_err *err)
{
    char arch[ELF_ARCH_BYTES];

    switch (elf_kind(q->view)) {
    case ELF_NOT:
        if (q->view.len < 2 || memcmp(q->view.data, "#!", 2) != 0)
            return err_set(err, -ENOEXEC,
                           "%s: is neither a program nor a script; give the "
                           "path of a qemu-system-ARCH program",
                           q->path);
        q->kind = QEMU_SCRIPT;
        return 0;
    case ELF_FOREIGN:
        return err_set(err, -ENOEXEC,
                       "%s: is a program for another architecture (%s); "
                       "outboard needs a QEMU of its own kind",
                       q->path, elf_arch(q->view, arch));
    case ELF_OURS: break;
    }
    if (elf_exports(q->view, ENTRY_SYMBOL))
        q->kind = QEMU_FULL;
    else if (memmem(q->view.data, q->view.len, QEMU_TEXT, strlen(QEMU_TEXT)))
        q->kind = QEMU_BARE;
    else
        return err_set(err, -ENOEXEC,
                       "%s: is not QEMU; give the path of a qemu-system-ARCH "
                       "program",
                       q->path);
    return 0;
}

/* Links, as in qemu-system-ppc64le -> qemu-system-ppc64, count by target. */
static char *arch_find(const char *path)
{
    char *real = realpath(path, NULL);
    char *arch = real ? qemu_arch_of(real) : NULL;

    free(real);
    return arch ? arch : qemu_arch_of(path);
}

int qemu_find(const char *name, struct qemu **ret_qemu, struct ob_err *err)
{
    struct qemu *q = g_new0(struct qemu, 1);
    int ret = 0;

    q->argv0 = g_strdup(name);
    if (strchr(name, '/'))
        q->path = g_strdup(name);
    else
        ret = path_search(name, &q->path, err);
    if (ret == 0)
        ret = file_check(q->path, err);
    if (ret == 0)
        ret = self_check(q->path, err);
    if (ret == 0)
        ret = file_map(q->path, &q->view, err);
    if (ret == 0)
        ret = kind_find(q, err);
    if (ret < 0) {
        qemu_free(q);
        return ret;
    }
    q->arch = arch_find(q->path);
    *ret_qemu = q;
    return 0;
}

static gint name_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *qemu_list(void)
{
    const char *path = getenv("PATH");
    char **dirs = g_strsplit(path ? path : "/usr/bin", ":", -1);
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             NULL);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

    for (char **dir = dirs; *dir; dir++) {
        GDir *d = g_path_is_absolute(*dir) ? g_dir_open(*dir, 0, NULL) : NULL;
        const char *name;

        while (d && (name = g_dir_read_name(d))) {
            if (g_str_has_prefix(name, "qemu-system-") &&
                g_hash_table_add(seen, g_strdup(name)))
                g_ptr_array_add(found, g_build_filename(*dir, name, NULL));
        }
        if (d)
            g_dir_close(d);
    }
    g_ptr_array_sort(found, name_compare);
    g_hash_table_destroy(seen);
    g_strfreev(dirs);
    return found;
}

void qemu_free(struct qemu *q)
{
    if (!q)
        return;
    if (q->view.data)
        munmap((void *)q->view.data, q->view.len);
    g_free(q->path);
    g_free(q->argv0);
    g_free(q->arch);
    g_free(q);
}
