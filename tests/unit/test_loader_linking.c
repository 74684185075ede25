/* SPDX-License-Identifier: MIT */
/*
 * Tests where the loader looks for a module's libraries, and which names they
 * have. The tests compile libraries into a scratch directory and damage them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <glib.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "loader/linking.h"

#include "compiled.h"
#include "given_back.h"

/* Compile `source` to `out`, which links nothing unless `extra` says so. */
static void compile(const char *out, const char *source, const char *extra)
{
    char *words = g_strconcat("-nostdlib ", extra, NULL);

    scratch_compile(out, source, words);
    g_free(words);
}

/* The text `text` with D for the scratch directory. */
static char *shown(const char *text)
{
    char **parts = g_strsplit(text, scratch, -1);
    char *ret = g_strjoinv("D", parts);

    g_strfreev(parts);
    return ret;
}

static void names_of(const char *file, struct elf_names *ret_names)
{
    char *path = g_build_filename(scratch, file, NULL);
    struct ob_err err = { 0 };

    if (elf_names_read_file(path, ret_names, &err))
        fail_msg("%s", err.text);
    g_free(path);
}

/* linking_check() of module `file` gives `code`, and `text` if not NULL. */
static void expect(const char *file, bool isolated, int code, const char *text)
{
    struct linking *l = linking_new();
    struct elf_names names;
    struct ob_err err = { 0 };
    char *seen;
    int ret;

    names_of(file, &names);
    ret = linking_check(l, &names, "m", isolated, &err);
    if (ret != code)
        fail_msg("%s: %d, %s", file, ret, err.text);
    assert_int_equal(err.code, code);
    seen = shown(err.text);
    assert_string_equal(seen, text ? text : "");
    g_free(seen);
    elf_names_clear(&names);
    linking_free(l);
}

#define NO_NAME(name)                                                         \
    "m: undefined symbol: " name "; a module links nothing from QEMU or "     \
    "Outboard, so define it or link the library that has it"
#define NO_LIBRARY(name)                                                      \
    "m: cannot be opened (" name ": cannot open shared object file: No such " \
    "file or directory); see ldd m"

#define RPATH(dirs) " -Wl,--disable-new-dtags,-rpath,'" dirs "' "
#define RUNPATH(dirs) " -Wl,--enable-new-dtags,-rpath,'" dirs "' "

/* A module that needs `name` from the library one/libobt.so. */
static void module_make(const char *file, const char *name, const char *extra)
{
    char *source = g_strdup_printf("void %s(void);\n"
                                   "void *mine(void) { return %s; }\n",
                                   name, name);
    char *dirs = g_strdup_printf("-L one -Wl,--no-as-needed "
                                 "-Wl,--unresolved-symbols=ignore-all -lobt "
                                 "%s",
                                 extra);
    char **parts = g_strsplit(dirs, "DIR", -1);
    char *put = g_strjoinv(scratch, parts);

    compile(file, source, put);
    g_free(put);
    g_strfreev(parts);
    g_free(dirs);
    g_free(source);
}

/* --- search order ------------------------------------------------------- */

static void test_linking_rpath_is_looked_through_in_order(void **state)
{
    (void)state;
    module_make("m.so", "one", RPATH("DIR/none:DIR/one:DIR/two"));
    expect("m.so", false, 0, NULL);
    module_make("m.so", "two", RPATH("DIR/none:DIR/one:DIR/two"));
    expect("m.so", false, -ENOEXEC, NO_NAME("two"));
    module_make("m.so", "two", RPATH("DIR/two:DIR/one"));
    expect("m.so", false, 0, NULL);
}

static void test_linking_runpath_is_looked_through_in_order(void **state)
{
    (void)state;
    module_make("m.so", "two", RUNPATH("DIR/two:DIR/one"));
    expect("m.so", false, 0, NULL);
    module_make("m.so", "two", RUNPATH("DIR/one:DIR/two"));
    expect("m.so", false, -ENOEXEC, NO_NAME("two"));
}

/* The rpath, the user's directories, the runpath. */
static void test_linking_users_directories_are_in_the_middle(void **state)
{
    char *users = g_strdup_printf("%s/none;%s/two", scratch, scratch);

    (void)state;
    g_setenv("LD_LIBRARY_PATH", users, TRUE);
    module_make("m.so", "two", RUNPATH("DIR/one"));
    expect("m.so", false, 0, NULL);
    module_make("m.so", "two", "");
    expect("m.so", false, 0, NULL);
    expect("m.so", true, -ELIBACC,
           "m: in a process of its own: the library \"libobt.so\", which it "
           "needs, is not in the system's directories or cannot be opened "
           "(cannot open shared object file: No such file or directory); "
           "install it there, or link it in");
    module_make("m.so", "one", RPATH("DIR/one"));
    expect("m.so", false, 0, NULL);
    module_make("m.so", "two", RPATH("DIR/one"));
    expect("m.so", false, -ENOEXEC, NO_NAME("two"));
    g_unsetenv("LD_LIBRARY_PATH");
    module_make("m.so", "two", "");
    expect("m.so", false, -ENOEXEC, NO_LIBRARY("libobt.so"));
    g_free(users);
}

/* An isolated module takes libraries from the system's directories only. */
static void test_linking_isolated_takes_system_libraries_only(void **state)
{
    (void)state;
    module_make("m.so", "one", RPATH("DIR/one"));
    expect("m.so", true, -ELIBACC,
           "m: in a process of its own: the library \"libobt.so\", which it "
           "needs, is not in the system's directories or cannot be opened "
           "(cannot open shared object file: No such file or directory); "
           "install it there, or link it in");
    compile("m.so",
            "void *malloc(unsigned long); double cos(double);\n"
            "void *mine(void) { return cos(1) > 0 ? malloc : 0; }\n",
            "-lm -lc");
    expect("m.so", true, 0, NULL);
    expect("m.so", false, 0, NULL);
}

/* The runner refuses the name later, and says why. */
static void test_linking_isolated_strange_name_is_accepted(void **state)
{
    (void)state;
    compile("odd.so", "void one(void) {}", "-Wl,-soname,'a b.so'");
    compile("m.so",
            "void one(void), no(void);\n"
            "void *mine(int n) { return n ? one : no; }\n",
            "odd.so");
    expect("m.so", true, 0, NULL);
    expect("m.so", false, -ENOEXEC, NO_LIBRARY("a b.so"));
}

static void test_linking_origin_is_the_librarys_not_the_modules(void **state)
{
    (void)state;
    module_make("m.so", "one", RPATH("$ORIGIN/one"));
    expect("m.so", false, -ENOEXEC, NO_LIBRARY("libobt.so"));
    for (int n = 0; n < 2; n++) {
        compile("deep/libouter.so", "int outer;",
                n ? "-L one -Wl,--no-as-needed -lobt" RPATH("${ORIGIN}/../one")
                  : "-L one -Wl,--no-as-needed -lobt" RUNPATH(
                        "$ORIGIN/../none:$ORIGIN/../one"));
        module_make("m.so", "one",
                    "-Wl,--no-as-needed -L deep -louter" RPATH("DIR/deep"));
        /* Of the module's own list, it comes first and is not there. */
        expect("m.so", false, -ENOEXEC, NO_LIBRARY("libobt.so"));
        compile("m.so", "void one(void); void *mine(void) { return one; }",
                "-Wl,--no-as-needed -L deep -louter "
                "-Wl,--unresolved-symbols=ignore-all -Wl,-rpath,$PWD/deep");
        expect("m.so", false, 0, NULL);
        compile("m.so", "void two(void); void *mine(void) { return two; }",
                "-Wl,--no-as-needed -L deep -louter "
                "-Wl,--unresolved-symbols=ignore-all -Wl,-rpath,$PWD/deep");
        expect("m.so", false, -ENOEXEC, NO_NAME("two"));
    }
}

/* "sub/lib.so" would depend on where QEMU was started. */
static void test_linking_relative_directory_is_passed_over(void **state)
{
    char *here = g_get_current_dir();

    (void)state;
    assert_int_equal(chdir(scratch), 0);
    module_make("m.so", "one", RPATH("one:"));
    expect("m.so", false, -ENOEXEC, NO_LIBRARY("libobt.so"));
    assert_int_equal(chdir(here), 0);
    g_free(here);
}

/* A library without a name of its own is needed by its path. */
static void test_linking_path_is_taken_as_it_is(void **state)
{
    char *lib = g_strdup_printf("%s/plain/libp.so", scratch);
    char *said = g_strdup_printf("%s", NO_LIBRARY("D/plain/libp.so"));

    (void)state;
    compile("plain/libp.so", "void one(void) {}", "");
    for (int n = 0; n < 2; n++) {
        compile("m.so",
                n ? "void two(void); void *mine(void) { return two; }"
                  : "void one(void); void *mine(void) { return one; }",
                lib);
        if (n == 0)
            expect("m.so", false, 0, NULL);
    }
    compile("m.so", "void one(void); void *mine(void) { return one; }", lib);
    assert_int_equal(unlink(lib), 0);
    expect("m.so", false, -ENOEXEC, said);
    g_free(said);
    g_free(lib);
}

static void test_linking_file_that_is_not_a_library_is_passed_over(
    void **state)
{
    char *path = g_build_filename(scratch, "bad", "libobt.so", NULL);

    (void)state;
    compile("bad/libobt.so", "int n;", "");
    assert_true(g_file_set_contents(path, "not ELF at all", -1, NULL));
    module_make("m.so", "one", RPATH("DIR/bad:DIR/one"));
    expect("m.so", false, 0, NULL);
    module_make("m.so", "one", RPATH("DIR/bad"));
    expect("m.so", false, -ENOEXEC, NO_LIBRARY("libobt.so"));
    g_free(path);
}

/* A library that this process has loaded counts, from any directory. */
static void test_linking_loaded_library_is_found(void **state)
{
    (void)state;
    compile("m.so",
            "void g_free(void *p); void *mine(void) { return g_free; }",
            "-l:libglib-2.0.so.0");
    expect("m.so", false, 0, NULL);
    compile("m.so", "void g_fre(void *p); void *mine(void) { return g_fre; }",
            "-Wl,--unresolved-symbols=ignore-all -Wl,--no-as-needed "
            "-l:libglib-2.0.so.0");
    expect("m.so", false, -ENOEXEC, NO_NAME("g_fre"));
}

/* --- unknown symbols ---------------------------------------------------- */

static void test_linking_missing_librarys_library_is_let_through(void **state)
{
    char *gone = g_build_filename(scratch, "gone", "libgone.so", NULL);

    (void)state;
    compile("gone/libgone.so", "int gone;", "-Wl,-soname,libgone.so");
    compile("deep/libouter.so", "int outer;",
            "-Wl,--no-as-needed -L gone -lgone");
    assert_int_equal(unlink(gone), 0);
    compile("m.so", "void two(void); void *mine(void) { return two; }",
            "-Wl,--no-as-needed -L deep -louter "
            "-Wl,--unresolved-symbols=ignore-all -Wl,-rpath,$PWD/deep");
    expect("m.so", false, 0, NULL);
    g_free(gone);
}

/* Pass the bytes of `file` to `fn` and write them back. */
static void damage(const char *file, void (*fn)(ElfW(Ehdr) * head))
{
    char *path = g_build_filename(scratch, file, NULL), *data;
    gsize len;

    assert_true(g_file_get_contents(path, &data, &len, NULL));
    fn((ElfW(Ehdr) *)(void *)data);
    assert_true(g_file_set_contents(path, data, (gssize)len, NULL));
    g_free(data);
    g_free(path);
}

static void sections_drop(ElfW(Ehdr) * head)
{
    head->e_shoff = 0;
    head->e_shnum = 0;
    head->e_shstrndx = 0;
}

/* The dynamic linker needs no section headers. */
static void test_linking_library_without_sections_is_let_through(void **state)
{
    (void)state;
    compile("bare/libobt.so", "void three(void) {}", "-Wl,-soname,libobt.so");
    module_make("m.so", "four", RPATH("DIR/bare"));
    expect("m.so", false, -ENOEXEC, NO_NAME("four"));
    damage("bare/libobt.so", sections_drop);
    expect("m.so", false, 0, NULL);
}

/* --- names ---------------------------------------------------------------- */

static bool has(const char *file, const char *name, const char *version)
{
    struct elf_names names;
    bool ret;

    names_of(file, &names);
    ret = elf_names_has(&names, name, version);
    elf_names_clear(&names);
    return ret;
}

static const char many[] =
    "#define F(n) void n(void) {}\n"
    "F(a) F(b) F(c) F(d) F(e) F(f) F(g) F(h) F(aa) F(bb) F(cc) F(dd)\n"
    "static F(hidden) static void *keep = hidden; int data = 1;\n"
    "void *kept(void) { return keep; }\n"
    "__attribute__((weak)) F(weak)\n"
    "void wanted(void); void *ref(void) { return wanted; }\n";

/* With each of the tables that linkers write, and with none. */
static void test_names_are_found_with_each_kind_of_hash(void **state)
{
    static const char *const words[] = {
        "-Wl,--hash-style=gnu", "-Wl,--hash-style=sysv",
        "-Wl,--hash-style=both",
    };
    static const char *const there[] = {
        "a", "b", "c", "d", "e", "f", "g", "h", "aa", "bb", "cc", "dd",
        "data", "weak", "ref",
    };
    static const char *const absent[] = {
        "", "A", "ab", "aaa", "hidden", "wanted", "keep", "i", "zz",
    };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(words); n++) {
        char *extra = g_strconcat("-Wl,--unresolved-symbols=ignore-all ",
                                  words[n], NULL);

        compile("names.so", many, extra);
        for (size_t i = 0; i < G_N_ELEMENTS(there); i++)
            if (!has("names.so", there[i], NULL))
                fail_msg("%s: no %s", words[n], there[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
            if (has("names.so", absent[i], NULL))
                fail_msg("%s: has %s", words[n], absent[i]);
        g_free(extra);
    }
}

static void test_names_have_their_versions(void **state)
{
    char *map = g_build_filename(scratch, "map", NULL);

    (void)state;
    assert_true(g_file_set_contents(map,
                                    "V1 { global: one; both; local: *; };\nV2 "
                                    "{ global: two; } V1;\n",
                                    -1, NULL));
    compile("libv.so",
            "void one(void) {} void two(void) {} void both(void) {} void "
            "none(void) {}",
            "-Wl,-soname,libv.so -Wl,--version-script=map");
    assert_true(has("libv.so", "one", "V1"));
    assert_false(has("libv.so", "one", "V2"));
    assert_true(has("libv.so", "two", "V2"));
    assert_false(has("libv.so", "two", "V1"));
    assert_true(has("libv.so", "two", NULL));
    assert_false(has("libv.so", "none", NULL));
    /* Without versions, a library has every one. */
    assert_true(has("one/libobt.so", "one", "V9"));
    compile("m.so", "void two(void); void *mine(void) { return two; }",
            "libv.so -Wl,-rpath,$PWD");
    expect("m.so", false, 0, NULL);
    assert_true(g_file_set_contents(map, "V1 { global: *; };", -1, NULL));
    compile("libv.so", "void two(void) {}",
            "-Wl,-soname,libv.so -Wl,--version-script=map");
    expect("m.so", false, -ENOEXEC,
           "m: undefined symbol: two, version V2; a module links nothing from "
           "QEMU or Outboard, so define it or link the library that has it");
    g_free(map);
}

static void test_linking_weak_names_may_be_missing(void **state)
{
    (void)state;
    compile("m.so",
            "__attribute__((weak)) void no(void);\n"
            "void *mine(void) { return no; }",
            "");
    expect("m.so", false, 0, NULL);
    expect("m.so", true, 0, NULL);
}

/* --- clashes of names --------------------------------------------------- */

static void exports(const char *source, const char *extra, const char *name)
{
    struct elf_names names;
    struct ob_err err = { 0 };
    int ret;

    compile("m.so", source, extra);
    names_of("m.so", &names);
    ret = linking_check_exports(&names, "m", &err);
    elf_names_clear(&names);
    assert_int_equal(err.code, ret);
    assert_int_equal(ret, name ? -EEXIST : 0);
    if (name) {
        char *text = g_strdup_printf(
            "m: exports \"%s\", which libc.so.6 has too: the module would use "
            "that one; make it static, or compile with -fvisibility=hidden, "
            "as pkg-config --cflags outboard says",
            name);

        assert_string_equal(err.text, text);
        g_free(text);
    }
}

static void test_exports_that_the_process_has_are_refused(void **state)
{
    (void)state;
    exports("void own(void) {} void getppid(void) {}", "", "getppid");
    exports("__attribute__((weak)) void getppid(void) {}", "", "getppid");
    exports("int daylight = 1;", "", "daylight");
}

static void test_exports_that_cannot_be_taken_are_fine(void **state)
{
    (void)state;
    exports("void own(void) {}", "", NULL);
    exports("static void getppid(void) {} void *own = getppid;", "", NULL);
    exports("__attribute__((visibility(\"hidden\"))) void getppid(void) {}",
            "", NULL);
    exports("__attribute__((visibility(\"protected\"))) void getppid(void) "
            "{}",
            "", NULL);
    exports("void getppid(void) {}", "-Wl,-Bsymbolic", NULL);
    exports("int own;", "-Wl,--defsym=getppid=5", NULL);
    exports("int getppid(void); void *own(void) { return getppid; }",
            "-Wl,--unresolved-symbols=ignore-all", NULL);
    exports("void outboard_module(void) {} void _init(void) {} "
            "void _fini(void) {}",
            "", NULL);
}

/* --- the group ------------------------------------------------------------ */

static int group_start(void **state)
{
    g_unsetenv("LD_LIBRARY_PATH");
    if (scratch_make(state))
        return -1;
    compile("one/libobt.so", "void one(void) {}", "-Wl,-soname,libobt.so");
    compile("two/libobt.so", "void two(void) {}", "-Wl,-soname,libobt.so");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_linking_rpath_is_looked_through_in_order),
        UNIT_TEST(test_linking_runpath_is_looked_through_in_order),
        UNIT_TEST(test_linking_users_directories_are_in_the_middle),
        UNIT_TEST(test_linking_isolated_takes_system_libraries_only),
        UNIT_TEST(test_linking_isolated_strange_name_is_accepted),
        UNIT_TEST(test_linking_origin_is_the_librarys_not_the_modules),
        UNIT_TEST(test_linking_relative_directory_is_passed_over),
        UNIT_TEST(test_linking_path_is_taken_as_it_is),
        UNIT_TEST(test_linking_file_that_is_not_a_library_is_passed_over),
        UNIT_TEST(test_linking_loaded_library_is_found),
        UNIT_TEST(test_linking_missing_librarys_library_is_let_through),
        UNIT_TEST(test_linking_library_without_sections_is_let_through),
        UNIT_TEST(test_names_are_found_with_each_kind_of_hash),
        UNIT_TEST(test_names_have_their_versions),
        UNIT_TEST(test_linking_weak_names_may_be_missing),
        UNIT_TEST(test_exports_that_the_process_has_are_refused),
        UNIT_TEST(test_exports_that_cannot_be_taken_are_fine),
    };

    return cmocka_run_group_tests(tests, group_start, scratch_remove);
}
