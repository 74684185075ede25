/* SPDX-License-Identifier: MIT */
/*
 * The levels of lines and the deadlines of timers that the core remembers for
 * each device, so that a host sees changes only.
 */
#include "device/core.h"

static int64_t **levels_new(const struct decl_gpios *groups, int64_t level)
{
    int64_t **levels = g_new0(int64_t *, groups->count);

    for (uint32_t g = 0; g < groups->count; g++) {
        levels[g] = g_new(int64_t, groups->at[g].count);
        for (uint32_t n = 0; n < groups->at[g].count; n++)
            levels[g][n] = level;
    }
    return levels;
}

static void levels_free(int64_t **levels, const struct decl_gpios *groups)
{
    for (uint32_t g = 0; g < groups->count; g++)
        g_free(levels[g]);
    g_free(levels);
}

/* Inputs start low; the host does not know the outputs yet. */
void device_levels_init(struct device *d)
{
    const struct device_decl *t = d->type;

    d->deadlines = g_new(uint64_t, t->timers.count);
    for (uint32_t n = 0; n < t->timers.count; n++)
        d->deadlines[n] = DEVICE_UNARMED;
    d->irq_levels = g_new(int64_t, t->irqs.count);
    d->input_levels = levels_new(&t->inputs, 0);
    d->output_levels = levels_new(&t->outputs, DEVICE_LEVEL_UNKNOWN);
    device_levels_forget(d);
}

void device_levels_free(struct device *d)
{
    levels_free(d->input_levels, &d->type->inputs);
    levels_free(d->output_levels, &d->type->outputs);
    g_free(d->irq_levels);
    g_free(d->deadlines);
}

void device_levels_forget(struct device *d)
{
    const struct decl_gpios *outputs = &d->type->outputs;

    for (uint32_t n = 0; n < d->type->irqs.count; n++)
        d->irq_levels[n] = DEVICE_LEVEL_UNKNOWN;
    for (uint32_t g = 0; g < outputs->count; g++)
        for (uint32_t n = 0; n < outputs->at[g].count; n++)
            d->output_levels[g][n] = DEVICE_LEVEL_UNKNOWN;
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
