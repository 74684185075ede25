/* SPDX-License-Identifier: MIT */
/*
 * Checks a read from memory on the bench: it also calls the model. If the
 * model's value differs, or its read changes something, the model would behave
 * differently on a host without such memory.
 */
#include "device/core.h"

#include <string.h>

static void value_check(struct device_region *r, uint64_t offset,
                        unsigned bytes, uint64_t page, uint64_t value)
{
    char name[160];

    if (page == value)
        return;
    if (!device_region_name(r, offset, name))
        device_logf(r->d, HOST_LOG_MISTAKE,
                    "on_read() of 0x%" PRIx64 " of %s, %u "
                    "bytes: gives 0x%" PRIx64
                    ", and the guest reads 0x%" PRIx64
                    " there as memory; set it with ob_direct_set()",
                    offset, r->name, bytes, value, page);
    else
        device_logf(r->d, HOST_LOG_MISTAKE,
                    "%s is OB_REG_DIRECT: its value is 0x%" PRIx64
                    ", and the guest reads 0x%" PRIx64 " as memory; "
                    "change it only while the model is called",
                    name, value, page);
}

static void state_check(struct device_region *r, uint64_t offset,
                        const uint8_t *before)
{
    const struct device *d = r->d;
    uint32_t n = 0;

    while (n < d->type->state_bytes && d->state[n] == before[n])
        n++;
    if (n < d->type->state_bytes)
        device_logf(
            r->d, HOST_LOG_MISTAKE,
            "on_read() of 0x%" PRIx64 " of %s: "
            "changes byte %u of the state struct, and lies in pages that the "
            "guest reads as memory; a read there may have no side effect",
            offset, r->name, n);
}

void device_verify(struct device *d, uint32_t region, uint64_t offset,
                   unsigned bytes, uint64_t page)
{
    struct device_region *r = &d->regions[region];
    uint8_t *before = g_malloc(d->type->state_bytes + 1);
    uint64_t value;

    memcpy(before, d->state, d->type->state_bytes);
    d->reading = true;
    value = device_region_ask(r, offset, bytes);
    d->reading = false;
    value_check(r, offset, bytes, page, value);
    state_check(r, offset, before);
    g_free(before);
}
