/* SPDX-License-Identifier: MIT */
/*
 * Every message between a device and the process that has its model. The
 * process is a thread that writes down what it is told, and asks for what the
 * test says before it answers a read.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include <outboard/bench.h>

#include "device/core.h"
#include "remote/remote.h"
#include "ipc/conn.h"
#include "ipc/pack.h"

#include "declared.h"
#include "given_back.h"
#include "remote_types.h"

/* --- the type that is served ---------------------------------------------- */

static const char *const speeds[] = { "slow", "fast", NULL };
static const struct ob_prop props[] = {
    { .name = "depth", .type = OB_PROP_UINT, .bytes = 4, .def = 8 },
    { .name = "size", .offset = 8, .type = OB_PROP_SIZE, .def = 4096 },
    { .name = "on", .offset = 16, .type = OB_PROP_BOOL },
    { .name = "speed", .offset = 24, .type = OB_PROP_ENUM, .choices = speeds },
    { .name = "label", .offset = 32, .type = OB_PROP_STRING },
    { .name = "bus", .offset = 40, .type = OB_PROP_LINK },
    { .name = "other", .offset = 48, .type = OB_PROP_LINK },
};
static const struct ob_reg regs[] = {
    { OB_REG32_HOOKED("STORED", 0x40), .count = 2 },
};
static const struct ob_region regions[] = {
    { .name = "first", .bytes = 0x100, .access_max = 8 },
    { .name = "second", .bytes = 0x100, .access_max = 8,
      .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "rx" }, { .name = "tx" } };
static const struct ob_gpio inputs[] = {
    { .name = "pins", .count = 2 }, { .name = "more", .count = 3 },
};
static const struct ob_gpio outputs[] = {
    { .name = "leds", .count = 2 }, { .name = "dac", .count = 2 },
};
static const struct ob_clock clocks[] = {
    { .name = "pll", .direction = OB_CLOCK_OUT },
    { .name = "clk", .direction = OB_CLOCK_IN },
};
static void never(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    (void)dev;
}

static const struct ob_timer timers[] = {
    { .name = "t0", .expired = never }, { .name = "t1", .expired = never },
};
static const struct ob_chardev chardevs[] = {
    { .name = "c0" }, { .name = "c1" },
};
static const struct ob_device_type served = {
    .size = sizeof(served), .name = "full",
    .state_bytes = 56, .props = OB_ARRAY(props),
    .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
    .inputs = OB_ARRAY(inputs), .outputs = OB_ARRAY(outputs),
    .clocks = OB_ARRAY(clocks), .timers = OB_ARRAY(timers),
    .chardevs = OB_ARRAY(chardevs),
};

/* --- the process ---------------------------------------------------------- */

struct process {
    int sock;
    pthread_t thread;
    GString *log;               /* what it was told, a line each */
    GByteArray *described;
    const uint8_t *fetched;     /* what FETCH gives */
    uint64_t fetched_bytes;
    uint32_t piece;             /* the most of it at once; 0: all */
    const uint8_t *state;       /* what SAVE gives */
    uint64_t state_bytes;
    const struct ipc_msg *asks;    /* before a read is answered */
    unsigned n_asks;
    const void *payload;        /* of all of them */
    uint16_t refuses;           /* this kind, with a text */
    const char *refusal;
    uint64_t room;              /* for characters */
    bool quiet;                 /* nothing is written down */
    int32_t status;             /* of the answer to the greeting */
    uint32_t more_types;        /* than the one there is */
};

static void field(GString *log, const char *name, uint64_t value)
{
    if (value)
        g_string_append_printf(log, " %s%" PRIx64, name, value);
}

/* A line "KIND dev/depth" and all that is not 0, in hexadecimal. */
static void note(struct process *p, const struct ipc_conn *c,
                 const struct ipc_msg *m, const uint8_t *payload)
{
    if (p->quiet)
        return;
    g_string_append_printf(p->log, "%s %u/%u", ipc_kind_name(m->kind), m->dev,
                           m->depth);
    field(p->log, "a", m->a);
    field(p->log, "b", m->b);
    field(p->log, "c", m->c);
    field(p->log, "s", (uint32_t)m->status);
    field(p->log, "x", m->x);
    field(p->log, "y", m->y);
    field(p->log, "t", m->now_ns);
    field(p->log, "n", m->bytes);
    if (m->bytes && m->bytes < 200)
        g_string_append(p->log, " =");
    payload = m->kind == IPC_POST ? c->more : payload;
    for (uint32_t n = 0; n < m->bytes && m->bytes < 200; n++)
        g_string_append_printf(p->log, "%02x", payload[n]);
    g_string_append_c(p->log, '\n');
}

static int take(struct process *p, struct ipc_conn *c, struct ipc_msg *in)
{
    void *payload = NULL;
    int rc = ipc_conn_take(c, in, &payload, NULL);

    if (!rc)
        note(p, c, in, payload);
    free(payload);
    return rc;
}

static void ask_all(struct process *p, struct ipc_conn *c, uint16_t depth);

static void answer(struct process *p, struct ipc_conn *c,
                   const struct ipc_msg *in)
{
    struct ipc_msg out = { .kind = IPC_ANSWER, .depth = in->depth };
    const void *bytes = NULL;

    switch (in->kind) {
    case IPC_DESCRIBE:
        p->fetched = p->described->data;
        p->fetched_bytes = out.x = p->described->len;
        break;
    case IPC_SAVE:
        p->fetched = p->state;
        p->fetched_bytes = out.x = p->state_bytes;
        break;
    case IPC_FETCH:
        bytes = p->fetched + in->x;
        out.bytes = (uint32_t)MIN(p->fetched_bytes - in->x,
                                  p->piece ? p->piece : IPC_PAYLOAD_MAX);
        break;
    case IPC_READ:
        out.y = UINT64_C(0x8877665544332211) + in->a + in->x;
        ask_all(p, c, in->depth);
        break;
    case IPC_CHR_ROOM: out.y = p->room; break;
    case IPC_CHR_RECEIVE: p->room -= in->bytes; break;
    }
    if (in->kind == p->refuses) {
        out.status = -EINVAL;
        bytes = p->refusal;
        out.bytes = (uint32_t)strlen(p->refusal);
    }
    ipc_conn_put(c, &out, bytes, NULL);
}

/* What it asks for; what comes meanwhile is answered. */
static void ask_all(struct process *p, struct ipc_conn *c, uint16_t depth)
{
    const unsigned count = p->n_asks;
    struct ipc_msg in;

    p->n_asks = 0;
    for (unsigned n = 0; n < count; n++) {
        struct ipc_msg m = p->asks[n];

        m.depth = (uint16_t)(depth + 1 + m.depth);
        ipc_conn_put(c, &m, p->payload, NULL);
        if (!ipc_kind_answered(m.kind))
            continue;
        while (take(p, c, &in) == 0 && in.kind != IPC_DONE)
            if (ipc_kind_answered(in.kind))
                answer(p, c, &in);
    }
}

static void *process_run(void *opaque)
{
    struct process *p = opaque;
    struct ipc_conn c = { .sock = -1 };
    struct ipc_hello hello;
    struct ipc_msg in;
    unsigned n = 0;
    int fds[2];

    if (ipc_hello_take(p->sock, &hello, fds, 2, &n, 0, NULL) || n != 2 ||
        ipc_conn_open(&c, fds[0], hello.slots, p->sock, IPC_TO_RUNNER, NULL))
        abort();
    close(fds[0]);
    hello.types = 1 + p->more_types;
    hello.status = p->status;
    if (p->status)
        g_strlcpy(hello.text, "will not serve", sizeof(hello.text));
    ipc_hello_send(p->sock, &hello, NULL, 0, NULL);
    c.wait.limit_ns = 0;
    while (take(p, &c, &in) == 0)
        if (ipc_kind_answered(in.kind))
            answer(p, &c, &in);
    close(fds[1]);
    ipc_conn_close(&c);
    return NULL;
}

/* --- both together -------------------------------------------------------- */

struct world {
    struct process p;
    struct remote *r;
    struct ob_bench *bench;
    struct ob_bench_bus *bus;
    struct ob_bench_dev *dev;
};

static struct world w;

enum { LINES = 1u << OB_LOG_GUEST | 1u << OB_LOG_UNIMPL | 1u << OB_LOG_TRACE };

static struct remote_setup process_start(void)
{
    struct remote_setup setup = {
        .module = -1, .name = "script", .path = "script",
        .limit_ns = UINT64_C(60000000000),
    };
    int socks[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
    w.p.sock = socks[1];
    setup.sock = socks[0];
    assert_int_equal(pthread_create(&w.p.thread, NULL, process_run, &w.p), 0);
    return setup;
}

/* The process ends: this side finds out with its next request. */
static void process_end(void)
{
    shutdown(remote_sock(w.r), SHUT_RDWR);
    pthread_join(w.p.thread, NULL);
}

static int set_up(void **state)
{
    struct remote_setup setup;
    struct device_decl *decl;
    int ret = given_back_start(state);

    memset(&w, 0, sizeof(w));
    w.p.log = g_string_new(NULL);
    w.p.described = g_byte_array_new();
    w.p.state = (const uint8_t *)"the state";
    w.p.state_bytes = 9;
    decl = declared(&served);
    ipc_pack_type(w.p.described, decl);
    device_decl_free(decl);
    setup = process_start();
    assert_int_equal(remote_open(&setup, &w.r, NULL), 0);
    w.bench = ob_bench_new();
    ob_bench_log_want(w.bench, 0);
    w.bus = ob_bench_bus_new(w.bench);
    ob_bench_ram(w.bus, 0x1000, 0x1000);
    ob_bench_ram(ob_bench_system(w.bench), 0x8000, 0x10000);
    assert_int_equal(isolated_types(w.bench, w.r), 0);
    return ret;
}

/* A device that is live; what it took to make it is not written down. */
static int set_up_live(void **state)
{
    int ret = set_up(state);

    w.p.quiet = true;
    w.dev = ob_bench_dev_new(w.bench, "full", "f0");
    assert_int_equal(ob_bench_link_bus(w.dev, "bus", w.bus), 0);
    assert_int_equal(ob_bench_create(w.dev), 0);
    w.p.quiet = false;
    g_string_truncate(w.p.log, 0);
    return ret;
}

static int tear_down(void **state)
{
    bool gone = remote_gone(w.r);

    ob_bench_free(w.bench);
    remote_free(w.r);
    if (!gone)
        pthread_join(w.p.thread, NULL);
    g_byte_array_free(w.p.described, TRUE);
    g_string_free(w.p.log, TRUE);
    return given_back_check(state);
}

/* What the process was told since it was last looked at. */
static void told(const char *want)
{
    assert_string_equal(w.p.log->str, want);
    g_string_truncate(w.p.log, 0);
}

/* --- life ----------------------------------------------------------------- */

static void test_script_type_is_fetched_whole_and_in_pieces(void **state)
{
    (void)state;
    told("DESCRIBE 0/0\nFETCH 0/0\n");
    for (uint32_t parts = 2; parts < 5; parts++) {
        struct remote_setup setup;

        process_end();
        remote_check(w.r);
        w.p.piece = w.p.described->len / parts;
        setup = process_start();
        assert_int_equal(remote_reopen(w.r, &setup, NULL), 0);
        assert_true(w.p.described->len % w.p.piece <= parts);
    }
}

static void test_script_create_brings_what_was_set(void **state)
{
    struct ob_bench_dev *dev = ob_bench_dev_new(w.bench, "full", "f0");

    (void)state;
    g_string_truncate(w.p.log, 0);
    ob_bench_set(dev, "depth", "0x1234");
    ob_bench_set(dev, "on", "true");
    ob_bench_set(dev, "speed", "fast");
    ob_bench_set(dev, "label", "abc");
    assert_int_equal(ob_bench_link_bus(dev, "bus", w.bus), 0);
    ob_bench_step(w.bench, 77);
    assert_int_equal(ob_bench_create(dev), 0);
    told("STORE 0/0 n2d =0200663001341200000000000000010100000000000000010100"
         "00000000000001030061626301030062757300\n"
         "CREATE 0/0 c10000 t4d\n"
         "RESET 0/0 c10000 t4d\n");
    ob_bench_dev_free(dev);
    told("DESTROY 0/0 c10000 t4d\n");
    ob_bench_make(w.bench, "full", "f1", NULL);
    told("STORE 0/0 nb =0200663100000000000000\nCREATE 1/0 c10000 t4d\n"
         "RESET 1/0 c10000 t4d\n");
}

static void test_script_lines_wanted_are_told(void **state)
{
    (void)state;
    ob_bench_log_want(w.bench, 1u << OB_LOG_GUEST | 1u << OB_LOG_TRACE);
    ob_bench_read8(w.dev, 0, 0);
    ob_bench_log_want(w.bench, LINES);
    ob_bench_read8(w.dev, 0, 0);
    told("READ 0/0 b1 c1000a\n"
         "READ 0/0 b1 c3000e\n");
}

static void test_script_refusal_to_create_is_told(void **state)
{
    struct ob_bench_dev *dev = ob_bench_dev_new(w.bench, "full", "f0");

    (void)state;
    w.p.refuses = IPC_CREATE;
    w.p.refusal = "full f0: no, never";
    assert_int_equal(ob_bench_create(dev), OB_E_INVALID);
    assert_string_equal(ob_bench_error(w.bench), "full f0: no, never");
    ob_bench_dev_free(dev);
    w.p.refusal = "not \"full f0: \"";
    assert_null(ob_bench_make(w.bench, "full", "f0", NULL));
    assert_string_equal(ob_bench_error(w.bench), "full f0: not \"full f0: \"");
}

/* --- the guest's accesses and events -------------------------------------- */

static void test_script_accesses_are_told(void **state)
{
    (void)state;
    ob_bench_step(w.bench, 0x99);
    assert_int_equal(ob_bench_read8(w.dev, 0, 7), 0x18);
    assert_int_equal(ob_bench_read16(w.dev, 0, 8), 0x2219);
    assert_int_equal(ob_bench_read32(w.dev, 1, 4), 0x44332216);
    assert_true(ob_bench_read64(w.dev, 1, 8) == UINT64_C(0x887766554433221a));
    ob_bench_write8(w.dev, 0, 0xff, 0x12);
    ob_bench_write16(w.dev, 1, 2, 0x1234);
    ob_bench_write32(w.dev, 0, 4, 0x12345678);
    ob_bench_write64(w.dev, 1, 8, UINT64_C(0xfedcba9876543210));
    told("READ 0/0 b1 c10000 x7 t99\n"
         "READ 0/0 b2 c10000 x8 t99\n"
         "READ 0/0 a1 b4 c10000 x4 t99\n"
         "READ 0/0 a1 b8 c10000 x8 t99\n"
         "WRITE 0/0 b1 c10000 xff y12 t99\n"
         "WRITE 0/0 a1 b2 c10000 x2 y1234 t99\n"
         "WRITE 0/0 b4 c10000 x4 y12345678 t99\n"
         "WRITE 0/0 a1 b8 c10000 x8 yfedcba9876543210 t99\n");
}

/* Where a write only stores, it is told with the next request. */
static void test_script_posted_writes_go_with_the_next_request(void **state)
{
    (void)state;
    ob_bench_write32(w.dev, 1, 0x40, 1);
    ob_bench_write32(w.dev, 1, 0x44, 2);
    ob_bench_write16(w.dev, 1, 0x46, 3);
    ob_bench_write8(w.dev, 1, 0x47, 4);
    assert_string_equal(w.p.log->str, "");
    ob_bench_read8(w.dev, 0, 0);
    told("POST 0/0 a1 b4 x40 y1 nc =440000000200000000000000\n"
         "POST 0/0 a1 b2 x46 y3\n"
         "POST 0/0 a1 b1 x47 y4\n"
         "READ 0/0 b1 c10000\n");
    ob_bench_write32(w.dev, 1, 0x3c, 5);
    ob_bench_write32(w.dev, 1, 0x48, 6);
    ob_bench_write64(w.dev, 1, 0x40, 7);
    ob_bench_write64(w.dev, 1, 0x38, 8);
    ob_bench_write32(w.dev, 0, 0x40, 9);
    told("WRITE 0/0 a1 b4 c10000 x3c y5\n"
         "WRITE 0/0 a1 b4 c10000 x48 y6\n"
         "POST 0/0 a1 b8 x40 y7\n"
         "WRITE 0/0 a1 b8 c10000 x38 y8\n"
         "WRITE 0/0 b4 c10000 x40 y9\n");
}

static void test_script_events_are_told(void **state)
{
    (void)state;
    ob_bench_input(w.dev, 0, 1, 1);
    ob_bench_input(w.dev, 1, 2, -5);
    ob_bench_clock_set(w.dev, 1, 0, 48000000);
    ob_bench_chr_event(w.dev, 1, 0, OB_CHR_OPENED);
    ob_bench_chr_event(w.dev, 0, 0, OB_CHR_BREAK);
    w.p.room = 6;
    assert_int_equal(ob_bench_chr_feed(w.dev, 1, 0, "abcdefgh", 8), 2);
    w.p.room = UINT64_MAX;      /* nonsense: as much as fits */
    assert_int_equal(ob_bench_chr_feed(w.dev, 1, 0, "ij", 2), 0);
    ob_bench_reset(w.dev);
    told("INPUT 0/0 b1 c10000 y1\n"
         "INPUT 0/0 a1 b2 c10000 yfffffffb\n"
         "CLOCK 0/0 a1 c10000\n"
         "CHR_EVENT 0/0 a1 b1 c10000\n"
         "CHR_EVENT 0/0 b3 c10000\n"
         "CHR_ROOM 0/0 a1 c10000\n"
         "CHR_ROOM 0/0 a1 c10000\n"
         "CHR_RECEIVE 0/0 a1 c10000 n6 =616263646566\n"
         "CHR_ROOM 0/0 a1 c10000\n"
         "CHR_ROOM 0/0 a1 c10000\n"
         "CHR_ROOM 0/0 a1 c10000\n"
         "CHR_RECEIVE 0/0 a1 c10000 n4 =6768696a\n"
         "RESET 0/0 c10000\n");
}

/* --- what the process asks for -------------------------------------------- */

#define ASK(...)                                                              \
    do {                                                                      \
        static const struct ipc_msg asks_[] = { __VA_ARGS__ };               \
        ask(asks_, G_N_ELEMENTS(asks_));                                      \
    } while (0)

static void ask(const struct ipc_msg *asks, unsigned count)
{
    w.p.asks = asks;
    w.p.n_asks = count;
    ob_bench_read8(w.dev, 0, 0);
    w.p.n_asks = 0;
}

static void test_script_lines_are_put_out(void **state)
{
    (void)state;
    ASK({ .kind = IPC_IRQ, .a = 1, .y = 1 },
        { .kind = IPC_OUTPUT, .a = 0, .b = 1, .y = 1 },
        { .kind = IPC_OUTPUT, .a = 1, .b = 0, .y = 0xfffffffe });
    told("READ 0/0 b1 c10000\n"
         "DONE 0/1\n"
         "DONE 0/1\n"
         "DONE 0/1\n");
    assert_false(ob_bench_irq(w.dev, 0, 0));
    assert_true(ob_bench_irq(w.dev, 1, 0));
    assert_int_equal(ob_bench_output(w.dev, 0, 0), 0);
    assert_int_equal(ob_bench_output(w.dev, 0, 1), 1);
    assert_int_equal(ob_bench_output(w.dev, 1, 0), -2);
    ASK({ .kind = IPC_SIGNAL, .a = 0, .y = 3 },
        { .kind = IPC_IRQ, .a = 1, .y = 2 });
    assert_true(ob_bench_irq(w.dev, 0, 0));
    assert_false(ob_bench_irq(w.dev, 1, 0));
    assert_int_equal(remote_count(w.r, IPC_IRQ), 2);
    assert_int_equal(remote_count(w.r, IPC_SIGNAL), 1);
    assert_int_equal(remote_count(w.r, 128), 0);
}

static void test_script_timers_are_armed_and_expire(void **state)
{
    (void)state;
    ASK({ .kind = IPC_TIMER_ARM, .a = 1, .x = 500 },
        { .kind = IPC_TIMER_ARM, .a = 0, .x = 300 });
    assert_int_equal(ob_bench_next_deadline(w.bench), 300);
    ASK({ .kind = IPC_TIMER_CANCEL, .a = 0 });
    assert_int_equal(ob_bench_next_deadline(w.bench), 500);
    told("READ 0/0 b1 c10000\nREAD 0/0 b1 c10000\n");
    ob_bench_step(w.bench, 1000);
    told("TIMER 0/0 a1 c10000 t1f4\n");
}

static void test_script_clocks_are_asked_and_driven(void **state)
{
    (void)state;
    ob_bench_clock_set(w.dev, 1, 0, 1000000);
    g_string_truncate(w.p.log, 0);
    ASK({ .kind = IPC_CLOCK_PERIOD, .a = 1 },
        { .kind = IPC_CLOCK_DRIVE, .a = 0, .x = 32768 },
        { .kind = IPC_CLOCK_PERIOD, .a = 0 });
    told("READ 0/0 b1 c10000\n"
         "DONE 0/1 y3e800000000\n"
         "DONE 0/1\n"
         "DONE 0/1 y8000\n");
    assert_int_equal(ob_bench_clock_hz(w.dev, 0, 0), ob_hz_of_period(32768));
}

static void test_script_characters_are_sent_and_taken(void **state)
{
    uint32_t count;

    (void)state;
    w.p.payload = "hello";
    ASK({ .kind = IPC_CHR_SEND, .a = 1, .bytes = 5 });
    assert_memory_equal(ob_bench_chr_sent(w.dev, 1, 0, &count), "hello", 5);
    assert_int_equal(count, 5);
    ob_bench_chr_sent(w.dev, 0, 0, &count);
    assert_int_equal(count, 0);
    assert_int_equal(ob_bench_chr_feed(w.dev, 0, 0, "0123456789", 10), 10);
    g_string_truncate(w.p.log, 0);
    w.p.room = 3;
    ASK({ .kind = IPC_CHR_READY, .a = 0 });
    told("READ 0/0 b1 c10000\n"
         "CHR_ROOM 0/2 c10000\n"
         "CHR_ROOM 0/2 c10000\n"
         "CHR_RECEIVE 0/2 c10000 n3 =303132\n"
         "CHR_ROOM 0/2 c10000\n"
         "CHR_ROOM 0/2 c10000\n"
         "DONE 0/1\n");
}

static void test_script_memory_is_read_and_written(void **state)
{
    uint8_t bytes[4] = { 1, 2, 3, 4 };

    (void)state;
    ob_bench_bus_write(w.bus, 0x1010, bytes, 4);
    w.p.payload = "\xaa\xbb\xcc";
    ASK({ .kind = IPC_MEM_READ, .a = 6, .b = 3, .x = 0x1011 },
        { .kind = IPC_MEM_WRITE, .a = 6, .x = 0x1020, .bytes = 3 },
        { .kind = IPC_MEM_WRITE, .a = 0, .x = 0x8000, .bytes = 2 },
        { .kind = IPC_MEM_READ, .b = 4, .x = 0x100000000 });
    /* A MAP is address, bytes, offset, memory and flags. */
    told("READ 0/0 b1 c10000\n"
         "MEMORY 0/1 x1000\n"
         "MAP 0/1 a6 n20 =00100000000000000010000000000000"
         "00000000000000000000000000000000\n"
         "DONE 0/1 n3 =020304\n"
         "DONE 0/1\n"
         "MEMORY 0/1 a1 x10000\n"
         "MAP 0/1 n20 =00800000000000000000010000000000"
         "00000000000000000100000000000000\n"
         "DONE 0/1\n"
         "DONE 0/1 sfffffffe n4 =00000000\n");
    ob_bench_bus_read(w.bus, 0x1020, bytes, 4);
    assert_memory_equal(bytes, "\xaa\xbb\xcc\0", 4);
    ob_bench_bus_read(ob_bench_system(w.bench), 0x8000, bytes, 3);
    assert_memory_equal(bytes, "\xaa\xbb\0", 3);
}

static void test_script_rest_is_served(void **state)
{
    (void)state;
    ob_bench_log_want(w.bench, LINES);
    w.p.payload = "a line, and more";
    ASK({ .kind = IPC_MACHINE, .a = OB_MACHINE_RESET },
        { .kind = IPC_LOG, .a = OB_LOG_TRACE, .bytes = 6 },
        { .kind = IPC_RANDOM, .b = 4 },
        { .kind = IPC_LINK_READ, .a = 7, .b = 4 });
    told("READ 0/0 b1 c3000e\n"
         "DONE 0/1 n4 =e26e06f8\n"
         "DONE 0/1 sfffffffe\n");
    assert_int_equal(ob_bench_request_take(w.bench), OB_MACHINE_RESET);
    assert_string_equal(ob_bench_log_line(w.bench, 0), "full f0: a line");
}

/* Two parts, one of which reaches the other. */
static void test_script_link_reaches_the_other_part(void **state)
{
    struct ob_bench_dev *first = w.dev;

    (void)state;
    w.dev = ob_bench_dev_new(w.bench, "full", "f1");
    assert_int_equal(ob_bench_link(w.dev, "other", first), 0);
    assert_int_equal(ob_bench_create(w.dev), 0);
    g_string_truncate(w.p.log, 0);
    ASK({ .kind = IPC_LINK_WRITE,
          .dev = 1,
          .a = 7,
          .b = 4,
          .c = 1,
          .x = 0x20,
          .y = 0x12345678 },
        { .kind = IPC_LINK_READ,
          .dev = 1,
          .a = 7,
          .b = 2,
          .c = 0,
          .x = 0x30 });
    told("READ 1/0 b1 c10000\n"
         "WRITE 0/2 a1 b4 c10000 x20 y12345678\n"
         "DONE 1/1\n"
         "READ 0/2 b2 c10000 x30\n"
         "DONE 1/1 y2241\n");
}

/* --- nonsense ------------------------------------------------------------- */

static void test_script_nonsense_is_given_up(void **state)
{
    static const struct {
        struct ipc_msg ask;
        const char *why;
    } rows[] = {
        { { .kind = IPC_IRQ, .dev = 1 },
          "IRQ for device 1, which there is not" },
        { { .kind = IPC_IRQ, .depth = 1 },
          "IRQ as request 2, where 1 are open" },
        { { .kind = IPC_IRQ, .depth = 0xffff },
          "IRQ as request 0, where 1 are open" },
        { { .kind = IPC_LOG, .a = OB_LOG_TRACE + 1 }, "a log line of kind 4" },
        { { .kind = IPC_MEM_READ, .b = 32769 },
          "asked for 32769 bytes at once, where 32768 are the most" },
        { { .kind = IPC_RANDOM, .b = 32769 },
          "asked for 32769 bytes at once, where 32768 are the most" },
        { { .kind = IPC_MEM_READ, .a = 8, .b = 4 },
          "link 8, where there are 7" },
        { { .kind = IPC_LINK_READ, .a = 8, .b = 4 },
          "link 8, where there are 7" },
        { { .kind = IPC_MEM_WRITE, .a = 8 }, "link 8, where there are 7" },
        { { .kind = IPC_WROTE, .a = 1, .x = 1, .y = 2 },
          "wrote 0x2 bytes at 0x1 of link 1, where it has no memory" },
        { { .kind = IPC_ANSWER, .depth = 7 },
          "an answer to request 8, where 0 is open" },
    };

    for (size_t n = 0; n < G_N_ELEMENTS(rows); n++) {
        if (n)
            set_up_live(state);
        w.p.quiet = true;
        ask(&rows[n].ask, 1);
        assert_non_null(remote_gone(w.r));
        assert_string_equal(remote_gone(w.r), rows[n].why);
        assert_int_equal(ob_bench_read8(w.dev, 0, 0), 0xff);
        pthread_join(w.p.thread, NULL);
        if (n + 1 < G_N_ELEMENTS(rows))
            assert_int_equal(tear_down(state), 0);
    }
}

/* The largest number allowed is accepted. */
static void test_script_asking_for_the_most_is_served(void **state)
{
    (void)state;
    ASK({ .kind = IPC_RANDOM, .b = IPC_PAYLOAD_MAX },
        { .kind = IPC_MEM_READ, .b = IPC_PAYLOAD_MAX, .x = 0x8000 },
        { .kind = IPC_LOG, .a = OB_LOG_GUEST },
        { .kind = IPC_LOG, .a = OB_LOG_TRACE },
        { .kind = IPC_LOG, .a = OB_LOG_MISTAKE });
    told("READ 0/0 b1 c10000\n"
         "DONE 0/1 n8000\n"
         "MEMORY 0/1 x10000\n"
         "MAP 0/1 n20 =00800000000000000000010000000000"
         "00000000000000000000000000000000\n"
         "DONE 0/1 n8000\n");
    assert_null(remote_gone(w.r));
}

static void device_collect(void *opaque, struct device *d)
{
    GPtrArray *list = opaque;

    g_ptr_array_add(list, d);
}

/* Those that are live. */
static GPtrArray *devices(void)
{
    GPtrArray *list = g_ptr_array_new();

    remote_each(w.r, device_collect, list);
    return list;
}

/* --- saved state ---------------------------------------------------------- */

static void test_script_state_is_saved_in_pieces(void **state)
{
    size_t count = 0;
    uint8_t *bytes;

    (void)state;
    w.p.piece = 4;
    bytes = ob_bench_save(w.dev, &count);
    assert_int_equal(count, 9);
    assert_memory_equal(bytes, "the state", 9);
    free(bytes);
    told("SAVE 0/0 c10000\nFETCH 0/0\nFETCH 0/0 x4\nFETCH 0/0 x8\n");
}

static void test_script_state_is_restored_in_pieces(void **state)
{
    uint8_t *bytes = g_malloc0(2 * IPC_PAYLOAD_MAX + 5);
    size_t count;
    uint8_t *known;

    (void)state;
    assert_int_equal(ob_bench_restore(w.dev, bytes, 2 * IPC_PAYLOAD_MAX + 5),
                     0);
    told("STORE 0/0 n8000\nSTORE 0/0 x8000 n8000\n"
         "STORE 0/0 x10000 n5 =0000000000\nRESTORE 0/0 c10000\n");
    assert_int_equal(ob_bench_restore(w.dev, bytes, IPC_PAYLOAD_MAX), 0);
    told("STORE 0/0 n8000\nRESTORE 0/0 c10000\n");
    assert_int_equal(ob_bench_restore(w.dev, bytes, 1), 0);
    told("STORE 0/0 n1 =00\nRESTORE 0/0 c10000\n");
    process_end();
    ob_bench_read8(w.dev, 0, 0);
    known = ob_bench_save(w.dev, &count);
    assert_int_equal(count, 1);
    free(known);
    g_free(bytes);
}

static void test_script_refusal_to_restore_is_told(void **state)
{
    GPtrArray *list = devices();
    struct ob_err err = { 0 };

    (void)state;
    w.p.refuses = IPC_RESTORE;
    w.p.refusal = "full f0: not this";
    assert_int_equal(ob_bench_restore(w.dev, "x", 1), OB_E_INVALID);
    assert_string_equal(ob_bench_error(w.bench), "full f0: not this");
    assert_int_equal(
        device_restore(list->pdata[0], (const uint8_t *)"x", 1, &err),
        -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    g_ptr_array_free(list, TRUE);
    w.p.refuses = IPC_STORE;
    assert_int_equal(ob_bench_restore(w.dev, "x", 1), OB_E_ENDED);
    assert_string_equal(remote_gone(w.r), "the process stores nothing");
    pthread_join(w.p.thread, NULL);
}

/* --- another process ------------------------------------------------------ */

static bool wanted(void *opaque, struct device *d)
{
    (void)opaque;
    (void)d;
    return true;
}

static void restart(void)
{
    struct remote_setup setup;
    struct ob_err err = { 0 };

    process_end();
    assert_int_equal(ob_bench_read8(w.dev, 0, 0), 0xff);
    assert_string_equal(remote_gone(w.r),
                        "the process at the other end is gone");
    g_string_truncate(w.p.log, 0);
    setup = process_start();
    assert_int_equal(remote_reopen(w.r, &setup, &err), 0);
    assert_int_equal(remote_restart(w.r, wanted, NULL, &err), 0);
    assert_null(remote_gone(w.r));
}

/* All that it has to know: in the order in which a machine starts. */
static void test_script_revived_device_is_told_the_world(void **state)
{
    (void)state;
    ob_bench_step(w.bench, 0x10);
    ob_bench_input(w.dev, 0, 1, 1);
    ob_bench_input(w.dev, 1, 0, 9);
    ob_bench_input(w.dev, 1, 0, 0);
    ob_bench_clock_set(w.dev, 1, 0, 5000);
    ob_bench_chr_event(w.dev, 1, 0, OB_CHR_OPENED);
    restart();
    told("DESCRIBE 0/0\n"
         "FETCH 0/0\n"
         "STORE 0/0 n10 =02006630000000000001030062757300\n"
         "CREATE 0/0 c10000 t10\n"
         "INPUT 0/0 b1 c10000 y1 t10\n"
         "RESET 0/0 c10000 t10\n"
         "INPUT 0/0 c10000 t10\n"
         "INPUT 0/0 b1 c10000 y1 t10\n"
         "INPUT 0/0 a1 c10000 t10\n"
         "INPUT 0/0 a1 b1 c10000 t10\n"
         "INPUT 0/0 a1 b2 c10000 t10\n"
         "CLOCK 0/0 a1 c10000 t10\n"
         "CHR_EVENT 0/0 a1 b1 c10000 t10\n");
}

static void test_script_revived_device_has_its_state(void **state)
{
    (void)state;
    assert_int_equal(ob_bench_restore(w.dev, "kept", 4), 0);
    restart();
    told("DESCRIBE 0/0\n"
         "FETCH 0/0\n"
         "STORE 0/0 n10 =02006630000000000001030062757300\n"
         "CREATE 0/0 c10000\n"
         "RESET 0/0 c10000\n"
         "STORE 0/0 n4 =6b657074\n"
         "RESTORE 0/0 c10000\n"
         "CLOCK 0/0 a1 c10000\n");
}

/* Those that were high fall; those that the model puts are as it puts them. */
static void test_script_revived_device_lets_its_lines_fall(void **state)
{
    (void)state;
    ASK({ .kind = IPC_IRQ, .a = 1, .y = 1 },
        { .kind = IPC_OUTPUT, .a = 0, .b = 1, .y = 1 },
        { .kind = IPC_OUTPUT, .a = 1, .b = 0, .y = 7 },
        { .kind = IPC_TIMER_ARM, .a = 0, .x = 900 });
    assert_true(ob_bench_irq(w.dev, 1, 0));
    assert_int_equal(ob_bench_output_changes(w.dev, 1, 1), 0);
    restart();
    assert_false(ob_bench_irq(w.dev, 1, 0));
    assert_int_equal(ob_bench_output(w.dev, 0, 1), 0);
    assert_int_equal(ob_bench_output(w.dev, 1, 0), 0);
    assert_true(ob_bench_next_deadline(w.bench) == UINT64_MAX);
    assert_int_equal(ob_bench_output_changes(w.dev, 0, 1), 2);
    assert_int_equal(ob_bench_output_changes(w.dev, 1, 1), 0);
    assert_int_equal(ob_bench_irq_rises(w.dev, 0, 0), 0);
}

static void test_script_other_type_in_its_place_is_refused(void **state)
{
    struct remote_setup setup;
    struct ob_err err = { 0 };

    (void)state;
    process_end();
    ob_bench_read8(w.dev, 0, 0);
    w.p.described->data[w.p.described->len - 1] ^= 1;
    setup = process_start();
    assert_int_equal(remote_reopen(w.r, &setup, &err), -EPROTO);
    assert_string_equal(err.text, "the new process describes type 0 in "
                                  "another way");
    pthread_join(w.p.thread, NULL);
    /* The first reason stands. */
    assert_string_equal(remote_gone(w.r),
                        "the process at the other end is gone");
}

/* What remote_setup's functions were told. */
struct calls {
    unsigned gone, woken, must;
    char why[64];
};

static void count_gone(void *opaque, const char *why)
{
    struct calls *c = opaque;

    c->gone++;
    g_strlcpy(c->why, why, sizeof(c->why));
}

static void count_wake(void *opaque, bool must)
{
    struct calls *c = opaque;

    c->woken++;
    c->must += must;
}

/* A new process, whose functions count in `c`; the code of the reopening. */
static int reopen_counted(struct calls *c)
{
    struct remote_setup setup = process_start();

    setup.gone = count_gone;
    setup.wake = count_wake;
    setup.opaque = c;
    return remote_reopen(w.r, &setup, NULL);
}

static void test_script_reopened_functions_count_from_success_on(void **state)
{
    struct calls first = { 0 }, failed = { 0 }, last = { 0 };

    (void)state;
    process_end();
    ob_bench_read8(w.dev, 0, 0);
    assert_int_equal(reopen_counted(&first), 0);
    process_end();
    remote_check(w.r);
    assert_int_equal(first.gone, 1);
    assert_string_equal(first.why, "the process at the other end is gone");
    w.p.described->data[w.p.described->len - 1] ^= 1;
    assert_int_equal(reopen_counted(&failed), -EPROTO);
    pthread_join(w.p.thread, NULL);
    w.p.described->data[w.p.described->len - 1] ^= 1;
    /* The functions of the one before are asked for another. */
    assert_int_equal(ob_bench_restore(w.dev, "x", 1), OB_E_ENDED);
    assert_string_equal(ob_bench_error(w.bench),
                        "full f0: saved state: the model is gone (the process "
                        "at the other end is gone)");
    assert_int_equal(first.woken, 1);
    assert_int_equal(first.must, 1);
    ob_bench_read8(w.dev, 0, 0);
    assert_int_equal(first.woken, 2);
    assert_int_equal(first.must, 1);
    assert_int_equal(reopen_counted(&last), 0);
    assert_int_equal(ob_bench_restore(w.dev, "x", 1), OB_E_ENDED);
    assert_string_equal(ob_bench_error(w.bench),
                        "full f0: saved state: the model is gone (as it "
                        "crashed)");
    assert_int_equal(last.woken, 1);
    process_end();
    remote_check(w.r);
    assert_int_equal(first.gone, 1);
    assert_int_equal(failed.gone + failed.woken, 0);
    assert_int_equal(last.gone, 1);
}

/* --- what is known of the process ----------------------------------------- */

static void line_collect(void *opaque, const char *text)
{
    g_string_append_printf(opaque, "%s\n", text);
}

/* The last requests, oldest first. */
static void last(const char *want)
{
    GString *lines = g_string_new(NULL);

    remote_last(w.r, line_collect, lines);
    assert_string_equal(lines->str, want);
    g_string_free(lines, TRUE);
}

static void test_script_last_requests_are_named(void **state)
{
    (void)state;
    last("f0: create, at 0 ns\n"
         "f0: reset, at 0 ns\n");
    ob_bench_input(w.dev, 1, 2, -5);
    ASK({ .kind = IPC_TIMER_ARM, .a = 1, .x = 500 });
    ob_bench_step(w.bench, 600);
    ob_bench_write16(w.dev, 1, 2, 0x1234);
    ob_bench_write32(w.dev, 1, 0x44, 2);
    last("f0: create, at 0 ns\n"
         "f0: reset, at 0 ns\n"
         "f0: input more 2: -5, at 0 ns\n"
         "f0: read of 1 bytes at first + 0x0: "
         "0x8877665544332211, at 0 ns\n"
         "f0: timer t1, at 500 ns\n"
         "f0: write of 2 bytes at second + 0x2: 0x1234, at 600 ns\n"
         "f0: write of 4 bytes at second + 0x44: 0x2\n");
    ob_bench_read32(w.dev, 1, 0x10);
    process_end();
    assert_int_equal(ob_bench_read8(w.dev, 0, 3), 0xff);
    last("f0: reset, at 0 ns\n"
         "f0: input more 2: -5, at 0 ns\n"
         "f0: read of 1 bytes at first + 0x0: "
         "0x8877665544332211, at 0 ns\n"
         "f0: timer t1, at 500 ns\n"
         "f0: write of 2 bytes at second + 0x2: 0x1234, at 600 ns\n"
         "f0: write of 4 bytes at second + 0x44: 0x2\n"
         "f0: read of 4 bytes at second + 0x10: "
         "0x8877665544332222, at 600 ns\n"
         "f0: read of 1 bytes at first + 0x3, not answered, at 600 ns\n");
}

static void test_script_last_requests_outlive_their_part(void **state)
{
    (void)state;
    ob_bench_dev_free(w.dev);
    last("part 0, which is no more\n"
         "part 0, which is no more\n"
         "part 0, which is no more\n");
}

static void test_script_each_device_has_its_number(void **state)
{
    struct ob_bench_dev *other = ob_bench_make(w.bench, "full", "f1", NULL);
    struct ob_bench_dev *third = ob_bench_dev_new(w.bench, "full", "f2");
    GPtrArray *list = devices();
    uint64_t posted, asked[2];

    (void)state;
    assert_int_equal(list->len, 2);
    assert_string_equal(device_id(list->pdata[0]), "f0");
    assert_string_equal(device_id(list->pdata[1]), "f1");
    assert_ptr_equal(remote_of(list->pdata[1]), w.r);
    asked[0] = remote_asked(list->pdata[0], &posted);
    assert_int_equal(posted, 0);
    asked[1] = remote_asked(list->pdata[1], &posted);
    assert_int_equal(posted, 0);
    g_string_truncate(w.p.log, 0);
    ob_bench_write32(other, 1, 0x40, 1);
    ob_bench_write32(w.dev, 1, 0x40, 2);
    ob_bench_write32(other, 1, 0x44, 3);
    ob_bench_read8(other, 0, 0);
    told("POST 1/0 a1 b4 x40 y1\n"
         "POST 0/0 a1 b4 x40 y2\n"
         "POST 1/0 a1 b4 x44 y3\n"
         "READ 1/0 b1 c10000\n");
    assert_int_equal(remote_asked(list->pdata[0], &posted), asked[0]);
    assert_int_equal(posted, 1);
    assert_int_equal(remote_asked(list->pdata[1], &posted), asked[1] + 1);
    assert_int_equal(posted, 2);
    g_ptr_array_free(list, TRUE);
    ob_bench_dev_free(third);
    ob_bench_dev_free(w.dev);
    list = devices();
    assert_int_equal(list->len, 1);
    assert_string_equal(device_id(list->pdata[0]), "f1");
    g_ptr_array_free(list, TRUE);
}

/* A device is gone with its process; one made later is not of that one. */
static void test_script_devices_went_with_their_process(void **state)
{
    GPtrArray *list = devices();
    struct device *d = list->pdata[0];
    struct calls none = { 0 };

    (void)state;
    g_ptr_array_free(list, TRUE);
    assert_false(remote_lost(d));
    assert_false(remote_went(d));
    assert_int_equal(remote_limit_ns(w.r), UINT64_C(60000000000));
    assert_false(remote_hung(w.r));
    process_end();
    remote_check(w.r);
    assert_false(remote_hung(w.r));
    assert_int_equal(remote_sock(w.r), -1);
    assert_true(remote_lost(d));
    assert_true(remote_went(d));
    assert_int_equal(reopen_counted(&none), 0);
    assert_true(remote_lost(d));
    process_end();
    remote_check(w.r);
    assert_true(remote_lost(d));
    assert_false(remote_went(d));
}

/* --- greetings that are refused ------------------------------------------- */

/* A second process, which refuses or is refused. */
static void greet_refused(int code, const char *text)
{
    struct remote_setup setup;
    struct remote *r = NULL;
    struct ob_err err = { 0 };

    if (!remote_gone(w.r)) {
        process_end();
        remote_check(w.r);
    }
    setup = process_start();
    assert_int_equal(remote_open(&setup, &r, &err), code);
    pthread_join(w.p.thread, NULL);
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, text);
    assert_null(r);
}

static void test_script_refusal_of_the_greeting_keeps_its_code(void **state)
{
    (void)state;
    w.p.status = -EACCES;
    greet_refused(-EACCES, "script: in a process of its own: will not serve");
    w.p.status = 1;
    greet_refused(-EPROTO, "script: in a process of its own: will not serve");
}

static void test_script_number_of_types_is_bounded(void **state)
{
    (void)state;
    w.p.more_types = 1024;
    greet_refused(-EPROTO, "script: in a process of its own: 1025 types, "
                           "where 1024 are the most");
}

#define SCRIPT_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define LIVE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up_live, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPT_TEST(test_script_type_is_fetched_whole_and_in_pieces),
        SCRIPT_TEST(test_script_create_brings_what_was_set),
        SCRIPT_TEST(test_script_refusal_to_create_is_told),
        LIVE_TEST(test_script_lines_wanted_are_told),
        LIVE_TEST(test_script_accesses_are_told),
        LIVE_TEST(test_script_posted_writes_go_with_the_next_request),
        LIVE_TEST(test_script_events_are_told),
        LIVE_TEST(test_script_lines_are_put_out),
        LIVE_TEST(test_script_timers_are_armed_and_expire),
        LIVE_TEST(test_script_clocks_are_asked_and_driven),
        LIVE_TEST(test_script_characters_are_sent_and_taken),
        LIVE_TEST(test_script_memory_is_read_and_written),
        LIVE_TEST(test_script_rest_is_served),
        LIVE_TEST(test_script_link_reaches_the_other_part),
        LIVE_TEST(test_script_nonsense_is_given_up),
        LIVE_TEST(test_script_asking_for_the_most_is_served),
        LIVE_TEST(test_script_state_is_saved_in_pieces),
        LIVE_TEST(test_script_state_is_restored_in_pieces),
        LIVE_TEST(test_script_refusal_to_restore_is_told),
        LIVE_TEST(test_script_revived_device_is_told_the_world),
        LIVE_TEST(test_script_revived_device_has_its_state),
        LIVE_TEST(test_script_revived_device_lets_its_lines_fall),
        LIVE_TEST(test_script_other_type_in_its_place_is_refused),
        LIVE_TEST(test_script_reopened_functions_count_from_success_on),
        LIVE_TEST(test_script_last_requests_are_named),
        LIVE_TEST(test_script_last_requests_outlive_their_part),
        LIVE_TEST(test_script_each_device_has_its_number),
        LIVE_TEST(test_script_devices_went_with_their_process),
        SCRIPT_TEST(test_script_refusal_of_the_greeting_keeps_its_code),
        SCRIPT_TEST(test_script_number_of_types_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
