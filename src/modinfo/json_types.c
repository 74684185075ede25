/* SPDX-License-Identifier: MIT */
/*
 * Reads what the JSON file says of device types. "objs" names types; "types"
 * names types too, and says the rest. "descs" is an older place for their
 * descriptions.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modinfo/json_reader.h"

/* The types of one module that is being read. */
struct types_reader {
    struct modinfo_reader *rd;
    GHashTable *places;             /* name -> its place in `names` + 1; NULL
                                       if only "objs" is there */
    const char **names;
    struct modinfo_type *types;
    uint32_t n;
};

/* A table, because a file may hold 100,000 names. 0: the name is not there. */
static size_t type_place(const struct types_reader *t, const char *name)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(t->places, name));
}

static void type_add(struct types_reader *t, const char *name)
{
    t->types[t->n] = fields_type_plain;
    t->names[t->n++] = name;
    if (t->places)
        g_hash_table_insert(t->places, (gpointer)name, GSIZE_TO_POINTER(t->n));
}

/* Keys that a newer Outboard may know get a warning; the rest is read. */
static void type_warn_keys(struct types_reader *t, const struct json *node)
{
    JSON_EACH (child, node) {
        char *place;

        if (strncmp(child->key, "x-", 2) == 0 ||
            str_in(child->key, fields_type_keys))
            continue;
        place = g_strdup_printf("%s:%u:%u", json_name(child->doc),
                                child->key_line, child->key_col);
        fields_warn_key(&t->rd->warnings, t->rd->arena, place, child->key,
                        node->key);
        g_free(place);
    }
}

static int type_needs(struct types_reader *t, const struct json *node,
                      struct modinfo_type *type)
{
    size_t n;

    if (reader_names(t->rd, node, "needs", fields_need_flaw, &type->needs, &n))
        return -1;
    if (n <= FIELDS_NEEDS_MAX)
        return 0;
    return json_err(json_get(node, "needs"), t->rd->err,
                    "\"needs\" names more extensions than the limit (%zu, of "
                    "%d); name fewer",
                    n, FIELDS_NEEDS_MAX);
}

static int type_read(struct types_reader *t, const struct json *node,
                     struct modinfo_type *type)
{
    const struct json *bus = json_get(node, "bus");
    const struct json *category = json_get(node, "category");
    unsigned choice = 0;

    if (json_object(node, t->rd->err))
        return -1;
    type_warn_keys(t, node);
    if (reader_text(t->rd, node, "desc", &type->desc))
        return -1;
    if (bus && json_choice(bus, modinfo_bus_names, &choice, t->rd->err))
        return -1;
    type->bus = choice;
    /* The first name stands for "not stated", which is not a choice. */
    if (category &&
        json_choice(category, modinfo_category_names + 1, &choice, t->rd->err))
        return -1;
    if (category)
        type->category = choice + 1;
    return type_needs(t, node, type);
}

/* "types". A key x-... is the author's own, unless "objs" has such a type. */
static int types_read(struct types_reader *t, const struct json *node)
{
    JSON_EACH (child, node) {
        size_t place = type_place(t, child->key);
        const char *flaw = str_type_flaw(child->key);

        if (!place && strncmp(child->key, "x-", 2) == 0)
            continue;
        if (flaw)
            return json_key_err(child, t->rd->err,
                                "a type's name %s (\"%.64s\"); %s", flaw,
                                child->key, fields_todo(str_type_flaw));
        if (!place) {
            type_add(t, child->key);
            place = t->n;
        }
        if (type_read(t, child, &t->types[place - 1]))
            return -1;
    }
    return 0;
}

static int descs_unknown(struct types_reader *t, const struct json *child)
{
    const char *near;

    t->names[t->n] = NULL;
    near = str_nearest(child->key, t->names);
    return json_key_err(child, t->rd->err,
                        "\"descs\" describes a type that is not in \"objs\" "
                        "(\"%.64s\"); %s%s%s",
                        child->key, near ? "did you mean \"" : "add it there",
                        near ? near : "", near ? "\"?" : "");
}

/* "descs": only descriptions. "types" may repeat them, but not differ. */
static int descs_read(struct types_reader *t, const struct json *node)
{
    JSON_EACH (child, node) {
        size_t place = type_place(t, child->key);
        struct modinfo_type *type = &t->types[place ? place - 1 : 0];
        const char *desc;

        if (!place && strncmp(child->key, "x-", 2) == 0)
            continue;
        if (!place)
            return descs_unknown(t, child);
        if (reader_line(t->rd, child, &desc))
            return -1;
        if (*type->desc && strcmp(type->desc, desc) != 0)
            return json_err(child, t->rd->err,
                            "\"descs\" and \"types\" describe \"%s\" "
                            "differently (\"%.40s\" and \"%.40s\"); remove "
                            "one of the two",
                            child->key, desc, type->desc);
        type->desc = desc;
    }
    return 0;
}

static int both_read(struct types_reader *t, const struct json *types,
                     const struct json *descs)
{
    if (types && (json_object(types, t->rd->err) || types_read(t, types)))
        return -1;
    if (descs && (json_object(descs, t->rd->err) || descs_read(t, descs)))
        return -1;
    return 0;
}

int reader_types(struct modinfo_reader *rd, const struct json *obj,
                 struct modinfo *info)
{
    const struct json *types = json_get(obj, "types");
    const struct json *descs = json_get(obj, "descs");
    /* An object has a count, and another kind of value is refused later. */
    size_t most = info->n_objs + (types ? types->count : 0);
    struct types_reader t = { .rd = rd };
    int ret;

    if (types || descs)
        t.places = g_hash_table_new(g_str_hash, g_str_equal);
    t.names = arena_alloc(rd->arena, (most + 1) * sizeof(*t.names));
    t.types = arena_alloc(rd->arena, (most + 1) * sizeof(*t.types));
    for (uint32_t i = 0; i < info->n_objs; i++)
        type_add(&t, info->objs[i]);
    ret = both_read(&t, types, descs);
    if (t.places)
        g_hash_table_destroy(t.places);
    t.names[t.n] = NULL;
    info->objs = t.names;
    info->types = t.types;
    info->n_objs = t.n;
    return ret;
}
