/* SPDX-License-Identifier: MIT */
/* The dynamic linker's list of libraries: as written, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loader/ld_cache.h"

/* Two entries of one name, for two machines, and one of another. */
struct image {
    char magic[20];
    uint32_t count, bytes, flags, extension, unused[3];
    struct {
        uint32_t flags, name, path, version;
        uint64_t features;
    } entries[3];
    char text[64];
};

static const char texts[] = "liba.so.1\0/lib/a\0/lib32/a\0libb.so\0/lib/b";

static void image_fill(struct image *m)
{
    const uint32_t at = offsetof(struct image, text);

    memset(m, 0, sizeof(*m));
    memcpy(m->magic, "glibc-ld.so.cache1.1", 20);
    m->count = 3;
    memcpy(m->text, texts, sizeof(texts));
    m->entries[0].name = at;
    m->entries[0].path = at + 10;
    m->entries[1].name = at;
    m->entries[1].path = at + 17;
    m->entries[2].name = at + 26;
    m->entries[2].path = at + 34;
}

static void test_cache_gives_each_path_of_a_name(void **state)
{
    struct ld_cache *c;
    struct image m;
    size_t at = 0;

    (void)state;
    image_fill(&m);
    c = ld_cache_of((const char *)&m, sizeof(m));
    assert_string_equal(ld_cache_next(c, "liba.so.1", &at), "/lib/a");
    assert_string_equal(ld_cache_next(c, "liba.so.1", &at), "/lib32/a");
    assert_null(ld_cache_next(c, "liba.so.1", &at));
    at = 0;
    assert_string_equal(ld_cache_next(c, "libb.so", &at), "/lib/b");
    at = 0;
    assert_null(ld_cache_next(c, "libc", &at));
    ld_cache_free(c);
}

static void test_cache_behind_the_older_format_is_found(void **state)
{
    char both[32 + sizeof(struct image)] = "ld.so-1.7.0";
    struct ld_cache *c;
    struct image m;
    size_t at = 0;
    uint32_t one = 1;

    (void)state;
    memcpy(both + 12, &one, sizeof(one));   /* an entry of 12 bytes */
    image_fill(&m);
    memcpy(both + 32, &m, sizeof(m));
    c = ld_cache_of(both, sizeof(both));
    assert_string_equal(ld_cache_next(c, "libb.so", &at), "/lib/b");
    ld_cache_free(c);
}

static void test_cache_damaged_is_empty_or_skipped(void **state)
{
    struct ld_cache *c;
    struct image m;
    size_t at = 0;

    (void)state;
    image_fill(&m);
    m.entries[0].path = UINT32_MAX;
    m.entries[2].name = UINT32_MAX;
    c = ld_cache_of((const char *)&m, sizeof(m));
    assert_string_equal(ld_cache_next(c, "liba.so.1", &at), "/lib32/a");
    at = 0;
    assert_null(ld_cache_next(c, "libb.so", &at));
    ld_cache_free(c);
    m.count = UINT32_MAX;
    for (size_t len = 0; len <= sizeof(m); len++) {
        c = ld_cache_of((const char *)&m, len);
        at = 0;
        assert_null(ld_cache_next(c, "liba.so.1", &at));
        ld_cache_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_gives_each_path_of_a_name),
        cmocka_unit_test(test_cache_behind_the_older_format_is_found),
        cmocka_unit_test(test_cache_damaged_is_empty_or_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
