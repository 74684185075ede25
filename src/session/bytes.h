/* SPDX-License-Identifier: MIT */
/*
 * Numbers and texts as bytes, for write.c and read.c. A number is 32 or 64 bits
 * in the machine's own order. A text is its length, its bytes and a NUL, so
 * that the reader needs no copy of it.
 */
#ifndef SESSION_BYTES_H
#define SESSION_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/arena.h"

enum {
    BYTES_MAX = 64 << 20,       /* of one session */
    BYTES_TEXT_LEAST = 5,       /* a text takes at least so many */
};

/* Append one item. A text may be NULL, a list ends in NULL. */
void put_u32(GString *out, uint32_t value);
void put_u64(GString *out, uint64_t value);
void put_text(GString *out, const char *text);
void put_list(GString *out, const char *const *list);

/*
 * A cursor over bytes that anything may have written. The first fault sets
 * `bad` for good; then each get_ function returns 0, "" or an empty list. So a
 * caller checks `bad` once, at the end.
 */
struct bytes_reader {
    struct arena *arena;        /* the lists */
    const char *data;
    size_t len, at;
    bool bad;
};

/* What is wrong with a name; NULL: nothing. */
typedef const char *bytes_flaw(const char *name);

uint32_t get_u32(struct bytes_reader *rd);
uint64_t get_u64(struct bytes_reader *rd);
/* At most `most`. */
uint32_t get_u32_up_to(struct bytes_reader *rd, uint32_t most);
bool get_bool(struct bytes_reader *rd);
const char *get_text_or_null(struct bytes_reader *rd);
const char *get_text(struct bytes_reader *rd);
/* A text in which `flaw_of` finds nothing wrong. */
const char *get_name(struct bytes_reader *rd, bytes_flaw *flaw_of);
/* A count of items that take at least `bytes` each. */
uint32_t get_count(struct bytes_reader *rd, size_t bytes);
/* `ret_n` and `flaw_of` may be NULL. The list ends in NULL. */
const char *const *get_list(struct bytes_reader *rd, uint32_t *ret_n,
                            bytes_flaw *flaw_of);

#endif
