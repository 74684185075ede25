/* SPDX-License-Identifier: MIT */
/* What the models' unit tests share: a bench, and a part to stand behind. */
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
 * "fake-part": 0x1000 bytes of plain words, as some part of QEMU's behind a
 * shim. Offset 0 counts what was written to it in `boxed`; offset 4 reads
 * `busy`.
 */
struct fake {
    uint32_t words[0x400];
    uint32_t boxed, busy;
};

/* A bench with the models and the fake part; never NULL. */
struct ob_bench *fakes_bench(void);

/* Save `dev`, reset it, restore it. */
void fakes_restore(struct ob_bench_dev *dev);

/* End the bench: no mistakes were made. */
void fakes_end(struct ob_bench *b);

#endif
