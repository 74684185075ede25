/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds out from another thread what a thread of QEMU does: whether it is in a
 * device's code, and in which device. It sends the thread a signal, whose
 * handler unwinds the stack. The thread needs no preparation.
 */
#ifndef BRIDGE_STACK_H
#define BRIDGE_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bridge/guard/objects.h"

enum { STACK_WORDS = 4096, STACK_REGISTERS = 32 };

struct stack_view {
    bool in_device;    /* code between `outer` and the top is a device's */
    bool in_module;             /* the innermost code is a module's */
    uintptr_t outer, inner;     /* frames that led into a device: the first
                                   and the last of them, by their addresses */
    uintptr_t sp;
    uintptr_t registers[STACK_REGISTERS];
    unsigned n_registers, n_words;
    uintptr_t words[STACK_WORDS];   /* from sp on */
};

/* Prepare, once, before the first look. false: not possible on this system. */
bool stack_prepare(void);
/*
 * Look at the thread `tid`. false: it did not answer in time. The view lasts
 * until the next call. One thread at a time.
 */
bool stack_look(pid_t tid, const struct stack_view **ret);
/*
 * Did a thread that sleeps in a system call possibly get there through the
 * bridge? Does not disturb it. `tasks` is a descriptor of /proc/self/task.
 */
bool stack_holds_ours(int tasks, pid_t tid);
/*
 * The part whose code the thread runs; `text` gets the request to it, or "".
 * NULL: unknown.
 */
const struct object_entry *stack_part(const struct stack_view *view,
                                      char *text, unsigned size);

#endif
