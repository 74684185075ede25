/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves and loads a device. The device core writes a self-describing block.
 * QEMU carries it as one opaque field of a description that the bridge builds
 * in this QEMU's layout.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "bridge/devices/qdev.h"
#include "bridge/process/report.h"
#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"

enum { VMSD_VERSION = 12, VMSD_OLDEST = 16, FLAG_SINGLE = 1 };
enum { INFO_BYTES = 128 };

/* One registration with QEMU, which keeps pointers into it. */
struct qdev_state {
    char *name;
    char *info;                 /* VMStateInfo: name, get, put */
    char *fields;               /* VMStateField and the end mark */
    char *vmsd;
};

static void put_slot(char *base, size_t at, const void *value, size_t bytes)
{
    memcpy(base + at, value, bytes);
}

static void put_pointer(char *base, size_t at, const void *value)
{
    put_slot(base, at, &value, sizeof(value));
}

static int state_put(struct QEMUFile *f, void *opaque, size_t size,
                     const void *field, void *desc)
{
    struct qdev *d = opaque;
    GByteArray *block = device_save(d->device);

    (void)size;
    (void)field;
    (void)desc;
    if (!block) {
        report_warning("%s: its model's process has ended without a saved "
                       "state, so there is nothing to save; restart it",
                       d->name);
        return -EINVAL;
    }
    q.qemu_put_be32(f, block->len);
    q.qemu_put_buffer(f, block->data, block->len);
    g_byte_array_unref(block);
    return 0;
}

/*
 * A snapshot may be damaged or hostile, so the count has a limit before it
 * becomes an allocation. The bridge prints the reason itself, because this
 * callback of QEMU returns only a number.
 */
static int state_get(struct QEMUFile *f, void *opaque, size_t size,
                     const void *field)
{
    struct qdev *d = opaque;
    struct ob_err err = { 0 };
    uint32_t count = q.qemu_get_be32(f);
    uint8_t *block;

    (void)size;
    (void)field;
    if (count > DEVICE_BLOCK_MAX) {
        report_warning(
            "%s: the saved state has %u bytes, at most %u are allowed; the "
            "snapshot is damaged",
            d->name, count, DEVICE_BLOCK_MAX);
        return -EINVAL;
    }
    block = g_malloc(count + 1);
    if (q.qemu_get_buffer(f, block, count) != count)
        err_set(&err, -EIO, "saved state is cut short");
    else
        device_restore(d->device, block, count, &err);
    g_free(block);
    if (err.code < 0)
        report_warning("%s: %s", d->name, err.text);
    return err.code;
}

/* One field at offset 0 of its opaque pointer, served by get and put alone. */
static void fill_field(struct qdev_state *s)
{
    uint64_t one = 1;
    uint32_t flags = FLAG_SINGLE, end = (uint32_t)layout.field_end;

    put_pointer(s->fields, 0, "state");
    put_slot(s->fields, layout.field_size, &one, sizeof(one));
    put_pointer(s->fields, layout.field_info, s->info);
    put_slot(s->fields, layout.field_flags, &flags, sizeof(flags));
    put_slot(s->fields + layout.field, layout.field_flags, &end, sizeof(end));
}

/*
 * The layouts of these structs differ between 10.0 and 11.1, so the bridge
 * writes each member at the offset that the self-check found.
 */
static struct qdev_state *state_new(const char *path)
{
    struct qdev_state *s = g_new0(struct qdev_state, 1);
    int32_t version = 1;

    s->name = g_strconcat("outboard", path, NULL);
    s->info = g_malloc0(INFO_BYTES);
    put_pointer(s->info, 0, "outboard state");
    put_slot(s->info, 8, &(void *){ (void *)state_get }, sizeof(void *));
    put_slot(s->info, 16, &(void *){ (void *)state_put }, sizeof(void *));
    s->fields = g_malloc0(2 * layout.field);
    fill_field(s);
    s->vmsd = g_malloc0(layout_round(layout.vmsd));
    put_pointer(s->vmsd, 0, s->name);
    put_slot(s->vmsd, VMSD_VERSION, &version, sizeof(version));
    put_slot(s->vmsd, VMSD_OLDEST, &version, sizeof(version));
    put_pointer(s->vmsd, layout.vmsd_fields, s->fields);
    return s;
}

static void state_free(struct qdev_state *s)
{
    g_free(s->name);
    g_free(s->info);
    g_free(s->fields);
    g_free(s->vmsd);
    g_free(s);
}

int qdev_state_open(struct qdev *d, struct ob_err *err)
{
    char *path = q.object_get_canonical_path(d->obj);
    struct Error *why = NULL;

    d->state = state_new(path ? path : d->name);
    g_free(path);
    if (q.vmstate_register_with_alias_id(NULL, 0, d->state->vmsd, d, -1, 0,
                                         &why) == 0)
        return 0;
    err_set(err, -EINVAL, "saved state: %s",
            why ? q.error_get_pretty(why) : "refused by QEMU");
    if (why)
        q.error_free(why);
    state_free(d->state);
    d->state = NULL;
    return -EINVAL;
}

void qdev_state_close(struct qdev *d)
{
    if (!d->state)
        return;
    q.vmstate_unregister(NULL, d->state->vmsd, d);
    state_free(d->state);
    d->state = NULL;
}
