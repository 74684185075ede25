/* SPDX-License-Identifier: MIT */
/* Reads the head of a board: what -M help, -m and -smp need to know. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/arena.h"
#include "base/units.h"
#include "board/reader.h"

/* A head and the arena that holds its texts. */
struct head_own {
    struct board_head head;
    struct arena *arena;
};

enum { HEAD_LIST_MAX = 64 };

/*
 * A later format may give the same keys another meaning. So the reader refuses
 * another version before it reads any other value.
 */
static int head_version(const struct json *root, struct ob_err *err)
{
    const struct json *node;
    uint64_t version;

    if (json_need(root, "outboard", &node, err) ||
        json_u64(node, &version, err))
        return -EINVAL;
    if (version == 1)
        return 0;
    return json_err(node, err,
                    "this board is written for another Outboard (version %llu "
                    "of boards); use one that has it, or write 1",
                    (unsigned long long)version);
}

/*
 * QEMU makes a type of each name and aborts on a name that it cannot accept.
 * Aliases and the words of "arch" follow the same rule.
 */
static int head_name(const struct json *node, const char **ret,
                     struct ob_err *err)
{
    if (json_str(node, ret, err))
        return -EINVAL;
    if (!str_type_flaw(*ret))
        return 0;
    return json_err(node, err,
                    "a board's name %s (\"%.64s\"); use letters, digits, - "
                    "and _",
                    str_type_flaw(*ret), *ret);
}

/*
 * -M help prints the title on a terminal. Control characters from a hostile
 * file could change what the user sees there.
 */
static int head_title(const struct json *root, struct head_own *own,
                      struct ob_err *err)
{
    const struct json *node = json_get(root, "title");
    const char *text = "";

    if (node && json_str(node, &text, err))
        return -EINVAL;
    if (strpbrk(text, "\r\n"))
        return json_err(node, err,
                        "\"title\" has more than one line; make it one");
    for (size_t at = 0, n; text[at]; at += n) {
        n = str_shown_bytes(text + at);
        if (n == 0)
            return json_err(node, err,
                            "\"title\" holds a control character (\"%.64s\"); "
                            "remove it",
                            text);
    }
    own->head.title = arena_strdup(own->arena, text);
    return 0;
}

static int head_list(const struct json *root, const char *key,
                     struct head_own *own, const char *const **ret,
                     struct ob_err *err)
{
    const struct json *node = json_get(root, key);
    const char **list;
    uint32_t n = 0;

    if (node && json_list(node, err))
        return -EINVAL;
    if (node && node->count > HEAD_LIST_MAX)
        return json_err(node, err,
                        "\"%s\" is too long (%u entries); use %d at most", key,
                        node->count, HEAD_LIST_MAX);
    list = arena_zeros(own->arena, (node ? node->count : 0) + 1,
                       sizeof(*list));
    *ret = list;
    if (!node)
        return 0;
    JSON_EACH (child, node) {
        const char *text;

        if (head_name(child, &text, err))
            return -EINVAL;
        if (str_in(text, list))
            return json_err(child, err,
                            "\"%s\" has an entry twice (\"%s\"); remove one",
                            key, text);
        list[n++] = arena_strdup(own->arena, text);
    }
    return 0;
}

/* The rule of 4 KiB is the same for boards in C (plans/from_c.c). */
static int head_bytes(const struct json *obj, const char *key, uint64_t *ret,
                      struct ob_err *err)
{
    const struct json *node = json_get(obj, key);

    if (!node)
        return 0;
    if (json_bytes(node, ret, err))
        return -EINVAL;
    if (*ret == 0 || *ret % 4096)
        return json_err(node, err,
                        "\"%s\" is not a multiple of 4 KiB (\"%s\"); use one",
                        key, node->text);
    return 0;
}

/* The least and the largest of "sizes" serve as min and max. */
static int head_ram_sizes(const struct json *sizes, struct board_head *head,
                          struct ob_err *err)
{
    bool found = false;
    uint64_t bytes;

    if (!sizes)
        return 0;
    if (json_list(sizes, err))
        return -EINVAL;
    /*
     * An empty list leaves these two values, but `found` stays false then, so
     * the board is refused.
     */
    head->ram_min = UINT64_MAX;
    head->ram_max = 0;
    JSON_EACH (node, sizes) {
        if (json_bytes(node, &bytes, err))
            return -EINVAL;
        if (bytes == 0 || bytes % 4096)
            return json_err(node, err,
                            "a RAM size is not a multiple of 4 KiB (\"%s\"); "
                            "use one",
                            node->text);
        head->ram_min = MIN(head->ram_min, bytes);
        head->ram_max = MAX(head->ram_max, bytes);
        found = found || bytes == head->ram_default;
    }
    return found ? 0
                 : json_err(sizes, err,
                            "\"sizes\" does not hold \"default\"; add it");
}

static int head_ram_object(const struct json *ram, struct board_head *head,
                           struct ob_err *err)
{
    const struct json *node, *sizes;

    if (json_check_keys(ram, board_keys_ram, err) ||
        json_need(ram, "default", &node, err) ||
        head_bytes(ram, "default", &head->ram_default, err))
        return -EINVAL;
    head->ram_min = head->ram_max = head->ram_default;
    sizes = json_get(ram, "sizes");
    if (sizes && (json_get(ram, "min") || json_get(ram, "max")))
        return json_err(sizes, err,
                        "\"sizes\" stands beside \"min\" or \"max\"; leave "
                        "one of them out");
    if (head_bytes(ram, "min", &head->ram_min, err) ||
        head_bytes(ram, "max", &head->ram_max, err) ||
        head_ram_sizes(sizes, head, err))
        return -EINVAL;
    if (head->ram_min <= head->ram_default &&
        head->ram_default <= head->ram_max)
        return 0;
    return json_err(node, err,
                    "\"default\" is not between \"min\" and \"max\" (\"%s\"); "
                    "use one that is",
                    node->text);
}

static int head_ram(const struct json *root, struct board_head *head,
                    struct ob_err *err)
{
    const struct json *ram = json_get(root, "ram");

    if (!ram)
        return 0;
    if (ram->kind == JSON_OBJECT)
        return head_ram_object(ram, head, err);
    if (head_bytes(root, "ram", &head->ram_default, err))
        return -EINVAL;
    head->ram_min = head->ram_max = head->ram_default;
    return 0;
}

static int head_cpus(const struct json *root, struct board_head *head,
                     struct ob_err *err)
{
    const struct json *cpus = json_get(root, "cpus"), *node = cpus;
    uint64_t count = 1, max;

    head->cpus_default = head->cpus_max = 1;
    if (!cpus)
        return 0;
    if (cpus->kind == JSON_OBJECT &&
        (json_check_keys(cpus, board_keys_cpus, err) ||
         json_need(cpus, "default", &node, err)))
        return -EINVAL;
    if (json_range(node, 1, PLAN_CPUS_MAX, &count, err))
        return -EINVAL;
    max = count;
    /*
     * This is NULL too if `cpus` is a plain number. Then -smp can set only
     * that number.
     */
    node = json_get(cpus, "max");
    if (node && json_range(node, count, PLAN_CPUS_MAX, &max, err))
        return -EINVAL;
    head->cpus_default = (uint32_t)count;
    head->cpus_max = (uint32_t)max;
    return 0;
}

static int head_fill(const struct json *root, struct head_own *own,
                     struct ob_err *err)
{
    const struct json *name;

    if (json_check_keys(root, board_keys_board, err) ||
        head_version(root, err) || json_need(root, "board", &name, err) ||
        head_name(name, &own->head.name, err) || head_title(root, own, err) ||
        head_list(root, "arch", own, &own->head.arch, err) ||
        head_list(root, "aliases", own, &own->head.aliases, err) ||
        head_ram(root, &own->head, err) || head_cpus(root, &own->head, err))
        return -EINVAL;
    own->head.name = arena_strdup(own->arena, own->head.name);
    return 0;
}

/*
 * The head is the first member of struct head_own. The caller holds the head,
 * and board_head_free() finds the arena from it.
 */
int board_head_read(const struct json_doc *doc, struct board_head **ret,
                    struct ob_err *err)
{
    struct head_own *own = g_new0(struct head_own, 1);

    own->arena = arena_new(512);
    if (head_fill(json_root(doc), own, err)) {
        board_head_free(&own->head);
        return -EINVAL;
    }
    *ret = &own->head;
    return 0;
}

void board_head_free(struct board_head *head)
{
    struct head_own *own = (struct head_own *)(void *)head;

    if (!head)
        return;
    arena_free(own->arena);
    g_free(own);
}

/* --- what the user asked for --- */

/*
 * head_ram_sizes() has refused sizes that cannot be read, so an error needs no
 * text here.
 */
static bool ask_has_size(const struct json *sizes, uint64_t ram, GString *all)
{
    bool found = false;
    uint64_t bytes;
    char text[UNITS_TEXT_BYTES];

    JSON_EACH (node, sizes) {
        if (json_bytes(node, &bytes, NULL))
            continue;
        found = found || bytes == ram;
        g_string_append_printf(all, "%s%s",
                               !all->len    ? ""
                               : node->next ? ", "
                                            : " or ",
                               units_show_bytes(bytes, text));
    }
    return found;
}

/*
 * The head has only the bounds of "sizes". The exact sizes are still in the
 * JSON. A board in C has no JSON head (`root` is NULL) and no list of sizes.
 */
static int ask_size(const struct json *root, const struct board_head *head,
                    uint64_t ram, struct ob_err *err)
{
    const struct json *in = root ? json_get(root, "ram") : NULL;
    const struct json *sizes = in ? json_get(in, "sizes") : NULL;
    GString *all = g_string_new(NULL);
    char seen[UNITS_TEXT_BYTES];
    int ret = 0;

    if (sizes && !ask_has_size(sizes, ram, all))
        ret = err_set(err, -EINVAL,
                      "%s: -m is not a size of this board (%s); use %s",
                      head->name, units_show_bytes(ram, seen), all->str);
    g_string_free(all, TRUE);
    return ret;
}

static int ask_ram(const struct json *root, const struct board_head *head,
                   uint64_t ram, struct ob_err *err)
{
    char seen[UNITS_TEXT_BYTES], min[UNITS_TEXT_BYTES], max[UNITS_TEXT_BYTES];

    if (!head->ram_default && ram)
        return err_set(err, -EINVAL,
                       "%s: -m says how much RAM there is (%s), and this "
                       "board's memory is its own; leave -m out",
                       head->name, units_show_bytes(ram, seen));
    if (ram < head->ram_min || ram > head->ram_max)
        return err_set(err, -EINVAL,
                       "%s: -m is out of range (%s); use %s to %s", head->name,
                       units_show_bytes(ram, seen),
                       units_show_bytes(head->ram_min, min),
                       units_show_bytes(head->ram_max, max));
    return ask_size(root, head, ram, err);
}

/*
 * Fills in the defaults too: the plan and all expressions see the values that
 * the machine really has.
 */
int board_check_ask(const struct json *root, const struct board_head *head,
                    struct board_ask *ask, struct ob_err *err)
{
    if (!ask->ram_bytes)
        ask->ram_bytes = head->ram_default;
    if (!ask->cpus)
        ask->cpus = head->cpus_default;
    if (ask->cpus > head->cpus_max)
        return err_set(err, -EINVAL,
                       "%s: -smp is out of range (%u); use 1 to %u",
                       head->name, ask->cpus, head->cpus_max);
    return ask_ram(root, head, ask->ram_bytes, err);
}
