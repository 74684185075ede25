/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-check, last part: finds the structs of saved state. Every QEMU
 * exports vmstate_clock, which leads to all three structs: it has one field
 * ("period", 64 bits) and one subsection ("clock/muldiv": "multiplier" and
 * "divider", 32 bits).
 */
#include <errno.h>

#include "bridge/qemu/layout_scan.h"

enum { VMSD_MIN = 64, VMSD_MAX = 256, FIELD_MIN = 64, FIELD_MAX = 160 };

/* The pointer-sized word at any address, or 0 if it is not mapped. */
static uintptr_t word_at(uintptr_t p)
{
    uintptr_t v = 0;

    if (p >= 4096 && probe_copy(p, &v, sizeof(v)))
        return v;
    return 0;
}

static int vmsd_find(uintptr_t vmsd, struct ob_err *err)
{
    struct scan fields = { .item = "VMStateDescription.fields" };
    struct scan subs = { .item = "VMStateDescription.subsections" };
    size_t at;

    layout.vmsd = symbols_size("vmstate_clock");
    if (layout.vmsd < VMSD_MIN || layout.vmsd > VMSD_MAX)
        return scan_refuse("sizeof(VMStateDescription)", layout.vmsd,
                           "64 to 256", err);
    for (at = 8; at + 8 <= layout.vmsd; at += 8) {
        uintptr_t list = slot64((void *)vmsd, at);

        if (probe_text_is(word_at(list), "period"))
            scan_hit(&fields, at);
        if (probe_text_is(word_at(word_at(list)), "clock/muldiv"))
            scan_hit(&subs, at);
    }
    if (scan_end(&fields, &layout.vmsd_fields, err) < 0)
        return -ENOTSUP;
    return scan_end(&subs, &layout.vmsd_subsections, err);
}

static int field_bytes_find(uintptr_t first, struct ob_err *err)
{
    struct scan s = { .item = "sizeof(VMStateField)" };
    size_t at;

    for (at = FIELD_MIN; at <= FIELD_MAX; at += 8) {
        if (probe_text_is(word_at(first + at), "divider"))
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.field, err);
}

/* mul and div are copies of the two 32-bit fields, per of the 64-bit one. */
static int field_slots_find(const void *mul, const void *div, const void *per,
                            struct ob_err *err)
{
    struct scan off = { .item = "VMStateField.offset" };
    struct scan size = { .item = "VMStateField.size" };
    struct scan info = { .item = "VMStateField.info" };
    size_t at;

    for (at = 8; at + 8 <= layout.field; at += 8) {
        if (slot64(div, at) == slot64(mul, at) + 4)
            scan_hit(&off, at);
        if (slot64(mul, at) == 4 && slot64(div, at) == 4 &&
            slot64(per, at) == 8)
            scan_hit(&size, at);
        if (slot64(mul, at) == (uintptr_t)q.vmstate_info_uint32 &&
            slot64(per, at) == (uintptr_t)q.vmstate_info_uint64)
            scan_hit(&info, at);
    }
    if (scan_end(&off, &layout.field_offset, err) < 0 ||
        scan_end(&size, &layout.field_size, err) < 0)
        return -ENOTSUP;
    return scan_end(&info, &layout.field_info, err);
}

static int flags_find(const void *mul, const void *div, const void *per,
                      const void *end, struct ob_err *err)
{
    struct scan s = { .item = "VMStateField.flags" };
    size_t at;

    for (at = 8; at + 4 <= layout.field; at += 4) {
        if (slot32(mul, at) == 1 && slot32(div, at) == 1 &&
            slot32(per, at) == 1 && slot32(end, at) != 1)
            scan_hit(&s, at);
    }
    if (scan_end(&s, &layout.field_flags, err) < 0)
        return -ENOTSUP;
    layout.field_end = slot32(end, layout.field_flags);
    if (slot64(end, 0) != 0 && layout.field_end == 0)
        return scan_refuse("VMStateField end mark", 0, "a flag or no name",
                           err);
    if ((layout.field_end & (layout.field_end - 1)) != 0)
        return scan_refuse("VMStateField end mark", layout.field_end,
                           "one bit", err);
    return 0;
}

static int fields_find(uintptr_t vmsd, struct ob_err *err)
{
    unsigned char mul[FIELD_MAX], div[FIELD_MAX], per[FIELD_MAX];
    unsigned char end[FIELD_MAX];
    uintptr_t fields = slot64((void *)vmsd, layout.vmsd_fields);
    uintptr_t muldiv = word_at(slot64((void *)vmsd, layout.vmsd_subsections));
    uintptr_t first = word_at(muldiv + layout.vmsd_fields);

    if (!probe_text_is(word_at(first), "multiplier"))
        return scan_refuse("clock/muldiv", 0, "\"multiplier\"", err);
    if (field_bytes_find(first, err) < 0)
        return -ENOTSUP;
    if (!probe_copy(first, mul, layout.field) ||
        !probe_copy(first + layout.field, div, layout.field) ||
        !probe_copy(first + 2 * layout.field, end, layout.field) ||
        !probe_copy(fields, per, layout.field))
        return scan_refuse("VMStateField", 0, "readable fields", err);
    if (field_slots_find(mul, div, per, err) < 0)
        return -ENOTSUP;
    return flags_find(mul, div, per, end, err);
}

/*
 * A custom VMStateInfo fills in get and put, at 8 and 16. One of 40 bytes also
 * has load and save, and then QEMU's own leave get and put empty.
 */
static int info_check(struct ob_err *err)
{
    const void *info = q.vmstate_info_uint8;
    size_t own;

    layout.info = symbols_size("vmstate_info_uint8");
    if (layout.info != 24 && layout.info != 40)
        return scan_refuse("sizeof(VMStateInfo)", layout.info, "24 or 40",
                           err);
    own = layout.info - 16;
    if (!probe_is_code(slot64(info, own)) ||
        !probe_is_code(slot64(info, own + 8)))
        return scan_refuse("sizeof(VMStateInfo)", layout.info,
                           "two functions at its end", err);
    return 0;
}

int layout_derive_vmstate(struct ob_err *err)
{
    uintptr_t vmsd = (uintptr_t)q.vmstate_clock;
    int ret = vmsd_find(vmsd, err);

    if (ret == 0)
        ret = fields_find(vmsd, err);
    return ret == 0 ? info_check(err) : ret;
}
