/* SPDX-License-Identifier: MIT */
/*
 * An error and its text, travelling together from the place that found it to
 * the one place that prints it (main() or the bridge's edge).
 *
 * A function that can fail returns 0 or a negative errno and, on failure,
 * leaves one line in the `struct ob_err` that the caller passed:
 *
 *     where: what is wrong (value seen); what to do
 *
 * Lower case, one line, no full stop. `err` may always be NULL.
 * The structs own their text inline: no allocation, nothing to free.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

/* Longest text kept, with its NUL; a longer one is cut and ends in "...". */
#define OB_ERR_TEXT_BYTES 1024

struct ob_err {
    int code;                       /* 0, or the negative errno returned */
    char text[OB_ERR_TEXT_BYTES];   /* UTF-8, one line */
};

/*
 * Set `err` (may be NULL) to `code` (< 0) and a printf-formatted text; control
 * characters, as a hostile file may hold, are shown as \xNN. The first error
 * stands: a second call on a set `err` changes nothing. Returns `code`, so
 * that `return err_set(err, -EINVAL, ...)` reads well. Any thread.
 */
int err_set(struct ob_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int err_setv(struct ob_err *err, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/*
 * Put "`fmt`: " in front of the text of a set `err`: the caller's place
 * before the callee's. No effect on NULL or unset. Returns err->code, or
 * `code` if err is NULL.
 */
int err_prefix(struct ob_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Forget the error: code 0, empty text. */
void err_clear(struct ob_err *err);

#endif
