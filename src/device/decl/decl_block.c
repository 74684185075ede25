/* SPDX-License-Identifier: MIT */
/* How many bytes the saved state of a type takes: state.c writes it. */
#include <string.h>

#include "device/decl/decl.h"

/* Kind, name with its length, width, count, and the elements. */
static uint64_t entry_bytes(const char *prefix, const char *name,
                            unsigned width, uint32_t count)
{
    return 1 + 2 + (prefix ? strlen(prefix) + 1 : 0) + strlen(name) + 1 + 4 +
           (uint64_t)width * count;
}

static uint64_t regs_bytes(const struct device_decl *t)
{
    uint64_t sum = 0;

    for (uint32_t n = 0; n < t->regions.count; n++) {
        const struct decl_region *r = &t->regions.at[n];

        for (uint32_t i = 0; i < r->regs.count; i++) {
            const struct decl_reg *g = &r->regs.at[i];

            if (g->stored)
                sum += entry_bytes(r->name, g->name, g->bytes, g->count);
        }
    }
    return sum;
}

uint64_t device_decl_block_bytes(const struct device_decl *t)
{
    uint64_t sum = 4 + 4 + 2 + strlen(t->name) + 4 + 4 + regs_bytes(t);

    for (uint32_t n = 0; n < t->saved.count; n++) {
        const struct ob_saved *s = &t->saved.at[n];

        sum += entry_bytes(NULL, s->name, s->bytes, s->count);
    }
    for (uint32_t n = 0; n < t->timers.count; n++) {
        const struct decl_timer *m = &t->timers.at[n];

        sum += entry_bytes(NULL, m->name, 8, 1);
    }
    for (uint32_t n = 0; n < t->inputs.count; n++) {
        const struct ob_gpio *g = &t->inputs.at[n];

        sum += entry_bytes(NULL, g->name, 4, g->count);
    }
    for (uint32_t n = 0; n < t->props.count; n++)
        if (t->props.at[n].flags & OB_PROP_LIVE)
            sum += entry_bytes(NULL, t->props.at[n].name, 8, 1);
    return sum;
}
