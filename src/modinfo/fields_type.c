/* SPDX-License-Identifier: MIT */
/*
 * What modinfo may say of a device type: names and rules that the JSON file and
 * the section share.
 */
#include "modinfo/fields_type.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

const char *const modinfo_bus_names[BUSES + 1] = {
    [BUS_SYSTEM] = "system", [BUS_I2C] = "i2c", [BUS_SPI] = "spi",
    [BUS_PCI] = "pci", [BUS_USB] = "usb", [BUS_SD] = "sd", [BUS_CAN] = "can",
};

const char *const modinfo_category_names[CATEGORIES + 1] = {
    [CATEGORY_NONE] = "", [CATEGORY_BRIDGE] = "bridge",
    [CATEGORY_USB] = "usb", [CATEGORY_STORAGE] = "storage",
    [CATEGORY_NETWORK] = "network", [CATEGORY_INPUT] = "input",
    [CATEGORY_DISPLAY] = "display", [CATEGORY_SOUND] = "sound",
    [CATEGORY_MISC] = "misc", [CATEGORY_CPU] = "cpu",
    [CATEGORY_WATCHDOG] = "watchdog",
};

const char *const fields_type_keys[] = {
    "desc", "bus", "category", "needs", NULL,
};

const char *const fields_no_names[1] = { NULL };

const struct modinfo_type fields_type_plain = {
    .desc = "", .bus = BUS_SYSTEM, .category = CATEGORY_NONE,
    .needs = fields_no_names,
};

bool modinfo_type_says(const struct modinfo_type *type)
{
    return *type->desc || type->bus != BUS_SYSTEM || type->category ||
           *type->needs;
}

/* [a-z0-9.-]+/[0-9]+ of at most STR_IDENT_MAX bytes. */
const char *fields_need_flaw(const char *id)
{
    static const char digits[] = "0123456789";
    size_t name = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    size_t number = id[name] == '/' ? strspn(id + name + 1, digits) : 0;

    if (!*id)
        return "is empty";
    if (strlen(id) > STR_IDENT_MAX)
        return "is longer than 128 bytes";
    if (!name || !number || id[name + 1 + number])
        return "is not the id of an extension";
    return NULL;
}

/*
 * A hostile file may hold 100,000 such keys. The user needs to see a few, and
 * that there are more.
 */
void fields_warn_key(struct fields_warnings *warnings, struct arena *arena,
                     const char *place, const char *key, const char *type)
{
    struct ob_err line = { 0 };
    const char *near;

    if (warnings->n == FIELDS_WARNINGS_MAX)
        return;
    near = str_nearest(key, fields_type_keys);
    if (warnings->n == FIELDS_WARNINGS_MAX - 1)
        err_set(&line, -EINVAL,
                "%s: more unknown keys of types (\"%.64s\") are ignored, "
                "without further warnings; correct the keys named above",
                place, key);
    else
        err_set(&line, -EINVAL,
                "%s: unknown key (\"%.64s\") of type \"%.128s\" is ignored; "
                "%s%s%s",
                place, key, type,
                near ? "did you mean \"" : "a newer Outboard may know it",
                near ? near : "", near ? "\"?" : "");
    /* A header in two source files brings one line twice. */
    if (str_in(line.text, warnings->lines))
        return;
    warnings->lines[warnings->n++] = arena_strdup(arena, line.text);
}
