/* SPDX-License-Identifier: MIT */
/*
 * A module that no host should trust: a write to its register does what the
 * number says (evil.def). It knows the program that it runs in, as a hostile
 * one would, and writes into the ring past it. The properties say what it
 * does by itself: in create(), in reset(), in restored().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <outboard/outboard.h>

#include "evil.h"
#include "runner/runner.h"
#include "device/core.h"

#ifndef EVIL_LICENSE
#define EVIL_LICENSE "LicenseRef-Proprietary"
#endif

struct evil {
    uint32_t value, victim;
    uint32_t in_create, in_reset, in_restored;
};

static _Alignas(8) char zeros[4096];

/* --- crashes -------------------------------------------------------------- */

static volatile int sink;
static volatile int *volatile nowhere;

static int deep(int n)
{
    volatile char room[4096];

    room[0] = (char)n;
    return n ? deep(n + 1) + room[0] : 0;
}

/* Kept, or the compiler leaves the calls out. */
static void *volatile hoard;

static void hog(void)
{
    do {
        hoard = malloc(1 << 20);
    } while (hoard);
    abort();
}

static struct runner *host_of(struct ob_dev *dev)
{
    return ((struct runner_device *)device_of(dev)->port)->host;
}

static void exhaust(void)
{
    while (dup(0) >= 0)
        ;
    _exit(5);
}

static void signal_self(int what)
{
    signal(what, SIG_DFL);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), what);
}

static void crash(struct ob_dev *dev, uint32_t what)
{
    static const int signals[EVIL_END] = {
        [EVIL_BUS] = SIGBUS, [EVIL_ILL] = SIGILL, [EVIL_FPE] = SIGFPE,
        [EVIL_TRAP] = SIGTRAP, [EVIL_KILL] = SIGKILL, [EVIL_STOP] = SIGSTOP,
    };

    if (what < EVIL_END && signals[what])
        signal_self(signals[what]);
    else if (what == EVIL_SEGV)
        *nowhere = 1;
    else if (what == EVIL_ABORT)
        abort();
    else if (what == EVIL_EXIT)
        _exit(3);
    else if (what == EVIL_STACK)
        sink = deep(1);
    else if (what == EVIL_MEMORY)
        hog();
    else if (what == EVIL_UNMAP)
        munmap(host_of(dev)->conn.memory, host_of(dev)->conn.memory_bytes);
    else if (what == EVIL_CLOSE)
        close(host_of(dev)->conn.sock);
    else if (what == EVIL_DESCRIPTORS)
        exhaust();
    else if (what == EVIL_LOOP)
        for (;;)
            sink++;
}

/* --- nonsense in the ring ------------------------------------------------- */

static void raw_put(struct runner *h, struct ipc_msg m)
{
    struct ipc_ring *r = &h->conn.out;
    uint8_t *slot = r->slots + (r->at & (r->count - 1)) * IPC_SLOT;

    m.seq = ++r->at;
    memcpy(slot, &m, offsetof(struct ipc_msg, seq));
    __atomic_store_n((uint64_t *)(void *)(slot + 56), m.seq, __ATOMIC_RELEASE);
}

static void raw(struct ob_dev *dev, uint32_t what)
{
    const struct runner_device *d = device_of(dev)->port;
    struct ipc_msg m = {
        .magic = IPC_MAGIC, .kind = IPC_IRQ, .depth = d->host->open,
        .dev = d->number,
    };

    switch (what) {
    default: return;
#define EVIL_CRASH(name, ...)
#define EVIL_HANG(name, ...)
#define EVIL_ESCAPE(name, ...)
#define EVIL_RAW(name, change, text)                                          \
    case EVIL_##name:                                                         \
        (void)(change);                                                       \
        break;
#include "evil.def"
#undef EVIL_CRASH
#undef EVIL_HANG
#undef EVIL_ESCAPE
#undef EVIL_RAW
    }
    raw_put(d->host, m);
}

/* --- escapes -------------------------------------------------------------- */

static void *page_of(void *at)
{
    return (void *)((uintptr_t)at & ~(uintptr_t)4095);
}

/* The same kernel by another door: 32-bit calls, where there are any. */
static void other_abi(void)
{
#ifdef __x86_64__
    long result;

    syscall(0x40000000 | SYS_getpid);
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(20L) : "memory");
#else
    syscall(-2);
#endif
}

/* None of these may return. */
static void reach_out(uint32_t what, long pid)
{
    switch (what) {
#define EVIL_CRASH(name, ...)
#define EVIL_HANG(name, ...)
#define EVIL_RAW(name, ...)
#define EVIL_ESCAPE(name, call)                                               \
    case EVIL_##name:                                                         \
        (void)(call);                                                         \
        break;
#include "evil.def"

/* The preprocessor settles what it does early; some faults never end. */
/* NOLINTBEGIN(misc-redundant-expression,bugprone-infinite-loop) */
#undef EVIL_CRASH
#undef EVIL_HANG
#undef EVIL_RAW
#undef EVIL_ESCAPE
    }
    if (what >= EVIL_CALL)
        syscall(what - EVIL_CALL, 0, 0, 0, 0, 0, 0);
}

/* --- while it is linked --------------------------------------------------- */

static long opened_early = -1, stated_early = -1;

/* Greet in the program's stead, with a descriptor if `fd` is one. */
static void greet(uint32_t types, int fd)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS, .types = types,
    };
    struct iovec iov = { &hello, sizeof(hello) };
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

    memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
    }
    for (int sock = 3; sock < 64; sock++)
        sendmsg(sock, &m, MSG_NOSIGNAL);
    for (;;)
        sink++;
}

#ifndef EVIL_EARLY
#define EVIL_EARLY EVIL_NOTHING
#endif

#ifdef EVIL_IFUNC
static const char shell[] = "/bin/sh";

static void shell_start(void)
{
#if defined(__x86_64__)
    long result = SYS_execve;

    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(shell), "S"(0L), "d"(0L)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_execve;
    register const char *path __asm__("x0") = shell;
    register long argv __asm__("x1") = 0, envp __asm__("x2") = 0;

    __asm__ volatile("svc #0"
                     : "+r"(path)
                     : "r"(number), "r"(argv), "r"(envp)
                     : "memory");
#else
#error "write execve() of this machine, without the C library"
#endif
}

/* Run by the linker before anything is in its place: no library, no data. */
__attribute__((used)) static void (*resolve(void))(void)
{
    shell_start();
    return NULL;
}

__attribute__((visibility("default"))) void evil_resolved(void);
__attribute__((ifunc("resolve"))) void evil_resolved(void);
__attribute__((used)) static void (*volatile resolved)(void) = evil_resolved;
#endif

__attribute__((constructor)) static void early(void)
{
    struct stat st = { .st_ino = 0 };
    char bytes[16] = "";
    long fd = syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);

    if (fd >= 0)
        opened_early = read((int)fd, bytes, 4) == 4 &&
                               !memcmp(bytes, "\177ELF", 4)
                           ? 0
                           : 1;
    stated_early = stat("/etc/passwd", &st) == 0 || st.st_ino != 0;
    if (EVIL_EARLY == EVIL_TALK)
        greet(0xffffffff, -1);
    else if (EVIL_EARLY == EVIL_DUPS)
        greet(1, 0);
    else if (EVIL_EARLY != EVIL_NOTHING && EVIL_EARLY < EVIL_MAGIC)
        crash(NULL, EVIL_EARLY);
    else
        reach_out(EVIL_EARLY, 1);
}

/* --- the device ----------------------------------------------------------- */

/* A message whose index alone is bad; an answer is taken and thrown away. */
static void registry_put(struct ob_dev *dev, uint16_t kind, uint32_t n)
{
    const struct runner_device *d = device_of(dev)->port;
    struct ipc_ring *in = &d->host->conn.in;

    raw_put(d->host, (struct ipc_msg){
        .magic = IPC_MAGIC, .kind = kind, .depth = d->host->open,
        .dev = d->number, .a = n, .b = n, .x = 1, .y = n });
    if (kind == IPC_TIMER_ARM || kind == IPC_TIMER_CANCEL ||
        kind == IPC_MACHINE)
        return;
    while (!ipc_ring_ready(in))
        ;
    in->at++;
    __atomic_store_n(&in->head->tail, in->at, __ATOMIC_RELEASE);
}

static void levels(struct ob_dev *dev)
{
    static const uint16_t kinds[] = {
        IPC_IRQ, IPC_OUTPUT, IPC_TIMER_ARM, IPC_TIMER_CANCEL,
        IPC_CLOCK_PERIOD, IPC_CLOCK_DRIVE, IPC_CHR_READY, IPC_LINK_READ,
        IPC_LINK_WRITE, IPC_MACHINE,
    };

    for (uint32_t n = 3; n < 1u << 31; n *= 3)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
            if (n < 4 ||
                (kinds[k] != IPC_LINK_READ && kinds[k] != IPC_LINK_WRITE))
                registry_put(dev, kinds[k], n);
}

/* As much as the other side takes, and each message with its packet. */
static void flood(struct ob_dev *dev)
{
    const struct runner_device *d = device_of(dev)->port;
    struct ipc_conn *c = &d->host->conn;
    struct ipc_msg m = {
        .magic = IPC_MAGIC, .kind = IPC_ANSWER,
        .depth = (uint16_t)(d->host->open - 1), .dev = d->number,
    };

    raw_put(d->host, m);
    m.kind = IPC_SIGNAL;
    m.depth = 0;
    for (;;) {
        uint64_t tail = __atomic_load_n(&c->out.head->tail, __ATOMIC_ACQUIRE);

        if (c->out.at - tail + 2 >= c->out.count)
            continue;
        raw_put(d->host, m);
        m.y ^= 1;
        if (write(c->sock, "", 1) != 1)
            _exit(7);
    }
}

static int order(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* A model that is debugged prints; one with tables sorts. */
static void library(void)
{
    int many[4096];

    for (int n = 0; n < 4096; n++)
        many[n] = n;
    qsort(many, 4096, sizeof(many[0]), order);
    printf("%d %s %g\n", many[0], strerror(EIO), strtod("1.5", NULL));
    fprintf(stderr, "%d\n", many[1]);
    fflush(NULL);
    free(realloc(malloc(1 << 22), 1 << 24));
    if (ioctl(0, FIONBIO, zeros) == 0)
        abort();
}

static void talk(struct ob_dev *dev, uint32_t what)
{
    for (bool level = true; what == EVIL_TALK || what == EVIL_ASK;
         level = !level)
        if (what == EVIL_TALK)
            ob_log(dev, OB_LOG_GUEST, "and");
        else
            ob_irq_set(dev, 0, 0, level);
    if (what == EVIL_LEVELS)
        levels(dev);
    if (what == EVIL_DUPS)
        while (dup(0) >= 0)
            ;
    if (what == EVIL_FLOOD)
        flood(dev);
    if (what == EVIL_LIBRARY)
        library();
    if (what == EVIL_STORM)
        ob_timer_arm(dev, 0, 0, 0);
    for (int n = 0; n < 4 && what == EVIL_EDGES; n++)
        ob_irq_set(dev, 0, 0, n % 2 == 0);
    if (what == EVIL_AGAIN)
        ob_machine_request(dev, OB_MACHINE_RESET);
}

/* Again, at once, and with an edge each time. */
static void evil_expired(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    ob_irq_set(dev, 0, 0, true);
    ob_irq_set(dev, 0, 0, false);
    ob_timer_arm(dev, 0, 0, 0);
}

static void evil_do(struct ob_dev *dev, uint32_t what)
{
    struct evil *e = ob_state(dev);

    if (!what)
        return;
    crash(dev, what);
    raw(dev, what);
    reach_out(what, e->victim ? (long)e->victim : getpid());
    talk(dev, what);
}

static uint32_t descriptors(void)
{
    uint32_t n = 0;

    for (int fd = 0; fd < 64; fd++) {
        struct stat st;

        n += syscall(SYS_fstat, fd, &st) == 0;
    }
    return n;
}

static uint64_t evil_read(struct ob_dev *dev, uint32_t region, uint64_t offset,
                          uint32_t bytes)
{
    const struct evil *e = ob_state(dev);

    (void)bytes;
    return offset == EVIL_OPENED   ? (uint64_t)opened_early
           : offset == EVIL_STATED ? (uint64_t)stated_early
           : offset == EVIL_FDS    ? descriptors()
                                   : e->value;
}

static void evil_write(struct ob_dev *dev, uint32_t region, uint64_t offset,
                       uint64_t value, uint32_t bytes)
{
    struct evil *e = ob_state(dev);

    (void)bytes;
    if (offset == EVIL_VICTIM) {
        e->victim = (uint32_t)value;
    } else if (offset == EVIL_DO) {
        e->value = (uint32_t)value;
        evil_do(dev, e->value);
    }
}

static int32_t evil_create(struct ob_dev *dev)
{
    evil_do(dev, ((struct evil *)ob_state(dev))->in_create);
    return 0;
}

static void evil_reset(struct ob_dev *dev, uint32_t kind)
{
    evil_do(dev, ((struct evil *)ob_state(dev))->in_reset);
}

static int32_t evil_restored(struct ob_dev *dev)
{
    evil_do(dev, ((struct evil *)ob_state(dev))->in_restored);
    return 0;
}

#define WHEN(member, text)                                                    \
    { .name = text, .type = OB_PROP_UINT, .bytes = 4,                         \
      .offset = offsetof(struct evil, member) }

static const struct ob_prop props[] = {
    WHEN(in_create, "in-create"), WHEN(in_reset, "in-reset"),
    WHEN(in_restored, "in-restored"),
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = EVIL_SIZE, .access_min = 4, .access_max = 4,
      .on_read = evil_read, .on_write = evil_write },
};
static const struct ob_irq irqs[] = { { .name = "irq" } };
static const struct ob_timer timers[] = { { .name = "storm",
    .expired = evil_expired } };
static const struct ob_saved saved[] = { OB_SAVED(struct evil, value) };
OB_DEVICE(type, "evil", struct evil, "attacks its host",
          .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),
          .irqs = OB_ARRAY(irqs), .timers = OB_ARRAY(timers),
          .saved = OB_ARRAY(saved), .create = evil_create, .reset = evil_reset,
          .restored = evil_restored);
OB_MODULE("evil", "1.0", EVIL_LICENSE, &type);

/* NOLINTEND(misc-redundant-expression,bugprone-infinite-loop) */
