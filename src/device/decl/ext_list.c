/* SPDX-License-Identifier: MIT */
/* A declaration's extensions, and the bytes of their calls. */
#include <string.h>

#include "device/decl/ext.h"

int ext_find(const struct device_decl *decl, const struct ext_kind *kind)
{
    for (uint32_t n = 0; n < decl->exts.count; n++)
        if (decl->exts.at[n].kind == kind)
            return (int)n;
    return -1;
}

bool ext_argument_u32(const struct ext_call *call, uint32_t *ret_argument)
{
    uint32_t le;

    if (call->in_bytes != sizeof(le))
        return false;
    memcpy(&le, call->in, sizeof(le));
    *ret_argument = GUINT32_FROM_LE(le);
    return true;
}

void ext_result_u32(struct ext_call *call, uint32_t result)
{
    uint32_t le = GUINT32_TO_LE(result);

    if (call->out_max < sizeof(le))
        return;
    memcpy(call->out, &le, sizeof(le));
    call->out_bytes = sizeof(le);
}
