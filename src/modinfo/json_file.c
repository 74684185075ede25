/* SPDX-License-Identifier: MIT */
/*
 * Reads the JSON file, a dictionary of modules. docs/modinfo.md describes it.
 */
#include "modinfo/modinfo.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "modinfo/json_reader.h"

static const char *const modinfo_keys[] = {
    "name", "version", "license", "isolation", "arch", "objs", "types",
    "descs", "deps", "opts", "boards", "command", NULL,
};

static const char *const modinfo_board_keys[] = {
    "file", "title", "arch", "aliases", "ram", "cpus", NULL,
};

static const char *const modinfo_ram_keys[] = {
    "default", "min", "max", NULL,
};

static const char *const modinfo_cpus_keys[] = { "default", "max", NULL };

/* modinfo.schema.json states the same limits for editors. */
enum { CPUS_MAX = 1024, COMMAND_MAX = 64 };

static int read_isolation(struct modinfo_reader *rd, const struct json *obj,
                          struct modinfo *info)
{
    const struct json *node = json_get(obj, "isolation");
    const char *text = NULL;
    char seen[JSON_SHOW_BYTES];

    if (!node)
        return 0;
    if (json_str(node, &text, rd->err))
        return -1;
    info->isolation = modinfo_isolation_find(text);
    if (info->isolation)
        return 0;
    return json_err(
        node, rd->err,
        "\"isolation\" is not a place to run (%s); write \"process\" "
        "or \"in-process\"",
        json_show(node, seen));
}

static int read_lists(struct modinfo_reader *rd, const struct json *obj,
                      struct modinfo *info)
{
    for (int which = 0; which < FIELDS_LISTS; which++) {
        const char *const *list;
        size_t n;

        if (reader_names(rd, obj, fields_list_names[which],
                         fields_list_flaw(which), &list, &n))
            return -1;
        fields_list_set(info, which, list, n);
    }
    return 0;
}

/* A size that is not 0, where it is there. */
static int read_bytes(struct modinfo_reader *rd, const struct json *node,
                      uint64_t *ret_value)
{
    char seen[JSON_SHOW_BYTES];

    if (!node)
        return 0;
    if (json_bytes(node, ret_value, rd->err))
        return -1;
    /* In a board_head 0 means that the file does not state the value. */
    if (*ret_value == 0)
        return json_err(node, rd->err,
                        "\"%s\" is nothing (%s); write a size, or leave it "
                        "out",
                        node->key, json_show(node, seen));
    return 0;
}

/* "ram": a size, or an object with the limits for -m. */
static int read_ram(struct modinfo_reader *rd, const struct json *node,
                    struct board_head *head)
{
    const struct json *size = node;

    if (!node || node->kind != JSON_OBJECT)
        return read_bytes(rd, node, &head->ram_default);
    /* "default" is required: limits without a size mean nothing to -m. */
    if (json_check_keys(node, modinfo_ram_keys, rd->err) ||
        json_need(node, "default", &size, rd->err) ||
        read_bytes(rd, size, &head->ram_default) ||
        read_bytes(rd, json_get(node, "min"), &head->ram_min))
        return -1;
    return read_bytes(rd, json_get(node, "max"), &head->ram_max);
}

static int read_count(struct modinfo_reader *rd, const struct json *node,
                      uint32_t *ret_value)
{
    uint64_t value = 0;

    if (!node)
        return 0;
    /* The range keeps the cast below from losing bits. */
    if (json_range(node, 1, CPUS_MAX, &value, rd->err))
        return -1;
    *ret_value = (uint32_t)value;
    return 0;
}

/* "cpus": a number, or an object with the most for -smp. */
static int read_cpus(struct modinfo_reader *rd, const struct json *node,
                     struct board_head *head)
{
    if (!node || node->kind != JSON_OBJECT)
        return read_count(rd, node, &head->cpus_default);
    if (json_check_keys(node, modinfo_cpus_keys, rd->err) ||
        read_count(rd, json_get(node, "default"), &head->cpus_default))
        return -1;
    return read_count(rd, json_get(node, "max"), &head->cpus_max);
}

/* A board that is a file of its own says everything there. */
static int read_board_file(struct modinfo_reader *rd, const struct json *obj,
                           struct board_head *head)
{
    const struct json *node = json_get(obj, "file");
    char seen[JSON_SHOW_BYTES];
    const char *flaw;

    if (json_str(node, &head->file, rd->err))
        return -1;
    flaw = fields_file_flaw(head->file);
    if (flaw)
        return json_err(node, rd->err, "\"file\" %s (%s); " FIELDS_FILE_TODO,
                        flaw, json_show(node, seen));
    /* Two files that state one value could differ, so only one may do so. */
    JSON_EACH (child, obj)
        if (child != node && strncmp(child->key, "x-", 2) != 0)
            return json_key_err(child, rd->err,
                                "\"%s\" is the board file's to say (\"%s\"); "
                                "leave it out",
                                child->key, head->file);
    /* No limit is set here, so no limit can be wrong. */
    fields_board_settle(head);
    return 0;
}

static int read_board_object(struct modinfo_reader *rd, const struct json *obj,
                             struct board_head *head)
{
    const char *flaw;
    size_t n;

    if (json_check_keys(obj, modinfo_board_keys, rd->err))
        return -1;
    if (json_get(obj, "file"))
        return read_board_file(rd, obj, head);
    if (reader_text(rd, obj, "title", &head->title) ||
        reader_names(rd, obj, "arch", str_ident_flaw, &head->arch, &n) ||
        reader_names(rd, obj, "aliases", str_type_flaw, &head->aliases, &n) ||
        read_ram(rd, json_get(obj, "ram"), head) ||
        read_cpus(rd, json_get(obj, "cpus"), head))
        return -1;
    flaw = fields_board_settle(head);
    if (flaw)
        return json_err(obj, rd->err,
                        "the board %s (\"%s\"); correct the limits", flaw,
                        head->name);
    return 0;
}

/* A board is its title, or an object that says more. */
static int read_board(struct modinfo_reader *rd, const struct json *node,
                      struct board_head *head)
{
    const char *flaw = str_type_flaw(node->key);
    char seen[JSON_SHOW_BYTES];

    /* The defaults come first, because an object may leave each key out. */
    head->name = node->key;
    head->title = "";
    head->arch = fields_no_names;
    head->aliases = fields_no_names;
    if (flaw)
        return json_key_err(node, rd->err, "a board's name %s (\"%.64s\"); %s",
                            flaw, node->key, fields_todo(str_type_flaw));
    if (node->kind == JSON_OBJECT)
        return read_board_object(rd, node, head);
    if (node->kind != JSON_STRING)
        return json_err(node, rd->err,
                        "\"%s\" is neither a title nor an object (%s); write "
                        "the board's title",
                        node->key, json_show(node, seen));
    fields_board_settle(head);
    return reader_line(rd, node, &head->title);
}

static int read_boards(struct modinfo_reader *rd, const struct json *obj,
                       struct modinfo *info)
{
    const struct json *node = json_get(obj, "boards");
    struct board_head *head;

    if (!node)
        return 0;
    if (json_object(node, rd->err))
        return -1;
    /* The JSON parser refuses duplicate keys, so no board is there twice. */
    head = arena_zeros(rd->arena, node->count + 1, sizeof(*head));
    info->boards = head;
    JSON_EACH (child, node) {
        if (strncmp(child->key, "x-", 2) == 0)
            continue;
        if (read_board(rd, child, &head[info->n_boards++]))
            return -1;
    }
    return 0;
}

/* A program has types to serve, and no code that could build a board. */
static int command_check(struct modinfo_reader *rd, const struct json *node,
                         const struct modinfo *info)
{
    /* A list without entries has only the NULL, so `count` is tested first. */
    if (!node->count || !*info->command[0])
        return json_err(node, rd->err,
                        "\"command\" names no program; write its path, from "
                        "this file's directory");
    for (uint32_t i = 0; i < info->n_boards; i++)
        if (!info->boards[i].file)
            return json_key_err(node, rd->err,
                                "\"command\" and \"boards\": a program builds "
                                "no boards; remove one of them, or name board "
                                "files");
    if (info->isolation == ISOLATION_IN_PROCESS)
        return json_key_err(node, rd->err,
                            "\"command\" and in-process: a program runs in a "
                            "process of its own; leave \"isolation\" out");
    if (!info->n_objs)
        return json_key_err(node, rd->err,
                            "\"command\" without \"objs\" or \"types\"; "
                            "name the types that the program serves");
    return 0;
}

/* "command": a program, and its arguments. */
static int read_command(struct modinfo_reader *rd, const struct json *obj,
                        struct modinfo *info)
{
    const struct json *node = json_get(obj, "command");
    const char **words;
    size_t n = 0;

    if (!node)
        return 0;
    if (json_list(node, rd->err))
        return -1;
    if (node->count > COMMAND_MAX)
        return json_err(node, rd->err,
                        "\"command\" has %u words, where %d are the most; use "
                        "fewer",
                        node->count, COMMAND_MAX);
    words = arena_zeros(rd->arena, node->count + 1, sizeof(*words));
    JSON_EACH (child, node) {
        const char *flaw;

        if (json_str(child, &words[n], rd->err))
            return -1;
        flaw = fields_text_flaw(words[n++]);
        if (flaw)
            return json_err(child, rd->err,
                            "a word of \"command\" %s; write one short line",
                            flaw);
    }
    info->command = words;
    return command_check(rd, node, info);
}

/* A hostile key may be 4 MiB long, so the error shows only 64 bytes. */
static int read_name(struct modinfo_reader *rd, const struct json *obj,
                     struct modinfo *info)
{
    const struct json *node = NULL;
    char seen[JSON_SHOW_BYTES];
    const char *flaw = fields_short_flaw(info->short_name);

    if (flaw)
        return json_key_err(obj, rd->err,
                            "the module's short name %s (\"%.64s\"); %s", flaw,
                            info->short_name, fields_todo(fields_short_flaw));
    if (json_need(obj, "name", &node, rd->err) ||
        json_str(node, &info->name, rd->err))
        return -1;
    flaw = fields_name_flaw(info->name);
    if (flaw)
        return json_err(node, rd->err,
                        "\"name\" %s (%s); write the file's base name, "
                        "without directory and .so",
                        flaw, json_show(node, seen));
    return 0;
}

/*
 * The order matters: reader_types() adds to "objs", and "command" is compared
 * with "isolation", the types and "boards". The strings stay in the document.
 */
static int read_module(struct modinfo_reader *rd, const struct json *obj,
                       struct modinfo *info)
{
    info->short_name = obj->key;
    info->path = json_name(obj->doc);
    info->line = obj->key_line;
    info->col = obj->key_col;
    if (json_check_keys(obj, modinfo_keys, rd->err) ||
        read_name(rd, obj, info) ||
        reader_text(rd, obj, "version", &info->version) ||
        reader_text(rd, obj, "license", &info->license) ||
        read_isolation(rd, obj, info) || read_lists(rd, obj, info) ||
        reader_types(rd, obj, info) || read_boards(rd, obj, info))
        return -1;
    return read_command(rd, obj, info);
}

/* A board file given to the wrong option deserves a word of its own. */
static int refuse_board(const struct json *root, struct ob_err *err)
{
    const struct json *mark = json_get(root, "outboard");
    char seen[JSON_SHOW_BYTES];

    /* A module may be called "outboard"; then the value is an object. */
    if (!mark || mark->kind == JSON_OBJECT || !json_get(root, "board"))
        return 0;
    return json_key_err(mark, err,
                        "this is a board, not a modinfo file (\"outboard\": "
                        "%s); name it with -add_machines",
                        json_show(mark, seen));
}

/* Read a parsed file; it takes `doc` over if it succeeds. */
static int read_file(struct json_doc *doc, struct modinfo_file **ret_file,
                     struct ob_err *err)
{
    const struct json *root = json_root(doc);
    struct modinfo_reader rd = { .err = err };
    struct modinfo_file *file;
    struct modinfo *info;

    /* A failure leaves `doc` with the caller, which frees it. */
    if (json_object(root, err) || refuse_board(root, err))
        return -EINVAL;
    rd.arena = arena_new(0);
    info = arena_zeros(rd.arena, root->count + 1, sizeof(*info));
    file = arena_zeros(rd.arena, 1, sizeof(*file));
    file->modules = info;
    file->count = root->count;
    file->path = json_name(doc);
    file->arena = rd.arena;
    JSON_EACH (child, root) {
        if (strncmp(child->key, "x-", 2) == 0) {
            /* The array keeps an unused entry at its end. */
            file->count--;
            continue;
        }
        if (read_module(&rd, child, info++)) {
            arena_free(rd.arena);
            return -EINVAL;
        }
    }
    file->warnings = arena_list(rd.arena, rd.warnings.lines);
    file->doc = doc;
    *ret_file = file;
    return 0;
}

int modinfo_parse(const char *data, size_t len, const char *name,
                  struct modinfo_file **ret_file, struct ob_err *err)
{
    struct json_doc *doc;
    int ret = json_parse(data, len, name, &doc, err);

    if (ret)
        return ret;
    ret = read_file(doc, ret_file, err);
    if (ret)
        json_free(doc);
    return ret;
}

int modinfo_load(const char *path, enum file_gate gate,
                 struct modinfo_file **ret_file, struct ob_err *err)
{
    struct json_doc *doc;
    /* 0 stands for the 4 MiB of docs/modinfo.md (JSON_LIMIT_BYTES). */
    int ret = json_load(path, gate, 0, &doc, err);

    if (ret)
        return ret;
    ret = read_file(doc, ret_file, err);
    if (ret)
        json_free(doc);
    return ret;
}

void modinfo_free(struct modinfo_file *file)
{
    if (!file)
        return;
    json_free(file->doc);
    arena_free(file->arena);        /* `file` itself lies in it */
}

bool modinfo_arch_fits(const char *const *list, const char *arch)
{
    return !list || !*list || str_in(arch, list);
}
