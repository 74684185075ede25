/* SPDX-License-Identifier: MIT */
/*
 * The first step from a board's text to its plan: repetition, conditions and
 * {expressions} are worked out, and what comes out is plain JSON again, every
 * value still at its place in the file.
 *
 * - In an object, a member whose value is an object with "repeat": N becomes N
 *   members; in a list, an entry likewise. `i` counts from 0 (a repeat inside
 *   counts `j`, then `k`). With "each", the entry is that value.
 * - "if": a member or entry is left out where the expression is 0.
 * - {expressions} in texts and keys give way to their value; a text that is
 *   only one becomes a number, or true or false if it compares.
 * - "x-" keys are dropped.
 */
#ifndef BOARD_EXPAND_H
#define BOARD_EXPAND_H

#include "base/arena.h"
#include "base/json.h"
#include "board/expr.h"

/* Values that a board may come to. */
#define EXPAND_NODES_MAX 200000u

/*
 * Expand `node` with `env`. *ret lives in `arena`, its places and texts in
 * the document as well. -EINVAL with place and text in `err`.
 */
int board_expand(const struct json *node, const struct expr_env *env,
                 struct arena *arena, const struct json **ret,
                 struct ob_err *err);

#endif
