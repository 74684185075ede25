/* SPDX-License-Identifier: MIT */
/* Puts numbers and texts into bytes, and gets them out again. */
#include "session/bytes.h"

#include <string.h>

/* In place of a text's length: the text is NULL. */
#define NO_TEXT UINT32_C(0xffffffff)

void put_u32(GString *out, uint32_t value)
{
    g_string_append_len(out, (const char *)&value, sizeof(value));
}

void put_u64(GString *out, uint64_t value)
{
    g_string_append_len(out, (const char *)&value, sizeof(value));
}

void put_text(GString *out, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    put_u32(out, text ? (uint32_t)len : NO_TEXT);
    if (text)
        g_string_append_len(out, text, (gssize)len + 1);
}

void put_list(GString *out, const char *const *list)
{
    uint32_t n = 0;

    while (list[n])
        n++;
    put_u32(out, n);
    for (; *list; list++)
        put_text(out, *list);
}

static const void *get_bytes(struct bytes_reader *rd, size_t len)
{
    const char *from = rd->data + rd->at;

    if (rd->bad || len > rd->len - rd->at) {
        rd->bad = true;
        return NULL;
    }
    rd->at += len;
    return from;
}

uint32_t get_u32(struct bytes_reader *rd)
{
    const void *from = get_bytes(rd, sizeof(uint32_t));
    uint32_t value = 0;

    if (from)
        memcpy(&value, from, sizeof(value));
    return value;
}

uint64_t get_u64(struct bytes_reader *rd)
{
    const void *from = get_bytes(rd, sizeof(uint64_t));
    uint64_t value = 0;

    if (from)
        memcpy(&value, from, sizeof(value));
    return value;
}

uint32_t get_u32_up_to(struct bytes_reader *rd, uint32_t most)
{
    uint32_t value = get_u32(rd);

    if (value > most) {
        rd->bad = true;
        return 0;
    }
    return value;
}

bool get_bool(struct bytes_reader *rd)
{
    return get_u32_up_to(rd, 1) == 1;
}

const char *get_text_or_null(struct bytes_reader *rd)
{
    uint32_t len = get_u32(rd);
    const char *text;

    if (len == NO_TEXT)
        return NULL;
    text = get_bytes(rd, (size_t)len + 1);
    /* A NUL inside would make the text shorter than its length says. */
    if (!text || text[len] != '\0' || strlen(text) != len) {
        rd->bad = true;
        return "";
    }
    return text;
}

const char *get_text(struct bytes_reader *rd)
{
    const char *text = get_text_or_null(rd);

    if (!text)
        rd->bad = true;
    return text ? text : "";
}

const char *get_name(struct bytes_reader *rd, bytes_flaw *flaw_of)
{
    const char *name = get_text(rd);

    if (flaw_of(name))
        rd->bad = true;
    return name;
}

/* A count that the rest of the bytes cannot hold would only cost memory. */
uint32_t get_count(struct bytes_reader *rd, size_t bytes)
{
    uint32_t n = get_u32(rd);

    if (rd->bad || n > (rd->len - rd->at) / bytes) {
        rd->bad = true;
        return 0;
    }
    return n;
}

const char *const *get_list(struct bytes_reader *rd, uint32_t *ret_n,
                            bytes_flaw *flaw_of)
{
    static const char *const none[] = { NULL };
    uint32_t n = get_count(rd, BYTES_TEXT_LEAST);
    const char **list;

    if (ret_n)
        *ret_n = n;
    /* Most lists are empty: 10,000 types have a list each. */
    if (n == 0)
        return none;
    list = arena_alloc(rd->arena, (n + 1) * sizeof(*list));
    for (uint32_t i = 0; i < n; i++)
        list[i] = flaw_of ? get_name(rd, flaw_of) : get_text(rd);
    list[n] = NULL;
    return list;
}
