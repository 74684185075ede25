/* SPDX-License-Identifier: MIT */
/*
 * The launcher: outboard-runner, which the bridge starts once. It must start
 * before QEMU forks for -daemonize, and before QEMU forbids itself to start
 * programs for -sandbox. The launcher forks a runner for each module that the
 * bridge asks for, and starts the programs that some modules are.
 * All calls [machine lock held]. A call blocks while the launcher forks, for at
 * most 5 s.
 */
#ifndef REMOTE_LAUNCHER_H
#define REMOTE_LAUNCHER_H

#include "base/err.h"

struct launcher;

/* Start the program `path`. On success *ret_launcher is the caller's. */
int launcher_new(const char *path, struct launcher **ret_launcher,
                 struct ob_err *err);
/* All processes that came from it end. NULL is fine. */
void launcher_free(struct launcher *n);

/* A new process: a socket to it, the caller's, and its number. */
int launcher_process(struct launcher *n, int *ret_sock, int *ret_pid,
                     struct ob_err *err);
/*
 * The same, but the process runs the program argv[0] with the environment
 * `envp`, both NULL-terminated, its own session, the socket as descriptor 3,
 * no input, and its output on the standard error.
 */
int launcher_program(struct launcher *n, const char *const *argv,
                     const char *const *envp, int *ret_sock, int *ret_pid,
                     struct ob_err *err);
/* Kill process `pid` and its session, if it is there still. */
void launcher_kill(struct launcher *n, int pid);
/*
 * How process `pid` ended ("ended by signal 11 (...)"), if that is known
 * within 200 ms; or NULL. Lives until the next call.
 */
const char *launcher_fate(struct launcher *n, int pid);

#endif
