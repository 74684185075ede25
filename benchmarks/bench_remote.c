/* SPDX-License-Identifier: MIT */
/*
 * This program measures accesses to a model in a process of its own, on the
 * test bench. It compares them with the same model in this process, and with a
 * request and an answer over a UNIX socket. The cases run in turn; "ns" is the
 * median. "p50" and "p99" are of single accesses: 50 and 99 of 100 take no
 * longer.
 *
 *     bench_remote outboard-runner probe_model.so
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <outboard/bench.h>

#include "bench/bench_int.h"
#include "remote/launcher.h"
#include "remote/remote.h"

enum { ROUNDS = 9, ACCESSES = 4000, SOCKET_ACCESSES = 400, SINGLES = 20000 };
enum { DATA = 0x00, CTRL = 0x04, GET = 0x08, PUT = 0x0c };
/* RAM that the processes share, and RAM that they do not share. */
enum { SHARED = 0x10000, APART = 0x20000, DMA_BYTES = 4096 };

static struct ob_bench_dev *local, *remote;
static int socks[2];

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- what is measured ----------------------------------------------------- */

static void read_local(void)
{
    ob_bench_read32(local, 0, DATA);
}

static void read_remote(void)
{
    ob_bench_read32(remote, 0, DATA);
}

static void write_local(void)
{
    ob_bench_write32(local, 0, DATA, 1);
}

static void write_posted(void)
{
    ob_bench_write32(remote, 0, DATA, 1);
}

static void write_waiting(void)
{
    ob_bench_write32(remote, 0, CTRL, 1);
}

static void dma_local(void)
{
    ob_bench_write32(local, 0, GET, SHARED);
}

static void get_shared(void)
{
    ob_bench_write32(remote, 0, GET, SHARED);
}

static void put_shared(void)
{
    ob_bench_write32(remote, 0, PUT, SHARED);
}

static void get_message(void)
{
    ob_bench_write32(remote, 0, GET, APART);
}

static void put_message(void)
{
    ob_bench_write32(remote, 0, PUT, APART);
}

static void socket_turn(void)
{
    char word[64] = "";

    if (write(socks[0], word, sizeof(word)) != sizeof(word) ||
        read(socks[0], word, sizeof(word)) != sizeof(word))
        abort();
}

static const struct job {
    const char *name;
    void (*run)(void);
    int count;
} jobs[] = {
    { "in process, read", read_local, ACCESSES },
    { "in process, write", write_local, ACCESSES },
    { "isolated, read", read_remote, ACCESSES },
    { "isolated, write, posted", write_posted, ACCESSES },
    { "isolated, write, waiting", write_waiting, ACCESSES },
    { "in process, 4 KiB read", dma_local, ACCESSES },
    { "isolated, 4 KiB read", get_shared, ACCESSES },
    { "isolated, 4 KiB written", put_shared, ACCESSES },
    { "by message, 4 KiB read", get_message, ACCESSES },
    { "by message, 4 KiB written", put_message, ACCESSES },
    { "UNIX socket, turn", socket_turn, SOCKET_ACCESSES },
};
enum { JOBS = sizeof(jobs) / sizeof(jobs[0]) };

static double job_time(const struct job *j)
{
    uint64_t start = now_ns();

    for (int n = 0; n < j->count; n++)
        j->run();
    return (double)(now_ns() - start) / j->count;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The sorted times of single accesses; fewer for sockets, which are slow. */
static const double *singles(const struct job *j, int *ret_count)
{
    static double single[SINGLES];
    int count = j->run == socket_turn ? SOCKET_ACCESSES : SINGLES;

    for (int n = 0; n < count; n++) {
        uint64_t start = now_ns();

        j->run();
        single[n] = (double)(now_ns() - start);
    }
    qsort(single, (size_t)count, sizeof(double), compare);
    *ret_count = count;
    return single;
}

static void job_print(const struct job *j, double mean)
{
    int count;
    const double *single = singles(j, &count);

    printf("%-26s %10.1f %10.0f %10.0f\n", j->name, mean, single[count / 2],
           single[count * 99 / 100]);
}

/* --- the other ends ------------------------------------------------------- */

static pid_t echo_start(void)
{
    char word[64];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, socks) < 0 || (pid = fork()) < 0)
        abort();
    if (pid) {
        close(socks[1]);
        return pid;
    }
    close(socks[0]);
    while (read(socks[1], word, sizeof(word)) > 0)
        if (write(socks[1], word, sizeof(word)) < 0)
            break;
    _exit(0);
}

static int remote_start(const char *host, const char *path,
                        struct remote **ret, struct ob_err *err)
{
    struct remote_setup setup = {
        .module = open(path, O_RDONLY | O_CLOEXEC), .name = "probe_model",
        .path = path,
    };
    struct launcher *launcher;
    int pid, rc = launcher_new(host, &launcher, err);

    if (!rc)
        rc = launcher_process(launcher, &setup.sock, &pid, err);
    return rc ? rc : remote_open(&setup, ret, err);
}

/* If the bench can open no descriptor, its RAM is plain memory. */
static void ram_make(struct ob_bench *b)
{
    struct rlimit usual, none;

    ob_bench_ram(ob_bench_system(b), SHARED, DMA_BYTES);
    getrlimit(RLIMIT_NOFILE, &usual);
    none = usual;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    ob_bench_ram(ob_bench_system(b), APART, DMA_BYTES);
    setrlimit(RLIMIT_NOFILE, &usual);
}

static struct ob_bench_dev *probe_make(struct ob_bench *b)
{
    struct ob_bench_dev *dev;

    ram_make(b);

    ob_bench_log_want(b, 0);
    dev = ob_bench_make(b, "probe", "p0", NULL);
    if (!dev) {
        fprintf(stderr, "bench_remote: %s\n", ob_bench_error(b));
        exit(1);
    }
    return dev;
}

int main(int argc, char **argv)
{
    static double times[JOBS][ROUNDS];
    struct ob_bench *here = ob_bench_new(), *there = ob_bench_new();
    struct remote *r = NULL;
    struct ob_err err = { 0 };
    pid_t echo = echo_start();

    if (argc != 3 || remote_start(argv[1], argv[2], &r, &err) ||
        ob_bench_load(here, argv[2]) ||
        bench_type_add(there, "probe", remote_type(r, 0))) {
        fprintf(stderr, "bench_remote: %s%s\n", err.text,
                ob_bench_error(here));
        return 1;
    }
    local = probe_make(here);
    remote = probe_make(there);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t n = 0; n < JOBS; n++)
            times[n][round] = job_time(&jobs[n]);
    printf("%-26s %10s %10s %10s\n", "access", "ns", "p50", "p99");
    for (size_t n = 0; n < JOBS; n++) {
        qsort(times[n], ROUNDS, sizeof(double), compare);
        job_print(&jobs[n], times[n][ROUNDS / 2]);
    }
    close(socks[0]);
    waitpid(echo, NULL, 0);
    if (remote_gone(r))
        fprintf(stderr, "bench_remote: %s\n", remote_gone(r));
    return remote_gone(r) ? 1 : 0;
}
