/* SPDX-License-Identifier: MIT */
/*
 * The data that the command hands to the bridge: one struct that both know.
 *
 * The command fills a session and then becomes QEMU. A sealed memory file
 * carries the session across exec, and the environment variable SESSION_ENV
 * holds the number of its descriptor. The bridge reads the session back once,
 * before QEMU looks at its arguments.
 *
 *     s = session_new("aarch64");
 *     registry_add_modinfo(s->registry, file, REGISTRY_ANNOUNCED);
 *     registry_finish(s->registry, report, NULL);
 *     session_add_option(s, "acme", "speed=3");
 *     session_memfd(s, &fd, &err);             ...session_read(fd, &s, &err)
 *
 * All texts belong to the session and live as long as it does. One thread may
 * change a session; any thread may read one that no longer changes.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/arena.h"
#include "base/err.h"
#include "registry/registry.h"

/* Holds the decimal number of the inherited descriptor. */
#define SESSION_ENV "OUTBOARD_SESSION"

/* An external option group that the command took out of QEMU's arguments. */
struct session_option {
    const char *group;          /* -GROUP */
    const char *value;          /* the word after it: "key=value,..." */
};

/* Which words of the command line ask for a place; the strongest last. */
enum session_source {
    SESSION_FROM_ALL,           /* --isolate=all */
    SESSION_FROM_FILE,          /* -add_modinfo FILE,isolation=... */
    SESSION_FROM_NAME,          /* --isolate=NAME */
    SESSION_SOURCES
};

/* The user asks that a module runs in some place. */
struct session_wish {
    enum session_source source;
    enum modinfo_isolation place;   /* not ISOLATION_NONE */
    const char *module;             /* its short name; "" with FROM_ALL */
};

struct session {
    struct registry *registry;  /* the session frees it */
    bool verbose;               /* --verbose */
    const char *start_dir;      /* relative paths start here; NULL: unknown */
    GPtrArray *module_dirs;     /* const char *: search them in this order */
    GPtrArray *native_files;    /* const char *: native QEMU modules to load at
                                   once that no modinfo file announces */
    GArray *options;            /* struct session_option, in order */
    GArray *wishes;             /* struct session_wish, in order */
    GPtrArray *isolated_boards; /* const char *: boards with a part that asks
                                   for a process of its own */
    const char *qemu;           /* the binary that native QEMU modules have to
                                   fit; NULL: unknown */
    const char *qemu_stamp;     /* its stamp (loader/native.h); NULL: unknown */
    bool time_limited;          /* is the next field set? */
    uint64_t time_limit_ns;     /* how long a model may let QEMU wait; 0: no
                                   limit */
    int doctor_fd;              /* the bridge writes its self-check to this
                                   descriptor and ends QEMU; -1: no check */
    struct arena *arena;        /* private: the texts */
    char *buffer;               /* private: what session_read() read */
};

/* An empty session with an empty registry for `arch` (NULL: every target). */
struct session *session_new(const char *arch);

/* NULL is fine. */
void session_free(struct session *s);

/* A copy of `text` that lives as long as `s`; NULL stays NULL. */
const char *session_text(struct session *s, const char *text);

/* These copy their texts. */
void session_add_module_dir(struct session *s, const char *dir);
void session_add_native_file(struct session *s, const char *path);
void session_add_option(struct session *s, const char *group,
                        const char *value);
void session_add_isolated_board(struct session *s, const char *board);

/* `module` is ignored with SESSION_FROM_ALL. */
void session_add_wish(struct session *s, enum session_source source,
                      const char *module, enum modinfo_isolation place);

/*
 * What the user wants for the module with this short name: the strongest
 * source counts, and of one source the last wish. NULL: the user has no wish.
 */
const struct session_wish *session_find_wish(const struct session *s,
                                             const char *module);

/* Write the session to `fd` from its current offset. */
int session_write(const struct session *s, int fd, struct ob_err *err);

/*
 * Read a session that session_write() wrote, from the start of `fd`. A hostile
 * or damaged file, and one of another format, is refused. The registry is
 * finished. *ret_session is the caller's (session_free).
 */
int session_read(int fd, struct session **ret_session, struct ob_err *err);

/*
 * A sealed memory file that holds the session and that a child inherits.
 * *ret_fd is the caller's (close).
 */
int session_memfd(const struct session *s, int *ret_fd, struct ob_err *err);

#endif
