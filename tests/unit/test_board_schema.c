/* SPDX-License-Identifier: MIT */
/* The schema for editors and the reader's tables know the same keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

/* What every repeated object may have besides; the reader never sees it. */
static const char *const repeats[] = { "repeat", "if", NULL };

static struct json_doc *schema_load(void)
{
    struct ob_err err = { 0 };
    struct json_doc *doc;

    if (json_load(OB_SOURCE_DIR "/src/board/board.schema.json", FILE_ANY, 0,
                  &doc, &err) < 0)
        fail_msg("%s", err.text);
    return doc;
}

static void check_object(const struct json *schema, const char *object,
                         const char *const keys[])
{
    const struct json *def = strcmp(object, "board") == 0
                                 ? schema
                                 : json_get(json_get(schema, "$defs"), object);
    const struct json *props = def ? json_get(def, "properties") : NULL;
    const struct json *more;

    if (!props)
        fail_msg("the schema has no \"%s\"", object);
    for (unsigned n = 0; keys[n]; n++)
        if (!json_get(props, keys[n]))
            fail_msg("the schema's %s lacks \"%s\"", object, keys[n]);
    JSON_EACH (prop, props)
        if (!str_in(prop->key, keys) && !str_in(prop->key, repeats))
            fail_msg("the reader's %s lacks \"%s\"", object, prop->key);
    more = json_get(def, "additionalProperties");
    assert_true(more && more->kind == JSON_BOOL && !more->boolean);
}

static void test_schema_keys_are_the_readers(void **state)
{
    struct json_doc *doc = schema_load();

    (void)state;
#define KEYS(object_, ...) \
    check_object(json_root(doc), #object_, \
                 (const char *const[]){ __VA_ARGS__, NULL });
#include "board/keys.def"
#undef KEYS
    json_free(doc);
}

/* A "$ref" that leads nowhere would let an editor accept anything. */
static void check_refs(const struct json *defs, const struct json *node)
{
    const char *ref = node->key && strcmp(node->key, "$ref") == 0 ? node->text
                                                                  : NULL;

    if (ref && (strncmp(ref, "#/$defs/", 8) != 0 || !json_get(defs, ref + 8)))
        fail_msg("\"%s\" leads nowhere", ref);
    JSON_EACH (child, node)
        check_refs(defs, child);
}

static void test_schema_refs_exist(void **state)
{
    struct json_doc *doc = schema_load();

    (void)state;
    check_refs(json_get(json_root(doc), "$defs"), json_root(doc));
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_keys_are_the_readers),
        cmocka_unit_test(test_schema_refs_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
