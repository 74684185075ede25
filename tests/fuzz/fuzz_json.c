/* SPDX-License-Identifier: MIT */
/* Any bytes through the JSON reader and every getter. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static const char *const names[] = { "acme", "objs", "red", NULL };

/* Errors must be one line whose place lies in the document. */
static void check_err(int r, const struct ob_err *err)
{
    if ((r < 0) != (err->code < 0) || strchr(err->text, '\n'))
        abort();
    if (r < 0 && strncmp(err->text, "x.json:", 7) != 0)
        abort();
}

static void check_getters(const struct json *node)
{
    static int (*const numbers[])(const struct json *, uint64_t *,
                                  struct ob_err *) = {
        json_u64, json_address, json_bytes, json_hz, json_ns,
    };
    struct ob_err err;
    uint64_t number;
    int64_t integer;
    double fraction;
    unsigned choice;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        err_clear(memset(&err, 0, sizeof(err)));
        check_err(numbers[i](node, &number, &err), &err);
    }
    err_clear(&err);
    check_err(json_i64(node, &integer, &err), &err);
    err_clear(&err);
    check_err(json_double(node, &fraction, &err), &err);
    err_clear(&err);
    check_err(json_choice(node, names, &choice, &err), &err);
    err_clear(&err);
    check_err(json_check_keys(node, names, &err), &err);
}

/* Every node knows its parent, its place and, in an object, its key. */
static void check_node(const struct json *node)
{
    uint32_t n = 0;

    if (node->line == 0 || node->col == 0)
        abort();
    if (node->text && strlen(node->text) != node->text_len)
        abort();
    check_getters(node);
    JSON_EACH (child, node) {
        if (child->parent != node)
            abort();
        if (node->kind == JSON_OBJECT && json_get(node, child->key) != child)
            abort();
        check_node(child);
        n++;
    }
    if (n != node->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };
    int r = json_parse((const char *)data, size, "x.json", &doc, &err);

    check_err(r, &err);
    if (r == 0) {
        check_node(json_root(doc));
        json_free(doc);
    }
    return 0;
}
