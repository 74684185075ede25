/* SPDX-License-Identifier: MIT */
/*
 * What the runner does in another way when it is built with AddressSanitizer.
 * All such differences are here and in sanitized.c. In other builds the
 * functions have no effect, and SANITIZED is 0.
 */
#ifndef RUNNER_SANITIZED_H
#define RUNNER_SANITIZED_H

#include <stdint.h>

#ifdef __SANITIZE_ADDRESS__             /* gcc */
#define SANITIZED 1
#elif defined(__has_feature)            /* clang */
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/*
 * How many standard streams of a confined process become /dev/null. A
 * sanitizer writes its report to the standard error, and the unit tests read
 * it there (tests/unit/isolated.c).
 */
enum { SANITIZED_NULL_STREAMS = SANITIZED ? 2 : 3 };

/* Bytes that the process has mapped, as the two limits of memory count. */
struct sanitized_memory {
    uint64_t data, space;
};

/*
 * In the launcher: read the symbols that a report needs. A confined process
 * cannot open files.
 */
void sanitized_begin(void);
/*
 * What the limits of memory must allow in addition: the sanitizer's shadow
 * memory has terabytes of addresses. Call it while files can be opened.
 */
struct sanitized_memory sanitized_memory(void);
/* Add to `filter` (a scmp_filter_ctx) what the sanitizer calls. 0 or -errno. */
int sanitized_rules(void *filter);

#endif
