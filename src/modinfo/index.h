/* SPDX-License-Identifier: MIT */
/*
 * The index: everything that is announced or installed, for one target, in
 * order of priority (what is added later wins). The command builds it from
 * files, and hands it in a sealed memfd to the bridge, which looks things up.
 * No module is opened for it.
 *
 *     ix = index_new("aarch64");
 *     index_add_modinfo(ix, file, INDEX_INSTALLED);  ...takes `file` over
 *     index_add_board(ix, &head, path, INDEX_ANNOUNCED);
 *     index_finish(ix, report, NULL);
 *     index_save(ix, fd, &err);            ...index_load(fd, &ix, &err)
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

struct index;

/* In the order of how much the user means it. */
enum index_origin {
    INDEX_INSTALLED,        /* found without being asked for */
    INDEX_ANNOUNCED,        /* -add_modinfo */
    INDEX_NAMED,            /* -add_machines: to be loaded at once */
};

struct index_module {
    struct modinfo info;        /* not abi_*: only the module itself has it */
    enum index_origin origin;
    uint32_t number;            /* its place in index_modules() */
    const char *file;           /* the .so if it is known already; or NULL */
    bool native;                /* a native QEMU module: QEMU loads `file` */
    void *user;                 /* the reader's own; NULL at first */
};

struct index_type {
    const char *name;
    const char *desc;           /* "" if none */
    struct index_module *module;
};

struct index_board {
    struct board_head head;
    enum index_origin origin;
    const char *path;           /* of the JSON board; NULL if it is in C */
    struct index_module *module;    /* that holds it, in C; or NULL */
    void *user;
};

/* An option group (-NAME ...) and the module that needs it. */
struct index_option {
    const char *name;
    struct index_module *module;
};

/* Free text for the bridge: (key, value), in the order added. */
struct index_note {
    const char *key;
    const char *value;
};

/* An empty index for target `arch` ("arm", ...); NULL: for every target. */
struct index *index_new(const char *arch);

/* NULL is fine. */
void index_free(struct index *ix);

/* The target it is for, or NULL. */
const char *index_arch(const struct index *ix);

/*
 * An index made for every target is for `arch` from now on; index_finish()
 * has to be called before the next lookup.
 */
void index_set_arch(struct index *ix, const char *arch);

/*
 * Add the modules of `file`, which the index takes over (it frees it). Their
 * boards in C come with them; board files are index_add_board()'s.
 */
void index_add_modinfo(struct index *ix, struct modinfo_file *file,
                       enum index_origin origin);

/* The same, and each module's .so is known to be `so_path` (copied). */
void index_add_module(struct index *ix, struct modinfo_file *file,
                      const char *so_path, enum index_origin origin);

/* The file of `module` is known: `so_path` (copied). */
void index_set_file(struct index *ix, struct index_module *module,
                    const char *so_path, bool native);

/*
 * Forget `module` and its boards; index_finish() has to be called before the
 * next lookup.
 */
void index_drop_module(struct index *ix, struct index_module *module);

/* Add a JSON board; `head` and `path` are copied. */
void index_add_board(struct index *ix, const struct board_head *head,
                     const char *path, enum index_origin origin);

/* Add a note for the bridge; both are copied. */
void index_add_note(struct index *ix, const char *key, const char *value);

/*
 * Told by index_finish(): one line about something that was passed over. A
 * `detail` is for verbose runs (skipped for this target, an installed one
 * replaced, or an announced board file by one that is named); else it is
 * worth a warning (announced twice).
 */
typedef void index_report(void *opaque, bool detail, const char *text);

/*
 * Settle who wins, and make the lookups below work. `report` may be NULL. May
 * be called again after more was added.
 */
void index_finish(struct index *ix, index_report *report, void *opaque);

/* Winners only, in the order added; the arrays belong to the index. */
struct index_module *const *index_modules(const struct index *ix,
                                          uint32_t *ret_n);
const struct index_type *index_types(const struct index *ix, uint32_t *ret_n);
struct index_board *const *index_boards(const struct index *ix,
                                        uint32_t *ret_n);
const struct index_option *index_options(const struct index *ix,
                                         uint32_t *ret_n);
const struct index_note *index_notes(const struct index *ix, uint32_t *ret_n);

/* The first note of that key, or NULL. */
const char *index_note(const struct index *ix, const char *key);

/* Lookups; NULL if there is none. A board also by its aliases. */
const struct index_type *index_find_type(const struct index *ix,
                                         const char *name);
struct index_module *index_find_option(const struct index *ix,
                                       const char *name);
/*
 * By short name; index_find_file(): by the file's base name; index_find_dep():
 * by either, as an entry of "deps" names it (the short name comes first).
 */
struct index_module *index_find_module(const struct index *ix,
                                       const char *short_name);
struct index_module *index_find_file(const struct index *ix, const char *name);
struct index_module *index_find_dep(const struct index *ix, const char *name);

/* A module of that name, of either kind, that is passed over because it is for
 * other targets; NULL if there is none, or if another one has the name. */
const struct index_module *index_find_passed(const struct index *ix,
                                             const char *name);
struct index_board *index_find_board(const struct index *ix, const char *name);

/*
 * The nearest name to `name`, for "did you mean": type names only, or board
 * names and aliases. NULL if none is near.
 */
const char *index_nearest_type(const struct index *ix, const char *name);
const char *index_nearest_board(const struct index *ix, const char *name);

/*
 * The order in which to open `module` and all it depends on: dependencies
 * first, each once, `module` last. *ret is an array of *ret_n; g_free() it. A
 * cycle (`a -> b -> a`), a missing module or one for another target is an
 * error at the place of the module that names it.
 */
int index_order(const struct index *ix, struct index_module *module,
                struct index_module ***ret, uint32_t *ret_n,
                struct ob_err *err);

/* The same for all modules that `wanted` says, in one walk. */
int index_order_all(const struct index *ix,
                    bool (*wanted)(const struct index_module *module),
                    struct index_module ***ret, uint32_t *ret_n,
                    struct ob_err *err);

/* Write the finished index to `fd` from its current offset. */
int index_save(const struct index *ix, int fd, struct ob_err *err);

/*
 * Read an index that index_save() wrote from the start of `fd` (mapped, so
 * `fd` may be closed afterwards). What is malformed is refused. The result is
 * finished.
 */
int index_load(int fd, struct index **ret, struct ob_err *err);

/* A sealed memfd (O_CLOEXEC not set) that holds the index; *ret_fd is the
 * caller's. */
int index_memfd(const struct index *ix, int *ret_fd, struct ob_err *err);

#endif
