/* SPDX-License-Identifier: MIT */
/* Test the look into a program's ELF file, whatever the file holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <elf.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/elf_find.h"

#include "given_back.h"

/* A library that is always there and exports a lot: the C library. */
static struct elf_view libc_view(void)
{
    struct elf_view v = { 0 };
    Dl_info info;
    gchar *data;
    gsize len;

    assert_int_not_equal(
        dladdr((void *)(uintptr_t)dlsym(RTLD_NEXT, "printf"), &info), 0);
    assert_true(g_file_get_contents(info.dli_fname, &data, &len, NULL));
    v.data = (uint8_t *)data;
    v.len = len;
    return v;
}

/* All that can be asked of a file; only that it ends matters. */
static void ask_all(struct elf_view v)
{
    char arch[ELF_ARCH_BYTES], id[ELF_BUILD_ID_BYTES];

    switch (elf_kind(v)) {
    case ELF_NOT: return;
    case ELF_FOREIGN: assert_ptr_equal(elf_arch(v, arch), arch); return;
    case ELF_OURS:
        elf_exports(v, "printf");
        elf_exports(v, "no_such_symbol_anywhere");
        elf_build_id(v, id);
    }
}

static void test_elf_library_tells_its_exports(void **state)
{
    struct elf_view v = libc_view();
    char id[ELF_BUILD_ID_BYTES];

    (void)state;
    assert_int_equal(elf_kind(v), ELF_OURS);
    assert_true(elf_exports(v, "printf"));
    assert_true(elf_exports(v, "malloc"));
    assert_false(elf_exports(v, "register_module_init"));
    assert_false(elf_exports(v, ""));
    assert_true(strlen(elf_build_id(v, id)) >= 16);
    g_free((void *)v.data);
}

static void test_elf_text_is_not_elf(void **state)
{
    struct elf_view empty = { (const uint8_t *)"", 0 };
    struct elf_view text = { (const uint8_t *)"#!/bin/sh\n", 10 };

    (void)state;
    assert_int_equal(elf_kind(empty), ELF_NOT);
    assert_int_equal(elf_kind(text), ELF_NOT);
}

/* Copies of their own size, so that a sanitizer sees a step too far. */
static void test_elf_cut_short_anywhere_ends(void **state)
{
    struct elf_view v = libc_view();
    size_t i;

    (void)state;
    for (i = 0; i < 200; i++) {
        size_t len = i < 100 ? i : v.len / 100 * (i - 100);
        struct elf_view cut = { g_memdup2(v.data, len ? len : 1), len };

        ask_all(cut);
        g_free((void *)cut.data);
    }
    g_free((void *)v.data);
}

/* Bytes of the headers, the section table and the hash table, at random. */
static void test_elf_damaged_anywhere_ends(void **state)
{
    struct elf_view v = libc_view();
    const Elf64_Ehdr *head = (const void *)v.data;
    uint64_t table = head->e_shoff, sections = head->e_shnum;
    uint8_t *data = (uint8_t *)v.data;
    uint32_t seed = 1;
    int round, i;

    (void)state;
    for (round = 0; round < 3000; round++) {
        uint64_t at[8];
        uint8_t before[8];

        for (i = 0; i < 8; i++) {
            seed = seed * 1664525 + 1013904223;
            at[i] = seed & 1   ? table + (seed >> 8) % (sections * 64)
                    : seed & 2 ? (seed >> 8) % 64
                               : (seed >> 8) % 8192;
            before[i] = data[at[i]];
            data[at[i]] = at[i] < 20 ? before[i] : (uint8_t)(seed >> 24);
        }
        ask_all(v);
        for (i = 7; i >= 0; i--)
            data[at[i]] = before[i];
    }
    g_free((void *)v.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_elf_library_tells_its_exports),
        UNIT_TEST(test_elf_text_is_not_elf),
        UNIT_TEST(test_elf_cut_short_anywhere_ends),
        UNIT_TEST(test_elf_damaged_anywhere_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
