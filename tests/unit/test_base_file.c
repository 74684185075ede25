/* SPDX-License-Identifier: MIT */
/* Opening and reading; who else may write what we trust. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "given_back.h"

/* A fresh directory, mode 0700, with the file acme.so in it, mode 0644. */
struct place {
    char *dir, *path;
};

static int place_make(void **state)
{
    struct place *p = g_new0(struct place, 1);

    p->dir = g_dir_make_tmp("outboard-file-XXXXXX", NULL);
    p->path = g_build_filename(p->dir, "acme.so", NULL);
    *state = p;
    given_back_start(state);
    return g_file_set_contents(p->path, "hello", -1, NULL) &&
                   chmod(p->path, 0644) == 0
               ? 0
               : -1;
}

static int place_remove(void **state)
{
    struct place *p = *state;
    char *link = g_build_filename(p->dir, "link.so", NULL);

    chmod(p->dir, 0700);
    g_unlink(link);
    g_unlink(p->path);
    g_rmdir(p->dir);
    g_free(link);
    g_free(p->path);
    g_free(p->dir);
    g_free(p);
    return given_back_check(state);
}

static void assert_refused(const char *path, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void assert_refused(const char *path, int code, const char *fmt, ...)
{
    struct ob_err err = { 0 };
    va_list ap;
    char *expect;
    int fd = -7;
    int r = file_open(path, FILE_TRUSTED, &fd, &err);

    va_start(ap, fmt);
    expect = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    assert_string_equal(err.text, expect);
    assert_int_equal(r, code);
    assert_int_equal(fd, -7);
    g_free(expect);
}

static void test_open_private_file_is_taken(void **state)
{
    const struct place *p = *state;
    int fd = -1;

    assert_int_equal(file_open(p->path, FILE_TRUSTED, &fd, NULL), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void test_open_writable_file_is_refused(void **state)
{
    const struct place *p = *state;

    chmod(p->path, 0664);
    assert_refused(p->path, -EPERM,
                   "%s: others may write it (mode 0664); chmod go-w %s",
                   p->path, p->path);
    chmod(p->path, 0646);
    assert_refused(p->path, -EPERM,
                   "%s: others may write it (mode 0646); chmod go-w %s",
                   p->path, p->path);
}

static void test_open_writable_file_untrusted_is_taken(void **state)
{
    const struct place *p = *state;
    int fd = -1;

    chmod(p->path, 0666);
    assert_int_equal(file_open(p->path, FILE_ANY, &fd, NULL), 0);
    close(fd);
}

static void test_open_writable_directory_is_refused(void **state)
{
    const struct place *p = *state;

    chmod(p->dir, 0777);
    assert_refused(p->path, -EPERM,
                   "%s: others may write its directory (%s, mode 0777); chmod "
                   "go-w %s",
                   p->path, p->dir, p->dir);
}

static void test_open_sticky_directory_is_taken(void **state)
{
    const struct place *p = *state;
    int fd = -1;

    chmod(p->dir, 01777);
    assert_int_equal(file_open(p->path, FILE_TRUSTED, &fd, NULL), 0);
    close(fd);
}

static void test_open_link_checks_what_it_leads_to(void **state)
{
    const struct place *p = *state;
    char *link = g_build_filename(p->dir, "link.so", NULL);
    int fd = -1;

    assert_int_equal(symlink("acme.so", link), 0);
    assert_int_equal(file_open(link, FILE_TRUSTED, &fd, NULL), 0);
    close(fd);
    chmod(p->path, 0666);
    assert_refused(link, -EPERM,
                   "%s: others may write it (mode 0666); chmod go-w %s", link,
                   link);
    g_free(link);
}

static void test_open_foreign_owner_is_refused(void **state)
{
    const struct place *p = *state;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(p->path, 12345, 0), 0);
    assert_refused(p->path, -EPERM,
                   "%s: belongs to neither root nor you (owner is uid 12345, "
                   "you are uid 0); copy it, or: sudo chown root %s",
                   p->path, p->path);
}

static void test_open_foreign_directory_is_refused(void **state)
{
    const struct place *p = *state;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(p->dir, 12345, 0), 0);
    assert_refused(p->path, -EPERM,
                   "%s: its directory belongs to neither root nor you (%s, "
                   "owner is uid 12345); move the file, or: sudo chown root "
                   "%s",
                   p->path, p->dir, p->dir);
    assert_int_equal(chown(p->dir, 0, 0), 0);
}

/* A user may trust root and oneself, and no third. */
static void test_open_by_a_user_takes_roots_and_own_files(void **state)
{
    static const struct {
        uid_t owner;
        int code;
    } rows[] = { { 0, 0 }, { 12345, 0 }, { 12346, -EPERM } };
    struct place *p = *state;
    bool reached;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(p->dir, 0755), 0);
    assert_int_equal(seteuid(12345), 0);
    reached = euidaccess(p->dir, X_OK) == 0;
    assert_int_equal(seteuid(0), 0);
    /* TMPDIR may lie in a directory of root's alone. */
    if (!reached)
        skip();
    for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
        int fd = -1, r;

        assert_int_equal(chown(p->path, rows[n].owner, 0), 0);
        assert_int_equal(seteuid(12345), 0);
        r = file_open(p->path, FILE_TRUSTED, &fd, NULL);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(r, rows[n].code);
        assert_int_equal(fd >= 0, r == 0);
        if (fd >= 0)
            close(fd);
    }
}

static void test_open_missing_and_directory_are_refused(void **state)
{
    const struct place *p = *state;

    assert_refused("/", -EISDIR, "/: is a directory; name a file in it");
    assert_refused(p->dir, -EISDIR, "%s: is a directory; name a file in it",
                   p->dir);
    g_unlink(p->path);
    assert_refused(p->path, -ENOENT,
                   "%s: cannot be opened (No such file or directory); check "
                   "the name and your permission",
                   p->path);
}

/* Were it opened plainly, the test would hang here. */
static void test_open_fifo_is_refused(void **state)
{
    const struct place *p = *state;

    g_unlink(p->path);
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_refused(p->path, -EINVAL,
                   "%s: is not a regular file (mode 010000); name a regular "
                   "file",
                   p->path);
}

static void test_read_gives_contents_and_end(void **state)
{
    const struct place *p = *state;
    char *data = NULL;
    size_t len = 0;

    assert_int_equal(file_read(p->path, FILE_TRUSTED, 5, &data, &len, NULL),
                     0);
    assert_int_equal(len, 5);
    assert_string_equal(data, "hello");
    free(data);
}

/* In front of libc's: what the next calls do, then what libc's does. */
static int fail_with[4];
static size_t most;
static unsigned preads;

ssize_t pread(int fd, void *bytes, size_t count, off_t at)
{
    int code = preads < 4 ? fail_with[preads] : 0;
    static const char text[] = "hello";

    preads++;
    (void)fd;
    if (code) {
        errno = code;
        return -1;
    }
    if (at >= 5)
        return 0;
    count = MIN(count, MIN(most, (size_t)(5 - at)));
    memcpy(bytes, text + at, count);
    return (ssize_t)count;
}

static void preads_are(size_t bytes, int first, int second)
{
    most = bytes;
    preads = 0;
    fail_with[0] = first;
    fail_with[1] = second;
}

static int place_read(const struct place *p, char **ret, size_t *ret_len,
                      struct ob_err *err)
{
    int fd = open(p->path, O_RDONLY | O_CLOEXEC);
    int r = file_read_fd(fd, p->path, 5, ret, ret_len, err);

    close(fd);
    return r;
}

static void test_read_in_pieces_and_interrupted_is_whole(void **state)
{
    for (size_t bytes = 1; bytes <= 5; bytes++) {
        char *data = NULL;
        size_t len = 0;

        preads_are(bytes, bytes % 2 ? EINTR : 0, EINTR);
        assert_int_equal(place_read(*state, &data, &len, NULL), 0);
        assert_int_equal(len, 5);
        assert_string_equal(data, "hello");
        free(data);
    }
    preads_are(5, 0, 0);
}

static void test_read_that_fails_is_refused(void **state)
{
    const struct place *p = *state;
    struct ob_err err = { 0 };
    char *data = NULL, *expect;
    size_t len = 77;

    preads_are(2, 0, EIO);
    assert_int_equal(place_read(p, &data, &len, &err), -EIO);
    expect = g_strdup_printf("%s: cannot be read (Input/output error); check "
                             "the file",
                             p->path);
    assert_string_equal(err.text, expect);
    assert_null(data);
    assert_int_equal(len, 77);
    g_free(expect);
    preads_are(5, 0, 0);
}

/* Shorter than it was when its length was asked for. */
static void test_read_of_a_file_that_shrinks_is_what_is_there(void **state)
{
    const struct place *p = *state;
    char *data = NULL;
    size_t len = 0;
    int fd = open(p->path, O_RDWR | O_CLOEXEC);

    assert_int_equal(ftruncate(fd, 9), 0);
    assert_int_equal(file_read_fd(fd, p->path, 9, &data, &len, NULL), 0);
    assert_int_equal(len, 5);
    assert_string_equal(data, "hello");
    free(data);
    close(fd);
}

static void test_read_beyond_limit_is_refused(void **state)
{
    const struct place *p = *state;
    struct ob_err err = { 0 };
    char *data = NULL, *expect;
    size_t len = 0;

    assert_int_equal(file_read(p->path, FILE_ANY, 4, &data, &len, &err),
                     -EFBIG);
    expect = g_strdup_printf("%s: is too large (5 bytes); the limit is 4 "
                             "bytes",
                             p->path);
    assert_string_equal(err.text, expect);
    assert_null(data);
    g_free(expect);
}

#define place_test(f) cmocka_unit_test_setup_teardown(f, place_make, \
                                                      place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(test_open_private_file_is_taken),
        place_test(test_open_writable_file_is_refused),
        place_test(test_open_writable_file_untrusted_is_taken),
        place_test(test_open_writable_directory_is_refused),
        place_test(test_open_sticky_directory_is_taken),
        place_test(test_open_link_checks_what_it_leads_to),
        place_test(test_open_foreign_owner_is_refused),
        place_test(test_open_foreign_directory_is_refused),
        place_test(test_open_by_a_user_takes_roots_and_own_files),
        place_test(test_open_missing_and_directory_are_refused),
        place_test(test_open_fifo_is_refused),
        place_test(test_read_gives_contents_and_end),
        place_test(test_read_in_pieces_and_interrupted_is_whole),
        place_test(test_read_that_fails_is_refused),
        place_test(test_read_of_a_file_that_shrinks_is_what_is_there),
        place_test(test_read_beyond_limit_is_refused),
    };

    most = SIZE_MAX;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
