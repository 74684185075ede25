/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services that a running device asks of its host, served by QEMU. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "bridge/devices/qdev.h"
#include "bridge/memory/address_space.h"
#include "bridge/memory/ram.h"
#include "bridge/process/report.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

enum { EVENT_BREAK, EVENT_OPENED, EVENT_MUX_IN, EVENT_MUX_OUT, EVENT_CLOSED };
enum { CAUSE_GUEST_SHUTDOWN = 6, CAUSE_GUEST_RESET = 7 };
/*
 * QEMU itself sets its log bit for traces in every run that can trace to the
 * log. So the bridge logs a model's trace under `-d plugin`.
 */
enum { LOG_UNIMP = 1 << 10, LOG_GUEST_ERROR = 1 << 11, LOG_PLUGIN = 1 << 18 };

/* --- lines, time, clocks ------------------------------------------------- */

static void host_irq_set(void *port, uint32_t n, bool level)
{
    struct qdev *d = port;

    q.qemu_set_irq(d->irqs[n], level);
}

static void host_output_set(void *port, uint32_t group, uint32_t n,
                            int32_t level)
{
    struct qdev *d = port;

    q.qemu_set_irq(d->outputs[group].lines[n], level);
}

static uint64_t host_now_ns(void *port)
{
    (void)port;
    return (uint64_t)q.qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

/*
 * QEMU runs timers until none is due at the time when it began. A timer that
 * sets itself in the past each time would keep QEMU in that loop without end,
 * so the earliest deadline is later than that time.
 */
static void host_timer_arm(void *port, uint32_t n, uint64_t deadline_ns)
{
    struct qdev_timer *t = &((struct qdev *)port)->timers[n];
    int64_t deadline = (int64_t)MIN(deadline_ns, INT64_MAX);
    int64_t soon = q.qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + 1;

    if (t->ready)
        q.timer_mod_ns((struct QEMUTimer *)t->timer, MAX(deadline, soon));
}

static void host_timer_cancel(void *port, uint32_t n)
{
    struct qdev_timer *t = &((struct qdev *)port)->timers[n];

    if (t->ready)
        q.timer_del((struct QEMUTimer *)t->timer);
}

static void timer_expired(void *opaque)
{
    struct qdev_timer *t = opaque;

    device_timer_expired(t->d->device, t->n);
}

/* QEMU counts periods as the SDK does: units of 2^-32 ns; 0: stopped. */
static uint64_t host_clock_period(void *port, uint32_t n)
{
    struct qdev *d = port;
    uint64_t period;

    /* destroy() calls this after QEMU has freed its clocks. */
    if (!d->realized)
        return 0;
    memcpy(&period, (char *)d->clocks[n].clock + layout.clock_period,
           sizeof(period));
    return period;
}

static void host_clock_drive(void *port, uint32_t n, uint64_t period)
{
    struct qdev *d = port;

    if (q.clock_set(d->clocks[n].clock, period))
        q.clock_propagate(d->clocks[n].clock);
}

/* --- character backends -------------------------------------------------- */

static void host_chr_send(void *port, uint32_t n, const uint8_t *bytes,
                          uint32_t count)
{
    struct qdev_chr *c = &((struct qdev *)port)->chrs[n];

    if (c->joined)
        q.qemu_chr_fe_write_all(c->be, bytes, (int)MIN(count, INT32_MAX));
}

static void host_chr_ready(void *port, uint32_t n)
{
    struct qdev_chr *c = &((struct qdev *)port)->chrs[n];

    if (c->joined)
        q.qemu_chr_fe_accept_input(c->be);
}

static int chr_can_read(void *opaque)
{
    struct qdev_chr *c = opaque;

    return (int)MIN(device_chr_room(c->d->device, c->n), 4096u);
}

static void chr_read(void *opaque, const uint8_t *bytes, int count)
{
    struct qdev_chr *c = opaque;

    if (count > 0)
        device_chr_receive(c->d->device, c->n, bytes, (uint32_t)count);
}

static void chr_event(void *opaque, int event)
{
    struct qdev_chr *c = opaque;
    uint32_t what = event == EVENT_OPENED   ? OB_CHR_OPENED
                    : event == EVENT_CLOSED ? OB_CHR_CLOSED
                    : event == EVENT_BREAK  ? OB_CHR_BREAK
                                            : 0;

    if (what != 0)
        device_chr_event(c->d->device, c->n, what);
}

static int chr_open(struct qdev_chr *c, struct ob_err *err)
{
    struct Error *why = NULL;

    if (!c->label || *c->label == '\0')
        return 0;
    if (!q.qemu_chr_fe_init(c->be, q.qemu_chr_find(c->label), &why)) {
        err_set(err, -EBUSY, "chardev '%s': %s", c->label,
                q.error_get_pretty(why));
        q.error_free(why);
        return -EBUSY;
    }
    c->joined = true;
    return 0;
}

/* Characters may arrive from here on: create() has set up the model's state. */
void qdev_host_start(struct qdev *d)
{
    for (uint32_t i = 0; i < d->type->chardevs.count; i++)
        if (d->chrs[i].joined)
            q.qemu_chr_fe_set_handlers(d->chrs[i].be, chr_can_read, chr_read,
                                       chr_event, NULL, &d->chrs[i], NULL,
                                       true);
}

/* --- memory -------------------------------------------------------------- */

/* The memory region that a link points to, or NULL. */
static struct MemoryRegion *target_region(struct Object *target,
                                          uint32_t region)
{
    if (q.object_dynamic_cast(target, "memory-region"))
        return (struct MemoryRegion *)target;
    if (q.object_dynamic_cast(target, "sys-bus-device") &&
        q.sysbus_has_mmio((struct SysBusDevice *)target, region))
        return q.sysbus_mmio_get_region((struct SysBusDevice *)target,
                                        (int)region);
    return NULL;
}

/*
 * Find the address space of the target. *addr counts from the target's start;
 * on return it counts from the start of the address space.
 */
static struct AddressSpace *space_at(struct Object *target, uint32_t region,
                                     uint64_t *addr)
{
    struct AddressSpace *as;
    struct MemoryRegion *mr;
    uint64_t base;

    if (!target)
        return q.address_space_memory;
    mr = target_region(target, region);
    if (!mr)
        return NULL;
    as = address_space_of(mr, &base);
    if (*addr >= q.memory_region_size(mr))
        return NULL;
    *addr += base;
    return as;
}

static int space_rw(struct AddressSpace *as, uint64_t addr, void *bytes,
                    uint64_t count, bool write)
{
    host_dma_fence();
    return q.address_space_rw(as, addr, 0, bytes, count, write) == 0 ? 0
                                                                     : -EFAULT;
}

static int host_mem_rw(void *port, void *target, uint64_t addr, void *bytes,
                       uint64_t count, bool write)
{
    struct AddressSpace *as = space_at(target, 0, &addr);

    (void)port;
    if (!as)
        return -EFAULT;
    return space_rw(as, addr, bytes, count, write);
}

static const struct host_map *host_mem_map(void *port, void *target)
{
    uint64_t base = 0, bytes = UINT64_MAX;
    struct AddressSpace *as = space_at(target, 0, &base);

    (void)port;
    if (!as)
        return NULL;
    if (target)
        bytes = q.memory_region_size(target_region(target, 0));
    return ram_map(as, base, bytes);
}

static void host_mem_wrote(void *port, void *target, uint64_t addr,
                           uint64_t bytes)
{
    uint64_t base = 0;
    struct AddressSpace *as = space_at(target, 0, &base);

    (void)port;
    if (as)
        ram_wrote(as, addr, bytes);
}

/*
 * The byte order of the linked part's region. QEMU's own devices on the targets
 * that the bridge serves are little-endian.
 */
static bool big_endian(const struct Object *target, uint32_t region)
{
    const struct qdev *d = qdev_of(target);
    const struct decl_region *r = d ? device_decl_region(d->type, region)
                                    : NULL;

    return r && (r->flags & OB_REGION_BIG_ENDIAN);
}

static int host_link_rw(void *port, void *target, uint32_t region,
                        uint64_t offset, uint32_t bytes, uint64_t *value,
                        bool write)
{
    struct AddressSpace *as = space_at(target, region, &offset);
    bool big = big_endian(target, region);
    uint64_t lane;
    char *at = big ? (char *)&lane + (8 - bytes) : (char *)&lane;

    (void)port;
    if (!target || !as)
        return -EFAULT;
    lane = !write ? 0 : big ? GUINT64_TO_BE(*value) : GUINT64_TO_LE(*value);
    if (space_rw(as, offset, at, bytes, write) < 0)
        return -EFAULT;
    if (!write)
        *value = big ? GUINT64_FROM_BE(lane) : GUINT64_FROM_LE(lane);
    return 0;
}

/* --- the rest ------------------------------------------------------------ */

static void host_random(void *port, void *bytes, uint32_t count)
{
    (void)port;
    q.qemu_guest_getrandom_nofail(bytes, count);
}

static void host_machine_request(void *port, uint32_t request)
{
    (void)port;
    if (request == OB_MACHINE_RESET)
        q.qemu_system_reset_request(CAUSE_GUEST_RESET);
    else if (request == OB_MACHINE_POWEROFF)
        q.qemu_system_shutdown_request(CAUSE_GUEST_SHUTDOWN);
    else if (request == OB_MACHINE_CRASHED)
        q.qemu_system_guest_panicked(NULL);
}

static uint32_t host_logs_wanted(void *port)
{
    int level = *(int *)q.qemu_loglevel;
    uint32_t wanted = HOST_LOG_BIT(HOST_LOG_FIRST);

    (void)port;
    if (level & LOG_GUEST_ERROR)
        wanted |= HOST_LOG_BIT(OB_LOG_GUEST);
    if (level & LOG_UNIMP)
        wanted |= HOST_LOG_BIT(OB_LOG_UNIMPL) | HOST_LOG_BIT(HOST_LOG_HOLE);
    /* For users who look for errors of either side. */
    if (level & (LOG_GUEST_ERROR | LOG_UNIMP))
        wanted |= HOST_LOG_BIT(HOST_LOG_MISTAKE);
    if (level & LOG_PLUGIN)
        wanted |= HOST_LOG_BIT(OB_LOG_TRACE);
    return wanted;
}

static void host_log(void *port, uint32_t kind, const char *line)
{
    if (kind == HOST_LOG_FIRST) {
        report_warning("%s (not modelled; shown once, -d unimp shows all)",
                       line);
        kind = OB_LOG_UNIMPL;
    }
    if (host_logs_wanted(port) & HOST_LOG_BIT(kind))
        q.qemu_log("%s\n", line);
}

static uint8_t *host_direct_memory(void *port, uint32_t region, uint64_t at,
                                   uint64_t bytes)
{
    return qdev_region_memory(port, region, at, bytes);
}

const struct host_ops qdev_host_ops = {
    .irq_set = host_irq_set,
    .output_set = host_output_set,
    .now_ns = host_now_ns,
    .timer_arm = host_timer_arm,
    .timer_cancel = host_timer_cancel,
    .clock_period = host_clock_period,
    .clock_drive = host_clock_drive,
    .chr_send = host_chr_send,
    .chr_ready = host_chr_ready,
    .mem_rw = host_mem_rw,
    .mem_map = host_mem_map,
    .mem_wrote = host_mem_wrote,
    .link_rw = host_link_rw,
    .random = host_random,
    .machine_request = host_machine_request,
    .log = host_log,
    .logs_wanted = host_logs_wanted,
    .direct_memory = host_direct_memory,
};

int qdev_host_open(struct qdev *d, struct ob_err *err)
{
    for (uint32_t i = 0; i < d->type->timers.count; i++) {
        struct qdev_timer *t = &d->timers[i];

        t->d = d;
        t->n = i;
        q.timer_init_full((struct QEMUTimer *)t->timer, NULL,
                          QEMU_CLOCK_VIRTUAL, 1, 0, timer_expired, t);
        t->ready = true;
    }
    for (uint32_t i = 0; i < d->type->chardevs.count; i++) {
        int ret = chr_open(&d->chrs[i], err);

        if (ret < 0)
            return ret;
    }
    return 0;
}

void qdev_host_close(struct qdev *d)
{
    for (uint32_t i = 0; i < d->type->timers.count; i++) {
        struct qdev_timer *t = &d->timers[i];

        if (t->ready) {
            q.timer_del((struct QEMUTimer *)t->timer);
            q.timer_deinit((struct QEMUTimer *)t->timer);
        }
        t->ready = false;
    }
    for (uint32_t i = 0; i < d->type->chardevs.count; i++) {
        if (d->chrs[i].joined)
            q.qemu_chr_fe_deinit(d->chrs[i].be, false);
        d->chrs[i].joined = false;
    }
}
