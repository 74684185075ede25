/* SPDX-License-Identifier: MIT */
/*
 * The messages between QEMU and a model's process: one struct for all kinds,
 * which contains only data. docs/ipc.md describes it for peers in other
 * languages; the numbers here and there are the protocol.
 *
 * The other side is hostile. The reader copies a message out of shared memory
 * once, and passes the copy to ipc_msg_check() before any other code reads it.
 */
#ifndef IPC_MSG_H
#define IPC_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IPC_MAGIC 0x3157424fu          /* "OBW1" */
#define IPC_MAJOR 1u
#define IPC_MINOR 0u
#define IPC_PAYLOAD_MAX 32768u         /* bytes behind one message */
#define IPC_TEXT_MAX 1024u
/* Writes in one POST; all but the first take an offset and a value, packed. */
#define IPC_POSTS 32u
#define IPC_MORE 12u
#define IPC_MORE_BYTES ((IPC_POSTS - 1) * IPC_MORE)
#define IPC_DEPTH_MAX 64u              /* requests within requests */

/* All numbers little endian, as both ends are on one machine of that kind. */
struct ipc_msg {
    uint32_t magic;         /* IPC_MAGIC */
    uint16_t kind;          /* enum ipc_kind */
    uint16_t depth;         /* requests open when it was sent; see docs */
    uint32_t dev;           /* the device's number */
    uint32_t bytes;         /* of payload, which follows */
    uint32_t a, b, c;       /* by kind */
    int32_t status;         /* answers: 0 or a negative errno */
    uint64_t x, y;          /* by kind */
    uint64_t now_ns;        /* to the process: virtual time */
    uint64_t seq;           /* the ring's: 1 + the slot's number */
};

_Static_assert(sizeof(struct ipc_msg) == 64, "a message is one cache line");
_Static_assert(offsetof(struct ipc_msg, bytes) == 12, "fixed");
_Static_assert(offsetof(struct ipc_msg, status) == 28, "fixed");
_Static_assert(offsetof(struct ipc_msg, x) == 32, "fixed");
_Static_assert(offsetof(struct ipc_msg, seq) == 56, "fixed");

enum ipc_direction { IPC_TO_RUNNER, IPC_TO_QEMU };

enum ipc_kind {
#define SERVICE(number, NAME, ...) IPC_##NAME = number,
#define REPLY(number, NAME, ...) IPC_##NAME = number,
#include "ipc/services.def"
};

/* What a message is about: see services.def. */
enum ipc_about { IPC_ABOUT_NONE, IPC_ABOUT_NUMBER, IPC_ABOUT_DEVICE,
                 IPC_ABOUT_QUIET };

/* Flags of MEMORY (in b) and of a range of MAP. */
enum { IPC_READ_ONLY = 1u << 0 };

/* Bounds on what is handed over. */
enum { IPC_MEMORIES_MAX = 256, IPC_RANGES_MAX = 4096 };

/* One item of MAP's payload: guest addresses that are shared memory. */
struct ipc_range {
    uint64_t addr, bytes;   /* in the link's address space */
    uint64_t offset;        /* of `addr`, in the memory */
    uint32_t memory;        /* its number */
    uint32_t flags;         /* IPC_READ_ONLY */
};

_Static_assert(sizeof(struct ipc_range) == 32, "fixed");

/*
 * The first thing on the socket in each direction, before the ring is used.
 * QEMU's has the rings' memory with it, a socket on which descriptors of
 * memory may follow, and a module's file if there is one.
 */
struct ipc_hello {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t bytes;         /* sizeof(struct ipc_hello) */
    uint32_t slots;         /* of each ring: a power of two */
    uint32_t types;         /* from the process: how many it serves */
    int32_t status;         /* from the process: 0, or why it does not */
    uint64_t memory_bytes;  /* to the process: shared memory may be as much */
    char name[64];          /* to the process: the module's; NUL-terminated */
    char text[IPC_TEXT_MAX];   /* to: the file's path; from: the error */
};

_Static_assert(sizeof(struct ipc_hello) == 32 + 64 + 1024, "fixed");

/*
 * The command asks a process to check one type (`outboard check --run`): its
 * greeting has the module's descriptor only, the type's number in `types`, and
 * a time limit in ns in `memory_bytes`. The answers are greetings with one of
 * these numbers as `status`. Or `status` is an error below 0.
 */
enum ipc_check {
    IPC_CHECK_TYPE = 1,     /* first: `text` is the type's name */
    IPC_CHECK_LINE,         /* `text` is a line about a law that is broken */
    IPC_CHECK_DOING,        /* the process ends by a signal, while this */
    IPC_CHECK_END,          /* last; without a TYPE: no type has that number */
};

/* The name of a kind for messages to people, or NULL if no kind has it. */
const char *ipc_kind_name(unsigned kind);
/* Does a message of this kind have to be answered? */
bool ipc_kind_answered(unsigned kind);
/* What a message of this kind, which was checked, is about. */
enum ipc_about ipc_kind_about(unsigned kind);

/*
 * Check a copy of a message that came in `direction`: magic, kind, that the
 * kind goes that way, payload and depth within bounds. 0 or -EPROTO.
 */
int ipc_msg_check(const struct ipc_msg *msg, enum ipc_direction direction,
                  struct ob_err *err);
/* The same for a hello: magic, size, major, slots, terminated texts. */
int ipc_hello_check(const struct ipc_hello *hello, size_t bytes,
                    struct ob_err *err);

#endif
