/* SPDX-License-Identifier: MIT */
/* The rules that the JSON file and the section share. */
#include "modinfo/fields.h"

#include <glib.h>
#include <string.h>

#include "base/str.h"
#include "modinfo/fields_type.h"

/* enum fields_list is the index, so both have the same order. */
const char *const fields_list_names[FIELDS_LISTS + 1] = {
    "arch", "objs", "deps", "opts", NULL,
};

/* Each text repeats a limit of docs/modinfo.md for the error message. */
const char *fields_todo(fields_flaw *flaw_of)
{
    if (flaw_of == fields_short_flaw)
        return "write one line of at most 256 bytes";
    if (flaw_of == fields_need_flaw)
        return "write it as ob.name/0, with a-z 0-9 . - and a number";
    if (flaw_of == str_type_flaw)
        return "use A-Z a-z 0-9 . _ -, at most 128, not starting with . _ "
               "- or 0";
    return "use A-Z a-z 0-9 . _ + -, at most 128, not starting with . or -";
}

static const char *const isolation_texts[ISOLATIONS] = {
    [ISOLATION_NONE] = "",
    [ISOLATION_PROCESS] = "process",
    [ISOLATION_IN_PROCESS] = "in-process",
};

const char *modinfo_isolation_text(enum modinfo_isolation isolation)
{
    return isolation_texts[isolation];
}

/* Skips ISOLATION_NONE: a file that writes "" makes a mistake. */
enum modinfo_isolation modinfo_isolation_find(const char *text)
{
    for (int i = ISOLATION_NONE + 1; i < ISOLATIONS; i++)
        if (strcmp(isolation_texts[i], text) == 0)
            return (enum modinfo_isolation)i;
    return ISOLATION_NONE;
}

const char *const *fields_list(const struct modinfo *info,
                               enum fields_list which)
{
    switch (which) {
    case FIELDS_ARCH: return info->arch;
    case FIELDS_OBJS: return info->objs;
    case FIELDS_DEPS: return info->deps;
    default: return info->opts;
    }
}

/*
 * Copies nothing: the caller keeps `list` alive as long as `info`. Only objs
 * needs its length, because descs has one entry for each type.
 */
void fields_list_set(struct modinfo *info, enum fields_list which,
                     const char *const *list, size_t n)
{
    switch (which) {
    case FIELDS_ARCH: info->arch = list; break;
    case FIELDS_OBJS:
        info->objs = list;
        info->n_objs = (uint32_t)n;
        break;
    case FIELDS_DEPS: info->deps = list; break;
    default: info->opts = list;
    }
}

/* The proposal of 2022 allows any text as a key (docs/proposal.md). */
const char *fields_short_flaw(const char *name)
{
    return *name ? fields_text_flaw(name) : "is empty";
}

/* From 9.0 on, QEMU aborts on a wrong type name (docs/modinfo.md). */
fields_flaw *fields_list_flaw(enum fields_list which)
{
    switch (which) {
    case FIELDS_OBJS: return str_type_flaw;
    case FIELDS_DEPS: return fields_short_flaw;
    default: return str_ident_flaw;
    }
}

/*
 * Outboard adds ".so" itself. An identifier holds no slash, so a hostile name
 * cannot lead out of the module directories.
 */
const char *fields_name_flaw(const char *name)
{
    if (g_str_has_suffix(name, ".so"))
        return "ends in .so";
    return str_ident_flaw(name);
}

/*
 * The user's terminal shows these texts. An escape sequence or a bidirectional
 * mark of a hostile file could change what the user reads.
 */
const char *fields_text_flaw(const char *text)
{
    if (strlen(text) > FIELDS_TEXT_MAX)
        return "is longer than 256 bytes";
    for (size_t n; *text; text += n) {
        n = str_shown_bytes(text);
        if (n == 0)
            return "holds a control character";
    }
    return NULL;
}

/* Short lists, the rule, need no table. */
static size_t fields_twice_short(const char *const *names, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return i;
    return n;
}

size_t fields_twice(const char *const *names, size_t n)
{
    GHashTable *seen;
    size_t i;

    /* A file of 4 MiB may hold 500,000 names, too many to compare in pairs. */
    if (n <= 16)
        return fields_twice_short(names, n);
    seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (i = 0; i < n; i++)
        if (!g_hash_table_add(seen, (gpointer)names[i]))
            break;
    g_hash_table_destroy(seen);
    return i;
}

/* "a/b.json", and no part of it is empty, "." or "..". */
const char *fields_file_flaw(const char *file)
{
    const char *flaw = fields_text_flaw(file);

    if (flaw)
        return flaw;
    if (!g_str_has_suffix(file, ".json"))
        return "does not end in .json";
    /* The first part of an absolute path is empty, so the loop refuses it. */
    while (file) {
        size_t len = strcspn(file, "/");

        if (len == 0 || (len == 1 && file[0] == '.') ||
            (len == 2 && strncmp(file, "..", 2) == 0))
            return "leads out of the directory";
        file = file[len] ? file + len + 1 : NULL;
    }
    return NULL;
}

/* fields_board_settle() sets cpus_max, so the answer is true after it. */
bool fields_board_says(const struct board_head *head)
{
    return *head->title || *head->arch || *head->aliases ||
           head->ram_default || head->ram_min || head->ram_max ||
           head->cpus_default || head->cpus_max;
}

/*
 * Fills in the defaults first, because the comparisons need all values. After
 * NULL the caller may rely on min <= default <= max.
 */
const char *fields_board_settle(struct board_head *head)
{
    if (!head->ram_min)
        head->ram_min = head->ram_default;
    if (!head->ram_max)
        head->ram_max = head->ram_default;
    if (!head->cpus_default)
        head->cpus_default = 1;
    if (!head->cpus_max)
        head->cpus_max = head->cpus_default;
    if (!head->ram_default && (head->ram_min || head->ram_max))
        return "has limits for ram but no ram";
    if (head->ram_min > head->ram_default || head->ram_max < head->ram_default)
        return "has a ram that is not between its least and its most";
    if (head->cpus_max < head->cpus_default)
        return "has more cpus than its most";
    return NULL;
}
