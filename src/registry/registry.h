/* SPDX-License-Identifier: MIT */
/*
 * The index: everything that is announced or installed, for one target, in
 * order of priority (what is added later wins). The command builds it from
 * files, and hands it in a sealed memfd to the bridge, which looks things up.
 * No module is opened for it.
 *
 *     ix = registry_new("aarch64");
 *     registry_add_modinfo(ix, file, REGISTRY_INSTALLED);  ...takes `file` over
 *     registry_add_board(ix, &head, path, REGISTRY_ANNOUNCED);
 *     registry_finish(ix, report, NULL);
 *     registry_save(ix, fd, &err);            ...registry_load(fd, &ix, &err)
 *
 * Everything found through an index belongs to it and lives as long. Adding
 * needs one thread; a finished index may be read by any.
 */
#ifndef MODINFO_INDEX_H
#define MODINFO_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "modinfo/modinfo.h"

struct registry;

/* In the order of how much the user means it. */
enum registry_origin {
    REGISTRY_INSTALLED,        /* found without being asked for */
    REGISTRY_ANNOUNCED,        /* -add_modinfo */
    REGISTRY_NAMED,            /* -add_machines: to be loaded at once */
};

struct registry_module {
    struct modinfo info;        /* not abi_*: only the module itself has it */
    enum registry_origin origin;
    uint32_t number;            /* its place in registry_modules() */
    const char *file;           /* the .so if it is known already; or NULL */
    bool native;                /* a native QEMU module: QEMU loads `file` */
    void *user;                 /* the reader's own; NULL at first */
};

struct registry_type {
    const char *name;
    const char *desc;           /* "" if none */
    struct registry_module *module;
};

struct registry_board {
    struct board_head head;
    enum registry_origin origin;
    const char *path;           /* of the JSON board; NULL if it is in C */
    struct registry_module *module;    /* that holds it, in C; or NULL */
    void *user;
};

/* An option group (-NAME ...) and the module that needs it. */
struct registry_option {
    const char *name;
    struct registry_module *module;
};

/* Free text for the bridge: (key, value), in the order added. */
struct registry_note {
    const char *key;
    const char *value;
};

/* An empty index for target `arch` ("arm", ...); NULL: for every target. */
struct registry *registry_new(const char *arch);

/* NULL is fine. */
void registry_free(struct registry *ix);

/* The target it is for, or NULL. */
const char *registry_arch(const struct registry *ix);

/*
 * An index made for every target is for `arch` from now on; registry_finish()
 * has to be called before the next lookup.
 */
void registry_set_arch(struct registry *ix, const char *arch);

/*
 * Add the modules of `file`, which the index takes over (it frees it). Their
 * boards in C come with them; board files are registry_add_board()'s.
 */
void registry_add_modinfo(struct registry *ix, struct modinfo_file *file,
                          enum registry_origin origin);

/* The same, and each module's .so is known to be `so_path` (copied). */
void registry_add_module(struct registry *ix, struct modinfo_file *file,
                         const char *so_path, enum registry_origin origin);

/* The file of `module` is known: `so_path` (copied). */
void registry_set_file(struct registry *ix, struct registry_module *module,
                       const char *so_path, bool native);

/*
 * Forget `module` and its boards; registry_finish() has to be called before the
 * next lookup.
 */
void registry_drop_module(struct registry *ix, struct registry_module *module);

/* Add a JSON board; `head` and `path` are copied. */
void registry_add_board(struct registry *ix, const struct board_head *head,
                        const char *path, enum registry_origin origin);

/* Add a note for the bridge; both are copied. */
void registry_add_note(struct registry *ix, const char *key,
                       const char *value);

/*
 * Told by registry_finish(): one line about something that was passed over. A
 * `detail` is for verbose runs (skipped for this target, an installed one
 * replaced, or an announced board file by one that is named); else it is
 * worth a warning (announced twice).
 */
typedef void registry_report(void *opaque, bool detail, const char *text);

/*
 * Settle who wins, and make the lookups below work. `report` may be NULL. May
 * be called again after more was added.
 */
void registry_finish(struct registry *ix, registry_report *report,
                     void *opaque);

/* Winners only, in the order added; the arrays belong to the index. */
struct registry_module *const *registry_modules(const struct registry *ix,
                                                uint32_t *ret_n);
const struct registry_type *registry_types(const struct registry *ix,
                                           uint32_t *ret_n);
struct registry_board *const *registry_boards(const struct registry *ix,
                                              uint32_t *ret_n);
const struct registry_option *registry_options(const struct registry *ix,
                                               uint32_t *ret_n);
const struct registry_note *registry_notes(const struct registry *ix,
                                           uint32_t *ret_n);

/* The first note of that key, or NULL. */
const char *registry_note(const struct registry *ix, const char *key);

/* Lookups; NULL if there is none. A board also by its aliases. */
const struct registry_type *registry_find_type(const struct registry *ix,
                                               const char *name);
struct registry_module *registry_find_option(const struct registry *ix,
                                             const char *name);
/*
 * By short name; registry_find_file(): by the file's base name;
 * registry_find_dep(): by either, as an entry of "deps" names it (the short
 * name comes first).
 */
struct registry_module *registry_find_module(const struct registry *ix,
                                             const char *short_name);
struct registry_module *registry_find_file(const struct registry *ix,
                                           const char *name);
struct registry_module *registry_find_dep(const struct registry *ix,
                                          const char *name);

/* A module of that name, of either kind, that is passed over because it is for
 * other targets; NULL if there is none, or if another one has the name. */
const struct registry_module *registry_find_passed(const struct registry *ix,
                                                   const char *name);
struct registry_board *registry_find_board(const struct registry *ix,
                                           const char *name);

/*
 * The nearest name to `name`, for "did you mean": type names only, or board
 * names and aliases. NULL if none is near.
 */
const char *registry_nearest_type(const struct registry *ix, const char *name);
const char *registry_nearest_board(const struct registry *ix,
                                   const char *name);

/*
 * The order in which to open `module` and all it depends on: dependencies
 * first, each once, `module` last. *ret is an array of *ret_n; g_free() it. A
 * cycle (`a -> b -> a`), a missing module or one for another target is an
 * error at the place of the module that names it.
 */
int registry_order(const struct registry *ix, struct registry_module *module,
                   struct registry_module ***ret, uint32_t *ret_n,
                   struct ob_err *err);

/* The same for all modules that `wanted` says, in one walk. */
int registry_order_all(const struct registry *ix,
                       bool (*wanted)(const struct registry_module *module),
                       struct registry_module ***ret, uint32_t *ret_n,
                       struct ob_err *err);

/* Write the finished index to `fd` from its current offset. */
int registry_save(const struct registry *ix, int fd, struct ob_err *err);

/*
 * Read an index that registry_save() wrote from the start of `fd` (mapped, so
 * `fd` may be closed afterwards). What is malformed is refused. The result is
 * finished.
 */
int registry_load(int fd, struct registry **ret, struct ob_err *err);

/* A sealed memfd (O_CLOEXEC not set) that holds the index; *ret_fd is the
 * caller's. */
int registry_memfd(const struct registry *ix, int *ret_fd, struct ob_err *err);

#endif
