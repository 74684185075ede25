/* SPDX-License-Identifier: MIT */
/* Greetings, the descriptors with them, and what messages there may be. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/conn.h"

#include "given_back.h"

#define SECOND_NS UINT64_C(1000000000)

static int socks[2];

static int set_up(void **state)
{
    int ret = given_back_start(state);

    return ret ? ret : socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks);
}

static int tear_down(void **state)
{
    close(socks[0]);
    close(socks[1]);
    return given_back_check(state);
}

static struct ipc_hello hello_good(void)
{
    return (struct ipc_hello){
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(struct ipc_hello), .slots = IPC_SLOTS,
        .name = "acme", .text = "/a/acme.so",
    };
}

/* --- the greeting itself -------------------------------------------------- */

static void hello_bad(const struct ipc_hello *h, size_t bytes,
                      const char *text)
{
    struct ob_err err = { 0 };

    assert_int_equal(ipc_hello_check(h, bytes, &err), -EPROTO);
    assert_int_equal(err.code, -EPROTO);
    assert_string_equal(err.text, text);
}

static void test_hello_damaged_in_one_field_is_refused(void **state)
{
    const char *none = "the other side sent 1120 bytes that are not a "
                       "greeting";
    struct ipc_hello h = hello_good();

    (void)state;
    assert_int_equal(ipc_hello_check(&h, sizeof(h), NULL), 0);
    h.magic++;
    hello_bad(&h, sizeof(h), none);
    h = hello_good(), h.bytes--;
    hello_bad(&h, sizeof(h), none);
    h = hello_good();
    hello_bad(&h, sizeof(h) - 1,
              "the other side sent 1119 bytes that are not a "
              "greeting");
    h.major++;
    hello_bad(&h, sizeof(h),
              "the other side speaks version 2.0 of the protocol, and this "
              "one 1.0; use both of one Outboard");
    h = hello_good(), h.minor = 7;
    assert_int_equal(ipc_hello_check(&h, sizeof(h), NULL), 0);
    h.slots++;
    hello_bad(&h, sizeof(h),
              "rings of 2049 slots; a power of two from 1024 to 65536 is "
              "needed");
}

static void test_hello_text_without_end_is_refused(void **state)
{
    struct ipc_hello h = hello_good();

    (void)state;
    memset(h.name, 'x', sizeof(h.name) - 1);
    memset(h.text, 'x', sizeof(h.text) - 1);
    assert_int_equal(ipc_hello_check(&h, sizeof(h), NULL), 0);
    h.name[sizeof(h.name) - 1] = 'x';
    hello_bad(&h, sizeof(h), "a text in the greeting has no end");
    h = hello_good();
    memset(h.text, 'x', sizeof(h.text));
    hello_bad(&h, sizeof(h), "a text in the greeting has no end");
}

static void test_slots_within_the_limits_fit(void **state)
{
    static const struct {
        uint32_t slots;
        bool fit;
    } rows[] = {
        { 0, false },      { 1, false },           { 512, false },
        { 1023, false },   { 1024, true },         { 1025, false },
        { 1536, false },   { 2048, true },         { 32768, true },
        { 65535, false },  { 65536, true },        { 65537, false },
        { 131072, false }, { 0x80000000u, false },
    };

    (void)state;
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++)
        if (ipc_slots_fit(rows[n].slots) != rows[n].fit)
            fail_msg("%u slots", rows[n].slots);
    assert_int_equal(ipc_memory_bytes(1024), 2 * (4096 + 1024 * 64));
}

/* --- descriptors ---------------------------------------------------------- */

static bool same_file(int a, int b)
{
    struct stat sa, sb;

    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Four files to send, each another. */
static void files_open(int fds[4])
{
    for (int n = 0; n < 4; n++) {
        char name[16];

        snprintf(name, sizeof(name), "file%d", n);
        fds[n] = memfd_create(name, MFD_CLOEXEC);
        assert_true(fds[n] >= 0);
    }
}

static void files_close(const int *fds, unsigned n)
{
    while (n)
        close(fds[--n]);
}

/* Every number of descriptors, for every number that is taken. */
static void test_hello_descriptors_up_to_the_number_wanted_come(void **state)
{
    struct ipc_hello in, out = hello_good();
    int files[4];

    (void)state;
    files_open(files);
    for (unsigned sent = 0; sent <= 4; sent++) {
        for (unsigned max = 0; max <= 4; max++) {
            int fds[5] = { -2, -2, -2, -2, -2 };
            struct ob_err err = { 0 };
            unsigned n = 99;
            int ret;

            assert_int_equal(ipc_hello_send(socks[0], &out, files, sent, NULL),
                             0);
            ret = ipc_hello_take(socks[1], &in, fds, max, &n, SECOND_NS, &err);
            assert_int_equal(fds[max], -2);
            if (sent > max) {
                assert_int_equal(ret, -EPROTO);
                assert_int_equal(err.code, -EPROTO);
                assert_int_equal(n, 99);
                continue;
            }
            assert_int_equal(ret, 0);
            assert_int_equal(n, sent);
            for (unsigned i = 0; i < n; i++) {
                assert_true(same_file(fds[i], files[i]));
                assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
            }
            files_close(fds, n);
        }
    }
    files_close(files, 4);
}

/* A message with a control message of any kind, by hand. */
static void packet_send(const void *bytes, size_t count, int level, int type,
                        const int *fds, unsigned n)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } control = { { 0 } };
    struct iovec iov = { (void *)bytes, count };
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = CMSG_SPACE(n * sizeof(int)),
    };

    control.head.cmsg_level = level;
    control.head.cmsg_type = type;
    control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
    assert_int_equal(sendmsg(socks[0], &m, 0), count);
}

/* More than a control message of ours holds: the kernel cuts them off. */
static void test_hello_descriptors_cut_off_are_refused(void **state)
{
    struct ipc_hello in, out = hello_good();
    int sent[8] = { 0, 0, 0, 0, 0, 0, 0, 0 }, fds[4];
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    packet_send(&out, sizeof(out), SOL_SOCKET, SCM_RIGHTS, sent, 8);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, fds, 4, &n, SECOND_NS, &err), -EPROTO);
    assert_string_equal(err.text, "a greeting has more than 4 descriptors");
}

/* Who sends is told as well, where a socket asks for it. */
static void test_hello_other_control_messages_are_passed_over(void **state)
{
    struct ipc_hello in, out = hello_good();
    int one = 1, fds[4];
    unsigned n = 99;

    (void)state;
    assert_int_equal(
        setsockopt(socks[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)), 0);
    assert_int_equal(ipc_hello_send(socks[0], &out, NULL, 0, NULL), 0);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, fds, 4, &n, SECOND_NS, NULL), 0);
    assert_int_equal(n, 0);
}

/* What came with a greeting that is refused does not stay open. */
static void test_hello_refused_gives_its_descriptors_back(void **state)
{
    struct ipc_hello in, out = hello_good();
    int sent[3] = { 0, 1, 2 }, fds[3];
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    out.magic = 0;
    assert_int_equal(ipc_hello_send(socks[0], &out, sent, 3, NULL), 0);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, fds, 3, &n, SECOND_NS, &err), -EPROTO);
    assert_int_equal(n, 0);
    assert_string_equal(err.text,
                        "the other side sent 1120 bytes that are not a "
                        "greeting");
}

static void test_hello_of_a_byte_is_refused(void **state)
{
    struct ipc_hello in;
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    memset(&in, 0, sizeof(in));
    assert_int_equal(send(socks[0], "x", 1, 0), 1);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, NULL, 0, &n, SECOND_NS, &err), -EPROTO);
    assert_string_equal(err.text, "the other side sent 1 bytes that are not a "
                                  "greeting");
}

/* --- waiting for it ------------------------------------------------------- */

static void test_hello_that_does_not_come_times_out(void **state)
{
    struct ipc_hello in;
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    assert_int_equal(
        ipc_hello_take(socks[1], &in, NULL, 0, &n, 20000000, &err),
        -ETIMEDOUT);
    assert_int_equal(err.code, -ETIMEDOUT);
    assert_string_equal(err.text, "no greeting within 0.02 s");
}

static void test_hello_without_another_side_is_refused(void **state)
{
    struct ipc_hello in, out = hello_good();
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    shutdown(socks[1], SHUT_RDWR);
    assert_int_equal(ipc_hello_send(socks[0], &out, NULL, 0, &err), -EPIPE);
    assert_int_equal(err.code, -EPIPE);
    assert_string_equal(err.text,
                        "the other side closed the connection during "
                        "the handshake (Broken pipe)");
    err.code = 0;
    assert_int_equal(
        ipc_hello_take(socks[0], &in, NULL, 0, &n, SECOND_NS, &err), -EPIPE);
    assert_int_equal(err.code, -EPIPE);
    assert_string_equal(err.text, "the process at the other end is gone");
}

static void hello_send_late(int number)
{
    struct ipc_hello out = hello_good();

    (void)number;
    ipc_hello_send(socks[0], &out, NULL, 0, NULL);
}

/* A signal comes first; its handler is what sends. */
static void test_hello_after_a_signal_is_taken(void **state)
{
    const struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
    struct sigaction act = { .sa_handler = hello_send_late }, old;
    struct ipc_hello in;
    unsigned n;

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(ipc_hello_take(socks[1], &in, NULL, 0, &n, 0, NULL), 0);
    assert_string_equal(in.name, "acme");
    sigaction(SIGALRM, &old, NULL);
}

/* --- one descriptor ------------------------------------------------------- */

static void test_fd_crosses_alone(void **state)
{
    int files[4], fd = -1;

    (void)state;
    files_open(files);
    for (int n = 0; n < 4; n++)
        assert_int_equal(ipc_fd_send(socks[0], files[n]), 0);
    for (int n = 0; n < 4; n++) {
        assert_int_equal(ipc_fd_take(socks[1], &fd), 0);
        assert_true(same_file(fd, files[n]));
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    }
    assert_int_equal(ipc_fd_take(socks[1], &fd), -EAGAIN);
    files_close(files, 4);
}

static void test_fd_packets_of_none_or_two_are_refused(void **state)
{
    const int two[] = { 0, 1 };
    int fd = -7;

    (void)state;
    assert_int_equal(send(socks[0], "x", 1, 0), 1);
    assert_int_equal(ipc_fd_take(socks[1], &fd), -EPROTO);
    packet_send("x", 1, SOL_SOCKET, SCM_RIGHTS, two, 2);
    assert_int_equal(ipc_fd_take(socks[1], &fd), -EPROTO);
}

static void test_fd_that_finds_no_room_or_nobody_is_told(void **state)
{
    int ret = 0, n = 0, fd;

    (void)state;
    for (; !ret && n < 100000; n++)
        ret = ipc_fd_send(socks[0], 0);
    assert_int_equal(ret, -EAGAIN);
    while (ipc_fd_take(socks[1], &fd) == 0)
        close(fd);
    shutdown(socks[1], SHUT_RDWR);
    assert_int_equal(ipc_fd_send(socks[0], 0), -EPIPE);
    assert_int_equal(ipc_fd_send(-1, 0), -EBADF);
}

/* --- messages ------------------------------------------------------------- */

static const struct {
    const char *name;
    enum ipc_direction direction;
    bool answered;
    uint32_t limit;
} kinds[128] = {
#define SERVICE(number, NAME, name, to, answered, about, limit, ...)         \
    [number] = { #NAME, IPC_TO_##to, answered, limit },
#define REPLY(number, NAME, to, limit, text)                                 \
    [number] = { #NAME, IPC_TO_##to, false, limit },
#include "ipc/services.def"
};

static void message_bad(const struct ipc_msg *m, enum ipc_direction way,
                        const char *fmt, unsigned number, uint32_t limit)
{
    struct ob_err err = { 0 };
    char text[200];

    assert_int_equal(ipc_msg_check(m, way, &err), -EPROTO);
    assert_int_equal(err.code, -EPROTO);
    snprintf(text, sizeof(text), fmt, kinds[number].name, limit + 1, limit);
    if (*fmt)
        assert_string_equal(err.text, text);
}

/* Each goes its way, with as much payload and as deep as it may. */
static void test_message_of_each_kind_is_bounded(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 128; n++) {
        const enum ipc_direction way = kinds[n].direction;
        struct ipc_msg m = { .magic = IPC_MAGIC, .kind = (uint16_t)n };

        if (!kinds[n].name) {
            message_bad(&m, IPC_TO_RUNNER, "", n, 0);
            message_bad(&m, IPC_TO_QEMU, "", n, 0);
            continue;
        }
        m.bytes = kinds[n].limit, m.depth = IPC_DEPTH_MAX;
        assert_int_equal(ipc_msg_check(&m, way, NULL), 0);
        message_bad(&m, way == IPC_TO_QEMU ? IPC_TO_RUNNER : IPC_TO_QEMU, "",
                    n, 0);
        m.bytes++;
        message_bad(&m, way, "%s with %u bytes, where %u are the most", n,
                    kinds[n].limit);
        m.bytes--, m.depth++;
        message_bad(&m, way, "%s at depth %u, where %u is the most", n,
                    IPC_DEPTH_MAX);
    }
}

static void test_message_kinds_have_their_names(void **state)
{
    static const unsigned none[] = { 128, 129, 200, 0xffff };

    (void)state;
    for (unsigned n = 0; n < 128; n++) {
        const char *name = ipc_kind_name(n);

        assert_int_equal(!name, !kinds[n].name);
        if (name)
            assert_string_equal(name, kinds[n].name);
        assert_int_equal(ipc_kind_answered(n), kinds[n].answered);
    }
    for (unsigned n = 0; n < 4; n++) {
        assert_null(ipc_kind_name(none[n]));
        assert_false(ipc_kind_answered(none[n]));
    }
}

#define SOCK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* An answer, not SIGPIPE; before any test that could wait for room. */
static void test_descriptor_to_a_closed_socket_is_an_error(void **state)
{
    struct ipc_hello hello = { .magic = IPC_MAGIC, .bytes = sizeof(hello) };
    struct ob_err err = { 0 };
    int socks[2];

    (void)state;
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
    close(socks[1]);
    assert_int_equal(ipc_fd_send(socks[0], 0), -EPIPE);
    assert_int_equal(ipc_hello_send(socks[0], &hello, NULL, 0, &err), -EPIPE);
    assert_int_equal(err.code, -EPIPE);
    assert_string_equal(err.text,
                        "the other side closed the connection during "
                        "the handshake (Broken pipe)");
    close(socks[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_descriptor_to_a_closed_socket_is_an_error),
        UNIT_TEST(test_hello_damaged_in_one_field_is_refused),
        UNIT_TEST(test_hello_text_without_end_is_refused),
        UNIT_TEST(test_slots_within_the_limits_fit),
        SOCK_TEST(test_hello_descriptors_up_to_the_number_wanted_come),
        SOCK_TEST(test_hello_descriptors_cut_off_are_refused),
        SOCK_TEST(test_hello_other_control_messages_are_passed_over),
        SOCK_TEST(test_hello_refused_gives_its_descriptors_back),
        SOCK_TEST(test_hello_of_a_byte_is_refused),
        SOCK_TEST(test_hello_that_does_not_come_times_out),
        SOCK_TEST(test_hello_without_another_side_is_refused),
        SOCK_TEST(test_hello_after_a_signal_is_taken),
        SOCK_TEST(test_fd_crosses_alone),
        SOCK_TEST(test_fd_packets_of_none_or_two_are_refused),
        SOCK_TEST(test_fd_that_finds_no_room_or_nobody_is_told),
        UNIT_TEST(test_message_of_each_kind_is_bounded),
        UNIT_TEST(test_message_kinds_have_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
