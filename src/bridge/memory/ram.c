/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides which RAM the processes of models share with QEMU, and converts it to
 * shared memory.
 */
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/memory/ram_int.h"
#include "bridge/process/arguments.h"
#include "bridge/qemu/symbols.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
/* Copy so many pages at a time, and then free the pages that they came from. */
enum { CHUNK_PAGES = 4096 };
/*
 * Bits of an entry of /proc/self/pagemap (Linux
 * Documentation/admin-guide/mm/pagemap.rst).
 */
#define PAGE_THERE (UINT64_C(3) << 62)      /* in memory, or swapped out */

static GPtrArray *regions;          /* struct MemoryRegion *, of boards */
static GHashTable *shared;          /* struct MemoryRegion * -> struct ram * */

static bool possible(void)
{
    return q.memory_region_get_fd && q.memory_listener_register &&
           q.address_space_map && q.address_space_unmap &&
           q.ram_block_discard_is_disabled && q.host_memory_backend_is_mapped;
}

void ram_of_board(struct MemoryRegion *mr)
{
    if (!regions)
        regions = g_ptr_array_new();
    g_ptr_array_add(regions, mr);
}

uint64_t ram_most(void)
{
    uint64_t pages = (uint64_t)MAX(sysconf(_SC_PHYS_PAGES), 0);

    /*
     * A guest may have more RAM than the host. This bound keeps page tables
     * small.
     */
    return 4 * pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct ram *ram_find(struct MemoryRegion *mr)
{
    return shared ? g_hash_table_lookup(shared, mr) : NULL;
}

static void ram_add(struct MemoryRegion *mr, int fd, uint8_t *host,
                    uint64_t bytes)
{
    struct ram *r = g_new0(struct ram, 1);

    r->memory = (struct host_memory){ host_memory_id(), fd, bytes, false };
    r->host = host;
    g_hash_table_insert(shared, mr, r);
}

/* --- conversion in place ------------------------------------------------- */

static bool all_zero(const uint8_t *at, size_t bytes)
{
    return at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0;
}

/*
 * Copy only the pages that exist. Reading a page that does not exist would
 * create it, and mincore() does not report pages that are swapped out. `map`
 * may be -1.
 */
static void chunk_copy(uint8_t *to, const uint8_t *from, size_t pages,
                       size_t page, int map)
{
    static uint64_t there[CHUNK_PAGES];
    off_t at = (off_t)((uintptr_t)from / page * sizeof(*there));
    ssize_t want = (ssize_t)(pages * sizeof(*there));
    bool known = map >= 0 && pread(map, there, (size_t)want, at) == want;

    for (size_t n = 0; n < pages; n++, to += page, from += page)
        if (known ? (there[n] & PAGE_THERE) != 0 : !all_zero(from, page))
            memcpy(to, from, page);
}

/*
 * Move the contents piece by piece, so that they never exist twice: a guest may
 * have most of the host's memory.
 */
static void contents_move(uint8_t *to, uint8_t *from, uint64_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

    for (uint64_t some; bytes; bytes -= some, to += some, from += some) {
        some = MIN(bytes, (uint64_t)CHUNK_PAGES * page);
        chunk_copy(to, from, some / page, page, map);
        madvise(from, some, MADV_DONTNEED);
    }
    if (map >= 0)
        close(map);
}

static int file_new(uint64_t bytes)
{
    int fd = memfd_create("outboard-ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 &&
        fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Repeat the advice that QEMU gave the kernel for the old memory. */
static void advise(uint8_t *host, uint64_t bytes)
{
    struct Object *machine = q.qdev_get_machine();

    madvise(host, bytes, MADV_HUGEPAGE);
    madvise(host, bytes, MADV_DONTFORK);
    if (q.object_property_find(machine, "dump-guest-core") &&
        !q.object_property_get_bool(machine, "dump-guest-core", NULL))
        madvise(host, bytes, MADV_DONTDUMP);
}

/*
 * The kernel replaces a mapping in one step. If that fails, the old mapping is
 * lost: then plain memory takes its place, with the same contents.
 */
static bool file_map(int fd, uint8_t *host, uint8_t *copy, uint64_t bytes)
{
    const int prot = PROT_READ | PROT_WRITE;

    if (mmap(host, bytes, prot, MAP_SHARED | MAP_FIXED, fd, 0) == host)
        return true;
    if (mmap(host, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) == host)
        memcpy(host, copy, bytes);
    return false;
}

/*
 * Replace anonymous memory by a sealed file, at the same address. Returns the
 * file's descriptor or -1.
 */
static int convert(uint8_t *host, uint64_t bytes)
{
    int fd = file_new(bytes);
    uint8_t *copy;
    bool done;

    if (fd < 0)
        return -1;
    copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (copy != MAP_FAILED) {
        contents_move(copy, host, bytes);
        done = file_map(fd, host, copy, bytes);
        munmap(copy, bytes);
        if (done) {
            advise(host, bytes);
            return fd;
        }
    }
    close(fd);
    return -1;
}

static void share_in_place(struct MemoryRegion *mr)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = q.memory_region_size(mr);
    uint8_t *host = q.memory_region_get_ram_ptr(mr);
    int fd;

    if (ram_find(mr) || q.memory_region_get_fd(mr) >= 0 || !host ||
        (uintptr_t)host % page || bytes == 0 || bytes > UINT64_MAX - page)
        return;
    bytes = (bytes + page - 1) / page * page;
    fd = convert(host, bytes);
    if (fd >= 0)
        ram_add(mr, fd, host, bytes);
}

/* --- memory that the user shares ----------------------------------------- */

static bool sealed(int fd, uint64_t bytes)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(fd, &st) == 0 &&
           (uint64_t)st.st_size >= bytes;
}

/*
 * QEMU may have mapped a part of other files. A backend of this type always
 * starts at the start of its file.
 */
static int backend_share(struct Object *obj, void *opaque)
{
    struct MemoryRegion *mr;
    uint64_t bytes;
    int fd;

    (void)opaque;
    if (!q.object_dynamic_cast(obj, "memory-backend-memfd") ||
        !q.host_memory_backend_is_mapped(obj) ||
        !q.object_property_get_bool(obj, "share", NULL))
        return 0;
    mr = q.host_memory_backend_get_memory(obj);
    bytes = q.memory_region_size(mr);
    fd = q.memory_region_get_fd(mr);
    if (fd >= 0 && !ram_find(mr) && sealed(fd, bytes))
        ram_add(mr, fd, q.memory_region_get_ram_ptr(mr), bytes);
    return 0;
}

/* --- when ----------------------------------------------------------------- */

/*
 * Must the memory stay QEMU's own? Some users hold the pages themselves (a
 * device that is passed through). Others remove pages by address and expect
 * zeros afterwards (an incoming migration with postcopy).
 */
static bool in_place_forbidden(void)
{
    return q.ram_block_discard_is_disabled() || arguments_value("incoming");
}

static void share_all(void)
{
    struct Object *backend;

    shared = g_hash_table_new(NULL, NULL);
    if (!possible())
        return;
    q.object_child_foreach(q.object_get_objects_root(), backend_share, NULL);
    if (in_place_forbidden())
        return;
    for (guint n = 0; regions && n < regions->len; n++)
        share_in_place(regions->pdata[n]);
    backend = q.object_property_get_link(q.qdev_get_machine(),
                                         "memory-backend", NULL);
    if (backend)
        share_in_place(q.host_memory_backend_get_memory(backend));
}

void ram_init_done(bool remote)
{
    /*
     * No remote part can come later, because QEMU then adds no device of the
     * system bus.
     */
    if (!remote)
        return;
    share_all();
    host_maps_changed();
}

bool ram_ready(void)
{
    return shared && g_hash_table_size(shared) > 0;
}
