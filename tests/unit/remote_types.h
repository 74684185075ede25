/* SPDX-License-Identifier: MIT */
/* The types that a process serves, on a bench. */
#ifndef REMOTE_TYPES_H
#define REMOTE_TYPES_H

#include "bench/bench_int.h"
#include "remote/remote.h"

/* Let the bench know them. 0, or an error as of ob_bench_module(). */
static inline int isolated_types(struct ob_bench *bench,
                                 const struct remote *remote)
{
    const struct device_decl *type;
    int ret = 0;

    for (uint32_t n = 0; !ret && (type = remote_type(remote, n)); n++)
        ret = bench_type_add(bench, "isolated", type);
    return ret;
}

#endif
