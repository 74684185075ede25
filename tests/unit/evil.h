/* SPDX-License-Identifier: MIT */
/* What evil.c can be told to do. */
#ifndef TESTS_EVIL_H
#define TESTS_EVIL_H

enum evil_what {
    EVIL_NOTHING,
    /* Crashes, by a write of this to register 0. */
    EVIL_SEGV, EVIL_ABORT, EVIL_EXIT, EVIL_STACK, EVIL_MEMORY,
    EVIL_CRASHES,
    EVIL_LOOP = EVIL_CRASHES, EVIL_TALK, EVIL_DESCRIPTORS,
    /* Escapes: this to register 0, then the victim's process to register 4. */
    EVIL_OPEN, EVIL_SOCKET, EVIL_EXEC, EVIL_FORK, EVIL_PTRACE, EVIL_KILL,
    EVIL_VM_WRITE, EVIL_CODE, EVIL_SIGNAL, EVIL_FCNTL, EVIL_LIMIT, EVIL_END,
};

#endif
