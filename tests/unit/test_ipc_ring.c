/* SPDX-License-Identifier: MIT */
/* The rings: where each byte lies, and how much there is room for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipc/ring.h"

#include "given_back.h"

enum { SLOTS = IPC_SLOTS_MIN, TELL_EVERY = 64 };

/* One ring, seen from both its ends. */
static struct ipc_ring out, in;
static uint8_t *memory;

static int set_up(void **state)
{
    memory = aligned_alloc(64, ipc_memory_bytes(SLOTS));
    memset(memory, 0, ipc_memory_bytes(SLOTS));
    ipc_ring_init(&out, memory, SLOTS, 1);
    ipc_ring_init(&in, memory, SLOTS, 1);
    return given_back_start(state);
}

static int tear_down(void **state)
{
    free(memory);
    return given_back_check(state);
}

/* Bytes of which no two places look alike, nor two messages. */
static uint8_t pattern(uint32_t n, uint32_t salt)
{
    return (uint8_t)((n * 2654435761u + salt * 40503u) >> 13);
}

static int put(uint32_t bytes, uint32_t salt)
{
    static uint8_t payload[IPC_PAYLOAD_MAX];
    struct ipc_msg m = { .kind = IPC_DONE, .bytes = bytes, .x = salt };

    for (uint32_t n = 0; n < bytes; n++)
        payload[n] = pattern(n, salt);
    return ipc_ring_put(&out, &m, payload);
}

static void take(uint32_t bytes, uint32_t salt)
{
    uint8_t *payload = malloc(bytes + 1);
    struct ipc_msg m;

    assert_true(ipc_ring_ready(&in));
    assert_int_equal(ipc_ring_peek(&in, IPC_TO_RUNNER, &m, NULL), 0);
    assert_int_equal(m.bytes, bytes);
    assert_int_equal(m.x, salt);
    assert_int_equal(m.magic, IPC_MAGIC);
    ipc_ring_payload(&in, &m, payload);
    for (uint32_t n = 0; n < bytes; n++)
        if (payload[n] != pattern(n, salt))
            fail_msg("byte %u of %u", n, bytes);
    ipc_ring_drop(&in, &m);
    free(payload);
}

static void test_ring_lies_behind_its_head(void **state)
{
    struct ipc_ring zero;

    (void)state;
    ipc_ring_init(&zero, memory, SLOTS, 0);
    assert_ptr_equal(zero.head, memory);
    assert_ptr_equal(zero.slots, memory + 4096);
    assert_ptr_equal(out.head, memory + 4096 + SLOTS * 64);
    assert_ptr_equal(out.slots, memory + 2 * 4096 + SLOTS * 64);
    assert_int_equal(out.count, SLOTS);
    assert_int_equal(out.at, 0);
    assert_int_equal(out.tail, 0);
}

/* Every byte where the protocol has it, and a cleared `seq` behind. */
static void test_message_lies_in_its_slots(void **state)
{
    struct ipc_msg m;

    (void)state;
    memset(memory, 0xee, ipc_memory_bytes(SLOTS));
    out.head->tail = 0;
    assert_int_equal(put(65, 9), 0);
    memcpy(&m, out.slots, sizeof(m));
    assert_int_equal(m.magic, IPC_MAGIC);
    assert_int_equal(m.seq, 1);
    assert_int_equal(m.bytes, 65);
    for (uint32_t n = 0; n < 65; n++)
        assert_int_equal(out.slots[64 + n], pattern(n, 9));
    assert_int_equal(out.slots[64 + 65], 0xee);
    memcpy(&m, out.slots + 3 * 64, sizeof(m));
    assert_true(m.seq == 0);
    assert_int_equal(m.magic, 0xeeeeeeee);
    assert_int_equal(out.at, 3);
}

static void test_payload_takes_as_many_slots_as_it_needs(void **state)
{
    static const struct {
        uint32_t bytes, slots;
    } rows[] = {
        { 0, 1 },   { 1, 2 },   { 63, 2 },
        { 64, 2 },  { 65, 3 },  { 127, 3 },
        { 128, 3 }, { 129, 4 }, { IPC_PAYLOAD_MAX, 513 },
    };

    (void)state;
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        uint64_t before = out.at;

        assert_int_equal(put(rows[n].bytes, (uint32_t)n), 0);
        assert_int_equal(out.at - before, rows[n].slots);
        take(rows[n].bytes, (uint32_t)n);
        assert_int_equal(in.at, out.at);
        ipc_ring_tell(&in);
    }
}

/* Sizes around every slot's end, at every place of the ring. */
static void test_payload_crosses_whole_wherever_it_lies(void **state)
{
    (void)state;
    for (uint32_t salt = 0; salt < 20000; salt++) {
        uint32_t bytes = salt * 7 % 11 * 64 + salt % 3;

        bytes = bytes ? bytes - 1 : IPC_PAYLOAD_MAX - salt % 130;
        assert_int_equal(put(bytes, salt), 0);
        assert_int_equal(put(0, salt + 1), 0);
        take(bytes, salt);
        take(0, salt + 1);
        assert_false(ipc_ring_ready(&in));
        ipc_ring_tell(&in);
    }
}

/* One slot stays free: its `seq` has to be cleared. */
static void test_ring_takes_what_there_is_room_for(void **state)
{
    (void)state;
    for (uint32_t used = 0; used < 10; used++) {
        for (uint32_t n = 0; n < used; n++)
            assert_int_equal(put(0, n), 0);
        assert_int_equal(put(IPC_PAYLOAD_MAX - 64, 7), 0);
        assert_int_equal(put((SLOTS - 512 - used - 1) * 64, 7), -EAGAIN);
        assert_int_equal(put((SLOTS - 512 - used - 2) * 64, 8), 0);
        assert_int_equal(put(0, 9), -EAGAIN);
        for (uint32_t n = 0; n < used; n++)
            take(0, n);
        take(IPC_PAYLOAD_MAX - 64, 7);
        take((SLOTS - 512 - used - 2) * 64, 8);
        ipc_ring_tell(&in);
    }
}

static void test_room_is_what_the_reader_has_told(void **state)
{
    (void)state;
    while (put(0, 1) == 0)
        ;
    assert_int_equal(out.at, SLOTS - 1);
    for (uint32_t n = 1; n < TELL_EVERY; n++) {
        take(0, 1);
        assert_int_equal(in.head->tail, 0);
    }
    assert_int_equal(put(0, 1), -EAGAIN);
    take(0, 1);
    assert_int_equal(in.head->tail, TELL_EVERY);
    for (uint32_t n = 0; n < TELL_EVERY; n++)
        assert_int_equal(put(0, 1), 0);
    assert_int_equal(put(0, 1), -EAGAIN);
    take(0, 1);
    ipc_ring_tell(&in);
    assert_int_equal(in.head->tail, TELL_EVERY + 1);
    assert_int_equal(put(0, 1), 0);
    assert_int_equal(put(0, 1), -EAGAIN);
}

/* Tails between the last one and what was written are possible, no others. */
static void test_tail_that_cannot_be_is_refused(void **state)
{
    (void)state;
    while (put(0, 1) == 0)
        ;
    out.tail = out.head->tail = 5;
    while (put(0, 1) == 0)
        ;
    assert_int_equal(put(0, 1), -EAGAIN);
    out.head->tail = 4;
    assert_int_equal(put(0, 1), -EPROTO);
    out.head->tail = out.at + 1;
    assert_int_equal(put(0, 1), -EPROTO);
    assert_int_equal(out.tail, 5);
    out.head->tail = out.at;
    assert_int_equal(put(0, 1), 0);
    assert_int_equal(out.tail, out.at - 1);
}

static void test_message_that_was_written_badly_is_refused(void **state)
{
    struct ob_err err = { 0 };
    struct ipc_msg m;

    (void)state;
    assert_int_equal(put(0, 1), 0);
    assert_int_equal(ipc_ring_peek(&in, IPC_TO_QEMU, &m, &err), -EPROTO);
    assert_string_equal(err.text, "a message of kind 18, which does not go "
                                  "this way");
    assert_int_equal(in.at, 0);
}

#define RING_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_ring_lies_behind_its_head),
        RING_TEST(test_message_lies_in_its_slots),
        RING_TEST(test_payload_takes_as_many_slots_as_it_needs),
        RING_TEST(test_payload_crosses_whole_wherever_it_lies),
        RING_TEST(test_ring_takes_what_there_is_room_for),
        RING_TEST(test_room_is_what_the_reader_has_told),
        RING_TEST(test_tail_that_cannot_be_is_refused),
        RING_TEST(test_message_that_was_written_badly_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
