/* SPDX-License-Identifier: MIT */
/* What the runner does in another way when a sanitizer watches it. */
#include "runner/sanitized.h"

#if SANITIZED

#include <errno.h>
#include <sanitizer/common_interface_defs.h>
#include <seccomp.h>
#include <stdio.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

/* The sanitizers' libraries look for these functions. */
EXPORTED const char *__asan_default_options(void);
EXPORTED const char *__ubsan_default_options(void);

/*
 * The launcher has no environment, so its options are here. The tests check
 * which signal ended a model, so no handler may turn a signal into a report.
 * The filter refuses another signal stack. A model that uses up its memory gets
 * NULL, as it does in other builds. UBSan names the line of a fault without a
 * file; for a stack it would open one.
 */
const char *__asan_default_options(void)
{
    return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
           "handle_abort=0:use_sigaltstack=0:use_madv_dontdump=0:"
           "allocator_may_return_null=1";
}

const char *__ubsan_default_options(void)
{
    return "halt_on_error=1";
}

void sanitized_begin(void)
{
    __sanitizer_sandbox_arguments none = { 0 };
    char text[256];

    __sanitizer_sandbox_on_notify(&none);
    __sanitizer_symbolize_pc((void *)sanitized_begin, "%f", text,
                             sizeof(text));
}

struct sanitized_memory sanitized_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long space = 0, data = 0, page;

    if (!file)
        return (struct sanitized_memory){ 0 };
    if (fscanf(file, "%llu %*u %*u %*u %*u %llu", &space, &data) != 2)
        space = data = 0;
    fclose(file);
    page = (unsigned long long)sysconf(_SC_PAGESIZE);
    return (struct sanitized_memory){ .data = data * page,
                                      .space = space * page };
}

/*
 * ASan asks which signal stack there is before it calls a function that does
 * not return. Only the question is allowed: a new stack is another argument.
 * A report names files of /proc/self, and does without them after an error.
 */
int sanitized_rules(void *filter)
{
    struct scmp_arg_cmp asks = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = 0,
                                 .datum_b = 0 };
    struct scmp_arg_cmp named = { .arg = 0, .op = SCMP_CMP_NE, .datum_a = 0,
                                  .datum_b = 0 };
    const uint32_t fails = SCMP_ACT_ERRNO(ENOENT);
    int ret = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
                                     SCMP_SYS(sigaltstack), 1, &asks);

    if (!ret)
        ret = seccomp_rule_add_array(filter, fails, SCMP_SYS(open), 1, &named);
    return ret ? ret
               : seccomp_rule_add_array(filter, fails, SCMP_SYS(readlink), 1,
                                        &named);
}

#else

void sanitized_begin(void)
{
}

struct sanitized_memory sanitized_memory(void)
{
    return (struct sanitized_memory){ 0 };
}

int sanitized_rules(void *filter)
{
    (void)filter;
    return 0;
}

#endif
