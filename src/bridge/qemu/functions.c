/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a program's table for unwinding, to find where functions start. */
#include "bridge/qemu/functions.h"

#include <stddef.h>
#include <string.h>

/*
 * The forms of numbers (DW_EH_PE_*, Linux Standard Base, 10.5 and 10.6). All
 * linkers write the same form: a pointer of 4 bytes, the count in 4 bytes, and
 * a table of 4-byte offsets from the header, sorted by address.
 */
enum { VERSION = 1, UDATA4 = 0x03, SDATA4 = 0x0b, SIZE_BITS = 0x0f,
       DATAREL_SDATA4 = 0x3b };

struct head {
    uint8_t version, pointer, count_form, table_form;
    int32_t frames;
    uint32_t count;
};

struct function_entry {
    int32_t start, frame;
};

static bool head_is_known(const struct head *h)
{
    uint8_t pointer = h->pointer & SIZE_BITS;

    return h->version == VERSION && (pointer == UDATA4 || pointer == SDATA4) &&
           h->count_form == UDATA4 && h->table_form == DATAREL_SDATA4;
}

bool functions_read(struct functions *ret, uintptr_t at, uintptr_t end)
{
    struct head h;

    memset(ret, 0, sizeof(*ret));
    if (at % sizeof(int32_t) || end < at || end - at < sizeof(h))
        return false;
    memcpy(&h, (const void *)at, sizeof(h));
    if (!head_is_known(&h) || h.count == 0 ||
        (end - at - sizeof(h)) / sizeof(struct function_entry) < h.count)
        return false;
    ret->base = at;
    ret->entries = (const void *)(at + sizeof(h));
    ret->count = h.count;
    return true;
}

static uintptr_t start_of(const struct functions *f, uint32_t n)
{
    return f->base + (uintptr_t)(intptr_t)f->entries[n].start;
}

bool functions_start(const struct functions *f, uintptr_t p)
{
    uint32_t low = 0, high = f->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uintptr_t at = start_of(f, middle);

        if (at == p)
            return true;
        if (at < p)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool functions_span(const struct functions *f, uintptr_t p)
{
    return f->count > 0 && p >= start_of(f, 0) &&
           p <= start_of(f, f->count - 1);
}
