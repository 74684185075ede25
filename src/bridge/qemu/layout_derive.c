/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the self-check, which finds every layout that the bridge uses, or
 * refuses.
 */
#include "bridge/qemu/layout_scan.h"

/*
 * The bridge runs at a known moment: it holds the lock and no machine exists.
 */
static int moment_check(struct ob_err *err)
{
    void *machine = *(void **)q.current_machine;

    if (!q.bql_locked())
        return scan_refuse("machine lock at the hook", 0, "a held lock", err);
    if (machine)
        return scan_refuse("machines at the hook", 1, "none", err);
    return 0;
}

int layout_derive(struct ob_err *err)
{
    int ret = moment_check(err);

    if (ret == 0)
        ret = layout_derive_types(err);
    if (ret == 0)
        ret = layout_derive_device(err);
    if (ret == 0)
        ret = layout_derive_machine(err);
    if (ret == 0)
        ret = layout_derive_clock(err);
    if (ret == 0)
        ret = layout_derive_vmstate(err);
    probe_end();
    return ret;
}
