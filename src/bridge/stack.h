/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at what a thread of QEMU's is doing, from another thread: is it in a
 * device's code, and in which. The thread is sent a signal, whose handler
 * unwinds its stack. Nothing is needed of the thread beforehand.
 */
#ifndef BRIDGE_STACK_H
#define BRIDGE_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bridge/known.h"

enum { STACK_WORDS = 4096, STACK_REGISTERS = 32 };

struct stack_view {
    bool in_device;             /* between `outer` and the top is its code */
    bool in_module;             /* the innermost code is a module's own */
    uintptr_t outer, inner;     /* frames that led into a device: the first
                                   and the last of them, by their addresses */
    uintptr_t sp;
    uintptr_t registers[STACK_REGISTERS];
    unsigned n_registers, n_words;
    uintptr_t words[STACK_WORDS];   /* from sp on */
};

/* Get ready: once, before the first look. false: this system cannot. */
bool stack_prepare(void);
/*
 * What the thread `tid` is doing. false: it did not answer in time. The view
 * lasts until the next call. One thread at a time.
 */
bool stack_look(pid_t tid, const struct stack_view **ret);
/*
 * May the thread, which is asleep in a system call, have come there through
 * the bridge? Does not disturb it. `tasks` is a descriptor of /proc/self/task.
 */
bool stack_holds_ours(int tasks, pid_t tid);
/*
 * The part in whose code `view` is, and in `text` what it was asked for, or
 * "". NULL: it is not known.
 */
const struct known *stack_part(const struct stack_view *view, char *text,
                               unsigned size);

#endif
