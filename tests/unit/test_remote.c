/* SPDX-License-Identifier: MIT */
/* Models in a process of their own: the same as here, and what goes wrong. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "evil.h"
#include "given_back.h"
#include "isolated.h"
#include "remote/remote_int.h"
#include "runner/sanitized.h"

#define SHORT_NS UINT64_C(300000000)
#define LONG_NS UINT64_C(2000000000)
#define MINUTE_NS UINT64_C(60000000000)

static const char *evil_path, *acme_path;

struct victim {
    struct isolated i;
    struct ob_bench *bench;
    struct ob_bench_dev *dev;
};

static struct victim victim_new(uint64_t limit_ns)
{
    struct victim v = { isolated_open(evil_path, "evil", limit_ns),
                        ob_bench_new(), NULL };

    ob_bench_log_want(v.bench, 0);
    assert_int_equal(isolated_types(v.bench, v.i.remote), 0);
    v.dev = ob_bench_make(v.bench, "evil", "e0", NULL);
    assert_non_null(v.dev);
    ob_bench_write32(v.dev, 0, EVIL_DO, EVIL_NOTHING);
    assert_null(remote_gone(v.i.remote));
    return v;
}

/* From here on: what a good model does may take long on a busy machine. */
static void victim_hurry(struct victim *v)
{
    v->i.remote->conn.wait.limit_ns = SHORT_NS;
}

static void victim_free(struct victim *v)
{
    assert_int_equal(ob_bench_free(v->bench), 0);
    remote_free(v->i.remote);
}

/* The process is no more; a child of the launcher, it leaves no trace. */
static bool process_ends(int pid)
{
    for (int n = 0; n < 6000; n++) {
        if (kill(pid, 0) < 0 && errno == ESRCH)
            return true;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    return false;
}

static unsigned descriptors(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* The module that does `what` from its constructor; g_free()d. */
static char *early_path(const char *what)
{
    char *folder = g_path_get_dirname(evil_path);
    char *path = g_strdup_printf("%s/evil-%s.so", folder, what);

    g_free(folder);
    return path;
}

static void gone_after(struct victim *v, const char *why)
{
    assert_int_equal(ob_bench_read32(v->dev, 0, 0), 0xffffffff);
    assert_string_equal(remote_gone(v->i.remote), why);
    assert_true(process_ends(v->i.pid));
}

/* --- what goes wrong ------------------------------------------------------ */

/* How the process ended; a model with nothing to lose may be slow to. */
static void fate_is(struct victim *v, const char *name, const char *want)
{
    const char *fate = NULL;

    for (int n = 0; n < 100 && !fate; n++)
        fate = launcher_fate(isolated_launcher(), v->i.pid);
    if (!fate || strcmp(fate, want))
        print_message("%s: %s\n", name, fate ? fate : "lives");
    assert_non_null(fate);
    assert_string_equal(fate, want);
}

static void crash_once(uint32_t what, const char *name, const char *fate)
{
    struct victim v = victim_new(MINUTE_NS);

    ob_bench_write32(v.dev, 0, EVIL_DO, what);
    gone_after(&v, "the process at the other end is gone");
    fate_is(&v, name, fate);
    victim_free(&v);
}

#define LEFT_OUT(name, ...)

/* OB_ROUNDS=77 makes a thousand of them. */
static void test_crashes_are_survived(void **state)
{
    const char *rounds = getenv("OB_ROUNDS");
    unsigned before;

    (void)state;
    isolated_launcher();
    before = descriptors();
    for (int left = rounds ? atoi(rounds) : 1; left > 0; left--) {
#define EVIL_CRASH(name, fate) crash_once(EVIL_##name, #name, fate);
#define EVIL_HANG LEFT_OUT
#define EVIL_RAW LEFT_OUT
#define EVIL_ESCAPE LEFT_OUT
#include "evil.def"
#undef EVIL_CRASH
#undef EVIL_HANG
#undef EVIL_RAW
    }
    assert_int_equal(descriptors(), before);
}

static void hang_once(uint32_t what)
{
    struct victim v = victim_new(MINUTE_NS);

    victim_hurry(&v);
    ob_bench_write32(v.dev, 0, EVIL_DO, what);
    gone_after(&v, "the process at the other end does nothing for 0.3 s");
    victim_free(&v);
}

static void test_silence_is_given_up(void **state)
{
    (void)state;
#define EVIL_CRASH LEFT_OUT
#define EVIL_HANG(name) hang_once(EVIL_##name);
#define EVIL_RAW LEFT_OUT
#include "evil.def"
#undef EVIL_HANG
#undef EVIL_RAW
}

static void raw_once(uint32_t what, const char *why)
{
    struct victim v = victim_new(MINUTE_NS);

    ob_bench_write32(v.dev, 0, EVIL_DO, what);
    gone_after(&v, why);
    victim_free(&v);
}

static void test_nonsense_is_given_up(void **state)
{
    (void)state;
#define EVIL_HANG LEFT_OUT
#define EVIL_RAW(name, change, why) raw_once(EVIL_##name, why);
#include "evil.def"
#undef EVIL_RAW
#undef EVIL_ESCAPE
}

/* Each attempt ends the process with SIGSYS, and reaches no process. */
static void escape_once(uint32_t what, const char *name)
{
    struct victim v = victim_new(MINUTE_NS);

    ob_bench_write32(v.dev, 0, EVIL_VICTIM, (uint32_t)getpid());
    ob_bench_write32(v.dev, 0, EVIL_DO, what);
    if (!remote_gone(v.i.remote))
        print_message("%s\n", name);
    gone_after(&v, "the process at the other end is gone");
    fate_is(&v, name, "ended by signal 31 (Bad system call)");
    victim_free(&v);
}

static void test_escapes_are_denied(void **state)
{
    (void)state;
#define EVIL_RAW LEFT_OUT
#define EVIL_ESCAPE(name, call) escape_once(EVIL_##name, #name);
#include "evil.def"
#undef EVIL_CRASH
#undef EVIL_HANG
#undef EVIL_RAW
#undef EVIL_ESCAPE
}

/* All that a module may call once it is linked. */
static const int harmless[] = {
    SYS_read, SYS_pread64, SYS_write, SYS_writev, SYS_close, SYS_dup,
    SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_mmap, SYS_munmap, SYS_mremap,
    SYS_mprotect, SYS_madvise, SYS_brk, SYS_futex, SYS_ppoll, SYS_getrandom,
    SYS_clock_gettime, SYS_sched_yield, SYS_getcpu,
    /* Of itself only: see EVIL_AFFINITY. */
    SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_getpid, SYS_gettid,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_restart_syscall, SYS_exit, SYS_exit_group, SYS_sysinfo, SYS_ioctl,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef __x86_64__
    335, 336,   /* the kernel's own, for uprobes: it lets no filter see them */
#endif
};

static bool is_harmless(int call)
{
    for (size_t n = 0; n < sizeof(harmless) / sizeof(*harmless); n++)
        if (harmless[n] == call)
            return true;
    return SANITIZED && call == SYS_sigaltstack;
}

/* Each call that there is, and those that later kernels will have. */
static void test_all_other_calls_are_denied(void **state)
{
    (void)state;
    for (int call = 0; call < 512; call++) {
        char name[32];

        snprintf(name, sizeof(name), "system call %d", call);
        if (!is_harmless(call))
            escape_once(EVIL_CALL + (uint32_t)call, name);
    }
}

static void test_endless_talk_is_given_up(void **state)
{
    (void)state;
    /* Longer than a host may stall: silence has another text. */
    for (uint32_t what = EVIL_TALK; what <= EVIL_ASK; what++) {
        struct victim v = victim_new(10 * SHORT_NS);

        ob_bench_log_want(v.bench, ~0u);
        ob_bench_write32(v.dev, 0, EVIL_DO, what);
        gone_after(&v, "the model asks without end and does not answer");
        victim_free(&v);
    }
}

/* --- a host that is slow -------------------------------------------------- */

/* As QEMU's is, whose terminal the user has stopped: it blocks. */
static void slow_irq_set(void *port, uint32_t n, bool level)
{
    (void)n, (void)level;
    if (!(*(int *)port)++)
        poll(NULL, 0, (int)(LONG_NS / 1000000) + 500);
}

static uint64_t slow_now_ns(void *port)
{
    (void)port;
    return 0;
}

static unsigned log_asked;

static uint32_t slow_logs_wanted(void *port)
{
    (void)port;
    log_asked++;
    return 0;
}

/* The set of wanted lines goes with each request, so it has to be cheap. */
static void test_request_asks_once_for_wanted_lines(void **state)
{
    static const struct host_ops ops = {
        .irq_set = slow_irq_set, .now_ns = slow_now_ns,
        .logs_wanted = slow_logs_wanted,
    };
    struct isolated i = isolated_open(evil_path, "evil", LONG_NS);
    struct ob_err err = { 0 };
    struct device *d;
    int edges = 0;

    (void)state;
    d = device_new(remote_type(i.remote, 0), "e0", &ops, &edges);
    assert_int_equal(device_create(d, &err), 0);
    log_asked = 0;
    for (int n = 0; n < 10; n++)
        device_region_read(device_region(d, 0), EVIL_DO, 4);
    assert_int_equal(log_asked, 10);
    device_free(d);
    remote_free(i.remote);
}

static struct remote *turns_of;
static int turns;

/* The host may start other threads here, so no request may be open. */
static void turn_count(void *opaque)
{
    (void)opaque;
    assert_true(remote_idle(turns_of));
    turns++;
}

static void test_requests_give_the_host_a_turn_now_and_then(void **state)
{
    static const struct host_ops ops = {
        .irq_set = slow_irq_set, .now_ns = slow_now_ns,
        .logs_wanted = slow_logs_wanted,
    };
    struct isolated i = isolated_open(evil_path, "evil", LONG_NS);
    struct ob_err err = { 0 };
    struct device *d;
    int edges = 0;

    (void)state;
    d = device_new(remote_type(i.remote, 0), "e0", &ops, &edges);
    assert_int_equal(device_create(d, &err), 0);
    turns_of = i.remote;
    turns = 0;
    i.remote->turn = turn_count;
    for (uint32_t n = 0; n < 3 * REMOTE_TURN; n++)
        device_region_read(device_region(d, 0), EVIL_DO, 4);
    assert_int_equal(turns, 3);
    i.remote->turn = NULL;
    device_free(d);
    remote_free(i.remote);
}

static void test_slow_host_is_not_the_models_trouble(void **state)
{
    static const struct host_ops ops = {
        .irq_set = slow_irq_set, .now_ns = slow_now_ns,
        .logs_wanted = slow_logs_wanted,
    };
    struct isolated i = isolated_open(evil_path, "evil", LONG_NS);
    struct ob_err err = { 0 };
    struct device *d;
    int edges = 0;

    (void)state;
    d = device_new(remote_type(i.remote, 0), "e0", &ops, &edges);
    assert_int_equal(device_create(d, &err), 0);
    device_region_write(device_region(d, 0), EVIL_DO, EVIL_EDGES, 4);
    assert_null(remote_gone(i.remote));
    assert_int_equal(edges, 4);
    device_free(d);
    remote_free(i.remote);
}

static void test_indices_out_of_range_are_mistakes(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    ob_bench_strict(v.bench, false);
    ob_bench_write32(v.dev, 0, EVIL_DO, EVIL_LEVELS);
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_DO), EVIL_LEVELS);
    assert_true(ob_bench_mistakes(v.bench) > 100);
    assert_true(ob_bench_free(v.bench) > 100);
    remote_free(v.i.remote);
}

static void test_library_serves_a_good_model(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    ob_bench_write32(v.dev, 0, EVIL_DO, EVIL_LIBRARY);
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_DO), EVIL_LIBRARY);
    victim_free(&v);
}

static void test_no_descriptors_left_is_the_models_trouble(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    ob_bench_write32(v.dev, 0, EVIL_DO, EVIL_DUPS);
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_DO), EVIL_DUPS);
    victim_free(&v);
    assert_true(process_ends(v.i.pid));
}

/* --- while the module is linked ------------------------------------------- */

/* What it opened from its constructor was its own file. */
static void test_constructor_opens_nothing(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_OPENED), 0);
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_STATED), 0);
    victim_free(&v);
}

/* Null as three, two sockets, the module, and what the constructor opened. */
static void test_descriptors_are_those_given(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    assert_int_equal(ob_bench_read32(v.dev, 0, EVIL_FDS), 7);
    victim_free(&v);
}

static void test_constructor_goes_wrong_and_is_refused(void **state)
{
    static const char *const how[][2] = {
        { "SEGV", "the process at the other end is gone" },
        { "EXIT", "the process at the other end is gone" },
        { "POISON", "the process at the other end is gone" },
#if defined(__x86_64__) || defined(__aarch64__)
        { "IFUNC", "the process at the other end is gone" },
#endif
        { "LOOP", "no greeting within 0.3 s" },
        { "STOP", "no greeting within 0.3 s" },
        { "TALK", "4294967295 types, where 1024 are the most" },
        { "DUPS", "a greeting has more than 0 descriptors" },
    };
    unsigned before;

    (void)state;
    isolated_launcher();
    before = descriptors();
    for (size_t n = 0; n < sizeof(how) / sizeof(*how); n++) {
        char *path = early_path(how[n][0]), *want;
        struct remote_setup setup = {
            .module = open(path, O_RDONLY | O_CLOEXEC), .name = "evil",
            .path = "evil", .limit_ns = strstr(how[n][1], "0.3")
                ? SHORT_NS : MINUTE_NS,
        };
        struct ob_err err = { 0 };
        struct remote *r;
        int pid;

        assert_int_equal(
            launcher_process(isolated_launcher(), &setup.sock, &pid, &err), 0);
        assert_true(remote_open(&setup, &r, &err) < 0);
        want = g_strconcat("evil: in a process of its own: ", how[n][1], NULL);
        assert_string_equal(err.text, want);
        assert_true(process_ends(pid));
        close(setup.module);
        g_free(want);
        g_free(path);
    }
    assert_int_equal(descriptors(), before);
}

static uint32_t random32(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* The file of a module with some bytes of its headers changed; an fd. */
static int mutilated(const char *bytes, size_t count, uint32_t *seed)
{
    int fd = memfd_create("mutilated", MFD_CLOEXEC);
    char *copy = g_memdup2(bytes, count);

    for (uint32_t n = random32(seed) % 6 + 1; n; n--)
        copy[0x10 + random32(seed) % 0x300] = (char)random32(seed);
    assert_int_equal(write(fd, copy, count), (ssize_t)count);
    g_free(copy);
    return fd;
}

/* What the linker makes of a hostile file harms no other process. */
static void test_mutilated_module_harms_nobody(void **state)
{
    uint32_t seed = 1, opened = 0;
    unsigned before;
    char *bytes;
    size_t count;

    (void)state;
    isolated_launcher();
    assert_true(g_file_get_contents(evil_path, &bytes, &count, NULL));
    before = descriptors();
    for (int n = 0; n < 100; n++) {
        struct remote_setup setup = {
            .module = mutilated(bytes, count, &seed), .name = "evil",
            .path = "evil", .limit_ns = LONG_NS,
        };
        struct ob_err err = { 0 };
        struct remote *r;
        int pid;

        assert_int_equal(
            launcher_process(isolated_launcher(), &setup.sock, &pid, &err), 0);
        if (remote_open(&setup, &r, &err) == 0) {
            remote_free(r);
            opened++;
        } else {
            assert_true(g_str_has_prefix(err.text, setup.path));
        }
        assert_true(process_ends(pid));
        close(setup.module);
    }
    assert_int_equal(descriptors(), before);
    assert_in_range(opened, 1, 99);     /* both are seen */
    g_free(bytes);
}

/* When memory runs out, a model is what the kernel takes first. */
static void test_models_are_first_to_go_without_memory(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    char path[64], text[16] = "";
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", v.i.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "1000\n");
    victim_free(&v);
}

/*
 * A user may allow any amount. No other limit counts the memory of a stack. A
 * sanitizer's own memory counts too, and is more than any model may have.
 */
static const struct {
    const char *format;
    unsigned long long most;
} limits[] = {
    { "Max core file size %llu %llu", 0 },
    { "Max file size %llu %llu", 0 },
    { "Max open files %llu %llu", 64 },
    { "Max stack size %llu %llu", 8 << 20 },
    { "Max data size %llu %llu", SANITIZED ? ULLONG_MAX : 1 << 30 },
    { "Max address space %llu %llu", SANITIZED ? ULLONG_MAX : 1 << 30 },
};

/* The limits of the list that a line of /proc/PID/limits shows: 0 or 1. */
static unsigned limit_seen(const char *line)
{
    unsigned seen = 0;

    for (size_t n = 0; n < G_N_ELEMENTS(limits); n++) {
        unsigned long long soft, hard;

        /* It is not "unlimited". */
        if (sscanf(line, limits[n].format, &soft, &hard) != 2)
            continue;
        assert_true(soft <= limits[n].most && hard <= limits[n].most);
        seen++;
    }
    return seen;
}

static void test_models_limits_are_set(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    char path[64], line[256];
    unsigned seen = 0;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "/proc/%d/limits", v.i.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        seen += limit_seen(line);
    fclose(file);
    assert_int_equal(seen, G_N_ELEMENTS(limits));
    victim_free(&v);
}

/* Also one that root started. */
static void test_models_have_no_capabilities(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    char path[64], line[128];
    FILE *file;
    int seen = 0;

    (void)state;
    snprintf(path, sizeof(path), "/proc/%d/status", v.i.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (!strncmp(line, "CapEff:", 7) || !strncmp(line, "CapPrm:", 7)) {
            assert_non_null(strstr(line, "\t0000000000000000\n"));
            seen++;
        }
    fclose(file);
    assert_int_equal(seen, 2);
    victim_free(&v);
}

static void test_process_ends_with_its_socket(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    victim_free(&v);
    assert_true(process_ends(v.i.pid));
}

/* --- another process in its place ----------------------------------------- */

/* Stored, and of no effect. */
enum { KEPT = EVIL_CALL - 1 };

static bool all_wanted(void *opaque, struct device *d)
{
    (void)opaque;
    (void)d;
    return true;
}

static bool none_wanted(void *opaque, struct device *d)
{
    (void)opaque;
    (void)d;
    return false;
}

/* The module `path` in another process for the victim. */
static int victim_reopen(struct victim *v, const char *path, const char *name,
                         struct ob_err *err)
{
    struct remote_setup setup = {
        .module = open(path, O_RDONLY | O_CLOEXEC), .name = name,
        .path = path,
    };
    int rc;

    assert_int_equal(
        launcher_process(isolated_launcher(), &setup.sock, &v->i.pid, err), 0);
    rc = remote_reopen(v->i.remote, &setup, err);
    close(setup.module);
    return rc;
}

static void victim_restart(struct victim *v)
{
    struct ob_err err = { 0 };

    assert_int_equal(victim_reopen(v, evil_path, "evil", &err), 0);
    assert_null(remote_gone(v->i.remote));
    assert_int_equal(remote_restart(v->i.remote, all_wanted, NULL, &err), 0);
}

static void test_revived_device_is_as_after_reset(void **state)
{
    struct victim v = victim_new(MINUTE_NS);

    (void)state;
    ob_bench_reset(v.dev);
    ob_bench_write32(v.dev, 0, 0, KEPT);
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    gone_after(&v, "the process at the other end is gone");
    victim_restart(&v);
    assert_int_equal(ob_bench_read32(v.dev, 0, 0), 0);
    victim_free(&v);
    assert_true(process_ends(v.i.pid));
}

static void test_revived_device_has_the_state_saved_last(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    size_t count;

    (void)state;
    ob_bench_reset(v.dev);
    ob_bench_write32(v.dev, 0, 0, KEPT);
    free(ob_bench_save(v.dev, &count));
    ob_bench_write32(v.dev, 0, 0, EVIL_NOTHING);
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    victim_restart(&v);
    assert_int_equal(ob_bench_read32(v.dev, 0, 0), KEPT);
    victim_free(&v);
}

/* A reset since then has made that state one of the past. */
static void test_revived_device_forgets_a_state_before_reset(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    size_t count;

    (void)state;
    ob_bench_write32(v.dev, 0, 0, KEPT);
    free(ob_bench_save(v.dev, &count));
    ob_bench_reset(v.dev);
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    victim_restart(&v);
    assert_int_equal(ob_bench_read32(v.dev, 0, 0), 0);
    victim_free(&v);
}

static void test_gone_device_saves_what_is_known(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    size_t alive, gone;
    uint8_t *was, *is;

    (void)state;
    ob_bench_write32(v.dev, 0, 0, KEPT);
    was = ob_bench_save(v.dev, &alive);
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    is = ob_bench_save(v.dev, &gone);
    assert_non_null(is);
    assert_int_equal(alive, gone);
    assert_memory_equal(was, is, gone);
    free(was);
    free(is);
    assert_int_equal(ob_bench_restore(v.dev, "x", 1), OB_E_ENDED);
    assert_string_equal(ob_bench_error(v.bench),
                        "evil e0: saved state: the model is gone (the process "
                        "at the other end is gone)");
    victim_free(&v);
}

/* It dies in its first reset. */
static void test_gone_device_never_saved_has_no_state(void **state)
{
    struct victim v = { isolated_open(evil_path, "evil", 0), ob_bench_new(),
                        NULL };
    size_t count;

    (void)state;
    assert_int_equal(isolated_types(v.bench, v.i.remote), 0);
    v.dev = ob_bench_make(v.bench, "evil", "e0", "in-reset=1");
    assert_non_null(v.dev);
    gone_after(&v, "the process at the other end is gone");
    assert_null(ob_bench_save(v.dev, &count));
    victim_free(&v);
}

/* What would be a loop, if a host did not count: it goes again at once. */
static void test_device_that_dies_in_reset_is_not_revived(void **state)
{
    struct victim v = { isolated_open(evil_path, "evil", 0), ob_bench_new(),
                        NULL };
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(isolated_types(v.bench, v.i.remote), 0);
    v.dev = ob_bench_make(v.bench, "evil", "e0", "in-reset=1");
    assert_int_equal(victim_reopen(&v, evil_path, "evil", &err), 0);
    assert_int_equal(remote_restart(v.i.remote, all_wanted, NULL, &err),
                     -EPIPE);
    assert_string_equal(err.text, "the process at the other end is gone");
    gone_after(&v, "the process at the other end is gone");
    victim_free(&v);
}

static void test_device_not_wanted_stays_gone(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    struct ob_err err = { 0 };

    (void)state;
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    assert_int_equal(victim_reopen(&v, evil_path, "evil", &err), 0);
    assert_int_equal(remote_restart(v.i.remote, none_wanted, NULL, &err), 0);
    assert_int_equal(ob_bench_read32(v.dev, 0, 0), 0xffffffff);
    assert_int_equal(remote_restart(v.i.remote, all_wanted, NULL, &err), 0);
    assert_int_equal(ob_bench_read32(v.dev, 0, 0), 0);
    victim_free(&v);
}

static void test_other_types_in_its_place_are_refused(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    struct ob_err err = { 0 };

    (void)state;
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    assert_int_equal(victim_reopen(&v, acme_path, "acme", &err), -EPROTO);
    assert_string_equal(err.text, "the new process serves 4 types, the old "
                                  "one 1");
    gone_after(&v, "the process at the other end is gone");
    victim_free(&v);
}

static void line_collect(void *opaque, const char *text)
{
    g_string_append_printf(opaque, "%s\n", text);
}

static void test_last_requests_are_told(void **state)
{
    struct victim v = victim_new(MINUTE_NS);
    GString *lines = g_string_new(NULL);

    (void)state;
    for (unsigned n = 0; n < 10; n++)
        ob_bench_read32(v.dev, 0, 4);
    ob_bench_step(v.bench, 1500);
    ob_bench_write32(v.dev, 0, 0, KEPT);
    ob_bench_reset(v.dev);
    g_string_truncate(lines, 0);
    ob_bench_write32(v.dev, 0, 0, EVIL_SEGV);
    remote_last(v.i.remote, line_collect, lines);
    assert_string_equal(
        lines->str, "e0: read of 4 bytes at regs + 0x4: 0x0, at 0 ns\n"
                    "e0: read of 4 bytes at regs + 0x4: 0x0, at 0 ns\n"
                    "e0: read of 4 bytes at regs + 0x4: 0x0, at 0 ns\n"
                    "e0: read of 4 bytes at regs + 0x4: 0x0, at 0 ns\n"
                    "e0: read of 4 bytes at regs + 0x4: 0x0, at 0 ns\n"
                    "e0: write of 4 bytes at regs + 0x0: 0xfff, at 1500 ns\n"
                    "e0: reset, at 1500 ns\n"
                    "e0: write of 4 bytes at regs + 0x0: 0x1, at 1500 ns\n");
    g_string_free(lines, TRUE);
    victim_free(&v);
}

/* --- the same as a local one ---------------------------------------------- */

struct both {
    struct ob_bench *bench[2];
    struct ob_bench_dev *dev[2];
    struct isolated i;
};

static struct both both_new(const char *type, uint32_t lines)
{
    struct both b = { .i = isolated_open(acme_path, "acme", 0) };

    for (int n = 0; n < 2; n++) {
        b.bench[n] = ob_bench_new();
        ob_bench_log_want(b.bench[n], lines);
    }
    assert_int_equal(ob_bench_load(b.bench[0], acme_path), 0);
    assert_int_equal(isolated_types(b.bench[1], b.i.remote), 0);
    for (int n = 0; n < 2; n++) {
        b.dev[n] = ob_bench_make(b.bench[n], type, "dut", NULL);
        assert_non_null(b.dev[n]);
    }
    return b;
}

static void both_same(struct both *b)
{
    size_t count[2];
    uint8_t *saved[2];

    assert_int_equal(ob_bench_irq(b->dev[0], 0, 0),
                     ob_bench_irq(b->dev[1], 0, 0));
    assert_int_equal(ob_bench_irq_rises(b->dev[0], 0, 0),
                     ob_bench_irq_rises(b->dev[1], 0, 0));
    assert_int_equal(ob_bench_next_deadline(b->bench[0]),
                     ob_bench_next_deadline(b->bench[1]));
    for (int n = 0; n < 2; n++)
        saved[n] = ob_bench_save(b->dev[n], &count[n]);
    assert_int_equal(count[0], count[1]);
    assert_memory_equal(saved[0], saved[1], count[0]);
    free(saved[0]);
    free(saved[1]);
}

static void both_logs_same(struct both *b)
{
    uint32_t count = ob_bench_log_count(b->bench[0]);

    assert_int_equal(count, ob_bench_log_count(b->bench[1]));
    for (uint32_t n = 0; n < count; n++)
        assert_string_equal(ob_bench_log_line(b->bench[0], n),
                            ob_bench_log_line(b->bench[1], n));
}

/* One random thing, done to both. */
static void both_do(struct both *b, uint32_t r)
{
    uint64_t offset = (r >> 4 & 15) * 4 + (r >> 30 ? 0 : r >> 8 & 3);
    uint32_t bytes = 1u << (r >> 12 & 3);
    uint64_t got[2] = { 0, 0 };

    for (int n = 0; n < 2; n++) {
        struct ob_bench_dev *d = b->dev[n];

        if ((r & 15) < 5)
            got[n] = ob_bench_read(d, 0, offset, bytes);
        else if ((r & 15) < 11)
            ob_bench_write(d, 0, offset, r >> 16 & 0x3ff, bytes);
        else if ((r & 15) < 13)
            ob_bench_step(b->bench[n], r >> 12);
        else if ((r & 15) < 14 &&
                 ob_bench_index(d, OB_BENCH_CLOCKS, "clk") == 0)
            ob_bench_clock_set(d, 0, 0, (r >> 16) * 1000);
        else if (r >> 20 < 100)
            ob_bench_reset(d);
    }
    assert_int_equal(got[0], got[1]);
}

/* Without lines, writes are posted where they may be. */
static void both_run(const char *type, uint32_t lines)
{
    struct both b = both_new(type, lines);
    uint64_t seed = 1;

    for (int n = 0; n < 6000; n++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        both_do(&b, (uint32_t)(seed >> 32));
        if (n % 50 == 0)
            both_same(&b);
    }
    both_logs_same(&b);
    for (int n = 0; n < 2; n++)
        assert_int_equal(ob_bench_free(b.bench[n]), 0);
    remote_free(b.i.remote);
}

static void test_uart_does_the_same(void **state)
{
    (void)state;
    both_run("acme-uart", ~0u);
    both_run("acme-uart", 0);
}

static void test_timer_does_the_same(void **state)
{
    (void)state;
    both_run("acme-timer", ~0u);
    both_run("acme-timer", 0);
}

static void test_gpio_does_the_same(void **state)
{
    (void)state;
    both_run("acme-gpio", ~0u);
    both_run("acme-gpio", 0);
}

/* Refusals read as they do in process. */
static void test_bad_snapshot_is_refused_alike(void **state)
{
    struct both b = both_new("acme-uart", 0);

    (void)state;
    for (int n = 0; n < 2; n++)
        assert_int_equal(ob_bench_restore(b.dev[n], "OBSTxxxxxxxx", 12),
                         OB_E_INVALID);
    assert_string_equal(ob_bench_error(b.bench[0]),
                        ob_bench_error(b.bench[1]));
    for (int n = 0; n < 2; n++)
        ob_bench_free(b.bench[n]);
    remote_free(b.i.remote);
}

/* No descriptor above `last` may be opened; `was` is how it was before. */
static void descriptors_limit(rlim_t last, struct rlimit *was)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, was), 0);
    limit = *was;
    limit.rlim_cur = last + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A process and its connection, with `left` descriptors for them. */
static int start_with(rlim_t left, int module, struct ob_err *err)
{
    struct remote_setup setup = {
        .module = module, .name = "evil", .path = evil_path,
    };
    int first = dup(0), pid = 0, ret;
    struct remote *r = NULL;
    struct rlimit was;

    close(first);
    descriptors_limit((rlim_t)first + left - 1, &was);
    ret = launcher_process(isolated_launcher(), &setup.sock, &pid, err);
    if (!ret)
        ret = remote_open(&setup, &r, err);
    setrlimit(RLIMIT_NOFILE, &was);
    if (!ret)
        remote_free(r);
    if (pid)
        assert_true(process_ends(pid));
    return ret;
}

/* Wherever it runs out of them: refused, and as before. */
static void test_start_short_of_descriptors_gives_all_back(void **state)
{
    int module = open(evil_path, O_RDONLY | O_CLOEXEC), ret = -1;
    unsigned before = descriptors();
    rlim_t left = 0;

    (void)state;
    for (; ret && left < 20; left++) {
        struct ob_err err = { 0 };

        ret = start_with(left, module, &err);
        assert_int_equal(err.code, ret);
        assert_true(!ret || strstr(err.text, "Too many open files"));
        assert_int_equal(descriptors(), before);
    }
    assert_in_range(left, 4, 10);
    close(module);
}

static void test_launcher_of_no_program_is_refused(void **state)
{
    struct launcher *n = NULL;
    struct ob_err err = { 0 };

    (void)state;
    assert_int_equal(launcher_new("/no/such", &n, &err), -ENOENT);
    assert_string_equal(err.text,
                        "/no/such: cannot be started (No such file or "
                        "directory); reinstall Outboard, or let models run in "
                        "QEMU");
    assert_null(n);
    launcher_free(NULL);
}

static void test_not_a_module_is_refused(void **state)
{
    struct remote_setup setup = {
        .module = open("/bin/true", O_RDONLY | O_CLOEXEC), .name = "true",
        .path = "/bin/true",
    };
    struct ob_err err = { 0 };
    struct remote *r;
    int pid;

    (void)state;
    assert_int_equal(
        launcher_process(isolated_launcher(), &setup.sock, &pid, &err), 0);
    assert_int_equal(remote_open(&setup, &r, &err), -ENODATA);
    /* The path once, as in QEMU's process. */
    assert_true(g_str_has_prefix(err.text, "/bin/true: "));
    assert_null(strstr(err.text + 1, "/bin/true: "));
    close(setup.module);
    assert_true(process_ends(pid));
}

/*
 * A packet can be taken before the call that sent it returns. What the kernel
 * tells of it afterwards would end a process that is confined already.
 */
static void test_process_waits_until_its_greeting_is_sent(void **state)
{
    struct ipc_hello hello = {
        .magic = IPC_MAGIC, .major = IPC_MAJOR, .minor = IPC_MINOR,
        .bytes = sizeof(hello), .slots = IPC_SLOTS, .name = "acme",
        .text = "acme.so",
    };
    int sock, pid, fds[3], memory_socks[2];
    struct pollfd p = { .events = POLLIN };
    unsigned n;

    (void)state;
    assert_int_equal(launcher_process(isolated_launcher(), &sock, &pid, NULL),
                     0);
    assert_int_equal(ipc_memory_new(IPC_SLOTS, &fds[0], NULL), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, memory_socks), 0);
    fds[1] = memory_socks[1];
    fds[2] = open(acme_path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(ipc_hello_send(sock, &hello, fds, 3, NULL), 0);
    p.fd = sock;
    assert_int_equal(poll(&p, 1, 100), 0);
    ipc_memory_greeted(fds[0]);
    assert_int_equal(ipc_hello_take(sock, &hello, NULL, 0, &n, LONG_NS, NULL),
                     0);
    assert_int_equal(hello.status, 0);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(memory_socks[0]);
    close(sock);
}

/* How the program `argv` ends; the caller closes nothing. */
static const char *program_fate(const char *const *argv,
                                const char *const *envp, bool ended)
{
    int sock, pid;

    assert_int_equal(
        launcher_program(isolated_launcher(), argv, envp, &sock, &pid, NULL),
        0);
    if (ended)
        launcher_kill(isolated_launcher(), pid);
    for (;;) {
        const char *fate = launcher_fate(isolated_launcher(), pid);

        if (fate) {
            close(sock);
            return fate;
        }
    }
}

/* Its arguments, its environment, and its end. */
static void test_launcher_program_has_its_words(void **state)
{
    const char *arguments[] = { "/bin/sh", "-c", "exit $2", "x", "4", "5",
                                NULL };
    const char *environment[] = { "/bin/sh", "-c", "exit $B$A$C", NULL };
    const char *const none[] = { NULL };
    const char *const vars[] = { "A=3", "B=2", NULL };
    const char *sleeps[] = { "/bin/sleep", "1000", NULL };

    (void)state;
    assert_string_equal(program_fate(arguments, none, false),
                        "ended by itself, status 5");
    assert_string_equal(program_fate(environment, vars, false),
                        "ended by itself, status 23");
    assert_string_equal(program_fate(sleeps, none, true),
                        "ended by signal 9 (Killed)");
}

/* The descriptors that it takes are asked for one by one. */
static void test_launcher_without_descriptors_gives_no_process(void **state)
{
    const char *const argv[] = { "/bin/true", NULL }, *const none[] = { NULL };
    struct rlimit before, few;
    struct ob_err err = { 0 };
    int sock = -1, pid = -1, r;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    r = launcher_process(isolated_launcher(), &sock, &pid, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -EMFILE);
    assert_int_equal(err.code, -EMFILE);
    assert_string_equal(err.text, "outboard-runner: no socket to it (Too many "
                                  "open files)");
    err_clear(&err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    r = launcher_program(isolated_launcher(), argv, none, &sock, &pid, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -ENOMEM);
    assert_string_equal(err.text, "outboard-runner: no memory file for a "
                                  "command (Too many open files)");
    assert_int_equal(sock, -1);
    assert_int_equal(pid, -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_waits_until_its_greeting_is_sent),
        UNIT_TEST(test_crashes_are_survived),
        UNIT_TEST(test_silence_is_given_up),
        UNIT_TEST(test_nonsense_is_given_up),
        UNIT_TEST(test_endless_talk_is_given_up),
        UNIT_TEST(test_request_asks_once_for_wanted_lines),
        UNIT_TEST(test_requests_give_the_host_a_turn_now_and_then),
        UNIT_TEST(test_slow_host_is_not_the_models_trouble),
        UNIT_TEST(test_indices_out_of_range_are_mistakes),
        UNIT_TEST(test_library_serves_a_good_model),
        UNIT_TEST(test_no_descriptors_left_is_the_models_trouble),
        UNIT_TEST(test_escapes_are_denied),
        UNIT_TEST(test_all_other_calls_are_denied),
        UNIT_TEST(test_constructor_opens_nothing),
        UNIT_TEST(test_descriptors_are_those_given),
        UNIT_TEST(test_constructor_goes_wrong_and_is_refused),
        UNIT_TEST(test_mutilated_module_harms_nobody),
        UNIT_TEST(test_models_are_first_to_go_without_memory),
        UNIT_TEST(test_models_limits_are_set),
        UNIT_TEST(test_models_have_no_capabilities),
        UNIT_TEST(test_process_ends_with_its_socket),
        UNIT_TEST(test_revived_device_is_as_after_reset),
        UNIT_TEST(test_revived_device_has_the_state_saved_last),
        UNIT_TEST(test_revived_device_forgets_a_state_before_reset),
        UNIT_TEST(test_gone_device_saves_what_is_known),
        UNIT_TEST(test_gone_device_never_saved_has_no_state),
        UNIT_TEST(test_device_that_dies_in_reset_is_not_revived),
        UNIT_TEST(test_device_not_wanted_stays_gone),
        UNIT_TEST(test_other_types_in_its_place_are_refused),
        UNIT_TEST(test_last_requests_are_told),
        UNIT_TEST(test_uart_does_the_same),
        UNIT_TEST(test_timer_does_the_same),
        UNIT_TEST(test_gpio_does_the_same),
        UNIT_TEST(test_bad_snapshot_is_refused_alike),
        UNIT_TEST(test_start_short_of_descriptors_gives_all_back),
        UNIT_TEST(test_launcher_of_no_program_is_refused),
        UNIT_TEST(test_launcher_program_has_its_words),
        UNIT_TEST(test_launcher_without_descriptors_gives_no_process),
        UNIT_TEST(test_not_a_module_is_refused),
    };

    if (argc != 3) {
        fprintf(stderr, "usage: %s evil.so acme.so\n", argv[0]);
        return 1;
    }
    evil_path = argv[1];
    acme_path = argv[2];
    return cmocka_run_group_tests(tests, isolated_start, isolated_end);
}
