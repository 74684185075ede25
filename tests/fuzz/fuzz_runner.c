/* SPDX-License-Identifier: MIT */
/*
 * The process's end, where QEMU is the hostile side: what it says next is in
 * the input, whatever the process asks meanwhile. The process serves, or it
 * ends by runner_end(), which here is a jump back.
 */
#include "fuzz.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/declared.h"
#include "runner/runner.h"

enum { STEP = 16, MESSAGES_MAX = 256, BYTES_MAX = 512,
       MEMORY_BYTES = 8192 };

/* The process would end there, and what it holds with it. */
int __lsan_is_turned_off(void) __attribute__((visibility("default")));

int __lsan_is_turned_off(void)
{
    return 1;
}

static jmp_buf ended;

void runner_end(void)
{
    longjmp(ended, 1);
}

/* --- a model that asks for everything ------------------------------------- */

struct asker {
    const struct ob_link *link;
    const char *text;
    uint32_t value, hz;
    uint8_t bytes[64];
};

/* One service for each low number. */
static void ask(struct ob_dev *dev, uint32_t n)
{
    struct asker *a = ob_state(dev);
    uint64_t value;

    switch (n % 16) {
    case 0: ob_irq_set(dev, 0, 0, n & 16); break;
    case 1: ob_output_set(dev, 0, n / 16 % 2, (int32_t)n); break;
    case 2: ob_timer_arm(dev, 0, 0, n); break;
    case 3: ob_timer_cancel(dev, 0, 0); break;
    case 4: a->hz = (uint32_t)ob_clock_hz(dev, 0, 0); break;
    case 5: ob_clock_drive_hz(dev, 1, 0, n); break;
    case 6: ob_chr_send(dev, 0, 0, a->bytes, sizeof(a->bytes)); break;
    case 7: ob_chr_ready(dev, 0, 0); break;
    case 8: ob_mem_read(dev, NULL, n, a->bytes, sizeof(a->bytes)); break;
    case 9: ob_mem_write(dev, a->link, n, a->bytes, n / 16 % 64); break;
    case 10: ob_link_read(dev, a->link, 0, n, 4, &value); break;
    case 11: ob_link_write(dev, a->link, 0, n, 4, n); break;
    case 12: ob_random(dev, a->bytes, n / 16 % 64); break;
    case 13: ob_machine_request(dev, n / 16); break;
    case 14: ob_log(dev, OB_LOG_GUEST, "%s", a->text ? a->text : "-"); break;
    case 15: ob_direct_set(dev, 2, 0x1000 + n, n, 4); break;
    }
}

static uint64_t asker_read(struct ob_dev *dev, uint32_t region,
                           uint64_t offset, uint32_t bytes)
{
    ask(dev, (uint32_t)offset);
    return bytes;
}

static void asker_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                        uint64_t value, uint32_t bytes)
{
    ask(dev, (uint32_t)offset);
    ask(dev, (uint32_t)value + bytes);
}

static void asker_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                          int32_t level)
{
    ask(dev, n + (uint32_t)level);
}

static void asker_clock(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    ask(dev, 4);
}

static uint32_t asker_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    ask(dev, 4);
    return 16;
}

static void asker_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                          const uint8_t *bytes, uint32_t count)
{
    struct asker *a = ob_state(dev);

    memcpy(a->bytes, bytes, MIN(count, (uint32_t)sizeof(a->bytes)));
    ask(dev, a->bytes[0]);
}

static void asker_event(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                        uint32_t event)
{
    ask(dev, event);
}

static int32_t asker_create(struct ob_dev *dev)
{
    struct asker *a = ob_state(dev);

    ask(dev, 4);
    return a->hz == 7 ? ob_refuse(dev, "seven") : 0;
}

static int32_t asker_restored(struct ob_dev *dev)
{
    ask(dev, 4);
    ask(dev, ((struct asker *)ob_state(dev))->hz);
    return 0;
}

static void asker_reset(struct ob_dev *dev, uint32_t kind)
{
    ask(dev, 0);
    ask(dev, 4);
}

static void asker_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    asker_reset(dev, OB_RESET_COLD);
}

static void asker_destroy(struct ob_dev *dev)
{
    for (uint32_t n = 0; n < 16; n++)
        ask(dev, n);
}

static const struct ob_prop props[] = {
    { OB_PROP_LINK_AT("link", struct asker, link) },
    { OB_PROP_STRING_AT("text", struct asker, text) },
    { OB_PROP_UINT_AT("value", struct asker, value) },
};
/* Pages that the guest reads: registers, and what a function writes. */
static const struct ob_reg regs[] = {
    { OB_REG32("HZ", 0, struct asker, hz), .hints = OB_REG_DIRECT },
    { OB_REG8_ARRAY("BYTES", 64, struct asker, bytes),
      .hints = OB_REG_DIRECT },
};
static const struct ob_region regions[] = {
    { .name = "fn", .bytes = 0x800, .on_read = asker_read,
      .on_write = asker_write },
    { .name = "regs", .bytes = 0x1000, .regs = OB_ARRAY(regs) },
    { .name = "pages", .bytes = 0x2000, .on_read = asker_read,
      .on_write = asker_write, .direct_at = 0x1000, .direct_bytes = 0x1000 },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_gpio inputs[] = {
    { .name = "in", .count = 4, .changed = asker_changed },
};
static const struct ob_gpio outputs[] = { { .name = "out", .count = 2 } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = asker_clock },
    { .name = "out", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer timers[] = {
    { .name = "tick", .expired = asker_expired },
};
static const struct ob_chardev chardevs[] = {
    { .name = "chr", .room = asker_room, .receive = asker_receive,
      .event = asker_event },
};
static const struct ob_saved saved[] = {
    OB_SAVED(struct asker, hz), OB_SAVED_ARRAY(struct asker, bytes),
};
static const struct ob_device_type type = {
    .size = sizeof(type), .name = "asker",
    .state_bytes = sizeof(struct asker), .props = OB_ARRAY(props),
    .regions = OB_ARRAY(regions), .irqs = OB_ARRAY(irqs),
    .inputs = OB_ARRAY(inputs), .outputs = OB_ARRAY(outputs),
    .clocks = OB_ARRAY(clocks), .timers = OB_ARRAY(timers),
    .chardevs = OB_ARRAY(chardevs), .saved = OB_ARRAY(saved),
    .create = asker_create, .destroy = asker_destroy, .reset = asker_reset,
    .restored = asker_restored,
};

/* --- what QEMU says ------------------------------------------------------- */

/* A device with everything set, as STORE brings it. */
static GByteArray *properties(void)
{
    GByteArray *out = g_byte_array_new();

    ipc_pack_text(out, "a");
    ipc_pack(out, 1, 1);
    ipc_pack_text(out, "other");
    ipc_pack(out, 1, 1);
    ipc_pack_text(out, "text");
    ipc_pack(out, 1, 1);
    ipc_pack(out, 8, 3);
    return out;
}

/*
 * A message of 16 bytes: kind, depth, device, and so on; mostly good ones, or
 * nothing would come far. Its payload is what follows, or the properties.
 */
static size_t say(struct ipc_ring *r, const uint8_t *d, size_t left)
{
    GByteArray *good = properties();
    struct ipc_msg m = {
        .kind = (uint16_t)(d[0] % 24), .depth = d[1] % 66,
        .dev = d[2] & 0x80 ? d[2] * 0x1010101u : d[2] & 3u,
        .a = d[3] & 0x80 ? d[3] * 0x1010101u : d[3] & 3u,
        .b = d[4], .c = d[5], .status = (int8_t)d[6], .now_ns = d[7],
    };
    const uint8_t *bytes = d + STEP;
    size_t take = MIN((size_t)d[15] * 2, MIN(left - STEP, (size_t)BYTES_MAX));

    memcpy(&m.x, d + 8, 2);
    memcpy(&m.y, d + 10, 4);
    if (m.kind == IPC_STORE && d[14] & 1) {
        take = 0;
        bytes = good->data;
        m.x = 0;
        m.bytes = good->len;
    } else if (m.kind == IPC_STORE || m.kind == IPC_CHR_RECEIVE ||
               m.kind == IPC_DONE || m.kind == IPC_MAP || m.kind == IPC_POST) {
        m.bytes = (uint32_t)take;
    } else {
        take = 0;
    }
    ipc_ring_put(r, &m, bytes);
    g_byte_array_free(good, TRUE);
    return STEP + take;
}

/* One memory that is there; MEMORY tells of more, which do not come. */
static void memory_add(struct runner *h)
{
    struct runner_memory m = { .bytes = MEMORY_BYTES };

    m.at = g_malloc0(m.bytes);
    h->memories = g_array_new(FALSE, TRUE, sizeof(struct runner_memory));
    h->pages = g_array_new(FALSE, TRUE, sizeof(struct runner_page));
    h->memory_sock = -1;
    g_array_append_val(h->memories, m);
}

static void memory_drop(struct runner *h)
{
    g_free(g_array_index(h->memories, struct runner_memory, 0).at);
    g_array_free(h->memories, TRUE);
    g_array_free(h->pages, TRUE);
}

static void device_drop(struct runner_device *d)
{
    if (!d)
        return;
    runner_maps_free(d);
    g_free(d->prefix);
    g_free(d->periods);
}

static void all_say(struct runner *h, const uint8_t *data, size_t size)
{
    struct ipc_ring out;

    ipc_ring_init(&out, h->conn.memory, IPC_SLOTS_MIN, 0);
    for (int n = 0; n < MESSAGES_MAX && size >= STEP; n++) {
        size_t some = say(&out, data, size);

        data += some;
        size -= some;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct runner *h = g_new0(struct runner, 1);
    struct device_decl *decl = declared(&type);
    int socks[2], memory;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) ||
        ipc_memory_new(IPC_SLOTS_MIN, &memory, NULL) ||
        ipc_conn_open(&h->conn, memory, IPC_SLOTS_MIN, socks[0], IPC_TO_RUNNER,
                      NULL))
        abort();
    close(memory);
    close(socks[1]);
    h->request = runner_request;
    h->conn.wait.spin_ns = h->conn.wait.spin_max_ns = 0;
    h->types = &decl;
    h->n_types = 1;
    h->devices = g_ptr_array_new();
    h->stored = g_byte_array_new();
    h->fetched = g_byte_array_new();
    memory_add(h);
    all_say(h, data, size);
    if (!setjmp(ended))
        runner_serve(h);
    for (guint n = 0; n < h->devices->len; n++)
        device_drop(h->devices->pdata[n]);
    g_ptr_array_free(h->devices, TRUE);
    g_byte_array_free(h->stored, TRUE);
    g_byte_array_free(h->fetched, TRUE);
    memory_drop(h);
    ipc_conn_close(&h->conn);
    device_decl_free(decl);
    g_free(h);
    return 0;
}
