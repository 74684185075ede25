/* SPDX-License-Identifier: MIT */
/*
 * What is too long for a message's fixed fields, packed: numbers little
 * endian, texts as u16 length and bytes (0xffff: no text). Reading never
 * passes the end; a reader that went wrong stays `bad` and gives zeros.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <outboard/outboard.h>

#include "base/arena.h"
#include "base/err.h"

struct wire_reader {
    const uint8_t *at, *end;
    struct arena *arena;        /* texts are copied there */
    bool bad;
};

/* Append the low `bytes` (1 .. 8) bytes of `value`; a text or NULL. */
void wire_pack(GByteArray *out, unsigned bytes, uint64_t value);
void wire_pack_text(GByteArray *out, const char *text);

/* A reader of `block`, which may be empty; texts go to `arena`. */
struct wire_reader wire_reader_of(const GByteArray *block,
                                  struct arena *arena);
uint64_t wire_unpack(struct wire_reader *r, unsigned bytes);
/* A count of items, `bad` if it is above `most`. */
uint32_t wire_unpack_count(struct wire_reader *r, uint32_t most);
/* NUL-terminated, without NULs in it, in the arena; or NULL. */
const char *wire_unpack_text(struct wire_reader *r);

/*
 * Offsets of a region where a write only stores: it may be posted; or, in
 * another list, pages that the guest reads as memory.
 */
struct wire_span {
    uint64_t offset, bytes;
};

/* A device type as it travels: what is declared, and no code. */
struct wire_type {
    struct ob_device_type type;     /* lists in the arena, no functions */
    struct wire_span **spans;       /* per region, sorted */
    uint32_t *n_spans;
    struct wire_span **direct;      /* per region, as they came */
    uint32_t *n_direct;
};

/*
 * The pages of a region that the guest reads as memory: struct wire_span,
 * sorted; wire_pack_type() frees it.
 */
typedef GArray *wire_direct_fn(const struct ob_device_type *type,
                               uint32_t region);

/*
 * Append what `type` (checked, with code) declares. `direct` says which pages
 * are read as memory; NULL: none.
 */
void wire_pack_type(GByteArray *out, const struct ob_device_type *type,
                    wire_direct_fn *direct);
/*
 * Read one. Storage for its properties is laid out anew; timers and
 * character back ends have functions that are never called. What is
 * declared is not checked: rig_type_check() does. 0 or -EPROTO.
 */
int wire_unpack_type(struct wire_reader *r, struct wire_type *ret,
                     struct ob_err *err);

#endif
