/* SPDX-License-Identifier: MIT */
/*
 * Compares the JSON file with the module's own section, and writes the JSON
 * file from a section.
 *
 * Users and packagers see and edit the JSON file, and the bridge registers
 * types from it. The section comes from the module's author. A file that
 * promises more would fail late, at the first use of a type.
 */
#include "registry/registry.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/str.h"
#include "base/units.h"
#include "modinfo/fields.h"

/* The two sides being compared. */
struct agree {
    const struct modinfo *json;
    const struct modinfo *section;
    const char *module_path;
    const struct registry *registry;    /* knows which module a dependency
                                           means; or NULL */
    struct ob_err *err;
};

static int agree_fail(const struct agree *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int agree_fail(const struct agree *a, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    err_set(a->err, -EINVAL,
            "%s:%u:%u: %s; write the file again: outboard modinfo %s",
            a->json->path, a->json->line, a->json->col, text, a->module_path);
    g_free(text);
    return -EINVAL;
}

/*
 * The first name in `in` that is missing in `from`; or NULL. A set, because a
 * module may have thousands of types.
 */
static const char *agree_missing(const char *const *in,
                                 const char *const *from)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);

    for (; *from; from++)
        g_hash_table_add(set, (gpointer)*from);
    while (*in && g_hash_table_contains(set, *in))
        in++;
    g_hash_table_destroy(set);
    return *in;
}

/* The file may name less than the module does: that narrows it. */
static int agree_list(const struct agree *a, const char *key,
                      const char *const *json, const char *const *section)
{
    const char *more = agree_missing(json, section);

    if (!more)
        return 0;
    return agree_fail(a,
                      "\"%s\" names what the module itself does not (\"%s\", "
                      "module %s)",
                      key, more, a->json->name);
}

/* An empty list of targets means every one, so it is the longest. */
static int agree_arch(const struct agree *a, const char *const *json,
                      const char *const *section)
{
    if (!*section)
        return 0;
    if (*json)
        return agree_list(a, "arch", json, section);
    return agree_fail(a,
                      "without \"arch\" the file says every target, and the "
                      "module has fewer (\"%s\", module %s)",
                      *section, a->json->name);
}

/* The short names of what `deps` means, as far as it is known; g_free(). */
static const char **agree_deps_of(const struct agree *a,
                                  const char *const *deps)
{
    size_t n = str_count(deps);
    const char **names = g_new0(const char *, n + 1);

    for (size_t i = 0; i < n; i++) {
        const struct registry_module *m = a->registry
                                              ? registry_find_dep(a->registry,
                                                                  deps[i])
                                              : NULL;

        names[i] = m ? m->info.short_name : deps[i];
    }
    return names;
}

/*
 * Both sides must have the same dependencies: the module needs them, and the
 * file cannot change that.
 */
static int agree_deps(const struct agree *a)
{
    const char **json = agree_deps_of(a, a->json->deps);
    const char **section = agree_deps_of(a, a->section->deps);
    const char *less = agree_missing(section, json);
    int ret = agree_list(a, "deps", json, section);

    if (ret == 0 && less)
        ret = agree_fail(
            a,
            "\"deps\" lacks what the module itself names (\"%s\", "
            "module %s)",
            less, a->json->name);
    g_free(json);
    g_free(section);
    return ret;
}

static int agree_text(const struct agree *a, const char *key, const char *json,
                      const char *section)
{
    if (!json || (section && strcmp(json, section) == 0))
        return 0;
    return agree_fail(a,
                      "\"%s\" differs from the module's own (\"%s\", module "
                      "%s: \"%s\")",
                      key, json, a->json->name, section ? section : "");
}

/*
 * A packager may isolate a module by its JSON file. Only the module's own wish
 * for a process must not get lost.
 */
static int agree_isolation(const struct agree *a)
{
    enum modinfo_isolation json = a->json->isolation;
    enum modinfo_isolation own = a->section->isolation;

    if (json == own || !own || (!json && own == ISOLATION_IN_PROCESS))
        return 0;
    if (json)
        return agree_text(a, "isolation", modinfo_isolation_text(json),
                          modinfo_isolation_text(own));
    return agree_fail(a,
                      "\"isolation\" is missing, and the module's own is "
                      "\"%s\" (module %s)",
                      modinfo_isolation_text(own), a->json->name);
}

/* The same ids, in any order; each list holds few, and none twice. */
static bool agree_needs_same(const char *const *a, const char *const *b)
{
    if (str_count(a) != str_count(b))
        return false;
    while (*a && str_in(*a, b))
        a++;
    return !*a;
}

/* Both values are named, so that the user sees which of them is wrong. */
static int agree_type_differs(const struct agree *a, const char *key,
                              const char *type, const char *json,
                              const char *own)
{
    return agree_fail(a,
                      "\"%s\" of type \"%s\" differs from the module's own "
                      "(\"%s\", module %s: \"%s\")",
                      key, type, json, a->json->name, own);
}

/*
 * A host chooses the code for a type by its bus before it opens the module, so
 * a file that leaves the bus out says "system". The others only narrow what is
 * shown or checked early.
 */
static int agree_type(const struct agree *a, const char *name,
                      const struct modinfo_type *json,
                      const struct modinfo_type *own)
{
    char *needs, *own_needs;
    int ret;

    if (json->bus != own->bus)
        return agree_type_differs(a, "bus", name, modinfo_bus_names[json->bus],
                                  modinfo_bus_names[own->bus]);
    if (json->category && own->category && json->category != own->category)
        return agree_type_differs(a, "category", name,
                                  modinfo_category_names[json->category],
                                  modinfo_category_names[own->category]);
    if (!*json->needs || !*own->needs ||
        agree_needs_same(json->needs, own->needs))
        return 0;
    /* Only an error needs the lists as texts. */
    needs = g_strjoinv(", ", (char **)json->needs);
    own_needs = g_strjoinv(", ", (char **)own->needs);
    ret = agree_type_differs(a, "needs", name, needs, own_needs);
    g_free(needs);
    g_free(own_needs);
    return ret;
}

/* agree_list() has run: each type of the file is one of the section's. */
static int agree_types(const struct agree *a)
{
    GHashTable *places = g_hash_table_new(g_str_hash, g_str_equal);
    const struct modinfo *json = a->json, *own = a->section;
    int ret = 0;

    for (size_t i = 0; i < own->n_objs; i++)
        g_hash_table_insert(places, (gpointer)own->objs[i],
                            GSIZE_TO_POINTER(i));
    for (size_t i = 0; i < json->n_objs && ret == 0; i++) {
        size_t place = GPOINTER_TO_SIZE(
            g_hash_table_lookup(places, json->objs[i]));

        ret = agree_type(a, json->objs[i], &json->types[i],
                         &own->types[place]);
    }
    g_hash_table_destroy(places);
    return ret;
}

/* Modules have few boards: no set is needed. */
static const struct board_head *agree_board_find(const struct modinfo *info,
                                                 const char *name)
{
    for (uint32_t i = 0; i < info->n_boards; i++)
        if (strcmp(info->boards[i].name, name) == 0)
            return &info->boards[i];
    return NULL;
}

static int agree_board(const struct agree *a, const struct board_head *json)
{
    const struct board_head *own = agree_board_find(a->section, json->name);

    if (!own && json->file)
        return 0;
    if (!own)
        return agree_fail(a,
                          "\"boards\" names what the module itself does not "
                          "(\"%s\", module %s)",
                          json->name, a->json->name);
    if (g_strcmp0(own->file, json->file) != 0)
        return agree_fail(a,
                          "the file of a board differs from the module's own "
                          "(\"%s\", module %s)",
                          json->name, a->json->name);
    if (own->ram_default != json->ram_default ||
        own->ram_min != json->ram_min || own->ram_max != json->ram_max)
        return agree_fail(a,
                          "the ram of a board differs from the module's own "
                          "(\"%s\", module %s)",
                          json->name, a->json->name);
    if (own->cpus_default != json->cpus_default ||
        own->cpus_max != json->cpus_max)
        return agree_fail(a,
                          "the cpus of a board differ from the module's own "
                          "(\"%s\", module %s)",
                          json->name, a->json->name);
    if (agree_arch(a, json->arch, own->arch))
        return -EINVAL;
    return agree_list(a, "aliases", json->aliases, own->aliases);
}

static int agree_boards(const struct agree *a)
{
    for (uint32_t i = 0; i < a->json->n_boards; i++)
        if (agree_board(a, &a->json->boards[i]))
            return -EINVAL;
    return 0;
}

int modinfo_agree(const struct modinfo *json, const struct modinfo *section,
                  const char *module_path, const struct registry *registry,
                  struct ob_err *err)
{
    const struct agree a = { json, section, module_path, registry, err };

    if (agree_text(&a, "name", json->name, section->name) ||
        agree_text(&a, "version", json->version, section->version) ||
        agree_text(&a, "license", json->license, section->license) ||
        agree_isolation(&a))
        return -EINVAL;
    if (agree_arch(&a, json->arch, section->arch) ||
        agree_list(&a, "objs", json->objs, section->objs) || agree_types(&a) ||
        agree_list(&a, "opts", json->opts, section->opts) || agree_deps(&a))
        return -EINVAL;
    return agree_boards(&a);
}

/* In the largest unit without a rest, as a person would write it. */
static void write_bytes(struct json_writer *w, const char *key, uint64_t bytes)
{
    char text[UNITS_TEXT_BYTES];

    json_put_str(w, key, units_show_bytes(bytes, text));
}

/* The short form if the limits say no more than the default. */
static void write_ram(struct json_writer *w, const struct board_head *head)
{
    if (head->ram_min == head->ram_default &&
        head->ram_max == head->ram_default) {
        if (head->ram_default)
            write_bytes(w, "ram", head->ram_default);
        return;
    }
    json_put_object(w, "ram");
    write_bytes(w, "default", head->ram_default);
    if (head->ram_min != head->ram_default)
        write_bytes(w, "min", head->ram_min);
    if (head->ram_max != head->ram_default)
        write_bytes(w, "max", head->ram_max);
    json_put_end(w);
}

/* One CPU is the default, and so is not written. */
static void write_cpus(struct json_writer *w, const struct board_head *head)
{
    if (head->cpus_max == head->cpus_default) {
        if (head->cpus_default != 1)
            json_put_u64(w, "cpus", head->cpus_default);
        return;
    }
    json_put_object(w, "cpus");
    json_put_u64(w, "default", head->cpus_default);
    json_put_u64(w, "max", head->cpus_max);
    json_put_end(w);
}

static void write_board(struct json_writer *w, const struct board_head *head)
{
    json_put_object(w, head->name);
    if (head->file)
        json_put_str(w, "file", head->file);
    if (*head->title)
        json_put_str(w, "title", head->title);
    if (*head->arch)
        json_put_strs(w, "arch", head->arch);
    if (*head->aliases)
        json_put_strs(w, "aliases", head->aliases);
    write_ram(w, head);
    write_cpus(w, head);
    json_put_end(w);
}

static void write_boards(struct json_writer *w, const struct modinfo *info)
{
    if (info->n_boards == 0)
        return;
    json_put_object(w, "boards");
    for (uint32_t i = 0; i < info->n_boards; i++)
        write_board(w, &info->boards[i]);
    json_put_end(w);
}

/* A default is not written, so that the file stays short and says the same. */
static void write_type(struct json_writer *w, const char *name,
                       const struct modinfo_type *type)
{
    json_put_object(w, name);
    if (*type->desc)
        json_put_str(w, "desc", type->desc);
    if (type->bus != BUS_SYSTEM)
        json_put_str(w, "bus", modinfo_bus_names[type->bus]);
    if (type->category)
        json_put_str(w, "category", modinfo_category_names[type->category]);
    if (*type->needs)
        json_put_strs(w, "needs", type->needs);
    json_put_end(w);
}

/* Only types that say more than "objs" does; no "types" if none of them do. */
static void write_types(struct json_writer *w, const struct modinfo *info)
{
    bool open = false;

    for (uint32_t i = 0; i < info->n_objs; i++) {
        if (!modinfo_type_says(&info->types[i]))
            continue;
        if (!open)
            json_put_object(w, "types");
        open = true;
        write_type(w, info->objs[i], &info->types[i]);
    }
    if (open)
        json_put_end(w);
}

/* The keys in the order of docs/modinfo.md. */
static void write_module(struct json_writer *w, const struct modinfo *info)
{
    json_put_object(w, info->short_name);
    json_put_str(w, "name", info->name);
    if (info->version)
        json_put_str(w, "version", info->version);
    if (info->license)
        json_put_str(w, "license", info->license);
    if (info->isolation)
        json_put_str(w, "isolation", modinfo_isolation_text(info->isolation));
    if (*info->arch)
        json_put_strs(w, "arch", info->arch);
    json_put_strs(w, "objs", info->objs);
    write_types(w, info);
    json_put_strs(w, "deps", info->deps);
    json_put_strs(w, "opts", info->opts);
    if (info->command)
        json_put_strs(w, "command", info->command);
    write_boards(w, info);
    json_put_end(w);
}

char *modinfo_write_json(const struct modinfo *modules, uint32_t count)
{
    struct json_writer *w = json_writer_new();

    json_put_object(w, NULL);
    for (uint32_t i = 0; i < count; i++)
        write_module(w, &modules[i]);
    return json_writer_done(w);
}
