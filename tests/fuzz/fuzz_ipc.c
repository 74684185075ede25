/* SPDX-License-Identifier: MIT */
/*
 * A ring whose other side writes what it likes: what comes out was checked,
 * its payload lies in the ring, and positions only grow.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "ipc/ring.h"

enum { SLOTS = IPC_SLOTS_MIN };

static uint8_t payload[IPC_PAYLOAD_MAX];

static void take_all(struct ipc_ring *in)
{
    struct ipc_msg m;

    for (int n = 0; n < 4 * SLOTS; n++) {
        uint64_t before = in->at, seq = in->at + 1;

        /* The hostile side always has something ready. */
        memcpy(in->slots + (in->at % SLOTS) * IPC_SLOT + 56, &seq, 8);
        if (!ipc_ring_ready(in))
            abort();
        if (ipc_ring_peek(in, IPC_TO_QEMU, &m, NULL))
            return;
        if (m.bytes > sizeof(payload) || !ipc_kind_name(m.kind))
            abort();
        ipc_ring_payload(in, &m, payload);
        ipc_ring_drop(in, &m);
        if (in->at <= before)
            abort();
    }
}

static void put_all(struct ipc_ring *out, const uint8_t *data, size_t size)
{
    struct ipc_msg m = { .kind = IPC_STORE };
    uint64_t at = 0;

    for (size_t n = 0; n + 10 <= size; n += 10) {
        uint16_t bytes;

        memcpy(&out->head->tail, data + n, 8);
        memcpy(&bytes, data + n + 8, 2);
        m.bytes = bytes % (sizeof(payload) + 1);
        if (ipc_ring_put(out, &m, payload) == 0 && out->at <= at)
            abort();
        if (out->tail > out->at || out->at - out->tail > SLOTS)
            abort();
        at = out->at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bytes = ipc_memory_bytes(SLOTS);
    uint8_t *memory = calloc(1, bytes);
    struct ipc_ring in, out;

    if (!memory)
        return 0;
    ipc_ring_init(&in, memory, SLOTS, 1);
    ipc_ring_init(&out, memory, SLOTS, 0);
    for (size_t n = 0; size && n < (size_t)SLOTS * IPC_SLOT; n++)
        in.slots[n] = data[n % size];
    take_all(&in);
    put_all(&out, data, size);
    free(memory);
    return 0;
}
