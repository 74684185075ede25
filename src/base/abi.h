/* SPDX-License-Identifier: MIT */
/* Which versions of the SDK's ABI this build takes. */
#ifndef BASE_ABI_H
#define BASE_ABI_H

#include <stdbool.h>
#include <stdint.h>

#include <outboard/abi.h>

/*
 * While the major is 0, each minor breaks the ABI, so only this build's own
 * will do (docs/decisions/0017-the-abi-until-1-0.md).
 */
static inline bool abi_fits(uint32_t major, uint32_t minor)
{
    if (major != OB_ABI_MAJOR)
        return false;
    return OB_ABI_MAJOR == 0 ? minor == OB_ABI_MINOR : minor <= OB_ABI_MINOR;
}

#endif
