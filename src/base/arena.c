/* SPDX-License-Identifier: MIT */
/* Memory that is freed all at once, in chunks of growing size. */
#include "base/arena.h"

#include <glib.h>
#include <string.h>

#include "base/str.h"

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    _Alignas(16) unsigned char data[];
};

struct arena {
    struct arena_chunk *chunks;
    size_t step;
};

struct arena *arena_new(size_t chunk)
{
    struct arena *arena = g_new0(struct arena, 1);

    arena->step = chunk ? chunk : 4096;
    return arena;
}

void arena_free(struct arena *arena)
{
    struct arena_chunk *next;

    if (!arena)
        return;
    for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = next) {
        next = chunk->next;
        g_free(chunk);
    }
    g_free(arena);
}

/* Chunks double up to 1 MiB, so that large arenas need few of them. */
static struct arena_chunk *arena_grow(struct arena *arena, size_t need)
{
    size_t size = need > arena->step ? need : arena->step;
    struct arena_chunk *chunk = g_malloc(sizeof(*chunk) + size);

    chunk->next = arena->chunks;
    chunk->used = 0;
    chunk->size = size;
    arena->chunks = chunk;
    if (arena->step < (1u << 20))
        arena->step *= 2;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    struct arena_chunk *chunk = arena->chunks;
    size_t need = (bytes + 15) & ~(size_t)15;
    void *ret;

    if (!chunk || chunk->size - chunk->used < need)
        chunk = arena_grow(arena, need);
    ret = chunk->data + chunk->used;
    chunk->used += need;
    return ret;
}

void *arena_zeros(struct arena *arena, size_t n, size_t bytes)
{
    void *ret = arena_alloc(arena, n * bytes);

    memset(ret, 0, n * bytes);
    return ret;
}

char *arena_text(struct arena *arena, const void *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_text(arena, text, strlen(text)) : NULL;
}

const char *const *arena_list(struct arena *arena, const char *const *list)
{
    size_t n = str_count(list);
    const char **copy = arena_alloc(arena, (n + 1) * sizeof(*copy));

    for (size_t i = 0; i < n; i++)
        copy[i] = arena_strdup(arena, list[i]);
    copy[n] = NULL;
    return copy;
}
