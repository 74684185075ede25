/* SPDX-License-Identifier: MIT */
/* Messages and rings, with peers that keep to the rules and that do not. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/conn.h"

#include "given_back.h"

struct pair {
    struct ipc_conn qemu, host;
};

static void pair_open(struct pair *p, uint64_t limit_ns)
{
    int memory, socks[2];

    assert_int_equal(ipc_memory_new(IPC_SLOTS_MIN, &memory, NULL), 0);
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
    assert_int_equal(ipc_conn_open(&p->qemu, memory, IPC_SLOTS_MIN, socks[0],
                                   IPC_TO_QEMU, NULL),
                     0);
    assert_int_equal(ipc_conn_open(&p->host, memory, IPC_SLOTS_MIN, socks[1],
                                   IPC_TO_RUNNER, NULL),
                     0);
    close(memory);
    p->qemu.wait.limit_ns = p->host.wait.limit_ns = limit_ns;
}

static void pair_close(struct pair *p)
{
    ipc_conn_close(&p->qemu);
    ipc_conn_close(&p->host);
}

static void test_message_crosses_whole(void **state)
{
    struct ipc_msg in, out = {
        .kind = IPC_READ, .dev = 7, .a = 1, .b = 4, .x = 0x40, .y = 5,
        .now_ns = 99,
    };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    assert_int_equal(ipc_conn_put(&p.qemu, &out, NULL, NULL), 0);
    assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
    assert_null(payload);
    assert_memory_equal(&in, &out, sizeof(in));
    pair_close(&p);
}

/* Payloads of all sizes, through many turns of the ring. */
static void test_payloads_wrap(void **state)
{
    static uint8_t bytes[IPC_PAYLOAD_MAX];
    struct ipc_msg in, out = { .kind = IPC_STORE };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    for (uint32_t n = 0; n < IPC_PAYLOAD_MAX; n += 97) {
        memset(bytes, (int)n, sizeof(bytes));
        out.bytes = n;
        assert_int_equal(ipc_conn_put(&p.qemu, &out, bytes, NULL), 0);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.bytes, n);
        if (n)
            assert_memory_equal(payload, bytes, n);
        free(payload);
    }
    pair_close(&p);
}

/* Nor payload of the turn before, when messages without any reach it. */
static void test_old_payload_is_no_message(void **state)
{
    struct ipc_msg in, forged[100], out = { .kind = IPC_STORE };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    for (unsigned n = 0; n < 100; n++)
        forged[n] = (struct ipc_msg){
            .magic = IPC_MAGIC, .kind = IPC_RESET,
            .seq = 2 + n + IPC_SLOTS_MIN,
        };
    out.bytes = sizeof(forged);
    assert_int_equal(ipc_conn_put(&p.qemu, &out, forged, NULL), 0);
    assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
    free(payload);
    out = (struct ipc_msg){ .kind = IPC_READ };
    for (unsigned n = 0; n < 3 * IPC_SLOTS_MIN; n++) {
        assert_int_equal(ipc_conn_put(&p.qemu, &out, NULL, NULL), 0);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.kind, IPC_READ);
        assert_false(ipc_ring_ready(&p.host.in));
    }
    pair_close(&p);
}

/* Payload that looks like the next message is not taken for one. */
static void test_payload_is_no_message(void **state)
{
    struct ipc_msg in, forged[200], out = { .kind = IPC_STORE };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    out.bytes = sizeof(forged);
    for (int turn = 0; turn < 50; turn++) {
        for (unsigned n = 0; n < 200; n++)
            forged[n] = (struct ipc_msg){
                .magic = IPC_MAGIC, .kind = IPC_RESET,
                .seq = p.qemu.out.at + 1 + IPC_SLOTS_MIN + 1 + n,
            };
        assert_int_equal(ipc_conn_put(&p.qemu, &out, forged, NULL), 0);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.kind, IPC_STORE);
        free(payload);
        assert_false(ipc_ring_ready(&p.host.in));
    }
    pair_close(&p);
}

static void post(struct ipc_conn *c, uint32_t dev, uint64_t x)
{
    struct ipc_msg out = {
        .kind = IPC_POST, .dev = dev, .b = 4, .x = x, .y = x + 100,
    };

    assert_int_equal(ipc_conn_post(c, &out, NULL), 0);
}

/* The next message is a POST with `count` writes, from x on. */
static void posts_taken(struct ipc_conn *c, uint64_t x, uint32_t count)
{
    struct ipc_msg in;
    uint32_t offset;
    uint64_t value;
    void *payload;

    assert_int_equal(ipc_conn_take(c, &in, &payload, NULL), 0);
    assert_null(payload);
    assert_int_equal(in.kind, IPC_POST);
    assert_int_equal(in.x, x);
    assert_int_equal(in.y, x + 100);
    assert_int_equal(in.bytes, (count - 1) * IPC_MORE);
    for (uint32_t n = 1; n < count; n++) {
        memcpy(&offset, c->more + (n - 1) * IPC_MORE, sizeof(offset));
        memcpy(&value, c->more + (n - 1) * IPC_MORE + 4, sizeof(value));
        assert_int_equal(offset, x + n);
        assert_int_equal(value, x + n + 100);
    }
}

/* Each field by which a write goes to another place, or in another way. */
static void test_posts_that_differ_in_one_field_go_apart(void **state)
{
    const struct ipc_msg first = {
        .kind = IPC_POST, .dev = 1, .a = 2, .b = 4, .depth = 3, .x = 8,
        .y = UINT64_C(0x1122334455667788),
    };
    struct ipc_msg rows[6], in;
    struct pair p;
    void *payload;

    (void)state;
    for (int n = 0; n < 6; n++)
        rows[n] = first;
    rows[0].dev++, rows[1].a++, rows[2].b = 8, rows[3].depth++;
    rows[4].x = UINT64_C(0x100000000), rows[5].x = UINT32_MAX;
    pair_open(&p, 0);
    for (int n = 0; n < 6; n++) {
        assert_int_equal(ipc_conn_post(&p.qemu, &first, NULL), 0);
        assert_int_equal(ipc_conn_post(&p.qemu, &rows[n], NULL), 0);
        assert_int_equal(ipc_conn_put(&p.qemu,
            &(struct ipc_msg){ .kind = IPC_RESET }, NULL, NULL), 0);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.bytes, n == 5 ? IPC_MORE : 0);
        assert_true(in.x == first.x && in.y == first.y);
        if (n < 5)
            assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        else
            assert_memory_equal(p.host.more,
                                "\xff\xff\xff\xff\x88\x77\x66"
                                "\x55\x44\x33\x22\x11",
                                IPC_MORE);
        if (n < 5)
            assert_true(in.x == rows[n].x && in.y == rows[n].y);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.kind, IPC_RESET);
    }
    pair_close(&p);
}

/* The connections' own memory, and how it is described. */
static void test_memory_is_sealed_and_of_its_size(void **state)
{
    struct ob_err err = { 0 };
    struct ipc_conn c;
    int fd, socks[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    assert_int_equal(ipc_memory_new(IPC_SLOTS_MIN, &fd, NULL), 0);
    assert_int_equal(fcntl(fd, F_GET_SEALS),
                     F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(lseek(fd, 0, SEEK_END), ipc_memory_bytes(IPC_SLOTS_MIN));
    assert_int_equal(
        ipc_conn_open(&c, fd, IPC_SLOTS_MIN, socks[0], IPC_TO_RUNNER, NULL),
        0);
    assert_int_equal(c.memory_bytes, ipc_memory_bytes(IPC_SLOTS_MIN));
    assert_true(c.wait.limit_ns == IPC_LIMIT_NS);
    assert_int_equal(c.wait.spin_ns, c.wait.spin_max_ns);
    assert_ptr_equal(c.in.head, c.memory);
    assert_true(c.out.head > c.in.head);
    ipc_conn_close(&c);
    assert_null(c.memory);
    assert_int_equal(c.sock, -1);
    ipc_conn_close(&c);
    close(fd);
    close(socks[1]);
    fd = memfd_create("short", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, (off_t)ipc_memory_bytes(IPC_SLOTS_MIN) - 1),
                     0);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_int_equal(
        ipc_conn_open(&c, fd, IPC_SLOTS_MIN, -1, IPC_TO_RUNNER, &err),
        -EPROTO);
    assert_string_equal(err.text, "shared memory: is too short");
    close(fd);
}

/* No descriptor left: refused, and nothing stays open. */
static void test_memory_without_descriptors_is_refused(void **state)
{
    struct rlimit was, none;
    struct ob_err err = { 0 };
    int fd = -7, ret;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    ret = ipc_memory_new(IPC_SLOTS_MIN, &fd, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(ret, -EMFILE);
    assert_int_equal(err.code, -EMFILE);
    assert_int_equal(fd, -7);
    assert_string_equal(err.text, "shared memory: cannot be made (Too many "
                                  "open files)");
}

/* Packets by which the other side is told; no more than 64 at once. */
static void test_rung_counts_packets_up_to_its_limit(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p, 0);
    assert_int_equal(ipc_conn_rung(&p.qemu), 0);
    for (int n = 0; n < 70; n++)
        ipc_conn_ring_up(&p.host);
    assert_int_equal(ipc_conn_rung(&p.qemu), 64);
    assert_int_equal(ipc_conn_rung(&p.qemu), 6);
    assert_int_equal(ipc_conn_rung(&p.qemu), 0);
    assert_false(ipc_conn_peer_gone(&p.qemu));
    for (int n = 0; n < 100000; n++)    /* it does not wait for room */
        ipc_conn_ring_up(&p.host);
    assert_false(ipc_conn_peer_gone(&p.qemu));
    shutdown(p.host.sock, SHUT_WR);
    assert_true(ipc_conn_peer_gone(&p.qemu));
    pair_close(&p);
}

/* Only ipc_conn_add() leaves a reader asleep. */
static void test_put_wakes_the_reader_and_add_does_not(void **state)
{
    struct ipc_msg m = { .kind = IPC_READ };
    struct pair p;

    (void)state;
    pair_open(&p, 0);
    p.qemu.out.head->asleep = 1;
    assert_int_equal(ipc_conn_add(&p.qemu, &m, NULL, NULL), 0);
    assert_int_equal(p.qemu.out.head->asleep, 1);
    assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
    assert_int_equal(p.qemu.out.head->asleep, 0);
    pair_close(&p);
}

/* A writer that waits for room is told of it, and woken, at once. */
static void test_take_tells_a_writer_that_waits(void **state)
{
    struct ipc_msg in, m = { .kind = IPC_READ };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    for (int n = 0; n < 3; n++)
        assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
    assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
    assert_int_equal(p.qemu.out.head->tail, 0);
    p.qemu.out.head->full = 1;
    assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
    assert_int_equal(p.qemu.out.head->tail, 2);
    assert_int_equal(p.qemu.out.head->full, 0);
    pair_close(&p);
}

/* The time to spin is halved after a failure, and whole after a success. */
static void test_spinning_adapts_between_its_bounds(void **state)
{
    struct ipc_msg in, m = { .kind = IPC_READ };
    uint32_t want = 40000;
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 1);
    p.qemu.wait.spin_ns = p.qemu.wait.spin_max_ns = want;
    for (int n = 1; n < 9; n++) {
        assert_int_equal(ipc_conn_take(&p.qemu, &in, &payload, NULL),
                         -ETIMEDOUT);
        want = want / 2 > 1000 ? want / 2 : 1000;
        assert_int_equal(p.qemu.wait.spin_ns, want);
        assert_int_equal(p.qemu.wait.waits, n);
        assert_int_equal(p.qemu.in.head->asleep, 0);
    }
    assert_true(p.qemu.wait.slept_ns >= 8 * UINT64_C(15000000));
    p.host.wait.limit_ns = 0;
    assert_int_equal(ipc_conn_put(&p.host, &(struct ipc_msg){
        .kind = IPC_ANSWER }, NULL, NULL), 0);
    assert_int_equal(ipc_conn_take(&p.qemu, &in, &payload, NULL), 0);
    assert_int_equal(p.qemu.wait.spin_ns, 1000);     /* it was there at once */
    p.host.wait.spin_ns = p.host.wait.spin_max_ns = 0;
    assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
    pair_close(&p);
}

/* Kept back until there are too many for one message. */
static void test_posts_go_together(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p, 0);
    for (uint32_t n = 0; n < IPC_POSTS; n++)
        post(&p.qemu, 1, n);
    assert_false(ipc_ring_ready(&p.host.in));
    post(&p.qemu, 1, IPC_POSTS);
    posts_taken(&p.host, 0, IPC_POSTS);
    assert_false(ipc_ring_ready(&p.host.in));
    pair_close(&p);
}

/* What does not fit into the short form goes in a message of its own. */
static void test_posts_to_other_places_go_apart(void **state)
{
    const uint64_t past_end = UINT64_C(0x100000000);
    struct pair p;

    (void)state;
    pair_open(&p, 0);
    post(&p.qemu, 1, 0);
    post(&p.qemu, 1, 1);
    post(&p.qemu, 2, 2);
    post(&p.qemu, 2, past_end);
    post(&p.qemu, 1, 7);
    posts_taken(&p.host, 0, 2);
    posts_taken(&p.host, 2, 1);
    posts_taken(&p.host, past_end, 1);
    assert_false(ipc_ring_ready(&p.host.in));
    pair_close(&p);
}

static void test_posts_come_before_the_next_request(void **state)
{
    struct ipc_msg in, out = { .kind = IPC_READ };
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    for (uint32_t turn = 0; turn < 3000; turn++) {
        for (uint32_t n = 0; n < turn % 7; n++)
            post(&p.qemu, 1, turn + n);
        assert_int_equal(ipc_conn_put(&p.qemu, &out, NULL, NULL), 0);
        if (turn % 7)
            posts_taken(&p.host, turn, turn % 7);
        assert_int_equal(ipc_conn_take(&p.host, &in, &payload, NULL), 0);
        assert_int_equal(in.kind, IPC_READ);
    }
    pair_close(&p);
}

/* How many posts, each to another device, wake a reader that sleeps. */
static uint32_t posts_until_woken(struct ipc_conn *c)
{
    uint32_t n = 0;

    c->out.head->asleep = 1;
    for (; c->out.head->asleep && n < 1000; n++)
        post(c, n % 2, n);
    return n;
}

/*
 * A reader that sleeps is not woken for each, but it is for every 64; the last
 * one is kept back. A request wakes it as well, and counting starts again.
 */
static void test_posts_wake_the_reader_now_and_then(void **state)
{
    struct ipc_msg m = { .kind = IPC_READ };
    struct pair p;

    (void)state;
    pair_open(&p, 0);
    assert_int_equal(posts_until_woken(&p.qemu), 65);
    for (uint32_t n = 0; n < 30; n++)
        post(&p.qemu, 2 + n % 2, n);
    assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
    assert_int_equal(posts_until_woken(&p.qemu), 65);
    assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
    assert_int_equal(posts_until_woken(&p.qemu), 65);
    pair_close(&p);
}

/* Those that find no room wake the reader, and wait for it. */
static void test_posts_without_room_wake_the_reader(void **state)
{
    struct ipc_msg out = { .kind = IPC_POST };
    struct ob_err err = { 0 };
    struct pair p;

    (void)state;
    pair_open(&p, 1000000);
    while (!ipc_ring_put(&p.qemu.out, &out, NULL))
        ;
    p.qemu.out.head->asleep = 1;
    post(&p.qemu, 1, 1);
    assert_int_equal(p.qemu.out.head->asleep, 1);
    assert_int_equal(ipc_conn_post(&p.qemu, &out, &err), -ETIMEDOUT);
    assert_int_equal(p.qemu.out.head->asleep, 0);
    pair_close(&p);
}

static void test_full_ring_says_again(void **state)
{
    struct ipc_msg out = { .kind = IPC_POST };
    struct pair p;
    int n = 0, ret;

    (void)state;
    pair_open(&p, 0);
    while (!(ret = ipc_ring_put(&p.qemu.out, &out, NULL)))
        n++;
    assert_int_equal(ret, -EAGAIN);
    assert_int_equal(n, IPC_SLOTS_MIN - 1);
    pair_close(&p);
}

static void test_impossible_tail_is_refused(void **state)
{
    struct ipc_msg out = { .kind = IPC_POST };
    struct ob_err err = { 0 };
    struct pair p;

    (void)state;
    pair_open(&p, 1000000);
    while (!ipc_ring_put(&p.qemu.out, &out, NULL))
        ;
    p.qemu.out.head->tail = UINT64_MAX;
    assert_int_equal(ipc_conn_put(&p.qemu, &out, NULL, &err), -EPROTO);
    assert_string_equal(err.text, "the process at the other end wrote an "
                                  "impossible position");
    pair_close(&p);
}

static void refused(struct ipc_msg bad, const char *text)
{
    struct ob_err err = { 0 };

    assert_int_equal(ipc_msg_check(&bad, IPC_TO_QEMU, &err), -EPROTO);
    assert_string_equal(err.text, text);
}

static void test_bad_messages_are_refused(void **state)
{
    struct ipc_msg m = { .magic = IPC_MAGIC, .kind = IPC_ANSWER };
    struct ipc_msg bad;

    (void)state;
    assert_int_equal(ipc_msg_check(&m, IPC_TO_QEMU, NULL), 0);
    bad = m, bad.magic = 1;
    refused(bad, "a message starts with 0x00000001, not with 0x3157424f");
    bad = m, bad.kind = 200;
    refused(bad, "a message of kind 200, which does not go this way");
    bad = m, bad.kind = IPC_READ;
    refused(bad, "a message of kind 7, which does not go this way");
    bad = m, bad.bytes = IPC_PAYLOAD_MAX + 1;
    refused(bad, "ANSWER with 32769 bytes, where 32768 are the most");
    bad = m, bad.kind = IPC_IRQ, bad.bytes = 1;
    refused(bad, "IRQ with 1 bytes, where 0 are the most");
    bad = m, bad.depth = 65;
    refused(bad, "ANSWER at depth 65, where 64 is the most");
}

static void test_silence_times_out(void **state)
{
    struct ob_err err = { 0 };
    struct ipc_msg in;
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 20000000);
    assert_int_equal(ipc_conn_take(&p.qemu, &in, &payload, &err), -ETIMEDOUT);
    assert_string_equal(err.text, "the process at the other end does nothing "
                                  "for 0.02 s");
    pair_close(&p);
}

static void test_closed_socket_is_noticed(void **state)
{
    struct ob_err err = { 0 };
    struct ipc_msg in;
    struct pair p;
    void *payload;

    (void)state;
    pair_open(&p, 0);
    ipc_conn_close(&p.host);
    assert_int_equal(ipc_conn_take(&p.qemu, &in, &payload, &err), -EPIPE);
    assert_string_equal(err.text, "the process at the other end is gone");
    pair_close(&p);
}

static void *echo(void *opaque)
{
    struct ipc_conn *c = opaque;
    struct ipc_msg m;
    void *payload;

    while (!ipc_conn_take(c, &m, &payload, NULL)) {
        free(payload);
        m.kind = IPC_ANSWER;
        m.bytes = 0;
        m.y = ~m.x;
        if (ipc_conn_put(c, &m, NULL, NULL))
            break;
    }
    return NULL;
}

static void test_two_threads_take_turns(void **state)
{
    pthread_t thread;
    struct pair p;

    (void)state;
    pair_open(&p, IPC_LIMIT_NS);
    assert_int_equal(pthread_create(&thread, NULL, echo, &p.host), 0);
    for (uint64_t n = 0; n < 20000; n++) {
        struct ipc_msg m = { .kind = IPC_READ, .x = n };
        void *payload;

        assert_int_equal(ipc_conn_put(&p.qemu, &m, NULL, NULL), 0);
        assert_int_equal(ipc_conn_take(&p.qemu, &m, &payload, NULL), 0);
        assert_int_equal(m.y, ~n);
    }
    shutdown(p.qemu.sock, SHUT_RDWR);
    pthread_join(thread, NULL);
    pair_close(&p);
}

static void test_memory_that_may_shrink_is_refused(void **state)
{
    int fd = memfd_create("open", MFD_CLOEXEC);
    struct ob_err err = { 0 };
    struct ipc_conn c;

    (void)state;
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    assert_int_equal(
        ipc_conn_open(&c, fd, IPC_SLOTS_MIN, -1, IPC_TO_RUNNER, &err),
        -EPROTO);
    assert_string_equal(err.text, "shared memory: may be cut off; seal it");
    err.code = 0;
    assert_int_equal(
        ipc_conn_open(&c, fd, IPC_SLOTS_MAX, -1, IPC_TO_RUNNER, &err),
        -EPROTO);
    assert_string_equal(err.text, "shared memory: is too short");
    close(fd);
}

static void test_hello_brings_descriptors(void **state)
{
    struct ipc_hello in, out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .bytes = sizeof(out),
        .slots = IPC_SLOTS, .name = "acme",
    };
    int socks[2], fds[2], sent[3] = { 0, 1, 2 };
    struct ob_err err = { 0 };
    unsigned n;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    assert_int_equal(ipc_hello_send(socks[0], &out, sent, 2, NULL), 0);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, fds, 2, &n, 1000000000, NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(in.name, "acme");
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(ipc_hello_send(socks[0], &out, sent, 3, NULL), 0);
    assert_int_equal(
        ipc_hello_take(socks[1], &in, fds, 2, &n, 1000000000, &err), -EPROTO);
    assert_string_equal(err.text, "a greeting has more than 2 descriptors");
    close(socks[0]);
    close(socks[1]);
}

/* A process that could not start has not read what it was sent. */
static void test_last_words_are_heard(void **state)
{
    struct ipc_hello in, out = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .bytes = sizeof(out),
        .slots = IPC_SLOTS, .text = "cannot be started",
    };
    int socks[2];
    unsigned n;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    assert_int_equal(ipc_hello_send(socks[0], &out, NULL, 0, NULL), 0);
    assert_int_equal(ipc_hello_send(socks[1], &out, NULL, 0, NULL), 0);
    close(socks[1]);
    assert_int_equal(
        ipc_hello_take(socks[0], &in, NULL, 0, &n, 1000000000, NULL), 0);
    assert_string_equal(in.text, "cannot be started");
    assert_int_equal(
        ipc_hello_take(socks[0], &in, NULL, 0, &n, 1000000000, NULL), -EPIPE);
    close(socks[0]);
}

static void test_bad_hello_is_refused(void **state)
{
    struct ipc_hello h = {
        .magic = IPC_MAGIC, .major = 9, .minor = 1, .bytes = sizeof(h),
        .slots = IPC_SLOTS,
    };
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(ipc_hello_check(&h, sizeof(h), &err), -EPROTO);
    assert_string_equal(err.text,
                        "the other side speaks version 9.1 of the protocol, "
                        "and this one 1.0; use both of one Outboard");
    err.code = 0;
    h.major = IPC_MAJOR;
    h.slots = 1000;
    assert_int_equal(ipc_hello_check(&h, sizeof(h), &err), -EPROTO);
    assert_string_equal(err.text, "rings of 1000 slots; a power of two from "
                                  "1024 to 65536 is needed");
    err.code = 0;
    assert_int_equal(ipc_hello_check(&h, 12, &err), -EPROTO);
    assert_string_equal(err.text,
                        "the other side sent 12 bytes that are not a "
                        "greeting");
    err.code = 0;
    h.slots = IPC_SLOTS;
    memset(h.text, 'x', sizeof(h.text));
    assert_int_equal(ipc_hello_check(&h, sizeof(h), &err), -EPROTO);
    assert_string_equal(err.text, "a text in the greeting has no end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_message_crosses_whole),
        UNIT_TEST(test_payloads_wrap),
        UNIT_TEST(test_payload_is_no_message),
        UNIT_TEST(test_old_payload_is_no_message),
        UNIT_TEST(test_memory_is_sealed_and_of_its_size),
        UNIT_TEST(test_memory_without_descriptors_is_refused),
        UNIT_TEST(test_rung_counts_packets_up_to_its_limit),
        UNIT_TEST(test_put_wakes_the_reader_and_add_does_not),
        UNIT_TEST(test_take_tells_a_writer_that_waits),
        UNIT_TEST(test_spinning_adapts_between_its_bounds),
        UNIT_TEST(test_posts_that_differ_in_one_field_go_apart),
        UNIT_TEST(test_posts_go_together),
        UNIT_TEST(test_posts_to_other_places_go_apart),
        UNIT_TEST(test_posts_wake_the_reader_now_and_then),
        UNIT_TEST(test_posts_come_before_the_next_request),
        UNIT_TEST(test_posts_without_room_wake_the_reader),
        UNIT_TEST(test_full_ring_says_again),
        UNIT_TEST(test_impossible_tail_is_refused),
        UNIT_TEST(test_bad_messages_are_refused),
        UNIT_TEST(test_silence_times_out),
        UNIT_TEST(test_closed_socket_is_noticed),
        UNIT_TEST(test_two_threads_take_turns),
        UNIT_TEST(test_memory_that_may_shrink_is_refused),
        UNIT_TEST(test_hello_brings_descriptors),
        UNIT_TEST(test_last_words_are_heard),
        UNIT_TEST(test_bad_hello_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
