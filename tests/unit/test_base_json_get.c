/* SPDX-License-Identifier: MIT */
/* Typed access: good values, and the texts of what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/json.h"

#include "given_back.h"

/* The getters by the name that the tables below use. */
enum get {
    GET_OBJECT, GET_LIST, GET_STR, GET_BOOL, GET_U64, GET_I64, GET_RANGE,
    GET_DOUBLE, GET_ADDRESS, GET_BYTES, GET_HZ, GET_NS, GET_CHOICE,
};

static const char *const colours[] = { "red", "green", "blue", NULL };

/* The value as 64 bits, whatever its kind. */
static int get_any(enum get get, const struct json *node, uint64_t *ret,
                   struct ob_err *err)
{
    const char *text = NULL;
    bool flag = false;
    int64_t number = 0;
    unsigned choice = 0;
    double fraction = 0;
    int r;

    switch (get) {
    case GET_OBJECT: return json_object(node, err);
    case GET_LIST: return json_list(node, err);
    case GET_STR: return json_str(node, &text, err);
    case GET_BOOL:
        r = json_bool(node, &flag, err);
        *ret = flag;
        return r;
    case GET_U64: return json_u64(node, ret, err);
    case GET_I64:
        r = json_i64(node, &number, err);
        *ret = (uint64_t)number;
        return r;
    case GET_RANGE: return json_range(node, 2, 10, ret, err);
    case GET_DOUBLE:
        r = json_double(node, &fraction, err);
        *ret = (uint64_t)(int64_t)(fraction * 1000);
        return r;
    case GET_ADDRESS: return json_address(node, ret, err);
    case GET_BYTES: return json_bytes(node, ret, err);
    case GET_HZ: return json_hz(node, ret, err);
    case GET_NS: return json_ns(node, ret, err);
    default:
        r = json_choice(node, colours, &choice, err);
        *ret = choice;
        return r;
    }
}

struct good {
    enum get get;
    const char *value;
    uint64_t expect;
};

static const struct good goods[] = {
    { GET_BOOL, "true", 1 }, { GET_BOOL, "false", 0 },
    { GET_U64, "0", 0 }, { GET_U64, "18446744073709551615", UINT64_MAX },
    { GET_I64, "-1", (uint64_t)-1 },
    { GET_I64, "-9223372036854775808", 1ull << 63 },
    { GET_I64, "9223372036854775807", INT64_MAX },
    { GET_RANGE, "2", 2 }, { GET_RANGE, "10", 10 },
    { GET_DOUBLE, "1.5", 1500 }, { GET_DOUBLE, "-2e1", (uint64_t)-20000 },
    { GET_ADDRESS, "\"0x40011000\"", 0x40011000 },
    { GET_ADDRESS, "\"0XfFfFfFfFfFfFfFfF\"", UINT64_MAX },
    { GET_ADDRESS, "4096", 4096 }, { GET_ADDRESS, "\"12\"", 12 },
    { GET_BYTES, "\"192 KiB\"", 192 << 10 },
    { GET_BYTES, "\"1MiB\"", 1 << 20 }, { GET_BYTES, "\"8 GiB\"", 8ull << 30 },
    { GET_BYTES, "\"1.5 KiB\"", 1536 }, { GET_BYTES, "\"0x1000\"", 4096 },
    { GET_BYTES, "\"16 B\"", 16 }, { GET_BYTES, "17", 17 },
    { GET_HZ, "\"168 MHz\"", 168000000 }, { GET_HZ, "\"32768 Hz\"", 32768 },
    { GET_HZ, "\"32.768 kHz\"", 32768 }, { GET_HZ, "\"1.5 GHz\"", 1500000000 },
    { GET_HZ, "\"1.50000000000000000000000 kHz\"", 1500 },
    { GET_NS, "\"10 ms\"", 10000000 }, { GET_NS, "\"2 s\"", 2000000000 },
    { GET_NS, "\"250 ns\"", 250 }, { GET_NS, "\"1.5us\"", 1500 },
    { GET_CHOICE, "\"red\"", 0 }, { GET_CHOICE, "\"blue\"", 2 },
};

static struct json_doc *parse_value(const char *value)
{
    char *text = g_strdup_printf("{\"k\": %s}", value);
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };

    if (json_parse(text, strlen(text), "x.json", &doc, &err) < 0)
        fail_msg("%s", err.text);
    g_free(text);
    return doc;
}

static void test_get_good_value_is_returned(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(goods); i++) {
        struct json_doc *doc = parse_value(goods[i].value);
        struct ob_err err = { 0 };
        uint64_t value = 0;
        int r = get_any(goods[i].get, json_get(json_root(doc), "k"), &value,
                        &err);

        assert_string_equal(err.text, "");
        assert_int_equal(r, 0);
        assert_int_equal(value, goods[i].expect);
        json_free(doc);
    }
}

struct bad {
    enum get get;
    const char *value;
    const char *expect;         /* behind "x.json:1:7: \"k\" is " */
};

#define SIZES "write it as \"192 KiB\", \"1 MiB\" or \"0x1000\""
#define FREQS "write it as \"168 MHz\" or \"32768 Hz\""
#define TIMES "write it as \"10 ms\" or \"250 ns\""
#define PLACE "write it as \"0x40011000\""

static const struct bad bads[] = {
    { GET_OBJECT, "[1,2]", "not an object (a list of 2); write { ... }" },
    { GET_OBJECT, "null", "not an object (null); write { ... }" },
    { GET_LIST, "{}", "not a list (an object of 0); write [ ... ]" },
    { GET_LIST, "\"a\"", "not a list (\"a\"); write [ ... ]" },
    { GET_STR, "5", "not a string (5); write it in \"quotes\"" },
    { GET_STR, "true", "not a string (true); write it in \"quotes\"" },
    { GET_BOOL, "\"true\"", "not true or false (\"true\"); write true or "
      "false, without quotes" },
    { GET_BOOL, "1", "not true or false (1); write true or false, without "
      "quotes" },
    { GET_U64, "-1", "not a whole number (-1); use 0 to "
      "18446744073709551615" },
    { GET_U64, "1.0", "not a whole number (1.0); use 0 to "
      "18446744073709551615" },
    { GET_U64, "18446744073709551616", "not in range "
      "(18446744073709551616); use 0 to 18446744073709551615" },
    { GET_U64, "\"1\"", "not a whole number (\"1\"); use 0 to "
      "18446744073709551615" },
    { GET_I64, "9223372036854775808", "not in range (9223372036854775808); "
      "use -2^63 to 2^63 - 1" },
    { GET_I64, "-9223372036854775809", "not in range "
      "(-9223372036854775809); use -2^63 to 2^63 - 1" },
    { GET_I64, "1e3", "not a whole number (1e3); write it as -12" },
    { GET_RANGE, "11", "not in range (11); use 2 to 10" },
    { GET_RANGE, "1", "not in range (1); use 2 to 10" },
    { GET_RANGE, "\"5\"", "not a whole number (\"5\"); use 2 to 10" },
    { GET_DOUBLE, "1e999", "not in range (1e999); use a smaller number" },
    { GET_DOUBLE, "\"1\"", "not a number (\"1\"); write it as 1.5" },
    { GET_ADDRESS, "\"0x\"", "not an address (\"0x\"); " PLACE },
    { GET_ADDRESS, "\"0x12g\"", "not an address (\"0x12g\"); " PLACE },
    { GET_ADDRESS, "\"\"", "not an address (\"\"); " PLACE },
    { GET_ADDRESS, "\" 1\"", "not an address (\" 1\"); " PLACE },
    { GET_ADDRESS, "\"-1\"", "not an address (\"-1\"); " PLACE },
    { GET_ADDRESS, "\"1 KiB\"", "not an address (\"1 KiB\"); " PLACE },
    { GET_ADDRESS, "\"0x10000000000000000\"", "not a whole number of 64 bits "
      "(\"0x10000000000000000\"); " PLACE },
    { GET_ADDRESS, "null", "not an address (null); " PLACE },
    { GET_BYTES, "\"192 KB\"", "not a size (\"192 KB\"); " SIZES },
    { GET_BYTES, "\"1  MiB\"", "not a size (\"1  MiB\"); " SIZES },
    { GET_BYTES, "\"MiB\"", "not a size (\"MiB\"); " SIZES },
    { GET_BYTES, "\"1.5\"", "not a size (\"1.5\"); " SIZES },
    { GET_BYTES, "\"1. KiB\"", "not a size (\"1. KiB\"); " SIZES },
    { GET_BYTES, "1.5", "not a size (1.5); " SIZES },
    { GET_BYTES, "\"0.0001 KiB\"", "not a whole number of 64 bits (\"0.0001 "
      "KiB\"); " SIZES },
    { GET_BYTES, "\"16777216 TiB\"", "not a whole number of 64 bits "
      "(\"16777216 TiB\"); " SIZES },
    { GET_BYTES, "\"0.1111111111111111111111 GiB\"", "not a whole number of "
      "64 bits (\"0.1111111111111111111111 GiB\"); " SIZES },
    { GET_BYTES, "[]", "not a size (a list of 0); " SIZES },
    { GET_HZ, "\"168 mhz\"", "not a frequency (\"168 mhz\"); " FREQS },
    { GET_HZ, "\"0.5 Hz\"", "not a whole number of 64 bits (\"0.5 Hz\"); "
      FREQS },
    { GET_NS, "\"1 min\"", "not a time (\"1 min\"); " TIMES },
    { GET_CHOICE, "\"gren\"", "unknown (\"gren\"); did you mean "
      "\"green\"?" },
    { GET_CHOICE, "\"white\"", "unknown (\"white\"); use one of \"red\", "
      "\"green\", \"blue\"" },
    { GET_CHOICE, "3", "not a string (3); write it in \"quotes\"" },
    { GET_U64, "\"0123456789012345678901234567890123456789x\"", "not a whole "
      "number (\"0123456789012345678901234567890123456789...\"); use 0 to "
      "18446744073709551615" },
};

static void test_get_bad_value_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bads); i++) {
        struct json_doc *doc = parse_value(bads[i].value);
        struct ob_err err = { 0 };
        uint64_t value = 0x5a;
        char *expect = g_strdup_printf("x.json:1:7: \"k\" is %s",
                                       bads[i].expect);
        int r = get_any(bads[i].get, json_get(json_root(doc), "k"), &value,
                        &err);

        assert_string_equal(err.text, expect);
        assert_int_equal(r, -EINVAL);
        g_free(expect);
        json_free(doc);
    }
}

static void test_get_bad_list_entry_names_its_list(void **state)
{
    struct json_doc *doc = parse_value("[\"a\", 5]");
    const struct json *list = json_get(json_root(doc), "k");
    struct ob_err err = { 0 };
    const char *text = "kept";

    (void)state;
    assert_int_equal(json_str(list->child->next, &text, &err), -EINVAL);
    assert_string_equal(err.text, "x.json:1:13: an entry of \"k\" is not a "
                                  "string (5); write it in \"quotes\"");
    assert_string_equal(text, "kept");
    json_free(doc);
}

static void test_get_bad_root_is_the_document(void **state)
{
    struct json_doc *doc = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(json_parse("[]", 2, "x.json", &doc, NULL), 0);
    assert_int_equal(json_object(json_root(doc), &err), -EINVAL);
    assert_string_equal(err.text, "x.json:1:1: the document is not an object "
                                  "(a list of 0); write { ... }");
    json_free(doc);
}

static void test_need_missing_key_is_refused(void **state)
{
    struct json_doc *doc = parse_value("{\"b\": 1}");
    const struct json *obj = json_get(json_root(doc), "k"), *ret = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(json_need(obj, "b", &ret, &err), 0);
    assert_ptr_equal(ret, obj->child);
    assert_int_equal(json_need(obj, "a", &ret, &err), -EINVAL);
    assert_string_equal(err.text, "x.json:1:7: \"a\" is missing (an object "
                                  "of 1); add it");
    json_free(doc);
}

static const char *const part_keys[] = { "type", "irq", "props", NULL };

static void assert_keys_refused(const char *obj, const char *expect)
{
    struct json_doc *doc = parse_value(obj);
    struct ob_err err = { 0 };
    int r = json_check_keys(json_get(json_root(doc), "k"), part_keys, &err);

    assert_string_equal(err.text, expect ? expect : "");
    assert_int_equal(r, expect ? -EINVAL : 0);
    json_free(doc);
}

static void test_check_keys_known_and_own_are_taken(void **state)
{
    (void)state;
    assert_keys_refused("{}", NULL);
    assert_keys_refused("{\"irq\": 1, \"x-note\": 2, \"type\": 3}", NULL);
}

static void test_check_keys_unknown_is_refused(void **state)
{
    (void)state;
    assert_keys_refused("{\"irq\": 1, \"prosp\": 2}",
                        "x.json:1:18: unknown key (\"prosp\"); did you mean "
                        "\"props\"?");
    assert_keys_refused("{\"colour\": 1}",
                        "x.json:1:8: unknown key (\"colour\"); known here: "
                        "\"type\", \"irq\", \"props\", and your own as "
                        "\"x-...\"");
    assert_keys_refused("[]", "x.json:1:7: \"k\" is not an object (a list of "
                              "0); write { ... }");
}

static void test_show_long_text_is_cut_at_characters(void **state)
{
    GString *value = g_string_new("\"");
    char buf[JSON_SHOW_BYTES];
    struct json_doc *doc;

    (void)state;
    for (int i = 0; i < 60; i++)
        g_string_append(value, "\xf0\x9f\x98\x80");
    g_string_append_c(value, '"');
    doc = parse_value(value->str);
    json_show(json_get(json_root(doc), "k"), buf);
    assert_true(g_utf8_validate(buf, -1, NULL));
    assert_int_equal(strlen(buf), 40 * 4 + 5);
    assert_true(g_str_has_suffix(buf, "...\""));
    json_free(doc);
    g_string_free(value, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_get_good_value_is_returned),
        UNIT_TEST(test_get_bad_value_is_refused),
        UNIT_TEST(test_get_bad_list_entry_names_its_list),
        UNIT_TEST(test_get_bad_root_is_the_document),
        UNIT_TEST(test_need_missing_key_is_refused),
        UNIT_TEST(test_check_keys_known_and_own_are_taken),
        UNIT_TEST(test_check_keys_unknown_is_refused),
        UNIT_TEST(test_show_long_text_is_cut_at_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
