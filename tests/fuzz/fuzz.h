/* SPDX-License-Identifier: MIT */
/* What libFuzzer and replay.c call. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Feed `size` bytes to the reader under test; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
    __attribute__((visibility("default")));

#endif
