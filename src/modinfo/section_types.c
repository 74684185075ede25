/* SPDX-License-Identifier: MIT */
/* Reads what a .modinfo section says of device types: the keys FIELD.TYPE. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "modinfo/section_reader.h"

/* `value` as one of `names`; `said` keeps the text of an earlier entry. */
static int section_choice(struct section_reader *rd, const char *key,
                          const char *value, const char **said,
                          const char *const names[], unsigned *ret_choice)
{
    const char *near;
    char *all;
    int ret;

    if (section_text(rd, key, value, said))
        return -EINVAL;
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(names[i], value) == 0) {
            *ret_choice = i;
            return 0;
        }
    }
    near = str_nearest(value, names);
    all = g_strjoinv(", ", (char **)names);
    ret = section_fail(rd, "\"%.64s\" is unknown (\"%.40s\"); %s%s%s", key,
                       value, near ? "did you mean \"" : "use one of ",
                       near ? near : all, near ? "\"?" : "");
    g_free(all);
    return ret;
}

/*
 * Two macros of the SDK may need the same extension for one type, so entries
 * add up and none counts twice.
 */
static int section_needs(struct section_reader *rd, const char *key,
                         const char *value, struct modinfo_type *type)
{
    GPtrArray *list = g_ptr_array_new();
    size_t n = str_count(type->needs);
    const char **all;
    int ret = section_split(rd, key, value, fields_need_flaw, list);

    all = arena_alloc(rd->arena, (n + list->len + 1) * sizeof(*all));
    memcpy(all, type->needs, (n + 1) * sizeof(*all));
    for (guint i = 0; i < list->len && ret == 0; i++) {
        if (str_in(list->pdata[i], all))
            continue;
        if (n == FIELDS_NEEDS_MAX)
            ret = section_fail(rd,
                               "\"%.64s\" names more extensions than the "
                               "limit (%d); name fewer",
                               key, FIELDS_NEEDS_MAX);
        else
            all[n++] = list->pdata[i];
        all[n] = NULL;
    }
    type->needs = all;
    g_ptr_array_free(list, TRUE);
    return ret;
}

/* section_type() checked `field`, so "needs" is left at the end. */
static int section_type_field(struct section_reader *rd, const char *key,
                              const char *field, const char *value, size_t at)
{
    struct modinfo_type *type = &rd->types[at];
    struct type_said *said = &rd->types_said[at];
    unsigned choice = 0;
    int ret;

    if (strcmp(field, "desc") == 0)
        return section_text(rd, key, value, &type->desc);
    if (strcmp(field, "bus") == 0) {
        ret = section_choice(rd, key, value, &said->bus, modinfo_bus_names,
                             &choice);
        type->bus = choice;
        return ret;
    }
    if (strcmp(field, "category") == 0) {
        /* The first name stands for "not stated", which is not a choice. */
        ret = section_choice(rd, key, value, &said->category,
                             modinfo_category_names + 1, &choice);
        type->category = choice + 1;
        return ret;
    }
    return section_needs(rd, key, value, type);
}

/*
 * The first dot ends FIELD, because a type's name may hold dots. A key of a
 * known type may come from newer headers, so an unknown FIELD is only a
 * warning.
 */
int section_type(struct section_reader *rd, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');
    const char *field;
    size_t place;

    if (!dot || g_str_has_prefix(key, "x-") || g_str_has_prefix(key, "board."))
        return 0;
    field = arena_text(rd->arena, key, (size_t)(dot - key));
    place = section_place(rd, dot + 1);
    if (str_in(field, fields_type_keys)) {
        if (place > 0)
            return section_type_field(rd, key, field, value, place - 1);
        return section_fail(rd,
                            "\"%.64s\" describes a type that is not in "
                            "\"objs\" (\"%.64s\"); add it there",
                            key, dot + 1);
    }
    if (place == 0)
        return section_unknown(rd, key);
    fields_warn_key(&rd->warnings, rd->arena, rd->place, field, dot + 1);
    return 0;
}
