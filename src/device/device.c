/* SPDX-License-Identifier: MIT */
/*
 * A live device: its life, the services that its model calls, and the events
 * that its model is told of.
 */
#include "device/device_int.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"

_Static_assert(alignof(max_align_t) >= 16, "the allocator aligns to 16");

/* --- lists ---------------------------------------------------------------- */

const void *device_item(const struct ob_array *list, uint32_t n)
{
    if (n >= list->count)
        return NULL;
    return (const char *)list->items + (size_t)n * list->stride;
}

const struct ob_prop *device_type_prop(const struct ob_device_type *type,
                                       uint32_t n)
{
    return device_item(&type->props, n);
}

const struct ob_region *device_type_region(const struct ob_device_type *type,
                                           uint32_t n)
{
    return device_item(&type->regions, n);
}

int device_item_index(const struct ob_array *list, const char *name)
{
    for (uint32_t n = 0; n < list->count; n++) {
        /* In every item of these lists, the name comes first. */
        const char *const *item = device_item(list, n);

        if (!strcmp(*item, name))
            return (int)n;
    }
    return -1;
}

/* --- messages ------------------------------------------------------------- */

bool device_log_wanted(struct device *d, uint32_t kind)
{
    return d->ops->log_wanted(d->port, kind);
}

/* A model's text is shown on a terminal: one line, no control characters. */
static void line_clean(char *line)
{
    for (size_t n; *line; line += n ? n : 1) {
        n = str_shown_bytes(line);
        if (n == 0)
            *line = '?';
    }
}

void device_logf(struct device *d, uint32_t kind, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;

    n = g_snprintf(line, sizeof(line), "%s %s: ", d->type->name, d->id);
    if (n >= (int)sizeof(line))
        n = 0;
    va_start(ap, fmt);
    g_vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
    va_end(ap);
    line_clean(line);
    d->ops->log(d->port, kind, line);
}

/* The model's mistake: it is told of, and nothing is done. */
#define mistake(d, ...)                                                       \
    do {                                                                      \
        if (device_log_wanted(d, HOST_LOG_MISTAKE))                            \
            device_logf(d, HOST_LOG_MISTAKE, __VA_ARGS__);                     \
    } while (0)

/* --- services ------------------------------------------------------------- */

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

static bool service_index(struct device *d, const char *what, uint32_t n,
                          uint32_t count)
{
    if (n < count)
        return service_open(d, what);
    mistake(d, "%s: index %u is past the %u declared", what, n, count);
    return false;
}

/*
 * Services that may lead back here are bounded: wires can form a loop. Once
 * it is found, nothing more is served until the call that began it is over:
 * with two calls at each turn the depth alone would allow 2^24 of them.
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
    /* Whoever it leads to may read this part's registers as memory. */
    device_direct_sync(d);
    return true;
}

static void service_leave(struct device *d)
{
    if (--d->depth == 0)
        d->looped = false;
}

static void host_irq_set(struct ob_dev *dev, uint32_t n, bool level)
{
    struct device *d = device_of(dev);

    if (!service_index(d, "irq_set", n, d->type->irqs.count) ||
        d->irq_levels[n] == level || !service_enter(d, "irq_set"))
        return;
    d->irq_levels[n] = level;
    d->ops->irq_set(d->port, n, level);
    service_leave(d);
}

static void host_output_set(struct ob_dev *dev, uint32_t group, uint32_t n,
                            int32_t level)
{
    struct device *d = device_of(dev);
    const struct ob_gpio *g = device_item(&d->type->outputs, group);

    if (!service_index(d, "output_set", group, d->type->outputs.count) ||
        !service_index(d, "output_set", n, g->count) ||
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

static void host_timer_arm(struct ob_dev *dev, uint32_t n, uint64_t deadline)
{
    struct device *d = device_of(dev);

    if (!service_index(d, "timer_arm", n, d->type->timers.count))
        return;
    /* QEMU's clock is signed; nobody waits 292 years. */
    deadline = MIN(deadline, (uint64_t)INT64_MAX);
    d->deadlines[n] = deadline;
    d->ops->timer_arm(d->port, n, deadline);
}

static void host_timer_cancel(struct ob_dev *dev, uint32_t n)
{
    struct device *d = device_of(dev);

    if (!service_index(d, "timer_cancel", n, d->type->timers.count) ||
        d->deadlines[n] == DEVICE_UNARMED)
        return;
    d->deadlines[n] = DEVICE_UNARMED;
    d->ops->timer_cancel(d->port, n);
}

static uint64_t host_timer_deadline(struct ob_dev *dev, uint32_t n)
{
    struct device *d = device_of(dev);

    if (n < d->type->timers.count)
        return d->deadlines[n];
    mistake(d, "timer_deadline: index %u is past the %u declared", n,
            d->type->timers.count);
    return DEVICE_UNARMED;
}

static uint64_t host_clock_hz(struct ob_dev *dev, uint32_t n)
{
    struct device *d = device_of(dev);

    if (n < d->type->clocks.count)
        return d->ops->clock_hz(d->port, n);
    mistake(d, "clock_hz: index %u is past the %u declared", n,
            d->type->clocks.count);
    return 0;
}

static void host_clock_drive(struct ob_dev *dev, uint32_t n, uint64_t hz)
{
    struct device *d = device_of(dev);
    const struct ob_clock *c = device_item(&d->type->clocks, n);

    if (!service_index(d, "clock_drive", n, d->type->clocks.count))
        return;
    if (c->direction != OB_CLOCK_OUT) {
        mistake(d, "clock_drive: clock %s is an input", c->name);
        return;
    }
    if (!service_enter(d, "clock_drive"))
        return;
    d->ops->clock_drive(d->port, n, hz);
    service_leave(d);
}

static void host_chr_send(struct ob_dev *dev, uint32_t n, const uint8_t *bytes,
                          uint32_t count)
{
    struct device *d = device_of(dev);

    if (service_index(d, "chr_send", n, d->type->chardevs.count) && count)
        d->ops->chr_send(d->port, n, bytes, count);
}

static void host_chr_ready(struct ob_dev *dev, uint32_t n)
{
    struct device *d = device_of(dev);

    if (!service_index(d, "chr_ready", n, d->type->chardevs.count) ||
        !service_enter(d, "chr_ready"))
        return;
    d->ops->chr_ready(d->port, n);
    service_leave(d);
}

/* Is `link` one that this device was given? Sets its target. */
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

static int32_t mem_rw(struct device *d, const struct ob_link *via,
                      uint64_t addr, void *bytes, uint64_t count, bool write)
{
    const char *what = write ? "mem_write" : "mem_read";
    void *target = NULL;
    int ret;

    if (!service_open(d, what) || (via && !link_target(d, what, via, &target)))
        return -EFAULT;
    if (!count)
        return 0;
    if (addr + (count - 1) < addr || !service_enter(d, what))
        return -EFAULT;
    ret = d->ops->mem_rw(d->port, target, addr, bytes, count, write);
    service_leave(d);
    return ret ? -EFAULT : 0;
}

static int32_t host_mem_read(struct ob_dev *dev, const struct ob_link *via,
                             uint64_t addr, void *bytes, uint64_t count)
{
    return mem_rw(device_of(dev), via, addr, bytes, count, false);
}

static int32_t host_mem_write(struct ob_dev *dev, const struct ob_link *via,
                              uint64_t addr, const void *bytes, uint64_t count)
{
    return mem_rw(device_of(dev), via, addr, (void *)bytes, count, true);
}

static int32_t link_rw(struct device *d, const struct ob_link *to,
                       uint32_t region, uint64_t offset, uint32_t bytes,
                       uint64_t *value, bool write)
{
    const char *what = write ? "link_write" : "link_read";
    void *target;
    int ret;

    if (!service_open(d, what) || !link_target(d, what, to, &target))
        return -EFAULT;
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
        mistake(d, "%s: an access of %u bytes; 1, 2, 4 and 8 exist", what,
                bytes);
        return -EFAULT;
    }
    if (!service_enter(d, what))
        return -EFAULT;
    ret = d->ops->link_rw(d->port, target, region, offset, bytes, value,
                          write);
    service_leave(d);
    return ret ? -EFAULT : 0;
}

static int32_t host_link_read(struct ob_dev *dev, const struct ob_link *to,
                              uint32_t region, uint64_t offset, uint32_t bytes,
                              uint64_t *ret)
{
    uint64_t value = 0;
    int32_t rc;

    rc = link_rw(device_of(dev), to, region, offset, bytes, &value, false);
    if (!rc)
        *ret = value & device_mask(bytes);
    return rc;
}

static int32_t host_link_write(struct ob_dev *dev, const struct ob_link *to,
                               uint32_t region, uint64_t offset,
                               uint32_t bytes, uint64_t value)
{
    return link_rw(device_of(dev), to, region, offset, bytes, &value, true);
}

static void host_random(struct ob_dev *dev, void *bytes, uint32_t count)
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
        mistake(d, "machine_request: %u is no request", request);
        return;
    }
    d->ops->machine_request(d->port, request);
}

static bool log_kind_known(uint32_t kind)
{
    return kind >= OB_LOG_GUEST && kind <= OB_LOG_TRACE;
}

static void host_log(struct ob_dev *dev, uint32_t kind, const char *text)
{
    struct device *d = device_of(dev);

    if (!log_kind_known(kind))
        mistake(d, "log: %u is no kind of line", kind);
    else if (kind == OB_LOG_UNIMPL)
        device_unimplf(d, "%s", text);
    else if (device_log_wanted(d, kind))
        device_logf(d, kind, "%s", text);
}

static bool host_log_wanted(struct ob_dev *dev, uint32_t kind)
{
    if (kind == OB_LOG_UNIMPL)
        return device_unimpl_wanted(device_of(dev));
    /* A wrong kind is wanted, so that log() can tell of it. */
    return !log_kind_known(kind) || device_log_wanted(device_of(dev), kind);
}

static int32_t host_fail(struct ob_dev *dev, const char *text)
{
    struct device *d = device_of(dev);

    if (d->phase != DEVICE_CREATING && !d->restoring) {
        mistake(d, "fail: called from neither create nor restored: %s", text);
        return -EINVAL;
    }
    /* The first reason counts: those after it follow from it. */
    if (!d->fail_text)
        d->fail_text = g_strdup(text);
    return -EINVAL;
}

static const void *host_extension(struct ob_dev *dev, const char *id)
{
    struct device *d = device_of(dev);

    return d->ops->extension ? d->ops->extension(d->port, id) : NULL;
}

static void host_direct_set(struct ob_dev *dev, uint32_t region,
                            uint64_t offset, uint64_t value, uint32_t bytes)
{
    struct device *d = device_of(dev);
    uint64_t at, total;

    if (!service_index(d, "direct_set", region, d->type->regions.count))
        return;
    device_region_direct(d->type, region, &at, &total);
    if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) ||
        offset - at >= total || bytes > total - (offset - at)) {
        mistake(d,
                "direct_set: %u bytes at 0x%" PRIx64 " of %s are not in "
                "the pages that it declares by direct_at",
                bytes, offset, d->regions[region].name);
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
    .clock_hz = host_clock_hz, .clock_drive = host_clock_drive,
    .chr_send = host_chr_send, .chr_ready = host_chr_ready,
    .mem_read = host_mem_read, .mem_write = host_mem_write,
    .link_read = host_link_read, .link_write = host_link_write,
    .random = host_random, .machine_request = host_machine_request,
    .log = host_log, .log_wanted = host_log_wanted, .fail = host_fail,
    .extension = host_extension, .direct_set = host_direct_set,
};

uint64_t host_maps_generation = 1;

void host_maps_changed(void)
{
    host_maps_generation++;
}

uint64_t host_memory_id(void)
{
    static uint64_t last;

    return ++last;
}

/* --- models in another process -------------------------------------------- */

int device_remote_create(struct ob_dev *dev)
{
    return device_of(dev)->model_ops->create(device_of(dev));
}

void device_remote_destroy(struct ob_dev *dev)
{
    device_of(dev)->model_ops->destroy(device_of(dev));
}

void device_remote_reset(struct ob_dev *dev)
{
    device_of(dev)->model_ops->reset(device_of(dev));
}

/* The operations of a type that is marked as far, or NULL. */
static const struct model_ops *model_ops_of(const struct ob_device_type *type)
{
    return type->create == device_remote_create
               ? ((const struct device_remote_type *)type)->ops
               : NULL;
}

/* --- life ----------------------------------------------------------------- */

/* Levels per line of each group; inputs start low, outputs unknown. */
static int64_t **levels_new(const struct ob_array *groups, int64_t level)
{
    int64_t **levels = g_new0(int64_t *, groups->count);

    for (uint32_t g = 0; g < groups->count; g++) {
        const struct ob_gpio *gpio = device_item(groups, g);

        levels[g] = g_new(int64_t, gpio->count);
        for (uint32_t n = 0; n < gpio->count; n++)
            levels[g][n] = level;
    }
    return levels;
}

static void levels_free(int64_t **levels, const struct ob_array *groups)
{
    for (uint32_t g = 0; g < groups->count; g++)
        g_free(levels[g]);
    g_free(levels);
}

void device_levels_forget(struct device *d)
{
    const struct ob_array *outputs = &d->type->outputs;

    for (uint32_t n = 0; n < d->type->irqs.count; n++)
        d->irq_levels[n] = DEVICE_LEVEL_UNKNOWN;
    for (uint32_t g = 0; g < outputs->count; g++) {
        const struct ob_gpio *gpio = device_item(outputs, g);

        for (uint32_t n = 0; n < gpio->count; n++)
            d->output_levels[g][n] = DEVICE_LEVEL_UNKNOWN;
    }
}

/* What a region is and what it takes is known at once; its table later. */
static void regions_init(struct device *d)
{
    d->regions = g_new0(struct device_region, d->type->regions.count);
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const struct ob_region *decl = device_type_region(d->type, n);
        struct device_region *r = &d->regions[n];
        unsigned valid[2], impl[2];

        device_region_close(r);
        device_region_sizes(decl, valid, impl);
        for (int i = 0; i < 2; i++) {
            r->valid[i] = (uint8_t)valid[i];
            r->impl[i] = (uint8_t)impl[i];
        }
        r->big = decl->flags & OB_REGION_BIG_ENDIAN;
        r->unaligned = decl->flags & OB_REGION_UNALIGNED;
        r->bytes = decl->bytes;
        r->name = decl->name;
        r->d = d;
    }
}

struct device *device_new(const struct ob_device_type *type, const char *id,
                          const struct host_ops *ops, void *port)
{
    struct device *d = g_new0(struct device, 1);

    d->type = type;
    d->model_ops = model_ops_of(type);
    d->ops = ops;
    d->port = port;
    d->id = g_strdup(id);
    d->state = g_malloc0(MAX(type->state_bytes, 1u));
    d->deadlines = g_new(uint64_t, type->timers.count);
    for (uint32_t n = 0; n < type->timers.count; n++)
        d->deadlines[n] = DEVICE_UNARMED;
    d->irq_levels = g_new(int64_t, type->irqs.count);
    d->input_levels = levels_new(&type->inputs, 0);
    d->output_levels = levels_new(&type->outputs, DEVICE_LEVEL_UNKNOWN);
    device_levels_forget(d);
    device_props_init(d);
    regions_init(d);
    d->dev.host = &device_services;
    d->dev.state = d->state;
    d->dev.id = d->id;
    return d;
}

void device_timers_disarm(struct device *d)
{
    for (uint32_t n = 0; n < d->type->timers.count; n++) {
        if (d->deadlines[n] == DEVICE_UNARMED)
            continue;
        d->deadlines[n] = DEVICE_UNARMED;
        d->ops->timer_cancel(d->port, n);
    }
}

void device_free(struct device *d)
{
    if (!d)
        return;
    if (d->phase == DEVICE_LIVE) {
        d->phase = DEVICE_ENDING;
        for (uint32_t n = 0; n < d->type->regions.count; n++)
            device_region_close(&d->regions[n]);
        device_timers_disarm(d);
        if (d->type->destroy)
            d->type->destroy(&d->dev);
    }
    device_direct_close(d);
    device_regions_free(d);
    device_props_free(d);
    levels_free(d->input_levels, &d->type->inputs);
    levels_free(d->output_levels, &d->type->outputs);
    g_free(d->irq_levels);
    g_free(d->deadlines);
    g_free(d->fail_text);
    g_free(d->state);
    g_free(d->id);
    g_free(d);
}

const struct ob_device_type *device_type(const struct device *d)
{
    return d->type;
}

const char *device_id(const struct device *d)
{
    return d->id;
}

void *device_port(const struct device *d)
{
    return d->port;
}

void *device_state(struct device *d)
{
    return d->state;
}

void device_rename(struct device *d, const char *id)
{
    g_free(d->id);
    d->id = g_strdup(id);
    d->dev.id = d->id;
}

/* `err` from a model's refusal `ret` and the text it left, if any. */
static int model_refusal(struct device *d, const char *call, int ret,
                         struct ob_err *err)
{
    if (d->fail_text)
        return err_set(err, -EINVAL, "%s %s: %s", d->type->name, d->id,
                       d->fail_text);
    return err_set(err, -EINVAL,
                   "%s %s: the model's %s refuses without saying why "
                   "(returned %d); ask its author for ob_fail()",
                   d->type->name, d->id, call, ret);
}

int device_model_call(struct device *d, int (*fn)(struct ob_dev *dev),
                      const char *call, struct ob_err *err)
{
    int ret;

    if (!fn)
        return 0;
    g_clear_pointer(&d->fail_text, g_free);
    ret = fn(&d->dev);
    return ret ? model_refusal(d, call, ret, err) : 0;
}

int device_create(struct device *d, struct ob_err *err)
{
    int ret;

    if (d->phase != DEVICE_NEW)
        return err_set(err, -EBUSY, "%s %s: is created already", d->type->name,
                       d->id);
    ret = device_props_check(d, err);
    if (ret)
        return ret;
    device_props_store(d);
    d->phase = DEVICE_CREATING;
    ret = device_model_call(d, d->type->create, "create", err);
    if (ret) {
        d->phase = DEVICE_NEW;
        memset(d->state, 0, d->type->state_bytes);
        return ret;
    }
    device_regions_compile(d);
    if (!d->model_ops)
        device_direct_open(d);
    d->phase = DEVICE_LIVE;
    return 0;
}

/* Levels that came before the first reset: the model is told now. */
static void inputs_tell(struct device *d)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = device_item(&d->type->inputs, g);

        for (uint32_t n = 0; gpio->changed && n < gpio->count; n++)
            if (d->input_levels[g][n])
                gpio->changed(&d->dev, n, (int32_t)d->input_levels[g][n]);
    }
}

void device_reset(struct device *d)
{
    /* A reset whose lines lead back to this part resets it once. */
    if (d->phase != DEVICE_LIVE || d->resetting)
        return;
    d->resetting = true;
    device_timers_disarm(d);
    device_levels_forget(d);
    device_regions_reset(d);
    if (d->type->reset)
        d->type->reset(&d->dev);
    d->resetting = false;
    if (!d->was_reset) {
        d->was_reset = true;
        inputs_tell(d);
    }
    device_direct_sync(d);
}

struct device_region *device_region(struct device *d, uint32_t n)
{
    return n < d->type->regions.count ? &d->regions[n] : NULL;
}

/* --- events --------------------------------------------------------------- */

void device_input(struct device *d, uint32_t group, uint32_t n, int32_t level)
{
    const struct ob_gpio *g = device_item(&d->type->inputs, group);

    if (!g || n >= g->count || d->input_levels[group][n] == level)
        return;
    d->input_levels[group][n] = level;
    if (d->model_ops && d->phase == DEVICE_LIVE)
        d->model_ops->input(d, group, n, level);
    else if (g->changed && d->was_reset && d->phase == DEVICE_LIVE)
        g->changed(&d->dev, n, level);
    device_direct_sync(d);
}

void device_timer_expired(struct device *d, uint32_t n)
{
    const struct ob_timer *t = device_item(&d->type->timers, n);

    if (!t || d->phase != DEVICE_LIVE || d->deadlines[n] == DEVICE_UNARMED)
        return;
    d->deadlines[n] = DEVICE_UNARMED;
    if (d->model_ops)
        d->model_ops->timer(d, n);
    else
        t->expired(&d->dev);
    device_direct_sync(d);
}

void device_clock_changed(struct device *d, uint32_t n)
{
    const struct ob_clock *c = device_item(&d->type->clocks, n);

    if (c && d->model_ops && d->phase == DEVICE_LIVE)
        d->model_ops->clock(d, n);
    else if (c && c->changed && d->phase == DEVICE_LIVE)
        c->changed(&d->dev);
    device_direct_sync(d);
}

uint32_t device_chr_room(struct device *d, uint32_t n)
{
    const struct ob_chardev *c = device_item(&d->type->chardevs, n);
    uint32_t room;

    if (c && d->model_ops && d->phase == DEVICE_LIVE)
        return d->model_ops->chr_room(d, n);
    if (!c || !c->room || d->phase != DEVICE_LIVE)
        return 0;
    room = c->room(&d->dev);
    device_direct_sync(d);
    return room;
}

void device_chr_receive(struct device *d, uint32_t n, const uint8_t *bytes,
                        uint32_t count)
{
    const struct ob_chardev *c = device_item(&d->type->chardevs, n);

    if (c && d->model_ops && d->phase == DEVICE_LIVE) {
        d->model_ops->chr_receive(d, n, bytes, count);
        return;
    }
    count = MIN(count, device_chr_room(d, n));
    if (count)
        c->receive(&d->dev, bytes, count);
    device_direct_sync(d);
}

void device_chr_event(struct device *d, uint32_t n, uint32_t event)
{
    const struct ob_chardev *c = device_item(&d->type->chardevs, n);

    if (c && d->model_ops && d->phase == DEVICE_LIVE)
        d->model_ops->chr_event(d, n, event);
    else if (c && c->event && d->phase == DEVICE_LIVE)
        c->event(&d->dev, event);
    device_direct_sync(d);
}
