/* SPDX-License-Identifier: MIT */
/* Runs the build() of a board in C and makes a plan of what it adds. */
#include "board/builder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "board/reader.h"

/* A faulty build() may add in a loop without an end. These limits stop it. */
enum { BUILDER_TEXT_MAX = 64 << 10, BUILDER_ADDS_MAX = 16384 };

enum { BUILDER_MEMORY, BUILDER_PARTS, BUILDER_UNIMPLEMENTED,
       BUILDER_SECTIONS };
static const char *const builder_sections[] = {
    "memory", "parts", "unimplemented", NULL,
};

/* A board while its build() runs: like a file's document, but in pieces. */
struct builder {
    struct ob_board board;              /* first: what the module holds */
    const char *where, *name;
    struct arena *arena;
    GPtrArray *docs;                    /* of every add(); freed at the end */
    struct json root;
    struct json *sections[BUILDER_SECTIONS];
    struct json **tails[BUILDER_SECTIONS], **root_tail;
    GHashTable *keys[BUILDER_SECTIONS];
    struct ob_err *err;
    bool failed;
};

/* `failed` stays set, because the module may ignore what add() returns. */
static int builder_refuse(struct builder *b, const char *what,
                          const char *value, const char *todo)
{
    b->failed = true;
    return err_set(b->err, -EINVAL, "%s: board %s: %s (\"%.64s\"); %s",
                   b->where, b->name, what, value, todo);
}

/* Parse the text of one add(); ' stands for ". */
static int builder_parse(struct builder *b, const char *place,
                         const char *text, struct json *ret_plan)
{
    /* The text is the module's and may lack its NUL. */
    size_t len = strnlen(text, BUILDER_TEXT_MAX);
    struct json_doc *doc;
    char *copy;
    int ret;

    if (len == BUILDER_TEXT_MAX)
        return builder_refuse(b, "a text is longer than 64 KiB", place,
                              "make it shorter");
    copy = g_strdelimit(g_strndup(text, len), "'", '"');
    ret = json_parse(copy, len, place, &doc, b->err);
    g_free(copy);
    if (ret) {
        b->failed = true;
        return -EINVAL;
    }
    g_ptr_array_add(b->docs, doc);
    *ret_plan = *json_root(doc);
    return 0;
}

/*
 * The root of a document has no key and must not change. The copy gets the key
 * under which it is added. Its children stay in the document, which lives
 * until builder_end().
 */
static struct json *builder_keep(struct builder *b, const struct json *node,
                                 const char *key)
{
    struct json *copy = arena_alloc(b->arena, sizeof(*copy));

    *copy = *node;
    copy->key = arena_strdup(b->arena, key);
    copy->key_len = (uint32_t)strlen(key);
    copy->next = NULL;
    copy->index = node->index;
    return copy;
}

static void builder_append(struct json *parent, struct json ***tail,
                           struct json *node)
{
    node->parent = parent;
    **tail = node;
    *tail = (struct json **)(void *)&node->next;
    parent->count++;
}

/* A section of the root. Created when something is first added to it. */
static struct json *builder_section(struct builder *b, unsigned n)
{
    struct json empty = b->root;

    if (b->sections[n])
        return b->sections[n];
    empty.child = NULL;
    empty.count = 0;
    b->sections[n] = builder_keep(b, &empty, builder_sections[n]);
    b->tails[n] = (struct json **)(void *)&b->sections[n]->child;
    builder_append(&b->root, &b->root_tail, b->sections[n]);
    return b->sections[n];
}

static int builder_add_item(struct builder *b, unsigned n, const char *name,
                            const char *text)
{
    struct json *section = builder_section(b, n), *item, node;
    char *place;
    int ret;

    place = g_strdup_printf("%s: board %s: %s/%s", b->where, b->name,
                            builder_sections[n], name);
    ret = builder_parse(b, place, text, &node);
    g_free(place);
    if (ret)
        return ret;
    item = builder_keep(b, &node, name);
    /* Each text is a document of its own, so the parser cannot find this. */
    if (!g_hash_table_add(b->keys[n], (gpointer)item->key))
        return builder_refuse(b, "a name is added twice", name,
                              "choose another");
    builder_append(section, &b->tails[n], item);
    return 0;
}

/*
 * The head of a board in C is its struct ob_board_type, so only "boot" is left
 * for a key without a name.
 */
static int builder_add_top(struct builder *b, const char *key,
                           const char *text)
{
    struct json node;
    char *place;
    int ret;

    if (strcmp(key, "boot") != 0)
        return builder_refuse(b, "this key cannot be set", key,
                              "use \"boot\", or a section and a name");
    if (json_get(&b->root, key))
        return builder_refuse(b, "a key is set twice", key, "set it once");
    place = g_strdup_printf("%s: board %s: %s", b->where, b->name, key);
    ret = builder_parse(b, place, text, &node);
    g_free(place);
    if (ret == 0)
        builder_append(&b->root, &b->root_tail, builder_keep(b, &node, key));
    return ret;
}

/*
 * A faulty module may pass NULL and may call this in any order. After the
 * first error all calls fail, so the user sees the cause.
 */
static int builder_take(struct ob_board *board, const char *section,
                        const char *name, const char *text)
{
    struct builder *b = (struct builder *)(void *)board;

    if (b->failed)
        return -EINVAL;
    if (!section || !text)
        return builder_refuse(b, "add() without a section or text", "NULL",
                              "pass both");
    if (b->docs->len >= BUILDER_ADDS_MAX)
        return builder_refuse(b, "too many things are added", section,
                              "use repeats, or 16384 at most");
    if (!name)
        return builder_add_top(b, section, text);
    for (unsigned n = 0; builder_sections[n]; n++)
        if (strcmp(section, builder_sections[n]) == 0)
            return builder_add_item(b, n, name, text);
    return builder_refuse(b, "a section is unknown", section,
                          "use \"memory\", \"parts\" or \"unimplemented\"");
}

/* errno's numbers stay on this side of the ABI. */
static int32_t service_add(struct ob_board *board, const char *section,
                           const char *name, const char *text)
{
    return builder_take(board, section, name, text) ? OB_E_INVALID : OB_OK;
}

static int32_t service_refuse(struct ob_board *board, const char *text)
{
    struct builder *b = (struct builder *)(void *)board;

    if (!b->failed)
        err_set(b->err, -EINVAL, "%s: board %s: %s", b->where, b->name,
                text ? text : "refused without a reason");
    b->failed = true;
    return OB_E_INVALID;
}

static const struct ob_board_host builder_host = {
    .size = sizeof(struct ob_board_host),
    .abi_major = OB_ABI_MAJOR,
    .abi_minor = OB_ABI_MINOR,
    .add = service_add,
    .refuse = service_refuse,
};

/* --- what a module declares for its board -------------------------------- */

static int type_refuse(const struct ob_board_type *type, const char *where,
                       struct ob_err *err, const char *what)
{
    return err_set(err, -EINVAL, "%s: board \"%.64s\": %s; fix the module",
                   where, type->name ? type->name : "", what);
}

/*
 * Unknown flags are refused, because a newer module may need what they ask
 * for. RAM and CPUs have the rules of head.c.
 */
static const char *type_flaw(const struct ob_board_type *type)
{
    if (!type->name || str_type_flaw(type->name))
        return "its name is not one (letters, digits, - and _)";
    if (type->flags)
        return "it has flags that are not known";
    if (!type->title || strpbrk(type->title, "\r\n"))
        return "its title is not one line";
    if (!type->build)
        return "it has no build()";
    if (type->ram_default < type->ram_min || type->ram_default > type->ram_max)
        return "ram_default is not between ram_min and ram_max";
    if (type->ram_default % 4096 || type->ram_min % 4096 ||
        type->ram_max % 4096)
        return "a RAM size is not a multiple of 4 KiB";
    if (type->cpus_max > PLAN_CPUS_MAX ||
        (type->cpus_default && type->cpus_default > type->cpus_max) ||
        (!type->cpus_default && type->cpus_max > 1))
        return "cpus_default and cpus_max do not go together";
    return NULL;
}

/*
 * The size is checked first: past it, the module's struct has no fields. The
 * limit of 64 ends the loop if the list of an arch lacks its NULL.
 */
int board_type_check(const struct ob_board_type *type, const char *where,
                     struct ob_err *err)
{
    const char *flaw;

    if (!type || type->size < sizeof(*type))
        return err_set(err, -EINVAL,
                       "%s: a board type is too small (%u bytes of %zu); "
                       "build the module again",
                       where, type ? type->size : 0, sizeof(*type));
    flaw = type_flaw(type);
    if (flaw)
        return type_refuse(type, where, err, flaw);
    for (unsigned n = 0; type->arch && type->arch[n]; n++)
        if (n >= 64 || str_ident_flaw(type->arch[n]))
            return type_refuse(type, where, err,
                               "an arch is not a target name");
    return 0;
}

/* --- running build() --- */

static void builder_begin(struct builder *b, const struct json_doc *head)
{
    b->arena = arena_new(4096);
    b->docs = g_ptr_array_new_with_free_func((GDestroyNotify)json_free);
    for (unsigned n = 0; n < BUILDER_SECTIONS; n++)
        b->keys[n] = g_hash_table_new(g_str_hash, g_str_equal);
    b->root = *json_root(head);
    b->root_tail = (struct json **)(void *)&b->root.child;
}

static void builder_end(struct builder *b)
{
    for (unsigned n = 0; n < BUILDER_SECTIONS; n++)
        g_hash_table_destroy(b->keys[n]);
    g_ptr_array_free(b->docs, TRUE);
    arena_free(b->arena);
}

static int builder_run(struct builder *b, const struct ob_board_type *type,
                       struct plan **ret)
{
    /* Taken before build() runs, because the module can write to b->board. */
    struct board_ask ask = { b->board.ram_bytes, b->board.cpus };
    int32_t r = type->build(&b->board);

    /* build() may return 0 although a call of add() failed. */
    if (b->failed)
        return -EINVAL;
    if (r)
        return builder_refuse(b, "build() failed without a reason",
                              g_strerror(-r), "see the module's source");
    return board_plan_tree(&b->root, b->name, &ask, ret, b->err);
}

int board_plan_c(const struct ob_board_type *type, const char *where,
                 const struct board_ask *ask, struct plan **ret_plan,
                 struct ob_err *err)
{
    struct board_head head = {
        .name = type->name, .ram_default = type->ram_default,
        .ram_min = type->ram_min, .ram_max = type->ram_max,
        .cpus_default = MAX(type->cpus_default, 1),
        .cpus_max = MAX(type->cpus_max, 1),
    };
    struct board_ask asked = ask ? *ask : (struct board_ask){ 0 };
    struct builder b = { .where = where, .name = type->name, .err = err };
    struct json_doc *doc;
    char *place;
    int ret;

    if (board_check_ask(NULL, &head, &asked, err))
        return -EINVAL;
    place = g_strdup_printf("%s: board %s", where, type->name);
    /* An empty document gives the root its place, for errors. */
    ret = json_parse("{}", 2, place, &doc, err);
    g_free(place);
    if (ret)
        return ret;
    builder_begin(&b, doc);
    b.board.host = &builder_host;
    b.board.ram_bytes = asked.ram_bytes;
    b.board.cpus = asked.cpus;
    ret = builder_run(&b, type, ret_plan);
    builder_end(&b);
    json_free(doc);
    return ret;
}
