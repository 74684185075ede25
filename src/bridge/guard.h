/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some of QEMU's own parts abort when a board forgets what they need (a
 * link, say), and nothing tells beforehand. While a board is being built such
 * an end is turned into one line that names the part, and exit status 1.
 * [machine lock held]
 */
#ifndef BRIDGE_GUARD_H
#define BRIDGE_GUARD_H

#include "board/plan.h"

/* Remember the terminal as it is before QEMU changes it. At the hook. */
void guard_terminal_save(void);

/* From here on an abort is ours; what QEMU prints to stderr is held back. */
void guard_begin(void);
/* What is being done now: "part TYPE NAME" at `place` (may be NULL). */
void guard_at(const struct plan_place *place, const char *what,
              const char *name);
/* Drop what was held back: our own words say it better. */
void guard_discard(void);
/* Print what was held back; aborts are QEMU's again. */
void guard_end(void);

#endif
