/* SPDX-License-Identifier: MIT */
/* Memory that is freed all at once. One thread at a time; never blocks. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/* An empty arena that grows in steps of `chunk` bytes (0: 4 KiB). */
struct arena *arena_new(size_t chunk);

/* Free the arena and everything allocated from it. NULL is allowed. */
void arena_free(struct arena *arena);

/* Allocate `bytes`, aligned to 16, contents undefined. Never NULL. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* Allocate `n` items of `bytes`, filled with zeros. */
void *arena_zeros(struct arena *arena, size_t n, size_t bytes);

/* Copy `len` bytes and add a NUL, or copy a whole string. NULL gives NULL. */
char *arena_text(struct arena *arena, const void *text, size_t len);
char *arena_strdup(struct arena *arena, const char *text);

/* A deep copy of a NULL-terminated list (NULL gives an empty one). */
const char *const *arena_list(struct arena *arena, const char *const *list);

#endif
