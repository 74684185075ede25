/* SPDX-License-Identifier: MIT */
/*
 * The functions that the models' unit tests share: a bench with all models, and
 * a fake part for shims.
 */
#ifndef MODELS_TESTS_FAKES_H
#define MODELS_TESTS_FAKES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/bench.h>

/*
 * "fake-part": 0x1000 bytes of plain words. It replaces the part of QEMU's that
 * a shim forwards to. `boxed` counts the writes to offset 0. Offset 4 reads
 * `busy`.
 */
struct fake {
    uint32_t words[0x400];
    uint32_t boxed, busy;
};

/* A module for the bench: `types` is a C array of pointers to types. */
#define FAKES_MODULE(label, types)                                            \
    { .size = sizeof(struct ob_module), .abi_major = OB_ABI_MAJOR,            \
      .abi_minor = OB_ABI_MINOR, .name = (label), .version = "1.0",           \
      .license = "MIT", .devices = OB_ARRAY(types) }

/* Make a bench with all models and the fake part. Never NULL. */
struct ob_bench *fakes_bench(void);

/* Save `dev`, reset it, restore it. */
void fakes_restore(struct ob_bench_dev *dev);

/* Free the bench. The test fails if there were mistakes. */
void fakes_end(struct ob_bench *b);

#endif
