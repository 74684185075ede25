/* SPDX-License-Identifier: MIT */
/* Texts and lists of the JSON file, for the files that read it. */
#include "modinfo/json_reader.h"

int reader_line(struct modinfo_reader *rd, const struct json *node,
                const char **ret_text)
{
    const char *text = NULL, *flaw;
    char seen[JSON_SHOW_BYTES];

    if (json_str(node, &text, rd->err))
        return -1;
    flaw = fields_text_flaw(text);
    if (flaw)
        return json_err(node, rd->err, "\"%s\" %s (%s); write one short line",
                        node->key ? node->key : "", flaw,
                        json_show(node, seen));
    *ret_text = text;
    return 0;
}

int reader_text(struct modinfo_reader *rd, const struct json *obj,
                const char *key, const char **ret_text)
{
    const struct json *node = json_get(obj, key);

    return node ? reader_line(rd, node, ret_text) : 0;
}

int reader_names(struct modinfo_reader *rd, const struct json *obj,
                 const char *key, fields_flaw *flaw_of,
                 const char *const **ret_names, size_t *ret_n)
{
    const struct json *node = json_get(obj, key);
    char seen[JSON_SHOW_BYTES];
    const char **names;
    size_t n = 0, twice;

    if (!node || node->kind == JSON_NULL) {
        *ret_names = fields_no_names;
        *ret_n = 0;
        return 0;
    }
    if (json_list(node, rd->err))
        return -1;
    names = arena_alloc(rd->arena, (node->count + 1) * sizeof(*names));
    JSON_EACH (child, node) {
        const char *flaw;

        if (json_str(child, &names[n], rd->err))
            return -1;
        flaw = flaw_of(names[n++]);
        if (flaw)
            return json_err(child, rd->err, "an entry of \"%s\" %s (%s); %s",
                            key, flaw, json_show(child, seen),
                            fields_todo(flaw_of));
    }
    names[n] = NULL;
    /* `twice` is n without a repetition; the list then ends before it is 0. */
    twice = fields_twice(names, n);
    for (const struct json *child = node->child; child; child = child->next)
        if (twice-- == 0)
            return json_err(child, rd->err,
                            "\"%s\" names this twice (%s); remove one", key,
                            json_show(child, seen));
    *ret_names = names;
    *ret_n = n;
    return 0;
}
