/* SPDX-License-Identifier: MIT */
/*
 * The services that a model calls. This file checks the arguments and the
 * device's phase; then the host's operations do the work. The proxy calls the
 * same services for a model in another process: device_*() where that process
 * has resolved the groups already.
 */
#include "device/core.h"
#include "device/decl/ext.h"

#include <errno.h>

/* The model's own mistake: log it; the service then does nothing. */
#define mistake(d, ...)                                                       \
    do {                                                                      \
        if (device_log_wanted(d, HOST_LOG_MISTAKE))                            \
            device_logf(d, HOST_LOG_MISTAKE, __VA_ARGS__);                     \
    } while (0)

/* May the model act on the world now? create() and destroy() may not. */
static bool service_open(struct device *d, const char *what)
{
    if (d->phase == DEVICE_LIVE && !d->reading)
        return true;
    mistake(d, "%s: called from %s", what,
            d->reading ? "a read that is declared to have no side effect"
            : d->phase == DEVICE_ENDING ? "destroy"
                                        : "create");
    return false;
}

/*
 * A module's mistake and a hostile runner's message both end here. The service
 * then does nothing, and QEMU continues.
 */
static bool service_index(struct device *d, const char *what, uint32_t n,
                          uint32_t count)
{
    if (n < count)
        return service_open(d, what);
    mistake(d, "%s: index %u is past the %u declared", what, n, count);
    return false;
}

/*
 * Services that may lead back here are bounded, because wires can form a loop.
 * After the core finds one, it serves nothing until the outermost call is
 * over: with two calls at each turn the depth alone would allow 2^24 of them.
 */
static bool service_enter(struct device *d, const char *what)
{
    if (d->depth >= DEVICE_DEPTH_MAX && !d->looped) {
        mistake(d, "%s: %d calls deep, a loop between parts", what, d->depth);
        d->looped = true;
    }
    if (d->looped)
        return false;
    d->depth++;
    /* What the service calls may read this part's registers as memory. */
    device_direct_sync(d);
    return true;
}

static void service_leave(struct device *d)
{
    if (--d->depth == 0)
        d->looped = false;
}

/*
 * The model names one of a group by two numbers, the core and its hosts by one.
 * Sets that number; false: a mistake of the model, and logged.
 */
static bool service_one(struct device *d, const char *what,
                        const struct decl_groups *groups, uint32_t item,
                        uint32_t *n)
{
    uint32_t count;

    if (item >= groups->count) {
        mistake(d, "%s: index %u is past the %u declared", what, item,
                groups->count);
        return false;
    }
    count = groups->first[item + 1] - groups->first[item];
    if (*n >= count) {
        mistake(d, "%s: number %u is past the %u of that item", what, *n,
                count);
        return false;
    }
    *n += groups->first[item];
    return true;
}

/*
 * The core stores the level before it calls the host. That call may lead back
 * here, and a repeated level then ends the loop.
 */
void device_irq_set(struct device *d, uint32_t n, bool level)
{
    if (!service_index(d, "irq_set", n, d->type->irqs.count) ||
        d->irq_levels[n] == level || !service_enter(d, "irq_set"))
        return;
    d->irq_levels[n] = level;
    d->ops->irq_set(d->port, n, level);
    service_leave(d);
}

static void host_irq_set(struct ob_dev *dev, uint32_t irq, uint32_t n,
                         uint32_t level)
{
    struct device *d = device_of(dev);

    if (service_one(d, "irq_set", &d->type->irq_groups, irq, &n))
        device_irq_set(d, n, level);
}

static void host_output_set(struct ob_dev *dev, uint32_t group, uint32_t n,
                            int32_t level)
{
    struct device *d = device_of(dev);
    const struct decl_gpios *outputs = &d->type->outputs;

    if (!service_index(d, "output_set", group, d->type->outputs.count) ||
        !service_index(d, "output_set", n, outputs->at[group].count) ||
        d->output_levels[group][n] == level || !service_enter(d, "output_set"))
        return;
    d->output_levels[group][n] = level;
    d->ops->output_set(d->port, group, n, level);
    service_leave(d);
}

static uint64_t host_now_ns(struct ob_dev *dev)
{
    struct device *d = device_of(dev);

    return d->ops->now_ns(d->port);
}

void device_timer_arm(struct device *d, uint32_t n, uint64_t deadline)
{
    if (!service_index(d, "timer_arm", n, d->type->timers.count))
        return;
    /* QEMU's clock is signed: 292 years are enough. */
    deadline = MIN(deadline, (uint64_t)INT64_MAX);
    d->deadlines[n] = deadline;
    d->ops->timer_arm(d->port, n, deadline);
}

static void host_timer_arm(struct ob_dev *dev, uint32_t timer, uint32_t n,
                           uint64_t deadline)
{
    struct device *d = device_of(dev);

    if (service_one(d, "timer_arm", &d->type->timer_groups, timer, &n))
        device_timer_arm(d, n, deadline);
}

void device_timer_cancel(struct device *d, uint32_t n)
{
    if (!service_index(d, "timer_cancel", n, d->type->timers.count) ||
        d->deadlines[n] == DEVICE_UNARMED)
        return;
    d->deadlines[n] = DEVICE_UNARMED;
    d->ops->timer_cancel(d->port, n);
}

static void host_timer_cancel(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct device *d = device_of(dev);

    if (service_one(d, "timer_cancel", &d->type->timer_groups, timer, &n))
        device_timer_cancel(d, n);
}

static uint64_t host_timer_deadline(struct ob_dev *dev, uint32_t timer,
                                    uint32_t n)
{
    struct device *d = device_of(dev);

    return service_one(d, "timer_deadline", &d->type->timer_groups, timer, &n)
               ? d->deadlines[n]
               : DEVICE_UNARMED;
}

uint64_t device_clock_period(struct device *d, uint32_t n)
{
    if (n < d->type->clocks.count)
        return d->ops->clock_period(d->port, n);
    mistake(d, "clock_period: index %u is past the %u declared", n,
            d->type->clocks.count);
    return 0;
}

static uint64_t host_clock_period(struct ob_dev *dev, uint32_t clock,
                                  uint32_t n)
{
    struct device *d = device_of(dev);

    return service_one(d, "clock_period", &d->type->clock_groups, clock, &n)
               ? device_clock_period(d, n)
               : 0;
}

void device_clock_drive(struct device *d, uint32_t n, uint64_t period)
{
    const struct decl_clock *c = &d->type->clocks.at[n];

    if (!service_index(d, "clock_drive", n, d->type->clocks.count))
        return;
    if (c->direction != OB_CLOCK_OUT) {
        mistake(d, "clock_drive: clock %s is an input", c->name);
        return;
    }
    if (!service_enter(d, "clock_drive"))
        return;
    d->ops->clock_drive(d->port, n, period);
    service_leave(d);
}

static void host_clock_drive(struct ob_dev *dev, uint32_t clock, uint32_t n,
                             uint64_t period)
{
    struct device *d = device_of(dev);

    if (service_one(d, "clock_drive", &d->type->clock_groups, clock, &n))
        device_clock_drive(d, n, period);
}

uint32_t device_chr_send(struct device *d, uint32_t n, const uint8_t *bytes,
                         uint32_t count)
{
    if (!service_index(d, "chr_send", n, d->type->chardevs.count))
        return 0;
    if (count)
        d->ops->chr_send(d->port, n, bytes, count);
    return count;
}

static uint32_t host_chr_send(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                              const uint8_t *bytes, uint32_t count)
{
    struct device *d = device_of(dev);

    return service_one(d, "chr_send", &d->type->chardev_groups, chardev, &n)
               ? device_chr_send(d, n, bytes, count)
               : 0;
}

void device_chr_ready(struct device *d, uint32_t n)
{
    if (!service_index(d, "chr_ready", n, d->type->chardevs.count) ||
        !service_enter(d, "chr_ready"))
        return;
    d->ops->chr_ready(d->port, n);
    service_leave(d);
}

static void host_chr_ready(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    struct device *d = device_of(dev);

    if (service_one(d, "chr_ready", &d->type->chardev_groups, chardev, &n))
        device_chr_ready(d, n);
}

/*
 * Is `link` one that this device was given? Sets its target. A model may pass
 * any pointer, so the core compares it and follows only its own.
 */
static bool link_target(struct device *d, const char *what,
                        const struct ob_link *link, void **ret)
{
    for (uint32_t n = 0; n < d->type->props.count; n++) {
        if (link == &d->props[n].link && link->label) {
            *ret = link->target;
            return true;
        }
    }
    mistake(d, "%s: the link is not one of this part's", what);
    return false;
}

/*
 * A host may rely on a range that does not wrap (host_ops.h), so the core
 * refuses one that does.
 */
static int32_t mem_rw(struct device *d, const struct ob_link *via,
                      uint64_t addr, void *bytes, uint64_t count, bool write)
{
    const char *what = write ? "mem_write" : "mem_read";
    void *target = NULL;
    int ret;

    if (!service_open(d, what) || (via && !link_target(d, what, via, &target)))
        return OB_E_FAULT;
    if (!count)
        return 0;
    if (addr + (count - 1) < addr || !service_enter(d, what))
        return OB_E_FAULT;
    ret = d->ops->mem_rw(d->port, target, addr, bytes, count, write);
    service_leave(d);
    return ret ? OB_E_FAULT : 0;
}

/* No attribute of a transfer is defined yet. */
static bool flags_known(struct device *d, const char *what, uint32_t flags)
{
    if (flags)
        mistake(d, "%s: flags 0x%x are unknown; use 0", what, flags);
    return !flags;
}

static int32_t host_mem_read(struct ob_dev *dev, const struct ob_link *via,
                             uint64_t addr, void *bytes, uint64_t count,
                             uint32_t flags)
{
    return flags_known(device_of(dev), "mem_read", flags)
               ? mem_rw(device_of(dev), via, addr, bytes, count, false)
               : OB_E_NOT_SUPPORTED;
}

static int32_t host_mem_write(struct ob_dev *dev, const struct ob_link *via,
                              uint64_t addr, const void *bytes, uint64_t count,
                              uint32_t flags)
{
    return flags_known(device_of(dev), "mem_write", flags)
               ? mem_rw(device_of(dev), via, addr, (void *)bytes, count, true)
               : OB_E_NOT_SUPPORTED;
}

/*
 * The access goes to another part, which may run in another process. So the
 * core checks the size before the call leaves this part.
 */
static int32_t link_rw(struct device *d, const struct ob_link *to,
                       uint32_t region, uint64_t offset, uint32_t bytes,
                       uint64_t *value, bool write)
{
    const char *what = write ? "link_write" : "link_read";
    void *target;
    int ret;

    if (!service_open(d, what) || !link_target(d, what, to, &target))
        return OB_E_FAULT;
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
        mistake(d, "%s: an access of %u bytes; 1, 2, 4 and 8 exist", what,
                bytes);
        return OB_E_FAULT;
    }
    if (!service_enter(d, what))
        return OB_E_FAULT;
    ret = d->ops->link_rw(d->port, target, region, offset, bytes, value,
                          write);
    service_leave(d);
    return ret ? OB_E_FAULT : 0;
}

static int32_t host_link_read(struct ob_dev *dev, const struct ob_link *to,
                              uint32_t region, uint64_t offset, uint32_t bytes,
                              uint64_t *ret)
{
    uint64_t value = 0;
    int32_t status = link_rw(device_of(dev), to, region, offset, bytes, &value,
                             false);

    if (!status)
        *ret = value & device_mask(bytes);
    return status;
}

static int32_t host_link_write(struct ob_dev *dev, const struct ob_link *to,
                               uint32_t region, uint64_t offset,
                               uint32_t bytes, uint64_t value)
{
    return link_rw(device_of(dev), to, region, offset, bytes, &value, true);
}

static void host_random_fill(struct ob_dev *dev, void *bytes, uint32_t count)
{
    struct device *d = device_of(dev);

    if (count)
        d->ops->random(d->port, bytes, count);
}

static void host_machine_request(struct ob_dev *dev, uint32_t request)
{
    struct device *d = device_of(dev);

    if (!service_open(d, "machine_request"))
        return;
    if (request < OB_MACHINE_RESET || request > OB_MACHINE_CRASHED) {
        mistake(d, "machine_request: %u is not a request", request);
        return;
    }
    d->ops->machine_request(d->port, request);
}

static bool log_kind_known(uint32_t kind)
{
    return kind >= OB_LOG_GUEST && kind <= OB_LOG_TRACE;
}

static void host_log_line(struct ob_dev *dev, uint32_t kind, const char *text)
{
    struct device *d = device_of(dev);

    if (!log_kind_known(kind))
        mistake(d, "log_line: %u is not a kind of line", kind);
    else if (kind == OB_LOG_UNIMPL)
        device_unimplf(d, "%s", text);
    else if (device_log_wanted(d, kind))
        device_logf(d, kind, "%s", text);
}

static uint32_t host_log_wanted(struct ob_dev *dev, uint32_t kind)
{
    if (kind == OB_LOG_UNIMPL)
        return device_unimpl_wanted(device_of(dev));
    /* A wrong kind is wanted, so that log_line() can report it. */
    return !log_kind_known(kind) || device_log_wanted(device_of(dev), kind);
}

static int32_t host_refuse(struct ob_dev *dev, const char *text)
{
    struct device *d = device_of(dev);

    if (d->phase != DEVICE_CREATING && !d->restoring) {
        mistake(d, "refuse: called from neither create nor restored: %s",
                text);
        return OB_E_INVALID;
    }
    /* The first reason counts: later ones follow from it. */
    if (!d->fail_text)
        d->fail_text = g_strdup(text);
    return OB_E_INVALID;
}

static const void *host_extension(struct ob_dev *dev, const char *id)
{
    struct device *d = device_of(dev);
    const struct ext_kind *kind = id ? ext_kind_find(id) : NULL;

    return kind && ext_find(d->type, kind) >= 0 ? kind->services : NULL;
}

/*
 * For an offset below the pages the subtraction wraps to a large number, so
 * one comparison refuses both sides.
 */
static void host_direct_set(struct ob_dev *dev, uint32_t region,
                            uint64_t offset, uint64_t value, uint32_t bytes)
{
    struct device *d = device_of(dev);
    const struct decl_region *r = &d->type->regions.at[region];

    if (!service_index(d, "direct_set", region, d->type->regions.count))
        return;
    if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) ||
        offset - r->direct_at >= r->direct_bytes ||
        bytes > r->direct_bytes - (offset - r->direct_at)) {
        mistake(d,
                "direct_set: %u bytes at 0x%" PRIx64 " of %s are not in "
                "the pages that it declares by direct_at",
                bytes, offset, r->name);
        return;
    }
    device_direct_set(d, region, offset, value, bytes);
}

const struct ob_host device_services = {
    .size = sizeof(device_services),
    .abi_major = OB_ABI_MAJOR, .abi_minor = OB_ABI_MINOR,
    .irq_set = host_irq_set, .output_set = host_output_set,
    .now_ns = host_now_ns, .timer_arm = host_timer_arm,
    .timer_cancel = host_timer_cancel, .timer_deadline = host_timer_deadline,
    .clock_period = host_clock_period, .clock_drive = host_clock_drive,
    .chr_send = host_chr_send, .chr_ready = host_chr_ready,
    .mem_read = host_mem_read, .mem_write = host_mem_write,
    .link_read = host_link_read, .link_write = host_link_write,
    .random_fill = host_random_fill, .machine_request = host_machine_request,
    .log_line = host_log_line, .log_wanted = host_log_wanted,
    .refuse = host_refuse, .extension = host_extension,
    .direct_set = host_direct_set,
};
