/* SPDX-License-Identifier: MIT */
/* Packs and reads numbers and texts of variable length. */
#include "ipc/pack.h"

#include <errno.h>
#include <string.h>

enum { NO_TEXT = 0xffff };

void ipc_pack(GByteArray *out, unsigned bytes, uint64_t value)
{
    uint64_t le = GUINT64_TO_LE(value);

    g_byte_array_append(out, (const uint8_t *)&le, bytes);
}

void ipc_pack_text(GByteArray *out, const char *text)
{
    size_t len = text ? MIN(strlen(text), (size_t)NO_TEXT - 1) : 0;

    ipc_pack(out, 2, text ? len : NO_TEXT);
    if (text)
        g_byte_array_append(out, (const uint8_t *)text, (guint)len);
}

guint ipc_pack_begin(GByteArray *out)
{
    ipc_pack(out, 4, 0);
    return out->len;
}

void ipc_pack_end(GByteArray *out, guint begin)
{
    uint32_t le = GUINT32_TO_LE(out->len - begin);

    memcpy(out->data + begin - sizeof(le), &le, sizeof(le));
}

struct ipc_reader ipc_reader_of(const GByteArray *block, struct arena *arena)
{
    static const uint8_t none[1];
    const uint8_t *at = block->len ? block->data : none;

    return (struct ipc_reader){ at, at + block->len, arena, false };
}

uint64_t ipc_unpack(struct ipc_reader *r, unsigned bytes)
{
    uint64_t le = 0;

    if (r->bad || (size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return 0;
    }
    memcpy(&le, r->at, bytes);
    r->at += bytes;
    return GUINT64_FROM_LE(le);
}

uint32_t ipc_unpack_count(struct ipc_reader *r, uint32_t most)
{
    uint32_t count = (uint32_t)ipc_unpack(r, 4);

    if (count <= most)
        return count;
    r->bad = true;
    return 0;
}

const uint8_t *ipc_unpack_begin(struct ipc_reader *r)
{
    const uint8_t *end = r->end;
    size_t len = ipc_unpack(r, 4);

    if (r->bad || len > (size_t)(r->end - r->at))
        r->bad = true;
    else
        r->end = r->at + len;
    return end;
}

void ipc_unpack_end(struct ipc_reader *r, const uint8_t *begun)
{
    if (!r->bad)
        r->at = r->end;
    r->end = begun;
}

const char *ipc_unpack_text(struct ipc_reader *r)
{
    size_t len = ipc_unpack(r, 2);
    const char *text = (const char *)r->at;

    if (r->bad || len == NO_TEXT)
        return NULL;
    if ((size_t)(r->end - r->at) < len || memchr(text, 0, len)) {
        r->bad = true;
        return NULL;
    }
    r->at += len;
    return arena_text(r->arena, text, len);
}
