/* SPDX-License-Identifier: MIT */
/* Reads the strings of a .modinfo section: "key=value", each with its NUL. */
#include "modinfo/section.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/units.h"
#include "modinfo/section_reader.h"

static const char *const section_fields[] = {
    "file", "title", "arch", "aliases", "ram", "ram-min", "ram-max",
    "cpus", "cpus-max", NULL,
};

enum { FIELDS_OF_BOARD = G_N_ELEMENTS(section_fields) - 1 };

/* `list` as an array of the arena's, NULL at the end, nothing twice. */
static int section_settle(struct section_reader *rd, const char *key,
                          const GPtrArray *list, const char *const **ret_names)
{
    const char **names = arena_alloc(rd->arena,
                                     (list->len + 1) * sizeof(*names));
    size_t twice;

    /* A key may be repeated, so only the complete list shows duplicates. */
    for (guint i = 0; i < list->len; i++)
        names[i] = list->pdata[i];
    names[list->len] = NULL;
    twice = fields_twice(names, list->len);
    if (twice < list->len)
        return section_fail(rd, "\"%s\" names this twice (\"%s\"); remove one",
                            key, names[twice]);
    *ret_names = names;
    return 0;
}

/* "MAJOR.MINOR"; each source file of a module brings one, all alike. */
static int section_abi(struct section_reader *rd, const char *value)
{
    uint64_t part[2] = { 0, 0 };
    char **text = g_strsplit(value, ".", 2);
    bool good = g_strv_length(text) == 2 &&
                units_u64(text[0], &part[0]) == 0 &&
                units_u64(text[1], &part[1]) == 0 && part[0] + part[1] &&
                part[0] <= UINT16_MAX && part[1] <= UINT16_MAX;

    g_strfreev(text);
    /* 0.0 means "not stated" in modinfo.h, so a section may not use it. */
    if (!good)
        return section_fail(rd,
                            "\"abi\" is not MAJOR.MINOR (\"%.40s\"); build it "
                            "with the sdk's headers",
                            value);
    if (rd->info->abi_major &&
        (rd->info->abi_major != part[0] || rd->info->abi_minor != part[1]))
        return section_fail(rd,
                            "\"abi\" differs among its files (%u.%u and "
                            "%.40s); build all of them with one sdk",
                            rd->info->abi_major, rd->info->abi_minor, value);
    rd->info->abi_major = (uint16_t)part[0];
    rd->info->abi_minor = (uint16_t)part[1];
    return 0;
}

/*
 * The linker decides the order of the strings, so the last one must not win
 * by chance.
 */
static int section_isolation(struct section_reader *rd, const char *value)
{
    enum modinfo_isolation now = modinfo_isolation_find(value);
    enum modinfo_isolation *ret = &rd->info->isolation;

    if (!now)
        return section_fail(rd,
                            "\"isolation\" is not a place to run (\"%.40s\"); "
                            "write process or in-process",
                            value);
    if (*ret && *ret != now)
        return section_fail(rd,
                            "\"isolation\" stands twice (\"%s\" and \"%s\"); "
                            "remove one",
                            modinfo_isolation_text(*ret), value);
    *ret = now;
    return 0;
}

/* First pass: all but what refers to types and boards by their names. */
static int section_entry(struct section_reader *rd, const char *key,
                         const char *value)
{
    struct modinfo *info = rd->info;

    if (strcmp(key, "abi") == 0)
        return section_abi(rd, value);
    if (strcmp(key, "name") == 0)
        return section_text(rd, key, value, &info->name);
    if (strcmp(key, "short") == 0)
        return section_text(rd, key, value, &info->short_name);
    if (strcmp(key, "version") == 0)
        return section_text(rd, key, value, &info->version);
    if (strcmp(key, "license") == 0)
        return section_text(rd, key, value, &info->license);
    if (strcmp(key, "isolation") == 0)
        return section_isolation(rd, value);
    for (int i = 0; i < FIELDS_LISTS; i++)
        if (strcmp(key, fields_list_names[i]) == 0)
            return section_split(rd, key, value, fields_list_flaw(i),
                                 rd->lists[i]);
    if (strcmp(key, "boards") == 0)
        return section_split(rd, key, value, str_type_flaw,
                             rd->lists[LIST_BOARDS]);
    /* x- keys belong to the author. Later passes read keys with a dot. */
    if (g_str_has_prefix(key, "x-") || strchr(key, '.'))
        return 0;
    return section_unknown(rd, key);
}

/* Have section_place() look through `names`. */
static void section_index(struct section_reader *rd, const GPtrArray *names)
{
    /*
     * A section of 1 MiB may describe 50,000 types: a search in the list would
     * need 10^9 comparisons. 0 is free to mean "not found".
     */
    g_hash_table_remove_all(rd->places);
    for (size_t i = 0; i < names->len; i++)
        g_hash_table_insert(rd->places, names->pdata[i],
                            GSIZE_TO_POINTER(i + 1));
}

static int section_field_list(struct section_reader *rd, const char *key,
                              const char *value, fields_flaw *flaw_of,
                              const char *const **ret_names)
{
    GPtrArray *list = g_ptr_array_new();
    int ret = section_split(rd, key, value, flaw_of, list);

    if (ret == 0)
        ret = section_settle(rd, key, list, ret_names);
    g_ptr_array_free(list, TRUE);
    return ret;
}

static int section_field_bytes(struct section_reader *rd, const char *key,
                               const char *value, uint64_t *ret_value)
{
    uint64_t bytes;

    /* In a board_head 0 means that the file does not state the value. */
    if (units_bytes(value, &bytes) || bytes == 0)
        return section_fail(rd,
                            "\"%.64s\" is not a size (\"%.40s\"); write it as "
                            "512 MiB",
                            key, value);
    *ret_value = bytes;
    return 0;
}

static int section_field_cpus(struct section_reader *rd, const char *key,
                              const char *value, uint32_t *ret_value)
{
    uint64_t cpus;

    /* The same limit as CPUS_MAX in json_file.c. */
    if (units_u64(value, &cpus) || cpus == 0 || cpus > 1024)
        return section_fail(rd,
                            "\"%.64s\" is not a number of cpus (\"%.40s\"); "
                            "use 1 to 1024",
                            key, value);
    *ret_value = (uint32_t)cpus;
    return 0;
}

static int section_field_file(struct section_reader *rd, const char *key,
                              const char *value, const char **ret_text)
{
    const char *flaw = fields_file_flaw(value);

    if (flaw)
        return section_fail(rd, "\"%.64s\" %s (\"%.40s\"); " FIELDS_FILE_TODO,
                            key, flaw, value);
    return section_text(rd, key, value, ret_text);
}

/* section_board() checked `field`, so "cpus-max" is left at the end. */
static int section_field(struct section_reader *rd, const char *key,
                         const char *field, const char *value,
                         struct board_head *head)
{
    if (strcmp(field, "file") == 0)
        return section_field_file(rd, key, value, &head->file);
    if (strcmp(field, "title") == 0)
        return section_text(rd, key, value, &head->title);
    if (strcmp(field, "arch") == 0)
        return section_field_list(rd, key, value, str_ident_flaw, &head->arch);
    if (strcmp(field, "aliases") == 0)
        return section_field_list(rd, key, value, str_type_flaw,
                                  &head->aliases);
    if (strcmp(field, "ram") == 0)
        return section_field_bytes(rd, key, value, &head->ram_default);
    if (strcmp(field, "ram-min") == 0)
        return section_field_bytes(rd, key, value, &head->ram_min);
    if (strcmp(field, "ram-max") == 0)
        return section_field_bytes(rd, key, value, &head->ram_max);
    if (strcmp(field, "cpus") == 0)
        return section_field_cpus(rd, key, value, &head->cpus_default);
    return section_field_cpus(rd, key, value, &head->cpus_max);
}

/*
 * The linker decides the order of the strings, so the last of two values must
 * not win. The texts are compared, because 0 and "" are values of some fields.
 */
static int section_field_once(struct section_reader *rd, const char *key,
                              const char *field, const char *value,
                              size_t board)
{
    const char **said = &rd->said[board * FIELDS_OF_BOARD];

    for (const char *const *name = section_fields; strcmp(*name, field);
         name++)
        said++;
    if (*said && strcmp(*said, value) != 0)
        return section_twice(rd, key, *said, value);
    *said = value;
    return section_field(rd, key, field, value, &rd->boards[board]);
}

/* "board.NAME.FIELD"; NAME may hold dots, FIELD does not. */
static int section_board(struct section_reader *rd, const char *key,
                         const char *value)
{
    const char *name = key + strlen("board.");
    const char *dot = strrchr(name, '.');
    size_t place;

    if (!dot || !str_in(dot + 1, section_fields))
        return section_fail(rd,
                            "unknown field of a board (\"%.64s\"); use "
                            "board.NAME.file, .title, .arch, .aliases, .ram, "
                            ".ram-min, .ram-max, .cpus or .cpus-max",
                            key);
    name = arena_text(rd->arena, name, (size_t)(dot - name));
    place = section_place(rd, name);
    if (place > 0)
        return section_field_once(rd, key, dot + 1, value, place - 1);
    return section_fail(rd,
                        "\"%.64s\" speaks of a board that is not in "
                        "\"boards\" (\"%.64s\"); add it there",
                        key, name);
}

/* Third pass: and the boards. */
static int section_fields_of_boards(struct section_reader *rd, const char *key,
                                    const char *value)
{
    return g_str_has_prefix(key, "board.") ? section_board(rd, key, value) : 0;
}

/* Call `entry` for every string; linkers may leave NULs between them. */
static int section_walk(struct section_reader *rd, const char *data,
                        size_t len,
                        int (*entry)(struct section_reader *rd,
                                     const char *key, const char *value))
{
    size_t at = 0;

    /*
     * section_parse() checked that the data ends in NUL, so no string function
     * leaves it. The caller frees the data, so the arena gets copies.
     */
    while (at < len) {
        const char *text = data + at;
        size_t text_len = strlen(text);
        const char *equals = strchr(text, '=');
        int ret;

        at += text_len + 1;
        if (text_len == 0)
            continue;
        if (!equals || equals == text)
            return section_fail(rd,
                                "an entry is not key=value (\"%.40s\"); use "
                                "OB_MODINFO(key, value)",
                                text);
        ret = entry(rd, arena_text(rd->arena, text, (size_t)(equals - text)),
                    arena_strdup(rd->arena, equals + 1));
        if (ret)
            return ret;
    }
    return 0;
}

/* Runs after the first pass, because "name" may be the last string. */
static int section_check_name(struct section_reader *rd)
{
    struct modinfo *info = rd->info;
    const char *flaw;

    if (!info->name)
        return section_fail(rd, "\"name\" is missing (no entry name=...); "
                                "add OB_MODINFO(\"name\", ...)");
    if (!info->short_name)
        info->short_name = info->name;
    flaw = fields_name_flaw(info->name);
    if (flaw)
        return section_fail(rd,
                            "\"name\" %s (\"%.64s\"); write the file's base "
                            "name, without directory and .so",
                            flaw, info->name);
    flaw = fields_short_flaw(info->short_name);
    if (flaw)
        return section_fail(rd, "\"short\" %s (\"%.64s\"); %s", flaw,
                            info->short_name, fields_todo(fields_short_flaw));
    if (g_str_has_prefix(info->short_name, "x-"))
        return section_fail(rd,
                            "the module's short name starts with x- "
                            "(\"%.64s\"), as what a modinfo file passes over "
                            "does; choose another",
                            info->short_name);
    return 0;
}

/* Between the passes: room for what the third pass finds. */
static int section_list_of_boards(struct section_reader *rd)
{
    struct modinfo *info = rd->info;
    const char *const *names;

    if (section_settle(rd, "boards", rd->lists[LIST_BOARDS], &names))
        return -EINVAL;
    info->n_boards = rd->lists[LIST_BOARDS]->len;
    rd->boards = arena_zeros(rd->arena, info->n_boards + 1,
                             sizeof(*rd->boards));
    info->boards = rd->boards;
    rd->said = arena_zeros(rd->arena, info->n_boards + 1,
                           FIELDS_OF_BOARD * sizeof(*rd->said));
    for (uint32_t i = 0; i < info->n_boards; i++) {
        if (g_str_has_prefix(names[i], "x-"))
            return section_fail(rd,
                                "a board's name starts with x- (\"%.64s\"), "
                                "as what a modinfo file passes over does; "
                                "choose another",
                                names[i]);
        rd->boards[i].name = names[i];
        rd->boards[i].title = "";
        rd->boards[i].arch = arena_list(rd->arena, NULL);
        rd->boards[i].aliases = arena_list(rd->arena, NULL);
    }
    return 0;
}

/* Between the passes: the lists, and room for types and boards. */
static int section_lists(struct section_reader *rd)
{
    struct modinfo *info = rd->info;
    const char *const *names;

    for (int i = 0; i < FIELDS_LISTS; i++) {
        if (section_settle(rd, fields_list_names[i], rd->lists[i], &names))
            return -EINVAL;
        fields_list_set(info, i, names, rd->lists[i]->len);
    }
    if (section_list_of_boards(rd))
        return -EINVAL;
    rd->types = arena_alloc(rd->arena,
                            (info->n_objs + 1) * sizeof(*rd->types));
    rd->types_said = arena_zeros(rd->arena, info->n_objs + 1,
                                 sizeof(*rd->types_said));
    for (uint32_t i = 0; i < info->n_objs; i++)
        rd->types[i] = fields_type_plain;
    info->types = rd->types;
    return 0;
}

static int section_boards_settle(struct section_reader *rd)
{
    for (uint32_t i = 0; i < rd->info->n_boards; i++) {
        const struct board_head *head = &rd->boards[i];
        const char *flaw;

        /* Before fields_board_settle(), which fills in values itself. */
        if (head->file && fields_board_says(head))
            return section_fail(rd,
                                "the board says more than its file (\"%s\"), "
                                "whose it is to say; keep board.%s.file alone",
                                head->name, head->name);
        flaw = fields_board_settle(&rd->boards[i]);
        if (flaw)
            return section_fail(rd,
                                "the board %s (\"%s\"); correct the limits",
                                flaw, rd->boards[i].name);
    }
    return 0;
}

/*
 * A type may be described before it is named, as the linker orders the strings.
 * So the lists are complete before the second pass. Types and boards have
 * separate indexes, because a type and a board may share a name.
 */
static int section_fill(struct section_reader *rd, const char *data,
                        size_t len)
{
    if (section_walk(rd, data, len, section_entry) || section_check_name(rd) ||
        section_lists(rd))
        return -EINVAL;
    section_index(rd, rd->lists[FIELDS_OBJS]);
    if (section_walk(rd, data, len, section_type))
        return -EINVAL;
    section_index(rd, rd->lists[LIST_BOARDS]);
    if (section_walk(rd, data, len, section_fields_of_boards))
        return -EINVAL;
    return section_boards_settle(rd);
}

int section_parse(const char *data, size_t len, const char *name,
                  struct modinfo_file **ret_file, struct ob_err *err)
{
    /* All that the caller gets lies in the arena, `file` too. */
    struct section_reader rd = { .err = err, .arena = arena_new(0) };
    struct modinfo_file *file = arena_zeros(rd.arena, 1, sizeof(*file));
    char *place = g_strconcat(name, ": .modinfo", NULL);
    int ret;

    rd.info = arena_zeros(rd.arena, 1, sizeof(*rd.info));
    rd.info->path = arena_strdup(rd.arena, name);
    rd.place = arena_strdup(rd.arena, place);
    g_free(place);
    rd.places = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < LISTS; i++)
        rd.lists[i] = g_ptr_array_new();
    if (len == 0 || data[len - 1] != '\0')
        ret = section_fail(&rd,
                           "the last entry has no end (%zu bytes); use "
                           "OB_MODINFO(key, value)",
                           len);
    else
        ret = section_fill(&rd, data, len);
    for (int i = 0; i < LISTS; i++)
        g_ptr_array_free(rd.lists[i], TRUE);
    g_hash_table_destroy(rd.places);
    if (ret) {
        arena_free(rd.arena);
        return ret;
    }
    file->path = rd.info->path;
    file->count = 1;
    file->modules = rd.info;
    file->warnings = arena_list(rd.arena, rd.warnings.lines);
    file->arena = rd.arena;
    *ret_file = file;
    return 0;
}
