/* SPDX-License-Identifier: MIT */
/*
 * The first step from a board's text to its plan: evaluates repetition,
 * conditions and {expressions}. The result is plain JSON, and every value keeps
 * its place in the file.
 * - In an object, a member whose value is an object with "repeat": N becomes N
 *   members; a list entry likewise. `i` counts from 0 (a repeat inside counts
 *   `j`, then `k`). With "each", the entry is that value.
 * - "if": a member or entry is left out if the expression is 0.
 * - {expressions} in texts and keys become their value. A text that is only one
 *   expression becomes a number, or true or false if it is a comparison.
 * - "x-" keys are removed.
 */
#ifndef BOARD_EXPAND_H
#define BOARD_EXPAND_H

#include "base/arena.h"
#include "base/json.h"
#include "board/expr.h"

/* The most values that a board may expand to. */
#define EXPAND_NODES_MAX 200000u

/*
 * Expand `node` with `env`. *ret lives in `arena`; its places and texts also
 * live in the document. -EINVAL with place and text in `err`.
 */
int board_expand(const struct json *node, const struct expr_env *env,
                 struct arena *arena, const struct json **ret,
                 struct ob_err *err);

#endif
