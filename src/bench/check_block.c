/* SPDX-License-Identifier: MIT */
/* Reads and compares saved states, entry by entry (device/state.c). */
#include "bench/check_int.h"

#include <string.h>

enum { KIND_TIMER = 3, KIND_INPUT = 4 };

static uint64_t number(const GByteArray *block, size_t *at, uint32_t bytes)
{
    uint64_t value = 0;

    if (*at + bytes <= block->len)
        value = ob_get_le(block->data + *at, bytes);
    *at += bytes;
    return value;
}

static void name_read(const GByteArray *block, size_t *at, char name[320])
{
    size_t count = number(block, at, 2);

    name[0] = 0;
    if (count < 320 && *at + count <= block->len) {
        memcpy(name, block->data + *at, count);
        name[count] = 0;
    }
    *at += count;
}

bool block_next(const GByteArray *block, size_t *at, struct block_entry *ret)
{
    if (!*at) {
        *at = 4 + 4;
        name_read(block, at, ret->name);
        *at += 4 + 4;
    }
    if (*at >= block->len)
        return false;
    ret->kind = (uint8_t)number(block, at, 1);
    name_read(block, at, ret->name);
    ret->width = (uint8_t)number(block, at, 1);
    ret->count = (uint32_t)number(block, at, 4);
    ret->data = block->data + *at;
    *at += (size_t)ret->count * ret->width;
    return *at <= block->len;
}

uint64_t block_value(const struct block_entry *e, uint32_t n)
{
    return ob_get_le(e->data + (size_t)n * e->width, e->width);
}

bool block_reg(const GByteArray *block, const char *region, const char *reg,
               uint32_t n, uint64_t *ret)
{
    struct block_entry e;
    char name[320];
    size_t at = 0;

    g_snprintf(name, sizeof(name), "%s.%s", region, reg);
    while (block_next(block, &at, &e)) {
        if (strcmp(e.name, name) || n >= e.count || e.kind == KIND_TIMER ||
            e.kind == KIND_INPUT)
            continue;
        *ret = block_value(&e, n);
        return true;
    }
    return false;
}

static void entry_text(const struct block_entry *seen,
                       const struct block_entry *expected, char *what,
                       size_t bytes)
{
    uint32_t n = 0;
    char index[16] = "";

    while (n + 1 < seen->count &&
           block_value(seen, n) == block_value(expected, n))
        n++;
    if (seen->count > 1)
        g_snprintf(index, sizeof(index), "[%u]", n);
    g_snprintf(what, bytes,
               "the saved %s%s%s is 0x%" PRIx64 " (expected 0x%" PRIx64 ")",
               seen->kind == KIND_TIMER ? "deadline of timer " : "value of ",
               seen->name, index, block_value(seen, n),
               block_value(expected, n));
}

bool block_differs(const GByteArray *seen, const GByteArray *expected,
                   char *what, size_t bytes)
{
    size_t seen_at = 0, expected_at = 0;
    struct block_entry s, e;

    if (seen->len == expected->len &&
        !memcmp(seen->data, expected->data, seen->len))
        return false;
    while (block_next(seen, &seen_at, &s) &&
           block_next(expected, &expected_at, &e)) {
        if (s.count == e.count && s.width == e.width &&
            !memcmp(s.data, e.data, (size_t)s.count * s.width))
            continue;
        entry_text(&s, &e, what, bytes);
        return true;
    }
    g_snprintf(what, bytes, "the saved state has %u bytes (expected %u)",
               seen->len, expected->len);
    return true;
}
