/* SPDX-License-Identifier: MIT */
/* The host's calls of a device's extensions. */
#include "device/ext_call.h"

#include "device/core.h"

int32_t ext_call(struct device *d, uint32_t n, struct ext_call *call)
{
    int32_t ret = OB_E_INVALID;

    call->out_bytes = 0;
    if (d->phase == DEVICE_LIVE && n < d->type->exts.count &&
        call->function < d->type->exts.at[n].kind->functions)
        ret = d->model->ext_call(d, n, call);
    device_direct_sync(d);
    return ret;
}

int32_t ext_call_u32(struct device *d, uint32_t n, uint32_t function,
                     uint32_t argument, uint32_t *ret_result)
{
    uint32_t in = GUINT32_TO_LE(argument), out = 0;
    struct ext_call call = {
        .function = function, .in = &in, .in_bytes = sizeof(in), .out = &out,
        .out_max = sizeof(out),
    };
    int32_t ret = ext_call(d, n, &call);

    if (ret_result)
        *ret_result = GUINT32_FROM_LE(out);
    return ret;
}
