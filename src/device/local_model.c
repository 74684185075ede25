/* SPDX-License-Identifier: MIT */
/*
 * The model operations of a model in this process: they call the functions of
 * the module's descriptor.
 */
#include "device/core.h"
#include "device/decl/ext.h"

#include <errno.h>
#include <string.h>

/* --- life ----------------------------------------------------------------- */

/* `err` from a model's refusal `ret` and the text that it left, if any. */
static int model_refusal(struct device *d, const char *call, int ret,
                         struct ob_err *err)
{
    if (d->fail_text)
        return err_set(err, -EINVAL, "%s %s: %s", d->type->name, d->id,
                       d->fail_text);
    return err_set(err, -EINVAL,
                   "%s %s: the model's %s refuses without saying why "
                   "(returned %d); ask its author for ob_refuse()",
                   d->type->name, d->id, call, ret);
}

/*
 * Call a function that may refuse (NULL: does nothing). 0, or -EINVAL with
 * the text of the model's ob_refuse().
 */
static int model_call(struct device *d, int32_t (*fn)(struct ob_dev *dev),
                      const char *call, struct ob_err *err)
{
    int ret;

    if (!fn)
        return 0;
    g_clear_pointer(&d->fail_text, g_free);
    ret = fn(&d->dev);
    return ret ? model_refusal(d, call, ret, err) : 0;
}

static int local_create(struct device *d, struct ob_err *err)
{
    int ret;

    device_props_store(d);
    ret = model_call(d, d->type->create, "create", err);
    if (ret) {
        memset(d->state, 0, d->type->state_bytes);
        return ret;
    }
    device_regions_compile(d);
    device_direct_open(d);
    return 0;
}

static void local_destroy(struct device *d)
{
    if (d->type->destroy)
        d->type->destroy(&d->dev);
}

static void local_reset(struct device *d, uint32_t kind)
{
    device_regions_reset(d);
    if (d->type->reset)
        d->type->reset(&d->dev, kind);
}

/* Levels that came before the first reset: the model sees them now. */
static void local_first_reset_done(struct device *d)
{
    for (uint32_t g = 0; g < d->type->inputs.count; g++) {
        const struct ob_gpio *gpio = &d->type->inputs.at[g];

        for (uint32_t n = 0; gpio->changed && n < gpio->count; n++)
            if (d->input_levels[g][n])
                gpio->changed(&d->dev, g, n, (int32_t)d->input_levels[g][n]);
    }
}

/* --- accesses ------------------------------------------------------------- */

static uint64_t local_read(struct device *d, uint32_t region, uint64_t offset,
                           unsigned bytes)
{
    return device_region_ask(&d->regions[region], offset, bytes);
}

static void local_write(struct device *d, uint32_t region, uint64_t offset,
                        uint64_t value, unsigned bytes)
{
    device_region_put(&d->regions[region], offset, value, bytes);
}

/* --- events --------------------------------------------------------------- */

static void local_input(struct device *d, uint32_t group, uint32_t n,
                        int32_t level)
{
    const struct ob_gpio *g = &d->type->inputs.at[group];

    if (g->changed && d->was_reset)
        g->changed(&d->dev, group, n, level);
}

static void local_timer(struct device *d, uint32_t n)
{
    const struct decl_timer *t = &d->type->timers.at[n];

    t->expired(&d->dev, t->item, t->n);
}

static void local_clock(struct device *d, uint32_t n)
{
    const struct decl_clock *c = &d->type->clocks.at[n];

    if (c->changed)
        c->changed(&d->dev, c->item, c->n);
}

static uint32_t local_chr_room(struct device *d, uint32_t n)
{
    const struct decl_chardev *c = &d->type->chardevs.at[n];

    return c->room ? c->room(&d->dev, c->item, c->n) : 0;
}

static void local_chr_receive(struct device *d, uint32_t n,
                              const uint8_t *bytes, uint32_t count)
{
    const struct decl_chardev *c = &d->type->chardevs.at[n];

    count = MIN(count, local_chr_room(d, n));
    device_direct_sync(d);
    if (count)
        c->receive(&d->dev, c->item, c->n, bytes, count);
}

static void local_chr_event(struct device *d, uint32_t n, uint32_t event)
{
    const struct decl_chardev *c = &d->type->chardevs.at[n];

    if (c->event)
        c->event(&d->dev, c->item, c->n, event);
}

static void local_prop(struct device *d, uint32_t n, uint64_t value)
{
    const struct ob_prop *p = &d->type->props.at[n];

    (void)value;                /* the core's copy has it already */
    device_prop_store(d, n);
    if (p->changed)
        p->changed(&d->dev, n);
}

/* --- extensions ----------------------------------------------------------- */

static int32_t local_ext_call(struct device *d, uint32_t n,
                              struct ext_call *call)
{
    const struct decl_ext *e = &d->type->exts.at[n];

    return e->kind->run(&d->dev, e->data, call);
}

/* --- saved state ---------------------------------------------------------- */

/* A state that restored() refuses leaves the device as it was. */
static int local_restore(struct device *d, const uint8_t *bytes, size_t count,
                         struct ob_err *err)
{
    GByteArray *before;
    int ret;

    if (device_block_is_reset(d, bytes, count)) {
        device_timers_disarm(d);
        device_levels_forget(d);
        d->was_reset = true;
        local_reset(d, OB_RESET_COLD);
        return 0;
    }
    before = device_block_save(d);
    ret = device_block_restore(d, bytes, count, err);
    if (!ret) {
        d->restoring = true;
        ret = model_call(d, d->type->restored, "restored", err);
        d->restoring = false;
        if (ret)
            device_block_restore(d, before->data, before->len, NULL);
    }
    g_byte_array_free(before, TRUE);
    return ret;
}

const struct model_ops local_model_ops = {
    .create = local_create, .destroy = local_destroy, .reset = local_reset,
    .first_reset_done = local_first_reset_done,
    .read = local_read, .write = local_write, .verify = device_verify,
    .input = local_input, .timer = local_timer, .clock = local_clock,
    .chr_room = local_chr_room, .chr_receive = local_chr_receive,
    .chr_event = local_chr_event, .ext_call = local_ext_call,
    .prop = local_prop, .save = device_block_save,
    .restore = local_restore,
};
