/* SPDX-License-Identifier: MIT */
/*
 * What is too long for a message's fixed fields, packed: numbers little
 * endian, texts as u16 length and bytes (0xffff: no text). Reading never
 * passes the end; a reader that went wrong stays `bad` and gives zeros.
 */
#ifndef IPC_PACK_H
#define IPC_PACK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <outboard/outboard.h>

#include "base/arena.h"
#include "base/err.h"

struct ipc_reader {
    const uint8_t *at, *end;
    struct arena *arena;        /* texts are copied there */
    bool bad;
};

/* Append the low `bytes` (1 .. 8) bytes of `value`; a text or NULL. */
void ipc_pack(GByteArray *out, unsigned bytes, uint64_t value);
void ipc_pack_text(GByteArray *out, const char *text);

/* A reader of `block`, which may be empty; texts go to `arena`. */
struct ipc_reader ipc_reader_of(const GByteArray *block, struct arena *arena);
uint64_t ipc_unpack(struct ipc_reader *r, unsigned bytes);
/* A count of items, `bad` if it is above `most`. */
uint32_t ipc_unpack_count(struct ipc_reader *r, uint32_t most);
/* NUL-terminated, without NULs in it, in the arena; or NULL. */
const char *ipc_unpack_text(struct ipc_reader *r);

/*
 * Offsets of a region where a write only stores: it may be posted; or, in
 * another list, pages that the guest reads as memory.
 */
struct ipc_span {
    uint64_t offset, bytes;
};

/* A device type as it travels: what is declared, and no code. */
struct ipc_type {
    struct ob_device_type type;     /* lists in the arena, no functions */
    struct ipc_span **spans;       /* per region, sorted */
    uint32_t *n_spans;
    struct ipc_span **direct;      /* per region, as they came */
    uint32_t *n_direct;
};

/*
 * The pages of a region that the guest reads as memory: struct ipc_span,
 * sorted; ipc_pack_type() frees it.
 */
typedef GArray *ipc_direct_fn(const struct ob_device_type *type,
                              uint32_t region);

/*
 * Append what `type` (checked, with code) declares. `direct` says which pages
 * are read as memory; NULL: none.
 */
void ipc_pack_type(GByteArray *out, const struct ob_device_type *type,
                   ipc_direct_fn *direct);
/*
 * Read one. Storage for its properties is laid out anew; timers and
 * character back ends have functions that are never called. What is
 * declared is not checked: device_type_check() does. 0 or -EPROTO.
 */
int ipc_unpack_type(struct ipc_reader *r, struct ipc_type *ret,
                    struct ob_err *err);

#endif
