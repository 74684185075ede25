/* SPDX-License-Identifier: MIT */
/* Processes that greet well, and then say what no program of ours does. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "remote/remote.h"
#include "ipc/conn.h"
#include "ipc/pack.h"

#include "given_back.h"

struct peer {
    int sock;
    uint32_t types;
    uint64_t block_bytes;       /* what it says each description takes */
    uint32_t piece_bytes;       /* of what it sends of it at once */
    const GByteArray *block;    /* or an honest description */
};

static void answer(const struct peer *p, struct ipc_conn *c,
                   const struct ipc_msg *in)
{
    static const uint8_t zeros[IPC_PAYLOAD_MAX];
    struct ipc_msg out = { .kind = IPC_ANSWER, .depth = in->depth };

    if (in->kind == IPC_DESCRIBE)
        out.x = p->block ? p->block->len : p->block_bytes;
    if (in->kind == IPC_FETCH)
        out.bytes = p->block ? p->block->len : p->piece_bytes;
    ipc_conn_put(c, &out, p->block ? p->block->data : zeros, NULL);
}

static void *peer_run(void *opaque)
{
    struct peer *p = opaque;
    struct ipc_conn c = { .sock = -1 };
    struct ipc_hello hello;
    struct ipc_msg in;
    void *payload;
    unsigned n = 0;
    int fds[2];

    if (ipc_hello_take(p->sock, &hello, fds, 2, &n, 0, NULL) || n != 2 ||
        ipc_conn_open(&c, fds[0], hello.slots, p->sock, IPC_TO_RUNNER, NULL))
        abort();
    close(fds[0]);
    close(fds[1]);
    hello.types = p->types;
    hello.text[0] = 0;
    ipc_hello_send(p->sock, &hello, NULL, 0, NULL);
    while (ipc_conn_take(&c, &in, &payload, NULL) == 0) {
        free(payload);
        answer(p, &c, &in);
    }
    ipc_conn_close(&c);
    return NULL;
}

/* What such a peer is refused for. */
static void refused(struct peer p, const char *why)
{
    struct remote_setup setup = {
        .module = -1, .name = "x", .path = "x",
        .limit_ns = UINT64_C(30000000000),
    };
    struct ob_err err = { 0 };
    struct remote *r;
    pthread_t thread;
    int socks[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    p.sock = socks[1];
    setup.sock = socks[0];
    assert_int_equal(pthread_create(&thread, NULL, peer_run, &p), 0);
    assert_int_equal(remote_open(&setup, &r, &err), -EPROTO);
    assert_int_equal(err.code, -EPROTO);
    pthread_join(thread, NULL);
    assert_string_equal(err.text, why);
}

static void test_description_of_any_length_is_refused(void **state)
{
    (void)state;
    refused((struct peer){ .types = 1, .block_bytes = (8 << 20) + 1 },
            "x: in a process of its own: a block of 8388609 bytes, where "
            "8388608 are the most");
    refused((struct peer){ .types = 1, .block_bytes = UINT64_MAX },
            "x: in a process of its own: a block of 18446744073709551615 "
            "bytes, where 8388608 are the most");
}

static void test_description_of_zeros_is_refused(void **state)
{
    (void)state;
    refused((struct peer){ .types = 1, .block_bytes = 8 << 20,
                           .piece_bytes = IPC_PAYLOAD_MAX },
            "x: in a process of its own: a type's description is cut short or "
            "damaged");
}

static void test_description_of_nothing_is_refused(void **state)
{
    (void)state;
    refused((struct peer){ .types = 1 },
            "x: in a process of its own: a type's description is cut short or "
            "damaged");
}

static void test_pieces_of_the_wrong_length_are_refused(void **state)
{
    (void)state;
    refused((struct peer){ .types = 1, .block_bytes = 100 },
            "x: in a process of its own: 0 bytes of a block, where up to 100 "
            "are left");
    refused((struct peer){ .types = 1, .block_bytes = 100,
                           .piece_bytes = 101 },
            "x: in a process of its own: 101 bytes of a block, where up to "
            "100 are left");
}

static void test_more_types_than_there_can_be_are_refused(void **state)
{
    (void)state;
    refused((struct peer){ .types = 1025 },
            "x: in a process of its own: 1025 types, where 1024 are the most");
}

/* A process of no types that does `by_itself`; why it is given up, or NULL. */
static void unasked(void (*by_itself)(struct ipc_conn *c), const char *why)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS,
    };
    struct remote_setup setup = {
        .module = -1, .name = "x", .path = "x",
    };
    struct ipc_conn c = { .sock = -1 };
    struct remote *r;
    int socks[2], fds[2];
    unsigned n = 0;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
    setup.sock = socks[0];
    assert_int_equal(ipc_hello_send(socks[1], &hello, NULL, 0, NULL), 0);
    assert_int_equal(remote_open(&setup, &r, NULL), 0);
    assert_int_equal(ipc_hello_take(socks[1], &hello, fds, 2, &n, 0, NULL), 0);
    assert_int_equal(
        ipc_conn_open(&c, fds[0], hello.slots, socks[1], IPC_TO_RUNNER, NULL),
        0);
    by_itself(&c);
    remote_check(r);
    if (why)
        assert_string_equal(remote_gone(r), why);
    else
        assert_null(remote_gone(r));
    remote_free(r);
    ipc_conn_close(&c);
    close(fds[0]);
    close(fds[1]);
}

static void put_signal(struct ipc_conn *c)
{
    struct ipc_msg m = { .kind = IPC_SIGNAL, .dev = 7 };

    ipc_conn_put(c, &m, NULL, NULL);
    ipc_conn_ring_up(c);
}

static void put_request(struct ipc_conn *c)
{
    struct ipc_msg m = { .kind = IPC_MEM_READ, .b = 4 };

    ipc_conn_put(c, &m, NULL, NULL);
    ipc_conn_ring_up(c);
}

static void put_garbage(struct ipc_conn *c)
{
    struct ipc_msg m = { .kind = 4711 };

    ipc_conn_put(c, &m, NULL, NULL);
}

static void put_nothing(struct ipc_conn *c)
{
    (void)c;
}

static void ring_for_nothing(struct ipc_conn *c)
{
    ipc_conn_ring_up(c);
}

static void leave(struct ipc_conn *c)
{
    ipc_conn_close(c);
}

static void test_what_comes_by_itself_is_checked(void **state)
{
    (void)state;
    unasked(put_nothing, NULL);
    unasked(put_signal, "SIGNAL for device 7, which there is not");
    unasked(put_request, "MEM_READ while nothing is asked");
    unasked(put_garbage, "a message of kind 4711, which does not go "
                         "this way");
    unasked(ring_for_nothing, "the process at the other end wrote to its "
                              "socket");
    unasked(leave, "the process at the other end is gone");
}

/* --- pages that the guest is to read as memory ---------------------------- */

static struct device_pages pages[9];
static guint n_pages;

static void declared_refused(uint64_t bytes, uint32_t regions, const char *why)
{
    struct decl_region all[] = { { .name = "a", .bytes = bytes },
                                 { .name = "b", .bytes = bytes } };
    const struct device_decl type = {
        .name = "paged", .regions = { all, regions },
    };
    GByteArray *block = g_byte_array_new();

    for (uint32_t n = 0; n < regions; n++) {
        all[n].pages.at = pages;
        all[n].pages.count = n_pages;
    }
    ipc_pack_type(block, &type);
    refused((struct peer){ .types = 1, .block = block }, why);
    g_byte_array_free(block, TRUE);
}

static void pages_refused(struct device_pages a, struct device_pages b,
                          const char *why)
{
    pages[0] = a;
    pages[1] = b;
    n_pages = b.bytes ? 2 : 1;
    declared_refused(0x4000, 1, why);
}

static void test_pages_that_are_too_many_are_refused(void **state)
{
    (void)state;
    for (n_pages = 0; n_pages < 9; n_pages++)
        pages[n_pages] = (struct device_pages){ n_pages * 0x2000, 0x1000 };
    declared_refused(0x20000, 1,
                     "x: in a process of its own: type paged: region a: 9 "
                     "ranges of pages are read as memory, where 8 are the "
                     "most");
    n_pages = 1;
    pages[0] = (struct device_pages){ 0, 0x1000000 };
    declared_refused(0x1000000, 2,
                     "x: in a process of its own: type paged: 0x2000000 bytes "
                     "are read as memory, where 0x1000000 are the most");
}

static void test_pages_that_cannot_be_are_refused(void **state)
{
    struct device_pages none = { 0, 0 };

    (void)state;
    pages_refused((struct device_pages){ 0x10, 0x1000 }, none,
                  "x: in a process of its own: type paged: region a: 0x1000 "
                  "bytes at 0x10 cannot be read as memory");
    pages_refused((struct device_pages){ 0x3000, 0x2000 }, none,
                  "x: in a process of its own: type paged: region a: 0x2000 "
                  "bytes at 0x3000 cannot be read as memory");
    pages_refused((struct device_pages){ 0, 0 }, none,
                  "x: in a process of its own: type paged: region a: 0x0 "
                  "bytes at 0x0 cannot be read as memory");
    pages_refused((struct device_pages){ 0x1000, UINT64_MAX - 0xfff }, none,
                  "x: in a process of its own: type paged: region a: "
                  "0xfffffffffffff000 bytes at 0x1000 cannot be read as "
                  "memory");
    pages_refused((struct device_pages){ 0x1000, 0x2000 },
                  (struct device_pages){ 0x2000, 0x1000 },
                  "x: in a process of its own: type paged: region a: 0x1000 "
                  "bytes at 0x2000 cannot be read as memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_description_of_any_length_is_refused),
        UNIT_TEST(test_description_of_zeros_is_refused),
        UNIT_TEST(test_description_of_nothing_is_refused),
        UNIT_TEST(test_pieces_of_the_wrong_length_are_refused),
        UNIT_TEST(test_what_comes_by_itself_is_checked),
        UNIT_TEST(test_more_types_than_there_can_be_are_refused),
        UNIT_TEST(test_pages_that_cannot_be_are_refused),
        UNIT_TEST(test_pages_that_are_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
