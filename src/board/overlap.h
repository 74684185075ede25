/* SPDX-License-Identifier: MIT */
/*
 * Refuses two ranges of equal priority at the same address. QEMU accepts them
 * silently, and the guest never sees one of them.
 */
#ifndef BOARD_OVERLAP_H
#define BOARD_OVERLAP_H

#include "board/plan.h"

/* One mapped range. */
struct board_span {
    uint32_t container;         /* any number that identifies the container */
    int32_t priority;
    uint64_t at, bytes;         /* bytes >= 1, no wrap */
    const char *name;           /* "uart0" */
    struct plan_place place;
};

/*
 * Returns 0, or -EINVAL with the place of the later of the first two spans that
 * overlap, and the names of both. Sorts `spans`.
 */
int board_check_spans(struct board_span *spans, uint32_t count,
                      struct ob_err *err);

#endif
