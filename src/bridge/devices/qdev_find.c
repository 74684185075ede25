/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the model of a QEMU object, and lists names for messages. */
#include <glib.h>

#include "bridge/devices/qdev.h"
#include "bridge/qemu/symbols.h"

/* Objects of ours by their address. QEMU's own devices are not in the table. */
static GHashTable *devices;

/*
 * A link may lead to any object. The table tells ours from QEMU's without a
 * read of the object.
 */
struct qdev *qdev_of(const struct Object *obj)
{
    return devices ? g_hash_table_lookup(devices, obj) : NULL;
}

void qdev_error(struct Error **errp, const struct ob_err *err)
{
    q.error_setg_internal(errp, __FILE__, __LINE__, __func__, "%s", err->text);
}

char *qdev_names(const void *items, uint32_t count, size_t bytes)
{
    GString *names = g_string_new(count > 0 ? "use" : "it has none");

    for (uint32_t i = 0; i < count; i++)
        g_string_append_printf(names, "%s \"%s\"", i > 0 ? "," : "",
                               device_decl_name(items, count, bytes, i));
    return g_string_free(names, FALSE);
}

void qdev_put(const struct Object *obj, struct qdev *d)
{
    if (!devices)
        devices = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(devices, (void *)obj, d);
}

/* QEMU may create another object at the same address later. */
void qdev_drop(const struct Object *obj)
{
    g_hash_table_remove(devices, obj);
}
