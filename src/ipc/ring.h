/* SPDX-License-Identifier: MIT */
/*
 * One direction of the shared memory: a ring of 64-byte slots with one
 * producer and one consumer. A message takes one slot, and its payload takes
 * the next ones and may wrap. The slot's `seq` publishes the message: the
 * consumer polls the cache line of the message itself, so one cache line moves
 * for each message.
 *
 * Neither side trusts the other: each keeps the positions that it needs in its
 * own variables and checks those of the peer. These functions do not block;
 * those of conn.h wait.
 */
#ifndef IPC_RING_H
#define IPC_RING_H

#include "ipc/msg.h"

#define IPC_SLOT 64u
#define IPC_SLOTS_MIN 1024u
#define IPC_SLOTS_MAX 65536u
#define IPC_SLOTS 2048u                /* what we use: 128 KiB each way */
#define IPC_HEAD_BYTES 4096u

/* The page before the slots; words of different use are in lines apart. */
struct ipc_ring_head {
    uint64_t tail;          /* consumer's: slots that are free again */
    uint8_t pad0[56];
    uint32_t asleep;        /* futex: 1 while the consumer sleeps */
    uint8_t pad1[60];
    uint32_t full;          /* futex: 1 while the producer waits for room */
    uint8_t pad2[60];
    uint32_t greeted;       /* of ring 0: 1 once QEMU has sent its greeting */
    uint32_t cpu;           /* producer's: 1 + the processor it slept on last;
                               0: unknown */
    uint8_t pad3[56];
};

_Static_assert(offsetof(struct ipc_ring_head, asleep) == 64, "fixed");
_Static_assert(offsetof(struct ipc_ring_head, full) == 128, "fixed");
_Static_assert(offsetof(struct ipc_ring_head, greeted) == 192, "fixed");
_Static_assert(offsetof(struct ipc_ring_head, cpu) == 196, "fixed");

struct ipc_ring {
    struct ipc_ring_head *head;    /* shared */
    uint8_t *slots;                 /* shared */
    uint32_t count;
    uint64_t at;                    /* own: next slot to write or read */
    uint64_t tail;                  /* the last that it saw, or published */
};

/* Are `slots` a power of two within the limits? */
bool ipc_slots_fit(uint32_t slots);
/* Bytes of the memory for both rings. */
size_t ipc_memory_bytes(uint32_t slots);
/* Ring 0 goes to the process, ring 1 to QEMU. */
void ipc_ring_init(struct ipc_ring *r, void *memory, uint32_t slots,
                   unsigned which);

/*
 * Put a message (`magic` and `seq` are filled in) and msg->bytes of payload.
 * 0; -EAGAIN: no room now; -EPROTO: the consumer's tail is impossible.
 */
int ipc_ring_put(struct ipc_ring *r, struct ipc_msg *msg, const void *payload);

/* Is there a message at the ring's end? Cheap, as callers poll it. */
static inline bool ipc_ring_ready(const struct ipc_ring *r)
{
    const uint8_t *slot = r->slots + (r->at & (r->count - 1)) * IPC_SLOT;
    const uint64_t *seq =
        (const uint64_t *)(const void *)(slot + offsetof(struct ipc_msg, seq));

    return __atomic_load_n(seq, __ATOMIC_ACQUIRE) == r->at + 1;
}

/*
 * Copy the message that is ready out of shared memory and check the copy.
 * 0, or -EPROTO. Its payload stays until ipc_ring_drop().
 */
int ipc_ring_peek(const struct ipc_ring *r, enum ipc_direction direction,
                  struct ipc_msg *ret, struct ob_err *err);
/* Copy the payload of a message that was peeked. */
void ipc_ring_payload(const struct ipc_ring *r, const struct ipc_msg *msg,
                      void *ret);
/*
 * The slots of a message that was peeked are free again. The producer sees
 * that only after some messages, or after ipc_ring_tell(): to publish each
 * would move the cache line between the processors each time.
 */
void ipc_ring_drop(struct ipc_ring *r, const struct ipc_msg *msg);
/* Publish to the producer all that is free; call it before waiting. */
void ipc_ring_tell(struct ipc_ring *r);

#endif
