/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session of this QEMU (session/session.h): the bridge takes it out of the
 * environment at the hook, and all its files read it from here.
 */
#ifndef BRIDGE_SESSION_H
#define BRIDGE_SESSION_H

#include "base/err.h"
#include "session/session.h"

/*
 * Take the session out of the environment. Afterwards, also after an error,
 * SESSION_ENV and the entry `library` of LD_PRELOAD are removed, the user's own
 * entries stay, and the descriptors close on exec: a child of QEMU gets none of
 * them. Hook only.
 */
int session_take(const char *library, struct ob_err *err);

/* The session; NULL before session_take(). It lives as long as the process. */
const struct session *bridge_session(void);

/* Remove `library` from LD_PRELOAD, by name or as the same file. */
void session_preload_drop(const char *library);

#endif
