/* SPDX-License-Identifier: MIT */
/*
 * The bench's host operations for a live device: it remembers levels, has a
 * clock that the test moves, and keeps memory in buffers.
 */
#include "bench/bench_int.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define DISTANT_NS (UINT64_C(100) * 365 * 86400 * OB_NS_PER_S)  /* 100 years */

/* Every service passes here: a model has no threads of its own. */
static struct ob_bench_dev *port_dev(void *port, const char *what)
{
    struct ob_bench_dev *dev = port;

    if (g_thread_self() != dev->bench->thread)
        bench_mistake(dev->bench, "%s %s: %s: called from another thread",
                      dev->type->name, dev->id, what);
    return dev;
}

static void level_put(struct bench_level *l, int32_t level)
{
    if (l->level == level)
        return;
    l->changes++;
    l->rises += !l->level;
    l->level = level;
}

static void port_irq_set(void *port, uint32_t n, bool level)
{
    struct ob_bench_dev *dev = port_dev(port, "irq_set");

    level_put(&dev->irqs[n], level);
    bench_wires_pass(dev, BENCH_WIRE_IRQ, 0, n, level);
}

static void port_output_set(void *port, uint32_t group, uint32_t n,
                            int32_t level)
{
    struct ob_bench_dev *dev = port_dev(port, "output_set");

    level_put(&dev->outputs[group][n], level);
    bench_wires_pass(dev, BENCH_WIRE_OUTPUT, group, n, level);
}

static uint64_t port_now_ns(void *port)
{
    return port_dev(port, "now_ns")->bench->now;
}

static void arming_note(struct bench_timer *t, uint64_t deadline, uint64_t now)
{
    t->arms++;
    if (deadline < now && !t->late++) {
        t->late_deadline = deadline;
        t->late_now = now;
    }
    if (deadline > now && deadline - now > DISTANT_NS) {
        t->distant++;
        t->distant_deadline = deadline;
    }
}

static void port_timer_arm(void *port, uint32_t n, uint64_t deadline_ns)
{
    struct ob_bench_dev *dev = port_dev(port, "timer_arm");

    dev->timers[n].deadline = deadline_ns;
    dev->timers[n].turn = dev->bench->turns++;
    arming_note(&dev->timers[n], deadline_ns, dev->bench->now);
}

static void port_timer_cancel(void *port, uint32_t n)
{
    port_dev(port, "timer_cancel")->timers[n].deadline = UINT64_MAX;
}

static uint64_t port_clock_period(void *port, uint32_t n)
{
    return port_dev(port, "clock_period")->clocks[n];
}

static void port_clock_drive(void *port, uint32_t n, uint64_t period)
{
    struct ob_bench_dev *dev = port_dev(port, "clock_drive");

    dev->clocks[n] = period;
    bench_wires_pass(dev, BENCH_WIRE_CLOCK, 0, n, 0);
}

static void port_chr_send(void *port, uint32_t n, const uint8_t *bytes,
                          uint32_t count)
{
    GByteArray *sent = port_dev(port, "chr_send")->chrs[n].sent;

    g_byte_array_set_size(sent, sent->len - 1);
    g_byte_array_append(sent, bytes, count);
    g_byte_array_append(sent, (const uint8_t *)"", 1);
}

static void port_chr_ready(void *port, uint32_t n)
{
    bench_chr_pump(port_dev(port, "chr_ready"), n);
}

static int port_mem_rw(void *port, void *target, uint64_t addr, void *bytes,
                       uint64_t count, bool write)
{
    struct ob_bench_dev *dev = port_dev(port,
                                        write ? "mem_write" : "mem_read");
    struct ob_bench_bus *bus = dev->bench->buses->pdata[0];

    if (target)
        bus = ((struct bench_target *)target)->bus;
    if (!bus) {
        bench_mistake(dev->bench,
                      "%s %s: mem_%s: the link leads to a part, not to a bus",
                      dev->type->name, dev->id, write ? "write" : "read");
        return -EFAULT;
    }
    return bench_bus_rw(bus, addr, bytes, count, write);
}

static const struct host_map *port_mem_map(void *port, void *target)
{
    struct ob_bench_dev *dev = port_dev(port, "mem_map");
    struct ob_bench_bus *bus = dev->bench->buses->pdata[0];

    if (target)
        bus = ((struct bench_target *)target)->bus;
    return bus ? bench_bus_shared(bus) : NULL;
}

/* The registers of a dummy part are memory. All regions are the same one. */
static int dummy_rw(struct ob_bench_bus *bus, uint64_t offset, uint32_t bytes,
                    uint64_t *value, bool write)
{
    uint8_t buf[8];
    int ret;

    ob_put_le(buf, bytes, *value);
    ret = bench_bus_rw(bus, offset, buf, bytes, write);
    if (!ret && !write)
        *value = ob_get_le(buf, bytes);
    return ret;
}

static int port_link_rw(void *port, void *target, uint32_t region,
                        uint64_t offset, uint32_t bytes, uint64_t *value,
                        bool write)
{
    struct ob_bench_dev *dev = port_dev(port,
                                        write ? "link_write" : "link_read");
    const struct bench_target *t = target;
    struct ob_bench_dev *to = t->dev;
    const struct decl_region *r = to ? device_decl_region(to->type, region)
                                     : NULL;

    if (!to && t->bus && t->part)
        return dummy_rw(t->bus, offset, bytes, value, write);
    if (!r) {
        bench_mistake(dev->bench,
                      "%s %s: link_%s: there is no region %u at the link's "
                      "other end",
                      dev->type->name, dev->id, write ? "write" : "read",
                      region);
        return -EFAULT;
    }
    if (offset >= r->bytes || bytes > r->bytes - offset)
        return -EFAULT;
    if (write)
        device_region_write(to->regions[region], offset, *value, bytes);
    else
        *value = device_region_read_checked(to->regions[region], offset,
                                            bytes);
    return 0;
}

/* splitmix64: small, well spread, and the same everywhere. */
static uint64_t random_next(struct ob_bench *b)
{
    uint64_t z = b->seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void port_random(void *port, void *bytes, uint32_t count)
{
    struct ob_bench *b = port_dev(port, "random")->bench;
    uint8_t *out = bytes;

    for (uint32_t n = 0; n < count; n++)
        out[n] = (uint8_t)(random_next(b) >> 56);
}

static void port_machine_request(void *port, uint32_t request)
{
    struct ob_bench *b = port_dev(port, "machine_request")->bench;

    g_array_append_val(b->requests, request);
}

static void port_log(void *port, uint32_t kind, const char *line)
{
    struct ob_bench *b = ((struct ob_bench_dev *)port)->bench;

    if (kind == HOST_LOG_FIRST || kind == HOST_LOG_HOLE)
        kind = OB_LOG_UNIMPL;
    bench_log(b, kind, line);
}

static uint32_t port_logs_wanted(void *port)
{
    uint32_t wanted = ((struct ob_bench_dev *)port)->bench->wanted;

    if (wanted & HOST_LOG_BIT(OB_LOG_UNIMPL))
        wanted |= HOST_LOG_BIT(HOST_LOG_FIRST) | HOST_LOG_BIT(HOST_LOG_HOLE);
    return wanted | HOST_LOG_BIT(HOST_LOG_MISTAKE);
}

static uint8_t *port_direct_memory(void *port, uint32_t region, uint64_t at,
                                   uint64_t bytes)
{
    struct ob_bench_dev *dev = port;
    struct bench_pages pages = { NULL, bytes };

    (void)region;
    (void)at;
    if (dev->bench->no_pages)
        return NULL;
    pages.at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages.at == MAP_FAILED)
        return NULL;
    g_array_append_val(dev->pages, pages);
    return pages.at;
}

const struct host_ops bench_port = {
    .irq_set = port_irq_set, .output_set = port_output_set,
    .now_ns = port_now_ns, .timer_arm = port_timer_arm,
    .timer_cancel = port_timer_cancel, .clock_period = port_clock_period,
    .clock_drive = port_clock_drive, .chr_send = port_chr_send,
    .chr_ready = port_chr_ready, .mem_rw = port_mem_rw,
    .mem_map = port_mem_map,
    .link_rw = port_link_rw, .random = port_random,
    .machine_request = port_machine_request, .log = port_log,
    .logs_wanted = port_logs_wanted, .direct_memory = port_direct_memory,
};
