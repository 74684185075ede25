/* SPDX-License-Identifier: MIT */
/*
 * An error and its text. Both travel together from the place that found the
 * error to the place that prints it (main(), or the bridge's report.c).
 *
 * A function that can fail returns 0 or a negative errno. On failure it leaves
 * one line in the `struct ob_err` that the caller passed: "where: what is wrong
 * (value seen); what to do", in lower case, without a full stop. `err` may
 * always be NULL. The text is part of the struct: no allocation, nothing to
 * free.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

/* The longest text, with its NUL. A longer text is cut and ends in "...". */
#define OB_ERR_TEXT_BYTES 1024

struct ob_err {
    int code;                       /* 0, or the negative errno returned */
    char text[OB_ERR_TEXT_BYTES];   /* UTF-8, one line */
};

/*
 * Set `err` (may be NULL) to `code` (< 0) and a printf-formatted text. Control
 * characters, which a hostile file may contain, become \xNN. The first error
 * stays: a second call on a set `err` changes nothing. Returns `code`, so that
 * `return err_set(err, -EINVAL, ...)` reads well. Any thread.
 */
int err_set(struct ob_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int err_setv(struct ob_err *err, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/*
 * Put "`fmt`: " in front of the text of a set `err`, to name the caller's place
 * before the callee's. No effect on NULL or an unset `err`. Returns err->code,
 * or `code` if err is NULL.
 */
int err_prefix(struct ob_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Reset the error: code 0, empty text. */
void err_clear(struct ob_err *err);

#endif
