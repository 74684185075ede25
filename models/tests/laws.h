/* SPDX-License-Identifier: MIT */
/*
 * Laws that every device type of the library must obey in every state:
 *
 * - Those of the test bench, ob_bench_check().
 * - Writing a value that was read changes nothing, in words and in bytes, also
 *   if the read-only bits are inverted.
 * - On an RP2040, a write through a window that changes no bit changes nothing.
 *
 * A register whose write is an action is an exception, with a reason.
 */
#ifndef MODELS_TESTS_LAWS_H
#define MODELS_TESTS_LAWS_H

#include "fakes.h"

/* Registers with an action: by name, or with `offset & mask` equal to `at`. */
struct law_exception {
    const char *reg;            /* NULL: use the mask */
    uint32_t mask, at;
    const char *why;
};

struct law_subject {
    const struct ob_device_type *type;
    /* NULL: ob_bench_make() without properties. */
    struct ob_bench_dev *(*make)(struct ob_bench *b, const char *id);
    const struct law_exception *exceptions;     /* NULL `why` at the end */
    /* For the bench's laws: may link to the fake parts "a" and "b". */
    const char *props;
    uint32_t at;                /* address with windows, or 0 */
};

/* The types that fakes_bench() lacks. The test defines it. */
extern const struct ob_module laws_module;

/* Each fails the test and shows the type, the register and both values. */
void laws_write_back(const struct law_subject *s);
void laws_windows(const struct law_subject *s);
void laws_of_the_bench(const struct law_subject *s);

#endif
