/* SPDX-License-Identifier: MIT */
/* A session: the user's wishes, the way through a file, and damaged files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "session/session.h"

#include "given_back.h"

static const char *const no_names[] = { NULL };

/* Add the JSON `text`, called `name`, in which ' stands for ". */
static struct modinfo_file *parse(const char *name, const char *text)
{
    char *json = g_strdelimit(g_strdup(text), "'", '"');
    struct modinfo_file *file = NULL;
    struct ob_err err = { 0 };

    if (modinfo_parse(json, strlen(json), name, &file, &err) < 0)
        fail_msg("%s", err.text);
    g_free(json);
    return file;
}

static void modules_add(struct registry *registry)
{
    registry_add_modinfo(
        registry,
        parse("acme.json",
              "{ 'acme': { 'name': 'acme-devkit', 'license': 'MIT', "
              "'isolation': 'process', 'objs': ['acme-uart', 'acme-timer'], "
              "'types': { 'acme-uart': { 'desc': 'ACME UART', 'bus': 'can', "
              "'category': 'watchdog', 'needs': ['ob.a/0', 'ob.b/1'] } }, "
              "'opts': ['acme'], "
              "'boards': { 'kit': { 'title': 'Kit', 'aliases': ['k'], "
              "'ram': '1 MiB', 'cpus': { 'max': 2 } }, "
              "'other': { 'file': 'other.json' } } } }"),
        REGISTRY_INSTALLED);
    registry_add_module(registry,
                        parse("lone.json",
                              "{ 'lone': { 'name': 'lone', 'version': '7', "
                              "'arch': ['aarch64'], 'deps': ['acme'] } }"),
                        "/opt/lone.so", REGISTRY_NAMED);
    registry_add_modinfo(registry,
                         parse("py.json",
                               "{ 'py': { 'name': 'py', 'objs': ['x'], "
                               "'command': ['./x.py', '', 'a b'] } }"),
                         REGISTRY_ANNOUNCED);
}

/* A session in which each field is set. */
static struct session *sample(void)
{
    static const char *const aliases[] = { "rpi4", NULL };
    struct session *s = session_new("aarch64");
    struct board_head head = {
        .name = "raspi4b", .title = "A board", .arch = no_names,
        .aliases = aliases, .ram_default = 2ull << 30, .ram_min = 1ull << 30,
        .ram_max = 8ull << 30, .cpus_default = 4, .cpus_max = 4,
    };

    modules_add(s->registry);
    registry_add_board(s->registry, &head, "/b/raspi4b.json",
                       REGISTRY_INSTALLED);
    registry_finish(s->registry, NULL, NULL);
    registry_set_file(s->registry, registry_find_module(s->registry, "acme"),
                      "/opt/acme.so", true);
    s->verbose = true;
    s->start_dir = session_text(s, "/start");
    session_add_module_dir(s, "/modules/1");
    session_add_module_dir(s, "/modules/2");
    session_add_native_file(s, "/opt/native.so");
    session_add_option(s, "acme", "speed=3,b=");
    session_add_option(s, "acme", "");
    session_add_wish(s, SESSION_FROM_ALL, NULL, ISOLATION_PROCESS);
    session_add_wish(s, SESSION_FROM_FILE, "process, my \"one\"",
                     ISOLATION_IN_PROCESS);
    session_add_isolated_board(s, "raspi4b");
    s->qemu = session_text(s, "/usr/bin/qemu-system-aarch64");
    s->qemu_stamp = session_text(s, "qemu_stamp_0123");
    s->time_limited = true;
    s->time_limit_ns = UINT64_C(86400000000000);
    s->doctor_fd = 7;
    return s;
}

/* `s` as the bridge reads it. */
static struct session *journey(const struct session *s)
{
    struct session *copy = NULL;
    struct ob_err err = { 0 };
    int fd = -1;

    if (session_memfd(s, &fd, &err) < 0 || session_read(fd, &copy, &err) < 0)
        fail_msg("%s", err.text);
    close(fd);
    return copy;
}

static void test_read_gives_back_the_registry(void **state)
{
    struct session *s = sample(), *copy = journey(s);
    const struct registry *registry = copy->registry;
    const struct registry_module *lone = registry_find_module(registry,
                                                              "lone");
    const struct registry_module *acme = registry_find_module(registry,
                                                              "acme");
    const struct registry_board *board = registry_find_board(registry, "rpi4");
    uint32_t n;

    (void)state;
    session_free(s);
    assert_string_equal(registry_arch(registry), "aarch64");
    assert_string_equal(board->head.name, "raspi4b");
    assert_string_equal(board->path, "/b/raspi4b.json");
    assert_int_equal(board->head.ram_max, 8ull << 30);
    assert_int_equal(board->head.cpus_max, 4);
    assert_null(board->module);
    assert_ptr_equal(registry_find_board(registry, "k")->module, acme);
    assert_int_equal(registry_find_board(registry, "k")->head.ram_min,
                     1 << 20);
    assert_string_equal(lone->file, "/opt/lone.so");
    assert_int_equal(lone->origin, REGISTRY_NAMED);
    assert_false(lone->native);
    assert_true(acme->native);
    assert_string_equal(acme->file, "/opt/acme.so");
    assert_string_equal(lone->info.version, "7");
    assert_int_equal(lone->info.isolation, ISOLATION_NONE);
    assert_int_equal(acme->info.isolation, ISOLATION_PROCESS);
    assert_string_equal(lone->info.deps[0], "acme");
    assert_int_equal(lone->info.line, 1);
    assert_string_equal(registry_find_type(registry, "acme-uart")->info->desc,
                        "ACME UART");
    assert_ptr_equal(registry_find_option(registry, "acme"), acme);
    registry_boards(registry, &n);
    assert_int_equal(n, 2);
    session_free(copy);
}

static void test_read_gives_back_the_types(void **state)
{
    struct session *s = sample(), *copy = journey(s);
    const struct modinfo_type *uart =
        registry_find_type(copy->registry, "acme-uart")->info;
    const struct modinfo_type *timer =
        registry_find_type(copy->registry, "acme-timer")->info;

    (void)state;
    session_free(s);
    assert_string_equal(uart->desc, "ACME UART");
    assert_int_equal(uart->bus, BUS_CAN);
    assert_int_equal(uart->category, CATEGORY_WATCHDOG);
    assert_string_equal(uart->needs[0], "ob.a/0");
    assert_string_equal(uart->needs[1], "ob.b/1");
    assert_null(uart->needs[2]);
    assert_string_equal(timer->desc, "");
    assert_int_equal(timer->bus, BUS_SYSTEM);
    assert_int_equal(timer->category, CATEGORY_NONE);
    assert_null(*timer->needs);
    session_free(copy);
}

/* A board that only a file describes is not a board in C. */
static void test_read_gives_back_files_of_boards(void **state)
{
    struct session *s = sample(), *copy = journey(s);
    const struct registry_module *acme = registry_find_module(copy->registry,
                                                              "acme");

    (void)state;
    assert_int_equal(acme->info.n_boards, 2);
    assert_string_equal(acme->info.boards[1].file, "other.json");
    assert_null(registry_find_board(copy->registry, "other"));
    session_free(copy);
    session_free(s);
}

static void test_read_gives_back_commands(void **state)
{
    struct session *s = sample(), *copy = journey(s);
    const char *const *command =
        registry_find_module(copy->registry, "py")->info.command;

    (void)state;
    assert_string_equal(command[0], "./x.py");
    assert_string_equal(command[1], "");
    assert_string_equal(command[2], "a b");
    assert_null(command[3]);
    assert_null(registry_find_module(copy->registry, "lone")->info.command);
    session_free(copy);
    session_free(s);
}

static void test_read_gives_back_what_the_user_asked_for(void **state)
{
    struct session *s = sample(), *copy = journey(s);
    const struct session_option *options;
    const struct session_wish *wishes;

    (void)state;
    session_free(s);
    assert_true(copy->verbose);
    assert_string_equal(copy->start_dir, "/start");
    assert_int_equal(copy->module_dirs->len, 2);
    assert_string_equal(copy->module_dirs->pdata[0], "/modules/1");
    assert_string_equal(copy->module_dirs->pdata[1], "/modules/2");
    assert_int_equal(copy->native_files->len, 1);
    assert_string_equal(copy->native_files->pdata[0], "/opt/native.so");
    assert_int_equal(copy->isolated_boards->len, 1);
    assert_string_equal(copy->isolated_boards->pdata[0], "raspi4b");
    assert_string_equal(copy->qemu, "/usr/bin/qemu-system-aarch64");
    assert_string_equal(copy->qemu_stamp, "qemu_stamp_0123");
    assert_true(copy->time_limited);
    assert_int_equal(copy->time_limit_ns, UINT64_C(86400000000000));
    assert_int_equal(copy->doctor_fd, 7);
    assert_int_equal(copy->options->len, 2);
    options = (const struct session_option *)(void *)copy->options->data;
    assert_string_equal(options[0].group, "acme");
    assert_string_equal(options[0].value, "speed=3,b=");
    assert_string_equal(options[1].value, "");
    assert_int_equal(copy->wishes->len, 2);
    wishes = (const struct session_wish *)(void *)copy->wishes->data;
    assert_int_equal(wishes[0].source, SESSION_FROM_ALL);
    assert_string_equal(wishes[0].module, "");
    assert_int_equal(wishes[1].place, ISOLATION_IN_PROCESS);
    assert_string_equal(wishes[1].module, "process, my \"one\"");
    session_free(copy);
}

static void test_read_gives_back_what_is_unset(void **state)
{
    struct session *s = session_new(NULL), *copy = journey(s);

    (void)state;
    assert_null(registry_arch(copy->registry));
    assert_false(copy->verbose);
    assert_null(copy->start_dir);
    assert_int_equal(copy->module_dirs->len, 0);
    assert_null(copy->qemu);
    assert_null(copy->qemu_stamp);
    assert_false(copy->time_limited);
    assert_int_equal(copy->doctor_fd, -1);
    session_free(copy);
    session_free(s);
}

static void test_wish_the_strongest_and_last_counts(void **state)
{
    struct session *s = session_new("arm");

    (void)state;
    assert_null(session_find_wish(s, "a"));
    session_add_wish(s, SESSION_FROM_FILE, "a", ISOLATION_PROCESS);
    session_add_wish(s, SESSION_FROM_FILE, "a", ISOLATION_IN_PROCESS);
    assert_int_equal(session_find_wish(s, "a")->place, ISOLATION_IN_PROCESS);
    assert_null(session_find_wish(s, "b"));
    session_add_wish(s, SESSION_FROM_ALL, NULL, ISOLATION_PROCESS);
    assert_int_equal(session_find_wish(s, "a")->source, SESSION_FROM_FILE);
    assert_int_equal(session_find_wish(s, "b")->source, SESSION_FROM_ALL);
    session_add_wish(s, SESSION_FROM_NAME, "a", ISOLATION_PROCESS);
    session_add_wish(s, SESSION_FROM_FILE, "a", ISOLATION_IN_PROCESS);
    assert_int_equal(session_find_wish(s, "a")->source, SESSION_FROM_NAME);
    session_free(s);
}

/* The code of writing to `path`, and its text. */
static void expect_write(const char *path, int flags, int code,
                         const char *text)
{
    struct session *s = sample();
    struct ob_err err = { 0 };
    int fd = open(path, flags | O_CLOEXEC);

    assert_int_equal(session_write(s, fd, &err), code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, text);
    close(fd);
    session_free(s);
}

static void test_write_that_fails_says_why(void **state)
{
    (void)state;
    expect_write("/dev/null", O_WRONLY, 0, "");
    expect_write("/dev/full", O_WRONLY, -ENOSPC,
                 "session: cannot be written (No space left on device); free "
                 "some memory");
    expect_write("/dev/null", O_RDONLY, -EBADF,
                 "session: cannot be written (Bad file descriptor); free some "
                 "memory");
}

static void test_write_too_large_is_refused(void **state)
{
    struct session *s = session_new("arm");
    char *text = g_strnfill(64 << 20, 'x');
    struct ob_err err = { 0 };

    (void)state;
    session_add_module_dir(s, text);
    assert_int_equal(session_write(s, -1, &err), -EFBIG);
    assert_non_null(strstr(err.text, "bytes, more than 67108864; announce "
                                     "fewer modules"));
    g_free(text);
    session_free(s);
}

static void test_memfd_without_descriptors_is_refused(void **state)
{
    struct session *s = session_new("arm");
    struct rlimit before, none = { 3, 3 };
    struct ob_err err = { 0 };
    int fd = -1, ret;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    ret = session_memfd(s, &fd, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(ret, -EMFILE);
    assert_int_equal(err.code, -EMFILE);
    assert_string_equal(err.text, "session: no memory file (Too many open "
                                  "files); check the limits of open files");
    assert_int_equal(fd, -1);
    session_free(s);
}

static void test_memfd_is_sealed_and_inherited(void **state)
{
    struct session *s = sample();
    int fd = -1;

    (void)state;
    assert_int_equal(session_memfd(s, &fd, NULL), 0);
    assert_int_equal(fcntl(fd, F_GET_SEALS) &
                         (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
                     F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    close(fd);
    session_free(s);
}

/* --- damaged files -------------------------------------------------------- */

/* The sample's bytes. */
static char *sample_bytes(size_t *ret_len)
{
    struct session *s = sample();
    char *data = NULL;
    int fd = -1;

    assert_int_equal(session_memfd(s, &fd, NULL), 0);
    assert_int_equal(file_read_fd(fd, "x", 1 << 20, &data, ret_len, NULL), 0);
    close(fd);
    session_free(s);
    return data;
}

static int read_bytes(const char *data, size_t len, struct session **ret,
                      struct ob_err *err)
{
    int fd = memfd_create("bytes", MFD_CLOEXEC), status;

    assert_int_equal(write(fd, data, len), (ssize_t)len);
    status = session_read(fd, ret, err);
    close(fd);
    return status;
}

static void test_read_truncated_is_refused(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        struct session *s = NULL;
        struct ob_err err = { 0 };

        assert_int_equal(read_bytes(data, cut, &s, &err), -EPROTO);
        if (cut < 8)
            continue;
        assert_true(g_str_has_prefix(err.text, "session: is malformed (at "
                                               "byte "));
        assert_true(g_str_has_suffix(err.text, "); start QEMU with outboard "
                                               "of the same version"));
    }
    free(data);
}

static void test_read_any_byte_changed_is_survived(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t at = 0; at < len; at++) {
        struct session *s = NULL;
        char kept = data[at];

        for (int bit = 0; bit < 8; bit += 7) {
            data[at] = (char)(kept ^ (1 << bit));
            if (read_bytes(data, len, &s, NULL) == 0)
                session_free(s);
        }
        data[at] = kept;
    }
    free(data);
}

/* Each enumeration is in its range, and each board's module is known. */
static void assert_sound(const struct session *s)
{
    uint32_t n;
    struct registry_board *const *boards = registry_boards(s->registry, &n);
    const struct registry_type *types;

    for (uint32_t i = 0; i < n; i++) {
        const struct registry_module *m = boards[i]->module;

        assert_true(
            !m || registry_find_module(s->registry, m->info.short_name) == m);
    }
    types = registry_types(s->registry, &n);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(types[i].info->bus < BUSES);
        assert_true(types[i].info->category < CATEGORIES);
    }
    for (guint i = 0; i < s->wishes->len; i++) {
        const struct session_wish *wish = &g_array_index(
            s->wishes, struct session_wish, i);

        assert_true(wish->source < SESSION_SOURCES);
        assert_true(wish->place > ISOLATION_NONE && wish->place < ISOLATIONS);
    }
    assert_true(s->doctor_fd >= -1);
}

/* Numbers in each place: none leads out of a list. */
static void test_read_any_number_changed_is_survived(void **state)
{
    static const uint32_t numbers[] = { 0, 1, 2, 3, 4, 16, UINT32_MAX };
    size_t len = 0;
    char *data = sample_bytes(&len);

    (void)state;
    for (size_t at = 0; at + 4 <= len; at++) {
        for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
            struct session *s = NULL;
            char kept[4];

            memcpy(kept, data + at, 4);
            memcpy(data + at, &numbers[n], 4);
            if (read_bytes(data, len, &s, NULL) == 0) {
                assert_sound(s);
                session_free(s);
            }
            memcpy(data + at, kept, 4);
        }
    }
    free(data);
}

/* The sample with `to` at `skip` bytes behind the text `from` is refused. */
static void expect_refused(const char *from, size_t skip, char to)
{
    size_t len = 0;
    char *data = sample_bytes(&len), *at;
    struct ob_err err = { 0 };
    struct session *s = NULL;

    at = memmem(data, len, from, strlen(from));
    assert_non_null(at);
    at[skip] = to;
    assert_int_equal(read_bytes(data, len, &s, &err), -EPROTO);
    assert_non_null(strstr(err.text, "session: is malformed (at byte "));
    free(data);
}

/* A type name that would abort QEMU must not come through. */
static void test_read_bad_type_name_is_refused(void **state)
{
    (void)state;
    expect_refused("acme-timer", 0, '/');
}

/*
 * Behind a type's name and its NUL is whether more follows: the description,
 * and behind its NUL bus, category and number of needs.
 */
static void test_read_bad_numbers_of_type_are_refused(void **state)
{
    (void)state;
    expect_refused("acme-uart", 10, 2);
    expect_refused("ACME UART", 10, BUSES);
    expect_refused("ACME UART", 14, CATEGORIES);
    expect_refused("ACME UART", 18, 127);
    expect_refused("ob.a/0", 0, 'O');
}

static void test_read_other_format_is_refused(void **state)
{
    size_t len = 0;
    char *data = sample_bytes(&len);
    struct ob_err err = { 0 };
    struct session *s = NULL;
    uint32_t number = 99;

    (void)state;
    memcpy(data + 4, &number, 4);
    assert_int_equal(read_bytes(data, len, &s, &err), -EPROTO);
    assert_string_equal(err.text,
                        "session: has another format (99, this bridge reads "
                        "2); start QEMU with outboard of the same version");
    free(data);
}

static void test_read_text_is_refused(void **state)
{
    struct session *s = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(read_bytes("hello, session", 14, &s, &err), -EPROTO);
    assert_string_equal(err.text,
                        "session: is not a session of outboard's (14 bytes); "
                        "start QEMU with outboard");
    assert_int_equal(session_read(-1, &s, NULL), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_read_gives_back_the_registry),
        UNIT_TEST(test_read_gives_back_the_types),
        UNIT_TEST(test_read_gives_back_files_of_boards),
        UNIT_TEST(test_read_gives_back_commands),
        UNIT_TEST(test_read_gives_back_what_the_user_asked_for),
        UNIT_TEST(test_read_gives_back_what_is_unset),
        UNIT_TEST(test_wish_the_strongest_and_last_counts),
        UNIT_TEST(test_write_that_fails_says_why),
        UNIT_TEST(test_write_too_large_is_refused),
        UNIT_TEST(test_memfd_without_descriptors_is_refused),
        UNIT_TEST(test_memfd_is_sealed_and_inherited),
        UNIT_TEST(test_read_truncated_is_refused),
        UNIT_TEST(test_read_any_byte_changed_is_survived),
        UNIT_TEST(test_read_any_number_changed_is_survived),
        UNIT_TEST(test_read_bad_type_name_is_refused),
        UNIT_TEST(test_read_bad_numbers_of_type_are_refused),
        UNIT_TEST(test_read_other_format_is_refused),
        UNIT_TEST(test_read_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
