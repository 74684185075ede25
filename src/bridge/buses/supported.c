/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refuses a device type that needs more than this bridge and this QEMU have. */
#include "bridge/buses/supported.h"

#include <errno.h>
#include <stdio.h>

#include "bridge/buses/bus.h"
#include "device/decl/ext.h"

/* "acme.json:3:5", or the path of the module. */
static const char *type_place(const struct registry_type *type, char *buf,
                              size_t size)
{
    const struct modinfo *info = &type->module->info;

    if (info->line)
        snprintf(buf, size, "%s:%u:%u", info->path, info->line, info->col);
    else
        snprintf(buf, size, "%s", info->path);
    return buf;
}

static int bus_refuse(const struct registry_type *type, struct ob_err *err)
{
    const char *bus = modinfo_bus_names[type->info->bus];
    const char *module = type->module->info.short_name;
    char place[512];

    type_place(type, place, sizeof(place));
    if (bus_is_known(type->info->bus))
        return err_set(err, -ENOTSUP,
                       "%s: this QEMU has no %s bus that Outboard can use "
                       "(type \"%s\", module \"%s\"); use another QEMU, or "
                       "another type",
                       place, bus, type->name, module);
    return err_set(err, -ENOTSUP,
                   "%s: this Outboard cannot put a part on the %s bus "
                   "(type \"%s\", module \"%s\"); update Outboard, or "
                   "use another type",
                   place, bus, type->name, module);
}

int supported_check(const struct registry_type *type, struct ob_err *err)
{
    const char *const *need = type->info->needs;
    char place[512];

    if (!bus_kind_of(type->info->bus))
        return bus_refuse(type, err);
    while (*need && ext_kind_find(*need))
        need++;
    if (!*need)
        return 0;
    return err_set(err, -ENOTSUP,
                   "%s: this Outboard lacks an extension that a type needs "
                   "(\"%s\", type \"%s\", module \"%s\"); update Outboard, "
                   "or use another type",
                   type_place(type, place, sizeof(place)), *need, type->name,
                   type->module->info.short_name);
}
