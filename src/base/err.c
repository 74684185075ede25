/* SPDX-License-Identifier: MIT */
/* Error texts: formatting, cutting and cleaning them. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/*
 * Append the character at *from in a form that is safe on one line, and step
 * over it. Returns the new length, or `size` if it does not fit.
 */
static size_t err_append_char(char *out, size_t len, size_t size,
                              const char **from)
{
    size_t bytes = str_shown_bytes(*from);
    size_t room = bytes ? bytes : 4;

    if (len + room >= size)
        return size;
    if (bytes)
        memcpy(out + len, *from, bytes);
    else
        snprintf(out + len, 5, "\\x%02x", (unsigned char)**from);
    *from += bytes ? bytes : 1;
    return len + room;
}

/* Cut an overlong text at a UTF-8 boundary and end it with "...". */
static void err_cut(char *text, size_t size)
{
    size_t len = size - 4;

    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    memcpy(text + len, "...", 4);
}

/* Copy `from` into `text`: control characters escaped, cut if too long. */
static void err_clean(char *text, size_t size, const char *from)
{
    size_t len = 0;

    memset(text, 0, size);
    while (*from) {
        len = err_append_char(text, len, size, &from);
        if (len == size) {
            err_cut(text, size);
            return;
        }
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
