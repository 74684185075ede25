/* SPDX-License-Identifier: MIT */
/*
 * Packs data that is too long for a message's fixed fields. Numbers are little
 * endian. A text is a u16 length and its bytes (0xffff: no text). A reader
 * never passes the end. After an error it stays `bad` and returns zeros.
 */
#ifndef IPC_PACK_H
#define IPC_PACK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "device/decl/decl.h"

struct ipc_reader {
    const uint8_t *at, *end;
    struct arena *arena;        /* texts are copied there */
    bool bad;
};

/* Append the low `bytes` (1 .. 8) bytes of `value`; a text or NULL. */
void ipc_pack(GByteArray *out, unsigned bytes, uint64_t value);
void ipc_pack_text(GByteArray *out, const char *text);

/*
 * An item: its length in 4 bytes, and its bytes. So a reader can skip what a
 * later version appends. begin() returns what end() needs.
 */
guint ipc_pack_begin(GByteArray *out);
void ipc_pack_end(GByteArray *out, guint begin);

/* A reader of `block`, which may be empty; texts go to `arena`. */
struct ipc_reader ipc_reader_of(const GByteArray *block, struct arena *arena);
uint64_t ipc_unpack(struct ipc_reader *r, unsigned bytes);
/* A count of items, `bad` if it is above `most`. */
uint32_t ipc_unpack_count(struct ipc_reader *r, uint32_t most);
/*
 * Read within an item until ipc_unpack_end(), which skips the rest of it.
 * Returns what that needs.
 */
const uint8_t *ipc_unpack_begin(struct ipc_reader *r);
void ipc_unpack_end(struct ipc_reader *r, const uint8_t *begun);
/* A text that ends in NUL and has no other, in the arena; or NULL. */
const char *ipc_unpack_text(struct ipc_reader *r);

/* Offsets of a region. */
struct ipc_span {
    uint64_t offset, bytes;
};

/* Where a write to a region only stores, so QEMU may post it; sorted. */
struct ipc_posts {
    const struct ipc_span *at;
    uint32_t count;
};

/* Append what `type` declares, and where writes to it may be posted. */
void ipc_pack_type(GByteArray *out, const struct device_decl *type);
/*
 * Read one into `ret`, which is device_decl_empty() in the reader's arena. The
 * bytes are hostile, so device_decl_finish() has to check the result.
 * *ret_posts has one entry for each region, in the arena. 0 or -EPROTO.
 */
int ipc_unpack_type(struct ipc_reader *r, struct device_decl *ret,
                    const struct ipc_posts **ret_posts, struct ob_err *err);

#endif
