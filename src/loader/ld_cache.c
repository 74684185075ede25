/* SPDX-License-Identifier: MIT */
/* Reads the dynamic linker's cache of libraries. */
#include "loader/ld_cache.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/file.h"

#define CACHE_FILE "/etc/ld.so.cache"
#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"

enum {
    FILE_MAX = 64 << 20,
    OLD_HEAD = 16, OLD_ENTRY = 12,  /* magic, number; flags, name, path */
    NEW_HEAD = 48, NEW_COUNT = 20,  /* where the number of entries stands */
    NEW_ENTRY = 24,                 /* flags, name, path, version, features */
    ENTRY_NAME = 4, ENTRY_PATH = 8,
};

struct ld_cache {
    char *data;                     /* with a NUL behind; or NULL */
    size_t len;
    size_t base;                    /* of the newer format, in `data` */
    uint32_t count;
};

static uint32_t u32_at(const struct ld_cache *c, size_t at)
{
    uint32_t value;

    memcpy(&value, c->data + at, sizeof(value));
    return value;
}

static bool starts_with(const struct ld_cache *c, size_t at, const char *magic)
{
    return at <= c->len && strlen(magic) <= c->len - at &&
           memcmp(c->data + at, magic, strlen(magic)) == 0;
}

/* A file in both formats has the older one first. */
static void base_find(struct ld_cache *c)
{
    size_t at = 0;

    if (starts_with(c, 0, OLD_MAGIC) && c->len >= OLD_HEAD) {
        at = OLD_HEAD + (size_t)u32_at(c, OLD_HEAD - 4) * OLD_ENTRY;
        at = (at + 7) & ~(size_t)7;
    }
    if (!starts_with(c, at, NEW_MAGIC) || c->len - at < NEW_HEAD)
        return;
    c->base = at;
    c->count = u32_at(c, at + NEW_COUNT);
    if (c->count > (c->len - at - NEW_HEAD) / NEW_ENTRY)
        c->count = 0;
}

/* Takes `data`, malloc()ed, with a NUL behind it. */
static struct ld_cache *cache_new(char *data, size_t len)
{
    struct ld_cache *c = g_new0(struct ld_cache, 1);

    c->data = data;
    c->len = len;
    if (data)
        base_find(c);
    return c;
}

struct ld_cache *ld_cache_open(void)
{
    size_t len = 0;
    char *data = NULL;

    if (file_read(CACHE_FILE, FILE_ANY, FILE_MAX, &data, &len, NULL) < 0)
        data = NULL;
    return cache_new(data, len);
}

struct ld_cache *ld_cache_of(const char *data, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        return cache_new(NULL, 0);
    memcpy(copy, data, len);
    copy[len] = '\0';
    return cache_new(copy, len);
}

void ld_cache_free(struct ld_cache *c)
{
    if (!c)
        return;
    free(c->data);
    g_free(c);
}

/* A text that an entry leads to; "" if that is out of the file. */
static const char *text_at(const struct ld_cache *c, size_t entry,
                           unsigned which)
{
    uint32_t at = u32_at(c, entry + which);

    return at < c->len - c->base ? c->data + c->base + at : "";
}

const char *ld_cache_next(const struct ld_cache *c, const char *name,
                          size_t *at)
{
    while (*at < c->count) {
        size_t entry = c->base + NEW_HEAD + (*at)++ * NEW_ENTRY;
        const char *path = text_at(c, entry, ENTRY_PATH);

        if (strcmp(text_at(c, entry, ENTRY_NAME), name) == 0 && path[0] == '/')
            return path;
    }
    return NULL;
}
