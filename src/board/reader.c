/* SPDX-License-Identifier: MIT */
/* Names, places and common values of a board's text. */
#include "board/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEYS(object_, ...) \
    const char *const board_keys_##object_[] = { __VA_ARGS__, NULL };
#include "board/keys.def"
#undef KEYS

static const char *place_file(struct board_reader *r, const char *file)
{
    if (r->file != file) {
        r->file = file;
        r->file_copy = arena_strdup(r->arena, file);
    }
    return r->file_copy;
}

struct plan_place board_place(struct board_reader *r, const struct json *at)
{
    struct plan_place place = {
        place_file(r, json_name(at->doc)), at->line, at->col,
    };

    return place;
}

struct plan_place board_key_place(struct board_reader *r,
                                  const struct json *at)
{
    struct plan_place place = board_place(r, at);

    if (at->key_line) {
        place.line = at->key_line;
        place.col = at->key_col;
    }
    return place;
}

int board_err(struct board_reader *r, const struct plan_place *at,
              const char *fmt, ...)
{
    char text[OB_ERR_TEXT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(r->err, -EINVAL, "%s:%u:%u: %s", at->file, at->line,
                   at->col, text);
}

/* A name is a QOM child of the machine. A dot separates it from the rest. */
static const char *name_flaw(const char *name)
{
    if (!*name)
        return "is empty";
    if (strlen(name) > 64)
        return "is longer than 64 characters";
    for (const char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '-' && *at != '_')
            return "has a character other than letters, digits, - and _";
    if (!g_ascii_isalpha(*name))
        return "does not start with a letter";
    if (strcmp(name, "system") == 0)
        return "is the board's own word for memory";
    return NULL;
}

int board_name_add(struct board_reader *r, const struct json *node,
                   enum board_name_kind kind, uint32_t index)
{
    const char *flaw = name_flaw(node->key);
    const struct board_name *other = board_name_get(r, node->key);
    struct board_name *name;

    if (flaw)
        return json_key_err(node, r->err,
                            "a name %s (\"%.72s\"); choose another", flaw,
                            node->key);
    /*
     * "ram" is reserved only while the board has RAM for -m. "system" never
     * gets here: name_flaw() refuses it on every board.
     */
    if (other && other->builtin)
        return json_key_err(node, r->err,
                            "a name is what -m gives (\"%s\"); choose "
                            "another, and name this one as an \"alias\"",
                            node->key);
    if (other)
        return json_key_err(node, r->err,
                            "a name is used twice (\"%s\", first in line %u); "
                            "choose another",
                            node->key, other->place.line);
    name = arena_zeros(r->arena, 1, sizeof(*name));
    name->kind = kind;
    name->index = index;
    name->place = board_key_place(r, node);
    g_hash_table_insert(r->names, arena_strdup(r->arena, node->key), name);
    return 0;
}

const struct board_name *board_name_get(struct board_reader *r,
                                        const char *text)
{
    return g_hash_table_lookup(r->names, text);
}

/*
 * Offer only names of the right kind. A part's name where the board needs
 * memory would lead the user to the next error.
 */
const char *board_name_hint(struct board_reader *r, const char *text,
                            enum board_name_kind kind)
{
    struct str_near near = { text, NULL, 0 };
    char hint[160];
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, r->names);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const struct board_name *entry = value;

        if (entry->kind == kind)
            str_near_offer(&near, name);
    }
    if (near.best)
        snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near.best);
    else
        snprintf(hint, sizeof(hint), "use a name from \"%s\"",
                 kind == BOARD_NAME_PART ? "parts" : "memory");
    return arena_strdup(r->arena, hint);
}

/*
 * The text may be of any length and content. The error shows 64 characters of
 * an unknown text. A known name is short already (name_flaw()).
 */
int board_name_find(struct board_reader *r, const struct json *at,
                    const char *text, enum board_name_kind kind, uint32_t *ret)
{
    const struct board_name *name = board_name_get(r, text);
    const char *word = kind == BOARD_NAME_PART ? "part" : "memory";

    if (name && name->kind == kind) {
        *ret = name->index;
        return 0;
    }
    if (name)
        return json_err(at, r->err, "\"%s\" is not a %s (it is in \"%s\"); %s",
                        text,
                        kind == BOARD_NAME_PART ? "part" : "memory region",
                        kind == BOARD_NAME_PART ? "memory" : "parts",
                        board_name_hint(r, text, kind));
    return json_err(at, r->err, "there is no %s \"%.64s\" on this board; %s",
                    word, text, board_name_hint(r, text, kind));
}

/*
 * The first dot counts: a part's name has no dot (name_flaw()), but the name
 * of an output or bus may have more.
 */
bool board_split(struct board_reader *r, const char *text,
                 const char **ret_part, const char **ret_rest)
{
    const char *dot = strchr(text, '.');

    if (!dot || dot == text || !dot[1])
        return false;
    *ret_part = arena_text(r->arena, text, dot - text);
    *ret_rest = arena_strdup(r->arena, dot + 1);
    return true;
}

int board_opt_region(struct board_reader *r, const struct json *obj,
                     const char *key, uint32_t *ret)
{
    const struct json *node = json_get(obj, key);
    const char *text;

    if (!node)
        return 0;
    if (json_str(node, &text, r->err))
        return -EINVAL;
    return board_name_find(r, node, text, BOARD_NAME_REGION, ret);
}

/*
 * QEMU stores a priority in an int. The limit is far below that of an int, and
 * the priority of unimplemented ranges (-1000) is within it.
 */
int board_opt_priority(struct board_reader *r, const struct json *obj,
                       int32_t *ret)
{
    const struct json *node = json_get(obj, "priority");
    int64_t value;

    if (!node)
        return 0;
    if (json_i64(node, &value, r->err))
        return -EINVAL;
    if (value < -10000 || value > 10000)
        return json_err(node, r->err,
                        "\"priority\" is not in range (%lld); use -10000 to "
                        "10000",
                        (long long)value);
    *ret = (int32_t)value;
    return 0;
}

/*
 * The guest can never reach a region of 0 bytes, and the overlap check relies
 * on 1 byte or more.
 */
int board_size(struct board_reader *r, const struct json *node, uint64_t *ret)
{
    if (json_bytes(node, ret, r->err))
        return -EINVAL;
    if (*ret == 0)
        return json_err(node, r->err,
                        "a size is 0 (\"%s\"); use 1 byte or more",
                        node->text);
    return 0;
}

/*
 * Callers use this on their error paths too, because it frees `array`. The
 * copy then goes with the plan's arena.
 */
void *board_keep(struct board_reader *r, GArray *array, uint32_t *ret_count)
{
    gsize bytes = (gsize)array->len * g_array_get_element_size(array);
    void *copy = arena_alloc(r->arena, bytes ? bytes : 1);

    if (bytes)
        memcpy(copy, array->data, bytes);
    *ret_count = array->len;
    g_array_free(array, TRUE);
    return copy;
}
