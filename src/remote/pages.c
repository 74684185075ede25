/* SPDX-License-Identifier: MIT */
/*
 * Pages of a remote model that the guest reads as memory. The host's memory
 * becomes an object that the runner maps too, and the runner writes the
 * registers there. When the runner has ended or broken the protocol, the pages
 * read as all ones, whatever the runner still writes: the host has unmapped the
 * object.
 */
#include "remote/remote_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- sharing them --------------------------------------------------------- */

/* Each window of the device in turn, with its place in the object. */
typedef int window_fn(struct device *d, uint32_t region,
                      struct device_window *w, uint64_t offset, void *opaque);

/*
 * The room of a window in the object: whole pages of the host, which may be
 * larger than the guest's, because each window is mapped separately.
 */
static uint64_t window_room(const struct device_window *w)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    return (w->bytes + page - 1) / page * page;
}

static int windows_each(struct device *d, window_fn *fn, void *opaque)
{
    uint64_t offset = 0;
    int ret = 0;

    for (uint32_t i = 0; i < d->type->regions.count; i++) {
        struct device_region *r = &d->regions[i];

        for (uint32_t n = 0; n < r->n_windows && !ret; n++) {
            ret = fn(d, i, &r->windows[n], offset, opaque);
            offset += window_room(&r->windows[n]);
        }
    }
    return ret;
}

static int window_count(struct device *d, uint32_t region,
                        struct device_window *w, uint64_t offset, void *opaque)
{
    (void)d;
    (void)region;
    (void)offset;
    *(uint64_t *)opaque += window_room(w);
    return 0;
}

static int window_map(struct device *d, uint32_t region,
                      struct device_window *w, uint64_t offset, void *opaque)
{
    (void)d;
    (void)region;
    return mmap(w->memory, w->bytes, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_FIXED, *(int *)opaque,
                (off_t)offset) == MAP_FAILED
               ? -errno
               : 0;
}

static int window_tell(struct device *d, uint32_t region,
                       struct device_window *w, uint64_t offset, void *opaque)
{
    struct ipc_msg m = IPC_MSG(page, .region = region,
                               .memory = *(uint32_t *)opaque, .offset = w->at,
                               .memory_offset = offset);
    struct ipc_msg answer;
    int ret = remote_call(remote_owner(d), d, &m, NULL, &answer, NULL);

    return ret ? ret : answer.status;
}

/* The object is sealed: no process can remove it while the guest reads it. */
static int object_new(uint64_t bytes, struct ob_err *err)
{
    int fd = memfd_create("outboard-pages", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && !ftruncate(fd, (off_t)bytes) &&
        !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        return fd;
    err_set(err, -errno, "no memory for pages that the guest reads: %s",
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return err->code;
}

static int pages_share(struct device *d, int fd, uint64_t bytes,
                       struct ob_err *err)
{
    const struct host_memory memory = { host_memory_id(), fd, bytes, false };
    uint32_t number = 0;
    int ret = remote_memory(remote_owner(d), &memory, &number, err);

    if (ret)
        return ret;
    ret = windows_each(d, window_tell, &number);
    if (ret)
        err_set(err, ret, "pages that the guest reads cannot be shared: %s",
                strerror(-ret));
    return ret;
}

static uint64_t windows_bytes(struct device *d)
{
    uint64_t bytes = 0;

    windows_each(d, window_count, &bytes);
    return bytes;
}

int remote_pages_open(struct device *d, struct ob_err *err)
{
    uint64_t bytes = windows_bytes(d);
    int fd;

    /* A second process for the device gets the same windows. */
    if (!bytes) {
        device_direct_close(d);
        device_direct_ask(d);
        bytes = windows_bytes(d);
    }
    if (!bytes)
        return 0;
    fd = object_new(bytes, err);
    if (fd < 0)
        return fd;
    remote_pages_close(proxy_of(d));
    proxy_of(d)->pages_fd = fd;
    return pages_share(d, fd, bytes, err);
}

/* Until then a guest that looks on sees what it saw before: all ones. */
void remote_pages_show(struct device *d)
{
    struct remote *r = remote_owner(d);
    int fd = proxy_of(d)->pages_fd;
    int ret = 0;

    if (fd >= 0 && !r->gone.code)
        ret = windows_each(d, window_map, &fd);
    if (ret)
        remote_give_up(r, ret,
                       "pages that the guest reads cannot be mapped: %s",
                       strerror(-ret));
    remote_pages_close(proxy_of(d));
}

void remote_pages_close(struct proxy *p)
{
    if (p->pages_fd >= 0)
        close(p->pages_fd);
    p->pages_fd = -1;
}

/* --- when the process is gone --------------------------------------------- */

/* At once: the guest sees no zeros on the way. */
static int window_ones(struct device *d, uint32_t region,
                       struct device_window *w, uint64_t offset, void *opaque)
{
    void *ones = mmap(NULL, w->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)d;
    (void)region;
    (void)offset;
    (void)opaque;
    if (ones == MAP_FAILED) {
        memset(w->memory, 0xff, w->bytes);
        return 0;
    }
    memset(ones, 0xff, w->bytes);
    if (mremap(ones, w->bytes, w->bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
               w->memory) == MAP_FAILED) {
        munmap(ones, w->bytes);
        memset(w->memory, 0xff, w->bytes);
    }
    return 0;
}

void remote_pages_lost(struct remote *r)
{
    for (guint n = 0; n < r->devices->len; n++)
        if (r->devices->pdata[n])
            windows_each(r->devices->pdata[n], window_ones, NULL);
}
