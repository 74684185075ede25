/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces the functions of libc that end a process, for the guard. The dynamic
 * linker finds the bridge's functions before libc's, so QEMU, its libraries and
 * every module call these. They do the same as libc's while the guard is off.
 *
 * A signal handler cannot do this. _exit() sends no signal. QEMU's CPU threads
 * block SIGABRT, and abort() of glibc does not unblock it from 2.41 on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge/guard/guard_int.h"

#define PUBLIC __attribute__((visibility("default")))

void __assert_fail(const char *what, const char *file, unsigned line,
                   const char *function) __attribute__((noreturn));

static void __attribute__((noreturn)) process_end(int status)
{
    guard_meet_exit();
    for (;;)
        syscall(SYS_exit_group, status);
}

PUBLIC void __attribute__((noreturn)) _exit(int status)
{
    process_end(status);
}

PUBLIC void __attribute__((noreturn)) _Exit(int status)
{
    process_end(status);
}

/* libc's own function `name`; NULL in a statically linked program. */
static void *libc_has(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* libc's version runs the at_quick_exit() functions, then its own _exit(). */
PUBLIC void __attribute__((noreturn)) quick_exit(int status)
{
    void (*own)(int);

    guard_meet_exit();
    *(void **)&own = libc_has("quick_exit");
    if (own)
        own(status);
    process_end(status);
}

PUBLIC void __attribute__((noreturn)) abort(void)
{
    void (*own)(void);

    guard_meet_abort();
    *(void **)&own = libc_has("abort");
    if (own)
        own();
    __builtin_trap();
}

PUBLIC void __assert_fail(const char *what, const char *file, unsigned line,
                          const char *function)
{
    void (*own)(const char *, const char *, unsigned, const char *);

    if (guard_is_up())
        dprintf(STDERR_FILENO, "%s: %s:%u: %s: Assertion `%s' failed.\n",
                program_invocation_short_name, file, line, function, what);
    guard_meet_abort();
    *(void **)&own = libc_has("__assert_fail");
    if (own)
        own(what, file, line, function);
    __builtin_trap();
}
