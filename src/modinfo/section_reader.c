/* SPDX-License-Identifier: MIT */
/* Errors and values of a .modinfo section, for the files that read it. */
#include "modinfo/section_reader.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* For suggestions only; section_entry() decides what a key means. */
static const char *const section_keys[] = {
    "abi", "name", "short", "version", "license", "isolation", "arch",
    "objs", "deps", "opts", "boards", "desc.TYPE", "bus.TYPE",
    "category.TYPE", "needs.TYPE", "board.NAME.FIELD", NULL,
};

int section_fail(struct section_reader *rd, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(rd->err, -EINVAL, fmt, ap);
    va_end(ap);
    return err_prefix(rd->err, -EINVAL, "%s", rd->place);
}

int section_split(struct section_reader *rd, const char *key,
                  const char *value, fields_flaw *flaw_of, GPtrArray *list)
{
    while (*value) {
        size_t len = strcspn(value, ",");
        char *name = g_strstrip(arena_text(rd->arena, value, len));
        const char *flaw = flaw_of(name);

        if (flaw)
            return section_fail(rd, "an entry of \"%s\" %s (\"%.64s\"); %s",
                                key, flaw, name, fields_todo(flaw_of));
        g_ptr_array_add(list, name);
        value += len;
        /* The loop would end before it sees this last, empty entry. */
        if (*value == ',' && *++value == '\0')
            return section_fail(rd,
                                "an entry of \"%s\" is empty (\",\" at the "
                                "end); leave the comma out",
                                key);
    }
    return 0;
}

int section_twice(struct section_reader *rd, const char *key,
                  const char *first, const char *second)
{
    return section_fail(rd,
                        "\"%.64s\" stands twice (\"%.40s\" and \"%.40s\"); "
                        "remove one",
                        key, first, second);
}

int section_text(struct section_reader *rd, const char *key, const char *value,
                 const char **ret_text)
{
    const char *flaw = fields_text_flaw(value);

    /* fields_text_flaw() would call such bytes a control character. */
    if (!g_utf8_validate(value, -1, NULL))
        flaw = "is not utf-8";
    if (flaw)
        return section_fail(rd,
                            "\"%.64s\" %s (\"%.40s\"); write one short line",
                            key, flaw, value);
    if (*ret_text && **ret_text && strcmp(*ret_text, value) != 0)
        return section_twice(rd, key, *ret_text, value);
    *ret_text = value;
    return 0;
}

int section_unknown(struct section_reader *rd, const char *key)
{
    const char *near = str_nearest(key, section_keys);

    return section_fail(rd, "unknown key (\"%.64s\"); %s%s%s", key,
                        near ? "did you mean \"" : "see docs/modinfo.md",
                        near ? near : "", near ? "\"?" : "");
}

size_t section_place(const struct section_reader *rd, const char *name)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(rd->places, name));
}
