/* SPDX-License-Identifier: MIT */
/* Memory on the bench: buses that hold RAM and devices' regions. */
#include "bench/bench_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

/* --- RAM, which models in other processes may share ----------------------- */

static struct host_memory *memory_new(uint64_t bytes, uint8_t **ret_ram)
{
    int fd = memfd_create("outboard-bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct host_memory *m;
    void *at = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 &&
        fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        if (fd >= 0)
            close(fd);
        *ret_ram = g_malloc0(bytes);
        return NULL;
    }
    m = g_new0(struct host_memory, 1);
    *m = (struct host_memory){ host_memory_id(), fd, bytes, false };
    *ret_ram = at;
    return m;
}

static void ram_free(const struct bench_map *map)
{
    if (!map->memory) {
        g_free(map->ram);
        return;
    }
    munmap(map->ram, map->memory->bytes);
    close(map->memory->fd);
    g_free(map->memory);
}

static gint range_order(gconstpointer a, gconstpointer b)
{
    const struct host_range *x = a, *y = b;

    return (x->addr > y->addr) - (x->addr < y->addr);
}

/* The bus has changed: make the list again. */
static void shared_update(struct ob_bench_bus *bus)
{
    g_array_set_size(bus->ranges, 0);
    for (guint n = 0; n < bus->maps->len; n++) {
        const struct bench_map *m = &g_array_index(bus->maps, struct bench_map,
                                                   n);
        struct host_range r = { m->addr, m->bytes, m->memory, 0, false };

        if (m->memory)
            g_array_append_val(bus->ranges, r);
    }
    g_array_sort(bus->ranges, range_order);
    bus->shared.ranges = (const struct host_range *)(void *)bus->ranges->data;
    bus->shared.count = bus->ranges->len;
    bus->shared.generation++;
    host_maps_changed();
}

const struct host_map *bench_bus_shared(struct ob_bench_bus *bus)
{
    return &bus->shared;
}

/* --- buses ---------------------------------------------------------------- */

struct ob_bench_bus *bench_bus_new(struct ob_bench *b)
{
    struct ob_bench_bus *bus = g_new0(struct ob_bench_bus, 1);

    bus->bench = b;
    bus->maps = g_array_new(FALSE, FALSE, sizeof(struct bench_map));
    bus->ranges = g_array_new(FALSE, FALSE, sizeof(struct host_range));
    bus->shared.generation = 1;
    return bus;
}

void bench_bus_free(struct ob_bench_bus *bus)
{
    for (guint n = 0; n < bus->maps->len; n++)
        ram_free(&g_array_index(bus->maps, struct bench_map, n));
    g_array_free(bus->maps, TRUE);
    g_array_free(bus->ranges, TRUE);
    g_free(bus);
}

void bench_bus_forget(struct ob_bench_bus *bus, struct ob_bench_dev *dev)
{
    for (guint n = bus->maps->len; n-- > 0;)
        if (g_array_index(bus->maps, struct bench_map, n).dev == dev)
            g_array_remove_index(bus->maps, n);
    shared_update(bus);
}

struct ob_bench_bus *ob_bench_system(struct ob_bench *b)
{
    return b->buses->pdata[0];
}

struct ob_bench_bus *ob_bench_bus_new(struct ob_bench *b)
{
    struct ob_bench_bus *bus = bench_bus_new(b);

    g_ptr_array_add(b->buses, bus);
    return bus;
}

static int map_add(struct ob_bench_bus *bus, const struct bench_map *map)
{
    struct ob_err *err = &bus->bench->err;

    err_clear(err);
    if (!map->bytes || map->addr + (map->bytes - 1) < map->addr)
        return err_set(err, -EINVAL,
                       "bus: 0x%" G_GINT64_MODIFIER "x bytes at "
                       "0x%" G_GINT64_MODIFIER "x cannot be; use 1 to the "
                       "end of the bus",
                       map->bytes, map->addr);
    for (guint n = 0; n < bus->maps->len; n++) {
        const struct bench_map *m = &g_array_index(bus->maps, struct bench_map,
                                                   n);

        if (m->addr - map->addr < map->bytes || map->addr - m->addr < m->bytes)
            return err_set(err, -EEXIST,
                           "bus: 0x%" G_GINT64_MODIFIER "x bytes "
                           "at 0x%" G_GINT64_MODIFIER "x overlap what is at "
                           "0x%" G_GINT64_MODIFIER "x; choose another place",
                           map->bytes, map->addr, m->addr);
    }
    g_array_append_vals(bus->maps, map, 1);
    shared_update(bus);
    return 0;
}

uint8_t *ob_bench_ram(struct ob_bench_bus *bus, uint64_t addr, uint64_t bytes)
{
    struct bench_map map = { .addr = addr, .bytes = bytes };

    map.memory = memory_new(MAX(bytes, 1u), &map.ram);
    if (map_add(bus, &map)) {
        ram_free(&map);
        return NULL;
    }
    return map.ram;
}

uint8_t *bench_ram_plain(struct ob_bench_bus *bus, uint64_t bytes)
{
    struct bench_map map = { .bytes = bytes, .ram = g_malloc0(bytes) };

    (void)map_add(bus, &map);
    return map.ram;
}

static int region_map(struct ob_bench_bus *bus, uint64_t addr,
                      struct ob_bench_dev *dev, uint32_t region)
{
    const struct decl_region *r = device_decl_region(dev->type, region);
    struct bench_map map = { .addr = addr, .dev = dev, .region = region };

    if (!r) {
        bench_mistake(bus->bench, "%s %s: map: there is no region %u",
                      dev->type->name, dev->id, region);
        return -ENOENT;
    }
    map.bytes = r->bytes;
    return map_add(bus, &map);
}

int32_t ob_bench_map(struct ob_bench_bus *bus, uint64_t addr,
                     struct ob_bench_dev *dev, uint32_t region)
{
    return bench_result(region_map(bus, addr, dev, region));
}

static const struct bench_map *map_at(struct ob_bench_bus *bus, uint64_t addr)
{
    for (guint n = 0; n < bus->maps->len; n++) {
        const struct bench_map *m = &g_array_index(bus->maps, struct bench_map,
                                                   n);

        if (addr - m->addr < m->bytes)
            return m;
    }
    return NULL;
}

/* The largest access that region takes at `offset`, of at most `left` bytes. */
static unsigned region_step(const struct decl_region *r, uint64_t offset,
                            uint64_t left)
{
    unsigned size = r->access_max;

    while (size > 1 && (size > left || (offset & (size - 1))))
        size /= 2;
    return size;
}

/* `size` bytes as they lie in memory, to or from a value from bit 0. */
static void value_swap(const struct decl_region *r, uint8_t *bytes,
                       uint64_t *value, unsigned size, bool to_bytes)
{
    if (!to_bytes)
        *value = 0;
    for (unsigned n = 0; n < size; n++) {
        unsigned shift = 8 *
                         (r->flags & OB_REGION_BIG_ENDIAN ? size - 1 - n : n);

        if (to_bytes)
            bytes[n] = (uint8_t)(*value >> shift);
        else
            *value |= (uint64_t)bytes[n] << shift;
    }
}

static void region_rw(const struct bench_map *m, uint64_t offset,
                      uint8_t *bytes, uint64_t count, bool write)
{
    const struct decl_region *r = device_decl_region(m->dev->type, m->region);
    struct device_region *live = m->dev->regions[m->region];

    for (unsigned n; count; offset += n, bytes += n, count -= n) {
        uint64_t value;

        n = region_step(r, offset, count);
        if (write) {
            value_swap(r, bytes, &value, n, false);
            device_region_write(live, offset, value, n);
        } else {
            value = device_region_read_checked(live, offset, n);
            value_swap(r, bytes, &value, n, true);
        }
    }
}

int bench_bus_rw(struct ob_bench_bus *bus, uint64_t addr, void *bytes,
                 uint64_t count, bool write)
{
    uint8_t *at = bytes;

    for (uint64_t n; count; addr += n, at += n, count -= n) {
        const struct bench_map *found = map_at(bus, addr);
        struct bench_map m;

        if (!found)
            return -EFAULT;
        /* A copy: what the access leads to may map something else. */
        m = *found;
        n = MIN(count, m.bytes - (addr - m.addr));
        if (!m.ram)
            region_rw(&m, addr - m.addr, at, n, write);
        else if (write)
            memmove(m.ram + (addr - m.addr), at, n);
        else
            memmove(at, m.ram + (addr - m.addr), n);
    }
    return 0;
}

int32_t ob_bench_bus_read(struct ob_bench_bus *bus, uint64_t addr, void *bytes,
                          uint64_t count)
{
    return bench_result(bench_bus_rw(bus, addr, bytes, count, false));
}

int32_t ob_bench_bus_write(struct ob_bench_bus *bus, uint64_t addr,
                           const void *bytes, uint64_t count)
{
    return bench_result(bench_bus_rw(bus, addr, (void *)bytes, count, true));
}
