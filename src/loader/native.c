/* SPDX-License-Identifier: MIT */
#include "loader/native.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
static int stamp_find(const char *data, size_t len, const char *name,
                      char ret[SECTION_STAMP_BYTES], struct ob_err *err)
{
    const char *end = data + len, *p = data;
    char found[SECTION_STAMP_BYTES] = "";

    while ((p = memmem(p, end - p, STAMP_PREFIX, PREFIX_LEN))) {
        if (end - p >= STAMP_LEN && hash_at(p + PREFIX_LEN)) {
            if (found[0] != '\0' && strncmp(found, p, STAMP_LEN) != 0)
                return err_set(err, -EEXIST, "%s: holds more than one "
                               "qemu_stamp_; native modules cannot be told "
                               "apart with this QEMU", name);
            memcpy(found, p, STAMP_LEN);
            found[STAMP_LEN] = '\0';
        }
        p += PREFIX_LEN;
    }
    if (found[0] == '\0')
        return err_set(err, -ENODATA, "%s: has no qemu_stamp_, so it was built "
                       "without modules and takes no native ones", name);
    strcpy(ret, found);
    return 0;
}

int native_stamp_read(int fd, const char *name,
                      char ret[SECTION_STAMP_BYTES], struct ob_err *err)
{
    struct stat st;
    char *data;
    int r;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return err_set(err, -EINVAL, "%s: cannot be read", name);
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return err_set(err, -errno, "%s: %s", name, strerror(errno));
    r = stamp_find(data, (size_t)st.st_size, name, ret, err);
    munmap(data, (size_t)st.st_size);
    return r;
}

int native_check(const struct loader_gate *gate, const char *qemu,
                 struct ob_err *err)
{
    char stamp[SECTION_STAMP_BYTES];
    int fd = open(qemu, O_RDONLY | O_CLOEXEC);
    int r;

    if (fd < 0)
        return err_set(err, -errno, "%s: %s", qemu, strerror(errno));
    r = native_stamp_read(fd, qemu, stamp, err);
    close(fd);
    if (r < 0)
        return err_prefix(err, r, "%s: native QEMU module", gate->path);
    if (strcmp(stamp, gate->section.stamp) == 0)
        return 0;
    return err_set(err, -ELIBSCN, "%s: native QEMU module of another build "
                   "(%s; %s is %s); build it with this QEMU's sources and "
                   "configuration", gate->path, gate->section.stamp, qemu,
                   stamp);
}
