/* SPDX-License-Identifier: MIT */
/*
 * Tests the loader's gates with real modules, which it compiles into a scratch
 * directory. The constructor of each module creates a file, so a test sees
 * whether any code of the module ran.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/loader.h"
#include "loader/native.h"

#include "compiled.h"
#include "given_back.h"

static const char source_head[] =
    "#include <outboard/outboard.h>\n"
    "#include <fcntl.h>\n"
    "__attribute__((constructor)) static void mark(void)\n"
    "{ open(MARK, O_CREAT | O_RDWR, 0600); }\n";

static const char source_body[] =
    "OB_MODINFO(\"name\", NAME);\n"
    "OB_MODINFO(\"license\", LICENSE);\n"
    "OB_MODINFO(\"objs\", NAME \"-uart\");\n"
    "static const struct ob_device_type uart = {\n"
    "    .size = sizeof(uart), .name = TYPE };\n"
    "static const struct ob_device_type *const list[] = { &uart };\n"
    "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
    "    OB_MODULE_HEAD(INNER, \"1\", LICENSE),\n"
    "              .devices = OB_ARRAY(list) };\n";

static char *in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

/* Compile `source` to NAME.so with extra words for the compiler. */
static void compile(const char *name, const char *source, const char *extra)
{
    char *out = g_strconcat(name, ".so", NULL);
    char *words = g_strdup_printf("-I" OB_SOURCE_DIR "/include "
                                  "-DNAME='\"%s\"' "
                                  "-DMARK='\"%s/%s.ran\"' %s",
                                  name, scratch, name, extra);

    scratch_compile(out, source, words);
    g_free(words);
    g_free(out);
}

/* A whole module; `extra` may define LICENSE, TYPE, INNER. */
static void module_make(const char *name, const char *extra)
{
    char *source = g_strdup_printf(
        "%s%s%s", source_head,
        "#ifndef LICENSE\n#define LICENSE \"MIT\"\n#endif\n"
        "#ifndef TYPE\n#define TYPE NAME \"-uart\"\n#endif\n"
        "#ifndef INNER\n#define INNER NAME\n#endif\n",
        source_body);

    compile(name, source, extra);
    g_free(source);
}

static bool code_ran(const char *name)
{
    char *file = g_strdup_printf("%s/%s.ran", scratch, name);
    bool ran = access(file, F_OK) == 0;

    g_free(file);
    return ran;
}

/* A session with the JSON text, as if it lay in the scratch directory. */
static struct session *session_of(const char *json)
{
    struct session *session = session_new("arm");
    char *path = in_scratch("t.json");
    struct modinfo_file *file;
    struct ob_err err = { 0 };

    if (modinfo_parse(json, strlen(json), path, &file, &err) < 0)
        fail_msg("%s", err.text);
    registry_add_modinfo(session->registry, file, REGISTRY_ANNOUNCED);
    registry_finish(session->registry, NULL, NULL);
    g_free(path);
    return session;
}

/* Open `name` of `json`; the loader's code and text, which must be `text`
 * behind the scratch directory. No code may have run unless `runs`. */
static void expect(int code, const char *json, const char *name,
                   const char *text, bool runs)
{
    struct session *session = session_of(json);
    struct loader *l = loader_new(session);
    const struct loader_module *m = NULL;
    struct ob_err err = { 0 };
    int r = loader_open(l, registry_find_module(session->registry, name), &m,
                        &err);

    if (text) {
        char **parts = g_strsplit(err.text, scratch, -1);
        char *seen = g_strjoinv("D", parts);

        assert_int_equal(r, code);
        assert_int_equal(err.code, code);
        assert_null(m);
        assert_string_equal(seen, text);
        g_free(seen);
        g_strfreev(parts);
    } else if (r < 0) {
        fail_msg("%s", err.text);
    }
    if (text || runs)
        assert_int_equal(code_ran(name), runs);
    loader_free(l);
    session_free(session);
}

static void test_open_good_module_holds_its_type(void **state)
{
    struct session *session;
    struct loader *l;
    const struct loader_module *m, *again;
    struct ob_err err = { 0 };

    (void)state;
    module_make("good", "");
    session = session_of("{\"good\": {\"name\": \"good\", "
                         "\"objs\": [\"good-uart\"]}}");
    l = loader_new(session);
    assert_false(code_ran("good"));
    if (loader_open(l, registry_find_module(session->registry, "good"), &m,
                    &err) < 0)
        fail_msg("%s", err.text);
    assert_true(code_ran("good"));
    assert_non_null(loader_find_device(m, "good-uart"));
    assert_null(loader_find_device(m, "other"));
    assert_null(loader_find_board(m, "good-uart"));
    assert_int_equal(
        loader_open(l, registry_find_module(session->registry, "good"), &again,
                    NULL),
        0);
    assert_ptr_equal(m, again);
    loader_free(l);
    session_free(session);
}

/* The constructor of "top" leaves its mark only if "base" has run. */
static void test_open_dependencies_come_first(void **state)
{
    (void)state;
    module_make("base", "");
    compile("top", "#include <outboard/outboard.h>\n#include <fcntl.h>\n"
            "#include <unistd.h>\n#include <string.h>\n"
            "__attribute__((constructor)) static void mark(void)\n"
            "{ char base[256] = MARK; strcpy(strstr(base, \"top.ran\"), "
            "\"base.ran\");\n"
            "  if (access(base, F_OK) == 0) open(MARK, O_CREAT, 0600); }\n"
            "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n"
            "OB_MODINFO(\"deps\", \"base\");\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect(0,
           "{\"top\": {\"name\": \"top\", \"deps\": [\"base\"]},\n"
           " \"base\": {\"name\": \"base\", \"objs\": [\"base-uart\"]}}",
           "top", NULL, true);
}

static void test_open_needed_module_missing_names_both(void **state)
{
    (void)state;
    compile("needs", "#include <outboard/outboard.h>\n"
            "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n"
            "OB_MODINFO(\"deps\", \"gone\");\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect(-ENOENT,
           "{\"needs\": {\"name\": \"needs\", \"deps\": [\"gone\"]},\n"
           " \"gone\": {\"name\": \"gone\"}}",
           "needs",
           "module \"needs\" needs \"gone\": D/t.json:2:2: module \"gone\": "
           "no file gone.so in D; build it, or name its directory in "
           "OUTBOARD_PATH",
           false);
}

static void test_open_unlike_json_runs_nothing(void **state)
{
    (void)state;
    module_make("unlike", "");
    expect(-EINVAL,
           "{\"unlike\": {\"name\": \"unlike\", \"objs\": [\"unlike-uart\", "
           "\"more\"]}}",
           "unlike",
           "D/t.json:1:2: \"objs\" names what the module itself does not "
           "(\"more\", module unlike); write the file again: outboard modinfo "
           "D/unlike.so",
           false);
}

static void test_open_json_that_says_less_opens(void **state)
{
    (void)state;
    module_make("less", "");
    expect(0, "{\"any text\": {\"name\": \"less\", \"arch\": [\"arm\"]}}",
           "any text", NULL, false);
}

static void test_open_proprietary_runs_nothing(void **state)
{
    (void)state;
    module_make("closed", "-DLICENSE='\"Proprietary\"'");
    expect(-EPERM,
           "{\"closed\": {\"name\": \"closed\", \"objs\": [\"closed-uart\"]}}",
           "closed",
           "D/closed.so: license \"Proprietary\" is not known to be "
           "GPL-compatible, so the module may not be opened in QEMU's "
           "process; let it run in a process of its own",
           false);
}

static void test_open_newer_abi_runs_nothing(void **state)
{
    (void)state;
    compile("newer", "#define OUTBOARD_MODINFO_H\n"
            "#include <outboard/outboard.h>\n"
            "#define S __attribute__((section(\".modinfo\"), used, "
            "aligned(1))) static const char\n"
            "S a[] = \"name=newer\";\nS b[] = \"license=MIT\";\n"
            "S c[] = \"abi=0.7\";\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect(-EPROTO, "{\"newer\": {\"name\": \"newer\"}}", "newer",
           "D/newer.so: needs ABI 0.7, and this Outboard has 0.1; install a "
           "newer Outboard",
           false);
}

static void test_open_other_major_runs_nothing(void **state)
{
    (void)state;
    compile("major", "#define OUTBOARD_MODINFO_H\n"
            "#include <outboard/outboard.h>\n"
            "#define S __attribute__((section(\".modinfo\"), used, "
            "aligned(1))) static const char\n"
            "S a[] = \"name=major\";\nS b[] = \"license=MIT\";\n"
            "S c[] = \"abi=2.0\";\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect(-EPROTO, "{\"major\": {\"name\": \"major\"}}", "major",
           "D/major.so: built for ABI 2.0, and this Outboard has 0.1; rebuild "
           "the module with its headers",
           false);
}

static void test_open_no_entry_symbol_runs_nothing(void **state)
{
    (void)state;
    compile("empty",
            "#include <outboard/outboard.h>\n"
            "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n",
            "");
    expect(-ENOEXEC, "{\"empty\": {\"name\": \"empty\"}}", "empty",
           "D/empty.so: exports no symbol outboard_module; declare it with "
           "OB_MODULE",
           false);
}

static void test_open_writable_file_runs_nothing(void **state)
{
    char *path = in_scratch("open.so");

    (void)state;
    module_make("open", "");
    assert_int_equal(chmod(path, 0777), 0);
    expect(-EPERM,
           "{\"open\": {\"name\": \"open\", \"objs\": [\"open-uart\"]}}",
           "open",
           "D/open.so: others may write it (mode 0777); chmod go-w D/open.so",
           false);
    g_free(path);
}

static void test_open_text_file_is_refused(void **state)
{
    char *path = in_scratch("text.so");

    (void)state;
    assert_true(g_file_set_contents(path, "hello, world\n", -1, NULL));
    chmod(path, 0644);
    expect(-ENOEXEC, "{\"text\": {\"name\": \"text\"}}", "text",
           "D/text.so: is not a module (it starts with \"hello, w\", not with "
           "an elf header); name a shared object built on the sdk",
           false);
    g_free(path);
}

static void test_open_undefined_symbol_is_named(void **state)
{
    (void)state;
    compile("undef", "#include <outboard/outboard.h>\n"
            "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n"
            "extern void no_such_function(void);\n"
            "void (*call)(void) = no_such_function;\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect(-ENOEXEC, "{\"undef\": {\"name\": \"undef\"}}", "undef",
           "D/undef.so: undefined symbol: no_such_function; a module links "
           "nothing from QEMU or Outboard, so define it or link the library "
           "that has it",
           false);
}

static void test_open_other_name_inside_is_refused(void **state)
{
    (void)state;
    module_make("outer", "-DINNER='\"inner\"'");
    expect(-EINVAL,
           "{\"outer\": {\"name\": \"outer\", \"objs\": [\"outer-uart\"]}}",
           "outer",
           "D/outer.so: outboard_module calls itself \"inner\", its .modinfo "
           "section \"outer\"; make them agree",
           true);
}

static void test_open_type_not_held_is_refused(void **state)
{
    (void)state;
    module_make("lacks", "-DTYPE='\"else\"'");
    expect(-EINVAL,
           "{\"lacks\": {\"name\": \"lacks\", \"objs\": [\"lacks-uart\"]}}",
           "lacks",
           "D/lacks.so: announces the type \"lacks-uart\", but "
           "outboard_module does not hold it; add it to .devices",
           true);
}

static void test_open_directory_is_refused(void **state)
{
    char *path = in_scratch("dir.so");

    (void)state;
    g_mkdir(path, 0755);
    expect(-EISDIR, "{\"dir\": {\"name\": \"dir\"}}", "dir",
           "D/dir.so: is a directory; name a file in it", false);
    g_free(path);
}

/* Two types, a board's file and two boards; the last of each called NAME. */
static const char source_two[] =
    "#include <outboard/outboard.h>\n"
    "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n"
    "OB_MODINFO(\"objs\", \"one\");\nOB_MODINFO(\"objs\", NAME);\n"
    "OB_MODINFO(\"board.kit-one.arch\", \"arm\");\n"
    "OB_MODINFO(\"board.kit-\" NAME \".arch\", \"arm\");\n"
    "OB_MODINFO(\"boards\", \"kit-file,kit-one\");\n"
    "OB_MODINFO(\"board.kit-file.file\", \"kit.json\");\n"
    "OB_MODINFO(\"boards\", \"kit-\" NAME);\n"
    "static const struct ob_device_type one = {\n"
    "    .size = sizeof(one), .name = \"one\" }, two = {\n"
    "    .size = sizeof(two), .name = DEVICE };\n"
    "static const struct ob_device_type *const list[] = { &one, &two };\n"
    "static const struct ob_board_type kit1 = {\n"
    "    .size = sizeof(kit1), .name = \"kit-one\" }, kit2 = {\n"
    "    .size = sizeof(kit2), .name = BOARD };\n"
    "static const struct ob_board_type *const kits[] = { &kit1, &kit2 };\n"
    "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
    "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\"),\n"
    "              .devices = OB_ARRAY(list), .boards = OB_ARRAY(kits) };\n";

#define TWO_JSON(name)                                                        \
    "{\"" name "\": {\"name\": \"" name "\", \"objs\": [\"one\", \"" name    \
    "\"], \"boards\": {\"kit-file\": {\"file\": \"kit.json\"}, \"kit-one\": " \
    "{\"arch\": [\"arm\"]}, \"kit-" name "\": {\"arch\": [\"arm\"]}}}}"

static void test_open_all_that_is_announced_is_found(void **state)
{
    struct session *session;
    struct loader *l;
    const struct loader_module *m;
    struct ob_err err = { 0 };

    (void)state;
    compile("two", source_two, "-DDEVICE=NAME -DBOARD='\"kit-\" NAME'");
    session = session_of(TWO_JSON("two"));
    l = loader_new(session);
    if (loader_open(l, registry_find_module(session->registry, "two"), &m,
                    &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(loader_find_device(m, "one")->name, "one");
    assert_string_equal(loader_find_device(m, "two")->name, "two");
    assert_null(loader_find_device(m, "kit-two"));
    assert_string_equal(loader_find_board(m, "kit-one")->name, "kit-one");
    assert_string_equal(loader_find_board(m, "kit-two")->name, "kit-two");
    assert_null(loader_find_board(m, "two"));
    loader_free(l);
    session_free(session);
}

static void test_open_last_type_or_board_not_held_is_refused(void **state)
{
    (void)state;
    compile("type", source_two, "-DDEVICE='\"x\"' -DBOARD='\"kit-\" NAME'");
    expect(-EINVAL, TWO_JSON("type"), "type",
           "D/type.so: announces the type \"type\", but outboard_module does "
           "not hold it; add it to .devices",
           false);
    compile("board", source_two, "-DDEVICE=NAME -DBOARD='\"x\"'");
    expect(-EINVAL, TWO_JSON("board"), "board",
           "D/board.so: announces the board \"kit-board\", but "
           "outboard_module does not hold it; add it to .boards",
           false);
}

/* What runs modules in a process of their own opens them by descriptor. */
static void test_open_by_descriptor_checks_what_is_inside(void **state)
{
    const struct ob_module *desc = NULL;
    struct section section = { 0 };
    struct ob_err err = { 0 };
    char *path = in_scratch("byfd.so");
    int fd;

    (void)state;
    module_make("byfd", "");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(loader_gate_fd(fd, "b.so", &section, NULL), 0);
    assert_int_equal(loader_open_fd(fd, &section, "byfd", "b.so", &desc, NULL),
                     0);
    assert_string_equal(desc->name, "byfd");
    assert_true(code_ran("byfd"));
    assert_int_equal(loader_open_fd(fd, &section, "else", "b.so", &desc, &err),
                     -EINVAL);
    assert_string_equal(err.text,
                        "b.so: outboard_module calls itself \"byfd\", its "
                        ".modinfo section \"else\"; make them agree");
    g_free(path);
    section_clear(&section);
}

#define STAMP_A "qemu_stamp_0123456789abcdef0123456789abcdef01234567"
#define STAMP_B "qemu_stamp_89abcdef0123456789abcdef0123456789abcdef"

static void native_make(void)
{
    compile("native", "void " STAMP_A "(void) {}\n", "");
}

static int fd_gate(const char *name, struct section *ret, struct ob_err *err)
{
    char *file = g_strconcat(name, ".so", NULL), *path = in_scratch(file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = loader_gate_fd(fd, file, ret, err);

    close(fd);
    g_free(file);
    g_free(path);
    return r;
}

static void test_gate_by_descriptor_tells_what_is_needed(void **state)
{
    struct ob_err err = { 0 };
    struct section section = { 0 };

    (void)state;
    module_make("asks", "-Wl,--no-as-needed -lm");
    assert_int_equal(fd_gate("asks", &section, NULL), 0);
    assert_true(g_strv_contains((const char *const *)section.names.needed,
                                "libm.so.6"));
    section_clear(&section);
    native_make();
    assert_int_equal(fd_gate("native", &section, &err), -ENOTSUP);
    assert_string_equal(err.text, "native.so: a native QEMU module, which "
                                  "cannot run in a process of its own");
    assert_null(section.names.needed);
}

/* JSON from /nowhere that is looked for in these directories. */
static int find_in(const char *const *dirs, const char *path, char **ret,
                   struct ob_err *err)
{
    static const char json[] = "{\"lost\": {\"name\": \"lost\"}}";
    struct session *session = session_new("arm");
    struct modinfo_file *file;
    struct loader *l;
    int r;

    assert_int_equal(modinfo_parse(json, strlen(json), path, &file, NULL), 0);
    registry_add_modinfo(session->registry, file, REGISTRY_INSTALLED);
    for (; *dirs; dirs++)
        session_add_module_dir(session, *dirs);
    registry_finish(session->registry, NULL, NULL);
    l = loader_new(session);
    r = loader_find(l, registry_find_module(session->registry, "lost"), ret,
                    err);
    loader_free(l);
    session_free(session);
    return r;
}

static void test_find_nothing_names_every_directory(void **state)
{
    const char *const dirs[] = { "/no1", "/no2", NULL };
    struct ob_err err = { 0 };
    char *path = NULL;

    (void)state;
    assert_int_equal(find_in(dirs, "/nowhere/f.json", &path, &err), -ENOENT);
    assert_int_equal(err.code, -ENOENT);
    assert_null(path);
    assert_string_equal(err.text,
                        "/nowhere/f.json:1:2: module \"lost\": no file "
                        "lost.so in /nowhere, /no1, /no2; build it, or name "
                        "its directory in OUTBOARD_PATH");
    err_clear(&err);
    assert_int_equal(find_in(dirs + 1, "", &path, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no file lost.so in /no2; build it"));
    err_clear(&err);
    assert_int_equal(find_in(dirs + 2, "", &path, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no file lost.so in any directory; "));
}

/* --- programs ------------------------------------------------------------- */

#define PROGRAM_JSON                                                          \
    "{\"prog\": {\"name\": \"prog\", \"command\": [\"%s\", \"x\"], "         \
    "\"objs\": [\"prog-uart\"]}}"

/* The program `path` of a JSON file in the scratch directory. */
static int program(const char *path, char **ret, struct ob_err *err)
{
    char *json = g_strdup_printf(PROGRAM_JSON, path);
    struct session *session = session_of(json);
    struct loader *l = loader_new(session);
    const struct registry_module *m = registry_find_module(session->registry,
                                                           "prog");
    const char *why = NULL;
    int r = loader_program(l, m, ret, err);

    assert_true(loader_is_remote(session, m, "MIT", ISOLATION_NONE, &why));
    assert_string_equal(why, "it is a program");
    loader_free(l);
    session_free(session);
    g_free(json);
    return r;
}

static void test_program_starts_at_its_json_file(void **state)
{
    char *file = in_scratch("prog.py"), *path = NULL;

    (void)state;
    assert_true(g_file_set_contents(file, "#!/bin/true\n", -1, NULL));
    assert_int_equal(chmod(file, 0755), 0);
    assert_int_equal(program("prog.py", &path, NULL), 0);
    assert_string_equal(path, file);
    g_free(path);
    assert_int_equal(program(file, &path, NULL), 0);
    assert_string_equal(path, file);
    g_free(path);
    g_free(file);
}

static void program_refused(const char *path, int code, const char *why)
{
    struct ob_err err = { 0 };
    char *ret = NULL, *text;

    assert_int_equal(program(path, &ret, &err), code);
    assert_int_equal(err.code, code);
    assert_null(ret);
    text = g_strdup_printf("%s/t.json:1:2: module \"prog\": %s/%s: %s",
                           scratch, scratch, path, why);
    assert_true(g_str_has_prefix(err.text, text));
    g_free(text);
}

static void test_program_that_cannot_be_run_is_refused(void **state)
{
    char *file = in_scratch("plain.py");

    (void)state;
    program_refused("missing.py", -ENOENT, "cannot be opened (No such");
    assert_true(g_file_set_contents(file, "#!/bin/true\n", -1, NULL));
    assert_int_equal(chmod(file, 0644), 0);
    program_refused("plain.py", -EACCES,
                    "cannot be run (Permission denied); chmod +x ");
    assert_int_equal(chmod(file, 0757), 0);
    program_refused("plain.py", -EPERM, "others may write it (mode 0757)");
    g_free(file);
}

static void test_program_has_no_code_to_open(void **state)
{
    (void)state;
    expect(-ENOTSUP,
           "{\"p\": {\"name\": \"p\", \"command\": [\"/bin/x\"], \"objs\": "
           "[\"p-uart\"]}}",
           "p",
           "D/t.json:1:2: module \"p\" is a program (\"command\"), which no "
           "code can be opened of",
           false);
}

static void test_find_searches_directories_in_order(void **state)
{
    struct session *session = session_new("arm");
    struct modinfo_file *file;
    const char json[] = "{\"found\": {\"name\": \"found\"}}";
    char *one = in_scratch("one"), *two = in_scratch("two");
    char *first = g_strconcat(one, "/found.so", NULL);
    char *second = g_strconcat(two, "/found.so", NULL);
    struct loader *l;
    char *path;

    (void)state;
    g_mkdir(one, 0755);
    g_mkdir(two, 0755);
    assert_true(g_file_set_contents(second, "x", 1, NULL));
    assert_int_equal(
        modinfo_parse(json, strlen(json), "/nowhere/f.json", &file, NULL), 0);
    registry_add_modinfo(session->registry, file, REGISTRY_INSTALLED);
    session_add_module_dir(session, one);
    session_add_module_dir(session, two);
    registry_finish(session->registry, NULL, NULL);
    l = loader_new(session);
    assert_int_equal(
        loader_find(l, registry_find_module(session->registry, "found"), &path,
                    NULL),
        0);
    assert_string_equal(path, second);
    g_free(path);
    assert_true(g_file_set_contents(first, "x", 1, NULL));
    loader_find(l, registry_find_module(session->registry, "found"), &path,
                NULL);
    assert_string_equal(path, first);
    g_free(path);
    loader_free(l);
    session_free(session);
    g_free(one);
    g_free(two);
    g_free(first);
    g_free(second);
}

static void test_find_relative_json_starts_at_the_start_directory(void **state)
{
    struct session *session = session_new("arm");
    struct modinfo_file *file;
    const char json[] = "{\"near\": {\"name\": \"near\"}}";
    char *so = in_scratch("near.so");
    struct loader *l;
    char *path;

    (void)state;
    assert_true(g_file_set_contents(so, "x", 1, NULL));
    assert_int_equal(
        modinfo_parse(json, strlen(json), "near.json", &file, NULL), 0);
    registry_add_modinfo(session->registry, file, REGISTRY_INSTALLED);
    session->start_dir = session_text(session, scratch);
    registry_finish(session->registry, NULL, NULL);
    l = loader_new(session);
    assert_int_equal(
        loader_find(l, registry_find_module(session->registry, "near"), &path,
                    NULL),
        0);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(g_path_is_absolute(path));
    g_free(path);
    loader_free(l);
    session_free(session);
    g_free(so);
}

/*
 * The gate for module "m" of `json`, whose native.so has the stamp A, with a
 * QEMU of stamp A; its text, with D for the scratch directory.
 */
static void expect_native(const char *json, const char *note, int code,
                          const char *text)
{
    struct session *session = session_of(json);
    struct registry_module *const *all;
    char *so = in_scratch("native.so"), *ours = in_scratch("ours.so");
    char *seen, **parts;
    struct loader_gate gate = { .fd = 0 };
    struct ob_err err = { 0 };
    struct loader *l;
    uint32_t n;
    int r;

    native_make();
    if (access(ours, F_OK) < 0)
        assert_true(g_file_set_contents(ours, "x", 1, NULL));
    all = registry_modules(session->registry, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(all[i]->info.name, "native") == 0)
            registry_set_file(session->registry, all[i], so, true);
    }
    if (note)
        session_add_wish(session,
                         strcmp(note, "all") == 0 ? SESSION_FROM_ALL
                                                  : SESSION_FROM_NAME,
                         note, ISOLATION_PROCESS);
    session->qemu = "/bin/q";
    session->qemu_stamp = STAMP_A;
    l = loader_new(session);
    r = loader_gate(l, registry_find_module(session->registry, "m"), &gate,
                    &err);
    parts = g_strsplit(err.text, scratch, -1);
    seen = g_strjoinv("D", parts);
    assert_string_equal(seen, text);
    assert_int_equal(r, code);
    assert_int_equal(err.code, code);
    if (r == 0)
        assert_true(gate.native);
    loader_gate_clear(&gate);
    loader_free(l);
    session_free(session);
    g_strfreev(parts);
    g_free(seen);
    g_free(ours);
    g_free(so);
}

static void test_native_announced_passes_its_gates(void **state)
{
    (void)state;
    expect_native("{\"m\": {\"name\": \"native\", \"objs\": [\"n\"]}}", NULL,
                  0, "");
    expect_native("{\"m\": {\"name\": \"native\", \"objs\": [\"n\"]}}", "all",
                  0, "");
}

static void test_native_announced_wrongly_is_refused(void **state)
{
    (void)state;
    expect_native("{\"m\": {\"name\": \"native\", \"boards\": {\"b\": "
                  "\"B\"}}}",
                  NULL, -EINVAL,
                  "D/t.json:1:2: module \"m\" is a native QEMU module "
                  "(D/native.so), which holds no boards in C (\"b\"); name "
                  "its machine type in \"objs\"");
    expect_native("{\"m\": {\"name\": \"native\", \"objs\": [\"n\"]}}", "m",
                  -ENOTSUP,
                  "module \"m\" is a native QEMU module, which runs in QEMU's "
                  "process only (--isolate names it); let it run there");
    expect_native("{\"m\": {\"name\": \"native\", \"isolation\": "
                  "\"process\"}}",
                  NULL, -ENOTSUP,
                  "module \"m\" is a native QEMU module, which runs in QEMU's "
                  "process only (its modinfo says so); let it run there");
    expect_native("{\"m\": {\"name\": \"native\", \"license\": "
                  "\"Proprietary\"}}",
                  NULL, -EPERM,
                  "D/t.json:1:2: module \"m\" is a native QEMU module, which "
                  "becomes part of QEMU, and its licence (\"Proprietary\") "
                  "cannot be combined with QEMU's; put it under one that can");
    expect_native("{\"m\": {\"name\": \"native\", \"deps\": [\"o\"]}, "
                  "\"o\": {\"name\": \"ours\"}}",
                  NULL, -ENOTSUP,
                  "D/t.json:1:2: module \"m\" depends on \"o\", and one of "
                  "them is a native QEMU module (\"m\"); remove it from "
                  "\"deps\"");
}

static void test_native_below_a_module_of_ours_is_refused(void **state)
{
    (void)state;
    compile("ours", "#include <outboard/outboard.h>\n"
            "OB_MODINFO(\"name\", NAME);\nOB_MODINFO(\"license\", \"MIT\");\n"
            "OB_MODINFO(\"deps\", \"native\");\n"
            "OB_EXPORT const struct ob_module OB_MODULE_SYMBOL = {\n"
            "    OB_MODULE_HEAD(NAME, \"1\", \"MIT\") };\n", "");
    expect_native("{\"m\": {\"name\": \"ours\", \"deps\": [\"native\"]}, "
                  "\"n\": {\"name\": \"native\"}}",
                  NULL, -ENOTSUP,
                  "D/t.json:1:2: module \"m\" depends on \"native\", and one "
                  "of them is a native QEMU module (\"n\"); remove it from "
                  "\"deps\"");
}

static void test_native_announced_of_another_build_is_refused(void **state)
{
    struct session *session = session_of("{\"m\": {\"name\": \"native\"}}");
    char *so = in_scratch("native.so"), *text;
    struct loader_gate gate;
    struct ob_err err = { 0 };
    struct loader *l;

    (void)state;
    native_make();
    registry_set_file(session->registry,
                      registry_find_module(session->registry, "m"), so, true);
    session->qemu = "/bin/q";
    session->qemu_stamp = STAMP_B;
    l = loader_new(session);
    assert_int_equal(loader_gate(l,
                                 registry_find_module(session->registry, "m"),
                                 &gate, &err),
                     -ELIBSCN);
    text = g_strdup_printf("%s: native QEMU module of another build (" STAMP_A
                           "; /bin/q is " STAMP_B "); build it with this "
                           "QEMU's sources and configuration",
                           so);
    assert_string_equal(err.text, text);
    loader_free(l);
    session_free(session);
    g_free(text);
    g_free(so);
}

/* By its path alone, as QEMU asks for it later: the code, and the text. */
static void expect_native_file(struct loader *l, const char *file, int code,
                               const char *text)
{
    char *path = in_scratch(file), **parts, *seen;
    struct loader_gate gate = { 0 };
    struct ob_err err = { 0 };

    assert_int_equal(loader_gate_native_file(l, path, &gate, &err), code);
    assert_int_equal(err.code, code);
    parts = g_strsplit(err.text, scratch, -1);
    seen = g_strjoinv("D", parts);
    assert_string_equal(seen, text);
    assert_int_equal(gate.native, code == 0);
    if (!code)
        loader_gate_clear(&gate);
    g_strfreev(parts);
    g_free(seen);
    g_free(path);
}

static void native_file_write(const char *file, const char *stamp)
{
    char *path = in_scratch(file);

    assert_true(g_file_set_contents(path, stamp, -1, NULL));
    g_free(path);
}

static void test_native_file_is_gated_by_its_path(void **state)
{
    struct session *session = session_of("{}");
    struct loader *l = loader_new(session);
    char *qemu = in_scratch("qemu"), *so = in_scratch("native.so");
    char *other = in_scratch("native.bin");

    (void)state;
    native_make();
    module_make("own", "");
    expect_native_file(l, "native.so", 0, "");
    expect_native_file(l, "own.so", -ESTALE,
                       "D/own.so: is no longer a native QEMU module; start "
                       "again");
    expect_native_file(l, "absent.so", -ENOENT,
                       "D/absent.so: cannot be opened (No such file or "
                       "directory); check the name and your permission");
    assert_int_equal(rename(so, other), 0);
    expect_native_file(l, "native.bin", -EINVAL,
                       "D/native.bin: a native QEMU module, whose file has to "
                       "be called NAME.so; rename it");
    assert_int_equal(rename(other, so), 0);
    loader_set_qemu(l, qemu);
    native_file_write("qemu", "xx" STAMP_A);
    expect_native_file(l, "native.so", 0, "");
    native_file_write("qemu", "xx" STAMP_B);
    expect_native_file(l, "native.so", -ELIBSCN,
                       "D/native.so: native QEMU "
                       "module of another build (" STAMP_A
                       "; D/qemu is " STAMP_B
                       "); build it with this QEMU's sources and "
                       "configuration");
    native_file_write("qemu", "");
    expect_native_file(l, "native.so", -EINVAL,
                       "D/native.so: native QEMU module: D/qemu: cannot be "
                       "read");
    assert_int_equal(g_unlink(qemu), 0);
    expect_native_file(l, "native.so", -ENOENT,
                       "D/qemu: No such file or directory");
    loader_free(l);
    session_free(session);
    g_free(other);
    g_free(so);
    g_free(qemu);
}

static void test_native_is_told_by_its_file(void **state)
{
    static const char *const files[] = { "native.so", "own.so", "absent" };

    (void)state;
    native_make();
    module_make("own", "");
    for (size_t n = 0; n < G_N_ELEMENTS(files); n++) {
        char *path = in_scratch(files[n]);

        assert_int_equal(loader_is_native(path), n == 0);
        g_free(path);
    }
}

/* It changed after the index was made. */
static void test_native_that_is_ours_now_is_refused(void **state)
{
    struct session *session = session_of("{\"m\": {\"name\": \"own\"}}");
    char *so = in_scratch("own.so"), *text;
    struct loader *l = loader_new(session);
    struct loader_gate gate;
    struct ob_err err = { 0 };

    (void)state;
    module_make("own", "");
    registry_set_file(session->registry,
                      registry_find_module(session->registry, "m"), so, true);
    assert_int_equal(loader_gate(l,
                                 registry_find_module(session->registry, "m"),
                                 &gate, &err),
                     -ESTALE);
    text = g_strdup_printf("%s: is no longer a native QEMU module; "
                           "start again",
                           so);
    assert_string_equal(err.text, text);
    g_free(text);
    g_free(so);
    loader_free(l);
    session_free(session);
}

/* What QEMU's file holds: the directory is taken or not. */
static void expect_dirs(const char *text, size_t len, const char *want)
{
    char *qemu = in_scratch("qemu"), **dirs;

    assert_true(g_file_set_contents(qemu, text, (gssize)len, NULL));
    dirs = native_dirs(qemu);
    if (want)
        assert_string_equal(dirs[0], want);
    assert_null(dirs[want ? 1 : 0]);
    g_strfreev(dirs);
    g_free(qemu);
}

static void test_native_dirs_are_texts_of_a_path(void **state)
{
    static const char *const names[] = {
        "qemu-here", "qemu d", "qemu\x7f", "qemu\x1f", "qem", "qemu-group",
        "qemu-file",
    };

    (void)state;
    for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
        char *dir = in_scratch(names[n]);
        char *text = g_strdup_printf("x|%s|", dir);
        size_t len = strlen(text);

        if (n == 6)
            assert_true(g_file_set_contents(dir, "", 0, NULL));
        else
            g_mkdir(dir, 0755);
        if (n == 5)
            assert_int_equal(chmod(dir, 0775), 0);
        text[1] = text[len - 1] = '\0';
        expect_dirs(text, len, n ? NULL : dir);
        /* The end of the file is not the end of a text; nor the start. */
        expect_dirs(text, len - 1, NULL);
        expect_dirs(text + 2, len - 2, NULL);
        g_free(text);
        g_free(dir);
    }
}

/* The longest path that is looked at, and one that is longer. */
static void test_native_dirs_have_a_length(void **state)
{
    (void)state;
    for (size_t len = 255; len <= 257; len++) {
        char *dir = in_scratch("qemu-long"), *text;
        GString *path = g_string_new(dir);

        g_mkdir(dir, 0755);
        while (path->len < len)
            g_string_append_c(path, '/');
        text = g_strdup_printf("|%s|", path->str);
        text[0] = text[len + 1] = '\0';
        expect_dirs(text, len + 2, len <= 256 ? path->str : NULL);
        g_string_free(path, TRUE);
        g_free(text);
        g_free(dir);
    }
}

static void test_native_dirs_are_what_qemu_names(void **state)
{
    char *qemu = in_scratch("qemu"), *good = in_scratch("qemu-here");
    char *open = in_scratch("qemu-open"), *text, **dirs;
    size_t len;

    (void)state;
    g_mkdir(good, 0755);
    g_mkdir(open, 0755);
    chmod(open, 0777);
    text = g_strdup_printf("x|/usr|%s|%s/none|%s|%s|/proc/self|", open, good,
                           good, good);
    len = strlen(text);
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] == '|' ? '\0' : text[i];
    assert_true(g_file_set_contents(qemu, text, (gssize)len, NULL));
    g_setenv("QEMU_MODULE_DIR", "/x/y", TRUE);
    dirs = native_dirs(qemu);
    assert_string_equal(dirs[0], "/x/y");
    assert_string_equal(dirs[1], good);
    assert_null(dirs[2]);
    g_strfreev(dirs);
    g_setenv("QEMU_MODULE_DIR", "relative", TRUE);
    dirs = native_dirs(NULL);
    assert_null(dirs[0]);
    g_strfreev(dirs);
    g_unsetenv("QEMU_MODULE_DIR");
    g_free(text);
    g_free(open);
    g_free(good);
    g_free(qemu);
}

static void test_native_other_build_names_both(void **state)
{
    char *so = in_scratch("native.so"), *qemu = in_scratch("qemu");
    struct loader_gate gate;
    struct ob_err err = { 0 };
    char *text;

    (void)state;
    native_make();
    assert_true(
        g_file_set_contents(qemu, "xx" STAMP_B "\0 qemu_stamp_%s", -1, NULL));
    assert_int_equal(loader_gate_file(so, &gate, NULL), 0);
    assert_true(gate.native);
    assert_int_equal(native_check(&gate, qemu, &err), -ELIBSCN);
    text = g_strdup_printf("%s: native QEMU module of another build (" STAMP_A
                           "; %s is " STAMP_B "); build it with this QEMU's "
                           "sources and configuration",
                           so, qemu);
    assert_string_equal(err.text, text);
    g_free(text);
    assert_true(g_file_set_contents(qemu, "xx" STAMP_A, -1, NULL));
    assert_int_equal(native_check(&gate, qemu, NULL), 0);
    loader_gate_clear(&gate);
    g_free(so);
    g_free(qemu);
}

static void test_native_unstamped_qemu_is_named(void **state)
{
    char *so = in_scratch("native.so"), *qemu = in_scratch("plain");
    struct loader_gate gate;
    struct ob_err err = { 0 };

    (void)state;
    native_make();
    assert_true(g_file_set_contents(qemu, "qemu_stamp_%s", -1, NULL));
    assert_int_equal(loader_gate_file(so, &gate, NULL), 0);
    assert_int_equal(native_check(&gate, qemu, &err), -ENODATA);
    assert_non_null(strstr(err.text,
                           "/plain: has no qemu_stamp_, so it was built "
                           "without modules and takes no native ones"));
    loader_gate_clear(&gate);
    g_free(so);
    g_free(qemu);
}

/* The stamp in a file of exactly these bytes. */
static int stamp_of(const char *bytes, size_t len, char *ret,
                    struct ob_err *err)
{
    char *file = in_scratch("stamped");
    int fd, r;

    assert_true(g_file_set_contents(file, bytes, (gssize)len, NULL));
    fd = open(file, O_RDONLY | O_CLOEXEC);
    r = native_stamp_read(fd, "q", ret, err);
    close(fd);
    g_free(file);
    return r;
}

static void test_native_stamp_anywhere_is_found(void **state)
{
    char stamp[SECTION_STAMP_BYTES];
    char page[4096];

    (void)state;
    for (size_t at = 0; at <= sizeof(page) - 51; at += 100) {
        memset(page, 'x', sizeof(page));
        memcpy(page + at, STAMP_A, 51);
        assert_int_equal(stamp_of(page, sizeof(page), stamp, NULL), 0);
        assert_string_equal(stamp, STAMP_A);
        assert_int_equal(stamp_of(page, at + 51, stamp, NULL), 0);
        assert_string_equal(stamp, STAMP_A);
        assert_int_equal(stamp_of(page, at + 50, stamp, NULL), -ENODATA);
    }
}

static void test_native_stamp_of_no_hash_is_none(void **state)
{
    char text[] = "x" STAMP_A, stamp[SECTION_STAMP_BYTES] = "";
    struct ob_err err = { 0 };

    (void)state;
    for (size_t n = 12; n < sizeof(text) - 1; n++) {
        char kept = text[n];

        text[n] = 'g';
        assert_int_equal(stamp_of(text, sizeof(text) - 1, stamp, NULL),
                         -ENODATA);
        text[n] = kept;
    }
    assert_int_equal(stamp_of("", 0, stamp, &err), -EINVAL);
    assert_string_equal(err.text, "q: cannot be read");
    assert_string_equal(stamp, "");
}

static void test_native_two_stamps_that_differ_are_refused(void **state)
{
    static const char same[] = STAMP_A STAMP_A, other[] = STAMP_A STAMP_B;
    char stamp[SECTION_STAMP_BYTES];
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(stamp_of(same, sizeof(same), stamp, NULL), 0);
    assert_int_equal(stamp_of(other, sizeof(other), stamp, &err), -EEXIST);
    assert_string_equal(err.text,
                        "q: holds more than one qemu_stamp_; native modules "
                        "cannot be told apart with this QEMU");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* A descriptor whose code was linked stays open: open.c. */
        cmocka_unit_test(test_open_good_module_holds_its_type),
        cmocka_unit_test(test_open_dependencies_come_first),
        UNIT_TEST(test_open_needed_module_missing_names_both),
        UNIT_TEST(test_open_unlike_json_runs_nothing),
        cmocka_unit_test(test_open_json_that_says_less_opens),
        UNIT_TEST(test_open_proprietary_runs_nothing),
        UNIT_TEST(test_open_newer_abi_runs_nothing),
        UNIT_TEST(test_open_other_major_runs_nothing),
        UNIT_TEST(test_open_no_entry_symbol_runs_nothing),
        UNIT_TEST(test_open_writable_file_runs_nothing),
        UNIT_TEST(test_open_text_file_is_refused),
        cmocka_unit_test(test_open_undefined_symbol_is_named),
        cmocka_unit_test(test_open_other_name_inside_is_refused),
        cmocka_unit_test(test_open_type_not_held_is_refused),
        UNIT_TEST(test_open_directory_is_refused),
        cmocka_unit_test(test_open_all_that_is_announced_is_found),
        cmocka_unit_test(test_open_last_type_or_board_not_held_is_refused),
        cmocka_unit_test(test_open_by_descriptor_checks_what_is_inside),
        UNIT_TEST(test_gate_by_descriptor_tells_what_is_needed),
        UNIT_TEST(test_program_starts_at_its_json_file),
        UNIT_TEST(test_program_that_cannot_be_run_is_refused),
        UNIT_TEST(test_program_has_no_code_to_open),
        UNIT_TEST(test_find_nothing_names_every_directory),
        UNIT_TEST(test_find_searches_directories_in_order),
        UNIT_TEST(test_find_relative_json_starts_at_the_start_directory),
        cmocka_unit_test(test_native_announced_passes_its_gates),
        cmocka_unit_test(test_native_announced_wrongly_is_refused),
        cmocka_unit_test(test_native_below_a_module_of_ours_is_refused),
        cmocka_unit_test(test_native_announced_of_another_build_is_refused),
        UNIT_TEST(test_native_file_is_gated_by_its_path),
        UNIT_TEST(test_native_is_told_by_its_file),
        UNIT_TEST(test_native_that_is_ours_now_is_refused),
        UNIT_TEST(test_native_dirs_are_texts_of_a_path),
        UNIT_TEST(test_native_dirs_have_a_length),
        cmocka_unit_test(test_native_dirs_are_what_qemu_names),
        UNIT_TEST(test_native_other_build_names_both),
        UNIT_TEST(test_native_unstamped_qemu_is_named),
        UNIT_TEST(test_native_stamp_anywhere_is_found),
        UNIT_TEST(test_native_stamp_of_no_hash_is_none),
        UNIT_TEST(test_native_two_stamps_that_differ_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
