/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot.c and boot_dt.c share. [machine lock held] */
#ifndef BRIDGE_BOOT_H
#define BRIDGE_BOOT_H

#include "bridge/board.h"

/* Where things went, as they are loaded. */
struct boot {
    struct board *b;
    const struct plan_boot *plan;
    uint64_t end;               /* behind what lies in RAM so far */
    uint64_t entry;             /* where the first CPU is sent */
    uint64_t dtb_at;            /* 0: none */
    uint64_t initrd_at, initrd_bytes;
};

/*
 * Read the device tree `path`, set in it what the plan and the command line
 * say. *ret is malloc()ed, *ret_bytes long.
 */
int boot_dt(const struct boot *boot, const char *path, void **ret,
            uint32_t *ret_bytes, struct ob_err *err);

#endif
