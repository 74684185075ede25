/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The self-check, second part: finds DeviceClass and the period of a clock. */
#include <errno.h>
#include <glib.h>

#include "bridge/qemu/layout_scan.h"

enum { SCRATCH_BYTES = 4096, PHRASES = 32 };
enum { PROBE_PERIOD = 0x5a17c3d1 };

static void probe_realize(struct DeviceState *dev, struct Error **errp)
{
    (void)dev;
    (void)errp;
}

static void probe_unrealize(struct DeviceState *dev)
{
    (void)dev;
}

static int pointer_find(const char *item, const void *base, size_t bytes,
                        uintptr_t want, size_t *ret, struct ob_err *err)
{
    struct scan s = { .item = item };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 8 <= bytes; at += 8) {
        if (slot64(base, at) == want)
            scan_hit(&s, at);
    }
    return scan_end(&s, ret, err);
}

static int realize_find(struct ob_err *err)
{
    void (*old_realize)(struct DeviceState *, struct Error **);
    void (*old_unrealize)(struct DeviceState *);
    struct ObjectClass *scratch = g_malloc0(SCRATCH_BYTES);
    int ret;

    q.device_class_set_parent_realize(scratch, probe_realize, &old_realize);
    q.device_class_set_parent_unrealize(scratch, probe_unrealize,
                                        &old_unrealize);
    ret = pointer_find("DeviceClass.realize", scratch, layout.device_class,
                       (uintptr_t)probe_realize, &layout.dc_realize, err);
    if (ret == 0)
        ret = pointer_find("DeviceClass.unrealize", scratch,
                           layout.device_class, (uintptr_t)probe_unrealize,
                           &layout.dc_unrealize, err);
    g_free(scratch);
    return ret;
}

static int user_creatable_find(struct ob_err *err)
{
    const unsigned char *dev = (void *)scan_class("device", err);
    const unsigned char *sbd = (void *)scan_class("sys-bus-device", err);
    struct scan s = { .item = "DeviceClass.user_creatable" };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at < layout.device_class; at++) {
        if (dev[at] == 1 && sbd[at] == 0)
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.dc_user_creatable, err);
}

/*
 * QEMU's categories, from 7.2 to 11.1: the number of a category is the number
 * of its bit. Every system emulator has both types, unless its builder left
 * "loader" out.
 */
enum { CATEGORY_MISC_BIT = 0x80, CATEGORY_CPU_BIT = 0x100 };

/*
 * Only lists show categories. So without exactly one candidate QEMU lists our
 * devices as uncategorized, and the bridge works on.
 */
static void categories_find(void)
{
    const void *dev = q.object_class_by_name("device");
    const void *cpu = q.object_class_by_name("cpu");
    const void *loader = q.object_class_by_name("loader");
    struct scan s = { .item = "DeviceClass.categories" };
    size_t at;

    if (!dev || !cpu || !loader)
        return;
    for (at = CLASS_HEAD_BYTES; at + 8 <= layout.device_class; at += 8) {
        if (slot64(dev, at) == 0 && slot64(cpu, at) == CATEGORY_CPU_BIT &&
            slot64(loader, at) == CATEGORY_MISC_BIT)
            scan_hit(&s, at);
    }
    layout.has_categories = s.hits == 1;
    layout.dc_categories = layout.has_categories ? s.at : 0;
}

/*
 * Does this slot point to a text with a space? A pointer to a struct that
 * starts with a pointer may look like a text of up to six characters, so such
 * short texts do not count.
 */
static bool slot_is_phrase(uint64_t slot)
{
    const char *text = slot != 0 ? probe_literal(slot) : NULL;

    return text && strlen(text) > 8 && strchr(text, ' ');
}

/*
 * Count a hit for each slot that is a phrase in a class of the list. After
 * enough phrases the rest of the classes adds nothing.
 */
static void desc_scan(GSList *classes, struct scan *s)
{
    const void *base = q.object_class_by_name("device");
    bool seen[SCRATCH_BYTES / 8] = { false };
    int phrases = 0;
    size_t at;

    for (; classes && phrases < PHRASES; classes = classes->next) {
        for (at = CLASS_HEAD_BYTES; at + 8 <= layout.device_class; at += 8) {
            uint64_t slot = slot64(classes->data, at);

            if (slot == slot64(base, at) || !slot_is_phrase(slot))
                continue;
            phrases++;
            if (!seen[at / 8])
                scan_hit(s, at);
            seen[at / 8] = true;
        }
    }
}

/*
 * A target whose devices have no descriptions does not show the place. Then
 * QEMU lists our devices without a description.
 */
static int desc_find(struct ob_err *err)
{
    GSList *classes = q.object_class_get_list("device", false);
    struct scan s = { .item = "DeviceClass.desc" };

    if (layout.device_class <= SCRATCH_BYTES)
        desc_scan(classes, &s);
    g_slist_free(classes);
    layout.has_desc = s.hits > 0;
    return s.hits == 0 ? 0 : scan_end(&s, &layout.dc_desc, err);
}

static int bus_type_find(struct ob_err *err)
{
    struct ObjectClass *sbd = scan_class("sys-bus-device", err);
    struct scan s = { .item = "DeviceClass.bus_type" };
    size_t at;

    for (at = CLASS_HEAD_BYTES; at + 8 <= layout.device_class; at += 8) {
        if (probe_text_is(slot64(sbd, at), "System"))
            scan_hit(&s, at);
    }
    return scan_end(&s, &layout.dc_bus_type, err);
}

int layout_derive_device(struct ob_err *err)
{
    int ret = realize_find(err);

    if (ret == 0)
        ret = user_creatable_find(err);
    if (ret == 0)
        ret = bus_type_find(err);
    if (ret == 0)
        categories_find();
    return ret == 0 ? desc_find(err) : ret;
}

int layout_derive_clock(struct ob_err *err)
{
    struct scan s = { .item = "Clock.period" };
    struct ObjectClass *oc = scan_class("clock", err);
    struct Object *clk;
    size_t at, bytes;

    if (!oc)
        return -ENOTSUP;
    bytes = layout_instance_bytes(oc);
    clk = q.object_new("clock");
    q.clock_set((struct Clock *)clk, PROBE_PERIOD);
    for (at = 0; at + 8 <= bytes; at += 8) {
        if (slot64(clk, at) == PROBE_PERIOD)
            scan_hit(&s, at);
    }
    q.object_unref(clk);
    return scan_end(&s, &layout.clock_period, err);
}
