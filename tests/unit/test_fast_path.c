/* SPDX-License-Identifier: MIT */
/*
 * What an access to a model in another process costs QEMU's side besides
 * time: no memory is allocated, and no system call is made while the other
 * side is awake. Counted by standing in front of libc.
 */
#include <dlfcn.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated.h"

enum { DATA = 0x00, CTRL = 0x04, BATCH = 20, LIMIT_S = 60 };

static const char *probe_path;
static unsigned long allocations, calls;

/* --- in front of libc ----------------------------------------------------- */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *at, size_t bytes);
static long (*libc_syscall)(long number, ...);

void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocations++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *at, size_t bytes)
{
    allocations++;
    return __libc_realloc(at, bytes);
}

/* What the futexes go through; it has six arguments at most. */
long syscall(long number, ...)
{
    long a[6];
    va_list ap;

    va_start(ap, number);
    for (int n = 0; n < 6; n++)
        a[n] = va_arg(ap, long);
    va_end(ap);
    calls++;
    return libc_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Looked up before anything is counted: that may allocate. */
__attribute__((constructor)) static void libc_find(void)
{
    *(void **)&libc_syscall = dlsym(RTLD_NEXT, "syscall");
}

int sched_yield(void)
{
    return (int)syscall(SYS_sched_yield);
}

int poll(struct pollfd *fds, nfds_t count, int ms)
{
    struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };

    calls++;
    return ppoll(fds, count, ms < 0 ? NULL : &limit, NULL);
}

/* --- the device ----------------------------------------------------------- */

struct remote_access {
    struct isolated i;
    struct ob_bench *b;
    struct ob_bench_dev *dev;
};

static struct remote_access remote_access_new(void)
{
    struct remote_access f = { isolated_open(probe_path, "probe_model", 0),
                     ob_bench_new(), NULL };

    ob_bench_log_want(f.b, 0);
    assert_int_equal(isolated_types(f.b, f.i.remote), 0);
    f.dev = ob_bench_make(f.b, "probe", "p0", NULL);
    assert_non_null(f.dev);
    return f;
}

static void remote_access_free(struct remote_access *f)
{
    assert_null(remote_gone(f->i.remote));
    ob_bench_free(f->b);
    remote_free(f->i.remote);
}

static void batch(struct remote_access *f)
{
    for (uint32_t n = 0; n < BATCH; n++) {
        ob_bench_write32(f->dev, 0, DATA, n);
        ob_bench_write32(f->dev, 0, CTRL, n);
        assert_int_equal(ob_bench_read32(f->dev, 0, DATA), n);
    }
}

/* --- the tests ------------------------------------------------------------ */

static void test_accesses_allocate_nothing(void **state)
{
    struct remote_access f = remote_access_new();
    unsigned long before;

    (void)state;
    batch(&f);
    before = allocations;
    assert_true(before > 0);            /* it counts */
    for (int n = 0; n < 100; n++)
        batch(&f);
    assert_int_equal(allocations, before);
    remote_access_free(&f);
}

/* Two processors for the two sides, whatever else runs? Root may have them. */
static bool undisturbed(void)
{
    struct sched_param first = { .sched_priority = 1 };
    cpu_set_t set;

    return !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 1 &&
           !sched_setscheduler(0, SCHED_RR, &first);
}

/* One batch in peace is enough: even so, the kernel may move either side. */
static void test_accesses_make_no_system_call(void **state)
{
    time_t end = time(NULL) + LIMIT_S;
    bool sure = undisturbed();          /* the process inherits it */
    unsigned long made;
    struct remote_access f;

    (void)state;
    f = remote_access_new();
    assert_true(calls > 0);             /* it counts */
    do {
        made = calls;
        batch(&f);
        made = calls - made;
    } while (made && time(NULL) < end);
    remote_access_free(&f);
    if (made && !sure)
        skip();                         /* others kept them apart */
    assert_int_equal(made, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accesses_make_no_system_call),
        cmocka_unit_test(test_accesses_allocate_nothing),
    };

    if (argc != 2)
        return 1;
    probe_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
