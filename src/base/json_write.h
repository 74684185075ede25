/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON: objects and lists over several lines, indented by two; lists
 * of texts on one line. `key` is NULL inside a list and at the root.
 *
 *     struct json_writer *w = json_writer_new();
 *     json_put_object(w, NULL);
 *     json_put_str(w, "name", "acme");
 *     json_put_end(w);
 *     puts(text = json_writer_done(w));        then g_free(text)
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

struct json_writer;

struct json_writer *json_writer_new(void);

/*
 * Close what is open and free the writer. The text ends with a newline; the
 * caller frees it (g_free).
 */
char *json_writer_done(struct json_writer *w);

void json_put_object(struct json_writer *w, const char *key);
void json_put_list(struct json_writer *w, const char *key);
void json_put_end(struct json_writer *w);

/* NULL is written as null, and bytes that are not UTF-8 as U+FFFD. */
void json_put_str(struct json_writer *w, const char *key, const char *text);
void json_put_u64(struct json_writer *w, const char *key, uint64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);

/* A NULL-terminated list of texts. */
void json_put_strs(struct json_writer *w, const char *key,
                   const char *const *list);

#endif
