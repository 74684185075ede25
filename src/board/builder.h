/* SPDX-License-Identifier: MIT */
/*
 * Boards in C (include/outboard/board.h). Runs the module's build(), and makes
 * of it the same plan as of a board file.
 */
#ifndef BOARD_BUILDER_H
#define BOARD_BUILDER_H

#include <outboard/board.h>

#include "board/plan.h"

/*
 * Check what a module declares for a board type (sizes, names, limits). Treat
 * it as hostile before that. `where` names the module in errors. -EINVAL with
 * text.
 */
int board_type_check(const struct ob_board_type *type, const char *where,
                     struct ob_err *err);

/*
 * Run build() of the checked `type` and make the plan of what it added, as
 * board_plan() does. Places in errors read `WHERE: board NAME:
 * parts/uart0:1:22`. [machine lock held, at creation]
 */
int board_plan_c(const struct ob_board_type *type, const char *where,
                 const struct board_ask *ask, struct plan **ret,
                 struct ob_err *err);

#endif
