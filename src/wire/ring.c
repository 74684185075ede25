/* SPDX-License-Identifier: MIT */
#include "wire/ring.h"

#include <errno.h>
#include <string.h>

enum { TELL_EVERY = 64 };

bool wire_slots_fit(uint32_t slots)
{
    return slots >= WIRE_SLOTS_MIN && slots <= WIRE_SLOTS_MAX &&
           !(slots & (slots - 1));
}

size_t wire_memory_bytes(uint32_t slots)
{
    return 2 * (WIRE_HEAD_BYTES + (size_t)slots * WIRE_SLOT);
}

void wire_ring_init(struct wire_ring *r, void *memory, uint32_t slots,
                    unsigned which)
{
    uint8_t *base = memory;

    base += which * (WIRE_HEAD_BYTES + (size_t)slots * WIRE_SLOT);
    memset(r, 0, sizeof(*r));
    r->head = (struct wire_ring_head *)(void *)base;
    r->slots = base + WIRE_HEAD_BYTES;
    r->count = slots;
}

static uint32_t slots_of(uint32_t bytes)
{
    return 1 + (bytes + WIRE_SLOT - 1) / WIRE_SLOT;
}

static uint8_t *slot_at(const struct wire_ring *r, uint64_t n)
{
    return r->slots + (n & (r->count - 1)) * WIRE_SLOT;
}

static uint64_t *seq_at(const struct wire_ring *r, uint64_t n)
{
    return (uint64_t *)(void *)(slot_at(r, n) +
                                offsetof(struct wire_msg, seq));
}

/*
 * Room for `need` slots and one more, whose seq is cleared: what lay there
 * may be payload, and a guest must not be able to write a message into it.
 */
static int room_check(struct wire_ring *r, uint32_t need)
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
static void payload_copy(const struct wire_ring *r, void *out, const void *in,
                         uint32_t bytes)
{
    uint32_t first = (uint32_t)((r->at + 1) & (r->count - 1));
    uint32_t to_end = (r->count - first) * WIRE_SLOT;
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

int wire_ring_put(struct wire_ring *r, struct wire_msg *msg,
                  const void *payload)
{
    uint32_t need = slots_of(msg->bytes);
    int ret = room_check(r, need);

    if (ret)
        return ret;
    if (msg->bytes)
        payload_copy(r, NULL, payload, msg->bytes);
    msg->magic = WIRE_MAGIC;
    msg->seq = r->at + 1;
    /* What lies there may look like a message. */
    __atomic_store_n(seq_at(r, r->at + need), 0, __ATOMIC_RELAXED);
    memcpy(slot_at(r, r->at), msg, offsetof(struct wire_msg, seq));
    __atomic_store_n(seq_at(r, r->at), msg->seq, __ATOMIC_RELEASE);
    r->at += need;
    return 0;
}

int wire_ring_peek(const struct wire_ring *r, enum wire_direction direction,
                   struct wire_msg *ret, struct ob_err *err)
{
    /* Once, into memory of our own: the peer may rewrite the slot. */
    memcpy(ret, slot_at(r, r->at), sizeof(*ret));
    __asm__ volatile("" ::: "memory");
    return wire_msg_check(ret, direction, err);
}

void wire_ring_payload(const struct wire_ring *r, const struct wire_msg *msg,
                       void *ret)
{
    payload_copy(r, ret, NULL, msg->bytes);
}

void wire_ring_tell(struct wire_ring *r)
{
    r->tail = r->at;
    __atomic_store_n(&r->head->tail, r->at, __ATOMIC_RELEASE);
}

void wire_ring_drop(struct wire_ring *r, const struct wire_msg *msg)
{
    r->at += slots_of(msg->bytes);
    if (r->at - r->tail >= TELL_EVERY)
        wire_ring_tell(r);
}
