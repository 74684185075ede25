/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the kinds of buses that this QEMU has. */
#include "bridge/buses/bus.h"

#include <glib.h>
#include <string.h>

#include "bridge/qemu/layout.h"
#include "bridge/qemu/symbols.h"
#include "device/decl/ext.h"

#define BUS_KIND(variable) extern const struct bus_kind variable;
#include "bridge/buses/buses.def"

static const struct bus_kind *const kinds[] = {
#define BUS_KIND(variable) &variable,
#include "bridge/buses/buses.def"
};

const struct bus_kind bus_system = {
    .bus = BUS_SYSTEM, .base = "outboard-device", .parent = "sys-bus-device",
};

/*
 * The slots lie between the end of DeviceClass and the end of the parent's
 * class. Another size means a QEMU that this project was not tried with.
 */
static bool kind_look(const struct bus_kind *kind)
{
    struct ObjectClass *device = q.object_class_by_name("device");
    struct ObjectClass *parent = q.object_class_by_name(kind->parent);

    return parent && device &&
           (!kind->slots || layout_class_bytes(parent) ==
                                layout_class_bytes(device) + kind->slots);
}

/* Looks once: QEMU's classes stay, and each registered type asks. */
static bool kind_fits(size_t n)
{
    static struct {
        bool known, fits;
    } seen[G_N_ELEMENTS(kinds)];

    if (!seen[n].known) {
        seen[n].fits = kind_look(kinds[n]);
        seen[n].known = true;
    }
    return seen[n].fits;
}

bool bus_is_known(enum modinfo_bus bus)
{
    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
        if (kinds[n]->bus == bus)
            return true;
    return false;
}

const struct bus_kind *bus_kind_of(enum modinfo_bus bus)
{
    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
        if (kinds[n]->bus == bus)
            return kind_fits(n) ? kinds[n] : NULL;
    return NULL;
}

enum modinfo_bus bus_of_decl(const struct device_decl *type)
{
    for (uint32_t e = 0; e < type->exts.count; e++)
        for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
            if (kinds[n]->extension &&
                !strcmp(kinds[n]->extension, type->exts.at[e].kind->id))
                return kinds[n]->bus;
    return BUS_SYSTEM;
}

size_t bus_class_bytes(void)
{
    size_t most = 0;

    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++) {
        struct ObjectClass *oc = q.object_class_by_name(kinds[n]->parent);

        if (oc)
            most = MAX(most, layout_class_bytes(oc));
    }
    return most;
}

void bus_each(void (*fn)(const struct bus_kind *kind))
{
    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
        if (kind_fits(n))
            fn(kinds[n]);
}
