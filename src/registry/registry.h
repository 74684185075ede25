/* SPDX-License-Identifier: MIT */
/*
 * Everything that is announced or installed for one target, in order of
 * precedence: a later item takes precedence over an earlier one. The command
 * builds a registry from files; the bridge gets it in the session
 * (session/session.h) and looks things up. Neither opens a module for this.
 *
 *     registry = registry_new("aarch64");
 *     registry_add_modinfo(registry, file, REGISTRY_INSTALLED);
 *     registry_add_board(registry, &head, path, REGISTRY_ANNOUNCED);
 *     registry_finish(registry, report, NULL);
 *
 * A registry owns everything that is found through it. One thread may add to a
 * registry; any thread may read a finished one.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "modinfo/modinfo.h"

struct registry;

/* How much the user asked for it, weakest first. */
enum registry_origin {
    REGISTRY_INSTALLED,         /* found in a directory */
    REGISTRY_ANNOUNCED,         /* -add_modinfo */
    REGISTRY_NAMED,             /* -add_machines: to be loaded at once */
};

struct registry_module {
    struct modinfo info;        /* without abi_*: only the section has it */
    enum registry_origin origin;
    uint32_t number;            /* its place in registry_modules() */
    const char *file;           /* the .so if it is known already; or NULL */
    bool native;                /* a native QEMU module: QEMU loads `file` */
    void *user;                 /* for the reader; NULL at first */
};

struct registry_type {
    const char *name;
    const struct modinfo_type *info;    /* never NULL */
    struct registry_module *module;
};

/*
 * The full name of `type`, MODULE.TYPE: the module's short name, a dot and the
 * type's name. It is valid as a QEMU type name: '_' replaces '+' in the short
 * name, and 'm' stands before a first '0', '_' or '+'. g_free() it.
 */
char *registry_type_full_name(const struct registry_type *type);

struct registry_board {
    struct board_head head;
    enum registry_origin origin;
    const char *path;           /* of the board file; NULL: a board in C */
    struct registry_module *module;     /* holds the board in C; or NULL */
    void *user;                 /* for the reader; NULL at first */
};

/* An option group (-NAME ...) and the module that needs it. */
struct registry_option {
    const char *name;
    struct registry_module *module;
};

/* An empty registry for target `arch` ("arm", ...); NULL: for every target. */
struct registry *registry_new(const char *arch);

/* NULL is fine. */
void registry_free(struct registry *registry);

/* The target of the registry, or NULL. */
const char *registry_arch(const struct registry *registry);

/*
 * From now on the registry is for `arch`. Call registry_finish() before the
 * next lookup.
 */
void registry_set_arch(struct registry *registry, const char *arch);

/*
 * Add the modules of `file`, which the registry frees. Their boards in C come
 * with them; registry_add_board() adds board files.
 */
void registry_add_modinfo(struct registry *registry, struct modinfo_file *file,
                          enum registry_origin origin);

/* The same; the .so of each module is `so_path` (copied). */
void registry_add_module(struct registry *registry, struct modinfo_file *file,
                         const char *so_path, enum registry_origin origin);

/* The file of `module` is `so_path` (copied). */
void registry_set_file(struct registry *registry,
                       struct registry_module *module, const char *so_path,
                       bool native);

/*
 * Remove `module` and its boards. Call registry_finish() before the next
 * lookup.
 */
void registry_drop_module(struct registry *registry,
                          struct registry_module *module);

/* Add a board file; `head` and `path` are copied. */
void registry_add_board(struct registry *registry,
                        const struct board_head *head, const char *path,
                        enum registry_origin origin);

/*
 * For the reader of a session: add one entry as it was in another registry.
 * The texts and lists are not copied: they have to live as long as the
 * registry. The module's boards are not added with it.
 */
struct registry_module *registry_put_module(
    struct registry *registry, const struct registry_module *module);
void registry_put_board(struct registry *registry,
                        const struct registry_board *board);

/*
 * registry_finish() reports one line about each entry that it passes over.
 * `detail`: the line is for verbose runs (the entry is for other targets, an
 * installed entry is replaced, or a named board file replaces an announced
 * one). Otherwise it is a warning (announced twice).
 */
typedef void registry_report(void *opaque, bool detail, const char *text);

/*
 * Resolve duplicates (later wins) and build the lookup tables. `report` may be
 * NULL. Call it again after adding more.
 */
void registry_finish(struct registry *registry, registry_report *report,
                     void *opaque);

/* Winners only, in the order added; the arrays belong to the registry. */
struct registry_module *const *registry_modules(
    const struct registry *registry, uint32_t *ret_n);
const struct registry_type *registry_types(const struct registry *registry,
                                           uint32_t *ret_n);
struct registry_board *const *registry_boards(const struct registry *registry,
                                              uint32_t *ret_n);
const struct registry_option *registry_options(const struct registry *registry,
                                               uint32_t *ret_n);

/*
 * Lookups among the winners; NULL if the name is not there. A type is found by
 * its name, and by its full name if no type has that as its name.
 */
const struct registry_type *registry_find_type(const struct registry *registry,
                                               const char *name);
struct registry_module *registry_find_option(const struct registry *registry,
                                             const char *name);
/* By name or by alias. */
struct registry_board *registry_find_board(const struct registry *registry,
                                           const char *name);
/*
 * By short name; registry_find_file(): by the file's base name;
 * registry_find_dep(): by either, as an entry of "deps" names it (the short
 * name comes first).
 */
struct registry_module *registry_find_module(const struct registry *registry,
                                             const char *short_name);
struct registry_module *registry_find_file(const struct registry *registry,
                                           const char *name);
struct registry_module *registry_find_dep(const struct registry *registry,
                                          const char *name);

/*
 * A module with that short name or file name that is ignored because it is
 * for other targets. NULL if no such module exists, or if a winner has the
 * name.
 */
const struct registry_module *registry_find_passed(
    const struct registry *registry, const char *name);

/*
 * The nearest name to `name`, for "did you mean": of a type, or of a board
 * with its aliases. NULL if no name is near.
 */
const char *registry_nearest_type(const struct registry *registry,
                                  const char *name);
const char *registry_nearest_board(const struct registry *registry,
                                   const char *name);

/*
 * The order in which to open `module` and all that it depends on: dependencies
 * first, each once, `module` last. *ret_modules is an array of *ret_n; g_free()
 * it. A cycle (`a -> b -> a`), a missing module or one for another target is an
 * error at the place of the module that names it.
 */
int registry_order(const struct registry *registry,
                   struct registry_module *module,
                   struct registry_module ***ret_modules, uint32_t *ret_n,
                   struct ob_err *err);

/* The same for all modules that `wanted` accepts, in one walk. */
int registry_order_all(const struct registry *registry,
                       bool (*wanted)(const struct registry_module *module),
                       struct registry_module ***ret_modules, uint32_t *ret_n,
                       struct ob_err *err);

#endif
