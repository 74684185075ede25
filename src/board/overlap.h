/* SPDX-License-Identifier: MIT */
/*
 * Two things of equal priority at the same address: QEMU takes it silently
 * and one of them is never seen. Refused here.
 */
#ifndef BOARD_OVERLAP_H
#define BOARD_OVERLAP_H

#include "board/plan.h"

/* One mapped range. */
struct board_span {
    uint32_t container;         /* any number that tells containers apart */
    int32_t priority;
    uint64_t at, bytes;         /* bytes >= 1, no wrap */
    const char *name;           /* "uart0" */
    struct plan_place place;
};

/*
 * 0, or -EINVAL that names the place of the later of the first two spans
 * that overlap, and both of them. Sorts `spans`.
 */
int board_check_spans(struct board_span *spans, uint32_t count,
                      struct ob_err *err);

#endif
