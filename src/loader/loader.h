/* SPDX-License-Identifier: MIT */
/*
 * Finds a module's file, checks it (the gates), and opens it. No code of a
 * module runs before all gates have passed:
 *
 *   path -> owner and mode -> ELF -> JSON and section agree -> ABI -> licence
 *        -> libraries and names (linking.h) -> open -> descriptor
 *
 * The loader opens the file once. It checks and loads that file descriptor.
 * Loaded code is never unloaded.
 *
 * One thread at a time. Calls may block on the file system.
 */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include <stdbool.h>

#include <outboard/outboard.h>

#include "base/err.h"
#include "modinfo/section.h"
#include "session/session.h"

/* A module's file that is through the gates: open, not loaded. */
struct loader_gate {
    int fd;
    char *path;                 /* as errors name it */
    struct section section;     /* what the file says of itself */
    bool native;                /* a native QEMU module: no ABI of ours */
};

/*
 * Does the file `path` look like a native QEMU module: a shared object without
 * our section? Its gates check the stamp. False for a file that cannot be read
 * or is something else.
 */
bool loader_is_native(const char *path);

/*
 * The gates for the file `path` only: all except the comparison with a JSON
 * file and the check of what it links. On success loader_gate_clear() frees
 * *ret_gate. A native QEMU module passes with `native` set; native_check()
 * checks its stamp.
 */
int loader_gate_file(const char *path, struct loader_gate *ret_gate,
                     struct ob_err *err);

struct loader;

/*
 * The same for a native module that no modinfo announces, with the QEMU that
 * `l` knows: checks its stamp, and refuses a file of another kind.
 */
int loader_gate_native_file(const struct loader *l, const char *path,
                            struct loader_gate *ret_gate, struct ob_err *err);

/* Close and free what a filled or zeroed gate holds (fd 0 is "none"). */
void loader_gate_clear(struct loader_gate *gate);

/*
 * In a process that runs a module for QEMU: the gates for the file at `fd`
 * that its content decides, whatever its licence; owner and mode were
 * QEMU's side's to check. *ret_section is the caller's (section_clear).
 */
int loader_gate_fd(int fd, const char *path, struct section *ret_section,
                   struct ob_err *err);
/*
 * Map and link the file at `fd`, which is through its gates and stays open
 * for good, and check its descriptor, against `section` as well. `name` is the
 * module's.
 */
int loader_open_fd(int fd, const struct section *section, const char *name,
                   const char *path, const struct ob_module **ret_module,
                   struct ob_err *err);

/* A loader for the modules of the session `s`, which outlives it. */
struct loader *loader_new(const struct session *s);

/*
 * Native modules must fit the QEMU binary at `qemu`, which the session
 * does not name.
 */
void loader_set_qemu(struct loader *l, const char *qemu);

/* Forgets what was opened; the code stays in the process. NULL is fine. */
void loader_free(struct loader *l);

/*
 * Where the file of module `m` is: registry_module.file, or name.so in the JSON
 * file's directory, or in the session's module_dirs. -ENOENT names all the
 * places looked in. *ret_path is the caller's (g_free).
 */
int loader_find(const struct loader *l, const struct registry_module *m,
                char **ret_path, struct ob_err *err);

/*
 * Find `m` and put it through all gates without opening it. On success
 * loader_gate_clear() frees *ret_gate. A native QEMU module has gates of its
 * own: the stamp (if the QEMU is known), and what its JSON file asks for that a
 * native module cannot do.
 */
int loader_gate(const struct loader *l, const struct registry_module *m,
                struct loader_gate *ret_gate, struct ob_err *err);

/*
 * The program that module `m` is (modinfo's "command"): its path, resolved,
 * and through the gates: owner and mode, and that it can be run. *ret_path is
 * the caller's (g_free).
 */
int loader_program(const struct loader *l, const struct registry_module *m,
                   char **ret_path, struct ob_err *err);

/*
 * Does module `m` run in a process of its own? The one place that decides.
 * A program does, always, a native QEMU module never; else the strongest comes
 * first:
 *
 *   1. its licence: `license` (of its section; may be NULL) or else what its
 *      JSON file says. One that cannot be combined with QEMU's: always
 *   2. what the user says, as session_find_wish() has it: --isolate with its
 *      name, then -add_modinfo FILE,isolation=..., then --isolate=all
 *   3. `part`: what a board says of one of its parts; or ISOLATION_NONE
 *   4. the key "isolation" of its modinfo
 *   5. no: its licence lets it be in QEMU's process
 *
 * Boards never do: a module that holds nothing else does not. *ret_why (may
 * be NULL) is a static text.
 */
bool loader_is_remote(const struct session *s, const struct registry_module *m,
                      const char *license, enum modinfo_isolation part,
                      const char **ret_why);

/*
 * Refuse to have module `name` run in QEMU's process if its licence `license`
 * (may be NULL: not known yet) forbids it: -EPERM, the licence named. `where`
 * starts the text: who wants it there.
 */
int loader_check_in_process(const char *name, const char *license,
                            const char *where, struct ob_err *err);

/* The same for the key "isolation" of what says both, at its place. */
int loader_check_isolation(const struct modinfo *info, struct ob_err *err);

/* The same for the user's wish or the modinfo's, once the licence is known. */
int loader_check_wish(const struct session *s, const struct registry_module *m,
                      const char *license, const char *where,
                      struct ob_err *err);

/* A module that is open. All of it lives as long as the process. */
struct loader_module {
    const struct ob_module *desc;   /* checked; its types are not (device/) */
    const struct modinfo *info;     /* the registry's */
    const char *path;
};

/*
 * Open module `m` in this process, its dependencies first, each once; at once
 * if that was done before. A refusal of a dependency says who needs it. One
 * that runs in a process of its own is left to that. A licence that cannot be
 * combined with QEMU's is refused, whatever the caller thinks.
 */
int loader_open(struct loader *l, struct registry_module *m,
                const struct loader_module **ret_module, struct ob_err *err);

/* The module's device type or board of that name, or NULL. */
const struct ob_device_type *loader_find_device(const struct loader_module *m,
                                                const char *name);
const struct ob_board_type *loader_find_board(const struct loader_module *m,
                                              const char *name);

/*
 * Check the descriptor of a module that calls itself `name`: struct size,
 * ABI, flags, names, lists. It lies in the module: any value, but readable
 * where it says. `path` starts the error.
 */
int loader_check_descriptor(const struct ob_module *desc, const char *name,
                            const char *path, struct ob_err *err);

/*
 * The version of Landlock that this kernel has, by which files and the network
 * are closed to models' processes; 0: it has none, and their filter of system
 * calls does that alone, which LOADER_NO_LANDLOCK says. Any thread.
 */
int loader_landlock(void);
#define LOADER_NO_LANDLOCK \
    "this kernel has no Landlock: models in processes of their own are kept " \
    "from files and the network by their filter of system calls alone"

#endif
