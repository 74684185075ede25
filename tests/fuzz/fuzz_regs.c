/* SPDX-License-Identifier: MIT */
/*
 * Any register map, any accesses: the core against the naive reading of the
 * same rules in tests/unit/regs_ref.h.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "../unit/regs_ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ref_bytes b = { data, data + size };
    struct ob_err err = { 0 };
    struct ref r;

    ref_generate(&r, &b);
    if (ref_start(&r, &err)) {
        ref_end(&r);
        return 0;
    }
    while (b.at < b.end) {
        uint32_t how = ref_take(&b, 64);
        uint64_t offset = ref_take(&b, 256) * 2 + (how >> 5);
        /* Sizes that no bus has are refused like the rest. */
        unsigned bytes = how & 16 ? (how & 15) : 1u << (how & 3);
        uint64_t value = how & 8 && b.at < b.end
                             ? *b.at++ * UINT64_C(0x0101010101010101)
                             : ref_take64(&b);

        if (bytes < 8)
            value &= (UINT64_C(1) << (8 * bytes)) - 1;
        if (ref_compare(&r, how & 4, offset, value, bytes))
            abort();
    }
    ref_end(&r);
    return 0;
}
