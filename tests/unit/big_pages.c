/* SPDX-License-Identifier: MIT */
/*
 * A host whose pages have $OB_PAGE bytes, for the program that is linked with
 * this: the kernel's larger pages, as far as mmap() shows them. They can only
 * be multiples of the real ones.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t page_bytes(void)
{
    return strtoul(getenv("OB_PAGE"), NULL, 10);
}

long sysconf(int name)
{
    static long (*real)(int);

    if (name == _SC_PAGESIZE)
        return (long)page_bytes();
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "sysconf");
    return real(name);
}

static void *map(void *at, size_t bytes, int prot, int flags, int fd,
                 off_t offset)
{
    return (void *)syscall(SYS_mmap, at, bytes, prot, flags, fd, offset);
}

/* Where no address is asked for, one that such a kernel would choose. */
static void *place(size_t bytes, size_t page)
{
    void *at = map(NULL, bytes + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);

    return at == MAP_FAILED
               ? NULL
               : (void *)(((uintptr_t)at + page - 1) / page * page);
}

void *mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
    size_t page = page_bytes();

    if ((uint64_t)offset % page ||
        ((flags & MAP_FIXED) && (uintptr_t)at % page)) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    bytes = (bytes + page - 1) / page * page;
    if (!(flags & MAP_FIXED)) {
        at = place(bytes, page);
        if (at)
            flags |= MAP_FIXED;
    }
    return map(at, bytes, prot, flags, fd, offset);
}

/* A part of a page goes with the rest of it. */
int munmap(void *at, size_t bytes)
{
    size_t page = page_bytes();

    return (int)syscall(SYS_munmap, at, (bytes + page - 1) / page * page);
}
