/* SPDX-License-Identifier: MIT */
/*
 * Prints the declared registers of the RP2040's types, one element a line:
 * type, region, name, offset, flags, reset value, then each field as
 * lsb:bits:access (a register without fields has one).
 */
#include <inttypes.h>
#include <stdio.h>

#include "models.h"

static const struct ob_device_type *const types[] = {
    &rp2040_clocks_type, &rp2040_dma_type, &rp2040_io_bank0_type,
    &rp2040_pads_type, &rp2040_pll_type, &rp2040_pwm_type,
    &rp2040_resets_type, &rp2040_rosc_type, &rp2040_rtc_type,
    &rp2040_sio_type, &rp2040_system_type, &rp2040_timer_type,
    &rp2040_watchdog_type, &rp2040_xosc_type,
};

static void reg_print(const char *type, const char *region,
                      const struct ob_reg *g, uint32_t offset)
{
    const struct ob_field *f = g->fields.items;

    printf("%s %s %s 0x%x %u 0x%" PRIx64, type, region, g->name, offset,
           g->flags, g->reset);
    for (uint32_t n = 0; n < g->fields.count; n++)
        printf(" %u:%u:%u", (unsigned)__builtin_ctzll(f[n].mask),
               (unsigned)__builtin_popcountll(f[n].mask), f[n].access);
    if (!g->fields.count)
        printf(" 0:%u:%u", 8u * g->bytes, g->access);
    printf("\n");
}

static void region_print(const char *type, const struct ob_region *r)
{
    const struct ob_reg *regs = r->regs.items;

    for (uint32_t n = 0; n < r->regs.count; n++) {
        uint32_t step = regs[n].step ? regs[n].step : regs[n].bytes;

        for (uint32_t i = 0; i == 0 || i < regs[n].count; i++)
            reg_print(type, r->name, &regs[n], regs[n].offset + i * step);
    }
}

int main(void)
{
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        const struct ob_region *regions = types[t]->regions.items;

        for (uint32_t n = 0; n < types[t]->regions.count; n++)
            region_print(types[t]->name, &regions[n]);
    }
    return 0;
}
