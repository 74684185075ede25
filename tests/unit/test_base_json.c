/* SPDX-License-Identifier: MIT */
/* Parsing: places, and every refusal's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/json_write.h"

#include "given_back.h"

static struct json_doc *parse(const char *text)
{
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };

    if (json_parse(text, strlen(text), "x.json", &doc, &err) < 0)
        fail_msg("%s", err.text);
    return doc;
}

struct refusal {
    const char *text;
    size_t len;                 /* 0: strlen */
    const char *expect;
};

static const struct refusal refusals[] = {
    { "", 0, "x.json:1:1: the file is empty (0 bytes); write a json object "
      "into it" },
    { " \n\t\n", 0, "x.json:1:1: the file is empty (4 bytes); write a json "
      "object into it" },
    { "\xef\xbb\xbf{}", 0, "x.json:1:1: the file starts with a byte order "
      "mark (ef bb bf); save it as utf-8 without one" },
    { "{\"a\":1\v}", 8, "x.json:1:7: not json, a control character (byte "
      "0x0b); remove it" },
    { "{}\n \"rt", 0, "x.json:2:2: something follows the end of the document "
      "(\"rt); remove it" },
    { "{\f}", 3, "x.json:1:2: not json, a control character (byte 0x0c); "
      "remove it" },
    { "{\"a\":1\0}", 8, "x.json:1:7: not text (a NUL byte); save it as "
      "utf-8" },
    { "{\n \"a\":\"\xff\"}", 0, "x.json:2:7: not utf-8 (byte 0xff); save it "
      "as utf-8" },
    { "{\"a\":\"\xc3", 0, "x.json:1:7: not utf-8 (byte 0xc3); save it as "
      "utf-8" },
    { "{\"a\":1", 0, "x.json:1:7: the file ends too early (inside an "
      "object); complete it" },
    { "{\"a\":[1,\n", 0, "x.json:2:1: the file ends too early (inside a "
      "list); complete it" },
    { "\"abc", 0, "x.json:1:5: the file ends too early (inside a value); "
      "complete it" },
    { "{\"a\":1,}", 0, "x.json:1:8: not json, invalid object key (must be a "
      "string) (}); fix it here" },
    { "{\"a\" 1}", 0, "x.json:1:6: not json, object key and value must be "
      "separated by a colon (':') (1}); fix it here" },
    { "{\"a\":1\n \"b\":2}", 0, "x.json:2:2: not json, after key and value, "
      "inside map, I expect ',' or '}' (\"b\"); fix it here" },
    { "[1,,2]", 0, "x.json:1:4: not json, unallowed token at this point in "
      "JSON text (,2]); fix it here" },
    { "{\"a\":\"x\\qz\"}", 0, "x.json:1:9: not json, inside a string, '\\' "
      "occurs before a character which it may not (qz\"}); fix it here" },
    { "{\"a\":\"x\ny\"}", 0, "x.json:1:8: not json, invalid character inside "
      "string (\\x0ay\"}); fix it here" },
    { "{} x", 0, "x.json:1:4: something follows the end of the document (x); "
      "remove it" },
    { "{} {}", 0, "x.json:1:4: something follows the end of the document "
      "({}); remove it" },
    { "{a:1}", 0, "x.json:1:2: not json, invalid char in json text (a); fix "
      "it here" },
    { "[1.]", 0, "x.json:1:2: not json, malformed number, a digit is "
      "required after the decimal point (1.]); fix it here" },
    { "[01]", 0, "x.json:1:3: not json, after array element, I expect ',' or "
      "']' (1]); fix it here" },
    { "// c\n{}", 0, "x.json:1:1: not json, probable comment found in input "
      "text, comments are not enabled (//); fix it here" },
    { "{\"a\":1,\n \"b\":2,\n  \"a\":3}", 0, "x.json:3:3: the key \"a\" "
      "stands twice (first in line 1, column 2); remove one" },
    { "{\"a\":1,\"\\u0061\":2}", 0, "x.json:1:8: the key \"a\" stands twice "
      "(first in line 1, column 2); remove one" },
    { "{\"a\":\"\\u0000\"}", 0, "x.json:1:6: a string holds a NUL character "
      "(\"\\u0000\"); leave it out" },
    { "{\"\\u0000\":1}", 0, "x.json:1:2: a string holds a NUL character "
      "(\"\\u0000\"); leave it out" },
    { "[\"\\ud800\"]", 0, "x.json:1:2: a string holds half of a surrogate "
      "pair (\"\\ud800\" to \"\\udfff\"); write both" },
    { "[\"\\ud83d\\u0041\"]", 0, "x.json:1:2: a string holds half of a "
      "surrogate pair (\"\\ud800\" to \"\\udfff\"); write both" },
};

static void test_parse_bad_text_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const struct refusal *t = &refusals[i];
        struct json_doc *doc = NULL;
        struct ob_err err = { 0 };
        int r = json_parse(t->text, t->len ? t->len : strlen(t->text),
                           "x.json", &doc, &err);

        assert_string_equal(err.text, t->expect);
        assert_int_equal(r, -EINVAL);
        assert_int_equal(err.code, r);
        assert_null(doc);
    }
}

static void test_parse_bad_text_without_err_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const struct refusal *t = &refusals[i];
        struct json_doc *doc = NULL;

        assert_int_equal(json_parse(t->text, t->len ? t->len : strlen(t->text),
                                    "x.json", &doc, NULL),
                         -EINVAL);
    }
}

/* `depth` lists in each other. */
static char *nested(unsigned depth)
{
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < depth; i++)
        g_string_append_c(s, '[');
    for (unsigned i = 0; i < depth; i++)
        g_string_append_c(s, ']');
    return g_string_free(s, FALSE);
}

static void test_parse_deepest_nesting_is_taken(void **state)
{
    char *text = nested(JSON_DEPTH_MAX);

    (void)state;
    json_free(parse(text));
    g_free(text);
}

static void test_parse_deeper_nesting_is_refused(void **state)
{
    char *text = nested(100000);
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(json_parse(text, strlen(text), "x.json", &doc, &err),
                     -EINVAL);
    assert_string_equal(err.text, "x.json:1:65: lists and objects are nested "
                                  "too deep (more than 64 levels); nest less");
    g_free(text);
}

static void assert_place(const struct json *node, unsigned line, unsigned col)
{
    assert_non_null(node);
    assert_int_equal(node->line, line);
    assert_int_equal(node->col, col);
}

static void test_parse_values_know_their_places(void **state)
{
    struct json_doc *doc = parse(
        "{\n"
        "  \"a\": 1, \"\xc3\xa9\":\t\"0x10\",\n"
        "\t\"c\" : [true, null , -1.5e3, {\"d\":{}}]\r\n"
        "}\n");
    const struct json *root = json_root(doc), *c = json_get(root, "c");
    const struct json *d;

    (void)state;
    assert_place(root, 1, 1);
    assert_place(json_get(root, "a"), 2, 8);
    assert_int_equal(json_get(root, "a")->key_line, 2);
    assert_int_equal(json_get(root, "a")->key_col, 3);
    assert_place(json_get(root, "\xc3\xa9"), 2, 16);
    assert_int_equal(json_get(root, "\xc3\xa9")->key_col, 11);
    assert_place(c, 3, 8);
    assert_int_equal(c->count, 4);
    assert_place(c->child, 3, 9);
    assert_place(c->child->next, 3, 15);
    assert_place(c->child->next->next, 3, 22);
    d = c->child->next->next->next;
    assert_place(d, 3, 30);
    assert_place(json_get(d, "d"), 3, 35);
    assert_int_equal(json_get(d, "d")->key_col, 31);
    assert_null(d->next);
    assert_ptr_equal(d->parent, c);
    assert_int_equal(c->child->key_line, 0);
    json_free(doc);
}

static void test_parse_keeps_texts_exactly(void **state)
{
    struct json_doc *doc = parse("[\"a\\\"\\\\\\n\\u00e4\\ud83d\\ude00\","
                                 "12345678901234567890123, -0, 1e400]");
    const struct json *n = json_root(doc)->child;

    (void)state;
    assert_string_equal(n->text, "a\"\\\n\xc3\xa4\xf0\x9f\x98\x80");
    assert_int_equal(n->text_len, strlen(n->text));
    assert_string_equal(n->next->text, "12345678901234567890123");
    assert_string_equal(n->next->next->text, "-0");
    assert_string_equal(n->next->next->next->text, "1e400");
    json_free(doc);
}

static void test_parse_root_may_be_a_scalar(void **state)
{
    struct json_doc *doc = parse("12");

    (void)state;
    assert_int_equal(json_root(doc)->kind, JSON_NUMBER);
    assert_string_equal(json_root(doc)->text, "12");
    assert_string_equal(json_name(doc), "x.json");
    json_free(doc);
}

static char *many_keys(unsigned n, const char *last)
{
    GString *s = g_string_new("{");

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(s, "\"k%u\":%u,\n", i, i);
    g_string_append_printf(s, "\"%s\":0}", last);
    return g_string_free(s, FALSE);
}

static void test_get_finds_every_key_of_a_large_object(void **state)
{
    char *text = many_keys(50000, "last");
    struct json_doc *doc = parse(text);

    (void)state;
    assert_int_equal(json_root(doc)->count, 50001);
    for (unsigned i = 0; i < 50000; i++) {
        char key[16];

        g_snprintf(key, sizeof(key), "k%u", i);
        assert_int_equal(json_get(json_root(doc), key)->line, i + 1);
    }
    assert_null(json_get(json_root(doc), "k50000"));
    assert_null(json_get(json_root(doc)->child, "k0"));
    json_free(doc);
    g_free(text);
}

static void test_parse_duplicate_in_a_large_object_is_refused(void **state)
{
    char *text = many_keys(20000, "k7");
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(json_parse(text, strlen(text), "x.json", &doc, &err),
                     -EINVAL);
    assert_string_equal(err.text,
                        "x.json:20001:1: the key \"k7\" stands twice (first "
                        "in line 8, column 1); remove one");
    g_free(text);
}

/* Every prefix of a good document is refused, and every one cleanly. */
static void test_parse_every_truncation_is_refused(void **state)
{
    static const char text[] =
        "{\"a\":[true,false,null,-1.5e-3,\"\\u00e4\\n\"],\"b\":{\"c\":{}}}";

    (void)state;
    for (size_t len = 0; len + 1 < sizeof(text); len++) {
        struct json_doc *doc = NULL;
        struct ob_err err = { 0 };

        assert_int_equal(json_parse(text, len, "x.json", &doc, &err), -EINVAL);
        assert_true(g_str_has_prefix(err.text, "x.json:1:"));
    }
}

/* A file in a fresh directory, which the test's state is. */
static char *put_file(void **state, const char *name, const char *text)
{
    char *path = g_build_filename(*state, name, NULL);

    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void assert_load_refused(const char *path, size_t limit, int code,
                                const char *fmt)
{
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };
    char *expect = g_strdup_printf("%s%s", path, fmt);

    assert_int_equal(json_load(path, FILE_ANY, limit, &doc, &err), code);
    assert_string_equal(err.text, expect);
    g_free(expect);
}

static void test_load_reads_a_file(void **state)
{
    char *path = put_file(state, "good.json", "{\"a\": 1}\n");
    struct json_doc *doc = NULL;

    assert_int_equal(json_load(path, FILE_ANY, 0, &doc, NULL), 0);
    assert_string_equal(json_name(doc), path);
    json_free(doc);
    g_free(path);
}

static void test_load_missing_file_is_refused(void **state)
{
    char *path = g_build_filename(*state, "none.json", NULL);

    assert_load_refused(path, 0, -ENOENT,
                        ": cannot be opened (No such file or directory); "
                        "check the name and your permission");
    g_free(path);
}

static void test_load_directory_is_refused(void **state)
{
    assert_load_refused(*state, 0, -EISDIR,
                        ": is a directory; name a file in it");
}

static void test_load_empty_file_is_refused(void **state)
{
    char *path = put_file(state, "empty.json", "");

    assert_load_refused(path, 0, -EINVAL,
                        ":1:1: the file is empty (0 bytes); write a json "
                        "object into it");
    g_free(path);
}

static void test_load_100_mb_file_is_refused(void **state)
{
    char *path = put_file(state, "big.json", "{}");

    assert_int_equal(truncate(path, 100000000), 0);
    assert_load_refused(path, 0, -EFBIG,
                        ": is too large (100000000 bytes); the limit is "
                        "4194304 bytes");
    assert_load_refused(path, 10, -EFBIG,
                        ": is too large (100000000 bytes); the limit is 10 "
                        "bytes");
    g_free(path);
}

static void test_free_null_is_fine(void **state)
{
    (void)state;
    json_free(NULL);
}

static void test_writer_writes_what_the_reader_reads(void **state)
{
    static const char *const list[] = { "x", "y\"z", NULL };
    struct json_writer *w = json_writer_new();
    char *text;

    (void)state;
    json_put_object(w, NULL);
    json_put_str(w, "s", "a\"\\\n\t\x01\xc3\xa4");
    json_put_str(w, "null", NULL);
    json_put_u64(w, "n", UINT64_MAX);
    json_put_strs(w, "list", list);
    json_put_list(w, "deep");
    json_put_bool(w, NULL, true);
    json_put_object(w, NULL);
    json_put_end(w);
    text = json_writer_done(w);
    assert_string_equal(text, "{\n"
                              "  \"s\": \"a\\\"\\\\\\n\\t\\u0001\xc3\xa4\",\n"
                              "  \"null\": null,\n"
                              "  \"n\": 18446744073709551615,\n"
                              "  \"list\": [\"x\", \"y\\\"z\"],\n"
                              "  \"deep\": [\n"
                              "    true,\n"
                              "    {}\n"
                              "  ]\n"
                              "}\n");
    json_free(parse(text));
    g_free(text);
}

/* Each character by itself: escaped below a blank, and for DEL. */
static void test_writer_escapes_each_character_as_it_needs(void **state)
{
    (void)state;
    for (unsigned ch = 1; ch < 0x80; ch++) {
        struct json_writer *w = json_writer_new();
        char text[2] = { (char)ch, 0 }, *out;
        const struct json *node;
        struct json_doc *doc;
        const char *seen;

        json_put_object(w, NULL);
        json_put_str(w, "k", text);
        out = json_writer_done(w);
        assert_int_equal(strlen(out),
                         ch == '"' || ch == '\\' || ch == '\n' || ch == '\t'
                             ? 16
                         : ch < 0x20 || ch == 0x7f ? 20
                                                   : 15);
        doc = parse(out);
        node = json_get(json_root(doc), "k");
        assert_int_equal(json_str(node, &seen, NULL), 0);
        assert_string_equal(seen, text);
        json_free(doc);
        g_free(out);
    }
}

static int make_dir(void **state)
{
    *state = g_dir_make_tmp("outboard-json-XXXXXX", NULL);
    return *state ? 0 : -1;
}

static int remove_dir(void **state)
{
    GDir *dir = g_dir_open(*state, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(*state, name, NULL);

        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(*state);
    g_free(*state);
    return 0;
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_parse_bad_text_is_refused),
        UNIT_TEST(test_parse_bad_text_without_err_is_refused),
        UNIT_TEST(test_parse_deepest_nesting_is_taken),
        UNIT_TEST(test_parse_deeper_nesting_is_refused),
        UNIT_TEST(test_parse_values_know_their_places),
        UNIT_TEST(test_parse_keeps_texts_exactly),
        UNIT_TEST(test_parse_root_may_be_a_scalar),
        UNIT_TEST(test_get_finds_every_key_of_a_large_object),
        UNIT_TEST(test_parse_duplicate_in_a_large_object_is_refused),
        UNIT_TEST(test_parse_every_truncation_is_refused),
        UNIT_TEST(test_free_null_is_fine),
        UNIT_TEST(test_writer_escapes_each_character_as_it_needs),
        UNIT_TEST(test_writer_writes_what_the_reader_reads),
        file_test(test_load_reads_a_file),
        file_test(test_load_missing_file_is_refused),
        file_test(test_load_directory_is_refused),
        file_test(test_load_empty_file_is_refused),
        file_test(test_load_100_mb_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
