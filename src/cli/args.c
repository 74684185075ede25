/* SPDX-License-Identifier: MIT */
/* Splits the command line between outboard and QEMU. */
#include "cli/args.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

static const char *const value_options[] = {
#define VALUE(name) name,
#define FLAG(name)
#include "cli/qemu_options.def"
#undef VALUE
#undef FLAG
};

static const char *const flag_options[] = {
#define VALUE(name)
#define FLAG(name) name,
#include "cli/qemu_options.def"
#undef VALUE
#undef FLAG
};

static const struct {
    const char *name;
    enum args_kind kind;
    const char *needs;
} own_options[] = {
    { "add_machines", ARGS_MACHINES,
      "a module's name, a module (.so) or a board file (.json)" },
    { "add_modinfo", ARGS_MODINFO, "a modinfo file (.json)" },
};

static bool listed(const char *const *list, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (strcmp(list[i], name) == 0)
            return true;
    }
    return false;
}

static bool takes_value(const char *name)
{
    return listed(value_options, G_N_ELEMENTS(value_options), name);
}

bool args_is_qemu_option(const char *name)
{
    return takes_value(name) ||
           listed(flag_options, G_N_ELEMENTS(flag_options), name);
}

/* The name behind one dash or two, or NULL if `word` is not an option. */
static const char *option_name(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return NULL;
    return word + (word[1] == '-' ? 2 : 1);
}

/*
 * Is `name` the option `own`, alone or with "=value"? *ret_value is then NULL
 * or the value.
 */
static bool own_matches(const char *own, const char *name,
                        const char **ret_value)
{
    size_t n = strlen(own);

    if (strncmp(name, own, n) != 0 || (name[n] != '\0' && name[n] != '='))
        return false;
    *ret_value = name[n] == '=' ? name + n + 1 : NULL;
    return true;
}

static void item_free(void *data)
{
    struct args_item *item = data;

    g_free(item->value);
    g_free(item);
}

/* A list "a,b,c"; a comma in a path is written twice, as QEMU has it. */
static int items_add(struct args *args, unsigned own, const char *list,
                     struct ob_err *err)
{
    const char *at = list;

    if (list[0] == '\0')
        return err_set(err, -EINVAL, "-%s: has no value; give %s",
                       own_options[own].name, own_options[own].needs);
    while (at) {
        char *value = str_take_item(&at);
        struct args_item *item;

        if (value[0] == '\0') {
            g_free(value);
            return err_set(
                err, -EINVAL, "-%s: empty name in the list \"%s\"; give %s",
                own_options[own].name, list, own_options[own].needs);
        }
        item = g_new0(struct args_item, 1);
        item->kind = own_options[own].kind;
        item->value = value;
        g_ptr_array_add(args->items, item);
    }
    return 0;
}

/* Which of our options `name` is; -1 if none. */
static int own_find(const char *name, const char **ret_value)
{
    unsigned i;

    for (i = 0; i < G_N_ELEMENTS(own_options); i++) {
        if (own_matches(own_options[i].name, name, ret_value))
            return (int)i;
    }
    return -1;
}

/* The words from argv[*at] on: one option, with its value if it has one. */
static int word_split(struct args *args, int argc, char *const *argv, int *at,
                      struct ob_err *err)
{
    const char *word = argv[(*at)++];
    const char *name = option_name(word);
    const char *value = NULL;
    int own = name ? own_find(name, &value) : -1;

    if (own >= 0) {
        if (!value && *at < argc)
            value = argv[(*at)++];
        if (!value)
            return err_set(err, -EINVAL, "%s: no value after it; give %s",
                           word, own_options[own].needs);
        return items_add(args, (unsigned)own, value, err);
    }
    g_ptr_array_add(args->qemu, g_strdup(word));
    if (name && takes_value(name) && *at < argc)
        g_ptr_array_add(args->qemu, g_strdup(argv[(*at)++]));
    return 0;
}

int args_split(int argc, char *const *argv, struct args **ret_args,
               struct ob_err *err)
{
    struct args *args = g_new0(struct args, 1);
    int at = 0, ret = 0;

    args->qemu = g_ptr_array_new_with_free_func(g_free);
    args->items = g_ptr_array_new_with_free_func(item_free);
    while (at < argc && ret == 0)
        ret = word_split(args, argc, argv, &at, err);
    if (ret < 0)
        args_free(args);
    else
        *ret_args = args;
    return ret;
}

int args_take(struct args *args, bool (*ours)(void *opaque, const char *name),
              void (*took)(void *opaque, const char *name, const char *value),
              void *opaque, struct ob_err *err)
{
    guint at = 0;

    while (at < args->qemu->len) {
        const char *word = args->qemu->pdata[at];
        const char *name = option_name(word);

        if (!name || args_is_qemu_option(name) || !ours(opaque, name)) {
            at += name && takes_value(name) ? 2 : 1;
            continue;
        }
        if (at + 1 >= args->qemu->len)
            return err_set(err, -EINVAL,
                           "%s: no value after it; give key=value[,...]",
                           word);
        took(opaque, name, args->qemu->pdata[at + 1]);
        g_ptr_array_remove_range(args->qemu, at, 2);
    }
    return 0;
}

/* What people write, without dashes and in lower case; which option it is. */
static const struct {
    const char *text;
    unsigned own;
} spellings[] = {
    { "addmachines", 0 },    { "addmachine", 0 }, { "addboards", 0 },
    { "addboard", 0 },       { "addmodules", 0 }, { "addmodule", 0 },
    { "machinesadd", 0 },    { "addmodinfo", 1 }, { "addmodinfos", 1 },
    { "addmodinfofile", 1 }, { "modinfoadd", 1 }, { "addmoduleinfo", 1 },
    { "modinfo", 1 },
};

enum { SPELLING_BYTES = 24 };

/* `name` up to "=", in lower case, without what words are joined by. */
static void spelling_plain(const char *name, char ret[SPELLING_BYTES])
{
    size_t n = 0;

    for (; *name && *name != '=' && n + 1 < SPELLING_BYTES; name++) {
        if (!strchr("-_. ", *name))
            ret[n++] = g_ascii_tolower(*name);
    }
    ret[n] = '\0';
}

/*
 * The option that `plain` begins ("addmod"); -1 if none. QEMU takes no
 * abbreviations, so a user may try one of ours only by mistake. "addm" may
 * mean both.
 */
static int spelling_begun(const char *plain)
{
    char own[SPELLING_BYTES];

    if (strlen(plain) < strlen("addmo"))
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(own_options); i++) {
        spelling_plain(own_options[i].name, own);
        if (g_str_has_prefix(own, plain))
            return (int)i;
    }
    return -1;
}

/*
 * The option that `name` is a misspelling of; -1 if none. A slip is up to two
 * edits, and one in a short word, which is nearer to other words.
 */
static int spelling_find(const char *name)
{
    char plain[SPELLING_BYTES];
    unsigned best = 3;
    int own;

    spelling_plain(name, plain);
    own = spelling_begun(plain);
    if (own >= 0 || strlen(plain) < strlen("modinfo") - 1)
        return own;
    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
        unsigned edits = str_distance(plain, spellings[i].text);

        if (edits < best && edits * 4 <= strlen(spellings[i].text)) {
            best = edits;
            own = (int)spellings[i].own;
        }
    }
    return own;
}

int args_check_spelling(const struct args *args, struct ob_err *err)
{
    guint at = 0;

    while (at < args->qemu->len) {
        const char *word = args->qemu->pdata[at];
        const char *name = option_name(word);
        int own = name && !args_is_qemu_option(name) ? spelling_find(name)
                                                     : -1;

        if (own >= 0)
            return err_set(err, -EINVAL,
                           "%s: is not an option; did you mean -%s, which "
                           "takes %s?",
                           word, own_options[own].name,
                           own_options[own].needs);
        at += name && takes_value(name) ? 2 : 1;
    }
    return 0;
}

void args_free(struct args *args)
{
    if (!args)
        return;
    g_ptr_array_free(args->qemu, TRUE);
    g_ptr_array_free(args->items, TRUE);
    g_free(args);
}
