/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Append `ch` as it may be shown on one line; returns the new length. */
static size_t err_append_char(char *out, size_t len, size_t size,
                              unsigned char ch)
{
    if (ch >= 0x20 && ch != 0x7f) {
        if (len + 1 < size)
            out[len++] = (char)ch;
    } else if (len + 4 < size) {
        snprintf(out + len, 5, "\\x%02x", ch);
        len += 4;
    } else {
        len = size;             /* no room: the caller marks the cut */
    }
    return len;
}

/* Cut an overlong text at a UTF-8 boundary and end it in "...". */
static void err_cut(char *text, size_t size)
{
    size_t len = size - 4;

    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    memcpy(text + len, "...", 4);
}

/* Copy `from` into `text`, control characters shown, cut where too long. */
static void err_clean(char *text, size_t size, const char *from)
{
    size_t len = 0;

    memset(text, 0, size);
    for (; *from; from++) {
        size_t now = err_append_char(text, len, size, (unsigned char)*from);

        if (now == len || now == size) {
            err_cut(text, size);
            return;
        }
        len = now;
    }
    text[len] = '\0';
}

int err_setv(struct ob_err *err, int code, const char *fmt, va_list ap)
{
    char raw[2 * OB_ERR_TEXT_BYTES];

    if (!err || err->code)
        return code;
    vsnprintf(raw, sizeof(raw), fmt, ap);
    err->code = code;
    err_clean(err->text, sizeof(err->text), raw);
    return code;
}

int err_set(struct ob_err *err, int code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    err_setv(err, code, fmt, ap);
    va_end(ap);
    return code;
}

int err_prefix(struct ob_err *err, int code, const char *fmt, ...)
{
    char raw[3 * OB_ERR_TEXT_BYTES];
    size_t len;
    va_list ap;

    if (!err)
        return code;
    if (!err->code)
        return code;
    va_start(ap, fmt);
    vsnprintf(raw, OB_ERR_TEXT_BYTES, fmt, ap);
    va_end(ap);
    len = strlen(raw);
    snprintf(raw + len, sizeof(raw) - len, ": %s", err->text);
    err_clean(err->text, sizeof(err->text), raw);
    return err->code;
}

void err_clear(struct ob_err *err)
{
    if (err)
        memset(err, 0, sizeof(*err));
}
