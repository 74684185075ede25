/* SPDX-License-Identifier: MIT */
/* Compares the stamps of a native QEMU module and of a QEMU. */
#include "loader/native.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/path.h"

#define STAMP_PREFIX "qemu_stamp_"

enum {
    PREFIX_LEN = sizeof(STAMP_PREFIX) - 1,
    HASH_LEN = 40,              /* sha1 in hexadecimal */
    STAMP_LEN = PREFIX_LEN + HASH_LEN,
};

static bool hash_at(const char *p)
{
    for (int i = 0; i < HASH_LEN; i++) {
        if (!isxdigit((unsigned char)p[i]))
            return false;
    }
    return true;
}

/* Look through the whole file: the text may lie in any read-only section. */
int native_stamp_in(const char *data, size_t len, const char *name,
                    char ret_stamp[SECTION_STAMP_BYTES], struct ob_err *err)
{
    const char *end = data + len, *p = data;
    char found[SECTION_STAMP_BYTES] = "";

    while ((p = memmem(p, end - p, STAMP_PREFIX, PREFIX_LEN))) {
        if (end - p >= STAMP_LEN && hash_at(p + PREFIX_LEN)) {
            if (found[0] != '\0' && strncmp(found, p, STAMP_LEN) != 0)
                return err_set(err, -EEXIST,
                               "%s: holds more than one qemu_stamp_; native "
                               "modules cannot be told apart with this QEMU",
                               name);
            memcpy(found, p, STAMP_LEN);
            found[STAMP_LEN] = '\0';
        }
        p += PREFIX_LEN;
    }
    if (found[0] == '\0')
        return err_set(err, -ENODATA,
                       "%s: has no qemu_stamp_, so it was built without "
                       "modules and takes no native ones",
                       name);
    strcpy(ret_stamp, found);
    return 0;
}

int native_stamp_read(int fd, const char *name,
                      char ret_stamp[SECTION_STAMP_BYTES], struct ob_err *err)
{
    struct stat st;
    char *data;
    int ret;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return err_set(err, -EINVAL, "%s: cannot be read", name);
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return err_set(err, -errno, "%s: %s", name, strerror(errno));
    ret = native_stamp_in(data, (size_t)st.st_size, name, ret_stamp, err);
    munmap(data, (size_t)st.st_size);
    return ret;
}

int native_check_stamp(const struct loader_gate *gate, const char *qemu,
                       const char *stamp, struct ob_err *err)
{
    if (strcmp(stamp, gate->section.stamp) == 0)
        return 0;
    return err_set(err, -ELIBSCN,
                   "%s: native QEMU module of another build (%s; %s is %s); "
                   "build it with this QEMU's sources and configuration",
                   gate->path, gate->section.stamp, qemu, stamp);
}

int native_check(const struct loader_gate *gate, const char *qemu,
                 struct ob_err *err)
{
    char stamp[SECTION_STAMP_BYTES];
    int fd = open(qemu, O_RDONLY | O_CLOEXEC);
    int ret;

    if (fd < 0)
        return err_set(err, -errno, "%s: %s", qemu, strerror(errno));
    ret = native_stamp_read(fd, qemu, stamp, err);
    close(fd);
    if (ret < 0)
        return err_prefix(err, ret, "%s: native QEMU module", gate->path);
    return native_check_stamp(gate, qemu, stamp, err);
}

/* --- where QEMU looks for modules ----------------------------------------- */

enum { DIR_MAX = 256 };         /* bytes of a directory's path */
#define DIR_WORD "qemu"         /* a part of that path */

/* A directory that only root or the user may write. */
static bool dir_trusted(const char *dir)
{
    struct stat st;

    return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
           (st.st_uid == 0 || st.st_uid == geteuid()) &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* The text at `p` if it is the path of a directory of QEMU's, or NULL. */
static const char *dir_at(const char *p, const char *end)
{
    size_t n = strnlen(p, (size_t)(end - p));

    if (*p != '/' || n > DIR_MAX || p + n == end)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] <= ' ' || (unsigned char)p[i] >= 0x7f)
            return NULL;
    }
    return dir_trusted(p) ? p : NULL;
}

/*
 * QEMU has the path of its module directory compiled in, as one of its texts.
 * Which one it is shows only when a module lies there: its stamp tells.
 */
static void dirs_scan(const char *data, size_t len, GPtrArray *dirs)
{
    const char *end = data + len, *p = data;

    while ((p = memmem(p, (size_t)(end - p), DIR_WORD, strlen(DIR_WORD)))) {
        const char *start = p, *dir;

        while (start > data && start[-1] != '\0' && p - start < DIR_MAX)
            start--;
        dir = start > data && start[-1] == '\0' ? dir_at(start, end) : NULL;
        if (dir &&
            !g_ptr_array_find_with_equal_func(dirs, dir, g_str_equal, NULL))
            g_ptr_array_add(dirs, g_strdup(dir));
        p += strlen(DIR_WORD);
    }
}

char **native_dirs(const char *qemu)
{
    GPtrArray *dirs = g_ptr_array_new();
    const char *own = path_privileged() ? NULL : getenv(NATIVE_DIR_ENV);
    GMappedFile *file = qemu ? g_mapped_file_new(qemu, FALSE, NULL) : NULL;

    if (own && g_path_is_absolute(own))
        g_ptr_array_add(dirs, g_strdup(own));
    if (file)
        dirs_scan(g_mapped_file_get_contents(file),
                  g_mapped_file_get_length(file), dirs);
    if (file)
        g_mapped_file_unref(file);
    g_ptr_array_add(dirs, NULL);
    return (char **)g_ptr_array_free(dirs, FALSE);
}
