/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describes a part of the board that is being built, for messages. */
#include <errno.h>

#include "bridge/guard/guard.h"
#include "bridge/machines/board.h"
#include "bridge/qemu/symbols.h"

/*
 * QEMU's own text knows the values that it accepts, so the bridge only adds
 * the part. A call may also fail without a text.
 */
int board_qemu_error(struct Error *why, const struct board_part *part,
                     struct ob_err *err)
{
    err_set(err, -EINVAL, "\"%s\" (%s): %s", part->name,
            q.object_get_typename(part->obj),
            why ? q.error_get_pretty(why) : "refused by QEMU");
    if (why)
        q.error_free(why);
    return -EINVAL;
}

/*
 * The guard keeps these texts until its next call. The plan and the parts are
 * never freed, so the texts live long enough.
 */
void board_guard(const struct plan_place *place, const char *what,
                 const struct board_part *part)
{
    guard_at(place, what, part->name, part->known.module);
}
