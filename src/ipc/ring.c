/* SPDX-License-Identifier: MIT */
/* Puts messages into a ring of shared memory, and takes them out. */
#include "ipc/ring.h"

#include <errno.h>
#include <string.h>

enum { TELL_EVERY = 64 };

bool ipc_slots_fit(uint32_t slots)
{
    return slots >= IPC_SLOTS_MIN && slots <= IPC_SLOTS_MAX &&
           !(slots & (slots - 1));
}

size_t ipc_memory_bytes(uint32_t slots)
{
    return 2 * (IPC_HEAD_BYTES + (size_t)slots * IPC_SLOT);
}

void ipc_ring_init(struct ipc_ring *r, void *memory, uint32_t slots,
                   unsigned which)
{
    uint8_t *base = memory;

    base += which * (IPC_HEAD_BYTES + (size_t)slots * IPC_SLOT);
    memset(r, 0, sizeof(*r));
    r->head = (struct ipc_ring_head *)(void *)base;
    r->slots = base + IPC_HEAD_BYTES;
    r->count = slots;
}

static uint32_t slots_of(uint32_t bytes)
{
    return 1 + (bytes + IPC_SLOT - 1) / IPC_SLOT;
}

static uint8_t *slot_at(const struct ipc_ring *r, uint64_t n)
{
    return r->slots + (n & (r->count - 1)) * IPC_SLOT;
}

static uint64_t *seq_at(const struct ipc_ring *r, uint64_t n)
{
    return (uint64_t *)(void *)(slot_at(r, n) + offsetof(struct ipc_msg, seq));
}

/*
 * Is there room for `need` slots and one more? The caller clears the seq of
 * that one: it may hold old payload, and a guest must not be able to write a
 * message by its payload.
 */
static int room_check(struct ipc_ring *r, uint32_t need)
{
    uint64_t tail;

    if (r->at + need + 1 - r->tail <= r->count)
        return 0;
    tail = __atomic_load_n(&r->head->tail, __ATOMIC_ACQUIRE);
    if (tail < r->tail || tail > r->at)
        return -EPROTO;
    r->tail = tail;
    return r->at + need + 1 - tail <= r->count ? 0 : -EAGAIN;
}

/* `bytes` to or from the slots after r->at, which may wrap. */
static void payload_copy(const struct ipc_ring *r, void *out, const void *in,
                         uint32_t bytes)
{
    uint32_t first = (uint32_t)((r->at + 1) & (r->count - 1));
    uint32_t to_end = (r->count - first) * IPC_SLOT;
    uint32_t head = bytes < to_end ? bytes : to_end;
    uint8_t *slots = slot_at(r, r->at + 1);

    if (out) {
        memcpy(out, slots, head);
        memcpy((uint8_t *)out + head, r->slots, bytes - head);
    } else {
        memcpy(slots, in, head);
        memcpy(r->slots, (const uint8_t *)in + head, bytes - head);
    }
}

int ipc_ring_put(struct ipc_ring *r, struct ipc_msg *msg, const void *payload)
{
    uint32_t need = slots_of(msg->bytes);
    int ret = room_check(r, need);

    if (ret)
        return ret;
    if (msg->bytes)
        payload_copy(r, NULL, payload, msg->bytes);
    msg->magic = IPC_MAGIC;
    msg->seq = r->at + 1;
    /* The old bytes there may look like a message. */
    __atomic_store_n(seq_at(r, r->at + need), 0, __ATOMIC_RELAXED);
    memcpy(slot_at(r, r->at), msg, offsetof(struct ipc_msg, seq));
    __atomic_store_n(seq_at(r, r->at), msg->seq, __ATOMIC_RELEASE);
    r->at += need;
    return 0;
}

int ipc_ring_peek(const struct ipc_ring *r, enum ipc_direction direction,
                  struct ipc_msg *ret, struct ob_err *err)
{
    /* Copy once and check the copy: the peer may rewrite the slot. */
    memcpy(ret, slot_at(r, r->at), sizeof(*ret));
    __asm__ volatile("" ::: "memory");
    return ipc_msg_check(ret, direction, err);
}

void ipc_ring_payload(const struct ipc_ring *r, const struct ipc_msg *msg,
                      void *ret)
{
    payload_copy(r, ret, NULL, msg->bytes);
}

void ipc_ring_tell(struct ipc_ring *r)
{
    r->tail = r->at;
    __atomic_store_n(&r->head->tail, r->at, __ATOMIC_RELEASE);
}

void ipc_ring_drop(struct ipc_ring *r, const struct ipc_msg *msg)
{
    r->at += slots_of(msg->bytes);
    if (r->at - r->tail >= TELL_EVERY)
        ipc_ring_tell(r);
}
