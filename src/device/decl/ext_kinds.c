/* SPDX-License-Identifier: MIT */
/* The kinds of extensions that this build knows, and lookups among them. */
#include "device/decl/ext.h"

#include <string.h>

#define EXT_KIND(variable) extern const struct ext_kind variable;
#include "device/decl/ext_kinds.def"

static const struct ext_kind *const kinds[] = {
#define EXT_KIND(variable) &variable,
#include "device/decl/ext_kinds.def"
};

enum { ID_MAX = 64 };

const struct ext_kind *ext_kind_find(const char *id)
{
    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
        if (!strcmp(kinds[n]->id, id))
            return kinds[n];
    return NULL;
}

/* A name, a slash, a version: what modinfo, boards and messages show. */
const char *ext_id_flaw(const char *id)
{
    size_t len = id ? strnlen(id, ID_MAX + 1) : 0, name, digits;

    if (!id)
        return "is NULL";
    if (len > ID_MAX)
        return "is longer than 64 bytes";
    name = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (!name || id[name] != '/')
        return "is not NAME/VERSION";
    digits = strspn(id + name + 1, "0123456789");
    return digits && name + 1 + digits == len ? NULL : "is not NAME/VERSION";
}
