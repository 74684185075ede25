/* SPDX-License-Identifier: MIT */
/* DMA of isolated models: past the connection where memory is shared. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated.h"
#include "ipc/msg.h"

#include "given_back.h"

/* Registers and orders of tests/modules/dma. */
enum { SRC = 0x00, DST = 0x08, COUNT = 0x10, VALUE = 0x14, GO = 0x18,
       STATUS = 0x1c, SUM = 0x20, AT = 0x28 };
enum { COPY = 1, READ, FILL, POKE, CRASH, EACH };
enum { RAM = 0x1000, RAM_BYTES = 0x10000, HIGH_RAM = 0x40000 };
enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static const char *dma_path;

/* --- on the bench --------------------------------------------------------- */

struct mover {
    struct isolated i;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
    uint8_t *ram, *high_ram;
};

static struct mover mover_new(bool remote, bool bus)
{
    struct mover m = { .bench = ob_bench_new() };
    struct ob_bench_bus *on = ob_bench_system(m.bench);

    if (remote) {
        m.i = isolated_open(dma_path, "dma", 0);
        assert_int_equal(isolated_types(m.bench, m.i.remote), 0);
    } else {
        assert_int_equal(ob_bench_load(m.bench, dma_path), 0);
    }
    m.dev = ob_bench_dev_new(m.bench, "test-dma", "d0");
    if (bus) {
        on = ob_bench_bus_new(m.bench);
        assert_int_equal(ob_bench_link_bus(m.dev, "bus", on), 0);
    }
    assert_int_equal(ob_bench_create(m.dev), 0);
    m.ram = ob_bench_ram(on, RAM, RAM_BYTES);
    m.high_ram = ob_bench_ram(on, HIGH_RAM, RAM_BYTES);
    return m;
}

static void mover_free(struct mover *m)
{
    assert_int_equal(ob_bench_free(m->bench), 0);
    remote_free(m->i.remote);
}

static uint32_t go(struct mover *m, uint32_t what, uint32_t src, uint32_t dst,
                   uint32_t count, uint32_t value)
{
    ob_bench_write32(m->dev, 0, SRC, src);
    ob_bench_write32(m->dev, 0, DST, dst);
    ob_bench_write32(m->dev, 0, COUNT, count);
    ob_bench_write32(m->dev, 0, VALUE, value);
    ob_bench_write32(m->dev, 0, GO, what);
    return ob_bench_read32(m->dev, 0, STATUS);
}

static void came(const struct mover *m, uint64_t reads, uint64_t writes,
                 uint64_t wrote)
{
    assert_int_equal(remote_count(m->i.remote, IPC_MEM_READ), reads);
    assert_int_equal(remote_count(m->i.remote, IPC_MEM_WRITE), writes);
    assert_int_equal(remote_count(m->i.remote, IPC_WROTE), wrote);
}

static void test_dma_asks_by_message_once(void **state)
{
    (void)state;
    for (int bus = 0; bus < 2; bus++) {
        struct mover m = mover_new(true, bus);

        memcpy(m.ram, "0123456789abcdef", 16);
        assert_int_equal(go(&m, COPY, RAM, HIGH_RAM, 16, 0), 0);
        assert_memory_equal(m.high_ram, "0123456789abcdef", 16);
        came(&m, 1, 0, 1);
        for (int n = 0; n < 100; n++) {
            m.ram[0] = (uint8_t)n;
            assert_int_equal(go(&m, COPY, RAM, HIGH_RAM, 16, 0), 0);
            assert_int_equal(m.high_ram[0], n);
        }
        came(&m, 1, 0, 101);
        mover_free(&m);
    }
}

static void test_dma_across_the_edge_of_ram_asks(void **state)
{
    struct mover m = mover_new(true, false);
    uint32_t end = RAM + RAM_BYTES;

    (void)state;
    assert_int_equal(go(&m, FILL, 0, end - 64, 64, 1), 0);
    assert_int_equal(go(&m, FILL, 0, end - 64, 64, 2), 0);
    came(&m, 0, 1, 1);
    assert_int_equal(go(&m, FILL, 0, end - 32, 64, 3), 1);
    assert_int_equal(go(&m, FILL, 0, RAM - 4, 8, 3), 1);
    assert_int_equal(go(&m, READ, end, 0, 4, 0), 1);
    came(&m, 1, 3, 1);
    mover_free(&m);
}

static void test_dma_that_touches_is_told_as_one(void **state)
{
    struct mover m = mover_new(true, false);

    (void)state;
    assert_int_equal(go(&m, READ, RAM, 0, 4, 0), 0);
    assert_int_equal(go(&m, EACH, 0, RAM, 4096, 0x55), 0);
    came(&m, 1, 0, 1);
    for (int n = 0; n < 4096; n += 4)
        assert_int_equal(m.ram[n], 0x55);
    mover_free(&m);
}

/* Memory that joins is known at the next access; what leaves was never used. */
static void test_dma_knows_memory_that_is_new(void **state)
{
    struct mover m = mover_new(true, false);
    uint8_t *ram;

    (void)state;
    assert_int_equal(go(&m, FILL, 0, RAM, 64, 1), 0);
    assert_int_equal(go(&m, FILL, 0, 0x80000, 64, 2), 1);
    came(&m, 0, 2, 0);
    ram = ob_bench_ram(ob_bench_system(m.bench), 0x80000, 64);
    assert_int_equal(go(&m, FILL, 0, 0x80000, 64, 2), 0);
    assert_int_equal(ram[60], 2);
    came(&m, 0, 2, 1);
    mover_free(&m);
}

static void test_dma_does_the_same_in_process_and_remote(void **state)
{
    struct mover m[2] = { mover_new(false, true), mover_new(true, true) };
    uint64_t seed = 1;

    (void)state;
    for (int n = 0; n < 4000; n++) {
        uint32_t r, at, got[2][2];

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        r = (uint32_t)(seed >> 32);
        at = (r & 16 ? RAM : HIGH_RAM) + (r >> 8) % (RAM_BYTES + 256);
        for (int k = 0; k < 2; k++) {
            got[k][0] = go(&m[k], 1 + r % 3, at,
                           (r & 32 ? RAM : HIGH_RAM) + (r >> 6) % RAM_BYTES,
                           (r >> 20) % 700, r);
            got[k][1] = ob_bench_read32(m[k].dev, 0, SUM);
        }
        assert_memory_equal(got[0], got[1], sizeof(got[0]));
    }
    assert_memory_equal(m[0].ram, m[1].ram, RAM_BYTES);
    assert_memory_equal(m[0].high_ram, m[1].high_ram, RAM_BYTES);
    /* It did not compare messages with messages. */
    assert_true(remote_count(m[1].i.remote, IPC_WROTE) > 1000);
    for (int k = 0; k < 2; k++)
        mover_free(&m[k]);
}

/* --- on a port of our own ------------------------------------------------- */

/* `place` is a window on one of two memories. */
enum { PLACE = 0x2000, PLACE_BYTES = 0x1000, SWITCH = 0x8000 };

struct port {
    struct host_memory memory[2];
    uint8_t *at[2];
    struct host_range range;
    struct host_map map;
    bool mapped;
    GString *log;               /* what was asked and told, in order */
};

static void map_set(struct port *p, unsigned which, bool read_only)
{
    p->range = (struct host_range){ PLACE, PLACE_BYTES, &p->memory[which], 0,
                                   read_only };
    p->map.ranges = &p->range;
    p->map.count = 1;
    p->map.generation++;
    p->mapped = true;
    host_maps_changed();
}

static int port_rw(void *port, void *target, uint64_t addr, void *bytes,
                   uint64_t count, bool write)
{
    struct port *p = port;
    uint8_t *at = p->at[p->range.memory == &p->memory[1]] + (addr - PLACE);

    (void)target;
    g_string_append_printf(p->log, "%s %x+%x;", write ? "put" : "get",
                           (unsigned)addr, (unsigned)count);
    if (addr == SWITCH) {
        map_set(p, 1, false);
        return 0;
    }
    if (addr < PLACE || addr + count > PLACE + PLACE_BYTES)
        return -EFAULT;
    if (!write)
        memcpy(bytes, at, count);
    else if (!p->range.read_only)
        memcpy(at, bytes, count);
    return 0;
}

static const struct host_map *port_map(void *port, void *target)
{
    struct port *p = port;

    (void)target;
    return p->mapped ? &p->map : NULL;
}

static void port_wrote(void *port, void *target, uint64_t addr, uint64_t bytes)
{
    (void)target;
    g_string_append_printf(((struct port *)port)->log, "wrote %x+%x;",
                           (unsigned)addr, (unsigned)bytes);
}

static uint64_t port_now(void *port)
{
    (void)port;
    return 0;
}

static uint32_t port_wanted(void *port)
{
    (void)port;
    return 0;
}

static const struct host_ops port_ops = {
    .mem_rw = port_rw, .mem_map = port_map, .mem_wrote = port_wrote,
    .now_ns = port_now, .logs_wanted = port_wanted,
};

struct own {
    struct port port;
    struct isolated i;
    struct device *d;
};

static struct host_memory memory_new(size_t bytes, int seals, uint8_t **ret_at)
{
    struct host_memory m = {
        host_memory_id(), memfd_create("test", MFD_ALLOW_SEALING), bytes,
        false,
    };

    assert_int_equal(ftruncate(m.fd, (off_t)bytes), 0);
    assert_int_equal(fcntl(m.fd, F_ADD_SEALS, seals), 0);
    *ret_at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
    assert_ptr_not_equal(*ret_at, MAP_FAILED);
    return m;
}

static struct own *own_new(int seals)
{
    struct own *o = g_new0(struct own, 1);

    for (int n = 0; n < 2; n++)
        o->port.memory[n] = memory_new(PLACE_BYTES, seals, &o->port.at[n]);
    o->port.log = g_string_new(NULL);
    map_set(&o->port, 0, false);
    o->i = isolated_open(dma_path, "dma", 0);
    o->d = device_new(remote_type(o->i.remote, 0), "d0", &port_ops, &o->port);
    assert_int_equal(device_create(o->d, NULL), 0);
    device_reset(o->d, OB_RESET_COLD);
    return o;
}

static void own_free(struct own *o)
{
    device_free(o->d);
    remote_free(o->i.remote);
    for (int n = 0; n < 2; n++) {
        munmap(o->port.at[n], PLACE_BYTES);
        close(o->port.memory[n].fd);
    }
    g_string_free(o->port.log, TRUE);
    g_free(o);
}

/* The order, and what the port heard of it. */
static void heard(struct own *o, uint32_t what, uint32_t at, uint32_t count,
                  uint32_t value, const char *log)
{
    const uint32_t sets[][2] = {
        { SRC, at }, { DST, at }, { COUNT, count }, { VALUE, value },
        { AT, SWITCH }, { GO, what },
    };

    g_string_truncate(o->port.log, 0);
    for (size_t n = 0; n < G_N_ELEMENTS(sets); n++)
        device_region_write(device_region(o->d, 0), sets[n][0], sets[n][1], 4);
    device_region_read(device_region(o->d, 0), STATUS, 4);
    assert_string_equal(o->port.log->str, log);
}

static void test_memory_to_be_read_only_is_written_by_message(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    map_set(&o->port, 0, true);
    heard(o, READ, PLACE, 16, 0, "get 2000+10;");
    heard(o, READ, PLACE, 16, 0, "");
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    assert_int_equal(o->port.at[0][0], 0);
    map_set(&o->port, 0, false);
    heard(o, FILL, PLACE, 16, 1, "wrote 2000+10;");
    assert_int_equal(o->port.at[0][12], 1);
    own_free(o);
}

/* The object itself is mapped so that nothing of it can be written. */
static void test_memory_that_is_read_only_is_written_by_message(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    o->port.memory[0].read_only = true;
    heard(o, READ, PLACE, 16, 0, "get 2000+10;");
    heard(o, READ, PLACE, 16, 0, "");
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    own_free(o);
}

static void test_memory_that_moves_within_a_request_is_followed(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    heard(o, READ, PLACE, 16, 0, "get 2000+10;");
    heard(o, POKE, PLACE, 16, 0x01010101,
          "wrote 2000+10;put 8000+4;wrote 2000+10;");
    assert_int_equal(o->port.at[0][12], 0x01);
    assert_int_equal(o->port.at[1][12], 0xfe);
    own_free(o);
}

static void test_memory_that_is_unmapped_is_asked_for(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    heard(o, FILL, PLACE, 16, 1, "wrote 2000+10;");
    o->port.map.count = 0;
    o->port.map.generation++;
    host_maps_changed();
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    own_free(o);
}

/* It could be cut off under the process: it does without. */
static void test_memory_that_may_shrink_is_not_taken(void **state)
{
    struct own *o = own_new(0);

    (void)state;
    for (int n = 0; n < 3; n++)
        heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    own_free(o);
}

static void test_memory_shorter_than_promised_is_not_taken(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    o->port.memory[0].bytes = 2 * PLACE_BYTES;
    for (int n = 0; n < 3; n++)
        heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    own_free(o);
}

static void test_memory_of_a_process_that_dies_counts_as_written(void **state)
{
    struct own *o = own_new(SEALS);

    (void)state;
    heard(o, FILL, PLACE, 16, 1, "put 2000+10;");
    heard(o, CRASH, PLACE + 32, 16, 7, "wrote 2000+1000;");
    assert_int_equal(o->port.at[0][32], 7);
    assert_non_null(remote_gone(o->i.remote));
    own_free(o);
}

/* --- objects by themselves ------------------------------------------------ */

static void test_memory_more_than_there_can_be_is_refused(void **state)
{
    struct own *o = own_new(SEALS);
    struct remote *r = o->i.remote;
    struct ob_err err = { 0 };
    struct host_memory m;
    uint32_t number;
    uint8_t *at;

    (void)state;
    m = memory_new(4096, SEALS, &at);
    for (uint32_t n = 0; n < IPC_MEMORIES_MAX; n++) {
        m.id = host_memory_id();
        for (int k = 0; k < 2; k++) {
            assert_int_equal(remote_memory(r, &m, &number, NULL), 0);
            assert_int_equal(number, n);
        }
        /* When it answers, it has taken it. */
        device_region_read(device_region(o->d, 0), STATUS, 4);
    }
    m.id = host_memory_id();
    assert_int_equal(remote_memory(r, &m, &number, &err), -ENOSPC);
    assert_string_equal(err.text, "more than 256 memory objects for one "
                                  "process");
    munmap(at, 4096);
    close(m.fd);
    own_free(o);
}

/* A process that ended takes nothing. */
static void test_memory_for_nobody_is_refused(void **state)
{
    struct own *o = own_new(SEALS);
    struct ob_err err = { 0 };
    uint32_t number;

    (void)state;
    heard(o, CRASH, PLACE, 16, 0, "put 2000+10;wrote 2000+1000;");
    assert_true(remote_memory(o->i.remote, &o->port.memory[1], &number, &err) <
                0);
    assert_string_equal(err.text, "the process takes no memory (Broken "
                                  "pipe)");
    own_free(o);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_dma_asks_by_message_once),
        UNIT_TEST(test_dma_across_the_edge_of_ram_asks),
        UNIT_TEST(test_dma_that_touches_is_told_as_one),
        UNIT_TEST(test_dma_knows_memory_that_is_new),
        UNIT_TEST(test_dma_does_the_same_in_process_and_remote),
        UNIT_TEST(test_memory_to_be_read_only_is_written_by_message),
        UNIT_TEST(test_memory_that_is_read_only_is_written_by_message),
        UNIT_TEST(test_memory_that_moves_within_a_request_is_followed),
        UNIT_TEST(test_memory_that_is_unmapped_is_asked_for),
        UNIT_TEST(test_memory_that_may_shrink_is_not_taken),
        UNIT_TEST(test_memory_shorter_than_promised_is_not_taken),
        UNIT_TEST(test_memory_of_a_process_that_dies_counts_as_written),
        UNIT_TEST(test_memory_more_than_there_can_be_is_refused),
        UNIT_TEST(test_memory_for_nobody_is_refused),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: %s dma.so\n", argv[0]);
        return 1;
    }
    dma_path = argv[1];
    return cmocka_run_group_tests(tests, isolated_start, isolated_end);
}
