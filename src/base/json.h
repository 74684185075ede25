/* SPDX-License-Identifier: MIT */
/*
 * JSON documents. Every value knows its line and column, so that every error
 * can name its place:
 *
 *     boards/acme.json:14:22: irq "nvic:97" is past the last input ...
 *
 * A document is parsed completely and never changes afterwards. Nodes, keys and
 * texts live as long as their document. Several threads may read one document.
 * Only json_load() may block.
 *
 * The parser follows RFC 8259 strictly. It also refuses what is a mistake in
 * practice: duplicate keys, NUL (raw or \u0000), invalid UTF-8, a byte order
 * mark, and nesting deeper than JSON_DEPTH_MAX.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"

#define JSON_DEPTH_MAX 64
#define JSON_LIMIT_BYTES (4u << 20)     /* default size limit of a file */

enum json_kind {
    JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT,
};

struct json_doc;

struct json {
    enum json_kind kind;
    bool boolean;               /* JSON_BOOL */
    uint32_t line, col;         /* of the value, from 1; col in characters */
    uint32_t key_line, key_col; /* of the key, in an object; else 0 */
    uint32_t count;             /* children, in an array or object */
    uint32_t text_len;          /* bytes of `text` */
    uint32_t key_len;           /* bytes of `key` */
    const char *key;            /* name in its object; else NULL. UTF-8, NUL */
    const char *text;           /* string decoded, or number as written */
    const struct json *child;   /* first child, in the file's order */
    const struct json *next;    /* next sibling */
    const struct json *parent;  /* NULL at the root */
    const struct json_doc *doc;
    void *index;                /* private: key lookup of large objects */
};

/* Loop over the children of `node` (an array or object) in order. */
#define JSON_EACH(child_, node_) \
    for (const struct json *child_ = (node_)->child; child_; \
         child_ = child_->next)

/*
 * Parse `len` bytes; `name` is the document's name in errors. The caller owns
 * *ret (json_free). The call does not keep `data`.
 */
int json_parse(const char *data, size_t len, const char *name,
               struct json_doc **ret, struct ob_err *err);

/*
 * Read and parse the file `path`, through `gate` (file.h). `limit` in bytes,
 * 0 for JSON_LIMIT_BYTES.
 */
int json_load(const char *path, enum file_gate gate, size_t limit,
              struct json_doc **ret, struct ob_err *err);

/* Free the document and all its nodes; NULL is fine. */
void json_free(struct json_doc *doc);

/* The root value. Never NULL. */
const struct json *json_root(const struct json_doc *doc);

/* The document's name in errors (the path that it was loaded from). */
const char *json_name(const struct json_doc *doc);

/*
 * Set `err` to "file:line:col: ..." and return -EINVAL. json_err() names the
 * place of the value, and json_key_err() the place of its key (of the value if
 * it has no key).
 */
int json_err(const struct json *node, struct ob_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int json_key_err(const struct json *node, struct ob_err *err, const char *fmt,
                 ...) __attribute__((format(printf, 3, 4)));

/*
 * Format the value for an error: `"text"` (cut at 40 characters), 12, true,
 * null, `a list of 3`, `an object of 2`. Writes to `buf` and returns it.
 */
#define JSON_SHOW_BYTES 192
const char *json_show(const struct json *node, char buf[JSON_SHOW_BYTES]);

/* "an object", "a list", "a string", "a number", "true or false", "null". */
const char *json_kind_name(enum json_kind kind);

/*
 * The member `key` of an object. NULL if the object lacks it, or if `obj` is
 * NULL or not an object.
 */
const struct json *json_get(const struct json *obj, const char *key);

/* As json_get(), but a missing member is an error at the object's place. */
int json_need(const struct json *obj, const char *key, const struct json **ret,
              struct ob_err *err);

/*
 * Refuse any key of the object `obj` that is not in the NULL-terminated
 * `allowed`, and name the nearest key. Keys that start with "x-" pass. An `obj`
 * that is not an object is refused too.
 */
int json_check_keys(const struct json *obj, const char *const allowed[],
                    struct ob_err *err);

/*
 * Typed access. Each call sets *ret, or sets an error at the value's place with
 * the key, the expected kind and the value seen. *ret is written only on
 * success.
 */
int json_object(const struct json *node, struct ob_err *err);
int json_list(const struct json *node, struct ob_err *err);
int json_str(const struct json *node, const char **ret, struct ob_err *err);
int json_bool(const struct json *node, bool *ret, struct ob_err *err);
/* A number without a fraction or exponent, 0 to UINT64_MAX. */
int json_u64(const struct json *node, uint64_t *ret, struct ob_err *err);
int json_i64(const struct json *node, int64_t *ret, struct ob_err *err);
/* As json_u64(), and between `min` and `max`, both included. */
int json_range(const struct json *node, uint64_t min, uint64_t max,
               uint64_t *ret, struct ob_err *err);
int json_double(const struct json *node, double *ret, struct ob_err *err);

/*
 * A quantity: a plain number, or a string that holds a decimal or 0x number.
 * json_address(): no unit ("0x40011000").
 * json_bytes():   none, B, KiB, MiB, GiB, TiB ("192 KiB").
 * json_hz():      none, Hz, kHz, MHz, GHz; a fraction may stand before a unit
 *                 if the result is whole ("32.768 kHz").
 * json_ns():      ns, us, ms, s, likewise; a plain number is nanoseconds.
 */
int json_address(const struct json *node, uint64_t *ret, struct ob_err *err);
int json_bytes(const struct json *node, uint64_t *ret, struct ob_err *err);
int json_hz(const struct json *node, uint64_t *ret, struct ob_err *err);
int json_ns(const struct json *node, uint64_t *ret, struct ob_err *err);

/* A string from the NULL-terminated `names`: *ret is its index. */
int json_choice(const struct json *node, const char *const names[],
                unsigned *ret, struct ob_err *err);

#endif
