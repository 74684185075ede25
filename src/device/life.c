/* SPDX-License-Identifier: MIT */
/*
 * Creates, resets and frees a live device, and passes on the events that its
 * host reports. The core does the work that is the same for every host and
 * every model. The type's model operations do the rest, in this process or in
 * another.
 */
#include "device/core.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

_Static_assert(alignof(max_align_t) >= 16, "the allocator aligns to 16");

/* --- life ----------------------------------------------------------------- */

/* A region's shape is known at once; its registers with create(). */
static void regions_init(struct device *d)
{
    d->regions = g_new0(struct device_region, d->type->regions.count);
    for (uint32_t n = 0; n < d->type->regions.count; n++) {
        const struct decl_region *decl = &d->type->regions.at[n];
        struct device_region *r = &d->regions[n];

        device_region_close(r);
        r->valid[0] = decl->access_min;
        r->valid[1] = decl->access_max;
        r->impl[0] = decl->impl_min;
        r->impl[1] = decl->impl_max;
        r->big = decl->flags & OB_REGION_BIG_ENDIAN;
        r->unaligned = decl->flags & OB_REGION_UNALIGNED;
        r->bytes = decl->bytes;
        r->name = decl->name;
        r->index = n;
        r->d = d;
    }
}

/*
 * The model sees copies of `id` and `state` in `dev`. The core uses its own
 * pointers, which a model cannot change.
 */
struct device *device_new(const struct device_decl *type, const char *id,
                          const struct host_ops *ops, void *port)
{
    struct device *d = g_new0(struct device, 1);

    d->type = type;
    d->model = type->model;
    d->ops = ops;
    d->port = port;
    d->id = g_strdup(id);
    d->state = g_malloc0(MAX(type->state_bytes, 1u));
    device_levels_init(d);
    device_props_init(d);
    regions_init(d);
    d->dev.host = &device_services;
    d->dev.state = d->state;
    d->dev.id = d->id;
    return d;
}

/*
 * The regions close before destroy(), so that an access from within it does
 * not reach the model. The state struct outlives destroy().
 */
void device_free(struct device *d)
{
    if (!d)
        return;
    if (d->phase == DEVICE_LIVE) {
        d->phase = DEVICE_ENDING;
        for (uint32_t n = 0; n < d->type->regions.count; n++)
            device_region_close(&d->regions[n]);
        device_timers_disarm(d);
        d->model->destroy(d);
    }
    device_direct_close(d);
    device_regions_free(d);
    device_props_free(d);
    device_levels_free(d);
    g_free(d->fail_text);
    g_free(d->state);
    g_free(d->id);
    g_free(d);
}

const struct device_decl *device_type(const struct device *d)
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

/*
 * The model's copy of the pointer changes too, because the old text is freed.
 */
void device_rename(struct device *d, const char *id)
{
    g_free(d->id);
    d->id = g_strdup(id);
    d->dev.id = d->id;
}

/*
 * After a refusal the device is as it was, so the host may set other
 * properties and try again.
 */
int device_create(struct device *d, struct ob_err *err)
{
    int ret;

    if (d->phase != DEVICE_NEW)
        return err_set(err, -EBUSY, "%s %s: is created already", d->type->name,
                       d->id);
    ret = device_props_check(d, err);
    if (ret)
        return ret;
    d->phase = DEVICE_CREATING;
    ret = d->model->create(d, err);
    d->phase = ret ? DEVICE_NEW : DEVICE_LIVE;
    return ret;
}

void device_reset(struct device *d, uint32_t kind)
{
    /* A reset whose lines lead back to this part resets it once. */
    if (d->phase != DEVICE_LIVE || d->resetting)
        return;
    d->resetting = true;
    device_timers_disarm(d);
    device_levels_forget(d);
    d->model->reset(d, kind);
    d->resetting = false;
    if (!d->was_reset) {
        d->was_reset = true;
        if (d->model->first_reset_done)
            d->model->first_reset_done(d);
    }
    device_direct_sync(d);
}

struct device_region *device_region(struct device *d, uint32_t n)
{
    return n < d->type->regions.count ? &d->regions[n] : NULL;
}

/* --- saved state ---------------------------------------------------------- */

GByteArray *device_save(struct device *d)
{
    return d->model->save(d);
}

int device_restore(struct device *d, const uint8_t *bytes, size_t count,
                   struct ob_err *err)
{
    int ret;

    if (d->phase != DEVICE_LIVE || d->restoring)
        return err_set(err, -EBUSY,
                       "%s %s: saved state: cannot be restored now; create "
                       "the part first",
                       d->type->name, d->id);
    ret = d->model->restore(d, bytes, count, err);
    device_direct_sync(d);
    return ret;
}

/* --- events --------------------------------------------------------------- */

/* Is `n` an index of the list, and can the model take an event? */
static bool event_open(const struct device *d, uint32_t n, uint32_t count)
{
    return n < count && d->phase == DEVICE_LIVE;
}

/*
 * The core keeps a level that comes before create(), and the model gets it
 * later.
 */
void device_input(struct device *d, uint32_t group, uint32_t n, int32_t level)
{
    const struct decl_gpios *inputs = &d->type->inputs;

    if (group >= inputs->count || n >= inputs->at[group].count ||
        d->input_levels[group][n] == level)
        return;
    d->input_levels[group][n] = level;
    if (d->phase == DEVICE_LIVE)
        d->model->input(d, group, n, level);
    device_direct_sync(d);
}

/*
 * The timer is disarmed before the model's call, so that the model can arm it
 * again. A report after timer_cancel() is ignored.
 */
void device_timer_expired(struct device *d, uint32_t n)
{
    if (!event_open(d, n, d->type->timers.count) ||
        d->deadlines[n] == DEVICE_UNARMED)
        return;
    d->deadlines[n] = DEVICE_UNARMED;
    d->model->timer(d, n);
    device_direct_sync(d);
}

void device_clock_changed(struct device *d, uint32_t n)
{
    if (!event_open(d, n, d->type->clocks.count))
        return;
    d->model->clock(d, n);
    device_direct_sync(d);
}

uint32_t device_chr_room(struct device *d, uint32_t n)
{
    uint32_t room;

    if (!event_open(d, n, d->type->chardevs.count))
        return 0;
    room = d->model->chr_room(d, n);
    device_direct_sync(d);
    return room;
}

void device_chr_receive(struct device *d, uint32_t n, const uint8_t *bytes,
                        uint32_t count)
{
    if (!event_open(d, n, d->type->chardevs.count))
        return;
    d->model->chr_receive(d, n, bytes, count);
    device_direct_sync(d);
}

void device_chr_event(struct device *d, uint32_t n, uint32_t event)
{
    if (!event_open(d, n, d->type->chardevs.count))
        return;
    d->model->chr_event(d, n, event);
    device_direct_sync(d);
}
