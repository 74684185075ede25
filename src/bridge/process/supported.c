/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the buses and extensions that the bridge supports. */
#include "bridge/process/supported.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"

/* A bus needs code here: its types have a parent of their own in QEMU. */
static const bool buses[BUSES] = {
    [BUS_SYSTEM] = true,
    [BUS_I2C] = true,
};

/* Ids of extensions, as "needs" of modinfo names them. */
static const char *const extensions[] = { "ob.i2c-target/0", NULL };

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

int supported_check(const struct registry_type *type, struct ob_err *err)
{
    const char *const *need = type->info->needs;
    char place[512];

    if (!buses[type->info->bus])
        return err_set(err, -ENOTSUP,
                       "%s: this Outboard cannot put a part on the %s bus "
                       "(type \"%s\", module \"%s\"); update Outboard, or "
                       "use another type",
                       type_place(type, place, sizeof(place)),
                       modinfo_bus_names[type->info->bus], type->name,
                       type->module->info.short_name);
    while (*need && str_in(*need, extensions))
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
