/* SPDX-License-Identifier: MIT */
/* What evil.c can be told to do: its registers, and its numbers. */
#ifndef TESTS_EVIL_H
#define TESTS_EVIL_H

#define EVIL_NAME(name, ...) EVIL_##name,

enum evil_what {
    EVIL_NOTHING,
#define EVIL_CRASH EVIL_NAME
#define EVIL_HANG EVIL_NAME
#define EVIL_RAW EVIL_NAME
#define EVIL_ESCAPE EVIL_NAME
#include "evil.def"
#undef EVIL_CRASH
#undef EVIL_HANG
#undef EVIL_RAW
#undef EVIL_ESCAPE
    EVIL_TALK,          /* log lines without end */
    EVIL_ASK,           /* interrupts without end */
    EVIL_LEVELS,        /* indices and values that no model has: mistakes */
    EVIL_DUPS,          /* no descriptor left */
    EVIL_LIBRARY,       /* what a good model calls of the C library */
    EVIL_STORM,         /* a timer and a line that never come to rest */
    EVIL_FLOOD,         /* answers, and then signals without end */
    EVIL_EDGES,         /* its line up and down, twice */
    EVIL_AGAIN,         /* asks for a reset of the machine */
    EVIL_END,
    EVIL_CALL = 0x1000, /* and a system call's number: its arguments are 0 */
};

/*
 * Registers of 4 bytes. A write of a number to DO does it; an escape's victim
 * is the process in VICTIM. A read of DO gives what was written.
 */
enum evil_register {
    EVIL_DO = 0, EVIL_VICTIM = 4,
    EVIL_OPENED = 8,    /* 0: what the constructor opened is its own file */
    EVIL_STATED = 12,   /* 0: the constructor learned nothing of a path */
    EVIL_FDS = 16,      /* what it has of descriptors: their count */
    EVIL_SIZE = 32,
};

#endif
