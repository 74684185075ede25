/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the QOM name of an announced type. */
#include "bridge/devices/qdev_name.h"

#include <glib.h>
#include <string.h>

#include "bridge/process/session.h"
#include "bridge/qemu/own_modules.h"
#include "bridge/qemu/symbols.h"

/*
 * QEMU aborts if a type is registered twice. It registers the types of its own
 * modules late, so they count before QEMU knows them.
 */
bool qdev_name_is_taken(const char *name)
{
    return q.object_class_by_name(name) || own_module_of(name);
}

/* A type of another module may have that name as its own, and keeps it. */
static bool full_name_is_taken(const char *name)
{
    const struct registry_type *type = registry_find_type(
        bridge_session()->registry, name);

    return qdev_name_is_taken(name) || (type && strcmp(type->name, name) == 0);
}

/* From 9.0 on, QEMU aborts on a name of one character. */
static bool name_is_short(const char *name)
{
    return name[1] == '\0';
}

const char *qdev_name_choose(const struct registry_type *type)
{
    char *full, *name;

    if (!name_is_short(type->name) && !qdev_name_is_taken(type->name))
        return type->name;
    full = registry_type_full_name(type);
    name = g_strdup(full);
    for (unsigned n = 2; full_name_is_taken(name); n++) {
        g_free(name);
        name = g_strdup_printf("%s-%u", full, n);
    }
    g_free(full);
    return name;
}
