/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command `outboard` hands to the bridge. OUTBOARD_SESSION is the
 * number of an inherited descriptor: a sealed memfd that holds the index of
 * all that is announced or installed (registry/registry.h). Its notes carry the
 * rest:
 *
 *     doctor-fd   N: write the self-check's table to descriptor N as JSON and
 *                 end QEMU after it (doctor.h)
 */
#ifndef BRIDGE_SESSION_H
#define BRIDGE_SESSION_H

#include "base/err.h"
#include "registry/registry.h"

#define SESSION_ENV "OUTBOARD_SESSION"

struct session {
    struct registry *index;
    int doctor_fd;              /* or -1 */
};

/*
 * Take the session out of the environment. Whatever the result, afterwards
 * SESSION_ENV and the LD_PRELOAD entry `library` (the user's own entries
 * stay) are gone and the descriptors close on exec: no child of QEMU gets
 * any of it. *ret lives as long as the process. Hook only.
 */
int session_take(const char *library, struct ob_err *err);

/* The session of this process; its index is NULL before the hook. */
const struct session *bridge_session(void);

/* Remove `library` from LD_PRELOAD, by name or as the same file. */
void session_preload_drop(const char *library);

#endif
