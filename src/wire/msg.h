/* SPDX-License-Identifier: MIT */
/*
 * What travels between QEMU and a model's process: one struct for all kinds of
 * messages, data only. docs/wire.md describes it for peers in other
 * languages; the numbers here and there are the protocol.
 *
 * The other side is hostile: a message is copied out of shared memory once,
 * and that copy goes through wire_msg_check() before anything looks at it.
 */
#ifndef WIRE_MSG_H
#define WIRE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WIRE_MAGIC 0x3157424fu          /* "OBW1" */
#define WIRE_MAJOR 1u
#define WIRE_MINOR 0u
#define WIRE_PAYLOAD_MAX 32768u         /* bytes behind one message */
#define WIRE_TEXT_MAX 1024u
/* Writes in one POST; all but the first take an offset and a value, packed. */
#define WIRE_POSTS 32u
#define WIRE_MORE 12u
#define WIRE_MORE_BYTES ((WIRE_POSTS - 1) * WIRE_MORE)
#define WIRE_DEPTH_MAX 64u              /* requests within requests */

/* All numbers little endian, as both ends are on one machine of that kind. */
struct wire_msg {
    uint32_t magic;         /* WIRE_MAGIC */
    uint16_t kind;          /* enum wire_kind */
    uint16_t depth;         /* requests open when it was sent; see docs */
    uint32_t dev;           /* the device's number */
    uint32_t bytes;         /* of payload, which follows */
    uint32_t a, b, c;       /* by kind */
    int32_t status;         /* answers: 0 or a negative errno */
    uint64_t x, y;          /* by kind */
    uint64_t now_ns;        /* to the process: virtual time */
    uint64_t seq;           /* the ring's: 1 + the slot's number */
};

_Static_assert(sizeof(struct wire_msg) == 64, "a message is one cache line");
_Static_assert(offsetof(struct wire_msg, bytes) == 12, "fixed");
_Static_assert(offsetof(struct wire_msg, status) == 28, "fixed");
_Static_assert(offsetof(struct wire_msg, x) == 32, "fixed");
_Static_assert(offsetof(struct wire_msg, seq) == 56, "fixed");

enum wire_direction { WIRE_TO_HOST, WIRE_TO_QEMU };

enum wire_kind {
#define WIRE_KIND(number, name, direction, answer, limit) WIRE_##name = number,
#include "wire/kinds.def"
#undef WIRE_KIND
};

/* Flags of MEMORY (in b) and of a range of MAP. */
enum { WIRE_READ_ONLY = 1u << 0 };

/* Bounds on what is handed over. */
enum { WIRE_MEMORIES_MAX = 256, WIRE_RANGES_MAX = 4096 };

/* One item of MAP's payload: guest addresses that are shared memory. */
struct wire_range {
    uint64_t addr, bytes;   /* in the link's address space */
    uint64_t offset;        /* of `addr`, in the memory */
    uint32_t memory;        /* its number */
    uint32_t flags;         /* WIRE_READ_ONLY */
};

_Static_assert(sizeof(struct wire_range) == 32, "fixed");

/* Bits of `c` in what goes to the process: kinds of log lines wanted. */
#define WIRE_WANTED(kind) (1u << (kind))

/*
 * The first thing on the socket in each direction, before the ring is used.
 * QEMU's has the rings' memory with it, a socket on which descriptors of
 * memory may follow, and a module's file if there is one.
 */
struct wire_hello {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t bytes;         /* sizeof(struct wire_hello) */
    uint32_t slots;         /* of each ring: a power of two */
    uint32_t types;         /* from the process: how many it serves */
    int32_t status;         /* from the process: 0, or why it does not */
    uint64_t memory_bytes;  /* to the process: shared memory may be as much */
    char name[64];          /* to the process: the module's; NUL-terminated */
    char text[WIRE_TEXT_MAX];   /* to: the file's path; from: the error */
};

_Static_assert(sizeof(struct wire_hello) == 32 + 64 + 1024, "fixed");

/* The name of a kind for messages to people, or NULL if there is none. */
const char *wire_kind_name(unsigned kind);
/* Does a message of this kind have to be answered? */
bool wire_kind_answered(unsigned kind);

/*
 * Check a copy of a message that came in `direction`: magic, kind, that the
 * kind goes that way, payload and depth within bounds. 0 or -EPROTO.
 */
int wire_msg_check(const struct wire_msg *msg, enum wire_direction direction,
                   struct ob_err *err);
/* The same for a hello: magic, size, major, slots, terminated texts. */
int wire_hello_check(const struct wire_hello *hello, size_t bytes,
                     struct ob_err *err);

#endif
