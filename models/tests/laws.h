/* SPDX-License-Identifier: MIT */
/*
 * Laws that every device type keeps, whatever a guest has done before:
 *
 * - writing back what was read changes nothing, with the read-only bits as
 *   they were or flipped, in words and in bytes;
 * - reset after anything gives the state of a new device, and a second reset
 *   changes nothing;
 * - what is saved can be restored into a new device, which is then equal: its
 *   state, lines and clocks;
 * - accesses of every size at every offset are answered without a mistake;
 * - on an RP2040, windows that change no bit change nothing.
 *
 * A register whose write is an action is an exception, with its reason.
 */
#ifndef MODELS_TESTS_LAWS_H
#define MODELS_TESTS_LAWS_H

#include "fakes.h"

/* Registers, by name or where `offset & mask` is `at`, whose write acts. */
struct law_exception {
    const char *reg;            /* or NULL: */
    uint32_t mask, at;
    const char *why;
};

struct law_subject {
    const struct ob_device_type *type;
    /* NULL: ob_bench_make() without properties. */
    struct ob_bench_dev *(*make)(struct ob_bench *b, const char *id);
    const struct law_exception *exceptions;     /* NULL `why` at the end */
    bool outlives;              /* some state outlives one reset */
    uint32_t at;                /* address that has windows, or 0 */
};

/* What fakes_bench() lacks; the test's. */
extern const struct ob_module laws_module;

/* Each fails the test with the type, the register and both values. */
void laws_write_back(const struct law_subject *s);
void laws_windows(const struct law_subject *s);
void laws_reset(const struct law_subject *s);
void laws_restore(const struct law_subject *s);
void laws_every_access(const struct law_subject *s);

#endif
