/* SPDX-License-Identifier: MIT */
/* Opens and reads files that may be hostile. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_check_kind(const struct stat *st, const char *name,
                           struct ob_err *err)
{
    if (S_ISDIR(st->st_mode))
        return err_set(err, -EISDIR, "%s: is a directory; name a file in it",
                       name);
    if (!S_ISREG(st->st_mode))
        return err_set(err, -EINVAL,
                       "%s: is not a regular file (mode %#o); name a regular "
                       "file",
                       name, (unsigned)(st->st_mode & S_IFMT));
    return 0;
}

static int file_check_regular(int fd, const char *name, struct stat *st,
                              struct ob_err *err)
{
    if (fstat(fd, st) < 0)
        return err_set(err, -errno,
                       "%s: cannot be examined (%s); name a regular file",
                       name, strerror(errno));
    return file_check_kind(st, name, err);
}

static int file_check_owner(const struct stat *st, const char *name,
                            struct ob_err *err)
{
    if (st->st_uid == 0 || st->st_uid == geteuid())
        return 0;
    return err_set(err, -EPERM,
                   "%s: belongs to neither root nor you (owner is uid %u, you "
                   "are uid %u); copy it, or: sudo chown root %s",
                   name, (unsigned)st->st_uid, (unsigned)geteuid(), name);
}

static int file_check_mode(const struct stat *st, const char *name,
                           struct ob_err *err)
{
    unsigned mode = st->st_mode & 07777;

    if (!(mode & (S_IWGRP | S_IWOTH)))
        return 0;
    return err_set(err, -EPERM,
                   "%s: others may write it (mode %04o); chmod go-w %s", name,
                   mode, name);
}

int file_check_trusted(int fd, const char *name, struct ob_err *err)
{
    struct stat st;
    int ret = file_check_regular(fd, name, &st, err);

    if (ret == 0)
        ret = file_check_owner(&st, name, err);
    if (ret == 0)
        ret = file_check_mode(&st, name, err);
    return ret;
}

/*
 * If others may write a directory, they can replace the file. The sticky bit
 * limits them to their own files, which the owner check refuses.
 */
static int file_check_dir(int dir_fd, const char *dir, const char *name,
                          struct ob_err *err)
{
    struct stat st;

    if (fstat(dir_fd, &st) < 0)
        return err_set(err, -errno,
                       "%s: its directory cannot be examined (%s: %s); check "
                       "the path",
                       name, dir, strerror(errno));
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return err_set(err, -EPERM,
                       "%s: its directory belongs to neither root nor you "
                       "(%s, owner is uid %u); move the file, or: sudo chown "
                       "root %s",
                       name, dir, (unsigned)st.st_uid, dir);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
        return err_set(err, -EPERM,
                       "%s: others may write its directory (%s, mode %04o); "
                       "chmod go-w %s",
                       name, dir, (unsigned)(st.st_mode & 07777), dir);
    return 0;
}

/*
 * To open a device may act on it (a watchdog starts), so check the name's type
 * first. Only the check of the descriptor counts. O_NONBLOCK: a FIFO that
 * replaces the file in between must not block the process.
 */
static int file_open_in(int dir_fd, const char *base, const char *name,
                        enum file_gate gate, int *ret_fd, struct ob_err *err)
{
    struct stat st;
    int fd, ret;

    if (fstatat(dir_fd, base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISLNK(st.st_mode)) {
        ret = file_check_kind(&st, name, err);
        if (ret < 0)
            return ret;
    }
    fd = openat(dir_fd, base,
                O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, -errno,
                       "%s: cannot be opened (%s); check the name and your "
                       "permission",
                       name, strerror(errno));
    ret = gate == FILE_TRUSTED ? file_check_trusted(fd, name, err)
                               : file_check_regular(fd, name, &st, err);
    if (ret < 0)
        close(fd);
    else
        *ret_fd = fd;
    return ret;
}

/*
 * Open `real` through its directory, so that the checked directory is the one
 * that is used.
 */
static int file_open_real(char *real, const char *name, enum file_gate gate,
                          int *ret_fd, struct ob_err *err)
{
    char *slash = strrchr(real, '/');
    const char *dir = slash == real ? "/" : real;
    const char *base = slash[1] ? slash + 1 : ".";
    int dir_fd, fd = -1, ret;

    *slash = '\0';
    dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return err_set(err, -errno,
                       "%s: its directory cannot be opened (%s: %s); check "
                       "the path",
                       name, dir, strerror(errno));
    ret = file_open_in(dir_fd, base, name, gate, &fd, err);
    if (ret == 0 && gate == FILE_TRUSTED)
        ret = file_check_dir(dir_fd, dir, name, err);
    close(dir_fd);
    if (ret == 0)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    return ret;
}

int file_open(const char *path, enum file_gate gate, int *ret_fd,
              struct ob_err *err)
{
    char *real = realpath(path, NULL);
    int ret;

    if (!real)
        return err_set(err, -errno,
                       "%s: cannot be opened (%s); check the name and your "
                       "permission",
                       path, strerror(errno));
    ret = file_open_real(real, path, gate, ret_fd, err);
    free(real);
    return ret;
}

/* Fill `data` with up to `len` bytes. A file that shrinks gives fewer bytes. */
static int file_fill(int fd, char *data, size_t len, size_t *ret_len)
{
    size_t have = 0;

    while (have < len) {
        ssize_t n = pread(fd, data + have, len - have, (off_t)have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *ret_len = have;
    return 0;
}

int file_read_fd(int fd, const char *name, size_t limit, char **ret_data,
                 size_t *ret_len, struct ob_err *err)
{
    struct stat st;
    char *data;
    size_t len = 0;
    int ret = file_check_regular(fd, name, &st, err);

    if (ret < 0)
        return ret;
    if ((uint64_t)st.st_size > limit)
        return err_set(err, -EFBIG,
                       "%s: is too large (%lld bytes); the limit is %zu bytes",
                       name, (long long)st.st_size, limit);
    data = malloc((size_t)st.st_size + 1);
    if (!data)
        return err_set(err, -ENOMEM,
                       "%s: out of memory (%lld bytes); free some", name,
                       (long long)st.st_size);
    ret = file_fill(fd, data, (size_t)st.st_size, &len);
    if (ret < 0) {
        free(data);
        return err_set(err, ret, "%s: cannot be read (%s); check the file",
                       name, strerror(-ret));
    }
    data[len] = '\0';
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int file_read(const char *path, enum file_gate gate, size_t limit,
              char **ret_data, size_t *ret_len, struct ob_err *err)
{
    int fd;
    int ret = file_open(path, gate, &fd, err);

    if (ret < 0)
        return ret;
    ret = file_read_fd(fd, path, limit, ret_data, ret_len, err);
    close(fd);
    return ret;
}
